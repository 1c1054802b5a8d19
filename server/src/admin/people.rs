//! People and what they may do, as rows.

use super::fault::{Fault, Stop};
use crate::page::view::Text;
use crate::people::{self, Grant, RightDeed, Role, all_grants, first, give, rights, text};
use crate::store::{Tx, rows};
use crate::{Error, Keys, Scope, permits};
use rusqlite::{Connection, OptionalExtension, params};
use wurao_protocol::envelope::seal;
use wurao_protocol::record::Person;
use wurao_protocol::{BodyId, PersonId};

/// Somebody to be.
pub(super) struct NewPerson {
    pub(super) id: PersonId,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) body: BodyId,
    pub(super) grants: Vec<Grant>,
}

/// A person as the list shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their login.
    pub login: String,
    /// Their body's name.
    pub body: Text,
    /// What they may do.
    pub grants: Vec<Grant>,
    /// Whether they have chosen a password.
    pub has_password: bool,
    /// Since when they may not sign in.
    pub disabled_ms: Option<i64>,
    /// Whether all they may do lies in the reader's scope.
    pub managed: bool,
}

impl Known {
    /// Whether they are to choose a password and have not: who only inspects needs none.
    #[must_use]
    pub fn wants_password(&self) -> bool {
        !self.has_password && self.grants.iter().any(|grant| grant.role.reads())
    }
}

/// A login as it may be: what people type every day, and nothing that looks like something else.
pub(super) fn login(typed: &str) -> Result<String, Fault> {
    let login = text::name(typed)?;
    let fits = login.chars().all(|c| c.is_alphanumeric() || "._-@".contains(c));
    if fits && (2..=40).contains(&login.chars().count()) { Ok(login) } else { Err(Fault::Login) }
}

impl From<text::TextFault> for Fault {
    fn from(fault: text::TextFault) -> Self {
        Self::Text(fault)
    }
}

/// Makes a person; nobody else does at setting up.
pub(super) fn add(tx: &Tx<'_>, keys: &Keys, new: &NewPerson, by: Option<&PersonId>, now_ms: i64) -> Result<(), Stop> {
    if tx.prepare_cached("SELECT 1 FROM person WHERE login = ?1")?.exists(params![new.login])? {
        return Err(Fault::LoginTaken.into());
    }
    if !tx.prepare_cached("SELECT 1 FROM body WHERE id = ?1")?.exists(params![new.body.0])? {
        return Err(Fault::NoBody.into());
    }
    let record = Person { id: new.id, name: new.name.clone(), body: new.body };
    let record = rows::keep_own(tx, &seal(&keys.records, &record)?, now_ms)?;
    let sql = "INSERT INTO person (id, record, name, body, login) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.execute(sql, params![new.id.0, record.0, new.name, new.body.0, new.login])?;
    for grant in &new.grants {
        give(tx, &new.id, grant, by, now_ms)?;
    }
    Ok(())
}

/// Whether somebody of this scope may give a person one more role.
pub(super) fn may_give(scope: &Scope, has: &[Grant], grant: &Grant) -> Result<(), Fault> {
    if !scope.holds(&grant.scope) {
        return Err(Fault::BeyondScope);
    }
    let others = || has.iter().filter(|other| other.role != grant.role);
    let apart = [(Role::Administrator, Role::Approver), (Role::Approver, Role::Administrator)];
    if others().any(|other| apart.contains(&(grant.role, other.role))) {
        return Err(Fault::AdministratorApproves);
    }
    // What is read is the widest scope, so one must be the widest.
    let nested = |other: &Grant| other.scope.holds(&grant.scope) || grant.scope.holds(&other.scope);
    if grant.role.reads() && !others().filter(|other| other.role.reads()).all(nested) {
        return Err(Fault::ScopesApart);
    }
    Ok(())
}

/// All roles of somebody new, one after the other.
pub(super) fn may_give_all(scope: &Scope, grants: &[Grant]) -> Result<(), Fault> {
    if grants.is_empty() {
        return Err(Fault::NoRole);
    }
    (0..grants.len()).try_for_each(|at| may_give(scope, &grants[..at], &grants[at]))
}

/// A person whom somebody of this scope may change: all that they may do lies in it. Others do not exist for them, and
/// nobody changes themselves.
pub(super) fn managed(tx: &Tx<'_>, by: (&PersonId, &Scope), person: &PersonId) -> Result<Known, Stop> {
    let known = one(tx, by.1, person)?.ok_or(Stop::Absent)?;
    if by.0 == person {
        return Err(Fault::Oneself.into());
    }
    if known.managed { Ok(known) } else { Err(Fault::BeyondScope.into()) }
}

/// Gives a role or changes its scope; what the person is signed in with ends. Who inspects again shows their permits
/// again.
pub(super) fn grant(
    tx: &Tx<'_>,
    keys: &Keys,
    by: (&PersonId, &Scope),
    person: &PersonId,
    grant: &Grant,
    now_ms: i64,
) -> Result<(), Stop> {
    let known = managed(tx, by, person)?;
    if grant.role == Role::Planner && grant.scope.body().is_none() {
        return Err(Fault::NoBody.into());
    }
    may_give(by.1, &known.grants, grant)?;
    permits::following(tx, keys, person, now_ms, || give(tx, person, grant, Some(by.0), now_ms))?;
    Ok(first::end_sessions(tx, person, None)?)
}

/// Takes a role back, but for the last one: who may do nothing any more is disabled instead. The phones of an inspector
/// show no permit from then on.
pub(super) fn take_back(
    tx: &Tx<'_>,
    keys: &Keys,
    by: (&PersonId, &Scope),
    person: &PersonId,
    role: Role,
    now_ms: i64,
) -> Result<(), Stop> {
    let known = managed(tx, by, person)?;
    if known.grants.iter().all(|grant| grant.role == role) {
        return Err(Fault::NoRole.into());
    }
    permits::following(tx, keys, person, now_ms, || people::take_back(tx, person, role, by.0, now_ms))?;
    Ok(first::end_sessions(tx, person, None)?)
}

/// Whether somebody approves, or did: the role may be taken back and given again.
pub(super) fn approves(db: &Connection, known: &Known) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM right_step WHERE person = ?1 AND role = ?2";
    let did = db.prepare_cached(sql)?.exists(params![known.id.0, Role::Approver.name()])?;
    Ok(did || known.grants.iter().any(|grant| grant.role == Role::Approver))
}

/// Shuts a person out at once, their phones with them, or lets them in again.
pub(super) fn disable(
    tx: &Tx<'_>,
    keys: &Keys,
    by: (&PersonId, &Scope),
    person: &PersonId,
    disabled: bool,
    now_ms: i64,
) -> Result<(), Stop> {
    if managed(tx, by, person)?.disabled_ms.is_some() == disabled {
        return Ok(());
    }
    let deed = if disabled { RightDeed::Disabled } else { RightDeed::Enabled };
    permits::following(tx, keys, person, now_ms, || {
        rights::note(tx, person, &deed, Some(by.0), now_ms)?;
        let disabled_ms = disabled.then_some(now_ms);
        tx.execute("UPDATE person SET disabled_ms = ?2 WHERE id = ?1", params![person.0, disabled_ms])?;
        Ok(())
    })?;
    tx.execute("DELETE FROM password_code WHERE person = ?1", params![person.0])?;
    people::void_invitations(tx, person)?;
    Ok(first::end_sessions(tx, person, None)?)
}

/// Everybody who may do something in the scope, by name.
pub(super) fn all(db: &Connection, scope: &Scope) -> Result<Vec<Known>, Error> {
    let sql = "SELECT p.id FROM person p WHERE (?2 IS NULL OR p.body = ?2) AND EXISTS (SELECT 1 FROM role_grant g \
               WHERE g.person = p.id AND substr(g.prefix, 1, length(?1)) = ?1) ORDER BY p.name, p.id";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![scope.prefix(), scope.body_bytes()], |row| Ok(PersonId(row.get(0)?)))?;
    let ids = rows.collect::<Result<Vec<_>, _>>()?;
    let known = ids.iter().map(|id| read(db, scope, id)).collect::<Result<Vec<_>, Error>>()?;
    Ok(known.into_iter().flatten().collect())
}

/// One person, when they may do something in the scope.
pub(super) fn one(db: &Connection, scope: &Scope, person: &PersonId) -> Result<Option<Known>, Error> {
    let known = read(db, scope, person)?;
    Ok(known.filter(|known| {
        known.managed || known.grants.iter().any(|grant| grant.scope.prefix().starts_with(scope.prefix()))
    }))
}

fn read(db: &Connection, scope: &Scope, person: &PersonId) -> Result<Option<Known>, Error> {
    let grants = all_grants(db, person)?;
    let managed = !grants.is_empty() && grants.iter().all(|grant| scope.holds(&grant.scope));
    let sql = "SELECT p.name, p.login, b.zh, b.en, p.password IS NOT NULL, p.disabled_ms FROM person p \
               LEFT JOIN body b ON b.id = p.body WHERE p.id = ?1 AND (?2 IS NULL OR p.body = ?2)";
    let mut statement = db.prepare_cached(sql)?;
    let row = statement.query_row(params![person.0, scope.body_bytes()], |row| {
        let text = |at| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
        Ok(Known {
            id: *person,
            name: row.get(0)?,
            login: row.get(1)?,
            body: Text::new(text(2)?, text(3)?),
            grants,
            has_password: row.get(4)?,
            disabled_ms: row.get(5)?,
            managed,
        })
    });
    Ok(row.optional()?)
}

/// The bodies, by name: id, Chinese, English.
pub(super) fn bodies(db: &Connection) -> Result<Vec<(BodyId, String, String)>, Error> {
    let mut statement = db.prepare_cached("SELECT id, zh, en FROM body ORDER BY zh, id")?;
    let rows = statement.query_map([], |row| Ok((BodyId(row.get(0)?), row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes a body; one of the same Chinese name is refused.
pub(super) fn add_body(tx: &Tx<'_>, id: &BodyId, zh: &str, en: &str) -> Result<(), Stop> {
    if tx.prepare_cached("SELECT 1 FROM body WHERE zh = ?1")?.exists(params![zh])? {
        return Err(Fault::BodyTwice.into());
    }
    tx.execute("INSERT INTO body (id, zh, en) VALUES (?1, ?2, ?3)", params![id.0, zh, en])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: Role, prefix: &str) -> Grant {
        Grant { role, scope: Scope::new(prefix) }
    }

    #[test]
    fn nobody_gives_more_than_they_have_nor_lets_an_administrator_approve() {
        let county = Scope::new("431124");
        assert_eq!(may_give(&county, &[], &grant(Role::Approver, "431124")), Ok(()));
        assert_eq!(may_give(&county, &[], &grant(Role::Auditor, "4311")), Err(Fault::BeyondScope));
        assert_eq!(may_give(&county, &[], &grant(Role::Auditor, "431125")), Err(Fault::BeyondScope));
        let administers = [grant(Role::Administrator, "431124")];
        assert_eq!(
            may_give(&county, &administers, &grant(Role::Approver, "431124")),
            Err(Fault::AdministratorApproves)
        );
        assert_eq!(may_give(&county, &administers, &grant(Role::Planner, "431124101")), Ok(()));
        let reads = [grant(Role::Supervisor, "431124101")];
        assert_eq!(may_give(&county, &reads, &grant(Role::Auditor, "431124102")), Err(Fault::ScopesApart));
        assert_eq!(may_give(&county, &reads, &grant(Role::Inspector, "431124102")), Ok(()));
        assert_eq!(may_give_all(&county, &[]), Err(Fault::NoRole));
    }

    #[test]
    fn a_login_is_short_and_plain() {
        for good in ["li", "周文静", "zhou.p-2_x@county"] {
            assert_eq!(login(good).as_deref(), Ok(good));
        }
        for wrong in ["l", "two words", "a/b", "../a", &"x".repeat(41)] {
            assert_eq!(login(wrong), Err(Fault::Login), "{wrong}");
        }
        assert!(login("a\r\nb").is_err() && login("").is_err());
    }
}

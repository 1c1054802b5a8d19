//! What people may do, and where.

use super::rights::{self, RightDeed};
use crate::store::Tx;
use crate::{Error, Scope};
use rusqlite::{Connection, params};
use std::fmt;
use std::str::FromStr;
use wurao_protocol::{BodyId, PersonId};

/// What somebody may do within a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Drafts and submits the items of a body.
    Planner,
    /// Approves, returns, merges, overrides, withdraws; decides on late registrations and held work.
    Approver,
    /// Inspects, on a phone.
    Inspector,
    /// Reads; decides on held work.
    Supervisor,
    /// Reads everything, what villages say included.
    Auditor,
    /// Looks after people, phones, bodies, divisions, sites, checklists and keys; approves nothing.
    Administrator,
}

impl Role {
    /// All of them, in the order to show.
    pub const ALL: [Self; 6] =
        [Self::Planner, Self::Approver, Self::Inspector, Self::Supervisor, Self::Auditor, Self::Administrator];

    /// Its stable name, as it is stored and written in files and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planner => "planner",
            Self::Approver => "approver",
            Self::Inspector => "inspector",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// Whether it reads pages. Inspectors work on their phones.
    pub fn reads(self) -> bool {
        self != Self::Inspector
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No role has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no role of that name")]
pub struct NoRole;

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(name: &str) -> Result<Self, NoRole> {
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or(NoRole)
    }
}

/// One role within one scope. A person has a role at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub role: Role,
    /// Where.
    pub scope: Scope,
}

/// The scope in which one of these grants gives a role.
pub(super) fn may(grants: &[Grant], role: Role) -> Option<Scope> {
    grants.iter().find(|grant| grant.role == role).map(|grant| grant.scope.clone())
}

/// The widest scope in which one of these grants lets its holder read; of nothing when none does.
pub(super) fn reads(grants: &[Grant]) -> Scope {
    let scopes = grants.iter().filter(|grant| grant.role.reads()).map(|grant| &grant.scope);
    let widest = scopes.min_by_key(|scope| (scope.prefix().len(), scope.body().is_some()));
    widest.cloned().unwrap_or_else(Scope::nothing)
}

/// What a person may do; nothing once they are disabled.
pub fn grants(db: &Connection, person: &PersonId) -> Result<Vec<Grant>, Error> {
    let sql = "SELECT 1 FROM person WHERE id = ?1 AND disabled_ms IS NULL";
    if db.prepare_cached(sql)?.exists(params![person.0])? { all_grants(db, person) } else { Ok(Vec::new()) }
}

/// What a person may do, or could before they were disabled.
pub(crate) fn all_grants(db: &Connection, person: &PersonId) -> Result<Vec<Grant>, Error> {
    let sql = "SELECT role, prefix, body FROM role_grant WHERE person = ?1 ORDER BY role";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![person.0], |row| {
        let body = row.get::<_, Option<[u8; 16]>>(2)?.map(BodyId);
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, body))
    })?;
    let mut grants = Vec::new();
    for row in rows {
        let (role, prefix, body) = row?;
        let role = role.parse().map_err(|NoRole| Error::Missing("a role of that name"))?;
        grants.push(Grant { role, scope: Scope::within(prefix, body) });
    }
    Ok(grants)
}

/// Gives a role; what the person had of it before is replaced. Nobody in particular gives it on the server's command line.
pub(crate) fn give(
    tx: &Tx<'_>,
    person: &PersonId,
    grant: &Grant,
    by: Option<&PersonId>,
    now_ms: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO role_grant (person, role, prefix, body) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (person, role) DO UPDATE SET prefix = excluded.prefix, body = excluded.body";
    let scope = &grant.scope;
    tx.prepare_cached(sql)?.execute(params![person.0, grant.role.name(), scope.prefix(), scope.body_bytes()])?;
    if grant.role == Role::Approver {
        // Whoever made a link before could use it now.
        tx.execute("DELETE FROM password_code WHERE person = ?1", params![person.0])?;
    }
    rights::note(tx, person, &RightDeed::Given(grant.clone()), by, now_ms)
}

/// Invitations that wait would let in a phone of theirs.
pub(crate) fn void_invitations(tx: &Tx<'_>, person: &PersonId) -> Result<(), Error> {
    let sql = "UPDATE enrol_code SET expires_ms = 0 WHERE device IS NULL AND code IN \
               (SELECT code FROM enrol_code_person WHERE person = ?1)";
    tx.execute(sql, params![person.0])?;
    Ok(())
}

/// Takes a role back.
pub(crate) fn take_back(tx: &Tx<'_>, person: &PersonId, role: Role, by: &PersonId, now_ms: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM role_grant WHERE person = ?1 AND role = ?2", params![person.0, role.name()])?;
    if role == Role::Inspector {
        void_invitations(tx, person)?;
    }
    rights::note(tx, person, &RightDeed::Taken(role), Some(by), now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: BodyId = BodyId([1; 16]);

    #[test]
    fn every_role_is_found_by_its_name() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        assert_eq!("king".parse::<Role>(), Err(NoRole));
    }

    #[test]
    fn the_widest_grant_that_reads_says_what_is_read() {
        let own = Grant { role: Role::Planner, scope: Scope::of_body("431124", OURS) };
        let all = Grant { role: Role::Auditor, scope: Scope::new("431124") };
        let inspects = Grant { role: Role::Inspector, scope: Scope::new("") };
        assert_eq!(reads(&[own.clone(), inspects.clone(), all.clone()]), all.scope);
        assert_eq!(reads(&[own.clone(), inspects.clone()]), own.scope);
        assert_eq!(reads(&[inspects]), Scope::nothing());
        assert_eq!(may(&[own, all.clone()], Role::Auditor), Some(all.scope));
        assert_eq!(may(&[], Role::Auditor), None);
    }
}

//! Every step in what people may do, with when and by whom: what somebody brings is judged by what they might do when
//! it came, and who could give a role is seen to have given it.

use super::role::{Grant, NoRole, Role};
use crate::store::{Tx, rows};
use crate::{Error, Scope, audit};
use rusqlite::{Connection, params};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::audit::Event;
use wurao_protocol::{BodyId, PersonId};

/// What was done to somebody's rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RightDeed {
    /// A role was given, here.
    Given(Grant),
    /// A role was taken back.
    Taken(Role),
    /// They were shut out.
    Disabled,
    /// They were let in again.
    Enabled,
}

/// One such step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightStep {
    /// When.
    pub at_ms: i64,
    /// Who did it, by name; none on the server's command line and at setting up.
    pub by: Option<String>,
    /// What.
    pub deed: RightDeed,
}

/// Keeps a step.
pub(crate) fn note(
    tx: &Tx<'_>,
    person: &PersonId,
    deed: &RightDeed,
    by: Option<&PersonId>,
    now_ms: i64,
) -> Result<(), Error> {
    let (name, role, scope) = match deed {
        RightDeed::Given(grant) => ("given", Some(grant.role), Some(&grant.scope)),
        RightDeed::Taken(role) => ("taken", Some(*role), None),
        RightDeed::Disabled => ("disabled", None, None),
        RightDeed::Enabled => ("enabled", None, None),
    };
    let sql = "INSERT INTO right_step (person, position, at_ms, by_person, deed, role, prefix, body) SELECT ?1, \
               COALESCE(MAX(position), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7 FROM right_step WHERE person = ?1";
    tx.prepare_cached(sql)?.execute(params![
        person.0,
        now_ms,
        by.map(|by| by.0),
        name,
        role.map(Role::name),
        scope.map(Scope::prefix),
        scope.and_then(Scope::body_bytes),
    ])?;
    let detail = [Some(name), role.map(Role::name), scope.map(Scope::prefix)];
    let detail: Vec<&str> = detail.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    audit::note(tx, Event::Right, &[&person.0], &detail.join(" "))?;
    match deed {
        RightDeed::Enabled if planted(Bug::NoRegrant) => Ok(()),
        RightDeed::Enabled => rows::feed_again(tx, person),
        RightDeed::Given(grant) if grant.role == Role::Inspector => rows::feed_again(tx, person),
        _ => Ok(()),
    }
}

/// A person's steps, the first one first.
pub(crate) fn steps(db: &Connection, person: &PersonId) -> Result<Vec<RightStep>, Error> {
    let sql = "SELECT s.at_ms, p.name, s.deed, s.role, s.prefix, s.body FROM right_step s \
               LEFT JOIN person p ON p.id = s.by_person WHERE s.person = ?1 ORDER BY s.position";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![person.0])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        let role = |role: Option<String>| {
            let role = role.ok_or(Error::Missing("a step's role"))?;
            role.parse::<Role>().map_err(|NoRole| Error::Missing("a role of that name"))
        };
        let deed = match row.get::<_, String>(2)?.as_str() {
            "given" => {
                let prefix: Option<String> = row.get(4)?;
                let scope = Scope::within(prefix.unwrap_or_default(), row.get::<_, Option<[u8; 16]>>(5)?.map(BodyId));
                RightDeed::Given(Grant { role: role(row.get(3)?)?, scope })
            }
            "taken" => RightDeed::Taken(role(row.get(3)?)?),
            "disabled" => RightDeed::Disabled,
            "enabled" => RightDeed::Enabled,
            _ => return Err(Error::Missing("a step of that name")),
        };
        steps.push(RightStep { at_ms: row.get(0)?, by: row.get(1)?, deed });
    }
    Ok(steps)
}

/// When somebody could inspect.
#[derive(Clone, Debug)]
pub(crate) struct Inspects(Vec<RightStep>);

impl Inspects {
    pub(crate) fn of(tx: &Tx<'_>, person: &PersonId) -> Result<Self, Error> {
        Ok(Self(steps(tx, person)?))
    }

    /// Whether they had the role of an inspector, wherever, and were not shut out at a moment. Before the first step there
    /// was nothing to take: a server's clock may have been set back.
    pub(crate) fn at(&self, ms: i64) -> bool {
        let last = |of: fn(&RightDeed) -> Option<bool>| {
            let before = self.0.iter().filter(|step| step.at_ms <= ms).filter_map(|step| of(&step.deed)).next_back();
            before.or_else(|| self.0.iter().find_map(|step| of(&step.deed).filter(|may| *may)))
        };
        let inspector = last(|deed| match deed {
            RightDeed::Given(grant) if grant.role == Role::Inspector => Some(true),
            RightDeed::Taken(Role::Inspector) => Some(false),
            _ => None,
        });
        let let_in = last(|deed| match deed {
            RightDeed::Disabled => Some(false),
            RightDeed::Enabled => Some(true),
            _ => None,
        });
        inspector.unwrap_or(false) && let_in.unwrap_or(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspects(steps: &[(i64, RightDeed)]) -> Inspects {
        Inspects(steps.iter().map(|(at_ms, deed)| RightStep { at_ms: *at_ms, by: None, deed: deed.clone() }).collect())
    }

    #[test]
    fn what_somebody_could_do_is_asked_of_the_moment() {
        let inspector = || RightDeed::Given(Grant { role: Role::Inspector, scope: Scope::new("4311") });
        let auditor = RightDeed::Given(Grant { role: Role::Auditor, scope: Scope::new("4311") });
        let asked = inspects(&[
            (10, inspector()),
            (10, auditor),
            (20, RightDeed::Taken(Role::Inspector)),
            (30, inspector()),
            (30, RightDeed::Taken(Role::Auditor)),
            (40, RightDeed::Disabled),
            (50, RightDeed::Enabled),
        ]);
        let could: Vec<i64> = (0..60).step_by(5).filter(|ms| asked.at(*ms)).collect();
        assert_eq!(could, [0, 5, 10, 15, 30, 35, 50, 55], "given, taken, given, shut out, let in");
        assert!(!inspects(&[]).at(0), "who never had the role");
        assert!(inspects(&[(5, RightDeed::Taken(Role::Inspector)), (5, inspector())]).at(5), "the later of one moment");
    }
}

//! What speaks against a change beside the order of arriving and leaving: a revoked phone, a voided inspection, a
//! withdrawn permit, a day that is not the permit's, a late registration, a clock that cannot be right, an author who
//! inspects no more.
//!
//! An honest visit meets none of these, however late it arrives: days are days by the author's signed times, and what
//! was written before a withdrawal is as good as ever.

use super::change_rows::Reason;
use super::doubt::{SLACK_MS, changed_in_doubt};
use super::own;
use super::waivers::Waivers;
use crate::people::rights::Inspects;
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::standing::Standing;
use wurao_protocol::{DeviceId, Digest, DocumentId, PersonId, Problem};
use wurao_record::ActorId;

/// How the permit stands where there is none. A phone that registers late says so of a visit whose permit's name it has drawn: no
/// permit is to come under that.
pub(super) const NO_PERMIT: &str = "no-permit";

/// What shall become of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It waits for what it builds on.
    Wait,
    /// It comes into force.
    Accept,
    /// A person decides.
    Hold(Reason),
    /// A person has decided against the whole visit.
    Decline(Reason),
}

/// A change as it was written and as it came.
pub(super) struct Written {
    pub(super) hash: Digest,
    pub(super) actor: ActorId,
    pub(super) seq: u64,
    pub(super) time_ms: i64,
    pub(super) received_ms: i64,
}

/// Who writes under an actor.
#[derive(Clone, Copy)]
pub(super) struct Author {
    pub(super) person: PersonId,
    /// They wrote it at the page: the server itself has signed it.
    pub(super) at_page: bool,
    pub(super) device: DeviceId,
    revoked_ms: Option<i64>,
    doubtful: bool,
    server_ms: Option<i64>,
}

/// What is known of one inspection.
pub(super) struct Rules {
    pub(super) document: DocumentId,
    pub(super) closed: bool,
    /// When the void arrived that made it count for nothing.
    void_ms: Option<i64>,
    withdrawn_ms: Option<i64>,
    /// The server's own.
    page: Option<DeviceId>,
    /// First and after last moment, ms; none without a permit.
    days: Option<(i64, i64)>,
    authors: HashMap<ActorId, Author>,
    inspects: HashMap<PersonId, Inspects>,
    visits: HashMap<(PersonId, DeviceId), Visit>,
    waivers: Waivers,
}

/// One person's part.
#[derive(Clone, Default)]
struct Visit {
    began_ms: Option<i64>,
    on_team: bool,
    late: Option<Late>,
}

/// How a late registration was decided.
#[derive(Clone, PartialEq, Eq)]
enum Late {
    Undecided,
    Registered,
    NotRegistered(String),
}

impl Rules {
    pub(super) fn of(tx: &Tx<'_>, keys: &Keys, document: &DocumentId) -> Result<Option<Self>, Error> {
        let (waivers, page) = (Waivers::of(tx, document)?, Some(own::device(keys)));
        let sql = "SELECT closed_ms, (SELECT MIN(d.at_ms) FROM decision d WHERE d.document = i.document AND d.verdict = 'voided'), \
                   withdrawn_ms, from_s, to_s FROM inspection i WHERE document = ?1";
        let row = move |row: &Row<'_>| {
            let (from, to) = (row.get::<_, Option<i64>>(3)?, row.get::<_, Option<i64>>(4)?);
            Ok(Self {
                document: *document,
                closed: row.get::<_, Option<i64>>(0)?.is_some(),
                void_ms: row.get(1)?,
                withdrawn_ms: row.get(2)?,
                page,
                days: from.zip(to).map(|(from, to)| (from * 1000, to * 1000)),
                authors: HashMap::new(),
                inspects: HashMap::new(),
                visits: HashMap::new(),
                waivers,
            })
        };
        Ok(tx.prepare_cached(sql)?.query_row(params![document.0], row).optional()?)
    }

    /// Who writes under an actor; the gate lets nobody write without a session.
    pub(super) fn author(&mut self, tx: &Tx<'_>, actor: &ActorId) -> Result<Author, Error> {
        if let Some(author) = self.authors.get(actor) {
            return Ok(*author);
        }
        let sql = "SELECT s.person, d.revoked_ms, s.doubtful, s.server_ms, s.device FROM session s \
                   JOIN device d ON d.id = s.device WHERE s.actor = ?1";
        let page = self.page;
        let row = |row: &Row<'_>| {
            let device = DeviceId(row.get(4)?);
            Ok(Author {
                person: PersonId(row.get(0)?),
                at_page: page == Some(device),
                revoked_ms: row.get(1)?,
                doubtful: row.get(2)?,
                server_ms: row.get(3)?,
                device,
            })
        };
        let author = tx.prepare_cached(sql)?.query_row(params![actor.0], row).optional()?;
        let author = author.ok_or(Error::Missing("a change's session"))?;
        self.authors.insert(*actor, author);
        Ok(author)
    }

    /// What these rules make of a change that stands like this so far.
    pub(super) fn against(&mut self, tx: &Tx<'_>, author: &Author, change: &Written) -> Result<Fate, Error> {
        let hold = |problem, detail: &str| Ok(Fate::Hold(Reason::new(problem, detail)));
        if author.revoked_ms.is_some_and(|revoked_ms| change.received_ms >= revoked_ms) {
            return hold(Problem::FromRevoked, "");
        }
        // By the order of arrival: a clock that runs behind would write into what counts for nothing.
        if self.void_ms.is_some_and(|void_ms| change.received_ms > void_ms) {
            return hold(Problem::Voided, "");
        }
        let visit = self.visit(tx, author)?;
        let registered = match visit.late {
            Some(Late::Undecided) => return hold(Problem::LateRegistration, ""),
            Some(Late::NotRegistered(reason)) => return Ok(Fate::Decline(Reason::new(Problem::Declined, reason))),
            // It counts as if it had been permitted, there and then; all else is asked of it as of any other visit.
            Some(Late::Registered) => true,
            None => false,
        };
        if self.barred(tx, author, change)? {
            return hold(Problem::Forbidden, "");
        }
        let withdrawn = self.withdrawn_ms.is_some_and(|withdrawn_ms| change.time_ms >= withdrawn_ms)
            && !planted(Bug::WithdrawnAccepted);
        let standing = match self.standing(visit.began_ms.unwrap_or(change.time_ms)) {
            // They began it when nobody knew the permit; whether it is part of that visit is decided by itself.
            _ if !visit.on_team => Some(Standing::NotOnTeam.code()),
            _ if registered => None,
            Some(Standing::Valid) => None,
            Some(standing) => Some(standing.code()),
            None => Some(NO_PERMIT),
        };
        let doubtful = author.doubtful || changed_in_doubt(change.time_ms, author.server_ms, change.received_ms);
        let reasons = [
            withdrawn.then(|| Reason::new(Problem::Withdrawn, "")),
            standing.map(|standing| Reason::new(Problem::PermitState, standing)),
            doubtful.then(|| Reason::new(Problem::ClockDoubtful, "")),
        ];
        let new = reasons.into_iter().flatten().find(|reason| !self.waivers.cover(&author.person, change, reason));
        Ok(new.map_or(Fate::Accept, Fate::Hold))
    }

    /// Whether a change came when its author inspected no more: being let in again decides nothing.
    fn barred(&mut self, tx: &Tx<'_>, author: &Author, change: &Written) -> Result<bool, Error> {
        let inspects = match self.inspects.entry(author.person) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Inspects::of(tx, &author.person)?),
        };
        Ok(!inspects.at(change.received_ms))
    }

    /// How the permit stands for a visit that began then, with ten minutes for a clock that is a little off.
    fn standing(&self, began_ms: i64) -> Option<Standing> {
        let (from, to) = self.days?;
        Some(if began_ms < from - SLACK_MS {
            Standing::NotYet
        } else if began_ms >= to + SLACK_MS {
            Standing::Expired
        } else {
            Standing::Valid
        })
    }

    fn visit(&mut self, tx: &Tx<'_>, author: &Author) -> Result<Visit, Error> {
        let (person, device) = (author.person, author.device);
        if let Some(visit) = self.visits.get(&(person, device)) {
            return Ok(visit.clone());
        }
        // The first that arrived of them is the first written: what comes from one session comes in its order. What they
        // chose at the page is no part of their visit.
        // Sessions are few and changes many: from one actor to the next, and of each the first.
        let began = "WITH RECURSIVE a(actor) AS (SELECT MIN(actor) FROM change WHERE document = ?1 UNION ALL \
                     SELECT (SELECT MIN(n.actor) FROM change n WHERE n.document = ?1 AND n.actor > a.actor) FROM a \
                     WHERE a.actor IS NOT NULL) \
                     SELECT c.time_ms FROM a JOIN session s ON s.actor = a.actor JOIN change c ON c.document = ?1 \
                     AND c.actor = a.actor AND c.seq = (SELECT f.seq FROM change f WHERE f.document = ?1 \
                     AND f.actor = a.actor AND f.covered = 1 ORDER BY f.seq LIMIT 1) \
                     WHERE s.person = ?2 AND s.device IS NOT ?3 ORDER BY +c.position LIMIT 1";
        let values = params![self.document.0, person.0, self.page.map(|page| page.0)];
        let began_ms = tx.prepare_cached(began)?.query_row(values, |row| row.get(0)).optional()?;
        let on_team = rows::on_team(tx, &self.document, &person)?;
        let visit = Visit { began_ms, on_team, late: late(tx, &self.document, &person, &device)? };
        self.visits.insert((person, device), visit.clone());
        Ok(visit)
    }
}

/// How a person's late registration of an inspection was decided; of several one that was approved goes first, then
/// one that waits.
fn late(tx: &Tx<'_>, document: &DocumentId, person: &PersonId, device: &DeviceId) -> Result<Option<Late>, Error> {
    // Who has a lost phone says nothing of what its owner does on another.
    let sql = "SELECT l.registered, l.decided_reason FROM late l JOIN device d ON d.id = l.device \
               WHERE l.document = ?1 AND l.person = ?2 \
               AND (l.device = ?3 OR d.revoked_ms IS NULL OR l.received_ms < d.revoked_ms) \
               ORDER BY CASE WHEN l.registered = 1 THEN 0 WHEN l.registered IS NULL THEN 1 ELSE 2 END LIMIT 1";
    let row = |row: &Row<'_>| {
        Ok(match row.get::<_, Option<bool>>(0)? {
            None => Late::Undecided,
            Some(true) => Late::Registered,
            Some(false) => Late::NotRegistered(row.get::<_, Option<String>>(1)?.unwrap_or_default()),
        })
    };
    Ok(tx.prepare_cached(sql)?.query_row(params![document.0, person.0, device.0], row).optional()?)
}

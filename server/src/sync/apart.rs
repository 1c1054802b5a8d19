//! Photos' entries, leaves and voids: records that take effect beside the changes, by the same rules.
//!
//! Each comes in held. Then it is asked what speaks against it, as of a change of the same person at the same time; when
//! nothing does it takes effect at once, else it stays apart with its reason until that is gone or somebody decides.

use super::change_rows::Reason;
use super::decide::Leaves;
use super::receipts::Receipts;
use super::records::HELD;
use super::rules::{Author, Fate, Rules, Written};
use super::{project, voids};
use crate::store::{Tx, rows};
use crate::{Error, Keys, audit};
use rusqlite::{OptionalExtension, Row, params};
use wurao_protocol::audit::Event;
use wurao_protocol::envelope::{Envelope, open};
use wurao_protocol::record::{EvidenceEntry, Kind, Leave, Void};
use wurao_protocol::standing::Standing;
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{DeviceId, Digest, DocumentId, PersonId, Problem};
use wurao_record::{ActorId, Map};

/// What is kept apart, each kind in its own table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Apart {
    Evidence,
    Leave,
    Void,
}

impl Apart {
    pub(super) const ALL: [Self; 3] = [Self::Leave, Self::Evidence, Self::Void];

    /// Of a record of this kind, if it is one of these.
    pub(super) fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Evidence => Some(Self::Evidence),
            Kind::Leave => Some(Self::Leave),
            Kind::Void => Some(Self::Void),
            _ => None,
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Leave => "leave",
            Self::Void => "void",
        }
    }
}

/// One of them.
pub(super) struct One {
    pub(super) apart: Apart,
    pub(super) record: Digest,
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
    bytes: Vec<u8>,
    received_ms: i64,
    problem: Option<String>,
    detail: Option<String>,
}

impl One {
    /// Whether this is known to speak against it.
    fn is_held_for(&self, reason: &Reason) -> bool {
        self.problem.as_deref() == Some(reason.problem.code()) && self.detail.as_deref() == Some(&*reason.detail)
    }

    /// Whether it is decided with a late registration, and not by itself.
    pub(super) fn waits_for_registration(&self) -> bool {
        self.problem.as_deref() == Some(Problem::LateRegistration.code())
    }
}

/// What a table keeps apart of an inspection and had arrived by then, in the order of arrival.
pub(super) fn held(tx: &Tx<'_>, apart: Apart, document: &DocumentId, seen_ms: i64) -> Result<Vec<One>, Error> {
    let sql = format!(
        "SELECT x.record, x.device, r.bytes, x.person, r.received_ms, x.problem, x.detail FROM {} x JOIN record r ON r.id = x.record \
         WHERE x.document = ?1 AND x.held = {HELD} AND r.received_ms <= ?2 ORDER BY r.received_ms, x.record",
        apart.table()
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let row = |row: &Row<'_>| {
        Ok(One {
            apart,
            record: Digest(row.get(0)?),
            device: DeviceId(row.get(1)?),
            bytes: row.get(2)?,
            person: PersonId(row.get(3)?),
            received_ms: row.get(4)?,
            problem: row.get(5)?,
            detail: row.get(6)?,
        })
    };
    Ok(statement.query_map(params![document.0, seen_ms], row)?.collect::<Result<_, _>>()?)
}

/// Asks anew of all of one kind what speaks against it, and lets take effect what nothing does. Whether there was any.
pub(super) fn judge(
    tx: &Tx<'_>,
    keys: &Keys,
    rules: &mut Rules,
    leaves: &Leaves,
    apart: Apart,
    now_ms: i64,
) -> Result<bool, Error> {
    let document = rules.document;
    let mut receipts = Receipts::default();
    let held = held(tx, apart, &document, i64::MAX)?;
    let any = !held.is_empty();
    for one in held {
        match fate(tx, rules, leaves, &one)? {
            Fate::Wait | Fate::Accept => {
                // Its phone was told that it is held.
                if one.problem.is_some() {
                    receipts.add(one.device, one.record);
                }
                release(tx, keys, &document, &one, now_ms)?;
            }
            Fate::Hold(reason) if one.is_held_for(&reason) => {}
            Fate::Hold(reason) => set(tx, &one, HELD, Some(&reason))?,
            Fate::Decline(reason) => set(tx, &one, super::records::DECLINED, Some(&reason))?,
        }
    }
    receipts.tell(tx, keys, now_ms)?;
    Ok(any)
}

fn fate(tx: &Tx<'_>, rules: &mut Rules, leaves: &Leaves, one: &One) -> Result<Fate, Error> {
    let envelope = open(&one.bytes)?;
    let (actor, time_ms) = match one.apart {
        Apart::Evidence => {
            let entry = envelope.body::<EvidenceEntry>()?;
            (entry.actor, entry.capture.attached.wall_ms)
        }
        Apart::Leave => {
            let leave = envelope.body::<Leave>()?;
            (leave.actor, leave.at.wall_ms)
        }
        Apart::Void => {
            let void = envelope.body::<Void>()?;
            (void.actor, void.at.wall_ms)
        }
    };
    let actor = ActorId(actor);
    let author = rules.author(tx, &actor)?;
    let written = Written { hash: one.record, actor, seq: u64::MAX, time_ms, received_ms: one.received_ms };
    let fate = rules.against(tx, &author, &written)?;
    match one.apart {
        // A photo that a change in force names has passed with that change; what its phone and person are is asked.
        Apart::Evidence if of_itself(&fate) => Ok(fate),
        Apart::Evidence if named(tx, &rules.document, &envelope, &author)? => Ok(Fate::Accept),
        Apart::Evidence if fate == Fate::Accept && (rules.closed || leaves.has_left(&author.person)) => {
            let which = if leaves.has_left(&author.person) { "author-left" } else { "closed" };
            Ok(Fate::Hold(Reason::new(Problem::Late, which)))
        }
        Apart::Evidence => Ok(fate),
        // What was accepted of their visit is one thing; whether it makes that of the permit's team count for nothing is another.
        Apart::Void if fate == Fate::Accept && !rows::on_team(tx, &rules.document, &author.person)? => {
            Ok(Fate::Hold(Reason::new(Problem::PermitState, Standing::NotOnTeam.code())))
        }
        // Neither says anything of the site: when and under which clock somebody leaves changes nothing.
        Apart::Leave | Apart::Void if of_itself(&fate) || of_the_visit(&fate) => Ok(fate),
        Apart::Leave | Apart::Void => Ok(Fate::Accept),
    }
}

/// Whether what speaks against it is where it comes from.
fn of_itself(fate: &Fate) -> bool {
    matches!(fate, Fate::Hold(reason) if matches!(reason.problem, Problem::FromRevoked | Problem::Forbidden))
}

/// Whether it is that the person's visit is not registered, or is none of the permit's.
fn of_the_visit(fate: &Fate) -> bool {
    match fate {
        Fate::Hold(reason) => {
            reason.problem == Problem::LateRegistration || reason.detail == Standing::NotOnTeam.code()
        }
        Fate::Decline(_) => true,
        Fate::Wait | Fate::Accept => false,
    }
}

/// Whether a change in force of the same person names a photo.
fn named(tx: &Tx<'_>, document: &DocumentId, envelope: &Envelope, author: &Author) -> Result<bool, Error> {
    let original = envelope.body::<EvidenceEntry>()?.original.sha256.to_string();
    let sql = "SELECT 1 FROM op o INDEXED BY op_key JOIN change c ON c.document = o.document AND c.hash = o.change \
               JOIN session s ON s.actor = o.actor WHERE o.document = ?1 AND o.map = ?2 AND o.name = ?3 \
               AND c.state = 'accepted' AND s.person = ?4";
    let mut statement = tx.prepare_cached(sql)?;
    Ok(statement.exists(params![document.0, Map::Evidence.number() as i64, original, author.person.0])?)
}

/// Lets one take effect.
pub(super) fn release(tx: &Tx<'_>, keys: &Keys, document: &DocumentId, one: &One, now_ms: i64) -> Result<(), Error> {
    set(tx, one, 0, None)?;
    let envelope = open(&one.bytes)?;
    let actor = match one.apart {
        Apart::Evidence => envelope.body::<EvidenceEntry>()?.actor,
        Apart::Leave => envelope.body::<Leave>()?.actor,
        Apart::Void => envelope.body::<Void>()?.actor,
    };
    project::introduce(tx, document, &actor)?;
    rows::feed_document(tx, document, &one.record)?;
    if one.apart == Apart::Void {
        voids::apply(tx, keys, &envelope.body::<Void>()?, now_ms)?;
    }
    tx.touch(*document);
    Ok(())
}

/// Decides against one.
pub(super) fn decline(tx: &Tx<'_>, one: &One, reason: &Reason) -> Result<(), Error> {
    set(tx, one, super::records::DECLINED, Some(reason))
}

fn set(tx: &Tx<'_>, one: &One, held: i64, reason: Option<&Reason>) -> Result<(), Error> {
    let sql = format!("UPDATE {} SET held = ?2, problem = ?3, detail = ?4 WHERE record = ?1", one.apart.table());
    let (problem, detail) = (reason.map(|reason| reason.problem.code()), reason.map(|reason| reason.detail.as_str()));
    tx.prepare_cached(&sql)?.execute(params![one.record.0, held, problem, detail])?;
    // Most take effect in the very write that brings them, of which the record's own entry tells.
    let said = match held {
        0 if one.problem.is_none() => return Ok(()),
        0 => "released",
        HELD => "held",
        _ => "declined",
    };
    audit::note(tx, Event::Apart, &[&one.record.0], said)
}

/// What a phone is told of one that is here: that it is held, and why, when it is.
pub(super) fn told(tx: &Tx<'_>, apart: Apart, record: &Digest, status: Status) -> Result<Status, Error> {
    if !matches!(status.outcome, Outcome::Ok | Outcome::Have) {
        return Ok(status);
    }
    let sql = format!("SELECT held, problem, detail FROM {} WHERE record = ?1", apart.table());
    let row = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?, row.get(2)?));
    let found = tx.prepare_cached(&sql)?.query_row(params![record.0], row).optional()?;
    let Some((held, problem, detail)) = found.filter(|(held, ..)| *held > 0) else { return Ok(status) };
    if held != HELD {
        return Ok(Status::because(Outcome::Held, Problem::Declined, ""));
    }
    let problem = Problem::ALL.iter().find(|known| Some(known.code()) == problem.as_deref());
    let detail: Option<String> = detail;
    Ok(Status::because(Outcome::Held, *problem.unwrap_or(&Problem::Late), detail.unwrap_or_default()))
}

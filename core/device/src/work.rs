//! The work list, checklists ready to use, and what has not reached the server.

use crate::error::{Error, PhoneError};
use crate::phone::{Phone, State, at_work};
use crate::store::{blobs, documents, records};
use rusqlite::Connection;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use wurao_protocol::permit::Permit;
use wurao_protocol::record::{Checklist, Decision, Leave, PlanItem, RecordBody, Site, Verdict};
use wurao_protocol::{DocumentId, PermitId, Words};

/// One visit on the work list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// The permit to start under.
    pub permit: PermitId,
    /// The inspection it is, or will be.
    pub document: DocumentId,
    /// Where.
    pub site: Words,
    /// The site's twelve-digit division code.
    pub division: String,
    /// What for.
    pub purpose: Words,
    /// The body that inspects.
    pub body: Words,
    /// The checklist's title.
    pub checklist: Words,
    /// First moment, seconds since 1970 UTC.
    pub not_before_s: i64,
    /// Not after, seconds since 1970 UTC.
    pub expires_s: i64,
    /// How the permit stands now, for the person at work: `valid`, `not-yet`, `expired`, ...
    pub permit_standing: &'static str,
    /// How far the visit is, for the person at work.
    pub state: WorkState,
}

/// How far a visit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkState {
    /// Not started on this phone.
    Planned,
    /// Started on this phone.
    Started,
    /// The person at work has left.
    Left,
    /// Closed: the whole team has left.
    Closed,
}

/// What has not reached the server, or was not taken by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Changes, by inspection and standing.
    pub changes: Vec<Unsettled>,
    /// Records (sessions, leaves, photo entries) the server has not simply taken.
    pub records: u64,
    /// These by kind and standing.
    pub unsettled_records: Vec<UnsettledRecords>,
    /// Files not yet uploaded: thumbnails.
    pub thumbnails: u64,
    /// Renditions.
    pub renditions: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Photos that cannot be shown (their originals are kept) and files damaged on this phone.
    pub photos_with_problems: u64,
}

/// Own changes of one inspection that the server has not simply taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The inspection.
    pub document: DocumentId,
    /// `unsent`, `waiting`, `held` or `refused`.
    pub standing: String,
    /// Why, by its code.
    pub problem: Option<String>,
    /// How many.
    pub changes: u64,
}

/// Own records of one kind that the server has not simply taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsettledRecords {
    /// The kind: `wurao/leave`, `wurao/evidence`, ...
    pub kind: String,
    /// `unsent`, `waiting`, `held` or `refused`.
    pub standing: String,
    /// Why, by its code.
    pub problem: Option<String>,
    /// How many.
    pub records: u64,
}

impl Phone {
    /// The visits that the person at work may make or has made, soonest first.
    pub fn work(&self) -> Result<Vec<WorkItem>, PhoneError> {
        let state = self.state();
        Ok(self.work_list(&state)?)
    }

    /// What has not reached the server, or was not taken.
    pub fn outbox(&self) -> Result<Outbox, PhoneError> {
        let state = self.state();
        Ok(outbox(&state)?)
    }

    fn work_list(&self, state: &State) -> Result<Vec<WorkItem>, Error> {
        let person = at_work(state)?;
        let connection = state.store.read();
        let now = self.ports.clock.wall_ms();
        let mut newest: Vec<Permit> = Vec::new();
        for permit in records::all::<Permit>(connection)? {
            newest.retain(|known| known.id != permit.id);
            newest.push(permit);
        }
        let (mut bodies, mut titles) = (HashMap::new(), HashMap::new());
        let mut items = Vec::new();
        for permit in newest.into_iter().filter(|permit| permit.names(&person)) {
            let site: Site = need(connection, "site", &permit.visit.site.0)?;
            // Many visits share a plan item and a checklist, and a checklist's record is large.
            let body = match bodies.entry(permit.visit.plan_item) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => {
                    free.insert(need::<PlanItem>(connection, "plan item", &permit.visit.plan_item.0)?.body_name)
                }
            };
            let checklist = match titles.entry(permit.visit.checklist) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => {
                    free.insert(need::<Checklist>(connection, "checklist", &permit.visit.checklist.0)?.title)
                }
            };
            items.push(WorkItem {
                permit: permit.id,
                document: permit.visit.document,
                site: site.name,
                division: site.division,
                purpose: permit.visit.purpose.clone(),
                body: body.clone(),
                checklist: checklist.clone(),
                not_before_s: permit.not_before_s,
                expires_s: permit.expires_s,
                permit_standing: permit.standing(&person, &permit.visit.site, now).code(),
                state: work_state(state, &permit, &person)?,
            });
        }
        items.sort_by(|a, b| (a.not_before_s, &a.division).cmp(&(b.not_before_s, &b.division)));
        Ok(items)
    }
}

fn need<T: RecordBody>(connection: &Connection, what: &'static str, subject: &[u8]) -> Result<T, Error> {
    records::about(connection, subject)?.ok_or_else(|| Error::NotFound { what, id: hex::encode(subject) })
}

fn work_state(state: &State, permit: &Permit, person: &wurao_protocol::PersonId) -> Result<WorkState, Error> {
    let connection = state.store.read();
    let subject = &permit.visit.document.0;
    let decisions: Vec<Decision> = records::all_about(connection, subject)?;
    if decisions.iter().any(|decision| decision.verdict == Verdict::Closed) {
        return Ok(WorkState::Closed);
    }
    let leaves: Vec<Leave> = records::all_about(connection, subject)?;
    if leaves.iter().any(|leave| leave.person == *person) {
        return Ok(WorkState::Left);
    }
    let started = documents::get(connection, &permit.visit.document)?.is_some_and(|row| row.started_ms.is_some());
    Ok(if started { WorkState::Started } else { WorkState::Planned })
}

fn outbox(state: &State) -> Result<Outbox, Error> {
    let connection = state.store.read();
    let mut outbox = Outbox::default();
    for records::Unsettled { kind, standing, problem, count } in records::unsettled(connection)? {
        outbox.records += count;
        outbox.unsettled_records.push(UnsettledRecords { kind, standing, problem, records: count });
    }
    for documents::Unsettled { document, standing, problem, count } in documents::unsettled(connection)? {
        outbox.changes.push(Unsettled { document, standing, problem, changes: count });
    }
    for (class, count, bytes) in blobs::backlog(connection)? {
        match class {
            blobs::THUMBNAIL => outbox.thumbnails = count,
            _ => outbox.renditions = count,
        }
        outbox.bytes += bytes;
    }
    outbox.photos_with_problems = blobs::photos_with_problems(connection)?;
    Ok(outbox)
}

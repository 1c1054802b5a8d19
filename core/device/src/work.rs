//! The work list, checklists ready to use, and what has not reached the server.

use crate::error::{Error, PhoneError};
use crate::fate::{Fate, LateView, fate, has_left};
use crate::late::NO_PERMIT;
use crate::people::at_work;
use crate::phone::{Phone, State};
use crate::store::permits::{self, HeldPermit};
use crate::store::{blobs, documents, records, standing};
use rusqlite::Connection;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use wurao_protocol::record::{Checklist, Late, Person, PlanItem, Site};
use wurao_protocol::{Digest, DocumentId, PermitId, PersonId, SiteId, Words};

/// One visit on the work list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// The permit to start under; of a late registration without one, the name it was given.
    pub permit: PermitId,
    /// The plan's or ad-hoc item's number as people say it; empty without a permit.
    pub number: String,
    /// Whether that is an ad-hoc item.
    pub ad_hoc: bool,
    /// Visits this site has had this year before this one.
    pub visits: u16,
    /// The team, by name.
    pub team: Vec<String>,
    /// The inspection it is, or will be.
    pub document: DocumentId,
    /// Where.
    pub site: Words,
    /// Which site that is.
    pub site_id: SiteId,
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
    /// How the permit stands now, for the person at work: `valid`, `not-yet`, `expired`, `revoked`, ..., `no-permit`.
    pub permit_standing: &'static str,
    /// How far the visit is, for the person at work.
    pub state: WorkState,
    /// Begun without a valid permit, and what has become of that.
    pub late: Option<LateView>,
    /// It shall not count; why.
    pub voided: Option<String>,
    /// Its permit was withdrawn; why.
    pub withdrawn: Option<String>,
    /// This phone's work there that the server holds, has refused, or that was declined.
    pub problems: Vec<Unsettled>,
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
    /// Voided: it does not count, and nobody writes there any more.
    Voided,
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

/// Own changes of one inspection that the server has not simply taken, or somebody declined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The inspection.
    pub document: DocumentId,
    /// `unsent`, `waiting`, `held`, `refused` or `declined`.
    pub standing: String,
    /// Why, by its code.
    pub problem: Option<String>,
    /// More about that; of what was declined, the reason given.
    pub detail: Option<String>,
    /// How many.
    pub changes: u64,
}

/// Own records of one kind that the server has not simply taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsettledRecords {
    /// The kind: `wurao/leave`, `wurao/evidence`, ...
    pub kind: String,
    /// `unsent`, `waiting`, `held`, `refused` or `declined`.
    pub standing: String,
    /// Why, by its code.
    pub problem: Option<String>,
    /// How many.
    pub records: u64,
}

impl Phone {
    /// The visits that the person at work may make or has made, soonest first.
    pub fn work(&self) -> Result<Vec<WorkItem>, PhoneError> {
        let mut state = self.state()?;
        Ok(state.at_once(|state| self.work_list(state))?)
    }

    /// What has not reached the server, or was not taken.
    pub fn outbox(&self) -> Result<Outbox, PhoneError> {
        let state = self.state()?;
        Ok(outbox(&state)?)
    }

    fn work_list(&self, state: &mut State) -> Result<Vec<WorkItem>, Error> {
        let person = at_work(state)?;
        let mut known = Known::default();
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        for id in permits::ids(state.store.read())? {
            let Some(held) = permits::get(state.store.read(), &id)? else { continue };
            seen.insert(held.permit.visit.document);
            if held.permit.names(&person) {
                let standing = self.standing(state, &held, &person, &held.permit.visit.site)?.code();
                items.push(known.permitted(state.store.read(), &held, standing, &person)?);
            }
        }
        // Inspections that were begun without any permit, and the person's own.
        for late in records::all::<Late>(state.store.read())? {
            if late.person == person && seen.insert(late.document) {
                items.push(known.unpermitted(state.store.read(), &late)?);
            }
        }
        let mut problems = unsettled(state.store.read())?;
        problems.retain(|problem| matches!(problem.standing.as_str(), "held" | "refused" | "declined"));
        for item in &mut items {
            item.problems = problems.iter().filter(|problem| problem.document == item.document).cloned().collect();
        }
        items.sort_by(|a, b| (a.not_before_s, &a.division).cmp(&(b.not_before_s, &b.division)));
        Ok(items)
    }
}

/// Titles of checklists, each read once: many visits share one, and its record is large.
#[derive(Default)]
struct Known(HashMap<Digest, Words>);

impl Known {
    fn title(&mut self, connection: &Connection, checklist: &Digest) -> Result<Words, Error> {
        Ok(match self.0.entry(*checklist) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(free) => {
                let record: Option<Checklist> = records::about(connection, &checklist.0)?;
                free.insert(record.map_or_else(unknown, |record| record.title)).clone()
            }
        })
    }

    fn permitted(
        &mut self,
        connection: &Connection,
        held: &HeldPermit,
        standing: &'static str,
        person: &PersonId,
    ) -> Result<WorkItem, Error> {
        let permit = &held.permit;
        let visit = &permit.visit;
        let site: Option<Site> = records::about(connection, &visit.site.0)?;
        let (site, division) =
            site.map_or_else(|| (visit.site_name.clone(), String::new()), |site| (site.name, site.division));
        let fate = fate(connection, &visit.document)?;
        Ok(WorkItem {
            permit: permit.id,
            number: visit.number.clone(),
            ad_hoc: visit.ad_hoc,
            visits: visit.visits,
            team: visit.team.iter().map(|member| member.name.clone()).collect(),
            document: visit.document,
            site,
            site_id: visit.site,
            division,
            purpose: visit.purpose.clone(),
            body: visit.body_name.clone(),
            checklist: self.title(connection, &visit.checklist)?,
            not_before_s: permit.not_before_s,
            expires_s: permit.expires_s,
            permit_standing: standing,
            state: work_state(connection, &fate, &visit.document, person)?,
            late: fate.late,
            voided: fate.voided,
            withdrawn: fate.withdrawn,
            problems: Vec::new(),
        })
    }

    fn unpermitted(&mut self, connection: &Connection, late: &Late) -> Result<WorkItem, Error> {
        let site: Option<Site> = records::about(connection, &late.site.0)?;
        let (site, division) = site.map_or_else(|| (unknown(), String::new()), |site| (site.name, site.division));
        let person: Option<Person> = records::about(connection, &late.person.0)?;
        let mut bodies = records::all::<PlanItem>(connection)?.into_iter();
        let body = person.and_then(|person| bodies.rfind(|item| item.body == person.body));
        let fate = fate(connection, &late.document)?;
        let at_s = late.at.wall_ms.div_euclid(1000);
        Ok(WorkItem {
            permit: late.permit,
            number: String::new(),
            ad_hoc: false,
            visits: 0,
            team: fate.late.iter().map(|late| late.by.clone()).collect(),
            document: late.document,
            site,
            site_id: late.site,
            division,
            purpose: Words::new("补登", "Late registration"),
            body: body.map_or_else(unknown, |item| item.body_name),
            checklist: self.title(connection, &late.checklist)?,
            not_before_s: at_s,
            expires_s: at_s,
            permit_standing: NO_PERMIT,
            state: work_state(connection, &fate, &late.document, &late.person)?,
            late: fate.late,
            voided: fate.voided,
            withdrawn: fate.withdrawn,
            problems: Vec::new(),
        })
    }
}

/// The name of what this phone has not heard of yet.
fn unknown() -> Words {
    Words::new("（未知）", "(unknown)")
}

fn work_state(
    connection: &Connection,
    fate: &Fate,
    document: &DocumentId,
    person: &PersonId,
) -> Result<WorkState, Error> {
    if fate.voided.is_some() {
        return Ok(WorkState::Voided);
    }
    if fate.closed {
        return Ok(WorkState::Closed);
    }
    if has_left(connection, document, person)? {
        return Ok(WorkState::Left);
    }
    let started = documents::get(connection, document)?.is_some_and(|row| row.started_ms.is_some());
    Ok(if started { WorkState::Started } else { WorkState::Planned })
}

/// Own changes that the server has not simply taken, by inspection.
pub(crate) fn unsettled(connection: &Connection) -> Result<Vec<Unsettled>, Error> {
    let rows = standing::unsettled(connection)?.into_iter();
    let view = |row| {
        let standing::Unsettled { document, standing, problem, detail, count } = row;
        Unsettled { document, standing, problem, detail, changes: count }
    };
    Ok(rows.map(view).collect())
}

fn outbox(state: &State) -> Result<Outbox, Error> {
    let connection = state.store.read();
    let mut outbox = Outbox::default();
    for records::Unsettled { kind, standing, problem, count } in records::unsettled(connection)? {
        outbox.records += count;
        outbox.unsettled_records.push(UnsettledRecords { kind, standing, problem, records: count });
    }
    outbox.changes = unsettled(connection)?;
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

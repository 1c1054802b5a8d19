//! All that is known of one inspection at one moment, evaluated.

use super::checklists::{Checklists, Compiled};
use crate::Error;
use crate::page::ZONE;
use crate::page::view::{BySeverity, InspectionState, Lacking, PersonState, Presence, Progress, Severity};
use crate::store::read::{self, Author, ChangeInfo, EvidenceInfo, Inspection, LeaveInfo, Word};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;
use wurao_checklist::{Key, Kind, Missing, Moment, Needed, Node, NodeKind};
use wurao_inspection::Reading;
use wurao_protocol::PersonId;
use wurao_record::{ActorId, Field, Map, Scalar, field};

/// One inspection: the reading of its document, and what the server knows beside it.
pub(crate) struct Case {
    pub(crate) inspection: Inspection,
    pub(crate) checklist: Arc<Compiled>,
    pub(crate) authors: BTreeMap<ActorId, Author>,
    pub(crate) changes: Vec<ChangeInfo>,
    pub(crate) photos: Vec<EvidenceInfo>,
    pub(crate) leaves: Vec<LeaveInfo>,
    pub(crate) words: Vec<Word>,
    people: BTreeMap<PersonId, String>,
    reading: Reading,
}

impl Case {
    /// Reads an inspection that was found in the reader's scope.
    pub(crate) fn read(db: &Connection, checklists: &Checklists, inspection: Inspection) -> Result<Self, Error> {
        let document = inspection.document;
        let checklist = checklists.get(db, &inspection.permit.visit.checklist)?;
        let changes = read::changes(db, &document)?;
        let authors = read::authors(db, &document)?;
        let moment = moment(&inspection, &changes, &authors);
        Ok(Self {
            reading: Reading::new(&checklist, read::live_ops(db, &document)?, &moment),
            checklist,
            authors,
            changes,
            photos: read::evidence(db, &document)?,
            leaves: read::leaves(db, &document)?,
            words: read::words(db, &document)?,
            people: read::people(db, &document)?,
            inspection,
        })
    }

    /// The questions that apply and are for a person to answer. A row that is only offered asks nothing yet.
    fn asked(&self) -> impl Iterator<Item = &Node> {
        let questions = self.evaluation.nodes.iter().filter(|node| node.kind == NodeKind::Question && node.relevant);
        questions.filter(|node| {
            let question = self.checklist.question(&node.question);
            question.is_some_and(|question| question.kind.is_asked() && question.calculation.is_none())
                && !self.offers.contains(&node.instance)
        })
    }

    /// How many questions apply.
    pub(crate) fn questions(&self) -> u32 {
        self.asked().count() as u32
    }

    /// How many of them have a value, or a photo when they ask for one.
    pub(crate) fn answered(&self) -> u32 {
        let has_photo = |node: &Node| {
            self.answers.photos.contains_key(&Key::new(&node.question, &node.instance))
                && self.checklist.question(&node.question).is_some_and(|question| question.kind == Kind::Image)
        };
        self.asked().filter(|node| !node.value.is_empty() || has_photo(node)).count() as u32
    }

    /// How far the answering is.
    pub(crate) fn progress(&self) -> Progress {
        let required = self.asked().filter(|node| node.required).count() as u32;
        Progress { answered: self.answered(), asked: self.questions(), required, lacking: self.lacking() }
    }

    /// What it must have and does not have. A required photo question without its photo lacks an answer.
    fn lacking(&self) -> Lacking {
        let mut lacking = Lacking::default();
        let missing = self.evaluation.missing.iter().filter(|missing| !self.offers.contains(&missing.key.instance));
        for Missing { key, needed } in missing {
            let of_an_image = self.checklist.question(&key.question).is_some_and(|asked| asked.kind == Kind::Image);
            match needed {
                Needed::Photo if !of_an_image => lacking.photos += 1,
                Needed::Answer | Needed::Photo => lacking.answers += 1,
                Needed::Note => lacking.notes += 1,
            }
        }
        lacking
    }

    /// How many photos there are, noted ones included.
    pub(crate) fn photo_count(&self) -> u32 {
        (self.photos.len() + self.noted().count()) as u32
    }

    /// The photos that the document notes and whose signed entries are not here: their names and what notes them.
    pub(crate) fn noted(&self) -> impl Iterator<Item = (&str, Field)> {
        let by_key = self.live.chunk_by(|a, b| (a.map, &a.key) == (b.map, &b.key));
        let evidence =
            by_key.filter(|ops| ops[0].map == Map::Evidence).map(|ops| (ops[0].key.as_str(), field(ops, &[])));
        let here: BTreeSet<String> = self.photos.iter().map(|info| info.entry.original.sha256.to_string()).collect();
        evidence.filter(move |(name, field)| field.winner != Scalar::Null && !here.contains(*name))
    }

    /// How many changes are in a state.
    pub(crate) fn changes_in(&self, state: &str) -> u32 {
        self.changes.iter().filter(|change| change.state == state).count() as u32
    }

    /// The changes that are part of the visit. What was chosen at the page is in force too; nobody was in the village for it.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = &ChangeInfo> {
        visiting(&self.changes, &self.authors)
    }

    /// Its findings, counted.
    pub(crate) fn by_severity(&self) -> BySeverity {
        let mut counted = BySeverity::default();
        for finding in &self.evaluation.findings {
            match severity(finding.severity) {
                Severity::Minor => counted.minor += 1,
                Severity::Major => counted.major += 1,
                Severity::Critical => counted.critical += 1,
            }
        }
        counted
    }

    /// How far it is.
    pub(crate) fn state(&self) -> InspectionState {
        let begun = self.started_ms().is_some();
        if self.inspection.voided_ms.is_some() {
            InspectionState::Voided
        } else if !begun && self.inspection.withdrawn_ms.is_some() {
            InspectionState::Withdrawn
        } else if !begun && self.inspection.late.is_some() && self.inspection.registered.is_none() {
            InspectionState::Undecided
        } else if !begun && self.inspection.registered == Some(false) {
            InspectionState::NotRegistered
        } else if self.inspection.closed_ms.is_some() {
            InspectionState::Closed
        } else if !self.leaves.is_empty() {
            InspectionState::LeftBySome
        } else if begun {
            InspectionState::UnderWay
        } else {
            InspectionState::Planned
        }
    }

    /// When the first of the team began to write.
    pub(crate) fn started_ms(&self) -> Option<i64> {
        self.accepted().map(|change| change.time_ms).min()
    }

    /// Who works under an actor.
    pub(crate) fn author(&self, actor: &ActorId) -> Option<&Author> {
        self.authors.get(actor)
    }

    /// The team with where each member is, in the permit's order.
    pub(crate) fn team(&self) -> Vec<PersonState> {
        let member = |person: &PersonId| PersonState {
            name: self.people.get(person).cloned().unwrap_or_default(),
            presence: self.presence(person),
        };
        self.inspection.permit.visit.team.iter().map(|colleague| &colleague.person).map(member).collect()
    }

    fn presence(&self, person: &PersonId) -> Presence {
        let left = self.leaves.iter().filter(|info| info.leave.person == *person).map(|info| info.leave.at.wall_ms);
        let wrote = self.accepted().filter(|change| self.author(&change.actor).is_some_and(|by| by.person == *person));
        match (left.max(), wrote.map(|change| change.time_ms).min()) {
            (Some(at_ms), _) => Presence::Left { at_ms },
            (None, Some(_)) if self.inspection.voided_ms.is_some() => Presence::Over,
            (None, Some(since_ms)) => Presence::OnSite { since_ms },
            (None, None) => Presence::NotStarted,
        }
    }
}

impl Deref for Case {
    type Target = Reading;

    fn deref(&self) -> &Reading {
        &self.reading
    }
}

/// A checklist's severity as a page shows it.
pub(super) fn severity(severity: wurao_checklist::Severity) -> Severity {
    match severity {
        wurao_checklist::Severity::Minor => Severity::Minor,
        wurao_checklist::Severity::Major => Severity::Major,
        wurao_checklist::Severity::Critical => Severity::Critical,
    }
}

/// The moment of the last change: `today()` is then the day of the visit, so that a lot which expires next month does
/// not turn a visit of today into a finding next month. A change is never younger than its arrival, whatever its
/// author's clock said. Before the first change it is the permit's first day.
fn moment(inspection: &Inspection, changes: &[ChangeInfo], authors: &BTreeMap<ActorId, Author>) -> Moment {
    let last = visiting(changes, authors).map(|change| change.time_ms.min(change.received_ms)).max();
    Moment::new(last.unwrap_or(inspection.permit.not_before_s.saturating_mul(1000)), ZONE.seconds() / 60)
}

fn visiting<'a>(
    changes: &'a [ChangeInfo],
    authors: &'a BTreeMap<ActorId, Author>,
) -> impl Iterator<Item = &'a ChangeInfo> {
    let at_page = |change: &ChangeInfo| authors.get(&change.actor).is_some_and(|author| author.at_page);
    changes.iter().filter(move |change| change.state == "accepted" && !at_page(change))
}

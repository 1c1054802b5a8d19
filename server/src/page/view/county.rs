use super::{BySeverity, PersonState, PhoneRow, Presence, Progress, Text};
use crate::page::words::Words;
use crate::page::{Frame, address};
use askama::Template;

/// The county at a glance: the first page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountyView {
    /// The numbers at the top.
    pub counts: Counts,
    /// What inspections have cost the villages this year.
    pub burden: Burden,
    /// The villages, in the order to show.
    pub villages: Vec<VillageRow>,
    /// The phones, in the order to show.
    pub phones: Vec<PhoneRow>,
}

impl CountyView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        CountyPage { v: self, f: frame, w: Words::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "county.html")]
struct CountyPage<'a> {
    v: &'a CountyView,
    f: &'a Frame,
    w: &'static Words,
}

impl CountyPage<'_> {
    /// The first inspection in which people disagree.
    fn first_conflict(&self) -> Option<String> {
        let rows = self.v.villages.iter().flat_map(|village| &village.inspections);
        rows.filter(|row| row.conflicts > 0).map(|row| address::inspection(&row.id)).next()
    }
}

/// The county's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Villages in scope.
    pub villages: u32,
    /// Inspections approved and not begun.
    pub planned: u32,
    /// Inspections under way, also when some of the team have left.
    pub open: u32,
    /// Inspections closed.
    pub closed: u32,
    /// Findings of all inspections in scope.
    pub findings: BySeverity,
    /// Conflicts nobody has chosen on yet.
    pub conflicts: u32,
    /// Photos announced or noted of which not even the rendition is here.
    pub photos_on_phones: u32,
    /// Changes and records held, and late registrations that nobody has decided on.
    pub held: u32,
}

/// What inspections have cost, this year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Burden {
    /// The year.
    pub year: i16,
    /// Visits begun.
    pub visits: u32,
    /// Minutes on site, all visits together.
    pub minutes: u32,
    /// Questions answered.
    pub questions: u32,
    /// Photos taken.
    pub photos: u32,
    /// Visits that were not made because two bodies came together.
    pub avoided: u32,
    /// Visits that a village refused.
    pub refused: u32,
}

/// One village and its inspections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VillageRow {
    /// The site's id, hex.
    pub site: String,
    /// The site's name.
    pub name: Text,
    /// The 12-digit division code.
    pub division: String,
    /// The divisions above it, outermost first, e.g. county and township.
    pub path: Vec<Text>,
    /// Its inspections, in the order to show.
    pub inspections: Vec<InspectionRow>,
    /// Visits this year.
    pub visits: u32,
    /// Minutes inspectors spent on site this year.
    pub minutes: u32,
    /// Visits spared this year because two bodies come together.
    pub avoided: u32,
    /// Visits it refused this year.
    pub refused: u32,
}

/// One inspection in a village's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectionRow {
    /// The document id, hex.
    pub id: String,
    /// The body that inspects.
    pub body: Text,
    /// Why.
    pub purpose: Text,
    /// How far it is.
    pub state: InspectionState,
    /// Begun without a permit valid there and then, registered afterwards.
    pub late: bool,
    /// Whether its permit was withdrawn, though somebody had begun.
    pub withdrawn: bool,
    /// The last day a village refused it, `2026-11-22`, if one did.
    pub refused: Option<String>,
    /// When it began, unix ms.
    pub started_ms: Option<i64>,
    /// When it closed, unix ms.
    pub closed_ms: Option<i64>,
    /// The permit's team.
    pub team: Vec<PersonState>,
    /// How far the answering is.
    pub progress: Progress,
    /// Its findings.
    pub findings: BySeverity,
    /// Conflicts nobody has chosen on yet.
    pub conflicts: u32,
    /// Photos whose rendition is here.
    pub photos_arrived: u32,
    /// Photos announced or noted.
    pub photos: u32,
    /// Photos noted of which no entry has come.
    pub noted: u32,
    /// Changes and records held.
    pub held: u32,
}

/// How far an inspection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InspectionState {
    /// Approved, nobody has begun.
    Planned,
    /// Begun, nobody has left.
    UnderWay,
    /// Some of the team have left.
    LeftBySome,
    /// Closed.
    Closed,
    /// Begun by mistake; does not count.
    Voided,
    /// Its permit was withdrawn before anybody began.
    Withdrawn,
    /// Registered late, and nobody has decided yet.
    Undecided,
    /// Registered late, and an approver decided against it.
    NotRegistered,
}

impl InspectionRow {
    /// Whether nothing about it needs a person's look.
    pub(in crate::page) fn is_quiet(&self) -> bool {
        let waits = self.conflicts > 0 || self.held > 0 || self.undecided() || self.photos > self.photos_arrived;
        !waits && !self.withdrawn && self.refused.is_none() && !self.lacks() && self.findings.total() == 0
    }

    /// Whether somebody has left it without what it must have.
    pub(in crate::page) fn lacks(&self) -> bool {
        self.state.is_left() && !self.progress.lacking.is_nothing()
    }

    /// Whether somebody must say what becomes of it as a whole.
    pub(in crate::page) fn undecided(&self) -> bool {
        self.state == InspectionState::Undecided
    }

    /// Photos announced that are still on a phone.
    pub(in crate::page) fn on_phones(&self) -> u32 {
        self.photos.saturating_sub(self.photos_arrived + self.noted)
    }
}

impl InspectionState {
    /// Whether somebody has said that they are done.
    pub(in crate::page) fn is_left(self) -> bool {
        matches!(self, Self::LeftBySome | Self::Closed)
    }

    /// The name of its style and its icon.
    pub(in crate::page) fn class(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::UnderWay => "under-way",
            Self::LeftBySome => "left-by-some",
            Self::Closed => "closed",
            Self::Voided | Self::Withdrawn | Self::NotRegistered => "close",
            Self::Undecided => "hold",
        }
    }
}

use super::{
    Choosing, FieldKind, FindingView, InspectionState, PermitView, PersonState, PhoneRow, PhotoState, PhotoView,
    Presence, Progress, SectionView, Standing, Text, count,
};
use crate::choices::NotChosen;
use crate::page::Frame;
use crate::page::words::Words;
use askama::Template;

/// The page of one inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectionView {
    /// The document id, hex.
    pub id: String,
    /// The site.
    pub place: WhereView,
    /// The permit; `None` for a late registration without one.
    pub permit: Option<PermitView>,
    /// How far it is.
    pub state: InspectionState,
    /// Why it was registered late, in the inspector's words, if it was.
    pub late: Option<String>,
    /// The last day a village refused it, `2026-11-22`, if one did.
    pub refused: Option<String>,
    /// The team with where each member is.
    pub team: Vec<PersonState>,
    /// What happened, in time's order.
    pub timeline: Vec<Moment>,
    /// How far the answering is.
    pub progress: Progress,
    /// The checklist's sections with what was answered.
    pub sections: Vec<SectionView>,
    /// What is wrong, in the order to show.
    pub findings: Vec<FindingView>,
    /// All photos, in the order they were taken.
    pub photos: Vec<PhotoView>,
    /// What is held and awaits a person.
    pub held: Vec<HeldView>,
    /// What somebody decided against: it is kept, and shown here.
    pub declined: Vec<HeldView>,
    /// Phones that have announced something for this inspection and not yet sent it.
    pub phones: Vec<PhoneRow>,
    /// Why nothing was chosen, when the reader has just tried to.
    pub not_chosen: Option<NotChosen>,
}

impl InspectionView {
    /// The first time that something happened.
    fn first(&self, event: Event) -> Option<&Moment> {
        self.timeline.iter().find(|moment| moment.event == event)
    }

    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        InspectionPage { v: self, f: frame, w: Words::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "inspection.html")]
struct InspectionPage<'a> {
    v: &'a InspectionView,
    f: &'a Frame,
    w: &'static Words,
}

impl InspectionPage<'_> {
    fn needs_a_look(&self) -> bool {
        let withdrawn = self.v.permit.as_ref().is_some_and(|permit| permit.withdrawn_ms.is_some());
        let conflicts = self.v.sections.iter().any(|section| section.conflict_count() > 0);
        let on_phones = self.photos_missing() > 0 || self.photos_noted() > 0;
        let said = withdrawn || self.v.refused.is_some() || self.v.first(Event::Voided).is_some();
        said || conflicts || self.v.late.is_some() || !self.v.held.is_empty() || on_phones || self.lacks()
    }

    /// Whether somebody has left it without what it must have.
    fn lacks(&self) -> bool {
        self.v.state.is_left() && !self.v.progress.lacking.is_nothing()
    }

    fn photos_missing(&self) -> u32 {
        let announced = PhotoState::Announced..PhotoState::Rendition;
        count(self.v.photos.iter().filter(|photo| announced.contains(&photo.state)))
    }

    fn photos_noted(&self) -> u32 {
        count(self.v.photos.iter().filter(|photo| photo.state == PhotoState::Noted))
    }
}

/// The site an inspection is at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhereView {
    /// The site's id, hex.
    pub site: String,
    /// The site's name.
    pub name: Text,
    /// The 12-digit division code.
    pub division: String,
    /// The divisions above it, outermost first.
    pub path: Vec<Text>,
}

/// Something that happened in an inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, unix ms.
    pub at_ms: i64,
    /// Who did it; empty when it was the server.
    pub name: String,
    /// On which phone; empty when on none.
    pub device: String,
    /// What.
    pub event: Event,
    /// What it was about; empty when that is clear.
    pub about: Text,
    /// Why, in the words of who did it; empty when nothing was said.
    pub reason: String,
}

/// What can happen in an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The permit was signed.
    Approved,
    /// The first of the team began.
    Started,
    /// Another of the team began.
    Joined,
    /// Something arrived at the server.
    Arrived {
        /// Changes that came with it.
        changes: u32,
    },
    /// Somebody chose between different answers.
    Chose,
    /// Something was held.
    Held,
    /// Something held was accepted.
    Accepted,
    /// Something held was declined.
    Declined,
    /// A person left.
    Left,
    /// The permit was withdrawn.
    Withdrawn,
    /// The inspection was registered late.
    RegisteredLate,
    /// A late registration was accepted.
    Registered,
    /// A late registration was turned down.
    NotRegistered,
    /// The inspection was voided.
    Voided,
    /// The inspection closed.
    Closed,
}

/// Something the server keeps until a person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldView {
    /// Stable, e.g. the hash of the first change, hex.
    pub key: String,
    /// Who wrote it.
    pub name: String,
    /// On which phone.
    pub device: String,
    /// How many changes.
    pub changes: u32,
    /// Why it is held.
    pub reason: HeldReason,
    /// What who decided against it gave as the reason.
    pub why: String,
    /// When it reached the server, unix ms.
    pub received_ms: i64,
    /// What it says.
    pub values: Vec<HeldValue>,
}

/// A value inside something held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldValue {
    /// The question.
    pub label: Text,
    /// The value.
    pub value: Text,
}

/// Why something is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldReason {
    /// It arrived after the inspection had closed, and no leave covers it.
    Closed,
    /// Its author had left before, and no leave covers it.
    AuthorLeft,
    /// It builds on something that is held.
    DependsOnHeld,
    /// The permit had been withdrawn.
    PermitWithdrawn,
    /// The phone's clock could not be trusted.
    ClockDoubtful,
    /// The phone is revoked.
    DeviceRevoked,
    /// It was registered late and awaits approval.
    RegisteredLate,
    /// Written outside the permit's day, site or team.
    OutsidePermit,
    /// Written after the inspection was voided.
    Voided,
    /// It arrived when its author could inspect no more.
    AuthorBarred,
    /// Somebody decided against it.
    Declined,
}

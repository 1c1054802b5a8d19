use super::Text;
use crate::page::Frame;
use crate::page::words::{PlanWords, Words};
use crate::plan::{Deed, ItemKind, ItemState, Level, PlanFault, Voided};
use askama::Template;

/// One plan item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanItemView {
    /// Its id, hex.
    pub id: String,
    /// What the reader has read, for the forms.
    pub version: i64,
    /// Its number, or what stands for it.
    pub label: String,
    /// The plan's year.
    pub year: u16,
    /// Annual or ad hoc.
    pub kind: ItemKind,
    /// Why an ad-hoc item cannot wait.
    pub reason: String,
    /// The body that inspects.
    pub body: Text,
    /// Its level.
    pub level: Level,
    /// What for.
    pub purpose: Text,
    /// The checklist: title, version.
    pub checklist: Option<(Text, String)>,
    /// First day; empty in a draft without.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Expected minutes a visit.
    pub minutes: Option<u16>,
    /// How far it is.
    pub state: ItemState,
    /// Why an approver exceeded the count.
    pub override_reason: Option<String>,
    /// The item it was merged into: id and number.
    pub merged_into: Option<(String, String)>,
    /// The sites in the reader's scope.
    pub sites: Vec<PlanSiteRow>,
    /// How many more there are outside.
    pub hidden_sites: u32,
    /// The team: name, body.
    pub team: Vec<(String, Text)>,
    /// Others who come along.
    pub joint: Vec<PlanJointRow>,
    /// Others on the same sites in the same weeks.
    pub overlaps: Vec<PlanOverlapRow>,
    /// What has happened.
    pub steps: Vec<PlanStepRow>,
    /// What the reader may do.
    pub may: PlanMay,
    /// What stands against approving, as it is now.
    pub against: Vec<PlanFault>,
    /// What stood against what was just asked for.
    pub faults: Vec<PlanFault>,
    /// What was typed with it.
    pub comment: String,
}

impl PlanItemView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        PlanItemPage { v: self, f: frame, w: Words::of(frame.lang), p: PlanWords::of(frame.lang) }.render()
    }

    /// Whether the count that stands against it is one that somebody has set.
    pub(in crate::page) fn has_base(&self) -> bool {
        self.against.iter().any(|fault| matches!(fault, PlanFault::Count { base: Some(_), .. }))
    }

    /// Whether a visit of it was voided.
    pub(in crate::page) fn has_void(&self) -> bool {
        self.sites.iter().any(|site| site.voided.is_some())
    }

    pub(in crate::page) fn over_count(&self) -> bool {
        self.against.iter().any(|fault| matches!(fault, PlanFault::Count { .. }))
    }
}

#[derive(Template)]
#[template(path = "plan_item.html")]
struct PlanItemPage<'a> {
    v: &'a PlanItemView,
    f: &'a Frame,
    w: &'static Words,
    p: &'static PlanWords,
}

/// What a reader may do with an item as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanMay {
    /// Write it and submit it.
    pub edit: bool,
    /// Take it back.
    pub take_back: bool,
    /// Return it.
    pub send_back: bool,
    /// Approve it, merge others into it.
    pub approve: bool,
    /// Would decide, but submitted it.
    pub own: bool,
    /// Withdraw its permits.
    pub withdraw: bool,
}

/// One site of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSiteRow {
    /// The site's id, hex.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The divisions above it.
    pub path: Vec<Text>,
    /// The inspection's document, hex, once there is a permit.
    pub document: Option<String>,
    /// Withdrawn since.
    pub withdrawn_ms: Option<i64>,
    /// Voided since.
    pub voided: Option<Voided>,
    /// Whether anything has come from the visit.
    pub begun: bool,
    /// Closed since.
    pub closed_ms: Option<i64>,
}

impl PlanSiteRow {
    pub(in crate::page) fn can_be_withdrawn(&self) -> bool {
        let stands = self.withdrawn_ms.is_none() && self.voided.is_none();
        self.document.is_some() && stands && self.closed_ms.is_none()
    }
}

/// Others who come along to some sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanJointRow {
    /// The other item's id, hex.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its body.
    pub body: Text,
    /// What for.
    pub purpose: Text,
    /// Visits avoided.
    pub sites: u32,
}

/// Another item on the same sites in the same weeks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOverlapRow {
    /// The other item's id, hex; empty when the reader does not see it.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its body.
    pub body: Text,
    /// What for.
    pub purpose: Text,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Where both go, as far as the reader sees.
    pub sites: Vec<Text>,
    /// How it can be merged, when the reader may.
    pub merge: Option<PlanMergeForm>,
    /// Approved already.
    pub approved: bool,
}

/// What a merge is proposed to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanMergeForm {
    /// The other item's version, as it is shown.
    pub other_version: i64,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// The checklists to choose from: hash, title and version.
    pub checklists: Vec<(String, Text)>,
}

/// One step of an item's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStepRow {
    /// When.
    pub at_ms: i64,
    /// Who; empty for a county file.
    pub by: String,
    /// What.
    pub deed: Deed,
    /// Why, or about what.
    pub comment: String,
}

use super::Text;
use crate::page::Frame;
use crate::page::words::{PlanWords, Words};
use crate::plan::{ItemKind, ItemState, Level};
use askama::Template;

/// The plan of a year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanView {
    /// The year.
    pub year: u16,
    /// Visits against the base, by body and level.
    pub counts: Vec<PlanCount>,
    /// The annual items, by number.
    pub items: Vec<PlanRow>,
    /// The ad-hoc items, by number.
    pub ad_hoc: Vec<PlanRow>,
    /// Only items in this state are shown.
    pub state: Option<ItemState>,
    /// Only items of this body are shown, by its id.
    pub body: String,
    /// The bodies to choose from: id and name.
    pub bodies: Vec<(String, Text)>,
    /// Whether the reader may draft.
    pub may_plan: bool,
    /// Whether the reader approves.
    pub may_approve: bool,
    /// Whether the reader may import base counts.
    pub may_import: bool,
    /// Items that wait for the reader's approval.
    pub waiting: u32,
}

impl PlanView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        PlanPage { v: self, f: frame, w: Words::of(frame.lang), p: PlanWords::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage<'a> {
    v: &'a PlanView,
    f: &'a Frame,
    w: &'static Words,
    p: &'static PlanWords,
}

/// The items that wait for an approver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanInboxView {
    /// The items, those handed in first first.
    pub items: Vec<PlanRow>,
}

impl PlanInboxView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        PlanInboxPage { v: self, f: frame, w: Words::of(frame.lang), p: PlanWords::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "plan_inbox.html")]
struct PlanInboxPage<'a> {
    v: &'a PlanInboxView,
    f: &'a Frame,
    w: &'static Words,
    p: &'static PlanWords,
}

/// Visits of one body at one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanCount {
    /// The body.
    pub body: Text,
    /// Its level.
    pub level: Level,
    /// The base year and its visits.
    pub base: Option<(u16, u32)>,
    /// Visits approved, ad-hoc ones apart.
    pub approved: u32,
    /// Visits that wait for an approver.
    pub waiting: u32,
    /// Ad-hoc visits approved.
    pub ad_hoc: u32,
}

impl PlanCount {
    /// The bar's whole: the base, or what is there when that is more.
    pub(in crate::page) fn most(&self) -> u32 {
        self.base.map_or(self.approved, |(_, base)| base).max(self.approved).max(1)
    }

    pub(in crate::page) fn is_over(&self) -> bool {
        self.base.is_some_and(|(_, base)| self.approved > base)
    }
}

/// One item in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// The item's id, hex.
    pub id: String,
    /// Its number, or what stands for it.
    pub label: String,
    /// Annual or ad hoc.
    pub kind: ItemKind,
    /// The bodies that come.
    pub body: Text,
    /// The level of the inspecting body.
    pub level: Level,
    /// What for.
    pub purpose: Text,
    /// The first site in the reader's scope.
    pub first_site: Text,
    /// How many sites in the reader's scope.
    pub sites: u32,
    /// First day, empty in a draft without.
    pub from: String,
    /// Last day.
    pub to: String,
    /// How far it is.
    pub state: ItemState,
    /// Whether an approver exceeded the count for it.
    pub overridden: bool,
    /// Visits avoided by it.
    pub avoided: u32,
    /// The number of the item it was merged into.
    pub merged_into: Option<String>,
    /// Other items on the same sites in the same weeks.
    pub overlaps: u32,
}

/// The style and the icon of a state.
pub(in crate::page) fn class(state: &ItemState) -> (&'static str, &'static str) {
    match state {
        ItemState::Draft => ("closed", "planned"),
        ItemState::Submitted => ("warn", "clock"),
        ItemState::Returned => ("warn", "back"),
        ItemState::Approved => ("planned", "check"),
        ItemState::Running => ("under-way", "under-way"),
        ItemState::Done => ("closed", "closed"),
        ItemState::Withdrawn | ItemState::Merged => ("closed", "close"),
    }
}

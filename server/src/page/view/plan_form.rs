use super::Text;
use crate::page::Frame;
use crate::page::words::{PlanWords, Words};
use crate::plan::{Level, PlanFault, PlanField};
use askama::Template;

/// The form of a plan item, with what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanFormView {
    /// The item's id, hex; empty for a new one.
    pub id: String,
    /// Its number, or what stands for it.
    pub label: String,
    /// What the planner has read.
    pub version: i64,
    /// What was typed.
    pub typed: PlanTyped,
    /// The sites to choose from, those chosen first.
    pub sites: Vec<PlanChoice>,
    /// Whether there are more that a search would show.
    pub more_sites: bool,
    /// The people to choose from.
    pub people: Vec<PlanChoice>,
    /// The checklists to choose from.
    pub checklists: Vec<PlanChoice>,
    /// What is wrong.
    pub faults: Vec<PlanFault>,
}

/// The form's fields as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanTyped {
    /// The year.
    pub year: String,
    /// `plan` or `ad-hoc`.
    pub kind: String,
    /// Why it cannot wait.
    pub reason: String,
    /// The level's name.
    pub level: String,
    /// What for, in Chinese.
    pub zh: String,
    /// What for, in English.
    pub en: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// The checklist's hash.
    pub checklist: String,
    /// Expected minutes.
    pub minutes: String,
    /// The chosen sites' ids.
    pub sites: Vec<String>,
    /// The chosen persons' ids.
    pub persons: Vec<String>,
    /// What sites are searched for.
    pub search: String,
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// More about it.
    pub more: Text,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl PlanFormView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        PlanFormPage { v: self, f: frame, w: Words::of(frame.lang), p: PlanWords::of(frame.lang) }.render()
    }

    pub(in crate::page) fn is_ad_hoc(&self) -> bool {
        self.typed.kind == "ad-hoc"
    }
}

#[derive(Template)]
#[template(path = "plan_form.html")]
struct PlanFormPage<'a> {
    v: &'a PlanFormView,
    f: &'a Frame,
    w: &'static Words,
    p: &'static PlanWords,
}

impl PlanFormPage<'_> {
    fn levels(&self) -> [Level; 4] {
        Level::BODIES
    }

    /// What is wrong at a field.
    fn at(&self, field: PlanField) -> Vec<&PlanFault> {
        self.v.faults.iter().filter(|fault| fault.field() == Some(field)).collect()
    }

    /// What is wrong at none.
    fn elsewhere(&self) -> Vec<&PlanFault> {
        self.v.faults.iter().filter(|fault| fault.field().is_none()).collect()
    }
}

use super::Text;
use crate::page::Frame;
use crate::page::words::{PlanWords, Words};
use crate::plan::{BaseFault, Level, LevelRules};
use askama::Template;

/// The base counts, and importing them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanBaseView {
    /// What is there: body, level, year, visits.
    pub rows: Vec<(Text, Level, u16, u32)>,
    /// Whether the reader may import.
    pub may_import: bool,
    /// What was pasted, when it was refused.
    pub table: String,
    /// What is wrong with it.
    pub faults: Vec<BaseFault>,
    /// Rows taken in just now.
    pub imported: Option<u32>,
}

impl PlanBaseView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        PlanBasePage { v: self, f: frame, w: Words::of(frame.lang), p: PlanWords::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "plan_base.html")]
struct PlanBasePage<'a> {
    v: &'a PlanBaseView,
    f: &'a Frame,
    w: &'static Words,
    p: &'static PlanWords,
}

/// Which level may inspect which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanRulesView {
    /// The table.
    pub rules: LevelRules,
}

impl PlanRulesView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        PlanRulesPage { v: self, f: frame, w: Words::of(frame.lang), p: PlanWords::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "plan_rules.html")]
struct PlanRulesPage<'a> {
    v: &'a PlanRulesView,
    f: &'a Frame,
    w: &'static Words,
    p: &'static PlanWords,
}

impl PlanRulesPage<'_> {
    fn bodies(&self) -> [Level; 4] {
        Level::BODIES
    }

    fn sites(&self) -> [Level; 4] {
        [Level::City, Level::County, Level::Township, Level::Village]
    }
}

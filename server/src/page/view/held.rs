use super::{HeldValue, Text};
use crate::page::Frame;
use crate::page::words::{HeldWords, Words};
use askama::Template;

/// The page of what is held in the reader's scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldPageView {
    /// Held work, the oldest first.
    pub work: Vec<HeldWorkRow>,
    /// Late registrations, those that wait first.
    pub lates: Vec<LateView>,
    /// How many each body has this year.
    pub counts: Vec<(Text, u32)>,
    /// Why what the reader just sent was not taken.
    pub wrong: Wrong,
}

/// Why a decision was not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wrong {
    /// It was, or there was none.
    #[default]
    Nothing,
    /// A reason is wanting: of which row, and the reason as it was typed.
    Reason(String, String),
    /// They tried to decide on their own work.
    Own,
    /// More has come, or somebody else has decided, since the page was made.
    Moved,
}

/// Held work of one person on one phone, for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldWorkRow {
    /// The inspection's document, hex.
    pub document: String,
    /// The site.
    pub site: Text,
    /// The body.
    pub body: Text,
    /// Who.
    pub person: String,
    /// On which phone.
    pub device: String,
    /// The code of the problem.
    pub problem: String,
    /// More about it.
    pub detail: String,
    /// When the first of it came, unix ms.
    pub since_ms: i64,
    /// When the last of all came that is held of its inspection, unix ms.
    pub until_ms: i64,
    /// How many changes, photos, leaves and voids that are.
    pub things: u32,
    /// How many changes.
    pub changes: u32,
    /// What it answers.
    pub answers: Vec<HeldValue>,
    /// Photos that are held beside.
    pub photos: u32,
    /// Leaves that are held beside.
    pub leaves: u32,
    /// Voids that are held beside.
    pub voids: u32,
    /// Whether the reader may decide, and this is the row that carries the form of its inspection.
    pub form: bool,
    /// Whether it stands instead that others decide, for the reader wrote some of it.
    pub own: bool,
}

/// A late registration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LateView {
    /// Its record, hex.
    pub record: String,
    /// The inspection's document, hex.
    pub document: String,
    /// The site.
    pub site: Text,
    /// The body.
    pub body: Text,
    /// Who.
    pub person: String,
    /// The code of the cause.
    pub cause: String,
    /// Their reason.
    pub reason: String,
    /// How the permit stood.
    pub standing: String,
    /// When the visit began, by the author's clock, unix ms.
    pub visit_ms: i64,
    /// Days from then to the arrival of the registration.
    pub days: i64,
    /// How many changes wait for it.
    pub changes: u32,
    /// What they answer.
    pub answers: Vec<HeldValue>,
    /// How it was decided, when it was.
    pub registered: Option<bool>,
    /// Whether the reader may decide.
    pub form: bool,
    /// Whether it stands instead that others decide, for it is the reader's own.
    pub own: bool,
}

impl HeldPageView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        HeldPage { v: self, f: frame, w: Words::of(frame.lang), h: HeldWords::of(frame.lang) }.render()
    }

    /// What was typed into the form of this row, when it was wrong.
    fn typed(&self, row: &str) -> Option<&str> {
        match &self.wrong {
            Wrong::Reason(wrong, typed) if wrong == row => Some(typed),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "held.html")]
struct HeldPage<'a> {
    v: &'a HeldPageView,
    f: &'a Frame,
    w: &'static Words,
    h: &'static HeldWords,
}

use super::{PhotoView, Text};
use crate::page::Frame;
use crate::page::words::Words;
use askama::Template;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// To be put right in passing.
    Minor,
    /// To be put right soon.
    Major,
    /// Danger to people.
    Critical,
}

/// Findings counted by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BySeverity {
    /// Minor ones.
    pub minor: u32,
    /// Major ones.
    pub major: u32,
    /// Critical ones.
    pub critical: u32,
}

impl BySeverity {
    pub(in crate::page) fn total(&self) -> u32 {
        self.minor + self.major + self.critical
    }
}

/// Something wrong at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingView {
    /// Stable within its inspection, so that a reader's place survives an update.
    pub key: String,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: Text,
    /// More about it; may be empty.
    pub detail: Text,
    /// The question it comes from; empty when it was made by hand.
    pub question: Text,
    /// Its photos.
    pub photos: Vec<PhotoView>,
}

/// A finding in the county's list, with the place it was found at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// The inspection's document id, hex.
    pub inspection: String,
    /// The site's name.
    pub village: Text,
    /// The body that inspected.
    pub body: Text,
    /// When it was found, unix ms.
    pub at_ms: i64,
    /// The finding.
    pub finding: FindingView,
}

/// The page of all findings in scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingsView {
    /// The findings, in the order to show.
    pub findings: Vec<FindingRow>,
}

impl FindingsView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        FindingsPage { v: self, f: frame, w: Words::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "findings.html")]
struct FindingsPage<'a> {
    v: &'a FindingsView,
    f: &'a Frame,
    w: &'static Words,
}

impl Severity {
    /// The name of its style and its icon.
    pub(in crate::page) fn class(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

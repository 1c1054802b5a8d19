use super::PhonesOffice;
use crate::Doubt;
use crate::page::Frame;
use crate::page::words::{AdminWords, Words};
use askama::Template;

/// The page of all phones in scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhonesView {
    /// The phones, in the order to show.
    pub phones: Vec<PhoneRow>,
    /// What an administrator can do here; nothing for others.
    pub office: Option<PhonesOffice>,
}

impl PhonesView {
    /// The whole page.
    ///
    /// # Errors
    /// When writing into the string fails, which leaves nothing to show.
    pub fn render(&self, frame: &Frame) -> Result<String, askama::Error> {
        PhonesPage { v: self, f: frame, w: Words::of(frame.lang), a: AdminWords::of(frame.lang) }.render()
    }
}

#[derive(Template)]
#[template(path = "phones.html")]
struct PhonesPage<'a> {
    v: &'a PhonesView,
    f: &'a Frame,
    w: &'static Words,
    a: &'static AdminWords,
}

/// One phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneRow {
    /// The device's key thumbprint, hex.
    pub device: String,
    /// What people call the phone.
    pub name: String,
    /// Who works on it; several are separated.
    pub person: String,
    /// Its last sync, unix ms; `None` when it was enrolled and never synced.
    pub last_seen_ms: Option<i64>,
    /// What it has announced and not yet sent.
    pub unsent: Unsent,
    /// How many changes and records from it are held.
    pub held: u32,
    /// How many changes from it wait for the signature that covers them.
    pub waiting: u32,
    /// Revoked since, unix ms.
    pub revoked_ms: Option<i64>,
    /// Told to destroy itself, unix ms.
    pub wiped_ms: Option<i64>,
    /// What it said it still holds, when it was last heard.
    pub holds: Holds,
}

/// What a phone says it holds that the server has not acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Changes.
    pub changes: u64,
    /// Records.
    pub records: u64,
    /// Files.
    pub files: u64,
    /// The files' size together, bytes.
    pub bytes: u64,
}

/// What a phone has announced and not yet sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// Thumbnails still on the phone.
    pub thumbnails: Pile,
    /// Renditions still on the phone.
    pub renditions: Pile,
    /// Originals still on the phone.
    pub originals: Pile,
}

/// How many files of one sort, and how much they weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pile {
    /// Files.
    pub count: u32,
    /// Their size together, bytes.
    pub bytes: u64,
}

impl Unsent {
    pub(in crate::page) fn is_empty(&self) -> bool {
        self.thumbnails.count == 0 && self.renditions.count == 0 && self.originals.count == 0
    }
}

impl Unsent {
    /// The piles with something in them, with their names, in the order they are sent.
    pub(in crate::page) fn piles(&self, words: &Words) -> Vec<(Pile, &'static str)> {
        let all = [
            (self.thumbnails, words.thumbnails),
            (self.renditions, words.renditions),
            (self.originals, words.originals),
        ];
        all.into_iter().filter(|(pile, _)| pile.count > 0).collect()
    }
}

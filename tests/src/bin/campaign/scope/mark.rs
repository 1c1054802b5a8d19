//! What carries a mark, who may see it, and finding marks in what comes back.

use std::collections::{BTreeMap, BTreeSet};

/// A part of the tree, and one body's work there or everybody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) prefix: String,
    pub(super) body: Option<usize>,
}

/// Whom a mark is for, beside being in their area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// Whoever reads there.
    Readers,
    /// Whoever reads in any part of the county: inspectors work in a whole one.
    County,
    /// Who plans there: drafts.
    Planners,
    /// Who audits there: what villagers write.
    Auditors,
}

/// A text that belongs to one or two places, and perhaps to one body's work there.
pub(super) struct Mark {
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// Divisions, with the body whose work it is.
    pub(super) places: Vec<Area>,
    pub(super) whom: For,
}

/// Who asks, and what they may see at most: what their roles give.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    /// The login, or the token.
    pub(super) name: String,
    /// Role or right, and where.
    pub(super) grants: Vec<(&'static str, Area)>,
}

impl Reader {
    pub(super) fn new(name: impl Into<String>, role: &'static str, prefix: &str, body: Option<usize>) -> Self {
        let area = Area { prefix: prefix.to_owned(), body };
        Self { name: name.into(), grants: vec![(role, area)] }
    }

    pub(super) fn may_see(&self, mark: &Mark) -> bool {
        self.grants.iter().any(|(role, area)| {
            let role = match mark.whom {
                For::Planners => *role == "planner",
                For::Auditors => *role == "auditor",
                For::Readers | For::County => true,
            };
            let county = mark.whom == For::County;
            role && mark.places.iter().any(|place| {
                let within =
                    place.prefix.starts_with(&area.prefix) || (county && area.prefix.starts_with(&place.prefix[..6]));
                within && (area.body.is_none() || place.body.is_none() || area.body == place.body)
            })
        })
    }

    /// Whether a division lies in any of their areas, whosever work it is.
    pub(super) fn reaches(&self, division: &str) -> bool {
        self.grants.iter().any(|(_, area)| division.starts_with(&area.prefix))
    }
}

/// All marks, ready to be looked for. Texts begin with a capital `Q`, names of documents are 32 hexadecimal digits: one
/// look at each byte finds them all, or a campaign would do nothing but search.
pub(super) struct Marks<'a> {
    texts: Vec<&'a Mark>,
    ids: BTreeMap<&'a [u8], &'a Mark>,
}

impl<'a> Marks<'a> {
    pub(super) fn of(marks: &'a [Mark]) -> Self {
        let (texts, ids): (Vec<_>, Vec<_>) = marks.iter().partition(|mark| mark.text.starts_with('Q'));
        Self { texts, ids: ids.into_iter().map(|mark| (mark.text.as_bytes(), mark)).collect() }
    }

    /// Every mark in these bytes.
    pub(super) fn found(&self, bytes: &[u8]) -> Vec<&'a Mark> {
        let (mut found, mut run) = (BTreeMap::new(), 0);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'Q' {
                let here = self.texts.iter().filter(|mark| bytes[at..].starts_with(mark.text.as_bytes()));
                found.extend(here.map(|mark| (mark.text.as_str(), *mark)));
            }
            let hex = byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
            run = if hex { run + 1 } else { 0 };
            if run >= 32
                && let Some(mark) = self.ids.get(&bytes[at - 31..=at])
            {
                found.insert(mark.text.as_str(), *mark);
            }
        }
        found.into_values().collect()
    }
}

/// What kinds of marks there are in a tree: each must be seen by somebody.
pub(super) fn kinds(marks: &[Mark]) -> BTreeSet<&'static str> {
    marks.iter().map(|mark| mark.kind).collect()
}

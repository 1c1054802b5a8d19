//! What a plan item is.

use super::level::Level;
use super::period::Period;
use super::store::series;
use std::str::FromStr;
use wurao_protocol::{BodyId, Digest, PermitId, PersonId, PlanItemId, SiteId, Words};

/// Whether an item is one of the annual plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// Of the annual plan; counts against the base.
    #[default]
    Plan,
    /// "One item, one report": with a reason, counted apart.
    AdHoc,
}

impl ItemKind {
    /// Its name in tables and forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::AdHoc => "ad-hoc",
        }
    }
}

impl FromStr for ItemKind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::Plan, Self::AdHoc].into_iter().find(|kind| kind.name() == name).ok_or(())
    }
}

/// How far an item is. `Running` and `Done` are never stored: they follow from its inspections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ItemState {
    /// Being written; seen by its body's planners alone.
    #[default]
    Draft,
    /// Waits for an approver.
    Submitted,
    /// Sent back with a comment.
    Returned,
    /// Approved; nobody has begun.
    Approved,
    /// At least one visit has begun.
    Running,
    /// All visits that were not withdrawn are over; a voided one is over too.
    Done,
    /// Taken back by its planner, or withdrawn after approval.
    Withdrawn,
    /// All its visits are made together with another item's.
    Merged,
}

impl ItemState {
    /// All of them, in the order of an item's life.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Submitted,
        Self::Returned,
        Self::Approved,
        Self::Running,
        Self::Done,
        Self::Withdrawn,
        Self::Merged,
    ];

    /// Its name in tables, addresses and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Running => "running",
            Self::Done => "done",
            Self::Withdrawn => "withdrawn",
            Self::Merged => "merged",
        }
    }

    /// Whether its drafter's body may still write it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }

    /// Whether an approver has said yes and nobody has withdrawn that.
    #[must_use]
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Approved | Self::Running | Self::Done)
    }

    /// What is shown of an approved item, from its visits.
    #[must_use]
    pub fn of_visits<'a>(visits: impl IntoIterator<Item = &'a ItemSite>) -> Self {
        let (standing, gone): (Vec<_>, Vec<_>) = visits.into_iter().partition(|site| site.stands());
        if standing.is_empty() {
            // A void ends a visit and takes nothing back: nobody has withdrawn the item by it.
            let voided = gone.iter().any(|site| site.voided.is_some());
            return if voided { Self::Done } else { Self::Withdrawn };
        }
        let (begun, open) = standing.into_iter().fold((false, false), |(begun, open), site| {
            (begun || site.begun || site.closed_ms.is_some(), open || site.closed_ms.is_none())
        });
        match (begun, open) {
            (_, false) => Self::Done,
            (true, true) => Self::Running,
            (false, true) => Self::Approved,
        }
    }
}

impl FromStr for ItemState {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or(())
    }
}

/// What a planner writes. A draft may lack anything but its year, kind and level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The plan's year.
    pub year: u16,
    /// Annual or ad hoc.
    pub kind: ItemKind,
    /// Why it cannot wait, for an ad-hoc item.
    pub reason: String,
    /// The level of the body that inspects.
    pub level: Level,
    /// What for.
    pub purpose: Words,
    /// Where.
    pub sites: Vec<SiteId>,
    /// The days of the visits.
    pub period: Option<Period>,
    /// The checklist version.
    pub checklist: Option<Digest>,
    /// Who.
    pub team: Vec<PersonId>,
    /// Minutes a visit is expected to take.
    pub minutes: Option<u16>,
}

/// A person of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemPerson {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their body's name.
    pub body_name: Words,
}

/// One site of an item, and what has become of the visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSite {
    /// Where.
    pub id: SiteId,
    /// Its name.
    pub name: Words,
    /// Its division of today.
    pub division: String,
    /// Its permit, once approved.
    pub permit: Option<PermitId>,
    /// The inspection's document, once there is a permit.
    pub document: Option<wurao_protocol::DocumentId>,
    /// Withdrawn since.
    pub withdrawn_ms: Option<i64>,
    /// Voided since.
    pub voided: Option<Voided>,
    /// Whether anything has come from the visit.
    pub begun: bool,
    /// Whether something of the visit is in force: somebody was there.
    pub made: bool,
    /// When the inspection closed.
    pub closed_ms: Option<i64>,
}

impl ItemSite {
    /// Whether the visit is one to be made or made as it was approved: neither withdrawn nor voided.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.withdrawn_ms.is_none() && self.voided.is_none()
    }

    /// Whether it counts against the base: it stands, or was made before it was withdrawn or voided.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.stands() || self.made
    }
}

/// That a visit was begun by mistake, as its inspector said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voided {
    /// When, by the phone's clock.
    pub at_ms: i64,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A visit of another item that is made together with this one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joint {
    /// Where.
    pub site: SiteId,
    /// The other item.
    pub other: PlanItemId,
    /// Its number.
    pub number: String,
    /// Its body.
    pub body: BodyId,
    /// That body's name.
    pub body_name: Words,
    /// What the other item is for.
    pub purpose: Words,
}

/// A plan item as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name for ever.
    pub id: PlanItemId,
    /// Its number, once submitted.
    pub number: Option<String>,
    /// The body that inspects.
    pub body: BodyId,
    /// Its name.
    pub body_name: Words,
    /// What its planner wrote.
    pub content: Content,
    /// The sites with what became of them.
    pub sites: Vec<ItemSite>,
    /// The team with names, those of joint visits included.
    pub team: Vec<ItemPerson>,
    /// Visits of others made together with this item's.
    pub joint: Vec<Joint>,
    /// How far it is.
    pub state: ItemState,
    /// Into which item it was merged.
    pub merged_into: Option<PlanItemId>,
    /// Why an approver let it exceed the base count.
    pub override_reason: Option<String>,
    /// The area its drafter plans for, as digits.
    pub division: String,
    /// Who submitted it last.
    pub submitted_by: Option<PersonId>,
    /// Rises with every write.
    pub version: i64,
}

impl Item {
    /// Its number, or what stands for it before there is one.
    #[must_use]
    pub fn label(&self) -> String {
        self.number.clone().unwrap_or_else(|| format!("{}…", series(self.content.year, self.content.kind)))
    }

    /// What counts against the base.
    #[must_use]
    pub fn visits(&self) -> u32 {
        self.sites.iter().filter(|site| site.counts()).count() as u32
    }

    /// The names of all bodies that come, this one's first.
    #[must_use]
    pub fn bodies(&self) -> Words {
        joined(&self.body_name, self.joint.iter().map(|joint| &joint.body_name), "、", " and ")
    }

    /// All purposes, this item's first.
    #[must_use]
    pub fn purposes(&self) -> Words {
        joined(&self.content.purpose, self.joint.iter().map(|joint| &joint.purpose), "；", "; ")
    }
}

/// Words one after the other, each once.
pub(super) fn joined<'a>(first: &Words, more: impl Iterator<Item = &'a Words>, zh: &str, en: &str) -> Words {
    let mut all = vec![first];
    for words in more {
        if !all.contains(&words) {
            all.push(words);
        }
    }
    let with = |between: &str, pick: fn(&Words) -> &str| {
        all.iter().map(|words| pick(words)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(between)
    };
    Words { zh: with(zh, |words| &words.zh), en: with(en, |words| &words.en) }
}

/// What is done to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Written for the first time.
    Drafted,
    /// Written anew.
    Edited,
    /// Handed to the approvers.
    Submitted,
    /// Sent back, with a comment.
    Returned,
    /// Approved.
    Approved,
    /// Approved although it exceeds the base count; the comment is the reason.
    Overridden,
    /// Took in visits of another item; the comment names it.
    Merged,
    /// Gave visits to another item; the comment names it.
    Joined,
    /// Visits given to another item came back, because that was returned.
    Parted,
    /// Withdrawn, with a reason.
    Withdrawn,
    /// One visit withdrawn, with a reason.
    VisitWithdrawn,
    /// Came from a county file.
    Loaded,
}

impl Deed {
    const ALL: [Self; 12] = [
        Self::Drafted,
        Self::Edited,
        Self::Submitted,
        Self::Returned,
        Self::Approved,
        Self::Overridden,
        Self::Merged,
        Self::Joined,
        Self::Parted,
        Self::Withdrawn,
        Self::VisitWithdrawn,
        Self::Loaded,
    ];

    /// Its name in tables and exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Edited => "edited",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Overridden => "overridden",
            Self::Merged => "merged",
            Self::Joined => "joined",
            Self::Parted => "parted",
            Self::Withdrawn => "withdrawn",
            Self::VisitWithdrawn => "visit-withdrawn",
            Self::Loaded => "loaded",
        }
    }
}

impl FromStr for Deed {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|deed| deed.name() == name).ok_or(())
    }
}

/// One step of an item's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at_ms: i64,
    /// Who; nobody for a county file.
    pub by: Option<String>,
    /// What.
    pub deed: Deed,
    /// Why, or about what.
    pub comment: String,
}

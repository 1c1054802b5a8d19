//! What stands against something that somebody wants to do to the plan.

use super::item::ItemState;
use super::level::Level;
use wurao_protocol::{Problem, Words};

/// A field of the forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlanField {
    /// The plan's year.
    Year,
    /// Annual or ad hoc.
    Kind,
    /// Why an ad-hoc item cannot wait.
    Reason,
    /// The inspecting body's level.
    Level,
    /// What for, in Chinese or English.
    Purpose,
    /// Where.
    Sites,
    /// First day.
    From,
    /// Last day.
    To,
    /// The checklist.
    Checklist,
    /// Who.
    Team,
    /// Expected minutes.
    Minutes,
    /// An approver's comment or reason.
    Comment,
    /// The other item of a merge.
    Other,
}

impl PlanField {
    /// Its name in forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Kind => "kind",
            Self::Reason => "reason",
            Self::Level => "level",
            Self::Purpose => "zh",
            Self::Sites => "site",
            Self::From => "from",
            Self::To => "to",
            Self::Checklist => "checklist",
            Self::Team => "person",
            Self::Minutes => "minutes",
            Self::Comment => "comment",
            Self::Other => "other",
        }
    }
}

/// Why something is refused. Nothing of what was asked for is done then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanFault {
    /// Something is needed here.
    Missing(PlanField),
    /// What stands here cannot be read, or is out of bounds.
    Unreadable(PlanField),
    /// Something named here does not exist, or not in the scope of who asks.
    Unknown(PlanField),
    /// The last day lies before the first.
    DaysTurned,
    /// The days lie outside the plan's year.
    OutOfYear(u16),
    /// The last day has passed.
    Past,
    /// A planner speaks for a lower level than their area's.
    LevelTooLow(Level),
    /// The rule table does not let this level inspect a site of that level.
    Level {
        /// The body's level.
        body: Level,
        /// The site.
        site: Words,
        /// Its level.
        site_level: Level,
    },
    /// Somebody of the team does not inspect at one of the sites, or does not any more.
    Team(String),
    /// More visits than the base year had.
    Count {
        /// The base; none when none was imported.
        base: Option<u32>,
        /// Visits approved already.
        approved: u32,
        /// Visits of this item.
        asked: u32,
    },
    /// Somebody decides on what they submitted.
    Own,
    /// The item is in a state in which that is not possible.
    State(ItemState),
    /// The item was changed since the page was made.
    Changed,
    /// The two items have no site and week in common.
    NoOverlap,
    /// Two items of different years or kinds, or of one body, are not one visit: merged, they would evade the count.
    Merge,
    /// The permit would not fit into a code that a phone can scan.
    PermitSize,
}

impl PlanFault {
    /// The problem the other side is told.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Missing(_)
            | Self::Unreadable(_)
            | Self::Unknown(_)
            | Self::DaysTurned
            | Self::OutOfYear(_)
            | Self::Past
            | Self::LevelTooLow(_) => Problem::Field,
            Self::Own => Problem::Forbidden,
            _ => Problem::PlanRule,
        }
    }

    /// The detail of that problem: which field, which rule.
    #[must_use]
    pub fn detail(&self) -> &'static str {
        match self {
            Self::Missing(field) | Self::Unreadable(field) | Self::Unknown(field) => field.name(),
            Self::DaysTurned | Self::Past => "to",
            Self::OutOfYear(_) => "from",
            Self::LevelTooLow(_) => "level",
            Self::Level { .. } => "level",
            Self::Team(_) => "team",
            Self::Count { .. } => "count",
            Self::Own => "own-submission",
            Self::State(_) => "state",
            Self::Changed => "changed",
            Self::NoOverlap => "no-overlap",
            Self::Merge => "merge",
            Self::PermitSize => "permit-size",
        }
    }

    /// The field it is shown at.
    #[must_use]
    pub fn field(&self) -> Option<PlanField> {
        match self {
            Self::Missing(field) | Self::Unreadable(field) | Self::Unknown(field) => Some(*field),
            Self::DaysTurned | Self::Past => Some(PlanField::To),
            Self::OutOfYear(_) => Some(PlanField::From),
            Self::LevelTooLow(_) => Some(PlanField::Level),
            Self::Team(_) => Some(PlanField::Team),
            Self::Level { .. } | Self::PermitSize => Some(PlanField::Sites),
            _ => None,
        }
    }

    /// Code and detail, as pages and logs carry it.
    #[must_use]
    pub fn code(&self) -> String {
        format!("{}: {}", self.problem(), self.detail())
    }
}

/// What came of something asked for: done, or what stands against it. A failure of the server is an [`crate::Error`].
pub type Outcome<T> = Result<Result<T, Vec<PlanFault>>, crate::Error>;

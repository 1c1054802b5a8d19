//! What can be wrong with what an administrator typed or brought, each with a stable code.

use crate::people::text::TextFault;

/// Why something was not taken. What the pages say of it is in [`crate::page::words`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A text is no name.
    Text(TextFault),
    /// A login has other than 2 to 40 letters, digits, `.`, `_`, `-` or `@`.
    Login,
    /// Somebody else has this login.
    LoginTaken,
    /// A password is shorter than 10 characters or longer than 200.
    PasswordLength,
    /// The password was typed in two ways.
    PasswordsDiffer,
    /// The old password is wrong.
    PasswordWrong,
    /// A one-time code is not known, used or too old.
    Code,
    /// Too many wrong tries.
    TooMany,
    /// A link for who approves, or did, is made on the server itself.
    ApproverLink,
    /// No role was chosen.
    NoRole,
    /// What is asked for lies outside of one's own scope.
    BeyondScope,
    /// Nobody changes their own rights, nor shuts themselves out.
    Oneself,
    /// Who looks after people approves nothing.
    AdministratorApproves,
    /// The areas of one person's roles do not lie in each other.
    ScopesApart,
    /// There is no such body.
    NoBody,
    /// A body of that name is there already.
    BodyTwice,
    /// Nobody was chosen, or somebody who does not inspect.
    NoInspector,
    /// A reason is missing.
    NoReason,
    /// What was brought is longer than is taken.
    TooLarge,
    /// Neither a file nor a text was brought.
    NothingBrought,
    /// A workbook is no checklist; the text says what is wrong.
    Workbook(String),
    /// A division code cannot be.
    Code12(CodeFault),
    /// A line of a table is wrong.
    Line {
        /// Which, from 1, the header included.
        line: u64,
        /// The column's name; empty when it is about the whole line.
        column: &'static str,
        /// What.
        fault: LineFault,
    },
}

/// What can be wrong with a division code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// Not twelve digits.
    Digits,
    /// No province begins like that.
    Province,
    /// Digits after the zeros that end a level.
    Level,
    /// The division above it is not known; this is its code.
    Parent(String),
    /// Not known.
    Unknown,
    /// It exists no more; this is what it became.
    Abolished(String),
}

/// What can be wrong with a line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// Not text in UTF-8.
    NotUtf8,
    /// The header lacks this column.
    NoColumn,
    /// The header has a column that is not known.
    OtherColumn(String),
    /// It has more or fewer fields than the header.
    Fields,
    /// A text is no name.
    Text(TextFault),
    /// A division code cannot be.
    Code(CodeFault),
    /// Not a day such as 2026-09-14.
    Day,
    /// The last day is before the first.
    DaysTurned,
    /// The code is in force twice on one day.
    Overlap,
    /// Successors of what is not abolished.
    SuccessorsOfNone,
    /// A successor is not in force on the day after, or of another level; this is its code.
    Successor(String),
    /// Divisions below are in force still; this is one.
    ChildInForce(String),
    /// Outside of one's own scope.
    BeyondScope,
    /// Not an id of 32 hexadecimal digits.
    Id,
    /// The same thing stands in an earlier line.
    Twice,
    /// The table has more lines than are taken at a time; this is how many are.
    TooMany(usize),
}

impl Fault {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Text(fault) => fault.code(),
            Self::Login => "login",
            Self::LoginTaken => "login-taken",
            Self::PasswordLength => "password-length",
            Self::PasswordsDiffer => "passwords-differ",
            Self::PasswordWrong => "password-wrong",
            Self::Code => "one-time-code",
            Self::TooMany => "too-many",
            Self::ApproverLink => "approver-link",
            Self::NoRole => "no-role",
            Self::BeyondScope => "beyond-scope",
            Self::Oneself => "oneself",
            Self::AdministratorApproves => "administrator-approves",
            Self::ScopesApart => "scopes-apart",
            Self::NoBody => "no-body",
            Self::BodyTwice => "body-twice",
            Self::NoInspector => "no-inspector",
            Self::NoReason => "no-reason",
            Self::TooLarge => "too-large",
            Self::NothingBrought => "nothing-brought",
            Self::Workbook(_) => "workbook",
            Self::Code12(fault) => fault.code(),
            Self::Line { fault, .. } => fault.code(),
        }
    }

    /// The status of the page that says so.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::BeyondScope | Self::Oneself | Self::AdministratorApproves | Self::ApproverLink => 403,
            Self::LoginTaken | Self::BodyTwice => 409,
            Self::TooLarge => 413,
            Self::TooMany => 429,
            _ => 422,
        }
    }
}

impl CodeFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Digits => "division-digits",
            Self::Province => "division-province",
            Self::Level => "division-level",
            Self::Parent(_) => "division-parent",
            Self::Unknown => "division-unknown",
            Self::Abolished(_) => "division-abolished",
        }
    }
}

impl LineFault {
    fn code(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf-8",
            Self::NoColumn => "no-column",
            Self::OtherColumn(_) => "other-column",
            Self::Fields => "fields",
            Self::Text(fault) => fault.code(),
            Self::Code(fault) => fault.code(),
            Self::Day => "day",
            Self::DaysTurned => "days-turned",
            Self::Overlap => "division-overlap",
            Self::SuccessorsOfNone => "successors-of-none",
            Self::Successor(_) => "successor",
            Self::ChildInForce(_) => "child-in-force",
            Self::BeyondScope => "beyond-scope",
            Self::Id => "id",
            Self::Twice => "twice",
            Self::TooMany(_) => "too-many-lines",
        }
    }
}

/// Why a write of an administrator did not happen.
#[derive(Debug)]
pub(crate) enum Stop {
    /// What was typed is wrong: nothing was written.
    Fault(Fault),
    /// There is no such thing within one's scope.
    Absent,
    /// The server failed.
    Failed(crate::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<E: Into<crate::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

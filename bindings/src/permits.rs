//! Permits as they are shown and checked, and what is begun without a valid one: the views and their conversion.

use crate::PhoneError;
use crate::phone::id;
use crate::views::Words;
use wurao_device as facade;

/// A late registration.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LateView {
    /// How far it is.
    pub state: LateState,
    /// The cause's code: `network`, `urgent`, `clock`.
    pub cause: String,
    /// The reason in the inspector's words.
    pub reason: String,
    /// How the permit stood then: `expired`, `no-permit`, ...
    pub standing: String,
    /// Who registered, by name.
    pub by: String,
    /// What the approver said, when they said something.
    pub answer: Option<String>,
}

/// How far a late registration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LateState {
    /// Not decided yet.
    Waiting,
    /// Approved: the inspection counts.
    Registered,
    /// Turned down.
    NotRegistered,
}

/// What is registered late.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct LateStart {
    /// The permit on this phone that is not valid now; none when there is none for the visit.
    #[uniffi(default = None)]
    pub permit: Option<String>,
    /// Where; needed when there is no permit.
    #[uniffi(default = None)]
    pub site: Option<String>,
    /// By which checklist, its hash; needed when there is no permit.
    #[uniffi(default = None)]
    pub checklist: Option<String>,
    /// Which of the reasons that there are.
    pub cause: Cause,
    /// The reason in words: not empty, at most 500 characters.
    pub reason: String,
}

/// Why an inspection may be registered late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Cause {
    /// Network or system did not let the permit through.
    Network,
    /// It could not wait: danger to people or goods.
    Urgent,
    /// The phone's clock could not be trusted.
    Clock,
}

/// A site that this phone knows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SiteView {
    /// Which.
    pub id: String,
    /// Its name.
    pub name: Words,
    /// Its twelve-digit division code.
    pub division: String,
}

/// A checklist that this phone knows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ChecklistView {
    /// Which version, by the hash of its meaning.
    pub hash: String,
    /// Its title.
    pub title: Words,
    /// The version as people say it.
    pub version: String,
}

/// A permit as it is shown now.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Shown {
    /// The text of the QR code; good for a minute and a half.
    pub text: String,
    /// The same in words.
    pub facts: PermitFacts,
    /// Which half minute it is by this phone: seconds since 1970 UTC, divided by 30. Show anew when it is over.
    pub half_minute: u64,
    /// Where it is good.
    pub site: String,
}

/// What a permit says, in words.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PermitFacts {
    /// Which permit.
    pub permit: String,
    /// Its short code: nine digits to read out where the QR code cannot be scanned. It proves nothing.
    pub short_code: u32,
    /// The item's number as people say it.
    pub number: String,
    /// Whether it is an ad-hoc item rather than one of the annual plan.
    pub ad_hoc: bool,
    /// What for.
    pub purpose: Words,
    /// The body that inspects.
    pub body: Words,
    /// Who, by name.
    pub team: Vec<String>,
    /// Where.
    pub site: String,
    /// The site's name.
    pub site_name: Words,
    /// First moment, seconds since 1970 UTC.
    pub not_before_s: i64,
    /// Not after, seconds since 1970 UTC.
    pub expires_s: i64,
    /// Visits this site has had this year before this one.
    pub visits: u16,
}

/// What a shown permit is worth, as this phone judges it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Verified {
    /// `valid`, or what is wrong: `expired`, `wrong-site`, `revoked`, `copied`, ...
    pub standing: String,
    /// What a reader should feel; never the only sign.
    pub colour: Colour,
    /// Of `revoked`: since when, seconds since 1970 UTC.
    pub as_of_s: Option<i64>,
    /// What it says, when it can be read at all; believe it only when the standing is good.
    pub facts: Option<PermitFacts>,
}

/// What a reader of a permit should feel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Colour {
    /// Let them in.
    Green,
    /// Something is to be compared or settled first.
    Amber,
    /// The visit may be refused.
    Red,
}

impl From<facade::LateView> for LateView {
    fn from(view: facade::LateView) -> Self {
        let facade::LateView { state, cause, reason, standing, by, answer } = view;
        Self { state: state.into(), cause: cause.to_owned(), reason, standing, by, answer }
    }
}

impl From<facade::LateState> for LateState {
    fn from(state: facade::LateState) -> Self {
        match state {
            facade::LateState::Waiting => Self::Waiting,
            facade::LateState::Registered => Self::Registered,
            facade::LateState::NotRegistered => Self::NotRegistered,
        }
    }
}

impl LateStart {
    /// As the facade takes it; refused where a text is no id.
    pub(crate) fn facade(self) -> Result<facade::LateStart, PhoneError> {
        let Self { permit, site, checklist, cause, reason } = self;
        Ok(facade::LateStart {
            permit: permit.as_deref().map(id).transpose()?,
            site: site.as_deref().map(id).transpose()?,
            checklist: checklist.as_deref().map(id).transpose()?,
            cause: match cause {
                Cause::Network => facade::Cause::Network,
                Cause::Urgent => facade::Cause::Urgent,
                Cause::Clock => facade::Cause::Clock,
            },
            reason,
        })
    }
}

impl From<facade::SiteView> for SiteView {
    fn from(view: facade::SiteView) -> Self {
        let facade::SiteView { id, name, division } = view;
        Self { id: id.to_string(), name: name.into(), division }
    }
}

impl From<facade::ChecklistView> for ChecklistView {
    fn from(view: facade::ChecklistView) -> Self {
        let facade::ChecklistView { hash, title, version } = view;
        Self { hash: hash.to_string(), title: title.into(), version }
    }
}

impl From<facade::Shown> for Shown {
    fn from(view: facade::Shown) -> Self {
        let facade::Shown { text, facts, half_minute, site } = view;
        Self { text, facts: facts.into(), half_minute, site: site.to_string() }
    }
}

impl From<facade::PermitFacts> for PermitFacts {
    fn from(view: facade::PermitFacts) -> Self {
        let facade::PermitFacts {
            permit,
            short_code,
            number,
            ad_hoc,
            purpose,
            body,
            team,
            site,
            site_name,
            not_before_s,
            expires_s,
            visits,
        } = view;
        Self {
            permit: permit.to_string(),
            short_code,
            number,
            ad_hoc,
            purpose: purpose.into(),
            body: body.into(),
            team,
            site: site.to_string(),
            site_name: site_name.into(),
            not_before_s,
            expires_s,
            visits,
        }
    }
}

impl From<facade::Verified> for Verified {
    fn from(view: facade::Verified) -> Self {
        let facade::Verified { standing, colour, as_of_s, facts } = view;
        Self { standing: standing.to_owned(), colour: colour.into(), as_of_s, facts: facts.map(Into::into) }
    }
}

impl From<facade::Colour> for Colour {
    fn from(colour: facade::Colour) -> Self {
        match colour {
            facade::Colour::Green => Self::Green,
            facade::Colour::Amber => Self::Amber,
            facade::Colour::Red => Self::Red,
        }
    }
}

//! The one judgement over a shown permit.

use super::{HALF_MINUTE_S, STALE_S, parse};
use crate::envelope;
use crate::key::PublicKey;
use crate::permit::Permit;
use crate::record::{Presentation, TrustList};
use crate::standing::Standing;
use crate::{DeviceId, SiteId};

/// What the reader knows, and asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question {
    /// Where the reader stands; none when they did not say.
    pub site: Option<SiteId>,
    /// The reader's clock, seconds since 1970 UTC.
    pub now_s: i64,
    /// Whether that clock cannot be right.
    pub clock_doubtful: bool,
    /// The six digits the reader asked for.
    pub challenge: Option<u32>,
}

/// What a shown permit is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// How it stands.
    pub standing: Standing,
    /// What it says, when it can be read at all. Whether that is true is for `standing` to say.
    pub permit: Option<Permit>,
    /// Whose key signed what is shown.
    pub device: Option<DeviceId>,
    /// When that phone believes it was shown, seconds since 1970 UTC.
    pub shown_s: Option<i64>,
}

/// Judges the text of a QR code.
pub fn judge_text(text: &str, trust: &TrustList, question: &Question) -> Judged {
    match parse(text) {
        Ok(bytes) => judge(&bytes, trust, question),
        Err(_) => Judged::unreadable(),
    }
}

/// Judges a presentation. Of several reasons the one that weighs most is said: forged, unknown key, revoked, copied,
/// wrong site, clock doubtful, not yet or expired, stale, list too old. Revoked is the permit's key, then the permit, then
/// the phone that shows it.
///
/// The list is believed: whoever keeps it has checked its signature.
pub fn judge(bytes: &[u8], trust: &TrustList, question: &Question) -> Judged {
    let Ok(shown) = envelope::open_as::<Presentation>(bytes) else { return Judged::unreadable() };
    let Ok(permit) = envelope::open_as::<Permit>(&shown.body.permit.0) else { return Judged::unreadable() };
    let Ok(key) = PublicKey::from_bytes(&shown.body.key) else { return Judged::unreadable() };
    let shown_s = i64::try_from(shown.body.half_minute).ok().and_then(|half| half.checked_mul(HALF_MINUTE_S));
    let standing = match trust.says(&permit.envelope, &permit.body) {
        Standing::Forged => Standing::Forged,
        _ if shown.envelope.verify(&key).is_err() => Standing::Forged,
        Standing::Valid => match trust.says_of_phone(&key.device()) {
            Standing::Valid => circumstances(&permit.body, &shown.body, &key, shown_s, trust, question),
            against => against,
        },
        against => against,
    };
    Judged { standing, permit: Some(permit.body), device: Some(key.device()), shown_s }
}

/// The rest, of a permit and a phone that the list has nothing against.
fn circumstances(
    permit: &Permit,
    shown: &Presentation,
    key: &PublicKey,
    shown_s: Option<i64>,
    trust: &TrustList,
    question: &Question,
) -> Standing {
    let answered = question.challenge.is_some() && question.challenge == shown.challenge;
    if !permit.visit.devices.contains(&key.device()) || (question.challenge.is_some() && !answered) {
        return Standing::Copied;
    }
    let place = question.site.unwrap_or(permit.visit.site);
    let fresh = || shown_s.is_some_and(|shown_s| shown_s.abs_diff(question.now_s) <= STALE_S);
    match permit.at(&place, question.now_s) {
        Standing::WrongSite => Standing::WrongSite,
        _ if question.clock_doubtful => Standing::ClockDoubtful,
        Standing::Valid if !answered && !fresh() => Standing::Stale,
        Standing::Valid if trust.is_old(question.now_s) => Standing::TrustOld,
        standing => standing,
    }
}

impl Judged {
    fn unreadable() -> Self {
        Self { standing: Standing::Forged, permit: None, device: None, shown_s: None }
    }
}

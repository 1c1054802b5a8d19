//! A permit as this phone shows it, and what another phone shows as this one judges it. Also what a village says,
//! sealed, on its way to the server.

use crate::error::{Error, PhoneError};
use crate::people::at_work;
use crate::phone::{Phone, SERVER_URL, State};
use crate::store::{meta, permits, records};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::permit::Permit;
use wurao_protocol::present::{self, Question};
use wurao_protocol::record::Carried;
use wurao_protocol::standing::{Colour, Standing};
use wurao_protocol::{PermitId, SiteId, Words, base43, seal};

/// The longest sealed message carried, in bytes: a comment in the village's words and what sealing adds.
const LONGEST_SEALED: usize = 2048;

/// A permit as it is shown now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The text of the QR code; good for a minute and a half.
    pub text: String,
    /// The same in words.
    pub facts: PermitFacts,
    /// Which half minute it is by this phone: seconds since 1970 UTC, divided by 30. Show anew when it is over.
    pub half_minute: u64,
    /// Where it is good.
    pub site: SiteId,
}

/// What a permit says, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermitFacts {
    /// Which permit.
    pub permit: PermitId,
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
    pub site: SiteId,
    /// The site's name.
    pub site_name: Words,
    /// First moment, seconds since 1970 UTC.
    pub not_before_s: i64,
    /// Not after, seconds since 1970 UTC.
    pub expires_s: i64,
    /// Visits this site has had, or is to have, this year before this one.
    pub visits: u16,
}

/// What a shown permit is worth, as this phone judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// `valid`, or what is wrong: `expired`, `wrong-site`, `revoked`, `copied`, ...
    pub standing: &'static str,
    /// What a reader should feel; never the only sign.
    pub colour: Colour,
    /// Of `revoked`: since when, seconds since 1970 UTC.
    pub as_of_s: Option<i64>,
    /// What it says, when it can be read at all; believe it only when the standing is good.
    pub facts: Option<PermitFacts>,
}

/// A text as a QR code in a PNG picture, each of its modules so many pixels wide: for apps, whose own libraries may
/// need a larger code for the same text.
pub fn qr_png(text: &str, scale: u32) -> Result<Vec<u8>, PhoneError> {
    let drawn = wurao_qr::Code::new(text).and_then(|code| code.png(scale));
    drawn.map_err(|error| PhoneError::BadInput { code: "qr".to_owned(), detail: error.to_string() })
}

impl PermitFacts {
    pub(crate) fn of(permit: &Permit) -> Self {
        let visit = &permit.visit;
        Self {
            permit: permit.id,
            short_code: permit.id.short_code(),
            number: visit.number.clone(),
            ad_hoc: visit.ad_hoc,
            purpose: visit.purpose.clone(),
            body: visit.body_name.clone(),
            team: visit.team.iter().map(|member| member.name.clone()).collect(),
            site: visit.site,
            site_name: visit.site_name.clone(),
            not_before_s: permit.not_before_s,
            expires_s: permit.expires_s,
            visits: visit.visits,
        }
    }
}

impl Phone {
    /// A permit of the person at work as a QR code's text, signed by this phone for this half minute; with the six
    /// digits that were asked for, when they were. A permit is shown however it stands: the reader judges. Refused
    /// (`device-not-on-permit`) while the permit does not name this phone: it was signed before this phone was let in, and
    /// the next sync brings one that does; or its code had no room for a further phone of somebody who has several.
    pub fn present(&self, permit: PermitId, challenge: Option<u32>) -> Result<Shown, PhoneError> {
        let state = self.state()?;
        Ok(self.present_in(&state, permit, challenge)?)
    }

    /// Judges what another phone shows: the QR code's text, the site where this happens when it is known, the six
    /// digits when they were asked for.
    pub fn verify_shown(
        &self,
        text: &str,
        site: Option<SiteId>,
        challenge: Option<u32>,
    ) -> Result<Verified, PhoneError> {
        let mut state = self.state()?;
        let list = state.trust_list()?.ok_or(Error::NotAllowed("no-trust-list"))?;
        let question = Question {
            site,
            now_s: self.ports.clock.wall_ms().div_euclid(1000),
            clock_doubtful: self.clock_is_doubtful(&mut state)?,
            challenge,
        };
        let judged = present::judge_text(text, &list, &question);
        Ok(Verified {
            standing: judged.standing.code(),
            colour: judged.standing.colour(),
            as_of_s: match judged.standing {
                Standing::Revoked { as_of_s } => Some(as_of_s),
                _ => None,
            },
            facts: judged.permit.as_ref().map(PermitFacts::of),
        })
    }

    /// Takes what a village has said, sealed by its page (base 43), to bring it to the server with the next sync. It
    /// cannot be read here. Taking the same twice is taking it once.
    pub fn carry(&self, text: &str) -> Result<(), PhoneError> {
        let mut state = self.state()?;
        Ok(self.carry_in(&mut state, text)?)
    }

    fn present_in(&self, state: &State, permit: PermitId, challenge: Option<u32>) -> Result<Shown, Error> {
        let person = at_work(state)?;
        let held = permits::get(state.store.read(), &permit)?
            .ok_or(Error::NotFound { what: "permit", id: permit.to_string() })?;
        if !held.permit.names(&person) {
            return Err(Error::NotAllowed("not-on-team"));
        }
        if !held.permit.visit.devices.contains(&self.ports.signer.public().device()) {
            return Err(Error::NotAllowed("device-not-on-permit"));
        }
        let now_s = self.ports.clock.wall_ms().div_euclid(1000);
        let shown = present::seal(self.ports.signer.as_ref(), &held.bytes, now_s, challenge)?;
        let address = meta::get(state.store.read(), SERVER_URL)?.ok_or(Error::NotEnrolled)?;
        let address = String::from_utf8(address).map_err(|_| Error::Damaged("meta"))?;
        Ok(Shown {
            text: present::text(&address, &shown)?,
            half_minute: now_s.max(0) as u64 / 30,
            site: held.permit.visit.site,
            facts: PermitFacts::of(&held.permit),
        })
    }

    fn carry_in(&self, state: &mut State, text: &str) -> Result<(), Error> {
        let bad = |detail: String| Error::BadInput { code: "not-sealed", detail };
        let sealed = base43::decode(text.trim()).map_err(|error| bad(error.to_string()))?;
        if sealed.len() <= seal::OVERHEAD || sealed.len() > LONGEST_SEALED {
            return Err(bad(format!("{} bytes are no sealed message", sealed.len())));
        }
        let subject = wurao_protocol::Digest::of(&[&sealed]).0.to_vec();
        if records::about::<Carried>(state.store.read(), &subject)?.is_some() {
            return Ok(());
        }
        crate::phone::device_record(state)?;
        crate::wipe::refuse_when_ordered(state)?;
        let carried = Carried { sealed: Bytes(sealed), at: self.stamp(state)? };
        let record = self.seal(&carried, subject)?;
        state.store.write(|tx| records::keep_own(tx, &record))
    }
}

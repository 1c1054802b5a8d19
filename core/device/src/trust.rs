//! Whether a permit is good: what the list of keys and withdrawals says of it and of this phone, then who, where, the
//! clock, when.

use crate::error::Error;
use crate::phone::{Phone, SERVER_MS, State};
use crate::store::meta;
use crate::store::permits::{self, HeldPermit};
use std::collections::HashMap;
use std::sync::Arc;
use wurao_protocol::key::KeyId;
use wurao_protocol::record::{PermitKey, TrustList};
use wurao_protocol::standing::Standing;
use wurao_protocol::{DeviceId, PersonId, SiteId};

/// Clocks further apart than this from the server's last word are doubted.
const CLOCK_DOUBT_MS: i64 = 10 * 60 * 1000;
/// Without the server's word for longer than this, the clock is doubted whatever it shows.
const SERVER_UNHEARD_MS: i64 = 60 * 24 * 3600 * 1000;

/// The list in force, and those of its keys that were looked for.
#[derive(Default)]
pub(crate) struct Trust {
    list: Option<Arc<TrustList>>,
    keys: HashMap<KeyId, Option<PermitKey>>,
}

impl State {
    /// The list in force.
    pub(crate) fn trust_list(&mut self) -> Result<Option<Arc<TrustList>>, Error> {
        if self.trust.list.is_none() {
            self.trust.list = permits::trust(self.store.read())?.map(Arc::new);
        }
        Ok(self.trust.list.clone())
    }

    /// What was known of the list may have changed.
    pub(crate) fn forget_trust(&mut self) {
        self.trust = Trust::default();
        self.forget_cleared();
    }

    /// What the list in force says of a permit that this phone shows, whatever the place and the hour. The signature was
    /// checked when it came in.
    fn said_of(&mut self, held: &HeldPermit, own: impl FnOnce() -> DeviceId) -> Result<Standing, Error> {
        let Some(list) = self.trust_list()? else { return Ok(Standing::UnknownKey) };
        let id = held.envelope.key;
        let key = self.trust.keys.entry(id).or_insert_with(|| list.key(id).map(|(key, _)| key.clone()));
        Ok(match key.as_ref().map_or(Standing::UnknownKey, |key| list.says_of_signed(key, &held.permit)) {
            Standing::Valid if !list.phones.is_empty() => list.says_of_phone(&own()),
            said => said,
        })
    }
}

impl Phone {
    /// How a permit stands for a person at a site, now. The clock comes before the day: under a clock that cannot be
    /// right nobody can say that a day is over.
    pub(crate) fn standing(
        &self,
        state: &mut State,
        held: &HeldPermit,
        person: &PersonId,
        site: &SiteId,
    ) -> Result<Standing, Error> {
        let said = state.said_of(held, || self.ports.signer.public().device())?;
        if said != Standing::Valid {
            return Ok(said);
        }
        if held.permit.visit.site != *site {
            return Ok(Standing::WrongSite);
        }
        if !held.permit.names(person) {
            return Ok(Standing::NotOnTeam);
        }
        if self.clock_is_doubtful(state)? {
            return Ok(Standing::ClockDoubtful);
        }
        Ok(held.permit.at(site, self.ports.clock.wall_ms().div_euclid(1000)))
    }

    /// Whether the wall clock cannot be right: away from the server's last word, before the list in force was signed, or
    /// unchecked for too long. That word may be any number: nobody has signed it.
    pub(crate) fn clock_is_doubtful(&self, state: &mut State) -> Result<bool, Error> {
        let wall = self.ports.clock.wall_ms();
        if let Some(list) = state.trust_list()?
            && wall < list.at_s.saturating_mul(1000).saturating_sub(CLOCK_DOUBT_MS)
        {
            return Ok(true);
        }
        let Some(heard) = meta::number(state.store.read(), SERVER_MS)? else { return Ok(true) };
        Ok(match state.anchor {
            Some((server, mono)) => {
                let since = self.ports.clock.mono_ms().saturating_sub(mono);
                let away = server.saturating_add(since).abs_diff(wall);
                away > CLOCK_DOUBT_MS.unsigned_abs() || since > SERVER_UNHEARD_MS
            }
            // Another opening heard it: how much time has passed since, only the wall clock says.
            None => wall < heard.saturating_sub(CLOCK_DOUBT_MS) || wall.saturating_sub(heard) > SERVER_UNHEARD_MS,
        })
    }
}

//! Receipts: how a phone's work stands that was taken, and second ones of what was held and is in force now.

use crate::store::{Tx, rows};
use crate::{Error, Keys};
use std::collections::BTreeMap;
use wurao_protocol::envelope::seal;
use wurao_protocol::record::{Receipt, State};
use wurao_protocol::{DeviceId, Digest};

/// What stands in one state, by the phone whose it is.
pub(super) struct Receipts {
    state: State,
    of: BTreeMap<DeviceId, Vec<Digest>>,
}

impl Default for Receipts {
    fn default() -> Self {
        Self::of(State::Accepted)
    }
}

impl Receipts {
    pub(super) fn of(state: State) -> Self {
        Self { state, of: BTreeMap::new() }
    }

    /// A change or record of a phone.
    pub(super) fn add(&mut self, device: DeviceId, name: Digest) {
        self.of.entry(device).or_default().push(name);
    }

    /// Signs and feeds them, one for each phone.
    pub(super) fn tell(self, tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(), Error> {
        for (device, records) in self.of {
            let receipt = Receipt { records, state: self.state, at_ms: now_ms };
            rows::receipt(tx, &seal(&keys.records, &receipt)?, device, now_ms)?;
        }
        Ok(())
    }
}

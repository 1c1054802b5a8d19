//! Second receipts: what was held of a phone's work is in force now.

use crate::store::{Tx, rows};
use crate::{Error, Keys};
use std::collections::BTreeMap;
use wurao_protocol::envelope::seal;
use wurao_protocol::record::{Receipt, State};
use wurao_protocol::{DeviceId, Digest};

/// What came into force, by the phone that brought it.
#[derive(Default)]
pub(super) struct Receipts(BTreeMap<[u8; 16], Vec<Digest>>);

impl Receipts {
    /// A change or record of a phone.
    pub(super) fn add(&mut self, device: DeviceId, name: Digest) {
        self.0.entry(device.0).or_default().push(name);
    }

    /// Signs and feeds them, one for each phone.
    pub(super) fn tell(self, tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(), Error> {
        for (device, records) in self.0 {
            let receipt = Receipt { records, state: State::Accepted, at_ms: now_ms };
            rows::receipt(tx, &seal(&keys.records, &receipt)?, DeviceId(device), now_ms)?;
        }
        Ok(())
    }
}

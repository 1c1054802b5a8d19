//! What this phone brings for a colleague: beside their records and changes, what the server needs to know whose they are.

use crate::error::Error;
use crate::store::records;
use rusqlite::Connection;
use std::collections::BTreeSet;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::record::{Device, Kind, RecordBody, Session};
use wurao_protocol::{DeviceId, Digest, envelope};

/// The records that let colleagues' phones in whose work goes along, beside those that any server knows: one that was
/// restored may not know them.
pub(super) fn devices(connection: &Connection, known: [DeviceId; 2]) -> Result<Vec<(Digest, Bytes)>, Error> {
    let mut devices = BTreeSet::new();
    for (_, kind, bytes) in records::unsent(connection)? {
        if kind == Kind::Session {
            devices.insert(envelope::open_as::<Session>(&bytes)?.body.device);
        }
    }
    devices.retain(|device| !known.contains(device));
    let mut found = Vec::new();
    for device in devices {
        if let Some(bytes) = records::newest_about(connection, Device::KIND, &device.0)? {
            found.push((envelope::open(&bytes)?.id, Bytes(bytes)));
        }
    }
    Ok(found)
}

//! Whose signature stands under what a push brings: the pushing device's own, or that of another one whose work it passes
//! on. Whatever becomes of a thing goes by its author, never by who delivered it.

use crate::Error;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wurao_protocol::DeviceId;
use wurao_protocol::envelope::{Envelope, open_as};
use wurao_protocol::key::{KeyError, KeyId, PublicKey};
use wurao_protocol::record::{Device, Kind};

/// A device that was let in here, as far as it signs.
#[derive(Debug)]
pub(super) struct Author {
    pub(super) id: DeviceId,
    pub(super) key: PublicKey,
    /// When it was let in: the last server time that it can have known for certain.
    pub(super) enrolled_ms: i64,
}

/// Whose signature under a record was seen to hold.
#[derive(Clone, Debug)]
pub(super) enum By {
    /// Nobody's that counts for a record of its kind.
    Nobody,
    /// The server's own: it comes back from who was given it.
    Server,
    Device(Arc<Author>),
}

impl Author {
    pub(super) fn of(device: &Device) -> Result<Self, KeyError> {
        Ok(Self { id: device.id, key: PublicKey::from_bytes(&device.key)?, enrolled_ms: device.enrolled_ms })
    }
}

/// Whether a record of this kind is taken from who passes it on. The others speak of the very push that brings them: a
/// heads record of others comes with its proofs.
pub(super) fn is_passed_on(kind: Kind) -> bool {
    matches!(kind, Kind::Session | Kind::Leave | Kind::Evidence | Kind::Void | Kind::Late)
}

/// Devices that may have signed, by the hint that a record bears.
#[derive(Default)]
pub(super) struct Authors(BTreeMap<KeyId, Vec<Arc<Author>>>);

impl Authors {
    /// Those known here that such a hint may mean, but for the server itself: what it has signed has ways of its own.
    pub(super) fn known(db: &Connection, server: DeviceId, hints: &BTreeSet<KeyId>) -> Result<Self, Error> {
        let mut authors = Self::default();
        let sql = "SELECT r.bytes FROM device d JOIN record r ON r.id = d.record \
                   WHERE d.id BETWEEN ?1 AND ?2 AND d.id <> ?3 ORDER BY d.id";
        let mut statement = db.prepare_cached(sql)?;
        for hint in hints {
            // A device's name begins with the hint: both are of one thumbprint.
            let (mut first, mut last) = ([0; 16], [0xff; 16]);
            first[..8].copy_from_slice(&hint.0);
            last[..8].copy_from_slice(&hint.0);
            let mut rows = statement.query(params![first, last, server.0])?;
            while let Some(row) = rows.next()? {
                let device = open_as::<Device>(&row.get::<_, Vec<u8>>(0)?)?.body;
                authors.add(Author::of(&device)?);
            }
        }
        Ok(authors)
    }

    /// One more, unless it is among them: what is known here is newer than what somebody brings.
    pub(super) fn add(&mut self, author: Author) {
        let same = self.0.entry(author.key.id()).or_default();
        if same.iter().all(|known| known.id != author.id) {
            same.push(Arc::new(author));
        }
    }

    /// Who of them has signed this.
    pub(super) fn signer(&self, envelope: &Envelope) -> Option<&Arc<Author>> {
        self.0.get(&envelope.key)?.iter().find(|author| envelope.verify(&author.key).is_ok())
    }
}

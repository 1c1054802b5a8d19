//! The server as a device: what people write at its page is written as on a phone, under a session that names who, covered
//! by a heads record, so that phones and exports verify it as they verify everything else.
//!
//! Its device key is the records key. Phones know that key from the day they are let in, so nobody has to be believed
//! about which device is the server's; and who holds it could let in a device of their own making, so a second key beside it
//! would keep nobody out. The kind stands in what is signed: no session or heads record can be read as a decision.
//!
//! A session is for one deed. Under one for each signing in, a server that was brought back from a backup would go on
//! where it had been already, and two changes would claim one place for ever.

use super::push::Incoming;
use super::{change_rows, cover, devices, project};
use crate::store::{Tx, rows};
use crate::{Error, Keys};
use rusqlite::params;
use wurao_protocol::envelope::{Envelope, open, seal};
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{Device, Heads, Session, Stamp};
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{DeviceId, Digest, DocumentId, PersonId, Problem, merkle};
use wurao_record::Admitted;

/// What the device record calls it; pages and phones have words of their own for it.
const NAME: &str = "page";
/// The engine that writes.
const ENGINE: &str = concat!("wurao-server ", env!("CARGO_PKG_VERSION"));

/// The server's name among devices.
pub(super) fn device(keys: &Keys) -> DeviceId {
    keys.records.public().device()
}

/// Opens a session in which somebody writes at the page; its actor.
pub(super) fn begin(
    tx: &Tx<'_>,
    keys: &Keys,
    person: PersonId,
    nonce: [u8; 16],
    now_ms: i64,
) -> Result<[u8; 16], Error> {
    let actor = Session::actor_of(&keys.records.public(), &nonce);
    let began = Stamp { wall_ms: now_ms, mono_ms: 0, server_ms: Some(now_ms) };
    let session = Session { actor, nonce, person, device: device(keys), began, engine: ENGINE.to_owned() };
    let bytes = seal(&keys.records, &session)?;
    keep_session(tx, keys, &session, &open(&bytes)?, &bytes, now_ms)?;
    Ok(actor)
}

/// Covers a change of the server's own, and tells everybody who it is by, and of the signature, before the change
/// itself is told. Changes come here once they are kept.
pub(super) fn sign(
    tx: &Tx<'_>,
    keys: &Keys,
    document: &DocumentId,
    change: &Admitted,
    now_ms: i64,
) -> Result<(), Error> {
    let hash = Digest(change.row.hash);
    let (envelope, bytes) = heads(keys, document, &hash)?;
    rows::keep_record(tx, &envelope, &bytes, Some(device(keys)), now_ms)?;
    if let Some(clock) = change_rows::clock(tx, document, &hash)? {
        cover::cover_ancestors(tx, Some(&device(keys)), document, &clock)?;
    }
    project::introduce(tx, document, &change.row.actor.0)?;
    rows::feed_document(tx, document, &envelope.id)
}

/// The heads record over one change. It has the same name whenever it is made: a name does not depend on the signature.
fn heads(keys: &Keys, document: &DocumentId, change: &Digest) -> Result<(Envelope, Vec<u8>), Error> {
    let bytes = seal(&keys.records, &Heads::over(&[merkle::leaf(document, &[*change])]))?;
    Ok((open(&bytes)?, bytes))
}

/// Whether a change, of which a session of the server's says that it is its own, is covered by a heads record that is here
/// already: it comes first, so that nobody takes the place of a change that was lost.
pub(super) fn has_signed(tx: &Tx<'_>, keys: &Keys, document: &DocumentId, change: &Digest) -> Result<bool, Error> {
    rows::has_record(tx, &heads(keys, document, change)?.0.id)
}

/// A session of the server's own comes back.
pub(super) fn take_back_session(
    tx: &Tx<'_>,
    keys: &Keys,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
) -> Result<Status, Error> {
    let refused = |problem, detail| Ok(Status::because(Outcome::Refused, problem, detail));
    if rows::has_record(tx, &envelope.id)? {
        return Ok(Status::plain(Outcome::Have));
    }
    let Ok(session) = envelope.body::<Session>() else { return refused(Problem::Malformed, "payload") };
    if session.device != device(keys) {
        return refused(Problem::ForgedActor, "the session names another device");
    }
    if rows::session(tx, &session.actor)?.is_some() {
        return refused(Problem::Equivocation, "another session opened this actor");
    }
    if !tx.prepare_cached("SELECT 1 FROM person WHERE id = ?1")?.exists(params![session.person.0])? {
        return refused(Problem::NotFound, "person");
    }
    keep_session(tx, keys, &session, envelope, &record.bytes, now_ms)?;
    Ok(Status::plain(Outcome::Ok))
}

/// A heads record of the server's own comes back.
pub(super) fn take_back_heads(
    tx: &Tx<'_>,
    keys: &Keys,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
) -> Result<Status, Error> {
    let new = rows::keep_record(tx, envelope, &record.bytes, Some(device(keys)), now_ms)?;
    Ok(Status::plain(if new { Outcome::Ok } else { Outcome::Have }))
}

fn keep_session(
    tx: &Tx<'_>,
    keys: &Keys,
    session: &Session,
    envelope: &Envelope,
    bytes: &[u8],
    now_ms: i64,
) -> Result<(), Error> {
    keep_device(tx, keys, now_ms)?;
    rows::keep_record(tx, envelope, bytes, Some(session.device), now_ms)?;
    tx.execute(
        "INSERT INTO session (actor, record, person, device, server_ms, doubtful) VALUES (?1, ?2, ?3, ?4, ?5, 0)",
        params![session.actor, envelope.id.0, session.person.0, session.device.0, session.began.server_ms],
    )?;
    Ok(())
}

/// Keeps the server's own device record and its row, unless they are here. Nobody is let in by it, so no list of phones
/// has it. Its bytes are the same each time, also after a restore: phones that have it get no second one.
fn keep_device(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<(), Error> {
    let (id, key) = (device(keys), keys.records.public().to_bytes());
    let record = Device { id, key, name: NAME.to_owned(), persons: Vec::new(), enrolled_ms: 0 };
    devices::keep_device(tx, &record, &seal(&keys.records, &record)?, now_ms).map(|_| ())
}

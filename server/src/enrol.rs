//! `POST /v1/enrol`: letting a phone in by a one-time code.
//!
//! The code is stored hashed, is good once and for a short while, and wrong ones are counted by address. A
//! phone whose answer was lost sends the same again and gets the same device record.

use crate::store::{Tx, rows};
use crate::sync::keep_device;
use crate::{App, Error, Keys, Peer, body, permits};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeSet;
use std::sync::Arc;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::enrol::{EnrolAnswer, EnrolRequest};
use wurao_protocol::envelope::{open_as, seal};
use wurao_protocol::key::{PublicKey, Signer};
use wurao_protocol::record::Device;
use wurao_protocol::words::is_plain;
use wurao_protocol::{DeviceId, Digest, PersonId, Problem};

/// The largest request: a code, a key and a name.
const MAX_BODY: usize = 4 << 10;
/// The longest name of a phone, in characters.
const MAX_NAME: usize = 80;

/// The phones' route.
pub fn routes() -> Router<App> {
    Router::new().route("/v1/enrol", post(enrol))
}

/// What a code is stored as.
pub fn code_hash(code: &str) -> Digest {
    Digest::of(&[code.trim().as_bytes()])
}

async fn enrol(State(app): State<App>, peer: Peer, body: Body) -> Result<Response, Error> {
    let body = body::whole(body, MAX_BODY).await?;
    let (request, key) = signed_request(&body)?;
    let now = app.now_ms();
    let tries = format!("enrol {}", peer.name());
    if !app.wrong_codes().reserve(&tries, now) {
        return Err(Error::refused(Problem::Busy, "too many wrong codes"));
    }
    let keys = Arc::clone(app.keys());
    let enrolled = app.store().write(move |tx| take(tx, &keys, &request, &key, now)).await;
    if !matches!(&enrolled, Err(Error::Refused { problem: Problem::EnrolCode, .. })) {
        app.wrong_codes().give_back(&tries, now);
    }
    let (device, persons) = enrolled?;
    let answer = EnrolAnswer {
        server: app.server(),
        server_key: app.keys().records.public().to_bytes(),
        device: Bytes(device),
        persons: persons.into_iter().map(Bytes).collect(),
        server_ms: now,
    };
    let headers = [(header::CONTENT_TYPE, "application/cbor"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, cbor::encode(&answer)).into_response())
}

/// The request, signed by the very key it brings.
fn signed_request(body: &[u8]) -> Result<(EnrolRequest, PublicKey), Error> {
    if body.is_empty() {
        return Err(Problem::Empty.into());
    }
    let opened = open_as::<EnrolRequest>(body);
    let opened = opened.map_err(|error| Error::refused(Problem::Malformed, error.to_string()))?;
    let wrong = |_| Error::from(Problem::WrongSignature);
    let key = PublicKey::from_bytes(&opened.body.key).map_err(wrong)?;
    let request = opened.verified(&key).map_err(|_| Error::from(Problem::WrongSignature))?;
    Ok((request, key))
}

/// The device record and the records of its persons.
type Enrolled = (Vec<u8>, Vec<Vec<u8>>);

fn take(tx: &Tx<'_>, keys: &Keys, request: &EnrolRequest, key: &PublicKey, now_ms: i64) -> Result<Enrolled, Error> {
    let code = code_hash(&request.code);
    let sql = "SELECT name, expires_ms, device FROM enrol_code WHERE code = ?1";
    let found: Option<(String, i64, Option<[u8; 16]>)> =
        tx.query_row(sql, params![code.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let refuse = |why: &str| Err(Error::refused(Problem::EnrolCode, why));
    let Some((name, expires_ms, used_by)) = found else { return refuse("no such code") };
    let id = key.device();
    match used_by {
        Some(device) if device == id.0 => return enrolled(tx, &id),
        Some(_) => return refuse("used"),
        None if expires_ms <= now_ms => return refuse("too old"),
        None => {}
    }
    let given = request.name.trim();
    if !is_plain(given) {
        return Err(Error::refused(Problem::Field, "name"));
    }
    let name = if given.is_empty() { name } else { given.chars().take(MAX_NAME).collect() };
    let mut device = Device { id, key: key.to_bytes(), name, persons: persons(tx, &code)?, enrolled_ms: now_ms };
    let sql = "SELECT revoked_ms IS NOT NULL, enrolled_ms FROM device WHERE id = ?1";
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    match tx.prepare_cached(sql)?.query_row(params![id.0], row).optional()? {
        None => {
            keep_device(tx, &device, &seal(&keys.records, &device)?, now_ms)?;
        }
        Some((true, _)) => return Err(Error::refused(Problem::Revoked, id.to_string())),
        Some((false, enrolled_ms)) => {
            let before: i64 = enrolled_ms;
            device.enrolled_ms = now_ms.max(before + 1);
            let_in_again(tx, keys, &mut device, now_ms)?;
        }
    }
    permits::renew_for(tx, keys, &device.persons, now_ms)?;
    permits::trust::follow_phones(tx, keys, now_ms)?;
    tx.execute("UPDATE enrol_code SET device = ?2 WHERE code = ?1", params![code.0, id.0])?;
    enrolled(tx, &id)
}

/// A phone that is in, let in by another code: it forgets its PINs, and people may have come to it. Whoever worked on it
/// stays, for what they wrote may still lie there.
fn let_in_again(tx: &Tx<'_>, keys: &Keys, device: &mut Device, now_ms: i64) -> Result<(), Error> {
    let mut statement = tx.prepare_cached("SELECT person FROM device_person WHERE device = ?1")?;
    let rows = statement.query_map(params![device.id.0], |row| Ok(PersonId(row.get(0)?)))?;
    let before: Vec<PersonId> = rows.collect::<Result<_, _>>()?;
    let all: BTreeSet<PersonId> = before.into_iter().chain(device.persons.iter().copied()).collect();
    device.persons = all.into_iter().collect();
    keep_device(tx, device, &seal(&keys.records, device)?, now_ms).map(|_| ())
}

fn persons(tx: &Tx<'_>, code: &Digest) -> Result<Vec<PersonId>, Error> {
    let mut statement = tx.prepare("SELECT person FROM enrol_code_person WHERE code = ?1 ORDER BY person")?;
    let rows = statement.query_map(params![code.0], |row| Ok(PersonId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn enrolled(tx: &Tx<'_>, id: &DeviceId) -> Result<Enrolled, Error> {
    let record = tx.query_row("SELECT record FROM device WHERE id = ?1", params![id.0], |row| row.get(0))?;
    let sql = "SELECT p.record FROM device_person d JOIN person p ON p.id = d.person WHERE d.device = ?1 ORDER BY p.id";
    let mut statement = tx.prepare(sql)?;
    let persons = statement
        .query_map(params![id.0], |row| Ok(Digest(row.get(0)?)))?
        .map(|person| rows::record_bytes(tx, &person?))
        .collect::<Result<_, _>>()?;
    Ok((rows::record_bytes(tx, &Digest(record))?, persons))
}

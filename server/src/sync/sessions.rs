//! Session records: who writes under an actor.

use super::push::{Incoming, Push};
use super::records::{Refusal, keep};
use crate::Error;
use crate::store::{Tx, rows};
use rusqlite::params;
use wurao_protocol::Problem;
use wurao_protocol::envelope::Envelope;
use wurao_protocol::record::Session;
use wurao_protocol::sync::{Outcome, Status};

pub(super) fn take(
    tx: &Tx<'_>,
    push: &Push,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
) -> Result<Status, Error> {
    let body = envelope.body::<Session>();
    let refusal = match &body {
        Err(_) => Some((Problem::Malformed, "payload")),
        Ok(session) => refusal(tx, push, session)?,
    };
    let status = keep(tx, push, record, envelope, refusal, now_ms)?;
    if let (Outcome::Ok, Ok(session)) = (status.outcome, body) {
        tx.execute(
            "INSERT INTO session (actor, record, person, device) VALUES (?1, ?2, ?3, ?4)",
            params![session.actor, envelope.id.0, session.person.0, session.device.0],
        )?;
    }
    Ok(status)
}

fn refusal(tx: &Tx<'_>, push: &Push, session: &Session) -> Result<Option<Refusal>, Error> {
    let ours = "SELECT 1 FROM device_person WHERE device = ?1 AND person = ?2";
    Ok(if session.device != push.device.id {
        Some((Problem::ForgedActor, "the session names another device"))
    } else if Session::actor_of(&push.key, &session.nonce) != session.actor {
        Some((Problem::ForgedActor, "not the hash of key and nonce"))
    } else if !tx.prepare_cached(ours)?.exists(params![session.device.0, session.person.0])? {
        Some((Problem::NotOnTeam, "the person may not work on this device"))
    } else if rows::session(tx, &session.actor)?.is_some() {
        Some((Problem::Equivocation, "another session opened this actor"))
    } else {
        None
    })
}

//! Session records: who writes under an actor.

use super::doubt::began_in_doubt;
use super::push::{Incoming, Push};
use super::records::{Refusal, keep_new, untimely};
use crate::Error;
use crate::store::{Tx, rows};
use rusqlite::params;
use wurao_protocol::Problem;
use wurao_protocol::envelope::Envelope;
use wurao_protocol::record::Session;
use wurao_protocol::sync::Status;

pub(super) fn take(
    tx: &Tx<'_>,
    push: &Push,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
) -> Result<Status, Error> {
    let (status, new) = keep_new(tx, push, record, envelope, now_ms, |session: &Session| refusal(tx, push, session))?;
    if let Some(session) = new {
        let known_ms = session.began.server_ms.unwrap_or(push.device.enrolled_ms);
        tx.execute(
            "INSERT INTO session (actor, record, person, device, server_ms, doubtful) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                session.actor,
                envelope.id.0,
                session.person.0,
                session.device.0,
                known_ms,
                began_in_doubt(&session.began, push.device.enrolled_ms, now_ms),
            ],
        )?;
    }
    Ok(status)
}

fn refusal(tx: &Tx<'_>, push: &Push, session: &Session) -> Result<Option<Refusal>, Error> {
    if let Some(refusal) = untimely(&session.began) {
        return Ok(Some(refusal));
    }
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

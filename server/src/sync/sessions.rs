//! Session records: who writes under an actor.

use super::author::Author;
use super::doubt::began_in_doubt;
use super::push::Incoming;
use super::records::{New, Refusal, keep_new, untimely};
use crate::Error;
use crate::store::{Tx, rows};
use rusqlite::params;
use wurao_protocol::Problem;
use wurao_protocol::envelope::Envelope;
use wurao_protocol::record::Session;
use wurao_protocol::sync::Status;

pub(super) fn take(tx: &Tx<'_>, record: &Incoming, envelope: &Envelope, now_ms: i64) -> Result<Status, Error> {
    let (status, new) =
        keep_new(tx, record, envelope, now_ms, |_| None, |author, session: &Session| refusal(tx, author, session))?;
    if let Some(New { author, body: session, received_ms }) = new {
        let known_ms = session.began.server_ms.unwrap_or(author.enrolled_ms);
        tx.execute(
            "INSERT INTO session (actor, record, person, device, server_ms, doubtful) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                session.actor,
                envelope.id.0,
                session.person.0,
                session.device.0,
                known_ms,
                // By when it came as it is kept: whoever reads it again has nothing else.
                began_in_doubt(&session.began, author.enrolled_ms, received_ms),
            ],
        )?;
    }
    Ok(status)
}

fn refusal(tx: &Tx<'_>, author: &Author, session: &Session) -> Result<Option<Refusal>, Error> {
    if let Some(refusal) = untimely(&session.began) {
        return Ok(Some(refusal));
    }
    let ours = "SELECT 1 FROM device_person WHERE device = ?1 AND person = ?2";
    Ok(if session.device != author.id {
        Some((Problem::ForgedActor, "the session names another device"))
    } else if Session::actor_of(&author.key, &session.nonce) != session.actor {
        Some((Problem::ForgedActor, "not the hash of key and nonce"))
    } else if !tx.prepare_cached(ours)?.exists(params![session.device.0, session.person.0])? {
        Some((Problem::NotOnTeam, "the person may not work on this device"))
    } else if rows::session(tx, &session.actor)?.is_some() {
        Some((Problem::Equivocation, "another session opened this actor"))
    } else {
        None
    })
}

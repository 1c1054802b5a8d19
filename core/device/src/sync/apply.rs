//! What an answer changes, in one transaction: how own work stands, what is new, the cursor it came with.

use super::plan::{CURSOR, LOG, Push, PushedDocument};
use super::{SyncReport, chain, log, take};
use crate::error::Error;
use crate::phone::{Phone, SERVER_KEY, SERVER_MS};
use crate::store::{blobs, documents, meta, records};
use rusqlite::Transaction;
use wurao_protocol::key::PublicKey;
use wurao_protocol::sync::{Answer, DocumentStatus, Outcome, Status};
use wurao_protocol::{Digest, Problem, cbor};

/// Applies an answer.
pub(super) fn apply(phone: &Phone, push: &Push, answer: &Answer, report: &mut SyncReport) -> Result<(), Error> {
    if answer.records.len() != push.records.len() || answer.documents.len() != push.documents.len() {
        return Err(Error::Server(Problem::Malformed));
    }
    let mut state = phone.state()?;
    let mono_ms = phone.ports.clock.mono_ms();
    let writing = state.session.as_ref().map(|session| session.actor);
    let at = phone.stamp(&state)?;
    state.store.write(|tx| {
        log::hear(tx, &answer.log, report)?;
        // A server that has lost what came before refuses what stands on it; that goes up again with the rest.
        let lost = answer.log.kept.is_some();
        let counts = |status: &Status| !(lost && status.outcome == Outcome::Refused);
        for (id, status) in push.records.iter().zip(&answer.records).filter(|(_, status)| counts(status)) {
            report.records_settled += u64::from(records::settle(tx, id, status, answer.log.size)?);
            report.records_refused += u64::from(status.outcome == Outcome::Refused);
        }
        let documents = push.documents.iter().zip(&answer.documents);
        for (document, status) in documents.filter(|(_, status)| !lost || status.stopped.is_none()) {
            settle_document(tx, document, status, answer.log.size, report)?;
        }
        let server_key = meta::get(tx, SERVER_KEY)?.ok_or(Error::NotEnrolled)?;
        let taker = take::Taker {
            server_key: PublicKey::from_bytes(&server_key)?,
            own: phone.ports.signer.public().device(),
            writing,
            now_ms: phone.ports.clock.wall_ms(),
        };
        taker.take(tx, &answer.feed, report)?;
        // When all that it has forgotten is here, and once: a server that refuses each of them would keep it signing.
        if !answer.more && report.signed_anew == 0 {
            chain::mend(phone, tx, report)?;
        }
        let grants: Vec<(Digest, String)> =
            answer.uploads.iter().map(|upload| (upload.sha256, upload.path.clone())).collect();
        blobs::grant(tx, &grants, !answer.more_uploads)?;
        if let Some(shown) = &answer.shown {
            log::see(phone, tx, &taker.server_key, shown, at, report)?;
        }
        meta::set(tx, CURSOR, &answer.cursor.0)?;
        meta::set(tx, LOG, &cbor::encode(&answer.log))?;
        meta::set_number(tx, SERVER_MS, answer.server_ms)
    })?;
    state.anchor = Some((answer.server_ms, mono_ms));
    state.forget_trust();
    phone.wipe_when_ordered(&mut state)
}

fn settle_document(
    tx: &Transaction<'_>,
    pushed: &PushedDocument,
    answer: &DocumentStatus,
    told: u64,
    report: &mut SyncReport,
) -> Result<(), Error> {
    let stopped = answer.stopped.map_or(pushed.sent.len(), |at| (at as usize).min(pushed.sent.len()));
    let (taken, rest) = pushed.sent.split_at(stopped);
    let mut settle = |hashes: &[[u8; 32]], status: &Status| -> Result<(), Error> {
        for hash in hashes {
            documents::settle(tx, &pushed.document, hash, status, told)?;
        }
        let count = hashes.len() as u64;
        match status.outcome {
            Outcome::Ok | Outcome::Have => report.changes_taken += count,
            Outcome::Held => report.changes_held += count,
            Outcome::Waiting => report.changes_waiting += count,
            Outcome::Refused => report.changes_refused += count,
            Outcome::NeedRaw => {}
        }
        Ok(())
    };
    if rest.is_empty() {
        settle(taken, &answer.status)?;
        return settle(&pushed.waiting, &answer.status);
    }
    // The status says why it stopped. What came before stays as it is here and is offered again: having it already
    // costs the server nothing, and its answer will then speak of just that.
    match answer.status.problem {
        // They stand on own work that was refused: they will never be taken as they are.
        Some(Problem::UnknownDependency) if documents::has_refused(tx, &pushed.document)? => {
            settle(rest, &Status::because(Outcome::Refused, Problem::AfterRefused, "stands on refused work"))
        }
        // The server lacks what these stand on; that may yet come to it.
        Some(Problem::UnknownDependency) => Ok(()),
        _ => settle(rest, &Status { outcome: Outcome::Refused, ..answer.status.clone() }),
    }
}

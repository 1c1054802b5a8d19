//! The server's audit log: what it has lost is offered again, and what it shows is witnessed or doubted.

use super::plan::{CURSOR, LOG};
use super::{SyncReport, page};
use crate::error::Error;
use crate::phone::{DEVICE_RECORD, Phone, SERVER_MS};
use crate::store::log::RESTORED;
use crate::store::{documents, log, meta, pasts, permits, records};
use crate::wipe;
use rusqlite::Transaction;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::cbor;
use wurao_protocol::envelope::open_as;
use wurao_protocol::key::PublicKey;
use wurao_protocol::merkle::log::extends;
use wurao_protocol::record::{Checkpoint, Device, Stamp, Witness};
use wurao_protocol::sync::parts::Begin;
use wurao_protocol::sync::{LogMark, Shown, Status};
use wurao_protocol::{DocumentId, Problem};

/// The problem under which a checkpoint is set aside that does not continue what this phone has witnessed.
const FORKED: &str = "log-forked";

/// When what it had refused then was asked again, ms.
const ASKED: &str = "asked-again-ms";
const DAY_MS: i64 = 24 * 3_600_000;
/// For so long the office may still be entering anew what a restore has lost, ms.
const MENDED_MS: i64 = 60 * DAY_MS;

/// Hears what the server still has, before an answer settles anything: what it says it has lost goes up with the next round.
/// It goes by what this phone has witnessed itself. What another one with its key has, in a past that this one has not seen,
/// says nothing of what this one was told.
pub(super) fn hear(tx: &Transaction<'_>, begin: &Begin, report: &mut SyncReport) -> Result<(), Error> {
    let Some(told) = begin.kept else { return ask_again(tx, begin.server_ms, report) };
    let mut kept = 0;
    if let Some(root) = begin.root.as_ref().filter(|root| !root.0.is_empty()) {
        for own in log::witnessed_at(tx, told)?.iter().filter(|own| own.root.0.starts_with(&root.0)) {
            // It may be a past that was lost before: of what was said since, only the beginning that all have is there.
            kept = kept.max(told.min(pasts::common(tx, own.epoch)?));
        }
    }
    if let Some(mark) = meta::get(tx, LOG)? {
        pasts::lose(tx, cbor::decode::<LogMark>(&mark)?.epoch, kept)?;
    }
    // What is new is asked for from the beginning, also when no more than this of the answer arrives: what was fed anew may by chance
    // stand where the cursor points to, and what came before it be another.
    meta::forget(tx, CURSOR)?;
    // What was chosen at the page goes up as the server's own, before it counts as somebody else's.
    report.offered_again += page::offer_again(tx)?;
    report.offered_again += log::offer_again(tx, kept)? as u64;
    // Whoever ordered that is of the past that is lost; should they still want it, they say so again.
    meta::forget(tx, wipe::ORDERED)?;
    meta::set_number(tx, RESTORED, begin.server_ms)?;
    meta::set_number(tx, ASKED, begin.server_ms)
}

/// A server that refuses what a permit of its own allows has lost that: it was set back to before it gave the permit out, though it
/// need not have told this phone anything since that is lost, and so does not say it.
pub(super) fn notice(tx: &Transaction<'_>, document: &DocumentId, status: &Status) -> Result<(), Error> {
    let is_wanting = matches!(status.problem, Some(Problem::NoPermit | Problem::NotOnTeam));
    if !is_wanting || meta::get(tx, RESTORED)?.is_some() {
        return Ok(());
    }
    let Some(row) = documents::get(tx, document)? else { return Ok(()) };
    let device = meta::get(tx, DEVICE_RECORD)?.ok_or(Error::NotEnrolled)?;
    let persons = open_as::<Device>(&device)?.body.persons;
    if permits::get(tx, &row.permit)?.is_some_and(|held| persons.iter().any(|person| held.permit.names(person))) {
        let now_ms = meta::number(tx, SERVER_MS)?.unwrap_or(0);
        meta::set_number(tx, RESTORED, now_ms)?;
        meta::set_number(tx, ASKED, now_ms)?;
    }
    Ok(())
}

/// What a server that was set back refuses for want of what the office had entered is asked again once a day: the office may have
/// entered it anew.
fn ask_again(tx: &Transaction<'_>, now_ms: i64, report: &mut SyncReport) -> Result<(), Error> {
    let Some(restored_ms) = meta::number(tx, RESTORED)? else { return Ok(()) };
    let asked_ms = meta::number(tx, ASKED)?.unwrap_or(restored_ms);
    if now_ms - restored_ms > MENDED_MS {
        meta::forget(tx, RESTORED)?;
    } else if now_ms - asked_ms >= DAY_MS {
        meta::set_number(tx, ASKED, now_ms)?;
        report.offered_again += log::refused_again(tx)?;
    }
    Ok(())
}

/// Witnesses a checkpoint that continues the one before. One that does not is set aside, and the phone says so: somebody
/// has changed the server's past. One from which nothing can be told waits for another day.
pub(super) fn see(
    phone: &Phone,
    tx: &Transaction<'_>,
    server_key: &PublicKey,
    shown: &Shown,
    at: Stamp,
    report: &mut SyncReport,
) -> Result<(), Error> {
    let opened = open_as::<Checkpoint>(&shown.checkpoint.0);
    let Ok((record, checkpoint)) = opened.and_then(|opened| {
        let id = opened.envelope.id;
        opened.verified(server_key).map(|checkpoint| (id, checkpoint))
    }) else {
        report.quarantined += 1;
        return documents::quarantine(tx, None, &shown.checkpoint.0, "wrong-signature", "checkpoint", at.wall_ms);
    };
    // A server that was set back continues what is left of the pasts it had.
    if let Some(known) = log::witnessed(tx)? {
        let same = known.epoch == checkpoint.epoch && known.size == checkpoint.size && known.root == checkpoint.root;
        if same || known.epoch > checkpoint.epoch {
            return Ok(());
        }
        let continues = |own: &Checkpoint| extends(&own.size(), &checkpoint.size(), &shown.proof);
        let elsewhere = shown.from != known.size && known.size < checkpoint.size;
        // It may begin at a later one that was taken for lost: the server has that past after all, or has heard of this word since.
        let mut begun = Vec::new();
        if elsewhere && shown.from > known.size && !planted(Bug::RegainedIgnored) {
            begun = log::witnessed_at(tx, shown.from)?;
            begun.retain(continues);
        }
        let mut regained = false;
        for own in &begun {
            regained |= known.size <= pasts::common(tx, own.epoch)?;
        }
        // Nothing can be told from a proof that begins elsewhere; but a server that has this phone's word begins no earlier, and
        // one that continues a past without what was witnessed since has erased that.
        let denied = elsewhere
            && !regained
            && (!begun.is_empty() || shown.from < known.size && log::is_witness_taken(tx, &known)?);
        if elsewhere && !denied && !regained {
            return Ok(());
        }
        if denied || !regained && !continues(&known) {
            report.log_forked = true;
            let detail = format!("{} entries do not continue {}", checkpoint.size, known.size);
            return documents::quarantine(tx, None, &shown.checkpoint.0, FORKED, &detail, at.wall_ms);
        }
    }
    log::witness(tx, &checkpoint, &shown.checkpoint.0)?;
    let signed = Some(shown.checkpoint.clone());
    let witness = Witness { epoch: checkpoint.epoch, size: checkpoint.size, checkpoint: record, at, signed };
    records::keep_own(tx, &phone.seal(&witness, record.0.to_vec())?)
}

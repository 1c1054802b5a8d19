//! Photo entries of a phone that was brought back from a backup: their places in its chain are taken by those it has
//! forgotten, so they are signed anew at its end. What they say of the photos stays as it was.

use super::SyncReport;
use crate::error::Error;
use crate::phone::Phone;
use crate::photo::{CHAIN_END, CHAIN_LENGTH};
use crate::store::records::Untaken;
use crate::store::{RecordRow, blobs, documents, meta, records};
use rusqlite::Transaction;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::envelope::{self, open};
use wurao_protocol::record::{ChainEnd, EvidenceEntry};
use wurao_protocol::{Digest, Problem};

/// Signs anew what was refused for its place in the chain, behind the last entry that the server is known to have.
pub(super) fn mend(phone: &Phone, tx: &Transaction<'_>, report: &mut SyncReport) -> Result<(), Error> {
    let refused = records::untaken(tx, "refused", Problem::Equivocation)?;
    if refused.is_empty() || planted(Bug::ChainUnmended) {
        return Ok(());
    }
    let own = phone.ports.signer.public().id();
    let (mut sequence, mut previous) = (0, None);
    for row in records::bytes_of_kind::<EvidenceEntry>(tx)? {
        let envelope = open(&row)?;
        let entry = envelope.body::<EvidenceEntry>()?;
        if envelope.key == own && entry.sequence > sequence && !refused.iter().any(|untaken| untaken.id == envelope.id)
        {
            (sequence, previous) = (entry.sequence, Some(envelope.id));
        }
    }
    // What stands in their place may be known to the server alone, which keeps it apart.
    let ends = refused.iter().filter_map(|untaken| untaken.detail.as_deref()?.parse::<ChainEnd>().ok());
    if let Some(end) = ends.max().filter(|end| end.sequence > sequence) {
        (sequence, previous) = (end.sequence, Some(end.entry));
    }
    let mut again: Vec<(Digest, Vec<u8>, EvidenceEntry)> = Vec::new();
    for Untaken { id, bytes, .. } in refused {
        let entry = envelope::open_as::<EvidenceEntry>(&bytes)?.body;
        again.push((id, bytes, entry));
    }
    again.sort_by_key(|(_, _, entry)| entry.sequence);
    // Signed anew behind what is known here they would only be refused again.
    if again.first().is_some_and(|(_, _, entry)| entry.sequence > sequence) {
        return Ok(());
    }
    for (id, bytes, _) in &again {
        records::forget(tx, id)?;
        documents::quarantine(tx, None, bytes, "replaced", "its place in the chain was taken", 0)?;
    }
    for (old, _, entry) in again {
        sequence += 1;
        let entry = EvidenceEntry { sequence, previous, ..entry };
        let record: RecordRow = phone.seal(&entry, entry.document.0.to_vec())?;
        records::keep_own(tx, &record)?;
        blobs::announced_by(tx, &old, &record.id)?;
        previous = Some(record.id);
        report.signed_anew += 1;
    }
    meta::set_number(tx, CHAIN_LENGTH, sequence as i64)?;
    previous.map_or(Ok(()), |last| meta::set(tx, CHAIN_END, &last.0))
}

/// Drops a colleague's entries whose place in the chain was taken, once that phone has signed anew what they say.
pub(super) fn drop_replaced(tx: &Transaction<'_>) -> Result<(), Error> {
    for Untaken { id, bytes, .. } in records::untaken(tx, "unrelayed", Problem::Equivocation)? {
        let envelope = open(&bytes)?;
        let old = envelope.body::<EvidenceEntry>()?;
        for newer in records::bytes_about::<EvidenceEntry>(tx, &old.document.0)? {
            let found = open(&newer)?;
            let entry = found.body::<EvidenceEntry>()?;
            let same =
                (&entry.original, &entry.question, &entry.instance) == (&old.original, &old.question, &old.instance);
            if found.id != id && found.key == envelope.key && same {
                records::forget(tx, &id)?;
                break;
            }
        }
    }
    Ok(())
}

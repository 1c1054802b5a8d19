//! Leave records: a person's "I am done here".

use super::author::Author;
use super::change_rows;
use super::push::Incoming;
use super::records::{Facts, HELD, New, Refusal, has_part, in_own_session, keep_new, untimely};
use crate::Error;
use crate::store::{Tx, rows};
use rusqlite::params;
use wurao_protocol::envelope::Envelope;
use wurao_protocol::record::Leave;
use wurao_protocol::sync::Status;
use wurao_protocol::{Digest, Problem};

pub(super) fn take(
    tx: &Tx<'_>,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
    facts: &mut Facts,
) -> Result<Status, Error> {
    let about = |leave: &Leave| Some(leave.document);
    let (status, new) = keep_new(tx, record, envelope, now_ms, about, |author, leave| refusal(tx, author, leave))?;
    if let Some(New { author, body: leave, .. }) = new {
        let heads: Vec<u8> = leave.heads.iter().flat_map(|head| head.0).collect();
        tx.execute(
            "INSERT INTO leave (record, document, person, device, heads, wall_ms, held, position) VALUES (?1, ?2, ?3, \
             ?4, ?5, ?6, ?7, (SELECT COALESCE(MAX(position), 0) + 1 FROM leave))",
            params![envelope.id.0, leave.document.0, leave.person.0, author.id.0, heads, leave.at.wall_ms, HELD],
        )?;
        tx.touch(leave.document);
        facts.documents.insert(leave.document);
    }
    Ok(status)
}

fn refusal(tx: &Tx<'_>, author: &Author, leave: &Leave) -> Result<Option<Refusal>, Error> {
    if let Some(refusal) = untimely(&leave.at) {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = has_part(tx, &leave.document, &leave.person)? {
        return Ok(Some(refusal));
    }
    if let Some(refusal) = in_own_session(tx, author, &leave.actor, &leave.person)? {
        return Ok(Some(refusal));
    }
    // Who leaves before anybody wrote has seen the document's first change, which is no row.
    let genesis = rows::inspection(tx, &leave.document)?.map(|inspection| Digest(inspection.genesis().hash()));
    for head in leave.heads.iter().filter(|head| Some(**head) != genesis) {
        if change_rows::clock(tx, &leave.document, head)?.is_none() {
            return Ok(Some((Problem::UnknownDependency, "a head that is not known here")));
        }
    }
    Ok(None)
}

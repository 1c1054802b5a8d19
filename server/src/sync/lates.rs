//! Late registrations: inspections that were begun without a permit valid there and then.

use super::author::Author;
use super::project;
use super::push::Incoming;
use super::records::{Facts, New, Refusal, in_own_session, keep_new, unreasoned, untimely};
use crate::Error;
use crate::days;
use crate::people::{Role, all_grants};
use crate::permits::OPEN_FOR_S;
use crate::store::{Tx, rows};
use jiff::civil::Date;
use rusqlite::{OptionalExtension, params};
use wurao_protocol::envelope::Envelope;
use wurao_protocol::record::Late;
use wurao_protocol::standing::Standing;
use wurao_protocol::sync::{Outcome, Status};
use wurao_protocol::{BodyId, Digest, DocumentId, PersonId, Problem, SiteId};
use wurao_record::{Genesis, GenesisSeed};

/// The longest code of a standing.
const MAX_STANDING: usize = 40;

/// Takes a late registration; one for a visit without a permit opens its inspection, so that the work can come in.
pub(super) fn take(
    tx: &Tx<'_>,
    record: &Incoming,
    envelope: &Envelope,
    now_ms: i64,
    facts: &mut Facts,
) -> Result<Status, Error> {
    let about = |late: &Late| Some(late.document);
    let (status, new) = keep_new(tx, record, envelope, now_ms, about, |author, late| refusal(tx, author, late))?;
    if let Some(New { author, body: late, received_ms }) = new {
        if rows::inspection(tx, &late.document)?.is_none() {
            open(tx, &late, &envelope.id, now_ms)?;
        }
        insert(tx, &author, &late, &envelope.id, received_ms)?;
        project::introduce(tx, &late.document, &late.actor)?;
        rows::feed_document(tx, &late.document, &envelope.id)?;
        tx.touch(late.document);
        facts.documents.insert(late.document);
        return Ok(Status::because(Outcome::Held, Problem::LateRegistration, late.cause.code()));
    }
    Ok(status)
}

fn refusal(tx: &Tx<'_>, author: &Author, late: &Late) -> Result<Option<Refusal>, Error> {
    if let Some(refusal) = unreasoned(&late.reason).or_else(|| untimely(&late.at)) {
        return Ok(Some(refusal));
    }
    if late.standing.is_empty() || late.standing.len() > MAX_STANDING {
        return Ok(Some((Problem::Field, "standing")));
    }
    if let Some(refusal) = in_own_session(tx, author, &late.actor, &late.person)? {
        return Ok(Some(refusal));
    }
    let seed = GenesisSeed { permit: late.permit.0, site: late.site.0, checklist: late.checklist.0 };
    if DocumentId(Genesis::new(&seed).document().0) != late.document {
        return Ok(Some((Problem::PermitState, "wrong-document")));
    }
    let sql = "SELECT document, site FROM inspection WHERE permit = ?1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?));
    if let Some((document, site)) = tx.prepare_cached(sql)?.query_row(params![late.permit.0], row).optional()? {
        // The document's name is made of permit, site and checklist: when it is another, one of the two is.
        return Ok(if site != late.site.0 {
            Some((Problem::PermitState, Standing::WrongSite.code()))
        } else if document != late.document.0 {
            Some((Problem::PermitState, "wrong-checklist"))
        } else if !rows::on_team(tx, &late.document, &late.person)? {
            Some((Problem::NotOnTeam, "not on the permit's team"))
        } else {
            None
        });
    }
    if !inspects_at(tx, &late.person, &late.site)? {
        return Ok(Some((Problem::Forbidden, "site")));
    }
    let known = tx.prepare_cached("SELECT 1 FROM checklist WHERE hash = ?1")?.exists(params![late.checklist.0])?;
    Ok((!known).then_some((Problem::NotFound, "checklist")))
}

/// Whether somebody inspects where this site lies today; a site that does not exist is answered like one elsewhere. Who
/// was disabled is asked for what they could do before: what they bring is held anyway, and lost to nobody.
fn inspects_at(tx: &Tx<'_>, person: &PersonId, site: &SiteId) -> Result<bool, Error> {
    let sql = "SELECT s.division, p.body FROM site s, person p WHERE s.id = ?1 AND p.id = ?2";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, BodyId(row.get(1)?)));
    let found = tx.prepare_cached(sql)?.query_row(params![site.0, person.0], row).optional()?;
    let Some((division, body)) = found else { return Ok(false) };
    let grants = all_grants(tx, person)?;
    let mut inspects = grants.iter().filter(|grant| grant.role == Role::Inspector).map(|grant| &grant.scope);
    Ok(inspects.any(|scope| scope.sees(&division) && scope.sees_body(&body)))
}

/// An inspection without a permit: the body is the inspector's, the team is its author.
fn open(tx: &Tx<'_>, late: &Late, record: &Digest, now_ms: i64) -> Result<(), Error> {
    // The visit's year, however late it comes; no clock makes it a year that is still to begin.
    let year = days::date_at(late.at.wall_ms.min(now_ms)).map_or(0, Date::year);
    tx.execute(
        "INSERT INTO inspection (document, permit, record, plan_item, site, checklist, year, closes_ms, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT body FROM person WHERE id = ?9))",
        params![
            late.document.0,
            late.permit.0,
            record.0,
            [0_u8; 0],
            late.site.0,
            late.checklist.0,
            year,
            now_ms + OPEN_FOR_S * 1000,
            late.person.0,
        ],
    )?;
    tx.execute("INSERT INTO team (document, person) VALUES (?1, ?2)", params![late.document.0, late.person.0])?;
    // What another phone of this person needs in order to read it.
    for (sql, id) in [
        ("SELECT record FROM site WHERE id = ?1", late.site.0.as_slice()),
        ("SELECT record FROM checklist WHERE hash = ?1", &late.checklist.0),
    ] {
        let needed: [u8; 32] = tx.query_row(sql, params![id], |row| row.get(0))?;
        rows::feed_person(tx, &late.person, &Digest(needed))?;
    }
    Ok(())
}

fn insert(tx: &Tx<'_>, author: &Author, late: &Late, record: &Digest, received_ms: i64) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO late (record, document, person, device, cause, reason, standing, filed_ms, received_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            record.0,
            late.document.0,
            late.person.0,
            author.id.0,
            late.cause.code(),
            late.reason.trim(),
            late.standing,
            late.at.wall_ms,
            received_ms,
        ],
    )?;
    Ok(())
}

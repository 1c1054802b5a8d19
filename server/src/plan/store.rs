//! The rows of the plan.

use super::item::{Content, Deed, ItemKind, ItemState};
use super::level::Level;
use crate::store::Tx;
use crate::{Error, audit};
use rusqlite::params;
use wurao_protocol::audit::Event;
use wurao_protocol::record::PlanItem;
use wurao_protocol::{BodyId, Digest, PermitId, PersonId, PlanItemId, SiteId};

/// A new draft.
pub(super) fn insert(
    tx: &Tx<'_>,
    id: &PlanItemId,
    body: &BodyId,
    division: &str,
    by: &PersonId,
    content: &Content,
) -> Result<(), Error> {
    let sql = "INSERT INTO plan_item (id, year, kind, reason, body, level, zh, en, state, division, drafted_by, version) \
               VALUES (?1, ?2, ?3, '', ?4, ?5, '', '', 'draft', ?6, ?7, 0)";
    let values = params![id.0, content.year, content.kind.name(), body.0, content.level.name(), division, by.0];
    tx.execute(sql, values)?;
    write(tx, id, content)
}

/// What its planner wrote, in place of what was there.
pub(super) fn write(tx: &Tx<'_>, id: &PlanItemId, content: &Content) -> Result<(), Error> {
    let sql = "UPDATE plan_item SET year = ?2, kind = ?3, reason = ?4, level = ?5, zh = ?6, en = ?7, from_day = ?8, \
               to_day = ?9, checklist = ?10, minutes = ?11 WHERE id = ?1";
    tx.execute(
        sql,
        params![
            id.0,
            content.year,
            content.kind.name(),
            content.reason,
            content.level.name(),
            content.purpose.zh,
            content.purpose.en,
            content.period.map(|period| period.from),
            content.period.map(|period| period.to),
            content.checklist.map(|hash| hash.0),
            content.minutes,
        ],
    )?;
    tx.execute("DELETE FROM plan_site WHERE item = ?1", params![id.0])?;
    tx.execute("DELETE FROM plan_team WHERE item = ?1", params![id.0])?;
    for site in &content.sites {
        give_site(tx, id, site)?;
    }
    for person in &content.team {
        let sql = "INSERT INTO plan_team (item, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![id.0, person.0])?;
    }
    touch(tx, id)
}

pub(super) fn give_site(tx: &Tx<'_>, item: &PlanItemId, site: &SiteId) -> Result<(), Error> {
    let sql = "INSERT INTO plan_site (item, site) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    tx.execute(sql, params![item.0, site.0])?;
    Ok(())
}

/// Whoever has read the item before has not read what it is now.
pub(super) fn touch(tx: &Tx<'_>, id: &PlanItemId) -> Result<(), Error> {
    tx.execute("UPDATE plan_item SET version = version + 1 WHERE id = ?1", params![id.0])?;
    Ok(())
}

pub(super) fn set_state(tx: &Tx<'_>, id: &PlanItemId, state: ItemState) -> Result<(), Error> {
    tx.execute("UPDATE plan_item SET state = ?2 WHERE id = ?1", params![id.0, state.name()])?;
    touch(tx, id)
}

/// One step of the history.
pub(super) fn step(
    tx: &Tx<'_>,
    id: &PlanItemId,
    by: Option<&PersonId>,
    deed: Deed,
    comment: &str,
    now_ms: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO plan_step (item, position, at_ms, person, deed, comment) \
               SELECT ?1, COALESCE(MAX(position), 0) + 1, ?2, ?3, ?4, ?5 FROM plan_step WHERE item = ?1";
    tx.execute(sql, params![id.0, now_ms, by.map(|person| person.0), deed.name(), comment])?;
    audit::note(tx, Event::Plan, &[&id.0], deed.name())
}

/// The next number of a year: `2026-017`, or `A2026-003` for an ad-hoc item.
pub(super) fn draw_number(tx: &Tx<'_>, year: u16, kind: ItemKind) -> Result<String, Error> {
    let sql = "INSERT INTO plan_number (year, kind, last) VALUES (?1, ?2, 1) \
               ON CONFLICT (year, kind) DO UPDATE SET last = last + 1 RETURNING last";
    let last: i64 = tx.query_row(sql, params![year, kind.name()], |row| row.get(0))?;
    Ok(format!("{}{last:03}", series(year, kind)))
}

/// How the numbers of a year and kind begin.
pub(super) fn series(year: u16, kind: ItemKind) -> String {
    match kind {
        ItemKind::Plan => format!("{year}-"),
        ItemKind::AdHoc => format!("A{year}-"),
    }
}

pub(super) fn set_number(tx: &Tx<'_>, id: &PlanItemId, number: &str) -> Result<(), Error> {
    tx.execute("UPDATE plan_item SET number = ?2 WHERE id = ?1", params![id.0, number])?;
    Ok(())
}

/// The permit of an item's site.
pub(crate) fn set_permit(tx: &Tx<'_>, item: &PlanItemId, site: &SiteId, permit: &PermitId) -> Result<(), Error> {
    let sql = "UPDATE plan_site SET permit = ?3 WHERE item = ?1 AND site = ?2";
    tx.execute(sql, params![item.0, site.0, permit.0])?;
    Ok(())
}

/// An approved item as a county file brings it: its number is drawn, and no rule asked, since whoever has the command
/// line has the server. Returns the number.
pub(crate) fn load(
    tx: &Tx<'_>,
    item: &PlanItem,
    level: Level,
    division: &str,
    record: &Digest,
    now_ms: i64,
) -> Result<String, Error> {
    let number = draw_number(tx, item.year, ItemKind::Plan)?;
    let sql = "INSERT INTO plan_item (id, record, year, number, kind, reason, body, level, zh, en, from_day, to_day, \
               checklist, minutes, state, division, version) \
               VALUES (?1, ?2, ?3, ?4, 'plan', '', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'approved', ?13, 0)";
    tx.execute(
        sql,
        params![
            item.id.0,
            record.0,
            item.year,
            number,
            item.body.0,
            level.name(),
            item.purpose.zh,
            item.purpose.en,
            item.from_day,
            item.to_day,
            item.checklist.0,
            item.minutes,
            division,
        ],
    )?;
    for site in &item.sites {
        give_site(tx, &item.id, site)?;
    }
    for person in &item.team {
        let sql = "INSERT INTO plan_team (item, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        tx.execute(sql, params![item.id.0, person.0])?;
    }
    step(tx, &item.id, None, Deed::Loaded, "", now_ms)?;
    Ok(number)
}

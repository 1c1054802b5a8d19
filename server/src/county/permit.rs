//! One approved visit of a county file.

use super::file::{PermitEntry, PlanEntry};
use super::insert::{Days, Into};
use crate::permits::{Approved, issue};
use crate::{Error, plan};
use rusqlite::params;
use wurao_protocol::{Digest, PersonId, Words};

/// Signs the permit and opens its inspection, unless it is here.
pub(super) fn insert(
    into: &Into<'_>,
    entry: &PermitEntry,
    item: &PlanEntry,
    checklist: Digest,
    team: &[PersonId],
    days: Days,
) -> Result<usize, Error> {
    let sql = "SELECT zh, en FROM body WHERE id = ?1";
    let words = |row: &rusqlite::Row<'_>| Ok(Words { zh: row.get(0)?, en: row.get(1)? });
    let approved = Approved {
        id: entry.id,
        plan_item: item.id,
        number: plan::read::number(into.tx, &item.id)?,
        ad_hoc: false,
        body: item.body,
        body_name: into.tx.prepare_cached(sql)?.query_row(params![item.body.0], words)?,
        purpose: item.purpose.words(),
        site: entry.site,
        checklist,
        team: team.to_vec(),
        from_day: days.from,
        to_day: days.to,
        year: item.year,
    };
    let issued = issue(into.tx, into.keys, &approved, into.now_ms)?;
    plan::store::set_permit(into.tx, &item.id, &entry.site, &issued.permit)?;
    Ok(usize::from(issued.new))
}

//! Where sites lie as days go by.

use super::tree::{Tree, above};
use crate::days;
use crate::store::{Tx, rows};
use crate::{App, Error, Keys};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rusqlite::{OptionalExtension, params};
use std::sync::Arc;
use wurao_protocol::envelope::{open_as, seal};
use wurao_protocol::record::Site;
use wurao_protocol::{Digest, PersonId, SiteId, Words};

/// A site lies in a division from a day on, until it is said otherwise. What was to come after that day is forgotten.
pub(crate) fn place(tx: &Tx<'_>, site: &[u8; 16], code: &str, from: i32) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM site_division WHERE site = ?1 AND from_day >= ?2")?.execute(params![site, from])?;
    let sql = "UPDATE site_division SET to_day = ?2 - 1 WHERE site = ?1 AND (to_day IS NULL OR to_day >= ?2)";
    tx.prepare_cached(sql)?.execute(params![site, from])?;
    let sql = "INSERT INTO site_division (site, code, from_day) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?.execute(params![site, code, from])?;
    Ok(())
}

/// Brings the sites to where they lie today, and signs anew those whose division, or a name above it, is another. Their
/// ids never change. Says how many were signed.
pub(crate) fn refresh(tx: &Tx<'_>, keys: &Keys, now_ms: i64) -> Result<usize, Error> {
    let today = days::today(now_ms);
    let tree = Tree::read(tx)?;
    let sql = "SELECT s.id, s.record, r.bytes, d.code, s.division, s.zh, s.en FROM site s \
               JOIN record r ON r.id = s.record JOIN site_division d ON d.site = s.id \
               AND d.from_day <= ?1 AND (d.to_day IS NULL OR d.to_day >= ?1)";
    let mut stale = Vec::new();
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(params![today])?;
    while let Some(row) = rows.next()? {
        let (id, record) = (SiteId(row.get(0)?), Digest(row.get(1)?));
        let known: Site = open_as(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?)?.body;
        let division: String = row.get(3)?;
        let name = Words { zh: row.get(5)?, en: row.get(6)? };
        let named = names_above(&tree, &division, today);
        // A county file may know no names at all: what it signed stays as good as it was.
        let above = if named.is_empty() { known.above.clone() } else { named };
        let site = Site { id, name, division, above };
        if site != known || row.get::<_, String>(4)? != site.division {
            stale.push((record, site));
        }
    }
    drop(rows);
    for (old, site) in &stale {
        let record = rows::keep_own(tx, &seal(&keys.records, site)?, now_ms)?;
        let sql = "UPDATE site SET record = ?2, division = ?3 WHERE id = ?1";
        tx.prepare_cached(sql)?.execute(params![site.id.0, record.0, site.division])?;
        tell(tx, old, &record)?;
    }
    Ok(stale.len())
}

/// Whoever was told of the site as it was is told of it as it is.
fn tell(tx: &Tx<'_>, old: &Digest, new: &Digest) -> Result<(), Error> {
    let mut statement = tx.prepare_cached("SELECT person FROM feed WHERE record = ?1 AND person IS NOT NULL")?;
    let persons = statement.query_map(params![old.0], |row| Ok(PersonId(row.get(0)?)))?;
    for person in persons.collect::<Result<Vec<_>, _>>()? {
        rows::feed_person(tx, &person, new)?;
    }
    Ok(())
}

/// The names above a division on a day, the largest first.
fn names_above(tree: &Tree, code: &str, day: i32) -> Vec<Words> {
    let named = above(code).into_iter().filter_map(|code| {
        let division = tree.on(&code, day).or_else(|| tree.divisions.get(&code)?.last())?;
        Some(Words { zh: division.zh.clone(), en: division.en.clone() })
    });
    named.collect()
}

/// Around every route: on the first request of a day the sites are brought to where they lie on it.
pub(crate) async fn keep_current(State(app): State<App>, request: Request, next: Next) -> Response {
    let now = app.now_ms();
    let today = days::today(now);
    if app.day() != today {
        let keys = Arc::clone(app.keys());
        let rolled = app.store().write(move |tx| {
            let known: Option<Vec<u8>> =
                tx.query_row("SELECT value FROM meta WHERE name = 'day'", [], |row| row.get(0)).optional()?;
            if known.as_deref() != Some(&today.to_be_bytes()[..]) {
                refresh(tx, &keys, now)?;
                let sql = "INSERT INTO meta (name, value) VALUES ('day', ?1) \
                           ON CONFLICT (name) DO UPDATE SET value = excluded.value";
                tx.execute(sql, params![today.to_be_bytes()])?;
            }
            Ok(())
        });
        if let Err(error) = rolled.await {
            return error.into_response();
        }
        app.set_day(today);
    }
    next.run(request).await
}

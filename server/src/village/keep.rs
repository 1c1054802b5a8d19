//! What a village says, kept: the permit, what was said, the day. Nothing of who said it.

use crate::Error;
use crate::store::Tx;
use rusqlite::params;
use wurao_protocol::Problem;
use wurao_protocol::feedback::{Feedback, MAX_COMMENT, Said};

/// A day's length, and how far the county's clocks are ahead of UTC, seconds.
const DAY_S: i64 = 24 * 3600;
const ZONE_S: i64 = 8 * 3600;

/// What one visit may be said of: more is no village but a flood.
const MOST_OF_A_VISIT: i64 = 20;
/// The same for all that names no visit of ours, on one day.
const MOST_STRAY_A_DAY: i64 = 200;

/// How far back a villager's clock is believed: a phone may carry a refusal home for weeks.
const BELIEVED_S: i64 = 60 * DAY_S;

/// Keeps a feedback; whether it was new. `carried`: an inspector's phone brought it.
pub fn keep(tx: &Tx<'_>, feedback: &Feedback, carried: bool, now_ms: i64) -> Result<bool, Error> {
    let comment = feedback.comment.as_deref().map(str::trim).filter(|comment| !comment.is_empty());
    if comment.is_some_and(|comment| comment.chars().count() > MAX_COMMENT) {
        return Err(Error::refused(Problem::Sealed, "comment too long"));
    }
    if tx.prepare_cached("SELECT 1 FROM feedback WHERE nonce = ?1")?.exists(params![feedback.nonce])? {
        return Ok(false);
    }
    let day = day(feedback.at_s, now_ms.div_euclid(1000));
    let permit = feedback.permit.map(|permit| permit.0);
    let known = tx.prepare_cached("SELECT 1 FROM inspection WHERE permit = ?1")?.exists(params![permit])?;
    let (sql, most) = if known {
        ("SELECT COUNT(*) FROM feedback WHERE permit = ?1 AND ?2 = ?2", MOST_OF_A_VISIT)
    } else {
        let stray = "SELECT COUNT(*) FROM feedback f WHERE ?1 IS ?1 AND f.day = ?2 \
                     AND NOT EXISTS (SELECT 1 FROM inspection i WHERE i.permit = f.permit)";
        (stray, MOST_STRAY_A_DAY)
    };
    let count: i64 = tx.prepare_cached(sql)?.query_row(params![permit, day], |row| row.get(0))?;
    if count >= most {
        return Err(Error::refused(Problem::TooMany, "more feedback than a village gives"));
    }
    let sql = "INSERT INTO feedback (nonce, permit, said, comment, day, carried) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![feedback.nonce, permit, number(feedback.said), comment, day, i64::from(carried)];
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(true)
}

/// The day it was said, by the villager's clock unless that cannot be.
fn day(at_s: i64, now_s: i64) -> i64 {
    let believed = at_s <= now_s + DAY_S && at_s > now_s - BELIEVED_S;
    let at_s = if believed { at_s.min(now_s) } else { now_s };
    (at_s + ZONE_S).div_euclid(DAY_S)
}

fn number(said: Said) -> i64 {
    match said {
        Said::Refused => 0,
        Said::Star1 => 1,
        Said::Star2 => 2,
        Said::Star3 => 3,
        Said::Star4 => 4,
        Said::Star5 => 5,
    }
}

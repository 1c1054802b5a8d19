//! What a village says, kept: the permit, what was said, the day. Nothing of who said it.

use crate::Error;
use crate::days::{DAY_S, day_of_s};
use crate::store::Tx;
use rusqlite::{Connection, params};
use wurao_protocol::Problem;
use wurao_protocol::feedback::{Feedback, MAX_COMMENT, Said};

/// How many ratings, and how many refusals, one visit may have: more is no village but a flood. They are counted apart,
/// so that no flood of ratings keeps a refusal out, and the first refusal of a visit is kept whatever else was said.
const MOST_OF_A_VISIT: i64 = 20;
/// The same for all that names no visit of ours, on the day it arrives.
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
    let refused = feedback.said == Said::Refused;
    let (count, most): (i64, i64) = if known {
        let sql = "SELECT COUNT(*) FROM feedback WHERE permit = ?1 AND (said = 0) = ?2";
        (tx.prepare_cached(sql)?.query_row(params![permit, refused], |row| row.get(0))?, MOST_OF_A_VISIT)
    } else {
        (count_stray(tx, refused, now_ms)?, MOST_STRAY_A_DAY)
    };
    if count >= most {
        return Err(Error::refused(Problem::TooMany, "more feedback than a village gives"));
    }
    let sql = "INSERT INTO feedback (nonce, permit, said, comment, day, carried) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![feedback.nonce, permit, number(feedback.said), comment, day, i64::from(carried)];
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(true)
}

/// How much that names no visit of ours arrived today before this. Counted apart from the feedback itself, which says
/// nothing of when it arrived.
fn count_stray(tx: &Tx<'_>, refused: bool, now_ms: i64) -> Result<i64, Error> {
    let today = day_of_s(now_ms.div_euclid(1000));
    tx.prepare_cached("DELETE FROM stray_count WHERE day <> ?1")?.execute(params![today])?;
    let sql = "INSERT INTO stray_count (day, refused, count) VALUES (?1, ?2, 1) \
               ON CONFLICT (day, refused) DO UPDATE SET count = count + 1 RETURNING count - 1";
    Ok(tx.prepare_cached(sql)?.query_row(params![today, refused], |row| row.get(0))?)
}

/// What a feedback is to this server, before it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It names no visit of ours.
    Stray,
    /// The first that calls this visit refused.
    FirstRefusal,
    /// Anything else about a visit of ours.
    OfAVisit,
}

pub(super) fn standing(db: &Connection, feedback: &Feedback) -> Result<Standing, Error> {
    let permit = feedback.permit.map(|permit| permit.0);
    if !db.prepare_cached("SELECT 1 FROM inspection WHERE permit = ?1")?.exists(params![permit])? {
        return Ok(Standing::Stray);
    }
    let sql = "SELECT 1 FROM feedback WHERE permit = ?1 AND said = 0";
    let first = feedback.said == Said::Refused && !db.prepare_cached(sql)?.exists(params![permit])?;
    Ok(if first { Standing::FirstRefusal } else { Standing::OfAVisit })
}

/// The day it was said, by the villager's clock unless that cannot be.
fn day(at_s: i64, now_s: i64) -> i64 {
    let believed = at_s <= now_s + DAY_S && at_s > now_s - BELIEVED_S;
    let at_s = if believed { at_s.min(now_s) } else { now_s };
    day_of_s(at_s)
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

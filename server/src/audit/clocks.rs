//! Whether the clocks that are held in doubt are those that must be: of each session by what it says and when it came.

use super::verify::Altered;
use crate::Error;
use rusqlite::{Connection, params};
use wurao_protocol::envelope::open_as;
use wurao_protocol::record::{Kind, Session, Stamp};
use wurao_protocol::{DeviceId, Digest};

/// What a clock may be off, and the longest that it is believed without a word of the server, ms. As `sync` has it, and told apart
/// from there: who reads again judges for themselves.
const SLACK_MS: i64 = 10 * 60_000;
const ALONE_MS: i64 = 60 * 24 * 3600 * 1000;

/// The first session whose clock is doubted, or believed, otherwise than it must be. `page` is the server's own device: what is
/// written there goes by the server's own clock.
pub(super) fn compare(db: &Connection, page: &DeviceId) -> Result<Option<Altered>, Error> {
    let sql = "SELECT r.id, r.bytes, r.received_ms, s.server_ms, s.doubtful FROM session s JOIN record r ON r.id = s.record \
               WHERE r.kind = ?1 ORDER BY r.received_ms, r.id";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query(params![Kind::Session.name()])?;
    while let Some(row) = rows.next()? {
        let (id, bytes, received_ms) = (Digest(row.get(0)?), row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(2)?);
        let (server_ms, doubtful): (Option<i64>, bool) = (row.get(3)?, row.get(4)?);
        let Ok(session) = open_as::<Session>(&bytes).map(|opened| opened.body) else {
            return Ok(Some(Altered::Fact("session", id)));
        };
        // One that names no time of the server's was judged by when its phone was let in, of which this row alone tells.
        let known_ms = session.began.server_ms.or(server_ms);
        let must = session.device != *page
            && known_ms.is_some_and(|known_ms| is_doubtful(&session.began, known_ms, received_ms));
        if server_ms.is_none() || server_ms != known_ms || doubtful != must {
            return Ok(Some(Altered::Fact("session", id)));
        }
    }
    Ok(None)
}

fn is_doubtful(began: &Stamp, known_ms: i64, received_ms: i64) -> bool {
    let ahead = began.wall_ms.saturating_sub(known_ms) > ALONE_MS;
    let behind = began.wall_ms < known_ms.saturating_sub(SLACK_MS);
    ahead || behind || began.wall_ms > received_ms.saturating_add(SLACK_MS)
}

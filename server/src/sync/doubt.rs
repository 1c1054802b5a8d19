//! When a phone's clock cannot have been right.
//!
//! Clocks in the field are often wrong, and mostly by little. Ten minutes are given to everybody; beyond that a person
//! looks, for days and withdrawals are judged by the author's own times.

use wurao_protocol::record::Stamp;

/// What a clock may be off.
pub(super) const SLACK_MS: i64 = 10 * 60_000;
/// The longest that a phone's clock is believed without a word of the server.
const ALONE_MS: i64 = 60 * 24 * 3600 * 1000;

/// Whether a session began by a clock that cannot have been right. `known_ms` is the last server time the phone can
/// have known for certain, its enrolment, when the stamp names none.
pub(super) fn began_in_doubt(began: &Stamp, known_ms: i64, received_ms: i64) -> bool {
    let known = began.server_ms.unwrap_or(known_ms);
    began.wall_ms.saturating_sub(known) > ALONE_MS || changed_in_doubt(began.wall_ms, Some(known), received_ms)
}

/// Whether a change bears a time that cannot have been: before the server time its session names, or after it arrived.
pub(super) fn changed_in_doubt(time_ms: i64, known_ms: Option<i64>, received_ms: i64) -> bool {
    let behind = known_ms.is_some_and(|known_ms| time_ms < known_ms.saturating_sub(SLACK_MS));
    behind || time_ms > received_ms.saturating_add(SLACK_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_789_347_600_000;
    const DAY: i64 = 24 * 3600 * 1000;

    fn began(wall_ms: i64, server_ms: Option<i64>) -> Stamp {
        Stamp { wall_ms, mono_ms: 0, server_ms }
    }

    #[test]
    fn ten_minutes_either_way_are_given() {
        for off in [-SLACK_MS, 0, SLACK_MS] {
            assert!(!began_in_doubt(&began(NOW + off, Some(NOW)), 0, NOW), "{off}");
        }
        assert!(began_in_doubt(&began(NOW - SLACK_MS - 1, Some(NOW)), 0, NOW));
        assert!(began_in_doubt(&began(NOW + SLACK_MS + 1, Some(NOW)), 0, NOW));
    }

    #[test]
    fn a_phone_is_believed_for_sixty_days_without_a_word_of_the_server() {
        assert!(!began_in_doubt(&began(NOW, Some(NOW - ALONE_MS)), 0, NOW + DAY));
        assert!(began_in_doubt(&began(NOW, Some(NOW - ALONE_MS - 1)), 0, NOW + DAY));
        // Without a server time since its enrolment, from there.
        assert!(!began_in_doubt(&began(NOW, None), NOW - DAY, NOW + DAY));
        assert!(began_in_doubt(&began(NOW, None), NOW - ALONE_MS - 1, NOW + DAY));
    }

    #[test]
    fn arriving_late_makes_no_clock_doubtful() {
        assert!(!began_in_doubt(&began(NOW, Some(NOW)), 0, NOW + 300 * DAY));
    }
}

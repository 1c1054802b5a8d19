//! What came before what is a matter of order, and not of a clock that somebody may set.

use super::held_rights::{in_force, photo, pushes, ready, stamp, void};
use crate::support::{DAY_MS, MORNING_MS, Push, World};
use wurao_protocol::Problem;
use wurao_protocol::key::Signer as _;
use wurao_protocol::sync::Outcome;
use wurao_server::permits;

const HOUR_MS: i64 = 3_600_000;

#[test]
fn work_of_a_revoked_phone_is_held_whichever_way_the_clock_was_set_since() {
    // Behind: another time zone, a machine from its snapshot. Ahead: revoked while the clock had leapt.
    for (revoked_ms, then_ms) in [
        (MORNING_MS + 9 * HOUR_MS, MORNING_MS + 6 * HOUR_MS),
        (MORNING_MS + 9 * HOUR_MS, MORNING_MS + HOUR_MS),
        (MORNING_MS + 2 * DAY_MS, MORNING_MS + HOUR_MS),
        (MORNING_MS + 365 * DAY_MS, MORNING_MS + HOUR_MS),
    ] {
        let world = World::new();
        let [mut li, _] = ready(&world);
        let device = li.key.public().device();
        world.clock.set(revoked_ms);
        world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", None, now));
        world.clock.set(then_ms);
        let said = pushes(&world, &mut li, stamp(then_ms), 66);
        assert_eq!(said, (Outcome::Held, Some(Problem::FromRevoked)), "{} h", (then_ms - revoked_ms) / HOUR_MS);
        assert!(in_force(&world, li.document()).is_empty());
    }
}

#[test]
fn what_comes_to_a_voided_visit_is_held_though_the_clock_was_set_back() {
    let world = World::new();
    let [mut li, mut wang] = ready(&world);
    world.clock.set(MORNING_MS + 9 * HOUR_MS);
    pushes(&world, &mut li, stamp(MORNING_MS + 9 * HOUR_MS), 1);
    let record = void(&li, stamp(MORNING_MS + 9 * HOUR_MS));
    assert_eq!(li.sync(&world, &record).records[0].outcome, Outcome::Ok);
    world.clock.set(MORNING_MS + HOUR_MS);
    let said = pushes(&world, &mut wang, stamp(MORNING_MS + HOUR_MS), 66);
    assert_eq!(said, (Outcome::Held, Some(Problem::Voided)));
    let push = Push { records: vec![photo(&wang, stamp(MORNING_MS + HOUR_MS), 1, 0x10)], documents: vec![] };
    let status = wang.sync(&world, &push).records[0].clone();
    assert_eq!((status.outcome, status.problem), (Outcome::Held, Some(Problem::Voided)), "a photo as an answer");
}

#[test]
fn the_clock_of_a_revoked_phone_is_judged_by_when_its_session_is_said_to_have_come() {
    let world = World::new();
    let [mut li, _] = ready(&world);
    let device = li.key.public().device();
    world.clock.set(MORNING_MS + 9 * HOUR_MS);
    world.write(move |tx, keys, now| permits::revoke_device(tx, keys, &device, "丢失", None, now));
    world.clock.set(MORNING_MS + HOUR_MS);
    let said = pushes(&world, &mut li, stamp(MORNING_MS + 3 * HOUR_MS), 66);
    assert_eq!(said, (Outcome::Held, Some(Problem::FromRevoked)));
    let verified = world.command(&["audit", "verify", "--data", "DATA"]);
    assert!(verified.is_ok(), "{verified:?}");
}

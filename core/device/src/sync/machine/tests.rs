//! What the machine says is to be done, step by step.

use super::*;

const A: Digest = Digest([1; 32]);
const B: Digest = Digest([2; 32]);
const C: Digest = Digest([3; 32]);
const D: Digest = Digest([4; 32]);
const CUT: Failure = Failure::Passing;

fn options() -> SyncOptions {
    SyncOptions { lanes: 2, tries: 1, ..SyncOptions::default() }
}

fn begun(options: SyncOptions) -> Machine {
    let mut machine = Machine::new(options, 0);
    assert_eq!(machine.hear(Said::Begin, 0, 0), [Do::Ask { first_frame: FIRST_FRAME.0 }]);
    machine
}

#[test]
fn a_sync_with_nothing_to_send_is_one_round_and_over() {
    let mut machine = begun(options());
    assert_eq!(machine.hear(Said::Answered { again: false }, 0, 0), [Do::List]);
    assert_eq!(machine.hear(Said::Listed(Vec::new()), 0, 0), [Do::Stop(Ending::Whole)]);
    assert_eq!(machine.hear(Said::Woke, 0, 0), [], "over is over");
}

#[test]
fn files_go_in_order_on_so_many_lanes_and_a_round_asks_for_more() {
    let mut machine = begun(options());
    machine.hear(Said::Answered { again: false }, 0, 0);
    let files = vec![(A, 0, 10), (B, 4, 10), (C, 0, 10)];
    assert_eq!(machine.hear(Said::Listed(files), 0, 0), [Do::Send(A, 0), Do::Send(B, 4)]);
    assert_eq!(machine.hear(Said::Has(B, 10), 0, 0), [Do::Keep(B), Do::Send(C, 0)]);
    assert_eq!(machine.hear(Said::Has(A, 6), 0, 0), [Do::Send(A, 6)], "the rest of it");
    assert_eq!(machine.hear(Said::Has(A, 10), 0, 0), [Do::Keep(A)]);
    assert_eq!(machine.hear(Said::Has(C, 10), 0, 0), [Do::Keep(C), Do::SeeWhatIsLeft]);
    assert_eq!(machine.hear(Said::Left(true), 0, 0), [Do::Ask { first_frame: FIRST_FRAME.0 }]);
}

#[test]
fn a_long_file_is_not_begun_beside_short_ones_that_it_would_hold_up() {
    let mut machine = begun(options());
    machine.hear(Said::Answered { again: false }, 0, 0);
    let files = vec![(A, 0, 10), (B, 0, 10), (C, 0, 300)];
    assert_eq!(machine.hear(Said::Listed(files), 0, 0), [Do::Send(A, 0), Do::Send(B, 0)]);
    assert_eq!(machine.hear(Said::Has(A, 10), 0, 0), [Do::Keep(A)], "B has the link to itself");
    assert_eq!(machine.hear(Said::Broke(Some(B), CUT), 0, 7), [Do::Wait { ms: 7 }]);
    assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Look(B)], "also when it broke");
    assert_eq!(machine.hear(Said::Has(B, 10), 0, 0), [Do::Keep(B), Do::Send(C, 0)]);
}

#[test]
fn what_moved_on_is_tried_again_soon_and_what_did_not_after_a_wait_that_doubles() {
    let mut machine = begun(SyncOptions { tries: 3, ..options() });
    machine.hear(Said::Moved, 0, 0);
    assert_eq!(machine.hear(Said::Broke(None, CUT), 0, 123), [Do::Wait { ms: 123 }]);
    assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Ask { first_frame: FIRST_FRAME.1 }], "smaller frames");
    for ms in [500, 1000, 2000] {
        assert_eq!(machine.hear(Said::Broke(None, CUT), 0, 0), [Do::Wait { ms }]);
        machine.hear(Said::Woke, 0, 0);
    }
    assert_eq!(machine.hear(Said::Broke(None, CUT), 0, 0), [Do::Stop(Ending::Broken)], "three tries are over");
}

#[test]
fn a_server_that_says_when_is_not_asked_before_that_and_not_when_the_time_is_up_then() {
    let busy = Said::Broke(None, Failure::Busy { after_ms: 5000 });
    let mut machine = begun(options());
    assert_eq!(machine.hear(busy.clone(), 0, 0), [Do::Wait { ms: 5000 }]);
    assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Ask { first_frame: FIRST_FRAME.0 }], "nothing is wrong with it");
    assert_eq!(machine.hear(busy.clone(), 0, 2499), [Do::Wait { ms: 7499 }], "not all at once");
    let mut machine = begun(SyncOptions { most_ms: Some(4000), ..options() });
    assert_eq!(machine.hear(busy, 0, 0), [Do::Stop(Ending::Broken)]);
    assert!(!machine.is_late(3999) && machine.is_late(4000));
}

#[test]
fn a_busy_server_is_waited_for_without_using_up_the_tries_and_not_for_ever() {
    let busy = |after_ms| Said::Broke(None, Failure::Busy { after_ms });
    let mut machine = begun(SyncOptions { tries: 0, ..options() });
    for _ in 0..options().patience {
        assert_eq!(machine.hear(busy(2000), 0, 0), [Do::Wait { ms: 2000 }]);
        machine.hear(Said::Woke, 0, 0);
    }
    assert_eq!(machine.hear(busy(2000), 0, 0), [Do::Stop(Ending::Broken)]);
    let mut machine = begun(options());
    assert_eq!(machine.hear(busy(0), 0, 0), [Do::Wait { ms: 1000 }], "no server is asked without end");
    machine.hear(Said::Woke, 0, 0);
    assert_eq!(machine.hear(busy(u64::MAX), 0, u32::MAX), [Do::Wait { ms: 40_000 + u64::from(u32::MAX) % 20_000 }]);
    machine.hear(Said::Woke, 0, 0);
    assert_eq!(machine.hear(Said::Broke(None, CUT), 0, 0), [Do::Wait { ms: 500 }], "the first try in vain");
    machine.hear(Said::Woke, 0, 0);
    assert_eq!(machine.hear(Said::Broke(None, CUT), 0, 0), [Do::Stop(Ending::Broken)]);
}

#[test]
fn files_that_a_busy_server_sends_away_wait_together_and_are_asked_after() {
    let mut machine = begun(options());
    machine.hear(Said::Answered { again: false }, 0, 0);
    machine.hear(Said::Listed(vec![(A, 0, 10), (B, 0, 10)]), 0, 0);
    let busy = |name| Said::Broke(Some(name), Failure::Busy { after_ms: 3000 });
    assert_eq!(machine.hear(busy(A), 0, 0), [Do::Wait { ms: 3000 }]);
    assert_eq!(machine.hear(busy(B), 0, 0), []);
    assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Look(B), Do::Look(A)]);
}

#[test]
fn where_nothing_gets_through_no_more_files_are_begun_than_lanes_and_one() {
    let mut machine = begun(SyncOptions { tries: 9, ..options() });
    machine.hear(Said::Answered { again: false }, 0, 0);
    let files: Vec<Digest> = (0..9).map(|at| Digest([at; 32])).collect();
    machine.hear(Said::Listed(files.iter().map(|name| (*name, 0, 10)).collect()), 0, 0);
    for _ in 0..4 {
        for name in &files {
            machine.hear(Said::Broke(Some(*name), CUT), 0, 0);
        }
        assert!(machine.hear(Said::Woke, 0, 0).len() <= 3);
    }
}

#[test]
fn a_file_whose_way_broke_is_asked_after_and_the_others_go_on() {
    let mut machine = begun(options());
    machine.hear(Said::Answered { again: false }, 0, 0);
    machine.hear(Said::Listed(vec![(A, 0, 10), (B, 0, 10), (C, 0, 10)]), 0, 0);
    machine.hear(Said::Has(A, 5), 0, 0);
    assert_eq!(machine.hear(Said::Broke(Some(A), CUT), 0, 7), [Do::Wait { ms: 7 }]);
    assert_eq!(machine.hear(Said::Broke(Some(B), CUT), 0, 7), [], "one wait for both");
    assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Look(B), Do::Look(A), Do::Send(C, 0)]);
    assert_eq!(machine.hear(Said::Has(A, 5), 0, 0), [Do::Send(A, 5)]);
}

#[test]
fn while_a_file_is_asked_after_the_next_goes_and_it_waits_for_a_lane_then() {
    let mut machine = begun(options());
    machine.hear(Said::Answered { again: false }, 0, 0);
    let listed = Said::Listed([A, B, C, D].map(|name| (name, 0, 10)).to_vec());
    assert_eq!(machine.hear(listed, 0, 0), [Do::Send(A, 0), Do::Send(B, 0)]);
    machine.hear(Said::Moved, 0, 0);
    assert_eq!(machine.hear(Said::Broke(Some(A), CUT), 0, 7), [Do::Wait { ms: 7 }]);
    assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Look(A), Do::Send(C, 0)]);
    assert_eq!(machine.hear(Said::Has(A, 5), 0, 0), [], "B and C have the lanes");
    assert_eq!(machine.hear(Said::Broke(Some(B), CUT), 0, 7), [Do::Wait { ms: 7 }]);
    assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Look(B), Do::Send(A, 5)], "no fourth is begun");
    assert_eq!(machine.hear(Said::Has(B, 10), 0, 0), [Do::Keep(B)], "it had arrived after all");
    assert_eq!(machine.hear(Said::Has(A, 10), 0, 0), [Do::Keep(A), Do::Send(D, 0)]);
}

#[test]
fn on_a_single_lane_there_is_one_request_at_a_time() {
    let mut machine = begun(SyncOptions { lanes: 1, ..options() });
    machine.hear(Said::Answered { again: false }, 0, 0);
    assert_eq!(machine.hear(Said::Listed(vec![(A, 0, 10), (B, 0, 10)]), 0, 0), [Do::Send(A, 0)]);
    machine.hear(Said::Moved, 0, 0);
    assert_eq!(machine.hear(Said::Broke(Some(A), CUT), 0, 7), [Do::Wait { ms: 7 }]);
    assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Look(A)]);
    assert_eq!(machine.hear(Said::Has(A, 5), 0, 0), [Do::Send(A, 5)]);
    assert_eq!(machine.hear(Said::Has(A, 10), 0, 0), [Do::Keep(A), Do::Send(B, 0)]);
}

#[test]
fn a_file_whose_way_breaks_again_and_again_is_gone_on_with_soon_as_long_as_it_gets_on() {
    let mut machine = begun(SyncOptions { tries: 0, ..options() });
    machine.hear(Said::Answered { again: false }, 0, 0);
    machine.hear(Said::Listed(vec![(A, 0, 100)]), 0, 0);
    machine.hear(Said::Moved, 0, 0);
    for has in [10, 20, 30] {
        assert_eq!(machine.hear(Said::Broke(Some(A), CUT), 0, 7), [Do::Wait { ms: 7 }]);
        assert_eq!(machine.hear(Said::Woke, 0, 0), [Do::Look(A)]);
        assert_eq!(machine.hear(Said::Has(A, has), 0, 0), [Do::Send(A, has)]);
    }
    assert_eq!(machine.hear(Said::Broke(Some(A), CUT), 0, 7), [Do::Wait { ms: 7 }]);
    machine.hear(Said::Woke, 0, 0);
    machine.hear(Said::Has(A, 30), 0, 0);
    assert_eq!(machine.hear(Said::Broke(Some(A), CUT), 0, 7), [Do::Stop(Ending::Broken)], "it does not get on");
}

#[test]
fn a_file_that_never_gets_on_is_left_for_another_day() {
    let mut machine = begun(options());
    machine.hear(Said::Answered { again: false }, 0, 0);
    machine.hear(Said::Listed(vec![(A, 0, 10)]), 0, 0);
    for _ in 0..MOST_STILL {
        assert_eq!(machine.hear(Said::Has(A, 0), 0, 0), [Do::Send(A, 0)]);
    }
    assert_eq!(machine.hear(Said::Has(A, 0), 0, 0), [Do::Stop(Ending::Whole)]);
}

#[test]
fn a_phone_behind_its_counter_catches_up_once() {
    let mut machine = begun(options());
    assert_eq!(machine.hear(Said::Broke(None, Failure::Behind(9)), 0, 0), [Do::CatchUp(9)]);
    assert_eq!(machine.hear(Said::CaughtUp, 0, 0), [Do::Ask { first_frame: FIRST_FRAME.0 }]);
    assert_eq!(machine.hear(Said::Broke(None, Failure::Behind(9)), 0, 0), [Do::Stop(Ending::Broken)]);
}

#[test]
fn who_cancels_is_heard_at_any_time() {
    let mut machine = begun(options());
    machine.hear(Said::Moved, 0, 0);
    machine.hear(Said::Broke(None, CUT), 0, 0);
    assert_eq!(machine.hear(Said::Cancel, 0, 0), [Do::Stop(Ending::Cancelled)]);
    assert_eq!(machine.hear(Said::Woke, 0, 0), []);
}

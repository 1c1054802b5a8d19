//! The campaign itself: it looks where it should, and the same seed does the same again.

use super::look;
use super::world::phone_at;
use super::{Base, Seen, crash};
use crate::fault::{Disk, Fault, Plan};
use crate::sim::{self, Clock, Door, MORNING_MS};
use std::path::Path;
use std::sync::Arc;
use wurao_device::{Phone, PhoneError};
use wurao_server::App;

#[test]
fn a_few_seeds_meet_every_kind_of_fault_and_do_the_same_again() {
    let base = Base::new().unwrap();
    let mut seen = Seen::default();
    for seed in 0..12 {
        let (first, again) = (crash(&base, seed).unwrap(), crash(&base, seed).unwrap());
        assert_eq!(first.failures, Vec::<String>::new(), "seed {seed}");
        assert_eq!((first.seen, first.trace), (again.seen, again.trace), "seed {seed}");
        seen.add(&first.seen);
    }
    let Seen { calls, returned, saved, photos, syncs, phone_cuts, server_cuts, again, lost, full, errors } = seen;
    for (seen, least) in [(saved, 60), (photos, 2), (syncs, 20), (phone_cuts, 30), (server_cuts, 10)] {
        assert!(seen >= least, "{seen} of {least}: {seen:?}");
    }
    assert!(returned > calls / 2 && calls > returned, "{seen:?}");
    assert!(again > 5 && lost > 100 && full > 2 && errors > 2, "{seen:?}");
}

fn open_phone(folder: &Path) -> Result<Phone, PhoneError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let way = (Door::default(), Arc::new(runtime), Arc::default());
    phone_at(folder, 0, 1, &Clock::at(MORNING_MS), way, Arc::default())
}

#[test]
fn a_first_opening_that_was_cut_at_any_operation_is_made_again() {
    let mut torn = 0;
    // Most for the first page, of which anything may be left.
    let seeds = |at| if at < 12 { 0..40 } else { 0..4 };
    for (at, seed) in (1..50).flat_map(|at| seeds(at).map(move |seed| (at, seed))) {
        let folder = sim::folder().unwrap();
        let disk = Disk::under(folder.path(), seed).unwrap();
        disk.plan(Plan { fault: Fault::Cut, at, lasts: true });
        let opened = open_phone(folder.path());
        disk.cut();
        drop(opened);
        torn += usize::from(disk.settle(seed).unwrap().lost > 0);
        let opened = open_phone(folder.path());
        assert!(opened.is_ok(), "cut at {at}, seed {seed}: {:?}", opened.err());
    }
    assert!(torn > 100, "{torn}");
}

#[test]
fn the_same_of_a_server() {
    for at in (1..400).step_by(7) {
        let folder = sim::folder().unwrap();
        let disk = Disk::under(folder.path(), at).unwrap();
        disk.plan(Plan { fault: Fault::Cut, at, lasts: true });
        let open = || App::open(sim::config(folder.path(), Clock::at(MORNING_MS), 1));
        let opened = open();
        disk.cut();
        drop(opened);
        disk.settle(at).unwrap();
        let opened = open();
        assert!(opened.is_ok(), "cut at {at}: {:?}", opened.err());
    }
}

#[test]
fn whatever_error_a_first_opening_meets_the_store_keeps_a_log_or_is_not_opened() {
    let mut refused = 0;
    for at in 1..300 {
        let folder = sim::folder().unwrap();
        let disk = Disk::under(folder.path(), at).unwrap();
        disk.plan(Plan { fault: Fault::Failing, at, lasts: false });
        let opened = open_phone(folder.path());
        disk.calm();
        match opened {
            Err(error) => {
                assert_eq!(error.code(), "store", "error at {at}");
                refused += 1;
                assert!(open_phone(folder.path()).is_ok(), "after an error at {at}");
            }
            Ok(phone) => {
                let db = look::phone(folder.path()).unwrap();
                let read = "SELECT count(*) FROM sqlite_schema";
                db.query_row(read, [], |_| Ok(())).unwrap();
                let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
                assert_eq!(mode, "wal", "error at {at}");
                drop(phone);
            }
        }
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn whatever_error_an_opening_meets_is_told_as_the_stores_and_the_next_one_goes_well() {
    let folder = sim::folder().unwrap();
    drop(open_phone(folder.path()).unwrap());
    let mut refused = 0;
    for (at, lasts) in (1..40).flat_map(|at| [(at, false), (at, true)]) {
        let disk = Disk::under(folder.path(), at).unwrap();
        disk.plan(Plan { fault: Fault::Failing, at, lasts });
        if let Err(error) = open_phone(folder.path()) {
            assert_eq!(error.code(), "store", "error at {at}");
            refused += 1;
        }
        disk.calm();
        assert!(open_phone(folder.path()).is_ok(), "after an error at {at}");
    }
    assert!(refused > 10, "{refused}");
}

#[test]
fn a_phone_that_is_opened_on_a_full_disk_says_so() {
    let folder = sim::folder().unwrap();
    drop(open_phone(folder.path()).unwrap());
    let disk = Disk::under(folder.path(), 1).unwrap();
    // A log can still be begun, and no more.
    disk.plan(Plan { fault: Fault::Full, at: 2, lasts: true });
    assert_eq!(open_phone(folder.path()).err(), Some(PhoneError::DiskFull));
    disk.calm();
    assert!(open_phone(folder.path()).is_ok());
}

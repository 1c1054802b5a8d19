//! The sealed journal: what was written is read, what is damaged is named, and nothing else ever comes out.

use crate::golden;
use proptest::prelude::*;
use std::collections::BTreeSet;
use wurao_protocol::DocumentId;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::journal::{Entry, Fault, Flush, Header, Journal, JournalError, Opening, Writer, number_of, read};
use wurao_protocol::key::{Signer, SoftwareKey};

const CONTENT: [u8; 32] = [3; 32];

fn drain_key(n: u8) -> SoftwareKey {
    SoftwareKey::from_bytes(&[n; 32]).unwrap()
}

fn opening() -> Opening {
    Opening { device: Bytes(vec![1, 2, 3]), files_key: Some([9; 32]), at_ms: 1_789_300_800_000 }
}

fn change(document: u8, n: u8) -> Entry {
    Entry::Change(DocumentId([document; 16]), Bytes(vec![n; 40]))
}

fn record(n: u8) -> Entry {
    Entry::Record(Bytes(vec![n; 60]))
}

fn heads(n: u8) -> Entry {
    Entry::Flush(Some(Bytes(vec![n; 90])))
}

/// A segment of two flushes and a rest.
fn entries() -> Vec<Entry> {
    vec![
        record(1),
        change(1, 11),
        change(2, 21),
        change(1, 12),
        heads(51),
        record(2),
        Entry::Flush(None),
        change(1, 13),
    ]
}

/// Where each entry begins, the opening first, and the whole.
fn segment(entries: &[Entry]) -> (Vec<usize>, Vec<u8>) {
    let header = Header::sealed_to(&drain_key(7).public(), &CONTENT, &[4; 32]).unwrap();
    let (mut writer, mut bytes) = Writer::begin(&header, &CONTENT, &opening()).unwrap();
    let opened = wurao_protocol::cbor::encode(&Entry::Opening(opening())).len() + 28;
    let mut begins = vec![bytes.len() - opened];
    for entry in entries {
        begins.push(bytes.len());
        bytes.extend(writer.entry(entry).unwrap());
    }
    (begins, bytes)
}

fn open(bytes: &[u8]) -> Journal {
    read(bytes, &drain_key(7)).unwrap()
}

/// All that came out, as entries without their order.
fn yielded(journal: &Journal) -> BTreeSet<Vec<u8>> {
    let mut all = BTreeSet::new();
    for flush in &journal.flushes {
        all.extend(flush.records.iter().map(|record| record.0.clone()));
        all.extend(flush.changes.iter().flat_map(|(_, changes)| changes.iter().map(|change| change.0.clone())));
    }
    all
}

fn written() -> BTreeSet<Vec<u8>> {
    yielded(&open(&segment(&entries()).1))
}

fn faults(journal: &Journal) -> Vec<(u32, Fault)> {
    journal.damage.iter().map(|damage| (damage.place, damage.fault)).collect()
}

#[test]
fn what_was_written_is_read_one_flush_as_one_push() {
    let journal = open(&segment(&entries()).1);
    assert_eq!(journal.opening, Some(opening()));
    assert_eq!(journal.damage, []);
    let bytes = |n: u8, len| Bytes(vec![n; len]);
    let expected = [
        Flush {
            records: vec![bytes(1, 60), bytes(51, 90)],
            changes: vec![
                (DocumentId([1; 16]), vec![bytes(11, 40), bytes(12, 40)]),
                (DocumentId([2; 16]), vec![bytes(21, 40)]),
            ],
            whole: true,
        },
        Flush { records: vec![bytes(2, 60)], changes: vec![], whole: true },
        Flush { records: vec![], changes: vec![(DocumentId([1; 16]), vec![bytes(13, 40)])], whole: false },
    ];
    assert_eq!(journal.flushes, expected);
}

#[test]
fn a_segment_is_written_as_it_always_was() {
    golden::same("journal", &segment(&entries()).1);
}

#[test]
fn another_drain_key_is_said_to_be_the_wrong_one() {
    let (_, bytes) = segment(&entries());
    let error = read(&bytes, &drain_key(8)).unwrap_err();
    assert_eq!((error.code(), error), ("wrong-drain-key", JournalError::WrongKey));
}

#[test]
fn a_torn_tail_costs_only_the_entry_that_was_being_written() {
    let (begins, bytes) = segment(&entries());
    for cut in begins[0]..bytes.len() {
        let journal = open(&bytes[..cut]);
        let whole = begins.iter().filter(|begin| **begin <= cut).count() - 1;
        let yields: Vec<(u32, Fault)> = if begins.contains(&cut) { vec![] } else { vec![(whole as u32, Fault::Torn)] };
        assert_eq!(faults(&journal), yields, "cut at {cut}");
    }
    assert_eq!(read(&bytes[..begins[0] - 1], &drain_key(7)), Err(JournalError::Header));
    assert_eq!(read(&bytes[..3], &drain_key(7)), Err(JournalError::Header));
}

#[test]
fn a_bad_entry_in_the_middle_is_named_and_the_rest_is_read() {
    let (begins, good) = segment(&entries());
    let mut bytes = good.clone();
    bytes[begins[3] + 20] ^= 1;
    let journal = open(&bytes);
    assert_eq!(faults(&journal), [(3, Fault::Altered)]);
    assert_eq!(written().difference(&yielded(&journal)).collect::<Vec<_>>(), [&vec![21; 40]]);
    assert_eq!(journal.damage[0].at, begins[3]);
}

#[test]
fn a_length_that_lies_takes_nothing_with_it() {
    let (begins, good) = segment(&entries());
    for lie in [0u32, 1, 0xFFFF_FFFF, 100_000] {
        let mut bytes = good.clone();
        bytes[begins[2] + 4..begins[2] + 8].copy_from_slice(&lie.to_be_bytes());
        let journal = open(&bytes);
        assert_eq!(faults(&journal), [(2, Fault::Lost), (2, Fault::Missing)], "{lie}");
        assert_eq!(written().difference(&yielded(&journal)).collect::<Vec<_>>(), [&vec![11; 40]], "{lie}");
    }
}

#[test]
fn entries_moved_repeated_dropped_or_of_another_segment_are_refused() {
    let (begins, good) = segment(&entries());
    let part = |n: usize| &good[begins[n]..begins.get(n + 1).copied().unwrap_or(good.len())];
    let head = &good[..begins[0]];
    let join = |parts: &[usize]| [head.to_vec(), parts.iter().flat_map(|n| part(*n).to_vec()).collect()].concat();
    assert_eq!(faults(&open(&join(&[0, 1, 2, 3, 3, 4, 5, 6, 7, 8]))), [(3, Fault::Again)]);
    assert_eq!(faults(&open(&join(&[0, 1, 3, 2, 4, 5, 6, 7, 8]))), [(2, Fault::Missing), (2, Fault::Again)]);
    assert_eq!(faults(&open(&join(&[0, 1, 2, 4, 5, 6, 7, 8]))), [(3, Fault::Missing)]);
    // The same key and places, another header: as when content keys were drawn alike.
    let header = Header::sealed_to(&drain_key(7).public(), &CONTENT, &[5; 32]).unwrap();
    let (mut writer, other) = Writer::begin(&header, &CONTENT, &opening()).unwrap();
    let foreign = writer.entry(&record(99)).unwrap();
    assert_ne!(other[..begins[0]], *head);
    let bytes = [&good[..begins[1]], &foreign, &good[begins[2]..]].concat();
    let journal = open(&bytes);
    assert_eq!(faults(&journal), [(1, Fault::Altered)]);
    assert!(!yielded(&journal).contains(&vec![99; 60]));
}

#[test]
fn an_unknown_version_and_another_kind_of_file_are_told_apart() {
    let (_, mut bytes) = segment(&[]);
    bytes[8] = 2;
    assert_eq!(read(&bytes, &drain_key(7)), Err(JournalError::Version(2)));
    assert_eq!(read(b"SQLite format 3\0", &drain_key(7)), Err(JournalError::NotAJournal));
}

#[test]
fn an_entry_that_no_reader_would_take_is_not_written() {
    let header = Header::sealed_to(&drain_key(7).public(), &CONTENT, &[4; 32]).unwrap();
    let (mut writer, _) = Writer::begin(&header, &CONTENT, &opening()).unwrap();
    let large = Entry::Record(Bytes(vec![0; 2 << 20]));
    assert_eq!(writer.entry(&large).unwrap_err().code(), "too-large");
}

#[test]
fn segments_are_known_by_their_names() {
    assert_eq!(number_of("00000012.journal"), Some(12));
    for other in ["12", ".journal", "+1.journal", "a.journal", "1.journal.part", "99999999999999999999999.journal"] {
        assert_eq!(number_of(other), None, "{other}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_altered_nothing_comes_out_that_was_not_written(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255u8), 1..8),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let (_, mut bytes) = segment(&entries());
        for (at, by) in flips {
            *at.get_mut(&mut bytes) ^= by;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(journal) = read(&bytes, &drain_key(7)) {
            prop_assert!(yielded(&journal).is_subset(&written()));
            prop_assert!(journal.opening.is_none_or(|found| found == opening()));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0..3usize) {
        let (begins, good) = segment(&entries());
        let _ = read(&bytes, &drain_key(7));
        let journal = open(&[&good[..begins[at + 1]], &bytes].concat());
        prop_assert!(yielded(&journal).is_subset(&written()));
    }
}

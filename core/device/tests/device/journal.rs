//! The second copy of unsent work: a phone found in a drawer is emptied by its folder and the drain key alone.

use crate::common::*;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use wurao_device::{PhotoState, SyncOptions};
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_evidence::{FilesKey, Folder};
use wurao_protocol::journal::{FOLDER, Flush, Journal, JournalError, number_of, read};
use wurao_protocol::key::Signer;
use wurao_protocol::record::{EvidenceEntry, Heads, Kind, Session, TrustList};
use wurao_protocol::sync::{DocumentStatus, Outcome, Status};
use wurao_protocol::{Digest, Problem, envelope, merkle};
use wurao_record::tips;

/// What the office's lists name, by its private half.
const DRAIN: u8 = 42;

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = match std::fs::read_dir(folder.join(FOLDER)) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    };
    found.sort_by_key(|path| number_of(path.file_name().unwrap().to_str().unwrap()).unwrap());
    found
}

fn journals(folder: &Path, n: u8) -> Vec<Journal> {
    segments(folder).iter().map(|path| read(&std::fs::read(path).unwrap(), &key(n)).unwrap()).collect()
}

fn flushes(folder: &Path) -> Vec<Flush> {
    let journals = journals(folder, DRAIN);
    assert!(journals.iter().all(|journal| journal.damage.is_empty()), "{journals:?}");
    journals.into_iter().flat_map(|journal| journal.flushes).collect()
}

/// Records but for heads records, and changes.
fn content(flushes: &[Flush]) -> (BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>) {
    let records = flushes.iter().flat_map(|flush| flush.records.iter().map(|record| record.0.clone()));
    let records = records.filter(|record| envelope::open(record).unwrap().kind != Kind::Heads);
    let changes = flushes.iter().flat_map(|flush| flush.changes.iter().flat_map(|(_, changes)| changes));
    (records.collect(), changes.map(|change| change.0.clone()).collect())
}

/// What the office was pushed, in the same shape.
fn pushed(desk: &Desk) -> (BTreeSet<Vec<u8>>, BTreeSet<Vec<u8>>) {
    let frames = std::mem::take(&mut *desk.office.received.lock().unwrap());
    let records = frames.iter().flat_map(|frame| frame.records.iter().map(|record| record.0.clone()));
    let records = records.filter(|record| envelope::open(record).unwrap().kind != Kind::Heads);
    let changes = frames.iter().flat_map(|frame| frame.documents.iter().flat_map(|document| &document.changes));
    (records.collect(), changes.map(|change| change.0.clone()).collect())
}

/// That a flush is one push: signed by this phone, over the tips of just its changes.
fn is_signed(flush: &Flush) {
    let heads = flush.records.last().map(|record| envelope::open_as::<Heads>(&record.0).unwrap()).unwrap();
    heads.envelope.verify(&key(11).public()).unwrap();
    let leaf = |(document, changes): &(_, Vec<wurao_protocol::cbor::Bytes>)| {
        let tips = tips(changes.iter().map(|change| change.0.as_slice())).unwrap();
        merkle::leaf(document, &tips.into_iter().map(Digest).collect::<Vec<_>>())
    };
    assert_eq!(heads.body, Heads::over(&flush.changes.iter().map(leaf).collect::<Vec<_>>()));
}

fn verdict(desk: &Desk, outcome: Outcome, problem: Option<Problem>) {
    let status = Status { problem, ..Status::plain(outcome) };
    *desk.office.record_verdict.lock().unwrap() = status.clone();
    *desk.office.verdict.lock().unwrap() = DocumentStatus { status, stopped: None, heads: Vec::new() };
}

#[test]
fn the_drain_key_gives_the_unsent_answers_records_and_photos() {
    let (desk, document) = Desk::at_work();
    desk.office.received.lock().unwrap().clear();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let row = desk.phone.add_row(document, "lots", "-").unwrap();
    desk.phone.answer(document, "lots/count", &row, "40").unwrap();
    let camera = desk.folder.path().join("../camera.jpg");
    let bytes = camera_jpeg(&SampleSpec::default()).unwrap();
    std::fs::write(&camera, &bytes).unwrap();
    let photo = desk.phone.attach_photo(document, "remark", "-", &camera).unwrap();
    std::fs::remove_file(&camera).unwrap();
    assert_eq!(photo.state, PhotoState::Ready);
    desk.phone.leave(document).unwrap();

    // Found in a drawer: a copy of what lies there, and nothing but the drain key.
    let found = tempfile::tempdir().unwrap();
    copy(desk.folder.path(), found.path());
    let flushes = flushes(found.path());
    flushes.iter().for_each(is_signed);
    assert!(flushes.iter().all(|flush| flush.whole));
    let journal = journals(found.path(), DRAIN).pop().unwrap();
    let opening = journal.opening.unwrap();
    assert_eq!(opening.files_key.is_some(), cfg!(feature = "encrypted"));
    let device = envelope::open_as::<wurao_protocol::record::Device>(&opening.device.0).unwrap();
    assert_eq!(device.verified(&desk.office.key.public()).unwrap().id, key(11).public().device());

    let records: Vec<_> = flushes.iter().flat_map(|flush| &flush.records).collect();
    assert!(records.iter().any(|record| envelope::open_as::<Session>(&record.0).is_ok()), "the session comes along");
    let entry = records.iter().find_map(|record| envelope::open_as::<EvidenceEntry>(&record.0).ok()).unwrap();
    let blobs = Folder::look(found.path().join("blobs"), opening.files_key.map(FilesKey));
    let mut original = Vec::new();
    blobs.reader(&entry.body.original.sha256.0).unwrap().read_to_end(&mut original).unwrap();
    assert_eq!(original, bytes);
    blobs.reader(&entry.body.rendition.blob.sha256.0).unwrap();

    let drained = content(&flushes);
    desk.phone.sync(&SyncOptions { photos: false, ..SyncOptions::default() }, &(), &Default::default()).unwrap();
    assert_eq!(drained, pushed(&desk), "the journal has what a sync would have brought, no more and no less");
}

#[test]
fn another_drain_key_opens_nothing_and_says_so() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let bytes = std::fs::read(segments(desk.folder.path()).pop().unwrap()).unwrap();
    assert_eq!(read(&bytes, &key(41)), Err(JournalError::WrongKey));
}

#[test]
fn after_a_sync_that_took_everything_the_journal_is_begun_anew() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let before = segments(desk.folder.path());
    desk.sync();
    let after = segments(desk.folder.path());
    assert!(after.len() == 1 && !before.contains(&after[0]), "{before:?} {after:?}");
    assert_eq!(flushes(desk.folder.path()), []);
    // Photos travel later: their key is in the new one too.
    let opening = journals(desk.folder.path(), DRAIN)[0].opening.clone().unwrap();
    assert_eq!(opening.files_key.is_some(), cfg!(feature = "encrypted"));
    desk.phone.answer(document, "water", "-", "151").unwrap();
    assert_eq!(content(&flushes(desk.folder.path())).1.len(), 1);
}

#[test]
fn what_the_server_did_not_take_stays_in_the_journal() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let before = content(&flushes(desk.folder.path()));
    verdict(&desk, Outcome::Waiting, None);
    desk.sync();
    assert_eq!(content(&flushes(desk.folder.path())), before);
    *desk.office.cut.lock().unwrap() = true;
    desk.phone.sync(&Default::default(), &(), &Default::default()).unwrap_err();
    assert_eq!(content(&flushes(desk.folder.path())), before);
    assert!(flushes(desk.folder.path()).iter().all(|flush| flush.whole), "a sync signs what it offers");
}

#[test]
fn after_a_sync_that_was_cut_answers_are_not_signed_one_by_one() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    *desk.office.cut.lock().unwrap() = true;
    desk.phone.sync(&Default::default(), &(), &Default::default()).unwrap_err();
    let whole = |desk: &Desk| flushes(desk.folder.path()).iter().filter(|flush| flush.whole).count();
    let before = whole(&desk);
    for n in 0..10 {
        desk.phone.answer(document, "water", "-", &n.to_string()).unwrap();
    }
    assert_eq!(whole(&desk), before);
    desk.phone.sync(&Default::default(), &(), &Default::default()).unwrap_err();
    assert_eq!(whole(&desk), before + 1, "the next sync signs them all");
}

#[test]
fn a_kill_leaves_what_was_appended_and_the_next_opening_signs_it() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let desk = desk.reopen();
    let answer = |flush: &Flush| !flush.changes.is_empty();
    let found: Vec<Flush> = flushes(desk.folder.path()).into_iter().filter(answer).collect();
    assert!(found.iter().any(|flush| !flush.whole), "appended, not signed yet");
    desk.phone.answer(document, "water", "-", "151").unwrap();
    desk.phone.seal_journal().unwrap();
    let signed: Vec<Flush> = flushes(desk.folder.path()).into_iter().filter(|flush| flush.whole).collect();
    signed.iter().filter(|flush| answer(flush)).for_each(is_signed);
    desk.office.received.lock().unwrap().clear();
    desk.sync();
    assert_eq!(content(&signed), pushed(&desk));
}

#[test]
fn what_was_flushed_is_not_written_again_at_the_next_opening() {
    let (desk, document) = Desk::at_work();
    for n in 0..40 {
        desk.phone.answer(document, "water", "-", &n.to_string()).unwrap();
    }
    let whole = flushes(desk.folder.path()).iter().filter(|flush| flush.whole).count();
    assert!(whole > 0, "many answers are signed without another reason");
    let size = |desk: &Desk| segments(desk.folder.path()).iter().map(|at| at.metadata().unwrap().len()).sum::<u64>();
    let before = size(&desk);
    let desk = desk.reopen().reopen();
    desk.phone.answer(document, "water", "-", "41").unwrap();
    assert!(size(&desk) < before * 2, "{before} grew to {}", size(&desk));
    desk.phone.seal_journal().unwrap();
    desk.office.received.lock().unwrap().clear();
    let drained = content(&flushes(desk.folder.path()));
    desk.sync();
    assert_eq!(drained, pushed(&desk));
}

#[test]
fn a_new_drain_key_is_sealed_to_from_the_first_unsent_answer_on() {
    let (desk, document) = Desk::at_work();
    verdict(&desk, Outcome::Waiting, None);
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let drained = content(&flushes(desk.folder.path()));
    desk.office.give(&TrustList { drain_key: key(43).public().to_bytes(), ..desk.office.trust(2) });
    desk.sync();
    desk.phone.seal_journal().unwrap();
    let newest = std::fs::read(segments(desk.folder.path()).pop().unwrap()).unwrap();
    assert_eq!(content(&read(&newest, &key(43)).unwrap().flushes), drained);
    assert_eq!(read(&newest, &key(DRAIN)), Err(JournalError::WrongKey));
}

#[test]
fn a_journal_that_cannot_be_written_stops_nobody_and_takes_up_later() {
    let (desk, document) = Desk::at_work();
    std::fs::remove_dir_all(desk.folder.path().join(FOLDER)).unwrap();
    std::fs::write(desk.folder.path().join(FOLDER), "a file where the folder was").unwrap();
    let desk = desk.reopen();
    let drain = desk.folder.path().join(FOLDER);
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.phone.answer(document, "water", "-", "151").unwrap();
    std::fs::remove_file(&drain).unwrap();
    desk.phone.answer(document, "water", "-", "152").unwrap();
    desk.phone.seal_journal().unwrap();
    let drained = content(&flushes(desk.folder.path()));
    desk.office.received.lock().unwrap().clear();
    desk.sync();
    assert_eq!(drained, pushed(&desk));
}

#[test]
fn nothing_is_sealed_before_a_drain_key_is_known() {
    let desk = Desk::enrolled();
    desk.phone.use_person(PERSON, None).unwrap();
    assert_eq!(segments(desk.folder.path()), Vec::<PathBuf>::new());
}

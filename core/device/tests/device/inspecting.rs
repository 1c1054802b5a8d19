//! What an inspector does, on one phone.

use crate::common::*;
use std::sync::atomic::Ordering;
use wurao_device::{Field, FieldStanding, Form, FormItem, Phone, PhoneError, PhotoState, Ports, Settings, WorkState};
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::{PermitId, ServerId};

fn fields(items: &[FormItem]) -> Vec<&Field> {
    items
        .iter()
        .flat_map(|item| match item {
            FormItem::Field(field) => vec![field.as_ref()],
            FormItem::Rows { rows, .. } => rows.iter().flat_map(|row| fields(&row.items)).collect(),
        })
        .collect()
}

fn field<'a>(form: &'a Form, question: &str) -> &'a Field {
    let all: Vec<&Field> = form.sections.iter().flat_map(|section| fields(&section.items)).collect();
    all.into_iter().find(|field| field.question == question).unwrap()
}

#[test]
fn nothing_starts_without_a_permit_on_this_phone() {
    let desk = Desk::enrolled();
    let refused = desk.phone.start(PermitId([6; 16])).unwrap_err();
    assert_eq!(refused.code(), "not-found");
    assert!(desk.phone.work().unwrap().is_empty());
}

#[test]
fn a_start_comes_about_with_what_it_computes_or_not_at_all() {
    let desk = Desk::enrolled();
    let permit = desk.office.give_work_under(&dated_template());
    desk.sync();
    begins_whole(&desk, || desk.phone.start(permit.id));
}

#[test]
fn a_phone_is_open_once_and_in_at_one_server() {
    let desk = Desk::enrolled();
    let settings = Settings { folder: desk.folder.path().to_owned() };
    assert_eq!(Phone::open(&settings, desk.ports.clone()).err().unwrap().code(), "in-use");
    assert_eq!(desk.phone.enrol("http://office", "CODE", "phone 1").unwrap().persons.len(), 1);
    *desk.office.id.lock().unwrap() = ServerId([8; 16]);
    assert_eq!(desk.phone.enrol("http://office", "CODE", "phone 1").unwrap_err().code(), "enrolled-elsewhere");
}

#[test]
fn a_permit_opens_only_on_its_days() {
    let desk = Desk::enrolled();
    let permit = desk.office.give_work();
    desk.sync();
    desk.clock.pass(2 * DAY_S * 1000);
    assert_eq!(desk.phone.start(permit.id).unwrap_err().code(), "expired");
    desk.clock.pass(-4 * DAY_S * 1000);
    assert_eq!(desk.phone.start(permit.id).unwrap_err().code(), "not-yet");
    desk.clock.pass(2 * DAY_S * 1000);
    desk.phone.start(permit.id).unwrap();
    assert_eq!(desk.phone.work().unwrap()[0].state, WorkState::Started);
}

#[test]
fn a_wall_clock_moved_away_from_the_servers_word_is_doubted() {
    let desk = Desk::enrolled();
    let permit = desk.office.give_work();
    desk.sync();
    desk.clock.wall.fetch_add(11 * 60 * 1000, Ordering::SeqCst);
    assert_eq!(desk.phone.start(permit.id).unwrap_err().code(), "clock-doubtful");
    desk.clock.wall.fetch_sub(2 * 60 * 1000, Ordering::SeqCst);
    desk.phone.start(permit.id).unwrap();
}

#[test]
fn an_answer_is_there_after_a_kill() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let desk = desk.reopen();
    let form = desk.phone.form(document, "en").unwrap();
    assert_eq!(field(&form, "water").value, "150");
    assert_eq!(field(&form, "water").held[0].by[0].person, "王芳");
    desk.phone.answer(document, "water", "-", "140").unwrap();
    assert_eq!(field(&desk.phone.form(document, "en").unwrap(), "water").standing, FieldStanding::Agreed);
}

#[test]
fn what_is_no_answer_is_refused_and_changes_nothing() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    for (question, raw, code) in
        [("water", "many", "answer-integer"), ("generator", "perhaps", "answer-choice"), ("colour", "1", "not-found")]
    {
        assert_eq!(desk.phone.answer(document, question, "-", raw).unwrap_err().code(), code, "{question} {raw}");
    }
    for (question, instance) in [("water", "row"), ("lots/count", "-"), ("lots/count", "row")] {
        let refused = desk.phone.answer(document, question, instance, "1").unwrap_err();
        assert_eq!(refused.code(), "not-found", "{question}@{instance}");
    }
    assert_eq!(desk.phone.values(document).unwrap().len(), 1);
}

#[test]
fn a_failed_test_asks_for_photo_and_note_and_is_a_finding() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "generator", "-", "bad").unwrap();
    let form = desk.phone.form(document, "en").unwrap();
    let generator = field(&form, "generator");
    assert!(generator.failed && generator.needs_photo && generator.needs_note);
    assert_eq!(form.findings.len(), 1);

    let photo = desk.folder.path().join("camera.jpg");
    std::fs::write(&photo, camera_jpeg(&SampleSpec::default()).unwrap()).unwrap();
    let view = desk.phone.attach_photo(document, "generator", "-", &photo).unwrap();
    assert_eq!(view.state, PhotoState::Ready);
    desk.phone.answer(document, "generator#note", "-", "no fuel").unwrap();
    let form = desk.phone.form(document, "en").unwrap();
    let generator = field(&form, "generator");
    assert!(generator.failed && !generator.needs_photo && !generator.needs_note);
    assert_eq!(generator.photos.len(), 1);
}

#[test]
fn a_file_that_is_no_photo_is_kept_and_says_so() {
    let (desk, document) = Desk::at_work();
    let file = desk.folder.path().join("camera.jpg");
    std::fs::write(&file, b"not a picture").unwrap();
    let view = desk.phone.attach_photo(document, "remark", "-", &file).unwrap();
    assert!(matches!(&view.state, PhotoState::Unreadable(code) if code == "not-jpeg"), "{:?}", view.state);
    assert_eq!(desk.phone.outbox().unwrap().photos_with_problems, 1);
    let missing = desk.phone.attach_photo(document, "remark", "-", &desk.folder.path().join("gone.jpg")).unwrap_err();
    assert_eq!(missing.code(), "source-unreadable");
}

#[test]
fn rows_are_added_answered_and_removed() {
    let (desk, document) = Desk::at_work();
    let first = desk.phone.add_row(document, "lots", "-").unwrap();
    desk.clock.pass(1000);
    let second = desk.phone.add_row(document, "lots", "-").unwrap();
    desk.phone.answer(document, "lots/count", &first, "5").unwrap();
    desk.phone.answer(document, "lots/count", &second, "6").unwrap();
    desk.phone.remove_row(document, &first).unwrap();
    let form = desk.phone.form(document, "en").unwrap();
    let rows = form.sections[0].items.iter().find_map(|item| match item {
        FormItem::Rows { rows, .. } => Some(rows),
        FormItem::Field(_) => None,
    });
    let instances: Vec<&str> = rows.unwrap().iter().map(|row| row.instance.as_str()).collect();
    assert!(instances.contains(&second.as_str()) && !instances.contains(&first.as_str()), "{instances:?}");
    assert_eq!(desk.phone.add_row(document, "boats", "-").unwrap_err().code(), "not-found");
}

#[test]
fn who_has_left_writes_no_more() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.phone.leave(document).unwrap();
    assert_eq!(desk.phone.work().unwrap()[0].state, WorkState::Left);
    for refused in [
        desk.phone.answer(document, "water", "-", "1").unwrap_err(),
        desk.phone.leave(document).unwrap_err(),
        desk.phone.add_row(document, "lots", "-").unwrap_err(),
    ] {
        assert_eq!(refused, PhoneError::NotAllowed { code: "has-left".into() });
    }
}

#[test]
fn who_has_left_writes_no_more_however_often_a_sync_fails() {
    let (desk, document) = Desk::at_work();
    *desk.office.cut.lock().unwrap() = true;
    let sync = || desk.phone.sync(&Default::default(), &(), &Default::default()).unwrap_err();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    assert_eq!(sync().code(), "offline");
    desk.phone.leave(document).unwrap();
    // Signs the same heads again: the same record as before the leave, after it.
    assert_eq!(sync().code(), "offline");
    assert_eq!(desk.phone.answer(document, "water", "-", "1").unwrap_err().code(), "has-left");
}

#[test]
fn a_wall_clock_set_back_does_not_reorder_a_persons_answers() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    desk.clock.pass(60_000);
    desk.clock.wall.fetch_sub(86_400_000, Ordering::SeqCst);
    desk.phone.answer(document, "remark", "-", "later").unwrap();
    let form = desk.phone.form(document, "en").unwrap();
    let at = |question| field(&form, question).held[0].by[0].at_ms;
    assert_eq!(at("remark") - at("water"), 60_000);
}

#[test]
fn a_phone_without_its_key_does_not_go_on_under_another() {
    let desk = Desk::enrolled();
    let (settings, ports) = (Settings { folder: desk.folder.path().to_owned() }, desk.ports.clone());
    drop(desk.phone);
    let other = Ports { signer: std::sync::Arc::new(key(21)), ..ports.clone() };
    assert_eq!(Phone::open(&settings, other).err().unwrap().code(), "other-key");
    assert_eq!(wurao_device::system::key_in(desk.folder.path()).err().unwrap().code(), "key-missing");
    Phone::open(&settings, ports).unwrap();
}

#[test]
fn an_unfinished_photo_whose_original_is_gone_keeps_nobody_from_working() {
    let (desk, document) = Desk::at_work();
    let photo = desk.folder.path().join("camera.jpg");
    std::fs::write(&photo, camera_jpeg(&SampleSpec::default()).unwrap()).unwrap();
    let view = desk.phone.attach_photo(document, "remark", "-", &photo).unwrap();
    let store = store_in(desk.folder.path());
    store.execute("UPDATE photo SET entry = NULL", []).unwrap();
    drop(store);
    let blobs = desk.folder.path().join("blobs");
    std::fs::remove_file(blobs.join(&view.original[..2]).join(&view.original)).unwrap();
    let desk = desk.reopen();
    let view = desk.phone.photos(document).unwrap().remove(0);
    assert!(matches!(&view.state, PhotoState::Unreadable(code) if code == "blob-missing"), "{:?}", view.state);
    assert_eq!(desk.phone.outbox().unwrap().photos_with_problems, 1);
}

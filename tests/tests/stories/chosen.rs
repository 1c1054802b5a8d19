//! Two inspectors differ, and a supervisor settles it on the page.

use crate::restored::{bring_back, copy, meanwhile};
use crate::{CHEN, WU, assert_same, demo, shown};
use wurao_device::{Field, FieldStanding, FormItem};
use wurao_protocol::DocumentId;
use wurao_tests::world::{FieldPhone, World};

const SUPERVISOR: &str = "林慧";

/// Shimen Village: 陈立新 counted 50 beds, 吴晓梅 48, apart; both know of it now.
fn differing() -> (World, FieldPhone, FieldPhone, DocumentId) {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    let document = chen.start(permit).unwrap();
    wu.start(permit).unwrap();
    chen.phone.answer(document, "beds", "-", "50").unwrap();
    wu.phone.answer(document, "beds", "-", "48").unwrap();
    for phone in [&chen, &wu, &chen] {
        phone.sync().unwrap();
    }
    assert_eq!(beds(&chen, document, "en").standing, FieldStanding::Conflict);
    (world, chen, wu, document)
}

/// The question as a phone's form shows it.
fn beds(phone: &FieldPhone, document: DocumentId, language: &str) -> Field {
    let form = phone.phone.form(document, language).unwrap();
    let fields = form.sections.iter().flat_map(|section| &section.items).filter_map(|item| match item {
        FormItem::Field(field) => Some(field),
        FormItem::Rows { .. } => None,
    });
    fields.into_iter().find(|field| field.question == "beds").map(|field| (**field).clone()).unwrap()
}

/// The values that a phone holds, with who gave each.
fn held(phone: &FieldPhone, document: DocumentId) -> Vec<(String, String)> {
    let held = beds(phone, document, "en").held;
    let mut held: Vec<_> = held.iter().map(|held| (held.value.clone(), held.by[0].person.clone())).collect();
    held.sort();
    held
}

fn pair(value: &str, person: &str) -> (String, String) {
    (value.to_owned(), person.to_owned())
}

#[test]
fn a_supervisor_chooses_on_the_page_and_both_phones_show_who_when_and_among_what() {
    let (world, chen, wu, document) = differing();
    let supervisor = world.supervisor().unwrap();
    assert_eq!(supervisor.choose(document, "beds@-", "48").unwrap().status, 303);
    for phone in [&chen, &wu] {
        let report = phone.sync().unwrap();
        assert_eq!((report.requests, report.quarantined, report.changes_received), (1, 0, 1));
        assert_same(&world, phone);
        for (language, page) in [("en", "the page"), ("zh", "网页")] {
            let beds = beds(phone, document, language);
            assert_eq!((beds.standing, beds.value.as_str()), (FieldStanding::Chosen, "48"));
            let [settled] = beds.settled.as_slice() else { panic!("{beds:?}") };
            assert_eq!((settled.by.person.as_str(), settled.by.device.as_str()), (SUPERVISOR, page));
            assert!(jiff::Timestamp::now().as_millisecond() - settled.by.at_ms < 600_000);
            let among: Vec<_> = settled.among.iter().map(|one| pair(&one.shown, &one.by.person)).collect();
            assert_eq!(among.len(), 2);
            assert!(among.contains(&pair("50", "陈立新")) && among.contains(&pair("48", "吴晓梅")), "{among:?}");
        }
    }
    let again = chen.sync().unwrap();
    assert_eq!((again.requests, again.records_received, again.changes_received), (1, 0, 0), "quiet");
    let export = supervisor.inspection(document).unwrap();
    assert_eq!((&export["conflicts"], &export["chosen"]), (&0.into(), &1.into()));
}

#[test]
fn a_phone_that_was_offline_reopens_it_and_a_form_from_before_chooses_nothing() {
    let (world, chen, wu, document) = differing();
    wu.link.down();
    let supervisor = world.supervisor().unwrap();
    supervisor.choose(document, "beds@-", "48").unwrap();
    wu.phone.answer(document, "beds", "-", "47").unwrap();
    wu.link.up().unwrap();
    for phone in [&wu, &chen] {
        phone.sync().unwrap();
        assert_same(&world, phone);
        assert_eq!(held(phone, document), [pair("47", "吴晓梅"), pair("48", SUPERVISOR)]);
        let beds = beds(phone, document, "en");
        assert_eq!((beds.standing, beds.settled.len()), (FieldStanding::Conflict, 1));
    }
    let page = supervisor.page(&format!("/inspections/{document}"), "en").unwrap();
    assert!(page.contains("A value came that the choice had not seen"), "{page}");

    // She looks at it; meanwhile another value comes.
    let form = supervisor.choice_form(document, "beds@-", "47").unwrap();
    chen.phone.answer(document, "beds", "-", "46").unwrap();
    chen.sync().unwrap();
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let stale = supervisor.post(&format!("/inspections/{document}/choices"), &form).unwrap();
    assert_eq!(stale.status, 409, "{}", stale.body);
    assert_eq!(shown(&chen, document, "beds"), ["46"], "who knew of both wrote over them");
}

#[test]
fn chosen_differently_on_a_phone_and_on_the_page_both_choices_are_shown_until_somebody_settles_that() {
    let (world, chen, wu, document) = differing();
    chen.link.down();
    chen.phone.choose(document, "beds", "-", "50").unwrap();
    let supervisor = world.supervisor().unwrap();
    supervisor.choose(document, "beds@-", "48").unwrap();
    chen.link.up().unwrap();
    for phone in [&chen, &wu] {
        phone.sync().unwrap();
        assert_same(&world, phone);
        assert_eq!(held(phone, document), [pair("48", SUPERVISOR), pair("50", "陈立新")]);
        assert_eq!(beds(phone, document, "en").settled.len(), 2);
    }
    let page = supervisor.page(&format!("/inspections/{document}"), "en").unwrap();
    assert!(
        page.contains("People chose differently") && page.contains(SUPERVISOR) && page.contains("陈立新"),
        "{page}"
    );
    assert_eq!(supervisor.inspection(document).unwrap()["choices"].as_array().unwrap().len(), 2);

    assert_eq!(supervisor.choose(document, "beds@-", "50").unwrap().status, 303);
    for phone in [&chen, &wu] {
        phone.sync().unwrap();
        let beds = beds(phone, document, "en");
        assert_eq!((beds.standing, beds.value.as_str(), beds.settled[0].among.len()), (FieldStanding::Chosen, "50", 4));
    }
}

#[test]
fn a_choice_that_a_restored_server_has_lost_comes_back_with_what_stands_on_it() {
    let (world, chen, wu, document) = differing();
    let backup = world.folder().join("backup");
    meanwhile(&world, |data| copy(data, &backup));
    world.supervisor().unwrap().choose(document, "beds@-", "48").unwrap();
    chen.sync().unwrap();
    // He goes on upon what was chosen.
    chen.phone.answer(document, "beds", "-", "49").unwrap();
    chen.sync().unwrap();
    wu.sync().unwrap();
    bring_back(&world, &backup);
    for phone in [&chen, &wu, &chen, &wu] {
        let report = phone.sync().unwrap();
        assert_eq!((report.changes_refused, report.records_refused, report.quarantined), (0, 0, 0), "{report:?}");
    }
    for phone in [&chen, &wu] {
        assert_same(&world, phone);
        assert_eq!(shown(phone, document, "beds"), ["49"]);
        let again = phone.sync().unwrap();
        assert_eq!((again.requests, again.offered_again, again.changes_received), (1, 0, 0), "quiet");
    }
    let page = world.supervisor().unwrap().page(&format!("/inspections/{document}"), "en").unwrap();
    assert!(page.contains(&format!("Chose between differing answers · {SUPERVISOR}")), "{page}");
}

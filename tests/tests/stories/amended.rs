//! Work that somebody declined: it stays on its phone, beside an inspection that goes on.

use crate::restored::{bring_back, copy, meanwhile};
use crate::{CHEN, WU, assert_same, beside, demo, shown};
use wurao_protocol::DocumentId;
use wurao_tests::camera::Camera;
use wurao_tests::county::{ADMINISTRATOR, SUPERVISOR};
use wurao_tests::world::World;

const PURPOSE: &str = "Emergency supplies";
const VILLAGE: &str = "Shimen Village";
const WHY: &str = "He was not to be there.";

/// Shuts somebody out, or lets them in again.
fn set_out(world: &World, login: &str, out: bool) {
    let person = world.county.person(login).unwrap();
    let administrator = world.at_the_page(ADMINISTRATOR).unwrap();
    let path = format!("/admin/people/{person}/{}", if out { "disable" } else { "enable" });
    assert_eq!(administrator.post(&path, &[("reason", "a story")]).unwrap().status, 303);
}

fn decline(world: &World, document: DocumentId) {
    let supervisor = world.at_the_page(SUPERVISOR).unwrap();
    let now = jiff::Timestamp::now().as_millisecond().to_string();
    let choice = [("choice", "decline"), ("reason", WHY), ("seen", now.as_str())];
    assert_eq!(supervisor.post(&format!("/held/{document}"), &choice).unwrap().status, 303);
}

#[test]
fn who_was_declined_goes_on_from_what_is_in_force_and_keeps_the_rest_beside_it() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let [chen, wu] = [CHEN, WU].map(|code| world.phone(code).unwrap());
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "water", "-", "162").unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    chen.sync().unwrap();

    // Somebody has shut Chen out, and he answers on, unknowing.
    chen.link.down();
    set_out(&world, "chenlixin", true);
    chen.phone.answer(document, "water", "-", "200").unwrap();
    chen.phone.answer(document, "water#note", "-", "counted again").unwrap();
    let photo = Camera::drawing(&world.folder().join("camera"), 701).unwrap().take().unwrap();
    chen.phone.attach_photo(document, "water", "-", &photo).unwrap();
    chen.phone.leave(document).unwrap();
    chen.link.up().unwrap();
    assert_eq!(chen.sync().unwrap().changes_held, 3);
    assert_eq!(shown(&chen, document, "water"), ["200"], "what is held is not decided");
    assert!(beside(&chen, document).is_empty());
    let page = |path: &str| world.supervisor().unwrap().page(path, "en").unwrap();
    assert!(page("/held").contains("<b>200</b>"), "who decides sees what");
    decline(&world, document);
    set_out(&world, "chenlixin", false);
    let shown_still = page(&format!("/inspections/{document}"));
    for words in ["Declined", WHY, "counted again", "200"] {
        assert!(shown_still.contains(words), "{words} is not on the page");
    }

    // He hears of it, and of nothing that is lost. That he had left was declined with the rest.
    assert_eq!(chen.phone.answer(document, "quilts", "-", "5").unwrap_err().code(), "has-left");
    chen.sync().unwrap();
    assert_eq!(shown(&chen, document, "water"), ["162"], "what is in force is shown again");
    let all = beside(&chen, document);
    let questions: Vec<&str> = all.iter().map(|(question, ..)| question.as_str()).collect();
    assert_eq!(questions, ["water", "water#note", "water"]);
    assert_eq!(all[0], ("water".to_owned(), "200".to_owned(), WHY.to_owned()));
    let form = chen.phone.form(document, "en").unwrap();
    assert!(form.amendment[2].photo.is_some(), "the photo is there");
    let again = chen.phone.attach_photo(document, "water", "-", &photo);
    assert_eq!(again.unwrap_err().code(), "photo-apart", "and counts no more for being attached again");

    // What he writes now is in force, on his phone, at the server and at his colleague's.
    chen.phone.answer(document, "quilts", "-", "6").unwrap();
    let report = chen.sync().unwrap();
    assert_eq!((report.changes_taken, report.changes_held, report.changes_refused), (1, 0, 0), "{report:?}");
    wu.start(permit).unwrap();
    wu.sync().unwrap();
    for phone in [&chen, &wu] {
        assert_eq!(
            (shown(phone, document, "water"), shown(phone, document, "quilts")),
            (vec!["162".into()], vec!["6".into()])
        );
    }
    assert_eq!(beside(&chen, document).len(), 3);
    assert!(beside(&wu, document).is_empty());
    assert_same(&world, &wu);

    // And it is so in the morning.
    let (chen, ()) = chen.away(|_, _| Ok(())).unwrap();
    assert_eq!((shown(&chen, document, "water"), beside(&chen, document).len()), (vec!["162".into()], 3));
}

#[test]
fn what_was_declined_is_so_also_after_its_phone_has_offered_it_to_a_restored_server() {
    let world = demo();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let chen = world.phone(CHEN).unwrap();
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "beds", "-", "40").unwrap();
    chen.sync().unwrap();
    set_out(&world, "chenlixin", true);
    chen.phone.answer(document, "water", "-", "200").unwrap();
    assert_eq!(chen.sync().unwrap().changes_held, 1);
    decline(&world, document);
    set_out(&world, "chenlixin", false);
    chen.sync().unwrap();
    let stands = || {
        let outbox = chen.phone.outbox().unwrap();
        outbox.changes.into_iter().map(|row| (row.standing, row.problem.unwrap_or_default())).collect::<Vec<_>>()
    };
    let declined = vec![("declined".to_owned(), "declined".to_owned())];
    assert_eq!(stands(), declined);
    let backup = world.folder().join("backup");
    meanwhile(&world, |data| copy(data, &backup));
    chen.phone.answer(document, "quilts", "-", "7").unwrap();
    chen.sync().unwrap();
    bring_back(&world, &backup);
    for _ in 0..2 {
        chen.sync().unwrap();
    }
    assert_eq!(stands(), declined);
    assert_eq!(shown(&chen, document, "quilts"), ["7"]);
    assert_eq!(beside(&chen, document), [("water".to_owned(), "200".to_owned(), WHY.to_owned())]);
}

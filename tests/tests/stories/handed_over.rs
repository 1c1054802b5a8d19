//! Work that goes from phone to phone without a server, and reaches it by whoever finds a network first.

use crate::registered::late_form;
use crate::{CHEN, WU, assert_same, shown};
use wurao_device::{HandedOver, WorkState};
use wurao_protocol::DocumentId;
use wurao_tests::camera::Camera;
use wurao_tests::county::{APPROVER, County};
use wurao_tests::visit;
use wurao_tests::world::{FieldPhone, World};

const PURPOSE: &str = "Emergency supplies";
const VILLAGE: &str = "Shimen Village";
/// Wu's other phone.
pub(crate) const SPARE: &str = "story-phone-06";

/// The demo with Wu's other phone.
pub(crate) fn world() -> World {
    let mut county = County::demo().unwrap();
    county.add_code(SPARE, "应急局 06 号", &["wuxiaomei"]).unwrap();
    World::of(env!("CARGO_BIN_EXE_demo"), county).unwrap()
}

/// What one phone hands over to another.
pub(crate) fn give(from: &FieldPhone, to: &FieldPhone) -> HandedOver {
    let given = from.phone.hand_over(&to.phone.ask_hand_over().unwrap()).unwrap();
    to.phone.take_hand_over(&given.file).unwrap()
}

fn state(phone: &FieldPhone, document: DocumentId) -> WorkState {
    phone.phone.work().unwrap().into_iter().find(|item| item.document == document).unwrap().state
}

#[test]
fn a_hand_over_without_a_server_is_relayed_by_a_third_phone_under_its_authors_name() {
    let world = world();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let [chen, wu, spare] = [CHEN, WU, SPARE].map(|code| world.phone(code).unwrap());
    for phone in [&chen, &wu, &spare] {
        phone.link.down();
    }
    let document = chen.start(permit).unwrap();
    let today = jiff::Zoned::now().date();
    visit::answer(&chen.phone, document, &visit::stores(today).unwrap()).unwrap();
    visit::lot(&chen.phone, document, "water", "60", "2099-01-01").unwrap();
    let photo = Camera::drawing(&world.folder().join("camera"), 700).unwrap().take().unwrap();
    chen.phone.attach_photo(document, "water", "-", &photo).unwrap();
    chen.phone.leave(document).unwrap();

    // No phone has a network. Chen's goes dark; what Wu's was handed is whole.
    let taken = give(&chen, &wu);
    assert!(taken.changes > 20 && taken.set_aside == 0, "{taken:?}");
    wu.start(permit).unwrap();
    assert_eq!(wu.phone.values(document).unwrap(), chen.phone.values(document).unwrap());
    wu.phone.answer(document, "beds", "-", "48").unwrap();
    let taken = give(&wu, &spare);
    assert_eq!((taken.from.as_str(), taken.set_aside), ("应急局 05 号", 0), "{taken:?}");

    // The third one finds a network: it has written nothing itself.
    spare.link.up().unwrap();
    let report = spare.sync().unwrap();
    assert_eq!((report.requests, report.changes_refused, report.changes_held), (1, 0, 0), "{report:?}");
    let supervisor = world.supervisor().unwrap();
    let page = supervisor.page(&format!("/inspections/{document}"), "zh").unwrap();
    for (there, words) in [(true, "陈立新"), (true, "吴晓梅"), (true, "应急局 03 号"), (false, "应急局 06 号")]
    {
        assert_eq!(page.contains(words), there, "{words}");
    }
    let export = supervisor.inspection(document).unwrap();
    assert_eq!(export["values"].as_array().unwrap().len(), wu.phone.values(document).unwrap().len());

    // Those who wrote come later: all of it is there, and their photos go up from their own phones.
    for phone in [&chen, &wu] {
        phone.link.up().unwrap();
    }
    let report = chen.sync().unwrap();
    assert_eq!((report.changes_refused, report.changes_held, report.photos_uploaded), (0, 0, 2), "{report:?}");
    wu.phone.leave(document).unwrap();
    for phone in [&wu, &spare, &chen, &wu] {
        phone.sync().unwrap();
    }
    for phone in [&chen, &wu, &spare] {
        assert_eq!(state(phone, document), WorkState::Closed);
        assert_eq!(shown(phone, document, "beds"), ["48"], "said by who had seen the other count");
    }
    assert_same(&world, &chen);
    assert_same(&world, &wu);
}

#[test]
fn a_phone_that_never_comes_back_has_lost_nothing_that_it_had_handed_over() {
    let world = world();
    let permit = world.county.permit(VILLAGE, PURPOSE).unwrap();
    let [chen, wu] = [CHEN, WU].map(|code| world.phone(code).unwrap());
    chen.link.down();
    let document = chen.start(permit).unwrap();
    chen.phone.answer(document, "water", "-", "162").unwrap();
    chen.phone.leave(document).unwrap();
    give(&chen, &wu);
    let (folder, link) = (chen.folder.clone(), chen.link);
    drop(chen.phone);
    std::fs::remove_dir_all(folder).unwrap();
    drop(link);

    wu.start(permit).unwrap();
    wu.phone.leave(document).unwrap();
    for _ in 0..2 {
        wu.sync().unwrap();
    }
    assert_eq!(state(&wu, document), WorkState::Closed, "who left is known to have left");
    assert_eq!(shown(&wu, document, "water"), ["162"]);
    assert_same(&world, &wu);
}

#[test]
fn a_visit_begun_without_a_permit_goes_to_another_phone_of_its_person_by_hand_and_to_no_colleagues() {
    let world = world();
    let [chen, wu, spare] = [CHEN, WU, SPARE].map(|code| world.phone(code).unwrap());
    let late = visit::unplanned(&wu.phone, None, "a dam was said to leak").unwrap();
    let document = wu.phone.start_late(&late).unwrap();
    wu.phone.answer(document, "water", "-", "40").unwrap();

    let taken = give(&wu, &spare);
    assert!(taken.changes > 0 && taken.set_aside == 0, "{taken:?}");
    assert_eq!(spare.phone.values(document).unwrap(), wu.phone.values(document).unwrap());
    // Nobody else is on its team until an approver has decided.
    give(&wu, &chen);
    assert!(chen.phone.work().unwrap().iter().all(|item| item.document != document));

    // The other phone finds a network first, and the work waits under its author's name.
    let report = spare.sync().unwrap();
    assert_eq!((report.changes_refused, report.quarantined), (0, 0), "{report:?}");
    let approver = world.at_the_page(APPROVER).unwrap();
    let page = approver.page("/held", "en").unwrap();
    assert!(page.contains("a dam was said to leak") && page.contains("吴晓梅"), "{page}");
    assert_eq!(approver.post(&late_form(&page, document), &[("choice", "register")]).unwrap().status, 303);
    for phone in [&wu, &spare, &wu] {
        phone.sync().unwrap();
    }
    assert_same(&world, &wu);
    assert_same(&world, &spare);
}

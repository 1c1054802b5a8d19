//! Permit keys that change while phones are out of reach, and a code for two phones.

use crate::{CHEN, LIU, WU, demo};
use std::path::Path;
use std::sync::Barrier;
use wurao_protocol::{PermitId, SiteId};
use wurao_tests::county::{APPROVER, PLANNER};
use wurao_tests::planning::Draft;
use wurao_tests::process::Process;
use wurao_tests::roles;
use wurao_tests::world::{FieldPhone, World, open};

const BASE: &str = "body,level,year,count\n县应急管理局,county,2025,50\n";

/// `wurao-server keys ...` in a process of its own, beside the running server.
fn keys(world: &World, command: &str, number: Option<&str>) {
    let mut words = vec![Path::new(roles::SERVER), Path::new("keys"), Path::new(command), Path::new("--data")];
    words.push(world.server.data());
    words.extend(number.map(Path::new));
    let (done, lines) = Process::start(world.program(), &words).unwrap().wait().unwrap();
    assert!(done, "{lines:?}");
}

/// What a phone makes of a permit that another one shows there.
fn judged(by: &FieldPhone, text: &str, site: SiteId) -> &'static str {
    by.phone.verify_shown(text, Some(site), None).unwrap().standing
}

fn shown(by: &FieldPhone, permit: PermitId) -> String {
    by.phone.present(permit, None).unwrap().text
}

#[test]
fn a_permit_stays_good_when_its_key_is_rotated_and_one_of_the_new_key_is_known_after_a_sync() {
    let world = demo();
    let (planner, approver) = (world.at_the_page(PLANNER).unwrap(), world.at_the_page(APPROVER).unwrap());
    assert_eq!(approver.post("/plan/base", &[("table", BASE)]).unwrap().status, 200);
    let old = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let at = world.county.site("Shimen Village").unwrap();
    let (chen, wu, liu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap(), world.phone(LIU).unwrap());
    // What was signed for the phones just let in comes with the next sync.
    for phone in [&chen, &wu, &liu] {
        phone.sync().unwrap();
        phone.link.down();
    }
    keys(&world, "rotate", None);

    let text = shown(&chen, old);
    assert_eq!(judged(&chen, &text, at), "valid", "on the phone that shows it");
    assert_eq!(judged(&liu, &text, at), "valid", "on one that has not heard of the rotation");
    wu.link.up().unwrap();
    wu.sync().unwrap();
    assert_eq!(judged(&wu, &text, at), "valid", "on one that has");
    chen.link.up().unwrap();
    chen.sync().unwrap();
    assert_eq!(judged(&wu, &shown(&chen, old), at), "valid");

    // A permit approved now is signed by the new key: the running server has heard of it.
    let item = Draft::of(&world, "Yuntai Village", &["chenlixin"]).unwrap().save(&planner).unwrap();
    item.step(&planner, "submit", &[]).unwrap();
    item.step(&approver, "approve", &[]).unwrap();
    let number = item.number(&planner).unwrap();
    chen.sync().unwrap();
    let new = chen.phone.work().unwrap().into_iter().find(|item| item.number == number).unwrap().permit;
    let (text, there) = (shown(&chen, new), world.county.site("Yuntai Village").unwrap());
    assert_eq!(judged(&chen, &text, there), "valid");
    assert_eq!(judged(&liu, &text, there), "unknown-key");
    liu.link.up().unwrap();
    liu.sync().unwrap();
    assert_eq!(judged(&liu, &text, there), "valid");
    chen.start(new).unwrap();
    chen.start(old).unwrap();
}

#[test]
fn permits_of_a_revoked_key_are_revoked_and_signed_anew() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let at = world.county.site("Shimen Village").unwrap();
    let (chen, wu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap());
    chen.sync().unwrap();
    wu.sync().unwrap();
    chen.link.down();
    let stale = shown(&chen, permit);
    keys(&world, "revoke", Some("1"));
    // Out of reach nobody can know.
    assert_eq!(judged(&wu, &stale, at), "valid");
    wu.sync().unwrap();
    assert_eq!(judged(&wu, &stale, at), "revoked");
    chen.link.up().unwrap();
    chen.sync().unwrap();
    assert_eq!(judged(&wu, &shown(&chen, permit), at), "valid", "the same permit under the new key");
    chen.start(permit).unwrap();
}

#[test]
fn a_code_that_two_phones_use_at_once_lets_one_of_them_in() {
    let world = demo();
    let url = world.server.url("").unwrap();
    let phones = ["one", "two"].map(|name| open(&world.folder().join(name)).unwrap());
    let ready = Barrier::new(2);
    let codes: Vec<Option<String>> = std::thread::scope(|scope| {
        let tries = phones.each_ref().map(|phone| {
            let (ready, url) = (&ready, &url);
            scope.spawn(move || {
                ready.wait();
                phone.enrol(url, CHEN, "a phone").err().map(|error| error.code().to_owned())
            })
        });
        tries.map(|one| one.join().unwrap()).into()
    });
    let refused: Vec<&String> = codes.iter().flatten().collect();
    assert_eq!(refused, ["enrol-code"]);
    let let_in = usize::from(codes[0].is_some());
    assert!(!phones[let_in].persons().unwrap().is_empty());
    assert_eq!(phones[1 - let_in].work().unwrap_err().code(), "not-enrolled");
}

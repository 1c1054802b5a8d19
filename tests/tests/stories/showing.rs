//! A permit shown by one phone and judged by another, neither with a network.

use crate::{CHEN, LIU, WU, demo};
use wurao_device::Colour;
use wurao_protocol::SiteId;
use wurao_tests::county::County;

/// Where somebody stands: a village of the county by its English name.
fn site(county: &County, village: &str) -> SiteId {
    county.site(village).unwrap()
}

#[test]
fn a_second_phone_verifies_a_permit_without_a_network() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, liu) = (world.phone(CHEN).unwrap(), world.phone(LIU).unwrap());
    chen.link.down();
    liu.link.down();

    let shown = chen.phone.present(permit, None).unwrap();
    let at = site(&world.county, "Shimen Village");
    let judged = liu.phone.verify_shown(&shown.text, Some(at), None).unwrap();
    assert_eq!((judged.standing, judged.colour), ("valid", Colour::Green));
    let facts = judged.facts.unwrap();
    assert_eq!(facts, shown.facts);
    assert!(facts.team.contains(&"陈立新".to_owned()) && facts.team.contains(&"吴晓梅".to_owned()));
    assert_eq!(facts.purpose.en, "Emergency supplies");

    let elsewhere = site(&world.county, "Baiyang Village");
    assert_eq!(liu.phone.verify_shown(&shown.text, Some(elsewhere), None).unwrap().standing, "wrong-site");
    // Six digits are asked for: the code shown before does not answer them, a fresh one does.
    assert_eq!(liu.phone.verify_shown(&shown.text, Some(at), Some(271_828)).unwrap().standing, "copied");
    let answered = chen.phone.present(permit, Some(271_828)).unwrap();
    assert_eq!(liu.phone.verify_shown(&answered.text, Some(at), Some(271_828)).unwrap().standing, "valid");
    assert_eq!(liu.phone.verify_shown("HTTPS://EXAMPLE.ORG/P#HELLO", Some(at), None).unwrap().standing, "forged");
}

#[test]
fn a_colleagues_phone_on_the_permit_may_show_it_and_a_strangers_cannot() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let (chen, wu, liu) = (world.phone(CHEN).unwrap(), world.phone(WU).unwrap(), world.phone(LIU).unwrap());
    chen.sync().unwrap();
    let at = site(&world.county, "Shimen Village");
    let shown = wu.phone.present(permit, None).unwrap();
    assert_eq!(chen.phone.verify_shown(&shown.text, Some(at), None).unwrap().standing, "valid");
    assert_eq!(liu.phone.present(permit, None).unwrap_err().code(), "not-found");
}

#[test]
fn a_permit_starts_an_inspection_at_its_own_site_only() {
    let world = demo();
    let permit = world.county.permit("Shimen Village", "Emergency supplies").unwrap();
    let chen = world.phone(CHEN).unwrap();
    let elsewhere = site(&world.county, "Baiyang Village");
    assert_eq!(chen.phone.start_at(permit, elsewhere).unwrap_err().code(), "wrong-site");
    chen.phone.start_at(permit, site(&world.county, "Shimen Village")).unwrap();
}

//! Permits on the phone: which list of keys is believed, how a permit stands, and how it is shown and checked.

use crate::common::*;
use std::sync::atomic::Ordering;
use wurao_device::{Colour, PhoneError, WorkState};
use wurao_protocol::key::Signer;
use wurao_protocol::record::TrustList;
use wurao_protocol::{PermitId, SiteId, envelope, present};

const ELSEWHERE: SiteId = SiteId([33; 16]);

fn standing(desk: &Desk) -> &'static str {
    desk.phone.work().unwrap()[0].permit_standing
}

/// What the phone set aside, by its reason.
fn aside(desk: &Desk) -> Vec<String> {
    let store = store_in(desk.folder.path());
    let mut statement = store.prepare("SELECT problem FROM quarantine ORDER BY position").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_permit_of_an_unknown_key_waits_for_the_list_that_knows_it() {
    let desk = Desk::enrolled();
    *desk.office.permit_key.lock().unwrap() = key(32);
    let permit = desk.office.give_work();
    assert_eq!(desk.sync().quarantined, 1);
    assert_eq!(aside(&desk), ["unknown-key"]);
    assert!(desk.phone.work().unwrap().is_empty());
    assert_eq!(desk.phone.start(permit.id).unwrap_err().code(), "not-found");

    let rotated = TrustList { keys: vec![permit_key(31), permit_key(32)], ..desk.office.trust(2) };
    desk.office.give(&rotated);
    assert_eq!(desk.sync().quarantined, 0);
    assert!(aside(&desk).is_empty());
    assert_eq!(standing(&desk), "valid");
    desk.phone.start(permit.id).unwrap();
}

#[test]
fn a_permit_before_any_list_waits_for_the_first() {
    let desk = Desk::enrolled();
    desk.office.give_permit(&permit(&template()));
    desk.sync();
    assert_eq!(aside(&desk), ["unknown-key"]);
    desk.office.give(&desk.office.trust(1));
    desk.sync();
    assert_eq!(standing(&desk), "valid");
}

#[test]
fn a_lower_list_never_replaces_a_higher_one() {
    let desk = Desk::enrolled();
    let permit = desk.office.give_work();
    desk.office.give(&desk.office.withdraws(5, permit.id));
    desk.sync();
    assert_eq!(standing(&desk), "revoked");
    // The same list again is nothing new; an older one, and another of the same number, are set aside.
    desk.office.give(&desk.office.withdraws(5, permit.id));
    assert_eq!(desk.sync().quarantined, 0);
    desk.office.give(&desk.office.trust(4));
    desk.office.give(&desk.office.trust(5));
    assert_eq!(desk.sync().quarantined, 2);
    assert_eq!(aside(&desk), ["rolled-back", "rolled-back"]);
    assert_eq!(standing(&desk), "revoked");
    assert_eq!(desk.phone.start(permit.id).unwrap_err().code(), "revoked");
    // Only the server's own key signs a list.
    desk.office.give_bytes(envelope::seal(&key(31), &desk.office.trust(6)).unwrap());
    desk.sync();
    assert_eq!(standing(&desk), "revoked");
}

#[test]
fn a_permit_not_signed_by_a_key_of_the_list_is_set_aside() {
    let desk = Desk::enrolled();
    let permit = permit(&template());
    desk.office.give(&desk.office.trust(1));
    // By the server's own key, which signs everything else; and by nobody: a byte is changed.
    desk.office.give(&permit);
    let mut bytes = envelope::seal(&key(31), &permit).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    desk.office.give_bytes(bytes);
    desk.sync();
    assert_eq!(aside(&desk), ["unknown-key", "forged"]);
    assert!(desk.phone.work().unwrap().is_empty());
}

#[test]
fn a_permit_signed_anew_replaces_the_one_before_whatever_comes_first() {
    let desk = Desk::enrolled();
    let first = desk.office.give_work();
    let mut renewed = first.clone();
    renewed.issued_s += 60;
    renewed.expires_s += 3 * DAY_S;
    desk.office.give_permit(&renewed);
    desk.office.give_permit(&first);
    desk.sync();
    let work = desk.phone.work().unwrap();
    assert_eq!((work.len(), work[0].expires_s), (1, renewed.expires_s));
}

#[test]
fn a_permit_opens_only_at_its_site_and_for_its_team() {
    let desk = Desk::enrolled();
    let mut permit = desk.office.give_work();
    desk.sync();
    assert_eq!(desk.phone.start_at(permit.id, ELSEWHERE).unwrap_err().code(), "wrong-site");
    permit.issued_s += 1;
    permit.visit.team.retain(|member| member.person != PERSON);
    desk.office.give_permit(&permit);
    desk.sync();
    assert_eq!(desk.phone.start(permit.id).unwrap_err().code(), "not-on-team");
    assert!(desk.phone.work().unwrap().is_empty());
    permit.issued_s += 1;
    permit.visit.team[0].person = PERSON;
    desk.office.give_permit(&permit);
    desk.sync();
    desk.phone.start_at(permit.id, SITE).unwrap();
}

#[test]
fn a_clock_that_nobody_has_checked_for_long_is_doubted() {
    let desk = Desk::enrolled();
    let permit = desk.office.give_work();
    desk.sync();
    // In the same opening: sixty days by the monotonic clock.
    desk.clock.pass(61 * DAY_S * 1000);
    assert_eq!(standing(&desk), "clock-doubtful");
    // In another: what the wall clock says of the server's last word.
    let desk = desk.reopen();
    assert_eq!(standing(&desk), "clock-doubtful");
    desk.clock.wall.store(NOON + 60_000, Ordering::SeqCst);
    assert_eq!(standing(&desk), "valid");
    desk.clock.wall.store(NOON - 11 * 60_000, Ordering::SeqCst);
    assert_eq!(standing(&desk), "clock-doubtful", "before the server's last word");
    desk.clock.wall.store(NOON, Ordering::SeqCst);
    desk.phone.start(permit.id).unwrap();
}

#[test]
fn a_servers_word_that_no_clock_says_is_doubted_until_the_next_one() {
    for word in [i64::MIN, i64::MAX, 0] {
        let desk = Desk::enrolled();
        desk.office.give_work();
        desk.office.server_ms.store(word, Ordering::SeqCst);
        desk.sync();
        desk.clock.pass(60_000);
        assert_eq!(standing(&desk), "clock-doubtful", "{word}");
        let desk = desk.reopen();
        assert_eq!(standing(&desk), "clock-doubtful", "{word}, in another opening");
        desk.office.server_ms.store(NOON + 60_000, Ordering::SeqCst);
        desk.sync();
        assert_eq!(standing(&desk), "valid", "{word}");
    }
}

#[test]
fn a_clock_from_before_the_list_was_signed_is_doubted() {
    let desk = Desk::enrolled();
    desk.office.give_work();
    desk.office.give(&TrustList { at_s: NOON / 1000 + 3600, ..desk.office.trust(2) });
    desk.sync();
    assert_eq!(standing(&desk), "clock-doubtful");
    desk.clock.pass(3600 * 1000);
    assert_eq!(standing(&desk), "valid");
}

#[test]
fn a_permit_withdrawn_while_at_work_is_told_and_nothing_answered_is_lost() {
    let (desk, document) = Desk::at_work();
    desk.phone.answer(document, "water", "-", "150").unwrap();
    let permit = desk.phone.work().unwrap()[0].permit;
    desk.office.give(&desk.office.withdraws(2, permit));
    desk.sync();
    assert_eq!((standing(&desk), desk.phone.work().unwrap()[0].state), ("revoked", WorkState::Started));
    desk.phone.answer(document, "water", "-", "151").unwrap();
    assert_eq!(desk.phone.values(document).unwrap()[0].values, ["151"]);
}

#[test]
fn a_shown_permit_is_read_by_a_second_phone() {
    let (desk, _) = Desk::at_work();
    let permit = desk.phone.work().unwrap()[0].permit;
    let shown = desk.phone.present(permit, None).unwrap();
    assert!(shown.text.starts_with("HTTP://OFFICE/P#"), "{}", shown.text);
    assert_eq!((shown.half_minute, shown.site), (NOON as u64 / 30_000, SITE));
    assert_eq!((shown.facts.number.as_str(), shown.facts.visits), ("2026-017", 2));
    assert_eq!(shown.facts.team, ["王芳", "李强"]);
    assert_eq!(shown.facts.short_code, permit.short_code());

    let other = Desk::of(desk.office.clone(), 12);
    assert_eq!(other.phone.verify_shown(&shown.text, None, None).unwrap_err().code(), "no-trust-list");
    other.office.give(&other.office.trust(1));
    other.sync();
    let judged = |text: &str, site, challenge| other.phone.verify_shown(text, site, challenge).unwrap();
    let good = judged(&shown.text, Some(SITE), None);
    assert_eq!((good.standing, good.colour, good.facts.as_ref()), ("valid", Colour::Green, Some(&shown.facts)));
    assert_eq!(judged(&shown.text, Some(ELSEWHERE), None).standing, "wrong-site");
    // What is asked for must be answered: a photo of a code cannot.
    assert_eq!(judged(&shown.text, None, Some(123_456)).standing, "copied");
    let answered = desk.phone.present(permit, Some(123_456)).unwrap();
    assert_eq!(judged(&answered.text, None, Some(123_456)).standing, "valid");
    let nothing = judged("HTTPS://ELSEWHERE/P#ABC", None, None);
    assert_eq!((nothing.standing, nothing.colour, nothing.facts), ("forged", Colour::Red, None));
    assert_eq!(desk.phone.present(permit, Some(1_000_000)).unwrap_err().code(), "bad-challenge");

    other.clock.pass(120_000);
    let stale = judged(&shown.text, None, None);
    assert_eq!((stale.standing, stale.colour), ("stale", Colour::Amber));
    other.office.give(&other.office.withdraws(2, permit));
    other.sync();
    let revoked = judged(&shown.text, None, None);
    assert_eq!((revoked.standing, revoked.as_of_s), ("revoked", Some(NOON / 1000)));
}

#[test]
fn a_phone_on_the_list_shows_nothing_good_any_more_and_its_colleague_does_under_the_same_signature() {
    // Each has a line of its own to one office.
    let (desk, other) = (Desk::enrolled(), Desk::enrolled());
    let beside = Office::new();
    *beside.persons.lock().unwrap() = vec![COLLEAGUE];
    let colleague = Desk::of(beside, 12);
    let mut permit = desk.office.give_work();
    colleague.office.give_work();
    permit.issued_s += 1;
    permit.visit.devices = vec![key(11).public().device(), key(12).public().device()];
    permit.visit.devices.sort_unstable();
    for desk in [&desk, &colleague] {
        desk.office.give_permit(&permit);
        desk.sync();
    }
    other.office.give(&other.office.trust(1));
    other.sync();
    let shown = |desk: &Desk| desk.phone.present(permit.id, None).unwrap().text;
    let judged = |text: &str| other.phone.verify_shown(text, Some(SITE), None).unwrap();
    for desk in [&desk, &colleague] {
        assert_eq!((judged(&shown(desk)).standing, standing(desk)), ("valid", "valid"));
    }

    let learn = |desk: &Desk, list: &TrustList| {
        desk.office.give(list);
        desk.sync();
    };
    let gone = desk.office.without(2, key(11).public().device());
    learn(&other, &gone);
    let told = judged(&shown(&desk));
    assert_eq!((told.standing, told.as_of_s, told.colour), ("revoked", Some(NOON / 1000), Colour::Red));
    assert_eq!(judged(&shown(&colleague)).standing, "valid", "it has heard of nothing");

    // Both learn of it: the one says so itself, the other goes on.
    learn(&desk, &gone);
    learn(&colleague, &gone);
    assert_eq!((standing(&desk), standing(&colleague)), ("revoked", "valid"));
    assert_eq!(desk.phone.start(permit.id).unwrap_err().code(), "revoked");

    // Let in again, as the next list says.
    let back = desk.office.trust(3);
    learn(&desk, &back);
    learn(&other, &back);
    assert_eq!((judged(&shown(&desk)).standing, standing(&desk)), ("valid", "valid"));
}

#[test]
fn only_a_phone_that_the_permit_names_shows_it() {
    let desk = Desk::enrolled();
    let mut permit = desk.office.give_work();
    permit.issued_s += 1;
    permit.visit.devices = vec![key(12).public().device()];
    desk.office.give_permit(&permit);
    desk.sync();
    let refused = desk.phone.present(permit.id, None).unwrap_err();
    assert_eq!(refused, PhoneError::NotAllowed { code: "device-not-on-permit".into() });
    assert_eq!(desk.phone.present(PermitId([9; 16]), None).unwrap_err().code(), "not-found");

    // Whoever takes a copy of the record and signs with their own phone is seen through.
    let record = envelope::seal(&key(31), &permit).unwrap();
    let copy = present::seal(&key(13), &record, NOON / 1000, None).unwrap();
    let text = present::text("office", &copy).unwrap();
    assert_eq!(desk.phone.verify_shown(&text, None, None).unwrap().standing, "copied");
}

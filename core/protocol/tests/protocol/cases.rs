//! Shown permits with the judgement they must get, in one file: the village's page runs them in the browser and must
//! come to the same.
//!
//! `WURAO_BLESS=1` writes `golden/presentations.json` anew.

use crate::present::NOW_S;
use crate::sample::{PERMIT, device_key, permit, permit_key, server_key, trust_list, visit};
use crate::sign1::Sign1;
use serde_json::{Value, json};
use std::path::PathBuf;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::envelope;
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::present::{Question, judge_text, seal, text};
use wurao_protocol::record::{Kind, PermitKey, Presentation, Revocation, RevokedPhone, TrustList};
use wurao_protocol::standing::{Colour, Standing, TRUST_OLD_S};
use wurao_protocol::{DeviceId, PermitId, PersonId, SiteId, Words, base43};

const ADDRESS: &str = "permits.example";

struct Case {
    name: &'static str,
    text: String,
    trust: TrustList,
    question: Question,
    expect: &'static str,
}

fn ask() -> Question {
    crate::present::question()
}

fn at(now_s: i64) -> Question {
    Question { now_s, ..ask() }
}

fn asked(digits: u32) -> Question {
    Question { challenge: Some(digits), ..ask() }
}

fn other_key() -> SoftwareKey {
    SoftwareKey::from_bytes(&[0x44; 32]).unwrap()
}

/// Shown by the permit's own phone at this second.
fn shown_at(permit: &Permit, now_s: i64) -> String {
    shown(permit, &permit_key(), &device_key(), now_s, None)
}

fn shown(permit: &Permit, by: &dyn Signer, phone: &dyn Signer, now_s: i64, challenge: Option<u32>) -> String {
    let record = envelope::seal(by, permit).unwrap();
    text(ADDRESS, &seal(phone, &record, now_s, challenge).unwrap()).unwrap()
}

/// The honest text with one byte of what it holds changed.
fn changed(at: usize) -> String {
    let honest = shown_at(&permit(), NOW_S);
    let (address, fragment) = honest.split_once('#').unwrap();
    let mut bytes = base43::decode(fragment).unwrap();
    bytes[at] ^= 1;
    format!("{address}#{}", base43::encode(&bytes))
}

/// The honest text, another payload put in the place of the permit's and signed by nobody.
fn with_payload(permit: &Permit) -> String {
    let honest = shown_at(&self::permit(), NOW_S);
    let bytes = base43::decode(honest.split_once('#').unwrap().1).unwrap();
    let payload = cbor::encode(permit);
    format!("HTTPS://PERMITS.EXAMPLE/P#{}", base43::encode(&[&bytes[..177], &payload].concat()))
}

/// The permit and what shows it, each signed with a lane of the test's choice.
fn in_lanes(permit_lane: &'static [u8], shown_lane: &'static [u8]) -> String {
    let mut inner = Sign1::honest(Kind::Permit, &permit_key(), cbor::encode(&permit()));
    inner.lane = permit_lane;
    let body = Presentation {
        permit: Bytes(inner.bytes(&permit_key())),
        key: device_key().public().to_bytes(),
        half_minute: NOW_S as u64 / 30,
        challenge: None,
    };
    let mut outer = Sign1::honest(Kind::Presentation, &device_key(), cbor::encode(&body));
    outer.lane = shown_lane;
    text(ADDRESS, &outer.bytes(&device_key())).unwrap()
}

fn key_with(change: impl FnOnce(&mut PermitKey)) -> TrustList {
    let mut list = trust_list();
    change(list.keys.last_mut().unwrap());
    list
}

fn of_four() -> Permit {
    let names = ["王芳", "李建国", "阿依古丽·买买提", "Chen O'Neill"];
    let team = names.iter().zip(1..).map(|(name, n)| Member { person: PersonId([n; 16]), name: (*name).to_owned() });
    Permit { visit: Visit { team: team.collect(), ad_hoc: true, visits: 300, ..visit() }, ..permit() }
}

fn strange_names() -> Permit {
    let site_name = Words::new("<b>上河村</b>", "Shanghe & \"<script>alert(1)</script>\"");
    Permit { visit: Visit { site_name, ..visit() }, ..permit() }
}

fn cases() -> Vec<Case> {
    let honest = shown_at(&permit(), NOW_S);
    let fragment = honest.split_once('#').unwrap().1.to_owned();
    let mut cases = Vec::new();
    let mut add = |name, text: String, trust, question, expect| {
        cases.push(Case { name, text, trust, question, expect });
    };
    let (first, end, issued) = (permit().not_before_s, permit().expires_s, permit().issued_s);
    let list = trust_list;

    add("an honest code", honest.clone(), list(), ask(), "valid");
    add("the fragment alone", fragment.clone(), list(), ask(), "valid");
    add(
        "opened by an address in small letters",
        format!("https://permits.example/p#{fragment}"),
        list(),
        ask(),
        "valid",
    );
    add("no site chosen", honest.clone(), list(), Question { site: None, ..ask() }, "valid");
    add("a team of four, an ad-hoc item, many visits", shown_at(&of_four(), NOW_S), list(), ask(), "valid");
    add("names that look like markup", shown_at(&strange_names(), NOW_S), list(), ask(), "valid");
    add("another site", honest.clone(), list(), Question { site: Some(SiteId([0xee; 16])), ..ask() }, "wrong-site");
    add("the first second", shown_at(&permit(), first), list(), at(first), "valid");
    add("the second before the first", shown_at(&permit(), first - 1), list(), at(first - 1), "not-yet");
    add("the last second", shown_at(&permit(), end - 1), list(), at(end - 1), "valid");
    add("the second after the last", shown_at(&permit(), end), list(), at(end), "expired");
    add("a clock of 1970", honest.clone(), list(), at(0), "not-yet");
    add(
        "a clock that cannot be right",
        honest.clone(),
        list(),
        Question { clock_doubtful: true, ..ask() },
        "clock-doubtful",
    );
    let doubtful_later = Question { clock_doubtful: true, ..at(end) };
    add("a clock that cannot be right, and expired by it", honest.clone(), list(), doubtful_later, "clock-doubtful");

    add("ninety seconds later", honest.clone(), list(), at(NOW_S + 90), "valid");
    add("ninety-one seconds later", honest.clone(), list(), at(NOW_S + 91), "stale");
    add("ninety seconds before", honest.clone(), list(), at(NOW_S - 90), "valid");
    add("ninety-one seconds before", honest.clone(), list(), at(NOW_S - 91), "stale");
    let answer = |digits| shown(&permit(), &permit_key(), &device_key(), NOW_S - 7_200, Some(digits));
    add("a challenge answered by a phone with a wrong clock", answer(40_721), list(), asked(40_721), "valid");
    add("a challenge answered with zeros", answer(0), list(), asked(0), "valid");
    add("another challenge answered", answer(40_722), list(), asked(40_721), "copied");
    add("a challenge not answered", honest.clone(), list(), asked(40_721), "copied");
    add("an answer that nobody asked for", answer(40_721), list(), ask(), "stale");
    let by_stranger = shown(&permit(), &permit_key(), &server_key(), NOW_S, None);
    add("shown by another phone", by_stranger, list(), ask(), "copied");
    let answered_by_stranger = shown(&permit(), &permit_key(), &server_key(), NOW_S, Some(7));
    add("a challenge answered by another phone", answered_by_stranger, list(), asked(7), "copied");

    let by_records_key = shown(&permit(), &server_key(), &device_key(), NOW_S, None);
    add("signed by the records key", by_records_key, list(), ask(), "unknown-key");
    let by_nobody = shown(&permit(), &other_key(), &device_key(), NOW_S, None);
    add("signed by a key of nobody", by_nobody, list(), ask(), "unknown-key");
    add("signed at the key's first second", honest.clone(), key_with(|key| key.from_s = issued), ask(), "valid");
    add("signed before the key's time", honest.clone(), key_with(|key| key.from_s = issued + 1), ask(), "unknown-key");
    let rotated = |until| key_with(|key| key.until_s = Some(until));
    add("signed just before the key was rotated out", honest.clone(), rotated(issued + 1), ask(), "valid");
    add("signed with a key that was rotated out", honest.clone(), rotated(issued), ask(), "unknown-key");
    add(
        "signed with a key that was stolen",
        honest.clone(),
        key_with(|key| key.revoked_s = Some(1_782_860_000)),
        ask(),
        "revoked",
    );
    let withdrawn = |id| TrustList { revoked: vec![Revocation::of(&id, 1_782_861_234)], ..list() };
    add("withdrawn", honest.clone(), withdrawn(PERMIT), ask(), "revoked");
    add("another permit withdrawn", honest.clone(), withdrawn(PermitId([0xee; 16])), ask(), "valid");
    let anew = Permit { issued_s: issued + 1_000, ..permit() };
    add("withdrawn and signed anew", shown_at(&anew, NOW_S), withdrawn(PERMIT), ask(), "revoked");
    add("withdrawn and expired", shown_at(&permit(), end), withdrawn(PERMIT), at(end), "revoked");
    // Two phones of one team: what one shows says nothing of the other.
    let [own, colleague] = [device_key(), server_key()].map(|key| key.public().device());
    let of_both = || Permit { visit: Visit { devices: vec![own, colleague], ..visit() }, ..permit() };
    let without = |phones: &[(DeviceId, i64)]| {
        let phones = phones.iter().map(|(device, at_s)| RevokedPhone { device: *device, at_s: *at_s }).collect();
        TrustList { phones, ..list() }
    };
    let first_gone = || without(&[(own, 1_782_861_234)]);
    let by = |permit: &Permit, phone: &SoftwareKey, challenge| shown(permit, &permit_key(), phone, NOW_S, challenge);
    add("shown by a phone that was revoked", by(&of_both(), &device_key(), None), first_gone(), ask(), "revoked");
    add("the same signature shown by a colleague", by(&of_both(), &server_key(), None), first_gone(), ask(), "valid");
    let answered = by(&of_both(), &device_key(), Some(40_721));
    add("a challenge answered by a phone that was revoked", answered, first_gone(), asked(40_721), "revoked");
    let answered = by(&of_both(), &server_key(), Some(40_721));
    add("a challenge answered by a colleague of it", answered, first_gone(), asked(40_721), "valid");
    let anew = Permit { issued_s: issued + 1_000, visit: Visit { devices: vec![colleague], ..visit() }, ..permit() };
    add("signed anew, shown by the colleague", by(&anew, &server_key(), None), first_gone(), ask(), "valid");
    add("signed anew, shown by the revoked phone", by(&anew, &device_key(), None), first_gone(), ask(), "revoked");
    let both_gone = || without(&[(own, 1_782_861_234), (colleague, 1_782_862_000)]);
    add("both phones revoked, shown by the second", by(&of_both(), &server_key(), None), both_gone(), ask(), "revoked");
    let other_gone = || without(&[(DeviceId([0xee; 16]), 1_782_861_234)]);
    add("another team's phone revoked", honest.clone(), other_gone(), ask(), "valid");
    let and_withdrawn = |at_s| TrustList { revoked: vec![Revocation::of(&PERMIT, at_s)], ..first_gone() };
    for (name, at_s) in [
        ("a phone revoked, and then its permit withdrawn", 1_782_862_345),
        ("a permit withdrawn, and then its phone revoked", 1_782_860_123),
    ] {
        add(name, honest.clone(), and_withdrawn(at_s), ask(), "revoked");
    }
    let colleague_s = by(&of_both(), &server_key(), None);
    add("withdrawn, shown by the colleague of a revoked phone", colleague_s, and_withdrawn(5), ask(), "revoked");
    let of_nobody = shown(&permit(), &other_key(), &device_key(), NOW_S, None);
    add("signed by a key of nobody, shown by a revoked phone", of_nobody, first_gone(), ask(), "unknown-key");
    add("a revoked phone's signature changed", changed(170), first_gone(), ask(), "forged");
    let elsewhere = Question { site: Some(SiteId([0xee; 16])), ..ask() };
    add("shown by a revoked phone at another site", honest.clone(), first_gone(), elsewhere, "revoked");
    let by_revoked_stranger = by(&permit(), &server_key(), None);
    let stranger_gone = without(&[(colleague, 1_782_861_234)]);
    add("shown by a revoked phone that it does not name", by_revoked_stranger, stranger_gone, ask(), "revoked");
    add("a list of no keys", honest.clone(), TrustList { keys: vec![], ..list() }, ask(), "unknown-key");
    let old_by = |seconds| TrustList { at_s: NOW_S - seconds, good_until_s: i64::MAX, ..list() };
    add("a list of thirty days", honest.clone(), old_by(TRUST_OLD_S), ask(), "valid");
    add("a list of thirty days and a second", honest.clone(), old_by(TRUST_OLD_S + 1), ask(), "trust-old");
    add("a list at its end", honest.clone(), TrustList { good_until_s: NOW_S, ..list() }, ask(), "trust-old");
    add(
        "a list a second before its end",
        honest.clone(),
        TrustList { good_until_s: NOW_S + 1, ..list() },
        ask(),
        "valid",
    );
    add(
        "stale, under an old list",
        honest.clone(),
        TrustList { good_until_s: 0, ..list() },
        at(NOW_S + 3_600),
        "stale",
    );

    add("the version changed", changed(0), list(), ask(), "forged");
    add("the key id changed", changed(1), list(), ask(), "forged");
    add("the permit's signature changed", changed(9), list(), ask(), "forged");
    add("the phone's key changed", changed(80), list(), ask(), "forged");
    add("the half minute changed", changed(109), list(), ask(), "forged");
    add("a challenge put in", changed(112), list(), ask(), "forged");
    add("the phone's signature changed", changed(170), list(), ask(), "forged");
    let longer = Permit { expires_s: end + 86_400, ..permit() };
    add("another last day written in", with_payload(&longer), list(), ask(), "forged");
    let moved = Permit { visit: Visit { site: SiteId([0xee; 16]), ..visit() }, ..permit() };
    add("another site written in", with_payload(&moved), list(), ask(), "forged");
    add("the permit signed in another lane", in_lanes(b"wurao-record-2", b"wurao-record-1"), list(), ask(), "forged");
    add("the showing signed in another lane", in_lanes(b"wurao-record-1", b""), list(), ask(), "forged");
    add("nothing", String::new(), list(), ask(), "forged");
    add("some other code", "https://example.org/menu".to_owned(), list(), ask(), "forged");
    add("cut short", honest[..honest.len() - 3].to_owned(), list(), ask(), "forged");
    add("a space in it", format!("{} {}", &honest[..60], &honest[60..]), list(), ask(), "forged");
    cases
}

fn facts(permit: &Permit) -> Value {
    let words = |words: &Words| json!({ "zh": words.zh, "en": words.en });
    json!({
        "id": permit.id.to_string(),
        "number": permit.visit.number,
        "ad_hoc": permit.visit.ad_hoc,
        "body": words(&permit.visit.body_name),
        "purpose": words(&permit.visit.purpose),
        "site": permit.visit.site.to_string(),
        "site_name": words(&permit.visit.site_name),
        "team": permit.visit.team.iter().map(|member| member.name.clone()).collect::<Vec<_>>(),
        "not_before_s": permit.not_before_s,
        "expires_s": permit.expires_s,
        "visits": permit.visit.visits,
    })
}

/// A case as the page reads it.
fn written(case: &Case) -> Value {
    let judged = judge_text(&case.text, &case.trust, &case.question);
    let colour = match judged.standing.colour() {
        Colour::Green => "green",
        Colour::Amber => "amber",
        Colour::Red => "red",
    };
    let as_of_s = match judged.standing {
        Standing::Revoked { as_of_s } => Some(as_of_s),
        _ => None,
    };
    json!({
        "name": case.name,
        "text": case.text,
        "trust": hex::encode(envelope::seal(&server_key(), &case.trust).unwrap()),
        "site": case.question.site.map(|site| site.to_string()),
        "now_s": case.question.now_s,
        "clock_doubtful": case.question.clock_doubtful,
        "challenge": case.question.challenge,
        "expect": judged.standing.code(),
        "colour": colour,
        "as_of_s": as_of_s,
        "permit": judged.permit.as_ref().map(facts),
    })
}

#[test]
fn every_case_gets_the_judgement_written_beside_it() {
    for case in cases() {
        let standing = judge_text(&case.text, &case.trust, &case.question).standing.code();
        assert_eq!(standing, case.expect, "{}", case.name);
    }
}

#[test]
fn the_cases_cover_every_standing_a_reader_can_come_to() {
    let found: std::collections::BTreeSet<_> = cases().iter().map(|case| case.expect).collect();
    for code in [
        "valid",
        "not-yet",
        "expired",
        "wrong-site",
        "clock-doubtful",
        "unknown-key",
        "revoked",
        "copied",
        "forged",
        "stale",
        "trust-old",
    ] {
        assert!(found.contains(code), "{code}");
    }
}

#[test]
fn the_file_that_the_villages_page_is_held_to_says_the_same() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/presentations.json");
    let text = serde_json::to_string_pretty(&cases().iter().map(written).collect::<Vec<_>>()).unwrap() + "\n";
    if crate::golden::blessing() {
        std::fs::write(&path, &text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(found == text, "{} is no longer what this version judges; WURAO_BLESS=1 writes it anew", path.display());
}

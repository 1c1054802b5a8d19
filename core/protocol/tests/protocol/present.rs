//! A permit as it is shown: sealed, written, read, judged.

use crate::sample::{PERMIT, SITE, device_key, permit, permit_key, sealed, server_key, trust_list, visit};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::envelope::{self, open};
use wurao_protocol::key::{Signer, SoftwareKey};
use wurao_protocol::permit::{Member, Permit, Visit};
use wurao_protocol::present::{
    CHALLENGES, Judged, MAX_ADDRESS, MAX_PAYLOAD, MAX_PERMIT, PresentError, Question, STALE_S, fits, judge, judge_text,
    parse, seal, text,
};
use wurao_protocol::record::{Kind, PermitKey, Presentation, Revocation, RevokedPhone, TrustList};
use wurao_protocol::standing::Standing;
use wurao_protocol::{DeviceId, PersonId, SiteId, base43};

/// In the morning of the first day.
pub(crate) const NOW_S: i64 = 1_782_869_400;

/// A reader at the site with a good clock who asks for nothing.
pub(crate) fn question() -> Question {
    Question { site: Some(SITE), now_s: NOW_S, clock_doubtful: false, challenge: None }
}

fn record(permit: &Permit) -> Vec<u8> {
    envelope::seal(&permit_key(), permit).unwrap()
}

fn shown() -> Vec<u8> {
    seal(&device_key(), &record(&permit()), NOW_S, None).unwrap()
}

/// A presentation no phone of ours makes, signed by this key.
fn by_hand(signer: &SoftwareKey, change: impl FnOnce(&mut Presentation)) -> Vec<u8> {
    let mut body = Presentation {
        permit: Bytes(record(&permit())),
        key: signer.public().to_bytes(),
        half_minute: NOW_S as u64 / 30,
        challenge: None,
    };
    change(&mut body);
    envelope::seal(signer, &body).unwrap()
}

fn stands(bytes: &[u8], trust: &TrustList, question: &Question) -> Standing {
    judge(bytes, trust, question).standing
}

#[test]
fn an_honest_code_is_valid_and_says_whose_it_is() {
    let address = text("permits.example", &shown()).unwrap();
    assert!(address.starts_with("HTTPS://PERMITS.EXAMPLE/P#"), "{address}");
    let expected = Judged {
        standing: Standing::Valid,
        permit: Some(permit()),
        device: Some(device_key().public().device()),
        shown_s: Some(NOW_S),
    };
    assert_eq!(judge_text(&address, &trust_list(), &question()), expected);
}

#[test]
fn the_text_is_read_from_the_whole_address_and_from_its_end_alone() {
    let address = text("http://127.0.0.1:8080/", &shown()).unwrap();
    let (before, end) = address.split_once('#').unwrap();
    assert_eq!(before, "HTTP://127.0.0.1:8080/P");
    for text in [address.as_str(), end, &format!("  {address}\n"), &format!("https://permits.example/p#{end}")] {
        assert_eq!(parse(text).unwrap(), shown(), "{text}");
    }
}

#[test]
fn the_text_holds_the_parts_at_their_places() {
    let bytes = seal(&device_key(), &record(&permit()), NOW_S, Some(40_721)).unwrap();
    let text = text("x", &bytes).unwrap();
    let parts = base43::decode(text.split_once('#').unwrap().1).unwrap();
    let inner = record(&permit());
    assert_eq!(parts[0], 1);
    assert_eq!(parts[1..9], permit_key().public().id().0);
    assert_eq!(parts[9..73], inner[inner.len() - 64..]);
    assert_eq!(parts[73..106], device_key().public().to_bytes());
    assert_eq!(parts[106..110], ((NOW_S / 30) as u32).to_be_bytes());
    assert_eq!(parts[110..113], [0x00, 0x9f, 0x11]);
    assert_eq!(parts[113..177], bytes[bytes.len() - 64..]);
    assert_eq!(parts[177..], cbor::encode(&permit()));
}

#[test]
fn what_the_text_cannot_say_is_not_written() {
    let other_kind = by_hand(&device_key(), |body| body.permit = Bytes(sealed(Kind::Site)));
    assert!(matches!(text("x", &other_kind), Err(PresentError::Shape)));
    let far_future = by_hand(&device_key(), |body| body.half_minute = 1 << 32);
    assert!(matches!(text("x", &far_future), Err(PresentError::Shape)));
    let seven_digits = by_hand(&device_key(), |body| body.challenge = Some(0xff_ffff));
    assert!(matches!(text("x", &seven_digits), Err(PresentError::Challenge(_))));
    let six_and_more = by_hand(&device_key(), |body| body.challenge = Some(CHALLENGES));
    assert!(matches!(text("x", &six_and_more), Err(PresentError::Shape)));
    assert!(matches!(text("x", &sealed(Kind::Permit)), Err(PresentError::Envelope(_))));
}

#[test]
fn a_phone_does_not_show_what_no_reader_could_take() {
    let permit = record(&permit());
    assert!(matches!(seal(&device_key(), &permit, NOW_S, Some(CHALLENGES)), Err(PresentError::Challenge(1_000_000))));
    assert!(matches!(seal(&device_key(), &permit, -1, None), Err(PresentError::Clock(-1))));
    assert!(matches!(seal(&device_key(), &permit, i64::MAX, None), Err(PresentError::Clock(_))));
    assert!(matches!(seal(&device_key(), &sealed(Kind::Site), NOW_S, None), Err(PresentError::Envelope(_))));
    assert!(matches!(seal(&device_key(), b"", NOW_S, None), Err(PresentError::Envelope(_))));
}

#[test]
fn an_address_too_long_or_outside_of_the_codes_capitals_is_refused() {
    for address in ["", "https://", "村.example", "a b.example", "permits_1.example", &"a".repeat(MAX_ADDRESS + 1)] {
        assert!(matches!(text(address, &shown()), Err(PresentError::Address(_))), "{address}");
    }
    assert!(text(&format!("https://{}", "a".repeat(MAX_ADDRESS)), &shown()).is_ok());
}

/// A permit whose payload has exactly this many bytes.
fn of_size(bytes: usize) -> Permit {
    let number = |length| Permit { visit: Visit { number: "9".repeat(length), ..visit() }, ..permit() };
    let length = (0..bytes).find(|length| cbor::encode(&number(*length)).len() == bytes).unwrap();
    number(length)
}

#[test]
fn the_largest_permit_is_shown_and_one_byte_more_is_not() {
    // The colleague's phone is counted, though it is not enrolled yet.
    assert!(fits(&of_size(MAX_PAYLOAD - 17)));
    assert!(!fits(&of_size(MAX_PAYLOAD - 16)));
    let largest = record(&of_size(MAX_PAYLOAD));
    assert_eq!(largest.len(), MAX_PERMIT);
    assert!(seal(&device_key(), &largest, NOW_S, None).is_ok());
    let larger = record(&of_size(MAX_PAYLOAD + 1));
    assert!(matches!(seal(&device_key(), &larger, NOW_S, None), Err(PresentError::TooLarge(_))));
}

#[test]
fn a_team_without_phones_is_counted_as_if_each_had_one() {
    let team = |people: u8| -> Vec<Member> {
        (0..people).map(|n| Member { person: PersonId([n; 16]), name: "王芳".to_owned() }).collect()
    };
    let devices = |phones: u8| -> Vec<DeviceId> { (0..phones).map(|n| DeviceId([n; 16])).collect() };
    let of = |people, phones| Permit {
        visit: Visit { team: team(people), devices: devices(phones), ..visit() },
        ..permit()
    };
    for people in 1..10 {
        for phones in 0..=people {
            assert_eq!(fits(&of(people, phones)), fits(&of(people, people)), "{people} people, {phones} phones");
        }
    }
    assert!(fits(&of(1, 0)) && !fits(&of(9, 0)));
}

#[test]
fn a_code_is_fresh_for_ninety_seconds_before_and_after() {
    for (off, expected) in [
        (0, Standing::Valid),
        (STALE_S as i64, Standing::Valid),
        (-(STALE_S as i64), Standing::Valid),
        (STALE_S as i64 + 1, Standing::Stale),
        (-(STALE_S as i64) - 1, Standing::Stale),
    ] {
        assert_eq!(NOW_S % 30, 0);
        let question = Question { now_s: NOW_S + off, ..question() };
        assert_eq!(stands(&shown(), &trust_list(), &question), expected, "{off}");
    }
    for half_minute in [0, u64::MAX, i64::MAX as u64, i64::MAX as u64 / 30] {
        let bytes = by_hand(&device_key(), |body| body.half_minute = half_minute);
        assert_eq!(stands(&bytes, &trust_list(), &question()), Standing::Stale, "{half_minute}");
    }
}

#[test]
fn an_answered_challenge_makes_up_for_a_wrong_clock() {
    let answered = |digits| seal(&device_key(), &record(&permit()), NOW_S - 7_200, Some(digits)).unwrap();
    let asked = Question { challenge: Some(123_456), ..question() };
    assert_eq!(stands(&answered(123_456), &trust_list(), &asked), Standing::Valid);
    assert_eq!(stands(&answered(123_457), &trust_list(), &asked), Standing::Copied);
    assert_eq!(stands(&shown(), &trust_list(), &asked), Standing::Copied);
    // An answer that nobody asked for is worth nothing.
    assert_eq!(stands(&answered(123_456), &trust_list(), &question()), Standing::Stale);
}

#[test]
fn only_the_phones_of_the_permit_may_show_it() {
    let copied = seal(&server_key(), &record(&permit()), NOW_S, None).unwrap();
    assert_eq!(stands(&copied, &trust_list(), &question()), Standing::Copied);
}

#[test]
fn nobody_signs_in_the_name_of_another_phone() {
    let theirs = device_key().public().to_bytes();
    let bytes = by_hand(&server_key(), |body| body.key = theirs);
    assert_eq!(stands(&bytes, &trust_list(), &question()), Standing::Forged);
    let no_key = by_hand(&device_key(), |body| body.key = [4; 33]);
    assert_eq!(judge(&no_key, &trust_list(), &question()).permit, None);
}

#[test]
fn a_reader_who_names_no_site_is_not_told_of_a_wrong_one() {
    let nowhere = Question { site: None, ..question() };
    let elsewhere = Question { site: Some(SiteId([0xee; 16])), ..question() };
    assert_eq!(stands(&shown(), &trust_list(), &nowhere), Standing::Valid);
    assert_eq!(stands(&shown(), &trust_list(), &elsewhere), Standing::WrongSite);
}

/// Everything that can be wrong, the weightiest first.
#[test]
fn of_several_reasons_the_weightiest_is_said() {
    struct Wrong {
        forged: bool,
        unknown_key: bool,
        withdrawn: bool,
        phone_revoked: bool,
        copied: bool,
        wrong_site: bool,
        doubtful: bool,
        expired: bool,
        stale: bool,
        old: bool,
    }
    for mask in 0u32..1 << 10 {
        let bit = |n: u32| mask >> n & 1 == 1;
        let wrong = Wrong {
            forged: bit(0),
            unknown_key: bit(1),
            withdrawn: bit(2),
            phone_revoked: bit(3),
            copied: bit(4),
            wrong_site: bit(5),
            doubtful: bit(6),
            expired: bit(7),
            stale: bit(8),
            old: bit(9),
        };
        let mut trust = trust_list();
        let from_s = if wrong.unknown_key { permit().issued_s + 1 } else { 0 };
        trust.keys = vec![PermitKey { key: permit_key().public().to_bytes(), from_s, until_s: None, revoked_s: None }];
        trust.revoked = wrong.withdrawn.then_some(Revocation::of(&PERMIT, 5)).into_iter().collect();
        trust.good_until_s = if wrong.old { 0 } else { i64::MAX };
        let now_s = if wrong.expired { permit().expires_s } else { NOW_S };
        let shown_at = if wrong.stale { now_s - 3_600 } else { now_s };
        let signer = if wrong.copied { server_key() } else { device_key() };
        let phone = RevokedPhone { device: signer.public().device(), at_s: 3 };
        trust.phones = wrong.phone_revoked.then_some(phone).into_iter().collect();
        let mut bytes = seal(&signer, &record(&permit()), shown_at, None).unwrap();
        if wrong.forged {
            *bytes.last_mut().unwrap() ^= 1;
        }
        let site = if wrong.wrong_site { SiteId([0xee; 16]) } else { SITE };
        let question = Question { site: Some(site), now_s, clock_doubtful: wrong.doubtful, challenge: None };
        let expected = match wrong {
            Wrong { forged: true, .. } => "forged",
            Wrong { unknown_key: true, .. } => "unknown-key",
            Wrong { withdrawn: true, .. } | Wrong { phone_revoked: true, .. } => "revoked",
            Wrong { copied: true, .. } => "copied",
            Wrong { wrong_site: true, .. } => "wrong-site",
            Wrong { doubtful: true, .. } => "clock-doubtful",
            Wrong { expired: true, .. } => "expired",
            Wrong { stale: true, .. } => "stale",
            Wrong { old: true, .. } => "trust-old",
            _ => "valid",
        };
        let judged = judge(&bytes, &trust, &question);
        assert_eq!(judged.standing.code(), expected, "{mask:b}");
        if let Standing::Revoked { as_of_s } = judged.standing {
            assert_eq!(as_of_s, if wrong.withdrawn { 5 } else { 3 }, "{mask:b}: whichever came first");
        }
        assert_eq!(judged.permit, Some(permit()), "{mask:b}");
    }
}

#[test]
fn no_bit_of_a_shown_permit_can_change() {
    let bytes = shown();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let standing = stands(&changed, &trust_list(), &question());
        // The key id inside may come to name a key that nobody knows; all else is forged.
        assert!(matches!(standing, Standing::Forged | Standing::UnknownKey), "byte {at}: {standing:?}");
    }
}

#[test]
fn a_permit_alone_and_other_records_are_no_presentation() {
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Presentation) {
        let judged = judge(&sealed(*kind), &trust_list(), &question());
        assert_eq!((judged.standing, judged.permit), (Standing::Forged, None), "{kind:?}");
    }
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Permit) {
        let bytes = by_hand(&device_key(), |body| body.permit = Bytes(sealed(*kind)));
        let judged = judge(&bytes, &trust_list(), &question());
        assert_eq!((judged.standing, judged.permit), (Standing::Forged, None), "{kind:?}");
    }
    assert!(open(&shown()).is_ok());
}

#[test]
fn a_text_that_is_none_is_forged_and_says_nothing() {
    for text in ["", "#", "HTTPS://PERMITS.EXAMPLE/P", "HTTPS://PERMITS.EXAMPLE/P#", "hello", "P#000", "你好"] {
        let judged = judge_text(text, &trust_list(), &question());
        assert_eq!((judged.standing, judged.permit), (Standing::Forged, None), "{text}");
    }
}

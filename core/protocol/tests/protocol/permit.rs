//! The permit as a CBOR Web Token, and how it stands.

use crate::item::items;
use crate::sample::{BODY, COLLEAGUE, DOCUMENT, PERMIT, PERSON, PLAN_ITEM, SERVER, SITE, permit, respell};
use coset::CborSerializable as _;
use coset::cbor::value::Value;
use coset::cwt::{ClaimName, ClaimsSet, Timestamp};
use wurao_protocol::cbor::{self, CborError};
use wurao_protocol::permit::{Permit, Standing};
use wurao_protocol::record::Kind;
use wurao_protocol::{PersonId, SiteId};

/// As any reader of RFC 8392 sees it.
fn claims() -> ClaimsSet {
    ClaimsSet::from_slice(&cbor::encode(&permit())).unwrap()
}

#[test]
fn a_foreign_reader_of_web_tokens_reads_the_standard_claims() {
    let claims = claims();
    assert_eq!(claims.issuer, Some(SERVER.to_string()));
    assert_eq!(claims.expiration_time, Some(Timestamp::WholeSeconds(permit().expires_s)));
    assert_eq!(claims.not_before, Some(Timestamp::WholeSeconds(permit().not_before_s)));
    assert_eq!(claims.issued_at, Some(Timestamp::WholeSeconds(permit().issued_s)));
    assert_eq!(claims.cwt_id, Some(PERMIT.0.to_vec()));
    assert_eq!((claims.subject, claims.audience), (None, None));
}

#[test]
fn the_other_claims_stand_in_the_private_range_in_this_order() {
    let expected = [
        Value::from(PLAN_ITEM.0.to_vec()),
        Value::from(BODY.0.to_vec()),
        Value::Map(vec![
            (Value::from(0), Value::from("汛期避险物资")),
            (Value::from(1), Value::from("Flood season shelter stocks")),
        ]),
        Value::from(SITE.0.to_vec()),
        Value::from(permit().checklist.0.to_vec()),
        Value::Array([PERSON, COLLEAGUE].map(|person| Value::from(person.0.to_vec())).to_vec()),
        Value::Array(vec![Value::from(permit().devices[0].0.to_vec())]),
        Value::from(1),
        Value::from(DOCUMENT.0.to_vec()),
    ];
    let expected: Vec<(ClaimName, Value)> =
        expected.into_iter().zip(0..).map(|(value, n)| (ClaimName::PrivateUse(-65_537 - n), value)).collect();
    assert_eq!(claims().rest, expected);
}

#[test]
fn claims_twice_or_out_of_order_are_refused_where_they_stand() {
    let payload = cbor::encode(&permit());
    let claims = items(&payload)[0];
    for bytes in [claims.shuffled(&payload), claims.doubled(&payload)].concat() {
        assert!(matches!(respell(Kind::Permit, &bytes), Err(CborError::Shape(_))));
    }
}

#[test]
fn a_claim_in_the_place_of_another_is_refused() {
    let payload = cbor::encode(&permit());
    // `nbf` (5) called `exp` (4), and `exp` called `aud` (3).
    for (at, key) in [(2, 4), (1, 3)] {
        let mut bytes = payload.clone();
        let key_at = items(&payload)[0].key_at(&payload, at);
        bytes[key_at] = key;
        assert!(respell(Kind::Permit, &bytes).is_err());
    }
}

#[test]
fn an_issuer_in_another_spelling_is_refused() {
    let payload = cbor::encode(&Permit { issuer: wurao_protocol::ServerId([0xab; 16]), ..permit() });
    let text = "ab".repeat(16);
    let at = payload.windows(32).position(|window| window == text.as_bytes()).unwrap();
    for (other, what) in [(b'A', "upper case"), (b'g', "no hex"), (b' ', "a space")] {
        let mut bytes = payload.clone();
        bytes[at] = other;
        assert!(respell(Kind::Permit, &bytes).is_err(), "{what}");
    }
}

#[test]
fn a_permit_stands_by_site_person_and_day() {
    let first_ms = permit().not_before_s * 1000;
    let end_ms = permit().expires_s * 1000;
    let (stranger, elsewhere) = (PersonId([0xee; 16]), SiteId([0xee; 16]));
    let table = [
        (PERSON, SITE, first_ms, Standing::Valid),
        (COLLEAGUE, SITE, first_ms + 1, Standing::Valid),
        (PERSON, SITE, end_ms - 1, Standing::Valid),
        (PERSON, SITE, first_ms - 1, Standing::NotYet),
        (PERSON, SITE, 0, Standing::NotYet),
        (PERSON, SITE, -1, Standing::NotYet),
        (PERSON, SITE, i64::MIN, Standing::NotYet),
        (PERSON, SITE, end_ms, Standing::Expired),
        (PERSON, SITE, i64::MAX, Standing::Expired),
        (PERSON, elsewhere, first_ms, Standing::WrongSite),
        (stranger, SITE, first_ms, Standing::NotOnTeam),
        // Of several reasons the one that no waiting mends comes first.
        (stranger, elsewhere, end_ms, Standing::WrongSite),
        (PERSON, elsewhere, first_ms - 1, Standing::WrongSite),
        (stranger, SITE, first_ms - 1, Standing::NotOnTeam),
        (stranger, SITE, end_ms, Standing::NotOnTeam),
    ];
    for (person, site, now_ms, expected) in table {
        assert_eq!(permit().standing(&person, &site, now_ms), expected, "{person} at {site}, {now_ms}");
    }
}

#[test]
fn a_permit_of_no_days_and_one_of_nobody_are_never_valid() {
    let day = permit().not_before_s;
    let backwards = Permit { expires_s: day, ..permit() };
    for now_s in [day - 1, day, day + 1] {
        assert_ne!(backwards.standing(&PERSON, &SITE, now_s * 1000), Standing::Valid);
    }
    let nobody = Permit { team: vec![], ..permit() };
    assert_eq!(nobody.standing(&PERSON, &SITE, day * 1000), Standing::NotOnTeam);
}

#[test]
fn the_millisecond_before_the_first_day_is_before_it_even_in_1970() {
    let permit = Permit { not_before_s: 0, ..permit() };
    assert_eq!(permit.standing(&PERSON, &SITE, -1), Standing::NotYet);
    assert_eq!(permit.standing(&PERSON, &SITE, 0), Standing::Valid);
}

#[test]
fn standings_have_stable_codes() {
    let table = [
        (Standing::Valid, "valid"),
        (Standing::NotYet, "not-yet"),
        (Standing::Expired, "expired"),
        (Standing::WrongSite, "wrong-site"),
        (Standing::NotOnTeam, "not-on-team"),
        (Standing::ClockDoubtful, "clock-doubtful"),
    ];
    for (standing, code) in table {
        assert_eq!(standing.code(), code);
    }
}

//! The permit as a CBOR Web Token, and how it stands.

use crate::item::items;
use crate::sample::{
    COLLEAGUE, PERMIT, PERSON, SITE, device_key, permit, permit_key, respell, server_key, trust_list, visit,
};
use coset::CborSerializable as _;
use coset::cbor::value::Value;
use coset::cwt::{ClaimName, ClaimsSet, Timestamp};
use wurao_protocol::cbor::{self, CborError};
use wurao_protocol::envelope;
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_protocol::permit::{Permit, Visit};
use wurao_protocol::record::{Kind, PermitKey, Revocation, RevokedPhone, TrustList};
use wurao_protocol::standing::{Colour, Standing, TRUST_OLD_S};
use wurao_protocol::{PermitId, PermitMark, PersonId, SiteId, Words};

/// As any reader of RFC 8392 sees it.
fn claims() -> ClaimsSet {
    ClaimsSet::from_slice(&cbor::encode(&permit())).unwrap()
}

#[test]
fn a_foreign_reader_of_web_tokens_reads_the_standard_claims() {
    let claims = claims();
    assert_eq!(claims.expiration_time, Some(Timestamp::WholeSeconds(permit().expires_s)));
    assert_eq!(claims.not_before, Some(Timestamp::WholeSeconds(permit().not_before_s)));
    assert_eq!(claims.issued_at, Some(Timestamp::WholeSeconds(permit().issued_s)));
    assert_eq!(claims.cwt_id, Some(PERMIT.0.to_vec()));
    assert_eq!((claims.issuer, claims.subject, claims.audience), (None, None, None));
}

#[test]
fn the_visit_stands_under_one_private_claim_in_this_order() {
    let id = |id: [u8; 16]| Value::from(id.to_vec());
    let words = |words: Words| Value::Map(vec![(0.into(), words.zh.into()), (1.into(), words.en.into())]);
    let visit = visit();
    let member = |n: usize| Value::Array(vec![id(visit.team[n].person.0), visit.team[n].name.clone().into()]);
    let expected = Value::Array(vec![
        id(visit.plan_item.0),
        "2026-017".into(),
        false.into(),
        id(visit.body.0),
        words(visit.body_name.clone()),
        words(visit.purpose.clone()),
        id(visit.site.0),
        words(visit.site_name.clone()),
        Value::from(visit.checklist.0.to_vec()),
        Value::Array(vec![member(0), member(1)]),
        Value::Array(vec![id(visit.devices[0].0)]),
        1.into(),
        id(visit.document.0),
    ]);
    assert_eq!(claims().rest, [(ClaimName::PrivateUse(-65_537), expected)]);
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
    for (at, key) in [(1, 4), (0, 3)] {
        let mut bytes = payload.clone();
        let key_at = items(&payload)[0].key_at(&payload, at);
        bytes[key_at] = key;
        assert!(respell(Kind::Permit, &bytes).is_err());
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
    let nobody = Permit { visit: Visit { team: vec![], ..visit() }, ..permit() };
    assert_eq!(nobody.standing(&PERSON, &SITE, day * 1000), Standing::NotOnTeam);
}

#[test]
fn the_millisecond_before_the_first_day_is_before_it_even_in_1970() {
    let permit = Permit { not_before_s: 0, ..permit() };
    assert_eq!(permit.standing(&PERSON, &SITE, -1), Standing::NotYet);
    assert_eq!(permit.standing(&PERSON, &SITE, 0), Standing::Valid);
}

#[test]
fn standings_have_stable_codes_and_colours() {
    let table = [
        (Standing::Valid, "valid", Colour::Green),
        (Standing::NotYet, "not-yet", Colour::Red),
        (Standing::Expired, "expired", Colour::Red),
        (Standing::WrongSite, "wrong-site", Colour::Red),
        (Standing::NotOnTeam, "not-on-team", Colour::Red),
        (Standing::ClockDoubtful, "clock-doubtful", Colour::Amber),
        (Standing::UnknownKey, "unknown-key", Colour::Red),
        (Standing::Revoked { as_of_s: 1 }, "revoked", Colour::Red),
        (Standing::Copied, "copied", Colour::Red),
        (Standing::Forged, "forged", Colour::Red),
        (Standing::Stale, "stale", Colour::Amber),
        (Standing::TrustOld, "trust-old", Colour::Amber),
    ];
    for (standing, code, colour) in table {
        assert_eq!((standing.code(), standing.colour()), (code, colour));
    }
}

/// What a list says of a permit signed by this key.
fn says(list: &TrustList, signer: &SoftwareKey, permit: &Permit) -> Standing {
    let record = envelope::seal(signer, permit).unwrap();
    list.says(&envelope::open(&record).unwrap(), permit)
}

fn list_with(change: impl FnOnce(&mut PermitKey)) -> TrustList {
    let mut list = trust_list();
    change(list.keys.last_mut().unwrap());
    list
}

#[test]
fn only_keys_of_the_list_sign_permits() {
    assert_eq!(says(&trust_list(), &permit_key(), &permit()), Standing::Valid);
    for stranger in [server_key(), device_key()] {
        assert_eq!(says(&trust_list(), &stranger, &permit()), Standing::UnknownKey);
    }
    let not_a_key = list_with(|key| key.key = [9; 33]);
    assert_eq!(says(&not_a_key, &permit_key(), &permit()), Standing::UnknownKey);
}

#[test]
fn a_key_signs_from_its_first_second_to_the_one_before_its_end() {
    let issued = permit().issued_s;
    let table = [
        (issued, None, Standing::Valid),
        (issued + 1, None, Standing::UnknownKey),
        (0, Some(issued + 1), Standing::Valid),
        (0, Some(issued), Standing::UnknownKey),
    ];
    for (from_s, until_s, expected) in table {
        let list = list_with(|key| (key.from_s, key.until_s) = (from_s, until_s));
        assert_eq!(says(&list, &permit_key(), &permit()), expected, "{from_s} {until_s:?}");
    }
}

#[test]
fn a_lost_key_takes_all_it_signed_with_it() {
    let list = list_with(|key| (key.until_s, key.revoked_s) = (Some(0), Some(77)));
    assert_eq!(says(&list, &permit_key(), &permit()), Standing::Revoked { as_of_s: 77 });
}

#[test]
fn a_withdrawn_permit_stands_withdrawn_however_often_it_is_signed_anew() {
    let list = TrustList { revoked: vec![Revocation::of(&PERMIT, 88)], ..trust_list() };
    let anew = Permit { issued_s: permit().issued_s + 1, ..permit() };
    for permit in [permit(), anew] {
        assert_eq!(says(&list, &permit_key(), &permit), Standing::Revoked { as_of_s: 88 });
    }
}

#[test]
fn a_phone_stands_revoked_since_the_second_beside_it_and_no_other_does() {
    let [gone, other] = [device_key(), server_key()].map(|key| key.public().device());
    let list = TrustList { phones: vec![RevokedPhone { device: gone, at_s: 77 }], ..trust_list() };
    assert_eq!(list.says_of_phone(&gone), Standing::Revoked { as_of_s: 77 });
    assert_eq!(list.says_of_phone(&other), Standing::Valid);
    assert_eq!(says(&list, &permit_key(), &permit()), Standing::Valid, "the permit that names it is as good as ever");
}

#[test]
fn the_list_does_not_say_which_permits_were_withdrawn() {
    let list = TrustList { revoked: vec![Revocation::of(&PERMIT, 88)], ..trust_list() };
    let bytes = cbor::encode(&list);
    assert!(!bytes.windows(16).any(|window| window == PERMIT.0));
    assert!(!bytes.windows(16).any(|window| PermitId(window.try_into().unwrap()).short_code() == PERMIT.short_code()));
    assert!(bytes.windows(16).any(|window| window == PermitMark::of(&PERMIT).0));
}

#[test]
fn a_changed_permit_is_forged_even_when_it_was_withdrawn_too() {
    let list = TrustList { revoked: vec![Revocation::of(&PERMIT, 88)], ..trust_list() };
    let mut record = envelope::seal(&permit_key(), &permit()).unwrap();
    *record.last_mut().unwrap() ^= 1;
    let envelope = envelope::open(&record).unwrap();
    assert_eq!(list.says(&envelope, &permit()), Standing::Forged);
}

#[test]
fn a_list_is_old_after_thirty_days_or_at_its_end() {
    let list = TrustList { at_s: 1_000, good_until_s: i64::MAX, ..trust_list() };
    assert!(!list.is_old(1_000 + TRUST_OLD_S));
    assert!(list.is_old(1_001 + TRUST_OLD_S));
    let list = TrustList { good_until_s: 2_000, ..list };
    assert!(!list.is_old(1_999));
    assert!(list.is_old(2_000));
    assert!(!TrustList { at_s: i64::MAX, ..list.clone() }.is_old(i64::MIN));
    assert!(TrustList { at_s: i64::MIN, ..list }.is_old(1_999));
}

//! Problem codes: stable on the wire and as text.

use std::collections::BTreeSet;
use wurao_protocol::Problem;
use wurao_protocol::cbor;

#[test]
fn codes_and_numbers_never_change() {
    // Append only. The number is the place in the list.
    let codes = [
        "empty-body",
        "truncated-body",
        "too-large",
        "malformed",
        "unknown-version",
        "other-server",
        "unknown-device",
        "wrong-signature",
        "stale-counter",
        "frame-hash",
        "device-revoked",
        "enrol-code",
        "busy",
        "internal",
        "no-permit",
        "not-on-team",
        "gate",
        "unknown-dependency",
        "equivocation",
        "no-session",
        "forged-actor",
        "kind-not-taken",
        "late",
        "field-refused",
        "upload-capability",
        "blob-hash",
        "permit-state",
        "after-refused",
        "withdrawn",
        "late-registration",
        "clock-doubtful",
        "voided",
        "from-revoked",
        "declined",
        "sealed",
        "too-many",
        "forbidden",
        "not-found",
        "plan-rule",
        "field",
    ];
    for (number, (problem, code)) in Problem::ALL.iter().zip(codes).enumerate() {
        assert_eq!(problem.code(), code);
        assert_eq!(cbor::encode(problem), cbor::encode(&(number as u32)));
        assert_eq!(cbor::decode::<Problem>(&cbor::encode(problem)).unwrap(), *problem);
    }
    assert_eq!(Problem::ALL.len(), codes.len());
}

#[test]
fn every_code_is_kebab_case_and_its_own_and_goes_with_an_error_status() {
    let mut seen = BTreeSet::new();
    for problem in Problem::ALL {
        let code = problem.code();
        assert!(seen.insert(code), "{code} twice");
        assert!(code.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())), "{code}");
        assert!((400..600).contains(&problem.status()), "{code}");
        assert_eq!(problem.to_string(), code);
    }
}

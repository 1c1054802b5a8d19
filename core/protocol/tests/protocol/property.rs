//! What holds for every value and every input. `WURAO_SEED` tries other ones than the usual.

use crate::{sample, strategy};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use std::fmt::Debug;
use wurao_protocol::cbor;
use wurao_protocol::envelope::{self, open, open_as};
use wurao_protocol::frame::{Frame, MAX_FRAME, unpack};
use wurao_protocol::handover::Contents;
use wurao_protocol::key::{PublicKey, Signer as _};
use wurao_protocol::record::{Kind, RecordBody};
use wurao_protocol::sync::{Answer, Request};
use wurao_protocol::{DeviceId, ServerId, base43, present, seal};

fn runner(cases: u32) -> TestRunner {
    let seed = std::env::var("WURAO_SEED").map_or(20_261_122, |seed| seed.parse().unwrap());
    println!("WURAO_SEED={seed}");
    TestRunner::new(ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

/// Every body comes back as it went, and its record opens under its signer's key.
fn comes_back<T>(bodies: impl Strategy<Value = T>)
where
    T: RecordBody + Debug + PartialEq,
{
    let key = sample::device_key();
    let public = key.public();
    let result = runner(128).run(&bodies, |body| {
        let payload = cbor::encode(&body);
        let again: T = cbor::decode(&payload).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(&again, &body);
        let record = envelope::seal(&key, &body).unwrap();
        let opened = open_as::<T>(&record).unwrap();
        prop_assert_eq!(opened.envelope.kind, T::KIND);
        prop_assert_eq!(&opened.envelope.payload, &payload);
        prop_assert_eq!(opened.verified(&public).unwrap(), body);
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

macro_rules! every_body_comes_back {
    ($($test:ident: $strategy:ident;)*) => {$(
        #[test]
        fn $test() {
            comes_back(strategy::$strategy());
        }
    )*};
}

every_body_comes_back! {
    every_session_comes_back: session;
    every_heads_record_comes_back: heads;
    every_leave_comes_back: leave;
    every_evidence_entry_comes_back: evidence;
    every_request_head_comes_back: request_head;
    every_enrolment_comes_back: enrol;
    every_device_comes_back: device;
    every_person_comes_back: person;
    every_site_comes_back: site;
    every_plan_item_comes_back: plan_item;
    every_checklist_comes_back: checklist;
    every_permit_comes_back: permit;
    every_receipt_comes_back: receipt;
    every_decision_comes_back: decision;
    every_trust_list_comes_back: trust_list;
    every_late_registration_comes_back: late;
    every_void_comes_back: void;
    every_carried_envelope_comes_back: carried;
    every_order_comes_back: order;
    every_presentation_comes_back: presentation;
    every_checkpoint_comes_back: checkpoint;
    every_witness_comes_back: witness;
}

#[test]
fn every_frame_comes_back() {
    let result = runner(256).run(&strategy::frame(), |frame| {
        prop_assert_eq!(Frame::unpack(&frame.pack().unwrap()), Ok(frame));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn every_request_comes_back() {
    let frames = vec(vec(any::<u8>(), 0..400), 0..8);
    let result = runner(64).run(&frames, |frames| {
        let request = sample::request_of(frames);
        prop_assert_eq!(Request::from_body(&request.to_body()), Ok(request));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn every_answer_comes_back() {
    let result = runner(256).run(&strategy::answer(), |answer| {
        prop_assert_eq!(Answer::from_body(&answer.to_body().unwrap()), Ok(answer));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

/// All that reads what comes from outside. Whatever is taken must be written again as it came.
fn read_all(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(envelope) = open(bytes) {
        let _ = envelope.verify(&sample::device_key().public());
        let _ = sample::respell(envelope.kind, &envelope.payload);
    }
    for kind in Kind::ALL {
        if let Ok(again) = sample::respell(*kind, bytes) {
            prop_assert_eq!(again, bytes);
        }
    }
    let _ = present::judge(bytes, &sample::trust_list(), &crate::present::question());
    let text = base43::encode(bytes);
    prop_assert_eq!(base43::decode(&text), Ok(bytes.to_vec()));
    if let Ok(shown) = present::parse(&text) {
        prop_assert_eq!(present::text("X", &shown).unwrap(), format!("HTTPS://X/P#{text}"));
    }
    let _ = seal::open(&sample::device_key(), b"purpose", bytes);
    if let Ok(request) = Request::from_body(bytes) {
        prop_assert_eq!(request.to_body(), bytes);
    }
    let _ = Answer::from_body(bytes);
    let _ = Frame::unpack(bytes);
    if let Ok(plain) = unpack(bytes, MAX_FRAME) {
        prop_assert!(plain.len() <= MAX_FRAME);
    }
    if let Ok(key) = PublicKey::from_bytes(bytes) {
        prop_assert_eq!(key.to_bytes().to_vec(), bytes);
    }
    Ok(())
}

/// What leads further in than chance would.
const PREFIXES: [&[u8]; 8] = [
    &[],
    &[0x01],
    &[0xd2, 0x84],
    &[0xd2, 0x84, 0x41, 0xa0, 0xa0],
    &[0x01, 0xa3, 0x00],
    &[0x01, 0x28, 0xb5, 0x2f, 0xfd],
    &[0x01, 0x01, 0x28, 0xb5, 0x2f, 0xfd],
    &[0x02],
];

#[test]
fn arbitrary_bytes_are_read_or_refused_and_nothing_panics() {
    let prefix = prop::sample::select(&PREFIXES[..]);
    let input = (prefix, vec(any::<u8>(), 0..200));
    let result = runner(4_096).run(&input, |(prefix, bytes)| read_all(&[prefix, bytes.as_slice()].concat()));
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn damaged_bodies_and_records_are_read_or_refused_and_nothing_panics() {
    let mut whole: Vec<Vec<u8>> = sample::records().into_iter().map(|r| r.2).collect();
    let payloads: Vec<Vec<u8>> = whole.iter().map(|r| open(r).unwrap().payload).collect();
    whole.extend(payloads);
    whole.push(sample::request().to_body());
    whole.push(sample::answer().to_body().unwrap());
    whole.push(sample::frame().pack().unwrap());
    let damage = vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let cut = any::<prop::sample::Index>();
    let input = (prop::sample::select(whole), damage, cut, any::<bool>());
    let result = runner(4_096).run(&input, |(mut bytes, damage, cut, shorten)| {
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if shorten {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_all(&bytes)
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn damage_inside_zstd_is_read_or_refused_and_nothing_panics() {
    let plain = [cbor::encode(&sample::frame()), cbor::encode(&sample::answer())];
    let damage = vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let input = (prop::sample::select(plain.to_vec()), damage);
    let result = runner(512).run(&input, |(mut plain, damage)| {
        for (at, value) in damage {
            let at = at.index(plain.len());
            plain[at] = value;
        }
        let wire = wurao_protocol::frame::pack(&plain).unwrap();
        if let Ok(frame) = Frame::unpack(&wire) {
            prop_assert_eq!(cbor::encode(&frame), plain.clone());
        }
        let body = [&[wurao_protocol::VERSION], wire.as_slice()].concat();
        if let Ok(answer) = Answer::from_body(&body) {
            prop_assert_eq!(cbor::encode(&answer), plain);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn what_is_handed_over_comes_back_and_any_other_bytes_are_refused_without_harm() {
    let (key, to) = (sample::device_key(), (ServerId([1; 16]), DeviceId([2; 16]), sample::ask().at));
    let public = sample::server_key().public();
    let result = runner(64).run(&(strategy::contents(), vec(any::<u8>(), 0..300)), |(contents, noise)| {
        let file = contents.to_file(&key, &sample::sealed(Kind::Device), to).unwrap();
        prop_assert_eq!(Contents::from_file(&file, &public).unwrap().1, contents);
        prop_assert!(Contents::from_file(&noise, &public).is_err());
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

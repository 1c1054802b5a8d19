//! The bodies of `POST /v1/sync`: taken apart without trust, one problem code for each way to be wrong.

use crate::item::items;
use crate::sample::{answer, device_key, frame, request, request_of, server_key};
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::envelope::open_as;
use wurao_protocol::frame::pack;
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::Device;
use wurao_protocol::sync::{
    Answer, Feed, MAX_ANSWER, MAX_ANSWER_ITEMS, MAX_FRAMES, MAX_REQUEST, Request, RequestHead, RequestStart,
    frames_digest,
};
use wurao_protocol::{Digest, Problem, VERSION};

/// Whether a receiver that checks all that is signed would act on this body.
fn acts_on(body: &[u8]) -> bool {
    let Ok(request) = Request::from_body(body) else {
        return false;
    };
    let head = open_as::<RequestHead>(&request.start.head.0).and_then(|head| head.verified(&device_key().public()));
    let device = open_as::<Device>(&request.start.device.0).and_then(|device| device.verified(&server_key().public()));
    device.is_ok() && head.is_ok_and(|head| head.frames == frames_digest(&request.start.frames))
}

/// A body with this start and these bytes behind it.
fn body(start: &RequestStart, rest: &[u8]) -> Vec<u8> {
    [&[VERSION], cbor::encode(start).as_slice(), rest].concat()
}

fn problem(body: &[u8]) -> Problem {
    Request::from_body(body).unwrap_err()
}

#[test]
fn a_request_comes_back_as_it_went() {
    for request in [request(), request_of(vec![]), request_of(vec![vec![]])] {
        assert_eq!(Request::from_body(&request.to_body()), Ok(request));
    }
    assert!(acts_on(&request().to_body()));
}

#[test]
fn a_body_is_the_version_the_start_and_each_frame_behind_its_length() {
    let request = request();
    let mut expected = vec![1];
    expected.extend(cbor::encode(&request.start));
    for frame in &request.frames {
        expected.extend([0, 0, (frame.len() >> 8) as u8, frame.len() as u8]);
        expected.extend(frame);
    }
    assert_eq!(request.to_body(), expected);
}

#[test]
fn no_bit_of_a_request_can_change_unnoticed() {
    let body = request_of(vec![frame().pack().unwrap()]).to_body();
    for at in 0..body.len() {
        let mut changed = body.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(!acts_on(&changed), "byte {at}");
    }
}

#[test]
fn an_empty_body_is_said_to_be_empty() {
    assert_eq!(problem(&[]), Problem::Empty);
    assert_eq!(Answer::from_body(&[]), Err(Problem::Empty));
}

#[test]
fn a_body_cut_anywhere_is_said_to_be_truncated() {
    let body = request().to_body();
    for at in 1..body.len() {
        assert_eq!(problem(&body[..at]), Problem::Truncated, "{at} bytes");
    }
}

#[test]
fn an_answer_cut_anywhere_is_refused() {
    let body = answer().to_body().unwrap();
    for at in 0..body.len() {
        assert!(Answer::from_body(&body[..at]).is_err(), "{at} bytes");
    }
}

#[test]
fn another_version_is_refused_by_name() {
    let mut request = request().to_body();
    let mut answer = answer().to_body().unwrap();
    for version in [0, 3, 0xff] {
        request[0] = version;
        answer[0] = version;
        assert_eq!(problem(&request), Problem::Version);
        assert_eq!(Answer::from_body(&answer), Err(Problem::Version));
    }
}

#[test]
fn a_frame_that_does_not_hash_to_what_is_listed_is_refused() {
    let mut request = request();
    let last = request.frames[1].last_mut().unwrap();
    *last ^= 1;
    assert_eq!(problem(&request.to_body()), Problem::FrameHash);
}

#[test]
fn frames_in_another_order_are_refused() {
    let mut request = request();
    request.frames.swap(0, 1);
    assert_eq!(problem(&request.to_body()), Problem::FrameHash);
}

#[test]
fn a_frame_that_is_not_listed_is_refused() {
    let mut request = request();
    request.frames.push(vec![1, 2, 3]);
    assert_eq!(problem(&request.to_body()), Problem::Malformed);
}

#[test]
fn a_listed_frame_that_is_missing_is_refused() {
    let mut request = request();
    request.frames.pop();
    assert_eq!(problem(&request.to_body()), Problem::Truncated);
}

#[test]
fn a_frame_longer_than_the_body_is_refused_before_it_is_reserved() {
    let start = request_of(vec![vec![0]]).start;
    assert_eq!(problem(&body(&start, &[0xff, 0xff, 0xff, 0xff, 0])), Problem::Truncated);
}

#[test]
fn too_many_frames_are_refused() {
    let frames = |count| request_of(vec![vec![]; count]).to_body();
    assert!(Request::from_body(&frames(MAX_FRAMES)).is_ok());
    assert_eq!(problem(&frames(MAX_FRAMES + 1)), Problem::TooLarge);
}

#[test]
fn a_list_of_a_terabyte_of_hashes_is_refused_before_it_is_reserved() {
    let mut bytes = vec![VERSION, 0xa3, 0x00, 0x40, 0x01, 0x40, 0x02, 0x9b];
    bytes.extend((1_u64 << 40).to_be_bytes());
    assert_eq!(problem(&bytes), Problem::Truncated);
}

#[test]
fn a_request_of_the_largest_size_is_taken_and_no_larger() {
    let with = |last: usize| request_of([vec![vec![0; 1 << 20]; 7], vec![vec![0; last]]].concat()).to_body();
    let overhead = with(0).len();
    let sized = |length: usize| with(length - overhead);
    let largest = sized(MAX_REQUEST);
    assert_eq!(largest.len(), MAX_REQUEST);
    assert!(Request::from_body(&largest).is_ok());
    assert_eq!(problem(&sized(MAX_REQUEST + 1)), Problem::TooLarge);
    let frame = request_of(vec![vec![0; (1 << 20) + (64 << 10) + 1]]).to_body();
    assert_eq!(problem(&frame), Problem::TooLarge, "nor a frame longer than any");
}

#[test]
fn another_spelling_of_the_start_is_refused() {
    let start = cbor::encode(&request().start);
    let rest = &request().to_body()[1 + start.len()..];
    for item in items(&start) {
        let mut variants = item.long_forms(&start);
        variants.extend(item.indefinite(&start));
        if item.is_map() {
            variants.extend(item.shuffled(&start));
            variants.extend(item.doubled(&start));
            variants.extend(item.with_stranger(&start, &[0x18, 99, 0]));
        }
        for variant in variants {
            let body = [&[VERSION], variant.as_slice(), rest].concat();
            assert_eq!(problem(&body), Problem::Malformed, "{}", hex::encode(variant));
        }
    }
}

#[test]
fn what_is_no_start_is_refused() {
    for bytes in [&[VERSION, 0xff][..], &[VERSION, 0x00], &[VERSION, 0xa0]] {
        assert_eq!(problem(bytes), Problem::Malformed);
    }
    assert_eq!(problem(&[VERSION]), Problem::Truncated);
}

#[test]
fn the_hash_of_no_frames_is_the_hash_of_nothing() {
    assert_eq!(frames_digest(&[]).to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let (a, b) = (Digest([1; 32]), Digest([2; 32]));
    assert_eq!(frames_digest(&[a, b]), Digest::of(&[&a.0, &b.0]));
    assert_ne!(frames_digest(&[a, b]), frames_digest(&[b, a]));
}

#[test]
fn an_answer_comes_back_as_it_went() {
    let answer = answer();
    let body = answer.to_body().unwrap();
    assert_eq!(Answer::from_body(&body), Ok(answer));
}

#[test]
fn another_spelling_of_an_answer_is_refused() {
    let plain = cbor::encode(&answer());
    for item in items(&plain) {
        let mut variants = item.long_forms(&plain);
        variants.extend(item.indefinite(&plain));
        for variant in variants {
            let body = [&[VERSION], pack(&variant).unwrap().as_slice()].concat();
            assert_eq!(Answer::from_body(&body), Err(Problem::Malformed), "{}", hex::encode(variant));
        }
    }
}

#[test]
fn an_answer_with_a_problem_of_a_later_version_is_refused_and_not_read_as_no_problem() {
    let mut status = answer();
    status.records.truncate(0);
    status.documents[0].status.problem = Some(Problem::Empty);
    status.documents[0].status.detail = None;
    let plain = cbor::encode(&status);
    // documents: [{0: {0: refused, 1: the problem}, ..
    let at = plain.windows(6).position(|w| w == [0xa3, 0x00, 0xa2, 0x00, 0x05, 0x01]).unwrap() + 6;
    assert_eq!(plain[at], 0);
    let mut later = plain.clone();
    later.splice(at..=at, [0x18, 200]);
    let body = |plain: &[u8]| [&[VERSION], pack(plain).unwrap().as_slice()].concat();
    assert_eq!(Answer::from_body(&body(&plain)), Ok(status));
    assert_eq!(Answer::from_body(&body(&later)), Err(Problem::Malformed));
}

#[test]
fn an_answer_that_nobody_would_take_is_not_written() {
    let huge = Answer { feed: Feed { records: vec![Bytes(vec![0; MAX_ANSWER])], ..Feed::default() }, ..answer() };
    assert_eq!(huge.to_body(), Err(Problem::TooLarge));
    let bomb = [&[VERSION], pack(&vec![0; MAX_ANSWER + 1]).unwrap().as_slice()].concat();
    assert_eq!(Answer::from_body(&bomb), Err(Problem::TooLarge));
}

#[test]
fn an_answer_of_more_items_than_a_phone_reads_is_neither_written_nor_read() {
    let many =
        Answer { feed: Feed { records: vec![Bytes::default(); MAX_ANSWER_ITEMS], ..Feed::default() }, ..answer() };
    assert_eq!(many.to_body(), Err(Problem::TooLarge));
    let plain = cbor::encode(&many);
    assert!(plain.len() < MAX_ANSWER);
    let bomb = [&[VERSION], pack(&plain).unwrap().as_slice()].concat();
    assert!(bomb.len() < 4096, "{} bytes", bomb.len());
    assert_eq!(Answer::from_body(&bomb), Err(Problem::TooLarge));
}

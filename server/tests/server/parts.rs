//! Requests whose frames stand alone, and their answers in parts: what was told is on disk, whatever becomes of the rest.

use crate::support::{Phone, Push, World};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use wurao_protocol::Digest;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::Frame;
use wurao_protocol::record::Leave;
use wurao_protocol::sync::parts::{self, Part, PartReader};
use wurao_protocol::sync::{Outcome, Request};
use wurao_record::Scalar;
use wurao_server::store::read;

/// A frame of its own.
fn frame(push: &Push) -> Vec<u8> {
    let records = push.records.iter().cloned().map(Bytes).collect();
    Frame { records, documents: push.documents.clone(), proofs: None }.pack().unwrap()
}

/// The body of a request whose frames stand alone.
fn body(phone: &mut Phone, pushes: &[Push]) -> Vec<u8> {
    let body = phone.body_of(pushes.iter().map(frame).collect());
    Request::from_body(&body).unwrap().to_body_in_parts()
}

fn parts(body: &[u8]) -> Vec<Part> {
    parts::all(body).unwrap()
}

/// What became of each frame: of its first document.
fn outcomes(parts: &[Part]) -> Vec<Outcome> {
    let taken = parts.iter().filter_map(|part| match part {
        Part::Taken(taken) => taken.documents.first().map(|document| document.status.outcome),
        _ => None,
    });
    taken.collect()
}

/// A phone's first two answers, each in a frame of its own.
fn two(phone: &mut Phone) -> [Push; 2] {
    let session = phone.session();
    let (first, second) = (phone.answer("water", 12), phone.answer("remark", 3));
    let mut pushes = [phone.covered(&[&first]), phone.covered(&[&second])];
    pushes[0].records.insert(0, session);
    pushes
}

fn values(world: &World, phone: &Phone) -> Vec<(String, Scalar)> {
    let (app, document) = (world.server().app().clone(), phone.document());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ops = runtime.block_on(app.store().read(move |db| read::live_ops(db, &document))).unwrap();
    ops.into_iter().map(|op| (op.key, op.value)).collect()
}

/// The body of a chunked answer as far as it has come.
fn unchunked(answer: &[u8]) -> Vec<u8> {
    let at = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let (mut rest, mut body) = (&answer[at..], Vec::new());
    while let Some(line) = rest.windows(2).position(|end| end == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        let Some(chunk) = rest.get(line + 2..line + 2 + length) else { break };
        body.extend_from_slice(chunk);
        rest = rest.get(line + 4 + length..).unwrap_or_default();
    }
    body
}

#[test]
fn each_frame_is_told_of_and_then_what_is_new() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let pushes = two(&mut li);
    let request = body(&mut li, &pushes);
    let (status, answer) = li.post(&world.url("/v1/sync"), request);
    assert_eq!(status, 200);
    let parts = parts(&answer);
    assert_eq!(outcomes(&parts), [Outcome::Ok, Outcome::Ok]);
    assert!(matches!(parts[..], [Part::Begin(_), Part::Taken(_), Part::Taken(_), Part::News(_), Part::End(_)]));
    assert_eq!(values(&world, &li).len(), 2);
}

/// A request all of which but its end has been sent, and the outcomes that were told by the time there was one.
fn begun(world: &World, request: &[u8]) -> (TcpStream, Vec<u8>, Vec<Outcome>) {
    let mut line = TcpStream::connect(world.server().address()).unwrap();
    let length = request.len();
    write!(line, "POST /v1/sync HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n").unwrap();
    line.write_all(&request[..length - 10]).unwrap();
    // The answer to the first frame comes while the second is still on its way.
    let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = line.read(&mut buffer).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&came));
        came.extend_from_slice(&buffer[..count]);
        let mut reader = PartReader::default();
        reader.add(&unchunked(&came)).unwrap();
        let so_far: Vec<Part> = std::iter::from_fn(|| reader.part().unwrap()).collect();
        let told = outcomes(&so_far);
        if !told.is_empty() {
            return (line, came, told);
        }
    }
}

#[test]
fn what_was_told_of_before_the_request_was_cut_is_on_disk() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let pushes = two(&mut li);
    let request = body(&mut li, &pushes);
    let (line, _, told) = begun(&world, &request);
    assert_eq!(told, [Outcome::Ok]);
    line.shutdown(Shutdown::Both).unwrap();
    assert_eq!(values(&world, &li), [("water@-".to_owned(), Scalar::Int(12))]);
    // What is left goes with the next request.
    let again = body(&mut li, &pushes[1..]);
    let (_, answer) = li.post(&world.url("/v1/sync"), again);
    assert_eq!(outcomes(&parts(&answer)), [Outcome::Ok]);
    assert_eq!(values(&world, &li).len(), 2);
}

#[test]
fn a_phone_that_is_revoked_between_two_frames_brings_the_second_as_one_that_was_and_learns_nothing() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    for phone in [&mut li, &mut wang] {
        phone.sync(&world, &Push::default());
    }
    let pushes = two(&mut li);
    let request = body(&mut li, &pushes);
    let (mut line, mut came, told) = begun(&world, &request);
    assert_eq!(told, [Outcome::Ok]);
    world.pass_minutes(1);
    let (device, now_ms) = (li.session_body().device, world.server().app().now_ms());
    world.write(move |tx, _, _| {
        Ok(tx.execute("UPDATE device SET revoked_ms = ?2 WHERE id = ?1", (device.0, now_ms)).map(|_| ())?)
    });
    let (_, push) = wang.begins(7);
    wang.sync(&world, &push);
    world.pass_minutes(1);
    let seen_ms = world.server().app().now_ms();
    world.pass_minutes(1);
    line.write_all(&request[request.len() - 10..]).unwrap();
    line.read_to_end(&mut came).unwrap();
    let parts = parts(&unchunked(&came));
    assert_eq!(outcomes(&parts), [Outcome::Ok, Outcome::Held], "{parts:?}");
    for part in &parts {
        if let Part::News(news) = part {
            assert!(news.feed.documents.is_empty(), "{news:?}");
        }
    }
    let received = world.write(|tx, _, _| {
        let row = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        Ok(tx.query_row("SELECT received_ms FROM change WHERE state = 'held'", [], row)?)
    });
    assert!(received > seen_ms, "it came when it came: who looked before has not seen it");
}

#[test]
fn a_later_frame_that_is_none_is_a_fault_and_takes_back_nothing() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let pushes = two(&mut li);
    let whole = li.body_of(vec![frame(&pushes[0]), vec![1, 2, 3]]);
    let request = Request::from_body(&whole).unwrap().to_body_in_parts();
    let (status, answer) = li.post(&world.url("/v1/sync"), request);
    assert_eq!(status, 200);
    assert!(matches!(parts(&answer).last(), Some(Part::Fault(wurao_protocol::Problem::Malformed))));
    assert_eq!(values(&world, &li).len(), 1);
    // In version 1 all frames are one: nothing of it is taken.
    let mut other = two(&mut li);
    other[0].records.remove(0);
    let whole = li.body_of(vec![frame(&other[0]), vec![1, 2, 3]]);
    assert_eq!(li.sync_refused(&world, whole), (400, "malformed".to_owned()));
}

#[test]
fn changes_of_one_entry_that_do_not_stand_alike_are_told_apart() {
    let world = World::new();
    let [mut li, mut wang, _] = world.phones();
    for phone in [&mut li, &mut wang] {
        phone.sync(&world, &Push::default());
        let (_, push) = phone.begins(12);
        phone.sync(&world, &push);
    }
    let known = li.answer("remark", 1);
    li.sync(&world, &li.covered(&[&known]));
    li.sync(&world, &Push { records: vec![li.leave()], documents: vec![] });
    let late = li.answer("remark", 2);
    let push = li.covered(&[&known, &late]);
    let request = body(&mut li, &[push]);
    let (_, answer) = li.post(&world.url("/v1/sync"), request);
    let taken = parts(&answer).into_iter().find_map(|part| match part {
        Part::Taken(taken) => Some(taken),
        _ => None,
    });
    let taken = taken.unwrap();
    assert_eq!(taken.documents[0].status.outcome, Outcome::Held, "the worst of them");
    let each: Vec<Outcome> = taken.each[0].iter().map(|status| status.outcome).collect();
    assert_eq!(each, [Outcome::Ok, Outcome::Held]);
}

#[test]
fn who_leaves_before_anybody_wrote_has_left() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let session = li.session();
    let heads = vec![Digest(li.genesis().hash())];
    let leave = Leave { document: li.document(), person: li.person, actor: li.actor, heads, at: li.at };
    let leave = li.seal(&leave);
    let answer = li.sync(&world, &Push { records: vec![session, leave], documents: vec![] });
    assert_eq!(answer.records[1].outcome, Outcome::Ok, "{:?}", answer.records[1]);
}

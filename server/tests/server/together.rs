//! Frames that are taken as one: a colleague's changes that are more than a frame holds, and behind them what proves them.

use crate::support::{Phone, Push, World};
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::proof::Proof;
use wurao_protocol::sync::parts::{self, Part, Taken};
use wurao_protocol::sync::{Outcome, Request};
use wurao_protocol::{Digest, Problem};
use wurao_record::tips;

/// What became of a request of these frames; or why it was not let in.
fn sends(world: &World, phone: &mut Phone, frames: &[Frame]) -> Result<Vec<Taken>, String> {
    let body = body(phone, frames);
    let (status, answer) = phone.post(&world.url("/v1/sync"), body);
    if status != 200 {
        return Err(String::from_utf8(answer).unwrap());
    }
    let taken = parts::all(&answer).unwrap().into_iter().filter_map(|part| match part {
        Part::Taken(taken) => Some(taken),
        Part::Fault(problem) => panic!("{problem}"),
        _ => None,
    });
    Ok(taken.collect())
}

fn body(phone: &mut Phone, frames: &[Frame]) -> Vec<u8> {
    let body = phone.body_of(frames.iter().map(|frame| frame.pack().unwrap()).collect());
    Request::from_body(&body).unwrap().to_body_in_parts()
}

fn outcomes(taken: &Taken) -> Vec<(Outcome, Option<Problem>)> {
    taken.documents.iter().map(|told| (told.status.outcome, told.status.problem)).collect()
}

/// One that goes on in the next.
fn going_on(records: Vec<Vec<u8>>, documents: Vec<DocumentChanges>) -> Frame {
    Frame { records: records.into_iter().map(Bytes).collect(), documents, proofs: Some(Vec::new()) }
}

fn changes(world: &World) -> i64 {
    world.write(|tx, _, _| Ok(tx.query_row("SELECT COUNT(*) FROM change", [], |row| row.get(0))?))
}

/// Zhao's phone, and what it was handed of Li's: the first change, the second, and what Li has signed over the second.
fn ready(world: &World) -> (Phone, [Frame; 3]) {
    let [mut li, _, mut zhao] = world.phones();
    [&mut li, &mut zhao].into_iter().for_each(|phone| drop(phone.sync(world, &Push::default())));
    let (session, first, second) = (li.session(), li.answer("water", 12), li.answer("remark", 3));
    let [first, second] = [li.entry(&[&first]), li.entry(&[&second])];
    let heads =
        tips(second.changes.iter().map(|change| change.0.as_slice())).unwrap().into_iter().map(Digest).collect();
    let proofs = Proof::all(&li.heads(std::slice::from_ref(&second)), &[(second.document, heads)]);
    let last = Frame { proofs: Some(proofs), ..Frame::default() };
    (zhao, [going_on(vec![session], vec![first]), going_on(vec![], vec![second]), last])
}

#[test]
fn what_is_proven_in_a_later_frame_is_taken_with_it_and_told_of_once() {
    let world = World::new();
    let (mut zhao, [first, second, last]) = ready(&world);
    // The proof that comes too late, or behind a frame that stands alone, proves nothing.
    let alone = Frame { proofs: None, ..first.clone() };
    let told = sends(&world, &mut zhao, &[alone, second.clone(), last.clone()]).unwrap();
    assert_eq!(outcomes(&told[0]), [(Outcome::Refused, Some(Problem::ForgedActor))]);
    assert_eq!(outcomes(&told[1]), [(Outcome::Refused, Some(Problem::UnknownDependency))]);
    assert_eq!((told.len(), changes(&world)), (2, 0));

    let idle = Frame { records: first.records.clone(), ..Frame::default() };
    let told = sends(&world, &mut zhao, &[idle.clone(), first, second, last, idle]).unwrap();
    assert_eq!(told.len(), 3, "before, together, after");
    assert_eq!(outcomes(&told[1]), [(Outcome::Ok, None); 2]);
    assert_eq!(changes(&world), 2);
}

#[test]
fn what_goes_on_and_is_never_proven_takes_no_place() {
    let world = World::new();
    let (mut zhao, [first, second, last]) = ready(&world);
    for frames in [vec![first.clone()], vec![first.clone(), second.clone()]] {
        let told = sends(&world, &mut zhao, &frames).unwrap();
        assert_eq!((told.len(), outcomes(&told[0])[0]), (1, (Outcome::Refused, Some(Problem::ForgedActor))));
        assert_eq!(changes(&world), 0);
    }
    let told = sends(&world, &mut zhao, &[first, second, last]).unwrap();
    assert_eq!(outcomes(&told[0]), [(Outcome::Ok, None); 2], "its place is free");
}

#[test]
fn a_request_that_is_cut_before_the_last_of_such_frames_leaves_nothing() {
    let world = World::new();
    let (mut zhao, frames) = ready(&world);
    let request = body(&mut zhao, &frames);
    let mut line = TcpStream::connect(world.server().address()).unwrap();
    let length = request.len();
    write!(line, "POST /v1/sync HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n").unwrap();
    line.write_all(&request[..length - 10]).unwrap();
    line.shutdown(Shutdown::Both).unwrap();
    // The next one has its turn after that.
    assert_eq!(sends(&world, &mut zhao, &[]).unwrap().len(), 1);
    assert_eq!(changes(&world), 0);
    assert_eq!(outcomes(&sends(&world, &mut zhao, &frames).unwrap()[0]), [(Outcome::Ok, None); 2]);
}

#[test]
fn frames_that_go_on_are_together_no_more_than_a_request_may_bring() {
    let world = World::new();
    let (mut zhao, _) = ready(&world);
    let much = going_on(vec![vec![0; 1_000_000]], vec![]);
    let refused = sends(&world, &mut zhao, &vec![much; 9]).unwrap_err();
    assert!(refused.contains("too-large"), "{refused}");
}

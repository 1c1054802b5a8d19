//! More than can be served: who comes then is sent away at once and told when to come back, who is there is served, and
//! nobody who reads waits for who writes.

use crate::support::{Phone, Push, World};
use crate::uploads::{Photo, announced, paths};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;
use wurao_protocol::Digest;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::frame::Frame;
use wurao_protocol::sync::Request;
use wurao_protocol::sync::parts::{self, Part};
use wurao_record::{Map, Put, Scalar};
use wurao_server::Error;

/// Reads until this has come; all that came.
fn until(line: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
    while !came.windows(end.len()).any(|part| part == end) {
        let count = line.read(&mut buffer).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&came));
        came.extend_from_slice(&buffer[..count]);
    }
    came
}

/// Sends the head of a request and nothing of its body; the head of the answer.
fn head_alone(world: &World, head: &str) -> String {
    let mut line = TcpStream::connect(world.server().address()).unwrap();
    write!(line, "{head}\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n").unwrap();
    let head = until(&mut line, b"\r\n\r\n");
    String::from_utf8_lossy(&head).to_lowercase()
}

/// A push that is under way: its first frame was taken, its second is not here yet.
struct Slow {
    line: TcpStream,
    rest: Vec<u8>,
}

impl Slow {
    fn begin(world: &World, phone: &mut Phone) -> Self {
        let session = phone.session();
        let (first, second) = (phone.answer("water", 12), phone.answer("remark", 3));
        let mut pushes = [phone.covered(&[&first]), phone.covered(&[&second])];
        pushes[0].records.insert(0, session);
        let frame = |push: &Push| {
            let records = push.records.iter().cloned().map(Bytes).collect();
            Frame { records, documents: push.documents.clone(), proofs: None }.pack().unwrap()
        };
        let body = phone.body_of(pushes.iter().map(frame).collect());
        let body = Request::from_body(&body).unwrap().to_body_in_parts();
        let (now, rest) = body.split_at(body.len() - 10);
        let mut line = TcpStream::connect(world.server().address()).unwrap();
        let head = "POST /v1/sync HTTP/1.1\r\nhost: x\r\nconnection: close";
        write!(line, "{head}\r\ncontent-length: {}\r\n\r\n", body.len()).unwrap();
        line.write_all(now).unwrap();
        until(&mut line, b"200 OK");
        Self { line, rest: rest.to_vec() }
    }

    /// Sends the rest, and hears the answer to its end.
    fn end(mut self) {
        self.line.write_all(&self.rest).unwrap();
        let mut answer = Vec::new();
        self.line.read_to_end(&mut answer).unwrap();
        assert!(answer.ends_with(b"0\r\n\r\n"), "told whole");
    }
}

/// Whether somebody is served, and if not, what they are told in full.
fn served(world: &World, phone: &mut Phone) -> Result<(), (u16, Option<String>, String)> {
    let body = phone.body(&Push::default());
    let answer = reqwest::blocking::Client::new().post(world.url("/v1/sync")).body(body).send().unwrap();
    let after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body = answer.bytes().unwrap();
    if status == 200 { Ok(()) } else { Err((status, after, String::from_utf8_lossy(&body).into_owned())) }
}

#[test]
fn a_sync_too_many_is_sent_away_before_it_is_read_and_is_served_when_another_has_ended() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.syncs = 2);
    let [mut li, mut wang, mut zhao] = world.phones();
    for phone in [&mut li, &mut wang, &mut zhao] {
        phone.sync(&world, &Push::default());
    }
    let slow = [Slow::begin(&world, &mut li), Slow::begin(&world, &mut wang)];
    let told = head_alone(&world, "POST /v1/sync HTTP/1.1");
    assert!(told.starts_with("http/1.1 503 ") && told.contains("\r\nretry-after: 2\r\n"), "{told}");
    let busy = Err((503, Some("2".to_owned()), "busy".to_owned()));
    assert_eq!(served(&world, &mut zhao), busy);
    let [li_s, wang_s] = slow;
    li_s.end();
    assert_eq!(served(&world, &mut zhao), Ok(()));
    // Who is cut off gives its place back too. The server hears of that by itself.
    wang_s.line.shutdown(Shutdown::Both).unwrap();
    let again = Slow::begin(&world, &mut li);
    while served(&world, &mut zhao).is_err() {}
    again.end();
}

#[test]
fn a_file_too_many_is_sent_away_before_it_is_read_and_what_is_under_way_goes_on() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.uploads = 1);
    let photo = Photo::new();
    let (mut li, push) = announced(&world, &photo);
    let paths = paths(&li.sync(&world, &push));
    let head = |path: &str| {
        format!(
            "PATCH {path} HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
             content-type: application/offset+octet-stream\r\nexpect: 100-continue\r\nconnection: close"
        )
    };
    let mut line = TcpStream::connect(world.server().address()).unwrap();
    write!(line, "{}\r\ncontent-length: {}\r\n\r\n", head(&paths[0]), photo.thumbnail.len()).unwrap();
    until(&mut line, b"100 Continue");
    let told = head_alone(&world, &head(&paths[1]).replace("host: x\r\n", "").replace("expect: 100-continue\r\n", ""));
    assert!(told.starts_with("http/1.1 503 ") && told.contains("\r\nretry-after: "), "{told}");
    line.write_all(&photo.thumbnail).unwrap();
    until(&mut line, b"204 No Content");
    let client = reqwest::blocking::Client::new();
    assert_eq!(crate::uploads::patch(&client, &world.url(&paths[1]), 0, &photo.rendition).status(), 204);
}

#[test]
fn pages_and_phones_that_only_read_are_served_while_the_writer_is_held() {
    let world = World::new();
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let (_, push) = li.begins(12);
    li.sync(&world, &push);
    let page = world.page_of("chen");
    let (entered, inside) = channel();
    let (go, gate) = channel::<()>();
    let app = world.server().app().clone();
    let writing = std::thread::spawn(move || {
        app.store().write_blocking(move |tx| {
            tx.execute("UPDATE device SET name = name", [])?;
            entered.send(()).unwrap();
            // Ends when the test does, however it ends.
            let _ = gate.recv();
            Ok::<_, Error>(())
        })
    });
    inside.recv().unwrap();
    let inspection = format!("/inspections/{}", li.document());
    for path in ["/", &inspection, "/phones", "/held", "/p/trust", "/healthz"] {
        assert_eq!(page.get(world.url(path)).send().unwrap().status(), 200, "{path}");
    }
    drop(go);
    writing.join().unwrap().unwrap();
}

#[test]
fn a_page_too_many_is_told_to_come_back_and_a_sync_under_way_is_not() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| (config.readers, config.reads) = (1, 0));
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let (entered, inside) = channel();
    let (go, gate) = channel::<()>();
    let app = world.server().app().clone();
    let reading = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(app.store().read(move |_| {
            entered.send(()).unwrap();
            let _ = gate.recv();
            Ok(())
        }))
    });
    inside.recv().unwrap();
    let told = reqwest::blocking::get(world.url("/p/trust")).unwrap();
    assert_eq!((told.status().as_u16(), told.headers()["retry-after"].to_str().unwrap()), (503, "2"));
    let syncing = std::thread::scope(|scope| {
        let syncing = scope.spawn(|| served(&world, &mut li));
        drop(go);
        syncing.join().unwrap()
    });
    assert_eq!(syncing, Ok(()));
    reading.join().unwrap().unwrap();
    assert_eq!(reqwest::blocking::get(world.url("/p/trust")).unwrap().status(), 200);
}

#[test]
fn requests_take_no_more_memory_than_there_is_for_all_of_them() {
    let mut world = World::new();
    world.stop();
    // More than what a connection is read by at once.
    world.start_with(|config| config.heard = 800_000);
    let [mut li, _, _] = world.phones();
    li.sync(&world, &Push::default());
    let large = li.body_of(vec![vec![0; 1_000_000]]);
    assert_eq!(li.sync_refused(&world, large), (503, "busy".to_owned()));
    // What it had is free again, for this one and for many after each other.
    let fits = li.body_of(vec![vec![0; 300_000]]);
    for _ in 0..3 {
        assert_eq!(li.sync_refused(&world, fits.clone()), (400, "unknown-version".to_owned()));
    }
    // In frames that are taken one by one far more may come than is held at a time.
    let session = li.session();
    li.sync(&world, &Push { records: vec![session], documents: vec![] });
    let mut frames = Vec::new();
    for at in 0..40_u32 {
        // Nothing that can be made shorter.
        let part = |n: u32| Digest::of(&[&at.to_be_bytes(), &n.to_be_bytes()]).0;
        let noise: Vec<u8> = (0..1000).flat_map(part).collect();
        let change = li.put(Put::new(Map::Answers, "remark@-", Scalar::Bytes(noise)));
        let push = li.covered(&[&change]);
        let records = push.records.into_iter().map(Bytes).collect();
        frames.push(Frame { records, documents: push.documents, proofs: None }.pack().unwrap());
    }
    let body = li.body_of(frames);
    assert!(body.len() > 1_200_000);
    let body = Request::from_body(&body).unwrap().to_body_in_parts();
    let (status, answer) = li.post(&world.url("/v1/sync"), body);
    let parts = parts::all(&answer).unwrap();
    let taken = parts.iter().filter(|part| matches!(part, Part::Taken(_)));
    assert_eq!((status, taken.count()), (200, 40), "{:?}", parts.last());
}

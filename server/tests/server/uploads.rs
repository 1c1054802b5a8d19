//! Photos on their way in: resumed, refused, and shown as arrived.

use crate::support::{Phone, Push, World};
use reqwest::blocking::{Client, Response};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_protocol::record::{Blob, Capture, EvidenceEntry, Image, Kind};
use wurao_protocol::sync::{Answer, Outcome};
use wurao_protocol::{Digest, Problem, envelope};
use wurao_server::store::read;

pub(crate) struct Photo {
    pub(crate) thumbnail: Vec<u8>,
    pub(crate) rendition: Vec<u8>,
}

impl Photo {
    pub(crate) fn new() -> Self {
        let jpeg = |width, height| camera_jpeg(&SampleSpec { width, height, ..SampleSpec::default() }).unwrap();
        Self { thumbnail: jpeg(64, 48), rendition: jpeg(320, 240) }
    }
}

fn blob(bytes: &[u8]) -> Blob {
    Blob { sha256: Digest::of(&[bytes]), bytes: bytes.len() as u64 }
}

/// Li's phone with a session, and a push that announces the photo as its first.
pub(crate) fn announced(world: &World, photo: &Photo) -> (crate::support::Phone, Push) {
    let [mut li, _, _] = world.phones();
    li.sync(world, &Push::default());
    let session = li.session();
    let entry = entry(&li, photo, 1, None);
    (li, Push { records: vec![session, entry], documents: vec![] })
}

pub(crate) fn entry(phone: &crate::support::Phone, photo: &Photo, sequence: u64, previous: Option<Digest>) -> Vec<u8> {
    let session = phone.session_body();
    phone.seal(&EvidenceEntry {
        document: phone.document(),
        question: "water".into(),
        instance: "-".into(),
        original: blob(&[sequence as u8; 100]),
        media_type: "image/jpeg".into(),
        rendition: Image { blob: blob(&photo.rendition), width: 320, height: 240 },
        thumbnail: Image { blob: blob(&photo.thumbnail), width: 64, height: 48 },
        pipeline: "test".into(),
        perceptual: 0,
        capture: Capture { attached: session.began, camera_time: None, position: None, orientation: 1, camera: None },
        person: phone.person,
        actor: session.actor,
        sequence,
        previous,
    })
}

fn tus(client: &Client, method: &str, url: &str) -> reqwest::blocking::RequestBuilder {
    client.request(method.parse().unwrap(), url).header("tus-resumable", "1.0.0")
}

pub(crate) fn patch(client: &Client, url: &str, offset: usize, bytes: &[u8]) -> Response {
    tus(client, "PATCH", url)
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", offset)
        .body(bytes.to_vec())
        .send()
        .unwrap()
}

fn offset(client: &Client, url: &str) -> u64 {
    let answer = tus(client, "HEAD", url).send().unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.headers()["upload-offset"].to_str().unwrap().parse().unwrap()
}

pub(crate) fn paths(answer: &Answer) -> Vec<String> {
    answer.uploads.iter().map(|upload| upload.path.clone()).collect()
}

/// A phone whose photo is here, its rendition and all.
fn sent(world: &World, photo: &Photo) -> (Phone, Client) {
    let (mut li, push) = announced(world, photo);
    let (client, answer) = (Client::new(), li.sync(world, &push));
    for (path, bytes) in paths(&answer).iter().zip([&photo.thumbnail, &photo.rendition]) {
        assert_eq!(patch(&client, &world.url(path), 0, bytes).status(), 204);
    }
    (li, client)
}

#[test]
fn a_file_that_lies_there_counts_again_when_its_row_is_gone() {
    let mut world = World::new();
    let photo = Photo::new();
    let (mut li, _) = sent(&world, &photo);
    let aside = world.folder.path().join("aside");
    let blobs = world.server().app().files().blob(&blob(&photo.rendition).sha256);
    let blobs = blobs.parent().unwrap().parent().unwrap().to_owned();
    // Somebody starts it while the photos' folder is elsewhere, and brings that.
    std::fs::rename(&blobs, &aside).unwrap();
    world.stop();
    world.start();
    assert_eq!(li.sync(&world, &Push::default()).uploads.len(), 2, "asked for again");
    std::fs::remove_dir_all(&blobs).unwrap();
    std::fs::rename(&aside, &blobs).unwrap();
    world.stop();
    world.start();
    assert!(li.sync(&world, &Push::default()).uploads.is_empty());
    assert!(world.command(&["audit", "verify", "--data", "DATA"]).is_ok());
}

#[test]
fn a_file_that_is_gone_is_asked_for_again_and_the_log_says_so() {
    let mut world = World::new();
    let photo = Photo::new();
    let (mut li, client) = sent(&world, &photo);
    assert!(li.sync(&world, &Push::default()).uploads.is_empty());
    let path = world.server().app().files().blob(&blob(&photo.rendition).sha256);
    let verify = ["audit", "verify", "--data", "DATA"];
    assert!(world.command(&verify).is_ok());
    // Other bytes under its name, then none.
    std::fs::write(&path, b"another picture").unwrap();
    assert_eq!(world.command(&verify).unwrap_err().code(), "audit-fault");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(world.command(&verify).unwrap_err().code(), "audit-fault");
    world.stop();
    world.start();
    assert!(world.command(&verify).is_ok(), "that it is gone is told");
    assert_eq!(world.entries("Blob", "gone"), 1);
    let answer = li.sync(&world, &Push::default());
    assert_eq!(answer.uploads.iter().map(|upload| upload.sha256).collect::<Vec<_>>(), [blob(&photo.rendition).sha256]);
    assert_eq!(patch(&client, &world.url(&paths(&answer)[0]), 0, &photo.rendition).status(), 204);
    assert!(world.command(&verify).is_ok());
}

#[test]
fn a_file_of_another_length_is_as_good_as_gone_and_what_comes_takes_its_place() {
    let mut world = World::new();
    let photo = Photo::new();
    let (mut li, client) = sent(&world, &photo);
    let name = blob(&photo.rendition).sha256;
    let path = world.server().app().files().blob(&name);
    let verify = ["audit", "verify", "--data", "DATA"];
    // A disk that was full while it was brought back, then one that gives back other bytes: that is for who reads them all.
    for (altered, forgotten) in
        [(photo.rendition[..100].to_vec(), true), (Vec::new(), true), (vec![7; photo.rendition.len()], false)]
    {
        std::fs::write(&path, &altered).unwrap();
        assert_eq!(world.command(&verify).unwrap_err().code(), "audit-fault");
        world.stop();
        world.start();
        assert_eq!(world.command(&verify).is_ok(), forgotten);
        let answer = li.sync(&world, &Push::default());
        let asked: Vec<_> = answer.uploads.iter().map(|upload| upload.sha256).collect();
        assert_eq!(asked, if forgotten { vec![name] } else { Vec::new() });
        if forgotten {
            assert_eq!(offset(&client, &world.url(&paths(&answer)[0])), 0);
            assert_eq!(patch(&client, &world.url(&paths(&answer)[0]), 0, &photo.rendition).status(), 204);
            assert_eq!(std::fs::read(&path).unwrap(), photo.rendition);
            assert!(world.command(&verify).is_ok());
        }
    }
    assert_eq!(world.entries("Blob", "gone"), 2);
}

#[test]
fn announced_photos_are_asked_for_thumbnails_first_until_they_are_here() {
    let world = World::new();
    let photo = Photo::new();
    let (mut li, push) = announced(&world, &photo);
    let answer = li.sync(&world, &push);
    assert!(answer.records.iter().all(|status| status.outcome == Outcome::Ok));
    let wanted: Vec<_> = answer.uploads.iter().map(|upload| upload.sha256).collect();
    assert_eq!(wanted, [blob(&photo.thumbnail).sha256, blob(&photo.rendition).sha256]);
    let receipts = answer.feed.records.iter().map(|record| envelope::open(&record.0).unwrap());
    assert_eq!(receipts.filter(|record| record.kind == Kind::Receipt).count(), 1);

    let client = Client::new();
    assert_eq!(patch(&client, &world.url(&paths(&answer)[0]), 0, &photo.thumbnail).status(), 204);
    let answer = li.sync(&world, &Push::default());
    assert_eq!(answer.uploads.len(), 1);
    assert_eq!(patch(&client, &world.url(&paths(&answer)[0]), 0, &photo.rendition).status(), 204);
    assert!(li.sync(&world, &Push::default()).uploads.is_empty());
    for bytes in [&photo.thumbnail, &photo.rendition] {
        let path = world.server().app().files().blob(&blob(bytes).sha256);
        assert_eq!(&std::fs::read(path).unwrap(), bytes);
    }
}

#[test]
fn an_upload_goes_on_where_it_was_cut_across_a_restart_of_the_server() {
    let mut world = World::new();
    let photo = Photo::new();
    let (mut li, push) = announced(&world, &photo);
    let path = paths(&li.sync(&world, &push))[1].clone();
    let client = Client::new();
    let created =
        tus(&client, "POST", &world.url(&path)).header("upload-length", photo.rendition.len()).send().unwrap();
    assert_eq!((created.status().as_u16(), &created.headers()["location"]), (201, &path.parse().unwrap()));
    assert_eq!(offset(&client, &world.url(&path)), 0);

    // The connection is cut in the middle of a request that promised everything.
    let half = photo.rendition.len() / 2;
    let mut connection = TcpStream::connect(world.server().address()).unwrap();
    write!(
        connection,
        "PATCH {path} HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
         content-type: application/offset+octet-stream\r\ncontent-length: {}\r\n\r\n",
        photo.rendition.len()
    )
    .unwrap();
    connection.write_all(&photo.rendition[..half]).unwrap();
    // The server has the bytes once it says so; asking also ends the turn of the cut connection.
    let mut here = 0;
    while here < half as u64 {
        here = here.max(offset(&client, &world.url(&path)));
        if here < half as u64 {
            patch(&client, &world.url(&path), here as usize, &photo.rendition[here as usize..half]);
        }
    }
    drop(connection);

    world.stop();
    world.start();
    assert_eq!(offset(&client, &world.url(&path)), half as u64);
    assert_eq!(patch(&client, &world.url(&path), 0, &photo.rendition).status(), 409);
    let last = patch(&client, &world.url(&path), half, &photo.rendition[half..]);
    assert_eq!((last.status().as_u16(), &last.headers()["upload-offset"]), (204, &photo.rendition.len().into()));
    assert_eq!(offset(&client, &world.url(&path)), photo.rendition.len() as u64);
}

#[test]
fn an_upload_that_falls_behind_is_given_up_and_keeps_what_has_arrived() {
    let mut world = World::new();
    world.stop();
    world.start_with(|config| config.patience = Duration::from_millis(200));
    let photo = Photo::new();
    let (mut li, push) = announced(&world, &photo);
    let path = paths(&li.sync(&world, &push))[1].clone();
    let (length, half) = (photo.rendition.len(), photo.rendition.len() / 2);
    let mut connection = TcpStream::connect(world.server().address()).unwrap();
    connection.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    write!(
        connection,
        "PATCH {path} HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-offset: 0\r\n\
         content-type: application/offset+octet-stream\r\ncontent-length: {length}\r\n\r\n"
    )
    .unwrap();
    connection.write_all(&photo.rendition[..half]).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    for byte in photo.rendition[half..length - 1].iter().take(100) {
        connection.write_all(&[*byte]).unwrap();
        if let Ok(length) = connection.read(&mut piece) {
            answer.extend_from_slice(&piece[..length]);
            break;
        }
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{answer}");
    let client = Client::new();
    let here = offset(&client, &world.url(&path)) as usize;
    assert!(here > half && here < length, "{here} of {length}");
    assert!(answer.contains(&format!("\r\nupload-offset: {here}\r\n")), "{answer}");
    assert_eq!(patch(&client, &world.url(&path), here, &photo.rendition[here..]).status(), 204);
}

#[test]
fn who_announces_another_length_for_a_colleague_s_photo_does_not_touch_what_has_arrived_of_it() {
    let world = World::new();
    let photo = Photo::new();
    let [mut li, mut wang, _] = world.phones();
    let announce = |phone: &mut crate::support::Phone, bytes: u64| {
        phone.sync(&world, &Push::default());
        let session = phone.session();
        let mut body: EvidenceEntry = envelope::open_as(&entry(phone, &photo, 1, None)).unwrap().body;
        body.rendition.blob.bytes = bytes;
        let push = Push { records: vec![session, phone.seal(&body)], documents: vec![] };
        world.url(&paths(&phone.sync(&world, &push))[1])
    };
    let half = photo.rendition.len() / 2;
    let (his, hers) = (announce(&mut li, photo.rendition.len() as u64), announce(&mut wang, 100));
    let client = Client::new();
    assert_eq!(patch(&client, &his, 0, &photo.rendition[..half]).status(), 204);
    assert_eq!(offset(&client, &hers), 0);
    assert_eq!(patch(&client, &hers, 0, &[7; 100]).status(), 460);
    assert_eq!(offset(&client, &his), half as u64);
    assert_eq!(patch(&client, &his, half, &photo.rendition[half..]).status(), 204);
    assert!(world.server().app().files().blob(&blob(&photo.rendition).sha256).exists());
}

#[test]
fn looking_at_a_whole_part_that_is_no_photo_removes_nothing_and_it_is_sent_anew() {
    let world = World::new();
    let photo = Photo::new();
    let (mut li, push) = announced(&world, &photo);
    let url = world.url(&paths(&li.sync(&world, &push))[0]);
    let thumbnail = blob(&photo.thumbnail);
    // As a server leaves it that stops between the last byte and the check.
    let part = world.server().app().files().part(&thumbnail.sha256, thumbnail.bytes);
    std::fs::write(&part, vec![7; photo.thumbnail.len()]).unwrap();
    let client = Client::new();
    assert_eq!(offset(&client, &url), 0);
    assert!(part.exists());
    assert_eq!(patch(&client, &url, 0, &photo.thumbnail).status(), 204);
    assert!(!part.exists());
}

#[test]
fn other_bytes_than_announced_are_thrown_away_and_the_upload_begins_anew() {
    let world = World::new();
    let photo = Photo::new();
    let (mut li, push) = announced(&world, &photo);
    let url = world.url(&paths(&li.sync(&world, &push))[0]);
    let client = Client::new();
    let mut altered = photo.thumbnail.clone();
    altered[30] ^= 1;
    assert_eq!(patch(&client, &url, 0, &altered).status(), 460);
    assert_eq!(offset(&client, &url), 0);
    assert_eq!(patch(&client, &url, 0, &photo.thumbnail).status(), 204);
}

#[test]
fn what_hashes_right_and_is_no_picture_is_refused() {
    let world = World::new();
    let mut photo = Photo::new();
    photo.thumbnail = b"<script>alert(1)</script>".to_vec();
    let (mut li, push) = announced(&world, &photo);
    let url = world.url(&paths(&li.sync(&world, &push))[0]);
    assert_eq!(patch(&Client::new(), &url, 0, &photo.thumbnail).status(), 460);
    assert!(!world.server().app().files().blob(&blob(&photo.thumbnail).sha256).exists());
}

#[test]
fn a_request_that_is_not_tus_or_has_no_leave_is_told_so() {
    let world = World::new();
    let photo = Photo::new();
    let (mut li, push) = announced(&world, &photo);
    let path = paths(&li.sync(&world, &push))[0].clone();
    let (client, url) = (Client::new(), world.url(&path));
    let options = client.request("OPTIONS".parse().unwrap(), &url).send().unwrap();
    assert_eq!((options.status().as_u16(), &options.headers()["tus-extension"]), (204, &"creation".parse().unwrap()));
    assert_eq!(client.head(&url).send().unwrap().status(), 412);
    let plain = tus(&client, "PATCH", &url).header("upload-offset", 0).body("x").send().unwrap();
    assert_eq!(plain.status(), 415);
    assert_eq!(patch(&client, &url, 5, b"x").status(), 409);
    let longer = [photo.thumbnail.as_slice(), b"x"].concat();
    assert_eq!(patch(&client, &url, 0, &longer).status(), 413);
    let other = tus(&client, "POST", &url).header("upload-length", 1).send().unwrap();
    assert_eq!(other.status(), 403);
    assert_eq!(patch(&client, &world.url("/v1/uploads/AAAA"), 0, b"x").status(), 403);
    world.pass_days(1);
    assert_eq!(tus(&client, "HEAD", &url).send().unwrap().status(), 403, "expired");
}

#[test]
fn a_gap_in_a_device_s_chain_shows_and_a_place_is_taken_once() {
    let world = World::new();
    let photo = Photo::new();
    let (mut li, mut push) = announced(&world, &photo);
    let first = envelope::open(&push.records[1]).unwrap().id;
    let skipped = envelope::open(&entry(&li, &photo, 2, Some(first))).unwrap().id;
    push.records.push(entry(&li, &photo, 3, Some(skipped)));
    push.records.push(entry(&li, &photo, 3, Some(first)));
    let answer = li.sync(&world, &push);
    let outcomes: Vec<_> = answer.records.iter().map(|status| status.outcome).collect();
    assert_eq!(outcomes, [Outcome::Ok, Outcome::Ok, Outcome::Ok, Outcome::Refused]);
    assert_eq!(answer.records[3].problem, Some(Problem::Equivocation));
    let document = li.document();
    let links = || {
        let app = world.server().app().clone();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(app.store().read(move |db| read::evidence(db, &document))).unwrap();
        found.iter().map(|evidence| evidence.link).collect::<Vec<_>>()
    };
    assert_eq!(links(), [read::Link::Whole, read::Link::Gap]);
    let second = entry(&li, &photo, 2, Some(first));
    li.sync(&world, &Push { records: vec![second], documents: vec![] });
    assert_eq!(links(), [read::Link::Whole; 3], "the gap closes when the missing one comes");
}

//! What reaches the server broken, twice, or forged.

use crate::{CHEN, demo};
use std::sync::{Arc, Mutex};
use wurao_device::{
    Cancel, HttpAnswer, HttpRequest, Network, NetworkError, Phone, Ports, Settings, SyncOptions, system,
};
use wurao_protocol::sync::{MAX_REQUEST, Request};
use wurao_protocol::{DocumentId, Problem};
use wurao_tests::link::Way;
use wurao_tests::world::{FieldPhone, World};

/// A network that keeps the last body.
struct Recorder {
    inner: Arc<dyn Network>,
    last: Arc<Mutex<Vec<u8>>>,
}

impl Network for Recorder {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        request.body.clone_into(&mut self.last.lock().unwrap());
        self.inner.exchange(request)
    }
}

/// A world in which a phone has just synced one answer, with the body of that request.
fn synced() -> (World, FieldPhone, DocumentId, Vec<u8>) {
    let world = demo();
    let permit = world.county.permit("Songling Village", "Emergency supplies").unwrap();
    let FieldPhone { folder, link, phone } = world.phone(CHEN).unwrap();
    drop(phone);
    let last = Arc::new(Mutex::default());
    let ports = system::ports(&folder).unwrap();
    let network = Arc::new(Recorder { inner: ports.network.clone(), last: Arc::clone(&last) });
    let phone = Phone::open(&Settings { folder: folder.clone() }, Ports { network, ..ports }).unwrap();
    let phone = FieldPhone { folder, link, phone };
    let document = phone.start(permit).unwrap();
    phone.phone.answer(document, "water", "-", "150").unwrap();
    phone.phone.sync(&SyncOptions { photos: false, ..SyncOptions::default() }, &(), &Cancel::new()).unwrap();
    let body = last.lock().unwrap().clone();
    (world, phone, document, body)
}

/// What the server says to a body: status and code.
fn post(world: &World, body: Vec<u8>) -> (u16, String) {
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(world.server.url("/v1/sync").unwrap()).body(body).send().unwrap();
    (answer.status().as_u16(), answer.text().unwrap())
}

fn refused(problem: Problem) -> (u16, String) {
    (problem.status(), problem.code().to_owned())
}

#[test]
fn same_request_twice() {
    let (world, phone, document, body) = synced();
    let before = world.supervisor().unwrap().inspection(document).unwrap();
    assert_eq!(post(&world, body), refused(Problem::StaleCounter));
    assert_eq!(world.supervisor().unwrap().inspection(document).unwrap(), before);

    // The answer is lost on the way: the phone offers everything again, and nothing is there twice.
    phone.phone.answer(document, "rations", "-", "460").unwrap();
    phone.link.cut_after(Way::Down, 0, || {});
    assert_eq!(phone.try_sync().unwrap_err().code(), "offline");
    let after_the_lost = world.supervisor().unwrap().inspection(document).unwrap();
    assert_ne!(after_the_lost["values"], before["values"]);
    assert_eq!(phone.sync().unwrap().changes_taken, 1);
    assert_eq!(world.supervisor().unwrap().inspection(document).unwrap(), after_the_lost);
}

#[test]
fn replayed_counter() {
    let (world, phone, document, body) = synced();
    phone.phone.answer(document, "rations", "-", "460").unwrap();
    phone.sync().unwrap();
    // An old request of the phone's own, after newer ones.
    assert_eq!(post(&world, body), refused(Problem::StaleCounter));
    phone.sync().unwrap();
}

#[test]
fn bodies_that_are_none() {
    let (world, _phone, _, body) = synced();
    assert_eq!(post(&world, Vec::new()), refused(Problem::Empty));
    for end in [1, 2, 50, body.len() / 2, body.len() - 1] {
        assert_eq!(post(&world, body[..end].to_vec()), refused(Problem::Truncated), "{end} bytes");
    }
    let mut huge = Request::from_body(&body).unwrap();
    huge.frames[0] = vec![0; MAX_REQUEST];
    assert_eq!(post(&world, huge.to_body()), refused(Problem::TooLarge));
    let not_cbor = [&body[..1], &[0xff; 64]].concat();
    assert_eq!(post(&world, not_cbor), refused(Problem::Malformed));
    assert_eq!(post(&world, [&[9], &body[1..]].concat()), refused(Problem::Version));
    assert_eq!(post(&world, [&body[..], b"x"].concat()), refused(Problem::Malformed));
}

#[test]
fn wrong_signature() {
    let (world, _phone, document, body) = synced();
    let before = world.supervisor().unwrap().inspection(document).unwrap();
    let mut request = Request::from_body(&body).unwrap();
    *request.start.head.0.last_mut().unwrap() ^= 1;
    assert_eq!(post(&world, request.to_body()), refused(Problem::WrongSignature));
    // A frame exchanged for another one is not what the head covers, whether or not the list of hashes says so.
    let mut request = Request::from_body(&body).unwrap();
    request.frames[0].push(0);
    assert_eq!(post(&world, request.to_body()), refused(Problem::FrameHash));
    request.start.frames[0] = wurao_protocol::Digest::of(&[&request.frames[0]]);
    assert_eq!(post(&world, request.to_body()), refused(Problem::FrameHash));
    assert_eq!(world.supervisor().unwrap().inspection(document).unwrap(), before);
}

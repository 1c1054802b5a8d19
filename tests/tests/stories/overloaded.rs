//! A server with more to do than it can: it says so, and phones come back by themselves.

use crate::CHEN;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use wurao_device::{HttpAnswer, SyncOptions, SyncReport, Want, system};
use wurao_tests::county::County;
use wurao_tests::server::Server;
use wurao_tests::world::open;

#[test]
fn a_phone_that_is_sent_away_comes_back_when_it_was_told_to_and_syncs() {
    let holder = tempfile::tempdir().unwrap();
    let (file, data, folder) =
        (holder.path().join("c.json"), holder.path().join("server"), holder.path().join("phone"));
    let county = County::demo().unwrap();
    county.write(&file).unwrap();
    Server::load(env!("CARGO_BIN_EXE_demo").as_ref(), &data, &file).unwrap();
    let mut config = wurao_server::Config::new(&data, SocketAddr::from(([127, 0, 0, 1], 0)));
    config.syncs = 1;
    let server = wurao_server::Server::start(config).unwrap();
    let phone = open(&folder).unwrap();
    phone.enrol(&format!("http://{}", server.address()), CHEN, "phone").unwrap();
    phone.sync(&SyncOptions::default(), &(), &wurao_device::Cancel::new()).unwrap();
    let document = phone.start(county.permit("Songling Village", "Emergency supplies").unwrap()).unwrap();
    phone.answer(document, "water", "-", "150").unwrap();

    // Somebody has the one place: their request is heard from the moment the server asks for its body.
    let mut other = TcpStream::connect(server.address()).unwrap();
    let head = "POST /v1/sync HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n";
    other.write_all(head.as_bytes()).unwrap();
    other.read_exact(&mut [0; 12]).unwrap();

    let network = system::ports(&folder).unwrap().network;
    let mut run = phone.begin_sync(&SyncOptions::default()).unwrap();
    let (mut waits, mut other) = (Vec::new(), Some(other));
    let report: SyncReport = loop {
        match run.want() {
            Want::Send(number, request) => {
                let answer: Result<HttpAnswer, _> = network.stream(&request, &mut |piece| run.heard(number, piece));
                run.answered(number, answer);
            }
            Want::Wait(ms) => {
                waits.push(ms);
                // Meanwhile the other one is done.
                if let Some(mut other) = other.take() {
                    other.write_all(&[0; 1000]).unwrap();
                    other.read_to_end(&mut Vec::new()).unwrap();
                }
                run.woke();
            }
            Want::Nothing => panic!("it waits for nothing"),
            Want::Over(ended) => break ended.unwrap(),
        }
    };
    assert!(matches!(waits[..], [ms] if (2000..3000).contains(&ms)), "{waits:?}");
    assert_eq!((report.changes_taken > 0, report.requests), (true, 2));
    let outbox = phone.outbox().unwrap();
    assert_eq!((outbox.changes.len(), outbox.records), (0, 0));
}

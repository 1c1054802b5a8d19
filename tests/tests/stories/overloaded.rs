//! A server with more to do than it can, or than it will do for one phone: it says so, and nothing is lost on the phone.

use crate::{CHEN, LIU};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use wurao_device::{Cancel, HttpAnswer, Phone, PhoneError, SyncOptions, SyncReport, Want, WorkState, system};
use wurao_protocol::DocumentId;
use wurao_tests::county::County;
use wurao_tests::server::Server;
use wurao_tests::world::open;

/// A server in this process, and a phone that has begun an inspection at it.
struct Scene {
    holder: tempfile::TempDir,
    server: wurao_server::Server,
    phone: Phone,
    document: DocumentId,
}

impl Scene {
    fn new(set: impl FnOnce(&mut wurao_server::Config)) -> Self {
        let holder = tempfile::tempdir().unwrap();
        let (file, data) = (holder.path().join("county.json"), holder.path().join("server"));
        let county = County::demo().unwrap();
        county.write(&file).unwrap();
        Server::load(env!("CARGO_BIN_EXE_demo").as_ref(), &data, &file).unwrap();
        let mut config = wurao_server::Config::new(&data, SocketAddr::from(([127, 0, 0, 1], 0)));
        set(&mut config);
        let server = wurao_server::Server::start(config).unwrap();
        let phone = open(&holder.path().join("phone")).unwrap();
        phone.enrol(&format!("http://{}", server.address()), CHEN, "phone").unwrap();
        phone.sync(&SyncOptions::default(), &(), &Cancel::new()).unwrap();
        let document = phone.start(county.permit("Songling Village", "Emergency supplies").unwrap()).unwrap();
        phone.answer(document, "water", "-", "150").unwrap();
        Self { holder, server, phone, document }
    }

    fn sync(&self) -> Result<SyncReport, PhoneError> {
        self.phone.sync(&SyncOptions::default(), &(), &Cancel::new())
    }

    /// Something else stands in the server's database from here on.
    fn set(&self, sql: &str) {
        let db = rusqlite::Connection::open(self.holder.path().join("server/wurao.sqlite")).unwrap();
        assert!(db.execute(sql, []).unwrap() > 0, "{sql}");
    }

    /// What stands open on the phone: how many changes, in which state, why.
    fn outbox(&self) -> Vec<(u64, String, Option<String>)> {
        let open = self.phone.outbox().unwrap().changes.into_iter();
        open.map(|change| (change.changes, change.standing, change.problem)).collect()
    }
}

#[test]
fn what_is_over_a_bound_stays_on_the_phone_and_is_shown() {
    let scene = Scene::new(|_| {});
    scene.sync().unwrap();
    assert_eq!(scene.outbox(), []);
    scene.set("UPDATE brought SET changes = 20000");
    scene.phone.answer(scene.document, "water", "-", "160").unwrap();
    let report = scene.sync().unwrap();
    assert_eq!((report.changes_taken, report.changes_refused), (0, 1));
    assert_eq!(scene.outbox(), [(1, "refused".to_owned(), Some("too-many".to_owned()))]);
    let beside = scene.phone.form(scene.document, "en").unwrap().amendment;
    let beside: Vec<(&str, &str)> = beside.iter().map(|one| (&*one.question, &*one.value)).collect();
    assert_eq!(beside, [("water", "160")]);
}

#[test]
fn what_is_over_the_bound_of_a_day_goes_on_another_day() {
    let scene = Scene::new(|_| {});
    scene.sync().unwrap();
    scene.set("UPDATE brought_day SET records = 50000");
    scene.phone.answer(scene.document, "water", "-", "160").unwrap();
    assert_eq!(scene.sync().unwrap_err().code(), "too-many");
    assert_eq!(scene.outbox(), [(1, "unsent".to_owned(), None)]);
    scene.set("UPDATE brought_day SET day = day - 1");
    assert_eq!(scene.sync().unwrap().changes_taken, 1);
    assert_eq!(scene.outbox(), []);
}

#[test]
fn a_phone_that_is_sent_away_comes_back_when_it_was_told_to_and_syncs() {
    let scene = Scene::new(|config| config.syncs = 1);
    // A colleague's phone has the one place: it is told of its first frame, and its last one is still to come.
    let colleague = open(&scene.holder.path().join("colleague")).unwrap();
    colleague.enrol(&format!("http://{}", scene.server.address()), LIU, "colleague").unwrap();
    colleague.sync(&SyncOptions::default(), &(), &Cancel::new()).unwrap();
    let planned = colleague.work().unwrap().into_iter().find(|item| item.state == WorkState::Planned).unwrap();
    let document = colleague.start(planned.permit).unwrap();
    for at in 0..12 {
        colleague.answer(document, "remark", "-", &format!("{at} {}", "x".repeat(15_000))).unwrap();
    }
    let Want::Send(_, request) = colleague.begin_sync(&SyncOptions::default()).unwrap().want() else {
        panic!("a sync begins with a request")
    };
    let mut other = TcpStream::connect(scene.server.address()).unwrap();
    let length = request.body.len();
    write!(other, "POST /v1/sync HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")
        .unwrap();
    let (now, last) = request.body.split_at(length - 10);
    other.write_all(now).unwrap();
    other.read_exact(&mut [0; 12]).unwrap();

    let network = system::ports(&scene.holder.path().join("phone")).unwrap().network;
    let mut run = scene.phone.begin_sync(&SyncOptions::default()).unwrap();
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
                    other.write_all(last).unwrap();
                    other.read_to_end(&mut Vec::new()).unwrap();
                }
                run.woke();
            }
            Want::Nothing => panic!("it waits for nothing"),
            Want::Over(ended) => break ended.unwrap(),
        }
    };
    assert!(matches!(waits[..], [ms] if (2000..3000).contains(&ms)), "{waits:?}");
    assert_eq!((report.changes_taken, report.requests), (1, 2));
    assert_eq!(scene.outbox(), []);
}

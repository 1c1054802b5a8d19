//! Phones that write as the server would, and the one who honestly brings back what a restored server has lost.

use super::scene::{CHEN, Scene, WATER};
use crate::support::{Phone, Push};
use wurao_protocol::envelope::{open, seal};
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::{Device, Heads, Kind, Session};
use wurao_protocol::sync::{Answer, Outcome, Request, RequestHead, RequestStart, frames_digest};
use wurao_protocol::{Digest, Problem, merkle};
use wurao_record::{ActorId, Admitted, Map, Put, Scalar, build, choose_puts};

/// A choice made at the page, as the phones have it, and the server that knows nothing of it any more.
struct Lost {
    scene: Scene,
    session: Vec<u8>,
    heads: Vec<u8>,
    actor: ActorId,
    change: Admitted,
    /// Wang's own answer on top of it.
    after: Admitted,
}

impl Lost {
    fn new() -> Self {
        let mut scene = Scene::new();
        scene.wang.sync(&scene.world, &Push::default());
        scene.li.sync(&scene.world, &Push::default());
        let backup = scene.world.folder.path().join("backup");
        scene.world.stop();
        copy(&scene.world.folder.path().join("data"), &backup);
        scene.world.start();
        assert_eq!(scene.sends("chen", &scene.form("chen", "14")).0, 303);
        let before = scene.wang.ledger.clone();
        let answer = scene.wang.sync(&scene.world, &Push::default());
        let of = |kind| {
            let mut records = answer.feed.records.iter().map(|record| record.0.clone());
            records.find(|record| open(record).unwrap().kind == kind).unwrap()
        };
        let (session, heads) = (of(Kind::Session), of(Kind::Heads));
        let bytes = &answer.feed.documents[0].changes[0].0;
        let change = wurao_record::admit(&scene.wang.genesis(), &before, bytes).unwrap();
        let after = scene.wang.answer("water", 17);
        scene.world.stop();
        let data = scene.world.folder.path().join("data");
        std::fs::remove_dir_all(&data).unwrap();
        copy(&backup, &data);
        scene.world.start();
        assert_eq!(scene.water().len(), 2, "the server is as it was before");
        Self { scene, session, heads, actor: change.row.actor, change, after }
    }

    /// What the server says of these changes, brought with these records.
    fn brings(&mut self, records: &[&Vec<u8>], changes: &[&Admitted]) -> Answer {
        let mut push = self.scene.wang.covered(changes);
        push.records.splice(0..0, records.iter().map(|record| (*record).clone()));
        self.scene.wang.sync(&self.scene.world, &push)
    }

    /// What the page would have written under its actor, had it been this.
    fn written(&self, puts: &[Put]) -> Admitted {
        let scene = &self.scene;
        build(&scene.li.genesis(), &scene.li.ledger, &self.actor, self.change.row.time_ms, puts).unwrap()
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn said(answer: &Answer) -> (Outcome, Option<Problem>) {
    (answer.documents[0].status.outcome, answer.documents[0].status.problem)
}

#[test]
fn a_choice_that_a_restored_server_has_lost_comes_back_with_what_was_written_on_it() {
    let mut lost = Lost::new();
    let (session, heads) = (lost.session.clone(), lost.heads.clone());
    let (change, after) = (lost.change.clone(), lost.after.clone());
    let answer = lost.brings(&[&session, &heads], &[&change, &after]);
    assert_eq!(said(&answer), (Outcome::Ok, None), "{answer:?}");
    assert_eq!(lost.scene.water(), [Scalar::Int(17)]);
    let again = lost.brings(&[&session, &heads], &[&change, &after]);
    assert_eq!(said(&again), (Outcome::Have, None));
    // Li has not heard of it yet, and gets the proof of who it is by first.
    let answer = lost.scene.li.sync(&lost.scene.world, &Push::default());
    let kinds: Vec<Kind> = answer.feed.records.iter().map(|record| open(&record.0).unwrap().kind).collect();
    let at = |kind| kinds.iter().position(|known| *known == kind).unwrap();
    assert!(at(Kind::Person) < at(Kind::Session) && at(Kind::Session) < at(Kind::Heads), "{kinds:?}");
    assert_eq!(lost.scene.li.ledger.field(Map::Answers, WATER).winner, Scalar::Int(17));
    let verdict = lost.scene.world.write(|tx, keys, _| wurao_server::audit::verify::verify(tx, &keys.records.public()));
    assert_eq!(verdict.fault, None);
}

#[test]
fn nobody_brings_back_a_choice_that_was_not_made_nor_takes_the_place_of_one_that_was() {
    let mut lost = Lost::new();
    let (session, heads) = (lost.session.clone(), lost.heads.clone());
    let found = lost.scene.li.ledger.field(Map::Answers, WATER);
    let other = lost.written(&choose_puts(&found, Map::Answers, WATER, &Scalar::Int(12)));
    let answer = lost.written(&[Put::new(Map::Answers, "remark@-", Scalar::Text("all well".to_owned()))]);
    let third = lost.written(&choose_puts(&found, Map::Answers, WATER, &Scalar::Int(99)));
    let refused = |problem| (Outcome::Refused, Some(problem));
    let own = lost.scene.wang.heads(&[lost.scene.wang.entry(&[&other])]);
    assert_eq!(said(&lost.brings(&[], &[&other])), refused(Problem::NoSession));
    assert_eq!(said(&lost.brings(&[&session], &[&other])), refused(Problem::WrongSignature), "no signature");
    assert_eq!(said(&lost.brings(&[&heads], &[&other])), refused(Problem::WrongSignature), "that of another");
    assert_eq!(said(&lost.brings(&[&own], &[&other])), refused(Problem::WrongSignature), "that of a phone");
    assert_eq!(said(&lost.brings(&[], &[&answer])), refused(Problem::FieldRefused), "an answer");
    assert_eq!(said(&lost.brings(&[], &[&third])), refused(Problem::FieldRefused), "what nobody had said");
    // The real one is taken still.
    let change = lost.change.clone();
    assert_eq!(said(&lost.brings(&[], &[&change])), (Outcome::Ok, None));
    assert_eq!(lost.scene.water(), [Scalar::Int(14)]);
}

#[test]
fn no_phone_opens_a_session_of_the_server_s() {
    let mut scene = Scene::new();
    let page = scene.world.server().app().keys().records.public();
    let nonce = [77; 16];
    let body = |actor, device, phone: &Phone| Session { actor, nonce, person: CHEN, device, ..phone.session_body() };
    let theirs = Session::actor_of(&page, &nonce);
    let mine = Session::actor_of(&scene.li.key.public(), &nonce);
    for (actor, device) in [(theirs, page.device()), (mine, page.device()), (theirs, scene.li.key.public().device())] {
        let record = scene.li.seal(&body(actor, device, &scene.li));
        let answer = scene.li.sync(&scene.world, &Push { records: vec![record], documents: vec![] });
        assert_eq!(answer.records[0].problem, Some(Problem::ForgedActor), "{actor:?} {device:?}");
    }
    // One that the server did sign, as a device that it is not.
    let keys = std::sync::Arc::clone(scene.world.server().app().keys());
    let other = body(theirs, scene.li.key.public().device(), &scene.li);
    let push = Push { records: vec![seal(&keys.records, &other).unwrap()], documents: vec![] };
    assert_eq!(scene.li.sync(&scene.world, &push).records[0].problem, Some(Problem::ForgedActor));
    let nobody = Session { person: wurao_protocol::PersonId([9; 16]), ..body(theirs, page.device(), &scene.li) };
    let push = Push { records: vec![seal(&keys.records, &nobody).unwrap()], documents: vec![] };
    assert_eq!(scene.li.sync(&scene.world, &push).records[0].problem, Some(Problem::NotFound));
}

#[test]
fn the_server_s_own_device_record_lets_nobody_in() {
    let scene = Scene::new();
    let keys = std::sync::Arc::clone(scene.world.server().app().keys());
    let key = keys.records.public();
    let device =
        Device { id: key.device(), key: key.to_bytes(), name: "page".to_owned(), persons: vec![CHEN], enrolled_ms: 0 };
    let head = RequestHead {
        server: scene.li.server,
        device: device.id,
        counter: 1,
        frames: frames_digest(&[]),
        cursor: scene.li.cursor.clone(),
        seen: scene.li.seen.clone(),
        limit: 1 << 20,
        holds: scene.li.holds,
    };
    let sealed = |record: Vec<u8>| wurao_protocol::cbor::Bytes(record);
    let start = RequestStart {
        head: sealed(seal(&keys.records, &head).unwrap()),
        device: sealed(seal(&keys.records, &device).unwrap()),
        frames: vec![],
    };
    let refused = scene.li.sync_refused(&scene.world, Request { start, frames: vec![] }.to_body());
    assert_eq!(refused, (401, "unknown-device".to_owned()));
}

#[test]
fn the_server_is_no_phone_on_any_list_and_cannot_be_revoked() {
    let scene = Scene::new();
    let phones = |login: &str| {
        scene.world.page_of(login).get(scene.world.url("/phones?lang=en")).send().unwrap().text().unwrap()
    };
    let before = phones("chen").matches("data-key=\"phone-").count();
    assert_eq!(scene.sends("chen", &scene.form("chen", "14")).0, 303);
    assert_eq!(phones("chen").matches("data-key=\"phone-").count(), before);
    scene.world.write(|tx, _, _| {
        let sql = "INSERT INTO role_grant (person, role, prefix) SELECT id, 'administrator', '431124' FROM person WHERE login = 'chen'";
        tx.execute(sql, [])?;
        Ok(())
    });
    let page = scene.world.server().app().keys().records.public().device();
    let path = format!("/phones/{page}/revoke");
    let answer = scene.world.page_of("chen").post(scene.world.url(&path)).form(&[("reason", "lost")]).send().unwrap();
    assert_eq!(answer.status(), 404);
    let leaf = merkle::leaf(&scene.document(), &[Digest([1; 32])]);
    assert_ne!(Heads::over(&[leaf]), Heads::over(&[]));
}

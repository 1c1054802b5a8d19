//! Changes that harm, in pushes over real HTTP: each is refused under its own reason, and nothing of it stays.

#[path = "../../../core/record/tests/attack_table/mod.rs"]
mod attack_table;

use crate::support::{Phone, Push, World};
use attack_table::{Attack, Cast, Scene, answer, attacks, bombs};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::envelope::open;
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::key::Signer;
use wurao_protocol::sync::{Answer, Outcome, Status};
use wurao_protocol::{Digest, Problem};
use wurao_record::{ActorId, History, Ledger, Map, OpRow, Put, Scalar, admit, live, tips};
use wurao_server::store::read::{self, ChangeInfo};

/// Li's phone attacks; Wang's writes in three sessions, of which the last is always honest.
struct Visit {
    world: World,
    li: Phone,
    wang: Phone,
    cast: Cast,
}

/// Opens a session with the server; its actor.
fn open_session(world: &World, phone: &mut Phone) -> ActorId {
    let session = phone.session();
    let answer = phone.sync(world, &Push { records: vec![session], documents: vec![] });
    assert_eq!(answer.records, [Status::plain(Outcome::Ok)]);
    ActorId(phone.session_body().actor)
}

impl Visit {
    fn new() -> Self {
        let world = World::new();
        let [mut li, mut wang, _] = world.phones();
        li.sync(&world, &Push::default());
        wang.sync(&world, &Push::default());
        let actors = [open_session(&world, &mut wang), open_session(&world, &mut li), open_session(&world, &mut wang)];
        open_session(&world, &mut wang);
        let cast = Cast { genesis: li.genesis(), actors };
        Self { world, li, wang, cast }
    }

    /// Wang pushes honestly, and is told nothing that Li sent.
    fn wang_pushes(&mut self, bytes: Vec<u8>) {
        let Answer { documents, feed, .. } = self.wang.sync(&self.world, &push_of(&self.wang, bytes));
        assert_eq!(documents[0].status, Status::plain(Outcome::Ok));
        assert_eq!(feed.documents, []);
        let li = self.li.key.public().id();
        assert!(feed.records.iter().all(|record| open(&record.0).unwrap().key != li));
    }

    /// What came before an attack is pushed by those who wrote it, as far as it has not been.
    fn catch_up(&mut self, history: &Ledger) {
        for (hash, bytes) in history.changes() {
            if self.wang.ledger.row(&hash).is_none() {
                let change = admit(&self.cast.genesis, &self.wang.ledger, bytes).unwrap();
                self.wang.ledger.apply(change);
                self.wang_pushes(bytes.to_vec());
            }
        }
    }

    /// Li pushes this and signs it, if it can be signed at all.
    fn li_pushes(&mut self, bytes: &[u8]) -> Answer {
        self.li.sync(&self.world, &push_of(&self.li, bytes.to_vec()))
    }

    /// Wang answers something else: it is in force at once.
    fn go_on(&mut self, round: usize) {
        let change = self.wang.answer("water", round as i64);
        self.wang_pushes(change.bytes);
        assert_eq!(self.in_force(), self.due_in_force());
    }

    /// The projection.
    fn in_force(&self) -> Vec<OpRow> {
        let document = self.li.document();
        self.read(move |db| read::live_ops(db, &document))
    }

    /// What the projection must be: Wang has seen all that is honest.
    fn due_in_force(&self) -> Vec<OpRow> {
        let mut due: Vec<OpRow> =
            self.wang.ledger.keys().flat_map(|(_, _, ops)| live(ops).into_iter().cloned()).collect();
        due.sort_by(|a, b| (a.map, &a.key, a.id).cmp(&(b.map, &b.key, b.id)));
        due
    }

    /// Every change the server keeps, in force or not.
    fn kept(&self) -> Vec<ChangeInfo> {
        let document = self.li.document();
        self.read(move |db| read::changes(db, &document))
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, wurao_server::Error> + Send + 'static,
    ) -> T {
        let app = self.world.server().app().clone();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(app.store().read(work)).unwrap()
    }
}

/// One change, and the signature over it unless it is beyond reading.
fn push_of(phone: &Phone, bytes: Vec<u8>) -> Push {
    let readable = tips([bytes.as_slice()]).is_ok();
    let documents = vec![DocumentChanges { document: phone.document(), heads: None, changes: vec![Bytes(bytes)] }];
    let records = if readable { vec![phone.heads(&documents)] } else { vec![] };
    Push { records, documents }
}

/// Where the phone's document ends.
fn heads(phone: &Phone) -> Vec<Digest> {
    phone.ledger.heads().unwrap().into_iter().map(Digest).collect()
}

/// Which problem the phone is told of, besides the gate's own word.
fn problem_of(due: &str) -> Problem {
    match due {
        "unknown-dependency" => Problem::UnknownDependency,
        "equivocation" => Problem::Equivocation,
        _ => Problem::Gate,
    }
}

#[test]
fn each_attack_is_refused_under_its_own_reason_and_nothing_of_it_stays() {
    let mut visit = Visit::new();
    for (round, Attack { name, history, bytes, due }) in attacks(&visit.cast).into_iter().enumerate() {
        visit.catch_up(&history);
        let (kept, in_force) = (visit.kept(), visit.in_force());
        let answer = visit.li_pushes(&bytes);
        let told = &answer.documents[0];
        if due == "already-known" {
            // No fault: there is nothing to do.
            assert_eq!((&told.status, told.stopped), (&Status::plain(Outcome::Have), None), "{name}");
        } else {
            let refused = Status::because(Outcome::Refused, problem_of(due), due);
            assert_eq!((&told.status, told.stopped), (&refused, Some(0)), "{name}");
            assert_eq!(told.heads, heads(&visit.wang), "{name}: where the phone could go on");
        }
        assert_eq!((visit.kept(), visit.in_force()), (kept, in_force), "{name}");
        visit.go_on(round);
    }

    // The very session that attacked is heard again as soon as it is honest, and only that reaches Wang.
    let honest = Scene::new(&visit.cast).honest;
    assert_eq!(visit.li_pushes(&honest.bytes).documents[0].status, Status::plain(Outcome::Ok));
    let answer = visit.wang.sync(&visit.world, &Push::default());
    let fed: Vec<_> = answer.feed.documents.iter().flat_map(|entry| &entry.changes).map(|change| &change.0).collect();
    assert_eq!(fed, [&honest.bytes]);
    assert_eq!(visit.in_force(), visit.due_in_force());
}

#[test]
fn a_run_length_bomb_is_refused_before_it_unfolds() {
    let mut visit = Visit::new();
    let cast = visit.cast.clone();
    let scene = Scene::new(&cast);
    visit.catch_up(&scene.base);
    let refused = Status::because(Outcome::Refused, Problem::Gate, "run-too-long");
    for bomb in bombs(&scene) {
        let body = visit.li.body(&push_of(&visit.li, bomb.bytes));
        assert!(body.len() < 2048, "{} bytes", body.len());
        let (status, answer) = visit.li.post(&visit.world.url("/v1/sync"), body);
        assert_eq!(status, 200);
        let told = &Answer::from_body(&answer).unwrap().documents[0];
        assert_eq!((&told.status, told.stopped), (&refused, Some(0)), "{} in {:#x}", bomb.claimed, bomb.column);
        assert_eq!(visit.kept().len(), 1);
    }
    visit.go_on(0);
}

/// What the gate lets through may still not be this phone's to write.
#[test]
fn an_honest_change_in_the_wrong_hands_or_the_wrong_place_is_refused_after_the_gate() {
    let mut visit = Visit::new();
    let cast = visit.cast.clone();
    let scene = Scene::new(&cast);
    visit.catch_up(&scene.base);
    let meta = Put::new(Map::Meta, "state", Scalar::Bool(true));
    let stranger = Cast { actors: [ActorId([5; 16]); 3], ..cast.clone() };
    let colleagues = cast.next(&scene.base, 0, &[answer("q1", "theirs")]);
    let nobodys = stranger.next(&scene.base, 0, &[answer("q1", "whose")]);
    let hostile = [
        (colleagues, Problem::ForgedActor, "a session of another device"),
        (nobodys, Problem::NoSession, "no session opened this actor"),
        (cast.next(&scene.base, 1, &[meta]), Problem::FieldRefused, "meta/state"),
    ];
    for (change, problem, detail) in hostile {
        let told = visit.li_pushes(&change.bytes).documents.remove(0);
        assert_eq!(told.status, Status::because(Outcome::Refused, problem, detail));
        assert_eq!(visit.kept().len(), 1);
    }
    visit.go_on(0);
}

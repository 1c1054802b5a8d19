//! Changes that harm, brought by the feed: each is set aside under its own reason, and the phone goes on.

#[path = "../../../record/tests/attack_table/mod.rs"]
mod attack_table;

use crate::common::*;
use attack_table::{Attack, Cast, Scene, answer, attacks, bombs};
use rusqlite::Connection;
use wurao_device::SyncReport;
use wurao_protocol::key::Signer;
use wurao_protocol::record::{Device, Session, Stamp};
use wurao_protocol::{DocumentId, envelope};
use wurao_record::{ActorId, Genesis, GenesisSeed, Ledger, Scalar, field};

/// A phone at work in the document of a colleague, whose phone writes in four sessions; and what it should know of it.
struct Visit {
    desk: Desk,
    document: DocumentId,
    /// The first three sessions.
    cast: Cast,
    /// The last one, always honest.
    bystander: Cast,
    ledger: Ledger,
    store: Connection,
}

/// Something the phone set aside.
#[derive(Debug, PartialEq)]
struct Aside {
    document: Option<DocumentId>,
    bytes: Vec<u8>,
    problem: String,
    detail: String,
}

impl Visit {
    fn new() -> Self {
        let (desk, document) = Desk::at_work();
        let key = key(12);
        let device = Device {
            id: key.public().device(),
            key: key.public().to_bytes(),
            name: "phone 2".into(),
            persons: vec![COLLEAGUE],
            enrolled_ms: NOON,
        };
        desk.office.give(&device);
        let [a, b, c, d] = [1, 2, 3, 4].map(|nonce| {
            let session = Session {
                actor: Session::actor_of(&key.public(), &[nonce; 16]),
                nonce: [nonce; 16],
                person: COLLEAGUE,
                device: device.id,
                began: Stamp { wall_ms: NOON, mono_ms: 0, server_ms: None },
                engine: "test".into(),
            };
            desk.office.give_bytes(envelope::seal(&key, &session).unwrap());
            ActorId(session.actor)
        });
        let report = desk.sync();
        assert_eq!((report.records_received, report.quarantined), (5, 0));
        let permit = permit(&template());
        let seed = GenesisSeed { permit: permit.id.0, site: permit.visit.site.0, checklist: permit.visit.checklist.0 };
        let genesis = Genesis::new(&seed);
        let store = store_in(desk.folder.path());
        let bystander = Cast { genesis: genesis.clone(), actors: [d; 3] };
        Self { desk, document, cast: Cast { genesis, actors: [a, b, c] }, bystander, ledger: Ledger::new(), store }
    }

    fn receive(&self, bytes: &[u8]) -> SyncReport {
        self.desk.office.give_changes(self.document, vec![bytes.to_vec()]);
        self.desk.sync()
    }

    /// An honest change arrives and is taken.
    fn take(&mut self, bytes: &[u8]) {
        let change = wurao_record::admit(&self.cast.genesis, &self.ledger, bytes).unwrap();
        self.ledger.apply(change);
        let report = self.receive(bytes);
        assert_eq!((report.changes_received, report.quarantined), (1, 0));
        self.sees_what_it_should();
    }

    /// What came before an attack arrives, as far as it has not.
    fn catch_up(&mut self, history: &Ledger) {
        for (hash, bytes) in history.changes() {
            if self.ledger.row(&hash).is_none() {
                self.take(bytes);
            }
        }
    }

    /// A colleague who has nothing to do with it all answers.
    fn go_on(&mut self, round: usize) {
        let change = self.bystander.next(&self.ledger, 0, &[answer("remark@-", &format!("round {round}"))]);
        self.take(&change.bytes);
    }

    /// Nothing is in force on the phone but what it took.
    fn sees_what_it_should(&self) {
        let text = |value: &Scalar| match value {
            Scalar::Text(text) => text.clone(),
            other => panic!("nobody wrote {other:?}"),
        };
        let keys = self.ledger.keys().map(|(map, key, ops)| {
            let values = field(ops, &[]).values;
            (map.name().to_owned(), key.to_owned(), values.iter().map(|held| text(&held.value)).collect())
        });
        let due: Vec<(String, String, Vec<String>)> = keys.collect();
        let values = self.desk.phone.values(self.document).unwrap();
        let found: Vec<_> = values.into_iter().map(|raw| (raw.map, raw.key, raw.values)).collect();
        assert_eq!(found, due);
    }

    /// All that was set aside, in order.
    fn aside(&self) -> Vec<Aside> {
        let sql = "SELECT document, bytes, problem, detail FROM quarantine ORDER BY position";
        let mut statement = self.store.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| {
            Ok(Aside {
                document: row.get::<_, Option<[u8; 16]>>(0)?.map(DocumentId),
                bytes: row.get(1)?,
                problem: row.get(2)?,
                detail: row.get(3)?,
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }
}

#[test]
fn each_attack_is_set_aside_under_its_own_reason_and_the_phone_goes_on() {
    let mut visit = Visit::new();
    let mut set_aside = 0;
    for (round, Attack { name, history, bytes, due }) in attacks(&visit.cast).into_iter().enumerate() {
        visit.catch_up(&history);
        let report = visit.receive(&bytes);
        let aside = visit.aside();
        if due == "already-known" {
            // No fault: there is nothing to do.
            assert_eq!((report.quarantined, aside.len()), (0, set_aside), "{name}");
        } else {
            set_aside += 1;
            assert_eq!((report.changes_received, report.quarantined, aside.len()), (0, 1, set_aside), "{name}");
            let last = aside.last().unwrap();
            assert_eq!((last.problem.as_str(), last.document), (due, Some(visit.document)), "{name}");
            assert!(last.bytes == bytes, "{name}: kept as it came");
        }
        visit.sees_what_it_should();
        visit.go_on(round);
    }

    // The very session that attacked is heard again as soon as it is honest, and the phone's own work goes on.
    let honest = Scene::new(&visit.cast).honest;
    visit.take(&honest.bytes);
    assert_eq!(visit.aside().len(), set_aside);
    visit.desk.phone.answer(visit.document, "water", "-", "150").unwrap();
    assert_eq!(visit.desk.sync().changes_taken, 1);
}

#[test]
fn a_run_length_bomb_is_set_aside_before_it_unfolds() {
    let mut visit = Visit::new();
    let cast = visit.cast.clone();
    let scene = Scene::new(&cast);
    visit.catch_up(&scene.base);
    for (round, bomb) in bombs(&scene).into_iter().enumerate() {
        assert!(bomb.bytes.len() < 256);
        assert_eq!(visit.receive(&bomb.bytes).quarantined, 1);
        let aside = visit.aside();
        let last = aside.last().unwrap();
        // The reason names the claim, which nobody could have counted.
        let claim = format!("column {} claims a run of {}", bomb.column, bomb.claimed);
        assert_eq!((aside.len(), last.problem.as_str()), (round + 1, "run-too-long"));
        assert!(last.detail.starts_with(&claim), "{}, not {claim}", last.detail);
        visit.sees_what_it_should();
    }
    visit.go_on(0);
}

//! The audit log: an entry for each change of state, shown to phones, read again by whoever doubts it.

use crate::pages::county::photo;
use crate::support::{DAY_MS, MORNING_MS, Phone, Push, World};
use wurao_protocol::Digest;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::envelope::open_as;
use wurao_protocol::key::{PublicKey, Signer as _};
use wurao_protocol::merkle::log::extends;
use wurao_protocol::record::{Checkpoint, Stamp, Witness};
use wurao_protocol::sync::{LogMark, Shown};
use wurao_server::audit::verify::{Altered, Verdict, verify};

fn read_again(world: &World) -> Verdict {
    world.write(|tx, keys, _| verify(tx, &keys.records.public()))
}

/// Some work: two answers of Li's in two syncs.
fn at_work(world: &World) -> Phone {
    let [mut li, _, _] = world.phones();
    li.sync(world, &Push::default());
    let (_, push) = li.begins(1);
    li.sync(world, &push);
    let change = li.answer("water", 2);
    li.sync(world, &li.covered(&[&change]));
    li
}

fn execute(world: &World, sql: &'static str) {
    world.write(move |tx, _, _| Ok(tx.execute_batch(sql)?));
}

fn opened(world: &World, shown: &Shown) -> Checkpoint {
    let key: PublicKey = world.server().app().keys().records.public();
    open_as::<Checkpoint>(&shown.checkpoint.0).unwrap().verified(&key).unwrap()
}

/// The phone says that it has seen a checkpoint.
fn witness(phone: &mut Phone, world: &World, shown: &Shown) {
    let checkpoint = open_as::<Checkpoint>(&shown.checkpoint.0).unwrap();
    let Checkpoint { epoch, size, .. } = checkpoint.body;
    let at = Stamp { wall_ms: MORNING_MS, mono_ms: 1, server_ms: None };
    let (checkpoint, signed) = (checkpoint.envelope.id, Some(shown.checkpoint.clone()));
    let record = phone.seal(&Witness { epoch, size, checkpoint, at, signed });
    phone.sync(world, &Push { records: vec![record], documents: vec![] });
}

#[test]
fn every_change_of_state_has_its_entry_and_all_of_it_is_as_it_was() {
    let world = World::new();
    at_work(&world);
    let verdict = read_again(&world);
    assert_eq!(verdict.fault, None);
    assert!(verdict.entries > 30, "{verdict:?}");
    let said = world.command(&["audit", "verify", "--data", "DATA"]).unwrap();
    assert!(said.contains("all as it was"), "{said}");
    let listed = world.command(&["audit", "list", "--data", "DATA", "--count", "500"]).unwrap();
    for what in ["Record", "wurao/permit", "Right", "Change", "State", "accepted"] {
        assert!(listed.contains(what), "no {what} in {listed}");
    }
}

#[test]
fn the_first_altered_entry_is_named() {
    let document = [0; 16];
    let shown = || Altered::Shown(wurao_protocol::DocumentId(document), "water@-".to_owned());
    let fact = |what| Altered::Fact(what, Digest([0; 32]));
    let cases: [(&str, &str, Altered); 23] = [
        ("a byte", "UPDATE audit_entry SET bytes = zeroblob(9) WHERE position = 7", Altered::Entry(7)),
        ("one gone", "DELETE FROM audit_entry WHERE position = 7", Altered::Entry(7)),
        (
            "the last gone",
            "DELETE FROM audit_entry WHERE position = (SELECT MAX(position) FROM audit_entry)",
            Altered::Entry(0),
        ),
        (
            "two exchanged",
            "UPDATE audit_entry SET position = -1 WHERE position = 7; \
                           UPDATE audit_entry SET position = 7 WHERE position = 8; \
                           UPDATE audit_entry SET position = 8 WHERE position = -1",
            Altered::Entry(7),
        ),
        ("a node", "UPDATE audit_node SET hash = zeroblob(32) WHERE level = 2 AND place = 1", Altered::Node(2, 1)),
        (
            "an answer's state",
            "UPDATE change SET state = 'declined'",
            Altered::Told(0, wurao_protocol::audit::Event::State),
        ),
        (
            "a record gone",
            "DELETE FROM record WHERE kind = 'wurao/heads'",
            Altered::Told(0, wurao_protocol::audit::Event::Record),
        ),
        (
            "a record more",
            "INSERT INTO record (id, kind, bytes, received_ms) VALUES (zeroblob(32), 'wurao/leave', x'00', 1)",
            Altered::Untold("record", "0".repeat(64)),
        ),
        (
            "an answer as it is shown",
            "UPDATE op SET value = (SELECT value FROM op ORDER BY counter DESC LIMIT 1)",
            shown(),
        ),
        ("which answer is in force", "UPDATE op SET live = 1 - live", shown()),
        ("an entry of another type", "UPDATE audit_entry SET bytes = 'x' WHERE position = 7", Altered::Entry(7)),
        ("who wrote", "UPDATE session SET person = zeroblob(16)", fact("session")),
        ("sessions gone", "DELETE FROM session", fact("session")),
        ("a photo gone", "DELETE FROM evidence", fact("evidence")),
        ("a photo hidden", "UPDATE evidence SET held = 2", fact("evidence")),
        ("another's photo", "UPDATE evidence SET person = zeroblob(16)", fact("evidence")),
        ("a leave gone", "DELETE FROM leave", fact("leave")),
        ("a name", "UPDATE person SET name = 'somebody else'", fact("person")),
        (
            "an end",
            "UPDATE inspection SET closed_ms = 1",
            Altered::Untold("inspection that was not closed then", String::new()),
        ),
        ("a visit gone", "DELETE FROM inspection", Altered::Untold("change without its inspection", String::new())),
        (
            "who must have signed",
            "UPDATE device SET record = (SELECT record FROM person LIMIT 1)",
            Altered::Signature(Digest([0; 32])),
        ),
        (
            "a signature",
            "UPDATE record SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || x'00' AS BLOB) WHERE kind = 'wurao/heads'",
            Altered::Signature(Digest([0; 32])),
        ),
        ("a restore that nobody told of", "UPDATE audit_epoch SET epoch = 2", Altered::Untold("epoch", "2".to_owned())),
    ];
    for (case, sql, expected) in cases {
        let world = World::new();
        let mut li = at_work(&world);
        let records = vec![photo(&li, "water", b"thumbnail", b"rendition"), li.leave()];
        li.sync(&world, &Push { records, ..Push::default() });
        let before = read_again(&world);
        assert_eq!(before.fault, None);
        let entries = before.entries;
        execute(&world, sql);
        let found = read_again(&world).fault.unwrap_or_else(|| panic!("{case} is not seen"));
        match (expected, &found) {
            // The end of the log, or wherever the entry stands.
            (Altered::Entry(0), Altered::Entry(at)) => assert_eq!(*at, entries - 1, "{case}"),
            (Altered::Told(_, event), Altered::Told(_, told)) => assert_eq!(event, *told, "{case}"),
            (Altered::Shown(..), Altered::Shown(_, key)) => assert_eq!(key, "water@-", "{case}"),
            (Altered::Signature(_), Altered::Signature(_)) => {}
            (Altered::Fact(what, _), Altered::Fact(found, _)) => assert_eq!(what, *found, "{case}"),
            (Altered::Untold(what, id), Altered::Untold(found, _)) if id.is_empty() => {
                assert_eq!(what, *found, "{case}")
            }
            (expected, found) => assert_eq!(expected, *found, "{case}"),
        }
        let said = world.command(&["audit", "verify", "--data", "DATA"]).unwrap_err();
        assert_eq!(said.code(), "audit-fault", "{case}");
        assert!(said.to_string().contains(&found.to_string()), "{case}: {said}");
    }
}

#[test]
fn who_writes_the_whole_log_anew_is_told_on_by_a_signed_checkpoint() {
    let world = World::new();
    let mut li = at_work(&world);
    world.pass_days(2);
    let first = li.sync(&world, &Push::default()).shown.unwrap();
    let sound = opened(&world, &first).size;
    let change = li.answer("water", 3);
    li.sync(&world, &li.covered(&[&change]));
    world.command(&["audit", "checkpoint", "--data", "DATA"]).unwrap();
    // One entry after the first checkpoint is another, and every hash above it is made to fit.
    world.write(move |tx, _, _| {
        let all: Vec<Vec<u8>> = {
            let mut statement = tx.prepare("SELECT bytes FROM audit_entry ORDER BY position")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        tx.execute_batch("DELETE FROM audit_node")?;
        let mut nodes = std::collections::BTreeMap::new();
        for (at, mut bytes) in (0_u64..).zip(all) {
            if at == sound + 1 {
                let mut entry: wurao_protocol::audit::Entry = cbor::decode(&bytes).unwrap();
                entry.at_ms += 1;
                bytes = cbor::encode(&entry);
                tx.execute("UPDATE audit_entry SET bytes = ?2 WHERE position = ?1", (at as i64, &bytes))?;
            }
            let (mut level, mut place) = (0_u8, at);
            let mut hash = wurao_protocol::merkle::log::leaf(&bytes);
            loop {
                nodes.insert((level, place), hash);
                tx.execute(
                    "INSERT INTO audit_node (level, place, hash) VALUES (?1, ?2, ?3)",
                    (level, place as i64, hash.0),
                )?;
                if place & 1 == 0 {
                    break;
                }
                let left: wurao_protocol::Digest = nodes[&(level, place - 1)];
                hash = wurao_protocol::Digest::of(&[&[1], &left.0, &hash.0]);
                (level, place) = (level + 1, place >> 1);
            }
        }
        Ok(())
    });
    let fault = read_again(&world).fault;
    assert!(matches!(fault, Some(Altered::Between(from, _)) if from == sound), "{fault:?}");
}

#[test]
fn a_phone_is_shown_a_checkpoint_a_day_that_continues_the_one_it_witnessed() {
    let world = World::new();
    let mut li = at_work(&world);
    let first = li.sync(&world, &Push::default()).shown.unwrap();
    let before = opened(&world, &first);
    assert_eq!(first.from, 0);
    witness(&mut li, &world, &first);
    assert!(li.sync(&world, &Push::default()).shown.is_none(), "not twice a day");
    world.pass_days(1);
    world.pass_minutes(1);
    let change = li.answer("water", 3);
    let next = li.sync(&world, &li.covered(&[&change])).shown.unwrap();
    let after = opened(&world, &next);
    assert_eq!(next.from, before.size);
    assert!(after.size > before.size && extends(&before.size(), &after.size(), &next.proof));
    witness(&mut li, &world, &next);
    let verdict = read_again(&world);
    assert_eq!((verdict.fault, verdict.checkpoints, verdict.witnesses), (None, 2, 2));
}

#[test]
fn a_witness_that_was_given_while_the_clock_had_leapt_ahead_counts_for_no_day_after_it_came_back() {
    let world = World::new();
    let mut li = at_work(&world);
    world.clock.set(MORNING_MS + 365 * DAY_MS);
    let leapt = li.sync(&world, &Push::default()).shown.unwrap();
    witness(&mut li, &world, &leapt);
    assert!(li.sync(&world, &Push::default()).shown.is_none());
    for day in [1, 2, 364] {
        world.clock.set(MORNING_MS + day * DAY_MS);
        let shown = li.sync(&world, &Push::default()).shown.unwrap_or_else(|| panic!("nothing shown on day {day}"));
        assert!(opened(&world, &shown).size > opened(&world, &leapt).size, "day {day}");
        witness(&mut li, &world, &shown);
        assert!(li.sync(&world, &Push::default()).shown.is_none(), "not twice on day {day}");
    }
    assert_eq!(read_again(&world).fault, None);
}

#[test]
fn a_witnessed_checkpoint_that_is_gone_tells_of_another_past_and_one_that_nobody_signed_tells_nothing() {
    let world = World::new();
    let mut li = at_work(&world);
    let shown = li.sync(&world, &Push::default()).shown.unwrap();
    let Checkpoint { epoch, size, .. } = opened(&world, &shown);
    // Whoever has a phone can say that it has seen something: signed by itself, by nobody, or another one than it names.
    let at = Stamp { wall_ms: MORNING_MS, mono_ms: 1, server_ms: None };
    let own = Bytes(li.seal(&Checkpoint { epoch, size: size + 9, root: Digest([7; 32]), at_ms: MORNING_MS }));
    for signed in [None, Some(Bytes(vec![0xff; 40])), Some(own), Some(shown.checkpoint.clone())] {
        let never = Witness { epoch, size: size + 9, checkpoint: Digest([9; 32]), at, signed };
        let record = li.seal(&never);
        li.sync(&world, &Push { records: vec![record], documents: vec![] });
    }
    let verdict = read_again(&world);
    assert_eq!((verdict.fault, verdict.witnesses, verdict.unproven), (None, 0, 4));
    let said = world.command(&["audit", "verify", "--data", "DATA"]).unwrap();
    assert!(said.contains("4 that name none of this server's are passed over"), "{said}");

    witness(&mut li, &world, &shown);
    assert_eq!(read_again(&world).witnesses, 1);
    // Who holds the server and takes out its checkpoint cannot take back what the phone has.
    world.write(|tx, _, _| tx.execute("DELETE FROM checkpoint", []).map_err(Into::into));
    assert!(matches!(read_again(&world).fault, Some(Altered::Witnessed(_, at)) if at == size));
}

#[test]
fn a_mark_that_this_server_never_gave_calls_for_nothing() {
    let world = World::new();
    let mut li = at_work(&world);
    let honest = li.sync(&world, &Push::default()).log;
    for change in [
        |mark: &mut LogMark| mark.size += 1000,
        |mark: &mut LogMark| mark.epoch += 1,
        |mark: &mut LogMark| mark.root.0[0] ^= 1,
        |mark: &mut LogMark| mark.root.0.truncate(8),
        |mark: &mut LogMark| mark.root.0.clear(),
    ] {
        let mut forged = honest.clone();
        change(&mut forged);
        li.seen = forged.clone();
        let log = li.sync(&world, &Push::default()).log;
        assert_eq!((log.epoch, log.kept), (1, None), "{forged:?}");
    }
    li.seen = honest;
    assert_eq!(li.sync(&world, &Push::default()).log.kept, None);
}

#[test]
fn only_auditors_see_the_log_and_can_check_what_they_see() {
    let world = World::new();
    at_work(&world);
    world.write(|tx, _, _| {
        let sql = "INSERT INTO role_grant (person, role, prefix) SELECT id, 'auditor', '431124' FROM person WHERE login = 'chen'";
        tx.execute(sql, [])?;
        Ok(())
    });
    let ask = |login: &str, path: &str| world.page_of(login).get(world.url(path)).send().unwrap();
    for path in ["/audit/checkpoint.json", "/audit/consistency.json?from=1&to=2", "/audit/entry.json?position=3"] {
        assert_eq!(ask("zhou", path).status(), 403, "{path}");
        assert_eq!(ask("chen", path).status(), 200, "{path}");
    }
    assert_eq!(ask("chen", "/audit/entry.json?position=999999").status(), 404);
    assert_eq!(ask("chen", "/audit/consistency.json?from=1&to=999999").status(), 422);
    let proof: serde_json::Value = ask("chen", "/audit/entry.json?position=3").json().unwrap();
    let hash = |text: &serde_json::Value| {
        wurao_protocol::Digest(hex::decode(text.as_str().unwrap()).unwrap().try_into().unwrap())
    };
    let beside: Vec<_> = proof["beside"].as_array().unwrap().iter().map(hash).collect();
    let leaf = wurao_protocol::merkle::log::leaf(&hex::decode(proof["entry"].as_str().unwrap()).unwrap());
    assert!(wurao_protocol::merkle::verify(&hash(&proof["root"]), &leaf, 3, proof["size"].as_u64().unwrap(), &beside));
}

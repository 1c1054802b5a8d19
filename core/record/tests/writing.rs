//! What is built by hand is what Automerge would write, and what the gate lets in.
#![allow(clippy::unwrap_used)]

mod common;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId as AmActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use common::forge::Parts;
use common::*;
use wurao_record::check::Random;
use wurao_record::limits::*;
use wurao_record::*;

fn document(who: u8) -> Automerge {
    let mut document = Automerge::new();
    document.apply_changes([Change::try_from(genesis().bytes()).unwrap()]).unwrap();
    document.with_actor(AmActorId::from([who; 16]))
}

fn object(document: &Automerge, map: Map) -> ObjId {
    document.get(ROOT, map.name()).unwrap().unwrap().1
}

fn scalar(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Null => ScalarValue::Null,
        Scalar::Bool(value) => ScalarValue::Boolean(*value),
        Scalar::Int(value) => ScalarValue::Int(*value),
        Scalar::Float(value) => ScalarValue::F64(*value),
        Scalar::Text(value) => value.as_str().into(),
        Scalar::Bytes(value) => ScalarValue::Bytes(value.clone()),
    }
}

fn automerge_writes(document: &mut Automerge, puts: &[Put], time_ms: i64) -> Vec<u8> {
    let objects: Vec<ObjId> = puts.iter().map(|put| object(document, put.map)).collect();
    let mut transaction = document.transaction();
    for (put, object) in puts.iter().zip(&objects) {
        transaction.put(object, put.key.as_str(), scalar(&put.value)).unwrap();
    }
    transaction.commit_with(CommitOptions::default().with_time(time_ms));
    document.get_last_local_change().unwrap().raw_bytes().to_vec()
}

/// Values differ each time, as Automerge writes nothing for the value that already wins.
fn fresh(random: &mut Random, at: i64) -> Scalar {
    match random.below(4) {
        0 => Scalar::Int(at * 1_000_003),
        1 => Scalar::Float(at as f64 + 0.25),
        2 => Scalar::Bytes(at.to_be_bytes().to_vec()),
        _ => Scalar::Text(format!("第{at}条")),
    }
}

/// Automerge also names the actor's own last change when a head covers it already; we do not. Nothing else differs.
fn without_redundant_dep(automerge: &[u8], own_last: Option<ChangeHash>, heads: &[ChangeHash]) -> Vec<u8> {
    let mut parts = Parts::of(automerge);
    parts.deps.retain(|dep| heads.contains(dep) || Some(*dep) != own_last);
    parts.bytes()
}

#[test]
fn building_gives_the_bytes_automerge_writes() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let people = 2 + random.below(4);
        let mut documents: Vec<Automerge> = (0..people).map(|who| document(who as u8 + 1)).collect();
        let mut ledgers = vec![Ledger::new(); people];
        for at in 0..60 {
            let who = random.below(people);
            let from = random.below(people);
            if random.below(4) == 0 && from != who {
                let mut other = documents[from].clone();
                documents[who].merge(&mut other).unwrap();
                let other = ledgers[from].clone();
                merge(&mut ledgers[who], &other);
                continue;
            }
            let puts: Vec<Put> = (0..=random.below(4))
                .map(|put| {
                    Put::new(Map::ALL[random.below(5)], format!("k{put}{}", random.below(3)), fresh(&mut random, at))
                })
                .collect();
            let (time_ms, id) = (NOON + at, actor(who as u8 + 1));
            let ledger = &mut ledgers[who];
            let built = build(&genesis(), ledger, &id, time_ms, &puts).unwrap();
            let theirs = automerge_writes(&mut documents[who].clone(), &puts, time_ms);
            let (Ok(last), Ok(heads)) = (ledger.last(&id), ledger.heads());
            let theirs = without_redundant_dep(&theirs, last.map(|row| row.hash), &heads);
            assert_eq!(built.bytes, theirs, "seed {seed}, change {at}");
            documents[who].apply_changes([Change::try_from(built.bytes.as_slice()).unwrap()]).unwrap();
            ledger.apply(built);
        }
    }
}

#[test]
fn confirming_the_value_that_wins_leaves_a_trace() {
    let mut ledger = Ledger::new();
    write(&mut ledger, 1, &[answer("q1", text("dry"))]);
    let again = write(&mut ledger, 2, &[answer("q1", text("dry"))]);
    assert_eq!(again.ops.len(), 1);
    assert_eq!(again.ops[0].preds.len(), 1);
    verified(&ledger);
}

#[test]
fn an_answer_takes_no_more_than_134_bytes() {
    let mut ledger = Ledger::new();
    let built = write(&mut ledger, 1, &[answer("q17@0", text("storage dry"))]);
    assert!(built.bytes.len() <= 134, "{} bytes", built.bytes.len());
}

#[test]
fn a_change_by_a_restored_phone_is_named_as_another_one_under_the_same_number() {
    let mut before = Ledger::new();
    write(&mut before, 1, &[answer("q1", Scalar::Int(1))]);
    let mut phone = before.clone();
    let real = write(&mut phone, 1, &[answer("q2", Scalar::Int(2))]);
    let restored = write(&mut before, 1, &[answer("q2", Scalar::Int(3))]);
    let refusal = admit(&genesis(), &phone, &restored.bytes).unwrap_err();
    let AdmitError::Gate(GateError::Equivocation { actor: who, seq, known }) = refusal else { panic!("{refusal:?}") };
    assert_eq!((who, seq, known), (actor(1), 2, real.row.hash));
}

#[test]
fn a_change_that_came_early_is_welcome_once_its_dependency_is_here() {
    let mut phone = Ledger::new();
    let first = write(&mut phone, 1, &[answer("q1", Scalar::Int(1))]);
    let second = write(&mut phone, 1, &[answer("q2", Scalar::Int(2))]);
    let mut server = Ledger::new();
    let refusal = admit(&genesis(), &server, &second.bytes).unwrap_err();
    assert!(
        matches!(refusal, AdmitError::Gate(GateError::UnknownDependency { dependency }) if dependency == first.row.hash)
    );
    merge(&mut server, &phone);
    assert_eq!(server.heads(), Ok(vec![second.row.hash]));
}

#[test]
fn the_clock_of_a_head_covers_its_ancestors_and_nothing_else() {
    let mut one = Ledger::new();
    write(&mut one, 1, &[answer("q1", Scalar::Int(1))]);
    let mut two = one.clone();
    write(&mut one, 1, &[answer("q2", Scalar::Int(2))]);
    let head = write(&mut two, 2, &[answer("q3", Scalar::Int(3))]);
    assert!(head.row.clock.covers(&actor(1), 1));
    assert!(head.row.clock.covers(&actor(2), 1));
    assert!(!head.row.clock.covers(&actor(1), 2));
    assert!(!head.row.clock.covers(&actor(3), 1));
}

/// The builder goes through the caps of the gate; what is at a cap is built, admitted and taken by Automerge.
#[test]
fn the_caps_hold_for_the_builder_as_for_the_gate() {
    let ledger = Ledger::new();
    let refused = |puts: &[Put], time_ms| build(&genesis(), &ledger, &actor(1), time_ms, puts).unwrap_err().code();
    let long = "k".repeat(MAX_KEY_BYTES);
    assert_eq!(refused(&[], NOON), "no-ops");
    assert_eq!(refused(&[answer("", Scalar::Null)], NOON), "empty-key");
    assert_eq!(refused(&[answer(&format!("{long}k"), Scalar::Null)], NOON), "key-too-long");
    assert_eq!(refused(&[answer("q", text(&"t".repeat(MAX_VALUE_BYTES + 1)))], NOON), "value-too-long");
    assert_eq!(refused(&[answer("q", Scalar::Bytes(vec![0; MAX_VALUE_BYTES + 1]))], NOON), "value-too-long");
    assert_eq!(refused(&[answer("q", Scalar::Float(f64::NAN))], NOON), "not-finite");
    assert_eq!(refused(&[answer("q", Scalar::Float(f64::NEG_INFINITY))], NOON), "not-finite");
    assert_eq!(refused(&[answer("q", Scalar::Null), answer("q", Scalar::Null)], NOON), "key-twice");
    assert_eq!(refused(&[Put::new(Map::Meta, "checklist", Scalar::Null)], NOON), "genesis-key");
    assert_eq!(refused(&[Put::new(Map::Choices, "answers/q", Scalar::Null)], NOON), "bad-choice");
    assert_eq!(refused(&[answer("q", Scalar::Null)], -1), "time");
    assert_eq!(refused(&[answer("q", Scalar::Null)], MAX_TIME_MS + 1), "time");
    let many: Vec<Put> = (0..=MAX_OPS).map(|at| answer(&format!("q{at}"), Scalar::Null)).collect();
    assert_eq!(refused(&many, NOON), "too-many");
    let large: Vec<Put> = (0..3).map(|at| answer(&format!("q{at}"), text(&"t".repeat(MAX_VALUE_BYTES)))).collect();
    assert_eq!(refused(&large, NOON), "change-too-large");
    let zero = build(&genesis(), &ledger, &ActorId([0; 16]), NOON, &[answer("q", Scalar::Null)]);
    assert_eq!(zero.unwrap_err().code(), "genesis-actor");

    let mut full = Ledger::new();
    write(&mut full, 1, &many[..MAX_OPS]);
    write(&mut full, 2, &[answer(&long, text(&"t".repeat(MAX_VALUE_BYTES)))]);
    write(&mut full, 3, &[Put::new(Map::Evidence, "p", Scalar::Bytes(vec![9; MAX_VALUE_BYTES]))]);
    verified(&full);
}

#[test]
fn a_field_with_the_longest_key_can_still_be_chosen() {
    let key = "k".repeat(MAX_KEY_BYTES);
    for map in [Map::Meta, Map::Answers, Map::Repeats, Map::Evidence, Map::Findings] {
        let (mut one, mut two) = (Ledger::new(), Ledger::new());
        write(&mut one, 1, &[Put::new(map, key.as_str(), Scalar::Int(1))]);
        write(&mut two, 2, &[Put::new(map, key.as_str(), Scalar::Int(2))]);
        merge(&mut one, &two);
        let puts = choose_puts(&one.field(map, &key), map, &key, &Scalar::Int(1));
        write(&mut one, 3, &puts);
        assert_eq!(one.field(map, &key).standing, Standing::Chosen);
    }
}

/// A flood of concurrent sessions does not stop anybody from writing: a change joins as many heads as it may.
#[test]
fn more_heads_than_a_change_may_name_are_joined_step_by_step() {
    let mut ledger = Ledger::new();
    let mine = write(&mut ledger, 250, &[answer("mine", Scalar::Int(0))]);
    for who in 0..2 * MAX_DEPS as u64 + 10 {
        let mut id = [1; 16];
        id[8..].copy_from_slice(&who.to_be_bytes());
        let flood =
            build(&genesis(), &Ledger::new(), &ActorId(id), NOON, &[answer("q1", Scalar::Int(who as i64))]).unwrap();
        ledger.apply(admit(&genesis(), &ledger, &flood.bytes).unwrap());
    }
    let mut built = Vec::new();
    for at in 0..4 {
        let change = write(&mut ledger, 250, &[answer("mine", Scalar::Int(at))]);
        assert!(change.deps.len() <= MAX_DEPS);
        built.push(change.row.hash);
    }
    assert!(mine.deps == [genesis().hash()]);
    assert_eq!(ledger.heads(), Ok(vec![built[3]]));
    verified(&ledger);
}

#[test]
fn a_nested_object_has_no_place_in_a_scalar() {
    let mut other = document(1);
    let answers = object(&other, Map::Answers);
    let mut transaction = other.transaction();
    transaction.put_object(&answers, "q1", ObjType::Map).unwrap();
    transaction.commit();
    let bytes = other.get_last_local_change().unwrap().raw_bytes().to_vec();
    assert_eq!(code(&Ledger::new(), &bytes), "not-a-put");
}

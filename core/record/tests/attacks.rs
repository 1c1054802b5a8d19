//! Changes that harm: each is refused with its own reason, and none reaches Automerge.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use automerge::legacy::{Change as Expanded, Key, ObjectId, Op, OpId as AmOpId, OpType};
use automerge::{ActorId as AmActorId, ChangeHash as AmHash, ObjType, ScalarValue};
use common::*;
use wurao_record::limits::*;
use wurao_record::*;

const KEY: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_META: u64 = 0x56;
const VALUE: u64 = 0x57;
const PRED_COUNT: u64 = 0x70;
const PRED_ACTOR: u64 = 0x71;
const PRED_COUNTER: u64 = 0x73;

/// Actor 5 answered; `honest` is actor 6 answering after it, not yet applied.
struct Scene {
    base: Ledger,
    first: Admitted,
    honest: Admitted,
}

fn scene() -> Scene {
    let mut base = Ledger::new();
    let first = write(&mut base, 5, &[answer("q1", text("one"))]);
    let honest = build(&genesis(), &base, &actor(6), NOON, &[answer("q1", text("two"))]).unwrap();
    assert_eq!(admit(&genesis(), &base, &honest.bytes).unwrap(), honest);
    assert_eq!(Parts::of(&honest.bytes).bytes(), honest.bytes);
    Scene { base, first, honest }
}

impl Scene {
    fn forged(&self, edit: impl FnOnce(&mut Expanded)) -> Vec<u8> {
        forged(&self.honest.bytes, edit)
    }

    fn op(&self, edit: impl FnOnce(&mut Op)) -> Vec<u8> {
        self.forged(|change| edit(&mut change.operations[0]))
    }

    fn put(&self, value: ScalarValue) -> Vec<u8> {
        self.op(|op| op.action = OpType::Put(value))
    }

    fn respelled(&self, edit: impl FnOnce(&mut Parts)) -> Vec<u8> {
        let mut parts = Parts::of(&self.honest.bytes);
        edit(&mut parts);
        parts.bytes()
    }

    fn column(&self, number: u64, data: &[u8]) -> Vec<u8> {
        self.respelled(|parts| *parts.column(number) = data.to_vec())
    }
}

fn am(byte: u8) -> AmActorId {
    AmActorId::from([byte; 16])
}

fn start(counter: u64) -> NonZeroU64 {
    NonZeroU64::new(counter).unwrap()
}

/// Every attack: what it is, the history it meets, the bytes, and the reason due.
fn attacks() -> Vec<(&'static str, Ledger, Vec<u8>, &'static str)> {
    let scene = scene();
    let mut list: Vec<(&'static str, Ledger, Vec<u8>, &'static str)> = Vec::new();
    let mut on_base = |name, bytes, code| list.push((name, scene.base.clone(), bytes, code));

    // Accepted by Automerge, then a panic or an unreadable document.
    on_base("op on an unknown object", scene.op(|op| op.obj = ObjectId::Id(AmOpId(777, am(5)))), "unknown-object");
    on_base(
        "op on object 7 of the genesis, no map",
        scene.op(|op| op.obj = ObjectId::Id(AmOpId(7, am(0)))),
        "unknown-object",
    );
    on_base("pred of an unknown actor", scene.op(|op| op.pred = vec![AmOpId(3, am(77))].into()), "pred-unknown");
    on_base("pred of an unknown op", scene.op(|op| op.pred = vec![AmOpId(555, am(5))].into()), "pred-unknown");
    on_base("gap in seq", scene.forged(|change| change.seq = 5), "seq-gap");
    on_base("seq zero", scene.respelled(|parts| parts.seq = 0), "seq-gap");
    on_base("start_op not above the op it overwrites", scene.forged(|change| change.start_op = start(2)), "start-op");
    on_base("start_op ahead by one", scene.forged(|change| change.start_op = start(11)), "start-op");
    on_base("start_op zero", scene.respelled(|parts| parts.start_op = 0), "start-op");
    on_base(
        "start_op near 2^32",
        scene.forged(|change| change.start_op = start(u64::from(u32::MAX))),
        "counter-too-large",
    );
    on_base("start_op near 2^64", scene.respelled(|parts| parts.start_op = u64::MAX), "counter-too-large");
    on_base("seq near 2^64", scene.respelled(|parts| parts.seq = u64::MAX), "counter-too-large");
    let far = [&[0x7f][..], &sleb(1 << 40)].concat();
    on_base("pred counter near 2^40", scene.column(PRED_COUNTER, &far), "counter-too-large");
    on_base("pred counter below zero", scene.column(PRED_COUNTER, &[0x7f, 0x7f]), "damaged");

    // Grafting.
    let other = Genesis::new(&GenesisSeed { permit: [9; 16], site: [2; 16], checklist: [3; 32] });
    let graft = build(&other, &Ledger::new(), &actor(6), NOON, &[answer("q1", text("village B"))]).unwrap();
    on_base("a change of another document", graft.bytes, "unknown-dependency");
    let rootless = scene.forged(|change| {
        change.deps = vec![];
        change.start_op = start(1);
        change.operations[0].pred = vec![].into();
    });
    on_base("no dependency at all", rootless, "no-deps");

    // Other spellings of the same content.
    on_base("an extra actor nobody uses", scene.respelled(|parts| parts.others.push(vec![0xee; 16])), "not-canonical");
    on_base("actors shifted", scene.respelled(|parts| parts.others.insert(0, vec![0xee; 16])), "unknown-object");
    on_base("the last actor shifted", scene.respelled(|parts| parts.others.insert(1, vec![0xee; 16])), "not-canonical");
    let run = [&[1][..], &Parts::of(&scene.honest.bytes).column(KEY)[1..]].concat();
    on_base("key as a run of one", scene.column(KEY, &run), "not-canonical");
    on_base("action as a run of one", scene.column(ACTION, &[1, 1]), "not-canonical");
    on_base("insert spelled otherwise", scene.column(INSERT, &[1, 0]), "not-canonical");
    on_base(
        "time in a longer number",
        scene.respelled(|parts| {
            *parts.time.last_mut().unwrap() |= 0x80;
            parts.time.push(0);
        }),
        "not-canonical",
    );

    // Order and ancestry.
    let beside = scene.forged(|change| {
        change.actor_id = am(5);
        change.seq = 2;
        change.deps = vec![AmHash(genesis().hash())];
        change.start_op = start(9);
        change.operations[0].key = Key::Map("q2".into());
        change.operations[0].pred = vec![].into();
    });
    on_base("seq 2 that does not descend from seq 1", beside, "not-after-own");
    let clone = build(&genesis(), &Ledger::new(), &actor(5), NOON, &[answer("q1", text("clone"))]).unwrap();
    on_base("the same seq with other bytes", clone.bytes, "equivocation");
    on_base("a change that is here", scene.first.bytes.clone(), "already-known");
    on_base(
        "a dependency that is not here",
        scene.forged(|change| change.deps = vec![AmHash([8; 32])]),
        "unknown-dependency",
    );
    on_base("the same dep twice", scene.respelled(|parts| parts.deps.push(parts.deps[0])), "dep-twice");
    on_base("deps not sorted", scene.respelled(|parts| parts.deps = vec![[9; 32], [8; 32]]), "deps-unsorted");
    on_base(
        "too many deps",
        scene.respelled(|parts| {
            parts.deps = (0..=MAX_DEPS)
                .map(|at| {
                    let mut dep = [0; 32];
                    dep[..8].copy_from_slice(&(at as u64).to_be_bytes());
                    dep
                })
                .collect();
        }),
        "too-many",
    );

    // Preds other than the live set.
    on_base("pred left out", scene.op(|op| op.pred = vec![].into()), "pred-missing");
    on_base(
        "the same pred twice",
        scene.op(|op| {
            let pred = op.pred.iter().next().unwrap().clone();
            op.pred = vec![pred.clone(), pred].into();
        }),
        "pred-twice",
    );
    on_base("pred of an op under another key", scene.op(|op| op.key = Key::Map("q2".into())), "pred-unknown");
    on_base("pred of an op of another map", scene.op(|op| op.obj = ObjectId::Id(AmOpId(5, am(0)))), "pred-unknown");

    // Content that a flat document does not have.
    let stray = scene.op(|op| {
        op.obj = ObjectId::Root;
        op.key = Key::Map("meta2".into());
        op.pred = vec![].into()
    });
    on_base("put at the root", stray, "put-at-root");
    let over = scene.op(|op| {
        op.obj = ObjectId::Root;
        op.key = Key::Map("answers".into());
        op.pred = vec![AmOpId(2, am(0))].into()
    });
    on_base("scalar over a genesis map", over, "put-at-root");
    on_base("delete", scene.op(|op| op.action = OpType::Delete), "not-a-put");
    on_base("increment", scene.op(|op| op.action = OpType::Increment(1)), "not-a-put");
    on_base("a nested map", scene.op(|op| op.action = OpType::Make(ObjType::Map)), "not-a-put");
    on_base("an insert", scene.op(|op| op.insert = true), "not-a-put");
    on_base("NaN", scene.put(ScalarValue::F64(f64::NAN)), "not-finite");
    on_base("infinity", scene.put(ScalarValue::F64(f64::INFINITY)), "not-finite");
    on_base("a counter", scene.put(ScalarValue::counter(3)), "counter-value");
    on_base(
        "an unknown scalar type",
        scene.put(ScalarValue::Unknown { type_code: 14, bytes: vec![1, 2] }),
        "value-type",
    );
    on_base("an unsigned number", scene.put(ScalarValue::Uint(3)), "value-type");
    on_base("a timestamp", scene.put(ScalarValue::Timestamp(3)), "value-type");
    on_base(
        "empty key",
        scene.op(|op| {
            op.key = Key::Map("".into());
            op.pred = vec![].into()
        }),
        "empty-key",
    );
    on_base(
        "genesis key",
        scene.op(|op| {
            op.obj = ObjectId::Id(AmOpId(1, am(0)));
            op.key = Key::Map("document".into());
            op.pred = vec![AmOpId(7, am(0))].into();
        }),
        "genesis-key",
    );
    on_base("one key twice", scene.forged(|change| change.operations.push(change.operations[0].clone())), "key-twice");
    on_base("no ops", scene.forged(|change| change.operations.clear()), "no-ops");
    on_base(
        "a choice of nothing written here",
        scene.op(|op| {
            op.obj = ObjectId::Id(AmOpId(6, am(0)));
            op.key = Key::Map("answers/q1".into());
            op.pred = vec![].into();
        }),
        "bad-choice",
    );

    // The header.
    on_base(
        "the genesis actor goes on",
        scene.forged(|change| {
            change.actor_id = am(0);
            change.seq = 2
        }),
        "genesis-actor",
    );
    on_base("empty actor", scene.forged(|change| change.actor_id = AmActorId::from(vec![])), "actor-length");
    on_base("a message", scene.forged(|change| change.message = Some("hello".into())), "commit-text");
    on_base("a message that is not UTF-8", scene.respelled(|parts| parts.message = b"hi\xff".to_vec()), "commit-text");
    on_base("an author", scene.forged(|change| change.extra_bytes = vec![1, 2, b'm', b'e']), "trailing-bytes");
    on_base("the last possible time", scene.forged(|change| change.time = i64::MAX), "time");
    on_base("a time before 1970", scene.forged(|change| change.time = -1), "time");

    // The envelope.
    let bytes = &scene.honest.bytes;
    on_base("empty", vec![], "damaged");
    on_base("cut", bytes[..bytes.len() - 1].to_vec(), "damaged");
    on_base("other magic", [&[0; 4][..], &bytes[4..]].concat(), "damaged");
    on_base("bytes after the chunk", [bytes.as_slice(), b"x"].concat(), "trailing-bytes");
    on_base("a flipped bit", [&bytes[..20], &[bytes[20] ^ 1], &bytes[21..]].concat(), "checksum");
    on_base("a document", sealed(0, &body(bytes)), "not-a-change");
    on_base("a deflated change", sealed(2, &body(bytes)), "not-a-change");
    on_base("too large", vec![0; MAX_CHANGE_BYTES + 1], "change-too-large");
    on_base("the genesis again", genesis().bytes().to_vec(), "not-a-put");

    // The columns.
    on_base("an unknown column", scene.respelled(|parts| parts.columns.push((20 << 4 | 2, vec![0x7f, 5]))), "column");
    on_base("a column twice", scene.respelled(|parts| parts.columns.insert(0, parts.columns[0].clone())), "column");
    on_base("columns out of order", scene.respelled(|parts| parts.columns.reverse()), "column");
    on_base("a deflated column", scene.respelled(|parts| parts.columns[0].0 |= 8), "column");
    on_base("more keys than ops", scene.column(KEY, &[2, 1, b'q']), "ragged-columns");
    on_base(
        "fewer inserts than ops",
        scene.respelled(|parts| parts.columns.retain(|column| column.0 != INSERT)),
        "ragged-columns",
    );
    on_base("more preds than counted", scene.column(PRED_COUNT, &[0x7f, 0]), "ragged-columns");
    on_base("fewer preds than counted", scene.column(PRED_COUNT, &[0x7f, 2]), "damaged");
    on_base("an actor nobody listed", scene.column(PRED_ACTOR, &[0x7f, 9]), "actor-index");
    on_base("a key that is not UTF-8", scene.column(KEY, &[0x7f, 1, 0xff]), "not-text");
    on_base("a text that is not UTF-8", scene.column(VALUE, b"\xff\xff\xff"), "not-text");
    on_base("a value cut short", scene.column(VALUE_META, &[0x7f, 0xf6, 0x7f]), "damaged");
    on_base("raw bytes no value uses", scene.column(VALUE, b"two and more"), "trailing-bytes");
    on_base("a null with bytes", scene.column(VALUE_META, &[0x7f, 0x30]), "damaged");
    on_base("a short float", scene.column(VALUE_META, &[0x7f, 0x35]), "damaged");

    // Caps.
    on_base("a long key", scene.op(|op| op.key = Key::Map("k".repeat(MAX_KEY_BYTES + 1).into())), "key-too-long");
    on_base("a long text", scene.put("t".repeat(MAX_VALUE_BYTES + 1).into()), "value-too-long");
    on_base("long bytes", scene.put(ScalarValue::Bytes(vec![0; MAX_VALUE_BYTES + 1])), "value-too-long");
    on_base(
        "too many ops",
        scene.forged(|change| {
            change.operations = (0..=MAX_OPS)
                .map(|at| Op {
                    key: Key::Map(format!("k{at}").into()),
                    pred: vec![].into(),
                    ..change.operations[0].clone()
                })
                .collect();
        }),
        "run-too-long",
    );

    // A pred that is here but was not seen; one overwritten before.
    let mut beside = scene.base.clone();
    let mut elsewhere = scene.base.clone();
    let unseen = write(&mut elsewhere, 7, &[answer("q1", text("three"))]);
    merge(&mut beside, &elsewhere);
    let pred = |op: &OpRow| AmOpId(op.id.counter, AmActorId::from(op.id.actor.0));
    let both = vec![pred(&scene.first.ops[0]), pred(&unseen.ops[0])];
    list.push(("pred that is no ancestor", beside, scene.op(|op| op.pred = both.into()), "pred-not-ancestor"));
    let mut later = scene.base.clone();
    let again = write(&mut later, 5, &[answer("q1", text("one more"))]);
    let next = build(&genesis(), &later, &actor(6), NOON, &[answer("q1", text("two"))]).unwrap();
    let both = vec![pred(&scene.first.ops[0]), pred(&again.ops[0])];
    list.push((
        "pred overwritten before",
        later,
        forged(&next.bytes, |change| change.operations[0].pred = both.into()),
        "pred-not-live",
    ));
    list
}

#[test]
fn every_attack_is_refused_with_its_own_reason() {
    let wrong: Vec<String> = attacks()
        .iter()
        .filter_map(|(name, ledger, bytes, due)| {
            let got = code(ledger, bytes);
            (got != *due).then(|| format!("{name}: {got}, not {due}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_reason_of_the_gate_is_met_by_an_attack() {
    let met: BTreeSet<&str> = attacks().iter().map(|attack| attack.3).collect();
    let all: BTreeSet<&str> = GateError::CODES.iter().copied().collect();
    assert_eq!(all.len(), GateError::CODES.len(), "a code is used twice");
    assert_eq!(met, all);
}

#[test]
fn an_attack_leaves_the_honest_change_welcome() {
    for (name, ledger, bytes, _) in attacks() {
        let before: Vec<_> = ledger.changes().map(|(hash, _)| hash).collect();
        let _refused = admit(&genesis(), &ledger, &bytes);
        let mut after = ledger.clone();
        write(&mut after, 99, &[answer("q9", Scalar::Bool(true))]);
        verified(&after);
        assert_eq!(before.len() + 1, after.changes().count(), "{name}");
    }
}

/// Sixty-nine bytes that claim ten million operations, as in each column.
#[test]
fn a_run_length_bomb_is_refused_before_it_unfolds() {
    let scene = scene();
    for claimed in [MAX_PREDS as i64 + 1, 1_000_000, 10_000_000, i64::MAX] {
        let run = |value: &[u8]| [sleb(claimed), value.to_vec()].concat();
        let nulls = [&[0][..], &uleb(claimed as u64)].concat();
        let whole = [
            (KEY, run(&[1, b'q'])),
            (INSERT, uleb(claimed as u64)),
            (ACTION, run(&[1])),
            (VALUE_META, run(&[0])),
            (PRED_COUNT, run(&[0])),
        ];
        let mut bombs: Vec<(u64, Vec<u8>)> =
            whole.iter().map(|(column, data)| (*column, scene.column(*column, data))).collect();
        bombs.push((ACTION, scene.respelled(|parts| parts.columns = whole.to_vec())));
        bombs.push((PRED_ACTOR, scene.column(PRED_ACTOR, &run(&[1]))));
        bombs.push((PRED_COUNTER, scene.column(PRED_COUNTER, &run(&[0]))));
        bombs.push((0x02, scene.column(0x02, &nulls)));
        bombs.push((KEY, scene.column(KEY, &[sleb(-claimed), vec![0]].concat())));
        for (bomb, bytes) in bombs {
            match admit(&genesis(), &scene.base, &bytes) {
                Err(AdmitError::Gate(GateError::RunTooLong { column, length, limit })) => {
                    assert_eq!((column, length), (bomb, claimed as u64));
                    assert!(limit <= MAX_PREDS);
                }
                other => panic!("{claimed} in column {bomb:#x}: {other:?}"),
            }
        }
    }
}

/// Runs that each fit must not add up, and a count of preds must not outgrow what is there.
#[test]
fn many_small_runs_do_not_add_up_to_a_bomb() {
    let scene = scene();
    let half = [sleb(MAX_OPS as i64 / 2 + 1), vec![1]].concat();
    assert_eq!(code(&scene.base, &scene.column(ACTION, &half.repeat(2))), "run-too-long");
    let huge = [&[0x7f][..], &uleb(u64::MAX)].concat();
    assert_eq!(code(&scene.base, &scene.column(PRED_COUNT, &huge)), "damaged");
}

/// Whatever passes the gate, Automerge takes, saves and loads; whatever does not pass is refused without a panic.
#[test]
fn what_passes_the_gate_automerge_takes() {
    let scene = scene();
    let mut template = Vec::new();
    for puts in [
        vec![answer("q1", text("two"))],
        vec![answer("q1", Scalar::Int(-300)), answer("q2", Scalar::Null), answer("q3", Scalar::Float(0.5))],
        vec![answer("q1", Scalar::Bytes(vec![7; 40])), Put::new(Map::Findings, "f1", Scalar::Bool(true))],
    ] {
        template.push(build(&genesis(), &scene.base, &actor(6), NOON, &puts).unwrap().bytes);
    }
    let mut random = check::Random::new(20_251_122);
    let mut passed = 0;
    for _ in 0..20_000 {
        let mut body = body(&template[random.below(template.len())]);
        for _ in 0..=random.below(3) {
            let at = random.below(body.len());
            match random.below(4) {
                0 => body[at] = random.number() as u8,
                1 => body[at] ^= 1 << random.below(8),
                2 => body.insert(at, random.number() as u8),
                _ => drop(body.remove(at)),
            }
        }
        if let Ok(admitted) = admit(&genesis(), &scene.base, &sealed(1, &body)) {
            let mut ledger = scene.base.clone();
            ledger.apply(admitted);
            verified(&ledger);
            passed += 1;
        }
    }
    assert!(passed > 100, "only {passed} of 20,000 passed: the mutations do not reach behind the gate");
}

#[test]
fn the_cheap_hash_is_the_hash_automerge_counts() {
    let scene = scene();
    assert_eq!(change_hash(&scene.honest.bytes), Ok(scene.honest.row.hash));
    assert_eq!(automerge::Change::try_from(scene.honest.bytes.as_slice()).unwrap().hash().0, scene.honest.row.hash);
    assert_eq!(change_hash(&[0; 8]).unwrap_err().code(), "damaged");
}

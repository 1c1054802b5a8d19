//! Content that a flat document does not have.

use super::column::{ACTION, PRED_COUNT};
use super::forge::{sleb, uleb};
use super::{Attack, Scene, genesis_actor};
use automerge::legacy::{Key, ObjectId, Op, OpId as AmOpId, OpType};
use automerge::{ObjType, ScalarValue};
use wurao_record::limits::{MAX_KEY_BYTES, MAX_OPS, MAX_VALUE_BYTES};

/// A genesis map, by its number.
fn map(number: u64) -> ObjectId {
    ObjectId::Id(AmOpId(number, genesis_actor()))
}

pub(super) fn objects(scene: &Scene<'_>) -> Vec<Attack> {
    let elsewhere = |object: ObjectId, key: &str, pred: Vec<AmOpId>| {
        scene.op(|op| {
            op.obj = object;
            op.key = Key::Map(key.into());
            op.pred = pred.into();
        })
    };
    let unknown = scene.op(|op| op.obj = ObjectId::Id(AmOpId(777, scene.actor(0))));
    let over = elsewhere(ObjectId::Root, "answers", vec![AmOpId(2, genesis_actor())]);
    let genesis = elsewhere(map(1), "document", vec![AmOpId(7, genesis_actor())]);
    scene.on_base([
        ("op on an unknown object", unknown, "unknown-object"),
        ("op on object 7 of the genesis, no map", scene.op(|op| op.obj = map(7)), "unknown-object"),
        ("put at the root", elsewhere(ObjectId::Root, "meta2", vec![]), "put-at-root"),
        ("scalar over a genesis map", over, "put-at-root"),
        ("genesis key", genesis, "genesis-key"),
        ("a choice of nothing written here", elsewhere(map(6), "answers/q1", vec![]), "bad-choice"),
        ("empty key", elsewhere(map(2), "", vec![]), "empty-key"),
    ])
}

pub(super) fn values(scene: &Scene<'_>) -> Vec<Attack> {
    let unknown = ScalarValue::Unknown { type_code: 14, bytes: vec![1, 2] };
    let twice = scene.forged(|change| change.operations.push(change.operations[0].clone()));
    scene.on_base([
        ("delete", scene.op(|op| op.action = OpType::Delete), "not-a-put"),
        ("increment", scene.op(|op| op.action = OpType::Increment(1)), "not-a-put"),
        ("a nested map", scene.op(|op| op.action = OpType::Make(ObjType::Map)), "not-a-put"),
        ("an insert", scene.op(|op| op.insert = true), "not-a-put"),
        ("NaN", scene.put(ScalarValue::F64(f64::NAN)), "not-finite"),
        ("infinity", scene.put(ScalarValue::F64(f64::INFINITY)), "not-finite"),
        ("a counter", scene.put(ScalarValue::counter(3)), "counter-value"),
        ("an unknown scalar type", scene.put(unknown), "value-type"),
        ("an unsigned number", scene.put(ScalarValue::Uint(3)), "value-type"),
        ("a timestamp", scene.put(ScalarValue::Timestamp(3)), "value-type"),
        ("one key twice", twice, "key-twice"),
        ("no ops", scene.forged(|change| change.operations.clear()), "no-ops"),
    ])
}

pub(super) fn caps(scene: &Scene<'_>) -> Vec<Attack> {
    let long_key = Key::Map("k".repeat(MAX_KEY_BYTES + 1).into());
    let many = scene.forged(|change| {
        let one = change.operations[0].clone();
        let op = |at| Op { key: Key::Map(format!("k{at}").into()), pred: vec![].into(), ..one.clone() };
        change.operations = (0..=MAX_OPS).map(op).collect();
    });
    // Runs that each fit must not add up, and a count of preds must not outgrow what is there.
    let half = [sleb(MAX_OPS as i64 / 2 + 1), vec![1]].concat();
    let huge = [&[0x7f][..], &uleb(u64::MAX)].concat();
    scene.on_base([
        ("a long key", scene.op(|op| op.key = long_key), "key-too-long"),
        ("a long text", scene.put("t".repeat(MAX_VALUE_BYTES + 1).into()), "value-too-long"),
        ("long bytes", scene.put(ScalarValue::Bytes(vec![0; MAX_VALUE_BYTES + 1])), "value-too-long"),
        ("too many ops", many, "run-too-long"),
        ("small runs that add up", scene.column(ACTION, &half.repeat(2)), "run-too-long"),
        ("more preds counted than a number holds", scene.column(PRED_COUNT, &huge), "damaged"),
    ])
}

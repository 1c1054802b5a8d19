//! From a draft to bytes, in Automerge's own writing.

use std::num::NonZeroU64;

use automerge::legacy::{Change as Expanded, Key, ObjectId, Op, OpId as AmOpId, OpType};
use automerge::{ActorId as AmActorId, Change, ChangeHash as AmHash, ScalarValue};

use crate::decode::Draft;
use crate::error::GateError;
use crate::genesis::GENESIS_ACTOR;
use crate::ids::{ActorId, ChangeHash, OpId};
use crate::limits::MAX_CHANGE_BYTES;
use crate::value::{Map, Scalar};

/// The bytes of a change and their hash. Needs counters within the caps, since Automerge panics beyond them.
pub(crate) fn encode(draft: &Draft) -> Result<(Vec<u8>, ChangeHash), GateError> {
    let operations = draft.ops.iter().map(|op| Op {
        action: OpType::Put(scalar(&op.put.value)),
        obj: ObjectId::Id(op_id(&map_object(op.put.map))),
        key: Key::Map(op.put.key.as_str().into()),
        pred: op.preds.iter().map(op_id).collect(),
        insert: false,
    });
    let start_op = NonZeroU64::new(draft.start_op).ok_or(GateError::StartOp { start_op: 0, wanted: 1 })?;
    let (bytes, hash) = write(draft, start_op, operations.collect());
    if bytes.len() > MAX_CHANGE_BYTES {
        return Err(GateError::ChangeTooLarge { length: bytes.len(), limit: MAX_CHANGE_BYTES });
    }
    Ok((bytes, hash))
}

/// The genesis change: makes the maps in order, so that their ids are constants, then puts `meta` into the first.
pub(crate) fn encode_genesis(meta: &[(&str, &[u8])]) -> (Vec<u8>, ChangeHash) {
    let make = Map::ALL.iter().map(|map| Op {
        action: OpType::Make(automerge::ObjType::Map),
        obj: ObjectId::Root,
        key: Key::Map(map.name().into()),
        pred: Vec::new().into(),
        insert: false,
    });
    let put = meta.iter().map(|(key, value)| Op {
        action: OpType::Put(ScalarValue::Bytes(value.to_vec())),
        obj: ObjectId::Id(op_id(&map_object(Map::Meta))),
        key: Key::Map((*key).into()),
        pred: Vec::new().into(),
        insert: false,
    });
    let empty = Draft { deps: Vec::new(), actor: GENESIS_ACTOR, seq: 1, start_op: 1, time_ms: 0, ops: Vec::new() };
    write(&empty, NonZeroU64::MIN, make.chain(put).collect())
}

fn write(draft: &Draft, start_op: NonZeroU64, operations: Vec<Op>) -> (Vec<u8>, ChangeHash) {
    let change = Change::from(Expanded {
        operations,
        actor_id: actor_id(&draft.actor),
        hash: None,
        seq: draft.seq,
        start_op,
        time: draft.time_ms,
        message: None,
        deps: draft.deps.iter().map(|hash| AmHash(*hash)).collect(),
        extra_bytes: Vec::new(),
        author: None,
    });
    (change.raw_bytes().to_vec(), change.hash().0)
}

/// The object a map is: the operation of the genesis that made it.
fn map_object(map: Map) -> OpId {
    OpId { counter: u64::from(map.number()), actor: GENESIS_ACTOR }
}

pub(crate) fn actor_id(actor: &ActorId) -> AmActorId {
    AmActorId::from(actor.0)
}

fn op_id(id: &OpId) -> AmOpId {
    AmOpId(id.counter, actor_id(&id.actor))
}

fn scalar(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Null => ScalarValue::Null,
        Scalar::Bool(value) => ScalarValue::Boolean(*value),
        Scalar::Int(value) => ScalarValue::Int(*value),
        Scalar::Float(value) => ScalarValue::F64(*value),
        Scalar::Text(value) => ScalarValue::Str(value.as_str().into()),
        Scalar::Bytes(value) => ScalarValue::Bytes(value.clone()),
    }
}

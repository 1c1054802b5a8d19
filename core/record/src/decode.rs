//! From bytes to a draft: everything about a change that can be judged from its bytes alone.
//!
//! The bytes are read by our own bounded reader. Automerge is only asked to write the draft again: if it writes the very same bytes, its
//! own reader will find the very same draft in them, and nothing hostile ever reaches that reader.

use crate::choice;
use crate::chunk::{self, Reader};
use crate::columns::{self, Columns};
use crate::encode::encode;
use crate::error::GateError;
use crate::genesis::GENESIS_ACTOR;
use crate::ids::{ActorId, ChangeHash, OpId};
use crate::limits::{MAX_COUNTER, MAX_DEPS, MAX_OPS, MAX_PREDS, check_counters, check_put, check_time};
use crate::value::{Map, Put, Scalar};

/// A change before it has a place in a history.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    pub(crate) deps: Vec<ChangeHash>,
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) time_ms: i64,
    pub(crate) ops: Vec<DraftOp>,
}

/// A put and what it overwrites, sorted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DraftOp {
    pub(crate) put: Put,
    pub(crate) preds: Vec<OpId>,
}

/// Reads a change and refuses whatever an honest builder would not have written, whatever the history.
pub(crate) fn decode(bytes: &[u8]) -> Result<(ChangeHash, Draft), GateError> {
    let (hash, mut reader) = chunk::open(bytes)?;
    let deps = read_deps(&mut reader)?;
    let actor = read_actor(&mut reader)?;
    let seq = reader.uleb("sequence number")?;
    let start_op = reader.uleb("first counter")?;
    let time_ms = reader.sleb("time")?;
    let commit_text = reader.uleb("length of the commit text")?;
    if commit_text > 0 {
        return Err(GateError::CommitText { length: commit_text });
    }
    let actors = read_actors(actor, &mut reader)?;
    let columns = Columns::read(&mut reader)?;
    if !reader.is_empty() {
        return Err(GateError::TrailingBytes { length: reader.rest.len() });
    }
    let ops = read_ops(&columns, &actors)?;
    let draft = Draft { deps, actor, seq, start_op, time_ms, ops };
    check(&draft)?;
    if encode(&draft)?.0 != bytes {
        return Err(GateError::NotCanonical);
    }
    Ok((hash, draft))
}

/// What holds for every draft, read or built.
pub(crate) fn check(draft: &Draft) -> Result<(), GateError> {
    if draft.deps.is_empty() {
        return Err(GateError::NoDeps);
    }
    for pair in draft.deps.windows(2) {
        match pair[0].cmp(&pair[1]) {
            std::cmp::Ordering::Less => {}
            std::cmp::Ordering::Equal => return Err(GateError::DepTwice),
            std::cmp::Ordering::Greater => return Err(GateError::DepsUnsorted),
        }
    }
    if draft.actor == GENESIS_ACTOR {
        return Err(GateError::GenesisActor);
    }
    check_time(draft.time_ms)?;
    if draft.ops.is_empty() {
        return Err(GateError::NoOps);
    }
    limit("operations", draft.ops.len() as u64, MAX_OPS)?;
    limit("overwritten operations", draft.ops.iter().map(|op| op.preds.len() as u64).sum(), MAX_PREDS)?;
    check_counters(draft.start_op, draft.ops.len())?;
    if draft.seq > MAX_COUNTER {
        return Err(GateError::CounterTooLarge { counter: draft.seq, limit: MAX_COUNTER });
    }
    let mut keys = std::collections::BTreeSet::new();
    for (at, op) in draft.ops.iter().enumerate() {
        check_put(&op.put)?;
        if !keys.insert((op.put.map, op.put.key.as_str())) {
            return Err(GateError::KeyTwice { map: op.put.map, key: op.put.key.clone() });
        }
        if let Some(pair) = op.preds.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(GateError::PredTwice { op: at, pred: pair[0] });
        }
    }
    choice::check(&draft.ops)
}

pub(crate) fn limit(list: &'static str, count: u64, limit: usize) -> Result<(), GateError> {
    if count > limit as u64 { Err(GateError::TooMany { list, count, limit }) } else { Ok(()) }
}

pub(crate) fn read_deps(reader: &mut Reader<'_>) -> Result<Vec<ChangeHash>, GateError> {
    let count = reader.uleb("number of dependencies")?;
    limit("dependencies", count, MAX_DEPS)?;
    (0..count)
        .map(|_| {
            let hash = reader.take(32, "dependency")?;
            <ChangeHash>::try_from(hash).map_err(|_| reader.damaged("dependency"))
        })
        .collect()
}

fn read_actor(reader: &mut Reader<'_>) -> Result<ActorId, GateError> {
    let length = reader.uleb("length of an actor")?;
    if length != 16 {
        return Err(GateError::ActorLength { length });
    }
    let actor = reader.take(16, "actor")?;
    <[u8; 16]>::try_from(actor).map(ActorId).map_err(|_| reader.damaged("actor"))
}

/// All actors of the change by index: its author, then the others.
fn read_actors(author: ActorId, reader: &mut Reader<'_>) -> Result<Vec<ActorId>, GateError> {
    let count = reader.uleb("number of other actors")?;
    // The genesis actor, who made the maps, and one for each overwritten operation.
    limit("actors", count, MAX_PREDS + 1)?;
    let mut actors = vec![author];
    for _ in 0..count {
        actors.push(read_actor(reader)?);
    }
    Ok(actors)
}

fn read_ops(columns: &Columns<'_>, actors: &[ActorId]) -> Result<Vec<DraftOp>, GateError> {
    let actions = columns.numbers(columns::ACTION, MAX_OPS)?;
    let rows = actions.len();
    let inserts = columns.booleans(columns::INSERT, MAX_OPS)?;
    let objects = read_ids(columns, [columns::OBJECT_ACTOR, columns::OBJECT_COUNTER], rows, actors)?;
    let keys = columns.strings(columns::KEY, MAX_OPS)?;
    ragged(columns::KEY, keys.len(), rows)?;
    ragged(columns::INSERT, inserts.len(), rows)?;
    let mut values = Values::read(columns, rows)?;
    let mut preds = read_preds(columns, rows, actors)?.into_iter();
    let mut ops = Vec::with_capacity(rows);
    for op in 0..rows {
        let action = actions[op].ok_or(GateError::Damaged { what: "action", at: op })?;
        let (Some(key), PUT, false) = (keys[op], action, inserts[op]) else {
            return Err(GateError::NotAPut { op, action });
        };
        let object = objects[op].ok_or(GateError::PutAtRoot { op })?;
        let map = map_of(object).ok_or(GateError::UnknownObject { op, object })?;
        let put = Put { map, key: text(op, key)?, value: values.next(op)? };
        let count = preds.next().unwrap_or_default();
        ops.push(DraftOp { put, preds: count });
    }
    values.end()?;
    Ok(ops)
}

const PUT: u64 = 1;

fn map_of(object: OpId) -> Option<Map> {
    Map::from_number(object.counter).filter(|_| object.actor == GENESIS_ACTOR)
}

fn text(op: usize, bytes: &[u8]) -> Result<String, GateError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| GateError::NotText { op })
}

fn ragged(column: u64, rows: usize, wanted: usize) -> Result<(), GateError> {
    if rows == wanted { Ok(()) } else { Err(GateError::Ragged { column, rows, wanted }) }
}

fn actor_at(actors: &[ActorId], index: u64) -> Result<ActorId, GateError> {
    let found = usize::try_from(index).ok().and_then(|index| actors.get(index));
    found.copied().ok_or(GateError::ActorIndex { index, actors: actors.len() })
}

/// The object of each row; none for the root. Both columns are absent when all rows are at the root.
fn read_ids(
    columns: &Columns<'_>,
    [actor, counter]: [u64; 2],
    rows: usize,
    actors: &[ActorId],
) -> Result<Vec<Option<OpId>>, GateError> {
    let mut indexes = columns.numbers(actor, MAX_OPS)?;
    let mut counters = columns.numbers(counter, MAX_OPS)?;
    if indexes.is_empty() && counters.is_empty() {
        return Ok(vec![None; rows]);
    }
    ragged(actor, indexes.len(), rows)?;
    ragged(counter, counters.len(), rows)?;
    let pairs = indexes.drain(..).zip(counters.drain(..)).enumerate();
    pairs
        .map(|(op, pair)| match pair {
            (Some(index), Some(counter)) => Ok(Some(OpId { counter, actor: actor_at(actors, index)? })),
            (None, None) => Ok(None),
            _ => Err(GateError::Damaged { what: "whole object id", at: op }),
        })
        .collect()
}

/// What each row overwrites.
fn read_preds(columns: &Columns<'_>, rows: usize, actors: &[ActorId]) -> Result<Vec<Vec<OpId>>, GateError> {
    let counts = columns.numbers(columns::PRED_COUNT, MAX_OPS)?;
    ragged(columns::PRED_COUNT, counts.len(), rows)?;
    let indexes = columns.numbers(columns::PRED_ACTOR, MAX_PREDS)?;
    let counters = columns.deltas(columns::PRED_COUNTER, MAX_PREDS)?;
    ragged(columns::PRED_COUNTER, counters.len(), indexes.len())?;
    let mut ids = indexes.iter().zip(&counters);
    let mut preds = Vec::with_capacity(rows);
    for (op, count) in counts.iter().enumerate() {
        let count = count.ok_or(GateError::Damaged { what: "number of overwritten operations", at: op })?;
        let mut list = Vec::new();
        for _ in 0..count {
            let (Some(index), Some(counter)) = ids.next().map_or((None, None), |(a, b)| (*a, *b)) else {
                return Err(GateError::Damaged { what: "overwritten operation", at: op });
            };
            let counter =
                u64::try_from(counter).map_err(|_| GateError::Damaged { what: "counter above zero", at: op })?;
            if counter > MAX_COUNTER {
                return Err(GateError::CounterTooLarge { counter, limit: MAX_COUNTER });
            }
            list.push(OpId { counter, actor: actor_at(actors, index)? });
        }
        preds.push(list);
    }
    match ids.len() {
        0 => Ok(preds),
        left => {
            Err(GateError::Ragged { column: columns::PRED_ACTOR, rows: indexes.len(), wanted: indexes.len() - left })
        }
    }
}

/// The values: a column of types and lengths, and one of raw bytes.
struct Values<'a> {
    metas: Vec<Option<u64>>,
    raw: Reader<'a>,
}

impl<'a> Values<'a> {
    fn read(columns: &Columns<'a>, rows: usize) -> Result<Values<'a>, GateError> {
        let metas = columns.numbers(columns::VALUE_META, MAX_OPS)?;
        ragged(columns::VALUE_META, metas.len(), rows)?;
        Ok(Values { metas, raw: Reader::new(columns.bytes(columns::VALUE)) })
    }

    fn next(&mut self, op: usize) -> Result<Scalar, GateError> {
        let meta = self.metas[op].ok_or(GateError::Damaged { what: "type of a value", at: op })?;
        let (kind, raw) = (meta & 15, self.raw.take(meta >> 4, "value")?);
        let mut number = Reader::new(raw);
        let wrong = || GateError::Damaged { what: "value of the length said", at: op };
        let value = match kind {
            0 => Scalar::Null,
            1 => Scalar::Bool(false),
            2 => Scalar::Bool(true),
            4 => Scalar::Int(number.sleb("whole number")?),
            5 => Scalar::Float(f64::from_le_bytes(raw.try_into().map_err(|_| wrong())?)),
            6 => Scalar::Text(text(op, raw)?),
            7 => Scalar::Bytes(raw.to_vec()),
            8 => return Err(GateError::CounterValue { op }),
            _ => return Err(GateError::ValueType { op, kind }),
        };
        let used_up = match kind {
            0..=2 => raw.is_empty(),
            4 => number.is_empty(),
            _ => true,
        };
        if used_up { Ok(value) } else { Err(wrong()) }
    }

    fn end(&self) -> Result<(), GateError> {
        if self.raw.is_empty() { Ok(()) } else { Err(GateError::TrailingBytes { length: self.raw.rest.len() }) }
    }
}

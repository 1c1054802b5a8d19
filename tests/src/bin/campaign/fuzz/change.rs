//! Raw changes made from good ones: other content under its right hash, the same content spelled otherwise, and bombs.

// A table of the record crate's tests: where it panics on what is none of its making, that counts for nothing here.
#[path = "../../../../../core/record/tests/attack_table/mod.rs"]
pub(super) mod attack_table;

use super::{spoil, watch};
use attack_table::forge::{Parts, body, forged, sealed, sleb, uleb};
use automerge::legacy::{Change, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ChangeHash, ObjType, ScalarValue};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::io::Write;
use std::num::NonZeroU64;
use std::sync::OnceLock;
use wurao_record::{Genesis, GenesisSeed, Ledger, admit};

/// The columns of a change, by Automerge's number; the last one there is not.
const COLUMNS: [u64; 11] = [0x01, 0x02, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73, 0x99];

/// A change that comes of this one. One that cannot be taken apart any more is only spoiled.
pub(super) fn twist(chance: &mut StdRng, change: &[u8]) -> Vec<u8> {
    let made = match chance.random_range(0..10) {
        0..5 if watch::own(|| unfolds(change)) == Some(false) => {
            watch::own(|| forged(change, |content| (0..=chance.random_range(0..2)).for_each(|_| edit(chance, content))))
        }
        5..8 => watch::own(|| {
            let mut parts = Parts::of(change);
            (0..=chance.random_range(0..2)).for_each(|_| respell(chance, &mut parts));
            parts.bytes()
        }),
        8 => watch::own(|| {
            let mut content = body(change);
            (0..=chance.random_range(0..3)).for_each(|_| spoil::bytes(chance, &mut content));
            seal(chance, &content)
        }),
        _ => None,
    };
    made.unwrap_or_else(|| {
        let mut bytes = change.to_vec();
        spoil::bytes(chance, &mut bytes);
        bytes
    })
}

/// The same change on what nobody has.
pub(super) fn hopeless(chance: &mut StdRng, change: &[u8]) -> Vec<u8> {
    let deps = vec![ChangeHash(chance.random())];
    watch::own(|| forged(change, |content| content.deps = deps)).unwrap_or_else(|| change.to_vec())
}

/// Whether the gate takes it for a run-length bomb, which Automerge would unfold.
fn unfolds(change: &[u8]) -> bool {
    let nowhere = Genesis::new(&GenesisSeed { permit: [0; 16], site: [0; 16], checklist: [0; 32] });
    admit(&nowhere, &Ledger::new(), change).is_err_and(|error| error.code() == "run-too-long")
}

/// A chunk of these bytes: mostly a change, with its right checksum.
fn seal(chance: &mut StdRng, content: &[u8]) -> Vec<u8> {
    match chance.random_range(0..12) {
        0 => sealed([0, 2, 3, 255].choose(chance).copied().unwrap_or_default(), content),
        1 => sealed(2, &deflated(content)),
        2 => {
            // Made once: it takes a while.
            static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
            BOMB.get_or_init(|| deflate_bomb(48 << 20)).clone()
        }
        3 => {
            let mut chunk = sealed(1, content);
            chunk[4..8].fill(0);
            chunk
        }
        _ => sealed(1, content),
    }
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector cannot fail.
    let _ = packer.write_all(content);
    packer.finish().unwrap_or_default()
}

/// A packed change of so many zeros.
pub(super) fn deflate_bomb(bytes: usize) -> Vec<u8> {
    let (mut packer, block) = (DeflateEncoder::new(Vec::new(), Compression::best()), vec![0; 64 << 10]);
    for _ in 0..bytes / block.len() {
        let _ = packer.write_all(&block);
    }
    sealed(2, &packer.finish().unwrap_or_default())
}

/// Other content.
fn edit(chance: &mut StdRng, change: &mut Change) {
    match chance.random_range(0..16) {
        0 => change.seq = spoil::edge(chance),
        1 => change.seq = change.seq.wrapping_add(1),
        2 => change.start_op = NonZeroU64::new(spoil::edge(chance)).unwrap_or(NonZeroU64::MIN),
        3 => change.start_op = change.start_op.saturating_add(chance.random_range(0..3)),
        4 => change.time = spoil::edge(chance) as i64,
        5 => change.actor_id = actor(chance, change),
        6 => change.deps.push(ChangeHash(chance.random())),
        7 => spoil::list(chance, &mut change.deps),
        8 => change.message = Some("x".repeat(chance.random_range(0..300))),
        9 => spoil::list(chance, &mut change.operations),
        _ => {
            let actor = actor(chance, change);
            let at = chance.random_range(0..change.operations.len().max(1));
            if let Some(op) = change.operations.get_mut(at) {
                edit_op(chance, op, actor);
            }
        }
    }
}

fn edit_op(chance: &mut StdRng, op: &mut Op, actor: ActorId) {
    let id = OpId(chance.random_range(1..30), actor);
    match chance.random_range(0..9) {
        0 => op.action = OpType::Put(scalar(chance)),
        1 => {
            let other = [OpType::Delete, OpType::Increment(1), OpType::Make(ObjType::List), OpType::Make(ObjType::Map)];
            op.action = other.choose(chance).cloned().unwrap_or(OpType::Delete);
        }
        2 => op.obj = ObjectId::Root,
        3 => op.obj = ObjectId::Id(OpId(chance.random_range(1..9), ActorId::from([0; 16]))),
        4 => op.key = Key::Map(key(chance).into()),
        5 => op.pred = op.pred.iter().cloned().chain([id]).collect(),
        6 => op.pred = Vec::new().into(),
        7 => op.pred = op.pred.iter().cloned().cycle().take(op.pred.len() * 2).collect::<Vec<_>>().into(),
        _ => op.insert = !op.insert,
    }
}

fn scalar(chance: &mut StdRng) -> ScalarValue {
    match chance.random_range(0..11) {
        0 => ScalarValue::Null,
        1 => ScalarValue::Boolean(chance.random()),
        2 => ScalarValue::Int(spoil::edge(chance) as i64),
        3 => ScalarValue::Uint(spoil::edge(chance)),
        4 => {
            ScalarValue::F64([0.0, -0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, 1e308][chance.random_range(0..6)])
        }
        5 => ScalarValue::counter(spoil::edge(chance) as i64),
        6 => ScalarValue::Timestamp(spoil::edge(chance) as i64),
        7 => ScalarValue::Bytes(vec![7; chance.random_range(0..40_000)]),
        8 => ScalarValue::Str("文".repeat(chance.random_range(0..12_000)).into()),
        9 => ScalarValue::Unknown { type_code: chance.random_range(0..16), bytes: vec![1; chance.random_range(0..9)] },
        _ => ScalarValue::Str(chance.random_range(0..99).to_string().into()),
    }
}

fn key(chance: &mut StdRng) -> String {
    let keys = ["", "water@-", "document", "answers/water@-", "lot@x", "x.removed", "x.parent", "\0", "@", "review"];
    match chance.random_range(0..8) {
        0 => "k".repeat(chance.random_range(500..530)),
        _ => keys.choose(chance).copied().unwrap_or_default().to_owned(),
    }
}

/// An actor of the change, nobody's, or one of another length.
fn actor(chance: &mut StdRng, change: &Change) -> ActorId {
    match chance.random_range(0..4) {
        0 => ActorId::from([0; 16]),
        1 => ActorId::from(vec![9; chance.random_range(0..40)]),
        2 => ActorId::from(chance.random::<[u8; 16]>()),
        _ => change.actor_id.clone(),
    }
}

/// Other bytes.
fn respell(chance: &mut StdRng, parts: &mut Parts) {
    match chance.random_range(0..16) {
        0 => spoil::list(chance, &mut parts.deps),
        1 => {
            parts.deps = (0..chance.random_range(0..300_u32))
                .map(|at| [at.to_be_bytes(); 8].concat().try_into().unwrap_or([0; 32]))
                .collect()
        }
        2 => spoil::bytes(chance, &mut parts.actor),
        3 => parts.seq = spoil::edge(chance),
        4 => parts.start_op = spoil::edge(chance),
        5 => parts.time = sleb(spoil::edge(chance) as i64),
        6 => spoil::bytes(chance, &mut parts.message),
        7 => spoil::list(chance, &mut parts.others),
        8 => spoil::list(chance, &mut parts.columns),
        9 => spoil::bytes(chance, &mut parts.rest),
        _ => {
            let at = chance.random_range(0..parts.columns.len().max(1));
            let Some((number, data)) = parts.columns.get_mut(at) else { return };
            match chance.random_range(0..5) {
                0 => *number = COLUMNS.choose(chance).copied().unwrap_or_default(),
                1 => {
                    *number |= 8;
                    *data = deflated(data);
                }
                2 | 3 => *data = run(chance),
                _ => spoil::bytes(chance, data),
            }
        }
    }
}

/// A column that claims more than there is.
fn run(chance: &mut StdRng) -> Vec<u8> {
    let claimed = spoil::edge(chance);
    let value = [&[1, b'q'][..], &[0], &[1]].choose(chance).copied().unwrap_or_default();
    match chance.random_range(0..4) {
        0 => uleb(claimed),
        1 => [&[0][..], &uleb(claimed)].concat(),
        2 => [&sleb((claimed as i64).wrapping_neg())[..], value].concat(),
        _ => [&sleb(claimed as i64 & i64::MAX)[..], value].concat(),
    }
}

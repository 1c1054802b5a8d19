//! A few dozen bytes that claim millions of rows.

use super::Scene;
use super::column::{ACTION, INSERT, KEY, OBJECT_COUNTER, PRED_ACTOR, PRED_COUNT, PRED_COUNTER, VALUE_META};
use super::forge::{sleb, uleb};
use wurao_record::limits::MAX_PREDS;

/// A change with a run-length record that must be refused before it is unfolded, as `run-too-long`.
pub struct Bomb {
    /// The column that is found first.
    pub column: u64,
    /// The rows it claims.
    pub claimed: u64,
    pub bytes: Vec<u8>,
}

/// In each column, alone and all at once, as a run, as nulls and as literals.
pub fn bombs(scene: &Scene<'_>) -> Vec<Bomb> {
    let sizes = [MAX_PREDS as i64 + 1, 1_000_000, 10_000_000, i64::MAX];
    sizes.into_iter().flat_map(|claimed| bombs_of(scene, claimed)).collect()
}

fn bombs_of(scene: &Scene<'_>, claimed: i64) -> Vec<Bomb> {
    let run = |value: &[u8]| [sleb(claimed), value.to_vec()].concat();
    let nulls = [&[0][..], &uleb(claimed as u64)].concat();
    let literals = [sleb(-claimed), vec![0]].concat();
    let whole = [
        (KEY, run(&[1, b'q'])),
        (INSERT, uleb(claimed as u64)),
        (ACTION, run(&[1])),
        (VALUE_META, run(&[0])),
        (PRED_COUNT, run(&[0])),
    ];
    let alone = [(PRED_ACTOR, run(&[1])), (PRED_COUNTER, run(&[0])), (OBJECT_COUNTER, nulls), (KEY, literals)];
    let single = whole.iter().chain(&alone).map(|(column, data)| (*column, scene.column(*column, data)));
    let together = (ACTION, scene.respelled(|parts| parts.columns = whole.to_vec()));
    let bomb = |(column, bytes)| Bomb { column, claimed: claimed as u64, bytes };
    single.chain([together]).map(bomb).collect()
}

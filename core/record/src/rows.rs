//! What a store keeps of a change, and what it must be able to say.

use crate::clock::Clock;
use crate::error::RowError;
use crate::field::live;
use crate::ids::{ActorId, ChangeHash, OpId};
use crate::value::{Map, Scalar};

/// What is kept of a change beside its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who wrote it.
    pub actor: ActorId,
    /// The how-manieth of this actor, from 1, without gaps.
    pub seq: u64,
    /// Counter of its first operation.
    pub start_op: u64,
    /// Counter of its last operation.
    pub max_op: u64,
    /// When, by its author's clock.
    pub time_ms: i64,
    /// Itself and all its ancestors.
    pub clock: Clock,
}

/// One put, as the projection keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpRow {
    /// Which map.
    pub map: Map,
    /// Which key.
    pub key: String,
    /// Its id.
    pub id: OpId,
    /// The number of its change within the actor's changes.
    pub seq: u64,
    /// What was put.
    pub value: Scalar,
    /// The operations it overwrote, sorted: all that were live at the key when it was written.
    pub preds: Vec<OpId>,
    /// The change it is part of.
    pub change: ChangeHash,
    /// When, by its author's clock.
    pub time_ms: i64,
}

/// A change that passed the gate or was built here: all that a store inserts, in one transaction.
///
/// The store adds `row` and `bytes`, adds `ops`, and replaces `deps` by `row.hash` among the document's heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The change.
    pub row: ChangeRow,
    /// Its direct dependencies, sorted.
    pub deps: Vec<ChangeHash>,
    /// Its puts, in order.
    pub ops: Vec<OpRow>,
    /// The very bytes.
    pub bytes: Vec<u8>,
}

/// What the gate and the builder ask of a store, about one document.
///
/// The genesis is not part of the answers: its change, its counters and its two `meta` keys are known without a store
/// (answering with it does no harm). All changes in the answers have passed the gate.
pub trait History {
    /// Why the store could not answer.
    type Error;

    /// The change of this hash.
    fn change(&self, hash: &ChangeHash) -> Result<Option<ChangeRow>, Self::Error>;

    /// The change of this actor with this number.
    fn at_seq(&self, actor: &ActorId, seq: u64) -> Result<Option<ChangeHash>, Self::Error>;

    /// The change of this actor with the highest number.
    fn last(&self, actor: &ActorId) -> Result<Option<ChangeRow>, Self::Error>;

    /// Every operation ever put at this key, in any order.
    fn ops(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Self::Error>;

    /// Of these, the ones that no other of them has overwritten, whatever else a store makes of either. A store that marks
    /// them answers faster than by reading all.
    fn live(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Self::Error> {
        let ops = self.ops(map, key)?;
        Ok(live(&ops).into_iter().cloned().collect())
    }

    /// The changes nothing depends on yet; empty when there is only the genesis.
    fn heads(&self) -> Result<Vec<ChangeHash>, Self::Error>;
}

/// Overwritten operations for a column of a store.
pub fn preds_to_bytes(preds: &[OpId]) -> Vec<u8> {
    preds.iter().flat_map(|pred| pred.to_bytes()).collect()
}

/// Reads what [`preds_to_bytes`] wrote.
pub fn preds_from_bytes(bytes: &[u8]) -> Result<Vec<OpId>, RowError> {
    bytes
        .chunks(OpId::LEN)
        .map(|chunk| OpId::from_bytes(chunk).map_err(|_| RowError { row: "preds", at: bytes.len() }))
        .collect()
}

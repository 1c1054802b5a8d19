//! A history in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;

use crate::choice::choice_key;
use crate::field::{Field, field};
use crate::ids::{ActorId, ChangeHash};
use crate::rows::{Admitted, ChangeRow, History, OpRow};
use crate::value::Map;

/// The rows of one document in memory, for simulations, campaigns and verification. It refuses nothing: what is applied must have come
/// from the gate or the builder, asked with this very ledger.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    rows: HashMap<ChangeHash, ChangeRow>,
    sequences: HashMap<ActorId, Vec<ChangeHash>>,
    ops: BTreeMap<(Map, String), Vec<OpRow>>,
    heads: BTreeSet<ChangeHash>,
    changes: Vec<(ChangeHash, Vec<u8>)>,
}

impl Ledger {
    /// A document with nothing but its genesis.
    pub fn new() -> Ledger {
        Ledger::default()
    }

    /// Keeps a change.
    pub fn apply(&mut self, admitted: Admitted) {
        let Admitted { row, deps, ops, bytes } = admitted;
        for dependency in &deps {
            self.heads.remove(dependency);
        }
        self.heads.insert(row.hash);
        for op in ops {
            self.ops.entry((op.map, op.key.clone())).or_default().push(op);
        }
        self.sequences.entry(row.actor).or_default().push(row.hash);
        self.changes.push((row.hash, bytes));
        self.rows.insert(row.hash, row);
    }

    /// Hash and bytes of each change, in the order they were applied, which is a causal order.
    pub fn changes(&self) -> impl Iterator<Item = (ChangeHash, &[u8])> {
        self.changes.iter().map(|(hash, bytes)| (*hash, bytes.as_slice()))
    }

    /// The row of a change.
    pub fn row(&self, hash: &ChangeHash) -> Option<&ChangeRow> {
        self.rows.get(hash)
    }

    /// Every key written and all operations at it, by map and key.
    pub fn keys(&self) -> impl Iterator<Item = (Map, &str, &[OpRow])> {
        self.ops.iter().map(|((map, key), ops)| (*map, key.as_str(), ops.as_slice()))
    }

    /// All operations at a key.
    pub fn ops_at(&self, map: Map, key: &str) -> &[OpRow] {
        self.ops.get(&(map, key.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The field at a key, its choices included.
    pub fn field(&self, map: Map, key: &str) -> Field {
        field(self.ops_at(map, key), self.ops_at(Map::Choices, &choice_key(map, key)))
    }
}

impl History for Ledger {
    type Error = Infallible;

    fn change(&self, hash: &ChangeHash) -> Result<Option<ChangeRow>, Infallible> {
        Ok(self.rows.get(hash).cloned())
    }

    fn at_seq(&self, actor: &ActorId, seq: u64) -> Result<Option<ChangeHash>, Infallible> {
        let at = usize::try_from(seq).ok().and_then(|seq| seq.checked_sub(1));
        Ok(at.and_then(|at| self.sequences.get(actor)?.get(at)).copied())
    }

    fn last(&self, actor: &ActorId) -> Result<Option<ChangeRow>, Infallible> {
        let hash = self.sequences.get(actor).and_then(|sequence| sequence.last());
        Ok(hash.and_then(|hash| self.rows.get(hash)).cloned())
    }

    fn ops(&self, map: Map, key: &str) -> Result<Vec<OpRow>, Infallible> {
        Ok(self.ops_at(map, key).to_vec())
    }

    fn heads(&self) -> Result<Vec<ChangeHash>, Infallible> {
        Ok(self.heads.iter().copied().collect())
    }
}

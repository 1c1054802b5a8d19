//! A small vector clock: how far along each actor a change has seen.

use crate::error::RowError;
use crate::ids::ActorId;

/// For each actor the last change seen, sorted by actor. Genesis is seen by all and not listed.
///
/// Since an actor's changes follow one another (the gate sees to it), `covers` answers "is that change this one or an
/// ancestor of it" without walking the history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Clock(Vec<(ActorId, u64)>);

impl Clock {
    /// Bytes of one entry in a row.
    const ENTRY: usize = 24;

    /// A clock that has seen nothing but the genesis.
    pub fn new() -> Clock {
        Clock::default()
    }

    /// The last change of `actor` seen; 0 for none.
    pub fn get(&self, actor: &ActorId) -> u64 {
        self.0.binary_search_by_key(actor, |entry| entry.0).map_or(0, |at| self.0[at].1)
    }

    /// Whether the change `seq` of `actor` is seen. The clock of a head covers exactly the head and its ancestors.
    pub fn covers(&self, actor: &ActorId, seq: u64) -> bool {
        self.get(actor) >= seq
    }

    /// Sees `actor` as far as `seq`; never forgets.
    pub fn see(&mut self, actor: ActorId, seq: u64) {
        match self.0.binary_search_by_key(&actor, |entry| entry.0) {
            Ok(at) => self.0[at].1 = self.0[at].1.max(seq),
            Err(at) => self.0.insert(at, (actor, seq)),
        }
    }

    /// Sees all that `other` has seen.
    pub fn merge(&mut self, other: &Clock) {
        for (actor, seq) in &other.0 {
            self.see(*actor, *seq);
        }
    }

    /// The actors and how far each is seen, by actor.
    pub fn entries(&self) -> &[(ActorId, u64)] {
        &self.0
    }

    /// For a column of a store: actor, then `seq` big-endian, for each.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.len() * Self::ENTRY);
        for (actor, seq) in &self.0 {
            out.extend_from_slice(&actor.0);
            out.extend_from_slice(&seq.to_be_bytes());
        }
        out
    }

    /// Reads what [`Clock::to_bytes`] wrote; refuses unsorted, repeated and empty entries.
    pub fn from_bytes(bytes: &[u8]) -> Result<Clock, RowError> {
        let (entries, rest) = bytes.as_chunks::<{ Self::ENTRY }>();
        let wrong = |at: usize| RowError { row: "clock", at: at * Self::ENTRY };
        if !rest.is_empty() {
            return Err(wrong(entries.len()));
        }
        let mut clock: Vec<(ActorId, u64)> = Vec::with_capacity(entries.len());
        for (at, entry) in entries.iter().enumerate() {
            let (actor, seq) = entry.split_first_chunk::<16>().ok_or(wrong(at))?;
            let seq = u64::from_be_bytes(seq.try_into().map_err(|_| wrong(at))?);
            if seq == 0 || clock.last().is_some_and(|last| last.0.0 >= *actor) {
                return Err(wrong(at));
            }
            clock.push((ActorId(*actor), seq));
        }
        Ok(Clock(clock))
    }
}

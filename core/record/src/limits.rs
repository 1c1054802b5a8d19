//! What a change may hold. The gate and the builder go through the same checks, so nothing is written that would be refused.

use crate::error::GateError;
use crate::value::{Map, Put, Scalar};

/// Bytes of one change. An answer takes about a hundred; the longest text fits twice.
pub const MAX_CHANGE_BYTES: usize = 64 * 1024;
/// Operations of one change. The largest honest one removes a row of a repeat: one per answered question of the row.
pub const MAX_OPS: usize = 1024;
/// Overwritten operations named by one change: one per concurrent value of each key it writes.
pub const MAX_PREDS: usize = 4096;
/// Direct dependencies of one change. A builder that finds more heads joins this many and leaves the rest to the next change.
pub const MAX_DEPS: usize = 256;
/// Bytes of a key, UTF-8. A key in `choices` may be longer by the name of the map it speaks of.
pub const MAX_KEY_BYTES: usize = 512;
/// Bytes of a text or byte value.
pub const MAX_VALUE_BYTES: usize = 32 * 1024;
/// Operation counters, and the changes of one actor. Automerge panics near 2^32; no inspection comes near this.
pub const MAX_COUNTER: u64 = 1 << 24;
/// The latest time of a change: the year 2100. The earliest is 1970; a phone may have lost its clock.
pub const MAX_TIME_MS: i64 = 4_102_444_800_000;

/// Keys of `meta` that the genesis wrote; nobody writes them again.
pub(crate) const GENESIS_KEYS: [&str; 2] = ["document", "checklist"];

pub(crate) fn check_put(put: &Put) -> Result<(), GateError> {
    check_key(put.map, &put.key)?;
    check_value(put.map, &put.key, &put.value)
}

fn check_key(map: Map, key: &str) -> Result<(), GateError> {
    if key.is_empty() {
        return Err(GateError::EmptyKey { map });
    }
    let limit = match map {
        Map::Choices => MAX_KEY_BYTES + "findings/".len(),
        _ => MAX_KEY_BYTES,
    };
    if key.len() > limit {
        return Err(GateError::KeyTooLong { map, length: key.len(), limit });
    }
    if map == Map::Meta && GENESIS_KEYS.contains(&key) {
        return Err(GateError::GenesisKey { key: key.to_owned() });
    }
    Ok(())
}

fn check_value(map: Map, key: &str, value: &Scalar) -> Result<(), GateError> {
    let length = match value {
        Scalar::Text(text) => text.len(),
        Scalar::Bytes(bytes) => bytes.len(),
        Scalar::Float(number) if !number.is_finite() => {
            return Err(GateError::NotFinite { map, key: key.to_owned() });
        }
        _ => 0,
    };
    if length > MAX_VALUE_BYTES {
        return Err(GateError::ValueTooLong { map, key: key.to_owned(), length, limit: MAX_VALUE_BYTES });
    }
    Ok(())
}

pub(crate) fn check_time(time_ms: i64) -> Result<(), GateError> {
    if (0..=MAX_TIME_MS).contains(&time_ms) { Ok(()) } else { Err(GateError::Time { time_ms }) }
}

/// A change may start at `start_op` and hold `ops` operations.
pub(crate) fn check_counters(start_op: u64, ops: usize) -> Result<(), GateError> {
    let last = start_op.saturating_add(ops as u64);
    if last > MAX_COUNTER { Err(GateError::CounterTooLarge { counter: last, limit: MAX_COUNTER }) } else { Ok(()) }
}

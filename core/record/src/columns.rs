//! Columns of operations, unpacked with a bound.
//!
//! A run-length record of a few bytes can claim millions of rows. Every record is held against the room left before a row is made, so
//! that unpacking never takes more than the caps in [`crate::limits`] allow.

use crate::chunk::Reader;
use crate::error::GateError;

/// The columns a scalar put in a map has, by Automerge's number (group << 4 | type).
pub(crate) const OBJECT_ACTOR: u64 = 0x01;
pub(crate) const OBJECT_COUNTER: u64 = 0x02;
pub(crate) const KEY: u64 = 0x15;
pub(crate) const INSERT: u64 = 0x34;
pub(crate) const ACTION: u64 = 0x42;
pub(crate) const VALUE_META: u64 = 0x56;
pub(crate) const VALUE: u64 = 0x57;
pub(crate) const PRED_COUNT: u64 = 0x70;
pub(crate) const PRED_ACTOR: u64 = 0x71;
pub(crate) const PRED_COUNTER: u64 = 0x73;

const KNOWN: [u64; 10] =
    [OBJECT_ACTOR, OBJECT_COUNTER, KEY, INSERT, ACTION, VALUE_META, VALUE, PRED_COUNT, PRED_ACTOR, PRED_COUNTER];

/// The packed columns of a change, by number.
pub(crate) struct Columns<'a>(Vec<(u64, &'a [u8])>);

impl<'a> Columns<'a> {
    /// Reads the column table and cuts out the columns.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Columns<'a>, GateError> {
        let count = reader.uleb("column count")?;
        // Known ones in rising order, each once: however many are claimed, the table stays short.
        let mut lengths: Vec<(u64, u64)> = Vec::new();
        for _ in 0..count {
            let column = reader.uleb("column number")?;
            let follows = lengths.last().is_none_or(|last| last.0 < column);
            if !follows || !KNOWN.contains(&column) {
                return Err(GateError::Column { column });
            }
            lengths.push((column, reader.uleb("column length")?));
        }
        lengths
            .into_iter()
            .map(|(column, length)| Ok((column, reader.take(length, "column")?)))
            .collect::<Result<_, _>>()
            .map(Columns)
    }

    /// The packed bytes of a column; empty when absent, as Automerge leaves out empty ones.
    pub(crate) fn bytes(&self, column: u64) -> &'a [u8] {
        self.0.iter().find(|entry| entry.0 == column).map_or(&[], |entry| entry.1)
    }

    /// Unsigned numbers.
    pub(crate) fn numbers(&self, column: u64, limit: usize) -> Result<Vec<Option<u64>>, GateError> {
        unpack(self.bytes(column), column, limit, |reader| reader.uleb("number"))
    }

    /// Byte strings.
    pub(crate) fn strings(&self, column: u64, limit: usize) -> Result<Vec<Option<&'a [u8]>>, GateError> {
        unpack(self.bytes(column), column, limit, |reader| {
            let length = reader.uleb("string length")?;
            reader.take(length, "string")
        })
    }

    /// Numbers kept as the difference from the one before.
    pub(crate) fn deltas(&self, column: u64, limit: usize) -> Result<Vec<Option<i64>>, GateError> {
        let mut value = 0_i64;
        let rows = unpack(self.bytes(column), column, limit, |reader| reader.sleb("difference"))?;
        Ok(rows
            .into_iter()
            .map(|row| {
                row.map(|delta| {
                    value = value.saturating_add(delta);
                    value
                })
            })
            .collect())
    }

    /// Booleans, kept as the lengths of alternating runs, `false` first.
    pub(crate) fn booleans(&self, column: u64, limit: usize) -> Result<Vec<bool>, GateError> {
        let mut reader = Reader::new(self.bytes(column));
        let mut rows = Vec::new();
        let mut value = false;
        while !reader.is_empty() {
            let length = room(column, reader.uleb("run length")?, limit - rows.len())?;
            rows.resize(rows.len() + length, value);
            value = !value;
        }
        Ok(rows)
    }
}

/// Unpacks one run-length column: `n` value (a run), `-n` values (literals), `0` n (nulls).
fn unpack<'a, T: Copy>(
    bytes: &'a [u8],
    column: u64,
    limit: usize,
    read: impl Fn(&mut Reader<'a>) -> Result<T, GateError>,
) -> Result<Vec<Option<T>>, GateError> {
    let mut reader = Reader::new(bytes);
    let mut rows = Vec::new();
    while !reader.is_empty() {
        let record = reader.sleb("run length")?;
        let claimed = if record == 0 { reader.uleb("null run length")? } else { record.unsigned_abs() };
        let length = room(column, claimed, limit - rows.len())?;
        match record {
            0 => rows.resize(rows.len() + length, None),
            1.. => rows.resize(rows.len() + length, Some(read(&mut reader)?)),
            _ => {
                for _ in 0..length {
                    rows.push(Some(read(&mut reader)?));
                }
            }
        }
    }
    Ok(rows)
}

fn room(column: u64, length: u64, limit: usize) -> Result<usize, GateError> {
    match usize::try_from(length) {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(GateError::RunTooLong { column, length, limit }),
    }
}

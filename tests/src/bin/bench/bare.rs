//! The bare bytes of inspections: what was written, packed by hand for a receiver that knows the checklist, under zstd. No
//! names of things, no signatures, no hashes, no headers.

use crate::inspector::Event;
use std::collections::BTreeMap;
use wurao_tests::{Doing, Trouble};

/// All that was written, in the order in which it was, column by column. Every event is kept, not only the last of each key.
pub(crate) fn packed(events: &[Event]) -> Result<Vec<u8>, Trouble> {
    // The receiver numbers its questions alike.
    let questions: BTreeMap<&str, usize> = events.iter().map(|event| (event.key.as_str(), 0)).collect();
    let numbers: BTreeMap<&str, usize> = questions.keys().enumerate().map(|(at, key)| (*key, at)).collect();
    let [mut documents, mut keys, mut rows, mut times, mut kinds, mut values] = [const { Vec::<u8>::new() }; 6];
    for of in events.chunk_by(|a, b| a.document == b.document) {
        documents.extend(of[0].document.0);
        number(&mut documents, of.len());
        let mut last_ms = of[0].at_ms;
        for event in of {
            number(&mut keys, numbers.get(event.key.as_str()).copied().unwrap_or_default());
            number(&mut rows, event.row.map_or(0, |row| row as usize + 1));
            // To the tenth of a second: nobody types faster.
            number(&mut times, ((event.at_ms - last_ms) / 100) as usize);
            last_ms = event.at_ms;
            let count = event.value.parse::<usize>().ok();
            kinds.push(u8::from(count.is_some()));
            match count {
                Some(count) => number(&mut values, count),
                None => {
                    number(&mut values, event.value.len());
                    values.extend_from_slice(event.value.as_bytes());
                }
            }
        }
    }
    zstd::bulk::compress(&[documents, keys, rows, times, kinds, values].concat(), 19).doing("compress")
}

/// LEB128.
fn number(into: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

//! Choices among conflicting values: one change that writes the key and says in `choices` what it chose among.
//!
//! The key in `choices` is `<map>/<key>`; its value is the ids of the operations chosen among, sorted, with spaces between. They are
//! exactly what the put on the key overwrites, so nobody can settle a conflict with a value unseen.

use crate::decode::DraftOp;
use crate::error::GateError;
use crate::field::Field;
use crate::ids::OpId;
use crate::rows::{Admitted, History};
use crate::value::{Map, Put, Scalar};
use std::collections::BTreeSet;

/// The key in `choices` that speaks of `key` in `map`.
pub fn choice_key(map: Map, key: &str) -> String {
    format!("{}/{key}", map.name())
}

/// The two puts of choosing `chosen` among the live values of `field`. They go into one change; if another value arrived since `field`
/// was read, the builder refuses them (`bad-choice`) and the person must look again.
pub fn choose_puts(field: &Field, map: Map, key: &str, chosen: &Scalar) -> [Put; 2] {
    let mut among: Vec<OpId> = field.values.iter().flat_map(|held| held.stamps.iter().map(|stamp| stamp.id)).collect();
    among.sort_unstable();
    let named = Scalar::Text(among_text(&among));
    [Put::new(map, key, chosen.clone()), Put::new(Map::Choices, choice_key(map, key), named)]
}

/// Whether a change that passed the gate is a choice between different answers to one question and nothing else: what
/// [`choose_puts`] makes of one of the values chosen among. Who writes choices alone, as a server does for people at its page,
/// is held to this.
///
/// That it names exactly what it overwrites the gate has seen.
pub fn is_choice<H: History>(history: &H, change: &Admitted) -> Result<bool, H::Error> {
    let [answer, choice] = change.ops.as_slice() else { return Ok(false) };
    let (map, settled) = (Map::Answers, choice_key(Map::Answers, &answer.key));
    if answer.map != map || (choice.map, &choice.key) != (Map::Choices, &settled) {
        return Ok(false);
    }
    let known = history.ops(map, &answer.key)?;
    let among = known.iter().filter(|op| answer.preds.binary_search(&op.id).is_ok());
    let values: BTreeSet<&Scalar> = among.map(|op| &op.value).collect();
    Ok(values.len() > 1 && values.contains(&answer.value))
}

pub(crate) fn among_text(among: &[OpId]) -> String {
    among.iter().map(OpId::to_string).collect::<Vec<_>>().join(" ")
}

/// The operations a value in `choices` names; none if it names none properly.
pub(crate) fn among(value: &Scalar) -> Option<Vec<OpId>> {
    let Scalar::Text(text) = value else {
        return None;
    };
    text.split(' ').map(|id| id.parse().ok()).collect()
}

/// Every put in `choices` settles a key written in the same change, and names exactly what that put overwrites.
pub(crate) fn check(ops: &[DraftOp]) -> Result<(), GateError> {
    for choice in ops.iter().filter(|op| op.put.map == Map::Choices) {
        let settled = choice.put.key.split_once('/').and_then(|(map, key)| {
            let map = map.parse().ok().filter(|map| *map != Map::Choices)?;
            ops.iter().find(|op| op.put.map == map && op.put.key == key)
        });
        let fits = settled.is_some_and(|op| among(&choice.put.value).is_some_and(|among| among == op.preds));
        if !fits {
            return Err(GateError::BadChoice { key: choice.put.key.clone() });
        }
    }
    Ok(())
}

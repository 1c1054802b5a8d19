//! The projection against Automerge.

use crate::Trial;
use wurao_record::check::projection as compare;

/// Operations with one seed: many seeds of some hundred say more than one seed of many.
const OPS: usize = 300;

pub(crate) fn trial(seed: u64) -> Trial {
    let outcome = compare(seed, OPS);
    Trial { tried: outcome.keys as u64, failures: outcome.differ }
}

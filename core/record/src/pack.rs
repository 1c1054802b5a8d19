//! Many changes as one run of bytes, for a store that keeps a history for years.
//!
//! Automerge's own saved form is a fraction of the changes it is made of, and gives each of them back. That it does is not
//! believed but seen, each time, before anything is packed.

use crate::chunk::change_hash;
use crate::genesis::Genesis;
use crate::ids::ChangeHash;
use crate::verify::{VerifyError, unpack, verify_with_automerge};

/// What the first byte says: the rest is a document as Automerge saves it.
const SAVED: u8 = 1;

/// Packs raw changes, given in a causal order and without the genesis. Whoever gets the bytes may forget the changes:
/// [`unpack_all`] has given each of them back, byte for byte and no other, under the same heads.
///
/// # Errors
/// When they are not one history under this genesis, or Automerge does not give back what it was given; a panic in there
/// is such an error. Then the changes are to be kept as they are.
pub fn pack<B: AsRef<[u8]>>(genesis: &Genesis, changes: &[B]) -> Result<Vec<u8>, VerifyError> {
    let saved = verify_with_automerge(genesis, changes)?;
    let packed = [&[SAVED], saved.as_slice()].concat();
    let mut again: Vec<Vec<u8>> = unpack_all(genesis, &packed)?.into_iter().map(|(_, bytes)| bytes).collect();
    let mut given: Vec<&[u8]> = changes.iter().map(AsRef::as_ref).collect();
    again.sort_unstable();
    given.sort_unstable();
    if again == given { Ok(packed) } else { Err(VerifyError::Reload) }
}

/// The changes of a pack with their names, in a causal order. Only for what [`pack`] returned and this side kept.
///
/// # Errors
/// When these bytes are not what was kept, or a pack of another document.
pub fn unpack_all(genesis: &Genesis, packed: &[u8]) -> Result<Vec<(ChangeHash, Vec<u8>)>, VerifyError> {
    let Some((&SAVED, saved)) = packed.split_first() else {
        return Err(VerifyError::Refused { reason: "no pack that is known here".to_owned() });
    };
    let changes = unpack(genesis, saved)?;
    let named =
        |bytes: Vec<u8>| Ok((change_hash(&bytes).map_err(|reason| VerifyError::Gate { at: 0, reason })?, bytes));
    changes.into_iter().map(named).collect()
}

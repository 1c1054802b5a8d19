//! The same history through Automerge itself: for compaction, verification and export.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ObjId, ROOT, ReadDoc, ScalarValue, Value};
use thiserror::Error;

use crate::error::{AdmitError, GateError};
use crate::field::live;
use crate::gate::admit;
use crate::genesis::Genesis;
use crate::ids::{ActorId, ChangeHash, OpId};
use crate::ledger::Ledger;
use crate::limits::GENESIS_KEYS;
use crate::rows::History;
use crate::value::{Map, Scalar};

/// How a stored history can fail to be one document.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// A stored change does not pass the gate.
    #[error("change {at} does not pass the gate")]
    Gate {
        /// Its place among those given.
        at: usize,
        /// The reason.
        #[source]
        reason: GateError,
    },
    /// Automerge does not take what the gate let pass.
    #[error("Automerge refuses: {reason}")]
    Refused {
        /// In its words.
        reason: String,
    },
    /// Automerge panicked; the document is to be quarantined, the process goes on.
    #[error("Automerge panicked: {reason}")]
    Panicked {
        /// In its words.
        reason: String,
    },
    /// Other heads than ours.
    #[error("Automerge has other heads")]
    Heads,
    /// Other live values at a key than ours.
    #[error("Automerge holds something else at {map:?} {key:?}")]
    Key {
        /// The map.
        map: Map,
        /// The key.
        key: String,
    },
    /// What was saved loads as another history.
    #[error("the saved document loads as another history")]
    Reload,
    /// What was saved is not this document.
    #[error("not the document of this genesis")]
    OtherDocument,
}

impl VerifyError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            VerifyError::Gate { reason, .. } => reason.code(),
            VerifyError::Refused { .. } => "automerge-refused",
            VerifyError::Panicked { .. } => "automerge-panicked",
            VerifyError::Heads => "heads-differ",
            VerifyError::Key { .. } => "key-differs",
            VerifyError::Reload => "reload-differs",
            VerifyError::OtherDocument => "other-document",
        }
    }
}

/// Sends raw changes, in a causal order and without the genesis, through the gate and into a real document; compares heads and every key's
/// live values with the projection; saves, loads again, and compares the changes byte for byte. Returns the saved document.
pub fn verify_with_automerge<B: AsRef<[u8]>>(
    genesis: &Genesis,
    changes: impl IntoIterator<Item = B>,
) -> Result<Vec<u8>, VerifyError> {
    let mut ledger = Ledger::new();
    for (at, bytes) in changes.into_iter().enumerate() {
        match admit(genesis, &ledger, bytes.as_ref()) {
            Ok(admitted) => ledger.apply(admitted),
            Err(AdmitError::Gate(reason)) => return Err(VerifyError::Gate { at, reason }),
            Err(AdmitError::History(never)) => match never {},
        }
    }
    guarded(|| {
        let document = load(genesis, &ledger)?;
        compare(genesis, &ledger, &document)?;
        let saved = document.save();
        let mut again = raw_changes(&Automerge::load(&saved).map_err(refused)?);
        let mut given: Vec<Vec<u8>> = ledger.changes().map(|(_, bytes)| bytes.to_vec()).collect();
        given.push(genesis.bytes().to_vec());
        again.sort_unstable();
        given.sort_unstable();
        if again == given { Ok(saved) } else { Err(VerifyError::Reload) }
    })
}

/// The raw changes of a saved document, in a causal order and without the genesis. Only for what [`verify_with_automerge`] returned and this
/// side kept: a saved document from outside goes to nobody's Automerge.
pub fn unpack(genesis: &Genesis, saved: &[u8]) -> Result<Vec<Vec<u8>>, VerifyError> {
    let mut changes = guarded(|| Automerge::load(saved).map(|document| raw_changes(&document)).map_err(refused))?;
    let before = changes.len();
    changes.retain(|bytes| bytes != genesis.bytes());
    if changes.len() + 1 == before { Ok(changes) } else { Err(VerifyError::OtherDocument) }
}

/// Runs Automerge and turns a panic into an error.
fn guarded<T>(work: impl FnOnce() -> Result<T, VerifyError>) -> Result<T, VerifyError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(VerifyError::Panicked { reason: text.unwrap_or("no words").to_owned() })
    })
}

fn refused(error: impl std::fmt::Display) -> VerifyError {
    VerifyError::Refused { reason: error.to_string() }
}

fn raw_changes(document: &Automerge) -> Vec<Vec<u8>> {
    document.get_changes(&[]).iter().map(|change| change.raw_bytes().to_vec()).collect()
}

fn load(genesis: &Genesis, ledger: &Ledger) -> Result<Automerge, VerifyError> {
    let bytes = std::iter::once(genesis.bytes()).chain(ledger.changes().map(|(_, bytes)| bytes));
    let changes: Vec<Change> = bytes.map(Change::try_from).collect::<Result<_, _>>().map_err(refused)?;
    let mut document = Automerge::new();
    document.apply_changes(changes).map_err(refused)?;
    Ok(document)
}

type Live = BTreeMap<OpId, Scalar>;

/// Every key of every map holds the same live operations with the same values, and there is nothing else.
pub(crate) fn compare(genesis: &Genesis, ledger: &Ledger, document: &Automerge) -> Result<(), VerifyError> {
    let Ok(mut heads) = ledger.heads();
    if heads.is_empty() {
        heads.push(genesis.hash());
    }
    let theirs: Vec<ChangeHash> = document.get_heads().iter().map(|hash| hash.0).collect();
    if heads != theirs {
        return Err(VerifyError::Heads);
    }
    let mut ours: BTreeMap<(Map, String), Live> = BTreeMap::new();
    for (map, key, ops) in ledger.keys() {
        let live = live(ops).into_iter().map(|op| (op.id, op.value.clone()));
        ours.insert((map, key.to_owned()), live.collect());
    }
    if document.keys(ROOT).count() != Map::ALL.len() {
        return Err(VerifyError::OtherDocument);
    }
    for map in Map::ALL {
        let object = object(document, map)?;
        for key in document.keys(&object) {
            if map == Map::Meta && GENESIS_KEYS.contains(&key.as_str()) {
                continue;
            }
            let theirs = live_in(document, &object, &key)?;
            if ours.remove(&(map, key.clone())) != Some(theirs) {
                return Err(VerifyError::Key { map, key });
            }
        }
    }
    match ours.pop_first() {
        Some(((map, key), _)) => Err(VerifyError::Key { map, key }),
        None => Ok(()),
    }
}

fn object(document: &Automerge, map: Map) -> Result<ObjId, VerifyError> {
    let found = document.get(ROOT, map.name()).map_err(refused)?;
    found.map(|(_, id)| id).ok_or(VerifyError::OtherDocument)
}

fn live_in(document: &Automerge, object: &ObjId, key: &str) -> Result<Live, VerifyError> {
    let all = document.get_all(object, key).map_err(refused)?;
    let wrong = || VerifyError::Refused { reason: format!("{key:?} holds no scalar put") };
    all.into_iter().map(|(value, id)| Some((op_id(&id)?, scalar(&value)?))).collect::<Option<Live>>().ok_or_else(wrong)
}

fn op_id(id: &ObjId) -> Option<OpId> {
    let ObjId::Id(counter, actor, _) = id else {
        return None;
    };
    Some(OpId { counter: *counter, actor: ActorId(actor.to_bytes().try_into().ok()?) })
}

fn scalar(value: &Value<'_>) -> Option<Scalar> {
    let Value::Scalar(scalar) = value else {
        return None;
    };
    Some(match scalar.as_ref() {
        ScalarValue::Null => Scalar::Null,
        ScalarValue::Boolean(value) => Scalar::Bool(*value),
        ScalarValue::Int(value) => Scalar::Int(*value),
        ScalarValue::F64(value) => Scalar::Float(*value),
        ScalarValue::Str(value) => Scalar::Text(value.to_string()),
        ScalarValue::Bytes(value) => Scalar::Bytes(value.clone()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::build;
    use crate::genesis::GenesisSeed;
    use crate::rows::Admitted;
    use crate::value::Put;

    fn scene() -> (Genesis, Admitted, Automerge) {
        let genesis = Genesis::new(&GenesisSeed { permit: [1; 16], site: [2; 16], checklist: [3; 32] });
        let put = Put::new(Map::Answers, "q1", Scalar::Int(1));
        let built = build(&genesis, &Ledger::new(), &ActorId([1; 16]), 0, &[put]).unwrap();
        let mut ledger = Ledger::new();
        ledger.apply(built.clone());
        let document = load(&genesis, &ledger).unwrap();
        (genesis, built, document)
    }

    /// What the comparison says of a projection in which `spoil` went wrong.
    fn spoiled(spoil: impl FnOnce(&mut Admitted)) -> Result<(), VerifyError> {
        let (genesis, mut built, document) = scene();
        spoil(&mut built);
        let mut ledger = Ledger::new();
        ledger.apply(built);
        compare(&genesis, &ledger, &document)
    }

    #[test]
    fn a_projection_that_went_wrong_is_found_and_named() {
        assert!(spoiled(|_| {}).is_ok());
        let key = |result: Result<(), VerifyError>, due: &str| {
            assert!(matches!(result, Err(VerifyError::Key { map: Map::Answers, key }) if key == due));
        };
        key(spoiled(|built| built.ops[0].value = Scalar::Int(2)), "q1");
        key(spoiled(|built| built.ops[0].id.counter += 1), "q1");
        key(spoiled(|built| built.ops.clear()), "q1");
        key(spoiled(|built| built.ops.push(crate::OpRow { key: "q2".into(), ..built.ops[0].clone() })), "q2");
        assert_eq!(spoiled(|built| built.row.hash[0] ^= 1).unwrap_err().code(), "heads-differ");
    }

    #[test]
    fn a_panic_becomes_an_error_of_one_document() {
        let error = guarded::<()>(|| panic!("op {} is nowhere", 7)).unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("automerge-panicked", "Automerge panicked: op 7 is nowhere")
        );
    }
}

//! What the tests share: a document, its people, and ways to write and exchange.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

#[path = "../attack_table/forge.rs"]
pub mod forge;

use wurao_record::*;

pub const NOON: i64 = 1_760_000_000_000;

pub fn genesis() -> Genesis {
    Genesis::new(&GenesisSeed { permit: [1; 16], site: [2; 16], checklist: [3; 32] })
}

pub fn actor(byte: u8) -> ActorId {
    ActorId([byte; 16])
}

pub fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

pub fn answer(key: &str, value: Scalar) -> Put {
    Put::new(Map::Answers, key, value)
}

/// Builds, sends through the gate, keeps.
pub fn write(ledger: &mut Ledger, who: u8, puts: &[Put]) -> Admitted {
    let built = build(&genesis(), ledger, &actor(who), NOON + i64::from(who), puts).unwrap();
    assert_eq!(admit(&genesis(), ledger, &built.bytes).unwrap(), built);
    ledger.apply(built.clone());
    built
}

/// Gives `to` all that `from` has.
pub fn merge(to: &mut Ledger, from: &Ledger) {
    for (_, bytes) in from.changes() {
        match admit(&genesis(), to, bytes) {
            Ok(admitted) => to.apply(admitted),
            Err(error) => assert_eq!(error.code(), "already-known"),
        }
    }
}

pub fn verified(ledger: &Ledger) -> Vec<u8> {
    verify_with_automerge(&genesis(), ledger.changes().map(|(_, bytes)| bytes)).unwrap()
}

pub fn code(ledger: &Ledger, bytes: &[u8]) -> &'static str {
    match admit(&genesis(), ledger, bytes) {
        Ok(_) => "admitted",
        Err(error) => error.code(),
    }
}

//! Many changes as one run of bytes, and each of them back.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use wurao_record::*;

/// Two people who write, disagree, and settle it.
fn history() -> Ledger {
    let (mut one, mut two) = (Ledger::new(), Ledger::new());
    for at in 0..12 {
        write(&mut one, 1, &[answer(&format!("q{}@-", at % 5), Scalar::Int(at))]);
        write(
            &mut two,
            2,
            &[answer(&format!("q{}@-", at % 3), text("整改")), Put::new(Map::Findings, "f", Scalar::Null)],
        );
        if at % 4 == 3 {
            merge(&mut one, &two);
            merge(&mut two, &one);
        }
    }
    let field = one.field(Map::Answers, "q0@-");
    let puts = choose_puts(&field, Map::Answers, "q0@-", &Scalar::Int(10));
    write(&mut one, 3, &puts);
    one
}

fn bodies(ledger: &Ledger) -> Vec<Vec<u8>> {
    ledger.changes().map(|(_, bytes)| bytes.to_vec()).collect()
}

fn sorted(mut changes: Vec<(ChangeHash, Vec<u8>)>) -> Vec<(ChangeHash, Vec<u8>)> {
    changes.sort_unstable();
    changes
}

fn named(ledger: &Ledger) -> Vec<(ChangeHash, Vec<u8>)> {
    sorted(ledger.changes().map(|(hash, bytes)| (hash, bytes.to_vec())).collect())
}

#[test]
fn what_is_packed_comes_out_again_byte_for_byte_under_its_names_and_takes_less() {
    let ledger = history();
    let bodies = bodies(&ledger);
    let packed = pack(&genesis(), &bodies).unwrap();
    assert_eq!(sorted(unpack_all(&genesis(), &packed).unwrap()), named(&ledger));
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    assert!(packed.len() * 2 < bytes, "{} of {bytes}", packed.len());
    assert_eq!(unpack_all(&genesis(), &pack::<Vec<u8>>(&genesis(), &[]).unwrap()).unwrap(), []);
    // What comes out is in a causal order: it can be packed again as it is, with more.
    let again: Vec<Vec<u8>> = unpack_all(&genesis(), &packed).unwrap().into_iter().map(|(_, bytes)| bytes).collect();
    assert!(pack(&genesis(), &again).is_ok());
}

#[test]
fn what_is_no_whole_history_is_not_packed() {
    let bodies = bodies(&history());
    let code = |bodies: &[Vec<u8>]| pack(&genesis(), bodies).unwrap_err().code();
    assert_eq!(code(&bodies[1..]), "unknown-dependency");
    assert_eq!(code(&[bodies.clone(), bodies[..1].to_vec()].concat()), "already-known");
    let mut spoiled = bodies.clone();
    *spoiled[3].last_mut().unwrap() ^= 1;
    assert_ne!(code(&spoiled), "");
    let other = Genesis::new(&GenesisSeed { permit: [9; 16], site: [2; 16], checklist: [3; 32] });
    assert!(pack(&other, &bodies).is_err());
}

#[test]
fn what_is_no_pack_of_this_document_is_an_error() {
    let packed = pack(&genesis(), &bodies(&history())).unwrap();
    let other = Genesis::new(&GenesisSeed { permit: [9; 16], site: [2; 16], checklist: [3; 32] });
    assert_eq!(unpack_all(&other, &packed).unwrap_err().code(), "other-document");
    for wrong in [&[][..], &[2], &[1], &packed[1..], &packed[..packed.len() - 1]] {
        let code = unpack_all(&genesis(), wrong).unwrap_err().code();
        assert!(["automerge-refused", "other-document"].contains(&code), "{code}");
    }
}

#[test]
fn what_was_packed_once_stays_readable() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/pack.hex");
    let ledger = history();
    if std::env::var_os("WURAO_BLESS").is_some() && !std::path::Path::new(golden).exists() {
        let packed = pack(&genesis(), &bodies(&ledger)).unwrap();
        let hex: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(golden, hex + "\n").unwrap();
    }
    let hex = std::fs::read_to_string(golden).unwrap();
    let hex = hex.trim_end().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let packed: Vec<u8> = hex.chunks(2).map(byte).collect();
    assert_eq!(sorted(unpack_all(&genesis(), &packed).unwrap()), named(&ledger));
}

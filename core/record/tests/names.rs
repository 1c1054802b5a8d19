//! Ids, rows and the genesis keep their spelling for good.
#![allow(clippy::unwrap_used)]

mod common;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId as AmActorId, Automerge, ObjType, ROOT, ScalarValue};
use common::*;
use proptest::prelude::*;
use wurao_record::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// These bytes are on phones. If this test fails, raise `GENESIS_VERSION` instead of changing the test.
#[test]
fn the_genesis_is_the_same_for_ever() {
    let genesis = genesis();
    assert_eq!(GENESIS_VERSION, 1);
    assert_eq!(genesis.document().to_string(), GOLDEN_DOCUMENT);
    assert_eq!(hex(&genesis.hash()), GOLDEN_HASH);
    assert_eq!(hex(genesis.bytes()), GOLDEN_BYTES);
    assert_eq!(change_hash(genesis.bytes()), Ok(genesis.hash()));
}

const GOLDEN_DOCUMENT: &str = "909f472a7585d038ea41e0415a378313";
const GOLDEN_HASH: &str = "81735b30c55644bc549bd9b65ed8369b5c82cb4e54a440ba9844947c2ce80e63";
const GOLDEN_BYTES: &str = "856f4a8381735b3001b10100100000000000000000000000000000000001010000000801040204154334014204560757307002000602000006020178046d65746107616e737765727307726570656174730865766964656e63650866696e64696e67730763686f6963657308646f63756d656e7409636865636b6c697374080600020106007e87028704909f472a7585d038ea41e0415a37831303030303030303030303030303030303030303030303030303030303030303030800";

#[test]
fn automerge_writes_the_same_genesis() {
    let genesis = genesis();
    let mut document = Automerge::new().with_actor(AmActorId::from([0; 16]));
    let mut transaction = document.transaction();
    let maps: Vec<_> =
        Map::ALL.iter().map(|map| transaction.put_object(ROOT, map.name(), ObjType::Map).unwrap()).collect();
    transaction.put(&maps[0], "document", ScalarValue::Bytes(genesis.document().0.to_vec())).unwrap();
    transaction.put(&maps[0], "checklist", ScalarValue::Bytes(genesis.checklist().to_vec())).unwrap();
    transaction.commit_with(CommitOptions::default().with_time(0));
    assert_eq!(document.get_changes(&[])[0].raw_bytes(), genesis.bytes());
}

#[test]
fn two_phones_under_one_permit_open_the_same_document_and_anything_else_another() {
    let seed = GenesisSeed { permit: [1; 16], site: [2; 16], checklist: [3; 32] };
    assert_eq!(Genesis::new(&seed), genesis());
    for other in [
        GenesisSeed { permit: [9; 16], ..seed },
        GenesisSeed { site: [9; 16], ..seed },
        GenesisSeed { checklist: [9; 32], ..seed },
    ] {
        let other = Genesis::new(&other);
        assert_ne!(other.document(), genesis().document());
        assert_ne!(other.hash(), genesis().hash());
    }
    assert_eq!(Genesis::of(genesis().document(), genesis().checklist()), genesis());
}

#[test]
fn an_empty_document_verifies_and_unpacks_to_nothing() {
    let saved = verified(&Ledger::new());
    assert_eq!(unpack(&genesis(), &saved).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_saved_document_unpacks_only_under_its_own_genesis() {
    let other = Genesis::new(&GenesisSeed { permit: [9; 16], site: [2; 16], checklist: [3; 32] });
    let saved = verified(&Ledger::new());
    assert_eq!(unpack(&other, &saved).unwrap_err().code(), "other-document");
    assert_eq!(unpack(&other, b"not a document").unwrap_err().code(), "automerge-refused");
}

#[test]
fn verification_says_which_stored_change_is_wrong() {
    let mut ledger = Ledger::new();
    write(&mut ledger, 1, &[answer("q1", Scalar::Int(1))]);
    write(&mut ledger, 1, &[answer("q1", Scalar::Int(2))]);
    let stored: Vec<Vec<u8>> = ledger.changes().map(|(_, bytes)| bytes.to_vec()).collect();
    let missing = verify_with_automerge(&genesis(), &stored[1..]).unwrap_err();
    assert!(matches!(missing, VerifyError::Gate { at: 0, reason: GateError::UnknownDependency { .. } }));
    let mut rotten = stored.clone();
    rotten[1][30] ^= 1;
    let rotten = verify_with_automerge(&genesis(), &rotten).unwrap_err();
    assert!(matches!(rotten, VerifyError::Gate { at: 1, reason: GateError::Checksum }));
    assert_eq!(rotten.code(), "checksum");
}

#[test]
fn an_id_has_one_spelling() {
    let id = OpId { counter: 12, actor: actor(0xab) };
    assert_eq!(id.to_string(), format!("12@{}", "ab".repeat(16)));
    assert_eq!(id.to_string().parse(), Ok(id));
    for wrong in ["", "@", "12", "+12@", "012@", "12@AB"] {
        let text = if wrong.ends_with('@') { format!("{wrong}{}", "ab".repeat(16)) } else { wrong.to_owned() };
        assert!(text.parse::<OpId>().is_err(), "{text}");
    }
    assert_eq!("ab".repeat(16).parse(), Ok(actor(0xab)));
    assert!("AB".repeat(16).parse::<ActorId>().is_err());
    assert!("ab".repeat(15).parse::<DocumentId>().is_err());
    assert!("é".repeat(16).parse::<DocumentId>().is_err());
    assert_eq!("x".repeat(1000).parse::<DocumentId>().unwrap_err().text.len(), 64);
}

#[test]
fn maps_keep_their_names_and_numbers() {
    let names: Vec<_> = Map::ALL.iter().map(|map| (map.number(), map.name())).collect();
    let due = [(1, "meta"), (2, "answers"), (3, "repeats"), (4, "evidence"), (5, "findings"), (6, "choices")];
    assert_eq!(names, due);
    assert!(Map::ALL.iter().all(|map| map.name().parse() == Ok(*map)));
    assert_eq!((Map::from_number(0), Map::from_number(6), Map::from_number(7)), (None, Some(Map::Choices), None));
    assert!("root".parse::<Map>().is_err());
}

#[test]
fn operation_ids_sort_as_their_bytes_and_as_automerge_does() {
    let low = OpId { counter: 9, actor: actor(0xff) };
    let high = OpId { counter: 300, actor: actor(1) };
    let tie = OpId { counter: 300, actor: actor(2) };
    assert!(low < high && high < tie);
    assert!(low.to_bytes() < high.to_bytes() && high.to_bytes() < tie.to_bytes());
}

#[test]
fn a_clock_row_has_one_spelling() {
    let mut clock = Clock::new();
    clock.see(actor(2), 7);
    clock.see(actor(1), 3);
    clock.see(actor(2), 5);
    assert_eq!(clock.entries(), [(actor(1), 3), (actor(2), 7)]);
    let bytes = clock.to_bytes();
    assert_eq!(Clock::from_bytes(&bytes), Ok(clock));
    assert_eq!(Clock::from_bytes(&[]), Ok(Clock::new()));
    let swapped = [&bytes[24..], &bytes[..24]].concat();
    let twice = bytes[..24].repeat(2);
    let nothing = [&[1; 16][..], &[0; 8]].concat();
    for wrong in [&bytes[..47], &swapped, &twice, &nothing] {
        assert_eq!(Clock::from_bytes(wrong).unwrap_err().code(), "damaged-row");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_read_back_as_written_and_nothing_else_reads(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(scalar) = Scalar::from_bytes(&bytes) {
            prop_assert_eq!(scalar.to_bytes(), bytes.clone());
        }
        if let Ok(clock) = Clock::from_bytes(&bytes) {
            prop_assert_eq!(clock.to_bytes(), bytes.clone());
        }
        if let Ok(preds) = preds_from_bytes(&bytes) {
            prop_assert_eq!(preds_to_bytes(&preds), bytes);
        }
    }

    #[test]
    fn a_merged_clock_covers_what_either_covered(entries in proptest::collection::vec((0..5_u8, 1..9_u64, any::<bool>()), 0..20)) {
        let (mut one, mut two) = (Clock::new(), Clock::new());
        for (who, seq, first) in &entries {
            if *first { one.see(actor(*who), *seq) } else { two.see(actor(*who), *seq) }
        }
        let mut both = one.clone();
        both.merge(&two);
        for who in 0..5 {
            for seq in 1..10 {
                let either = one.covers(&actor(who), seq) || two.covers(&actor(who), seq);
                prop_assert_eq!(both.covers(&actor(who), seq), either);
            }
        }
        prop_assert_eq!(Clock::from_bytes(&both.to_bytes()), Ok(both));
    }
}

//! The projection is Automerge's own, whatever people do and in whatever order it arrives.
#![allow(clippy::unwrap_used)]

mod common;

use common::forge::sealed;
use common::*;
use proptest::prelude::*;
use wurao_record::*;

#[test]
fn the_projection_is_automerges_on_every_key_of_random_histories() {
    let (mut keys, mut conflicted, mut ops) = (0, 0, 0);
    for seed in 0..40 {
        let outcome = check::projection(seed, 150);
        assert!(outcome.differ.is_empty(), "seed {seed}: {:?}", outcome.differ);
        keys += outcome.keys;
        conflicted += outcome.conflicted;
        ops += outcome.ops;
    }
    println!("{ops} operations, {keys} keys, {conflicted} conflicted, seeds 0..40");
    assert!(conflicted * 20 > keys, "too few conflicts to prove anything: {conflicted} of {keys}");
}

#[test]
fn a_run_depends_on_its_seed_alone() {
    assert_eq!(check::projection(7, 60), check::projection(7, 60));
    assert_ne!(check::projection(7, 60), check::projection(8, 60));
}

#[derive(Clone, Debug)]
enum Step {
    Write { who: usize, map: usize, key: u8, value: Scalar },
    Choose { who: usize, map: usize, key: u8, nth: usize },
    Meet { one: usize, two: usize },
}

fn value() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        Just(Scalar::Null),
        any::<bool>().prop_map(Scalar::Bool),
        any::<i64>().prop_map(Scalar::Int),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Scalar::Float),
        ".{0,12}".prop_map(Scalar::Text),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Scalar::Bytes),
        (0_i64..2).prop_map(Scalar::Int),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_usize, 0..5_usize, 0..3_u8, value()).prop_map(|(who, map, key, value)| Step::Write { who, map, key, value }),
        1 => (0..4_usize, 0..5_usize, 0..3_u8, 0..3_usize).prop_map(|(who, map, key, nth)| Step::Choose { who, map, key, nth }),
        2 => (0..4_usize, 0..4_usize).prop_map(|(one, two)| Step::Meet { one, two }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn people_who_met_see_the_same_and_automerge_agrees(steps in proptest::collection::vec(step(), 1..60)) {
        let mut ledgers = vec![Ledger::new(); 4];
        for step in steps {
            match step {
                Step::Write { who, map, key, value } => {
                    write(&mut ledgers[who], who as u8 + 1, &[Put::new(Map::ALL[map], format!("k{key}"), value)]);
                }
                Step::Choose { who, map, key, nth } => {
                    let (map, key) = (Map::ALL[map], format!("k{key}"));
                    let field = ledgers[who].field(map, &key);
                    if let Some(held) = field.values.get(nth) {
                        write(&mut ledgers[who], who as u8 + 1, &choose_puts(&field, map, &key, &held.value));
                        prop_assert_eq!(ledgers[who].field(map, &key).standing, Standing::Chosen);
                    }
                }
                Step::Meet { one, two } => {
                    let other = ledgers[two].clone();
                    merge(&mut ledgers[one], &other);
                }
            }
        }
        let (mut forth, mut back) = (Ledger::new(), Ledger::new());
        ledgers.iter().for_each(|ledger| merge(&mut forth, ledger));
        ledgers.iter().rev().for_each(|ledger| merge(&mut back, ledger));
        prop_assert_eq!(forth.heads(), back.heads());
        for (map, key, _) in forth.keys() {
            prop_assert_eq!(forth.field(map, key), back.field(map, key));
        }
        let saved = verified(&forth);
        verified(&back);
        let unpacked = unpack(&genesis(), &saved).unwrap();
        prop_assert_eq!(verify_with_automerge(&genesis(), &unpacked).unwrap(), saved);
        prop_assert_eq!(unpacked.len(), forth.changes().count());
    }

    #[test]
    fn no_bytes_at_all_make_the_gate_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0..4_u8) {
        prop_assert!(admit(&genesis(), &Ledger::new(), &bytes).is_err());
        prop_assert!(admit(&genesis(), &Ledger::new(), &sealed(kind, &bytes)).is_err());
    }
}

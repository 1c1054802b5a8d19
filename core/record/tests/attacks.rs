//! Changes that harm: each is refused with its own reason, and none reaches Automerge.
#![allow(clippy::unwrap_used)]

mod attack_table;

use attack_table::forge::{body, sealed};
use attack_table::{Attack, Cast, Scene, answer, attacks, bombs};
use std::collections::BTreeSet;
use wurao_record::limits::MAX_PREDS;
use wurao_record::*;

/// A document, and actors in an order of their bytes.
fn cast(actors: [u8; 3]) -> Cast {
    let genesis = Genesis::new(&GenesisSeed { permit: [1; 16], site: [2; 16], checklist: [3; 32] });
    Cast { genesis, actors: actors.map(|byte| ActorId([byte; 16])) }
}

fn code(cast: &Cast, ledger: &Ledger, bytes: &[u8]) -> &'static str {
    match admit(&cast.genesis, ledger, bytes) {
        Ok(_) => "admitted",
        Err(error) => error.code(),
    }
}

fn verified(cast: &Cast, ledger: &Ledger) -> Vec<u8> {
    verify_with_automerge(&cast.genesis, ledger.changes().map(|(_, bytes)| bytes)).unwrap()
}

#[test]
fn every_attack_is_refused_with_its_own_reason_in_whatever_order_its_actors_are() {
    for actors in [[5, 6, 7], [5, 7, 6], [6, 5, 7], [6, 7, 5], [7, 5, 6], [7, 6, 5]] {
        let cast = cast(actors);
        let wrong: Vec<String> = attacks(&cast)
            .iter()
            .filter_map(|Attack { name, history, bytes, due }| {
                let got = code(&cast, history, bytes);
                (got != *due).then(|| format!("{name}: {got}, not {due}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{actors:?}: {wrong:#?}");
    }
}

#[test]
fn every_reason_of_the_gate_is_met_by_an_attack() {
    let met: BTreeSet<&str> = attacks(&cast([5, 6, 7])).iter().map(|attack| attack.due).collect();
    let all: BTreeSet<&str> = GateError::CODES.iter().copied().collect();
    assert_eq!(all.len(), GateError::CODES.len(), "a code is used twice");
    assert_eq!(met, all);
}

#[test]
fn an_attack_leaves_the_honest_change_welcome() {
    let cast = cast([5, 6, 7]);
    let bystander = Cast { actors: [ActorId([99; 16]); 3], ..cast.clone() };
    for Attack { name, history, bytes, .. } in attacks(&cast) {
        let before = history.changes().count();
        assert!(admit(&cast.genesis, &history, &bytes).is_err(), "{name}");
        let mut after = history;
        bystander.write(&mut after, 0, &[answer("q9", "fine")]);
        verified(&cast, &after);
        assert_eq!(before + 1, after.changes().count(), "{name}");
    }
}

/// Sixty-nine bytes that claim ten million operations, as in each column.
#[test]
fn a_run_length_bomb_is_refused_before_it_unfolds() {
    let cast = cast([5, 6, 7]);
    let scene = Scene::new(&cast);
    for bomb in bombs(&scene) {
        match admit(&cast.genesis, &scene.base, &bomb.bytes) {
            Err(AdmitError::Gate(GateError::RunTooLong { column, length, limit })) => {
                assert_eq!((column, length), (bomb.column, bomb.claimed));
                assert!(limit <= MAX_PREDS);
            }
            other => panic!("{} in column {:#x}: {other:?}", bomb.claimed, bomb.column),
        }
    }
}

/// Whatever passes the gate, Automerge takes, saves and loads; whatever does not pass is refused without a panic.
#[test]
fn what_passes_the_gate_automerge_takes() {
    let cast = cast([5, 6, 7]);
    let scene = Scene::new(&cast);
    let scalar = |key: &str, value| Put::new(Map::Answers, key, value);
    let mut template = Vec::new();
    for puts in [
        vec![answer("q1", "two")],
        vec![scalar("q1", Scalar::Int(-300)), scalar("q2", Scalar::Null), scalar("q3", Scalar::Float(0.5))],
        vec![scalar("q1", Scalar::Bytes(vec![7; 40])), Put::new(Map::Findings, "f1", Scalar::Bool(true))],
    ] {
        template.push(cast.next(&scene.base, 1, &puts).bytes);
    }
    let mut random = check::Random::new(20_251_122);
    let mut passed = 0;
    for _ in 0..20_000 {
        let mut body = body(&template[random.below(template.len())]);
        for _ in 0..=random.below(3) {
            let at = random.below(body.len());
            match random.below(4) {
                0 => body[at] = random.number() as u8,
                1 => body[at] ^= 1 << random.below(8),
                2 => body.insert(at, random.number() as u8),
                _ => drop(body.remove(at)),
            }
        }
        if let Ok(admitted) = admit(&cast.genesis, &scene.base, &sealed(1, &body)) {
            let mut ledger = scene.base.clone();
            ledger.apply(admitted);
            verified(&cast, &ledger);
            passed += 1;
        }
    }
    assert!(passed > 100, "only {passed} of 20,000 passed: the mutations do not reach behind the gate");
}

#[test]
fn the_cheap_hash_is_the_hash_automerge_counts() {
    let cast = cast([5, 6, 7]);
    let scene = Scene::new(&cast);
    assert_eq!(change_hash(&scene.honest.bytes), Ok(scene.honest.row.hash));
    assert_eq!(automerge::Change::try_from(scene.honest.bytes.as_slice()).unwrap().hash().0, scene.honest.row.hash);
    assert_eq!(change_hash(&[0; 8]).unwrap_err().code(), "damaged");
}

//! A phone that was cloned or restored goes on under numbers that are taken: its work moves, whole.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use wurao_record::*;

/// The server has changes 1 and 2 of actor 1. The clone, from after 1, wrote its own 2 and 3 and chose in a conflict; a colleague
/// (actor 2) answered on top of it.
struct Clash {
    server: Ledger,
    clone: Vec<Admitted>,
    colleague: Admitted,
}

fn clash() -> Clash {
    let mut server = Ledger::new();
    write(&mut server, 1, &[answer("q1", text("shared"))]);
    let mut phone = server.clone();
    write(&mut server, 1, &[answer("q1", text("from the real one"))]);

    let mut clone = vec![write(&mut phone, 1, &[answer("q1", text("from the clone")), answer("q2", Scalar::Int(2))])];
    let mut beside = Ledger::new();
    write(&mut beside, 3, &[answer("q2", Scalar::Int(3))]);
    merge(&mut phone, &beside);
    merge(&mut server, &beside);
    let puts = choose_puts(&phone.field(Map::Answers, "q2"), Map::Answers, "q2", &Scalar::Int(3));
    clone.push(write(&mut phone, 1, &puts));
    let colleague = write(&mut phone, 2, &[answer("q2", Scalar::Int(4))]);
    Clash { server, clone, colleague }
}

#[test]
fn the_later_work_moves_to_a_successor_and_nothing_wedges() {
    let Clash { mut server, clone, colleague } = clash();
    let heir = successor(&actor(1), &clone[0].row.hash);
    let mut moves = Moves::new();
    for old in &clone {
        let refusal = admit(&genesis(), &server, &old.bytes).unwrap_err().code();
        assert!(refusal == "equivocation" || refusal == "unknown-dependency", "{refusal}");
        let new = reauthor(&genesis(), &server, &old.bytes, &mut moves).unwrap();
        assert_eq!((new.row.actor, new.row.time_ms, new.row.start_op), (heir, old.row.time_ms, old.row.start_op));
        server.apply(new);
    }
    assert_eq!(server.field(Map::Answers, "q1").standing, Standing::Conflict);
    assert_eq!(server.field(Map::Answers, "q1").values.len(), 2);
    let chosen = server.field(Map::Answers, "q2");
    assert_eq!((chosen.standing, &chosen.winner), (Standing::Chosen, &Scalar::Int(3)));
    assert!(chosen.choices[0].among.iter().any(|id| id.actor == heir), "the choice names the moved operation");

    let mut theirs = Moves::new();
    for (old, new) in moves.changes() {
        let old = &clone.iter().find(|change| change.row.hash == *old).unwrap().row;
        theirs.learn(old, server.row(new).unwrap());
    }
    let moved = reauthor(&genesis(), &server, &colleague.bytes, &mut theirs).unwrap();
    assert_eq!(moved.row.actor, successor(&actor(2), &colleague.row.hash));
    server.apply(moved);
    assert_eq!(server.field(Map::Answers, "q2").winner, Scalar::Int(4));
    verified(&server);
}

#[test]
fn moving_twice_gives_the_same_bytes() {
    let Clash { mut server, clone, .. } = clash();
    let (mut one, mut two) = (Moves::new(), Moves::new());
    let first = reauthor(&genesis(), &server, &clone[0].bytes, &mut one).unwrap();
    assert_eq!(reauthor(&genesis(), &server, &clone[0].bytes, &mut two).unwrap(), first);
    server.apply(first);
    assert_eq!(one, two);
}

#[test]
fn a_change_whose_dependency_was_not_moved_yet_is_refused_and_changes_nothing() {
    let Clash { server, clone, .. } = clash();
    let mut moves = Moves::new();
    let refusal = reauthor(&genesis(), &server, &clone[1].bytes, &mut moves).unwrap_err();
    assert_eq!(refusal.code(), "unknown-dependency");
    assert_eq!(moves, Moves::new());
}

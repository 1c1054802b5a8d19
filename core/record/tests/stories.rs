//! What people live through: agreement, conflict, choice, a row removed and back.
#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use wurao_record::*;

const KEY: &str = "storage_dry@0";

fn apart() -> (Ledger, Ledger) {
    let mut one = Ledger::new();
    write(&mut one, 9, &[Put::new(Map::Meta, "title", text("first visit"))]);
    (one.clone(), one)
}

fn met(one: &mut Ledger, two: &mut Ledger) {
    merge(one, two);
    merge(two, one);
    for (map, key, _) in one.keys() {
        assert_eq!(one.field(map, key), two.field(map, key));
    }
    verified(one);
    verified(two);
}

fn choose(ledger: &mut Ledger, who: u8, value: &Scalar) {
    let puts = choose_puts(&ledger.field(Map::Answers, KEY), Map::Answers, KEY, value);
    write(ledger, who, &puts);
}

fn conflicting() -> (Ledger, Ledger) {
    let (mut one, mut two) = apart();
    write(&mut one, 1, &[answer(KEY, text("yes"))]);
    write(&mut two, 2, &[answer(KEY, text("no"))]);
    met(&mut one, &mut two);
    (one, two)
}

#[test]
fn a_field_nobody_answered_is_empty() {
    let field = Ledger::new().field(Map::Answers, KEY);
    assert_eq!((field.standing, field.winner, field.values.len()), (Standing::Empty, Scalar::Null, 0));
}

#[test]
fn a_field_that_was_cleared_is_empty() {
    let mut one = Ledger::new();
    write(&mut one, 1, &[answer(KEY, text("yes"))]);
    write(&mut one, 1, &[answer(KEY, Scalar::Null)]);
    assert_eq!(one.field(Map::Answers, KEY).standing, Standing::Empty);
}

#[test]
fn equal_concurrent_answers_agree_and_keep_both_names() {
    let (mut one, mut two) = apart();
    write(&mut one, 1, &[answer(KEY, text("yes"))]);
    write(&mut two, 2, &[answer(KEY, text("yes"))]);
    met(&mut one, &mut two);
    let field = one.field(Map::Answers, KEY);
    assert_eq!(field.standing, Standing::Agreed);
    assert_eq!(field.values.len(), 1);
    let who: Vec<ActorId> = field.values[0].stamps.iter().map(|stamp| stamp.id.actor).collect();
    assert_eq!(who, [actor(2), actor(1)]);
}

#[test]
fn different_concurrent_answers_conflict_with_people_and_times() {
    let (one, _) = conflicting();
    let field = one.field(Map::Answers, KEY);
    assert_eq!(field.standing, Standing::Conflict);
    assert_eq!(field.winner, text("no"));
    let seen: Vec<_> =
        field.values.iter().map(|held| (held.value.clone(), held.stamps[0].id.actor, held.stamps[0].time_ms)).collect();
    assert_eq!(seen, [(text("no"), actor(2), NOON + 2), (text("yes"), actor(1), NOON + 1)]);
}

#[test]
fn a_whole_number_and_a_decimal_are_two_values() {
    let (mut one, mut two) = apart();
    write(&mut one, 1, &[answer(KEY, Scalar::Int(5))]);
    write(&mut two, 2, &[answer(KEY, Scalar::Float(5.0))]);
    met(&mut one, &mut two);
    assert_eq!(one.field(Map::Answers, KEY).standing, Standing::Conflict);
}

#[test]
fn an_answer_and_a_clearing_conflict() {
    let (mut one, mut two) = apart();
    write(&mut one, 1, &[answer(KEY, text("yes"))]);
    merge(&mut two, &one);
    write(&mut one, 1, &[answer(KEY, Scalar::Null)]);
    write(&mut two, 2, &[answer(KEY, text("no"))]);
    met(&mut one, &mut two);
    assert_eq!(one.field(Map::Answers, KEY).standing, Standing::Conflict);
}

#[test]
fn a_choice_settles_and_says_what_it_chose_among() {
    let (mut one, mut two) = conflicting();
    let among: Vec<OpId> = live(one.ops_at(Map::Answers, KEY)).iter().map(|op| op.id).collect();
    for value in ["yes", "no"] {
        let mut one = one.clone();
        choose(&mut one, 3, &text(value));
        let field = one.field(Map::Answers, KEY);
        assert_eq!((field.standing, &field.winner, field.values.len()), (Standing::Chosen, &text(value), 1));
        assert_eq!(field.choices.len(), 1);
        assert_eq!((&field.choices[0].chosen, field.choices[0].stamp.id.actor), (&text(value), actor(3)));
        let mut sorted = among.clone();
        sorted.sort();
        assert_eq!(field.choices[0].among, sorted);
    }
    choose(&mut one, 3, &text("no"));
    met(&mut one, &mut two);
    assert_eq!(two.field(Map::Answers, KEY).standing, Standing::Chosen);
}

#[test]
fn a_choice_may_take_a_third_value() {
    let (mut one, _) = conflicting();
    choose(&mut one, 3, &text("partly"));
    assert_eq!(one.field(Map::Answers, KEY).winner, text("partly"));
    verified(&one);
}

#[test]
fn a_choice_and_nothing_else_is_told_from_everything_that_looks_like_one() {
    let (one, _) = conflicting();
    let puts = |value: &str| choose_puts(&one.field(Map::Answers, KEY), Map::Answers, KEY, &text(value)).to_vec();
    let is = |ledger: &Ledger, puts: &[Put]| {
        let change = build(&genesis(), ledger, &actor(3), NOON, puts).unwrap();
        is_choice(ledger, &change).unwrap()
    };
    assert!(is(&one, &puts("yes")) && is(&one, &puts("no")));
    assert!(!is(&one, &puts("partly")), "a value of its own");
    assert!(!is(&one, &puts("no")[..1]), "an answer over both");
    assert!(!is(&one, &[puts("no"), vec![answer("other@0", text("no"))]].concat()), "an answer more");
    let turned: Vec<Put> = puts("no").into_iter().rev().collect();
    assert!(!is(&one, &turned), "in another order");

    let mut agreed = Ledger::new();
    write(&mut agreed, 1, &[answer(KEY, text("yes"))]);
    let puts = choose_puts(&agreed.field(Map::Answers, KEY), Map::Answers, KEY, &text("yes"));
    assert!(!is(&agreed, &puts), "nothing was to be chosen");

    let (mut one, mut two) = apart();
    write(&mut one, 1, &[Put::new(Map::Findings, "f", text("yes"))]);
    write(&mut two, 2, &[Put::new(Map::Findings, "f", text("no"))]);
    met(&mut one, &mut two);
    let puts = choose_puts(&one.field(Map::Findings, "f"), Map::Findings, "f", &text("no"));
    assert!(!is(&one, &puts), "no answer");
}

#[test]
fn an_answer_that_did_not_know_the_choice_reopens_the_conflict() {
    let (mut one, mut two) = conflicting();
    choose(&mut one, 3, &text("no"));
    write(&mut two, 2, &[answer(KEY, text("only half"))]);
    met(&mut one, &mut two);
    let field = one.field(Map::Answers, KEY);
    assert_eq!((field.standing, field.values.len(), field.choices.len()), (Standing::Conflict, 2, 1));
}

#[test]
fn an_answer_over_a_choice_takes_its_place() {
    let (mut one, _) = conflicting();
    choose(&mut one, 3, &text("no"));
    write(&mut one, 1, &[answer(KEY, text("yes, dried since"))]);
    let field = one.field(Map::Answers, KEY);
    assert_eq!((field.standing, field.choices.len()), (Standing::Agreed, 0));
}

#[test]
fn two_different_choices_conflict_again_visibly() {
    let (mut one, mut two) = conflicting();
    choose(&mut one, 3, &text("yes"));
    choose(&mut two, 4, &text("no"));
    met(&mut one, &mut two);
    let field = one.field(Map::Answers, KEY);
    assert_eq!((field.standing, field.values.len(), field.choices.len()), (Standing::Conflict, 2, 2));
    choose(&mut one, 5, &text("yes"));
    met(&mut one, &mut two);
    let field = two.field(Map::Answers, KEY);
    assert_eq!((field.standing, field.winner, field.choices.len()), (Standing::Chosen, text("yes"), 1));
}

#[test]
fn two_equal_choices_stand_together() {
    let (mut one, mut two) = conflicting();
    choose(&mut one, 3, &text("yes"));
    choose(&mut two, 4, &text("yes"));
    met(&mut one, &mut two);
    let field = one.field(Map::Answers, KEY);
    assert_eq!((field.standing, field.values.len(), field.choices.len()), (Standing::Chosen, 1, 2));
}

#[test]
fn a_choice_made_without_seeing_a_value_is_refused_when_built() {
    let (mut one, two) = conflicting();
    let seen = two.field(Map::Answers, KEY);
    let mut third = Ledger::new();
    write(&mut third, 7, &[answer(KEY, text("unsure"))]);
    merge(&mut one, &third);
    let puts = choose_puts(&seen, Map::Answers, KEY, &text("yes"));
    let refusal = build(&genesis(), &one, &actor(3), NOON, &puts).unwrap_err();
    assert_eq!(refusal.code(), "bad-choice");
}

const ROW: &str = "r1";

fn row() -> Ledger {
    let mut ledger = Ledger::new();
    write(&mut ledger, 9, &add_row_puts(ROW, "lot", Some("0"), "a0"));
    write(&mut ledger, 9, &[answer("qty@r1", Scalar::Int(5)), answer("unit@r1", text("kg"))]);
    ledger
}

fn row_answers(ledger: &Ledger) -> Vec<OpRow> {
    let of_row = ledger.keys().filter(|(map, key, _)| *map == Map::Answers && instance_of_answer(key) == Some(ROW));
    of_row.flat_map(|(_, _, ops)| ops.to_vec()).collect()
}

fn remove(ledger: &mut Ledger, who: u8) -> Admitted {
    let puts = removal_puts(ROW, &row_answers(ledger));
    write(ledger, who, &puts)
}

fn alive(ledger: &Ledger) -> bool {
    is_row_alive(ledger.ops_at(Map::Repeats, &row_key(ROW, RowPart::Removed)), &row_answers(ledger))
}

#[test]
fn a_row_is_kept_under_its_parts() {
    let ledger = row();
    let parts: Vec<_> =
        ledger.keys().filter(|key| key.0 == Map::Repeats).map(|key| split_row_key(key.1).unwrap()).collect();
    assert_eq!(parts, [(ROW, RowPart::Kind), (ROW, RowPart::Order), (ROW, RowPart::Parent)]);
    assert_eq!(split_row_key("r1.other"), None);
    assert_eq!(split_row_key("a.b.kind"), Some(("a.b", RowPart::Kind)));
    assert!(alive(&ledger));
}

#[test]
fn a_removal_nulls_every_answer_of_the_row_in_one_change() {
    let mut ledger = row();
    let removal = remove(&mut ledger, 1);
    assert_eq!(removal.ops.len(), 3);
    assert!(!alive(&ledger));
    assert_eq!(ledger.field(Map::Answers, "qty@r1").standing, Standing::Empty);
    assert_eq!(ledger.field(Map::Repeats, "r1.kind").winner, text("lot"));
    verified(&ledger);
}

#[test]
fn an_answer_the_remover_had_not_seen_revives_the_row() {
    let (mut one, mut two) = (row(), row());
    remove(&mut one, 1);
    write(&mut two, 2, &[answer("qty@r1", Scalar::Int(6))]);
    met(&mut one, &mut two);
    assert!(alive(&one));
    assert_eq!(one.field(Map::Answers, "qty@r1").standing, Standing::Conflict);
    remove(&mut one, 1);
    assert!(!alive(&one), "now the remover has seen it");
}

#[test]
fn an_answer_the_remover_had_seen_does_not_revive_the_row() {
    let (mut one, two) = (row(), row());
    write(&mut one, 2, &[answer("qty@r1", Scalar::Int(6))]);
    remove(&mut one, 1);
    merge(&mut one, &two);
    assert!(!alive(&one));
}

#[test]
fn clearing_an_answer_of_a_removed_row_does_not_revive_it() {
    let (mut one, mut two) = (row(), row());
    remove(&mut one, 1);
    write(&mut two, 2, &[answer("qty@r1", Scalar::Null)]);
    met(&mut one, &mut two);
    assert!(!alive(&one));
}

#[test]
fn two_removals_agree() {
    let (mut one, mut two) = (row(), row());
    remove(&mut one, 1);
    remove(&mut two, 2);
    met(&mut one, &mut two);
    assert!(!alive(&one));
    assert_eq!(one.field(Map::Repeats, "r1.removed").standing, Standing::Agreed);
}

#[test]
fn a_row_put_back_stands_even_against_a_second_removal_that_had_not_seen_it() {
    let mut one = row();
    remove(&mut one, 1);
    let mut two = one.clone();
    write(&mut one, 1, &[Put::new(Map::Repeats, row_key(ROW, RowPart::Removed), Scalar::Bool(false))]);
    assert!(alive(&one));
    remove(&mut two, 2);
    met(&mut one, &mut two);
    assert!(alive(&one));
}

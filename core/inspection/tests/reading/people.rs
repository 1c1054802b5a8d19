use crate::world::{Live, compiled, integer, repeat};
use wurao_checklist::ROOT;
use wurao_inspection::text;
use wurao_record::{Map, Scalar, Standing, choice_key, choose_puts};

#[test]
fn different_values_are_a_conflict_and_equal_ones_are_not() {
    let checklist = compiled(vec![integer("beds"), integer("tents"), integer("boats")]);
    let reading = Live::default()
        .answer(1, "beds", ROOT, 12)
        .answer(2, "beds", ROOT, 14)
        .answer(1, "tents", ROOT, 3)
        .answer(2, "tents", ROOT, 3)
        .read(&checklist);
    assert_eq!(reading.conflicts(), 1);
    let beds = reading.answer("beds@-");
    let values: Vec<String> = beds.values.iter().map(|held| text(&held.value)).collect();
    assert_eq!((beds.standing, values), (Standing::Conflict, vec!["14".to_owned(), "12".to_owned()]));
    assert_eq!(reading.answer("tents@-").standing, Standing::Agreed);
    assert_eq!(reading.answer("tents@-").values[0].stamps.len(), 2);
    assert_eq!(reading.answer("boats@-").standing, Standing::Empty);
    assert_eq!(reading.answer_keys().collect::<Vec<_>>(), ["beds@-", "tents@-"]);
}

#[test]
fn a_choice_settles_a_conflict() {
    let checklist = compiled(vec![integer("beds")]);
    let before = Live::default().answer(1, "beds", ROOT, 12).answer(2, "beds", ROOT, 14).read(&checklist);
    let [put, named] = choose_puts(&before.answer("beds@-"), Map::Answers, "beds@-", &Scalar::Int(12));
    assert_eq!(named.key, choice_key(Map::Answers, "beds@-"));
    let after = Live::default()
        .put(3, put.map, &put.key, put.value)
        .put(3, named.map, &named.key, named.value)
        .in_the_same_change()
        .read(&checklist);
    assert_eq!((after.conflicts(), after.answer("beds@-").standing), (0, Standing::Chosen));
}

#[test]
fn people_who_disagree_on_what_is_not_asked_any_more_are_counted_too() {
    let checklist = compiled(vec![integer("beds")]);
    let reading = Live::default().answer(1, "gone", ROOT, 1).answer(2, "gone", ROOT, 2).read(&checklist);
    assert!(reading.outline(&checklist).iter().all(|section| section.items.len() == 1));
    assert_eq!(reading.conflicts(), 1);
}

#[test]
fn the_order_in_which_puts_come_changes_nothing() {
    let checklist = compiled(vec![integer("beds"), repeat("lot", None, vec![integer("boxes")])]);
    let live = Live::default()
        .answer(1, "boxes", "aa", 3)
        .row("aa", "lot", None)
        .answer(2, "beds", ROOT, 14)
        .answer(1, "beds", ROOT, 12);
    let mut turned = live.ops().to_vec();
    turned.reverse();
    let (one, other) =
        (live.read(&checklist), wurao_inspection::Reading::new(&checklist, turned, &crate::world::moment()));
    assert_eq!((&one.answers, &one.evaluation), (&other.answers, &other.evaluation));
    assert_eq!(one.answer("beds@-"), other.answer("beds@-"));
    assert_eq!(one.at(Map::Answers, "beds@-").len(), 2);
}

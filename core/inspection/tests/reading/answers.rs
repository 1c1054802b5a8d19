use crate::world::{Live, asked, compiled, integer, moment, question, repeat};
use std::collections::BTreeSet;
use wurao_checklist::{Key, Kind, Question, ROOT, Row, Value};
use wurao_inspection::{Compiled, key};
use wurao_record::{Map, Scalar, removal_puts};

/// The instances of the rows of a repeat, in order.
fn rows(checklist: &Compiled, live: &Live, kind: &str) -> Vec<String> {
    let mut rows: Vec<Row> = checklist.answers(live.ops(), &moment()).rows;
    rows.retain(|row| row.kind == kind);
    rows.sort_by(|a, b| (&a.order, &a.instance).cmp(&(&b.order, &b.instance)));
    rows.into_iter().map(|row| row.instance).collect()
}

#[test]
fn a_document_is_read_as_answers_rows_and_photos() {
    let checklist = compiled(vec![integer("beds"), integer("tents"), repeat("lot", None, vec![integer("boxes")])]);
    let live = Live::default()
        .answer(1, "beds", ROOT, 12)
        .put(1, Map::Answers, "tents@-", Scalar::Null)
        .row("aa", "lot", None)
        .answer(1, "boxes", "aa", 3)
        .put(1, Map::Evidence, &"0f".repeat(32), Scalar::Text("beds@-".into()))
        .put(1, Map::Evidence, &"1f".repeat(32), Scalar::Text("beds@-".into()));
    let answers = checklist.answers(live.ops(), &moment());
    let values: Vec<_> = answers.values.iter().map(|(at, value)| (key(&at.question, &at.instance), value)).collect();
    assert_eq!(
        values,
        [
            ("beds@-".to_owned(), &Value::Int(12)),
            ("boxes@aa".to_owned(), &Value::Int(3)),
            ("tents@-".to_owned(), &Value::Empty)
        ]
    );
    assert_eq!(answers.rows.len(), 1, "a row that a person made leaves no need for one by itself");
    assert_eq!(answers.photos.get(&Key::new("beds", ROOT)), Some(&2));
}

#[test]
fn rows_that_are_there_by_themselves_are_found_and_have_rows_within_them() {
    let lots = repeat("lot", Some("${lots}"), vec![integer("boxes")]);
    let checklist = compiled(vec![repeat("shelf", None, vec![integer("lots"), lots])]);
    let shelves = rows(&checklist, &Live::default(), "shelf");
    assert_eq!(shelves.len(), 1);
    let live = Live::default().answer(1, "lots", &shelves[0], 3);
    assert_eq!(rows(&checklist, &live, "shelf"), shelves, "an answer in it does not move it");
    assert_eq!(rows(&checklist, &live, "lot").len(), 3);
    assert_eq!(rows(&checklist, &live, "lot"), rows(&checklist, &live, "lot"));
}

#[test]
fn a_removed_row_does_not_come_back_by_itself() {
    let checklist = compiled(vec![repeat("shelf", None, vec![integer("height")])]);
    let first = rows(&checklist, &Live::default(), "shelf").remove(0);
    let mut live = Live::default();
    for put in removal_puts(&first, &[]) {
        live = live.put(1, put.map, &put.key, put.value);
    }
    assert!(rows(&checklist, &live, "shelf").is_empty());
    assert!(checklist.answers(live.ops(), &moment()).removed.contains(&first));
}

#[test]
fn a_first_row_is_an_offer_until_something_is_written_in_or_below_it() {
    let checklist = compiled(vec![repeat(
        "shelf",
        None,
        vec![asked(question("view", Kind::Image)), repeat("lot", None, vec![integer("boxes")])],
    )]);
    let (shelf, lot) =
        (rows(&checklist, &Live::default(), "shelf").remove(0), rows(&checklist, &Live::default(), "lot").remove(0));
    let offers = |live: Live| live.read(&checklist).offers;
    let set = |instances: &[&String]| instances.iter().map(|instance| (*instance).clone()).collect::<BTreeSet<_>>();

    assert_eq!(offers(Live::default()), set(&[&shelf, &lot]));
    assert_eq!(offers(Live::default().answer(1, "boxes", &lot, 1)), set(&[]), "what is below counts");
    let photo = Scalar::Text(key("view", &shelf));
    assert_eq!(offers(Live::default().put(1, Map::Evidence, &"0f".repeat(32), photo)), set(&[&lot]));
    let cleared = Live::default().put(1, Map::Answers, &key("boxes", &lot), Scalar::Null);
    assert_eq!(offers(cleared), set(&[]), "what was cleared was written");
    assert_eq!(offers(Live::default().row("aa", "lot", Some(&shelf))), set(&[]), "so was a row within it");
}

#[test]
fn a_counted_row_is_no_offer_unless_it_lies_in_one() {
    let boxes = |count| repeat("lot", Some(count), vec![integer("boxes")]);
    let counted = compiled(vec![boxes("2")]);
    assert_eq!(Live::default().read(&counted).offers, BTreeSet::new());
    let within = compiled(vec![repeat("shelf", None, vec![boxes("2")])]);
    assert_eq!(Live::default().read(&within).offers.len(), 3);
}

#[test]
fn a_reading_follows_the_answers_at_its_moment() {
    let late = Question { fail: Some("int(today()) - int(.) > 30".into()), ..question("tried", Kind::Date) };
    let checklist = compiled(vec![asked(late)]);
    let tried = |day: &str| Live::default().put(1, Map::Answers, "tried@-", Scalar::Text(day.into())).read(&checklist);
    assert_eq!(tried("2026-11-01").evaluation.findings.len(), 0);
    assert_eq!(tried("2026-10-01").evaluation.findings.len(), 1);
}

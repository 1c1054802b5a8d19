//! Relevance, rules, repeats, findings and scores.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

mod common;

use common::*;
use wurao_checklist::{Answers, Key, Needed, NodeKind, Program, ROOT, Row, Severity, Value, Violation, parse_answer};

#[test]
fn relevance_is_inherited_and_what_is_not_relevant_reads_as_empty() {
    let program = program(
        "type|name|label|relevant|calculation
         text|asked|Asked
         begin group|outer|Outer|${asked} = 'yes'
         begin group|inner|Inner
         integer|n|N
         end group
         end group
         calculate|seen|||concat('[', ${n}, ']')",
        "",
    );
    let mut given = answers(&[("asked", text("yes")), ("n", Value::Int(3))]);
    assert_eq!(value(&program.evaluate(&given, &moment()), "seen"), text("[3]"));
    given.set("asked", ROOT, text("no"));
    let evaluation = program.evaluate(&given, &moment());
    assert_eq!(value(&evaluation, "seen"), text("[]"));
    assert!(!evaluation.question("n", ROOT).unwrap().relevant);
    assert_eq!(value(&evaluation, "n"), Value::Empty, "the answer is kept by the caller, not read");
}

#[test]
fn a_constraint_is_not_run_on_an_empty_answer_and_not_on_what_is_not_relevant() {
    let program = program(
        "type|name|label|relevant|constraint|constraint_message
         text|asked|Asked
         integer|n|N|${asked} = 'yes'|. > 10|More than ten",
        "",
    );
    let violation = |asked: &str, n: Value| {
        let evaluation = program.evaluate(&answers(&[("asked", text(asked)), ("n", n)]), &moment());
        evaluation.question("n", ROOT).unwrap().violation.clone()
    };
    assert!(
        matches!(violation("yes", Value::Int(3)), Some(Violation::Constraint(said)) if said.get("en") == "More than ten")
    );
    assert_eq!(violation("yes", Value::Int(11)), None);
    assert_eq!(violation("yes", Value::Empty), None);
    assert_eq!(violation("no", Value::Int(3)), None);
    assert_eq!(violation("yes", text("eleven")), Some(Violation::Type));
}

#[test]
fn a_required_answer_is_missing_only_while_relevant_and_empty() {
    let program = program(
        "type|name|label|relevant|required
         text|asked|Asked
         integer|n|N|${asked} = 'yes'|yes
         image|p|P|${asked} = 'yes'|true()",
        "",
    );
    let missing = |given: &Answers| -> Vec<(String, Needed)> {
        let evaluation = program.evaluate(given, &moment());
        evaluation.missing.into_iter().map(|missing| (missing.key.question, missing.needed)).collect()
    };
    let mut given = answers(&[("asked", text("yes"))]);
    assert_eq!(missing(&given), [("n".into(), Needed::Answer), ("p".into(), Needed::Photo)]);
    given.photos.insert(Key::new("p", ROOT), 1);
    given.set("n", ROOT, Value::Int(0));
    assert_eq!(missing(&given), []);
    assert_eq!(missing(&answers(&[])), []);
}

#[test]
fn a_default_holds_until_the_answer_is_cleared() {
    let program = program("type|name|label|default\ninteger|n|N|5\ndate|d|D|today()", "");
    let evaluation = program.evaluate(&answers(&[]), &moment());
    assert_eq!(value(&evaluation, "n"), Value::Int(5));
    assert_eq!(value(&evaluation, "d"), text("2026-11-22"));
    let stored: Vec<_> = evaluation.to_store.iter().map(|computed| computed.key.question.as_str()).collect();
    assert_eq!(stored, ["d"], "what reads the clock is stored once, what is written is not");

    let evaluation = program.evaluate(&answers(&[("n", Value::Empty), ("d", Value::Empty)]), &moment());
    assert_eq!((value(&evaluation, "n"), value(&evaluation, "d")), (Value::Empty, Value::Empty));
    assert_eq!(evaluation.to_store, []);
}

#[test]
fn once_keeps_the_first_value_it_gave() {
    let program = program("type|name|label|calculation\ninteger|n|N\ncalculate|c||once(${n})", "");
    let mut given = answers(&[("n", Value::Int(1))]);
    let evaluation = program.evaluate(&given, &moment());
    assert_eq!(evaluation.to_store.len(), 1);
    given.values.insert(evaluation.to_store[0].key.clone(), evaluation.to_store[0].value.clone());
    given.set("n", ROOT, Value::Int(2));
    let evaluation = program.evaluate(&given, &moment());
    assert_eq!(value(&evaluation, "c"), Value::Int(1));
    assert_eq!(evaluation.to_store, []);
}

const LOTS: &str = "type|name|label|relevant|calculation|repeat_count
    integer|wanted|Wanted
    begin repeat|lot|Lot
    integer|n|N
    calculate|share|||${n} div sum(${n})
    calculate|at|||position(..)
    begin repeat|box|Box
    integer|w|W
    end repeat
    calculate|boxes|||sum(${w})
    end repeat
    calculate|total|||sum(${n})
    calculate|lots|||count(${lot})
    calculate|second|||indexed-repeat(${n}, ${lot}, 2)
    calculate|weight|||sum(${w})
    calculate|largest|||max(${n})
    calculate|listed|||join(',', ${n})";

fn row(instance: &str, kind: &str, parent: Option<&str>, order: &str) -> Row {
    Row { instance: instance.into(), kind: kind.into(), parent: parent.map(str::to_owned), order: order.into() }
}

#[test]
fn repeats_sum_count_and_see_their_own_row() {
    let program = program(LOTS, "");
    let mut given = answers(&[]);
    given.rows = vec![
        row("r2", "lot", None, "b"),
        row("r1", "lot", None, "a"),
        row("b1", "lot/box", Some("r1"), "a"),
        row("b2", "lot/box", Some("r1"), "b"),
        row("b3", "lot/box", Some("r2"), "a"),
        row("lost", "lot/box", Some("gone"), "a"),
        row("odd", "no such repeat", None, "a"),
    ];
    given.set("lot/n", "r1", Value::Int(1));
    given.set("lot/n", "r2", Value::Int(3));
    for (instance, w) in [("b1", 10), ("b2", 20), ("b3", 5), ("lost", 100)] {
        given.set("lot/box/w", instance, Value::Int(w));
    }
    let evaluation = program.evaluate(&given, &moment());
    let at = |question: &str, instance: &str| evaluation.question(question, instance).unwrap().value.clone();
    assert_eq!(value(&evaluation, "total"), Value::Int(4));
    assert_eq!(value(&evaluation, "lots"), Value::Int(2));
    assert_eq!(value(&evaluation, "second"), Value::Int(3));
    assert_eq!(value(&evaluation, "weight"), Value::Int(35));
    assert_eq!(value(&evaluation, "largest"), Value::Int(3));
    assert_eq!(value(&evaluation, "listed"), text("1,3"));
    assert_eq!(at("lot/share", "r1"), Value::Decimal(0.25));
    assert_eq!(at("lot/share", "r2"), Value::Decimal(0.75));
    assert_eq!((at("lot/at", "r1"), at("lot/at", "r2")), (Value::Int(1), Value::Int(2)));
    assert_eq!((at("lot/boxes", "r1"), at("lot/boxes", "r2")), (Value::Int(30), Value::Int(5)));
    assert_eq!(evaluation.diagnostics, []);
    let rows: Vec<_> = evaluation
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Row && node.question == "lot")
        .map(|node| (node.instance.as_str(), node.position))
        .collect();
    assert_eq!(rows, [("r1", 1), ("r2", 2)]);
}

/// Adds automatic rows until nothing comes.
fn settle(program: &Program, answers: &mut Answers) {
    loop {
        let rows = program.automatic_rows(answers, &moment());
        if rows.is_empty() {
            return;
        }
        answers.rows.extend(rows);
    }
}

#[test]
fn automatic_rows_have_the_same_ids_everywhere_and_stay_removed() {
    let program = program(LOTS, "");
    let mut given = answers(&[]);
    settle(&program, &mut given);
    let ids: Vec<_> = given.rows.iter().map(|row| (row.kind.as_str(), row.instance.as_str())).collect();
    // First 16 hex digits of SHA-256 over "-", "lot", "0", each on its line.
    assert_eq!(ids, [("lot", "1d027336d3521d2e"), ("lot/box", "170c7cff117ca219")]);
    assert_eq!(given.rows[1].parent.as_deref(), Some("1d027336d3521d2e"));

    given.removed.insert(given.rows[0].instance.clone());
    given.rows.clear();
    settle(&program, &mut given);
    assert_eq!(given.rows, []);
}

#[test]
fn repeat_count_adds_rows_and_hides_those_beyond_it() {
    let program = program(
        "type|name|label|calculation|repeat_count
         integer|wanted|Wanted
         begin repeat|r|R||${wanted}
         integer|n|N
         end repeat
         calculate|total||sum(${n})",
        "",
    );
    let mut given = answers(&[("wanted", Value::Int(3))]);
    settle(&program, &mut given);
    assert_eq!(given.rows.len(), 3);
    for row in given.rows.clone() {
        given.set("r/n", &row.instance, Value::Int(2));
    }
    assert_eq!(value(&program.evaluate(&given, &moment()), "total"), Value::Int(6));
    given.set("wanted", ROOT, Value::Int(1));
    assert_eq!(value(&program.evaluate(&given, &moment()), "total"), Value::Int(2));
    given.set("wanted", ROOT, Value::Int(i64::MAX));
    assert_eq!(program.automatic_rows(&given, &moment()).len(), 997, "bounded at a thousand");
    given.set("wanted", ROOT, Value::Int(-1));
    assert_eq!(program.automatic_rows(&given, &moment()), []);
}

const FAILING: &str = "type|name|label|fail|severity|on_fail|action_title|weight
    select_one t|generator|Generator starts||major|note photo|Repair the generator|2
    select_one t|siren|Siren sounds
    integer|water|Water|. < 150|critical
    select_multiple t|several|Several";
const TEST: &str = "t|pass|Works|1
    t|fail|Does not work|0|yes
    t|locked|Locked|0|yes||minor
    t|na|Does not apply|||yes";

#[test]
fn a_failed_choice_and_a_failed_rule_are_findings() {
    let program = program(FAILING, TEST);
    let given = answers(&[("generator", text("fail")), ("siren", text("locked")), ("water", Value::Int(100))]);
    let evaluation = program.evaluate(&given, &moment());
    let found: Vec<_> = evaluation
        .findings
        .iter()
        .map(|finding| (finding.question.as_str(), finding.severity, finding.title.get("en"), finding.detail.get("en")))
        .collect();
    assert_eq!(
        found,
        [
            ("generator", Severity::Major, "Repair the generator", "Does not work"),
            ("siren", Severity::Minor, "Siren sounds", "Locked"),
            ("water", Severity::Critical, "Water", "100"),
        ]
    );
    let missing: Vec<_> =
        evaluation.missing.iter().map(|missing| (missing.key.question.as_str(), missing.needed)).collect();
    assert_eq!(missing, [("generator", Needed::Photo), ("generator", Needed::Note)]);
    assert!(evaluation.score.unwrap().failed_critical);
}

#[test]
fn a_photo_and_a_remark_on_a_failed_answer_satisfy_it() {
    let program = program(FAILING, TEST);
    let mut given = answers(&[("generator", text("fail"))]);
    given.photos.insert(Key::new("generator", ROOT), 1);
    given.values.insert(Key::note("generator", ROOT), text("no fuel"));
    let evaluation = program.evaluate(&given, &moment());
    assert_eq!((evaluation.missing.len(), violated(&evaluation)), (0, 0));
    given.set("generator", ROOT, text("pass"));
    let evaluation = program.evaluate(&given, &moment());
    assert!(!evaluation.question("generator", ROOT).unwrap().photo_required);
    assert_eq!(evaluation.findings, []);
}

#[test]
fn the_score_weighs_what_applies_and_leaves_out_what_does_not() {
    let program = program(FAILING, TEST);
    let reached = |generator: &str, siren: &str| {
        let given = answers(&[("generator", text(generator)), ("siren", text(siren))]);
        percent(&program.evaluate(&given, &moment()))
    };
    assert_eq!(reached("pass", "pass"), Some(100));
    assert_eq!(reached("pass", "fail"), Some(66));
    assert_eq!(reached("fail", "pass"), Some(33));
    assert_eq!(reached("pass", "na"), Some(100));
    assert_eq!(reached("na", "na"), None);
    assert_eq!(program.evaluate(&answers(&[]), &moment()).score, None);
}

#[test]
fn what_a_person_typed_becomes_a_typed_answer_or_a_typed_error() {
    let template = template(
        "type|name|label
         integer|i|I
         decimal|x|X
         date|d|D
         time|t|T
         geopoint|g|G
         select_one c|o|O
         select_multiple c|m|M
         note|n|N
         text|s|S",
        "c|b|B\nc|a|A",
    );
    let parse = |uid: &str, raw: &str| {
        let question = template.question(uid).unwrap();
        parse_answer(question, template.choices_of(question), raw).map_err(|error| error.code())
    };
    assert_eq!(parse("i", " 42 "), Ok(Value::Int(42)));
    assert_eq!(parse("i", "4.2"), Err("answer-integer"));
    assert_eq!(parse("i", "99999999999999999999"), Err("answer-integer"));
    assert_eq!(parse("i", "  "), Ok(Value::Empty));
    assert_eq!(parse("x", "4.2"), Ok(Value::Decimal(4.2)));
    for wrong in ["nan", "inf", "1e9", "4,2", "-"] {
        assert_eq!(parse("x", wrong), Err("answer-decimal"), "{wrong}");
    }
    assert_eq!(parse("d", "2026-02-28"), Ok(text("2026-02-28")));
    assert_eq!(parse("d", "2026-02-29"), Err("answer-date"));
    assert_eq!(parse("t", "23:59"), Ok(text("23:59")));
    assert_eq!(parse("t", "24:00"), Err("answer-time"));
    assert_eq!(parse("g", "28.2 112.9 50 4.5"), Ok(text("28.2 112.9 50 4.5")));
    assert_eq!(parse("g", "112.9 28.2"), Err("answer-position"));
    assert_eq!(parse("o", "a"), Ok(text("a")));
    assert_eq!(parse("o", "a b"), Err("answer-choice"));
    assert_eq!(parse("m", "b a b"), Ok(text("a b")));
    assert_eq!(parse("m", "b c"), Err("answer-choice"));
    assert_eq!(parse("n", "x"), Err("answer-not-asked"));
    assert_eq!(parse("s", &"x".repeat(20_000)), Err("answer-too-long"));
}

#[test]
fn an_answer_names_what_it_can_change_in_order() {
    let program = program(
        "type|name|label|relevant|constraint|calculation
         integer|a|A
         calculate|b||||${a} + 1
         integer|c|C|${b} > 1
         integer|d|D||. < ${c}
         integer|e|E",
        "",
    );
    assert_eq!(program.dependents("a"), ["b", "c", "d"]);
    assert_eq!(program.dependents("e"), Vec::<&str>::new());
    assert_eq!(program.dependents("nothing"), Vec::<&str>::new());
}

#[test]
fn counted_repeats_within_counted_repeats_stop_at_a_bound() {
    let program = program(
        "type|name|label|repeat_count
begin repeat|store|Store|1000
begin repeat|shelf|Shelf|1000
text|what|What|
end repeat|||
end repeat|||",
        "",
    );
    let mut answers = Answers::default();
    loop {
        let rows = program.automatic_rows(&answers, &moment());
        if rows.is_empty() {
            break;
        }
        answers.rows.extend(rows);
    }
    assert!((1000..=5000).contains(&answers.rows.len()), "{}", answers.rows.len());
}

#[test]
fn a_row_that_is_there_by_itself_stays_beside_those_that_people_add_once_something_stands_in_it() {
    let program = program(LOTS, "");
    let first = "1d027336d3521d2e";
    let added = || Row { instance: "ab".to_owned(), kind: "lot".to_owned(), parent: None, order: "1".to_owned() };
    let rows = |given: &Answers| -> Vec<String> {
        let mut given = given.clone();
        settle(&program, &mut given);
        given.rows.into_iter().filter(|row| row.kind == "lot").map(|row| row.instance).collect()
    };
    let mut given = answers(&[]);
    given.rows.push(added());
    assert_eq!(rows(&given), ["ab"], "nobody wrote in it: it was only offered");
    let mut revived = given.clone();
    revived.revived.insert(first.to_owned());
    assert_eq!(rows(&revived), ["ab", first], "somebody removed it who had not seen what stands in it");
    given.set("lot/n", first, Value::Int(4));
    assert_eq!(rows(&given), ["ab", first]);
}

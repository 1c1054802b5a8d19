//! The demo checklist, as its workbook says it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

mod common;

use common::*;
use wurao_checklist::import::{self, Import};
use wurao_checklist::{Answers, Evaluation, Kind, NodeKind, Program, ROOT, Severity, Value};

fn demo() -> Import {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/demo/village-emergency-supplies.xlsx");
    import::workbook(&std::fs::read(path).unwrap()).unwrap()
}

fn findings(evaluation: &Evaluation) -> Vec<(&str, Severity)> {
    evaluation.findings.iter().map(|finding| (finding.question.as_str(), finding.severity)).collect()
}

#[test]
fn it_imports_and_compiles_without_a_note() {
    let import = demo();
    assert_eq!(import.report, []);
    Program::compile(&import.template).unwrap();
}

#[test]
fn everything_is_said_in_both_languages_and_nothing_asks_for_a_document_or_needs_a_photo() {
    let template = demo().template;
    let asked: Vec<_> = template.questions().into_iter().filter(|question| question.kind.is_asked()).collect();
    assert!((35..=45).contains(&asked.len()), "{}", asked.len());
    for question in asked {
        let languages: Vec<_> = question.label.iter().map(|(tag, _)| tag).collect();
        assert_eq!(languages, ["en", "zh"], "{}", question.name);
        assert_ne!(question.kind, Kind::Image, "{}: photos are asked for on failure only", question.name);
    }
    for choice in template.choices.values().flatten() {
        assert_eq!(choice.label.iter().count(), 2, "{}", choice.name);
    }
}

#[test]
fn a_village_in_good_order_has_no_findings_and_a_full_score() {
    let program = Program::compile(&demo().template).unwrap();
    let (answers, evaluation) = in_good_order(&program);
    assert_eq!(findings(&evaluation), []);
    assert_eq!(evaluation.missing, []);
    assert_eq!(violated(&evaluation), 0);
    assert_eq!(evaluation.diagnostics, []);
    assert_eq!(percent(&evaluation), Some(100));
    assert_eq!(answers.rows.len(), 1);
}

#[test]
fn a_shortfall_an_expired_lot_and_a_dead_generator_are_findings() {
    let program = Program::compile(&demo().template).unwrap();
    let (mut answers, _) = in_good_order(&program);
    let lot = answers.rows[0].instance.clone();
    answers.set("water", ROOT, Value::Int(90));
    answers.set("generator_starts", ROOT, text("fail"));
    answers.set("torches_on", ROOT, text("locked"));
    answers.set("lot/lot_item", &lot, text("rations"));
    answers.set("lot/lot_count", &lot, Value::Int(30));
    answers.set("lot/expiry", &lot, text("2026-11-21"));
    let evaluation = program.evaluate(&answers, &moment());
    assert_eq!(
        findings(&evaluation),
        [
            ("water", Severity::Critical),
            ("lot/expiry", Severity::Major),
            ("torches_on", Severity::Major),
            ("generator_starts", Severity::Critical),
        ]
    );
    assert_eq!(value(&evaluation, "short_water"), Value::Int(60));
    assert_eq!(value(&evaluation, "earliest_expiry"), text("2026-11-21"));
    assert_eq!(value(&evaluation, "lots"), Value::Int(1));
    assert!(evaluation.question("generator_starts", ROOT).unwrap().photo_required);
    assert_ne!(evaluation.missing, [], "the photo of it");
    assert_eq!(evaluation.findings[0].title.get("zh-CN"), "补足：瓶装水（升），至少 150");
}

#[test]
fn a_village_without_a_river_is_not_asked_for_life_jackets() {
    let program = Program::compile(&demo().template).unwrap();
    let (mut answers, _) = in_good_order(&program);
    answers.set("river", ROOT, text("no"));
    answers.set("life_jackets", ROOT, Value::Int(0));
    let evaluation = program.evaluate(&answers, &moment());
    assert!(!evaluation.question("life_jackets", ROOT).unwrap().relevant);
    assert_eq!(findings(&evaluation), []);
}

/// Answers every question well: what is counted by its minimum, choices by the first of their list.
fn in_good_order(program: &Program) -> (Answers, Evaluation) {
    let mut answers = Answers::default();
    answers.rows = program.automatic_rows(&answers, &moment());
    for node in program.evaluate(&answers, &moment()).nodes {
        let Some(question) = program.template().question(&node.question) else { continue };
        let in_lot = node.kind == NodeKind::Question && node.instance != ROOT;
        let value = match question.kind {
            _ if in_lot => continue,
            Kind::Integer => Value::Int(500),
            Kind::Decimal => Value::Decimal(20.5),
            Kind::SelectOne => text(&program.template().choices_of(question)[0].name),
            Kind::Date if question.name == "kit_expiry" => text("2028-01-01"),
            Kind::Date => text("2026-11-01"),
            _ => continue,
        };
        answers.set(&node.question, ROOT, value);
    }
    let evaluation = program.evaluate(&answers, &moment());
    (answers, evaluation)
}

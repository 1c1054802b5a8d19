//! Workbooks and answers written as tables.
#![allow(dead_code, reason = "each test file uses a part")]

use rust_xlsxwriter::Workbook;
use wurao_checklist::import::{self, Import, Note};
use wurao_checklist::{Answers, Evaluation, Moment, Program, ROOT, Template, Value};

/// A workbook of sheets, each a table whose cells are separated by `|`; empty cells are not written.
pub(crate) fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, table) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, line) in table.trim().lines().enumerate() {
            for (column, cell) in line.split('|').map(str::trim).enumerate().filter(|(_, cell)| !cell.is_empty()) {
                // A doubled bar cannot be written in a table; expressions use `¦` for it.
                sheet.write_string(row as u32, column as u16, cell.replace('¦', "|")).unwrap();
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

pub(crate) fn import(sheets: &[(&str, &str)]) -> Import {
    import::workbook(&workbook(sheets)).unwrap()
}

/// A template from a survey and choices that must import without a note.
pub(crate) fn template(survey: &str, choices: &str) -> Template {
    let choices = format!("list_name|name|label|score|fail|na|severity|region\n{choices}");
    let import = import(&[("survey", survey), ("choices", &choices)]);
    assert_eq!(import.report, Vec::<Note>::new());
    import.template
}

pub(crate) fn program(survey: &str, choices: &str) -> Program {
    Program::compile(&template(survey, choices)).unwrap()
}

/// 2026-11-22, 10:00 in UTC+8.
pub(crate) fn moment() -> Moment {
    Moment::new(1_795_312_800_000, 480)
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// Answers at the root.
pub(crate) fn answers(values: &[(&str, Value)]) -> Answers {
    let mut answers = Answers::default();
    for (question, value) in values {
        answers.set(question, ROOT, value.clone());
    }
    answers
}

pub(crate) fn value(evaluation: &Evaluation, question: &str) -> Value {
    evaluation.question(question, ROOT).unwrap_or_else(|| panic!("no {question}")).value.clone()
}

/// The value of one expression in a form with some questions, as text.
pub(crate) fn calculate(expression: &str) -> String {
    let survey = format!(
        "type|name|label|calculation\ninteger|n|N\ntext|t|T\ndate|d|D\nselect_multiple c|m|M\ncalculate|result||{expression}"
    );
    let program = program(&survey, "c|a|Apple\nc|b|Bean\nc|e|Egg");
    let given = [("n", Value::Int(7)), ("t", text("hello world")), ("d", text("2026-01-31")), ("m", text("a b"))];
    let evaluation = program.evaluate(&answers(&given), &moment());
    assert_eq!(evaluation.diagnostics, [], "{expression}");
    value(&evaluation, "result").to_string()
}

/// How many questions violate their rules.
pub(crate) fn violated(evaluation: &Evaluation) -> usize {
    evaluation.nodes.iter().filter(|node| node.violation.is_some()).count()
}

/// The score in whole percent, rounded down; `None` when nothing could be reached.
pub(crate) fn percent(evaluation: &Evaluation) -> Option<i128> {
    evaluation.score.filter(|score| score.of > 0).map(|score| score.points * 100 / score.of)
}

//! A third visit beside the template's two, whose checklist stores answers by itself at the start.

use super::calls::{OF_ROW, QUESTIONS, ROW};
use crate::sim::text;
use crate::{Doing, Trouble};
use rust_xlsxwriter::{Workbook, XlsxError};
use serde_json::{Value, json};
use std::path::Path;
use wurao_protocol::PermitId;
use wurao_server::App;

/// The answers that a start under this checklist makes, by `question@instance`.
pub(super) const COMPUTED: [&str; 2] = ["began@-", "day@-"];

/// The template's permit of this number, or the third.
pub(super) fn permit(number: u8) -> PermitId {
    let mut id = [0; 16];
    (id[0], id[15]) = (0xc1, number);
    PermitId(id)
}

/// Loads the visit into a server that has the template's county.
pub(super) fn load_third(app: &App, folder: &Path) -> Result<(), Trouble> {
    let id = |kind: &str, n: usize| format!("{kind}{n:030x}");
    workbook(&folder.join("clock.xlsx")).doing("write a workbook")?;
    let team: Vec<String> = (1..=3).map(|n| id("11", n)).collect();
    let mut county = text();
    let mut add = |list: &str, entry: Value| county[list].as_array_mut().map(|entries| entries.push(entry));
    add("checklists", json!({"name": "clock", "workbook": "clock.xlsx"}));
    add(
        "plan",
        json!({"id": id("a1", 9), "year": 2026, "body": id("b0", 1), "purpose": {"zh": "复查", "en": "Another visit"},
               "sites": [id("51", 1)], "checklist": "clock", "team": team,
               "from": "today", "to": "today+30", "minutes": 60}),
    );
    add(
        "permits",
        json!({"id": permit(9).to_string(), "plan_item": id("a1", 9), "site": id("51", 1),
               "from": "today", "to": "today+30"}),
    );
    let file = folder.join("third.json");
    std::fs::write(&file, county.to_string()).doing("write the county")?;
    wurao_server::county::load(app, &file).doing("load the county")?;
    Ok(())
}

/// The questions that are answered in the other visits, and those that answer themselves.
fn workbook(path: &Path) -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    let survey = book.add_worksheet().set_name("survey")?;
    let questions = QUESTIONS.iter().map(|(name, _)| ("text", *name));
    let of_row = OF_ROW.iter().map(|(uid, _)| ("text", uid.rsplit('/').next().unwrap_or(uid)));
    let rows = [("type", "name"), ("start", "began"), ("today", "day")]
        .into_iter()
        .chain(questions)
        .chain([("begin_repeat", ROW)])
        .chain(of_row)
        .chain([("end_repeat", "")]);
    for (at, (kind, name)) in (0..).zip(rows) {
        let label = if at == 0 { "label" } else { name };
        for (column, text) in (0..).zip([kind, name, label]) {
            survey.write_string(at, column, text)?;
        }
    }
    book.save(path)
}

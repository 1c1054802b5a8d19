//! A county of inspectors with as many visits each, every one of them alone on their team.

use serde_json::{Value, json};
use std::path::Path;
use wurao_checklist::{Item, Kind, import};
use wurao_tests::{Doing, Trouble, county};

/// The code that lets in the phone of this inspector.
pub(super) fn code(phone: usize) -> String {
    format!("code-{phone}")
}

/// Loads one for so many phones into a data folder.
pub(super) fn load(folder: &Path, phones: usize, visits: usize) -> Result<std::path::PathBuf, Trouble> {
    let (file, data) = (folder.join("county.json"), folder.join("server"));
    std::fs::write(&file, made(phones, visits).to_string()).doing("write the county")?;
    let load = ["wurao-server".into(), "load".into(), "--data".into(), data.clone().into_os_string(), file.into()];
    wurao_server::run(load, &mut std::io::sink()).doing("load the county")?;
    Ok(data)
}

/// The questions of its checklist that take a number, in order.
pub(super) fn questions() -> Result<Vec<String>, Trouble> {
    let bytes = std::fs::read(county::workbook()).doing("read the workbook")?;
    let imported = import::workbook(&bytes).doing("import the workbook")?;
    let mut found = Vec::new();
    collect(&imported.template.items, &mut found);
    if found.len() < 10 { Err(Trouble::new("read the checklist", "too few questions")) } else { Ok(found) }
}

fn collect(items: &[Item], found: &mut Vec<String>) {
    for item in items {
        match item {
            Item::Section(section) => collect(&section.items, found),
            Item::Question(question) if matches!(question.kind, Kind::Integer | Kind::Decimal) => {
                found.push(question.uid.clone());
            }
            Item::Question(_) | Item::Repeat(_) => {}
        }
    }
}

fn made(phones: usize, visits: usize) -> Value {
    let id = |prefix: &str, number: usize| format!("{prefix}{number:030x}");
    let words = |text: &str| json!({"zh": text, "en": text});
    let person = |at: usize| json!({"id": id("a0", at), "name": format!("王{at}"), "body": id("b0", 1), "login": format!("p{at}"), "role": "inspector", "scope": ""});
    let site = |at: usize| json!({"id": id("c0", at), "name": words(&format!("样村{at}")), "division": "470123101201"});
    let permit = |at: usize| json!({"id": id("d0", at), "plan_item": id("e0", 1), "site": id("c0", at), "team": [id("a0", at / visits)], "from": "today-1", "to": "today+1"});
    let division = |code: &str, name: &str| json!({"code": code, "name": words(name)});
    let code = |at: usize| json!({"code": code(at), "name": code(at), "persons": [id("a0", at)], "minutes": 600});
    json!({
        "divisions": [
            division("470000000000", "P"), division("470100000000", "C"), division("470123000000", "X"),
            division("470123101000", "T"), division("470123101201", "V"),
        ],
        "bodies": [{"id": id("b0", 1), "name": words("应急局")}],
        "people": (0..phones).map(person).collect::<Vec<_>>(),
        "sites": (0..phones * visits).map(site).collect::<Vec<_>>(),
        "checklists": [{"name": "supplies", "workbook": county::workbook()}],
        "plan": [{
            "id": id("e0", 1), "year": jiff::Zoned::now().year(), "body": id("b0", 1), "purpose": words("物资"),
            "sites": (0..phones * visits).map(|at| id("c0", at)).collect::<Vec<_>>(), "checklist": "supplies",
            "team": (0..phones).map(|at| id("a0", at)).collect::<Vec<_>>(), "from": "today-1", "to": "today+1", "minutes": 30,
        }],
        "permits": (0..phones * visits).map(permit).collect::<Vec<_>>(),
        "enrol_codes": (0..phones).map(code).collect::<Vec<_>>(),
    })
}

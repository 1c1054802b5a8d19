//! The importer: what it reads, and that every note names its cell.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

mod common;

use std::io::Write;

use common::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use wurao_checklist::import::{self, ImportError, NoteSeverity};
use wurao_checklist::{DefaultValue, Item, Kind, Program, Severity};

fn notes(sheets: &[(&str, &str)]) -> Vec<(String, String, NoteSeverity, &'static str)> {
    import(sheets).report.into_iter().map(|note| (note.sheet, note.cell, note.severity, note.code)).collect()
}

fn cells(sheets: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    notes(sheets).into_iter().map(|(sheet, cell, _, code)| (format!("{sheet}!{cell}"), code)).collect()
}

#[test]
fn every_row_not_understood_is_told_with_its_cell() {
    let told = cells(&[
        (
            "survey",
            "type|name|label|colour|relevant|weight|severity|on_fail|label::English (en)|label
             numbr|a|A
             audio|b|B
             audit|c
             select_one nolist|d|D
             integer|1x|E
             integer|f
             integer|g|G||${zz} > 1
             integer|h|H|||heavy|bad|sing photo
             |i|I
             end group
             begin group|j|J
             integer|g|G again",
        ),
        (
            "choices",
            "list_name|name|label|score|fail|severity
             |x|X
             c||Y
             c|a|A|many|perhaps|awful
             c|a|A
             c|b b|B",
        ),
        ("notes", "anything|at all"),
        ("_scratch", "x"),
    ]);
    let expected = [
        ("choices!A2", "choice-incomplete"),
        ("choices!B3", "choice-incomplete"),
        ("choices!E4", "cell-not-understood"),
        ("choices!D4", "cell-not-understood"),
        ("choices!F4", "cell-not-understood"),
        ("choices!B5", "choice-twice"),
        ("choices!B6", "choice-name"),
        ("survey!D1", "column-unknown"),
        ("survey!J1", "column-twice"),
        ("survey!A2", "type-unknown"),
        ("survey!A3", "type-unsupported"),
        ("survey!A4", "type-unused"),
        ("survey!A5", "list-unknown"),
        ("survey!B6", "name"),
        ("survey!C7", "label-missing"),
        ("survey!F9", "cell-not-understood"),
        ("survey!G9", "cell-not-understood"),
        ("survey!H9", "cell-not-understood"),
        ("survey!A10", "row-without-type"),
        ("survey!A11", "section-end"),
        ("survey!B13", "name-again"),
        ("survey!A12", "section-open"),
        ("survey!E8", "unknown-name"),
        ("notes!", "sheet-ignored"),
    ];
    assert_eq!(told, expected.map(|(cell, code)| (cell.to_owned(), code)));
}

#[test]
fn a_clean_workbook_has_no_notes_and_keeps_what_it_says() {
    let import = import(&[
        (
            "Survey",
            "Type|name|label::English (en)|label::中文 (zh)|required|constraint|default|weight|on_fail|severity|uid|was
             begin_group|food|Food|食品
             select_one yn|sealed|Sealed|密封|yes|||2.5|note, photo|critical|q-1|old
             integer|water|Water|水|no|. > 0|5
             date|d|D|日|||today() - 1|||||
             date|e|E|日|||today()
             end_group
             begin repeat|lot|Lot|批次
             text|what|What|何物
             end repeat",
        ),
        ("choices", "list name|value|label::English (en)|score|fail|na\nyn|yes|Yes|1\nyn|no|No|0|yes\nyn|na|NA|||TRUE"),
        ("settings", "form_title::English (en)|form_id|version|default_language\nSupplies|supplies|3|English (en)"),
    ]);
    assert_eq!(import.report, []);
    let template = import.template;
    assert_eq!(
        (template.form_id.as_str(), template.version.as_str(), template.title.get("en")),
        ("supplies", "3", "Supplies")
    );
    assert_eq!(template.default_language, "en");
    let Item::Section(food) = &template.items[0] else { panic!() };
    assert_eq!((food.label.get("zh-CN"), food.items.len()), ("食品", 4));
    let sealed = template.question("q-1").unwrap();
    assert_eq!(
        (sealed.name.as_str(), sealed.kind, sealed.severity),
        ("sealed", Kind::SelectOne, Some(Severity::Critical))
    );
    assert_eq!((sealed.required.as_deref(), sealed.was.as_str()), (Some("true()"), "old"));
    assert!(sealed.on_fail.photo && sealed.on_fail.note);
    assert_eq!(sealed.weight.map(|weight| weight.thousandths()), Some(2500));
    assert_eq!(sealed.source.as_ref().map(|source| (source.sheet.as_str(), source.row)), Some(("Survey", 3)));
    let water = template.question("water").unwrap();
    assert_eq!((water.required.as_deref(), &water.default), (None, &Some(DefaultValue::Value("5".into()))));
    assert_eq!(template.question("e").unwrap().default, Some(DefaultValue::Expression("today()".into())));
    assert!(template.question("lot/what").is_some());
    let list = template.choices_of(sealed);
    assert!(list[1].fail && list[2].na && !list[0].fail);
    Program::compile(&template).unwrap();
}

#[test]
fn cells_typed_by_a_spreadsheet_become_what_their_author_sees() {
    let mut workbook = Workbook::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let survey = workbook.add_worksheet();
    survey.set_name("survey").unwrap();
    for (column, heading) in ["type", "name", "label", "default", "required"].iter().enumerate() {
        survey.write_string(0, column as u16, *heading).unwrap();
    }
    for (row, name) in ["a", "b", "c"].iter().enumerate() {
        survey.write_string(row as u32 + 1, 0, "text").unwrap().write_string(row as u32 + 1, 1, *name).unwrap();
        survey.write_string(row as u32 + 1, 2, "\u{a0}Label ").unwrap();
    }
    survey.write_number(1, 3, 1.0).unwrap().write_boolean(1, 4, true).unwrap();
    survey.write_number(2, 3, 2.5).unwrap().write_boolean(2, 4, false).unwrap();
    let day = ExcelDateTime::from_ymd(2026, 3, 1).unwrap();
    survey.write_datetime_with_format(3, 3, &day, &date).unwrap();
    let import = import::workbook(&workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!(import.report, []);
    let read = |name: &str| {
        let question = import.template.question(name).unwrap();
        (question.default.clone(), question.required.clone())
    };
    let given = |text: &str| Some(DefaultValue::Value(text.into()));
    assert_eq!(read("a"), (given("1"), Some("true()".into())));
    assert_eq!(read("b"), (given("2.5"), None));
    assert_eq!(read("c"), (given("2026-03-01"), None));
    assert_eq!(import.template.question("a").unwrap().label.get("en"), "Label");
}

#[test]
fn a_cell_in_the_last_row_and_column_costs_one_cell() {
    let mut workbook = Workbook::new();
    let survey = workbook.add_worksheet();
    survey.set_name("survey").unwrap();
    for (column, heading) in ["type", "name", "label"].iter().enumerate() {
        survey.write_string(0, column as u16, *heading).unwrap();
        survey.write_string(1_048_575, column as u16, ["text", "q", "Q"][column]).unwrap();
    }
    survey.write_string(1_048_575, 16_383, "far away").unwrap();
    let import = import::workbook(&workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!(import.template.questions().len(), 1);
    assert_eq!(import.template.question("q").unwrap().source.as_ref().map(|source| source.row), Some(1_048_576));
}

#[test]
fn a_name_used_in_two_sections_gets_a_uid_of_its_own_and_in_one_section_an_error() {
    let import = import(&[(
        "survey",
        "type|name|label
         begin group|a|A
         text|n|N
         end group
         begin group|b|B
         text|n|N
         text|n|N
         end group",
    )]);
    let uids: Vec<_> = import.template.questions().into_iter().map(|question| question.uid.clone()).collect();
    assert_eq!(uids, ["n", "b/n", "n.7"]);
    let told: Vec<_> = import.report.iter().map(|note| (note.cell.as_str(), note.severity, note.code)).collect();
    assert_eq!(told, [("B6", NoteSeverity::Warning, "name-again"), ("B7", NoteSeverity::Error, "uid-twice")]);
}

#[test]
fn bent_quotes_in_expressions_are_made_straight() {
    let import = import(&[("survey", "type|name|label|relevant\ntext|a|A\ntext|b|B|${a} = ‘yes’ or ${a} = “no”")]);
    assert_eq!(import.report, []);
    assert_eq!(import.template.question("b").unwrap().relevant.as_deref(), Some("${a} = 'yes' or ${a} = \"no\""));
}

#[test]
fn sections_deeper_than_people_can_follow_are_told_and_do_not_break_the_rest() {
    let mut survey = "type|name|label\n".to_owned();
    for index in 0..100 {
        survey.push_str(&format!("begin group|g{index}|G\n"));
    }
    survey.push_str("text|deep|Deep\n");
    survey.push_str(&"end group\n".repeat(100));
    survey.push_str("text|flat|Flat");
    let import = import(&[("survey", &survey)]);
    assert!(import.report.iter().all(|note| note.code == "section-too-deep"));
    assert!(matches!(&import.template.items[1], Item::Question(question) if question.name == "flat"));
    Program::compile(&import.template).unwrap();
}

#[test]
fn what_is_no_workbook_gets_a_typed_error() {
    let code = |bytes: &[u8]| import::workbook(bytes).map(|_| ()).map_err(|error| error.code());
    assert_eq!(code(b""), Err("not-a-workbook"));
    assert_eq!(code(b"type,name\ntext,a"), Err("not-a-workbook"));
    assert_eq!(code(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1]), Err("old-workbook"));
    assert_eq!(code(b"PK\x03\x04 and then nothing"), Err("workbook-unreadable"));
    assert_eq!(code(&workbook(&[("other", "a|b")])), Err("no-survey-sheet"));
    assert_eq!(code(&workbook(&[("survey", "type|label\ntext|A")])), Err("no-column"));
    let mut large = workbook(&[("survey", "type|name\ntext|a")]);
    large.resize(import::MAX_WORKBOOK + 1, 0);
    assert_eq!(code(&large), Err("workbook-too-large"));
}

#[test]
fn a_workbook_that_inflates_without_end_is_refused_whatever_sizes_it_claims() {
    let bomb = |lie: bool| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).unwrap();
        let block = vec![b' '; 1 << 20];
        for _ in 0..=(import::MAX_INFLATED >> 20) {
            zip.write_all(&block).unwrap();
        }
        let mut bytes = zip.finish().unwrap().into_inner();
        if lie {
            let size = ((import::MAX_INFLATED + (1 << 20)) as u32).to_le_bytes();
            let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == size).collect();
            assert!(!places.is_empty());
            for at in places {
                bytes[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
            }
        }
        bytes
    };
    assert_eq!(import::workbook(&bomb(false)), Err(ImportError::TooLarge));
    assert!(matches!(import::workbook(&bomb(true)), Err(ImportError::TooLarge | ImportError::Unreadable { .. })));
}

#[test]
fn a_small_workbook_with_millions_of_empty_rows_or_texts_is_refused_before_it_is_read() {
    let survey = workbook(&[("survey", "type|name\ntext|a")]);
    for (path, unit) in [("xl/sharedStrings.xml", "<si/>"), ("xl/worksheets/sheet1.xml", "<row/>")] {
        let mut from = zip::ZipArchive::new(std::io::Cursor::new(&survey)).unwrap();
        let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for index in 0..from.len() {
            let entry = from.by_index_raw(index).unwrap();
            if entry.name().unwrap() != path {
                to.raw_copy_file(entry).unwrap();
            }
        }
        to.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(unit.repeat(import::MAX_TAGS as usize + 1).as_bytes()).unwrap();
        let bomb = to.finish().unwrap().into_inner();
        assert!(bomb.len() < 200_000, "{}", bomb.len());
        assert_eq!(import::workbook(&bomb), Err(ImportError::TooLarge), "{path}");
    }
}

//! Workbooks that other people wrote, read when they are there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that cannot go on says so by panicking"
)]

use std::path::Path;

use wurao_checklist::import::{self, NoteSeverity};
use wurao_checklist::{Answers, Moment, Program};

fn read(path: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/xlsforms").join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("not there, not tested: {}", path.display());
    }
    bytes
}

fn compiles_with_questions(path: &str, least: usize) {
    let Some(bytes) = read(path) else { return };
    let import = import::workbook(&bytes).unwrap();
    let errors: Vec<String> =
        import.report.iter().filter(|note| note.severity == NoteSeverity::Error).map(ToString::to_string).collect();
    assert_eq!(errors, Vec::<String>::new(), "{path}");
    assert!(import.template.questions().len() >= least, "{path}: {}", import.template.questions().len());
    let program = Program::compile(&import.template).unwrap();
    let evaluation = program.evaluate(&Answers::default(), &Moment::new(1_795_312_800_000, 480));
    assert_eq!(evaluation.diagnostics, [], "{path}");
    println!("{path}: {} questions, {} notes", import.template.questions().len(), import.report.len());
}

#[test]
fn a_facility_survey_of_waste_collection_compiles() {
    compiles_with_questions("osm_fieldwork/osm_fieldwork__xlsforms__archived__waste_collection.xlsx", 10);
}

#[test]
fn a_facility_survey_of_solid_waste_compiles() {
    compiles_with_questions("osm_fieldwork/osm_fieldwork__xlsforms__archived__solidwaste.xlsx", 10);
}

#[test]
fn a_socio_economic_survey_is_told_what_is_not_supported_and_where() {
    let Some(bytes) = read("webforms/socio-economic-survey-v20240515.xlsx") else { return };
    let report = import::workbook(&bytes).unwrap().report;
    let errors: Vec<_> = report
        .iter()
        .filter(|note| note.severity == NoteSeverity::Error)
        .map(|note| (note.sheet.as_str(), note.cell.as_str(), note.code))
        .collect();
    assert_eq!(errors, [("survey", "O12", "unsupported-function")]);
}

#[test]
fn the_verbal_autopsy_of_the_who_compiles() {
    compiles_with_questions("who_va/WHOVA2016_v1_5_2_ODK_HB_2019_revision3.xlsx", 400);
}

#[test]
fn every_workbook_there_is_read_or_refused_with_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/xlsforms");
    let Ok(folders) = std::fs::read_dir(&folder) else {
        println!("not there, not tested: {}", folder.display());
        return;
    };
    let (mut clean, mut with_errors, mut refused) = (0, 0, 0);
    for file in folders.flatten().flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten()).flatten() {
        let bytes = std::fs::read(file.path()).unwrap();
        match import::workbook(&bytes) {
            Err(error) => {
                refused += 1;
                println!("{}: {error}", file.file_name().display());
            }
            Ok(import) => {
                let errors = import.report.iter().filter(|note| note.severity == NoteSeverity::Error);
                let first = errors.clone().next().map(ToString::to_string).unwrap_or_default();
                if first.is_empty() {
                    clean += 1;
                    Program::compile(&import.template).unwrap();
                } else {
                    with_errors += 1;
                    println!("{}: {} errors, first {first}", file.file_name().display(), errors.count());
                }
            }
        }
    }
    println!("{clean} compile, {with_errors} with errors, {refused} refused");
}

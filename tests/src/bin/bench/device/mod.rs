//! A tap until it is durable beside SQLite alone; a phone that opens with many inspections and lists them.

mod opening;
mod tap;

pub(crate) use opening::play as play_opening;

use crate::office::{Office, counts, sync};
use crate::rows::Rows;
use wurao_tests::{Doing, Trouble};

/// Runs the bench.
pub(crate) fn run(quick: bool, rows: &mut Rows) -> Result<(), Trouble> {
    let (visits, taps) = if quick { (50, 200) } else { (1000, 3000) };
    let office = Office::open(visits)?;
    let first = office.phone("first")?;
    let documents = office.start_all(&first)?;
    let questions = counts(&first.form(documents[0], "en").doing("show a form")?);
    // The last one grows large: its taps are measured apart.
    let (large, small) = documents.split_last().ok_or_else(|| Trouble::new("start", "nothing"))?;
    tap::run(&office, &first, (small, *large), taps, rows)?;

    // The second phone's store is made by the work of a colleague: every inspection with five answers, synced.
    for document in small {
        for (question, value) in questions.iter().zip(["12", "30", "2", "7", "450"]) {
            first.answer(*document, question, "-", value).doing("answer")?;
        }
    }
    sync(&first)?;
    drop(office.phone("second")?);
    opening::run(&office, "second", visits, rows)
}

/// The value that this share of all values does not exceed.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

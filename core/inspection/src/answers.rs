//! A document's live puts as an evaluation reads them.

use crate::compiled::Compiled;
use crate::value::value;
use std::collections::BTreeSet;
use wurao_checklist::{Answers, Key, Moment, Row};
use wurao_record::{OpRow, ReadRow, read};

impl Compiled {
    /// A document's live puts, all of them and in any order, as an evaluation reads them. Of several values the one
    /// shown counts, until a person chooses.
    ///
    /// Rows that are there by themselves (a repeat's first, a counted repeat's) are never stored: they follow from the
    /// answers, and a row within a row follows from that.
    pub fn answers(&self, live: &[OpRow], moment: &Moment) -> Answers {
        let mut answers = stored(live);
        self.add_automatic_rows(&mut answers, moment);
        answers
    }

    /// The answers, and which of their rows are only offered.
    pub(crate) fn answers_and_offers(&self, live: &[OpRow], moment: &Moment) -> (Answers, BTreeSet<String>) {
        let mut answers = stored(live);
        let made = answers.rows.len();
        self.add_automatic_rows(&mut answers, moment);
        let offers = self.offers(&answers, made);
        (answers, offers)
    }

    fn add_automatic_rows(&self, answers: &mut Answers, moment: &Moment) {
        // Asking costs an evaluation, and most checklists have no repeat.
        if !self.has_repeats() {
            return;
        }
        loop {
            let rows = self.program().automatic_rows(answers, moment);
            if rows.is_empty() {
                return;
            }
            answers.rows.extend(rows);
        }
    }

    /// Of the rows behind those that people made, outer ones first, those that stand only to be written in: the first
    /// row of a repeat that nobody counts, and all within it, as long as nothing in or below them was written.
    fn offers(&self, answers: &Answers, made: usize) -> BTreeSet<String> {
        let (made, automatic) = answers.rows.split_at(made);
        let keys = answers.values.keys().chain(answers.photos.keys());
        let mut written: BTreeSet<&str> = keys.map(|key| key.instance.as_str()).collect();
        written.extend(made.iter().filter_map(|row| row.parent.as_deref()));
        for row in automatic.iter().rev() {
            if written.contains(row.instance.as_str()) {
                written.extend(row.parent.as_deref());
            }
        }
        let mut offers = BTreeSet::new();
        for row in automatic.iter().filter(|row| !written.contains(row.instance.as_str())) {
            let counted = self.repeat(&row.kind).is_some_and(|repeat| repeat.count.is_some());
            if !counted || row.parent.as_ref().is_some_and(|parent| offers.contains(parent)) {
                offers.insert(row.instance.clone());
            }
        }
        offers
    }
}

fn stored(live: &[OpRow]) -> Answers {
    let reading = read(live);
    let mut answers = Answers { removed: reading.removed, revived: reading.revived, ..Answers::default() };
    for (question, instance, scalar) in &reading.answers {
        answers.set(question, instance, value(scalar));
    }
    let row = |ReadRow { instance, kind, parent, order }| Row { instance, kind, parent, order };
    answers.rows = reading.rows.into_iter().map(row).collect();
    let photos = reading.photos.into_iter();
    answers.photos = photos.map(|((question, instance), count)| (Key::new(question, instance), count)).collect();
    answers
}

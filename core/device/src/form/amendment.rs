//! What was written in an inspection and is not in force, as the screen shows it beside the rest.

use super::Amended;
use super::screen::Screen;
use crate::error::Error;
use crate::store::apart::{self, Why};
use wurao_inspection::{label, question_of, remarked, text};
use wurao_record::{Map, OpRow, instance_of_answer};

impl Screen<'_> {
    /// Answers, remarks and photos that are set apart.
    pub(super) fn amendment(&self) -> Result<Vec<Amended>, Error> {
        let mut made = Vec::new();
        for (op, why) in apart::puts(self.connection, &self.document)? {
            match op.map {
                Map::Answers => made.push(self.answer(&op, why)?),
                Map::Evidence => made.push(self.photo(&op, why)?),
                // A row without an answer holds nothing that somebody has seen, and a choice is among answers that are here.
                _ => {}
            }
        }
        Ok(made)
    }

    fn answer(&self, op: &OpRow, why: Why) -> Result<Amended, Error> {
        let (question, instance) = (question_of(&op.key), instance_of_answer(&op.key).unwrap_or_default());
        let value = text(&op.value);
        // An answer to a question that this checklist does not know is shown as it is.
        let asked = self.compiled.question(remarked(question).unwrap_or(question)).ok();
        let shown = match asked.filter(|_| remarked(question).is_none()) {
            Some(asked) => self.compiled.shown(asked, &value, self.language),
            None => value.clone(),
        };
        let place = (question, instance);
        self.amended(op, why, place, asked.map_or(question, |asked| label(asked, self.language)), value, shown)
    }

    fn photo(&self, op: &OpRow, why: Why) -> Result<Amended, Error> {
        let place = text(&op.value);
        let (question, instance) = place.split_once('@').unwrap_or((&place, ""));
        let asked = self.compiled.question(question).ok();
        let label = asked.map_or(question, |asked| label(asked, self.language));
        let mut amended = self.amended(op, why, (question, instance), label, String::new(), String::new())?;
        amended.original = Some(op.key.clone());
        amended.photo = self.photos.iter().find(|photo| photo.original == op.key).cloned();
        Ok(amended)
    }

    fn amended(
        &self,
        op: &OpRow,
        why: Why,
        (question, instance): (&str, &str),
        label: &str,
        value: String,
        shown: String,
    ) -> Result<Amended, Error> {
        Ok(Amended {
            question: question.to_owned(),
            instance: instance.to_owned(),
            label: label.to_owned(),
            value,
            shown,
            original: None,
            photo: None,
            by: self.who(&op.id.actor.0, op.time_ms)?,
            standing: why.standing,
            problem: why.problem,
            detail: why.detail,
        })
    }
}

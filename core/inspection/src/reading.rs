//! A document read under its checklist at one moment.

use crate::compiled::Compiled;
use std::collections::BTreeSet;
use wurao_checklist::{Answers, Evaluation, Moment};
use wurao_record::{Field, Map, OpRow, Standing, choice_key, field};

/// A document read under its checklist at one moment.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The live puts, sorted by map and key.
    pub live: Vec<OpRow>,
    /// The answers, with the rows that are there by themselves.
    pub answers: Answers,
    /// What follows from them.
    pub evaluation: Evaluation,
    /// Instances of the rows that stand only to be written in: nobody made them, nobody counted them, and nothing was
    /// written in or below them.
    pub offers: BTreeSet<String>,
}

impl Reading {
    /// Reads a document from its live puts, all of them and in any order.
    pub fn new(checklist: &Compiled, mut live: Vec<OpRow>, moment: &Moment) -> Self {
        live.sort_by(|a, b| (a.map, &a.key).cmp(&(b.map, &b.key)));
        let (answers, offers) = checklist.answers_and_offers(&live, moment);
        let evaluation = checklist.program().evaluate(&answers, moment);
        Self { live, answers, evaluation, offers }
    }

    /// The live puts at a key.
    pub fn at(&self, map: Map, key: &str) -> &[OpRow] {
        at(&self.live, map, key)
    }

    /// How an answer stands among people, by its key.
    pub fn answer(&self, key: &str) -> Field {
        field(self.at(Map::Answers, key), self.at(Map::Choices, &choice_key(Map::Answers, key)))
    }

    /// The keys of all answers, cleared ones included, sorted.
    pub fn answer_keys(&self) -> impl Iterator<Item = &str> {
        let answers = self.live.chunk_by(|a, b| (a.map, &a.key) == (b.map, &b.key));
        answers.filter(|ops| ops[0].map == Map::Answers).map(|ops| ops[0].key.as_str())
    }

    /// How many answers people disagree on, and nobody has chosen.
    pub fn conflicts(&self) -> u32 {
        self.standing(Standing::Conflict)
    }

    /// How many answers people disagreed on, and somebody has chosen.
    pub fn chosen(&self) -> u32 {
        self.standing(Standing::Chosen)
    }

    fn standing(&self, standing: Standing) -> u32 {
        self.answer_keys().filter(|key| self.answer(key).standing == standing).count() as u32
    }
}

/// Of operations that are sorted by map and key, those at a key.
pub fn at<'a>(ops: &'a [OpRow], map: Map, key: &str) -> &'a [OpRow] {
    let from = ops.partition_point(|op| (op.map, op.key.as_str()) < (map, key));
    let count = ops[from..].iter().take_while(|op| op.map == map && op.key == key).count();
    &ops[from..from + count]
}

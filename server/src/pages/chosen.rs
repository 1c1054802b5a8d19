//! The choices behind the answers of an inspection, as data.

use super::case::Case;
use super::words::scalar_text;
use crate::Error;
use crate::store::read;
use rusqlite::Connection;
use wurao_inspection::{Among, at, settled};
use wurao_protocol::PersonId;
use wurao_record::{ActorId, Map, Scalar, choice_key};

/// A choice behind a value in force.
pub(crate) struct ChosenAnswer {
    /// The answer's key.
    pub(crate) key: String,
    /// What was chosen, by whom.
    pub(crate) chosen: SaidValue,
    /// All that was chosen among, in the order in which it was put.
    pub(crate) among: Vec<SaidValue>,
}

/// A value somebody put.
pub(crate) struct SaidValue {
    pub(crate) value: String,
    pub(crate) person: Option<PersonId>,
    pub(crate) at_ms: i64,
    /// At the server's page, not on a phone.
    pub(crate) at_page: bool,
    /// It was a choice.
    pub(crate) chose: bool,
}

/// All of them, by key; two behind one answer when people chose differently.
pub(crate) fn chosen(db: &Connection, case: &Case) -> Result<Vec<ChosenAnswer>, Error> {
    if !case.live.iter().any(|op| op.map == Map::Choices) {
        return Ok(Vec::new());
    }
    let ops = read::ops(db, &case.inspection.document)?;
    let mut all = Vec::new();
    for key in case.answer_keys() {
        let (field, choices) = (case.answer(key), at(&ops, Map::Choices, &choice_key(Map::Answers, key)));
        for one in settled(&field, at(&ops, Map::Answers, key), choices) {
            let stamp = &one.choice.stamp;
            let among =
                one.among.iter().map(|Among { op, chose }| said(case, &op.value, &op.id.actor, op.time_ms, *chose));
            all.push(ChosenAnswer {
                key: key.to_owned(),
                chosen: said(case, &one.choice.chosen, &stamp.id.actor, stamp.time_ms, true),
                among: among.collect(),
            });
        }
    }
    Ok(all)
}

fn said(case: &Case, value: &Scalar, actor: &ActorId, at_ms: i64, chose: bool) -> SaidValue {
    let author = case.author(actor);
    SaidValue {
        value: scalar_text(value),
        person: author.map(|author| author.person),
        at_ms,
        at_page: author.is_some_and(|author| author.at_page),
        chose,
    }
}

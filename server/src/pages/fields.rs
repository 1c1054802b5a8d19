//! One question of an inspection: what was answered, by whom, and what is wrong with it.

use super::case::{Case, severity};
use super::photos::Photos;
use super::words::{cleared, label, scalar_text, shown, text};
use crate::page::view::{Choosing, FieldKind, FieldView, Said, Severity, Side, Standing, Text, Who};
use crate::store::read::Author;
use std::collections::BTreeSet;
use wurao_checklist::{Kind, Node, Question, Violation};
use wurao_inspection::{Among, Entry, Settled, at, key, question_of, settled};
use wurao_record::{ActorId, Field, Held, Map, OpId, OpRow, Scalar, Stamp, choice_key};

/// Makes the fields of one inspection.
pub(super) struct Fields<'a> {
    pub(super) case: &'a Case,
    pub(super) photos: &'a Photos,
    /// All puts in force or overwritten since, by map and key: choices are told from them. None are needed where nobody chose.
    pub(super) ops: Vec<OpRow>,
    /// The keys on which the reader does not choose, having answered themselves; none when they choose nowhere here.
    pub(super) not_theirs: Option<BTreeSet<String>>,
}

impl Fields<'_> {
    /// The field of a question that applies.
    pub(super) fn of_entry(&self, Entry { question, node, field }: &Entry<'_>) -> FieldView {
        let value = node.value.to_string();
        let calculated = question.kind == Kind::Calculate || question.calculation.is_some();
        // A default that nobody has touched is nobody's answer either.
        let nobodys = field.values.is_empty() && !value.is_empty();
        let standing = if calculated || nobodys {
            computed(shown(&self.case.checklist, Some(question), &value), &value)
        } else {
            self.standing(&key(&node.question, &node.instance), field, Some(question))
        };
        FieldView {
            label: label(&self.case.checklist, &node.question),
            kind: kind(question.kind),
            unit: None,
            standing,
            calculated: calculated || nobodys,
            violation: node.violation.as_ref().map(violation),
            finding: self.finding(node),
            photos: self.photos.at(&node.question, &node.instance),
            key: key(&node.question, &node.instance),
        }
    }

    /// The field of an answer by its key alone: a remark, or an answer to what is not asked any more.
    pub(super) fn of_key(&self, key: &str) -> FieldView {
        let asked = question_of(key);
        let checklist = &self.case.checklist;
        let question = checklist.question(asked);
        FieldView {
            label: label(checklist, asked),
            kind: question.map_or(FieldKind::Text, |question| kind(question.kind)),
            unit: None,
            standing: self.standing(key, &self.case.answer(key), question),
            calculated: false,
            violation: None,
            finding: None,
            photos: Vec::new(),
            key: key.to_owned(),
        }
    }

    fn finding(&self, node: &Node) -> Option<Severity> {
        let findings = self.case.evaluation.findings.iter();
        let own = findings.filter(|found| found.question == node.question && found.instance == node.instance);
        own.map(|found| severity(found.severity)).max()
    }

    fn standing(&self, key: &str, found: &Field, question: Option<&Question>) -> Standing {
        let settled = self.settled(key, found);
        match (found.standing, found.values.as_slice()) {
            (wurao_record::Standing::Conflict, values) => Standing::Conflict {
                sides: values.iter().filter_map(|held| self.side(held, &settled, question)).collect(),
                choosing: self.choosing(key, found),
            },
            (wurao_record::Standing::Agreed, [held]) => self.agreed(held, question),
            (wurao_record::Standing::Chosen, [held]) => self.chosen(held, &settled, question),
            _ => Standing::Empty,
        }
    }

    /// The choices behind a field's values, with what they were made among.
    fn settled<'b>(&'b self, key: &str, found: &'b Field) -> Vec<Settled<'b>> {
        let choices = at(&self.ops, Map::Choices, &choice_key(Map::Answers, key));
        settled(found, at(&self.ops, Map::Answers, key), choices)
    }

    fn choosing(&self, key: &str, found: &Field) -> Choosing {
        match &self.not_theirs {
            None => Choosing::No,
            Some(keys) if keys.contains(key) => Choosing::Own,
            Some(_) => {
                let mut among: Vec<OpId> = found.values.iter().flat_map(|held| &held.stamps).map(|it| it.id).collect();
                among.sort_unstable();
                let among: Vec<String> = among.iter().map(OpId::to_string).collect();
                Choosing::Yes { among: among.join(" ") }
            }
        }
    }

    fn agreed(&self, held: &Held, question: Option<&Question>) -> Standing {
        match self.said_by_all(held, &[], question).as_slice() {
            [] => Standing::Empty,
            [said] => Standing::Answered(said.clone()),
            all => Standing::Agreed {
                value: self.value(&held.value, question),
                by: all.iter().map(|said| Who { name: said.name.clone(), at_ms: said.at_ms }).collect(),
            },
        }
    }

    fn side(&self, held: &Held, settled: &[Settled<'_>], question: Option<&Question>) -> Option<Side> {
        let chose =
            settled.iter().find(|settled| held.stamps.iter().any(|stamp| stamp.change == settled.choice.stamp.change));
        Some(Side {
            op: held.stamps.first()?.id.to_string(),
            value: self.value(&held.value, question),
            said: self.said_by_all(held, settled, question),
            among: chose.map_or_else(Vec::new, |settled| self.among(settled, question)),
        })
    }

    fn chosen(&self, held: &Held, settled: &[Settled<'_>], question: Option<&Question>) -> Standing {
        // Several people may have chosen alike; the first who did decided.
        let Some(first) = settled.first() else { return Standing::Empty };
        let stamp = &first.choice.stamp;
        let at_page = self.case.author(&stamp.id.actor).is_some_and(|author| author.at_page);
        Standing::Chosen {
            by: self.said(&held.value, &stamp.id.actor, stamp.time_ms, true, question),
            after_close: at_page && self.case.inspection.closed_ms.is_some_and(|closed| closed <= stamp.time_ms),
            among: self.among(first, question),
        }
    }

    fn among(&self, settled: &Settled<'_>, question: Option<&Question>) -> Vec<Said> {
        let said = |Among { op, chose }: &Among<'_>| self.said(&op.value, &op.id.actor, op.time_ms, *chose, question);
        settled.among.iter().map(said).collect()
    }

    /// A value with everybody who gave it, each once, in the order they did.
    fn said_by_all(&self, held: &Held, settled: &[Settled<'_>], question: Option<&Question>) -> Vec<Said> {
        let mut stamps: Vec<&Stamp> = held.stamps.iter().collect();
        stamps.sort_by_key(|stamp| (stamp.time_ms, stamp.id));
        let mut persons = Vec::new();
        stamps.retain(|stamp| {
            let person = self.case.author(&stamp.id.actor).map(|author| author.person);
            let new = !persons.contains(&person);
            persons.push(person);
            new
        });
        let chose = |stamp: &Stamp| settled.iter().any(|settled| settled.choice.stamp.change == stamp.change);
        let said = |stamp: &Stamp| self.said(&held.value, &stamp.id.actor, stamp.time_ms, chose(stamp), question);
        stamps.into_iter().map(said).collect()
    }

    fn said(&self, value: &Scalar, actor: &ActorId, at_ms: i64, chose: bool, question: Option<&Question>) -> Said {
        let author = self.case.author(actor);
        Said {
            value: self.value(value, question),
            name: author.map_or_else(String::new, |author| author.name.clone()),
            at_ms,
            device: author.map_or_else(Text::default, device),
            at_page: author.is_some_and(|author| author.at_page),
            chose,
        }
    }

    /// A value as words.
    pub(super) fn value(&self, value: &Scalar, question: Option<&Question>) -> Text {
        match value {
            Scalar::Null => cleared(),
            _ => shown(&self.case.checklist, question, &scalar_text(value)),
        }
    }
}

/// What an author wrote on.
fn device(author: &Author) -> Text {
    if author.at_page { Text::new("网页", "the page") } else { Text::from(author.device_name.as_str()) }
}

/// A value that nobody gave.
fn computed(words: Text, value: &str) -> Standing {
    if value.is_empty() { Standing::Empty } else { Standing::Answered(Said { value: words, ..Said::default() }) }
}

fn kind(kind: Kind) -> FieldKind {
    match kind {
        Kind::Integer | Kind::Decimal => FieldKind::Number,
        Kind::SelectOne | Kind::Acknowledge => FieldKind::Choice,
        Kind::SelectMultiple => FieldKind::Choices,
        Kind::Date | Kind::Time | Kind::DateTime | Kind::Start | Kind::End | Kind::Today => FieldKind::Date,
        Kind::Geopoint => FieldKind::Place,
        Kind::Image => FieldKind::Photo,
        Kind::Note => FieldKind::Note,
        Kind::Text | Kind::Calculate | Kind::DeviceId => FieldKind::Text,
    }
}

fn violation(violation: &Violation) -> Text {
    match violation {
        Violation::Constraint(words) if !words.is_empty() => text(words),
        Violation::Constraint(_) => Text::new("不合本项要求", "against this question's rule"),
        Violation::Type => Text::new("不是这一项要的答案", "not the kind of answer asked for"),
        Violation::Choice => Text::new("不在选项之中", "not among the choices"),
    }
}

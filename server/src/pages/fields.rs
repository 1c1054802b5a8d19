//! One question of an inspection: what was answered, by whom, and what is wrong with it.

use super::case::{Case, severity};
use super::photos::Photos;
use super::words::{cleared, label, scalar_text, shown, text};
use crate::page::view::{FieldKind, FieldView, Said, Severity, Standing, Text, Who};
use std::collections::BTreeMap;
use wurao_checklist::{Kind, Node, Question, Violation};
use wurao_inspection::{Entry, key, question_of};
use wurao_record::{ActorId, Field, Held, OpId, OpRow, Scalar, Stamp};

/// Makes the fields of one inspection.
pub(super) struct Fields<'a> {
    pub(super) case: &'a Case,
    pub(super) photos: &'a Photos,
    /// Overwritten answers that a person chose among, by their ops.
    pub(super) overwritten: BTreeMap<OpId, OpRow>,
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
            self.standing(field, Some(question))
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
            standing: self.standing(&self.case.answer(key), question),
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

    fn standing(&self, found: &Field, question: Option<&Question>) -> Standing {
        match (found.standing, found.values.as_slice()) {
            (wurao_record::Standing::Conflict, values) => {
                Standing::Conflict { values: values.iter().flat_map(|held| self.said_by_all(held, question)).collect() }
            }
            (wurao_record::Standing::Agreed, [held]) => self.agreed(held, question),
            (wurao_record::Standing::Chosen, [held]) => self.chosen(found, held, question),
            _ => Standing::Empty,
        }
    }

    fn agreed(&self, held: &Held, question: Option<&Question>) -> Standing {
        match self.said_by_all(held, question).as_slice() {
            [] => Standing::Empty,
            [said] => Standing::Answered(said.clone()),
            all => Standing::Agreed {
                value: self.value(&held.value, question),
                by: all.iter().map(|said| Who { name: said.name.clone(), at_ms: said.at_ms }).collect(),
            },
        }
    }

    fn chosen(&self, found: &Field, held: &Held, question: Option<&Question>) -> Standing {
        // Several people may have chosen alike; the first who did decided.
        let Some(choice) = found.choices.iter().min_by_key(|choice| choice.stamp.id) else { return Standing::Empty };
        let mut among: Vec<Said> = choice
            .among
            .iter()
            .filter_map(|id| self.overwritten.get(id))
            .map(|op| self.said(&op.value, &op.id.actor, op.time_ms, question))
            .collect();
        among.sort_by_key(|said| said.at_ms);
        let by = self.said(&held.value, &choice.stamp.id.actor, choice.stamp.time_ms, question);
        Standing::Chosen { value: by.value, by: Who { name: by.name, at_ms: by.at_ms }, among }
    }

    /// A value with everybody who gave it, each once, in the order they did.
    fn said_by_all(&self, held: &Held, question: Option<&Question>) -> Vec<Said> {
        let mut stamps: Vec<&Stamp> = held.stamps.iter().collect();
        stamps.sort_by_key(|stamp| (stamp.time_ms, stamp.id));
        let mut persons = Vec::new();
        stamps.retain(|stamp| {
            let person = self.case.author(&stamp.id.actor).map(|author| author.person);
            let new = !persons.contains(&person);
            persons.push(person);
            new
        });
        stamps.into_iter().map(|stamp| self.said(&held.value, &stamp.id.actor, stamp.time_ms, question)).collect()
    }

    fn said(&self, value: &Scalar, actor: &ActorId, at_ms: i64, question: Option<&Question>) -> Said {
        let author = self.case.author(actor);
        Said {
            value: self.value(value, question),
            name: author.map_or_else(String::new, |author| author.name.clone()),
            at_ms,
            device: author.map_or_else(String::new, |author| author.device_name.clone()),
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

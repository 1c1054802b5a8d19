//! From rows to the screen.

use super::answers::{answers_of, text_of};
use super::{Field, FieldStanding, Form, FormFinding, FormItem, Held, HeldBy, RowView, SectionView};
use crate::checklists::Compiled;
use crate::error::{Error, PhoneError};
use crate::phone::{Phone, State};
use crate::photo::PhotoView;
use crate::store::{documents, records};
use rusqlite::Connection;
use std::collections::BTreeMap;
use wurao_checklist::{Evaluation, Item, Key, Kind, Needed, Node, NodeKind, Question, Template, Violation};
use wurao_protocol::DocumentId;
use wurao_protocol::record::{Device, Person, Session, Site};
use wurao_record::{Map, OpRow, Standing, choice_key, field};

impl Phone {
    /// The inspection as the screen shows it, in a language (`zh`, `en`).
    pub fn form(&self, document: DocumentId, language: &str) -> Result<Form, PhoneError> {
        let mut state = self.state();
        Ok(self.form_of(&mut state, document, language)?)
    }

    fn form_of(&self, state: &mut State, document: DocumentId, language: &str) -> Result<Form, Error> {
        let row = documents::get(state.store.read(), &document)?
            .ok_or(Error::NotFound { what: "inspection", id: document.to_string() })?;
        let compiled = state.checklist(&row.checklist)?;
        let site: Site = records::about(state.store.read(), &row.site.0)?
            .ok_or(Error::NotFound { what: "site", id: row.site.to_string() })?;
        let ops = documents::live(state.store.read(), &document)?;
        let moment = self.moment();
        let evaluation = compiled.program.evaluate(&answers_of(&ops, &compiled.program, &moment), &moment);
        let screen = Screen {
            connection: state.store.read(),
            compiled: &compiled,
            evaluation: &evaluation,
            language,
            photos: self.photos_in(state, &document)?,
            keys: by_key(&ops),
        };
        let sections = screen.sections()?;
        Ok(Form {
            document,
            title: compiled.template.title.get(language).to_owned(),
            site: if language == "en" { site.name.en } else { site.name.zh },
            conflicts: screen.conflicts(),
            sections,
            findings: screen.findings(),
            missing: evaluation.missing.len() as u32,
        })
    }
}

type Keys<'a> = BTreeMap<(Map, &'a str), Vec<&'a OpRow>>;

fn by_key(ops: &[OpRow]) -> Keys<'_> {
    let mut keys: Keys<'_> = BTreeMap::new();
    for op in ops {
        keys.entry((op.map, op.key.as_str())).or_default().push(op);
    }
    keys
}

/// Everything a screen is made from.
struct Screen<'a> {
    connection: &'a Connection,
    compiled: &'a Compiled,
    evaluation: &'a Evaluation,
    language: &'a str,
    photos: Vec<PhotoView>,
    keys: Keys<'a>,
}

impl Screen<'_> {
    /// Walks the nodes, which come in form order with their depth, into sections.
    fn sections(&self) -> Result<Vec<SectionView>, Error> {
        let titles = titles(&self.compiled.template, self.language);
        let mut sections: Vec<SectionView> = Vec::new();
        let nodes = &self.evaluation.nodes;
        let mut at = 0;
        while at < nodes.len() {
            let node = &nodes[at];
            if !node.relevant {
                at += 1;
            } else if node.kind == NodeKind::Section {
                let title = titles.get(&node.question).cloned().unwrap_or_default();
                sections.push(SectionView { title, items: Vec::new() });
                at += 1;
            } else {
                let item = self.item(nodes, &mut at, &titles)?;
                if sections.is_empty() {
                    sections.push(SectionView { title: String::new(), items: Vec::new() });
                }
                if let (Some(item), Some(section)) = (item, sections.last_mut()) {
                    section.items.push(item);
                }
            }
        }
        sections.retain(|section| !section.items.is_empty());
        Ok(sections)
    }

    /// The item at this node and all below it; moves on behind them.
    fn item(
        &self,
        nodes: &[Node],
        at: &mut usize,
        titles: &BTreeMap<String, String>,
    ) -> Result<Option<FormItem>, Error> {
        let node = &nodes[*at];
        *at += 1;
        match node.kind {
            NodeKind::Question => Ok(self.field(node)?.map(|field| FormItem::Field(Box::new(field)))),
            NodeKind::Repeat => {
                let title = titles.get(&node.question).cloned().unwrap_or_default();
                let mut rows = Vec::new();
                while *at < nodes.len() && nodes[*at].depth > node.depth {
                    let row = &nodes[*at];
                    *at += 1;
                    let mut items = Vec::new();
                    while *at < nodes.len() && nodes[*at].depth > row.depth {
                        if nodes[*at].relevant {
                            items.extend(self.item(nodes, at, titles)?);
                        } else {
                            *at += 1;
                        }
                    }
                    if row.relevant {
                        let title = format!("{title} {}", row.position);
                        rows.push(RowView { instance: row.instance.clone(), title, items });
                    }
                }
                Ok(Some(FormItem::Rows { kind: node.question.clone(), parent: node.instance.clone(), title, rows }))
            }
            // A section within a row adds no level on a phone's screen.
            NodeKind::Section | NodeKind::Row => Ok(None),
        }
    }

    fn field(&self, node: &Node) -> Result<Option<Field>, Error> {
        let question = self.compiled.question(&node.question)?;
        if !question.kind.is_asked() && question.kind != Kind::Note {
            return Ok(None);
        }
        let key = format!("{}@{}", node.question, node.instance);
        let found = field(&self.ops(Map::Answers, &key), &self.ops(Map::Choices, &choice_key(Map::Answers, &key)));
        let needs = |what| {
            let missing = &self.evaluation.missing;
            missing
                .iter()
                .any(|missing| missing.needed == what && missing.key == Key::new(&node.question, &node.instance))
        };
        let mut held = Vec::new();
        for value in &found.values {
            let mut by = Vec::new();
            for stamp in &value.stamps {
                by.push(self.who(&stamp.id.actor.0, stamp.time_ms)?);
            }
            let text = text_of(&value.value);
            held.push(Held { shown: self.shown(question, &text), value: text, by });
        }
        let value = node.value.to_string();
        let offered = |name: &String| node.choices.as_ref().is_none_or(|offered| offered.contains(name));
        Ok(Some(Field {
            question: node.question.clone(),
            instance: node.instance.clone(),
            label: question.label.get(self.language).to_owned(),
            hint: question.hint.get(self.language).to_owned(),
            kind: kind_name(question.kind),
            shown: self.shown(question, &value),
            value,
            missing: needs(Needed::Answer),
            readonly: node.readonly,
            violation: node.violation.as_ref().map(|violation| violation.code().to_owned()),
            violation_text: match &node.violation {
                Some(Violation::Constraint(text)) => text.get(self.language).to_owned(),
                _ => String::new(),
            },
            failed: node.failed,
            needs_photo: needs(Needed::Photo),
            needs_note: needs(Needed::Note),
            standing: match found.standing {
                Standing::Empty => FieldStanding::Empty,
                Standing::Agreed => FieldStanding::Agreed,
                Standing::Conflict => FieldStanding::Conflict,
                Standing::Chosen => FieldStanding::Chosen,
            },
            held,
            choices: self
                .compiled
                .template
                .choices_of(question)
                .iter()
                .filter(|choice| offered(&choice.name))
                .map(|choice| (choice.name.clone(), choice.label.get(self.language).to_owned()))
                .collect(),
            photos: self
                .photos
                .iter()
                .filter(|photo| photo.question == node.question && photo.instance == node.instance)
                .cloned()
                .collect(),
        }))
    }

    /// A value as people read it: labels instead of names of choices.
    fn shown(&self, question: &Question, value: &str) -> String {
        if !question.kind.is_select() {
            return value.to_owned();
        }
        let choices = self.compiled.template.choices_of(question);
        let label = |name: &str| match choices.iter().find(|choice| choice.name == name) {
            Some(choice) => choice.label.get(self.language).to_owned(),
            None => name.to_owned(),
        };
        value.split_whitespace().map(label).collect::<Vec<_>>().join(", ")
    }

    fn who(&self, actor: &[u8; 16], at_ms: i64) -> Result<HeldBy, Error> {
        let session: Option<Session> = records::about(self.connection, actor)?;
        let Some(session) = session else {
            return Ok(HeldBy { person: "?".to_owned(), device: "?".to_owned(), at_ms });
        };
        let person: Option<Person> = records::about(self.connection, &session.person.0)?;
        let device: Option<Device> = records::about(self.connection, &session.device.0)?;
        Ok(HeldBy {
            person: person.map_or_else(|| session.person.to_string(), |person| person.name),
            device: device.map_or_else(|| session.device.to_string(), |device| device.name),
            at_ms,
        })
    }

    fn ops(&self, map: Map, key: &str) -> Vec<OpRow> {
        self.keys.get(&(map, key)).into_iter().flatten().map(|op| (*op).clone()).collect()
    }

    fn conflicts(&self) -> u32 {
        let answers = self.keys.iter().filter(|((map, _), _)| *map == Map::Answers);
        answers.filter(|(_, ops)| ops.iter().any(|op| op.value != ops[0].value)).count() as u32
    }

    fn findings(&self) -> Vec<FormFinding> {
        let findings = self.evaluation.findings.iter();
        findings
            .map(|finding| FormFinding {
                question: finding.question.clone(),
                instance: finding.instance.clone(),
                severity: finding.severity.as_str(),
                title: finding.title.get(self.language).to_owned(),
                detail: finding.detail.get(self.language).to_owned(),
            })
            .collect()
    }
}

/// Headings of sections (by path of names) and of repeats (by uid).
fn titles(template: &Template, language: &str) -> BTreeMap<String, String> {
    fn walk(items: &[Item], path: &str, language: &str, into: &mut BTreeMap<String, String>) {
        for item in items {
            match item {
                Item::Section(section) => {
                    let path = if path.is_empty() { section.name.clone() } else { format!("{path}/{}", section.name) };
                    into.insert(path.clone(), section.label.get(language).to_owned());
                    walk(&section.items, &path, language, into);
                }
                Item::Repeat(repeat) => {
                    into.insert(repeat.uid.clone(), repeat.label.get(language).to_owned());
                    walk(&repeat.items, path, language, into);
                }
                Item::Question(_) => {}
            }
        }
    }
    let mut titles = BTreeMap::new();
    walk(&template.items, "", language, &mut titles);
    titles
}

/// The kind of answer as workbooks name it.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Integer => "integer",
        Kind::Decimal => "decimal",
        Kind::SelectOne => "select_one",
        Kind::SelectMultiple => "select_multiple",
        Kind::Note => "note",
        Kind::Calculate => "calculate",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::DateTime => "dateTime",
        Kind::Image => "image",
        Kind::Geopoint => "geopoint",
        Kind::Acknowledge => "acknowledge",
        Kind::Start => "start",
        Kind::End => "end",
        Kind::Today => "today",
        Kind::DeviceId => "deviceid",
    }
}

//! From a reading of a document to the screen: what is added are people's names and times, and photos' files.

use super::{Among, Field, FieldStanding, Form, FormFinding, FormItem, Held, HeldBy, RowView, SectionView, Settled};
use crate::checklists::Compiled;
use crate::error::{Error, PhoneError};
use crate::fate::fate;
use crate::inspect::{choosable, may_see};
use crate::phone::{Phone, State};
use crate::photo::PhotoView;
use crate::store::{documents, records};
use crate::sync::is_page;
use crate::work::unsettled;
use rusqlite::Connection;
use std::collections::HashSet;
use wurao_checklist::{Key, Kind, Needed, Node, Question, Violation};
use wurao_inspection::{Entry, Item, Reading, Rows, choice_label, key, label, settled, text};
use wurao_protocol::DocumentId;
use wurao_protocol::record::{Device, Person, Session, Site};
use wurao_record::{History, Map, Scalar, Standing, choice_key};

impl Phone {
    /// The inspection as the screen shows it, in a language (`zh`, `en`).
    pub fn form(&self, document: DocumentId, language: &str) -> Result<Form, PhoneError> {
        let mut state = self.state()?;
        Ok(state.at_once(|state| self.form_of(state, document, language))?)
    }

    fn form_of(&self, state: &mut State, document: DocumentId, language: &str) -> Result<Form, Error> {
        let row = may_see(state, &document)?;
        let compiled = state.checklist(&row.checklist)?;
        let site: Site = records::about(state.store.read(), &row.site.0)?
            .ok_or(Error::NotFound { what: "site", id: row.site.to_string() })?;
        let live = documents::live(state.store.read(), &document)?;
        let in_force = live.iter().filter(|op| op.map == Map::Evidence).map(|op| op.key.clone()).collect();
        let reading = Reading::new(&compiled, live, &self.moment());
        let screen = Screen {
            connection: state.store.read(),
            document,
            compiled: &compiled,
            reading: &reading,
            language,
            photos: self.photos_in(state, &document)?,
            in_force,
        };
        let fate = fate(state.store.read(), &document)?;
        let mut problems = unsettled(state.store.read())?;
        problems.retain(|problem| {
            problem.document == document && matches!(problem.standing.as_str(), "held" | "refused" | "declined")
        });
        Ok(Form {
            document,
            title: compiled.template().title.get(language).to_owned(),
            site: if language == "en" { site.name.en } else { site.name.zh },
            sections: screen.sections()?,
            findings: screen.findings(),
            missing: reading.evaluation.missing.len() as u32,
            conflicts: reading.conflicts(),
            late: fate.late,
            voided: fate.voided,
            withdrawn: fate.withdrawn,
            problems,
            amendment: screen.amendment()?,
        })
    }
}

/// Everything a screen is made from.
pub(super) struct Screen<'a> {
    pub(super) connection: &'a Connection,
    pub(super) document: DocumentId,
    pub(super) compiled: &'a Compiled,
    reading: &'a Reading,
    pub(super) language: &'a str,
    pub(super) photos: Vec<PhotoView>,
    /// The photos in force, by their originals.
    in_force: HashSet<String>,
}

impl Screen<'_> {
    fn sections(&self) -> Result<Vec<SectionView>, Error> {
        let mut sections = Vec::new();
        for section in self.reading.outline(self.compiled) {
            let title = section.title.map_or("", |title| title.get(self.language)).to_owned();
            sections.push(SectionView { title, items: self.items(&section.items)? });
        }
        sections.retain(|section| !section.items.is_empty());
        Ok(sections)
    }

    fn items(&self, items: &[Item<'_>]) -> Result<Vec<FormItem>, Error> {
        let mut made = Vec::new();
        for item in items {
            match item {
                Item::Entry(entry) if is_shown(entry.question) => {
                    made.push(FormItem::Field(Box::new(self.field(entry)?)));
                }
                Item::Entry(_) => {}
                Item::Rows(rows) => made.push(self.rows(rows)?),
            }
        }
        Ok(made)
    }

    fn rows(&self, Rows { repeat, parent, rows }: &Rows<'_>) -> Result<FormItem, Error> {
        let title = repeat.label.get(self.language).to_owned();
        let mut made = Vec::new();
        for row in rows {
            let title = format!("{title} {}", row.position);
            made.push(RowView { instance: row.instance.to_owned(), title, items: self.items(&row.items)? });
        }
        Ok(FormItem::Rows { kind: repeat.uid.clone(), parent: (*parent).to_owned(), title, rows: made })
    }

    fn field(&self, Entry { question, node, field }: &Entry<'_>) -> Result<Field, Error> {
        let mut held = Vec::new();
        for value in &field.values {
            let mut by = Vec::new();
            for stamp in &value.stamps {
                by.push(self.who(&stamp.id.actor.0, stamp.time_ms)?);
            }
            let value = text(&value.value);
            held.push(Held { shown: self.compiled.shown(question, &value, self.language), value, by });
        }
        let settled = self.settled(question, &key(&node.question, &node.instance), field)?;
        let value = node.value.to_string();
        Ok(Field {
            question: node.question.clone(),
            instance: node.instance.clone(),
            label: label(question, self.language).to_owned(),
            hint: question.hint.get(self.language).to_owned(),
            kind: kind_name(question.kind),
            shown: self.compiled.shown(question, &value, self.language),
            value,
            missing: self.needs(node, Needed::Answer),
            readonly: node.readonly,
            violation: node.violation.as_ref().map(|violation| violation.code().to_owned()),
            violation_text: match &node.violation {
                Some(Violation::Constraint(text)) => text.get(self.language).to_owned(),
                _ => String::new(),
            },
            failed: node.failed,
            needs_photo: self.needs(node, Needed::Photo),
            needs_note: self.needs(node, Needed::Note),
            standing: match field.standing {
                Standing::Empty => FieldStanding::Empty,
                Standing::Agreed => FieldStanding::Agreed,
                Standing::Conflict => FieldStanding::Conflict,
                Standing::Chosen => FieldStanding::Chosen,
            },
            held,
            among: choosable(field),
            settled,
            choices: self.choices(question, node),
            photos: self
                .photos
                .iter()
                .filter(|photo| photo.question == node.question && photo.instance == node.instance)
                .filter(|photo| self.in_force.contains(&photo.original))
                .cloned()
                .collect(),
        })
    }

    /// The choices behind a field's values; what was chosen among is overwritten, and looked up.
    fn settled(&self, question: &Question, key: &str, field: &wurao_record::Field) -> Result<Vec<Settled>, Error> {
        if field.choices.is_empty() {
            return Ok(Vec::new());
        }
        let rows = documents::Rows { connection: self.connection, document: self.document };
        let answers = rows.ops(Map::Answers, key)?;
        let choices = rows.ops(Map::Choices, &choice_key(Map::Answers, key))?;
        let shown = |value: &Scalar| self.compiled.shown(question, &text(value), self.language);
        let mut made = Vec::new();
        for one in settled(field, &answers, &choices) {
            let mut among = Vec::new();
            for wurao_inspection::Among { op, chose } in one.among {
                let by = self.who(&op.id.actor.0, op.time_ms)?;
                among.push(Among { shown: shown(&op.value), by, chose });
            }
            let stamp = &one.choice.stamp;
            let by = self.who(&stamp.id.actor.0, stamp.time_ms)?;
            made.push(Settled { shown: shown(&one.choice.chosen), by, among });
        }
        Ok(made)
    }

    fn needs(&self, node: &Node, what: Needed) -> bool {
        let key = Key::new(&node.question, &node.instance);
        self.reading.evaluation.missing.iter().any(|missing| missing.needed == what && missing.key == key)
    }

    fn choices(&self, question: &Question, node: &Node) -> Vec<(String, String)> {
        let choices = self.compiled.template().choices_of(question).iter();
        choices
            .filter(|choice| node.choices.as_ref().is_none_or(|offered| offered.contains(&choice.name)))
            .map(|choice| (choice.name.clone(), choice_label(choice, self.language).to_owned()))
            .collect()
    }

    pub(super) fn who(&self, actor: &[u8; 16], at_ms: i64) -> Result<HeldBy, Error> {
        let session: Option<Session> = records::about(self.connection, actor)?;
        let Some(session) = session else {
            return Ok(HeldBy { person: "?".to_owned(), device: "?".to_owned(), at_ms });
        };
        let person: Option<Person> = records::about(self.connection, &session.person.0)?;
        let device: Option<Device> = records::about(self.connection, &session.device.0)?;
        let device = match self.language {
            "en" if is_page(self.connection, &session.device)? => "the page".to_owned(),
            _ if is_page(self.connection, &session.device)? => "网页".to_owned(),
            _ => device.map_or_else(|| session.device.to_string(), |device| device.name),
        };
        let person = person.map_or_else(|| session.person.to_string(), |person| person.name);
        Ok(HeldBy { person, device, at_ms })
    }

    fn findings(&self) -> Vec<FormFinding> {
        let findings = self.reading.evaluation.findings.iter();
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

/// What a phone shows: what is asked or read out.
fn is_shown(question: &Question) -> bool {
    question.kind.is_asked() || question.kind == Kind::Note
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

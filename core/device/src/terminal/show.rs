//! An inspection as lines of text.

use super::{Failure, permit};
use crate::form::{Amended, Among, Field, FieldStanding, FormItem, HeldBy, Settled};
use crate::inspect::RawValue;
use crate::phone::Phone;
use std::collections::BTreeMap;
use std::io::Write;
use wurao_checklist::ROOT;
use wurao_protocol::DocumentId;

/// Whose form is printed, in which language, and the remarks in it by the key of their question.
struct Printed<'a> {
    phone: &'a Phone,
    language: &'a str,
    remarks: BTreeMap<String, Vec<String>>,
}

/// Prints an inspection.
pub(super) fn show(phone: &Phone, document: DocumentId, language: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let form = phone.form(document, language)?;
    let printed = Printed { phone, language, remarks: remarks(phone, document)? };
    writeln!(out, "{} / {}", form.site, form.title)?;
    for mark in super::permit::marks(form.late.as_ref(), form.voided.as_ref(), form.withdrawn.as_ref(), &form.problems)
    {
        writeln!(out, "~ {mark}")?;
    }
    for section in &form.sections {
        if !section.title.is_empty() {
            writeln!(out, "== {}", section.title)?;
        }
        items(&printed, &section.items, 0, out)?;
    }
    for finding in &form.findings {
        writeln!(out, "! {}: {} ({})", finding.severity, finding.title, finding.detail)?;
    }
    for amended in &form.amendment {
        show_amended(amended, out)?;
    }
    writeln!(out, "missing {} conflicts {} findings {}", form.missing, form.conflicts, form.findings.len())?;
    Ok(())
}

/// What was remarked on answers, by `question@instance`.
fn remarks(phone: &Phone, document: DocumentId) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let answers = phone.values(document)?.into_iter().filter(|value| value.map == "answers");
    let remark = |value: RawValue| {
        let (question, instance) = value.key.split_once("#note@")?;
        let said: Vec<String> = value.values.into_iter().filter(|text| !text.is_empty()).collect();
        (!said.is_empty()).then(|| (format!("{question}@{instance}"), said))
    };
    Ok(answers.filter_map(remark).collect())
}

/// One thing that is kept beside the inspection.
fn show_amended(amended: &Amended, out: &mut dyn Write) -> Result<(), Failure> {
    let Amended { question, instance, label, shown, original, by, standing, problem, detail, .. } = amended;
    let place = if instance == ROOT { question.clone() } else { format!("{question}@{instance}") };
    let shown = original.as_ref().unwrap_or(shown);
    // That it was declined is said once.
    let problem = problem.as_deref().filter(|problem| problem != standing);
    let why = [problem, detail.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    writeln!(out, "- {place} | {label}: {shown} - {} ({}) <{standing} {why}>", by.person, by.device)?;
    Ok(())
}

fn items(printed: &Printed<'_>, items: &[FormItem], depth: usize, out: &mut dyn Write) -> Result<(), Failure> {
    let indent = "  ".repeat(depth);
    for item in items {
        match item {
            FormItem::Field(field) => show_field(printed, field, &indent, out)?,
            FormItem::Rows { kind, title, rows, .. } => {
                writeln!(out, "{indent}[{kind}] {title}")?;
                for row in rows {
                    writeln!(out, "{indent}  {} {}", row.instance, row.title)?;
                    self::items(printed, &row.items, depth + 2, out)?;
                }
            }
        }
    }
    Ok(())
}

fn show_field(printed: &Printed<'_>, field: &Field, indent: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let Printed { phone, language, remarks } = printed;
    let marks: Vec<&str> = [
        (field.missing, "required"),
        (field.violation.is_some(), "violated"),
        (field.failed, "failed"),
        (field.needs_photo, "needs photo"),
        (field.needs_note, "needs note"),
        (field.standing == FieldStanding::Conflict, "CONFLICT"),
        (field.standing == FieldStanding::Chosen, "chosen"),
    ]
    .into_iter()
    .filter_map(|(applies, mark)| applies.then_some(mark))
    .collect();
    let marks = if marks.is_empty() { String::new() } else { format!("  <{}>", marks.join(", ")) };
    writeln!(out, "{indent}{} | {}: {}{marks}", field.question, field.label, field.shown)?;
    for remark in remarks.get(&format!("{}@{}", field.question, field.instance)).into_iter().flatten() {
        writeln!(out, "{indent}    # {remark}")?;
    }
    if field.standing == FieldStanding::Conflict {
        for held in &field.held {
            for by in &held.by {
                writeln!(out, "{indent}    {} - {} ({})", held.shown, by.person, by.device)?;
            }
        }
    }
    for Settled { shown, by, among } in &field.settled {
        let HeldBy { person, device, at_ms } = by;
        let (at, english) = (permit::moment(phone, at_ms.div_euclid(1000)), *language == "en");
        match english {
            true => writeln!(out, "{indent}    {shown} was chosen by {person} ({device}), {at}, among")?,
            false => writeln!(out, "{indent}    {person}（{device}）{at} 选定 {shown}，当时所填：")?,
        }
        for Among { shown, by, chose } in among {
            let mark = match (chose, english) {
                (false, _) => "",
                (true, true) => " <chosen>",
                (true, false) => " <选定>",
            };
            writeln!(out, "{indent}      {shown} - {} ({}){mark}", by.person, by.device)?;
        }
    }
    Ok(())
}

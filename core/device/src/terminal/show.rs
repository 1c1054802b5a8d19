//! An inspection as lines of text.

use super::{Failure, permit};
use crate::form::{Amended, Among, Field, FieldStanding, FormItem, HeldBy, Settled};
use crate::phone::Phone;
use std::io::Write;
use wurao_checklist::ROOT;
use wurao_protocol::DocumentId;

/// Prints an inspection.
pub(super) fn show(phone: &Phone, document: DocumentId, language: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let form = phone.form(document, language)?;
    writeln!(out, "{} / {}", form.site, form.title)?;
    for mark in super::permit::marks(form.late.as_ref(), form.voided.as_ref(), form.withdrawn.as_ref(), &form.problems)
    {
        writeln!(out, "~ {mark}")?;
    }
    for section in &form.sections {
        if !section.title.is_empty() {
            writeln!(out, "== {}", section.title)?;
        }
        items(phone, &section.items, language, 0, out)?;
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

/// One thing that is kept beside the inspection.
fn show_amended(amended: &Amended, out: &mut dyn Write) -> Result<(), Failure> {
    let Amended { question, instance, label, shown, original, by, standing, problem, detail, .. } = amended;
    let place = if instance == ROOT { question.clone() } else { format!("{question}@{instance}") };
    let shown = original.as_ref().unwrap_or(shown);
    let why = [problem.as_deref(), detail.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(": ");
    writeln!(out, "- {place} | {label}: {shown} - {} ({}) <{standing} {why}>", by.person, by.device)?;
    Ok(())
}

fn items(phone: &Phone, items: &[FormItem], language: &str, depth: usize, out: &mut dyn Write) -> Result<(), Failure> {
    let indent = "  ".repeat(depth);
    for item in items {
        match item {
            FormItem::Field(field) => show_field(phone, field, language, &indent, out)?,
            FormItem::Rows { kind, title, rows, .. } => {
                writeln!(out, "{indent}[{kind}] {title}")?;
                for row in rows {
                    writeln!(out, "{indent}  {} {}", row.instance, row.title)?;
                    self::items(phone, &row.items, language, depth + 2, out)?;
                }
            }
        }
    }
    Ok(())
}

fn show_field(phone: &Phone, field: &Field, language: &str, indent: &str, out: &mut dyn Write) -> Result<(), Failure> {
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
    if field.standing == FieldStanding::Conflict {
        for held in &field.held {
            for by in &held.by {
                writeln!(out, "{indent}    {} - {} ({})", held.shown, by.person, by.device)?;
            }
        }
    }
    for Settled { shown, by, among } in &field.settled {
        let HeldBy { person, device, at_ms } = by;
        let (at, english) = (permit::moment(phone, at_ms.div_euclid(1000)), language == "en");
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

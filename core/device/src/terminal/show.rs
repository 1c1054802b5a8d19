//! An inspection as lines of text.

use super::Failure;
use crate::form::{Field, FieldStanding, FormItem};
use crate::phone::Phone;
use std::io::Write;
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
        items(&section.items, 0, out)?;
    }
    for finding in &form.findings {
        writeln!(out, "! {}: {} ({})", finding.severity, finding.title, finding.detail)?;
    }
    writeln!(out, "missing {} conflicts {} findings {}", form.missing, form.conflicts, form.findings.len())?;
    Ok(())
}

fn items(items: &[FormItem], depth: usize, out: &mut dyn Write) -> Result<(), Failure> {
    let indent = "  ".repeat(depth);
    for item in items {
        match item {
            FormItem::Field(field) => show_field(field, &indent, out)?,
            FormItem::Rows { kind, title, rows, .. } => {
                writeln!(out, "{indent}[{kind}] {title}")?;
                for row in rows {
                    writeln!(out, "{indent}  {} {}", row.instance, row.title)?;
                    self::items(&row.items, depth + 2, out)?;
                }
            }
        }
    }
    Ok(())
}

fn show_field(field: &Field, indent: &str, out: &mut dyn Write) -> Result<(), Failure> {
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
    Ok(())
}

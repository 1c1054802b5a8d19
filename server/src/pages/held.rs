//! Work that the server keeps until a person decides.

use super::Checklists;
use super::fields::Fields;
use super::words::{cleared, label, scalar_text, shown};
use crate::Error;
use crate::page::view::{HeldReason, HeldValue, HeldView, Text};
use crate::store::read::{ChangeInfo, HeldChange};
use crate::sync::DEPENDS;
use rusqlite::Connection;
use wurao_inspection::question_of;
use wurao_protocol::Digest;
use wurao_record::{ActorId, Map, OpRow, Scalar};

/// What is held of an inspection, or was declined, together by session: who wrote it on which phone.
pub(super) fn of(fields: &Fields<'_>, held: &[HeldChange]) -> Vec<HeldView> {
    let mut actors: Vec<ActorId> = Vec::new();
    for HeldChange { change, .. } in held {
        if !actors.contains(&change.actor) {
            actors.push(change.actor);
        }
    }
    actors.iter().filter_map(|actor| view(fields, actor, held)).collect()
}

fn view(fields: &Fields<'_>, actor: &ActorId, held: &[HeldChange]) -> Option<HeldView> {
    let own: Vec<&HeldChange> = held.iter().filter(|held| held.change.actor == *actor).collect();
    let first = own.first()?;
    let author = fields.case.author(actor);
    Some(HeldView {
        key: first.change.hash.to_string(),
        name: author.map_or_else(String::new, |author| author.name.clone()),
        device: author.map_or_else(String::new, |author| author.device_name.clone()),
        changes: own.len() as u32,
        reason: reason(&first.change),
        why: first.change.detail.clone().filter(|_| first.change.state == "declined").unwrap_or_default(),
        received_ms: first.change.received_ms,
        values: values(fields, own.iter().flat_map(|held| &held.ops)),
    })
}

fn reason(change: &ChangeInfo) -> HeldReason {
    match (change.problem.as_deref(), change.detail.as_deref()) {
        (Some("declined"), _) if change.state == "declined" => HeldReason::Declined,
        (_, Some(DEPENDS)) => HeldReason::DependsOnHeld,
        (Some("late"), Some("author-left")) => HeldReason::AuthorLeft,
        (Some("withdrawn"), _) => HeldReason::PermitWithdrawn,
        (Some("permit-state"), _) => HeldReason::OutsidePermit,
        (Some("clock-doubtful"), _) => HeldReason::ClockDoubtful,
        (Some("from-revoked"), _) => HeldReason::DeviceRevoked,
        (Some("late-registration"), _) => HeldReason::RegisteredLate,
        (Some("voided"), _) => HeldReason::Voided,
        (Some("forbidden"), _) => HeldReason::AuthorBarred,
        _ => HeldReason::Closed,
    }
}

/// What was asked and answered, as words.
pub(crate) fn said(
    db: &Connection,
    checklists: &Checklists,
    checklist: &Digest,
    answers: &[(String, Scalar)],
) -> Result<Vec<HeldValue>, Error> {
    let checklist = checklists.get(db, checklist)?;
    let one = |(key, value): &(String, Scalar)| {
        let asked = question_of(key);
        let value = match value {
            Scalar::Null => cleared(),
            value => shown(&checklist, checklist.question(asked), &scalar_text(value)),
        };
        HeldValue { label: label(&checklist, asked), value }
    };
    Ok(answers.iter().map(one).collect())
}

/// The last value of every key, in the order of the keys' first.
fn values<'a>(fields: &Fields<'_>, ops: impl Iterator<Item = &'a OpRow>) -> Vec<HeldValue> {
    let mut last: Vec<&OpRow> = Vec::new();
    for op in ops.filter(|op| matches!(op.map, Map::Answers | Map::Evidence)) {
        match last.iter_mut().find(|known| known.map == op.map && known.key == op.key) {
            Some(known) => *known = op,
            None => last.push(op),
        }
    }
    last.into_iter().map(|op| value(fields, op)).collect()
}

fn value(fields: &Fields<'_>, op: &OpRow) -> HeldValue {
    if op.map == Map::Evidence {
        return HeldValue { label: Text::new("照片", "Photo"), value: Text::from(op.key.as_str()) };
    }
    let asked = question_of(&op.key);
    let checklist = &fields.case.checklist;
    HeldValue { label: label(checklist, asked), value: fields.value(&op.value, checklist.question(asked)) }
}

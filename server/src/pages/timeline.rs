//! What happened in an inspection.

use super::case::Case;
use super::fields::Fields;
use super::words::label;
use crate::page::view::{Event, Moment, Text};
use crate::store::read::{ChangeInfo, Word};
use std::collections::BTreeSet;
use wurao_inspection::question_of;
use wurao_record::{ActorId, Map};

/// Arrivals from one session that follow each other within this time are told as one.
const TOGETHER_MS: i64 = 5 * 60 * 1000;

/// What happened, in time's order.
pub(super) fn of(fields: &Fields<'_>) -> Vec<Moment> {
    let case = fields.case;
    let plain = |at_ms, event| Moment {
        at_ms,
        name: String::new(),
        device: String::new(),
        event,
        about: Text::default(),
        reason: String::new(),
    };
    let approved = case.inspection.approved_ms.filter(|_| case.inspection.permitted);
    let mut moments: Vec<Moment> = approved.map(|at_ms| plain(at_ms, Event::Approved)).into_iter().collect();
    moments.extend(beginnings(case));
    moments.extend(arrivals(case));
    moments.extend(choices(fields));
    moments.extend(case.leaves.iter().map(|info| Moment {
        at_ms: info.leave.at.wall_ms,
        name: info.name.clone(),
        device: info.device_name.clone(),
        event: Event::Left,
        about: Text::default(),
        reason: String::new(),
    }));
    moments.extend(case.words.iter().filter_map(said));
    moments.extend(case.inspection.closed_ms.map(|at_ms| plain(at_ms, Event::Closed)));
    moments.sort_by_key(|moment| moment.at_ms);
    moments
}

fn by(case: &Case, actor: &ActorId, at_ms: i64, event: Event) -> Moment {
    let author = case.author(actor);
    Moment {
        at_ms,
        name: author.map_or_else(String::new, |author| author.name.clone()),
        device: author.map_or_else(String::new, |author| author.device_name.clone()),
        event,
        about: Text::default(),
        reason: String::new(),
    }
}

/// What a person decided, or asked for.
fn said(word: &Word) -> Option<Moment> {
    let event = match word.deed.as_str() {
        "late" => Event::RegisteredLate,
        "registered" => Event::Registered,
        "not-registered" => Event::NotRegistered,
        "accepted" => Event::Accepted,
        "declined" => Event::Declined,
        "voided" => Event::Voided,
        "withdrawn" => Event::Withdrawn,
        // The server's own: it closes without a word.
        _ => return None,
    };
    let Word { at_ms, name, device, reason, .. } = word.clone();
    Some(Moment { at_ms, name, device, event, about: Text::default(), reason })
}

/// The first change of each person; the very first began the inspection.
fn beginnings(case: &Case) -> Vec<Moment> {
    let mut accepted: Vec<&ChangeInfo> = case.accepted().collect();
    accepted.sort_by_key(|change| change.time_ms);
    let mut persons = BTreeSet::new();
    let mut moments = Vec::new();
    for change in accepted {
        if persons.insert(case.author(&change.actor).map(|author| author.person)) {
            let event = if moments.is_empty() { Event::Started } else { Event::Joined };
            moments.push(by(case, &change.actor, change.time_ms, event));
        }
    }
    moments
}

/// What reached the server, in force or held.
fn arrivals(case: &Case) -> Vec<Moment> {
    let mut moments: Vec<(ActorId, bool, Moment)> = Vec::new();
    // What was chosen at the page did not arrive: it is told as a choice.
    let at_page = |change: &&ChangeInfo| case.author(&change.actor).is_some_and(|author| author.at_page);
    for change in case.changes.iter().filter(|change| !at_page(change)) {
        let held = matches!(change.state.as_str(), "held" | "declined");
        let near = |moment: &Moment| change.received_ms - moment.at_ms <= TOGETHER_MS;
        let known = moments.iter_mut().rev().find(|(actor, was, _)| *actor == change.actor && *was == held);
        match known.filter(|(_, _, moment)| near(moment)) {
            Some((_, _, moment)) => {
                moment.at_ms = change.received_ms;
                if let Event::Arrived { changes } = &mut moment.event {
                    *changes += 1;
                }
            }
            None => {
                let event = if held { Event::Held } else { Event::Arrived { changes: 1 } };
                moments.push((change.actor, held, by(case, &change.actor, change.received_ms, event)));
            }
        }
    }
    moments.into_iter().map(|(_, _, moment)| moment).collect()
}

/// Every choice there ever was, with the question.
fn choices(fields: &Fields<'_>) -> Vec<Moment> {
    let case = fields.case;
    let chosen = fields.ops.iter().filter(|op| op.map == Map::Choices);
    chosen
        .map(|op| {
            let asked = op.key.split_once('/').map_or(op.key.as_str(), |(_, key)| question_of(key));
            Moment { about: label(&case.checklist, asked), ..by(case, &op.id.actor, op.time_ms, Event::Chose) }
        })
        .collect()
}

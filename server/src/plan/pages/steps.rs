//! What the forms of an item's page do.

use super::fill;
use crate::days;
use crate::page::view::PlanItemView;
use crate::pages::Reader;
use crate::plan::form::Fields;
use crate::plan::merge::Merge;
use crate::plan::{Hand, Outcome, Period, PlanFault, PlanField, approve, draft, merge};
use crate::store::Tx;
use crate::{App, Error, Keys, Random};
use axum::extract::{Path, RawForm, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use wurao_protocol::{PlanItemId, Problem, SiteId};

/// Where an item's page is.
pub(super) fn address(id: &PlanItemId) -> String {
    format!("/plan/items/{id}")
}

/// What was asked for, by the last part of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Submit,
    TakeBack,
    Approve,
    Return,
    Merge,
    Withdraw,
}

impl Asked {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "submit" => Self::Submit,
            "take-back" => Self::TakeBack,
            "approve" => Self::Approve,
            "return" => Self::Return,
            "merge" => Self::Merge,
            "withdraw" => Self::Withdraw,
            _ => return None,
        })
    }
}

/// `POST /plan/items/{id}/{step}`: back to the item, or the item's page with what stands against it.
pub(super) async fn take(
    State(app): State<App>,
    Path((id, step)): Path<(String, String)>,
    reader: Reader,
    RawForm(body): RawForm,
) -> Response {
    let (Ok(id), Some(asked)) = (id.parse::<PlanItemId>(), Asked::of(&step)) else {
        return reader.not_found();
    };
    let fields = Fields::of(&body);
    let typed = fields.one("comment").to_owned();
    let hand = Hand::of(&reader.login, app.now_ms());
    let (keys, random, by) = (app.keys().clone(), app.config().random.clone(), hand.clone());
    let done = app.store().write(move |tx| run(tx, &keys, &*random, &by, &id, asked, &fields)).await;
    match done {
        Ok(Ok(())) => Redirect::to(&address(&id)).into_response(),
        Ok(Err(faults)) => {
            let view = app.store().read(move |db| fill::item(db, &hand, &id)).await;
            let view = view.map(|view| view.map(|view| fill::refused(view, faults, &typed)));
            answer(&reader, view)
        }
        Err(error) => failed(&reader, &error),
    }
}

fn run(
    tx: &Tx<'_>,
    keys: &Keys,
    random: &dyn Random,
    hand: &Hand,
    id: &PlanItemId,
    asked: Asked,
    fields: &Fields,
) -> Outcome<()> {
    // Before anything typed is judged: who may not see the item is told nothing else.
    hand.seen(tx, id)?;
    let comment = match fields.comment() {
        Ok(comment) => comment,
        Err(fault) => return Ok(Err(vec![fault])),
    };
    let version = fields.parsed("version").unwrap_or(-1);
    match asked {
        Asked::Submit => draft::submit(tx, hand, id, version),
        Asked::TakeBack => draft::take_back(tx, hand, id, &comment),
        Asked::Approve => approve::approve(tx, keys, random, hand, id, version, &comment),
        Asked::Return => approve::send_back(tx, hand, id, version, &comment),
        Asked::Withdraw => {
            let site = fields.parsed::<SiteId>("site");
            if site.is_none() && !fields.one("site").is_empty() {
                return Ok(Err(vec![PlanFault::Unreadable(PlanField::Sites)]));
            }
            approve::withdraw(tx, keys, hand, id, site.as_ref(), &comment)
        }
        Asked::Merge => {
            let period = days::parse(fields.one("from")).zip(days::parse(fields.one("to")));
            let faults: Vec<_> = [
                (fields.parsed::<PlanItemId>("other").is_some(), PlanField::Other),
                (period.is_some(), PlanField::From),
                (fields.parsed::<wurao_protocol::Digest>("checklist").is_some(), PlanField::Checklist),
            ]
            .into_iter()
            .filter(|(there, _)| !there)
            .map(|(_, field)| PlanFault::Unreadable(field))
            .collect();
            match (fields.parsed("other"), period, fields.parsed("checklist")) {
                (Some(other), Some((from, to)), Some(checklist)) => {
                    let other_version = fields.parsed("other_version").unwrap_or(-1);
                    let period = Period { from, to };
                    let how = Merge { into: *id, version, other, other_version, period, checklist };
                    merge::merge(tx, hand, &how)
                }
                _ => Ok(Err(faults)),
            }
        }
    }
}

/// An item's page with what stood against something, under the status of the first of it.
fn answer(reader: &Reader, view: Result<Option<PlanItemView>, Error>) -> Response {
    match view {
        Ok(Some(view)) => reader.page(status(&view.faults), view.render(&reader.frame)),
        Ok(None) => reader.not_found(),
        Err(error) => failed(reader, &error),
    }
}

/// The status that says what kind of fault it is.
pub(super) fn status(faults: &[PlanFault]) -> StatusCode {
    let status = faults.first().map_or(200, |fault| fault.problem().status());
    StatusCode::from_u16(status).unwrap_or(StatusCode::CONFLICT)
}

/// A write or a read that was refused for who asked, or that failed.
pub(super) fn failed(reader: &Reader, error: &Error) -> Response {
    match error {
        Error::Refused { problem: Problem::NotFound, .. } => reader.not_found(),
        Error::Refused { problem: Problem::Forbidden, .. } => reader.forbidden(),
        error => reader.failed(error),
    }
}

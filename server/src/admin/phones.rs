//! Letting phones in by a picture to scan, and revoking them.

use super::fault::{Fault, Stop};
use super::form::{Typed, administers, faulty, write};
use super::people;
use crate::county::insert::insert_code;
use crate::page::view::{InviteView, PhonesOffice};
use crate::pages::{Reader, phones_page};
use crate::people::{Role, text};
use crate::store::Tx;
use crate::{App, Doubt, Error, Scope, permits, public_url, tls};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use rusqlite::{Connection, params};
use std::sync::Arc;
use wurao_protocol::invite::Invite;
use wurao_protocol::{DeviceId, PersonId};

/// How long an invitation is good for.
const GOOD_FOR_MS: i64 = 15 * 60_000;

/// What an administrator of this scope can do on the page of phones.
pub(crate) fn office(db: &Connection, scope: &Scope) -> Result<PhonesOffice, Error> {
    let inspectors = people::all(db, scope)?.into_iter().filter(|known| inspects(known, scope));
    Ok(PhonesOffice {
        inspectors: inspectors.map(|known| (known.id.to_string(), known.name, known.body)).collect(),
        ..PhonesOffice::default()
    })
}

fn inspects(known: &people::Known, scope: &Scope) -> bool {
    let mut grants = known.grants.iter();
    known.disabled_ms.is_none() && grants.any(|grant| grant.role == Role::Inspector && scope.holds(&grant.scope))
}

pub(super) async fn invite(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
    typed: Typed,
) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    let failed = |error: Error| reader.failed(&error);
    let code = app.random::<16>().map_err(failed)?;
    let until_ms = app.now_ms() + GOOD_FOR_MS;
    let (name, chosen) = (typed.get("name").to_owned(), typed.all("person").map(str::to_owned).collect::<Vec<_>>());
    let (within, called, persons) = (scope.clone(), name.clone(), chosen.clone());
    let made = write(&app, move |tx| {
        let called = text::name(&called).map_err(Fault::Text)?;
        let mut ids = Vec::new();
        for person in &persons {
            let id = person.parse::<PersonId>().map_err(|_| Fault::NoInspector)?;
            let known = people::one(tx, &within, &id)?.filter(|known| inspects(known, &within));
            known.ok_or(Fault::NoInspector)?;
            ids.push(id);
        }
        if ids.is_empty() {
            return Err(Fault::NoInspector.into());
        }
        insert_code(tx, &hex::encode(code), &called, &ids, until_ms)?;
        Ok(called)
    });
    let (status, office) = match made.await {
        Ok(name) => {
            let invite = picture(&app, &headers, name, code, until_ms).map_err(failed)?;
            (StatusCode::OK, PhonesOffice { invite: Some(invite), ..PhonesOffice::default() })
        }
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            (status, PhonesOffice { fault: Some(fault), name, chosen, ..PhonesOffice::default() })
        }
    };
    Ok(phones_page(&app, &reader, status, Some(office)).await)
}

fn picture(app: &App, headers: &HeaderMap, name: String, code: [u8; 16], until_ms: i64) -> Result<InviteView, Error> {
    // A certificate from elsewhere stands under authorities that phones know, whatever CA of our own lies about.
    let keys = app.files().keys();
    let own = app.config().tls.as_ref().is_some_and(|files| files.certificate == tls::own_files(&keys).certificate);
    let authority = if own { tls::pin(&keys).map_err(Error::from)? } else { None };
    let url = public_url::of_request(app, headers);
    let doubt = Doubt::of(&url);
    let text = Invite { url, authority, code }.to_text();
    let svg = wurao_qr::Code::new(&text).map_err(|error| Error::Usage(error.to_string()))?.svg(&name);
    Ok(InviteView { name, svg, text, until_ms, doubt })
}

pub(super) async fn revoke(
    State(app): State<App>,
    reader: Reader,
    Path(device): Path<String>,
    typed: Typed,
) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    let Ok(device) = device.parse::<DeviceId>() else { return Err(reader.not_found()) };
    let reason = text::name(typed.get("reason"));
    let (by, keys, now, within) = (reader.login.person, Arc::clone(app.keys()), app.now_ms(), scope);
    let revoked = write(&app, move |tx| {
        if !manages(tx, &within, &device)? {
            return Err(Stop::Absent);
        }
        let reason = match reason {
            Err(text::TextFault::Empty) => return Err(Fault::NoReason.into()),
            other => other.map_err(Fault::Text)?,
        };
        Ok(permits::revoke_device(tx, &keys, &device, &reason, Some(by), now)?)
    });
    match revoked.await {
        Ok(()) => Ok(Redirect::to(crate::page::address::PHONES).into_response()),
        Err(stop) => {
            let (status, fault) = faulty(&reader, stop)?;
            let office = PhonesOffice { fault: Some(fault), ..PhonesOffice::default() };
            Ok(phones_page(&app, &reader, status, Some(office)).await)
        }
    }
}

/// Whether all who work on a phone inspect within the scope alone.
fn manages(tx: &Tx<'_>, scope: &Scope, device: &DeviceId) -> Result<bool, Error> {
    let mut statement = tx.prepare_cached("SELECT person FROM device_person WHERE device = ?1")?;
    let persons = statement.query_map(params![device.0], |row| Ok(PersonId(row.get(0)?)))?;
    let persons = persons.collect::<Result<Vec<_>, _>>()?;
    for person in &persons {
        let known = people::one(tx, scope, person)?;
        let own = known.is_some_and(|known| {
            known.grants.iter().filter(|grant| grant.role == Role::Inspector).all(|grant| scope.holds(&grant.scope))
        });
        if !own {
            return Ok(false);
        }
    }
    Ok(!persons.is_empty())
}

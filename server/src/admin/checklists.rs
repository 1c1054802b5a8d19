//! The page of checklists: a workbook in, what was noted of its cells out.

use super::fault::Fault;
use super::form::{administers, brought, faulty};
use crate::page::view::{ChecklistsView, NoteRow, Text, Weight};
use crate::pages::Reader;
use crate::store::{read, rows};
use crate::{App, Error};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::Response;
use rusqlite::{Connection, params};
use std::sync::Arc;
use wurao_checklist::import::{Note, NoteSeverity, workbook};
use wurao_protocol::envelope::seal;
use wurao_protocol::record::Checklist;
use wurao_protocol::{Digest, Words};

pub(super) async fn show(State(app): State<App>, reader: Reader) -> Result<Response, Response> {
    administers(&reader)?;
    page(&app, &reader, StatusCode::OK, ChecklistsView::default()).await
}

pub(super) async fn take(State(app): State<App>, reader: Reader, form: Multipart) -> Result<Response, Response> {
    administers(&reader)?;
    let failed = |error: Error| reader.failed(&error);
    let (status, view) = match brought(form).await? {
        Err(fault) => {
            let (status, fault) = faulty(&reader, fault.into())?;
            (status, ChecklistsView { fault: Some(fault), ..ChecklistsView::default() })
        }
        // Reading a workbook takes a while and memory, so one at a time and not in the way of other requests.
        Ok(brought) => {
            let turn = app.imports().acquire().await.map_err(|_| failed(Error::Closed))?;
            let read = tokio::task::spawn_blocking(move || checklist(&brought.bytes)).await;
            drop(turn);
            match read.map_err(|_| failed(Error::Panicked))? {
                Err(what) => {
                    let fault = Some(Fault::Workbook(what));
                    (StatusCode::UNPROCESSABLE_ENTITY, ChecklistsView { fault, ..ChecklistsView::default() })
                }
                Ok((checklist, notes)) => {
                    let usable = !notes.iter().any(|note| note.weight == Weight::Fatal);
                    if usable {
                        let taken = Some(keep(&app, checklist).await.map_err(failed)?);
                        (StatusCode::OK, ChecklistsView { notes, taken, ..ChecklistsView::default() })
                    } else {
                        (StatusCode::UNPROCESSABLE_ENTITY, ChecklistsView { notes, ..ChecklistsView::default() })
                    }
                }
            }
        }
    };
    page(&app, &reader, status, view).await
}

fn checklist(bytes: &[u8]) -> Result<(Checklist, Vec<NoteRow>), String> {
    let imported = workbook(bytes).map_err(|error| error.to_string())?;
    let template = imported.template;
    let checklist = Checklist {
        hash: Digest(template.hash()),
        title: Words::new(template.title.get("zh"), template.title.get("en")),
        version: template.version.clone(),
        template: template.to_json(),
    };
    Ok((checklist, imported.report.iter().map(note).collect()))
}

fn note(note: &Note) -> NoteRow {
    let weight = match note.severity {
        NoteSeverity::Error => Weight::Fatal,
        NoteSeverity::Warning => Weight::Warning,
        NoteSeverity::Info => Weight::Information,
    };
    let cell = if note.cell.is_empty() { note.sheet.clone() } else { format!("{}!{}", note.sheet, note.cell) };
    NoteRow { cell, weight, text: note.text.clone() }
}

/// Keeps a checklist under the hash of its meaning; whether it is new.
async fn keep(app: &App, checklist: Checklist) -> Result<bool, Error> {
    let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
    app.store()
        .write(move |tx| {
            if tx.prepare_cached("SELECT 1 FROM checklist WHERE hash = ?1")?.exists(params![checklist.hash.0])? {
                return Ok(false);
            }
            let record = rows::keep_own(tx, &seal(&keys.records, &checklist)?, now)?;
            let sql = "INSERT INTO checklist (hash, record) VALUES (?1, ?2)";
            tx.execute(sql, params![checklist.hash.0, record.0])?;
            Ok(true)
        })
        .await
}

async fn page(app: &App, reader: &Reader, status: StatusCode, view: ChecklistsView) -> Result<Response, Response> {
    let rows = app.store().read(all).await.map_err(|error| reader.failed(&error))?;
    Ok(reader.page(status, ChecklistsView { rows, ..view }.render(&reader.frame)))
}

fn all(db: &Connection) -> Result<Vec<(Text, String, String)>, Error> {
    let mut statement = db.prepare_cached("SELECT hash FROM checklist")?;
    let hashes = statement.query_map([], |row| Ok(Digest(row.get(0)?)))?.collect::<Result<Vec<_>, _>>()?;
    let mut all = Vec::new();
    for hash in hashes {
        let checklist = read::checklist(db, &hash)?.ok_or(Error::Missing("a checklist"))?;
        let title = Text::new(checklist.title.zh, checklist.title.en);
        all.push((title, checklist.version, hash.to_string()));
    }
    all.sort_by(|a, b| (&a.0.zh, &a.0.en, &a.1).cmp(&(&b.0.zh, &b.0.en, &b.1)));
    Ok(all)
}

//! What changed, told to those who watch: a hint to look again, never the data itself.

use crate::people::Login;
use crate::store::read;
use crate::{App, Error};
use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use std::collections::BTreeSet;
use std::convert::Infallible;
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;
use wurao_protocol::DocumentId;

/// How many hints may wait for a slow watcher before it is told to look at everything.
const BEHIND: usize = 256;

/// Where changed inspections are told after their commit.
#[derive(Clone)]
pub struct Live {
    changed: broadcast::Sender<BTreeSet<DocumentId>>,
    ended: watch::Sender<bool>,
}

impl Live {
    /// Nobody watches yet.
    pub fn new() -> Self {
        Self { changed: broadcast::Sender::new(BEHIND), ended: watch::Sender::new(false) }
    }

    /// Tells all who watch. Silence when nothing was touched.
    pub fn tell(&self, touched: BTreeSet<DocumentId>) {
        if !touched.is_empty() {
            // No receivers means that nobody watches.
            let _ = self.changed.send(touched);
        }
    }

    /// Ends all streams, so that a server that stops does not wait for its watchers.
    pub fn end(&self) {
        self.ended.send_replace(true);
    }
}

impl Default for Live {
    fn default() -> Self {
        Self::new()
    }
}

/// `GET /live`: server-sent events, for those who are signed in.
pub fn routes() -> Router<App> {
    Router::new().route(crate::page::address::LIVE, get(watch_changes))
}

#[derive(Serialize)]
struct Hint {
    scope: Vec<String>,
}

async fn watch_changes(State(app): State<App>, login: Login) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = BroadcastStream::new(app.live().changed.subscribe());
    let mut ended = app.live().ended.subscribe();
    let stream = changes
        .filter_map(move |change| {
            let (app, scope) = (app.clone(), login.scope.clone());
            async move {
                let hint = match change {
                    Ok(touched) => app.store().read(move |db| read::in_scope(db, &scope, &touched)).await,
                    // Too far behind to say what changed: an empty list stands for everything.
                    Err(_) => return event(&[]),
                };
                hint.map_or_else(|error| failed(&error), |ids| if ids.is_empty() { None } else { event(&ids) })
            }
        })
        .take_until(async move {
            // An error means that the server is gone, which ends the stream as well.
            let _ = ended.wait_for(|ended| *ended).await;
        });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

fn event(ids: &[DocumentId]) -> Option<Result<Event, Infallible>> {
    let hint = Hint { scope: ids.iter().map(DocumentId::to_string).collect() };
    Event::default().event("change").json_data(hint).ok().map(Ok)
}

fn failed(error: &Error) -> Option<Result<Event, Infallible>> {
    tracing::error!(code = error.code(), "live: {error}");
    None
}

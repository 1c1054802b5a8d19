//! What changed, told to those who watch: a hint to look again, never the data itself.

use crate::people::Login;
use crate::store::read;
use crate::{App, Error};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::StreamExt;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use wurao_protocol::{DocumentId, PersonId};

/// How many hints may wait for a slow watcher before it is told to look at everything.
const BEHIND: usize = 256;

/// How many streams one person may have open: one for each page they look at.
const STREAMS: usize = 16;

/// Where changed inspections are told after their commit.
#[derive(Clone)]
pub struct Live {
    changed: broadcast::Sender<BTreeSet<DocumentId>>,
    ended: watch::Sender<bool>,
    /// One weak mark for each stream, under who watches.
    watchers: Arc<Mutex<HashMap<PersonId, Vec<Weak<()>>>>>,
}

impl Live {
    /// Nobody watches yet.
    pub fn new() -> Self {
        Self { changed: broadcast::Sender::new(BEHIND), ended: watch::Sender::new(false), watchers: Arc::default() }
    }

    /// A place for one more stream of a person, until it is dropped; none when they have too many.
    fn watch(&self, person: PersonId) -> Option<Arc<()>> {
        let mut watchers = self.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|_, places| {
            places.retain(|place| place.strong_count() > 0);
            !places.is_empty()
        });
        let places = watchers.entry(person).or_default();
        (places.len() < STREAMS).then(|| {
            let place = Arc::new(());
            places.push(Arc::downgrade(&place));
            place
        })
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

async fn watch_changes(State(app): State<App>, login: Login) -> Response {
    let Some(place) = app.live().watch(login.person) else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    let changes = BroadcastStream::new(app.live().changed.subscribe());
    let mut ended = app.live().ended.subscribe();
    let stream = changes
        .then(move |change| {
            let (app, login) = (app.clone(), login.clone());
            async move { next(&app, &login, change).await }
        })
        .take_while(|next| std::future::ready(!matches!(next, Next::End)))
        .filter_map(move |next| {
            // The place is given back when the stream goes.
            let _ = &place;
            std::future::ready(if let Next::Say(event) = next { Some(Ok::<_, Infallible>(event)) } else { None })
        })
        .take_until(async move {
            // An error means that the server is gone, which ends the stream as well.
            let _ = ended.wait_for(|ended| *ended).await;
        });
    Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
}

/// What a watcher gets of a change.
enum Next {
    Say(Event),
    Nothing,
    /// The sign-in is no longer good.
    End,
}

/// Who watches, and what they may see, is looked up again for each change: they may have signed out since.
async fn next(app: &App, login: &Login, change: Result<BTreeSet<DocumentId>, BroadcastStreamRecvError>) -> Next {
    let login = match login.again(app).await {
        Ok(Some(login)) => login,
        Ok(None) => return Next::End,
        Err(error) => return failed(&error),
    };
    match change {
        Ok(touched) => match app.store().read(move |db| read::in_scope(db, &login.reads(), &touched)).await {
            Ok(ids) if ids.is_empty() => Next::Nothing,
            Ok(ids) => event(&ids),
            Err(error) => failed(&error),
        },
        // Too far behind to say what changed: an empty list stands for everything.
        Err(_) => event(&[]),
    }
}

fn event(ids: &[DocumentId]) -> Next {
    let hint = Hint { scope: ids.iter().map(DocumentId::to_string).collect() };
    Event::default().event("change").json_data(hint).map_or(Next::Nothing, Next::Say)
}

fn failed(error: &Error) -> Next {
    tracing::error!(code = error.code(), "live: {error}");
    Next::Nothing
}

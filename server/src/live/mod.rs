//! What changed, told to those who watch: a hint to look again, never the data itself.
//!
//! Every change has a number. A page carries the last one told before it was made, listens from there on and so misses nothing
//! that came in between; the browser's own `Last-Event-ID` does the same after a broken line.

mod told;

use self::told::{Missed, Recent, Told};
use crate::people::Login;
use crate::store::read;
use crate::{App, Error};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::BroadcastStream;
use wurao_protocol::{DocumentId, PersonId};

/// How many hints may wait for a slow watcher before it is told to look at everything.
const BEHIND: usize = 256;

/// How many streams one person may have open: one for each page they look at.
const STREAMS: usize = 16;

/// Where changed inspections are told after their commit.
#[derive(Clone)]
pub struct Live {
    changed: broadcast::Sender<Told>,
    /// Locked while a change is told and while a watcher joins, so that nobody hears one twice or not at all.
    recent: Arc<Mutex<Recent>>,
    ended: watch::Sender<bool>,
    /// One weak mark for each stream, under who watches.
    watchers: Arc<Mutex<HashMap<PersonId, Vec<Weak<()>>>>>,
}

impl Live {
    /// Nobody watches yet. The server's time, unix ms, is where the numbers begin: a page of an earlier run, whose numbers were
    /// lower, is told to look at everything.
    pub fn new(now_ms: i64) -> Self {
        // No run tells a thousand changes in every millisecond of its life.
        let base = u64::try_from(now_ms).unwrap_or(0).saturating_mul(1000);
        Self {
            changed: broadcast::Sender::new(BEHIND),
            recent: Arc::new(Mutex::new(Recent::new(base))),
            ended: watch::Sender::new(false),
            watchers: Arc::default(),
        }
    }

    /// The number of the last change that was told. What is read after this is asked holds that change and all before.
    pub fn last(&self) -> u64 {
        self.recent().last()
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was told after a number, and all that is told from now on.
    fn listen(&self, since: Option<u64>) -> (Missed, BroadcastStream<Told>) {
        let recent = self.recent();
        let missed = since.map_or(Missed::These(Vec::new()), |since| recent.after(since));
        (missed, BroadcastStream::new(self.changed.subscribe()))
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
            let mut recent = self.recent();
            let number = recent.tell(touched.clone());
            // No receivers means that nobody watches.
            let _ = self.changed.send((number, touched));
        }
    }

    /// Ends all streams, so that a server that stops does not wait for its watchers.
    pub fn end(&self) {
        self.ended.send_replace(true);
    }
}

/// `GET /live`: server-sent events, for those who are signed in; with `since`, also what was told after that number.
pub fn routes() -> Router<App> {
    Router::new().route(crate::page::address::LIVE, get(watch_changes))
}

#[derive(Serialize)]
struct Hint {
    scope: Vec<String>,
}

#[derive(Deserialize)]
struct Asked {
    /// A number; anything else stands for one that was never given.
    since: Option<String>,
}

async fn watch_changes(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    login: Login,
) -> Response {
    let Some(place) = app.live().watch(login.person) else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    // What the browser heard last is newer than what the page was made with.
    let heard = headers.get("last-event-id").map(|heard| heard.to_str().unwrap_or_default());
    let since = heard.or(asked.since.as_deref()).map(|number| number.parse().unwrap_or(u64::MAX));
    let (missed, to_come) = app.live().listen(since);
    let missed = match missed {
        Missed::These(told) => told.into_iter().map(Ok).collect(),
        Missed::Unknown => vec![Err(())],
    };
    let changes = stream::iter(missed).chain(to_come.map(|change| change.map_err(drop)));
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
async fn next(app: &App, login: &Login, change: Result<Told, ()>) -> Next {
    let login = match login.again(app).await {
        Ok(Some(login)) => login,
        Ok(None) => return Next::End,
        Err(error) => return failed(&error),
    };
    match change {
        Ok((number, touched)) => match app.store().read(move |db| read::in_scope(db, &login.reads(), &touched)).await {
            Ok(ids) if ids.is_empty() => Next::Nothing,
            Ok(ids) => event(number, &ids),
            Err(error) => failed(&error),
        },
        // Too far behind to say what changed: an empty list stands for everything.
        Err(()) => event(app.live().last(), &[]),
    }
}

fn event(number: u64, ids: &[DocumentId]) -> Next {
    let hint = Hint { scope: ids.iter().map(DocumentId::to_string).collect() };
    let event = Event::default().event("change").json_data(hint);
    event.map_or(Next::Nothing, |event| Next::Say(event.id(number.to_string())))
}

fn failed(error: &Error) -> Next {
    tracing::error!(code = error.code(), "live: {error}");
    Next::Nothing
}

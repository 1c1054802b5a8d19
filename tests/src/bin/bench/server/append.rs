//! The append beside load-apply-save: the same changes in two databases on one disk, in turn, each block by the other first.

use super::peer::Blobs;
use super::phone::{Phone, Prepared};
use super::{county, runtime};
use crate::rows::{Row, Rows, Target};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use futures_util::future::try_join_all;
use rustix::time::{ClockId, clock_gettime};
use std::net::SocketAddr;
use std::time::Instant;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use wurao_protocol::frame::DocumentChanges;
use wurao_protocol::sync::MAX_ANSWER;
use wurao_server::sync::Checked;
use wurao_server::{App, Config, router};
use wurao_tests::{Doing, Trouble};

const PHONES: usize = 10;
const VISITS: usize = 20;
/// Inspections that a push brings one more answer of.
const EACH: usize = 10;

/// How changes reach the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Unpacked and their signatures checked before: what the writer does.
    Append,
    /// As requests by the server's router: unpacked, three signatures checked, appended, the feed read, answered.
    Request,
}

/// What is measured: how, whether commits are flushed, how many pushes of ten changes are one commit, and how many answers each
/// inspection has before.
struct Case {
    how: How,
    flush: bool,
    pushes: usize,
    before: usize,
    most: Option<f64>,
}

/// A visit half done, and a long one that several people answered and corrected.
const BEFORE: [usize; 2] = [30, 300];

const CASES: [Case; 7] = [
    Case { how: How::Append, flush: false, pushes: 1, before: BEFORE[0], most: Some(1.0 / 20.0) },
    Case { how: How::Append, flush: false, pushes: 1, before: BEFORE[1], most: Some(1.0 / 20.0) },
    Case { how: How::Append, flush: true, pushes: 10, before: BEFORE[0], most: Some(1.0 / 15.0) },
    Case { how: How::Append, flush: true, pushes: 10, before: BEFORE[1], most: Some(1.0 / 15.0) },
    Case { how: How::Append, flush: true, pushes: 1, before: BEFORE[1], most: None },
    Case { how: How::Request, flush: false, pushes: 1, before: BEFORE[1], most: None },
    Case { how: How::Request, flush: true, pushes: 10, before: BEFORE[1], most: None },
];

/// Runs all cases, each over an own folder.
pub(super) fn run(quick: bool, rows: &mut Rows) -> Result<(), Trouble> {
    // Each round is one more answer in each inspection.
    let rounds = if quick { 4 } else { 20 };
    for case in &CASES {
        let mut office = Office::open(case.flush, case.before)?;
        let (mut ours, mut theirs) = (Spent::default(), Spent::default());
        for at in 0..rounds * PHONES * VISITS / EACH / case.pushes {
            let pushes = office.prepare(case.pushes)?;
            if at % 2 == 0 {
                theirs.add(&office.peer(&pushes)?);
            }
            ours.add(&office.take(case.how, &pushes)?);
            if at % 2 == 1 {
                theirs.add(&office.peer(&pushes)?);
            }
        }
        let changes = office.check(case.before, rounds)? as f64;
        for (what, ours, theirs) in [("", ours.wall, theirs.wall), ("; processor", ours.processor, theirs.processor)] {
            rows.add(Row {
                bench: "server",
                metric: format!("{}{what}", case.metric(office.bytes)),
                unit: "us/change",
                ours: ours * 1e6 / changes,
                peer: Some(("Automerge load-apply-save", theirs * 1e6 / changes)),
                target: case.most.filter(|_| what.is_empty()).map(Target::Ratio),
            });
        }
    }
    Ok(())
}

/// Seconds that passed, and seconds of this process's processor time: what others do meanwhile is in the first alone.
#[derive(Default)]
struct Spent {
    wall: f64,
    processor: f64,
}

impl Spent {
    fn add(&mut self, more: &Self) {
        self.wall += more.wall;
        self.processor += more.processor;
    }
}

/// A moment from which both are counted.
struct Clock(Instant, f64);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), processor())
    }

    fn spent(&self) -> Spent {
        Spent { wall: self.0.elapsed().as_secs_f64(), processor: processor() - self.1 }
    }
}

fn processor() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

impl Case {
    fn metric(&self, bytes: usize) -> String {
        let how = match self.how {
            How::Append => "append",
            How::Request => "requests",
        };
        let flush = if self.flush { "FULL" } else { "NORMAL" };
        format!("{how}, {flush}, {} a commit, {} answers ({bytes} B)", self.pushes * EACH, self.before)
    }
}

/// A server that listens nowhere, phones that know it, and the peer over the same documents.
struct Office {
    runtime: Runtime,
    app: App,
    router: Router,
    phones: Vec<Phone>,
    blobs: Blobs,
    /// Of a document as Automerge saves it, at first.
    bytes: usize,
    turn: usize,
    _folder: TempDir,
}

impl Office {
    fn open(flush: bool, before: usize) -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("wurao-bench-").tempdir().doing("make a folder")?;
        let data = county::load(folder.path(), PHONES, VISITS)?;
        let config = Config { flush, ..Config::new(data, SocketAddr::from(([127, 0, 0, 1], 0))) };
        let (runtime, app) = (runtime()?, App::open(config).doing("open the server")?);
        let router = router(app.clone());
        let blobs = Blobs::open(&folder.path().join("blobs.sqlite"), flush)?;
        let questions = county::questions()?;
        let (mut phones, mut bytes) = (Vec::new(), 0);
        for number in 0..PHONES {
            let mut post = |path: &str, body: Vec<u8>| runtime.block_on(post(&router, path, body));
            let mut phone = Phone::enrol(number, &questions, &mut post)?;
            let all: Vec<usize> = (0..phone.visits.len()).collect();
            // No frame grows too large.
            for answers in std::iter::repeat_n(BEFORE[0], before / BEFORE[0]) {
                let before = phone.answer(&all, answers)?;
                let body = phone.body(&[&before])?;
                phone.hear(&post("/v1/sync", body)?)?;
            }
            for visit in &phone.visits {
                bytes += blobs.put(&visit.document, &visit.genesis, &visit.ledger)?;
            }
            phones.push(phone);
        }
        let bytes = bytes / (PHONES * VISITS);
        Ok(Self { runtime, app, router, phones, blobs, bytes, turn: 0, _folder: folder })
    }

    /// The pushes of the next phones in turn, each of one more answer in every other of its inspections.
    fn prepare(&mut self, pushes: usize) -> Result<Vec<(usize, Prepared)>, Trouble> {
        let mut prepared = Vec::with_capacity(pushes);
        for _ in 0..pushes {
            let (number, part) = (self.turn % PHONES, self.turn / PHONES % (VISITS / EACH));
            let visits: Vec<usize> = (part * EACH..(part + 1) * EACH).collect();
            let phone = self.phones.get_mut(number).ok_or_else(|| Trouble::new("push", "no such phone"))?;
            prepared.push((number, phone.answer(&visits, 1)?));
            self.turn += 1;
        }
        Ok(prepared)
    }

    fn peer(&self, pushes: &[(usize, Prepared)]) -> Result<Spent, Trouble> {
        let documents: Vec<DocumentChanges> = pushes.iter().flat_map(|(_, push)| push.documents.clone()).collect();
        let clock = Clock::start();
        self.blobs.take(documents)?;
        Ok(clock.spent())
    }

    fn take(&mut self, how: How, pushes: &[(usize, Prepared)]) -> Result<Spent, Trouble> {
        let mut bodies = Vec::with_capacity(pushes.len());
        for (number, push) in pushes {
            bodies.push(self.phones[*number].body(&[push])?);
        }
        match how {
            How::Append => self.append(bodies),
            How::Request => self.request(pushes, bodies),
        }
    }

    /// One write for each push; all of them wait together, so that the writer commits once.
    fn append(&self, bodies: Vec<Vec<u8>>) -> Result<Spent, Trouble> {
        let checked: Result<Vec<Checked>, _> = bodies.iter().map(|body| Checked::open(&self.app, body)).collect();
        let checked = checked.doing("check a push")?;
        let clock = Clock::start();
        let writes = checked.into_iter().map(|push| {
            let app = self.app.clone();
            async move { self.app.store().write(move |tx| push.take(&app, tx)).await }
        });
        let kept = self.runtime.block_on(try_join_all(writes)).doing("take a push")?;
        let took = clock.spent();
        if kept.contains(&false) { Err(Trouble::new("take a push", "not all of it was kept")) } else { Ok(took) }
    }

    fn request(&mut self, pushes: &[(usize, Prepared)], bodies: Vec<Vec<u8>>) -> Result<Spent, Trouble> {
        let clock = Clock::start();
        let requests = bodies.into_iter().map(|body| post(&self.router, "/v1/sync", body));
        let answers = self.runtime.block_on(try_join_all(requests))?;
        let took = clock.spent();
        for ((number, _), answer) in pushes.iter().zip(answers) {
            self.phones[*number].hear(&answer)?;
        }
        Ok(took)
    }

    /// That both sides have come to the same, and how many changes that took.
    fn check(&self, before: usize, rounds: usize) -> Result<usize, Trouble> {
        let read = self.app.store().read(|db| {
            let accepted = "SELECT COUNT(*) FROM change WHERE state = 'accepted'";
            let accepted: i64 = db.query_row(accepted, [], |row| row.get(0))?;
            let live: i64 = db.query_row("SELECT COUNT(*) FROM op WHERE live = 1", [], |row| row.get(0))?;
            Ok((accepted as usize, live as usize))
        });
        let (accepted, live) = self.runtime.block_on(read).doing("count")?;
        let changes = rounds * PHONES * VISITS;
        let mut keys = 0;
        for visit in self.phones.iter().flat_map(|phone| &phone.visits) {
            keys += visit.ledger.keys().count();
            if !self.blobs.has(&visit.document, &visit.ledger)? {
                return Err(Trouble::new("compare", "the peer has come to another state"));
            }
        }
        if accepted != PHONES * VISITS * before + changes || live != keys {
            return Err(Trouble::new("compare", format!("{accepted} changes, {live} values for {keys} fields")));
        }
        Ok(changes)
    }
}

/// Asks the router, and reads all of the answer.
async fn post(router: &Router, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    let request = Request::builder().method("POST").uri(path).header("host", "bench");
    let request = request.body(Body::from(body)).doing("make a request")?;
    let Ok(answer) = router.clone().oneshot(request).await;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), MAX_ANSWER).await.doing("read an answer")?;
    if status.is_success() {
        Ok(body.to_vec())
    } else {
        Err(Trouble::new(format!("ask {path}"), format!("{status}: {}", String::from_utf8_lossy(&body))))
    }
}

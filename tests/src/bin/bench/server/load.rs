//! Pushes over HTTP to a server process by 1, 10 and 100 connections at a time, each sending its next one once it has read
//! all of the answer. Client and server share the computer.

use super::phone::{Phone, Prepared};
use super::{county, runtime};
use crate::rows::{Row, Rows};
use futures_util::future::try_join_all;
use reqwest::Client;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use wurao_tests::server::Server;
use wurao_tests::{Doing, Trouble};

const PHONES: usize = 100;
const VISITS: usize = 20;
const CONNECTIONS: [usize; 3] = [1, 10, 100];
/// Answers that a push brings, all of one inspection.
const ANSWERS: [usize; 2] = [10, 1];
/// More pushes a second than are sent: so many are prepared.
const PUSHES_A_SECOND: usize = 1500;
/// Commits of one row, for the disk's own pace.
const COMMITS: usize = 200;

/// Runs all levels.
pub(super) fn run(quick: bool, rows: &mut Rows) -> Result<(), Trouble> {
    let seconds = if quick { 2 } else { 10 };
    ANSWERS.iter().try_for_each(|answers| levels(*answers, seconds, rows))
}

/// The levels of one kind of push against one server, which is killed then, and what it has is counted.
fn levels(answers: usize, seconds: usize, rows: &mut Rows) -> Result<(), Trouble> {
    let folder = tempfile::Builder::new().prefix("wurao-bench-").tempdir().doing("make a folder")?;
    let data = county::load(folder.path(), PHONES, VISITS)?;
    let program = std::env::current_exe().doing("find this program")?;
    let server = Server::start(&program, &data, SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let runtime = runtime()?;
    let mut senders = enrol(&runtime, &server)?;
    let mut told = 0;
    for connections in CONNECTIONS {
        for sender in &mut senders {
            sender.prepare(answers, (PUSHES_A_SECOND * seconds).div_ceil(PHONES))?;
        }
        let level = Level { answers, connections, time: Duration::from_secs(seconds as u64) };
        let commit = one_row_commits(&folder.path().join("bare.sqlite3")).doing("commit rows")?;
        let (back, ran) = runtime.block_on(level.run(senders, &server.url("/v1/sync")?))?;
        senders = back;
        told += ran.latencies.len() * answers;
        level.report(&ran, commit, rows);
    }
    server.kill();
    let kept = accepted(&data).doing("count")?;
    // The last answer of each connection was read: nothing is under way.
    if kept == told {
        Ok(())
    } else {
        Err(Trouble::new("count", format!("{told} changes were told of, {kept} are there")))
    }
}

/// A phone and its pushes to come.
struct Sender {
    phone: Phone,
    next: VecDeque<Prepared>,
    turn: usize,
}

impl Sender {
    fn prepare(&mut self, answers: usize, pushes: usize) -> Result<(), Trouble> {
        // What was not sent before stays first: later changes build on it.
        while self.next.len() < pushes {
            let push = self.phone.answer(&[self.turn % VISITS], answers)?;
            self.next.push_back(push);
            self.turn += 1;
        }
        Ok(())
    }
}

struct Level {
    answers: usize,
    connections: usize,
    time: Duration,
}

struct Ran {
    /// Of each push in ms, from sending it until its answer was read.
    latencies: Vec<f64>,
    seconds: f64,
}

impl Level {
    async fn run(&self, senders: Vec<Sender>, url: &str) -> Result<(Vec<Sender>, Ran), Trouble> {
        let mut shares: Vec<Vec<Sender>> = (0..self.connections).map(|_| Vec::new()).collect();
        for (at, sender) in senders.into_iter().enumerate() {
            shares[at % self.connections].push(sender);
        }
        let start = Instant::now();
        let until = start + self.time;
        let tasks = shares.into_iter().map(|share| {
            let url = url.to_owned();
            async move { tokio::spawn(connection(share, url, until)).await.doing("run a connection")? }
        });
        let ended = try_join_all(tasks).await?;
        let seconds = start.elapsed().as_secs_f64();
        let (mut senders, mut latencies) = (Vec::new(), Vec::new());
        for (share, times) in ended {
            senders.extend(share);
            latencies.extend(times);
        }
        latencies.sort_by(f64::total_cmp);
        Ok((senders, Ran { latencies, seconds }))
    }

    fn report(&self, ran: &Ran, commit: f64, rows: &mut Rows) {
        let Ran { latencies, seconds } = ran;
        let of = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
        let what = |what: &str| format!("HTTP, {} conn., {} a push: {what}", self.connections, self.answers);
        let row = |metric, unit, ours, peer| Row { bench: "server", metric, unit, ours, peer, target: None };
        let changes = (latencies.len() * self.answers) as f64;
        let alone = Some(("one-row SQLite commits", 1e3 / commit));
        rows.add(row(what("durable changes"), "/s", changes / seconds, alone));
        let alone = Some(("one-row SQLite commit", commit));
        rows.add(row(what("p50"), "ms", of(0.5), alone));
        rows.add(row(what("p99"), "ms", of(0.99), None));
    }
}

/// One connection: phone after phone sends its next push.
async fn connection(mut share: Vec<Sender>, url: String, until: Instant) -> Result<(Vec<Sender>, Vec<f64>), Trouble> {
    let client = Client::builder().pool_max_idle_per_host(1).build().doing("make a client")?;
    let mut times = Vec::new();
    'sending: loop {
        for sender in &mut share {
            if Instant::now() >= until {
                break 'sending;
            }
            let Some(push) = sender.next.pop_front() else { break 'sending };
            let body = sender.phone.body(&[&push])?;
            let start = Instant::now();
            let answer = post(&client, &url, body).await?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            sender.phone.hear(&answer)?;
        }
    }
    Ok((share, times))
}

async fn post(client: &Client, url: &str, body: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    let answer = client.post(url).body(body).send().await.doing("push")?;
    let status = answer.status();
    let body = answer.bytes().await.doing("read an answer")?;
    if status.is_success() {
        Ok(body.to_vec())
    } else {
        Err(Trouble::new("push", format!("{status}: {}", String::from_utf8_lossy(&body))))
    }
}

fn enrol(runtime: &Runtime, server: &Server) -> Result<Vec<Sender>, Trouble> {
    let (questions, client) = (county::questions()?, Client::new());
    let mut senders = Vec::with_capacity(PHONES);
    for number in 0..PHONES {
        let mut ask = |path: &str, body: Vec<u8>| runtime.block_on(post(&client, &server.url(path)?, body));
        let phone = Phone::enrol(number, &questions, &mut ask)?;
        senders.push(Sender { phone, next: VecDeque::new(), turn: 0 });
    }
    Ok(senders)
}

/// Milliseconds of a commit of one row, one after the other, with the server's settings: the median.
fn one_row_commits(path: &Path) -> rusqlite::Result<f64> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS answer (value TEXT NOT NULL)",
    )?;
    let mut times = Vec::with_capacity(COMMITS);
    for _ in 0..COMMITS {
        let start = Instant::now();
        connection.execute("INSERT INTO answer (value) VALUES ('12')", [])?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[COMMITS / 2])
}

fn accepted(data: &Path) -> rusqlite::Result<usize> {
    let connection = Connection::open(data.join("wurao.sqlite"))?;
    let count = "SELECT COUNT(*) FROM change WHERE state = 'accepted'";
    connection.query_row(count, [], |row| row.get::<_, i64>(0)).map(|count| count as usize)
}

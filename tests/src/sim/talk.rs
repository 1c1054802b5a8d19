//! Syncs, step by step and several at once: the very machine that ships, with the network in between going wrong in every way
//! it can, people going on working, and phones killed between any two steps.

use super::net::Delivery;
use super::world::World;
use super::{machines, play};
use crate::{Doing, Trouble};
use std::collections::VecDeque;
use std::sync::Arc;
use wurao_device::{HttpAnswer, HttpRequest, NetworkError, Phone, PhoneError, SyncOptions, SyncReport, SyncRun, Want};
use wurao_protocol::Problem;
use wurao_protocol::envelope::open_as;
use wurao_protocol::sync::{Request, RequestHead};

/// How a sync ended that was not killed.
type Ended = Result<SyncReport, PhoneError>;

/// What came of a request: the pieces of its answer that arrived, and how it ended.
type Answer = (VecDeque<Vec<u8>>, Result<HttpAnswer, NetworkError>);

/// One phone's sync.
struct Line<'a> {
    n: usize,
    run: Option<SyncRun<'a>>,
    flights: Vec<Flight>,
    ended: Option<Ended>,
}

/// A request on its way, or its answer.
struct Flight {
    number: u64,
    request: HttpRequest,
    answer: Option<Answer>,
}

/// What becomes of a request.
enum Fate {
    Well,
    Lost,
    AnswerLost,
    AnswerCut,
    RequestCut,
    Twice,
    Late,
}

/// One phone syncs and nobody else does anything.
pub(super) fn alone(world: &mut World, n: usize, options: &SyncOptions) -> Result<Ended, Trouble> {
    let phone = Arc::clone(world.phone(n)?);
    let mut lines = vec![Line::of(&phone, n, options)?];
    while let Some(line) = lines.iter().position(|line| line.ended.is_none()) {
        step(world, &mut lines[line])?;
    }
    lines.pop().and_then(|line| line.ended).ok_or_else(|| Trouble::new("sync", "it did not end"))
}

/// Some phones sync at the same time; meanwhile their people go on, and some are killed.
pub(super) fn together(world: &mut World, who: &[usize]) -> Result<(), Trouble> {
    let phones = who.iter().map(|n| world.phone(*n).map(Arc::clone)).collect::<Result<Vec<_>, _>>()?;
    let mut lines = Vec::new();
    let mut killed = Vec::new();
    for (phone, n) in phones.iter().zip(who) {
        lines.push(Line::of(phone, *n, &options(world))?);
    }
    loop {
        let open: Vec<usize> =
            (0..lines.len()).filter(|at| lines[*at].ended.is_none() && lines[*at].run.is_some()).collect();
        if open.is_empty() {
            break;
        }
        let at = open[world.draw(open.len())];
        let n = lines[at].n;
        match world.draw(100) {
            0..=3 => play::write(world, n)?,
            4 if world.happens(50) => {
                world.trace.note(&format!("phone {n} is killed in a sync"));
                lines[at].run = None;
                killed.push(n);
            }
            _ => step(world, &mut lines[at])?,
        }
    }
    for line in &lines {
        if let Some(Err(error)) = &line.ended
            && !passes(error)
        {
            return Err(error.clone()).doing(format!("sync phone {}", line.n));
        }
    }
    drop(lines);
    drop(phones);
    killed.into_iter().try_for_each(|n| machines::kill(world, n))
}

/// Whether an error passes by itself: the network's fault, or a server that is asked again later.
pub(super) fn passes(error: &PhoneError) -> bool {
    let cut = [Problem::Truncated, Problem::Malformed, Problem::Empty, Problem::Busy, Problem::StaleCounter];
    matches!(error, PhoneError::Offline { .. }) || cut.iter().any(|problem| problem.code() == error.code())
}

pub(super) fn options(world: &mut World) -> SyncOptions {
    SyncOptions {
        photos: world.happens(80),
        feed_limit: [2 << 10, 64 << 10, 1 << 20][world.draw(3)],
        chunk: [1 << 10, 256 << 10][world.draw(2)],
        lanes: 1 + world.draw(3) as u32,
        tries: world.draw(3) as u32,
        patience: 10,
        most_ms: None,
    }
}

impl<'a> Line<'a> {
    fn of(phone: &'a Phone, n: usize, options: &SyncOptions) -> Result<Self, Trouble> {
        let run = phone.begin_sync(options).doing("begin a sync")?;
        Ok(Self { n, run: Some(run), flights: Vec::new(), ended: None })
    }
}

/// The next thing that happens to one sync.
fn step(world: &mut World, line: &mut Line<'_>) -> Result<(), Trouble> {
    let n = line.n;
    let Some(run) = &mut line.run else { return Ok(()) };
    match run.want() {
        Want::Send(number, request) => {
            leaves(world, n, &request);
            line.flights.push(Flight { number, request, answer: None });
        }
        Want::Wait(ms) => {
            world.clock.pass(ms as i64);
            run.woke();
        }
        Want::Over(ended) => {
            world.trace.note(&format!("phone {n} has synced: {}", said(&ended)));
            line.ended = Some(ended);
        }
        Want::Nothing if line.flights.is_empty() => return Err(Trouble::new("sync", "it waits for nothing")),
        Want::Nothing => {
            let at = world.draw(line.flights.len());
            let flight = &mut line.flights[at];
            let Some((pieces, ending)) = &mut flight.answer else {
                flight.answer = Some(travel(world, n, &flight.request));
                return Ok(());
            };
            match pieces.pop_front() {
                Some(piece) => {
                    run.heard(flight.number, &piece);
                }
                None => {
                    run.answered(flight.number, ending.clone());
                    line.flights.remove(at);
                }
            }
        }
    }
    Ok(())
}

fn said(ended: &Ended) -> String {
    match ended {
        Ok(report) => format!(
            "{} taken, {} received, {} set aside",
            report.changes_taken, report.changes_received, report.quarantined
        ),
        Err(error) => error.code().to_owned(),
    }
}

/// A request leaves its phone: a counter is used once.
fn leaves(world: &mut World, n: usize, request: &HttpRequest) {
    world.trace.bytes(&format!("phone {n} sends {}", request.method), &request.body);
    let Ok(body) = Request::from_body(&request.body) else { return };
    let Ok(head) = open_as::<RequestHead>(&body.start.head.0) else { return };
    let head = head.body;
    let one = &mut world.phones[n];
    if head.counter <= one.counter {
        world.wrong.push(format!("phone {n} used its counter {} twice", head.counter));
    }
    one.counter = head.counter;
}

/// Through the network and back.
fn travel(world: &mut World, n: usize, request: &HttpRequest) -> Answer {
    let offline = |why: &str| (VecDeque::new(), Err(NetworkError::Offline(why.to_owned())));
    match fate(world, n) {
        Fate::Well => arrived(world, request, None),
        Fate::Lost => offline("lost"),
        Fate::AnswerLost => {
            drop(arrived(world, request, None));
            offline("answer lost")
        }
        Fate::AnswerCut => {
            let (pieces, ending) = arrived(world, request, None);
            let bytes: Vec<u8> = pieces.into_iter().flatten().collect();
            match ending {
                Ok(answer) if answer.status == 200 => {
                    let keep = world.draw(bytes.len() + 1);
                    ([bytes[..keep].to_vec()].into(), Err("answer cut".into()))
                }
                _ => offline("answer cut"),
            }
        }
        Fate::RequestCut => {
            let cut = world.draw(request.body.len() + 1);
            let (pieces, _) = arrived(world, request, Some(cut));
            (pieces, Err("request cut".into()))
        }
        Fate::Twice => {
            let first = arrived(world, request, None);
            let (_, second) = arrived(world, request, None);
            let both = |answer: &Result<HttpAnswer, _>| answer.as_ref().is_ok_and(|answer| answer.status == 200);
            if request.method == "POST" && both(&first.1) && both(&second) {
                world.wrong.push(format!("a request of phone {n} was taken twice"));
            }
            first
        }
        Fate::Late => {
            world.late.push(request.clone());
            offline("late")
        }
    }
}

fn fate(world: &mut World, n: usize) -> Fate {
    if world.phones[n].apart {
        return Fate::Lost;
    }
    let trouble = world.phones[n].trouble;
    if !world.happens(trouble) {
        return Fate::Well;
    }
    match world.draw(7) {
        0 => Fate::Lost,
        1 => Fate::AnswerLost,
        2 | 3 => Fate::AnswerCut,
        4 => Fate::RequestCut,
        5 => Fate::Twice,
        _ => Fate::Late,
    }
}

pub(super) fn arrived(world: &mut World, request: &HttpRequest, cut: Option<usize>) -> Answer {
    let Delivery { pieces, ending } = world.net.deliver(request, cut);
    let status = ending.as_ref().map_or(0, |answer| answer.status);
    world.trace.bytes(&format!("the server says {status} to {:?}", cut), &pieces.concat());
    (pieces.into(), ending)
}

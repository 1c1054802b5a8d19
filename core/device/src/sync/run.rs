//! A sync under way: the machine, joined to one phone's store. What it wants of the network and the clock it says; who
//! drives it does that and tells what came of it. Between any two calls it may be dropped, as a kill would: what was heard
//! is in the store, the rest goes with the next sync.

use super::apply::{Heard, Hearing};
use super::machine::{Do, Ending, Failure, Machine, Said};
use super::plan;
use super::upload::{self, Parcel};
use super::{Step, SyncOptions, SyncReport};
use crate::error::{Error, PhoneError};
use crate::phone::{Phone, busy, problem_of};
use crate::ports::{HttpAnswer, HttpRequest, NetworkError};
use crate::store::blobs;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{MutexGuard, PoisonError};
use wurao_planted::{Bug, is as planted};
use wurao_protocol::sync::counter::{COUNTER_HEADER, COUNTER_PROOF_HEADER};
use wurao_protocol::sync::parts::{Part, PartReader};
use wurao_protocol::{Digest, Problem};

/// How long a server is waited for that has too much to do and does not say until when.
const BUSY_MS: u64 = 2000;

/// What a sync wants next.
#[derive(Debug)]
pub enum Want {
    /// Send this and say what came back, under this number. What else it wants can be asked for meanwhile.
    Send(u64, HttpRequest),
    /// Come back after so many milliseconds.
    Wait(u64),
    /// Nothing until something that was asked for is answered.
    Nothing,
    /// It is over.
    Over(Result<SyncReport, PhoneError>),
}

/// A sync of one phone under way.
pub struct SyncRun<'a> {
    phone: &'a Phone,
    machine: Machine,
    options: SyncOptions,
    base: String,
    pin: Option<[u8; 32]>,
    report: SyncReport,
    todo: VecDeque<Do>,
    /// Requests that were not answered yet.
    asked: BTreeMap<u64, Asked>,
    next: u64,
    steps: Vec<Step>,
    /// How often the server said that it was set back.
    restores: u32,
    /// Files by their names, and of which the server has something already.
    parcels: BTreeMap<Digest, Parcel>,
    begun: BTreeMap<Digest, u64>,
    /// The failure that was told last.
    failure: Option<Error>,
    _one_at_a_time: MutexGuard<'a, ()>,
}

/// What a request is about.
enum Asked {
    Round(Box<Round>),
    Look(Digest),
    /// A file, and the bytes sent of it.
    Send(Digest, u64),
}

struct Round {
    hearing: Hearing,
    reader: PartReader,
    settled: u64,
    again: u64,
    /// Whether the answer is over, and what it said of more.
    over: Option<bool>,
    failure: Option<Error>,
}

impl Phone {
    /// Begins a sync, for who drives it by themselves. Another one of this phone is waited for.
    ///
    /// # Errors
    /// When the phone was not let in by any server.
    pub fn begin_sync(&self, options: &SyncOptions) -> Result<SyncRun<'_>, PhoneError> {
        let one_at_a_time = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let (base, pin) = (self.server_url()?, self.server_pin()?);
        self.finish_photos()?;
        let mut run = SyncRun {
            phone: self,
            machine: Machine::new(*options, self.ports.clock.mono_ms()),
            options: *options,
            base,
            pin,
            report: SyncReport::default(),
            todo: VecDeque::new(),
            asked: BTreeMap::new(),
            next: 0,
            steps: Vec::new(),
            restores: 0,
            parcels: BTreeMap::new(),
            begun: BTreeMap::new(),
            failure: None,
            _one_at_a_time: one_at_a_time,
        };
        run.said(Said::Begin);
        Ok(run)
    }
}

impl SyncRun<'_> {
    /// What is wanted next. Everything that only the store is needed for is done on the way.
    pub fn want(&mut self) -> Want {
        if self.machine.is_late(self.phone.ports.clock.mono_ms()) {
            self.failure = Some(Error::Network(NetworkError::Offline("the time that was given is up".to_owned())));
            return self.over(Ending::Broken);
        }
        while let Some(todo) = self.todo.pop_front() {
            match self.perform(todo) {
                Ok(None) => {}
                Ok(Some(want)) => return want,
                Err(error) => return Want::Over(Err(error.into())),
            }
        }
        Want::Nothing
    }

    /// A piece of the answer's body has come; what is whole of it is written. When this fails the request may be ended.
    pub fn heard(&mut self, number: u64, bytes: &[u8]) -> bool {
        let Some(Asked::Round(round)) = self.asked.get_mut(&number) else { return false };
        self.report.text_bytes_down += bytes.len() as u64;
        // What came before it failed: whoever goes on all the same is not heard, for each part stands on those before.
        if round.failure.is_some() {
            return false;
        }
        let moved = match round.hear(self.phone, bytes, &mut self.report) {
            Ok(moved) => moved,
            Err(error) => {
                round.failure = Some(error);
                return false;
            }
        };
        if moved {
            self.said(Said::Moved);
        }
        true
    }

    /// The request of this number was answered whole, or not: then nobody knows whether it arrived. The body of an answer
    /// that was [`SyncRun::heard`] is empty here.
    pub fn answered(&mut self, number: u64, answer: Result<HttpAnswer, NetworkError>) {
        match self.asked.remove(&number) {
            Some(Asked::Round(round)) => self.round_over(*round, answer),
            Some(Asked::Look(name)) => {
                let has = answer.map_err(Error::Network).and_then(|answer| upload::looked(&answer));
                self.file_said(&name, has);
            }
            Some(Asked::Send(name, bytes)) => {
                let has = answer.map_err(Error::Network).and_then(|answer| upload::sent(&answer));
                if let (Ok(has), Some(parcel)) = (&has, self.parcels.get(&name)) {
                    self.report.photo_bytes_up += bytes;
                    self.steps.push(Step::Upload { sha256: name.to_string(), sent: *has, of: parcel.blob.bytes });
                }
                self.file_said(&name, has);
            }
            None => {}
        }
    }

    /// The wait is over.
    pub fn woke(&mut self) {
        self.said(Said::Woke);
    }

    /// Stops it; what was acknowledged stays.
    pub fn cancel(&mut self) {
        self.todo.clear();
        self.said(Said::Cancel);
    }

    /// What happened since this was asked last.
    pub fn steps(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    fn said(&mut self, said: Said) {
        let mut chance = [0; 4];
        // Without chance the waits are the shortest.
        let chance = self.phone.ports.random.fill(&mut chance).map_or(0, |()| u32::from_le_bytes(chance));
        let todo = self.machine.hear(said, self.phone.ports.clock.mono_ms(), chance);
        self.todo.extend(todo);
    }

    fn perform(&mut self, todo: Do) -> Result<Option<Want>, Error> {
        match todo {
            Do::Ask { first_frame } => return self.ask(first_frame).map(Some),
            Do::CatchUp(counter) => {
                let proof = match &self.failure {
                    Some(Error::Behind { proof, .. }) => proof.as_str(),
                    _ => "",
                };
                plan::catch_up(self.phone, counter, proof)?;
                self.said(Said::CaughtUp);
            }
            Do::List => self.list()?,
            Do::Look(name) => {
                if let Some(parcel) = self.parcels.get(&name) {
                    let request = upload::look(&self.base, parcel, self.pin);
                    return Ok(Some(self.send(Asked::Look(name), request)));
                }
            }
            Do::Send(name, from) => return self.send_file(name, from),
            Do::Keep(name) => {
                self.phone.state()?.store.write(|tx| blobs::uploaded(tx, &name))?;
                self.report.photos_uploaded += 1;
            }
            Do::SeeWhatIsLeft => {
                let state = self.phone.state()?;
                let left = !blobs::backlog(state.store.read())?.is_empty();
                drop(state);
                self.phone.wipe_when_ordered(&mut *self.phone.state()?)?;
                self.said(Said::Left(left));
            }
            Do::Wait { ms } => {
                self.steps.push(Step::Waiting { ms });
                return Ok(Some(Want::Wait(ms)));
            }
            Do::Stop(ending) => return Ok(Some(self.over(ending))),
        }
        Ok(None)
    }

    fn send(&mut self, asked: Asked, request: HttpRequest) -> Want {
        self.next += 1;
        self.asked.insert(self.next, asked);
        Want::Send(self.next, request)
    }

    fn ask(&mut self, first_frame: usize) -> Result<Want, Error> {
        let push = plan::plan(self.phone, &self.options, first_frame)?;
        let body = push.request.to_body_in_parts();
        self.report.requests += 1;
        self.report.text_bytes_up += body.len() as u64;
        let headers = vec![("content-type", "application/vnd.wurao.sync".to_owned())];
        let url = format!("{}/v1/sync", self.base);
        let round = Round {
            hearing: Hearing::of(push, self.restores),
            reader: PartReader::default(),
            settled: self.report.settled(),
            again: self.report.offered_again + self.report.signed_anew,
            over: None,
            failure: None,
        };
        let request = HttpRequest { method: "POST", url, headers, body, pin: self.pin };
        Ok(self.send(Asked::Round(Box::new(round)), request))
    }

    fn round_over(&mut self, mut round: Round, answer: Result<HttpAnswer, NetworkError>) {
        let failure = match (round.failure.take(), answer) {
            (Some(failure), _) => Some(failure),
            (None, Err(error)) => Some(Error::Network(error)),
            (None, Ok(answer)) if answer.status != 200 => Some(refusal(&answer)),
            (None, Ok(_)) => round.finish(self.phone, &mut self.report).err(),
        };
        self.restores += u32::from(round.hearing.is_restored());
        if let Some(error) = failure {
            if planted(Bug::CutIsWhole) {
                // What goes wrong here has gone wrong already.
                let _ = round.hearing.believe(self.phone, &mut self.report);
            }
            return self.broke(None, error);
        }
        self.steps.push(Step::Round { pushed: round.hearing.pushed(), pulled: round.hearing.pulled });
        self.begun.append(&mut round.hearing.begun);
        // What is left after a round that settled nothing waits for another day.
        let settled = self.report.settled() > round.settled;
        let offered = self.report.offered_again + self.report.signed_anew > round.again;
        let again = round.over == Some(true) || offered || round.hearing.left_behind() && settled;
        self.said(Said::Answered { again });
    }

    fn list(&mut self) -> Result<(), Error> {
        let waiting = blobs::to_upload(self.phone.state()?.store.read())?;
        self.phone.wipe_when_ordered(&mut *self.phone.state()?)?;
        self.parcels = waiting.into_iter().map(|blob| (blob.sha256, Parcel::of(blob))).collect();
        let mut files: Vec<_> = self.parcels.values().collect();
        files.sort_by_key(|parcel| parcel.blob.order);
        let has = |name: &Digest| self.begun.get(name).copied().unwrap_or(0);
        let file = |parcel: &Parcel| (parcel.blob.sha256, has(&parcel.blob.sha256), parcel.blob.bytes);
        let files = files.into_iter().map(file).collect();
        self.said(Said::Listed(files));
        Ok(())
    }

    fn send_file(&mut self, name: Digest, from: u64) -> Result<Option<Want>, Error> {
        let Some(parcel) = self.parcels.get_mut(&name) else { return Ok(None) };
        let (base, pin, chunk) = (&self.base, self.pin, self.options.chunk);
        match parcel.piece(self.phone, from, chunk) {
            Ok(piece) => {
                let bytes = piece.len() as u64;
                let request = upload::send(base, parcel, pin, from, piece);
                Ok(Some(self.send(Asked::Send(name, bytes), request)))
            }
            // One damaged file must not stand in the way of the others.
            Err(Error::Evidence(error)) => {
                self.phone.state()?.store.write(|tx| blobs::damaged(tx, &name, error.code()))?;
                self.report.photos_damaged += 1;
                self.said(Said::Unsendable(name));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn file_said(&mut self, name: &Digest, has: Result<u64, Error>) {
        match has {
            Ok(has) => self.said(Said::Has(*name, has)),
            // What had arrived of it were other bytes, perhaps somebody else's. It stands in the way of no other file, and is sent
            // anew another day.
            // Nor does one that the server cannot store.
            Err(Error::Server(Problem::BlobHash | Problem::Internal)) => self.said(Said::Unsendable(*name)),
            Err(error) => self.broke(Some(*name), error),
        }
    }

    fn broke(&mut self, file: Option<Digest>, error: Error) {
        let failure = match &error {
            // The last two: cut where a part of the answer was still to come, or answered by who stood between.
            Error::Network(NetworkError::Offline(_))
            | Error::Server(Problem::Truncated | Problem::Empty)
            | Error::Unreadable { .. } => Failure::Passing,
            Error::Busy { after_ms } => Failure::Busy { after_ms: *after_ms },
            // In the middle of an answer, or of a server that does not say for how long.
            Error::Server(Problem::Busy) => Failure::Busy { after_ms: BUSY_MS },
            Error::Behind { counter, .. } => Failure::Behind(*counter),
            _ => Failure::Lasting,
        };
        self.failure = Some(error);
        self.said(Said::Broke(file, failure));
    }

    fn over(&mut self, ending: Ending) -> Want {
        let report = std::mem::take(&mut self.report);
        Want::Over(match ending {
            Ending::Whole => Ok(report),
            Ending::Cancelled => Err(Error::Cancelled.into()),
            Ending::Broken => Err(self.failure.take().unwrap_or(Error::Cancelled).into()),
        })
    }
}

impl Round {
    fn hear(&mut self, phone: &Phone, bytes: &[u8], report: &mut SyncReport) -> Result<bool, Error> {
        self.reader.add(bytes)?;
        let mut moved = false;
        while let Some(part) = self.reader.part()? {
            moved |= self.part(phone, part, report)?;
        }
        Ok(moved)
    }

    fn finish(&mut self, phone: &Phone, report: &mut SyncReport) -> Result<(), Error> {
        for part in std::mem::take(&mut self.reader).finish()? {
            self.part(phone, part, report)?;
        }
        if self.over.is_some() { Ok(()) } else { Err(Error::Server(Problem::Truncated)) }
    }

    fn part(&mut self, phone: &Phone, part: Part, report: &mut SyncReport) -> Result<bool, Error> {
        match self.hearing.part(phone, part, report)? {
            Heard::More { moved } => Ok(moved),
            Heard::Over { more } => {
                self.over = Some(more);
                Ok(false)
            }
        }
    }
}

/// What a server says that does not take a request.
fn refusal(answer: &HttpAnswer) -> Error {
    if let Some(busy) = busy(answer) {
        return busy;
    }
    let number = |name| answer.header(name).and_then(|value| value.parse::<u64>().ok());
    match (problem_of(answer.status, &answer.body), number(COUNTER_HEADER)) {
        (Error::Server(Problem::StaleCounter), Some(counter)) => {
            Error::Behind { counter, proof: answer.header(COUNTER_PROOF_HEADER).unwrap_or_default().to_owned() }
        }
        (error, _) => error,
    }
}

//! What an answer changes, part by part, each in one transaction: how own work stands, what is new, the cursor it came with.

use super::plan::{CURSOR, LOG, Push, PushedDocument};
use super::{SyncReport, chain, log, take};
use crate::error::Error;
use crate::phone::{Phone, SERVER_KEY, SERVER_MS, State};
use crate::proven::keep_fed;
use crate::store::{apart, blobs, log as fed, meta, records, standing};
use rusqlite::Transaction;
use std::collections::BTreeMap;
use wurao_planted::{Bug, is as planted};
use wurao_protocol::key::PublicKey;
use wurao_protocol::sync::parts::{Begin, End, News, Part, Taken};
use wurao_protocol::sync::{DocumentStatus, Feed, LogMark, Outcome, Status, Upload};
use wurao_protocol::{Digest, Problem, cbor};
use wurao_record::ChangeHash;

/// How often in one sync a server is believed to have been set back.
const MOST_RESTORES: u32 = 3;

/// An answer on its way in.
pub(super) struct Hearing {
    push: Push,
    /// Records and document entries that were told of.
    records: usize,
    documents: usize,
    heard: bool,
    /// The server has lost what came before: what it refuses for that goes up again with the rest.
    lost: bool,
    /// It says that it was set back, and how often it has said so in this sync before.
    restored: bool,
    restores: u32,
    /// Changes that came.
    pub(super) pulled: u64,
    /// Files of which the server has something already, and how much.
    pub(super) begun: BTreeMap<Digest, u64>,
    /// What came and is not in the store: always nothing, but for a planted bug.
    untaken: Vec<Feed>,
}

/// What a part came to.
pub(super) enum Heard {
    /// More is to come; whether anything is in the store now that was not.
    More { moved: bool },
    /// The answer is over; whether there is more to ask for.
    Over { more: bool },
}

impl Hearing {
    pub(super) fn of(push: Push, restores: u32) -> Self {
        Self {
            push,
            restores,
            records: 0,
            documents: 0,
            heard: false,
            lost: false,
            restored: false,
            pulled: 0,
            begun: BTreeMap::new(),
            untaken: Vec::new(),
        }
    }

    /// Whether the server said that it was set back.
    pub(super) fn is_restored(&self) -> bool {
        self.restored
    }

    /// One that loses each round what the round before brought would keep the phone sending for ever: it is heard the next time, by
    /// the mark that it is not believed to have passed.
    fn is_unsteady(&self) -> bool {
        self.restored && self.restores >= MOST_RESTORES
    }

    /// Keeps the log's mark with what was told under it: by it a server that has lost that is known for one.
    fn see(&self, tx: &Transaction<'_>, log: &LogMark) -> Result<(), Error> {
        if self.is_unsteady() { Ok(()) } else { meta::set(tx, LOG, &cbor::encode(log)) }
    }

    /// Own changes that were sent.
    pub(super) fn pushed(&self) -> u64 {
        self.push.changes()
    }

    /// Whether more was to be sent than fits.
    pub(super) fn left_behind(&self) -> bool {
        self.push.more
    }

    /// Hears the next part.
    pub(super) fn part(&mut self, phone: &Phone, part: Part, report: &mut SyncReport) -> Result<Heard, Error> {
        let more = |moved| Ok(Heard::More { moved });
        match part {
            Part::Begin(begin) if !self.heard => {
                self.heard = true;
                self.restored = begin.kept.is_some();
                self.lost = self.restored && !planted(Bug::RefusedByRestored);
                self.begin(phone, &begin, report)?;
                more(false)
            }
            Part::Taken(taken) if self.heard => {
                let before = report.settled();
                self.taken(phone, &taken, report)?;
                more(report.settled() > before)
            }
            Part::News(news) if self.heard => more(self.news(phone, &news, report)?),
            Part::End(end) if self.heard && self.all_told() => {
                self.end(phone, &end, report)?;
                Ok(Heard::Over { more: end.more })
            }
            Part::Fault(problem) => Err(Error::Server(problem)),
            _ => Err(Error::Server(Problem::Malformed)),
        }
    }

    fn all_told(&self) -> bool {
        (self.records, self.documents) == (self.push.records.len(), self.push.documents.len())
    }

    /// Takes it that all of the push was taken, without a word of that.
    pub(super) fn believe(&mut self, phone: &Phone, report: &mut SyncReport) -> Result<(), Error> {
        let ok = Status::plain(Outcome::Ok);
        phone.state()?.store.write(|tx| {
            for document in &self.push.documents {
                let status = DocumentStatus { status: ok.clone(), stopped: None, heads: Vec::new() };
                settle_document(tx, document, (&status, &[]), 0, report)?;
            }
            Ok(())
        })
    }

    fn begin(&self, phone: &Phone, begin: &Begin, report: &mut SyncReport) -> Result<(), Error> {
        let mut state = phone.state()?;
        let mono_ms = phone.ports.clock.mono_ms();
        state.store.write(|tx| {
            if !self.is_unsteady() {
                log::hear(tx, begin, report)?;
            }
            meta::set_number(tx, SERVER_MS, begin.server_ms)
        })?;
        state.anchor = Some((begin.server_ms, mono_ms));
        Ok(())
    }

    /// What became of a frame.
    fn taken(&mut self, phone: &Phone, taken: &Taken, report: &mut SyncReport) -> Result<(), Error> {
        let malformed = || Error::Server(Problem::Malformed);
        let records = self.push.records.get(self.records..).and_then(|left| left.get(..taken.records.len()));
        let documents = self.push.documents.get(self.documents..).and_then(|left| left.get(..taken.documents.len()));
        let (records, documents) = records.zip(documents).ok_or_else(malformed)?;
        let (lost, told) = (self.lost, taken.log.size);
        let counts = |status: &Status| !(lost && status.outcome == Outcome::Refused);
        phone.state()?.store.write(|tx| {
            for (id, status) in records.iter().zip(&taken.records).filter(|(_, status)| counts(status)) {
                report.records_settled += u64::from(records::settle(tx, id, status, told)?);
                report.records_refused += u64::from(status.outcome == Outcome::Refused);
            }
            let documents = documents.iter().zip(&taken.documents);
            let each = taken.each.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
            let documents = documents.zip(each).filter(|((_, status), _)| !lost || status.stopped.is_none());
            for ((document, status), each) in documents {
                settle_document(tx, document, (status, each), told, report)?;
                log::notice(tx, &document.document, &status.status)?;
            }
            self.see(tx, &taken.log)
        })?;
        self.records += taken.records.len();
        self.documents += taken.documents.len();
        Ok(())
    }

    /// A piece of the feed; whether anything came with it.
    fn news(&mut self, phone: &Phone, news: &News, report: &mut SyncReport) -> Result<bool, Error> {
        if planted(Bug::CursorAlone) {
            self.untaken.push(news.feed.clone());
            return phone.state()?.store.write(|tx| meta::set(tx, CURSOR, &news.cursor.0)).map(|()| false);
        }
        let pulled: usize = news.feed.documents.iter().map(|document| document.changes.len()).sum();
        let mut state = phone.state()?;
        let taker = taker(phone, &state)?;
        state.store.write(|tx| {
            let before = standing::offered(tx)?;
            taker.take(tx, &news.feed, report)?;
            // What a word has opened again goes up at once.
            report.offered_again += standing::offered(tx)?.saturating_sub(before);
            keep_fed(tx, &taker.server_key, &news.feed)?;
            fed::fed(tx, news.log.size)?;
            meta::set(tx, CURSOR, &news.cursor.0)?;
            self.see(tx, &news.log)
        })?;
        state.forget_trust();
        self.pulled += pulled as u64;
        Ok(pulled + news.feed.records.len() > 0)
    }

    fn end(&mut self, phone: &Phone, end: &End, report: &mut SyncReport) -> Result<(), Error> {
        let mut state = phone.state()?;
        if planted(Bug::CounterAfterSending) {
            state.store.write(super::plan::count)?;
        }
        for feed in std::mem::take(&mut self.untaken) {
            let taker = taker(phone, &state)?;
            state.store.write(|tx| taker.take(tx, &feed, report))?;
        }
        let at = phone.stamp(&state)?;
        let server_key = server_key(&state)?;
        state.store.write(|tx| {
            // When all that it has forgotten is here, and once: a server that refuses each of them would keep it signing.
            if !end.more && report.signed_anew == 0 {
                chain::mend(phone, tx, report)?;
            }
            chain::drop_replaced(tx)?;
            let grants: Vec<(Digest, String)> =
                end.uploads.iter().map(|upload| (upload.sha256, upload.path.clone())).collect();
            blobs::grant(tx, &grants, !end.more_uploads)?;
            if let Some(shown) = end.shown.as_ref().filter(|_| !self.is_unsteady()) {
                log::see(phone, tx, &server_key, shown, at, report)?;
            }
            self.see(tx, &end.log)
        })?;
        let begun = |upload: &Upload| upload.has.map(|has| (upload.sha256, has));
        self.begun = end.uploads.iter().filter_map(begun).collect();
        phone.wipe_when_ordered(&mut state)
    }
}

fn server_key(state: &State) -> Result<PublicKey, Error> {
    let bytes = meta::get(state.store.read(), SERVER_KEY)?.ok_or(Error::NotEnrolled)?;
    Ok(PublicKey::from_bytes(&bytes)?)
}

/// For what comes from the server.
pub(crate) fn taker(phone: &Phone, state: &State) -> Result<take::Taker, Error> {
    Ok(take::Taker {
        server_key: server_key(state)?,
        own: phone.ports.signer.public().device(),
        writing: state.session.as_ref().map(|session| session.actor),
        now_ms: phone.ports.clock.wall_ms(),
        colleague: None,
    })
}

fn settle_document(
    tx: &Transaction<'_>,
    pushed: &PushedDocument,
    (answer, each): (&DocumentStatus, &[Status]),
    told: u64,
    report: &mut SyncReport,
) -> Result<(), Error> {
    let stopped = answer.stopped.map_or(pushed.sent.len(), |at| (at as usize).min(pushed.sent.len()));
    let (taken, rest) = pushed.sent.split_at(stopped);
    let mut settle = |hashes: &[[u8; 32]], status: &Status| -> Result<(), Error> {
        let mut count = 0;
        for hash in hashes {
            count += u64::from(standing::settle(tx, &pushed.document, hash, status, told)?);
        }
        match status.outcome {
            Outcome::Ok | Outcome::Have => report.changes_taken += count,
            Outcome::Held => report.changes_held += count,
            Outcome::Waiting => report.changes_waiting += count,
            Outcome::Refused => report.changes_refused += count,
            Outcome::NeedRaw => {}
        }
        Ok(())
    };
    if rest.is_empty() {
        // Those that stand otherwise than the worst of them are told apart.
        for (at, hash) in taken.iter().enumerate() {
            let own = each.get(at).filter(|_| !planted(Bug::AllAlike));
            settle(std::slice::from_ref(hash), own.unwrap_or(&answer.status))?;
        }
        // What waited has been named by its heads; where these stand apart nobody knows more of it than the worst.
        settle(&pushed.waiting, &answer.status)?;
        report.changes_refused += apart::refresh(tx, &pushed.document)?;
        return Ok(());
    }
    // The status says why it stopped. What came before stays as it is here and is offered again: having it already
    // costs the server nothing, and its answer will then speak of just that. So does what comes behind and does not stand on it.
    match answer.status.problem {
        // It was not looked at: what stopped an earlier part is told there.
        Some(Problem::AfterRefused) => {}
        // What a colleague has written is not taken from this phone. Nobody's work behind it is the worse for that.
        _ if pushed.handed.contains(&rest[0]) => {
            settle(&rest[..1], &Status { outcome: Outcome::Refused, ..answer.status.clone() })?;
        }
        // The server lacks what it stands on, and that may yet come to it. What stands on refused work is known here.
        Some(Problem::UnknownDependency) => {}
        _ => {
            let refused = standing::from_first(tx, &pushed.document, rest)?;
            let own: Vec<ChangeHash> = refused.into_iter().filter(|hash| !pushed.handed.contains(hash)).collect();
            settle(&own, &Status { outcome: Outcome::Refused, ..answer.status.clone() })?;
        }
    }
    report.changes_refused += apart::refresh(tx, &pushed.document)?;
    Ok(())
}

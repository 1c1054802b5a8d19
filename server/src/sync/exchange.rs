//! One request and its answer, a step at a time: what became of a frame is told as soon as that is on disk, while the next
//! one is still coming; then what is new, in pieces. Whoever is cut off has lost no more than one of either.

use super::answer::{self, Asked, Piece};
use super::author::Authors;
use super::load::Load;
use super::push::Push;
use super::take::{self, Brought, Closed, Opened};
use super::{devices, own, proofs};
use crate::places::Place;
use crate::uploads::begun;
use crate::{App, Error, audit, peer};
use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt as _;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use wurao_protocol::cbor::Bytes;
use wurao_protocol::sync::parts::{Begin, End, News, Part, Taken};
use wurao_protocol::sync::reader::RequestReader;
use wurao_protocol::sync::{IN_PARTS, MAX_REQUEST, RequestHead, RequestStart, Upload};
use wurao_protocol::{Digest, Problem};

/// Bytes of feed in the first piece; each next one is twice as long, up to the last of these.
const PIECES: (usize, usize) = (16 << 10, 256 << 10);

/// How many requests of one phone may be under way: it makes one at a time, and comes again before it is known that the
/// last one was cut off.
const EACH: usize = 4;

/// A request on its way.
pub(super) struct Exchange {
    app: App,
    body: Incoming,
    /// Whether its frames stand alone; else all of them are taken as one.
    pub(super) in_parts: bool,
    head: Arc<RequestHead>,
    /// The device, bringing nothing.
    pusher: Arc<Push>,
    load: Load,
    opened: Opened,
    /// What it brought, and whether all of it was kept.
    own: HashSet<Digest>,
    whole: bool,
    now_ms: i64,
    stage: Stage,
    piece: usize,
    /// Until all of it was told.
    _place: (Place, peer::Place),
}

/// What is told next.
enum Stage {
    Begin(Brought, Option<Closed>),
    Taken(Brought, Option<Closed>),
    Frames,
    News(Asked, Closed),
    End { more: bool, closed: Closed },
    Over,
}

impl Exchange {
    /// Hears a request up to its first frame, which is taken: from here on there is something to tell. Refused as a whole
    /// when it is not let in, or that frame is none.
    pub(super) async fn begin(app: App, body: Body) -> Result<Self, Error> {
        let mut body = Incoming::of(&app, body);
        match Self::hear(&app, &mut body).await {
            Ok(begun) => Ok(begun(app, body)),
            Err(error) => {
                // Who is still sending would not hear why; but takes nobody's place meanwhile.
                body.pass_over().await;
                Err(error)
            }
        }
    }

    async fn hear(app: &App, body: &mut Incoming) -> Result<impl FnOnce(App, Incoming) -> Self + use<>, Error> {
        let (version, start) = body.start().await?;
        let in_parts = version == IN_PARTS;
        // Who it is comes first: nobody else has memory here for what they bring.
        let (keys, server) = (Arc::clone(app.keys()), app.server());
        let (head, pusher) = in_turn(app, move || Push::open(start, server, &keys)).await?;
        // Nor a place among those that are served: who is nobody's phone, or is slow to say whose, holds up none.
        let place = app.syncs().enter()?;
        let among_its_own = app.phones().enter_as(pusher.device.id.to_string(), EACH);
        let among_its_own = among_its_own.ok_or(Error::Full { what: "syncs of one phone", after_s: 2 })?;
        let (pusher, mut load) = (Arc::new(pusher), Load::default());
        let (push, turn) = next_push(app, body, &pusher, &mut load, in_parts).await?;
        let (head, last) = (Arc::new(head), body.reader.has_all());
        let (keys, asked, originals) = (Arc::clone(app.keys()), Arc::clone(&head), app.config().originals);
        let (now_ms, opened, brought, closed) = app
            .store()
            .write(move |tx| {
                let (opened, brought, closed) = take::first(tx, &asked, &push, &keys, (last, originals))?;
                Ok((tx.now_ms(), opened, brought, closed))
            })
            .await?;
        body.is_taken();
        drop(turn);
        let (own, whole, stage) = (HashSet::new(), true, Stage::Begin(brought, closed));
        Ok(move |app, body| Self {
            app,
            body,
            in_parts,
            head,
            pusher,
            load,
            opened,
            own,
            whole,
            now_ms,
            stage,
            piece: PIECES.0,
            _place: (place, among_its_own),
        })
    }

    /// The next part of the answer; none when it was told whole.
    pub(super) async fn next(&mut self) -> Result<Option<Part>, Error> {
        Ok(Some(match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Begin(brought, closed) => {
                self.stage = Stage::Taken(brought, closed);
                let kept = self.opened.kept;
                let root = kept.and_then(|kept| kept.root).map(|root| Bytes(root.to_vec()));
                Part::Begin(Begin { server_ms: self.now_ms, kept: kept.map(|kept| kept.entries), root })
            }
            Stage::Taken(brought, closed) => self.taken(brought, closed),
            Stage::Frames => {
                let (brought, closed) = self.frame().await?;
                self.taken(brought, closed)
            }
            Stage::News(asked, closed) => self.news(asked, closed).await?,
            Stage::End { more, closed } => self.end(more, closed).await?,
            Stage::Over => return Ok(None),
        }))
    }

    /// Takes the next frame; with the last one the push is closed.
    async fn frame(&mut self) -> Result<(Brought, Option<Closed>), Error> {
        let (push, _turn) = next_push(&self.app, &mut self.body, &self.pusher, &mut self.load, true).await?;
        let (head, keys, last) = (Arc::clone(&self.head), Arc::clone(self.app.keys()), self.body.reader.has_all());
        let (opened, whole, originals) = (self.opened, self.whole, self.app.config().originals);
        let (opened, brought, closed) = self
            .app
            .store()
            .write(move |tx| {
                // Hours may lie between two frames of a slow phone: each is of its own time, from a phone as it stands then.
                let opened = Opened { standing: devices::standing(tx, &push.device.id)?, ..opened };
                let brought = take::bring_counted(tx, &push, &keys)?;
                let ends = (opened, whole && brought.whole, originals);
                let close = || take::close(tx, &head, &push.device.id, &keys, ends);
                Ok((opened, brought, if last { Some(close()?) } else { None }))
            })
            .await?;
        self.body.is_taken();
        self.opened = opened;
        Ok((brought, closed))
    }

    fn taken(&mut self, brought: Brought, closed: Option<Closed>) -> Part {
        self.whole &= brought.whole;
        let Brought { records, documents, each, own, log, .. } = brought;
        self.own.extend(own);
        self.stage = match closed {
            None => Stage::Frames,
            Some(closed) => {
                let own = std::mem::take(&mut self.own);
                let order = closed.order.clone();
                Stage::News(Asked::new(&self.head, &self.opened, order, own), closed)
            }
        };
        Part::Taken(Taken { records, documents, log, each })
    }

    async fn news(&mut self, mut asked: Asked, closed: Closed) -> Result<Part, Error> {
        let limit = if self.in_parts { self.piece.min(asked.left) } else { asked.left };
        self.piece = (self.piece * 2).min(PIECES.1);
        let (keys, proves) = (Arc::clone(self.app.keys()), self.in_parts);
        let read = self.app.store().read_on(move |db| {
            asked.standing = devices::standing(db, &asked.device)?;
            let mut piece = answer::piece(db, &asked, limit)?;
            // Version 1 knows no such field.
            if proves {
                piece.feed.proof = proofs::prove(&keys, &piece.feed)?;
            }
            let log = audit::mark(db, &keys)?;
            Ok((asked, piece, log))
        });
        let (back, piece, log) = read.await?;
        asked = back;
        let Piece { feed, cursor, more, bytes } = piece;
        asked.left = asked.left.saturating_sub(bytes);
        (asked.cursor, asked.told) = (cursor.clone(), true);
        self.stage = if more && asked.left > 0 && self.in_parts {
            Stage::News(asked, closed)
        } else {
            Stage::End { more, closed }
        };
        Ok(Part::News(News { feed, cursor, log }))
    }

    async fn end(&mut self, more: bool, closed: Closed) -> Result<Part, Error> {
        let (device, turn, originals) = (self.head.device, self.head.counter, self.app.config().originals);
        let (wanted, more_uploads) =
            self.app.store().read_on(move |db| answer::offered(db, &device, originals, turn)).await?;
        let mut uploads = Vec::with_capacity(wanted.len());
        for wanted in &wanted {
            let path = wanted.path(&self.app.keys().uploads, self.app.now_ms());
            let has = if self.in_parts { begun(&self.app, wanted).await? } else { None };
            uploads.push(Upload { sha256: wanted.sha256, path, has });
        }
        Ok(Part::End(End { more, uploads, more_uploads, log: closed.log, shown: closed.shown }))
    }
}

/// What is taken at once, opened, and the turn to take it in: all frames of a request or, where they stand alone, the next one with
/// those that it goes on in.
async fn next_push<'a>(
    app: &'a App,
    body: &mut Incoming,
    pusher: &Arc<Push>,
    load: &mut Load,
    in_parts: bool,
) -> Result<(Push, SemaphorePermit<'a>), Error> {
    let mut kept = Vec::new();
    loop {
        let came = body.frames(in_parts).await?;
        // Only now that they are here: a slow phone holds up nobody.
        let turn = app.pushes().acquire().await.map_err(|_| Error::Closed)?;
        let (pusher, keys, more) = (Arc::clone(pusher), Arc::clone(app.keys()), !body.reader.has_all());
        let (mut frames, mut borne) = (std::mem::take(&mut kept), std::mem::take(load));
        // Signatures and decompression take longer than a request may hold up the others.
        let opening = tokio::task::spawn_blocking(move || {
            let push = pusher.bringing((&frames, &came), more, &mut borne, &keys)?;
            frames.extend(came);
            Ok::<_, Error>((push, frames, borne))
        });
        let (push, frames, borne) = opening.await.map_err(|_| Error::Panicked)??;
        *load = borne;
        match push {
            Some(push) => return Ok((signed_by_others(app, push).await?, turn)),
            None => kept = frames,
        }
    }
}

/// Work that would hold up other requests, in turn with theirs.
async fn in_turn<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let _turn = app.pushes().acquire().await.map_err(|_| Error::Closed)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Panicked)?
}

/// The same push with what others have signed of it. Only what is passed on costs this, and off the writer.
async fn signed_by_others(app: &App, push: Push) -> Result<Push, Error> {
    let others = push.others();
    if others.is_empty() {
        return Ok(push);
    }
    let keys = Arc::clone(app.keys());
    let server = own::device(&keys);
    let others = app.store().read_on(move |db| Authors::known(db, server, &others)).await?;
    let signing = tokio::task::spawn_blocking(move || push.signed_by(others, &keys));
    signing.await.map_err(|_| Error::Panicked)?
}

/// A request's body, in whatever pieces it comes.
struct Incoming {
    stream: BodyDataStream,
    reader: RequestReader,
    /// Of the memory that all requests share, what this one has.
    memory: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Incoming {
    fn of(app: &App, body: Body) -> Self {
        let (stream, memory) = (body.into_data_stream(), Arc::clone(app.heard()));
        Self { stream, reader: RequestReader::default(), memory, held: None }
    }

    /// What was heard so far is on disk. The little that is here of the next frame is not counted.
    fn is_taken(&mut self) {
        self.held = None;
    }

    /// Counts what came; refused when all requests together have too much here that was not taken yet. To wait for the
    /// others could be to wait for ever, since each of them may wait for more too.
    fn hold(&mut self, bytes: usize) -> Result<(), Error> {
        let full = || Error::Full { what: "bytes of syncs", after_s: 5 };
        let bytes = u32::try_from(bytes).map_err(|_| full())?;
        let more = Arc::clone(&self.memory).try_acquire_many_owned(bytes).map_err(|_| full())?;
        match &mut self.held {
            Some(held) => held.merge(more),
            held => *held = Some(more),
        }
        Ok(())
    }

    async fn start(&mut self) -> Result<(u8, RequestStart), Error> {
        loop {
            self.more().await?;
            if let Some(start) = self.reader.start()? {
                return Ok(start);
            }
        }
    }

    /// The next frame, or all that are left; none when there are none. After the last one the body must end.
    async fn frames(&mut self, one: bool) -> Result<Vec<Vec<u8>>, Error> {
        let mut frames = Vec::new();
        while !self.reader.has_all() && (!one || frames.is_empty()) {
            match self.reader.frame()? {
                Some(frame) => frames.push(frame),
                None => self.more().await?,
            }
        }
        if self.reader.has_all() {
            while let Some(chunk) = self.chunk().await? {
                self.hold(chunk.len())?;
                self.reader.add(&chunk)?;
                self.reader.end()?;
            }
            self.reader.end()?;
        }
        Ok(frames)
    }

    /// Reads what still comes, up to what a request may be, and drops it, with what is here of it.
    async fn pass_over(&mut self) {
        (self.held, self.reader) = (None, RequestReader::default());
        let mut came = 0;
        while let Some(Ok(chunk)) = self.stream.next().await {
            came += chunk.len();
            if came > MAX_REQUEST {
                return;
            }
        }
    }

    async fn more(&mut self) -> Result<(), Error> {
        match self.chunk().await? {
            Some(chunk) => {
                self.hold(chunk.len())?;
                Ok(self.reader.add(&chunk)?)
            }
            // What is missing is told by what is there.
            None => Err(self.reader.end().err().unwrap_or(Problem::Truncated).into()),
        }
    }

    async fn chunk(&mut self) -> Result<Option<axum::body::Bytes>, Error> {
        let chunk = self.stream.next().await.transpose();
        chunk.map_err(|error| Error::refused(Problem::Truncated, error.to_string()))
    }
}

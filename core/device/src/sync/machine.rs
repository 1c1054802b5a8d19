//! The sync's state machine: it is told what came about and says what is to be done next. Network, clock, store and chance
//! are outside, so a simulation drives the very machine that ships, one step at a time.
//!
//! Rounds come first, for text is worth the most and costs the least; then files, several at a time, so that a slow link is
//! not idle while an answer is waited for. What breaks is tried again at once when something had moved since it broke
//! last, and else after a wait that doubles, with jitter, until the tries or the time are used up.

use super::SyncOptions;
use std::collections::VecDeque;
use wurao_protocol::Digest;

/// The first wait after a failure that nothing came before, and the longest.
const WAITS_MS: (u64, u64) = (1000, 60_000);
/// The wait after a failure that something came before: so that many phones cut off at once do not come back at once.
const AGAIN_MS: u64 = 500;
/// The shortest and the longest wait that a server with too much to do is granted; half as much again is jitter, so that
/// those it sent away together do not come back together.
const BUSY_MS: (u64, u64) = (1000, 40_000);
/// Raw bytes of the first frame of a push, of which a tenth goes over the link: on a clean one, and when the last one broke.
/// A shorter one is there sooner, but what zstd learns anew in the next costs more than half a frame that is lost now and then.
const FIRST_FRAME: (usize, usize) = (64 << 10, 10 << 10);
/// A file is not begun beside one that is under way and this many times shorter: it would hold it up. So the last thumbnails
/// have the link to themselves.
const LONGER: u64 = 8;

/// How often a file is sent that does not get on: the server may have lost what it had, or somebody else be sending it.
const MOST_STILL: u32 = 4;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Do {
    /// Make a request from what is in the store, its first frame about this long, and send it.
    Ask { first_frame: usize },
    /// Go on after the counter that the server knows.
    CatchUp(u64),
    /// Look which files the server has given leave for.
    List,
    /// Ask how much of a file the server has.
    Look(Digest),
    /// Send a file from this byte on.
    Send(Digest, u64),
    /// Note that the server has a file.
    Keep(Digest),
    /// Look whether files are left for which there was no leave yet.
    SeeWhatIsLeft,
    /// Wait.
    Wait { ms: u64 },
    /// It is over: all of it, or as far as it came.
    Stop(Ending),
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing is left to do.
    Whole,
    /// As the failure says that was told last.
    Broken,
    /// Somebody stopped it.
    Cancelled,
}

/// What came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It begins.
    Begin,
    /// Something of an answer is in the store that was not there.
    Moved,
    /// A round is over; whether another shall follow at once.
    Answered { again: bool },
    /// It was done what [`Do::CatchUp`] asked for.
    CaughtUp,
    /// Files that may be sent, in order: how much of each the server has, and how long it is.
    Listed(Vec<(Digest, u64, u64)>),
    /// Whether files are left after those that were listed.
    Left(bool),
    /// The server has so much of a file.
    Has(Digest, u64),
    /// A file cannot be sent as it is.
    Unsendable(Digest),
    /// What was asked for last did not come about, of a file or of a round.
    Broke(Option<Digest>, Failure),
    /// The wait is over.
    Woke,
    /// Somebody stops it.
    Cancel,
}

/// Why something did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The link.
    Passing,
    /// The server has too much to do and says when to come back. Nothing is wrong with link or request.
    Busy { after_ms: u64 },
    /// The server knows a higher counter.
    Behind(u64),
    /// Anything that will not pass by itself.
    Lasting,
}

/// A file on its way.
#[derive(Clone, Copy, Debug)]
struct File {
    name: Digest,
    /// How much of it the server has; none when it must be asked.
    has: Option<u64>,
    /// How much it had when it was last heard of.
    had: u64,
    bytes: u64,
    /// How often it was sent and the server had no more of it than before.
    still: u32,
}

#[derive(Debug)]
enum Stage {
    Rounds,
    Files,
    /// Waits, and goes on with rounds or with files.
    Waiting(Box<Stage>),
    Over,
}

/// The machine.
#[derive(Debug)]
pub(super) struct Machine {
    options: SyncOptions,
    stage: Stage,
    began_ms: i64,
    /// Files to send, and those under way.
    queue: VecDeque<File>,
    under_way: Vec<File>,
    /// Whether a file was sent whole since they were listed.
    sent: bool,
    /// Something moved since it broke last.
    moved: bool,
    /// How often it broke with nothing moving.
    fruitless: u32,
    /// How often the server has sent us away with nothing moving.
    sent_away: u32,
    /// The last round broke.
    broke: bool,
    /// Once: two phones with one key would drive each other on for ever.
    caught_up: bool,
}

impl Machine {
    pub(super) fn new(options: SyncOptions, now_ms: i64) -> Self {
        Self {
            options,
            stage: Stage::Rounds,
            began_ms: now_ms,
            queue: VecDeque::new(),
            under_way: Vec::new(),
            sent: false,
            moved: false,
            fruitless: 0,
            sent_away: 0,
            broke: false,
            caught_up: false,
        }
    }

    /// Hears what came about; says what is to be done next, in this order. `chance` is drawn anew for each call.
    pub(super) fn hear(&mut self, said: Said, now_ms: i64, chance: u32) -> Vec<Do> {
        match said {
            Said::Cancel => self.stop(Ending::Cancelled),
            _ if matches!(self.stage, Stage::Over) => Vec::new(),
            Said::Begin => self.ask(),
            Said::Moved => {
                self.moved = true;
                Vec::new()
            }
            Said::Answered { again } => {
                self.broke = false;
                match again {
                    true => self.ask(),
                    false if self.options.photos => vec![Do::List],
                    false => self.stop(Ending::Whole),
                }
            }
            Said::CaughtUp => self.ask(),
            Said::Listed(files) => self.listed(files),
            Said::Left(true) => self.ask(),
            Said::Left(false) => self.stop(Ending::Whole),
            Said::Has(name, has) => self.has(&name, has),
            Said::Unsendable(name) => self.unsendable(&name),
            Said::Broke(_, Failure::Behind(counter)) if !self.caught_up => {
                self.caught_up = true;
                vec![Do::CatchUp(counter)]
            }
            Said::Broke(_, Failure::Lasting | Failure::Behind(_)) => self.stop(Ending::Broken),
            Said::Broke(file, Failure::Passing) => self.broke(file, now_ms, chance),
            Said::Broke(file, Failure::Busy { after_ms }) => self.busy(file, after_ms, now_ms, chance),
            Said::Woke => self.woke(),
        }
    }

    /// Whether the time that was given is up.
    pub(super) fn is_late(&self, now_ms: i64) -> bool {
        self.options.most_ms.is_some_and(|most| now_ms - self.began_ms >= i64::from(most))
    }

    fn ask(&mut self) -> Vec<Do> {
        self.stage = Stage::Rounds;
        let first_frame = if self.broke { FIRST_FRAME.1 } else { FIRST_FRAME.0 };
        vec![Do::Ask { first_frame }]
    }

    /// Files in the order in which they are listed; when there are none, or nothing of the last list went through, it is
    /// over. The server gives leave for so many at a time, so after a list there is a round for the next.
    fn listed(&mut self, files: Vec<(Digest, u64, u64)>) -> Vec<Do> {
        if files.is_empty() {
            return self.stop(Ending::Whole);
        }
        self.stage = Stage::Files;
        self.sent = false;
        self.queue = files
            .into_iter()
            .map(|(name, has, bytes)| File { name, has: Some(has), had: has, bytes, still: 0 })
            .collect();
        self.next_files()
    }

    fn next_files(&mut self) -> Vec<Do> {
        let mut todo = Vec::new();
        while self.sending() < self.lanes()
            && self.under_way.len() < self.most_under_way()
            && let Some(file) = self.queue.pop_front_if(|file| !is_too_long(&self.under_way, file))
        {
            self.under_way.push(file);
            todo.push(go_on(&file));
        }
        match (todo.is_empty() && self.under_way.is_empty(), self.sent) {
            (false, _) => todo,
            (true, true) => vec![Do::SeeWhatIsLeft],
            (true, false) => self.stop(Ending::Whole),
        }
    }

    fn lanes(&self) -> usize {
        self.options.lanes.max(1) as usize
    }

    /// One more than there are lanes: where nothing gets through, not more and more of them are begun. A single lane is one
    /// request at a time, for whom the order in which they arrive shall be known.
    fn most_under_way(&self) -> usize {
        match self.lanes() {
            1 => 1,
            lanes => lanes + 1,
        }
    }

    /// Files that take up a lane. One that is asked after does not: next to nothing goes over the link for it, which would be
    /// idle for a whole way round.
    fn sending(&self) -> usize {
        self.under_way.iter().filter(|file| file.has.is_some()).count()
    }

    fn has(&mut self, name: &Digest, has: u64) -> Vec<Do> {
        let Some(file) = self.under_way.iter_mut().find(|file| file.name == *name) else { return Vec::new() };
        // Also what was sent before it broke has moved, though only now it is heard.
        let (before, was_sent) = (std::mem::replace(&mut file.had, has), file.has.replace(has).is_some());
        if before < has {
            (self.moved, file.still) = (true, 0);
        } else if was_sent {
            file.still += 1;
        }
        if file.still > MOST_STILL {
            return self.unsendable(name);
        }
        if has < file.bytes {
            let file = *file;
            // Others have taken the lanes meanwhile: it is the next.
            if self.sending() > self.lanes() {
                self.under_way.retain(|other| other.name != *name);
                self.queue.push_front(file);
                return Vec::new();
            }
            return vec![go_on(&file)];
        }
        (self.moved, self.sent) = (true, true);
        self.under_way.retain(|file| file.name != *name);
        let mut todo = vec![Do::Keep(*name)];
        todo.extend(self.next_files());
        todo
    }

    /// Leaves a file for another day.
    fn unsendable(&mut self, name: &Digest) -> Vec<Do> {
        self.under_way.retain(|file| file.name != *name);
        self.next_files()
    }

    fn broke(&mut self, file: Option<Digest>, now_ms: i64, chance: u32) -> Vec<Do> {
        self.broke |= file.is_none();
        self.put_back(file);
        if let Stage::Waiting(_) = self.stage {
            return Vec::new();
        }
        let ms = if self.has_moved() {
            u64::from(chance) % AGAIN_MS
        } else {
            if self.fruitless >= self.options.tries {
                return self.stop(Ending::Broken);
            }
            let most = (WAITS_MS.0 << self.fruitless.min(16)).min(WAITS_MS.1);
            self.fruitless += 1;
            most / 2 + u64::from(chance) % (most / 2)
        };
        self.wait(ms, now_ms)
    }

    /// Comes back when the server said, within bounds. What it sends away at the same time, files on their lanes, is one.
    fn busy(&mut self, file: Option<Digest>, after_ms: u64, now_ms: i64, chance: u32) -> Vec<Do> {
        self.put_back(file);
        if let Stage::Waiting(_) = self.stage {
            return Vec::new();
        }
        self.has_moved();
        if self.sent_away >= self.options.patience {
            return self.stop(Ending::Broken);
        }
        self.sent_away += 1;
        let least = after_ms.clamp(BUSY_MS.0, BUSY_MS.1);
        self.wait(least + u64::from(chance) % (least / 2), now_ms)
    }

    /// What is under way beside a file that broke goes on; it is asked for again, since nobody knows how much of it arrived.
    fn put_back(&mut self, file: Option<Digest>) {
        if let Some(at) = file.and_then(|name| self.under_way.iter().position(|file| file.name == name)) {
            let file = self.under_way.remove(at);
            self.queue.push_front(File { has: None, ..file });
        }
    }

    /// Whether something has moved since this was asked last; then all that was in vain before is forgotten.
    fn has_moved(&mut self) -> bool {
        let moved = std::mem::take(&mut self.moved);
        if moved {
            (self.fruitless, self.sent_away) = (0, 0);
        }
        moved
    }

    fn wait(&mut self, ms: u64, now_ms: i64) -> Vec<Do> {
        // A wait that nothing could come after is not begun.
        if self.options.most_ms.is_some_and(|most| now_ms - self.began_ms + ms as i64 > i64::from(most)) {
            return self.stop(Ending::Broken);
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        self.stage = Stage::Waiting(Box::new(stage));
        vec![Do::Wait { ms }]
    }

    fn woke(&mut self) -> Vec<Do> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Waiting(stage) => {
                self.stage = *stage;
                match self.stage {
                    Stage::Files => self.next_files(),
                    _ => self.ask(),
                }
            }
            stage => {
                self.stage = stage;
                Vec::new()
            }
        }
    }

    fn stop(&mut self, ending: Ending) -> Vec<Do> {
        self.stage = Stage::Over;
        vec![Do::Stop(ending)]
    }
}

fn is_too_long(under_way: &[File], file: &File) -> bool {
    under_way.iter().any(|other| file.bytes / LONGER > other.bytes)
}

fn go_on(file: &File) -> Do {
    match file.has {
        Some(has) => Do::Send(file.name, has),
        None => Do::Look(file.name),
    }
}

#[cfg(test)]
mod tests;

//! One case under watch: did anything panic, how much memory did it take, how much of the processor's time.

use crate::memory;
use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use wurao_tests::{Doing, Trouble};

/// The most that a case may take above what there was, for an input of at most [`INPUT`].
const MOST: usize = 64 << 20;
const INPUT: usize = 1 << 20;
/// Processor time from which a case is told of as slow, ms.
const SLOW_MS: u64 = 5_000;
/// From here on it fails.
const STUCK_MS: u64 = 30_000;

/// Failures after which a seed is given up.
const ENOUGH: usize = 10;

/// Where failing inputs are kept.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/fuzz")
}

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// The input under way, and from which memory on it counts.
static INPUT_NOW: Mutex<(Vec<u8>, usize)> = Mutex::new((Vec::new(), 0));

/// Whether a case is under way, on whichever thread.
static UNDER_CASE: AtomicBool = AtomicBool::new(false);
static UNDER_WAY: OnceLock<File> = OnceLock::new();

thread_local! {
    /// What panics here now is this campaign's own doing.
    static OWN: Cell<bool> = const { Cell::new(false) };
}

/// What became of all cases so far.
#[derive(Default)]
pub(super) struct Watch {
    pub(super) target: &'static str,
    pub(super) cases: u64,
    /// The most memory that a case took.
    pub(super) most: usize,
    /// The most processor time that a case took, ms.
    pub(super) slowest_ms: u64,
    /// Those from [`SLOW_MS`] on, told of once the bounds are reached.
    pub(super) slow: Vec<String>,
    pub(super) failures: Vec<String>,
}

impl Watch {
    pub(super) fn over(target: &'static str) -> Result<Self, Trouble> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let usual = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| note(panic, &usual)));
        });
        std::fs::create_dir_all(kept()).doing("make a folder for failing inputs")?;
        let _ = UNDER_WAY.set(File::create(kept().join("under-way.bin")).doing("make a file for inputs")?);
        Ok(Self { target, ..Self::default() })
    }

    /// Runs one case; what it came to, unless it panicked.
    pub(super) fn case<T>(&mut self, seed: u64, input: &[u8], run: impl FnOnce() -> T) -> Option<T> {
        self.cases += 1;
        take_panics();
        let before_ms = processor_ms();
        comes(input);
        UNDER_CASE.store(true, Ordering::SeqCst);
        let outcome = catch_unwind(AssertUnwindSafe(run)).ok();
        UNDER_CASE.store(false, Ordering::SeqCst);
        let (length, before) = {
            let now = lock(&INPUT_NOW);
            (now.0.len(), now.1)
        };
        let taken = memory::most().saturating_sub(before);
        let ms = processor_ms().saturating_sub(before_ms);
        self.most = self.most.max(taken);
        self.slowest_ms = self.slowest_ms.max(ms);
        if ms >= SLOW_MS {
            let slow =
                format!("seed {seed}, case {}: {ms} ms of the processor; input: {}", self.cases, self.keep(seed));
            self.slow.push(slow);
        }
        for panic in take_panics() {
            self.fail(seed, &format!("panicked {panic}"));
        }
        if taken > MOST && length <= INPUT {
            self.fail(seed, &format!("took {:.1} MiB for {length} bytes", taken as f64 / 1024.0 / 1024.0));
        }
        if ms >= STUCK_MS {
            self.fail(seed, &format!("took {ms} ms of the processor for {length} bytes"));
        }
        outcome
    }

    /// Whether so much has failed with one seed that more would say nothing.
    pub(super) fn is_enough(&self) -> bool {
        self.failures.len() >= ENOUGH
    }

    /// Notes a failure of the last case and keeps its input.
    pub(super) fn fail(&mut self, seed: u64, what: &str) {
        let place = self.keep(seed);
        self.failures.push(format!("{}: case {}: {what}; input: {place}", self.target, self.cases));
    }
}

impl Watch {
    /// Writes down all outcomes, for whoever wants to see how far inputs get.
    pub(super) fn tell(&self, outcomes: &BTreeSet<String>) -> Result<(), Trouble> {
        let lines: String = outcomes.iter().map(|said| format!("{said}\n")).collect();
        std::fs::write(kept().join(format!("{}-outcomes.txt", self.target)), lines).doing("write down outcomes")
    }

    /// Keeps the last input; where.
    fn keep(&self, seed: u64) -> String {
        let file = kept().join(format!("{}-{seed}-{}.bin", self.target, self.cases));
        match std::fs::write(&file, &lock(&INPUT_NOW).0) {
            Ok(()) => file.display().to_string(),
            Err(error) => format!("not kept: {error}"),
        }
    }
}

/// Within a case: here is its input; what is allocated from here on is its doing. It lies in a file for as long as it is
/// under way, should it take the whole program with it.
pub(super) fn comes(input: &[u8]) {
    // A disk that is full must not end the campaign. Written over and not anew: a file made anew is flushed to disk.
    if let Some(file) = UNDER_WAY.get() {
        let _ = file.write_all_at(input, 0).and_then(|()| file.set_len(input.len() as u64));
    }
    let mut now = lock(&INPUT_NOW);
    now.0.clear();
    now.0.extend(input);
    now.1 = memory::now();
    memory::begin();
}

/// Runs what is this campaign's own: its panics (a library that is made to write nonsense) count for nothing.
pub(super) fn own<T>(run: impl FnOnce() -> T) -> Option<T> {
    let before = OWN.replace(true);
    let done = catch_unwind(AssertUnwindSafe(run)).ok();
    OWN.set(before);
    done
}

/// Outside of a case a panic is told of as usual: it is this program's.
fn note(panic: &PanicHookInfo<'_>, usual: &dyn Fn(&PanicHookInfo<'_>)) {
    if OWN.get() {
        return;
    }
    if UNDER_CASE.load(Ordering::SeqCst) {
        lock(&PANICS).push(panic.to_string());
    } else {
        usual(panic);
    }
}

fn take_panics() -> Vec<String> {
    std::mem::take(&mut lock(&PANICS))
}

/// What all threads of this program have taken of the processor.
fn processor_ms() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec.unsigned_abs() * 1000 + time.tv_nsec.unsigned_abs() / 1_000_000
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

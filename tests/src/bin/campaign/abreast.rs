//! Seeds that have nothing to do with each other, on all processors at once.

use crate::Trial;
use crate::bounds::Bounds;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use wurao_tests::{Doing, Trouble};

/// How many.
pub(crate) fn at_once() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Goes through the seeds; how much was tried, and what failed, by seed.
pub(crate) fn go_on(
    name: &str,
    bounds: &Bounds,
    out: &mut dyn Write,
    trial: &(dyn Fn(u64) -> Trial + Sync),
) -> Result<(u64, Vec<Value>), Trouble> {
    let abreast = at_once();
    let (next, done) = (Mutex::new((bounds.seeds(), 0)), AtomicU64::new(0));
    let draw = || {
        let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
        let (seeds, given) = &mut *next;
        // What is being tried is at least one each.
        let seed = seeds.next(done.load(Ordering::Relaxed).max(*given))?;
        *given += 1;
        Some(seed)
    };
    let (mut tried, mut failed) = (0, Vec::new());
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        for _ in 0..abreast {
            let (tell, draw, done) = (tell.clone(), &draw, &done);
            scope.spawn(move || {
                while let Some(seed) = draw() {
                    let trial = trial(seed);
                    done.fetch_add(trial.tried, Ordering::Relaxed);
                    if tell.send((seed, trial)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(tell);
        for (seed, Trial { tried: more, failures }) in told {
            tried += more;
            for failure in failures {
                writeln!(out, "{name}: seed {seed}: {failure}").doing("print")?;
                failed.push((seed, failure));
            }
        }
        Ok(())
    })?;
    failed.sort();
    let failed = failed.into_iter().map(|(seed, what)| json!({"seed": seed, "what": what})).collect();
    Ok((tried, failed))
}

//! How long a campaign goes on.

use clap::Args;
use std::ops::Range;
use std::time::{Duration, Instant};

/// One of these; 100 tries when none is given.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Bounds {
    /// The seeds to try, `0..50`.
    #[arg(long, value_name = "A..B", value_parser = range)]
    seeds: Option<Range<u64>>,
    /// How much to try, from seed 0 on.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// How long to go on, from seed 0 on.
    #[arg(long, value_name = "M")]
    minutes: Option<u64>,
}

/// The seeds, one after the other, until the bound is reached.
pub(crate) struct Seeds {
    next: u64,
    end: u64,
    count: u64,
    until: Option<Instant>,
}

impl Bounds {
    pub(crate) fn seeds(&self) -> Seeds {
        let from = self.seeds.as_ref().map_or(0, |seeds| seeds.start);
        let end = self.seeds.as_ref().map_or(u64::MAX, |seeds| seeds.end);
        let otherwise = if self.seeds.is_some() || self.minutes.is_some() { u64::MAX } else { 100 };
        let until = self.minutes.map(|minutes| Instant::now() + Duration::from_secs(minutes.saturating_mul(60)));
        Seeds { next: from, end, count: self.count.unwrap_or(otherwise), until }
    }
}

impl Seeds {
    /// The next seed, after so much was tried.
    pub(crate) fn next(&mut self, tried: u64) -> Option<u64> {
        let over = self.next >= self.end || tried >= self.count || self.until.is_some_and(|end| Instant::now() >= end);
        if over {
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}"));
    let (from, to) = text.split_once("..").ok_or("seeds are given as A..B")?;
    Ok(number(from)?..number(to)?)
}

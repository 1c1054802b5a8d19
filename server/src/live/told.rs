//! What was told of late, so that a page hears what came between its making and its listening.

use std::collections::{BTreeSet, VecDeque};
use wurao_protocol::DocumentId;

/// How many changes are remembered.
const REMEMBERED: usize = 256;

/// A change that was told, and its number.
pub(super) type Told = (u64, BTreeSet<DocumentId>);

/// The last changes, numbered without a gap.
pub(super) struct Recent {
    last: u64,
    told: VecDeque<BTreeSet<DocumentId>>,
}

/// What was told after a number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// All of it, in order.
    These(Vec<Told>),
    /// More than is remembered, or a number that was never given.
    Unknown,
}

impl Recent {
    /// Nothing was told yet; the first change gets the number after `base`.
    pub(super) fn new(base: u64) -> Self {
        Self { last: base, told: VecDeque::new() }
    }

    /// The number of the last change.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Remembers a change and numbers it.
    pub(super) fn tell(&mut self, touched: BTreeSet<DocumentId>) -> u64 {
        if self.told.len() == REMEMBERED {
            self.told.pop_front();
        }
        self.told.push_back(touched);
        self.last += 1;
        self.last
    }

    /// What was told after the change with this number.
    pub(super) fn after(&self, number: u64) -> Missed {
        let first = self.last - self.told.len() as u64;
        let Some(seen) = number.checked_sub(first).filter(|_| number <= self.last) else { return Missed::Unknown };
        let seen = usize::try_from(seen).unwrap_or(usize::MAX);
        Missed::These((number + 1..).zip(self.told.iter().skip(seen).cloned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(number: u8) -> BTreeSet<DocumentId> {
        BTreeSet::from([DocumentId([number; 16])])
    }

    #[test]
    fn what_came_after_a_number_is_told_in_order_as_long_as_it_is_remembered() {
        let mut recent = Recent::new(1_000);
        assert_eq!(recent.after(1_000), Missed::These(vec![]));
        assert_eq!((recent.tell(one(1)), recent.tell(one(2))), (1_001, 1_002));
        assert_eq!(recent.after(1_000), Missed::These(vec![(1_001, one(1)), (1_002, one(2))]));
        assert_eq!(recent.after(1_001), Missed::These(vec![(1_002, one(2))]));
        assert_eq!(recent.after(1_002), Missed::These(vec![]));
        for number in 0..=u8::MAX {
            recent.tell(one(number));
        }
        assert_eq!(recent.after(1_001), Missed::Unknown, "no longer remembered");
        let Missed::These(all) = recent.after(1_002) else { panic!("256 are remembered") };
        assert_eq!((all.len(), all[0].clone(), all[255].0), (256, (1_003, one(0)), 1_258));
    }

    #[test]
    fn a_number_of_another_run_of_the_server_is_unknown() {
        let recent = Recent::new(2_000);
        assert_eq!(recent.after(1_999), Missed::Unknown);
        assert_eq!(recent.after(2_001), Missed::Unknown);
        assert_eq!(recent.after(u64::MAX), Missed::Unknown);
    }
}

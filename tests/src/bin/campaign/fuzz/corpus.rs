//! The inputs that mutations start from: those made by the product, and whatever led to something not seen before.

use super::item::Item;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::collections::BTreeSet;

/// How many inputs one seed collects beside those it begins with.
const MOST: usize = 400;

/// Inputs of a kind, with all outcomes seen.
pub(super) struct Corpus<T> {
    made: usize,
    inputs: Vec<T>,
    pub(super) seen: BTreeSet<String>,
}

impl<T> Corpus<T> {
    pub(super) fn new(made: Vec<T>) -> Self {
        Self { made: made.len(), inputs: made, seen: BTreeSet::new() }
    }

    /// One to start from: half of the time one made by the product.
    pub(super) fn pick(&self, chance: &mut StdRng) -> Option<&T> {
        let among = if chance.random() { &self.inputs[..self.made] } else { &self.inputs[..] };
        among.choose(chance)
    }

    pub(super) fn all(&self) -> &[T] {
        &self.inputs
    }

    /// Notes what came of an input, and keeps it when that is new.
    pub(super) fn note(&mut self, input: T, outcomes: impl IntoIterator<Item = String>) {
        let before = self.seen.len();
        self.seen.extend(outcomes);
        if self.seen.len() > before && self.inputs.len() < self.made + MOST {
            self.inputs.push(input);
        }
    }
}

/// How large it is, roughly: items that grow from input to input would end in nothing but size.
pub(super) fn is_small(item: &Item) -> bool {
    item.bytes().len() < 64 << 10
}

/// The first word of what a value says of itself: the name of its variant.
pub(super) fn word(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned()
}

//! One change somewhere in a tree: `mutatis` chooses evenly among all that could be changed at every place of it.

use super::item::Item;
use super::{change, spoil};
use mutatis::{Candidates, Context, Mutate, Result, Session, mutators};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Changes trees, by a seed.
pub(super) struct Twister {
    session: Session,
    pub(super) chance: StdRng,
}

/// How often a change is taken for one number: it is most of what there is to get wrong.
const WEIGHT: u32 = 12;

impl Twister {
    pub(super) fn new(seed: u64) -> Self {
        Self { session: Session::new().seed(seed), chance: StdRng::seed_from_u64(seed) }
    }

    /// A few changes. What is put in from elsewhere comes from the donors.
    pub(super) fn twist(&mut self, item: &mut Item, donors: &[&Item]) {
        let times = [1, 1, 1, 2, 2, 3, 5].choose(&mut self.chance).copied().unwrap_or(1);
        for _ in 0..times {
            // An error says that there is nothing to be changed.
            let _ = self.session.mutate_with(&mut Anywhere { donors }, item);
        }
    }
}

struct Anywhere<'a> {
    donors: &'a [&'a Item],
}

impl Mutate<Item> for Anywhere<'_> {
    fn mutate(&mut self, c: &mut Candidates<'_>, item: &mut Item) -> Result<()> {
        match item {
            Item::Number { below, value } => {
                mutators::default::<u64>().mutate(c, value)?;
                mutators::bool().mutate(c, below)?;
                c.mutation(|context| {
                    *value = spoil::edge(&mut chance(context));
                    Ok(())
                })?;
            }
            Item::Bytes(bytes) | Item::Text(bytes) | Item::Raw(bytes) => c.mutation_group(2, |context, _| {
                let mut chance = chance(context);
                // Hashes, ids, keys and signatures of another length are refused before anything is made of them.
                let is_fixed = matches!(bytes.len(), 16 | 32 | 33 | 64);
                if is_fixed && chance.random_ratio(4, 5) {
                    let at = chance.random_range(0..bytes.len());
                    bytes[at] ^= 1 << chance.random_range(0..8);
                } else {
                    spoil::bytes(&mut chance, bytes);
                }
                Ok(())
            })?,
            Item::Change(bytes) => c.mutation_group(WEIGHT, |context, _| {
                *bytes = change::twist(&mut chance(context), bytes);
                Ok(())
            })?,
            Item::List(items) => {
                c.mutation_group(2, |context, _| {
                    spoil::list(&mut chance(context), items);
                    Ok(())
                })?;
                for item in items {
                    self.mutate(c, item)?;
                }
            }
            Item::Map(entries) => {
                c.mutation_group(2, |context, _| {
                    spoil::list(&mut chance(context), entries);
                    Ok(())
                })?;
                for (key, value) in entries {
                    self.mutate(c, key)?;
                    self.mutate(c, value)?;
                }
            }
            Item::Tag(tag, inner) => {
                mutators::default::<u64>().mutate(c, tag)?;
                self.mutate(c, inner)?;
            }
            Item::Within(inner) => self.mutate(c, inner)?,
        }
        let donors = self.donors;
        c.mutation_group(2, |context, _| {
            let mut chance = chance(context);
            *item = match chance.random_range(0..8) {
                0 => spoil::spelling(&mut chance, item),
                1 => donors.choose(&mut chance).map_or_else(|| item.clone(), |donor| part(&mut chance, donor).clone()),
                _ => like(&mut chance, donors, item).unwrap_or_else(|| item.clone()),
            };
            Ok(())
        })
    }
}

/// An item of the same sort from elsewhere, which a reader takes for what was there.
fn like(chance: &mut StdRng, donors: &[&Item], item: &Item) -> Option<Item> {
    let (mut found, mut seen) = (None, 0_u32);
    for donor in donors {
        let mut tree = (*donor).clone();
        tree.each(&mut |other| {
            if is_like(item, other) {
                seen += 1;
                if chance.random_range(0..seen) == 0 {
                    found = Some(other.clone());
                }
            }
        });
    }
    found
}

fn is_like(one: &Item, other: &Item) -> bool {
    match (one, other) {
        (Item::Bytes(one), Item::Bytes(other)) => one.len() == other.len(),
        // Maps with the same keys are of one type.
        (Item::Map(one), Item::Map(other)) => one.iter().map(|(key, _)| key).eq(other.iter().map(|(key, _)| key)),
        (Item::Within(one), Item::Within(other)) => is_like(one, other),
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

fn chance(context: &mut Context) -> StdRng {
    StdRng::seed_from_u64(context.rng().gen_u64())
}

/// Some part of a tree.
fn part<'a>(chance: &mut StdRng, item: &'a Item) -> &'a Item {
    if chance.random_ratio(1, 5) {
        return item;
    }
    let next = match item {
        Item::List(items) => items.choose(chance),
        Item::Map(entries) => entries.choose(chance).map(|(_, value)| value),
        Item::Tag(_, inner) | Item::Within(inner) => Some(&**inner),
        _ => None,
    };
    next.map_or(item, |next| part(chance, next))
}

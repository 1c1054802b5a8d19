//! The body of the projection campaign: random people, random orders of arrival, and Automerge as the judge.

use std::collections::HashMap;

use crate::build::build;
use crate::choice::choose_puts;
use crate::error::{AdmitError, GateError};
use crate::field::Standing;
use crate::gate::admit;
use crate::genesis::{Genesis, GenesisSeed};
use crate::ids::{ActorId, ChangeHash};
use crate::ledger::Ledger;
use crate::value::{Map, Put, Scalar};
use crate::verify::verify_with_automerge;

/// What one run of the campaign found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Keys compared.
    pub keys: usize,
    /// Keys that ended in a conflict.
    pub conflicted: usize,
    /// Operations written.
    pub ops: usize,
    /// What differed from Automerge or between orders of arrival, in words; empty when all is well.
    pub differ: Vec<String>,
}

/// SplitMix64: a seeded row of numbers, the same everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The row that belongs to a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end as u64) as usize
    }

    fn sixteen(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.number().to_be_bytes());
        bytes[8..].copy_from_slice(&self.number().to_be_bytes());
        bytes
    }
}

/// Lets two to five people write, choose and exchange at random until about `ops_target` operations exist, gives the changes to a fresh
/// ledger in another causal order, and compares every key of every ledger with Automerge.
///
/// Keys are few, so that people meet on them; many seeds of some hundred operations say more than one seed of many.
pub fn projection(seed: u64, ops_target: usize) -> Outcome {
    let mut run = Run::new(seed);
    while run.outcome.ops < ops_target && run.outcome.differ.is_empty() {
        run.step();
    }
    run.finish()
}

struct Person {
    actor: ActorId,
    ledger: Ledger,
}

struct Run {
    random: Random,
    genesis: Genesis,
    people: Vec<Person>,
    time_ms: i64,
    outcome: Outcome,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut random = Random::new(seed);
        let seed = GenesisSeed { permit: random.sixteen(), site: random.sixteen(), checklist: [7; 32] };
        let count = 2 + random.below(4);
        let people = (0..count).map(|_| Person { actor: ActorId(random.sixteen()), ledger: Ledger::new() }).collect();
        Run { random, genesis: Genesis::new(&seed), people, time_ms: 1_700_000_000_000, outcome: Outcome::default() }
    }

    fn step(&mut self) {
        let who = self.random.below(self.people.len());
        self.time_ms += 1;
        match self.random.below(10) {
            0..=1 => self.receive(who),
            2 => {
                // A new session of the same person: another actor on the same history.
                self.people[who].actor = ActorId(self.random.sixteen());
            }
            _ => self.write(who),
        }
    }

    /// `who` receives a causal prefix, in a random order, of what another one has.
    fn receive(&mut self, who: usize) {
        let from = self.random.below(self.people.len());
        let have: Vec<Vec<u8>> = self.people[from].ledger.changes().map(|(_, bytes)| bytes.to_vec()).collect();
        let part = self.random.below(have.len() + 1);
        let differ = deliver(&self.genesis, &mut self.people[who].ledger, &have[..part], &mut self.random);
        self.outcome.differ.extend(differ);
    }

    fn write(&mut self, who: usize) {
        let puts = self.puts(who);
        let person = &mut self.people[who];
        match build(&self.genesis, &person.ledger, &person.actor, self.time_ms, &puts) {
            Ok(admitted) => {
                self.outcome.ops += admitted.ops.len();
                let gate = admit(&self.genesis, &person.ledger, &admitted.bytes);
                if gate.ok().as_ref() != Some(&admitted) {
                    self.outcome.differ.push(format!("the gate does not return what was built at {puts:?}"));
                }
                person.ledger.apply(admitted);
            }
            Err(error) => self.outcome.differ.push(format!("not built: {error}")),
        }
    }

    /// A choice if there is something to choose, otherwise one to three puts at different keys.
    fn puts(&mut self, who: usize) -> Vec<Put> {
        let (map, key) = (self.map(), format!("k{}", self.random.below(6)));
        let field = self.people[who].ledger.field(map, &key);
        if field.standing == Standing::Conflict && self.random.below(2) == 0 {
            let chosen = &field.values[self.random.below(field.values.len())].value;
            return choose_puts(&field, map, &key, chosen).to_vec();
        }
        let more = self.random.below(3);
        let mut puts = vec![Put::new(map, key, self.scalar())];
        puts.extend((0..more).map(|at| Put::new(map, format!("m{at}"), self.scalar())));
        puts
    }

    fn map(&mut self) -> Map {
        [Map::Meta, Map::Answers, Map::Repeats, Map::Evidence, Map::Findings][self.random.below(5)]
    }

    fn scalar(&mut self) -> Scalar {
        let number = self.random.below(4);
        match self.random.below(8) {
            0 => Scalar::Null,
            1 => Scalar::Bool(number > 1),
            2 => Scalar::Float(number as f64 / 8.0 - 0.125),
            3 => Scalar::Text("消防".repeat(number)),
            4 => Scalar::Bytes(vec![number as u8; number * 16]),
            _ => Scalar::Int(number as i64 - 2),
        }
    }

    fn finish(mut self) -> Outcome {
        let mut all = Ledger::new();
        for person in &self.people {
            let changes: Vec<Vec<u8>> = person.ledger.changes().map(|(_, bytes)| bytes.to_vec()).collect();
            self.outcome.differ.extend(deliver(&self.genesis, &mut all, &changes, &mut self.random));
        }
        for ledger in self.people.iter().map(|person| &person.ledger).chain([&all]) {
            if let Err(error) = verify_with_automerge(&self.genesis, ledger.changes().map(|(_, bytes)| bytes)) {
                self.outcome.differ.push(error.to_string());
            }
        }
        for (map, key, _) in all.keys() {
            self.outcome.keys += 1;
            self.outcome.conflicted += usize::from(all.field(map, key).standing == Standing::Conflict);
        }
        self.outcome
    }
}

/// Gives `changes` to a ledger in a random order of arrival. What comes before its dependency waits for it, as it would on a server.
fn deliver(genesis: &Genesis, ledger: &mut Ledger, changes: &[Vec<u8>], random: &mut Random) -> Vec<String> {
    let mut arriving: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    let mut waiting: HashMap<ChangeHash, Vec<&[u8]>> = HashMap::new();
    while !arriving.is_empty() {
        let bytes = arriving.swap_remove(random.below(arriving.len()));
        match admit(genesis, ledger, bytes) {
            Ok(admitted) => {
                arriving.extend(waiting.remove(&admitted.row.hash).unwrap_or_default());
                ledger.apply(admitted);
            }
            Err(AdmitError::Gate(GateError::AlreadyKnown { .. })) => {}
            Err(AdmitError::Gate(GateError::UnknownDependency { dependency })) => {
                waiting.entry(dependency).or_default().push(bytes);
            }
            Err(error) => return vec![format!("an honest change refused: {error}")],
        }
    }
    match waiting.len() {
        0 => Vec::new(),
        missing => vec![format!("{missing} dependencies never came")],
    }
}

//! The gate over a document with history: changes made from good ones, and from every attack that is known.
//!
//! What the gate lets in Automerge must apply, save and load, and an honest author must be able to go on after it.

use super::change;
use super::change::attack_table::{Attack, Cast, Scene, answer, attacks, bombs};
use super::corpus::Corpus;
use super::known;
use super::watch::{self, Watch};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use std::rc::Rc;
use wurao_protocol::Digest;
use wurao_record::{
    ActorId, Admitted, Genesis, GenesisSeed, Ledger, Map, Put, Scalar, add_row_puts, admit, build, change_hash,
    choose_puts, field, removal_puts, tips, verify_with_automerge,
};
use wurao_tests::{Doing, Trouble};

/// How many changes are tried with one seed.
const CASES: usize = 2_000;
/// How many changes the document has.
const HISTORY: usize = 30;

/// A change and what is known where it arrives.
#[derive(Clone)]
struct Input {
    history: Rc<Ledger>,
    bytes: Vec<u8>,
}

/// A document with what three people wrote, and a fourth who goes on.
struct Document {
    genesis: Genesis,
    bystander: ActorId,
}

pub(super) fn session(seed: u64, watch: &mut Watch) -> Result<Vec<String>, Trouble> {
    let mut chance = StdRng::seed_from_u64(seed);
    let (document, inputs) = made(&mut chance)?;
    let mut corpus = Corpus::new(inputs);
    // What is known first, as it is.
    for input in corpus.all().to_vec() {
        try_one(&document, input, seed, watch, &mut corpus);
    }
    for _ in 0..CASES {
        if watch.is_enough() {
            break;
        }
        let Some(start) = corpus.pick(&mut chance) else { break };
        let input = Input { history: Rc::clone(&start.history), bytes: change::twist(&mut chance, &start.bytes) };
        try_one(&document, input, seed, watch, &mut corpus);
    }
    Ok(corpus.seen.into_iter().collect())
}

fn try_one(document: &Document, input: Input, seed: u64, watch: &mut Watch, corpus: &mut Corpus<Input>) {
    let outcome = watch.case(seed, &input.bytes, || {
        // What a server reads of a change before the gate.
        let (hash, tips) = (change_hash(&input.bytes), tips([input.bytes.as_slice()]));
        (admit(&document.genesis, &*input.history, &input.bytes), hash, tips)
    });
    let Some((admitted, hash, tips)) = outcome else { return };
    let code = match &admitted {
        Ok(change) => format!("admitted {} ops", change.ops.len()),
        Err(error) => error.code().to_owned(),
    };
    if let Ok(change) = admitted {
        let known = hash.as_ref().ok() == Some(&change.row.hash) && change.bytes == input.bytes;
        if !known || tips.ok().as_deref() != Some(&[change.row.hash][..]) {
            watch.fail(seed, "the gate lets in another change than came");
        }
        let taken = watch.case(seed, &input.bytes, || goes_on(document, &input.history, change));
        if let Some(Err(why)) = taken {
            watch.fail(seed, &why);
        }
    }
    let spelled = hash.as_ref().map_or_else(|error| error.code(), |_| "hashed");
    corpus.note(input, [code, format!("envelope {spelled}")]);
}

/// After a change that was let in: Automerge takes it, and who knows nothing of it writes on.
fn goes_on(document: &Document, history: &Ledger, change: Admitted) -> Result<(), String> {
    let mut ledger = history.clone();
    ledger.apply(change);
    let next = build(&document.genesis, &ledger, &document.bystander, 0, &[answer("water@-", "after")]);
    let next = next.map_err(|error| format!("nobody can write on: {error}"))?;
    let again = admit(&document.genesis, &ledger, &next.bytes).map_err(|error| format!("what follows: {error}"))?;
    ledger.apply(again);
    let changes = ledger.changes().map(|(_, bytes)| bytes);
    verify_with_automerge(&document.genesis, changes).map_err(|error| format!("Automerge: {error}"))?;
    Ok(())
}

/// A document and what may come next to it: good changes, and the record crate's table of attacks.
fn made(chance: &mut StdRng) -> Result<(Document, Vec<Input>), Trouble> {
    let genesis = Genesis::new(&GenesisSeed { permit: chance.random(), site: [2; 16], checklist: [3; 32] });
    let actors: [ActorId; 3] = std::array::from_fn(|_| ActorId(chance.random()));
    let mut ledger = Ledger::new();
    let mut apart = Ledger::new();
    for _ in 0..HISTORY {
        let actor = actors[chance.random_range(0..2)];
        let next = next(chance, &genesis, &ledger, actor)?;
        ledger.apply(next);
    }
    // A third has seen nothing of it, and then comes in.
    for _ in 0..3 {
        let change = next(chance, &genesis, &apart, actors[2])?;
        ledger.apply(change.clone());
        apart.apply(change);
    }
    let cast = Cast { genesis: genesis.clone(), actors };
    let table = watch::own(|| {
        let scene = Scene::new(&cast);
        (scene.base.clone(), attacks(&cast), bombs(&scene))
    });
    let (base, attacks, bombs) = table.ok_or_else(|| Trouble::new("make the table of attacks", "it panicked"))?;
    let plain = Rc::new(base);
    let history = Rc::new(ledger.clone());
    let mut inputs = Vec::new();
    for actor in actors {
        for _ in 0..4 {
            let bytes = next(chance, &genesis, &ledger, actor)?.bytes;
            inputs.push(Input { history: Rc::clone(&history), bytes });
        }
    }
    // An author who has seen but a part.
    let bytes = next(chance, &genesis, &apart, actors[2])?.bytes;
    inputs.push(Input { history: Rc::clone(&history), bytes });
    inputs.extend(attacks.into_iter().map(|Attack { history, bytes, .. }| Input { history: Rc::new(history), bytes }));
    inputs.extend(bombs.into_iter().map(|bomb| Input { history: Rc::clone(&plain), bytes: bomb.bytes }));
    let first = inputs.first().map(|input| known::changes(&input.bytes)).unwrap_or_default();
    inputs.extend(first.into_iter().map(|bytes| Input { history: Rc::clone(&history), bytes }));
    Ok((Document { genesis, bystander: ActorId(Digest::of(&[b"bystander"]).first_16()) }, inputs))
}

/// The next change of somebody, of one of the sorts that there are.
fn next(chance: &mut StdRng, genesis: &Genesis, ledger: &Ledger, actor: ActorId) -> Result<Admitted, Trouble> {
    let questions = ["water@-", "beds@-", "remark@-", "lot_count@r1"];
    let key = questions.choose(chance).copied().unwrap_or("water@-");
    let live: Vec<_> = ledger.ops_at(Map::Answers, key).to_vec();
    let puts = match chance.random_range(0..8) {
        0 => add_row_puts("r1", "lot", None, "0000000000001"),
        1 => removal_puts("r1", &live),
        2 => vec![Put::new(Map::Answers, key, Scalar::Null), Put::new(Map::Findings, "f1", Scalar::Bool(true))],
        3 => {
            let found = field(&live, &[]);
            match found.values.first() {
                Some(held) if found.values.len() > 1 => choose_puts(&found, Map::Answers, key, &held.value).to_vec(),
                _ => vec![answer(key, "one")],
            }
        }
        4 => vec![Put::new(Map::Answers, key, Scalar::Float(20.5)), Put::new(Map::Evidence, "e0", Scalar::Int(-300))],
        5 => vec![Put::new(Map::Answers, key, Scalar::Bytes(vec![7; 40]))],
        _ => vec![answer(key, &chance.random_range(0..99).to_string())],
    };
    let time_ms = 1_789_347_600_000 + chance.random_range(0..1000);
    let plain = [answer(key, "plain")];
    // A choice that has nothing to choose from, a row that is not there: then something plain.
    let built = build(genesis, ledger, &actor, time_ms, &puts);
    built.or_else(|_| build(genesis, ledger, &actor, time_ms, &plain)).doing("write a change")
}

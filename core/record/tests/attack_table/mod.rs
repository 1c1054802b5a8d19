//! Changes that harm, each with the reason it must be refused for, whoever is asked: the gate alone, a phone, a server.
//!
//! A test that asks brings a [`Cast`]: its own document and the actors that write in it. All attacks are made from one
//! [`Scene`], so that each differs from an honest change in one thing only.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, reason = "each test uses a part of it")]

mod bombs;
mod content;
pub mod forge;
mod form;
mod place;

pub use bombs::bombs;

use automerge::legacy::{Change as Expanded, Op, OpType};
use automerge::{ActorId as AmActorId, ScalarValue};
use forge::Parts;
use wurao_record::{ActorId, Admitted, Genesis, Ledger, Map, Put, Scalar, admit, build};

/// When all of it is written: within the days that the server's test permits.
const TIME_MS: i64 = 1_789_347_600_000;

/// In which document, and who writes there: the first before the others, the second as the attacker.
#[derive(Clone)]
pub struct Cast {
    pub genesis: Genesis,
    pub actors: [ActorId; 3],
}

/// What is sent, to whom, and what must be said to it.
pub struct Attack {
    pub name: &'static str,
    /// What is known where it arrives; each history has all of those before it in the table, or stands beside them.
    pub history: Ledger,
    pub bytes: Vec<u8>,
    /// The code of the reason.
    pub due: &'static str,
}

/// Every attack, those on the plain base first.
pub fn attacks(cast: &Cast) -> Vec<Attack> {
    let scene = Scene::new(cast);
    let lists = [form::envelope(&scene), form::columns(&scene), form::spellings(&scene), form::header(&scene)];
    let more = [content::objects(&scene), content::values(&scene), content::caps(&scene), place::order(&scene)];
    let last = [place::counters(&scene), place::grafts(&scene), place::preds(&scene), place::unseen(&scene)];
    lists.into_iter().chain(more).chain(last).flatten().collect()
}

/// The first actor answered; `honest` is the second one answering after it, not yet applied.
pub struct Scene<'a> {
    pub cast: &'a Cast,
    pub base: Ledger,
    pub first: Admitted,
    pub honest: Admitted,
}

impl Cast {
    /// The next change of one of the actors, checked by the gate.
    pub fn next(&self, ledger: &Ledger, actor: usize, puts: &[Put]) -> Admitted {
        let built = build(&self.genesis, ledger, &self.actors[actor], TIME_MS, puts).unwrap();
        assert_eq!(admit(&self.genesis, ledger, &built.bytes).unwrap(), built);
        built
    }

    /// The same, kept.
    pub fn write(&self, ledger: &mut Ledger, actor: usize, puts: &[Put]) -> Admitted {
        let built = self.next(ledger, actor, puts);
        ledger.apply(built.clone());
        built
    }
}

impl<'a> Scene<'a> {
    pub fn new(cast: &'a Cast) -> Self {
        let mut base = Ledger::new();
        let first = cast.write(&mut base, 0, &[answer("q1", "one")]);
        let honest = cast.next(&base, 1, &[answer("q1", "two")]);
        assert_eq!(Parts::of(&honest.bytes).bytes(), honest.bytes);
        Self { cast, base, first, honest }
    }

    /// The honest change with something else in it.
    pub fn forged(&self, edit: impl FnOnce(&mut Expanded)) -> Vec<u8> {
        forge::forged(&self.honest.bytes, edit)
    }

    /// The honest change with another operation.
    pub fn op(&self, edit: impl FnOnce(&mut Op)) -> Vec<u8> {
        self.forged(|change| edit(&mut change.operations[0]))
    }

    /// The honest change with another value.
    pub fn put(&self, value: ScalarValue) -> Vec<u8> {
        self.op(|op| op.action = OpType::Put(value))
    }

    /// The honest change put together differently.
    pub fn respelled(&self, edit: impl FnOnce(&mut Parts)) -> Vec<u8> {
        let mut parts = Parts::of(&self.honest.bytes);
        edit(&mut parts);
        parts.bytes()
    }

    /// The honest change with another column.
    pub fn column(&self, number: u64, data: &[u8]) -> Vec<u8> {
        self.respelled(|parts| *parts.column(number) = data.to_vec())
    }

    fn actor(&self, at: usize) -> AmActorId {
        AmActorId::from(self.cast.actors[at].0)
    }

    /// Attacks on the base.
    fn on_base<const N: usize>(&self, list: [(&'static str, Vec<u8>, &'static str); N]) -> Vec<Attack> {
        let attack = |(name, bytes, due)| Attack { name, history: self.base.clone(), bytes, due };
        list.into_iter().map(attack).collect()
    }
}

/// An answer of text.
pub fn answer(key: &str, text: &str) -> Put {
    Put::new(Map::Answers, key, Scalar::Text(text.to_owned()))
}

/// Nobody's actor, who wrote the genesis and made the maps.
fn genesis_actor() -> AmActorId {
    AmActorId::from([0; 16])
}

/// The columns of a change, by Automerge's number.
mod column {
    pub const OBJECT_COUNTER: u64 = 0x02;
    pub const KEY: u64 = 0x15;
    pub const INSERT: u64 = 0x34;
    pub const ACTION: u64 = 0x42;
    pub const VALUE_META: u64 = 0x56;
    pub const VALUE: u64 = 0x57;
    pub const PRED_COUNT: u64 = 0x70;
    pub const PRED_ACTOR: u64 = 0x71;
    pub const PRED_COUNTER: u64 = 0x73;
}

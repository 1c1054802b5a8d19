//! Everything that stands alone: records of every kind, permits as they are shown, invitations, what villages seal,
//! checklists, and the sealed journals of phones.

use super::corpus::{Corpus, is_small, word};
use super::item::Item;
use super::known;
use super::made::Made;
use super::mend::{self, Keyring};
use super::pack;
use super::segment;
use super::spoil;
use super::twist::Twister;
use super::watch::Watch;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::collections::{BTreeMap, BTreeSet};
use wurao_checklist::{Program, Template};
use wurao_protocol::envelope::{self, Envelope, EnvelopeError};
use wurao_protocol::feedback::{Feedback, PURPOSE};
use wurao_protocol::invite::Invite;
use wurao_protocol::key::{PublicKey, Signer as _, SoftwareKey};
use wurao_protocol::permit::Permit;
use wurao_protocol::present::{self, Question, judge, judge_text};
use wurao_protocol::record::{self, Kind, RecordBody};
use wurao_protocol::{Digest, base43, cbor, seal};
use wurao_tests::sim::MORNING_MS;
use wurao_tests::{Doing, Trouble};

/// How many inputs are tried with one seed.
const CASES: usize = 3_000;

/// What an input is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Record,
    /// A shown permit: its fixed part, and the permit's payload.
    Shown,
    Invite,
    /// Sealed by a village.
    Said,
    Journal,
    /// The text of a template.
    Checklist,
    /// The body of an enrolment's answer, and whatever else is plain CBOR: none may take another for itself.
    Plain,
}

#[derive(Clone)]
struct Input {
    form: Form,
    item: Item,
}

/// What inputs are read with.
struct Reader {
    ring: Keyring,
    public: BTreeMap<[u8; 8], PublicKey>,
    trust: record::TrustList,
    permit: Permit,
    phone: SoftwareKey,
    feedback: SoftwareKey,
    drain: SoftwareKey,
}

pub(super) fn session(made: &Made, seed: u64, watch: &mut Watch) -> Result<Vec<String>, Trouble> {
    let mut twister = Twister::new(seed);
    let reader = Reader::new(made)?;
    let mut corpus = Corpus::new(inputs(made)?);
    // What was signed, here or by the product.
    let mut ours = BTreeSet::new();
    for mut input in corpus.all().to_vec() {
        ours.extend(records_in(&mut input.item));
        // As it was made: each must be read.
        let bytes = reader.wrapped(&mut twister.chance, &input, false);
        let outcome = watch.case(seed, &bytes, || reader.read(input.form, &bytes));
        if outcome.as_ref().is_some_and(|outcomes| outcomes.iter().any(|said| said.starts_with("no "))) {
            watch.fail(seed, &format!("what was made is not read: {outcome:?}"));
        }
        corpus.note(input, outcome.unwrap_or_default());
    }
    for _ in 0..CASES {
        if watch.is_enough() {
            break;
        }
        let Some(mut input) = corpus.pick(&mut twister.chance).cloned() else { break };
        let donors: Vec<&Item> = (0..3).filter_map(|_| corpus.pick(&mut twister.chance)).map(|one| &one.item).collect();
        match twister.chance.random_range(0..80) {
            2..5 if input.form == Form::Record => {
                let list = known::records(&input.item.bytes(), &reader.phone);
                ours.extend(list.iter().filter_map(|record| reader.holds(record)));
                input.item = list.choose(&mut twister.chance).cloned().map_or(input.item, Item::Raw);
            }
            0 => input.item = Item::Raw(pack::record(&mut twister.chance, 1 << 20)),
            1 => input.item = pack::bomb(&mut twister.chance, 1 << 20),
            _ => twister.twist(&mut input.item, &donors),
        }
        let signed = twister.chance.random_ratio(4, 5);
        if signed {
            reader.ring.sign(&mut input.item);
            ours.extend(records_in(&mut input.item));
        }
        let bytes = reader.wrapped(&mut twister.chance, &input, true);
        let outcome = watch.case(seed, &bytes, || reader.read(input.form, &bytes));
        let forged = reader.holds(&bytes).filter(|id| !ours.contains(id));
        if let (Form::Record, Some(id)) = (input.form, forged) {
            watch.fail(seed, &format!("a signature holds over what nobody signed: {id}"));
        }
        if is_small(&input.item) {
            corpus.note(input, outcome.unwrap_or_default());
        }
    }
    Ok(corpus.seen.into_iter().collect())
}

/// The names of all records in a tree.
fn records_in(item: &mut Item) -> Vec<Digest> {
    let mut found = Vec::new();
    item.each(&mut |item| {
        if mend::parts(item).is_some() {
            found.extend(envelope::open(&item.bytes()).map(|record| record.id));
        }
    });
    found
}

fn inputs(made: &Made) -> Result<Vec<Input>, Trouble> {
    let item = |form, bytes: &[u8]| {
        let item =
            Item::read(bytes).ok_or_else(|| Trouble::new("take apart", format!("{form:?} {}", hex::encode(bytes))));
        item.map(|item| Input { form, item })
    };
    let mut inputs = Vec::new();
    for record in &made.records {
        inputs.push(item(Form::Record, record)?);
        if let Ok(list) = envelope::open_as::<record::Checklist>(record) {
            inputs.push(Input { form: Form::Checklist, item: Item::Text(list.body.template.into_bytes()) });
        }
    }
    for text in &made.shown {
        let shown = text.rsplit_once('#').map_or("", |(_, shown)| shown);
        let bytes = base43::decode(shown).doing("read what is shown")?;
        let (fixed, payload) = bytes.split_at(bytes.len().min(177));
        let payload = Item::read(payload).ok_or_else(|| Trouble::new("take apart", "a shown permit"))?;
        inputs.push(Input { form: Form::Shown, item: Item::List(vec![Item::Bytes(fixed.to_vec()), payload]) });
    }
    for authority in [None, Some(Digest([7; 32]))] {
        let invite = Invite { url: "https://inspect.example:8443".to_owned(), authority, code: [3; 16] };
        inputs.push(item(Form::Invite, &cbor::encode(&invite))?);
    }
    for journal in &made.journals {
        let entries: Option<Vec<Item>> =
            segment::entries(journal).iter().map(|entry| Item::read(&cbor::encode(entry))).collect();
        let entries = entries.ok_or_else(|| Trouble::new("take apart", "a journal"))?;
        inputs.push(Input { form: Form::Journal, item: Item::List(entries) });
    }
    let said = Feedback {
        permit: Some(made.permit()?.id),
        said: wurao_protocol::feedback::Said::Refused,
        comment: Some("没有带证".to_owned()),
        at_s: MORNING_MS / 1000,
        nonce: [1; 16],
    };
    inputs.push(item(Form::Said, &cbor::encode(&said))?);
    for sync in &made.syncs {
        inputs.push(item(Form::Plain, &cbor::encode(&sync.request.start))?);
    }
    Ok(inputs)
}

impl Reader {
    fn new(made: &Made) -> Result<Self, Trouble> {
        let key = |bytes: &[u8; 32]| SoftwareKey::from_bytes(bytes).doing("make a key");
        let ring = made.keyring();
        let public = ring.public().map(|key| (key.id().0, key)).collect();
        Ok(Self {
            ring,
            public,
            trust: made.trust.clone(),
            permit: made.permit()?,
            phone: made.ground.key(0)?,
            feedback: key(&made.feedback)?,
            drain: key(&made.drain)?,
        })
    }

    /// As it reaches a reader; now and then the outermost spoiled too.
    fn wrapped(&self, chance: &mut StdRng, input: &Input, spoiled: bool) -> Vec<u8> {
        let spoil = |chance: &mut StdRng, bytes: &mut Vec<u8>| {
            if spoiled && chance.random_ratio(1, 4) {
                (0..=chance.random_range(0..2)).for_each(|_| spoil::bytes(chance, bytes));
            }
        };
        let plain = match (&input.item, input.form) {
            (Item::List(parts), Form::Shown) => parts
                .iter()
                .flat_map(|part| if let Item::Bytes(fixed) = part { fixed.clone() } else { part.bytes() })
                .collect(),
            (Item::Text(text), Form::Checklist) => text.clone(),
            (item, _) => item.bytes(),
        };
        let text = |chance: &mut StdRng, text: String| {
            let changed = spoiled && chance.random_ratio(1, 5);
            if changed { known::text(chance, &text) } else { text }.into_bytes()
        };
        let mut bytes = match input.form {
            Form::Shown => text(chance, format!("HTTP://SIMULATED/P#{}", base43::encode(&plain))),
            Form::Invite => text(chance, format!("WURAO:{}", base43::encode(&plain))),
            Form::Said => seal::seal(&self.feedback.public(), PURPOSE, &plain, &chance.random()).unwrap_or_default(),
            Form::Journal => segment::write(chance, &self.drain.public(), &input.item, spoiled),
            Form::Record | Form::Checklist | Form::Plain => plain,
        };
        spoil(chance, &mut bytes);
        bytes
    }

    /// The name of a record whose signature holds.
    fn holds(&self, bytes: &[u8]) -> Option<Digest> {
        envelope::open(bytes).ok().filter(|envelope| self.is_signed(envelope)).map(|envelope| envelope.id)
    }

    fn is_signed(&self, envelope: &Envelope) -> bool {
        self.public.get(&envelope.key.0).is_some_and(|key| envelope.verify(key).is_ok())
    }

    /// Reads it in every way that the product would; what came of that.
    fn read(&self, form: Form, bytes: &[u8]) -> Vec<String> {
        let text = || String::from_utf8_lossy(bytes);
        match form {
            Form::Record => self.record(bytes),
            Form::Shown => {
                let judged = judge_text(&text(), &self.trust, &self.question());
                let again = present::parse(&text()).map(|record| present::text("simulated", &record));
                let parsed = match &again {
                    Ok(Ok(_)) => "shown again".to_owned(),
                    Ok(Err(error)) => format!("no text {}", word(error)),
                    Err(error) => format!("no permit {}", word(error)),
                };
                vec![format!("judged {}", judged.standing.code()), parsed]
            }
            Form::Invite => vec![said("invitation", Invite::from_text(&text()))],
            Form::Said => match seal::open(&self.feedback, PURPOSE, bytes) {
                Ok(plain) => vec![said("words", cbor::decode::<Feedback>(&plain))],
                Err(error) => vec![format!("no seal {}", word(&error))],
            },
            Form::Journal => segment::read(bytes, &self.drain),
            Form::Checklist => match Template::from_json(&text()) {
                Ok(template) => {
                    vec![said("checklist", Program::compile(&template).map_err(|errors| word(&errors.first())))]
                }
                Err(error) => vec![format!("no template {}", word(&error))],
            },
            Form::Plain => self.plain(bytes),
        }
    }

    fn question(&self) -> Question {
        Question {
            site: Some(self.permit.visit.site),
            now_s: MORNING_MS / 1000,
            clock_doubtful: false,
            challenge: None,
        }
    }

    fn record(&self, bytes: &[u8]) -> Vec<String> {
        let envelope = match envelope::open(bytes) {
            Ok(envelope) => envelope,
            Err(error) => return vec![format!("no record {}", word(&error))],
        };
        let kind = envelope.kind.name();
        let body = match body(&envelope) {
            Ok(()) => format!("{kind} read"),
            Err(error) => format!("no {kind} {}", word(&error)),
        };
        let signed = format!("{kind} signed: {}", self.is_signed(&envelope));
        let more = match envelope.kind {
            Kind::Presentation => {
                let judged = judge(bytes, &self.trust, &self.question()).standing.code();
                format!("judged {judged} {}", present::text("simulated", bytes).is_ok())
            }
            Kind::Permit => {
                let stands = envelope.body::<Permit>().map(|permit| {
                    let fits = (present::fits(&permit), present::room_for(&permit) > 0);
                    (self.trust.says(&envelope, &permit).code(), fits)
                });
                let stands = stands.map_err(|error| word(&error));
                let sealed = present::seal(&self.phone, bytes, MORNING_MS / 1000, None);
                format!("permit {stands:?} {}", sealed.is_ok())
            }
            Kind::TrustList => {
                let says = envelope.body::<record::TrustList>().map(|list| {
                    let old = (list.is_old(i64::MAX), list.is_old(i64::MIN));
                    (list.says_of_phone(&self.phone.public().device()).code(), old)
                });
                format!("list {:?}", says.map_err(|error| word(&error)))
            }
            _ => String::new(),
        };
        vec![body, signed, more]
    }

    fn plain(&self, bytes: &[u8]) -> Vec<String> {
        vec![
            said("start", cbor::decode::<wurao_protocol::sync::RequestStart>(bytes)),
            said("answer", cbor::decode::<wurao_protocol::sync::Answer>(bytes)),
            said("enrolment", cbor::decode::<wurao_protocol::enrol::EnrolAnswer>(bytes)),
            said("entry", cbor::decode::<wurao_protocol::audit::Entry>(bytes)),
        ]
    }
}

fn said<T, E: std::fmt::Debug>(what: &str, read: Result<T, E>) -> String {
    match read {
        Ok(_) => format!("{what} read"),
        Err(error) => format!("not {what} {}", word(&error)),
    }
}

/// Reads the body of a record as what its kind says.
fn body(envelope: &Envelope) -> Result<(), EnvelopeError> {
    fn as_a<T: RecordBody>(envelope: &Envelope) -> Result<(), EnvelopeError> {
        envelope.body::<T>().map(|_| ())
    }
    match envelope.kind {
        Kind::Session => as_a::<record::Session>(envelope),
        Kind::Heads => as_a::<record::Heads>(envelope),
        Kind::Leave => as_a::<record::Leave>(envelope),
        Kind::Evidence => as_a::<record::EvidenceEntry>(envelope),
        Kind::Request => as_a::<wurao_protocol::sync::RequestHead>(envelope),
        Kind::Enrol => as_a::<wurao_protocol::enrol::EnrolRequest>(envelope),
        Kind::Device => as_a::<record::Device>(envelope),
        Kind::Person => as_a::<record::Person>(envelope),
        Kind::Site => as_a::<record::Site>(envelope),
        Kind::PlanItem => as_a::<record::PlanItem>(envelope),
        Kind::Checklist => as_a::<record::Checklist>(envelope),
        Kind::Permit => as_a::<Permit>(envelope),
        Kind::Receipt => as_a::<record::Receipt>(envelope),
        Kind::Decision => as_a::<record::Decision>(envelope),
        Kind::TrustList => as_a::<record::TrustList>(envelope),
        Kind::Late => as_a::<record::Late>(envelope),
        Kind::Void => as_a::<record::Void>(envelope),
        Kind::Carried => as_a::<record::Carried>(envelope),
        Kind::Order => as_a::<record::Order>(envelope),
        Kind::Presentation => as_a::<record::Presentation>(envelope),
        Kind::Checkpoint => as_a::<record::Checkpoint>(envelope),
        Kind::Witness => as_a::<record::Witness>(envelope),
        Kind::Ask => as_a::<wurao_protocol::handover::Ask>(envelope),
        Kind::HandOver => as_a::<wurao_protocol::handover::HandOver>(envelope),
    }
}

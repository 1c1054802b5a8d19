//! What one phone asks and another gives, at the phone that reads it: changed anywhere, signed and packed again, cut or spoiled on
//! the way.
//!
//! Whatever comes, the phone goes on: it says what was wrong by one of its codes, sets aside what does not pass, shows its work, and lets
//! people write. It takes in nothing that only the server's keys could have made good: those sign nothing here.

use super::corpus::{Corpus, is_small};
use super::item::Item;
use super::made::{Handed, Made};
use super::pack::{bomb, pack};
use super::spoil;
use super::twist::Twister;
use super::watch::Watch;
use crate::ground::{Ground, look};
use rand::Rng;
use wurao_device::PhoneError;
use wurao_protocol::handover::{HandOver, MAX_FILE, PREFIX};
use wurao_protocol::key::Signer as _;
use wurao_protocol::record::Stamp;
use wurao_protocol::{Digest, base43, envelope};
use wurao_tests::folder::copy;
use wurao_tests::sim::MORNING_MS;
use wurao_tests::{Doing, Trouble};

/// How many inputs are tried with one seed.
const CASES: usize = 250;
/// After so many of them a phone is as it was at first.
const AT_ONE_PHONE: usize = 50;

/// An ask, or the contents of a file, and between which phones.
#[derive(Clone)]
struct Input {
    from: usize,
    to: usize,
    ask: bool,
    item: Item,
}

pub(super) fn session(made: &Made, seed: u64, watch: &mut Watch) -> Result<Vec<String>, Trouble> {
    let mut ground = made.ground.again(seed)?;
    let ring = made.phones_keys();
    let mut twister = Twister::new(seed ^ 2);
    let mut corpus = Corpus::new(inputs(made)?);
    for case in 0..CASES {
        if watch.is_enough() {
            break;
        }
        if case % AT_ONE_PHONE == 0 {
            for at in 0..3 {
                begin(made, &mut ground, at)?;
            }
        }
        let Some(mut input) = corpus.pick(&mut twister.chance).cloned() else { break };
        let donors: Vec<Item> =
            (0..3).filter_map(|_| corpus.pick(&mut twister.chance)).map(|one| one.item.clone()).collect();
        if twister.chance.random_ratio(1, 30) {
            let key = twister.chance.random_range(0..3);
            let most = MAX_FILE >> twister.chance.random_range(0..4);
            let value = bomb(&mut twister.chance, most);
            if let Some(place) = input.item.at(key) {
                *place = value;
            }
        } else {
            twister.twist(&mut input.item, &donors.iter().collect::<Vec<_>>());
        }
        if twister.chance.random_ratio(9, 10) {
            ring.sign(&mut input.item);
        }
        let bytes = wrapped(made, &mut twister, &input)?;
        let (from, to) = (input.from, input.to);
        let said = watch.case(seed, &bytes, || match input.ask {
            true => ground.phone(from).map(|phone| outcome(phone.hand_over(&String::from_utf8_lossy(&bytes)))),
            false => ground.phone(to).map(|phone| outcome(phone.take_hand_over(&bytes))),
        });
        let Some(said) = said else {
            begin(made, &mut ground, if input.ask { from } else { to })?;
            continue;
        };
        let mut outcomes = vec![said?];
        outcomes.extend(aside(&ground, to)?);
        for broken in outcomes.iter().filter(|said| said.starts_with("unexpected")) {
            watch.fail(seed, broken);
        }
        if let Some(Err(what)) = watch.case(seed, &bytes, || goes_on(&ground, to)) {
            watch.fail(seed, &format!("afterwards: {what}"));
            begin(made, &mut ground, to)?;
        }
        if is_small(&input.item) {
            corpus.note(input, outcomes);
        }
    }
    Ok(corpus.seen.into_iter().collect())
}

fn inputs(made: &Made) -> Result<Vec<Input>, Trouble> {
    let mut inputs = Vec::new();
    for Handed { from, to, asked, contents, .. } in &made.handed {
        let item = |bytes: &[u8]| Item::read(bytes).ok_or_else(|| Trouble::new("take apart", "what was handed over"));
        inputs.push(Input { from: *from, to: *to, ask: true, item: item(asked)? });
        inputs.push(Input { from: *from, to: *to, ask: false, item: item(contents)? });
    }
    Ok(inputs)
}

/// As it reaches the phone; now and then the outermost spoiled too.
fn wrapped(made: &Made, twister: &mut Twister, input: &Input) -> Result<Vec<u8>, Trouble> {
    let mut bytes = if input.ask {
        format!("{PREFIX}{}", base43::encode(&input.item.bytes())).into_bytes()
    } else {
        file(made, twister, input)?
    };
    if twister.chance.random_ratio(1, 6) {
        spoil::bytes(&mut twister.chance, &mut bytes);
    }
    Ok(bytes)
}

/// The file around these contents, signed by the phone that gives it.
fn file(made: &Made, twister: &mut Twister, input: &Input) -> Result<Vec<u8>, Trouble> {
    let (key, to) = (made.ground.key(input.from)?, made.ground.key(input.to)?);
    let contents = pack(&mut twister.chance, &input.item.bytes(), true);
    let at = Stamp { wall_ms: MORNING_MS, mono_ms: 0, server_ms: None };
    let (from, to) = (key.public().device(), to.public().device());
    let hand_over = HandOver { server: made.server, from, to, contents: Digest::of(&[&contents]), at };
    let record = envelope::seal(&key, &hand_over).doing("sign a file")?;
    let device = made.handed.iter().find(|handed| handed.from == input.from).map(|handed| handed.device.clone());
    let parts = [device.unwrap_or_default(), record, contents].into_iter().zip(0..);
    let given = Item::Map(parts.map(|(part, key)| (Item::number(key), Item::Bytes(part))).collect());
    Ok([b"WURAOHND\x01".as_slice(), &given.bytes()].concat())
}

fn outcome<T>(result: Result<T, PhoneError>) -> String {
    match result {
        Ok(_) => "taken".to_owned(),
        Err(error @ PhoneError::Unexpected { .. }) => format!("unexpected {error}"),
        Err(error) => error.code().to_owned(),
    }
}

/// Why things were set aside on this phone.
fn aside(ground: &Ground, at: usize) -> Result<Vec<String>, Trouble> {
    let db = look(&ground.phones[at].folder.join("wurao.sqlite3"))?;
    let mut statement = db.prepare("SELECT DISTINCT problem FROM quarantine").doing("look at what was set aside")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).doing("look at what was set aside")?;
    rows.map(|row| row.map(|problem| format!("aside: {problem}"))).collect::<Result<_, _>>().doing("look at it")
}

/// It shows its work and lets people write; what it has it can say and hand on.
fn goes_on(ground: &Ground, at: usize) -> Result<(), String> {
    let phone = ground.phone(at).map_err(|trouble| trouble.to_string())?;
    let broken = |what: &str, error: PhoneError| match error {
        error @ PhoneError::Unexpected { .. } => Err(format!("{what}: {error}")),
        // That its person may not is an answer.
        _ => Ok(()),
    };
    for item in phone.work().map_err(|error| format!("list the work: {error}"))? {
        phone.values(item.document).map_err(|error| format!("read values: {error}"))?;
        phone.form(item.document, "zh").map(|_| ()).or_else(|error| broken("show a form", error))?;
    }
    if let Some(document) = ground.documents.first() {
        phone.answer(*document, "beds", "-", "3").or_else(|error| broken("answer", error))?;
    }
    phone.ask_hand_over().map(|_| ()).or_else(|error| broken("ask", error))
}

/// The phone as it was made, opened anew.
fn begin(made: &Made, ground: &mut Ground, at: usize) -> Result<(), Trouble> {
    ground.close_phone(at);
    let folder = ground.phones[at].folder.clone();
    std::fs::remove_dir_all(&folder).doing("remove a phone")?;
    copy(&made.ground.phones[at].folder, &folder)?;
    ground.open(at)
}

//! What the product makes, to start from: everything that went between phones and a server in which one of everything
//! happened, and the keys of all of them.

use super::item::Item;
use super::mend::Keyring;
use crate::ground::{Exchange, Ground, look};
use std::collections::BTreeMap;
use wurao_protocol::handover::{Contents, PREFIX};
use wurao_protocol::journal::{self, Journal};
use wurao_protocol::key::{PublicKey, Signer as _, SoftwareKey};
use wurao_protocol::permit::Permit;
use wurao_protocol::present::parse;
use wurao_protocol::record::{Kind, TrustList};
use wurao_protocol::sync::{Answer, Request};
use wurao_protocol::{ServerId, base43, cbor, envelope, sync};
use wurao_tests::{Doing, Trouble};

/// All of it; the ground is closed.
pub(super) struct Made {
    pub(super) ground: Ground,
    /// Requests that synced, with their answers.
    pub(super) syncs: Vec<Sync>,
    pub(super) enrolments: Vec<Vec<u8>>,
    /// Every record, of every kind.
    pub(super) records: Vec<Vec<u8>>,
    /// Permits as they were shown.
    pub(super) shown: Vec<String>,
    pub(super) journals: Vec<Journal>,
    pub(super) trust: TrustList,
    /// Those of the server that sign records.
    keys: Vec<[u8; 32]>,
    pub(super) drain: [u8; 32],
    pub(super) feedback: [u8; 32],
    pub(super) handed: Vec<Handed>,
    pub(super) server: ServerId,
}

/// What one phone asked and another gave.
pub(super) struct Handed {
    pub(super) from: usize,
    pub(super) to: usize,
    /// What stands in the ask's text.
    pub(super) asked: Vec<u8>,
    /// The giver's own record.
    pub(super) device: Vec<u8>,
    /// What stands in the file, unpacked.
    pub(super) contents: Vec<u8>,
    /// The signatures of both.
    signed: [Vec<u8>; 2],
}

/// One round trip.
pub(super) struct Sync {
    pub(super) phone: usize,
    pub(super) request: Request,
    pub(super) answer: Answer,
}

impl Made {
    pub(super) fn new() -> Result<Self, Trouble> {
        let mut ground = Ground::new(1)?;
        ground.live()?;
        let exchanges = ground.take_written();
        let shown = (0..2).map(|at| show(&ground, at)).collect::<Result<Vec<_>, _>>()?;
        let keys = std::sync::Arc::clone(ground.app()?.keys());
        let (drain, feedback) = (keys.drain.to_bytes(), keys.feedback.to_bytes());
        let mut all = vec![keys.records.to_bytes()];
        for number in 0..4 {
            // As many as there are.
            all.extend(keys.permit(number).ok().map(|key| key.to_bytes()));
        }
        let journals = journals(&mut ground, &keys.drain)?;
        let key = keys.records.public();
        let handed = [(0, 1), (1, 2), (2, 0)].map(|(from, to)| handed(&ground, &key, from, to));
        let handed = handed.into_iter().collect::<Result<Vec<_>, _>>()?;
        let server = server(&ground)?;
        ground.close();
        let mut records = records(&ground, &exchanges, &shown)?;
        records.extend(handed.iter().flat_map(|handed| handed.signed.clone()));
        let mut made = Self {
            records,
            handed,
            server,
            trust: trust(&ground)?,
            syncs: Vec::new(),
            enrolments: Vec::new(),
            ground,
            shown,
            journals,
            keys: all,
            drain,
            feedback,
        };
        made.sort_out(exchanges);
        made.is_whole()?;
        Ok(made)
    }

    /// The keys of all phones, and of the server.
    pub(super) fn keyring(&self) -> Keyring {
        let mut ring = self.phones_keys();
        self.keys.iter().filter_map(|key| SoftwareKey::from_bytes(key).ok()).for_each(|key| ring.add(key));
        ring
    }

    /// What somebody between a phone and the server may hold at most.
    pub(super) fn phones_keys(&self) -> Keyring {
        let mut ring = Keyring::default();
        (0..self.ground.phones.len()).filter_map(|at| self.ground.key(at).ok()).for_each(|key| ring.add(key));
        ring
    }

    fn sort_out(&mut self, exchanges: Vec<Exchange>) {
        for Exchange { phone, request, answer } in exchanges {
            if request.url.ends_with("/v1/enrol") {
                self.enrolments.push(request.body);
            } else if let (Ok(request), Ok(answer)) =
                (Request::from_body(&request.body), Answer::from_body(&answer.body))
            {
                self.syncs.push(Sync { phone, request, answer });
            }
        }
    }

    /// A campaign over half of what there is would say little.
    fn is_whole(&self) -> Result<(), Trouble> {
        let mut kinds: BTreeMap<Kind, u32> = BTreeMap::new();
        for record in &self.records {
            *kinds.entry(envelope::open(record).doing("read what was made")?.kind).or_default() += 1;
        }
        let missing: Vec<&str> =
            Kind::ALL.iter().filter(|kind| !kinds.contains_key(kind)).map(|kind| kind.name()).collect();
        let brought = self.syncs.iter().filter(|sync| !sync.request.frames.is_empty()).count();
        let fed = self.syncs.iter().filter(|sync| !sync.answer.feed.documents.is_empty()).count();
        if missing.is_empty() && brought > 5 && fed > 5 && !self.journals.is_empty() {
            return Ok(());
        }
        let what = format!("no {missing:?}; {brought} requests, {fed} feeds, {} journals", self.journals.len());
        Err(Trouble::new("make one of everything", what))
    }
}

fn show(ground: &Ground, at: usize) -> Result<String, Trouble> {
    let challenge = (at == 1).then_some(40_721);
    Ok(ground.phone(at)?.present(ground.permits[0], challenge).doing("show a permit")?.text)
}

/// One phone asks, another gives.
fn handed(ground: &Ground, key: &PublicKey, from: usize, to: usize) -> Result<Handed, Trouble> {
    let text = ground.phone(to)?.ask_hand_over().doing("ask for a hand-over")?;
    let file = ground.phone(from)?.hand_over(&text).doing("hand over")?.file;
    let (_, contents) =
        Contents::from_file(&file, key).map_err(|problem| Trouble::new("read a hand-over", problem.code()))?;
    let asked = base43::decode(text.strip_prefix(PREFIX).unwrap_or_default()).doing("read an ask")?;
    let part = |bytes: &[u8], key| Item::read(bytes).and_then(|mut item| item.at(key)?.content()).unwrap_or_default();
    // Behind what tells a file, and its version.
    let given = file.get(9..).unwrap_or_default();
    let signed = [part(&asked, 1), part(given, 1)];
    Ok(Handed { from, to, device: part(given, 0), contents: cbor::encode(&contents), asked, signed })
}

fn server(ground: &Ground) -> Result<ServerId, Trouble> {
    let sql = "SELECT value FROM meta WHERE name = 'server'";
    Ok(ServerId(look(&ground.store())?.query_row(sql, [], |row| row.get(0)).doing("find the server's name")?))
}

/// What phones wrote into their journals while they were away.
fn journals(ground: &mut Ground, drain: &SoftwareKey) -> Result<Vec<Journal>, Trouble> {
    let mut found = Vec::new();
    for at in 0..2 {
        for n in 0..5 {
            let phone = ground.phone(at)?;
            phone.answer(ground.documents[0], "beds", "-", &n.to_string()).doing("answer")?;
        }
        let late = ground.late(at)?;
        ground.phone(at)?.answer(late, "beds", "-", "1").doing("answer")?;
        ground.phone(at)?.seal_journal().doing("flush a journal")?;
        let folder = ground.phones[at].folder.join(journal::FOLDER);
        for entry in std::fs::read_dir(&folder).doing("list journals")? {
            let bytes = std::fs::read(entry.doing("list journals")?.path()).doing("read a journal")?;
            found.extend(journal::read(&bytes, drain).ok().filter(|journal| !journal.flushes.is_empty()));
        }
    }
    Ok(found)
}

fn records(ground: &Ground, exchanges: &[Exchange], shown: &[String]) -> Result<Vec<Vec<u8>>, Trouble> {
    let db = look(&ground.store())?;
    let mut statement = db.prepare("SELECT bytes FROM record ORDER BY received_ms, id").doing("list records")?;
    let rows = statement.query_map([], |row| row.get(0)).doing("list records")?;
    let mut records: Vec<Vec<u8>> = rows.collect::<Result<_, _>>().doing("list records")?;
    for Exchange { request, answer, .. } in exchanges {
        if request.url.ends_with("/v1/enrol") {
            records.push(request.body.clone());
        } else if let Ok(request) = Request::from_body(&request.body) {
            records.push(request.start.head.0);
        }
        // An order is in no table.
        let fed = sync::Answer::from_body(&answer.body).map(|answer| answer.feed.records).unwrap_or_default();
        let order = |record: &Vec<u8>| envelope::open(record).is_ok_and(|record| record.kind == Kind::Order);
        records.extend(fed.into_iter().map(|record| record.0).filter(order));
    }
    for text in shown {
        records.push(parse(text).doing("read what is shown")?);
    }
    Ok(records)
}

fn trust(ground: &Ground) -> Result<TrustList, Trouble> {
    let db = look(&ground.store())?;
    let sql = "SELECT r.bytes FROM trust_list t JOIN record r ON r.id = t.record ORDER BY t.sequence DESC LIMIT 1";
    let bytes: Vec<u8> = db.query_row(sql, [], |row| row.get(0)).doing("find the list of keys")?;
    Ok(envelope::open_as::<TrustList>(&bytes).doing("read the list of keys")?.body)
}

impl Made {
    /// Some permit.
    pub(super) fn permit(&self) -> Result<Permit, Trouble> {
        let permit = |record: &Vec<u8>| envelope::open_as::<Permit>(record).ok();
        let found = self.records.iter().find_map(permit);
        Ok(found.ok_or_else(|| Trouble::new("find a permit", "there is none"))?.body)
    }
}

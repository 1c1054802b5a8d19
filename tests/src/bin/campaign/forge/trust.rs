//! Where a list of keys and withdrawals is taken in.

use super::office::{Office, key, sealed};
use super::records::code;
use rand::Rng as _;
use wurao_protocol::cbor;
use wurao_protocol::envelope::open_as;
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_protocol::record::{Kind, PermitKey, TrustList};

super::kinds! { "list":
    "(honest) a list of the office" => "taken", |o| taken(o, &sealed(&o.records, &o.trust));
    "a list signed by a permit key" => "wrong-signature", |o| taken(o, &sealed(&o.permits, &o.trust));
    "a list signed by a phone" => "wrong-signature", |o| taken(o, &sealed(&o.phone, &o.trust));
    "the forger's key written into the list" => "wrong-signature", |o| {
        let forger = PermitKey { key: o.forger.public().to_bytes(), from_s: 0, until_s: None, revoked_s: None };
        rewritten(o, |list| list.keys.push(forger))
    };
    "a withdrawal struck out of the list" => "wrong-signature", |o| rewritten(o, |list| list.revoked.clear());
    "a phone struck out of the list" => "wrong-signature", |o| rewritten(o, |list| list.phones.clear());
    "a longer life written into the list" => "wrong-signature", |o| rewritten(o, |list| list.good_until_s += 86_400);
    "a higher sequence written into the list" => "wrong-signature", |o| rewritten(o, |list| list.sequence += 1);
    "another key for what the village says" => "wrong-signature", |o| {
        let other = key(&mut o.chance).public().to_bytes();
        rewritten(o, |list| list.feedback_key = other)
    };
    "another key for what is drained" => "wrong-signature", |o| {
        let other = key(&mut o.chance).public().to_bytes();
        rewritten(o, |list| list.drain_key = other)
    };
    "a permit for a list" => "other-kind", |o| taken(o, &o.record());
    "a bit of a list changed" => "refused", |o| {
        let mut list = sealed(&o.records, &o.trust);
        let at = o.chance.random_range(0..list.len());
        list[at] ^= 1 << o.chance.random_range(0..8);
        if taken(o, &list) == "taken" { "taken" } else { "refused" }.to_owned()
    };
}

fn taken(o: &Office, record: &[u8]) -> String {
    by(&o.records, record)
}

fn by(records: &SoftwareKey, record: &[u8]) -> String {
    match open_as::<TrustList>(record).and_then(|opened| opened.verified(&records.public())) {
        Ok(_) => "taken".to_owned(),
        Err(error) => code(&error).to_owned(),
    }
}

/// The list with something else written in under the old signature.
fn rewritten(o: &Office, change: impl FnOnce(&mut TrustList)) -> String {
    let honest = sealed(&o.records, &o.trust);
    let mut list = o.trust.clone();
    change(&mut list);
    let parts = super::cose::Parts::honest(Kind::TrustList, o.records.public().id(), cbor::encode(&list));
    taken(o, &parts.with(&honest[honest.len() - 64..]))
}

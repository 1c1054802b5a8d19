//! Segments of sealed journals, written also as no phone writes them.

use super::corpus::word;
use super::item::Item;
use super::spoil;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::BTreeSet;
use wurao_protocol::cbor::{self, Bytes};
use wurao_protocol::journal::{Entry, Header, Journal, read as read_segment};
use wurao_protocol::key::{PublicKey, SoftwareKey};
use wurao_protocol::{Digest, envelope, record::Kind};

/// What a phone had written.
pub(super) fn entries(journal: &Journal) -> Vec<Entry> {
    let mut entries: Vec<Entry> = journal.opening.iter().cloned().map(Entry::Opening).collect();
    for flush in &journal.flushes {
        let is_heads = |record: &&Bytes| envelope::open(&record.0).is_ok_and(|record| record.kind == Kind::Heads);
        let (heads, records): (Vec<_>, Vec<_>) = flush.records.iter().partition(is_heads);
        entries.extend(records.into_iter().cloned().map(Entry::Record));
        for (document, changes) in &flush.changes {
            entries.extend(changes.iter().map(|change| Entry::Change(*document, change.clone())));
        }
        entries.push(Entry::Flush(heads.first().map(|heads| (*heads).clone())));
    }
    entries
}

/// A segment of these entries; now and then with an entry that is not where it says, or not as long.
pub(super) fn write(chance: &mut StdRng, drain: &PublicKey, entries: &Item, spoiled: bool) -> Vec<u8> {
    let content: [u8; 32] = chance.random();
    let Ok(header) = Header::sealed_to(drain, &content, &chance.random()) else { return Vec::new() };
    let header = cbor::encode(&header);
    let mut bytes = b"WURAODRN\x01".to_vec();
    bytes.extend((header.len() as u32).to_be_bytes());
    bytes.extend(header);
    let (cipher, before) = (ChaCha20Poly1305::new((&content).into()), Digest::of(&[&bytes]));
    let list = if let Item::List(list) = entries { list.as_slice() } else { std::slice::from_ref(entries) };
    for (place, entry) in (0_u32..).zip(list) {
        let mut nonce = [0; 12];
        nonce[8..].copy_from_slice(&place.to_be_bytes());
        let payload = Payload { msg: &entry.bytes(), aad: &before.0 };
        let Ok(sealed) = cipher.encrypt(&nonce.into(), payload) else { continue };
        let mut place = place;
        let mut length = sealed.len() as u32;
        if spoiled {
            match chance.random_range(0..40) {
                0 => place = spoil::edge(chance) as u32,
                1 => length = spoil::edge(chance) as u32,
                _ => {}
            }
        }
        let head = [place.to_be_bytes(), length.to_be_bytes()].concat();
        bytes.extend(&head);
        bytes.extend(&Digest::of(&[&head]).0[..4]);
        bytes.extend(sealed);
    }
    bytes
}

/// What a drain makes of it.
pub(super) fn read(bytes: &[u8], drain: &SoftwareKey) -> Vec<String> {
    match read_segment(bytes, drain) {
        Ok(journal) => {
            let faults: BTreeSet<String> = journal.damage.iter().map(|damage| word(&damage.fault)).collect();
            let whole = journal.flushes.iter().all(|flush| flush.whole);
            vec![format!("journal {} {whole}", journal.opening.is_some()), format!("faults {faults:?}")]
        }
        Err(error) => vec![format!("no journal {}", error.code())],
    }
}

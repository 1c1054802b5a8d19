//! Somebody carries a colleague's work to the server, or to another phone, without the colleague's signature over it: it must not
//! count.

use super::talk;
use super::template::{self, URL};
use super::world::{Name, World, changes, look};
use crate::{Doing, Trouble};
use std::collections::BTreeSet;
use wurao_device::HttpRequest;
use wurao_protocol::cbor::Bytes;
use wurao_protocol::envelope::{open_as, seal};
use wurao_protocol::frame::{DocumentChanges, Frame};
use wurao_protocol::handover::Contents;
use wurao_protocol::key::{Signer as _, SoftwareKey};
use wurao_protocol::proof::Proof;
use wurao_protocol::record::{Device, Heads, Stamp};
use wurao_protocol::sync::{Holds, LogMark, Request, RequestHead, RequestStart, frames_digest};
use wurao_protocol::{Digest, DocumentId, ServerId, merkle};
use wurao_record::{change_hash, tips};

/// Phone `n` sends what another phone of the team has not sent yet, under a heads record of its own.
pub(super) fn carry(world: &mut World, n: usize) -> Result<(), Trouble> {
    let other = (n + 1 + world.draw(world.phones.len() - 1)) % world.phones.len();
    if world.phones[other].person == world.phones[n].person {
        return Ok(());
    }
    let Some((document, changes, sessions)) = unsent(world, other)? else { return Ok(()) };
    let heads: Vec<Digest> =
        tips(changes.iter().map(|change| change.0.as_slice())).doing("read changes")?.into_iter().map(Digest).collect();
    let key = world.phones[n].key()?;
    let signed = seal(&key, &Heads::over(&[merkle::leaf(&document, &heads)])).doing("sign")?;
    let mut records = sessions;
    records.push(Bytes(signed));
    let frame = Frame { records, documents: vec![DocumentChanges { document, heads: None, changes }], proofs: None };
    let frames = vec![frame.pack().map_err(|problem| Trouble::new("pack a frame", problem.code()))?];
    let db = look(&world.phone_store(n))?;
    let meta = |name: &str| -> Result<Vec<u8>, Trouble> {
        db.query_row("SELECT value FROM meta WHERE key = ?1", [name], |row| row.get(0)).doing("look into a store")
    };
    let device = meta("device-record")?;
    let server = ServerId::try_from(meta("server-id")?.as_slice()).doing("read a server's id")?;
    let hashes = vec![Digest::of(&[&frames[0]])];
    let head = RequestHead {
        server,
        device: open_as::<Device>(&device).doing("read a device")?.body.id,
        // Above what the phone itself has used: it hears of that with its next sync.
        counter: world.phones[n].counter + 1000 * (1 + world.draw(50) as u64),
        frames: frames_digest(&hashes),
        cursor: Bytes::default(),
        seen: LogMark::default(),
        limit: 0,
        holds: Holds::default(),
    };
    let start = RequestStart { head: Bytes(seal(&key, &head).doing("sign")?), device: Bytes(device), frames: hashes };
    let headers = vec![("content-type", "application/vnd.wurao.sync".to_owned())];
    let body = Request { start, frames }.to_body_in_parts();
    let request = HttpRequest { method: "POST", url: format!("{URL}/v1/sync"), headers, body, pin: None };
    world.trace.note(&format!("phone {n} carries what is phone {other}'s"));
    drop(talk::arrived(world, &request, None));
    world.phones[n].twice = true;
    let sql = "SELECT count(*) FROM change WHERE state = 'accepted' AND covered = 0";
    let unsigned: i64 = look(&world.server_store())?.query_row(sql, [], |row| row.get(0)).doing("look into a store")?;
    if unsigned > 0 {
        world.wrong.push(format!("{unsigned} changes count without their author's signature"));
    }
    Ok(())
}

/// Phone `n` hands over, as another phone's work, what that phone has not signed for it: none of it may be taken.
pub(super) fn hand_over(world: &mut World, n: usize) -> Result<(), Trouble> {
    let all = world.phones.len();
    let (other, to) = ((n + 1 + world.draw(all - 1)) % all, (n + 1 + world.draw(all - 1)) % all);
    if other == to || world.phones[other].person == world.phones[n].person {
        return Ok(());
    }
    let Some((document, changes, sessions)) = unsent(world, other)? else { return Ok(()) };
    let record = |n: usize| -> Result<Vec<u8>, Trouble> {
        let db = look(&world.phone_store(n))?;
        let row = db.query_row("SELECT value FROM meta WHERE key = 'device-record'", [], |row| row.get(0));
        row.doing("look into a store")
    };
    let (giver, author) = (record(n)?, record(other)?);
    let heads: Vec<Digest> =
        tips(changes.iter().map(|change| change.0.as_slice())).doing("read changes")?.into_iter().map(Digest).collect();
    let key = world.phones[n].key()?;
    let signed = seal(&key, &Heads::over(&[merkle::leaf(&document, &heads)])).doing("sign")?;
    world.loose.extend(sessions.iter().map(|session| session.0.clone()));
    let records = [vec![Bytes(giver.clone()), Bytes(author)], sessions].concat();
    let names: Vec<[u8; 32]> =
        changes.iter().map(|change| change_hash(&change.0)).collect::<Result<_, _>>().doing("read changes")?;
    world.loose.extend(changes.iter().map(|change| change.0.clone()));
    let contents = Contents {
        records,
        documents: vec![DocumentChanges { document, heads: None, changes }],
        proofs: Proof::all(&signed, &[(document, heads)]),
    };
    let db = look(&world.phone_store(n))?;
    let server: Vec<u8> = db
        .query_row("SELECT value FROM meta WHERE key = 'server-id'", [], |row| row.get(0))
        .doing("look into a store")?;
    let server = ServerId::try_from(server.as_slice()).doing("read a server's id")?;
    let at = Stamp { wall_ms: template::MORNING_MS, mono_ms: 0, server_ms: None };
    let to_device = world.phones[to].key()?.public().device();
    let file = contents.to_file(&key, &giver, (server, to_device, at));
    let file = file.map_err(|problem| Trouble::new("make a file", problem.code()))?;
    let here = changes_of(world, to)?;
    world.trace.note(&format!("phone {n} hands over to phone {to} what is phone {other}'s"));
    // Also when its phone may not take anything just now.
    drop(world.phone(to)?.take_hand_over(&file));
    let there = changes_of(world, to)?;
    let taken = names.iter().filter(|name| there.contains(*name) && !here.contains(*name)).count();
    if taken > 0 {
        world.wrong.push(format!("phone {to} took {taken} changes without their author's signature"));
    }
    Ok(())
}

fn changes_of(world: &World, n: usize) -> Result<BTreeSet<Name>, Trouble> {
    changes(&world.phone_store(n), "")
}

type Unsent = (DocumentId, Vec<Bytes>, Vec<Bytes>);

/// What a phone has not sent of one of its documents, and its sessions.
fn unsent(world: &World, n: usize) -> Result<Option<Unsent>, Trouble> {
    let db = look(&world.phone_store(n))?;
    let sql = "SELECT document, bytes FROM change WHERE standing = 'unsent' ORDER BY document, position";
    let mut statement = db.prepare(sql).doing("look into a store")?;
    let rows =
        statement.query_map([], |row| Ok((DocumentId(row.get(0)?), Bytes(row.get(1)?)))).doing("look into a store")?;
    let rows: Vec<(DocumentId, Bytes)> = rows.collect::<Result<_, _>>().doing("look into a store")?;
    let Some(document) = rows.first().map(|(document, _)| *document) else { return Ok(None) };
    let changes = rows.into_iter().filter(|(of, _)| *of == document).map(|(_, bytes)| bytes).collect();
    let sql = "SELECT bytes FROM record WHERE kind = 'wurao/session' AND standing NOT IN ('received', 'handed', 'relayed', 'unrelayed')";
    let mut statement = db.prepare(sql).doing("look into a store")?;
    let sessions = statement.query_map([], |row| Ok(Bytes(row.get(0)?))).doing("look into a store")?;
    Ok(Some((document, changes, sessions.collect::<Result<_, _>>().doing("look into a store")?)))
}

impl super::world::One {
    fn key(&self) -> Result<SoftwareKey, Trouble> {
        SoftwareKey::from_bytes(&self.key).doing("make a key")
    }
}

//! The peer of the sync bench: Automerge's own sync protocol over the same documents with the same changes.

use automerge::sync::{State, SyncDoc};
use automerge::{AutoCommit, Change};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::Path;
use wurao_record::{Genesis, GenesisSeed};
use wurao_tests::{Doing, Trouble};

/// A document's first change and the others by hash, as a phone's store has them.
pub(crate) type Documents = BTreeMap<[u8; 16], BTreeMap<[u8; 32], Vec<u8>>>;

/// All documents of a phone. The store is read while the phone is not writing.
pub(crate) fn documents(folder: &Path) -> Result<Documents, Trouble> {
    read(&folder.join("wurao.sqlite3")).doing("read a phone's store")
}

fn read(path: &Path) -> rusqlite::Result<Documents> {
    let connection = Connection::open(path)?;
    let mut documents = Documents::new();
    let mut statement = connection.prepare("SELECT id, permit, site, checklist FROM document")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seed = GenesisSeed { permit: row.get(1)?, site: row.get(2)?, checklist: row.get(3)? };
        let genesis = Genesis::new(&seed);
        documents.entry(row.get(0)?).or_default().insert(genesis.hash(), genesis.bytes().to_vec());
    }
    let mut statement = connection.prepare("SELECT document, hash, bytes FROM change")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        documents.entry(row.get(0)?).or_default().insert(row.get(1)?, row.get(2)?);
    }
    Ok(documents)
}

/// Bytes and rounds that Automerge's sync needs from two states of the same documents, each with the sync state of an
/// earlier complete sync in memory (`shared`), all documents pipelined: its best case. Message bodies only.
pub(crate) fn automerge(phone: &Documents, server: &Documents, shared: &Documents) -> Result<(u64, u32), Trouble> {
    let (mut bytes, mut most) = (0, 0);
    for (id, changes) in phone {
        let none = BTreeMap::new();
        let mut left = load(changes)?;
        let mut right = load(server.get(id).unwrap_or(&none))?;
        let heads = load(shared.get(id).unwrap_or(&none))?.get_heads();
        let (mut left_state, mut right_state) = (State::new(), State::new());
        left_state.shared_heads.clone_from(&heads);
        right_state.shared_heads = heads;
        let mut rounds = 0;
        loop {
            let up = left.sync().generate_sync_message(&mut left_state);
            let down = right.sync().generate_sync_message(&mut right_state);
            if up.is_none() && down.is_none() {
                break;
            }
            rounds += 1;
            if let Some(message) = up {
                bytes += message.clone().encode().len() as u64;
                right.sync().receive_sync_message(&mut right_state, message).doing("sync by Automerge")?;
            }
            if let Some(message) = down {
                bytes += message.clone().encode().len() as u64;
                left.sync().receive_sync_message(&mut left_state, message).doing("sync by Automerge")?;
            }
        }
        most = most.max(rounds);
    }
    Ok((bytes, most))
}

/// A document of its changes.
pub(crate) fn load(changes: &BTreeMap<[u8; 32], Vec<u8>>) -> Result<AutoCommit, Trouble> {
    let mut document = AutoCommit::new();
    let changes: Result<Vec<Change>, _> = changes.values().map(|bytes| Change::from_bytes(bytes.clone())).collect();
    document.apply_changes(changes.doing("read a change")?).doing("apply changes")?;
    Ok(document)
}

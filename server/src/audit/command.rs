//! `wurao-server audit`: reading the log again, showing and proving entries.

use super::nodes::{Kept, at, size};
use super::verify::{files, verify};
use crate::store::{self, rows};
use crate::{App, Config, Error, Files, Keys, SystemRandom};
use clap::Subcommand;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_protocol::audit::Entry;
use wurao_protocol::cbor;
use wurao_protocol::key::Signer;
use wurao_protocol::merkle::log;

/// The audit log.
#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Reads the whole log again and says the first thing that was altered, if anything was; fails then.
    Verify {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
    },
    /// Lists entries: position, time, what came about, what it is about.
    List {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// The first one.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        count: u32,
    },
    /// Proves one entry (RFC 6962): its bytes, and the hashes beside the way to the root, as JSON.
    Prove {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// Its position.
        position: u64,
    },
    /// Signs the log as it stands and prints the checkpoint as JSON: to be kept elsewhere, on paper if need be.
    Checkpoint {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
    },
}

impl AuditCommand {
    /// Runs it; what it says.
    pub(crate) fn run(self) -> Result<String, Error> {
        match self {
            Self::Verify { data } => {
                let lying = Files::existing(&data)?;
                let (db, keys) = look(&lying)?;
                // As of one moment: beside a running server entries and what they tell of would be read at different ones.
                let moment = db.unchecked_transaction()?;
                let mut verdict = verify(&moment, &keys.records.public())?;
                if verdict.fault.is_none() {
                    verdict.fault = files(&moment, &lying)?;
                }
                drop(moment);
                match verdict.fault {
                    Some(fault) => Err(Error::AuditFault(fault)),
                    None => Ok(format!(
                        "audit: {} entries, {} checkpoints, {} witnessed by phones{}; all as it was\n\
                         not looked at: what the office has entered and decided (people, rights, the plan, phones)\n",
                        verdict.entries,
                        verdict.checkpoints,
                        verdict.witnesses,
                        match verdict.unproven {
                            0 => String::new(),
                            many => format!(", {many} that name none of this server's are passed over"),
                        }
                    )),
                }
            }
            Self::List { data, from, count } => list(&look(&Files::existing(&data)?)?.0, from, count),
            Self::Prove { data, position } => {
                let proof = prove(&look(&Files::existing(&data)?)?.0, position, None)?;
                let proof = proof.ok_or_else(|| Error::Usage(format!("there is no entry {position}")))?;
                Ok(format!("{proof:#}\n"))
            }
            Self::Checkpoint { data } => {
                let app = open(&data)?;
                let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
                let (record, made) = app.store().write_blocking(move |tx| super::checkpoint::make(tx, &keys, now))?;
                Ok(format!("{:#}\n", super::routes::checkpoint(&record, &made)))
            }
        }
    }
}

/// The database as it lies there, beside a running server or without one: an opening that writes might hide what is wrong.
fn look(files: &Files) -> Result<(Connection, Keys), Error> {
    let db = store::look(&files.database())?;
    let keys = Keys::open(&files.keys(), rows::records_key(&db)?.as_deref(), &SystemRandom)?;
    Ok((db, keys))
}

fn open(data: &Path) -> Result<App, Error> {
    App::open(Config::new(data, SocketAddr::from(([127, 0, 0, 1], 0))))
}

fn list(db: &Connection, from: u64, count: u32) -> Result<String, Error> {
    let sql = "SELECT position, bytes FROM audit_entry WHERE position >= ?1 ORDER BY position LIMIT ?2";
    let mut statement = db.prepare(sql)?;
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    let rows =
        statement.query_map(params![from, count], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let (mut lines, mut next) = (String::new(), None);
    for row in rows {
        let (position, bytes) = row?;
        next = Some(position as u64 + 1);
        let line = match cbor::decode::<Entry>(&bytes) {
            Ok(Entry { at_ms, event, subject, detail }) => {
                let at = Timestamp::from_millisecond(at_ms).map_or_else(|_| at_ms.to_string(), |at| at.to_string());
                format!("{position} {at} {event:?} {} {detail}", hex::encode(&subject.0))
            }
            Err(_) => format!("{position} unreadable {}", hex::encode(&bytes)),
        };
        lines += line.trim_end();
        lines.push('\n');
    }
    let entries = size(db)?;
    if let Some(next) = next.filter(|next| *next < entries) {
        lines += &format!("{} more: --from {next}\n", entries - next);
    }
    Ok(lines)
}

/// An entry with its proof in the log of a size, or as it stands; none when there is no such entry.
pub(super) fn prove(db: &Connection, position: u64, of: Option<u64>) -> Result<Option<serde_json::Value>, Error> {
    let entries = size(db)?;
    let of = of.unwrap_or(entries).min(entries);
    let place = i64::try_from(position).unwrap_or(i64::MAX);
    let sql = "SELECT bytes FROM audit_entry WHERE position = ?1";
    let bytes: Option<Vec<u8>> = db.query_row(sql, params![place], |row| row.get(0)).optional()?;
    let Some((bytes, beside)) = bytes.zip(log::inclusion(&Kept(db), position, of)?) else { return Ok(None) };
    Ok(Some(json!({
        "position": position,
        "entry": hex::encode(bytes),
        "size": of,
        "root": at(db, of)?.root.to_string(),
        "beside": beside.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })))
}

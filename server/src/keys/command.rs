//! `wurao-server keys`: rotating, revoking, listing, keeping a copy.

use super::backup;
use crate::permits::keys;
use crate::{App, Config, Error, Files, Keys};
use clap::Subcommand;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_protocol::key::Signer;

/// The keys that sign permits, and the key folder.
#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Makes a new permit key: it signs from now on, and what the old one signed stays good.
    Rotate {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
    },
    /// Revokes a permit key that was lost or stolen: nothing it ever signed is good any more. Running permits are signed
    /// anew.
    Revoke {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// The key's number, as `keys list` says it.
        number: u32,
    },
    /// Lists the permit keys and their times.
    List {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
    },
    /// Writes the whole key folder into one file, when no key is missing in it. Whoever has it can sign permits: keep it
    /// apart from the data's backup.
    Backup {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// The file to write; it must not be there yet.
        file: PathBuf,
    },
    /// Brings back from such a file what a key folder lacks; overwrites nothing, and does nothing when a key that is
    /// there is another one.
    Restore {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// The file to read.
        file: PathBuf,
    },
}

impl KeysCommand {
    /// Runs it; what it says.
    pub(crate) fn run(self) -> Result<String, Error> {
        match self {
            Self::Rotate { data } => {
                let number = on_keys(&data, |tx, keys, random, now| keys::rotate(tx, keys, random, now))?;
                Ok(format!("permit key {number} signs from now on; back up the keys again\n"))
            }
            Self::Revoke { data, number } => {
                on_keys(&data, move |tx, keys, random, now| keys::revoke(tx, keys, random, number, now))?;
                Ok(format!("permit key {number} is revoked; running permits were signed anew\n"))
            }
            Self::List { data } => {
                // Nothing is drawn for a folder that is none.
                Files::existing(&data)?;
                let all = on_keys(&data, |tx, _, _, _| keys::all(tx))?;
                Ok(all.iter().map(|row| line(row) + "\n").collect())
            }
            Self::Backup { data, file } => {
                let files = Files::open(&data)?;
                // A key folder alone, on its way to another computer say, has no data to go by.
                if files.database().exists() {
                    on_keys(&data, |tx, keys, _, _| whole(&keys::all(tx)?, keys))?;
                }
                let count = backup::write(&files.keys(), &file)?;
                let apart = "keep it apart from the data's backup: who has it can sign permits";
                Ok(format!("{count} keys in {}; {apart}\n", file.display()))
            }
            Self::Restore { data, file } => {
                let count = backup::restore(&file, &Files::open(&data)?.keys())?;
                Ok(format!("{count} keys brought back; what was there is the same\n"))
            }
        }
    }
}

fn on_keys<T: Send + 'static>(
    data: &Path,
    job: impl FnOnce(&crate::store::Tx<'_>, &Keys, &dyn crate::Random, i64) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let app = App::open(Config::new(data, SocketAddr::from(([127, 0, 0, 1], 0))))?;
    let (keys, random, now) = (Arc::clone(app.keys()), Arc::clone(&app.config().random), app.now_ms());
    app.store().write_blocking(move |tx| job(tx, &keys, &*random, now))
}

/// Sees that every permit key is in its folder. A revoked one signs nothing any more and may be gone.
fn whole(known: &[keys::KeyRow], keys: &Keys) -> Result<(), Error> {
    for row in known.iter().filter(|row| row.key.revoked_s.is_none()) {
        if keys.permit(row.number)?.public().to_bytes() != row.key.key {
            return Err(Error::OtherKey { path: keys.permit_path(row.number) });
        }
    }
    Ok(())
}

fn line(row: &keys::KeyRow) -> String {
    let at = |second: i64| Timestamp::from_second(second).map_or_else(|_| second.to_string(), |at| at.to_string());
    let from = if row.key.from_s == 0 { "the beginning".to_owned() } else { at(row.key.from_s) };
    let state = match (row.key.revoked_s, row.key.until_s) {
        (Some(revoked), _) => format!("revoked {}", at(revoked)),
        (None, Some(until)) => format!("until {}", at(until)),
        (None, None) => "in use".to_owned(),
    };
    let id = row.key.public().map_or_else(String::new, |key| hex::encode(key.id().0));
    format!("{} {id} from {from}, {state}", row.number)
}

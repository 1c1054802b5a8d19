//! `wurao-server keys`: rotating, revoking, listing, keeping a copy.

use super::backup;
use crate::permits::keys;
use crate::{App, Config, Error, Files};
use clap::Subcommand;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Writes the whole key folder into one file. Whoever has it can sign permits: keep it apart from the data's backup.
    Backup {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// The file to write; it must not be there yet.
        file: PathBuf,
    },
    /// Brings a key folder back from such a file; overwrites nothing.
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
                let all = on_keys(&data, |tx, _, _, _| keys::all(tx))?;
                Ok(all.iter().map(|row| line(row) + "\n").collect())
            }
            Self::Backup { data, file } => {
                let count = backup::write(&Files::open(&data)?.keys(), &file)?;
                let apart = "keep it apart from the data's backup: who has it can sign permits";
                Ok(format!("{count} keys in {}; {apart}\n", file.display()))
            }
            Self::Restore { data, file } => {
                let count = backup::restore(&file, &Files::open(&data)?.keys())?;
                Ok(format!("{count} keys brought back\n"))
            }
        }
    }
}

fn on_keys<T: Send + 'static>(
    data: &Path,
    job: impl FnOnce(&crate::store::Tx<'_>, &crate::Keys, &dyn crate::Random, i64) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let app = App::open(Config::new(data, SocketAddr::from(([127, 0, 0, 1], 0))))?;
    let (keys, random, now) = (Arc::clone(app.keys()), Arc::clone(&app.config().random), app.now_ms());
    app.store().write_blocking(move |tx| job(tx, &keys, &*random, now))
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

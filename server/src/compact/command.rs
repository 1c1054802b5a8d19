//! `wurao-server compaction`: what is packed, what could not be.

use super::{Fault, compact_all, faults};
use crate::{App, Error};
use clap::Subcommand;
use std::fmt::Write as _;
use std::path::PathBuf;

/// What is asked about packing, or done.
#[derive(Subcommand)]
pub(crate) enum CompactionCommand {
    /// Says how many documents are packed, what that saves, and which could not be.
    List {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
    },
    /// Packs all that is ripe now.
    Run {
        /// The folder that holds everything.
        #[arg(long)]
        data: PathBuf,
        /// Also what could not be packed before.
        #[arg(long)]
        again: bool,
    },
}

impl CompactionCommand {
    /// The folder that it is about.
    pub(crate) fn data(&self) -> &std::path::Path {
        match self {
            Self::List { data } | Self::Run { data, .. } => data,
        }
    }

    pub(crate) fn run(&self, app: &App) -> Result<String, Error> {
        if let Self::Run { again, .. } = self {
            if *again {
                app.store().write_blocking(|tx| Ok(tx.execute("DELETE FROM pack_fault", [])?))?;
            }
            run(app)?;
        }
        app.store().write_blocking(|tx| told(tx))
    }
}

fn run(app: &App) -> Result<(), Error> {
    let fault = |source| Error::System { doing: "start a runtime", source };
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(fault)?;
    runtime.block_on(compact_all(app, |_| ()))
}

fn told(db: &rusqlite::Connection) -> Result<String, Error> {
    let sql = "SELECT COUNT(*), COALESCE(SUM(changes), 0), COALESCE(SUM(unpacked_bytes), 0), \
               COALESCE(SUM(LENGTH(bytes)), 0) FROM pack";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let (documents, changes, before, after): (i64, i64, i64, i64) = db.query_row(sql, [], row)?;
    let mut text = format!("{documents} documents packed: {changes} changes, {before} bytes, now {after}\n");
    for Fault { document, code, detail, at_ms } in faults(db)? {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{document} is left as it is since {at_ms}: {code}: {detail}");
    }
    Ok(text)
}

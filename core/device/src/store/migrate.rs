//! The schema is append-only: numbered files, each with its version in one transaction; a newer file is refused.

use crate::error::Error;
use rusqlite::{Connection, TransactionBehavior};

const STEPS: &[&str] = &[
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_permits.sql"),
    include_str!("../../migrations/0003_people.sql"),
    include_str!("../../migrations/0004_log.sql"),
    include_str!("../../migrations/0005_handover.sql"),
    include_str!("../../migrations/0006_apart.sql"),
    include_str!("../../migrations/0007_unproven.sql"),
];

/// Brings a file to the newest schema.
pub(super) fn run(connection: &mut Connection) -> Result<(), Error> {
    let newest = STEPS.len() as i64;
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > newest {
            return Err(Error::NewerStore { found: version, newest });
        }
        let Some(step) = usize::try_from(version).ok().and_then(|at| STEPS.get(at)) else {
            return Ok(());
        };
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
    }
}

//! Numbered migrations, each in one transaction with the note that it was applied.

use crate::Error;
use rusqlite::{Connection, params};

/// All migrations in order; the first has number 1. Never edited once released, only added to.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_plan.sql"),
    include_str!("../../migrations/0003_people.sql"),
    include_str!("../../migrations/0004_permits.sql"),
    include_str!("../../migrations/0005_village.sql"),
    include_str!("../../migrations/0006_api.sql"),
    include_str!("../../migrations/0007_bounds.sql"),
    include_str!("../../migrations/0008_rights.sql"),
    include_str!("../../migrations/0009_approved.sql"),
    include_str!("../../migrations/0010_apart.sql"),
    include_str!("../../migrations/0011_audit.sql"),
    include_str!("../../migrations/0012_fed_from.sql"),
    include_str!("../../migrations/0013_packs_and_bounds.sql"),
    include_str!("../../migrations/0014_dependencies.sql"),
    include_str!("../../migrations/0015_lean.sql"),
    include_str!("../../migrations/0016_overdue.sql"),
    include_str!("../../migrations/0017_joined.sql"),
    include_str!("../../migrations/0018_renewed.sql"),
];

/// Applies what is missing; refuses a database that a newer server has written.
pub(super) fn migrate(connection: &Connection) -> Result<(), Error> {
    connection.execute_batch("CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY NOT NULL)")?;
    for (number, text) in (1_i64..).zip(MIGRATIONS) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let applied = apply(connection, number, text);
        connection.execute_batch(if applied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        applied?;
    }
    let found = last(connection)?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(Error::NewerDatabase { found, known });
    }
    Ok(())
}

/// Looked at inside the transaction: another process may have been quicker.
fn apply(connection: &Connection, number: i64, text: &str) -> Result<(), Error> {
    if last(connection)? < number {
        connection.execute_batch(text)?;
        connection.execute("INSERT INTO migration (number) VALUES (?1)", params![number])?;
    }
    Ok(())
}

fn last(connection: &Connection) -> Result<i64, Error> {
    let sql = "SELECT COALESCE(MAX(number), 0) FROM migration";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

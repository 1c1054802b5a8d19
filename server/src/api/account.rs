//! Service accounts: what a token lets its holder do.

use super::ApiError;
use crate::people::text;
use crate::store::Tx;
use crate::{App, Error, Scope, audit};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::fmt;
use std::str::FromStr;
use wurao_protocol::audit::Event;
use wurao_protocol::{BodyId, Digest, PersonId};

/// What tokens begin with, so that a leaked one is known for what it is.
const PREFIX: &str = "wurao_";
/// How exactly the last use is kept: a write for each request would be too dear.
const USED_MS: i64 = 60_000;
/// The longest time a token is good.
pub const MOST_DAYS: u32 = 1096;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Inspections, their findings, sites, and what inspections cost.
    ReadInspections,
    /// Plan items and sites.
    ReadPlan,
    /// What villages said, as sums.
    ReadFeedbackAggregates,
    /// Plan items as drafts for people to look over; only for an account of one body.
    WritePlanDrafts,
}

impl Right {
    /// All of them, in the order to show.
    pub const ALL: [Self; 4] =
        [Self::ReadInspections, Self::ReadPlan, Self::ReadFeedbackAggregates, Self::WritePlanDrafts];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadInspections => "read-inspections",
            Self::ReadPlan => "read-plan",
            Self::ReadFeedbackAggregates => "read-feedback-aggregates",
            Self::WritePlanDrafts => "write-plan-drafts",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Right {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|right| right.name() == name)
            .ok_or_else(|| format!("{name:?} is no right; there are {}", known()))
    }
}

/// Who a request comes from. As an argument of a handler it lets nobody else in.
#[derive(Clone, Debug)]
pub struct Account {
    id: [u8; 16],
    scope: Scope,
    rights: Vec<Right>,
}

impl Account {
    /// The scope in which the account has a right.
    pub fn may(&self, right: Right) -> Result<Scope, ApiError> {
        self.may_either(&[right])
    }

    /// The scope in which it has any of these rights.
    pub fn may_either(&self, rights: &[Right]) -> Result<Scope, ApiError> {
        let found = rights.iter().any(|right| self.rights.contains(right));
        if found { Ok(self.scope.clone()) } else { Err(ApiError::Forbidden(rights[0].name())) }
    }

    /// As whom it drafts plan items.
    pub(super) fn drafter(&self) -> Result<Drafter, ApiError> {
        let scope = self.may(Right::WritePlanDrafts)?;
        let body = scope.body().ok_or(ApiError::Forbidden(Right::WritePlanDrafts.name()))?;
        Ok(Drafter { id: PersonId(self.id), scope, body })
    }
}

/// An account that drafts plan items for its body.
pub(super) struct Drafter {
    /// The account, where a person's id would stand.
    pub(super) id: PersonId,
    pub(super) scope: Scope,
    pub(super) body: BodyId,
}

impl FromRequestParts<App> for Account {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let named = parts.headers.get(header::AUTHORIZATION).ok_or(ApiError::Unauthorized("no token"))?;
        let token = named.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        let token = token.filter(|token| token.starts_with(PREFIX)).ok_or(ApiError::Unauthorized("not a token"))?;
        let (hash, now) = (Digest::of(&[token.as_bytes()]), app.now_ms());
        let found = app.store().read(move |db| by_token(db, &hash, now)).await?;
        let (used_ms, account) = found.ok_or(ApiError::Unauthorized("unknown, expired or revoked token"))?;
        let id = account.id;
        if !app.requests().reserve(&hex::encode(id), now) {
            return Err(ApiError::TooMany);
        }
        if used_ms.is_none_or(|used| now - used >= USED_MS) {
            let sql = "UPDATE service_account SET used_ms = ?2 WHERE id = ?1";
            app.store().write(move |tx| Ok(tx.execute(sql, params![id, now])?)).await?;
        }
        Ok(account)
    }
}

type Found = (Option<i64>, Account);

fn by_token(db: &Connection, hash: &Digest, now_ms: i64) -> Result<Option<Found>, Error> {
    let sql = "SELECT id, used_ms, prefix, body, rights FROM service_account \
               WHERE token = ?1 AND expires_ms > ?2 AND revoked_ms IS NULL";
    let mut statement = db.prepare_cached(sql)?;
    let row = statement.query_row(params![hash.0, now_ms], |row| {
        Ok((row.get(0)?, row.get(1)?, scope(row, 2, 3)?, row.get::<_, String>(4)?))
    });
    let Some((id, used_ms, scope, rights)) = row.optional()? else { return Ok(None) };
    Ok(Some((used_ms, Account { id, scope, rights: read_rights(&rights)? })))
}

fn scope(row: &Row<'_>, prefix: usize, body: usize) -> rusqlite::Result<Scope> {
    let prefix: String = row.get(prefix)?;
    let body: Option<[u8; 16]> = row.get(body)?;
    Ok(match body {
        Some(body) => Scope::of_body(prefix, BodyId(body)),
        None => Scope::new(prefix),
    })
}

fn read_rights(text: &str) -> Result<Vec<Right>, Error> {
    text.split(' ').map(|name| name.parse().map_err(|_| Error::Missing("a right of that name"))).collect()
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What people call the system that reads.
    pub name: String,
    /// What it may see.
    pub scope: Scope,
    /// What it may do.
    pub rights: Vec<Right>,
    /// How many days the token is good.
    pub days: u32,
}

/// An account as it is listed.
#[derive(Clone, Debug)]
pub struct AccountInfo {
    /// Its name in addresses.
    pub id: [u8; 16],
    /// What people call the system that reads.
    pub name: String,
    /// What it may see.
    pub scope: Scope,
    /// What it may do.
    pub rights: Vec<Right>,
    /// When its token stops being good.
    pub expires_ms: i64,
    /// Since when it is revoked.
    pub revoked_ms: Option<i64>,
    /// When it was used last, to the minute.
    pub used_ms: Option<i64>,
}

impl NewAccount {
    /// What is wrong with it, if anything: a stable code and a sentence.
    pub fn fault(&self) -> Option<(&'static str, String)> {
        if let Err(fault) = text::name(&self.name) {
            return Some((fault.code(), format!("name: {fault}")));
        }
        let prefix = self.scope.prefix();
        if prefix.len() > 12 || !prefix.bytes().all(|digit| digit.is_ascii_digit()) {
            return Some(("scope", format!("{prefix:?} is not the beginning of a twelve-digit division code")));
        }
        if self.rights.is_empty() {
            return Some(("rights", "an account without a right can do nothing".to_owned()));
        }
        if self.rights.contains(&Right::WritePlanDrafts) && self.scope.body().is_none() {
            return Some(("rights", "plan items are drafted for one body: name it".to_owned()));
        }
        if !(1..=MOST_DAYS).contains(&self.days) {
            return Some(("days", format!("a token is good for 1 to {MOST_DAYS} days")));
        }
        None
    }
}

/// A fresh token; whoever shows it keeps it nowhere.
pub(super) fn draw_token(app: &App) -> Result<String, Error> {
    Ok(format!("{PREFIX}{}", hex::encode(app.random::<32>()?)))
}

/// Makes an account that has been looked over ([`NewAccount::fault`]).
pub(super) fn make(
    tx: &Tx<'_>,
    id: [u8; 16],
    token: &str,
    account: &NewAccount,
    by: Option<PersonId>,
    now_ms: i64,
) -> Result<(), Error> {
    let mut rights = account.rights.clone();
    rights.sort_unstable();
    rights.dedup();
    let sql = "INSERT INTO service_account (id, name, token, prefix, body, rights, created_ms, created_by, expires_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    tx.execute(
        sql,
        params![
            id,
            account.name.trim(),
            Digest::of(&[token.as_bytes()]).0,
            account.scope.prefix(),
            account.scope.body_bytes(),
            rights.iter().map(|right| right.name()).collect::<Vec<_>>().join(" "),
            now_ms,
            by.map(|person| person.0),
            now_ms + i64::from(account.days) * DAY_MS,
        ],
    )?;
    audit::note(tx, Event::Account, &[&id], "made")
}

/// The accounts whose whole scope lies in this one, newest first.
pub(super) fn all(db: &Connection, within: &Scope) -> Result<Vec<AccountInfo>, Error> {
    let sql = "SELECT id, name, prefix, body, rights, expires_ms, revoked_ms, used_ms FROM service_account \
               ORDER BY created_ms DESC, id";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(AccountInfo {
            id: row.get(0)?,
            name: row.get(1)?,
            scope: scope(row, 2, 3)?,
            rights: read_rights(&row.get::<_, String>(4)?)?,
            expires_ms: row.get(5)?,
            revoked_ms: row.get(6)?,
            used_ms: row.get(7)?,
        });
    }
    found.retain(|account| within.holds(&account.scope));
    Ok(found)
}

/// Revokes an account within this scope; whether there was one.
pub(super) fn revoke(tx: &Tx<'_>, within: &Scope, id: &[u8; 16], now_ms: i64) -> Result<bool, Error> {
    if !all(tx, within)?.iter().any(|account| account.id == *id) {
        return Ok(false);
    }
    let sql = "UPDATE service_account SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL";
    if tx.execute(sql, params![id, now_ms])? > 0 {
        audit::note(tx, Event::Account, &[id], "revoked")?;
    }
    Ok(true)
}

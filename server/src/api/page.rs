//! `/admin/accounts`: an administrator makes and revokes tokens, within their own scope.

use super::account::{self, AccountInfo, NewAccount, Right};
use crate::page::view::Text;
use crate::page::words::{AccountWords, Words};
use crate::page::{Frame, address};
use crate::pages::Reader;
use crate::people::Role;
use crate::{App, Error, Scope};
use askama::Template;
use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use rusqlite::Connection;
use serde::Deserialize;
use wurao_protocol::{BodyId, PersonId};

/// The page and its forms.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(address::ADMIN_ACCOUNTS, get(show).post(make))
        .route(&format!("{}/{{account}}/revoke", address::ADMIN_ACCOUNTS), post(revoke))
}

/// What was typed, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    scope: String,
    body: String,
    days: String,
    #[serde(rename = "read-inspections")]
    read_inspections: Option<String>,
    #[serde(rename = "read-plan")]
    read_plan: Option<String>,
    #[serde(rename = "read-feedback-aggregates")]
    read_feedback_aggregates: Option<String>,
    #[serde(rename = "write-plan-drafts")]
    write_plan_drafts: Option<String>,
}

impl Typed {
    /// An empty form, for the administrator's own area.
    fn fresh(within: &Scope) -> Self {
        let body = within.body().map(|body| body.to_string()).unwrap_or_default();
        Self { scope: within.prefix().to_owned(), body, days: "365".to_owned(), ..Self::default() }
    }

    fn has(&self, right: Right) -> bool {
        let field = match right {
            Right::ReadInspections => &self.read_inspections,
            Right::ReadPlan => &self.read_plan,
            Right::ReadFeedbackAggregates => &self.read_feedback_aggregates,
            Right::WritePlanDrafts => &self.write_plan_drafts,
        };
        field.is_some()
    }

    /// The account that was asked for, or the code of what is wrong.
    fn account(&self, within: &Scope) -> Result<NewAccount, &'static str> {
        let scope = match self.body.as_str() {
            "" => Scope::new(self.scope.trim()),
            body => Scope::of_body(self.scope.trim(), body.parse().map_err(|_| "scope")?),
        };
        let rights = Right::ALL.into_iter().filter(|right| self.has(*right)).collect();
        let days = self.days.trim().parse().map_err(|_| "days")?;
        let account = NewAccount { name: self.name.clone(), scope, rights, days };
        if let Some((code, _)) = account.fault() {
            return Err(code);
        }
        // Nobody gives away what they do not see themselves.
        if within.holds(&account.scope) { Ok(account) } else { Err("scope") }
    }
}

struct View {
    accounts: Vec<AccountInfo>,
    bodies: Vec<(BodyId, Text)>,
    typed: Typed,
    fault: Option<&'static str>,
    token: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage<'a> {
    v: &'a View,
    f: &'a Frame,
    w: &'static Words,
    t: &'static AccountWords,
}

impl AccountsPage<'_> {
    fn id(&self, account: &AccountInfo) -> String {
        hex::encode(account.id)
    }

    fn rights(&self) -> [Right; 4] {
        Right::ALL
    }

    fn right(&self, right: &Right) -> &'static str {
        match right {
            Right::ReadInspections => self.t.read_inspections,
            Right::ReadPlan => self.t.read_plan,
            Right::ReadFeedbackAggregates => self.t.read_feedback_aggregates,
            Right::WritePlanDrafts => self.t.write_plan_drafts,
        }
    }

    fn chosen(&self, right: &Right) -> bool {
        self.v.typed.has(*right)
    }

    fn is_body(&self, body: &BodyId) -> bool {
        self.v.typed.body == body.to_string()
    }

    fn body_name(&self, account: &AccountInfo) -> Option<&str> {
        let id = account.scope.body()?;
        self.v.bodies.iter().find(|(body, _)| *body == id).map(|(_, name)| name.of(self.f.lang))
    }

    fn fault(&self, code: &str) -> &'static str {
        match code {
            "scope" => self.t.bad_scope,
            "rights" => self.t.bad_rights,
            "days" => self.t.bad_days,
            _ => self.t.bad_name,
        }
    }
}

async fn show(State(app): State<App>, reader: Reader) -> Response {
    let typed = match reader.may(Role::Administrator) {
        Ok(within) => Typed::fresh(&within),
        Err(refusal) => return refusal,
    };
    answer(&app, &reader, StatusCode::OK, typed, None, None).await
}

async fn make(State(app): State<App>, reader: Reader, Form(typed): Form<Typed>) -> Response {
    let within = match reader.may(Role::Administrator) {
        Ok(within) => within,
        Err(refusal) => return refusal,
    };
    let account = match typed.account(&within) {
        Ok(account) => account,
        Err(code) => return answer(&app, &reader, StatusCode::UNPROCESSABLE_ENTITY, typed, Some(code), None).await,
    };
    match add(&app, account, Some(reader.login.person)).await {
        Ok(token) => answer(&app, &reader, StatusCode::CREATED, Typed::fresh(&within), None, Some(token)).await,
        Err(error) => reader.failed(&error),
    }
}

async fn revoke(State(app): State<App>, reader: Reader, Path(id): Path<String>) -> Response {
    let within = match reader.may(Role::Administrator) {
        Ok(within) => within,
        Err(refusal) => return refusal,
    };
    let mut account = [0; 16];
    if hex::decode_to_slice(&id, &mut account).is_err() {
        return reader.not_found();
    }
    let now = app.now_ms();
    match app.store().write(move |tx| account::revoke(tx, &within, &account, now)).await {
        Ok(true) => Redirect::to(address::ADMIN_ACCOUNTS).into_response(),
        Ok(false) => reader.not_found(),
        Err(error) => reader.failed(&error),
    }
}

async fn add(app: &App, account: NewAccount, by: Option<PersonId>) -> Result<String, Error> {
    let (id, token, now) = (app.random()?, account::draw_token(app)?, app.now_ms());
    let shown = token.clone();
    app.store().write(move |tx| account::make(tx, id, &token, &account, by, now)).await?;
    Ok(shown)
}

async fn answer(
    app: &App,
    reader: &Reader,
    status: StatusCode,
    typed: Typed,
    fault: Option<&'static str>,
    token: Option<String>,
) -> Response {
    let within = match reader.may(Role::Administrator) {
        Ok(within) => within,
        Err(refusal) => return refusal,
    };
    let read = app.store().read(move |db| Ok((account::all(db, &within)?, bodies(db, &within)?))).await;
    match read {
        Ok((accounts, bodies)) => {
            let (v, f) = (View { accounts, bodies, typed, fault, token }, &reader.frame);
            reader.page(status, AccountsPage { v: &v, f, w: Words::of(f.lang), t: AccountWords::of(f.lang) }.render())
        }
        Err(error) => reader.failed(&error),
    }
}

/// The bodies whose work the administrator may give away.
fn bodies(db: &Connection, within: &Scope) -> Result<Vec<(BodyId, Text)>, Error> {
    let mut statement = db.prepare_cached("SELECT id, zh, en FROM body ORDER BY zh, id")?;
    let rows = statement.query_map([], |row| {
        let (zh, en): (String, String) = (row.get(1)?, row.get(2)?);
        Ok((BodyId(row.get(0)?), Text::new(zh, en)))
    })?;
    let mut bodies = rows.collect::<Result<Vec<_>, _>>()?;
    bodies.retain(|(body, _)| within.sees_body(body));
    Ok(bodies)
}

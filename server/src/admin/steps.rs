//! What is to be done until a first permit.

use super::form::administers;
use crate::page::address;
use crate::page::view::{StepRow, StepsView};
use crate::pages::Reader;
use crate::people::Role;
use crate::{App, Error, Scope};
use axum::extract::State;
use axum::response::Response;
use rusqlite::{Connection, params};

/// A step on the way from an empty server to a first permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// More divisions than the county itself.
    Divisions,
    /// More bodies than the administrator's own.
    Bodies,
    /// Somebody approves and somebody inspects.
    People,
    /// There is a site.
    Sites,
    /// There is a checklist.
    Checklist,
    /// A plan item was submitted.
    Item,
    /// A permit was made.
    Approval,
    /// A phone was let in.
    Phone,
}

pub(super) async fn show(State(app): State<App>, reader: Reader) -> Result<Response, Response> {
    let scope = administers(&reader)?;
    let plans = reader.login.may(Role::Planner).is_some();
    let view = app.store().read(move |db| view(db, &scope, plans)).await;
    Ok(reader.answer(view.map(Some), StepsView::render))
}

fn view(db: &Connection, scope: &Scope, plans: bool) -> Result<StepsView, Error> {
    let counts = |sql: &str, at_least: u32| -> Result<bool, Error> {
        let count: u32 = db.prepare_cached(sql)?.query_row(params![scope.prefix()], |row| row.get(0))?;
        Ok(count >= at_least)
    };
    let roles = "SELECT COUNT(DISTINCT g.role) FROM role_grant g JOIN person p ON p.id = g.person \
                 WHERE g.role IN ('approver', 'inspector', 'planner') AND p.disabled_ms IS NULL \
                 AND substr(g.prefix, 1, length(?1)) = ?1";
    let step = |kind, done, href| StepRow { kind, done, href };
    let divisions = "SELECT COUNT(*) FROM division WHERE substr(code, 1, length(?1)) = ?1";
    let sites = "SELECT COUNT(*) FROM site WHERE substr(division, 1, length(?1)) = ?1";
    let items = "SELECT COUNT(*) FROM plan_item WHERE number IS NOT NULL AND substr(division, 1, length(?1)) = ?1";
    let permits = "SELECT COUNT(*) FROM inspection i JOIN site s ON s.id = i.site \
                   WHERE substr(s.division, 1, length(?1)) = ?1";
    let phones = "SELECT COUNT(*) FROM device_person d JOIN role_grant g ON g.person = d.person \
                  WHERE g.role = 'inspector' AND substr(g.prefix, 1, length(?1)) = ?1";
    let own = |href| plans.then_some(href);
    Ok(StepsView {
        steps: vec![
            step(StepKind::Divisions, counts(divisions, 2)?, Some(address::ADMIN_DIVISIONS)),
            step(StepKind::Bodies, counts("SELECT COUNT(*) FROM body WHERE ?1 = ?1", 2)?, Some(address::ADMIN_BODIES)),
            step(StepKind::People, counts(roles, 3)?, Some(address::ADMIN_PEOPLE)),
            step(StepKind::Sites, counts(sites, 1)?, Some(address::ADMIN_SITES)),
            step(
                StepKind::Checklist,
                counts("SELECT COUNT(*) FROM checklist WHERE ?1 = ?1", 1)?,
                Some(address::ADMIN_CHECKLISTS),
            ),
            step(StepKind::Item, counts(items, 1)?, own("/plan")),
            step(StepKind::Approval, counts(permits, 1)?, None),
            step(StepKind::Phone, counts(phones, 1)?, Some(address::PHONES)),
        ],
    })
}

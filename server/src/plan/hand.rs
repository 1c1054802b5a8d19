//! Who does something to the plan, and whether they may.

use super::fault::PlanFault;
use super::item::{Deed, Item};
use super::read::{self, Sight};
use crate::people::Login;
use crate::{Error, Role, Scope};
use rusqlite::{Connection, params};
use wurao_protocol::{BodyId, PersonId, PlanItemId, Problem};

/// Somebody with all they may do to the plan, at a moment.
#[derive(Clone, Debug)]
pub struct Hand {
    /// Who.
    pub person: PersonId,
    /// The body they work for.
    pub body: BodyId,
    /// What they see.
    pub sight: Sight,
    /// Where they approve.
    pub approves: Option<Scope>,
    /// When.
    pub now_ms: i64,
}

impl Hand {
    /// Of somebody signed in.
    #[must_use]
    pub fn of(login: &Login, now_ms: i64) -> Self {
        Self {
            person: login.person,
            body: login.body,
            sight: Sight { reads: login.reads(), plans: login.may(Role::Planner) },
            approves: login.may(Role::Approver),
            now_ms,
        }
    }

    /// The body they plan for: that of their role, else their own.
    #[must_use]
    pub fn plans_for(&self) -> BodyId {
        self.sight.plans.as_ref().and_then(Scope::body).unwrap_or(self.body)
    }

    /// Whether they may write the item, its state aside.
    #[must_use]
    pub fn may_plan(&self, item: &Item) -> bool {
        self.sight.plans.as_ref().is_some_and(|scope| scope.sees_body(&item.body) && scope.sees(&item.division))
    }

    /// Whether they may decide on the item, its state and who submitted it aside: all its sites must be theirs to decide
    /// on. The item must be whole.
    #[must_use]
    pub fn may_approve(&self, item: &Item) -> bool {
        let covers =
            |scope: &Scope| scope.sees_body(&item.body) && item.sites.iter().all(|site| scope.sees(&site.division));
        self.approves.as_ref().is_some_and(covers)
    }

    /// The item, whole, when they see it.
    pub(super) fn seen(&self, db: &Connection, id: &PlanItemId) -> Result<Item, Error> {
        match read::item(db, &self.sight, id)? {
            Some(_) => read::whole(db, id),
            None => Err(Error::refused(Problem::NotFound, "plan item")),
        }
    }

    /// The item, whole, when they may write it.
    pub(super) fn planned(&self, db: &Connection, id: &PlanItemId) -> Result<Item, Error> {
        let item = self.seen(db, id)?;
        if self.may_plan(&item) { Ok(item) } else { Err(Error::refused(Problem::Forbidden, "planner")) }
    }

    /// The item, whole, when they may decide on it.
    pub(super) fn decided(&self, db: &Connection, id: &PlanItemId) -> Result<Item, Error> {
        let item = self.seen(db, id)?;
        if self.may_approve(&item) { Ok(item) } else { Err(Error::refused(Problem::Forbidden, "approver")) }
    }

    /// What stands against deciding on an item that was handed in.
    pub(super) fn against(&self, db: &Connection, item: &Item, version: i64) -> Result<Vec<PlanFault>, Error> {
        let mut faults = Vec::new();
        if item.state != super::ItemState::Submitted {
            faults.push(PlanFault::State(item.state));
        } else if item.version != version {
            faults.push(PlanFault::Changed);
        }
        if self.submitted(db, item)? {
            faults.push(PlanFault::Own);
        }
        Ok(faults)
    }

    /// Whether they drafted, wrote or submitted the item, or one that was merged into it: its visits are decided on too.
    /// A colleague who presses the button makes it nobody else's work.
    pub(super) fn submitted(&self, db: &Connection, item: &Item) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM plan_step WHERE person = ?2 AND deed IN (?3, ?4, ?5) \
                   AND (item = ?1 OR item IN (SELECT other FROM plan_joint WHERE item = ?1))";
        let [drafted, edited, submitted] = [Deed::Drafted, Deed::Edited, Deed::Submitted].map(|deed| deed.name());
        let values = params![item.id.0, self.person.0, drafted, edited, submitted];
        Ok(db.prepare_cached(sql)?.exists(values)?)
    }
}

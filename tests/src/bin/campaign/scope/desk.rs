//! The plan: items of each village in every state, as planners and approvers bring them there.

use super::mark::For;
use super::tree::{BODIES, Tree, bytes, id};
use rand::Rng;
use wurao_protocol::{BodyId, Digest, PersonId, PlanItemId, SiteId, Words};
use wurao_server::plan::merge::{Merge, merge};
use wurao_server::plan::{Content, Hand, ItemKind, Level, Outcome, Period, Sight, approve, draft};
use wurao_server::store::Tx;
use wurao_server::{Error, Keys, Scope, SystemRandom};
use wurao_tests::Trouble;

/// The county's day now.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date()
}

/// The plan's year.
pub(super) fn year() -> i16 {
    today().year()
}

/// What becomes of an item, and the words of whoever does it.
struct Fate {
    id: PlanItemId,
    name: &'static str,
    body: usize,
    person: &'static str,
    text: String,
    said: String,
}

/// Drafts, submits, returns, takes back, withdraws and merges items of every village.
pub(super) fn plan(tree: &mut Tree) -> Result<(), Trouble> {
    for at in 0..tree.villages.len() {
        let (shared, body) = (tree.villages[at].shared, tree.villages[at].body);
        let names: &[(&'static str, usize, &'static str)] = &[
            ("draft", body, "11"),
            ("submitted", body, "11"),
            ("returned", body, "11"),
            ("taken", body, "11"),
            ("withdrawn", body, "11"),
            ("mine", body, "11"),
            ("theirs", 1 - body, "12"),
        ];
        let names = if shared { names } else { &names[..5] };
        let mut fates = Vec::new();
        for (name, body, person) in names {
            let fresh: [u8; 16] = tree.random.random();
            let text = format!("QPlan{name}{at}q");
            let said = format!("QSaid{name}{at}q");
            let (of_body, whom) = (!shared, if *name == "draft" { For::Planners } else { For::Readers });
            tree.mark(if *name == "draft" { "draft" } else { "plan item" }, &text, at, of_body, whom);
            if matches!(*name, "returned" | "taken" | "withdrawn" | "mine") {
                tree.mark("plan item", &said, at, of_body, For::Readers);
            }
            tree.items.push((PlanItemId(fresh).to_string(), at, *name));
            fates.push(Fate { id: PlanItemId(fresh), name, body: *body, person, text, said });
        }
        let village = &tree.villages[at];
        // Planned where the village lies now; its inspectors work in the whole county.
        let (county, site) = (village.division[..6].to_owned(), SiteId(bytes(&id("51", at))?));
        let person = |kind: &str| Ok::<_, Trouble>(PersonId(bytes(&id(kind, at))?));
        let (own, other) = (person("11")?, person("12")?);
        let bodies = [BodyId(bytes(&id(BODIES[0], 0))?), BodyId(bytes(&id(BODIES[1], 0))?)];
        let done = tree.write(move |tx, keys, now| {
            let world = World { tx, keys, now, county: &county, site, bodies };
            let mut faults = Vec::new();
            for fate in &fates {
                faults.extend(world.bring(fate, if fate.person == "11" { own } else { other })?);
            }
            faults.extend(world.join(&fates)?);
            Ok(faults)
        })?;
        if !done.is_empty() {
            return Err(Trouble::new("plan", done.join("; ")));
        }
    }
    Ok(())
}

struct World<'a> {
    tx: &'a Tx<'a>,
    keys: &'a Keys,
    now: i64,
    county: &'a str,
    site: SiteId,
    bodies: [BodyId; 2],
}

fn faults(outcome: Outcome<()>) -> Result<Vec<String>, Error> {
    Ok(outcome?.err().into_iter().flatten().map(|fault| fault.code()).collect())
}

impl World<'_> {
    fn planner(&self, person: PersonId, body: usize) -> Hand {
        let scope = Scope::of_body(self.county, self.bodies[body]);
        let sight = Sight { reads: scope.clone(), plans: Some(scope) };
        Hand { person, body: self.bodies[body], sight, approves: None, now_ms: self.now }
    }

    /// The one who sees everything decides.
    fn approver(&self) -> Hand {
        let sight = Sight { reads: Scope::new(""), plans: None };
        let person = PersonId([0x14; 16]);
        Hand { person, body: self.bodies[0], sight, approves: Some(Scope::new("")), now_ms: self.now }
    }

    fn version(&self, id: &PlanItemId) -> Result<i64, Error> {
        Ok(self.tx.query_row("SELECT version FROM plan_item WHERE id = ?1", [id.0], |row| row.get(0))?)
    }

    fn bring(&self, fate: &Fate, person: PersonId) -> Result<Vec<String>, Error> {
        let (planner, approver, id) = (self.planner(person, fate.body), self.approver(), &fate.id);
        let checklist = self.tx.query_row("SELECT hash FROM checklist", [], |row| row.get(0))?;
        // Days since 1970, in the county's zone; within the year, for items of the last day of one too.
        let day = i32::try_from((self.now / 1000 + 8 * 3600) / 86_400).unwrap_or_default();
        let content = Content {
            year: u16::try_from(year()).unwrap_or_default(),
            kind: ItemKind::Plan,
            reason: String::new(),
            level: Level::County,
            purpose: Words::new(&fate.text, &fate.text),
            sites: vec![self.site],
            period: Some(Period { from: day, to: day }),
            checklist: Some(Digest(checklist)),
            team: vec![person],
            minutes: Some(60),
        };
        let mut faults = faults_of([draft::draft(self.tx, &planner, *id, &content)])?;
        if fate.name == "draft" {
            return Ok(faults);
        }
        faults.extend(faults_of([draft::submit(self.tx, &planner, id, self.version(id)?)])?);
        let version = self.version(id)?;
        faults.extend(faults_of(match fate.name {
            "returned" => vec![approve::send_back(self.tx, &approver, id, version, &fate.said)],
            "taken" => vec![draft::take_back(self.tx, &planner, id, &fate.said)],
            "withdrawn" => vec![
                approve::approve(self.tx, self.keys, &SystemRandom, &approver, id, version, "no base"),
                approve::withdraw(self.tx, self.keys, &approver, id, None, &fate.said),
            ],
            _ => Vec::new(),
        })?);
        Ok(faults)
    }

    /// The two bodies' visits become one.
    fn join(&self, fates: &[Fate]) -> Result<Vec<String>, Error> {
        let find = |name: &str| fates.iter().find(|fate| fate.name == name);
        let (Some(mine), Some(theirs)) = (find("mine"), find("theirs")) else { return Ok(Vec::new()) };
        let sql = "SELECT from_day, to_day, checklist FROM plan_item WHERE id = ?1";
        let (from, to, checklist) =
            self.tx.query_row(sql, [mine.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let how = Merge {
            into: mine.id,
            version: self.version(&mine.id)?,
            other: theirs.id,
            other_version: self.version(&theirs.id)?,
            period: Period { from, to },
            checklist: Digest(checklist),
        };
        let approver = self.approver();
        let mut all = faults(merge(self.tx, &approver, &how))?;
        let version = self.version(&mine.id)?;
        let approved = approve::approve(self.tx, self.keys, &SystemRandom, &approver, &mine.id, version, &mine.said);
        all.extend(faults(approved)?);
        Ok(all)
    }
}

fn faults_of(outcomes: impl IntoIterator<Item = Outcome<()>>) -> Result<Vec<String>, Error> {
    let mut all = Vec::new();
    for outcome in outcomes {
        all.extend(faults(outcome)?);
    }
    Ok(all)
}

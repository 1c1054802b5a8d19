//! Other people are to make a visit: its permit is withdrawn, whatever its people are doing meanwhile and wherever they are, and
//! another is issued for the same village, to one of them and to somebody from elsewhere.

use super::template::{self, ALL, TEAM, id};
use super::world::{World, look, permit};
use super::{desk::Desk, play};
use crate::{Doing, Trouble};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use wurao_protocol::{DocumentId, PermitId};

/// In one world of how many it happens, and in which of them.
const ONE_IN: (u64, u64) = (8, 3);
/// The permit of the visit that others make, and its item, as numbers of the county.
const ANEW: usize = template::VISITS + 1;
/// Why somebody may not begin: what they have heard, or what their clock says.
const REFUSED: [&str; 8] =
    ["device-revoked", "has-left", "closed", "clock-doubtful", "trust-old", "not-yet", "expired", "revoked"];

/// What is to happen, and what has happened of it.
pub(super) struct Reassigned {
    /// Its own, so that other worlds are as they were before there was this.
    chance: StdRng,
    /// Which visit of the team, counted from one.
    visit: usize,
    /// After how many events.
    at: usize,
    /// Who makes it then.
    pub(super) team: [usize; 2],
    /// The other visit's document, once its permit is issued.
    pub(super) document: Option<DocumentId>,
}

impl Reassigned {
    /// Of a world, if it happens there.
    pub(super) fn of(seed: u64) -> Option<Self> {
        if seed % ONE_IN.0 != ONE_IN.1 {
            return None;
        }
        let mut chance = StdRng::seed_from_u64(seed ^ 0x7265_6173_7369_676e);
        let visit = chance.random_range(1..template::VISITS);
        let at = chance.random_range(5..30);
        let team = [chance.random_range(0..TEAM), ALL - 1];
        Some(Self { chance, visit, at, team, document: None })
    }
}

/// After an event: the visit is given to others when it is time to, and one of them may begin it.
pub(super) fn now_and_then(world: &mut World, event: usize) -> Result<(), Trouble> {
    let Some(mut it) = world.reassigned.take() else { return Ok(()) };
    let done = step(world, &mut it, event);
    world.reassigned = Some(it);
    done
}

/// Whoever looks after the plan does it again: a server that was brought back may have forgotten. To another it says nothing new.
pub(super) fn again(world: &mut World) -> Result<(), Trouble> {
    let Some(it) = world.reassigned.take() else { return Ok(()) };
    let done = if it.document.is_some() { give(world, &it).map(|_| ()) } else { Ok(()) };
    world.reassigned = Some(it);
    done
}

fn step(world: &mut World, it: &mut Reassigned, event: usize) -> Result<(), Trouble> {
    if event == it.at {
        it.document = Some(give(world, it)?);
    } else if event > it.at {
        if it.chance.random_ratio(1, 20) {
            give(world, it)?;
        }
        let n = it.chance.random_range(0..world.phones.len());
        if it.team.contains(&world.phones[n].person) {
            begin(world, n, permit(ANEW))?;
        }
    }
    Ok(())
}

fn give(world: &mut World, it: &Reassigned) -> Result<DocumentId, Trouble> {
    withdraw(world, it.visit)?;
    issue(world, it)
}

/// At the page of the plan item.
fn withdraw(world: &mut World, visit: usize) -> Result<(), Trouble> {
    let net = world.net.clone();
    let Some((boss, _)) = &mut world.desks else { return Ok(()) };
    let (path, site) = (format!("/plan/items/{}/withdraw", id("a1", 1)), id("51", visit));
    let taken = Desk::post(boss, &net, &path, &[("site", site.as_str()), ("comment", "simulated")])?;
    world.trace.note(&format!("visit {visit} is withdrawn: {taken}"));
    Ok(())
}

/// As the administrator loads a county that has grown by an item: what is there already stays as it is.
fn issue(world: &mut World, it: &Reassigned) -> Result<DocumentId, Trouble> {
    let mut county = template::text();
    let team: Vec<_> = it.team.iter().map(|n| id("11", n + 1)).collect();
    let (item, site) = (id("a1", ANEW), id("51", it.visit));
    let mut planned = county["plan"][0].clone();
    (planned["id"], planned["sites"], planned["team"]) = (json!(item), json!([site]), json!(team));
    let days = json!({"id": id("c1", ANEW), "plan_item": item, "site": site, "from": "today", "to": "today+40"});
    for (list, entry) in [("plan", planned), ("permits", days)] {
        county[list].as_array_mut().ok_or_else(|| Trouble::new("read the county", list))?.push(entry);
    }
    let file = world.folder.join("county-anew.json");
    std::fs::write(&file, county.to_string()).doing("write the county")?;
    let app = world.app.as_ref().ok_or_else(|| Trouble::new("find the server", "it is down"))?;
    let added = wurao_server::county::load(app, &file).doing("load the county")?.added;
    world.trace.note(&format!("visit {} is for {:?} now: {added}", it.visit, it.team));
    let sql = "SELECT document FROM inspection WHERE permit = ?1";
    let found = look(&world.server_store())?.query_row(sql, [permit(ANEW).0], |row| row.get(0));
    found.map(DocumentId).doing("look for a visit")
}

/// A phone that has heard of a permit begins its visit, unless it has.
pub(super) fn begin(world: &mut World, n: usize, permit: PermitId) -> Result<(), Trouble> {
    let work = world.phone(n)?.work().doing("list the work")?;
    let Some(item) = work.iter().find(|item| item.permit == permit) else { return Ok(()) };
    let db = look(&world.phone_store(n))?;
    let sql = "SELECT count(*) FROM document WHERE id = ?1 AND started_ms IS NOT NULL";
    let is_begun: bool = db.query_row(sql, [item.document.0], |row| row.get(0)).doing("look into a store")?;
    if is_begun {
        return Ok(());
    }
    let before = play::last(world, n)?;
    let begun = world.phone(n)?.start(permit);
    world.trace.note(&format!("phone {n} begins a visit: {:?}", begun.as_ref().map_err(|e| e.code())));
    match begun {
        Ok(_) => play::remember(world, n, before),
        Err(error) if REFUSED.contains(&error.code()) => Ok(()),
        Err(error) => Err(error).doing("begin a visit"),
    }
}

//! After the visit: two days in which each phone syncs at some moments, and then what must hold.

use super::Visit;
use super::day::{leave, sync};
use super::team::{Breaks, HOUR_MS, Leaves, Team};
use crate::sim::world::{World, look};
use crate::sim::{check, machines, play};
use crate::{Doing, Trouble};

/// How long after a visit everything has been sent.
const TWO_DAYS_MS: i64 = 48 * HOUR_MS;
/// After this much more it is closed, whoever has not left.
const TEN_DAYS_MS: i64 = 10 * 24 * HOUR_MS;

/// Each phone is taken out a few times.
pub(super) fn two_days(world: &mut World, team: &mut Team, visit: &mut Visit) -> Result<(), Trouble> {
    let began = world.clock.now();
    let mut moments: Vec<(i64, usize)> = Vec::new();
    for n in team.phones(world) {
        for _ in 0..1 + world.draw(4) {
            moments.push((began + world.draw(TWO_DAYS_MS as usize) as i64, world.phones[n].person));
        }
    }
    moments.sort_unstable();
    for (at_ms, person) in moments {
        let Some(n) = world.phones.iter().position(|one| one.person == person) else { continue };
        world.clock.pass((at_ms - world.clock.now()).max(0));
        team.set_clocks(world);
        if team.of(world, n).breaks == Some(Breaks::Afterwards) && world.happens(50) {
            team.breaks(world, n, visit)?;
            continue;
        }
        match world.draw(10) {
            0..=3 => machines::reopen(world, n)?,
            4 => machines::kill(world, n)?,
            _ => {}
        }
        if team.of(world, n).leaves == Leaves::Later {
            leave(world, n)?;
        }
        sync(world, team, n)?;
    }
    world.clock.pass((began + TWO_DAYS_MS - world.clock.now()).max(0));
    team.break_all(world, Breaks::Afterwards, visit)?;
    for one in &mut world.phones {
        one.trouble = 0;
    }
    for request in std::mem::take(&mut world.late) {
        drop(crate::sim::talk::arrived(world, &request, None));
    }
    settle(world, team, visit)?;
    if is_closed(world)? {
        visit.count("visits closed by who left");
    }
    Ok(())
}

/// All of it is there, nobody has to decide anything, and whoever has not left keeps no visit open for ever.
pub(super) fn the_end(world: &mut World, team: &Team, visit: &mut Visit) -> Result<(), Trouble> {
    check::lost(world, &mut visit.lost)?;
    check::photos(world, &mut visit.lost)?;
    held(world, visit)?;
    world.clock.pass(TEN_DAYS_MS);
    settle(world, team, visit)?;
    held(world, visit)?;
    if !is_closed(world)? {
        visit.wrong.push("the visit is open for ever".to_owned());
    }
    check::lost(world, &mut visit.lost)?;
    check::sound(world, &mut visit.wrong)?;
    for n in team.phones(world).into_iter().take(1) {
        let open = play::conflicts(world, n, world.documents[0])?.len() as u64;
        *visit.counts.entry("questions answered differently").or_default() += open;
    }
    Ok(())
}

fn settle(world: &mut World, team: &Team, visit: &mut Visit) -> Result<(), Trouble> {
    team.set_clocks(world);
    check::settle(world, &mut visit.wrong)
}

/// What waits for a person's decision.
fn held(world: &World, visit: &mut Visit) -> Result<(), Trouble> {
    let db = look(&world.server_store())?;
    let sql = "SELECT what || ' ' || coalesce(problem, ''), count(*) FROM ( \
               SELECT 'change' AS what, problem FROM change WHERE state = 'held' \
               UNION ALL SELECT 'leave', problem FROM leave WHERE held = 1 \
               UNION ALL SELECT 'photo', problem FROM evidence WHERE held = 1) GROUP BY 1";
    let mut statement = db.prepare(sql).doing("look for held work")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).doing("look for held work")?;
    for row in rows {
        let (what, many): (String, i64) = row.doing("look for held work")?;
        visit.supervised.push(format!("{many} held: {what}"));
    }
    Ok(())
}

fn is_closed(world: &World) -> Result<bool, Trouble> {
    let sql = "SELECT closed_ms IS NOT NULL FROM inspection WHERE document = ?1";
    look(&world.server_store())?.query_row(sql, [world.documents[0].0], |row| row.get(0)).doing("look for a visit")
}

//! Who comes, what their phones are like, and how one of those breaks.

use super::Visit;
use crate::sim::check::photos_at_server;
use crate::sim::machines;
use crate::sim::template::{ALL, MORNING_MS, TEAM, URL, code};
use crate::sim::world::{One, World, changes};
use crate::{Doing, Trouble};

pub(super) const HOUR_MS: i64 = 3_600_000;

/// Everybody with a phone: the team, then the colleague of another team who judges what it shows.
pub(super) struct Team {
    members: Vec<Member>,
    /// The most that a clock is off.
    most_ms: i64,
}

/// One of them.
pub(super) struct Member {
    off_ms: i64,
    /// What is added to that each hour, until it is the most that there is.
    drift_ms: i64,
    pub(super) comes: bool,
    /// Whether there is a network where they stand.
    pub(super) network: bool,
    pub(super) leaves: Leaves,
    pub(super) breaks: Option<Breaks>,
}

/// When somebody says that they are done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    There,
    /// When they next take the phone out to sync.
    Later,
    Never,
}

/// When a phone breaks, with all that is on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    InVisit,
    Afterwards,
}

impl Team {
    pub(super) fn drawn(world: &mut World, most_ms: i64, visit: &mut Visit) -> Self {
        let members = (0..ALL).map(|n| Member::drawn(world, n, most_ms, visit)).collect();
        let team = Self { members, most_ms };
        team.set_clocks(world);
        team
    }

    /// The member whose phone this is.
    pub(super) fn of(&self, world: &World, n: usize) -> &Member {
        &self.members[world.phones[n].person]
    }

    /// Every clock shows what it shows by now.
    pub(super) fn set_clocks(&self, world: &World) {
        let hours = (world.clock.now() - MORNING_MS) / HOUR_MS;
        for (n, one) in world.phones.iter().enumerate() {
            let member = self.of(world, n);
            one.clock.is_off_by((member.off_ms + member.drift_ms * hours).clamp(-self.most_ms, self.most_ms));
        }
    }

    /// A phone sees a network. Some set their clocks by it, in the middle of whatever their people do.
    pub(super) fn sees_network(&mut self, world: &mut World, n: usize) {
        if world.happens(20) {
            let member = &mut self.members[world.phones[n].person];
            (member.off_ms, member.drift_ms) = (0, 0);
            self.set_clocks(world);
        }
    }

    /// The phones of the visit that are still there.
    pub(super) fn phones(&self, world: &World) -> Vec<usize> {
        (0..world.phones.len()).filter(|n| world.phones[*n].person < TEAM).collect()
    }

    /// What should have broken by now does.
    pub(super) fn break_all(&mut self, world: &mut World, when: Breaks, visit: &mut Visit) -> Result<(), Trouble> {
        while let Some(n) = self.phones(world).into_iter().find(|n| self.of(world, *n).breaks == Some(when)) {
            self.breaks(world, n, visit)?;
        }
        Ok(())
    }

    /// What their phone has not sent is gone with it; half of the time somebody gives them another, with nothing on it.
    pub(super) fn breaks(&mut self, world: &mut World, n: usize, visit: &mut Visit) -> Result<(), Trouble> {
        let store = world.phone_store(n);
        let one = world.phones.remove(n);
        world.trace.note(&format!("the phone of {} breaks", one.person));
        visit.count("phones broken");
        self.members[one.person].breaks = None;
        drop(one.phone);
        let held = changes(&store, "WHERE standing <> 'received'")?;
        machines::note_gone(world, held)?;
        let sent = photos_at_server(world)?;
        world.photos.retain(|(person, document, original)| {
            *person != one.person || sent.contains(&(*document, original.clone()))
        });
        if !world.happens(50) {
            return Ok(());
        }
        visit.count("phones replaced");
        let folder = machines::fresh(world, "another")?;
        std::fs::create_dir_all(&folder).doing("make a folder")?;
        world.phones.push(One::of(one.person, folder, [100 + one.person as u8; 32], &world.clock));
        self.set_clocks(world);
        let n = world.phones.len() - 1;
        world.open_phone(n)?;
        world.phone(n)?.enrol(URL, &code(ALL + one.person), "another phone").doing("let another phone in")?;
        world.sync(n)?.doing("sync another phone at first").map(|_| ())
    }
}

impl Member {
    fn drawn(world: &mut World, n: usize, most_ms: i64, visit: &mut Visit) -> Self {
        let off_ms = match world.draw(10) {
            0 => most_ms,
            1 => -most_ms,
            _ => world.draw(2 * most_ms as usize) as i64 - most_ms,
        };
        let drift_ms = if world.happens(30) { world.draw(40_000) as i64 - 20_000 } else { 0 };
        let comes = world.happens(90);
        let network = world.happens(40);
        let leaves = match world.draw(10) {
            0 => Leaves::Never,
            1 | 2 => Leaves::Later,
            _ => Leaves::There,
        };
        let breaks = match world.draw(20) {
            0 => Some(Breaks::InVisit),
            1 => Some(Breaks::Afterwards),
            _ => None,
        };
        if n < TEAM {
            visit.count(if comes { "people who came" } else { "people who did not come" });
            visit.count(if network { "phones with a network there" } else { "phones without" });
        }
        Self { off_ms, drift_ms, comes, network, leaves, breaks }
    }
}

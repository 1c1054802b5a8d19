//! What each seed begins with: a server, a phone that is let in and has its work, a colleague who is at it already.

use super::county::{load_third, permit};
use super::known::Planned;
use super::world::{phone_at, sync};
use crate::compare::sha256;
use crate::sim::{self, Clock, Door, MORNING_MS, URL};
use crate::{Doing, Trouble};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Runtime;
use wurao_evidence::sample::{SampleSpec, camera_jpeg};
use wurao_server::{App, router};

/// The phone that has its work, by the number of its owner in the team.
pub(super) const READY: usize = 0;
/// The colleague's.
pub(super) const COLLEAGUE: usize = 1;
/// The phone that was not let in yet.
pub(super) const FRESH: usize = 2;
/// How many photos there are to attach.
const PHOTOS: u64 = 4;

/// The folders that are copied, and what is known of them.
pub struct Base {
    folder: tempfile::TempDir,
    pub(super) visits: Vec<Planned>,
    pub(super) photos: Vec<Photo>,
    pub(super) runtime: Arc<Runtime>,
}

/// A photo to attach.
pub(super) struct Photo {
    pub(super) path: PathBuf,
    /// In hex.
    pub(super) sha256: String,
}

impl Base {
    /// Makes it, in memory where the system has a place for that.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> Result<Self, Trouble> {
        let folder = sim::folder()?;
        sim::county_server(folder.path())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("make a runtime")?;
        let mut base = Self { folder, visits: Vec::new(), photos: Vec::new(), runtime: runtime.into() };
        base.let_in()?;
        base.draw_photos()?;
        Ok(base)
    }

    /// The folder that a seed copies.
    pub(super) fn of(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn let_in(&mut self) -> Result<(), Trouble> {
        let (clock, door) = (Clock::at(MORNING_MS), Door::default());
        let app = App::open(sim::config(&self.of("server"), clock.clone(), 1)).doing("open the server")?;
        load_third(&app, self.folder.path())?;
        door.opens(Some(router(app)));
        for number in [READY, COLLEAGUE] {
            let way = (door.clone(), Arc::clone(&self.runtime), Arc::default());
            let phone = phone_at(&self.of(&phone_name(number)), number, 1, &clock, way, Arc::default())
                .doing("open a phone")?;
            phone.enrol(URL, &sim::code(number), "phone").doing("let a phone in")?;
            sync(&phone).doing("sync at first")?;
            if number == READY {
                self.visits = phone.work().doing("list the work")?.iter().map(Planned::of).collect();
                continue;
            }
            phone.start(self.shared()?.permit).doing("start a visit")?;
            sync(&phone).doing("sync at first")?;
        }
        Ok(())
    }

    /// The visit that the colleague works on too.
    pub(super) fn shared(&self) -> Result<Planned, Trouble> {
        let shared = self.visits.iter().find(|visit| visit.permit == permit(2));
        shared.copied().ok_or_else(|| Trouble::new("find a visit", "it is not there"))
    }

    fn draw_photos(&mut self) -> Result<(), Trouble> {
        for seed in 0..PHOTOS {
            let spec = SampleSpec { seed, width: 32, height: 24, ..SampleSpec::default() };
            let (path, jpeg) = (self.of(&format!("{seed}.jpg")), camera_jpeg(&spec).doing("draw a photo")?);
            std::fs::write(&path, &jpeg).doing("write a photo")?;
            self.photos.push(Photo { path, sha256: sha256(&jpeg) });
        }
        Ok(())
    }
}

/// The folder of a phone.
pub(super) fn phone_name(number: usize) -> String {
    format!("phone-{number}")
}

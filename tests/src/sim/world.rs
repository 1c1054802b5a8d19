//! What there is: a server, phones, their backups, and what everybody was told.

use super::chance::{Clock, Seeded};
use super::template::{self, MORNING_MS, TEAM, Template, URL, code};
use super::wire::{Door, Wire};
use crate::{Doing, Trouble};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use wurao_device::{Phone, Ports, Settings};
use wurao_protocol::key::SoftwareKey;
use wurao_protocol::{DocumentId, PermitId};
use wurao_server::{App, router};

/// The world of one seed.
pub struct World {
    pub(super) seed: u64,
    pub(super) chance: StdRng,
    pub(super) clock: Clock,
    pub(super) door: Door,
    pub(super) runtime: Arc<tokio::runtime::Runtime>,
    pub(super) app: Option<App>,
    pub(super) phones: Vec<One>,
    /// How often the server was opened: each opening draws its own chance.
    openings: u64,
    /// A backup of the server's data, when one was made.
    pub(super) backup: Option<PathBuf>,
    /// Changes that a person was told are saved and that no machine holds any more, by what was done to machines.
    pub(super) gone: BTreeSet<[u8; 32]>,
    /// Changes that somebody was told are saved.
    pub(super) saved: BTreeSet<[u8; 32]>,
    /// The documents of the two visits.
    pub(super) documents: Vec<DocumentId>,
    _folder: tempfile::TempDir,
    pub(super) folder: PathBuf,
}

/// One phone.
pub(super) struct One {
    pub(super) folder: PathBuf,
    pub(super) phone: Option<Phone>,
    pub(super) clock: Clock,
    key: [u8; 32],
    trouble: Arc<Mutex<u32>>,
    openings: u64,
    /// A backup of its folder, when one was made.
    pub(super) backup: Option<PathBuf>,
    pub(super) left: BTreeSet<DocumentId>,
}

impl World {
    /// A fresh copy of the template with its phones let in.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(template: &Template, seed: u64) -> Result<Self, Trouble> {
        let holder = template::folder()?;
        let folder = holder.path().to_owned();
        copy(&template.server(), &folder.join("server"))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("make a runtime")?;
        let clock = Clock::at(MORNING_MS);
        let mut world = Self {
            seed,
            chance: StdRng::seed_from_u64(seed),
            clock,
            door: Door::default(),
            runtime: Arc::new(runtime),
            app: None,
            phones: Vec::new(),
            openings: 0,
            backup: None,
            gone: BTreeSet::new(),
            saved: BTreeSet::new(),
            documents: Vec::new(),
            _folder: holder,
            folder,
        };
        world.start_server()?;
        for n in 0..TEAM {
            let key = [n as u8 + 1; 32];
            let folder = world.folder.join(format!("phone-{n}"));
            let clock = world.clock.another();
            let one = One {
                folder,
                phone: None,
                clock,
                key,
                trouble: Arc::default(),
                openings: 0,
                backup: None,
                left: BTreeSet::new(),
            };
            world.phones.push(one);
            world.open(n)?;
            world.phone(n)?.enrol(URL, &code(n), "phone").doing("let a phone in")?;
            world.sync(n).doing("sync at first")?;
        }
        for n in 1..=2_u8 {
            let mut permit = [0; 16];
            (permit[0], permit[15]) = (0xc1, n);
            let work = world.phone(0)?.work().doing("list the work")?;
            let item = work.iter().find(|item| item.permit == PermitId(permit));
            let item = item.ok_or_else(|| Trouble::new("find a visit", "it is not there"))?;
            world.documents.push(item.document);
            for phone in 0..TEAM {
                world.phone(phone)?.start(PermitId(permit)).doing("start a visit")?;
            }
        }
        Ok(world)
    }

    pub(super) fn phone(&self, n: usize) -> Result<&Phone, Trouble> {
        self.phones[n].phone.as_ref().ok_or_else(|| Trouble::new("find a phone", "it is closed"))
    }

    pub(super) fn start_server(&mut self) -> Result<(), Trouble> {
        self.openings += 1;
        let seed = self.seed.wrapping_mul(1000) + self.openings;
        let config = template::config(&self.folder.join("server"), self.clock.another(), seed);
        let app = App::open(config).doing("open the server")?;
        self.door.opens(Some(router(app.clone())));
        self.app = Some(app);
        Ok(())
    }

    pub(super) fn stop_server(&mut self) {
        self.door.opens(None);
        self.app = None;
    }

    /// Opens a phone; each opening draws its own chance.
    pub(super) fn open(&mut self, n: usize) -> Result<(), Trouble> {
        let one = &mut self.phones[n];
        one.openings += 1;
        let seed = self.seed.wrapping_mul(7919) + (n as u64) * 1000 + one.openings;
        let wire = Wire {
            door: self.door.clone(),
            runtime: Arc::clone(&self.runtime),
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
            trouble: Arc::clone(&one.trouble),
        };
        let ports = Ports {
            clock: Arc::new(one.clock.clone()),
            random: Arc::new(Seeded::new(seed)),
            signer: Arc::new(SoftwareKey::from_bytes(&one.key).doing("make a key")?),
            keys: None,
            network: Arc::new(wire),
        };
        one.phone = Some(Phone::open(&Settings { folder: one.folder.clone() }, ports).doing("open a phone")?);
        Ok(())
    }

    /// How many of a hundred requests of a phone go wrong from here on.
    pub(super) fn trouble(&self, n: usize, of_hundred: u32) {
        *self.phones[n].trouble.lock().unwrap_or_else(PoisonError::into_inner) = of_hundred;
    }

    pub(super) fn sync(&self, n: usize) -> Result<wurao_device::SyncReport, Trouble> {
        let options = wurao_device::SyncOptions::default();
        self.phone(n)?.sync(&options, &(), &wurao_device::Cancel::new()).doing("sync")
    }

    /// A number below another, by chance.
    pub(super) fn draw(&mut self, below: usize) -> usize {
        self.chance.random_range(0..below)
    }

    /// The changes in a machine's store: all of them, or those that are a phone's own to offer.
    pub(super) fn changes(database: &Path, which: &str) -> Result<BTreeSet<[u8; 32]>, Trouble> {
        let db = rusqlite::Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .doing("look into a store")?;
        let mut statement = db.prepare(&format!("SELECT hash FROM change {which}")).doing("look into a store")?;
        let rows = statement.query_map([], |row| row.get(0)).doing("look into a store")?;
        rows.collect::<Result<_, _>>().doing("look into a store")
    }

    pub(super) fn phone_store(&self, n: usize) -> PathBuf {
        self.phones[n].folder.join("wurao.sqlite3")
    }

    pub(super) fn server_store(&self) -> PathBuf {
        self.folder.join("server").join("wurao.sqlite")
    }
}

/// A copy of all files of a folder that nobody has open.
pub fn copy(from: &Path, to: &Path) -> Result<(), Trouble> {
    std::fs::create_dir_all(to).doing("make a folder")?;
    for entry in std::fs::read_dir(from).doing("list a folder")? {
        let entry = entry.doing("list a folder")?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target).doing("copy a file")?;
        }
    }
    Ok(())
}

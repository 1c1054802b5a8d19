//! What there is: a phone and a server, each over a disk of its own, and a colleague whose disk is sound.

use super::base::{Base, COLLEAGUE, FRESH, READY, phone_name};
use super::known::{Sure, Visit};
use super::play::Seen;
use super::tap::{Tap, Used};
use crate::fault::Disk;
use crate::folder::copy;
use crate::sim::{self, Clock, Door, MORNING_MS, Seeded, Wire};
use crate::{Doing, Trouble};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Runtime;
use wurao_device::{Cancel, KeyStore, KeyStoreError, Phone, PhoneError, Ports, Settings, SyncOptions, SyncReport};
use wurao_protocol::DocumentId;
use wurao_protocol::key::SoftwareKey;
use wurao_server::{App, router};

/// How often what is under way at the server is let run until it has ended; as a rule nothing is.
const MOST_YIELDS: usize = 100_000;

/// The world of one seed.
pub(super) struct World<'a> {
    pub(super) base: &'a Base,
    pub(super) seed: u64,
    pub(super) chance: StdRng,
    pub(super) clock: Clock,
    pub(super) app: Option<App>,
    pub(super) phone: Option<Phone>,
    pub(super) colleague: Option<Phone>,
    pub(super) phone_disk: Disk,
    pub(super) server_disk: Disk,
    /// Whose the phone is, by their number in the team.
    pub(super) number: usize,
    /// The server has let the phone in.
    pub(super) let_in: Sure,
    /// Its work has come.
    pub(super) has_work: bool,
    pub(super) visits: BTreeMap<DocumentId, Visit>,
    pub(super) used: Arc<Used>,
    pub(super) seen: Seen,
    pub(super) failures: Vec<String>,
    /// How many of a hundred requests go wrong.
    pub(super) trouble: Arc<Mutex<u32>>,
    door: Door,
    openings: u64,
    folder: PathBuf,
    _holder: tempfile::TempDir,
}

impl<'a> World<'a> {
    /// A copy of the base; one phone in six begins with nothing.
    pub(super) fn new(base: &'a Base, seed: u64) -> Result<Self, Trouble> {
        let holder = sim::folder()?;
        let folder = holder.path().to_owned();
        let fresh = seed % 6 == 5;
        let number = if fresh { FRESH } else { READY };
        for name in ["server".to_owned(), phone_name(COLLEAGUE)] {
            copy(&base.of(&name), &folder.join(name))?;
        }
        let phone = folder.join(phone_name(number));
        if fresh {
            std::fs::create_dir(&phone).doing("make a folder")?;
        } else {
            copy(&base.of(&phone_name(number)), &phone)?;
        }
        let clock = Clock::at(MORNING_MS);
        // What was done in the base took no longer.
        clock.pass(10 * 60_000);
        let mut world = Self {
            base,
            seed,
            chance: StdRng::seed_from_u64(seed),
            clock,
            app: None,
            phone: None,
            colleague: None,
            phone_disk: Disk::under(&phone, seed)?,
            server_disk: Disk::under(&folder.join("server"), seed)?,
            number,
            let_in: if fresh { Sure::No } else { Sure::Yes },
            has_work: !fresh,
            visits: base.visits.iter().map(|visit| (visit.document, Visit::default())).collect(),
            used: Arc::default(),
            seen: Seen::default(),
            failures: Vec::new(),
            trouble: Arc::default(),
            door: Door::default(),
            openings: 1,
            folder,
            _holder: holder,
        };
        world.open_server()?;
        let colleague = world.opened(COLLEAGUE, Arc::default(), Arc::default()).doing("open the colleague's phone")?;
        world.colleague = Some(colleague);
        Ok(world)
    }

    /// A number below another, by chance.
    pub(super) fn draw(&mut self, below: usize) -> usize {
        self.chance.random_range(0..below)
    }

    /// Whether something happens that does so many times in a hundred.
    pub(super) fn happens(&mut self, of_hundred: usize) -> bool {
        self.draw(100) < of_hundred
    }

    /// Opens the server.
    pub(super) fn open_server(&mut self) -> Result<(), Trouble> {
        self.openings += 1;
        let seed = self.seed.wrapping_mul(1000) + self.openings;
        let app = App::open(sim::config(&self.server_folder(), self.clock.clone(), seed)).doing("open the server")?;
        self.door.opens(Some(router(app.clone())));
        self.app = Some(app);
        Ok(())
    }

    /// Ends the server as its process would end: with what a broken connection has left under way.
    pub(super) fn end_server(&mut self) {
        self.door.opens(None);
        self.app = None;
        for _ in 0..MOST_YIELDS {
            if self.server_disk.open() == 0 {
                break;
            }
            self.base.runtime.block_on(tokio::task::yield_now());
            std::thread::yield_now();
        }
    }

    /// Opens the phone.
    pub(super) fn open_phone(&mut self) -> Result<(), PhoneError> {
        self.phone = None;
        let (trouble, used) = (Arc::clone(&self.trouble), Arc::clone(&self.used));
        self.phone = Some(self.opened(self.number, trouble, used)?);
        Ok(())
    }

    fn opened(&mut self, number: usize, trouble: Arc<Mutex<u32>>, used: Arc<Used>) -> Result<Phone, PhoneError> {
        self.openings += 1;
        let seed = self.seed.wrapping_mul(7919) + self.openings;
        let way = (self.door.clone(), Arc::clone(&self.base.runtime), trouble);
        phone_at(&self.folder.join(phone_name(number)), number, seed, &self.clock, way, used)
    }

    /// How many of a hundred requests go wrong from here on.
    pub(super) fn trouble(&self, of_hundred: u32) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = of_hundred;
    }

    /// Whether the network is bad.
    pub(super) fn is_in_trouble(&self) -> bool {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) > 0
    }

    /// The phone's folder.
    pub(super) fn phone_folder(&self) -> PathBuf {
        self.folder.join(phone_name(self.number))
    }

    /// The server's data folder.
    pub(super) fn server_folder(&self) -> PathBuf {
        self.folder.join("server")
    }

    /// Something does not hold.
    pub(super) fn fail(&mut self, what: impl Into<String>) {
        self.failures.push(what.into());
    }
}

/// A phone's way to the server: its door, who waits for it, how many of a hundred requests go wrong.
type Way = (Door, Arc<Runtime>, Arc<Mutex<u32>>);

/// Opens the phone of this member of the team; each opening draws its own chance.
pub(super) fn phone_at(
    folder: &Path,
    number: usize,
    seed: u64,
    clock: &Clock,
    (door, runtime, trouble): Way,
    used: Arc<Used>,
) -> Result<Phone, PhoneError> {
    let key = SoftwareKey::from_bytes(&[number as u8 + 1; 32])
        .map_err(|error| PhoneError::Unexpected { code: "key".to_owned(), detail: error.to_string() })?;
    let network = Wire { door, runtime, chance: Mutex::new(StdRng::seed_from_u64(seed)), trouble };
    let ports = Ports {
        clock: Arc::new(clock.clone()),
        random: Arc::new(Seeded::new(seed)),
        signer: Arc::new(key),
        keys: Some(Arc::new(Kept)),
        network: Arc::new(Tap { network, used }),
    };
    Phone::open(&Settings { folder: folder.to_owned() }, ports)
}

/// Brings a phone and its server together.
pub(super) fn sync(phone: &Phone) -> Result<SyncReport, PhoneError> {
    // One file at a time: of several nobody knows which comes first, and a seed shall do the same again.
    // Nothing here waits for time, and a server whose disk has failed is too busy for good.
    let options = SyncOptions { lanes: 1, patience: 0, ..SyncOptions::default() };
    phone.sync(&options, &(), &Cancel::new())
}

/// The key of encrypted stores, in a key store that no crash touches. A plain build asks for none.
pub(super) const STORE_KEY: [u8; 32] = [7; 32];

struct Kept;

impl KeyStore for Kept {
    fn store_key(&self, _: bool) -> Result<[u8; 32], KeyStoreError> {
        Ok(STORE_KEY)
    }

    fn destroy(&self) -> Result<(), KeyStoreError> {
        Ok(())
    }
}

//! A server and phones in this process, on one clock and with all chance from a seed, and all that went between them
//! written down. [`work`] is what people do there.

mod work;

use rand::SeedableRng;
use rand::rngs::StdRng;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wurao_device::{Cancel, HttpAnswer, HttpRequest, Network, NetworkError, Phone, Ports};
use wurao_device::{PhoneError, Settings, SyncOptions, SyncReport};
use wurao_protocol::key::SoftwareKey;
use wurao_protocol::{DocumentId, PermitId};
use wurao_server::store::Tx;
use wurao_server::{App, Keys, router};
use wurao_tests::county::County;
use wurao_tests::folder::copy;
use wurao_tests::sim::{Clock, Door, MORNING_MS, Seeded, URL, Wire, config, folder};
use wurao_tests::{Doing, Trouble};

/// The codes that let phones in, in their order: three of a team, and a second phone of the first of them.
const CODES: [&str; 4] = ["demo-phone-03", "demo-phone-05", "demo-phone-11", LOST];
const TEAM: [&str; 3] = ["chenlixin", "wuxiaomei", "liujianguo"];
const LOST: &str = "ground-lost";
const VISITS: u32 = 6;
/// Bytes of a photo in one request: so few that each takes several.
const CHUNK: usize = 1500;

/// What a phone asked and was told.
#[derive(Clone)]
pub(crate) struct Exchange {
    /// Which phone.
    pub(crate) phone: usize,
    pub(crate) request: HttpRequest,
    pub(crate) answer: HttpAnswer,
}

/// All of it.
pub(crate) struct Ground {
    pub(crate) clock: Clock,
    pub(crate) phones: Vec<Handset>,
    /// The visits that the whole team has permits for, in a county where they are all in one plan item.
    pub(crate) permits: Vec<PermitId>,
    /// The documents of visits begun.
    pub(crate) documents: Vec<DocumentId>,
    pub(crate) county: County,
    app: Option<App>,
    door: Door,
    runtime: Arc<Runtime>,
    written: Arc<Mutex<Vec<Exchange>>>,
    seed: u64,
    openings: u64,
    folder: TempDir,
}

/// A phone, open or not.
pub(crate) struct Handset {
    pub(crate) folder: PathBuf,
    pub(crate) clock: Clock,
    key: [u8; 32],
    phone: Option<Phone>,
}

impl Ground {
    /// The demo's county with more visits, loaded into a server; its phones let in.
    pub(crate) fn new(seed: u64) -> Result<Self, Trouble> {
        let mut county = County::demo_of(2026)?;
        let permits = county.add_visits(&TEAM, VISITS)?;
        county.add_code(LOST, "lost", &TEAM[..1])?;
        let mut ground = Self::empty(seed, county, permits)?;
        let file = ground.folder.path().join("county.json");
        ground.county.write(&file)?;
        ground.start_server()?;
        wurao_server::county::load(ground.app()?, &file).doing("load the county")?;
        for (at, code) in CODES.iter().enumerate() {
            ground.open(at)?;
            let name = ground.county.phone_name(code)?;
            ground.phone(at)?.enrol(URL, code, &name).doing("let a phone in")?;
            ground.sync(at).doing("sync at first")?;
        }
        Ok(ground)
    }

    /// The same with other chance from here on, in a folder of its own; this one must be closed. Its phones are not open.
    pub(crate) fn again(&self, seed: u64) -> Result<Self, Trouble> {
        let mut ground = Self::empty(seed, self.county.clone(), self.permits.clone())?;
        copy(self.folder.path(), ground.folder.path())?;
        ground.documents.clone_from(&self.documents);
        // Its own clock: what passes in one passes in no other.
        ground.clock = Clock::at(wurao_server::Clock::now_ms(&self.clock));
        for phone in &mut ground.phones {
            phone.clock = ground.clock.another();
        }
        ground.start_server()?;
        Ok(ground)
    }

    fn empty(seed: u64, county: County, permits: Vec<PermitId>) -> Result<Self, Trouble> {
        let folder = folder()?;
        let clock = Clock::at(MORNING_MS);
        let handset = |at: usize| Handset {
            folder: folder.path().join(format!("phone-{at}")),
            clock: clock.another(),
            key: [at as u8 + 1; 32],
            phone: None,
        };
        let phones = (0..CODES.len()).map(handset).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().doing("make a runtime")?;
        Ok(Self {
            clock,
            phones,
            permits,
            documents: Vec::new(),
            county,
            app: None,
            door: Door::default(),
            runtime: Arc::new(runtime),
            written: Arc::default(),
            seed,
            openings: 0,
            folder,
        })
    }

    pub(crate) fn app(&self) -> Result<&App, Trouble> {
        self.app.as_ref().ok_or_else(|| Trouble::new("find the server", "it is down"))
    }

    /// The database of the server.
    pub(crate) fn store(&self) -> PathBuf {
        self.data().join("wurao.sqlite")
    }

    /// The folder of the server.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    /// Starts the server over its folder, whether it ran or not; each opening draws its own chance.
    pub(crate) fn start_server(&mut self) -> Result<(), Trouble> {
        self.stop_server();
        self.openings += 1;
        let seed = self.seed.wrapping_mul(1000).wrapping_add(self.openings);
        let app = App::open(config(&self.data(), self.clock.another(), seed)).doing("open the server")?;
        self.door.opens(Some(router(app.clone())));
        self.app = Some(app);
        Ok(())
    }

    fn stop_server(&mut self) {
        self.door.opens(None);
        self.app = None;
    }

    /// Closes all of it, so that its folder is at rest.
    pub(crate) fn close(&mut self) {
        for phone in &mut self.phones {
            phone.phone = None;
        }
        self.stop_server();
    }

    /// Opens a phone, whether it was open or not.
    pub(crate) fn open(&mut self, at: usize) -> Result<(), Trouble> {
        let network = Written { phone: at, wire: self.wire(), log: Arc::clone(&self.written) };
        self.open_with(at, Arc::new(network))
    }

    /// The same with another network.
    pub(crate) fn open_with(&mut self, at: usize, network: Arc<dyn Network>) -> Result<(), Trouble> {
        self.openings += 1;
        let seed = self.seed.wrapping_mul(7919).wrapping_add(self.openings);
        let phone = &mut self.phones[at];
        phone.phone = None;
        let ports = Ports {
            clock: Arc::new(phone.clock.clone()),
            random: Arc::new(Seeded::new(seed)),
            signer: Arc::new(SoftwareKey::from_bytes(&phone.key).doing("make a key")?),
            keys: None,
            network,
        };
        phone.phone = Some(Phone::open(&Settings { folder: phone.folder.clone() }, ports).doing("open a phone")?);
        Ok(())
    }

    /// A way to the server on which nothing goes wrong.
    pub(crate) fn wire(&self) -> Wire {
        Wire {
            door: self.door.clone(),
            runtime: Arc::clone(&self.runtime),
            chance: Mutex::new(StdRng::seed_from_u64(self.seed)),
            trouble: Arc::default(),
        }
    }

    pub(crate) fn phone(&self, at: usize) -> Result<&Phone, Trouble> {
        self.phones[at].phone.as_ref().ok_or_else(|| Trouble::new("find a phone", "it is closed"))
    }

    pub(crate) fn close_phone(&mut self, at: usize) {
        self.phones[at].phone = None;
    }

    /// The key of a phone.
    pub(crate) fn key(&self, at: usize) -> Result<SoftwareKey, Trouble> {
        SoftwareKey::from_bytes(&self.phones[at].key).doing("make a key")
    }

    pub(crate) fn sync(&self, at: usize) -> Result<SyncReport, Trouble> {
        self.try_sync(at)?.doing("sync")
    }

    /// Syncs, photos too; what the phone says when it cannot.
    pub(crate) fn try_sync(&self, at: usize) -> Result<Result<SyncReport, PhoneError>, Trouble> {
        let options = SyncOptions { chunk: CHUNK, ..SyncOptions::default() };
        Ok(self.phone(at)?.sync(&options, &(), &Cancel::new()))
    }

    /// All that was asked and told since this was asked last.
    pub(crate) fn take_written(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the server one thing; a connection that is not there is trouble.
    pub(crate) fn ask(&self, request: &HttpRequest) -> Result<HttpAnswer, Trouble> {
        self.wire().exchange(request).doing("ask the server")
    }

    /// What people at the office do.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        deed: impl FnOnce(&Tx<'_>, &Keys, i64) -> Result<T, wurao_server::Error> + Send + 'static,
    ) -> Result<T, Trouble> {
        let app = self.app()?;
        let (keys, now) = (Arc::clone(app.keys()), app.now_ms());
        app.store().write_blocking(move |tx| deed(tx, &keys, now)).doing("write at the office")
    }
}

/// A wire whose exchanges are written down.
struct Written {
    phone: usize,
    wire: Wire,
    log: Arc<Mutex<Vec<Exchange>>>,
}

impl Network for Written {
    fn exchange(&self, request: &HttpRequest) -> Result<HttpAnswer, NetworkError> {
        let answer = self.wire.exchange(request)?;
        let exchange = Exchange { phone: self.phone, request: request.clone(), answer: answer.clone() };
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
        Ok(answer)
    }
}

/// A request for a path, as a phone makes it.
pub(crate) fn post(path: &str, body: Vec<u8>) -> HttpRequest {
    HttpRequest { method: "POST", url: format!("{URL}{path}"), headers: Vec::new(), body, pin: None }
}

/// Reads a database that others may have open.
pub(crate) fn look(database: &Path) -> Result<rusqlite::Connection, Trouble> {
    rusqlite::Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .doing("look into a store")
}

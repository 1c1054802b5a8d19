//! What there is: a server, phones, their backups, and what everybody was told.

use super::chance::{Clock, Seeded};
use super::desk::Desk;
use super::handover::File;
use super::net::Net;
use super::reassign::Reassigned;
use super::spare::Spare;
use super::template::{self, ALL, MORNING_MS, TEAM, Template, URL, VISITS, code};
use super::trace::Trace;
use crate::fault::Disk;
use crate::folder::copy;
use crate::{Doing, Trouble};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wurao_device::{HttpRequest, Phone, PhoneError, Ports, Settings, SyncOptions, SyncReport};
use wurao_protocol::key::SoftwareKey;
use wurao_protocol::{DocumentId, PermitId};
use wurao_server::{App, router};

/// A change's name.
pub(super) type Name = [u8; 32];

/// The world of one seed.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) chance: StdRng,
    /// When the server packs.
    pub(super) packing: StdRng,
    pub(super) clock: Clock,
    pub(super) net: Net,
    pub(super) app: Option<App>,
    pub(super) phones: Vec<One>,
    /// Who decides, and who lets in.
    pub(super) desks: Option<(Desk, Desk)>,
    /// How often the server was opened: each opening draws its own chance.
    openings: u64,
    /// Backups of the server's data: the first and the newest.
    pub(super) backups: Vec<PathBuf>,
    /// Changes that a person was told are saved and that no machine holds any more, by what was done to machines.
    pub(super) gone: BTreeSet<Name>,
    /// Changes that somebody was told are saved.
    pub(super) saved: BTreeSet<Name>,
    /// Photos that somebody was told are saved: who, where, the hash of the original.
    pub(super) photos: BTreeSet<(usize, DocumentId, String)>,
    /// The inspections; the last one is the outsider's.
    pub(super) documents: Vec<DocumentId>,
    /// Those that somebody has begun without a permit, with who has.
    pub(super) begun: Vec<(usize, DocumentId)>,
    /// The visit that is given to others, where one is.
    pub(super) reassigned: Option<Reassigned>,
    /// Another phone for one of the team, where there is one.
    pub(super) spare: Option<Spare>,
    /// Requests that the network still carries around.
    pub(super) late: Vec<HttpRequest>,
    /// Hand-over files that were not taken yet, or not for the last time.
    pub(super) files: Vec<File>,
    /// Changes that somebody has handed over without their author's signature, or without what they stand on.
    pub(super) loose: BTreeSet<Vec<u8>>,
    /// What was seen to be wrong on the way.
    pub(super) wrong: Vec<String>,
    /// Somebody was given back what they had seen before: their feed says it again.
    pub(super) fed_again: bool,
    pub(super) trace: Trace,
    _holder: Option<tempfile::TempDir>,
    pub(super) folder: PathBuf,
}

/// One phone.
pub(super) struct One {
    /// Whose, as a place in the team; the last is the outsider's.
    pub(super) person: usize,
    pub(super) folder: PathBuf,
    pub(super) phone: Option<Arc<Phone>>,
    pub(super) clock: Clock,
    pub(super) key: [u8; 32],
    /// How many of a hundred requests go wrong in some way.
    pub(super) trouble: u32,
    /// Nothing gets through at all.
    pub(super) apart: bool,
    openings: u64,
    /// A backup of its folder, when one was made.
    pub(super) backup: Option<PathBuf>,
    /// A disk that may be full, while it may.
    pub(super) disk: Option<Disk>,
    pub(super) left: BTreeSet<DocumentId>,
    /// The highest counter of a request, since it was last set back.
    pub(super) counter: u64,
    /// There are, or were, two of it: each has to hear from the server where the other is.
    pub(super) twice: bool,
}

impl One {
    /// A person's phone over this folder, closed.
    pub(super) fn of(person: usize, folder: PathBuf, key: [u8; 32], clock: &Clock) -> Self {
        Self {
            person,
            folder,
            phone: None,
            clock: clock.another(),
            key,
            trouble: 0,
            apart: false,
            openings: 0,
            backup: None,
            disk: None,
            left: BTreeSet::new(),
            counter: 0,
            twice: false,
        }
    }
}

impl World {
    /// A fresh copy of the template.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn new(template: &Template, seed: u64) -> Result<Self, Trouble> {
        let holder = template::folder()?;
        copy(template.at(), holder.path())?;
        let mut world = Self::open(holder.path(), seed)?;
        world._holder = Some(holder);
        world.desks = Some((template.boss.clone(), template.admin.clone()));
        for n in 0..ALL {
            world.open_phone(n)?;
        }
        for n in 1..=VISITS {
            world.documents.push(world.visit(n)?);
        }
        Ok(world)
    }

    /// A world over these folders, its server up and its phones closed.
    pub(super) fn open(folder: &Path, seed: u64) -> Result<Self, Trouble> {
        let clock = Clock::at(MORNING_MS);
        let one = |n: usize| One::of(n, folder.join(format!("phone-{n}")), [n as u8 + 1; 32], &clock);
        let mut world = Self {
            seed,
            chance: StdRng::seed_from_u64(seed),
            packing: StdRng::seed_from_u64(!seed),
            phones: (0..ALL).map(one).collect(),
            clock,
            net: Net::new()?,
            app: None,
            desks: None,
            openings: 0,
            backups: Vec::new(),
            gone: BTreeSet::new(),
            saved: BTreeSet::new(),
            photos: BTreeSet::new(),
            documents: Vec::new(),
            begun: Vec::new(),
            reassigned: None,
            spare: None,
            late: Vec::new(),
            files: Vec::new(),
            loose: BTreeSet::new(),
            wrong: Vec::new(),
            fed_again: false,
            trace: Trace::new(),
            _holder: None,
            folder: folder.to_owned(),
        };
        world.start_server()?;
        Ok(world)
    }

    /// Lets every phone in and has it sync.
    pub(super) fn let_in(&mut self) -> Result<(), Trouble> {
        for n in 0..ALL {
            self.open_phone(n)?;
            self.phone(n)?.enrol(URL, &code(n), "phone").doing("let a phone in")?;
            self.sync(n).doing("sync at first")?.doing("sync at first")?;
        }
        Ok(())
    }

    /// Everybody starts their visits.
    pub(super) fn begin(&mut self) -> Result<(), Trouble> {
        for n in 0..ALL {
            let visits = if n < TEAM { 1..=VISITS - 1 } else { VISITS..=VISITS };
            for visit in visits {
                self.phone(n)?.start(permit(visit)).doing("start a visit")?;
            }
        }
        Ok(())
    }

    /// Everything is closed.
    pub(super) fn shut(&mut self) {
        self.stop_server();
        for one in &mut self.phones {
            one.phone = None;
        }
    }

    fn visit(&self, n: usize) -> Result<DocumentId, Trouble> {
        let work = self.phone(if n < VISITS { 0 } else { TEAM })?.work().doing("list the work")?;
        let item = work.iter().find(|item| item.permit == permit(n));
        Ok(item.ok_or_else(|| Trouble::new("find a visit", "it is not there"))?.document)
    }

    pub(super) fn phone(&self, n: usize) -> Result<&Arc<Phone>, Trouble> {
        self.phones[n].phone.as_ref().ok_or_else(|| Trouble::new("find a phone", "it is closed"))
    }

    pub(super) fn start_server(&mut self) -> Result<(), Trouble> {
        self.openings += 1;
        let seed = self.seed.wrapping_mul(1000) + self.openings;
        let config = template::config(&self.folder.join("server"), self.clock.another(), seed);
        let app = App::open(config).doing("open the server")?;
        self.net.opens(Some(router(app.clone())));
        self.app = Some(app);
        Ok(())
    }

    pub(super) fn stop_server(&mut self) {
        self.net.opens(None);
        self.app = None;
    }

    /// Opens a phone; each opening draws its own chance.
    pub(super) fn open_phone(&mut self, n: usize) -> Result<(), Trouble> {
        let one = &mut self.phones[n];
        one.openings += 1;
        let seed = self.seed.wrapping_mul(7919) + (n as u64) * 1000 + one.openings;
        let ports = Ports {
            clock: Arc::new(one.clock.clone()),
            random: Arc::new(Seeded::new(seed)),
            signer: Arc::new(SoftwareKey::from_bytes(&one.key).doing("make a key")?),
            keys: None,
            network: Arc::new(self.net.clone()),
        };
        one.phone = Some(Arc::new(Phone::open(&Settings { folder: one.folder.clone() }, ports).doing("open a phone")?));
        Ok(())
    }

    /// Another phone with the same key and the same things, as they lie in a folder.
    pub(super) fn add_clone(&mut self, of: usize, folder: PathBuf) -> Result<(), Trouble> {
        self.phones[of].twice = true;
        let one = &self.phones[of];
        let clone = One {
            trouble: one.trouble,
            // Its own chance, or both would draw the same.
            openings: 500,
            left: one.left.clone(),
            twice: true,
            ..One::of(one.person, folder, one.key, &self.clock)
        };
        self.phones.push(clone);
        self.open_phone(self.phones.len() - 1)
    }

    /// One sync over a good network, as an app would make it.
    pub(super) fn sync(&mut self, n: usize) -> Result<Result<SyncReport, PhoneError>, Trouble> {
        super::talk::alone(self, n, &SyncOptions::default())
    }

    /// A number below another, by chance.
    pub(super) fn draw(&mut self, below: usize) -> usize {
        self.chance.random_range(0..below)
    }

    /// Whether something happens that does in so many of a hundred cases.
    pub(super) fn happens(&mut self, of_hundred: u32) -> bool {
        self.chance.random_range(0..100) < of_hundred
    }

    /// The documents that a phone's person inspects.
    pub(super) fn documents_of(&self, n: usize) -> Vec<DocumentId> {
        let (own, person) = (VISITS - 1, self.phones[n].person);
        let planned = if person < TEAM { &self.documents[..own] } else { &self.documents[own..] };
        let begun = self.begun.iter().filter(|(by, _)| *by == person).map(|(_, document)| *document);
        let anew = self.reassigned.iter().filter(|it| it.team.contains(&person)).filter_map(|it| it.document);
        planned.iter().copied().chain(begun).chain(anew).collect()
    }

    /// Those of them that this phone has begun itself, or heard of.
    pub(super) fn documents_on(&self, n: usize) -> Result<Vec<DocumentId>, Trouble> {
        let mut all = self.documents_of(n);
        if !self.begun.is_empty() || self.reassigned.is_some() || self.spare.is_some() {
            let db = look(&self.phone_store(n))?;
            let mut statement =
                db.prepare("SELECT id FROM document WHERE started_ms IS NOT NULL").doing("look into a store")?;
            let rows = statement.query_map([], |row| Ok(DocumentId(row.get(0)?))).doing("look into a store")?;
            let here: BTreeSet<DocumentId> = rows.collect::<Result<_, _>>().doing("look into a store")?;
            all.retain(|document| here.contains(document));
        }
        Ok(all)
    }

    pub(super) fn phone_store(&self, n: usize) -> PathBuf {
        self.phones[n].folder.join("wurao.sqlite3")
    }

    pub(super) fn server_store(&self) -> PathBuf {
        self.folder.join("server").join("wurao.sqlite")
    }
}

/// The permit of a visit, counted from one.
pub(super) fn permit(n: usize) -> PermitId {
    let mut permit = [0; 16];
    (permit[0], permit[15]) = (0xc1, n as u8);
    PermitId(permit)
}

/// A look into a machine's database.
pub(super) fn look(database: &Path) -> Result<rusqlite::Connection, Trouble> {
    rusqlite::Connection::open_with_flags(database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .doing("look into a store")
}

/// The changes in a machine's store, those of this condition.
pub(super) fn changes(database: &Path, which: &str) -> Result<BTreeSet<Name>, Trouble> {
    let db = look(database)?;
    let mut statement = db.prepare(&format!("SELECT hash FROM change {which}")).doing("look into a store")?;
    let rows = statement.query_map([], |row| row.get(0)).doing("look into a store")?;
    rows.collect::<Result<_, _>>().doing("look into a store")
}

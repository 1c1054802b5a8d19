//! A small world: a county loaded into a server process, links, phones.

use crate::county::County;
use crate::link::Link;
use crate::server::Server;
use crate::supervisor::Supervisor;
use crate::{Doing, Trouble};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use wurao_device::{Cancel, Phone, PhoneError, Settings, SyncOptions, SyncReport, system};
use wurao_protocol::{DocumentId, PermitId};

/// A county, its server, and a folder for the phones.
pub struct World {
    /// The server.
    pub server: Arc<Server>,
    /// What it was filled with.
    pub county: County,
    folder: PathBuf,
    program: PathBuf,
    _temporary: Option<TempDir>,
}

/// A phone and its way to the server.
pub struct FieldPhone {
    /// Its folder.
    pub folder: PathBuf,
    /// Its way to the server.
    pub link: Link,
    /// The phone, open in this process.
    pub phone: Phone,
}

impl World {
    /// The demo's county in a temporary folder. `program` plays the server (see [`crate::roles`]).
    pub fn demo(program: impl Into<PathBuf>) -> Result<Self, Trouble> {
        Self::of(program, County::demo()?)
    }

    /// A county in a temporary folder.
    pub fn of(program: impl Into<PathBuf>, county: County) -> Result<Self, Trouble> {
        let temporary = tempfile::Builder::new().prefix("wurao-").tempdir().doing("make a folder")?;
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let world = Self::in_folder(program, county, temporary.path(), listen)?;
        Ok(Self { _temporary: Some(temporary), ..world })
    }

    /// A county in this folder, its server listening there.
    pub fn in_folder(
        program: impl Into<PathBuf>,
        county: County,
        folder: &Path,
        listen: SocketAddr,
    ) -> Result<Self, Trouble> {
        let (program, file, data) = (program.into(), folder.join("county.json"), folder.join("server"));
        county.write(&file)?;
        Server::load(&program, &data, &file)?;
        let server = Arc::new(Server::start(&program, &data, listen)?);
        Ok(Self { server, county, folder: folder.to_owned(), program, _temporary: None })
    }

    /// Where everything of this world lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program that plays server and phone.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A new phone, let in with a code of the county and with its work pulled.
    pub fn phone(&self, code: &str) -> Result<FieldPhone, Trouble> {
        let folder = self.folder.join(code);
        let link = Link::new(&self.server)?;
        let phone = open(&folder)?;
        let name = self.county.phone_name(code)?;
        phone.enrol(&link.url(), code, &name).doing(format!("let {code} in"))?;
        let phone = FieldPhone { folder, link, phone };
        phone.sync()?;
        Ok(phone)
    }

    /// Who supervises the whole county, signed in.
    pub fn supervisor(&self) -> Result<Supervisor, Trouble> {
        self.at_the_page(crate::county::SUPERVISOR)
    }

    /// Somebody of the county (see [`crate::county`]), signed in at the page.
    pub fn at_the_page(&self, (login, password): (&str, &str)) -> Result<Supervisor, Trouble> {
        Supervisor::sign_in(&self.server.url("")?, login, password)
    }
}

impl FieldPhone {
    /// Starts the inspection that this permit is for.
    pub fn start(&self, permit: PermitId) -> Result<DocumentId, Trouble> {
        self.phone.start(permit).doing("start an inspection")
    }

    /// Syncs, photos too.
    pub fn sync(&self) -> Result<SyncReport, Trouble> {
        self.try_sync().doing("sync")
    }

    /// Syncs, photos too; what the phone says when it cannot.
    pub fn try_sync(&self) -> Result<SyncReport, PhoneError> {
        self.phone.sync(&SyncOptions::default(), &(), &Cancel::new())
    }

    /// Closes the phone in this process, lets something else happen to its folder, and opens it again.
    pub fn away<T>(self, meanwhile: impl FnOnce(&Path, &Link) -> Result<T, Trouble>) -> Result<(Self, T), Trouble> {
        let Self { folder, link, phone } = self;
        drop(phone);
        let happened = meanwhile(&folder, &link)?;
        let phone = open(&folder)?;
        Ok((Self { folder, link, phone }, happened))
    }
}

/// Opens the phone in a folder.
pub fn open(folder: &Path) -> Result<Phone, Trouble> {
    let doing = || format!("open {}", folder.display());
    Phone::open(&Settings { folder: folder.to_owned() }, system::ports(folder).doing(doing())?).doing(doing())
}

//! A `wurao-server` process over a data folder: started, killed, started again.

use crate::process::Process;
use crate::{Doing, Trouble, roles};
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A server process, or the place of one that was killed.
pub struct Server {
    program: PathBuf,
    data: PathBuf,
    running: Mutex<Option<(Process, SocketAddr)>>,
}

impl Server {
    /// Starts a server over this folder.
    pub fn start(program: &Path, data: &Path, listen: SocketAddr) -> Result<Self, Trouble> {
        let server = Self { program: program.to_owned(), data: data.to_owned(), running: Mutex::new(None) };
        server.run(listen)?;
        Ok(server)
    }

    /// Loads a county file into a data folder, with a process of its own.
    pub fn load(program: &Path, data: &Path, county: &Path) -> Result<(), Trouble> {
        let arguments = [Path::new(roles::SERVER), Path::new("load"), Path::new("--data"), data, county];
        let (loaded, lines) = Process::start(program, &arguments)?.wait()?;
        if loaded { Ok(()) } else { Err(Trouble::new(format!("load {}", county.display()), lines.join("; "))) }
    }

    /// Where it listens.
    pub fn address(&self) -> Result<SocketAddr, Trouble> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, address) = running.as_ref().ok_or_else(|| Trouble::new("find the server", "it is not running"))?;
        Ok(*address)
    }

    /// The address of a path of it.
    pub fn url(&self, path: &str) -> Result<String, Trouble> {
        Ok(format!("http://{}{path}", self.address()?))
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Kills it (SIGKILL). Whoever starts it again meanwhile waits until it is gone: two servers would want one folder.
    pub fn kill(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((process, _)) = running.take() {
            process.kill();
        }
    }

    /// Starts it again over the same folder, on another port.
    pub fn restart(&self) -> Result<(), Trouble> {
        self.kill();
        self.run(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    fn run(&self, listen: SocketAddr) -> Result<(), Trouble> {
        let listen = listen.to_string();
        let serve = [roles::SERVER, "serve", "--listen", &listen, "--data"].map(OsStr::new);
        let arguments = [&serve[..], &[self.data.as_os_str()]].concat();
        let process = Process::start(&self.program, &arguments)?;
        let line = process.line()?;
        let address =
            line.strip_prefix("listening on http://").ok_or_else(|| Trouble::new("start the server", &*line))?;
        let address = address.parse().doing(format!("read {line:?}"))?;
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some((process, address));
        Ok(())
    }
}

//! What a server is started with.

use crate::compact::Ripe;
use crate::tls::TlsFiles;
use crate::{Clock, PublicUrl, Random, SystemClock, SystemRandom};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything a server needs to know before it starts.
#[derive(Clone)]
pub struct Config {
    /// The folder that holds all of it: database, blobs, parts, keys.
    pub data: PathBuf,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Whether phones are asked for the original photos too, not only for renditions and thumbnails.
    pub originals: bool,
    /// The number a village calls when in doubt; shown on its page and on posters.
    pub hotline: Option<String>,
    /// The address that invitations, links and posters carry; none takes the one that was asked at.
    pub public_url: Option<PublicUrl>,
    /// How many writes may wait; the next one is told to come back later.
    pub queue: usize,
    /// Whether a commit is on disk before it is reported (`synchronous=FULL`). No command turns it off, and nothing that serves
    /// phones may: the bench of the append does, to see what it costs where flushes do not hide that.
    pub flush: bool,
    /// How many reads run at the same time.
    pub readers: usize,
    /// How many reads may wait for that; the next page is told to come back later. What is under way is not refused.
    pub reads: usize,
    /// How many syncs may be under way; the next one is told to come back later, before it is read.
    pub syncs: usize,
    /// How many bytes of them all may be here that are not on disk yet; who brings more is told to come back later.
    pub heard: usize,
    /// How many files may be arriving; the next one is told to come back later, before it is read.
    pub uploads: usize,
    /// The certificate to serve with; none speaks plain HTTP, for a proxy on the same computer.
    pub tls: Option<TlsFiles>,
    /// The proxy before the server, which is believed whom it speaks for; tries are counted by address.
    pub proxy: Option<IpAddr>,
    /// How many requests a service account has in a minute.
    pub requests: usize,
    /// How many connections are served at a time; more wait.
    pub connections: usize,
    /// How many of them one address has; more are closed at once. The proxy has as many as there are.
    pub connections_each: usize,
    /// How long a request's head may take, and its body stand still, before it is given up. A body must bring 400 bytes
    /// a second besides, this time aside.
    pub patience: Duration,
    /// Which documents are packed.
    pub ripe: Ripe,
    /// How often it is looked for documents to pack; zero for never.
    pub compacts: Duration,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Config {
    /// A server over this folder, with the machine's own clock and randomness.
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self {
            data: data.into(),
            listen,
            originals: false,
            hotline: None,
            public_url: None,
            queue: 256,
            flush: true,
            readers: 4,
            reads: 256,
            syncs: 512,
            heard: 256 << 20,
            uploads: 256,
            tls: None,
            proxy: None,
            requests: 600,
            connections: 1024,
            connections_each: 128,
            patience: Duration::from_secs(30),
            ripe: Ripe::default(),
            compacts: Duration::from_secs(3600),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        }
    }
    /// Whether browsers come by TLS and by nothing else: to this server itself, or to a proxy before it.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.tls.is_some() || self.public_url.as_ref().is_some_and(PublicUrl::is_secure)
    }
}

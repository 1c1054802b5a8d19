//! A wire that counts: every byte of TCP payload between phones and server, HTTP headers included.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wurao_tests::{Doing, Trouble};

/// A counting relay on loopback.
pub(crate) struct Meter {
    address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
    requests: AtomicU64,
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) up: u64,
    pub(crate) down: u64,
    /// Requests, counted by their request lines.
    pub(crate) requests: u64,
}

impl Reading {
    /// Both ways.
    pub(crate) fn bytes(self) -> f64 {
        (self.up + self.down) as f64
    }
}

impl Meter {
    /// Relays to a server from a port of its own until the process ends.
    pub(crate) fn before(server: SocketAddr) -> Result<Self, Trouble> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).doing("listen")?;
        let address = listener.local_addr().doing("listen")?;
        let counts = Arc::new(Counts::default());
        let shared = counts.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Ok(onward) = TcpStream::connect(server) else { continue };
                let (Ok(back), Ok(onward_back)) = (stream.try_clone(), onward.try_clone()) else { continue };
                let (up, down) = (shared.clone(), shared.clone());
                std::thread::spawn(move || relay(stream, onward, |bytes| up.sent(bytes)));
                std::thread::spawn(move || {
                    relay(onward_back, back, |bytes| {
                        down.down.fetch_add(bytes.len() as u64, Ordering::SeqCst);
                    })
                });
            }
        });
        Ok(Self { address, counts })
    }

    /// The address phones are given.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What went over the wire since the last reading.
    pub(crate) fn read(&self) -> Reading {
        Reading {
            up: self.counts.up.swap(0, Ordering::SeqCst),
            down: self.counts.down.swap(0, Ordering::SeqCst),
            requests: self.counts.requests.swap(0, Ordering::SeqCst),
        }
    }
}

impl Counts {
    fn sent(&self, bytes: &[u8]) {
        self.up.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        // A request line begins a segment: the client writes each head in one piece, and waits for its answer.
        if [&b"POST "[..], b"PATCH ", b"HEAD ", b"GET ", b"PUT "].iter().any(|method| bytes.starts_with(method)) {
            self.requests.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn relay(mut from: TcpStream, mut to: TcpStream, count: impl Fn(&[u8])) {
    let mut buffer = [0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        count(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

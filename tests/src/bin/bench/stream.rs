//! The bare bytes as one stream, with the least that survives a cut: the receiver says how much it has, the sender goes on
//! there. The peer that nobody can be far ahead of.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use wurao_tests::{Doing, Trouble};

/// Takes one stream of a known length.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    arrived: Arc<Mutex<Vec<Option<Instant>>>>,
}

impl Receiver {
    /// Listens for so many bytes, and notes when as many as each of these are there.
    pub(crate) fn of(length: u64, moments: Vec<u64>) -> Result<Self, Trouble> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).doing("listen")?;
        let address = listener.local_addr().doing("listen")?;
        let arrived = Arc::new(Mutex::new(vec![None; moments.len()]));
        let notes = Arc::clone(&arrived);
        std::thread::spawn(move || {
            let has = AtomicU64::new(0);
            for mut stream in listener.incoming().flatten() {
                let from = has.load(Ordering::SeqCst);
                if stream.write_all(&from.to_be_bytes()).is_err() {
                    continue;
                }
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    let now = has.fetch_add(read as u64, Ordering::SeqCst) + read as u64;
                    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
                    for (note, _) in notes.iter_mut().zip(&moments).filter(|(_, moment)| **moment <= now) {
                        note.get_or_insert_with(Instant::now);
                    }
                    if now >= length {
                        break;
                    }
                }
                // Whoever comes again hears that nothing is left.
            }
        });
        Ok(Self { address, arrived })
    }

    /// When each of the moments came, once all have.
    pub(crate) fn arrived(&self) -> Option<Vec<Instant>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

/// Sends all of it to a receiver, as often as it breaks, until told to stop.
pub(crate) fn send(bytes: &[u8], to: SocketAddr, stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        let Ok(mut stream) = TcpStream::connect(to) else { return };
        let mut from = [0; 8];
        if stream.read_exact(&mut from).is_err() {
            continue;
        }
        let rest = bytes.get(u64::from_be_bytes(from) as usize..).unwrap_or_default();
        if rest.is_empty() {
            return;
        }
        if stream.write_all(rest).is_ok() {
            // Ends when the receiver has all of it, or when it broke.
            let _ = stream.read(&mut from);
        }
    }
}

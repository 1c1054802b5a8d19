//! The way between one phone and the server: up, down (the port refuses), stalled (nothing moves and nothing breaks), or cut
//! at a certain byte.
//!
//! The address stays the same for life, whatever becomes of the server: a phone knows only that.

use crate::server::Server;
use crate::{Doing, Trouble};
use socket2::{Domain, Socket, Type};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// A direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// From the phone.
    Up,
    /// To the phone.
    Down,
}

/// A link; made up, dropped down.
pub struct Link {
    shared: Arc<Shared>,
    /// Bound, never listening: while the link is down the port refuses and nobody else gets it.
    _reserved: Socket,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    address: SocketAddr,
    server: Arc<Server>,
    up: AtomicBool,
    streams: Mutex<HashMap<u64, TcpStream>>,
    next: AtomicU64,
    trap: Mutex<Option<Trap>>,
    /// Whether nothing moves, and what wakes who waits for that to end.
    stalled: Mutex<bool>,
    moves: Condvar,
}

struct Trap {
    way: Way,
    left: usize,
    action: Box<dyn FnOnce() + Send>,
}

impl Link {
    /// A link to this server, up.
    pub fn new(server: &Arc<Server>) -> Result<Self, Trouble> {
        let reserved = bound(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = reserved.local_addr().doing("reserve a port")?.as_socket();
        let address = address.ok_or_else(|| Trouble::new("reserve a port", "no address"))?;
        let shared = Arc::new(Shared {
            address,
            server: server.clone(),
            up: AtomicBool::new(false),
            streams: Mutex::default(),
            next: AtomicU64::new(0),
            trap: Mutex::default(),
            stalled: Mutex::default(),
            moves: Condvar::new(),
        });
        let link = Self { shared, _reserved: reserved, accepting: Mutex::default() };
        link.up()?;
        Ok(link)
    }

    /// The server's address as the phone knows it.
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// Puts the link up.
    pub fn up(&self) -> Result<(), Trouble> {
        let mut accepting = lock(&self.accepting);
        if accepting.is_some() {
            return Ok(());
        }
        let socket = bound(self.shared.address)?;
        socket.listen(16).doing("listen")?;
        let listener = TcpListener::from(socket);
        self.shared.up.store(true, Ordering::SeqCst);
        let shared = self.shared.clone();
        *accepting = Some(std::thread::spawn(move || accept(&listener, &shared)));
        Ok(())
    }

    /// Takes the link down: what is under way breaks, new connections are refused.
    pub fn down(&self) {
        let Some(thread) = lock(&self.accepting).take() else { return };
        self.shared.up.store(false, Ordering::SeqCst);
        self.flow();
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.shared.address);
        let _ = thread.join();
        self.shared.cut();
    }

    /// Holds back all bytes, both ways, without breaking anything.
    pub fn stall(&self) {
        *lock(&self.shared.stalled) = true;
    }

    /// Lets go what was held back.
    pub fn flow(&self) {
        *lock(&self.shared.stalled) = false;
        self.shared.moves.notify_all();
    }

    /// Once this many more bytes have gone this way, does something and breaks the connection that they
    /// went over. The link stays up.
    pub fn cut_after(&self, way: Way, bytes: usize, action: impl FnOnce() + Send + 'static) {
        *lock(&self.shared.trap) = Some(Trap { way, left: bytes, action: Box::new(action) });
    }

    /// Whether a cut that was asked for has not come to pass; it will not any more.
    pub fn forget_cut(&self) -> bool {
        lock(&self.shared.trap).take().is_some()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.down();
    }
}

impl Shared {
    fn cut(&self) {
        for (_, stream) in lock(&self.streams).drain() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn keep(&self, stream: &TcpStream) -> Option<u64> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.streams).insert(id, stream.try_clone().ok()?);
        Some(id)
    }

    /// Waits for as long as nothing moves.
    fn wait(&self) {
        let stalled = lock(&self.stalled);
        let woken = self.moves.wait_while(stalled, |stalled| *stalled);
        drop(woken.unwrap_or_else(PoisonError::into_inner));
    }

    /// How many of these bytes may go, and what is to be done when they are the last.
    fn pass(&self, way: Way, bytes: usize) -> (usize, Option<Box<dyn FnOnce() + Send>>) {
        let mut trap = lock(&self.trap);
        match trap.as_mut() {
            Some(set) if set.way == way && set.left <= bytes => {
                let left = set.left;
                (left, trap.take().map(|trap| trap.action))
            }
            Some(set) if set.way == way => {
                set.left -= bytes;
                (bytes, None)
            }
            _ => (bytes, None),
        }
    }
}

fn bound(address: SocketAddr) -> Result<Socket, Trouble> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).doing("make a socket")?;
    // What lets the reservation and the listener share the port.
    socket.set_reuse_address(true).doing("share a port")?;
    socket.bind(&address.into()).doing(format!("bind {address}"))?;
    Ok(socket)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while let Ok((phone, _)) = listener.accept() {
        if !shared.up.load(Ordering::SeqCst) {
            return;
        }
        // No server: the phone's connection ends at once.
        let Ok(server) = shared.server.address().and_then(|address| TcpStream::connect(address).doing("connect"))
        else {
            continue;
        };
        join(phone, server, shared);
    }
}

fn join(phone: TcpStream, server: TcpStream, shared: &Arc<Shared>) {
    let (Ok(phone_reads), Ok(server_reads)) = (phone.try_clone(), server.try_clone()) else { return };
    for (from, to, way) in [(phone_reads, server, Way::Up), (server_reads, phone, Way::Down)] {
        let shared = shared.clone();
        let Some(id) = shared.keep(&from) else { return };
        std::thread::spawn(move || {
            carry(&from, &to, way, &shared);
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
            lock(&shared.streams).remove(&id);
        });
    }
}

fn carry(mut from: &TcpStream, mut to: &TcpStream, way: Way, shared: &Shared) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        shared.wait();
        let (allowed, last) = shared.pass(way, read);
        if to.write_all(&buffer[..allowed]).is_err() {
            return;
        }
        if let Some(action) = last {
            action();
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

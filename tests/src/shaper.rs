//! A slow way to a server: so many bytes a second each way, a delay, moments in which nothing moves, and connections that
//! break after so many bytes. All of it is the same for the same seed, so that whoever goes over it meets the same line.
//!
//! Until [`Shaper::signal`] it lets everything pass as it comes.

use crate::{Doing, Trouble};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What goes over the line in one piece.
const PACKET: usize = 512;
/// What a modem holds ready, so that a busy computer leaves no gap on the line.
const READY: Duration = Duration::from_millis(60);
/// Until when there are stalls; more than any run takes.
const STALLS_UNTIL: Duration = Duration::from_secs(6 * 3600);
/// Seconds between stalls, and how long they are.
const BETWEEN: (f64, f64) = (20.0, 60.0);
const LASTS: (f64, f64) = (1.0, 5.0);

/// What a line is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Each way.
    pub bytes_per_second: u64,
    /// From one end to the other.
    pub one_way: Duration,
    /// The seed of moments in which nothing moves; none: there are none.
    pub stalls: Option<u64>,
    /// After so many bytes, both ways together, a connection breaks, and with it what is on its way.
    pub cut_after: Option<u64>,
}

impl Shape {
    /// How long one way needs from the signal on for so many bytes when it is never idle, without the delay.
    pub fn needs(&self, bytes: u64) -> Duration {
        Line::of(self).leave(Duration::ZERO, bytes)
    }

    /// There and back.
    pub fn round_trip(&self) -> Duration {
        self.one_way * 2
    }
}

/// A relay to a server with such a line before it.
pub struct Shaper {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: Option<JoinHandle<()>>,
}

/// What has gone over the line since the signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Bytes, both ways, also those that a cut then lost.
    pub bytes: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Those that were cut.
    pub cuts: u64,
}

struct Shared {
    server: SocketAddr,
    shape: Shape,
    signal: Mutex<Option<Instant>>,
    up: Mutex<Line>,
    down: Mutex<Line>,
    streams: Mutex<HashMap<u64, TcpStream>>,
    carried: Mutex<Carried>,
    next: AtomicU64,
    closed: AtomicBool,
}

/// One way of the line: when what is sent has left, counted from the signal.
struct Line {
    bytes_per_second: u64,
    stalls: Vec<(Duration, Duration)>,
    free: Duration,
}

impl Line {
    fn of(shape: &Shape) -> Self {
        let stalls = shape.stalls.map_or(Vec::new(), stalls);
        Self { bytes_per_second: shape.bytes_per_second, stalls, free: Duration::ZERO }
    }

    /// When bytes that are ready now will have left, after all that was sent before them.
    fn leave(&mut self, now: Duration, bytes: u64) -> Duration {
        let mut left = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        let mut at = now.max(self.free);
        for (begins, ends) in &self.stalls {
            if *ends <= at {
                continue;
            }
            let before = begins.saturating_sub(at);
            if left <= before {
                break;
            }
            left -= before;
            at = *ends;
        }
        self.free = at + left;
        self.free
    }
}

fn stalls(seed: u64) -> Vec<(Duration, Duration)> {
    let mut chance = StdRng::seed_from_u64(seed);
    let (mut stalls, mut at) = (Vec::new(), Duration::ZERO);
    while at < STALLS_UNTIL {
        let begins = at + Duration::from_secs_f64(chance.random_range(BETWEEN.0..BETWEEN.1));
        at = begins + Duration::from_secs_f64(chance.random_range(LASTS.0..LASTS.1));
        stalls.push((begins, at));
    }
    stalls
}

impl Shaper {
    /// Relays to a server from a port of its own until this is dropped.
    pub fn before(server: SocketAddr, shape: Shape) -> Result<Self, Trouble> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).doing("listen")?;
        let address = listener.local_addr().doing("listen")?;
        let shared = Arc::new(Shared {
            server,
            shape,
            signal: Mutex::default(),
            up: Mutex::new(Line::of(&shape)),
            down: Mutex::new(Line::of(&shape)),
            streams: Mutex::default(),
            carried: Mutex::default(),
            next: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        });
        let accepts = Arc::clone(&shared);
        let accepting = Some(std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepts.closed.load(Ordering::SeqCst) {
                    return;
                }
                // No server: the connection ends at once.
                if let Ok(server) = TcpStream::connect(accepts.server) {
                    join(client, server, &accepts);
                }
            }
        }));
        Ok(Self { shared, address, accepting })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as the beginning of an address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From here on the line is what it is. Connections of before break.
    pub fn signal(&self) {
        *lock(&self.shared.signal) = Some(Instant::now());
        self.shared.break_all();
    }

    /// Nothing passes any more: what is under way breaks, and nobody is let on.
    pub fn close(&self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
        self.shared.break_all();
    }

    /// What has gone over it since.
    pub fn carried(&self) -> Carried {
        *lock(&self.shared.carried)
    }
}

impl Drop for Shaper {
    fn drop(&mut self) {
        self.close();
        if let Some(thread) = self.accepting.take() {
            let _ = thread.join();
        }
        self.shared.break_all();
    }
}

impl Shared {
    fn break_all(&self) {
        for (_, stream) in lock(&self.streams).drain() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn signalled(&self) -> Option<Instant> {
        *lock(&self.signal)
    }
}

/// A connection: how much went over it, and whether it is cut.
struct Pair {
    client: TcpStream,
    server: TcpStream,
    made: Instant,
    moved: Mutex<u64>,
    cut: AtomicBool,
}

fn join(client: TcpStream, server: TcpStream, shared: &Arc<Shared>) {
    let keep = |stream: &TcpStream| -> std::io::Result<u64> {
        stream.set_nodelay(true)?;
        let id = shared.next.fetch_add(1, Ordering::Relaxed);
        lock(&shared.streams).insert(id, stream.try_clone()?);
        Ok(id)
    };
    let (Ok(one), Ok(other)) = (keep(&client), keep(&server)) else { return };
    if shared.signalled().is_some() {
        lock(&shared.carried).connections += 1;
    }
    let pair =
        Arc::new(Pair { client, server, made: Instant::now(), moved: Mutex::default(), cut: AtomicBool::new(false) });
    let ways = [(true, one), (false, other)];
    for (up, id) in ways {
        let (shared, pair) = (Arc::clone(shared), Arc::clone(&pair));
        std::thread::spawn(move || {
            let (tell, told) = channel();
            let there = Arc::clone(&pair);
            let arriving = std::thread::spawn(move || arrive(&there, up, &told));
            send(&pair, up, &shared, |at, bytes| tell.send((at, bytes)).is_ok());
            drop(tell);
            let _ = arriving.join();
            lock(&shared.streams).remove(&id);
        });
    }
}

/// Takes what one end sends and lets it go no faster than the line does.
fn send(pair: &Pair, up: bool, shared: &Shared, tell: impl Fn(Instant, Vec<u8>) -> bool) {
    let (from, line) = if up { (&pair.client, &shared.up) } else { (&pair.server, &shared.down) };
    let Ok(from) = from.try_clone() else { return };
    for taken in taken(from) {
        for packet in taken.chunks(PACKET) {
            let Some(signal) = shared.signalled() else {
                if tell(Instant::now(), packet.to_vec()) {
                    continue;
                }
                return;
            };
            let allowed = {
                let (mut moved, wanted) = (lock(&pair.moved), packet.len() as u64);
                let allowed = shared.shape.cut_after.map_or(wanted, |most| wanted.min(most - *moved));
                *moved += allowed;
                allowed
            };
            // The first bytes wait until both ends know of each other, and till then have no place on the line: others go on.
            let known = pair.made + if up { shared.shape.round_trip() } else { shared.shape.one_way };
            std::thread::sleep(known.saturating_duration_since(Instant::now()));
            let left = signal + lock(line).leave(signal.elapsed(), allowed);
            lock(&shared.carried).bytes += allowed;
            if !tell(left + shared.shape.one_way, packet[..allowed as usize].to_vec()) {
                return;
            }
            if shared.shape.cut_after.is_some_and(|most| *lock(&pair.moved) >= most) {
                std::thread::sleep(left.saturating_duration_since(Instant::now()));
                if !pair.cut.swap(true, Ordering::SeqCst) {
                    lock(&shared.carried).cuts += 1;
                }
                let _ = pair.client.shutdown(Shutdown::Both);
                let _ = pair.server.shutdown(Shutdown::Both);
                return;
            }
            std::thread::sleep(left.saturating_duration_since(Instant::now() + READY));
        }
    }
}

/// What an end sends, as soon as it does: it waits here as it would in the sender's own system. Left there, behind a window
/// that opens by so little, Linux would take the line for dead after the time that a client gives it.
fn taken(mut from: TcpStream) -> Receiver<Vec<u8>> {
    let (tell, taken) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 16 << 10];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            if tell.send(buffer[..read].to_vec()).is_err() {
                return;
            }
        }
    });
    taken
}

/// Writes at the other end when it has arrived there.
fn arrive(pair: &Pair, up: bool, told: &Receiver<(Instant, Vec<u8>)>) {
    let mut to = if up { &pair.server } else { &pair.client };
    for (at, bytes) in told {
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        if pair.cut.load(Ordering::SeqCst) || to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Shape =
        Shape { bytes_per_second: 1000, one_way: Duration::from_millis(300), stalls: None, cut_after: None };

    #[test]
    fn bytes_leave_one_after_the_other_and_nothing_leaves_in_a_stall() {
        let second = Duration::from_secs(1);
        let mut line = Line { stalls: vec![(second * 3, second * 5), (second * 6, second * 7)], ..Line::of(&SLOW) };
        assert_eq!(line.leave(Duration::ZERO, 1000), second);
        assert_eq!(line.leave(Duration::ZERO, 1000), second * 2, "after what was sent before");
        assert_eq!(line.leave(second * 2, 500), Duration::from_millis(2500));
        assert_eq!(line.leave(second * 2, 1000), Duration::from_millis(5500), "half of it after the stall");
        assert_eq!(line.leave(second * 6, 1000), second * 8);
        assert_eq!(line.leave(second * 10, 1000), second * 11);
    }

    #[test]
    fn the_same_seed_stalls_at_the_same_moments() {
        let one = Shape { stalls: Some(1), ..SLOW };
        let hour = 3_600_000;
        assert_eq!(one.needs(hour), one.needs(hour));
        assert_ne!(one.needs(hour), Shape { stalls: Some(2), ..SLOW }.needs(hour));
        assert!(one.needs(hour) > SLOW.needs(hour) && SLOW.needs(hour) == Duration::from_secs(3600));
    }

    /// A server that says how many bytes each connection brought, once it is over.
    fn counting() -> (SocketAddr, Receiver<usize>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut came = Vec::new();
                let _ = stream.read_to_end(&mut came);
                let _ = tell.send(came.len());
            }
        });
        (address, told)
    }

    #[test]
    fn a_connection_that_is_being_made_holds_up_no_other() {
        let (server, told) = counting();
        let far = Shape { bytes_per_second: 100_000, one_way: Duration::from_secs(1), stalls: None, cut_after: None };
        let shaper = Shaper::before(server, far).unwrap();
        shaper.signal();
        let begun = |bytes: usize| {
            let mut stream = TcpStream::connect(shaper.address()).unwrap();
            stream.write_all(&vec![7; bytes]).unwrap();
            stream
        };
        let mut made = begun(900);
        std::thread::sleep(far.round_trip());
        begun(700).shutdown(Shutdown::Write).unwrap();
        // Behind bytes whose connection still takes its round trip.
        made.write_all(&[7; 900]).unwrap();
        made.shutdown(Shutdown::Write).unwrap();
        let came = [(); 2].map(|()| told.recv_timeout(Duration::from_secs(60)).unwrap());
        assert_eq!(came, [1800, 700]);
    }

    #[test]
    fn connections_break_after_so_many_bytes_once_there_is_a_signal() {
        let (server, told) = counting();
        let fast = Shape { bytes_per_second: 1 << 30, one_way: Duration::ZERO, stalls: None, cut_after: Some(1000) };
        let shaper = Shaper::before(server, fast).unwrap();
        let send = |bytes: usize| {
            let mut stream = TcpStream::connect(shaper.address()).unwrap();
            let _ = stream.write_all(&vec![7; bytes]);
            let _ = stream.shutdown(Shutdown::Write);
            told.recv_timeout(Duration::from_secs(60)).unwrap()
        };
        assert_eq!(send(5000), 5000);
        shaper.signal();
        assert_eq!(send(900), 900);
        assert!(send(5000) <= 1000);
        assert_eq!(send(900), 900, "the next one begins anew");
        assert_eq!(shaper.carried(), Carried { bytes: 2800, connections: 3, cuts: 1 });
    }
}

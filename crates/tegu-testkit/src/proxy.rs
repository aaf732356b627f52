//! A TCP proxy that spoils what passes through it, on purpose and exactly where it was told to.
//!
//! ```
//! use std::io::{Read as _, Write as _};
//! use std::net::{TcpListener, TcpStream};
//! use tegu_testkit::proxy::{Direction, Fault, Proxy};
//!
//! let server = TcpListener::bind("127.0.0.1:0").unwrap();
//! let cut = Fault::CutAfter { bytes: 2, direction: Direction::ToServer };
//! let proxy = Proxy::start(server.local_addr().unwrap(), cut);
//!
//! let mut client = TcpStream::connect(proxy.addr()).unwrap();
//! client.write_all(b"hello").unwrap();
//! let (mut peer, _) = server.accept().unwrap();
//! let mut arrived = Vec::new();
//! let _ = peer.read_to_end(&mut arrived);
//! assert_eq!(arrived, b"he");
//! ```

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Which way bytes travel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Direction {
    /// From the server to the client.
    ToClient,
    /// From the client to the server.
    ToServer,
}

/// What goes wrong. Counts and offsets are per connection, from its first byte.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Swallows everything in both directions while connections stay open. A connection that has lost bytes this way
    /// stays a black hole, whatever is [set](Proxy::set) later: what it carried would no longer make sense.
    BlackHole,
    /// Lets exactly `bytes` pass in `direction`, then closes both sides.
    CutAfter {
        /// How many bytes still pass; 0 cuts at the first byte.
        bytes: u64,
        /// The direction in which they are counted.
        direction: Direction,
    },
    /// Holds every byte back for this long each way, at any throughput: a long line, not a narrow one.
    Delay(Duration),
    /// Overwrites what passes in `direction` from `offset` on with `bytes`; the length of the stream stays the same.
    Garbage {
        /// The offset of the first byte that is replaced.
        offset: u64,
        /// The bytes that arrive instead.
        bytes: Vec<u8>,
        /// The direction that is damaged.
        direction: Direction,
    },
    /// Nothing: everything passes.
    None,
    /// Accepts connections and closes them at once, as a port forwarder does when the server is down.
    Refuse,
    /// Lets at most this many bytes a second pass in each direction of each connection.
    Throttle(u64),
}

/// A running proxy. It listens on a loopback port of its own, and closes its connections when dropped.
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    fault: Mutex<Fault>,
    stop: AtomicBool,
    connections: AtomicU64,
    to_server: AtomicU64,
    to_client: AtomicU64,
    /// Both ends of each open connection, by its number.
    open: Mutex<HashMap<u64, [TcpStream; 2]>>,
}

impl Proxy {
    /// Starts a proxy in front of `target`.
    ///
    /// # Panics
    ///
    /// When no loopback port is free.
    pub fn start(target: SocketAddr, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen on a loopback port");
        let addr = listener.local_addr().expect("know the proxy's own port");
        let shared = Arc::new(Shared {
            target,
            fault: Mutex::new(fault),
            stop: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            to_server: AtomicU64::new(0),
            to_client: AtomicU64::new(0),
            open: Mutex::new(HashMap::new()),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept(&listener));
        Self { addr, shared }
    }

    /// Where clients connect.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The port on `127.0.0.1` where clients connect.
    pub fn port(&self) -> u16 {
        self.addr.port()
    }

    /// Changes what goes wrong, for open connections too, from the next bytes that arrive.
    pub fn set(&self, fault: Fault) {
        *lock(&self.shared.fault) = fault;
    }

    /// Closes all connections that are open now; the proxy goes on accepting.
    pub fn cut_all(&self) {
        for (_, ends) in lock(&self.shared.open).drain() {
            close(&ends);
        }
    }

    /// How many connections clients have made so far, refused ones included.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many connections are open now.
    pub fn open(&self) -> usize {
        lock(&self.shared.open).len()
    }

    /// How many bytes were passed on to the server.
    pub fn bytes_to_server(&self) -> u64 {
        self.shared.to_server.load(Ordering::SeqCst)
    }

    /// How many bytes were passed on to clients.
    pub fn bytes_to_client(&self) -> u64 {
        self.shared.to_client.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.cut_all();
        // Wakes the thread that accepts, so that it sees the flag and gives the port back.
        let _ = TcpStream::connect(self.addr);
    }
}

impl Shared {
    fn accept(self: Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            let Ok(client) = client else { continue };
            let number = self.connections.fetch_add(1, Ordering::SeqCst);
            if *lock(&self.fault) == Fault::Refuse {
                continue;
            }
            // Off this thread: a target that does not answer must not stop others.
            let shared = Arc::clone(&self);
            thread::spawn(move || shared.connect(number, client));
        }
    }

    fn connect(self: Arc<Self>, number: u64, client: TcpStream) {
        let Ok(server) = TcpStream::connect(self.target) else {
            return;
        };
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        let clone = |stream: &TcpStream| stream.try_clone().expect("share a socket");
        lock(&self.open).insert(number, [clone(&client), clone(&server)]);
        if self.stop.load(Ordering::SeqCst) {
            close(&[client, server]);
            return;
        }
        let swallowing = Arc::new(AtomicBool::new(false));
        let up = Pump {
            shared: Arc::clone(&self),
            direction: Direction::ToServer,
            from: clone(&client),
            to: clone(&server),
            swallowing: Arc::clone(&swallowing),
        };
        let down = Pump {
            shared: Arc::clone(&self),
            direction: Direction::ToClient,
            from: server,
            to: client,
            swallowing,
        };
        let up = thread::spawn(move || up.run());
        down.run();
        let _ = up.join();
        lock(&self.open).remove(&number);
    }
}

/// One direction of one connection.
struct Pump {
    shared: Arc<Shared>,
    direction: Direction,
    from: TcpStream,
    to: TcpStream,
    /// Shared by both directions: set once bytes were swallowed.
    swallowing: Arc<AtomicBool>,
}

impl Pump {
    fn run(mut self) {
        // Reading and writing are apart, so that a delay holds bytes back without holding up those behind them.
        let (queue, due) = mpsc::sync_channel::<(Instant, Vec<u8>)>(1024);
        let mut to = self.to.try_clone().expect("share a socket");
        let shared = Arc::clone(&self.shared);
        let direction = self.direction;
        let writer = thread::spawn(move || {
            for (when, bytes) in due {
                thread::sleep(when.saturating_duration_since(Instant::now()));
                if to.write_all(&bytes).is_err() {
                    return;
                }
                let count = if direction == Direction::ToServer {
                    &shared.to_server
                } else {
                    &shared.to_client
                };
                count.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            }
        });
        let cut = self.read(&queue);
        drop(queue);
        let _ = writer.join();
        if cut {
            close(&[&self.from, &self.to]);
        } else {
            // The other direction may go on: a half-closed connection is a state of its own in TCP.
            let _ = self.to.shutdown(Shutdown::Write);
        }
    }

    /// Passes on what arrives until the end; true when the connection is to be cut.
    fn read(&mut self, queue: &mpsc::SyncSender<(Instant, Vec<u8>)>) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        let mut seen = 0u64;
        loop {
            let count = match self.from.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => count,
                Err(_) => return true,
            };
            let mut chunk = buffer[..count].to_vec();
            let fault = lock(&self.shared.fault).clone();
            let mut due = Instant::now();
            let mut cut = false;
            match fault {
                Fault::BlackHole => self.swallowing.store(true, Ordering::SeqCst),
                Fault::CutAfter { bytes, direction } if direction == self.direction => {
                    let left = bytes.saturating_sub(seen);
                    if left < chunk.len() as u64 {
                        chunk.truncate(usize::try_from(left).unwrap());
                        cut = true;
                    } else if left == chunk.len() as u64 {
                        cut = true;
                    }
                }
                Fault::Delay(time) => due += time,
                Fault::Garbage {
                    offset,
                    bytes,
                    direction,
                } if direction == self.direction => {
                    overlay(&mut chunk, seen, offset, &bytes);
                }
                Fault::Throttle(rate) => {
                    thread::sleep(Duration::from_secs_f64(chunk.len() as f64 / rate.max(1) as f64));
                    due = Instant::now();
                }
                Fault::CutAfter { .. } | Fault::Garbage { .. } | Fault::None | Fault::Refuse => {}
            }
            seen += chunk.len() as u64;
            if self.swallowing.load(Ordering::SeqCst) {
                continue;
            }
            if queue.send((due, chunk)).is_err() || cut {
                return true;
            }
        }
    }
}

/// Replaces the part of `chunk`, which starts at `position` of the stream, that lies within `bytes` placed at `offset`.
fn overlay(chunk: &mut [u8], position: u64, offset: u64, bytes: &[u8]) {
    for (i, byte) in chunk.iter_mut().enumerate() {
        let at = (position + i as u64)
            .checked_sub(offset)
            .and_then(|at| usize::try_from(at).ok());
        if let Some(new) = at.and_then(|at| bytes.get(at)) {
            *byte = *new;
        }
    }
}

fn close<S: std::borrow::Borrow<TcpStream>>(ends: &[S; 2]) {
    for end in ends {
        let _ = end.borrow().shutdown(Shutdown::Both);
    }
}

/// A test that panicked while holding a lock is no reason to hide its message behind a second panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

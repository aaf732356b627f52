//! Loopback ports that no other test takes.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range from which Linux takes the ports of outgoing connections, so that those never collide with a server.
const FIRST: u32 = 20_000;
const COUNT: u32 = 12_000;

/// A port that is reserved, machine-wide among users of this crate, until it is dropped.
///
/// A server binds its port itself and some time later, so a port that is merely free now could be given out twice. The
/// lock on a file per port prevents that across processes; the kernel releases it when a process dies.
#[derive(Debug)]
pub(crate) struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    pub(crate) fn reserve() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let dir = shared_dir().join("ports");
        fs::create_dir_all(&dir).expect("create the folder of port locks");
        // Processes that start together look in different places first.
        let start = std::process::id().wrapping_mul(37);
        for _ in 0..COUNT {
            let step = NEXT.fetch_add(1, Ordering::Relaxed);
            let number = u16::try_from(FIRST + start.wrapping_add(step) % COUNT).unwrap();
            let lock = File::create(dir.join(number.to_string())).expect("create a port lock");
            if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", number)).is_ok() {
                return Self { number, _lock: lock };
            }
        }
        panic!("no free loopback port among {FIRST}..{}", FIRST + COUNT);
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }
}

/// A loopback address of its own, for a server whose ports cannot be chosen. Reserved as a [`Port`] is.
#[derive(Debug)]
pub(crate) struct Address {
    text: String,
    _lock: File,
}

impl Address {
    /// Reserves an address in 127.64.0.0/10 on which nobody listens at `port`.
    pub(crate) fn reserve(port: u16) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let dir = shared_dir().join("addresses");
        fs::create_dir_all(&dir).expect("create the folder of address locks");
        let start = std::process::id();
        for _ in 0..1000 {
            let number = start
                .wrapping_mul(7)
                .wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
            let text = format!(
                "127.{}.{}.{}",
                64 + number / 64_000 % 64,
                number / 250 % 250 + 1,
                number % 250 + 1
            );
            let lock = File::create(dir.join(&text)).expect("create an address lock");
            if lock.try_lock().is_ok() && TcpListener::bind((text.as_str(), port)).is_ok() {
                return Self { text, _lock: lock };
            }
        }
        panic!("port {port} cannot be bound on any of 1000 loopback addresses (ports below 1024 need root)");
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// The folder that test processes of one user share: locks and caches, nothing that a test depends on.
pub(crate) fn shared_dir() -> PathBuf {
    let uid = fs::metadata("/proc/self").expect("read /proc/self").uid();
    std::env::temp_dir().join(format!("tegu-testkit-{uid}"))
}

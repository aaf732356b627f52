//! What the targets share: a bound on what an input may cost, a place for files, and an executor for what has nothing to wait for.
//!
//! Cost is counted, not timed: bytes that are allocated, and whatever else a crate counts under `cfg(fuzzing)`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

/// The system's allocator, which also counts.
struct Counting;

static ALLOCATED: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is passed on as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size() as u64, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size() as u64, Ordering::Relaxed);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATED.fetch_add(size as u64, Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// How much something may cost: at most `base` and, for each byte of the input, `per_byte`.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    pub base: u64,
    pub per_byte: u64,
}

impl Bound {
    /// What reading a file may allocate in all: tables that do not depend on it, and a thousand times its size.
    pub const ALLOCATION: Self = Self {
        base: 4 << 20,
        per_byte: 1024,
    };

    /// Fails if the cost for an input of this length is out of bounds.
    pub fn check(self, what: &str, cost: u64, length: usize) {
        let most = self.base + self.per_byte * length as u64;
        assert!(cost <= most, "{what}: {cost} for {length} bytes, at most {most}");
    }
}

/// Does something with an input, and fails if it allocates more than [`Bound::ALLOCATION`].
pub fn frugal<T>(length: usize, work: impl FnOnce() -> T) -> T {
    within(Bound::ALLOCATION, length, work)
}

/// Does something with an input, and fails if it allocates more than `bound`.
pub fn within<T>(bound: Bound, length: usize, work: impl FnOnce() -> T) -> T {
    let before = ALLOCATED.load(Ordering::Relaxed);
    let out = work();
    let cost = ALLOCATED.load(Ordering::Relaxed) - before;
    bound.check("bytes allocated", cost, length);
    out
}

/// Polls a future that has nothing to wait for.
pub fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// A path of this process's own, in memory where the system has such a place.
pub fn scratch(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let folder = base.join(format!("tegu-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        folder
    });
    folder.join(name)
}

/// Has the tables made that do not depend on an input: the zones of the database and their clocks.
pub fn warm_up() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Z\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n\
            TZOFFSETFROM:+0307\r\nTZOFFSETTO:+0307\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\n\
            DTSTART;TZID=Z:20260105T100000\r\nDTEND;TZID=(UTC+03:00) Moscow:20260105T110000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let split = tegu_dav::split::calendar(file.as_bytes(), &tegu_dav::Limits::default());
        assert!(split.is_ok_and(|split| split.items.len() == 1));
    });
}

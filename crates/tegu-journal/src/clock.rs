use std::{
    fmt,
    time::{Instant, SystemTime},
};

/// Tells the time to leases, and to the journals that live in one process.
///
/// Both clocks are needed: the monotonic one stands still while a machine sleeps, the wall clock is set back and forward.
/// Tests implement it to let time jump. [`SystemClock`] is the machine's.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the monotonic time. It never goes back.
    fn now(&self) -> Instant;

    /// Returns the wall clock's time.
    fn system_time(&self) -> SystemTime;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn system_time(&self) -> SystemTime {
        SystemTime::now()
    }
}

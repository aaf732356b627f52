//! How a person or a service manager stops the program: the first signal lets what is on its way be answered.

use crate::say;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tegu_imap::ledger::BoxFuture;
use tegu_imap::transfer::Gate;
use tegu_imap::{Error, ErrorKind, Result};

/// Closed by the first Ctrl-C or SIGTERM.
#[derive(Debug, Default)]
struct Stop {
    closed: AtomicBool,
}

impl Gate for Stop {
    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        let closed = self.closed.load(Ordering::Relaxed);
        Box::pin(async move {
            match closed {
                true => Err(Error::new(ErrorKind::Cancelled, "stopped by a signal")),
                false => Ok(()),
            }
        })
    }

    fn charge(&self, _: u32, _: u64) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// A gate that the first signal closes; the second ends the program.
pub(super) fn gate() -> Result<Arc<dyn Gate>> {
    let gate = Arc::new(Stop::default());
    let stop = Arc::clone(&gate);
    let mut signals = Signals::new().map_err(|error| Error::io("wait for", "signals", error))?;
    tokio::spawn(async move {
        signals.next().await;
        say::note("stopping; once more to stop at once");
        stop.closed.store(true, Ordering::Relaxed);
        signals.next().await;
        std::process::exit(1);
    });
    Ok(gate)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

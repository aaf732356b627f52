//! How a person or a service manager stops the program: the first signal lets what is on its way be answered.

use crate::signal;
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
    signal::on_stop(move || stop.closed.store(true, Ordering::Relaxed))?;
    Ok(gate)
}

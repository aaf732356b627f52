//! How a person or a service manager stops the program.

use crate::say;
use std::time::Duration;
use tegu_migrate::{CancellationToken, Error, Result};

/// How long a command that was asked to stop may take until it ends. Work that is not at a safe point after 60 seconds is dropped; this is
/// for what computes and cannot be dropped.
const GRACE: Duration = Duration::from_secs(80);

/// A token that Ctrl-C and SIGTERM cancel: the work stops at a safe point, and the same command resumes it.
pub(crate) fn token() -> Result<CancellationToken> {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    on_stop(move || stop.cancel())?;
    Ok(cancel)
}

/// Calls `stop` at the first signal. The second one, or the end of the grace, ends the program: it may be killed at any instant.
///
/// Signals have a thread of their own, so that no computation holds them up.
pub(crate) fn on_stop(stop: impl FnOnce() + Send + 'static) -> Result<()> {
    let failed = |error| Error::io("wait for", "signals", error);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new().map_err(failed)?
    };
    let watch = move || {
        runtime.block_on(async move {
            signals.next().await;
            if !say::is_quiet() {
                note!("stopping at a safe point; once more to stop at once");
            }
            stop();
            if tokio::time::timeout(GRACE, signals.next()).await.is_err() {
                note!(
                    "error: no safe point within {} seconds; the same command resumes what was not finished",
                    GRACE.as_secs()
                );
            }
        });
        std::process::exit(1);
    };
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(watch)
        .map_err(failed)?;
    Ok(())
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

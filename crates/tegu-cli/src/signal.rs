//! How a person or a service manager stops the program.

use tegu_migrate::CancellationToken;

/// A token that Ctrl-C and SIGTERM cancel: the work stops at a safe point, and the same command resumes it.
pub(crate) fn token() -> CancellationToken {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        if received().await.is_ok() {
            stop.cancel();
        }
    });
    cancel
}

#[cfg(unix)]
async fn received() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn received() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

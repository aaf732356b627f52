//! Passes on a schedule, until the cut-over.

use crate::{Event, Migration, Report, Result};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// When passes start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Schedule {
    /// The time from the start of a pass to the start of the next. If a pass takes longer, the next one starts at once.
    pub every: Duration,
    /// The number of passes, or `None` to continue until cancelled.
    pub passes: Option<u64>,
}

impl Schedule {
    /// Starts a pass every `interval` until cancelled.
    pub fn every(every: Duration) -> Self {
        Self { every, passes: None }
    }

    /// Limits the number of passes.
    #[must_use]
    pub fn passes(mut self, passes: u64) -> Self {
        self.passes = Some(passes);
        self
    }
}

impl Migration {
    /// Follows a source that is in use: makes one pass after the other until cancelled, and each carries over what changed since the one
    /// before. For the cut-over, stop the use of the source, cancel, and call [`run`](Self::run) once more.
    ///
    /// `each` is called with the report of each pass. If a pass fails with a retryable error, [`Event::PassFailed`] is sent, and the next pass
    /// starts when it is due.
    ///
    /// Mail between IMAP servers follows new messages and flags. Calendars and contacts follow new and changed items: a changed item replaces
    /// the version that was moved before, if that is still on the target as it was proved. If its owner changed it there too, it is a
    /// conflict for a person. If its owner deleted it there, it is excluded and not brought back.
    /// [`MigrationBuilder::deletions`](crate::MigrationBuilder::deletions) says what happens to items that are deleted on the source.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run). Being cancelled between two passes is not an error.
    ///
    /// # Cancel safety
    ///
    /// As for [`run`](Self::run).
    #[doc(alias = "incremental")]
    #[doc(alias = "delta")]
    #[doc(alias = "sync")]
    pub async fn follow(
        &self,
        schedule: Schedule,
        cancel: &CancellationToken,
        mut each: impl FnMut(&Report) + Send,
    ) -> Result<()> {
        let mut made = 0;
        loop {
            let begun = Instant::now();
            match self.run(cancel).await {
                Ok(report) => each(&report),
                Err(error) if error.is_retryable() && !cancel.is_cancelled() => {
                    tracing::warn!(%error, "a pass failed");
                    self.shared.events.send(Event::PassFailed {
                        error: error.to_string(),
                    });
                }
                Err(error) => return Err(error),
            }
            made += 1;
            if schedule.passes.is_some_and(|passes| made >= passes) {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep(schedule.every.saturating_sub(begun.elapsed())) => {}
                () = cancel.cancelled() => return Ok(()),
            }
        }
    }
}

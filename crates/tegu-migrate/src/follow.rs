//! Passes on a schedule, until the cut-over.

use crate::{Event, Migration, Report, Result};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// When passes are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Schedule {
    /// From the beginning of a pass to that of the next; a pass that takes longer is followed by the next at once.
    pub every: Duration,
    /// How many passes are made; until it is stopped, where nothing is said.
    pub passes: Option<u64>,
}

impl Schedule {
    /// A pass every so often, until it is stopped.
    pub fn every(every: Duration) -> Self {
        Self { every, passes: None }
    }

    /// No more than so many passes.
    #[must_use]
    pub fn passes(mut self, passes: u64) -> Self {
        self.passes = Some(passes);
        self
    }
}

impl Migration {
    /// Follows a source that is in use: makes one pass after the other, each of which carries over what has changed since
    /// the one before, until `cancel` ends it. For the cut-over, stop the source's use, cancel, and [`run`](Self::run)
    /// once more.
    ///
    /// `each` is given the report of each pass. A pass that fails for a reason that may pass is told as an
    /// [event](Event::PassFailed), and the next one is made when it is due.
    ///
    /// Mail between IMAP servers follows in flags and new messages. Calendars and contacts follow in what is new and in what has
    /// changed on the source: an item takes the place of the version that was moved before, as long as that still stands on the
    /// target as it was proved. Where its owner has changed it there too, it is a conflict for a person; where its owner has
    /// deleted it there, it is excluded and not brought back.
    /// [`MigrationBuilder::deletions`](crate::MigrationBuilder::deletions) says what becomes of items that are deleted on the source.
    ///
    /// # Errors
    ///
    /// As for [`run`](Self::run); being cancelled between two passes is none.
    ///
    /// # Cancel safety
    ///
    /// As for [`run`](Self::run).
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

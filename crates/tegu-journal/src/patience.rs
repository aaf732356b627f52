use crate::{Error, Result};
use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Waits for a journal that cannot be reached for a while, such as a database that is being restarted.
///
/// ```
/// use std::time::Duration;
/// use tegu_journal::{Journal, JobFilter, MemoryJournal, Patience};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let journal = MemoryJournal::new();
/// let mut patience = Patience::new(Duration::from_secs(600));
/// let jobs = loop {
///     match journal.jobs(JobFilter::All, None).await {
///         Ok(jobs) => break jobs,
///         Err(error) => patience.after(error).await?,
///     }
/// };
/// # assert!(jobs.is_empty());
/// # Ok::<(), tegu_journal::Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Patience {
    begun: Instant,
    limit: Duration,
    pause: Duration,
}

impl Patience {
    /// Waits for no longer than `limit` in all.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self {
            begun: Instant::now(),
            limit,
            pause: FIRST,
        }
    }

    /// Returns when the journal may be asked again. Pauses grow from 100 ms to 5 s.
    ///
    /// # Errors
    ///
    /// The error itself if no retry helps, or if the limit is over; the latter says how long was waited.
    pub async fn after(&mut self, error: Error) -> Result<()> {
        if !error.is_retryable() {
            return Err(error);
        }
        let waited = self.begun.elapsed();
        if waited >= self.limit {
            return Err(error.context(format_args!(
                "waited {} s for the journal; a new run goes on where this one stood",
                waited.as_secs()
            )));
        }
        tokio::time::sleep(self.pause.min(self.limit - waited)).await;
        self.pause = (self.pause * 2).min(LONGEST);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_says_how_long_it_waited() {
        let mut patience = Patience::new(Duration::from_millis(1100));
        let away = || Error::journal("connection refused").retryable(true);
        let error = loop {
            if let Err(error) = patience.after(away()).await {
                break error.to_string();
            }
        };
        assert!(
            error.contains("waited 1 s") && error.contains("a new run goes on"),
            "{error}"
        );
        assert!(error.contains("connection refused"), "{error}");
    }

    #[tokio::test]
    async fn it_does_not_wait_for_what_no_retry_helps() {
        let error = Error::journal("password authentication failed");
        assert!(Patience::new(LONGEST).after(error).await.is_err());
    }
}

//! What each job notes for the sheets of all.

use super::RightsRoute;
use crate::{
    Result, Route as _, RunContext,
    job::job_key,
    journal::{Journal, Kind, LogName, damaged},
};
use serde::{Serialize, de::DeserializeOwned};

impl RightsRoute {
    /// Notes what sheets have to say of an account, if that is not what they said.
    pub(super) async fn note<T>(&self, context: &RunContext<'_>, kind: Kind, rows: &[T]) -> Result<()>
    where
        T: DeserializeOwned + PartialEq + Serialize + Sync,
    {
        let known: Option<Vec<T>> = self
            .noted(context.journal().as_ref(), &context.account().id, &kind)
            .await?;
        if known.as_deref().unwrap_or_default() == rows {
            return Ok(());
        }
        // Plain data: serialising it does not fail.
        let note = serde_json::to_value(rows).unwrap_or_default();
        context.note(kind, &note).await
    }

    /// The last note of an account's job.
    pub(super) async fn noted<T: DeserializeOwned>(
        &self,
        journal: &dyn Journal,
        account: &str,
        kind: &Kind,
    ) -> Result<Option<Vec<T>>> {
        let key = job_key(self.entity(), account);
        let octets = journal.read(&key, &LogName::new(kind.clone(), "")).await?;
        let mut lines = octets.split(|byte| *byte == b'\n');
        let last = lines.rfind(|line| !line.is_empty());
        let last = last.map(serde_json::from_slice).transpose();
        last.map_err(|_| damaged(&key, "what the sheets have to say"))
    }
}

//! What the journal's jobs are about, and what their containers are called.

use crate::{
    Account, Entity, Error, ErrorKind, Result,
    journal::{ContainerKey, Job, JobKey, Kind},
    sources::CollectionKind,
};

/// One kind of thing of one account: what a job of the journal is about.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AccountJob {
    /// What moves.
    pub entity: Entity,
    /// Whose things move.
    pub account: Account,
}

impl AccountJob {
    /// A kind of thing of an account.
    #[must_use]
    pub fn new(entity: Entity, account: Account) -> Self {
        Self { entity, account }
    }

    /// Returns the journal's form: the account is the payload.
    ///
    /// # Errors
    ///
    /// Kind [`Internal`](ErrorKind::Internal) if the account cannot be written as JSON.
    pub fn to_job(&self) -> Result<Job> {
        let key = job_key(self.entity, self.account.id.clone());
        Job::new(key, &self.account)
    }

    /// Reads the journal's form.
    ///
    /// # Errors
    ///
    /// Kind [`Journal`](ErrorKind::Journal) for a job of another program or a later version.
    pub fn from_job(job: &Job) -> Result<Self> {
        Ok(Self::new(entity(&job.key().kind)?, job.payload()?))
    }
}

/// Returns the kind of jobs that move an entity.
fn kind(entity: Entity) -> Kind {
    Kind::from_static(entity.name())
}

/// Returns the entity that jobs of a kind move.
///
/// # Errors
///
/// Kind [`Journal`](ErrorKind::Journal) for the kind of another program or a later version.
pub fn entity(kind: &Kind) -> Result<Entity> {
    Entity::from_name(kind.as_str()).ok_or_else(|| {
        let message =
            format!("the journal is of another program or a later version: it holds jobs of the kind {kind}");
        Error::new(ErrorKind::Journal, message)
    })
}

/// Returns the key of the job that moves an entity of the account with this [id](Account::id).
pub fn job_key(entity: Entity, account: impl Into<String>) -> JobKey {
    JobKey::new(kind(entity), account)
}

/// Returns the key of a container of such a job: a folder, calendar or address book, by its levels.
pub fn container_key(entity: Entity, account: impl Into<String>, path: Vec<String>) -> ContainerKey {
    ContainerKey::new(kind(entity), account, path)
}

/// Returns the kind of thing that a collection's items are reported as, where a job moves `entity`.
#[must_use]
pub fn row_entity(entity: Entity, kind: CollectionKind) -> Entity {
    match kind {
        CollectionKind::Tasks => Entity::Tasks,
        CollectionKind::Notes => Entity::Notes,
        CollectionKind::Items => entity,
    }
}

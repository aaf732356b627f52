use crate::{
    Account, Entity, Error, ErrorKind, Result,
    journal::{ContainerKey, Job, JobKey, Kind},
};

/// One kind of thing of one account: what the journal's jobs are about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AccountJob {
    pub(crate) entity: Entity,
    pub(crate) account: Account,
}

impl AccountJob {
    pub(crate) fn new(entity: Entity, account: Account) -> Self {
        Self { entity, account }
    }

    /// Returns the journal's form: the account is the payload.
    pub(crate) fn to_job(&self) -> Result<Job> {
        let key = job_key(self.entity, self.account.id.clone());
        Job::new(key, &self.account)
    }

    pub(crate) fn from_job(job: &Job) -> Result<Self> {
        Ok(Self::new(entity(&job.key().kind)?, job.payload()?))
    }
}

/// Returns the kind of jobs that move an entity.
pub(crate) fn kind(entity: Entity) -> Kind {
    Kind::from_static(entity.name())
}

/// Returns the entity that jobs of a kind move.
pub(crate) fn entity(kind: &Kind) -> Result<Entity> {
    Entity::from_name(kind.as_str()).ok_or_else(|| {
        let message =
            format!("the journal is of another program or a later version: it holds jobs of the kind {kind}");
        Error::new(ErrorKind::Journal, message)
    })
}

/// Returns the key of the job that moves an entity of the account with this id.
pub(crate) fn job_key(entity: Entity, account: impl Into<String>) -> JobKey {
    JobKey::new(kind(entity), account)
}

/// Returns the key of a container of such a job.
pub(crate) fn container(entity: Entity, account: impl Into<String>, path: Vec<String>) -> ContainerKey {
    ContainerKey::new(kind(entity), account, path)
}

//! One job, from its journal to its end.

use std::{path::Path, sync::Arc, time::Duration};
use tegu_transfer::{
    Account, AccountJob, Entity, Error, Gate, Proof, ProveContext, Result, Route, RouteOptions, RunContext,
    Totals,
    journal::{Claim, Journal, MemoryJournal, Outcome},
};

/// A journal with a job for one account.
pub(crate) struct Pass {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) job: AccountJob,
    pub(crate) options: RouteOptions,
}

impl Pass {
    pub(crate) fn new(entity: Entity) -> Self {
        Self {
            journal: Arc::new(MemoryJournal::new()),
            job: AccountJob::new(entity, Account::new("anna@example.test")),
            options: RouteOptions::default(),
        }
    }

    /// Claims the job, in a pass that is begun or joined.
    pub(crate) async fn gate(&self) -> Gate {
        let jobs = [self.job.to_job().unwrap()];
        self.journal.begin(&"settings".into(), &jobs).await.unwrap();
        let claim = self.journal.claim("worker", Duration::from_secs(60)).await;
        let Claim::Job(lease) = claim.unwrap() else {
            panic!("the job is free")
        };
        Gate::new(self.journal.clone(), lease)
    }

    /// Runs a route to its end.
    pub(crate) async fn run(&self, route: &dyn Route, out: &Path) -> Totals {
        let gate = Arc::new(self.gate().await);
        let totals = self.work(route, &gate, out).await.unwrap();
        assert_eq!(totals.error.as_ref().map(Error::to_string), None);
        let done = Outcome::Done(Vec::new());
        self.journal.finish(gate.lease(), &done).await.unwrap();
        totals
    }

    pub(crate) async fn work(&self, route: &dyn Route, gate: &Arc<Gate>, out: &Path) -> Result<Totals> {
        let context = RunContext::new(&self.job, &self.options, gate, out);
        gate.keeping(context.run(route)).await
    }

    pub(crate) async fn prove(&self, route: &dyn Route) -> Proof {
        let context = ProveContext::new(&self.job.account, &self.journal);
        route.prove(&context).await.unwrap()
    }
}

//! The verbs of an import: run and plan.

use super::builder::Import;
use super::outcome::Report;
use super::pass::Pass;
use super::plan::Plan;
use super::source::{Items, Source};
use crate::{Error, Item, Result};
use tegu_net::BoxFuture;
use tracing::Instrument as _;

impl Import {
    /// Uploads what is missing and proves what is there. The items are all that the source holds; see [`Items`].
    ///
    /// # Errors
    ///
    /// Those of the connection before anything is sent, of the ledger, and of the gate. What goes wrong with one item is its
    /// outcome.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops between two requests. A later run with the same ledger resumes.
    pub async fn run(&self, items: Vec<Item>) -> Result<Report> {
        self.run_from(&mut Items::new(items)).await
    }

    /// As [`run`](Self::run), from a source that hands out items document by document.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and those of the source.
    pub async fn run_from(&self, source: &mut dyn Source) -> Result<Report> {
        let pass = self.walk(source, false).await.map_err(Error::at_target)?;
        Ok(pass.into_report())
    }

    /// Returns what [`run`](Self::run) would do, item by item. Changes nothing, on the server or in the ledger.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn plan(&self, items: &[Item]) -> Result<Plan> {
        self.plan_from(&mut Items::new(items.to_vec())).await
    }

    /// As [`plan`](Self::plan), from a source that hands out items document by document.
    ///
    /// # Errors
    ///
    /// As [`run_from`](Self::run_from).
    pub async fn plan_from(&self, source: &mut dyn Source) -> Result<Plan> {
        let pass = self.walk(source, true).await.map_err(Error::at_target)?;
        Ok(pass.into_plan())
    }

    fn walk<'a>(&'a self, source: &'a mut dyn Source, plan: bool) -> BoxFuture<'a, Result<Pass<'a>>> {
        let walk = async move {
            let mut pass = Pass::open(self, plan).await?;
            pass.walk(source).await?;
            Ok(pass)
        };
        Box::pin(walk.instrument(self.destination.span()))
    }
}

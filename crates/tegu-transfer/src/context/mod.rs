//! What a route works with.

mod options;
mod plan;
mod prove;
mod run;

pub use self::{options::RouteOptions, plan::PlanContext, prove::ProveContext, run::RunContext};

use crate::sources::Collection;

/// Identities and names, to be settled.
fn listed(collections: &[Collection]) -> Vec<(Option<&str>, &str)> {
    collections
        .iter()
        .map(|one| (one.id.as_deref(), one.name.as_str()))
        .collect()
}

/// Collections under the names by which the job knows them.
fn renamed(mut collections: Vec<Collection>, names: Vec<String>) -> Vec<Collection> {
    for (collection, name) in collections.iter_mut().zip(names) {
        collection.name = name;
    }
    collections
}

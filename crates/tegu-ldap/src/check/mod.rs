//! Findings on the whole set: what has to be mended before anybody moves.

mod finding;
mod run;

pub use finding::{Finding, Issue, Severity};
pub use run::{CheckOptions, run};

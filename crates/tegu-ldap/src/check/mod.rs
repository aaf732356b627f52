//! Findings on the whole set: what has to be mended before anybody moves.

mod addresses;
mod finding;
mod options;
mod owners;
mod report;
mod run;
mod texts;

pub use finding::{Finding, Issue, Severity};
pub use options::CheckOptions;
pub use run::run;

//! Findings on the whole set: what has to be mended before anybody moves.

mod addresses;
mod finding;
mod owners;
mod run;
mod texts;

pub use finding::{Finding, Issue, Severity};
pub use run::{CheckOptions, run};

//! Findings on the whole set: what has to be mended before anybody moves.

mod addresses;
mod finding;
mod options;
mod owners;
mod report;
mod run;
mod texts;

pub use finding::{Finding, Issue};
pub use options::CheckOptions;
pub use run::run;
#[doc(no_inline)]
pub use tegu_outcome::Severity;

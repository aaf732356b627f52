//! Checks a directory for what has to be corrected before the migration.

mod addresses;
mod circles;
mod finding;
mod issue;
mod message;
mod names;
mod options;
mod owners;
mod references;
mod report;
mod run;
mod texts;

pub use finding::Finding;
pub use issue::Issue;
pub use names::Names;
pub use options::CheckOptions;
pub use run::run;
#[doc(no_inline)]
pub use tegu_outcome::Severity;

//! What became of every item of a migration, for machines (`report.json`) and for people: one HTML page, a worklist for
//! spreadsheets, and a letter to each owner, in English and Russian.

mod advice;
mod build;
mod entity;
mod exception;
mod fact;
mod file;
mod language;
pub mod letter;
mod octets;
mod page;
mod plan;
mod report;
mod rows;
mod section;
mod speed;
mod store;
mod worklist;

pub use advice::advice;
pub use build::ReportBuilder;
pub use entity::{Disposition, Entity, EntityInfo};
pub use exception::{ExceptionKind, ExceptionReport};
pub use fact::{Fact, Relation};
pub use language::{Language, Text};
pub use octets::Octets;
pub use plan::{Deviation, PlanCheck};
pub use report::{REPORT_VERSION, Report, Summary};
pub use rows::{AccountReport, ContainerReport, Deletion, DocumentReport, EntityReport, Problem, WorkItem};
pub use section::Section;
pub use speed::{Pace, Speed};
pub use tegu_outcome::{Blame, Counts, Error, ErrorKind, Finding, Result, State};

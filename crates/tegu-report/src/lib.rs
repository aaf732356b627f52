//! Reports of a mailbox migration: what became of every item, for machines and for people.
//!
//! A program that moves mailboxes counts what the source holds and how each item ends, and makes a [`Report`] of it.
//! [`Report::write_to`] writes `report.json`, an HTML page that opens without a network, and a worklist for spreadsheets;
//! [`letter::Letters`] writes to each owner. Everything for people is in English and Russian.
//!
//! A report does not hide what it does not know. What could not be counted is [uncounted](AccountReport::uncounted), and sums with
//! an uncounted part do not [balance](Report::balances).
//!
//! While a run is on its way, [`Event`] says what happens, and [`Progress`] what all events so far come to.
//!
//! [`Entity`] is the table of what an Exchange organisation is made of. [`advice`] says what a person does about a finding.
//!
//! # Example
//!
//! ```
//! use jiff::Timestamp;
//! use tegu_report::{AccountReport, ContainerReport, Entity, Finding, Language, Report, State, WorkItem, letter::Letters};
//!
//! // Count each folder where it is listed, and each item where it ends.
//! let mut inbox = ContainerReport::new(Entity::Mail, "INBOX");
//! inbox.counts.expect(3);
//! inbox.counts.add_many(State::Moved, 2);
//! inbox.counts.add(State::Manual);
//!
//! let mut anna = AccountReport::new("anna@example.test", "Anna");
//! anna.containers.push(inbox);
//! // Boris's mailbox could not be opened: nobody knows what it holds.
//! let mut boris = AccountReport::new("boris@example.test", "Boris");
//! boris.uncounted.push(Entity::Mail);
//!
//! let mut left = WorkItem::new(Entity::Mail, "anna@example.test", "INBOX", "7:12", State::Manual);
//! left.label = "boris@example.test · Report".into();
//! left.findings.push(Finding::lossy("MAIL-NUL", "the message contains NUL octets"));
//!
//! let report = Report::builder("first wave", Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH)
//!     .accounts(vec![anna, boris])
//!     .worklist(vec![left])
//!     .build();
//! assert!(!report.balances(), "sums with an unknown part do not add up");
//! assert!(!report.is_complete());
//!
//! // report.json, report.html, worklist.csv, and a letter to each owner.
//! let job = tempfile::tempdir()?;
//! report.write_to(job.path())?;
//! let letters = Letters::new("it@example.test", "IT desk").language(Language::Russian);
//! assert_eq!(letters.write_to(&report, job.path())?, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Untrusted text
//!
//! Names, subjects and answers of servers come from outside. On the page they are text and never markup, in the table they are never
//! formulas, in a letter they are never headers.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod advice;
mod build;
mod entity;
mod event;
mod exception;
mod fact;
mod followup;
mod language;
pub mod letter;
mod octets;
mod page;
mod plan;
mod progress;
mod report;
mod rows;
mod section;
mod speed;
mod store;
mod worklist;

pub use advice::{advice, known_codes};
pub use build::ReportBuilder;
pub use entity::{Disposition, Entity, EntityInfo};
pub use event::Event;
pub use exception::{ExceptionKind, ExceptionReport, Unmatched};
pub use fact::{Fact, Relation};
pub use followup::{CoexistenceReport, LetterFailure, LettersReport};
pub use language::{Language, Text};
pub use octets::Octets;
pub use plan::{Deviation, PlanCheck};
pub use progress::{AtWork, Progress};
pub use report::{REPORT_VERSION, Report, Summary};
pub use rows::{AccountReport, ContainerReport, Deletion, DocumentReport, EntityReport, Problem, WorkItem};
pub use section::Section;
pub use speed::{Speed, SpeedMeter};
pub use tegu_outcome::{Blame, Counts, Error, ErrorKind, Finding, Result, State};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! Two mail servers for the same domains while people move: who moves when, where each account stands, and which server gets
//! its mail.
//!
//! An organisation moves in [`Wave`]s. [`Stages`] remembers how far each account is and allows only the transitions that make
//! sense. Until its cut-over Exchange delivers an account's mail; from then on TEGU does. [`Sheets`] tell both sides so, as text
//! that people apply: Postfix maps, and lines for the Exchange Management Shell. [`prove`] reads that text again and follows
//! every address from either server: it must arrive at exactly one, and nothing may loop. [`sharing`] finds people who open each
//! other's mailboxes, because sharing ends where two servers meet: they should move together.
//!
//! While both servers run, clients keep one server name: [`proxy`] writes what a proxy needs to send each login to the server that has its mailbox. [`Senders`]
//! tells its mail server who may send by which address, and [`Delegate`] tells people who acts for whom.
//!
//! Nothing here touches a network or a server. The [`Recipient`]s, [`Forwarding`]s and [`Grant`]s come from the caller's directory.
//!
//! # Example
//!
//! Two waves; the first is cut over.
//!
//! ```
//! use tegu_routing::{Recipient, Server, Servers, Sheets, Stage, Stages, Wave, assign, prove};
//!
//! let recipients = [
//!     Recipient::mailbox("anna@example.test").aliases(["a@example.test"]),
//!     Recipient::mailbox("boris@example.test"),
//!     Recipient::group("all@example.test"),
//! ];
//! let waves = [Wave::new("pilot", ["anna@*"]), Wave::new("everybody", ["*"])];
//! let assignment = assign(&waves, ["anna@example.test", "boris@example.test"]);
//! let pilot = assignment.accounts("pilot").unwrap_or_default();
//! assert_eq!(pilot, ["anna@example.test"]);
//!
//! let mut stages = Stages::default();
//! for stage in [Stage::Copying, Stage::Following, Stage::CutOver] {
//!     stages.advance(pilot, stage)?;
//! }
//!
//! let servers = Servers::new("exchange.example.test", "mail.example.test", "tegu.example.test")?;
//! let sheets = Sheets::new(&servers, &recipients, &stages);
//! assert!(sheets.transport.contains("a@example.test smtp:[mail.example.test]:25\n"));
//! assert!(sheets.transport.contains("boris@example.test smtp:[exchange.example.test]:25\n"));
//!
//! let proof = prove(&servers, &sheets, &recipients, &stages, &[]);
//! assert!(proof.holds(), "{:?}", proof.findings);
//! assert_eq!(proof.destinations["a@example.test"], Server::Tegu);
//! assert_eq!(proof.destinations["all@example.test"], Server::Exchange);
//! # Ok::<(), tegu_routing::Error>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod delegates;
mod overview;
pub mod pattern;
mod proof;
pub mod proxy;
mod recipient;
mod senders;
mod servers;
mod shares;
pub mod sharing;
mod sheets;
mod stage;
mod stages;
mod wave;

pub use delegates::Delegate;
pub use overview::{WaveStatus, Waves};
pub use proof::{Proof, prove};
pub use recipient::{Forwarding, Grant, Recipient, RecipientKind};
pub use senders::Senders;
pub use servers::{Server, Servers};
pub use shares::Shares;
pub use sheets::Sheets;
pub use stage::Stage;
pub use stages::{AccountStage, STAGES_VERSION, Stages, Step};
pub use tegu_outcome::{Blame, Error, ErrorKind, Finding, Result, Severity};
pub use wave::{Assignment, Wave, assign};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

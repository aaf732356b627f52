//! Moves mail, calendars and contacts from any source to any target, one kind of thing of one account at a time.
//!
//! A [`Route`] plans, runs and proves, and all three rest on the same decisions: what [`Route::plan`] says is what [`Route::run`] does, as
//! long as neither side changes in between. What moved is read back and compared. Every item of the source ends in exactly one
//! [`State`]. A run may be killed at any instant: the next one ends as one uninterrupted run would have, nothing lost, nothing twice.
//!
//! | route | moves | from, to |
//! |---|---|---|
//! | [`MailRoute`] | messages | any [`MailSource`](sources::MailSource), any [`MailTarget`](targets::MailTarget) |
//! | [`ItemRoute`] | calendars or contacts | any [`ItemSource`](sources::ItemSource), any [`ItemTarget`](targets::ItemTarget) |
//! | [`RightsRoute`] | who may do what with whose folders | any source and target of `tegu_rights::store` |
//! | your own | a kind of thing that these do not move | |
//!
//! This crate brings no source, no target, no server, no configuration and no directory of accounts: all of that is the caller's, and so is the
//! [journal](journal::Journal). [`tegu-migrate`](https://docs.rs/tegu-migrate) brings them, and runs many accounts at a time.
//!
//! # Example
//!
//! The README moves one account's mail. A plan of the same route says before that what a run would do:
//!
//! ```
//! use tegu_transfer::{Account, PlanContext, Route, RouteOptions, State};
//! # use tegu_transfer::{BoxFuture, Entity, Proof, ProveContext, Result, RoutePlan, RunContext, plan::ContainerPlan};
//! # #[derive(Debug)]
//! # struct Notes;
//! # impl Route for Notes {
//! #     fn entity(&self) -> Entity { Entity::Calendars }
//! #     fn describe(&self) -> String { "here -> there".into() }
//! #     fn check<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<()>> { Box::pin(async { Ok(()) }) }
//! #     fn plan<'a>(&'a self, _: &'a PlanContext<'a>) -> BoxFuture<'a, Result<RoutePlan>> {
//! #         let mut row = ContainerPlan::new(Entity::Calendars, "Notes");
//! #         row.item("1", State::Moved, 100, &[]);
//! #         Box::pin(async { Ok(RoutePlan::new(vec![row], Vec::new())) })
//! #     }
//! #     fn run<'a>(&'a self, _: &'a RunContext<'a>) -> BoxFuture<'a, Result<()>> { Box::pin(async { Ok(()) }) }
//! #     fn prove<'a>(&'a self, _: &'a ProveContext<'a>) -> BoxFuture<'a, Result<Proof>> { Box::pin(async { Ok(Proof::default()) }) }
//! # }
//! # async fn plan(route: &dyn Route) -> Result<()> {
//! let (anna, options) = (Account::new("anna@example.test"), RouteOptions::default());
//! let planned = route.plan(&PlanContext::new(&anna, &options)).await?;
//! for folder in &planned.containers {
//!     println!("{}: {} move, {} are left to a person", folder.name, folder.amounts.moves.items, folder.amounts.manual.items);
//! }
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(plan(&Notes)).unwrap();
//! ```
//!
//! # Features
//!
//! - `schema`: [`Limits`] implements `schemars::JsonSchema`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod context;
mod directory;
mod event;
mod gate;
mod items;
pub mod job;
pub mod label;
mod limits;
mod mail;
mod organisation;
mod originals;
mod pieces;
mod proof;
mod rights;
mod route;
pub mod standing;
mod summary;
mod tally;
mod totals;

pub use context::{PlanContext, ProveContext, RouteOptions, RunContext};
pub use directory::claim_directory;
pub use event::{EventSender, Events};
pub use gate::{Gate, cancelled};
pub use items::{ItemRoute, KnownDocuments, Readings, check_source};
pub use job::AccountJob;
pub use limits::Limits;
pub use mail::MailRoute;
pub use organisation::Organisation;
pub use originals::{Incoming, Original, Originals};
pub use pieces::Piece;
pub use proof::{Flaw, Proof};
pub use rights::{Identifiers, MovedFolders, RightsRoute};
pub use route::{Route, RoutePlan, Sheets, account_span};
pub use standing::Standing;
pub use summary::{Summary, each_job};
pub use tally::Tally;
pub use totals::{Totals, stops_the_run};

#[doc(no_inline)]
pub use tegu_journal as journal;
#[doc(no_inline)]
pub use tegu_message::{self as message, digest};
#[doc(no_inline)]
pub use tegu_net as net;
#[doc(no_inline)]
pub use tegu_outcome::{Blame, Digest, Error, ErrorKind, Finding, Result, State};
#[doc(no_inline)]
pub use tegu_plan::{self as plan, Policy};
#[doc(no_inline)]
pub use tegu_report::{self as report, Entity, Event};
#[doc(no_inline)]
pub use tegu_store::{Account, BoxFuture, items as item, sources, targets};
#[doc(no_inline)]
pub use tokio_util::sync::CancellationToken;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

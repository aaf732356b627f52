//! What a migration would do before it does it, and the policy that decides.
//!
//! The rule is: *what cannot be moved with certainty is moved by a person*. A [`Policy`] holds the rule, and what an operator relaxes of it
//! and leaves out. A [`Plan`] says folder by folder how items will end, with codes, sums and the time it will take. It is
//! saved as JSON, compared with an earlier plan ([`Plan::changes_since`]), and checked against what a run did ([`Plan::check`]).
//!
//! This crate reads and compares plans without any connection. [`tegu-migrate`](https://docs.rs/tegu-migrate) makes and runs them.
//!
//! # Example
//!
//! ```
//! use tegu_plan::{AccountPlan, ContainerPlan, Entity, Finding, Plan, Policy, Rates, State};
//!
//! let policy = Policy::default().accept(["MAIL-KEYWORD"]);
//! let keyword = Finding::lossy("MAIL-KEYWORD", "the target cannot store the keyword Project");
//! let nul = Finding::lossy("MAIL-NUL", "the message contains NUL octets");
//!
//! let mut inbox = ContainerPlan::new(Entity::Mail, "INBOX");
//! for (id, findings) in [("7:1", vec![]), ("7:2", vec![keyword]), ("7:3", vec![nul])] {
//!     let state = if policy.stops(&findings) { State::Manual } else { State::Moved };
//!     inbox.item(id, state, 2_000, &findings);
//! }
//! let mut anna = AccountPlan::new("anna@example.test", "Anna");
//! anna.containers.push(inbox);
//!
//! let mut plan = Plan::new("first wave", "2026-01-31T12:00:00Z", vec!["imaps://a -> imaps://b".into()], policy);
//! plan.accounts.push(anna);
//! let plan = plan.finished(&Rates::default(), 4, vec![]);
//! assert!(plan.balances());
//! assert_eq!((plan.cost.items, plan.exceptions[0].items), (2, 1));
//!
//! let saved = plan.to_json()?;
//! assert!(Plan::from_json(&saved)?.changes_since(&plan).changes.is_empty());
//! # Ok::<(), tegu_plan::Error>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod check;
mod cost;
mod options;
mod plan;
pub mod policy;

pub use check::PlanDiff;
pub use cost::{Basis, Cost, Rates};
pub use options::{Depth, PlanOptions};
pub use plan::{
    AccountPlan, Amount, Amounts, ContainerPlan, EntityPlan, ItemPlan, PLAN_VERSION, Plan, PlannedFinding,
};
pub use policy::Policy;
#[doc(no_inline)]
pub use tegu_outcome::{Error, ErrorKind, Finding, Result, Severity, State};
#[doc(no_inline)]
pub use tegu_report::{
    Deviation, Entity, ExceptionKind, ExceptionReport, Octets, PlanCheck, Problem, Report, Section,
};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

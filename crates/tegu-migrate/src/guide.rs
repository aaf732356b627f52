//! How to use this crate, one page for each task. All examples are compiled, and run where they need no server.
//!
//! | page | for |
//! |---|---|
//! | [`embed`] | a migration inside of a service: building, progress, cancelling, signing in |
//! | [`follow`] | passes while people work, and the cut-over |
//! | [`coexist`] | two servers for the same domains: waves, stages, routing sheets |
//! | [`many_machines`] | workers that share a journal |
//! | [`write_a_source`] | another protocol to read from |
//! | [`write_a_target`] | another protocol to write to |
//! | [`write_a_journal`] | another database for what a job remembers |
//! | [`what_can_go_wrong`] | states, errors, kills, and what to do |
//!
//! [`config`](crate::config) explains every key of a configuration.

#[doc = include_str!("../docs/guide/embed.md")]
#[doc(alias = "progress")]
#[doc(alias = "integrate")]
pub mod embed {}

#[doc = include_str!("../docs/guide/follow.md")]
#[doc(alias = "incremental")]
#[doc(alias = "sync")]
pub mod follow {}

#[doc = include_str!("../docs/guide/coexist.md")]
#[doc(alias = "wave")]
#[doc(alias = "cut-over")]
pub mod coexist {}

#[doc = include_str!("../docs/guide/many_machines.md")]
#[doc(alias = "worker")]
#[doc(alias = "distributed")]
pub mod many_machines {}

#[doc = include_str!("../docs/guide/write_a_source.md")]
#[doc(alias = "plugin")]
pub mod write_a_source {}

#[doc = include_str!("../docs/guide/write_a_target.md")]
#[doc(alias = "plugin")]
pub mod write_a_target {}

#[doc = include_str!("../docs/guide/write_a_journal.md")]
#[doc(alias = "database")]
#[doc(alias = "sqlite")]
pub mod write_a_journal {}

#[doc = include_str!("../docs/guide/what_can_go_wrong.md")]
#[doc(alias = "troubleshooting")]
#[doc(alias = "resume")]
#[doc(alias = "retry")]
pub mod what_can_go_wrong {}

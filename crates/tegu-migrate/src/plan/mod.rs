//! What a run would do, before it does it: for the whole organisation, to be read, kept, compared and run.
//!
//! A plan examines both sides and changes neither. It counts folder by folder what will move, what the target has already, what is left to a
//! person and what is excluded, each with its code. It also says what the directory's owner must change, which mailboxes will not fit,
//! and how long the run takes. The run decides with the same code. [`Depth`] says how closely a plan looks: what only a message's
//! content shows (octets or keywords that the target cannot store) is in a plan of [`Depth::Content`].
//!
//! ```
//! use tegu_migrate::{CancellationToken, Migration, plan::{Plan, PlanOptions}, sources, targets};
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! # let scratch = tempfile::tempdir().unwrap();
//! # let export = scratch.path().join("export");
//! # std::fs::create_dir_all(export.join("mail/anna")).unwrap();
//! # std::fs::write(export.join("directory.ldif"), "dn: CN=Anna,DC=example,DC=test\nobjectClass: user\n\
//! # mail: anna@example.test\nproxyAddresses: SMTP:anna@example.test\nmsExchRecipientTypeDetails: 1\n").unwrap();
//! # std::fs::write(export.join("mail/anna/Inbox.mbox"), "From a@example.test Mon Jan  1 00:00:00 2024\nSubject: hello\n\nbody\n\n").unwrap();
//! let directory = sources::LdifDirectory::new(export.join("directory.ldif"), ["example.test"], "tegu")?;
//! let out = scratch.path().join("bundle");
//! let migration = Migration::builder("example", &out, directory)
//!     .mail(sources::MailFiles::new("mail/{alias}", &export), targets::Bundle::new(&out))
//!     .build();
//!
//! let cancel = CancellationToken::new();
//! let plan = migration.plan(&PlanOptions::default(), &cancel).await?;
//! assert!(plan.balances());
//! assert_eq!(plan.cost.items, 1);
//! assert!(!out.exists(), "planning changes nothing");
//!
//! let saved = plan.to_json()?;
//! let report = migration.with_plan(Plan::from_json(&saved)?)?.run(&cancel).await?;
//! assert!(report.plan.unwrap().deviations.is_empty(), "the run did what the plan said");
//! # Ok::<(), tegu_migrate::Error>(()) }).unwrap();
//! ```

mod account;
mod make;

#[doc(inline)]
pub use tegu_plan::{
    AccountPlan, Amount, Amounts, Basis, ContainerPlan, Cost, Depth, Deviation, EntityPlan, ItemPlan,
    PLAN_VERSION, Plan, PlanCheck, PlanDiff, PlanOptions, PlannedFinding, Rates,
};

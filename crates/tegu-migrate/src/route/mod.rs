//! Routes: the ways by which things get from their source to their target.
//!
//! A [`Route`] moves one kind of thing of one account. It plans, runs and proves, and all three rest on the same decisions: what
//! [`Route::plan`] says is what [`Route::run`] does, as long as neither side changes in between.
//!
//! | route | what | by |
//! |---|---|---|
//! | [`ImapRoute`] | messages between two IMAP servers | [`tegu_imap::transfer`] |
//! | [`MailRoute`] | messages between every other pair | a [`MailSource`](crate::sources::MailSource) and a [`MailTarget`](crate::targets::MailTarget) |
//! | [`DavRoute`] | calendars and contacts to a CalDAV or CardDAV server | [`tegu_dav::import`] |
//! | [`ItemRoute`] | calendars and contacts to every other target | an [`ItemSource`](crate::sources::ItemSource) and an [`ItemTarget`](crate::targets::ItemTarget) |
//! | [`RightsRoute`] | who may do what with whose folders | a [`RightsSource`](tegu_rights::store::RightsSource) and a [`RightsTarget`](tegu_rights::store::RightsTarget) |
//! | [`RulesRoute`] | inbox rules, automatic replies and forwarding as Sieve | [`tegu_sieve::store`] |
//!
//! [`MigrationBuilder::route`](crate::MigrationBuilder::route) adds a route. A kind of thing that this crate does not move is added by
//! implementing [`Route`] for it. The trait and the routes that know no protocol are those of [`transfer`](crate::transfer).

mod dav;
mod gate;
mod imap;
mod rules;

pub use dav::{DavRoute, Slim};
pub use imap::ImapRoute;
pub use rules::{RulesOptions, RulesRoute, ScriptTarget};
#[doc(inline)]
pub use tegu_transfer::{
    Flaw, Identifiers, MailRoute, MovedFolders, PlanContext, Proof, ProveContext, RightsRoute, Route,
    RouteOptions, RoutePlan, RunContext,
};

/// Moves calendars or contacts from any [`ItemSource`](crate::sources::ItemSource) to any
/// [`ItemTarget`](crate::targets::ItemTarget), as iCalendar and vCard.
pub type ItemRoute = tegu_transfer::ItemRoute<tegu_dav::store::Parser>;

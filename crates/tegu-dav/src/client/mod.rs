//! A CalDAV (RFC 4791) and CardDAV (RFC 6352) client for uploads and for reading back.
//!
//! A client speaks to one origin only. Redirects and references to other origins are refused, so credentials never leave it.
//! Some servers answer 2xx to requests that they did not carry out; [`PutOutcome`] tells what really happened.
//!
//! # Which place a URL means
//!
//! A URL that is a calendar or an address book means that one ([`Client::here`]). A URL in the user's home at which nothing is yet means
//! that place ([`Client::place`]). A URL above the user's home, or above the user's principal, leads to the home
//! ([`Client::home`]); so do the URL of a principal, and one that is no collection. A URL that is another home means that home. Everything else is refused with
//! [`ErrorKind::Config`](crate::ErrorKind::Config). Without a URL, [`Client::discover`] finds the server of a domain.
//!
//! # Bounds
//!
//! [`Options`] bounds what a server can make large or slow: the time of one attempt and of a request with all its attempts, the octets
//! and XML elements of a response, the octets of a list, redirects. A request that is under way holds one response, as octets and
//! as a tree, so it takes about twice `max_response`, besides the list or the resources that the caller gets.
//!
//! # Cancel safety
//!
//! All futures may be dropped. The server may or may not have carried out the request that was under way; repeating it does no
//! harm.

pub mod acl;
mod auth;
mod changes;
mod collection;
mod connection;
mod connector;
mod discover;
mod fill;
mod home;
mod http;
mod locate;
mod options;
mod origin;
mod principal;
mod said;
mod transfer;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use auth::fuzz_digest;
pub use changes::Changes;
pub use collection::{Collection, Kind};
pub use connection::Client;
pub(crate) use fill::uids;
pub use locate::{Candidate, candidates, tegu};
pub use options::Options;
pub use origin::Segment;
pub use transfer::{Fetched, PutOutcome, Resource};

#[doc(no_inline)]
pub use bytes;
#[doc(no_inline)]
pub use tegu_net::{
    Backoff, Credentials, Endpoint, Proxy, Resolver, Secret, SecretRequest, ServiceRecord, Stream, Timeouts,
    Tls, secrecy,
};

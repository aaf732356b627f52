//! A CalDAV (RFC 4791) and CardDAV (RFC 6352) client for uploads and for reading back.
//!
//! A client speaks to one origin only. Redirects and references to other origins are refused, so credentials never leave it.
//! Some servers answer 2xx to requests that they did not carry out; [`PutOutcome`] tells what really happened.
//!
//! # Cancel safety
//!
//! All futures may be dropped. The server may or may not have carried out the request that was under way; repeating it does no
//! harm.

mod auth;
mod changes;
mod collection;
mod connection;
mod connector;
mod discover;
mod dns;
mod fill;
mod home;
mod http;
mod locate;
mod options;
mod origin;
mod principal;
mod transfer;

pub use changes::Changes;
pub use collection::{Collection, Kind};
pub use connection::Client;
pub(crate) use fill::uids;
pub use locate::{Candidate, Resolver, ServiceRecord, candidates, tegu};
pub use options::Options;
pub use transfer::{Fetched, PutOutcome, Resource};

#[doc(no_inline)]
pub use tegu_net::{Backoff, Credentials, Endpoint, Proxy, Secret, SecretRequest, Stream, Timeouts, Tls};

//! The tools of the stations, as a person types them.

mod dav;
mod ews;
#[cfg(all(feature = "ews", feature = "gssapi", unix))]
mod ews_domain;
mod imap;
mod ldap;
mod mbox;
#[cfg(feature = "pst")]
mod pst;
mod sieve;
#[cfg(feature = "gssapi")]
mod ticket;

//! Reaches servers: endpoints from URLs, TLS, proxies, credentials, time-outs and back-off. All tegu clients connect through this
//! crate, so that a certificate, a proxy or a token provider is configured in one way for LDAP, IMAP, CalDAV, CardDAV,
//! ManageSieve and Exchange Web Services.
//!
//! # Example
//!
//! ```
//! use tegu_net::{Credentials, Endpoint, Proxy, Security};
//!
//! let endpoint = Endpoint::new("imaps://mail.example.org")?.proxy(Proxy::new("socks5://127.0.0.1:1080")?);
//! assert_eq!((endpoint.host(), endpoint.port()), ("mail.example.org", 993));
//! assert_eq!(endpoint.security(), Security::Tls);
//!
//! // `imap://` upgrades with STARTTLS before any credentials are sent.
//! assert_eq!(Endpoint::new("imap://mail.example.org")?.security(), Security::StartTls);
//!
//! let anna = Credentials::password("anna", "secret".to_owned());
//! assert!(!format!("{anna:?}").contains("secret"));
//! # Ok::<(), tegu_net::Error>(())
//! ```
//!
//! # What can be injected
//!
//! | what | how |
//! |---|---|
//! | TLS settings | [`Tls::from_config`] takes a [`rustls::ClientConfig`] |
//! | a connected stream | [`Stream::new`], or an [`Endpoint::dialer`] that returns one |
//! | name resolution, tunnels, in-memory connections | [`Endpoint::dialer`] |
//! | passwords and tokens that are fetched when needed | [`Secret::provider`] |
//! | the crypto provider | install one with rustls and leave the feature `ring` off |
//!
//! # Features
//!
//! - `ring` (default): the crypto provider `ring`. Without it, the application installs a provider
//!   ([`rustls::crypto::CryptoProvider::install_default`]) or passes a `ClientConfig`.
//! - `dns`: service records of a domain, from its name server: [`Resolver`].
//! - `gssapi`: Kerberos tickets, by the system's library: the module `kerberos`. Needs MIT Kerberos, and libclang to build; Unix only.
//! - `serde`: [`ServerLimits`] can be read from a configuration.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod backoff;
mod credentials;
#[cfg(feature = "dns")]
mod dns;
mod endpoint;
#[cfg(all(feature = "gssapi", unix))]
pub mod kerberos;
mod proxy;
#[cfg(feature = "dns")]
mod resolve;
mod scheme;
mod stream;
mod throttle;
mod tls;

pub use backoff::Backoff;
pub use credentials::{Credentials, Method, Secret, SecretError, SecretRequest};
#[cfg(all(feature = "dns", fuzzing))]
#[doc(hidden)]
pub use dns::fuzz_dns;
pub use endpoint::{Endpoint, Security, Timeouts};
pub use proxy::Proxy;
#[cfg(feature = "dns")]
pub use resolve::{HostName, Resolver, ServiceRecord};
pub use stream::{Dial, Io, Stream};
pub use throttle::{ServerLimits, Throttle};
pub use tls::Tls;

#[doc(no_inline)]
pub use rustls;
#[doc(no_inline)]
pub use secrecy;
#[doc(no_inline)]
pub use tegu_outcome::{Blame, Error, ErrorKind, Result};

/// A boxed future, as object-safe async traits return it.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

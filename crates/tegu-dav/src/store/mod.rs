//! Calendars and contacts as sources of [`tegu_store`], and what any source gives as the input of an [`Import`](crate::import::Import).
//!
//! ```no_run
//! use tegu_dav::client::{Client, Kind};
//! use tegu_dav::store::DavReader;
//! use tegu_store::sources::ItemReader as _;
//!
//! # async fn read(client: Client) -> tegu_dav::Result<()> {
//! let mut calendars = DavReader::new(client, Kind::Calendars);
//! for calendar in calendars.collections().await? {
//!     println!("{}: {} resources", calendar.name, calendar.documents.len());
//! }
//! # Ok(())
//! # }
//! ```

mod documents;
mod parser;
#[cfg(feature = "rights")]
mod rights;
mod server;
mod template;

pub use documents::{Documents, items};
pub use parser::Parser;
#[cfg(feature = "rights")]
pub use rights::DavLists;
pub use server::DavReader;
pub use template::UrlTemplate;

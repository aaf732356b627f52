//! The protocol without input or output: bytes in, typed responses out; commands in, bytes out.
//!
//! [`Decoder`] first finds the end of a response (lines, literals, limits), and then reads it. So a response that
//! cannot be read does not affect the next one.
//!
//! ```
//! use tegu_imap::wire::{Decoder, Response};
//!
//! let mut decoder = Decoder::default();
//! decoder.push(b"* 1 FETCH (UID 7 BODY[] {5}\r\nhel");
//! assert!(decoder.next_response()?.is_none());
//! decoder.push(b"lo)\r\n");
//! let Some(Response::Fetch(message)) = decoder.next_response()? else { panic!() };
//! assert_eq!(message.uid.unwrap().get(), 7);
//! assert_eq!(message.body().unwrap().bytes().unwrap(), "hello");
//! # Ok::<_, tegu_imap::Error>(())
//! ```

mod access;
mod capability;
mod code;
mod command;
mod date;
mod decoder;
mod fetch;
mod flags;
mod frame;
mod response;
mod uid;
mod value;

pub use capability::Capabilities;
pub use code::ResponseCode;
pub use command::{Command, LiteralMode, Step};
pub use date::InternalDate;
pub use decoder::{Decoder, Limits, Piece};
pub use fetch::{Body, FetchItem, Section};
pub use flags::Flags;
pub use response::{Condition, ListItem, NamespaceItem, Response, Status, StatusItems};
pub use uid::{Uid, UidSet, UidValidity};

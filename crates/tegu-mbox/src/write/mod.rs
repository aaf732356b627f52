//! Writing: one message after the other, in a form that reads back byte for byte.

mod append;
mod create;
mod encode;
mod lock;
mod open;
mod pieces;
mod writer;

pub use self::append::{Appender, Recovered};
pub use self::create::create;
#[cfg(feature = "sidecar")]
pub(crate) use self::create::replace;
pub use self::encode::check;
pub use self::lock::Locking;
#[cfg(feature = "sidecar")]
pub(crate) use self::open::{open_or_create, open_to_read};
pub use self::writer::Writer;

//! Writes PST files, Unicode and ANSI, from a described mailbox.
//!
//! A file follows [MS-PST] as far as readers look: `pffinfo`, `pffexport` and `readpst` read it. For files that lie, [`File`] takes
//! blocks and nodes of any kind, and seals them with sound check sums.
//!
//! ```
//! use tegu_testkit::pst::{Folder, Item, Layout, Mailbox, Value};
//!
//! let mail = Item::new("IPM.Note")
//!     .with(0x0037, Value::text("Привет"))
//!     .with(0x1000, Value::text("Как дела?\r\n"));
//! let mailbox = Mailbox::new().folder(Folder::new("Входящие").item(mail));
//! let octets = mailbox.write(Layout::Unicode);
//! assert_eq!(&octets[..4], b"!BDN");
//! ```

mod crypt;
mod file;
mod heap;
mod mailbox;
mod store;
mod table;
mod value;

pub use file::{File, Layout};
pub use mailbox::{Attachment, Data, Folder, Item, Mailbox, Name};
pub use value::Value;

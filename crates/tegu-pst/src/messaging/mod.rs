//! Store, folders, messages, recipients and attachments ([MS-PST] section 2.4).

mod attachment;
mod entry_id;
mod folder;
mod learnt;
mod message;
mod names;
mod orphan;
mod recipient;
mod role;
mod store;
mod text;

pub use attachment::{Attachment, Method};
pub use entry_id::EntryId;
pub(crate) use entry_id::flat_list;
pub use folder::{Contents, Folder, Folders};
pub(crate) use learnt::{Learnt, is_smtp};
pub use message::Message;
pub(crate) use message::Named;
pub use names::{NameKey, Names};
pub use orphan::Orphan;
pub use recipient::{Recipient, RecipientKind};
pub use store::{Options, Pst};
pub use text::Text;

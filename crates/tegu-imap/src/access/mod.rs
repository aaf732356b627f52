//! Rights on mailboxes (ACL, RFC 4314), Exchange's permissions, and quotas (RFC 9208).
//!
//! This module does no I/O. The methods of [`Session`](crate::Session) talk to a server: `get_acl`, `set_acl`, `quota`.
//!
//! ```
//! use tegu_imap::access::{FolderPermissions, grant};
//! use tegu_imap::MailboxName;
//!
//! // `Get-MailboxFolderPermission` says that boris is an author in a folder.
//! let author = FolderPermissions::parse("Author").unwrap();
//! let (rights, finding) = grant(&MailboxName::new("Отчёты")?, "boris", author);
//! assert_eq!(rights.to_string(), "lrsi");
//! // An author may change and delete his own items. IMAP has no such right.
//! assert_eq!(finding.unwrap().code(), "IMAP-RIGHTS-LOST");
//! # Ok::<_, tegu_imap::Error>(())
//! ```

mod exchange;
mod grant;
mod quota;
mod rights;

pub use exchange::{DEFAULT_USER, FULL_ACCESS, FolderPermissions, Permission, identifier_of};
pub use grant::grant;
pub use quota::{Quota, QuotaResource};
pub use rights::{AclEntry, GrantableRights, Rights, RightsChange};

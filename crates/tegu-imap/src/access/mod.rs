//! Who may do what to a mailbox (ACL, RFC 4314), how Exchange says it, and how much a user may store (QUOTA, RFC 9208).
//!
//! All of this is pure; the methods that ask and tell a server are those of [`Session`](crate::Session), such as
//! `get_acl`, `set_acl` and `quota`.
//!
//! ```
//! use tegu_imap::access::{FolderPermissions, grant};
//! use tegu_imap::MailboxName;
//!
//! // `Get-MailboxFolderPermission` says that boris is an author in a folder.
//! let author = FolderPermissions::parse("Author").unwrap();
//! let (rights, finding) = grant(&MailboxName::new("Отчёты")?, "boris", author);
//! assert_eq!(rights.to_string(), "lrsi");
//! // An author may change and delete what he wrote himself, which IMAP cannot say.
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

//! Rights on mailboxes (ACL, RFC 4314), and quotas (RFC 9208).
//!
//! This module does no I/O. The methods of [`Session`](crate::Session) talk to a server: `get_acl`, `set_acl`, `quota`. What Exchange's
//! permissions are as [`Rights`] is said by `tegu-rights`.
//!
//! ```
//! use tegu_imap::access::{AclEntry, Rights};
//!
//! let entry = AclEntry::new("-boris", Rights::of("lrs"));
//! assert!(entry.is_negative() && entry.rights.contains('r'));
//! ```

mod entry;
mod quota;

pub use entry::{AclEntry, GrantableRights, RightsChange};
pub use quota::{Quota, QuotaResource};
pub use tegu_rights::Rights;

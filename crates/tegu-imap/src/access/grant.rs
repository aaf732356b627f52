//! What an Exchange permission becomes in an access control list.

use super::{FolderPermissions, Rights};
use crate::finding::Finding;
use crate::mailbox::MailboxName;

/// The rights to give to `identifier` on a mailbox for what he may do in the Exchange folder, and what they cannot
/// say.
pub fn grant(
    name: &MailboxName,
    identifier: &str,
    permissions: FolderPermissions,
) -> (Rights, Option<Finding>) {
    let (rights, lost) = permissions.rights();
    let finding = lost.non_empty().map(|lost| Finding::RightsLost {
        name: name.clone(),
        identifier: identifier.to_owned(),
        lost,
    });
    (rights, finding)
}

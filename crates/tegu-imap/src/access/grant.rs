//! Converts an Exchange permission into an entry of an access control list.

use super::{FolderPermissions, Rights};
use crate::finding::Finding;
use crate::mailbox::MailboxName;

/// Returns the rights to give to `identifier` on a mailbox for his permissions in the Exchange folder, and a finding if these rights do
/// not express all of them.
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

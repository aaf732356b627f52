//! What to ask a server for: every attribute that the model understands, and no other.

use crate::entry::AttributeName;

const READ: &str = "objectClass objectGUID entryUUID nsUniqueId ipaUniqueID cn uid sAMAccountName userPrincipalName \
    userAccountControl nsAccountLock groupType isCriticalSystemObject isDeleted mail proxyAddresses \
    mailNickname legacyExchangeDN targetAddress mailAlternateAddress mailLocalAddress otherMailbox \
    mailForwardingAddress rfc822MailAlias msExchRecipientTypeDetails msExchRecipientDisplayType \
    msExchHideFromAddressLists msExchMailboxGuid msExchArchiveGUID msExchMasterAccountSid homeMDB \
    altRecipient deliverAndRedirect msExchGenericForwardingAddress publicDelegates mDBUseDefaults \
    mDBOverQuotaLimit mDBOverHardQuotaLimit member uniqueMember managedBy owner msExchCoManagedByLink \
    authOrig dLMemSubmitPerms msExchRequireAuthToSendTo msExchDynamicDLFilter displayName givenName sn \
    title department departmentNumber company o physicalDeliveryOfficeName roomNumber telephoneNumber \
    otherTelephone mobile otherMobile facsimileTelephoneNumber streetAddress street l st postalCode co c \
    manager";

/// The names, checked.
pub(crate) fn names_to_read() -> Vec<AttributeName> {
    READ.split(' ')
        .filter_map(|name| AttributeName::new(name).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one() {
        assert_eq!(names_to_read().len(), READ.split(' ').count());
    }
}

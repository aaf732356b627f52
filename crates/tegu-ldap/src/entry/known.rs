//! The attributes that the model understands. Each is a number, so that looking one up in an entry compares
//! numbers.

use serde::{Serialize, Serializer};

/// One table for everything that has to know them: the reader's names, the model, and what a server is asked for.
macro_rules! known {
    ($($variant:ident $name:literal $read:ident,)*) => {
        /// An attribute that the model understands.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(u8)]
        pub(crate) enum Known { $($variant,)* }

        impl Known {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// How many there are.
            pub(crate) const COUNT: usize = Self::ALL.len();

            /// Returns the usual spelling.
            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns whether a server is asked for it without further ado: photos are large, and not asked for.
            #[cfg(any(test, feature = "client"))]
            fn is_read(self) -> bool {
                match self { $(Self::$variant => known!(@$read),)* }
            }
        }
    };
    (@read) => { true };
    (@large) => { false };
}

known! {
    ObjectClass "objectClass" read,
    ObjectGuid "objectGUID" read,
    ObjectSid "objectSid" read,
    EntryUuid "entryUUID" read,
    NsUniqueId "nsUniqueId" read,
    IpaUniqueId "ipaUniqueID" read,
    Cn "cn" read,
    Uid "uid" read,
    SamAccountName "sAMAccountName" read,
    UserPrincipalName "userPrincipalName" read,
    UserAccountControl "userAccountControl" read,
    NsAccountLock "nsAccountLock" read,
    PrimaryGroupId "primaryGroupID" read,
    GroupType "groupType" read,
    IsCriticalSystemObject "isCriticalSystemObject" read,
    IsDeleted "isDeleted" read,
    Mail "mail" read,
    ProxyAddresses "proxyAddresses" read,
    MailNickname "mailNickname" read,
    LegacyExchangeDn "legacyExchangeDN" read,
    TargetAddress "targetAddress" read,
    MailAlternateAddress "mailAlternateAddress" read,
    MailLocalAddress "mailLocalAddress" read,
    OtherMailbox "otherMailbox" read,
    MailForwardingAddress "mailForwardingAddress" read,
    Rfc822MailAlias "rfc822MailAlias" read,
    RecipientTypeDetails "msExchRecipientTypeDetails" read,
    RecipientDisplayType "msExchRecipientDisplayType" read,
    HideFromAddressLists "msExchHideFromAddressLists" read,
    MailboxGuid "msExchMailboxGuid" read,
    ArchiveGuid "msExchArchiveGUID" read,
    MasterAccountSid "msExchMasterAccountSid" read,
    HomeMdb "homeMDB" read,
    AltRecipient "altRecipient" read,
    DeliverAndRedirect "deliverAndRedirect" read,
    GenericForwardingAddress "msExchGenericForwardingAddress" read,
    PublicDelegates "publicDelegates" read,
    DelegateListLink "msExchDelegateListLink" read,
    UseDefaults "mDBUseDefaults" read,
    StorageQuota "mDBStorageQuota" read,
    OverQuotaLimit "mDBOverQuotaLimit" read,
    OverHardQuotaLimit "mDBOverHardQuotaLimit" read,
    MailQuota "mailQuota" read,
    Member "member" read,
    UniqueMember "uniqueMember" read,
    ManagedBy "managedBy" read,
    Owner "owner" read,
    CoManagedByLink "msExchCoManagedByLink" read,
    AuthOrig "authOrig" read,
    UnauthOrig "unauthOrig" read,
    SubmitPerms "dLMemSubmitPerms" read,
    RejectPerms "dLMemRejectPerms" read,
    RequireAuthToSendTo "msExchRequireAuthToSendTo" read,
    EnableModeration "msExchEnableModeration" read,
    ModeratedByLink "msExchModeratedByLink" read,
    DynamicDlFilter "msExchDynamicDLFilter" read,
    DynamicDlBaseDn "msExchDynamicDLBaseDN" read,
    DisplayName "displayName" read,
    GivenName "givenName" read,
    Sn "sn" read,
    Initials "initials" read,
    Title "title" read,
    Department "department" read,
    DepartmentNumber "departmentNumber" read,
    Company "company" read,
    O "o" read,
    PhysicalDeliveryOfficeName "physicalDeliveryOfficeName" read,
    RoomNumber "roomNumber" read,
    TelephoneNumber "telephoneNumber" read,
    OtherTelephone "otherTelephone" read,
    Mobile "mobile" read,
    OtherMobile "otherMobile" read,
    HomePhone "homePhone" read,
    Pager "pager" read,
    FacsimileTelephoneNumber "facsimileTelephoneNumber" read,
    StreetAddress "streetAddress" read,
    Street "street" read,
    L "l" read,
    St "st" read,
    PostalCode "postalCode" read,
    Co "co" read,
    C "c" read,
    Www "wWWHomePage" read,
    LabeledUri "labeledURI" read,
    Manager "manager" read,
    ThumbnailPhoto "thumbnailPhoto" large,
    JpegPhoto "jpegPhoto" large,
}

impl Serialize for Known {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Known {
    /// Returns the attribute of that name, in any case.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|k| k.as_str().eq_ignore_ascii_case(name))
    }

    /// Returns what a server is asked for.
    #[cfg(any(test, feature = "client"))]
    pub(crate) fn to_read() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|k| k.is_read())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::entry::AttributeName;

    #[test]
    fn every_known_name_is_one_and_is_found() {
        for &known in Known::ALL {
            assert_eq!(Known::find(&known.as_str().to_uppercase()), Some(known));
            assert!(!AttributeName::is_secret(known.as_str()));
        }
        assert!(!Known::to_read().any(|k| k == Known::ThumbnailPhoto));
        // An entry has a bit for each.
        const { assert!(Known::COUNT <= 128) };
    }
}

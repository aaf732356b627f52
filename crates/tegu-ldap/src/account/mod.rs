//! The model: accounts, groups and contacts with their addresses.

mod addresses;
mod block;
mod card;
mod dictionary;
mod grant;
mod group;
mod held;
mod named;
mod recipient;
mod settings;

pub use addresses::{Addresses, ValueProblem};
pub(crate) use addresses::{FEW, Gathered};
pub use card::Card;
pub(crate) use card::{Field, Texts, TextsBuilder};
pub(crate) use dictionary::Learner;
pub use grant::{Grant, Right};
pub use group::{Contact, Group, GroupKind, SetAside, SetAsideReason};
pub(crate) use held::{Held, is_kept};
pub(crate) use named::Named;
pub use recipient::Recipient;
pub(crate) use settings::Settings;
pub use settings::{Quota, SendRules};

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::address::SmtpAddress;
use crate::dn::Dn;
use crate::entry::Known;

/// What kind of account an object is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// A person with a mailbox.
    User,
    /// A mailbox whose person signs in with an account of another forest. The account here is disabled, which
    /// says nothing about the person.
    Linked,
    /// A mailbox that several people share; its own account is disabled.
    Shared,
    /// A room that can be booked.
    Room,
    /// Equipment that can be booked.
    Equipment,
    /// A person with an address of this organisation and a mailbox elsewhere.
    MailUser,
    /// A mailbox of this organisation in the cloud.
    Remote,
    /// A person or service without an address.
    NoMailbox,
}

impl AccountKind {
    /// Returns whether Exchange disables the own account of such a mailbox.
    #[must_use]
    pub fn is_disabled_by_design(self) -> bool {
        matches!(self, Self::Shared | Self::Room | Self::Equipment | Self::Linked)
    }

    /// Returns whether this organisation hosts a mailbox of this kind that can be migrated.
    #[must_use]
    pub fn has_mailbox(self) -> bool {
        matches!(
            self,
            Self::User | Self::Linked | Self::Shared | Self::Room | Self::Equipment
        )
    }
}

/// The data that all objects share.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Common {
    #[serde(flatten)]
    pub(crate) named: Named,
    #[serde(flatten)]
    pub(crate) texts: Texts,
    pub(crate) addresses: Addresses,
    #[serde(default)]
    pub(crate) hidden: bool,
    /// Whether the name to show is not `displayName`, which is missing.
    #[serde(default)]
    pub(crate) unnamed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) settings: Option<Box<Settings>>,
    #[serde(skip)]
    pub(crate) held: Held,
}

impl Common {
    pub(crate) fn send_rules(&self) -> &SendRules {
        self.settings
            .as_ref()
            .map_or(&settings::EVERYBODY, |s| &s.send_rules)
    }

    pub(crate) fn photo(&self) -> Option<&[u8]> {
        self.settings.as_ref()?.photo.as_deref()
    }

    /// Returns the present values of an attribute that a plan may change.
    pub(crate) fn held(&self, wanted: Option<Known>) -> impl Iterator<Item = Cow<'_, [u8]>> {
        self.held.values(wanted, &self.addresses)
    }
}

macro_rules! common_accessors {
    ($type:ty) => {
        impl $type {
            /// A stable identity: `objectGUID`, `entryUUID`, `nsUniqueId` or `ipaUniqueID` as text, else the
            /// canonical form of the name.
            #[must_use]
            pub fn id(&self) -> &str {
                self.common.named.id()
            }

            /// Returns the DN of the object.
            #[must_use]
            pub fn dn(&self) -> &Dn {
                self.common.named.dn()
            }

            /// `objectSid` as text (`S-1-5-21-...`).
            #[must_use]
            pub fn sid(&self) -> Option<Cow<'_, str>> {
                self.common.texts.all_long(Field::Sid).next()
            }

            /// Returns the short name: `mailNickname`, `uid`, `sAMAccountName`, else what stands before `@`.
            #[must_use]
            pub fn alias(&self) -> Option<&str> {
                self.nickname()
                    .or_else(|| self.uid())
                    .or_else(|| self.sam_account_name())
                    .or_else(|| self.address().map(SmtpAddress::local))
            }

            /// `mailNickname`.
            #[must_use]
            pub fn nickname(&self) -> Option<&str> {
                self.common.texts.get(Field::Nickname)
            }

            /// `sAMAccountName`.
            #[must_use]
            pub fn sam_account_name(&self) -> Option<&str> {
                self.common.texts.get(Field::Sam)
            }

            /// `uid`.
            #[must_use]
            pub fn uid(&self) -> Option<&str> {
                self.common.texts.get(Field::Uid)
            }

            /// Returns all addresses, sorted by what they are for.
            #[must_use]
            pub fn addresses(&self) -> &Addresses {
                &self.common.addresses
            }

            /// Returns the main address; see [`Addresses::main`].
            #[must_use]
            pub fn address(&self) -> Option<&SmtpAddress> {
                self.common.addresses.main()
            }

            /// Returns the name to show.
            #[must_use]
            pub fn display_name(&self) -> Option<&str> {
                self.common.texts.get(Field::DisplayName)
            }

            /// Names, phones and the like.
            #[must_use]
            pub fn card(&self) -> Card {
                self.common.texts.card()
            }

            /// Returns whether the object is left out of address lists.
            #[must_use]
            pub fn is_hidden(&self) -> bool {
                self.common.hidden
            }

            /// Returns the photo (`thumbnailPhoto` or `jpegPhoto`), where it was read.
            #[must_use]
            pub fn photo(&self) -> Option<&[u8]> {
                self.common.photo()
            }

            /// Returns the present values of an attribute that a plan may change; of `proxyAddresses` only
            /// mail addresses.
            pub fn held(&self, attribute: &str) -> impl Iterator<Item = Cow<'_, [u8]>> {
                self.common.held(Known::find(attribute))
            }

            /// Returns old Exchange addresses (`X500:` and `legacyExchangeDN`): replies to old mail carry them.
            pub fn x500(&self) -> impl Iterator<Item = Cow<'_, str>> {
                self.common.texts.all_long(Field::X500)
            }

            /// Returns who may send to the object, and who has to approve the messages.
            #[must_use]
            pub fn send_rules(&self) -> &SendRules {
                self.common.send_rules()
            }
        }
    };
}

common_accessors!(Account);
common_accessors!(Group);
common_accessors!(Contact);

/// A person, a service, or a thing that has an account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Account {
    pub(crate) kind: AccountKind,
    #[serde(flatten)]
    pub(crate) common: Common,
    pub(crate) disabled: bool,
    pub(crate) primary_group: Option<u32>,
    pub(crate) forward_and_keep: bool,
}

/// A directory holds hundreds of thousands of accounts: what one takes is not to grow unseen.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Account>() <= 144);

impl Account {
    fn settings(&self) -> Option<&Settings> {
        self.common.settings.as_deref()
    }

    /// Returns what kind of account it is.
    #[must_use]
    pub fn kind(&self) -> AccountKind {
        self.kind
    }

    /// Returns the first value of `mail` that is an address.
    #[must_use]
    pub fn mail(&self) -> Option<&SmtpAddress> {
        self.common.addresses.mail().first()
    }

    /// Returns the address that Exchange sends from.
    #[must_use]
    pub fn primary(&self) -> Option<&SmtpAddress> {
        self.common.addresses.primary()
    }

    /// Further addresses.
    #[must_use]
    pub fn aliases(&self) -> &[SmtpAddress] {
        self.common.addresses.aliases()
    }

    /// `userPrincipalName`.
    #[must_use]
    pub fn login(&self) -> Option<&str> {
        self.common.texts.get(Field::Login)
    }

    /// Returns whether the directory lets nobody sign in with this account.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.disabled
    }

    /// Returns whether an archive mailbox belongs to it.
    #[must_use]
    pub fn has_archive(&self) -> bool {
        self.archive_id().is_some()
    }

    /// `msExchArchiveGUID` as text.
    #[must_use]
    pub fn archive_id(&self) -> Option<&str> {
        self.common.texts.get(Field::Archive)
    }

    /// `msExchMailboxGuid` as text.
    #[must_use]
    pub fn mailbox_id(&self) -> Option<&str> {
        self.common.texts.get(Field::Mailbox)
    }

    /// Returns the account of another forest that signs in to a linked mailbox (`msExchMasterAccountSid`).
    #[must_use]
    pub fn linked_sid(&self) -> Option<Cow<'_, str>> {
        self.common.texts.all_long(Field::LinkedSid).next()
    }

    /// Returns the relative identifier of the account's primary group, which does not list it as a member
    /// (`primaryGroupID`).
    #[must_use]
    pub fn primary_group(&self) -> Option<u32> {
        self.primary_group
    }

    /// Returns where mail is forwarded: a DN (`altRecipient`) or an address.
    #[must_use]
    pub fn forward_to(&self) -> Option<&str> {
        self.common.texts.get(Field::ForwardTo)
    }

    /// Returns whether the mailbox keeps a copy of forwarded mail.
    #[must_use]
    pub fn keeps_forwarded(&self) -> bool {
        self.forward_and_keep
    }

    /// Returns who may send on behalf of it.
    #[must_use]
    pub fn send_on_behalf(&self) -> &[Dn] {
        self.settings().map_or(&[], |s| &s.send_on_behalf)
    }

    /// Returns whose Outlook opens this mailbox automatically (`msExchDelegateListLink`).
    #[must_use]
    pub fn delegates(&self) -> &[Dn] {
        self.settings().map_or(&[], |s| &s.delegates)
    }

    /// Returns the mailbox's own limits.
    #[must_use]
    pub fn quota(&self) -> Quota {
        self.settings().map_or_else(Quota::default, |s| s.quota)
    }

    /// Returns the size in KiB at which Exchange stops receiving, else sending, if the mailbox has a limit of its own.
    #[must_use]
    pub fn quota_kib(&self) -> Option<u64> {
        let quota = self.quota();
        quota.receive_kib.or(quota.send_kib)
    }
}

//! The model: accounts, groups and contacts with their addresses.

mod card;
mod grant;
mod held;
mod recipient;

pub use card::Card;
pub(crate) use card::{Field, Texts};
pub use grant::{Grant, Right};
pub(crate) use held::{Held, is_kept};
pub use recipient::Recipient;

use serde::{Deserialize, Serialize, Serializer};

use crate::address::{AddressProblem, SmtpAddress};
use crate::dn::Dn;

/// The addresses of one object, sorted by what they are for.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Addresses {
    /// The values of `mail` that are addresses. More than one is possible in some directories.
    pub mail: Vec<SmtpAddress>,
    /// The address that Exchange sends from (`SMTP:`).
    pub primary: Option<SmtpAddress>,
    /// Further addresses, without the primary one, each once.
    pub aliases: Vec<SmtpAddress>,
    /// Old Exchange addresses (`X500:` and `legacyExchangeDN`): replies to old mail carry them.
    pub x500: Vec<Box<str>>,
    /// Where mail to this object goes outside this organisation (`targetAddress`).
    pub target: Option<SmtpAddress>,
    /// Addresses of other kinds, as `sip:ann@example.org`.
    pub other: Vec<Box<str>>,
    /// Values that could not be used.
    pub problems: Vec<ValueProblem>,
}

impl Addresses {
    /// Returns the main address: the primary one, else `mail`, else `targetAddress`.
    #[must_use]
    pub fn main(&self) -> Option<&SmtpAddress> {
        self.primary
            .as_ref()
            .or_else(|| self.mail.first())
            .or(self.target.as_ref())
    }

    /// Returns all addresses at which this organisation receives mail for the object, each once.
    pub fn all(&self) -> impl Iterator<Item = &SmtpAddress> {
        let extra = self
            .mail
            .iter()
            .filter(|&m| self.primary.as_ref() != Some(m) && !self.aliases.contains(m));
        self.primary.iter().chain(&self.aliases).chain(extra)
    }
}

/// A value that the model cannot use. Checks turn it into a finding.
#[non_exhaustive]
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum ValueProblem {
    /// It should be an address and is not.
    Malformed {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// What is wrong with it.
        reason: AddressProblem,
    },
    /// It should be text but is not UTF-8.
    NotUtf8 {
        /// The attribute.
        attribute: Box<str>,
        /// The value, with what cannot be shown replaced.
        value: Box<str>,
    },
    /// An address with blanks, line breaks or the like at its ends or after its type. It was read without them.
    Blanks {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
    },
    /// A second `SMTP:` address.
    SecondPrimary {
        /// The address that was not used as the primary one.
        value: Box<str>,
    },
    /// An export has the name of a type in place of values. The values are lost; export again.
    NotExported {
        /// The column.
        attribute: Box<str>,
        /// The text in its place.
        value: Box<str>,
    },
}

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
    pub(crate) texts: Texts,
    pub(crate) dn: Dn,
    pub(crate) addresses: Addresses,
    #[serde(default)]
    pub(crate) hidden: bool,
    /// Whether the name to show is not `displayName`, which is missing.
    #[serde(default)]
    pub(crate) unnamed: bool,
    /// In JSON only how large it is.
    #[serde(
        default,
        rename = "photo_bytes",
        serialize_with = "length",
        skip_deserializing
    )]
    pub(crate) photo: Option<Box<[u8]>>,
    #[serde(skip)]
    pub(crate) held: Held,
}

fn length<S: Serializer>(photo: &Option<Box<[u8]>>, serializer: S) -> Result<S::Ok, S::Error> {
    photo.as_ref().map(|p| p.len()).serialize(serializer)
}

macro_rules! common_accessors {
    ($type:ty) => {
        impl $type {
            /// A stable identity: `objectGUID`, `entryUUID`, `nsUniqueId` or `ipaUniqueID` as text, else the
            /// canonical form of the name.
            #[must_use]
            pub fn id(&self) -> &str {
                self.common.texts.get(Field::Id).unwrap_or_default()
            }

            /// Returns the DN of the object.
            #[must_use]
            pub fn dn(&self) -> &Dn {
                &self.common.dn
            }

            /// `objectSid` as text (`S-1-5-21-...`).
            #[must_use]
            pub fn sid(&self) -> Option<&str> {
                self.common.texts.get(Field::Sid)
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
                self.common.photo.as_deref()
            }

            /// Returns the present values of an attribute that a plan may change; of `proxyAddresses` only
            /// mail addresses.
            pub fn held(&self, attribute: &str) -> impl Iterator<Item = &[u8]> {
                self.common.held.get(attribute)
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
    pub(crate) send_on_behalf: Vec<Dn>,
    pub(crate) delegates: Vec<Dn>,
    pub(crate) quota: Quota,
}

/// The sizes in KiB at which Exchange acts on a mailbox. `None` means no limit, or the database's default.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Quota {
    /// It warns.
    pub warn_kib: Option<u64>,
    /// It stops sending.
    pub send_kib: Option<u64>,
    /// It stops receiving.
    pub receive_kib: Option<u64>,
}

impl Account {
    /// Returns what kind of account it is.
    #[must_use]
    pub fn kind(&self) -> AccountKind {
        self.kind
    }

    /// Returns the first value of `mail` that is an address.
    #[must_use]
    pub fn mail(&self) -> Option<&SmtpAddress> {
        self.common.addresses.mail.first()
    }

    /// Returns the address that Exchange sends from.
    #[must_use]
    pub fn primary(&self) -> Option<&SmtpAddress> {
        self.common.addresses.primary.as_ref()
    }

    /// Further addresses.
    #[must_use]
    pub fn aliases(&self) -> &[SmtpAddress] {
        &self.common.addresses.aliases
    }

    /// Old Exchange addresses.
    #[must_use]
    pub fn x500(&self) -> &[Box<str>] {
        &self.common.addresses.x500
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
    pub fn linked_sid(&self) -> Option<&str> {
        self.common.texts.get(Field::LinkedSid)
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
        &self.send_on_behalf
    }

    /// Returns whose Outlook opens this mailbox automatically (`msExchDelegateListLink`).
    #[must_use]
    pub fn delegates(&self) -> &[Dn] {
        &self.delegates
    }

    /// Returns the mailbox's own limits.
    #[must_use]
    pub fn quota(&self) -> Quota {
        self.quota
    }

    /// Returns the size in KiB at which Exchange stops receiving, else sending, if the mailbox has a limit of its own.
    #[must_use]
    pub fn quota_kib(&self) -> Option<u64> {
        self.quota.receive_kib.or(self.quota.send_kib)
    }
}

/// What kind of group an object is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupKind {
    /// A list of recipients.
    Distribution,
    /// A group that also carries rights.
    Security,
    /// A group whose members are found by a filter when mail arrives.
    Dynamic,
}

/// A group, with or without an address.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Group {
    pub(crate) kind: GroupKind,
    #[serde(flatten)]
    pub(crate) common: Common,
    pub(crate) members: Vec<Dn>,
    pub(crate) members_complete: bool,
    pub(crate) owners: Vec<Dn>,
    pub(crate) filter_base: Option<Dn>,
    pub(crate) senders: Vec<Dn>,
    pub(crate) refused: Vec<Dn>,
    pub(crate) members_only_may_send: bool,
}

impl Group {
    /// Returns what kind of group it is.
    #[must_use]
    pub fn kind(&self) -> GroupKind {
        self.kind
    }

    /// Returns the direct members.
    #[must_use]
    pub fn members(&self) -> &[Dn] {
        &self.members
    }

    /// Returns whether [`members`](Self::members) is complete. Active Directory returns 1,500 members at a time.
    #[must_use]
    pub fn has_all_members(&self) -> bool {
        self.members_complete
    }

    /// Returns who manages the group.
    #[must_use]
    pub fn owners(&self) -> &[Dn] {
        &self.owners
    }

    /// Returns the filter of a dynamic group.
    #[must_use]
    pub fn filter(&self) -> Option<&str> {
        self.common.texts.get(Field::Filter)
    }

    /// Returns the entry below which a dynamic group searches.
    #[must_use]
    pub fn filter_base(&self) -> Option<&Dn> {
        self.filter_base.as_ref()
    }

    /// Returns who may not send to the group: people and groups.
    #[must_use]
    pub fn rejected_senders(&self) -> &[Dn] {
        &self.refused
    }

    /// Returns who may send to the group: people and groups. Empty means everybody.
    #[must_use]
    pub fn senders(&self) -> &[Dn] {
        &self.senders
    }

    /// Returns whether only authenticated senders may send to the group (`msExchRequireAuthToSendTo`).
    #[must_use]
    pub fn requires_authenticated_senders(&self) -> bool {
        self.members_only_may_send
    }
}

/// An external person in the organisation's address list.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Contact {
    #[serde(flatten)]
    pub(crate) common: Common,
}

/// Why an object is not migrated.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetAsideReason {
    /// A mailbox that Exchange made for itself (arbitration, discovery, health, audit ...).
    ExchangeSystem,
    /// An account that the directory made for itself.
    DirectorySystem,
    /// A public folder with an address.
    PublicFolder,
    /// The losing object of a replication conflict (`CNF:`).
    Conflict,
    /// A deleted object (tombstone).
    Deleted,
}

/// A system object, which is not migrated.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SetAside {
    #[serde(default)]
    pub(crate) id: Box<str>,
    pub(crate) dn: Dn,
    pub(crate) reason: SetAsideReason,
}

impl SetAside {
    /// Returns the stable identity, as that of an [`Account`].
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the DN of the object.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// Why it was set aside.
    #[must_use]
    pub fn reason(&self) -> SetAsideReason {
        self.reason
    }
}

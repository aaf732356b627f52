//! What a check can find, with codes and severities.

use serde::Serialize;
use tegu_outcome::Severity;

use super::names::Names;
use crate::account::AccountKind;
use crate::address::{AddressProblem, SmtpAddress};
use crate::dn::Dn;

/// An issue. Each kind has a [code](super::Finding::code) that does not change between versions.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "issue", rename_all = "kebab-case")]
pub enum Issue {
    /// `LDAP-MAIL-MISSING`: An account with a mailbox has no `mail`, so nobody can sign in to it.
    MailMissing {
        /// The address to set, if Exchange has one.
        proposal: Option<SmtpAddress>,
    },
    /// `LDAP-MAIL-DIFFERS`: `mail` differs from the address that Exchange sends from.
    MailDiffers {
        /// What `mail` holds.
        mail: SmtpAddress,
        /// What it should hold.
        primary: SmtpAddress,
    },
    /// `LDAP-MAIL-SEVERAL`: `mail` has several values. Only one of them can be the address.
    MailSeveral {
        /// The values.
        values: Vec<SmtpAddress>,
    },
    /// `LDAP-MAIL-UNGUARDED`: `mail` is empty, and the directory that the plan is for cannot check that it still is when the plan is applied: it has no
    /// assertion control (RFC 4528), and its `mail` takes several values. Read the directory right before; a value that somebody set
    /// in between would get ours beside it, and the next check finds [`MailSeveral`](Self::MailSeveral).
    MailUnguarded {
        /// The address that is to be set.
        address: SmtpAddress,
    },
    /// `LDAP-ADDRESS-DUPLICATE`: Several objects have the address. Each of them gets a finding that names others.
    AddressDuplicate {
        /// The address.
        address: SmtpAddress,
        /// The attribute of this object that holds it.
        attribute: Box<str>,
        /// The other objects.
        others: Names,
    },
    /// `LDAP-ADDRESS-MALFORMED`: A value that should be an address is not one.
    AddressMalformed {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// What is wrong with it.
        reason: AddressProblem,
        /// The address that was probably meant, if one can be guessed.
        proposal: Option<Box<SmtpAddress>>,
    },
    /// `LDAP-PRIMARY-SEVERAL`: A second address marked as primary.
    PrimarySeveral {
        /// The value that was not used.
        value: Box<str>,
    },
    /// `LDAP-MAIN-FOREIGN`: The address that the account would sign in with is outside the accepted domains.
    MainForeign {
        /// The address.
        address: SmtpAddress,
    },
    /// `LDAP-ALIAS-FOREIGN`: A further address is outside the accepted domains, so no mail would reach it.
    AliasForeign {
        /// The address.
        address: SmtpAddress,
    },
    /// `LDAP-ADDRESS-UNSTORABLE`: The target directory cannot store the address.
    AddressUnstorable {
        /// The attribute that it would go to.
        attribute: Box<str>,
        /// The address.
        address: SmtpAddress,
    },
    /// `LDAP-ALIAS-NO-PLACE`: The target directory has no attribute for further addresses.
    AliasesWithoutPlace {
        /// The addresses.
        addresses: Vec<SmtpAddress>,
    },
    /// `LDAP-DISABLED-BY-DESIGN`: A mailbox whose own account is disabled by design, so that nobody can sign in to it with a password.
    DisabledByDesign {
        /// What it is.
        kind: AccountKind,
    },
    /// `LDAP-USER-DISABLED`: A person's account is disabled.
    UserDisabled,
    /// `LDAP-NOT-UTF8`: A value that should be text is not UTF-8.
    NotUtf8 {
        /// The attribute.
        attribute: Box<str>,
        /// The value, with what cannot be shown replaced.
        value: Box<str>,
    },
    /// `LDAP-VALUE-LENGTH`: A text is longer than Active Directory and its successors accept.
    ValueTooLong {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// The most that it may have, in characters.
        limit: usize,
    },
    /// `LDAP-VALUE-CHARACTER`: A text holds characters that the attribute should not have.
    ValueCharacter {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// The value without them, unless nothing is left.
        proposal: Option<Box<str>>,
    },
    /// `LDAP-VALUE-BLANK`: An attribute that should have a value is empty or blank.
    ValueBlank {
        /// The attribute.
        attribute: Box<str>,
        /// A value that other attributes suggest.
        proposal: Option<Box<str>>,
    },
    /// `LDAP-VALUE-DUPLICATE`: Several objects have a value that should be unique. Each of them gets a finding that names others.
    ValueDuplicate {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// The other objects.
        others: Names,
    },
    /// `LDAP-LOGIN-MALFORMED`: `userPrincipalName` does not have the form of an address.
    LoginMalformed {
        /// The value.
        value: Box<str>,
        /// What is wrong with it.
        reason: AddressProblem,
    },
    /// `LDAP-DOMAIN-UNKNOWN`: The domain has no known top-level domain, so no mail from the Internet can reach the address.
    DomainUnknown {
        /// The attribute.
        attribute: Box<str>,
        /// The address.
        address: SmtpAddress,
    },
    /// `LDAP-ADDRESS-LOOKALIKE`: An address mixes letters of several alphabets that look alike: a typing error, or a forgery.
    LookAlike {
        /// The address.
        address: SmtpAddress,
    },
    /// `LDAP-ADDRESS-TOOLS`: The directory accepts the address, but its own tools refuse it.
    ToolsRefuse {
        /// The attribute.
        attribute: Box<str>,
        /// The address.
        address: SmtpAddress,
    },
    /// `LDAP-CLASS-MISSING`: The entry has no object class that allows the attribute, and no class can be added that does.
    ClassMissing {
        /// The attribute.
        attribute: Box<str>,
        /// The classes that would do.
        classes: Vec<Box<str>>,
    },
    /// `LDAP-FORWARD`: The account's mail is forwarded. Forwarding has to be set up again.
    Forwards {
        /// Where to.
        to: Box<str>,
        /// Whether the mailbox keeps a copy of forwarded mail.
        keeps: bool,
    },
    /// `LDAP-DELEGATES`: Others may act for the account. That has to be granted again.
    HasDelegates {
        /// Who.
        delegates: Vec<Dn>,
    },
    /// `LDAP-ARCHIVE`: The account has an archive mailbox, which is migrated separately.
    HasArchive,
    /// `LDAP-PHOTO`: The photo is neither JPEG nor PNG, or larger than address lists take.
    PhotoUnfit {
        /// How large it is.
        bytes: usize,
    },
    /// `LDAP-FORWARD-LOOP`: Mail is passed on in a loop: by forwarding, by a contact's target, through a list. Perhaps to itself.
    ForwardLoop {
        /// The accounts, groups and contacts of the loop.
        accounts: Names,
    },
    /// `LDAP-FORWARD-UNKNOWN`: The account's mail is forwarded to an object or an address of the organisation that does not exist.
    ForwardUnknown {
        /// Where to.
        to: Box<str>,
    },
    /// `LDAP-GROUP-CYCLE`: The group contains itself, directly or through other groups. Mail to it could loop.
    GroupCycle {
        /// The groups of the circle.
        groups: Names,
    },
    /// `LDAP-GROUP-MEMBERS`: Members of the group were not read: they are deleted, of another domain, or missing in the export.
    MembersUnknown {
        /// The members.
        members: Names,
    },
    /// `LDAP-CONTACT-LOCAL`: The mail of a contact or mail user goes to a mailbox or list of the organisation. The target needs an alias or a forwarding
    /// rule instead.
    ContactLocal {
        /// The address that its mail goes to.
        address: SmtpAddress,
        /// The account or group that has it.
        account: Dn,
    },
    /// `LDAP-CONTACT-UNKNOWN`: The mail of a contact or mail user goes to an address of the organisation that nobody has.
    ContactUnknown {
        /// The address.
        address: SmtpAddress,
    },
    /// `LDAP-GROUP-SENDERS`: Not everybody may send to the group. On a target with plain lists, everybody could.
    GroupSenders {
        /// Who may; empty means everybody.
        senders: Names,
        /// Who may not.
        refused: Names,
        /// Whether senders must have signed in to this organisation.
        signed_in: bool,
    },
    /// `LDAP-ACCOUNT-SENDERS`: Not everybody may send to the mailbox. On a target without such rules, everybody could.
    AccountSenders {
        /// Who may; empty means everybody.
        senders: Names,
        /// Who may not.
        refused: Names,
        /// Whether senders must have signed in to this organisation.
        signed_in: bool,
    },
    /// `LDAP-MODERATED`: Somebody approves each message before it is delivered. On a target without moderation it is delivered at once.
    Moderated {
        /// Who approves.
        moderators: Names,
    },
    /// `LDAP-LOGIN-DIFFERS`: The account's `userPrincipalName` is another one than its address. Who is used to signing in with it has to be told, since
    /// mail is signed in to by address. No plan changes it: other services know people by it.
    LoginDiffers {
        /// The `userPrincipalName`.
        login: Box<str>,
        /// The address.
        address: SmtpAddress,
    },
    /// `LDAP-NOT-EXPORTED`: The export has the name of a type in place of values. The values are lost; export again.
    NotExported {
        /// The column.
        attribute: Box<str>,
        /// The text in its place.
        value: Box<str>,
    },
    /// `LDAP-ADDRESS-OTHER`: The object has addresses that are not mail addresses and are not migrated (SIP, X.400 ...).
    OtherAddresses {
        /// The addresses with their types.
        values: Vec<Box<str>>,
    },
    /// `LDAP-GROUP-DYNAMIC`: A dynamic group: its members are a filter, and the target needs a list.
    GroupDynamic {
        /// The filter.
        filter: Option<Box<str>>,
    },
    /// `LDAP-GROUP-PARTIAL`: Only some of a group's members were read.
    GroupPartial {
        /// How many.
        members: usize,
    },
    /// `LDAP-GROUP-EMPTY`: A group with an address has no members.
    GroupEmpty,
    /// `LDAP-NAME-MISSING`: The object is in the address list but has no name to show.
    NameMissing,
}

impl Issue {
    /// Returns the code, which does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MailMissing { .. } => "LDAP-MAIL-MISSING",
            Self::MailDiffers { .. } => "LDAP-MAIL-DIFFERS",
            Self::MailSeveral { .. } => "LDAP-MAIL-SEVERAL",
            Self::MailUnguarded { .. } => "LDAP-MAIL-UNGUARDED",
            Self::AddressDuplicate { .. } => "LDAP-ADDRESS-DUPLICATE",
            Self::AddressMalformed { .. } => "LDAP-ADDRESS-MALFORMED",
            Self::PrimarySeveral { .. } => "LDAP-PRIMARY-SEVERAL",
            Self::MainForeign { .. } => "LDAP-MAIN-FOREIGN",
            Self::AliasForeign { .. } => "LDAP-ALIAS-FOREIGN",
            Self::AddressUnstorable { .. } => "LDAP-ADDRESS-UNSTORABLE",
            Self::AliasesWithoutPlace { .. } => "LDAP-ALIAS-NO-PLACE",
            Self::DisabledByDesign { .. } => "LDAP-DISABLED-BY-DESIGN",
            Self::UserDisabled => "LDAP-USER-DISABLED",
            Self::NotUtf8 { .. } => "LDAP-NOT-UTF8",
            Self::ValueTooLong { .. } => "LDAP-VALUE-LENGTH",
            Self::ValueCharacter { .. } => "LDAP-VALUE-CHARACTER",
            Self::ValueBlank { .. } => "LDAP-VALUE-BLANK",
            Self::ValueDuplicate { .. } => "LDAP-VALUE-DUPLICATE",
            Self::LoginMalformed { .. } => "LDAP-LOGIN-MALFORMED",
            Self::DomainUnknown { .. } => "LDAP-DOMAIN-UNKNOWN",
            Self::LookAlike { .. } => "LDAP-ADDRESS-LOOKALIKE",
            Self::ToolsRefuse { .. } => "LDAP-ADDRESS-TOOLS",
            Self::ClassMissing { .. } => "LDAP-CLASS-MISSING",
            Self::Forwards { .. } => "LDAP-FORWARD",
            Self::ForwardLoop { .. } => "LDAP-FORWARD-LOOP",
            Self::ForwardUnknown { .. } => "LDAP-FORWARD-UNKNOWN",
            Self::GroupCycle { .. } => "LDAP-GROUP-CYCLE",
            Self::MembersUnknown { .. } => "LDAP-GROUP-MEMBERS",
            Self::ContactLocal { .. } => "LDAP-CONTACT-LOCAL",
            Self::ContactUnknown { .. } => "LDAP-CONTACT-UNKNOWN",
            Self::HasDelegates { .. } => "LDAP-DELEGATES",
            Self::HasArchive => "LDAP-ARCHIVE",
            Self::PhotoUnfit { .. } => "LDAP-PHOTO",
            Self::GroupSenders { .. } => "LDAP-GROUP-SENDERS",
            Self::AccountSenders { .. } => "LDAP-ACCOUNT-SENDERS",
            Self::Moderated { .. } => "LDAP-MODERATED",
            Self::LoginDiffers { .. } => "LDAP-LOGIN-DIFFERS",
            Self::NotExported { .. } => "LDAP-NOT-EXPORTED",
            Self::OtherAddresses { .. } => "LDAP-ADDRESS-OTHER",
            Self::GroupDynamic { .. } => "LDAP-GROUP-DYNAMIC",
            Self::GroupPartial { .. } => "LDAP-GROUP-PARTIAL",
            Self::GroupEmpty => "LDAP-GROUP-EMPTY",
            Self::NameMissing => "LDAP-NAME-MISSING",
        }
    }

    /// Returns whether a person has to act.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            // A plan mends these, so nothing is lost when it is applied.
            Self::MailMissing { proposal: Some(_) } | Self::MailDiffers { .. } => Severity::Info,
            Self::MailUnguarded { .. }
            | Self::UserDisabled
            | Self::ValueTooLong { .. }
            | Self::ValueCharacter { .. }
            | Self::ValueBlank { .. }
            | Self::ValueDuplicate { .. }
            | Self::LoginMalformed { .. }
            | Self::LoginDiffers { .. }
            | Self::DomainUnknown { .. }
            | Self::LookAlike { .. }
            | Self::ToolsRefuse { .. }
            | Self::Forwards { .. }
            | Self::HasDelegates { .. }
            | Self::HasArchive
            | Self::PhotoUnfit { .. }
            | Self::OtherAddresses { .. }
            | Self::GroupEmpty
            | Self::NameMissing
            | Self::AliasesWithoutPlace { .. } => Severity::Info,
            _ => Severity::Lossy,
        }
    }
}

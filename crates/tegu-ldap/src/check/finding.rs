//! Findings of a check.

use std::fmt;

use serde::Serialize;
use tegu_outcome::Severity;

use crate::account::{AccountKind, Identity};
use crate::address::{AddressProblem, SmtpAddress};
use crate::dn::Dn;

/// One finding: on which object, and what.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub(super) dn: Dn,
    pub(super) id: Identity,
    pub(super) issue: Issue,
}

/// An issue. Each kind has a [code](Finding::code) that does not change between versions.
#[non_exhaustive]
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "issue", rename_all = "kebab-case")]
pub enum Issue {
    /// An account with a mailbox has no `mail`, so nobody can sign in to it.
    MailMissing {
        /// The address to set, if Exchange has one.
        proposal: Option<SmtpAddress>,
    },
    /// `mail` differs from the address that Exchange sends from.
    MailDiffers {
        /// What `mail` holds.
        mail: SmtpAddress,
        /// What it should hold.
        primary: SmtpAddress,
    },
    /// `mail` has several values. Only one of them can be the address.
    MailSeveral {
        /// The values.
        values: Vec<SmtpAddress>,
    },
    /// Several objects have the address. Each of them gets a finding that names others.
    AddressDuplicate {
        /// The address.
        address: SmtpAddress,
        /// The attribute of this object that holds it.
        attribute: Box<str>,
        /// The other objects.
        others: Names,
    },
    /// A value that should be an address is not one.
    AddressMalformed {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// What is wrong with it.
        reason: AddressProblem,
        /// The address that was probably meant, if one can be guessed.
        proposal: Option<SmtpAddress>,
    },
    /// A second address marked as primary.
    PrimarySeveral {
        /// The value that was not used.
        value: Box<str>,
    },
    /// The address that the account would sign in with is outside the accepted domains.
    MainForeign {
        /// The address.
        address: SmtpAddress,
    },
    /// A further address is outside the accepted domains, so no mail would reach it.
    AliasForeign {
        /// The address.
        address: SmtpAddress,
    },
    /// The target directory cannot store the address.
    AddressUnstorable {
        /// The attribute that it would go to.
        attribute: Box<str>,
        /// The address.
        address: SmtpAddress,
    },
    /// The target directory has no attribute for further addresses.
    AliasesWithoutPlace {
        /// The addresses.
        addresses: Vec<SmtpAddress>,
    },
    /// A mailbox whose own account is disabled by design, so that nobody can sign in to it with a password.
    DisabledByDesign {
        /// What it is.
        kind: AccountKind,
    },
    /// A person's account is disabled.
    UserDisabled,
    /// A value that should be text is not UTF-8.
    NotUtf8 {
        /// The attribute.
        attribute: Box<str>,
        /// The value, with what cannot be shown replaced.
        value: Box<str>,
    },
    /// A text is longer than Active Directory and its successors accept.
    ValueTooLong {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// The most that it may have, in characters.
        limit: usize,
    },
    /// A text holds characters that the attribute should not have.
    ValueCharacter {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// The value without them, unless nothing is left.
        proposal: Option<Box<str>>,
    },
    /// An attribute that should have a value is empty or blank.
    ValueBlank {
        /// The attribute.
        attribute: Box<str>,
        /// A value that other attributes suggest.
        proposal: Option<Box<str>>,
    },
    /// Several objects have a value that should be unique. Each of them gets a finding that names others.
    ValueDuplicate {
        /// The attribute.
        attribute: Box<str>,
        /// The value.
        value: Box<str>,
        /// The other objects.
        others: Names,
    },
    /// `userPrincipalName` does not have the form of an address.
    LoginMalformed {
        /// The value.
        value: Box<str>,
        /// What is wrong with it.
        reason: AddressProblem,
    },
    /// The domain has no known top-level domain, so no mail from the Internet can reach the address.
    DomainUnknown {
        /// The attribute.
        attribute: Box<str>,
        /// The address.
        address: SmtpAddress,
    },
    /// An address mixes letters of several alphabets that look alike: a typing error, or a forgery.
    LookAlike {
        /// The address.
        address: SmtpAddress,
    },
    /// The directory accepts the address, but its own tools refuse it.
    ToolsRefuse {
        /// The attribute.
        attribute: Box<str>,
        /// The address.
        address: SmtpAddress,
    },
    /// The entry has no object class that allows the attribute, and no class can be added that does.
    ClassMissing {
        /// The attribute.
        attribute: Box<str>,
        /// The classes that would do.
        classes: Vec<Box<str>>,
    },
    /// The account's mail is forwarded. Forwarding has to be set up again.
    Forwards {
        /// Where to.
        to: Box<str>,
        /// Whether the mailbox keeps a copy of forwarded mail.
        keeps: bool,
    },
    /// Others may act for the account. That has to be granted again.
    HasDelegates {
        /// Who.
        delegates: Vec<Dn>,
    },
    /// The account has an archive mailbox, which is migrated separately.
    HasArchive,
    /// The photo is neither JPEG nor PNG, or larger than address lists take.
    PhotoUnfit {
        /// How large it is.
        bytes: usize,
    },
    /// Mail is passed on in a loop: by forwarding, by a contact's target, through a list. Perhaps to itself.
    ForwardLoop {
        /// The accounts, groups and contacts of the loop.
        accounts: Names,
    },
    /// The account's mail is forwarded to an object or an address of the organisation that does not exist.
    ForwardUnknown {
        /// Where to.
        to: Box<str>,
    },
    /// The group contains itself, directly or through other groups. Mail to it could loop.
    GroupCycle {
        /// The groups of the circle.
        groups: Names,
    },
    /// Members of the group were not read: they are deleted, of another domain, or missing in the export.
    MembersUnknown {
        /// The members.
        members: Names,
    },
    /// The mail of a contact or mail user goes to a mailbox or list of the organisation. The target needs an alias or a forwarding
    /// rule instead.
    ContactLocal {
        /// The address that its mail goes to.
        address: SmtpAddress,
        /// The account or group that has it.
        account: Dn,
    },
    /// The mail of a contact or mail user goes to an address of the organisation that nobody has.
    ContactUnknown {
        /// The address.
        address: SmtpAddress,
    },
    /// Not everybody may send to the group. On a target with plain lists, everybody could.
    GroupSenders {
        /// Who may; empty means everybody.
        senders: Names,
        /// Who may not.
        refused: Names,
        /// Whether senders must have signed in to this organisation.
        signed_in: bool,
    },
    /// Not everybody may send to the mailbox. On a target without such rules, everybody could.
    AccountSenders {
        /// Who may; empty means everybody.
        senders: Names,
        /// Who may not.
        refused: Names,
        /// Whether senders must have signed in to this organisation.
        signed_in: bool,
    },
    /// Somebody approves each message before it is delivered. On a target without moderation it is delivered at once.
    Moderated {
        /// Who approves.
        moderators: Names,
    },
    /// The account's `userPrincipalName` is another one than its address. Who is used to signing in with it has to be told, since
    /// mail is signed in to by address. No plan changes it: other services know people by it.
    LoginDiffers {
        /// The `userPrincipalName`.
        login: Box<str>,
        /// The address.
        address: SmtpAddress,
    },
    /// The export has the name of a type in place of values. The values are lost; export again.
    NotExported {
        /// The column.
        attribute: Box<str>,
        /// The text in its place.
        value: Box<str>,
    },
    /// The object has addresses that are not mail addresses and are not migrated (SIP, X.400 ...).
    OtherAddresses {
        /// The addresses with their types.
        values: Vec<Box<str>>,
    },
    /// A dynamic group: its members are a filter, and the target needs a list.
    GroupDynamic {
        /// The filter.
        filter: Option<Box<str>>,
    },
    /// Only some of a group's members were read.
    GroupPartial {
        /// How many.
        members: usize,
    },
    /// A group with an address has no members.
    GroupEmpty,
    /// The object is in the address list but has no name to show.
    NameMissing,
}

impl Finding {
    /// Returns the code, which does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.issue.code()
    }

    /// Returns whether a person has to act.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.issue.severity()
    }

    /// Returns the object.
    #[must_use]
    pub fn dn(&self) -> &Dn {
        &self.dn
    }

    /// Returns the object's stable identity.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// Returns the issue with its data.
    #[must_use]
    pub fn issue(&self) -> &Issue {
        &self.issue
    }

    /// Returns the wrong value, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        match &self.issue {
            Issue::MailDiffers { mail, .. } => Some(mail.as_str()),
            Issue::AddressDuplicate { address, .. }
            | Issue::MainForeign { address }
            | Issue::AliasForeign { address }
            | Issue::DomainUnknown { address, .. }
            | Issue::LookAlike { address }
            | Issue::ContactLocal { address, .. }
            | Issue::ContactUnknown { address }
            | Issue::ToolsRefuse { address, .. }
            | Issue::AddressUnstorable { address, .. } => Some(address.as_str()),
            Issue::AddressMalformed { value, .. }
            | Issue::PrimarySeveral { value }
            | Issue::NotExported { value, .. }
            | Issue::ValueTooLong { value, .. }
            | Issue::ValueCharacter { value, .. }
            | Issue::ValueDuplicate { value, .. }
            | Issue::LoginMalformed { value, .. }
            | Issue::LoginDiffers { login: value, .. }
            | Issue::Forwards { to: value, .. }
            | Issue::ForwardUnknown { to: value }
            | Issue::NotUtf8 { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Returns the value to set instead, if it is clear without asking a person.
    #[must_use]
    pub fn proposal(&self) -> Option<&str> {
        match &self.issue {
            Issue::MailMissing { proposal } | Issue::AddressMalformed { proposal, .. } => {
                proposal.as_ref().map(SmtpAddress::as_str)
            }
            Issue::MailDiffers { primary, .. } => Some(primary.as_str()),
            Issue::ValueCharacter { proposal, .. } | Issue::ValueBlank { proposal, .. } => {
                proposal.as_deref()
            }
            _ => None,
        }
    }
}

impl Issue {
    /// Returns the code, which does not change between versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MailMissing { .. } => "LDAP-MAIL-MISSING",
            Self::MailDiffers { .. } => "LDAP-MAIL-DIFFERS",
            Self::MailSeveral { .. } => "LDAP-MAIL-SEVERAL",
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
            Self::UserDisabled
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

/// The form that journals and reports keep.
impl From<&Finding> for tegu_outcome::Finding {
    fn from(finding: &Finding) -> Self {
        Self::new(finding.code(), finding.severity(), finding.issue.to_string())
    }
}

impl From<Finding> for tegu_outcome::Finding {
    fn from(finding: Finding) -> Self {
        (&finding).into()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values come from outside and may hold line breaks.
        let line = format!("{} {}: {}", self.code(), self.dn, self.issue);
        f.write_str(&tegu_outcome::printable(&line))
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MailMissing { proposal: Some(p) } => write!(f, "mail is missing; {p} is proposed"),
            Self::MailMissing { proposal: None } => f.write_str("mail is missing, and no address is known"),
            Self::MailDiffers { mail, primary } => {
                write!(
                    f,
                    "mail is {mail}, but Exchange sends from {primary}; that address is proposed"
                )
            }
            Self::MailSeveral { values } => write!(f, "mail has several values: {}", list(values)),
            Self::AddressDuplicate {
                address,
                attribute,
                others,
            } => {
                write!(f, "{address} ({attribute}) is also an address of {others}")
            }
            Self::AddressMalformed {
                attribute,
                value,
                reason,
                proposal,
            } => {
                write!(f, "{attribute} `{value}` is not an address: {reason}")?;
                proposal
                    .as_ref()
                    .map_or(Ok(()), |p| write!(f, "; {p} is proposed"))
            }
            Self::PrimarySeveral { value } => write!(f, "a second primary address: {value}"),
            Self::MainForeign { address } => write!(f, "{address} is outside the accepted domains"),
            Self::AliasForeign { address } => {
                write!(f, "the further address {address} is outside the accepted domains")
            }
            Self::AddressUnstorable { attribute, address } => {
                write!(f, "{attribute} of the target directory cannot hold {address}")
            }
            Self::AliasesWithoutPlace { addresses } => {
                write!(f, "the target directory has no place for {}", list(addresses))
            }
            Self::DisabledByDesign { kind } => {
                write!(
                    f,
                    "the account of this {} mailbox is disabled: nobody can sign in to it",
                    name(*kind)
                )
            }
            Self::UserDisabled => f.write_str("the account is disabled"),
            Self::NotUtf8 { attribute, value } => write!(f, "{attribute} is not UTF-8: {value}"),
            Self::ValueTooLong {
                attribute,
                value,
                limit,
            } => write!(f, "{attribute} `{value}` has more than {limit} characters"),
            Self::ValueCharacter {
                attribute,
                value,
                proposal,
            } => {
                write!(f, "{attribute} `{value}` has characters that it should not have")?;
                proposal
                    .as_ref()
                    .map_or(Ok(()), |p| write!(f, "; `{p}` is proposed"))
            }
            Self::ValueBlank { attribute, proposal } => {
                write!(f, "{attribute} is blank")?;
                proposal
                    .as_ref()
                    .map_or(Ok(()), |p| write!(f, "; `{p}` is proposed"))
            }
            Self::ValueDuplicate {
                attribute,
                value,
                others,
            } => write!(f, "{attribute} `{value}` is also on {others}"),
            Self::LoginMalformed { value, reason } => {
                write!(
                    f,
                    "userPrincipalName `{value}` does not have the form of an address: {reason}"
                )
            }
            Self::DomainUnknown { attribute, address } => {
                write!(
                    f,
                    "{attribute} {address}: its top-level domain does not exist on the Internet"
                )
            }
            Self::LookAlike { address } => write!(f, "{address} mixes letters of several alphabets"),
            Self::ToolsRefuse { attribute, address } => write!(
                f,
                "the tools of the target directory refuse {address} as {attribute}, though the directory takes it"
            ),
            Self::ClassMissing { attribute, classes } => write!(
                f,
                "{attribute} needs one of the object classes {}, and the entry has none",
                list(classes)
            ),
            Self::Forwards { to, keeps: true } => write!(f, "mail is copied to {to}"),
            Self::Forwards { to, keeps: false } => write!(f, "mail is forwarded to {to} and not kept"),
            Self::ForwardLoop { accounts } => write!(f, "mail is forwarded in a loop: {accounts}"),
            Self::ForwardUnknown { to } => write!(f, "mail is forwarded to {to}, which does not exist"),
            Self::GroupCycle { groups } => write!(f, "the group contains itself through {groups}"),
            Self::MembersUnknown { members } => write!(f, "members that were not read: {members}"),
            Self::ContactLocal { address, account } => {
                write!(
                    f,
                    "mail to it goes to {address}, which is an address here: {account}"
                )
            }
            Self::ContactUnknown { address } => {
                write!(f, "mail to it goes to {address}, which nobody here has")
            }
            Self::HasDelegates { delegates } => write!(f, "others act for the account: {}", list(delegates)),
            Self::HasArchive => f.write_str("an archive belongs to the mailbox"),
            Self::PhotoUnfit { bytes } => {
                write!(
                    f,
                    "the photo of {bytes} bytes is not a JPEG or PNG, or is too large for address lists"
                )
            }
            Self::GroupSenders {
                senders,
                refused,
                signed_in,
            } => restricted(f, "group", (senders, refused, *signed_in)),
            Self::AccountSenders {
                senders,
                refused,
                signed_in,
            } => restricted(f, "mailbox", (senders, refused, *signed_in)),
            Self::Moderated { moderators } if moderators.total == 0 => {
                f.write_str("messages wait for approval, and nobody is named who approves them")
            }
            Self::Moderated { moderators } => {
                write!(
                    f,
                    "messages wait until one of these approves them: {moderators}; on the target they do not wait"
                )
            }
            Self::LoginDiffers { login, address } => {
                write!(
                    f,
                    "the user principal name is {login}; people will sign in to mail as {address}"
                )
            }
            Self::NotExported { attribute, value } => write!(
                f,
                "the export has `{value}` in place of the values of {attribute}: export again and join them"
            ),
            Self::OtherAddresses { values } => {
                write!(f, "addresses that are not mail addresses: {}", list(values))
            }
            Self::GroupDynamic { .. } => f.write_str("the members are a filter; the target needs a list"),
            Self::GroupPartial { members } => {
                write!(f, "only {members} members were read, and there are more")
            }
            Self::GroupEmpty => f.write_str("the group has an address but no members"),
            Self::NameMissing => f.write_str("it is in the address list without a name"),
        }
    }
}

fn restricted(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    (senders, refused, signed_in): (&Names, &Names, bool),
) -> fmt::Result {
    write!(f, "not everybody may send to the {what}:")?;
    if signed_in {
        f.write_str(" senders must have signed in;")?;
    }
    if senders.total > 0 {
        write!(f, " only {senders};")?;
    }
    if refused.total > 0 {
        write!(f, " not {refused};")?;
    }
    f.write_str(" on the target everybody can")
}

fn name(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Shared => "shared",
        AccountKind::Room => "room",
        AccountKind::Equipment => "equipment",
        AccountKind::Linked => "linked",
        _ => "user",
    }
}

/// The names of objects: the first ten, and how many there are. A finding on each of thousands of objects that share a value
/// would otherwise name all others each time.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Names {
    /// At most ten names.
    pub first: Vec<Dn>,
    /// How many there are.
    pub total: usize,
}

impl Names {
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a Dn>) -> Self {
        let mut out = Self::default();
        for dn in names {
            out.push(dn);
        }
        out
    }

    /// Those of `count` names that are not `own`, which is among them.
    pub(super) fn others<'a>(names: impl Iterator<Item = &'a Dn>, count: usize, own: &Dn) -> Self {
        let first = names.filter(|&dn| dn != own).take(10).cloned().collect();
        let total = count.saturating_sub(1);
        Self { first, total }
    }

    fn push(&mut self, dn: &Dn) {
        if self.first.len() < 10 {
            self.first.push(dn.clone());
        }
        self.total += 1;
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.first.len().min(5);
        f.write_str(&list(self.first.get(..shown).unwrap_or_default()))?;
        match self.total - shown {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// At most five, so that a line stays a line.
fn list<T: ToString>(items: &[T]) -> String {
    let mut out = items
        .iter()
        .take(5)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > 5 {
        out.push_str(&format!(" and {} more", items.len() - 5));
    }
    out
}

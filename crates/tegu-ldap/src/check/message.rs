//! Issues as sentences.

use std::fmt;

use super::issue::Issue;
use super::names::{Names, list};
use crate::account::AccountKind;

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
            Self::MailUnguarded { address } => write!(
                f,
                "the server cannot check that mail is still empty when it is set to {address}: read the directory right before"
            ),
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
            Self::Moderated { moderators } if moderators.total() == 0 => {
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
    if senders.total() > 0 {
        write!(f, " only {senders};")?;
    }
    if refused.total() > 0 {
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

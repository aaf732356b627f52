//! What an entry is.
//!
//! Exchange says it in `msExchRecipientTypeDetails`, where one bit names one type; without Exchange the object
//! classes have to do.

use crate::account::{AccountKind, GroupKind, SetAsideReason};
use crate::entry::Entry;

/// Where an entry belongs.
pub(super) enum Class {
    Account(AccountKind),
    Group(GroupKind),
    Contact,
    SetAside(SetAsideReason),
    Ignored,
}

pub(super) fn classify(entry: &Entry) -> Class {
    if entry.boolean("isDeleted") == Some(true) {
        return Class::SetAside(SetAsideReason::Deleted);
    }
    if entry
        .dn()
        .first_value()
        .is_some_and(|v| v.contains("\nCNF:") || v.contains("\0CNF:"))
    {
        return Class::SetAside(SetAsideReason::Conflict);
    }
    if entry.is_a("publicFolder") {
        return Class::SetAside(SetAsideReason::PublicFolder);
    }
    if let Some(class) = by_recipient_type(entry) {
        return class;
    }
    if entry.is_a("msExchDynamicDistributionList") {
        return Class::Group(GroupKind::Dynamic);
    }
    let is_group = [
        "group",
        "groupOfNames",
        "groupOfUniqueNames",
        "mailGroup",
        "posixGroup",
    ];
    if is_group.iter().any(|class| entry.is_a(class)) {
        return group(entry);
    }
    if entry.is_a("contact") {
        return Class::Contact;
    }
    if entry.is_a("computer") || entry.is_a("msDS-GroupManagedServiceAccount") {
        return Class::Ignored;
    }
    let is_person = [
        "user",
        "inetOrgPerson",
        "organizationalPerson",
        "person",
        "account",
        "posixAccount",
    ];
    if is_person.iter().any(|class| entry.is_a(class)) {
        return person(entry);
    }
    Class::Ignored
}

/// By the type that Exchange wrote, where it is known and says more than the object class.
fn by_recipient_type(entry: &Entry) -> Option<Class> {
    use AccountKind as A;
    let class = match entry.integer("msExchRecipientTypeDetails")? {
        0x1 | 0x8 => Class::Account(A::User),
        0x2 => Class::Account(A::Linked),
        0x4 => Class::Account(A::Shared),
        0x10 => Class::Account(A::Room),
        0x20 => Class::Account(A::Equipment),
        0x40 | 0x8000 => Class::Contact,
        0x80 => Class::Account(A::MailUser),
        0x800 => Class::Group(GroupKind::Dynamic),
        0x1000 => Class::SetAside(SetAsideReason::PublicFolder),
        // System attendant, database, Exchange itself, arbitration, plan, discovery and the like.
        0x2000 | 0x4000 | 0x40_0000 | 0x80_0000 | 0x100_0000 | 0x2000_0000 => {
            Class::SetAside(SetAsideReason::ExchangeSystem)
        }
        0x8000_0000 | 0x2_0000_0000 | 0x4_0000_0000 | 0x8_0000_0000 => Class::Account(A::Remote),
        _ => return None,
    };
    Some(class)
}

/// The bit of `groupType` that marks a group with rights; the number is signed in LDAP.
const SECURITY: i64 = 0x8000_0000;

fn group(entry: &Entry) -> Class {
    if entry.boolean("isCriticalSystemObject") == Some(true) {
        return Class::SetAside(SetAsideReason::DirectorySystem);
    }
    let security = entry.integer("groupType").is_some_and(|t| t & SECURITY != 0) || entry.is_a("posixGroup");
    Class::Group(if security {
        GroupKind::Security
    } else {
        GroupKind::Distribution
    })
}

/// How the names of mailboxes begin that Exchange makes for itself.
const SYSTEM_NAMES: &[&str] = &[
    "SystemMailbox{",
    "DiscoverySearchMailbox",
    "FederatedEmail.",
    "Migration.8f3e7716-2011-43e4-96b1-aba62d229136",
    "HealthMailbox",
    "Exchange Online-ApplicationAccount",
];

fn person(entry: &Entry) -> Class {
    let name = entry
        .text("cn")
        .map(str::to_owned)
        .or_else(|| entry.dn().first_value())
        .unwrap_or_default();
    if SYSTEM_NAMES
        .iter()
        .any(|s| name.get(..s.len()).is_some_and(|n| n.eq_ignore_ascii_case(s)))
    {
        return Class::SetAside(SetAsideReason::ExchangeSystem);
    }
    if entry.boolean("isCriticalSystemObject") == Some(true) {
        return Class::SetAside(SetAsideReason::DirectorySystem);
    }
    if entry.has("msExchMasterAccountSid") && entry.has("msExchMailboxGuid") {
        return Class::Account(AccountKind::Linked);
    }
    match entry.integer("msExchRecipientDisplayType") {
        Some(7) => return Class::Account(AccountKind::Room),
        Some(8) => return Class::Account(AccountKind::Equipment),
        _ => {}
    }
    let mailbox = ["homeMDB", "msExchMailboxGuid"].iter().any(|a| entry.has(a));
    if !mailbox && entry.has("targetAddress") {
        return Class::Account(AccountKind::MailUser);
    }
    let address = ["mail", "proxyAddresses", "mailNickname"]
        .iter()
        .any(|a| entry.has(a));
    // In a directory without Exchange's attributes every person is somebody who should have an address.
    let plain = !entry.is_a("user") && (entry.is_a("inetOrgPerson") || entry.is_a("mailRecipient"));
    Class::Account(if mailbox || address || plain {
        AccountKind::User
    } else {
        AccountKind::NoMailbox
    })
}

//! Classifies entries.
//!
//! Exchange stores the type in `msExchRecipientTypeDetails`, one bit for each type. Without Exchange, the object classes decide.

use super::view::View;
use crate::account::{AccountKind, GroupKind, SetAsideReason};
use crate::entry::Known;

/// Where an entry belongs.
pub(super) enum Class {
    Account(AccountKind),
    Group(GroupKind),
    Contact,
    SetAside(SetAsideReason),
    Ignored,
}

pub(super) fn classify(view: &View<'_>) -> Class {
    if view.boolean(Known::IsDeleted) == Some(true) {
        return Class::SetAside(SetAsideReason::Deleted);
    }
    let dn = view.entry.dn();
    if dn.as_str().contains("CNF:")
        && dn
            .first_value()
            .is_some_and(|v| v.contains("\nCNF:") || v.contains("\0CNF:"))
    {
        return Class::SetAside(SetAsideReason::Conflict);
    }
    if view.is_a("publicFolder") {
        return Class::SetAside(SetAsideReason::PublicFolder);
    }
    if let Some(class) = by_recipient_type(view) {
        return class;
    }
    if view.is_a("msExchDynamicDistributionList") {
        return Class::Group(GroupKind::Dynamic);
    }
    let is_group = [
        "group",
        "groupOfNames",
        "groupOfUniqueNames",
        "mailGroup",
        "posixGroup",
    ];
    if is_group.iter().any(|class| view.is_a(class)) {
        return group(view);
    }
    if view.is_a("contact") {
        return Class::Contact;
    }
    if view.is_a("computer")
        || view.is_a("msDS-GroupManagedServiceAccount")
        || view.is_a("msDS-ManagedServiceAccount")
    {
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
    if is_person.iter().any(|class| view.is_a(class)) {
        return person(view);
    }
    Class::Ignored
}

/// The types that came with later versions of Exchange: team, remote team, monitoring, group, linked room, audit log, remote
/// group, scheduling, guest, auxiliary audit log, review.
const BIT_37: i64 = 1 << 37;
const BIT_38: i64 = 1 << 38;
const BIT_39: i64 = 1 << 39;
const BIT_40: i64 = 1 << 40;
const BIT_41: i64 = 1 << 41;
const BIT_42: i64 = 1 << 42;
const BIT_43: i64 = 1 << 43;
const BIT_44: i64 = 1 << 44;
const BIT_45: i64 = 1 << 45;
const BIT_46: i64 = 1 << 46;
const BIT_47: i64 = 1 << 47;

/// By the type that Exchange wrote, where it is known and says more than the object class.
fn by_recipient_type(view: &View<'_>) -> Option<Class> {
    use AccountKind as A;
    let class = match view.integer(Known::RecipientTypeDetails)? {
        0x1 | 0x8 => Class::Account(A::User),
        0x2 => Class::Account(A::Linked),
        // Site, group and scheduling mailboxes are shared ones of a kind.
        0x4 | BIT_37 | BIT_40 | BIT_44 => Class::Account(A::Shared),
        0x10 | BIT_41 => Class::Account(A::Room),
        0x20 => Class::Account(A::Equipment),
        0x40 | 0x8000 => Class::Contact,
        0x80 | BIT_45 => Class::Account(A::MailUser),
        0x800 => Class::Group(GroupKind::Dynamic),
        0x1000 => Class::SetAside(SetAsideReason::PublicFolder),
        // System attendant, database, Exchange itself, arbitration, plan, discovery, monitoring, audit log.
        0x2000 | 0x4000 | 0x40_0000 | 0x80_0000 | 0x100_0000 | 0x2000_0000 | BIT_39 | BIT_42 | BIT_46
        | BIT_47 => Class::SetAside(SetAsideReason::ExchangeSystem),
        0x8000_0000 | 0x2_0000_0000 | 0x4_0000_0000 | 0x8_0000_0000 | BIT_38 | BIT_43 => {
            Class::Account(A::Remote)
        }
        _ => return None,
    };
    Some(class)
}

/// The bit of `groupType` that marks a group with rights; the number is signed in LDAP.
const SECURITY: i64 = 0x8000_0000;

fn group(view: &View<'_>) -> Class {
    if view.boolean(Known::IsCriticalSystemObject) == Some(true) {
        return Class::SetAside(SetAsideReason::DirectorySystem);
    }
    let security =
        view.integer(Known::GroupType).is_some_and(|t| t & SECURITY != 0) || view.is_a("posixGroup");
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

fn person(view: &View<'_>) -> Class {
    let name = match view.text(&[Known::Cn]) {
        Some(name) => name.to_owned(),
        None => view.entry.dn().first_value().unwrap_or_default(),
    };
    if SYSTEM_NAMES
        .iter()
        .any(|s| name.get(..s.len()).is_some_and(|n| n.eq_ignore_ascii_case(s)))
    {
        return Class::SetAside(SetAsideReason::ExchangeSystem);
    }
    if view.boolean(Known::IsCriticalSystemObject) == Some(true) {
        return Class::SetAside(SetAsideReason::DirectorySystem);
    }
    if view.has(Known::MasterAccountSid) && view.has(Known::MailboxGuid) {
        return Class::Account(AccountKind::Linked);
    }
    match view.integer(Known::RecipientDisplayType) {
        Some(7) => return Class::Account(AccountKind::Room),
        Some(8) => return Class::Account(AccountKind::Equipment),
        _ => {}
    }
    let mailbox = [Known::HomeMdb, Known::MailboxGuid].iter().any(|&a| view.has(a));
    if !mailbox && view.has(Known::TargetAddress) {
        return Class::Account(AccountKind::MailUser);
    }
    let address = [Known::Mail, Known::ProxyAddresses, Known::MailNickname]
        .iter()
        .any(|&a| view.has(a));
    // In a directory without Exchange's attributes every person is somebody who should have an address.
    let plain = !view.is_a("user") && (view.is_a("inetOrgPerson") || view.is_a("mailRecipient"));
    Class::Account(if mailbox || address || plain {
        AccountKind::User
    } else {
        AccountKind::NoMailbox
    })
}

//! Makes an account, a group or a contact from an entry.

use std::collections::HashSet;

use super::Shared;
use super::identity::{guid_bytes, guid_text, is_sid, sid_text};
use super::view::View;
use crate::account::{
    Account, AccountKind, Common, Contact, Field, Group, GroupKind, Held, Learner, Named, Quota, SendRules,
    Settings, Texts, TextsBuilder, ValueProblem,
};
use crate::dn::Dn;
use crate::entry::Known as K;

pub(super) fn account(view: &View<'_>, kind: AccountKind, shared: &mut Shared<'_>) -> Account {
    let uac = view.integer(K::UserAccountControl).unwrap_or(0);
    let locked = view.boolean(K::NsAccountLock) == Some(true);
    Account {
        kind,
        disabled: uac & 2 != 0 || locked,
        primary_group: view
            .integer(K::PrimaryGroupId)
            .and_then(|id| u32::try_from(id).ok()),
        forward_and_keep: view.boolean(K::DeliverAndRedirect) == Some(true),
        common: common(view, shared),
    }
}

pub(super) fn group(view: &View<'_>, kind: GroupKind, shared: &mut Shared<'_>) -> Group {
    let (members, members_complete) = members(view, shared);
    Group {
        kind,
        members,
        members_complete,
        owners: view.names(&[K::ManagedBy, K::Owner, K::CoManagedByLink]),
        filter_base: view.text(&[K::DynamicDlBaseDn]).map(Dn::new),
        common: common(view, shared),
    }
}

pub(super) fn contact(view: &View<'_>, shared: &mut Shared<'_>) -> Contact {
    Contact {
        common: common(view, shared),
    }
}

/// Returns the identity that survives a renaming, as text.
pub(super) fn identity(view: &View<'_>) -> Box<str> {
    view.values(K::ObjectGuid)
        .find_map(guid)
        .or_else(|| view.owned(&[K::EntryUuid, K::NsUniqueId, K::IpaUniqueId]))
        .unwrap_or_else(|| view.entry.dn().key().into())
}

/// A GUID in bytes, as a directory holds it, or in text, as an export writes it.
fn guid(value: &[u8]) -> Option<Box<str>> {
    guid_text(value)
        .or_else(|| {
            let text = std::str::from_utf8(value).ok()?;
            guid_bytes(text).and_then(|bytes| guid_text(&bytes))
        })
        .map(Into::into)
}

/// Exports write the GUID of what does not exist in zeros.
fn is_nil(guid: &str) -> bool {
    guid.bytes().all(|b| b == b'0' || b == b'-')
}

fn sid(value: &[u8]) -> Option<Box<str>> {
    sid_text(value)
        .or_else(|| {
            std::str::from_utf8(value)
                .ok()
                .filter(|t| is_sid(t))
                .map(Into::into)
        })
        .map(Into::into)
}

/// Reads the mailbox's own limits. If `mDBUseDefaults` is true, those of the database apply, which the account does not show.
fn quota(view: &View<'_>) -> Quota {
    if view.boolean(K::UseDefaults) == Some(true) {
        return Quota::default();
    }
    let limit = |known| view.integer(known).and_then(|kib| u64::try_from(kib).ok());
    // `mailQuota` is in bytes; `-1` and `0` mean none.
    let bytes = limit(K::MailQuota).filter(|&b| b > 0);
    Quota {
        warn_kib: limit(K::StorageQuota),
        send_kib: limit(K::OverQuotaLimit),
        receive_kib: limit(K::OverHardQuotaLimit).or(bytes.map(|b| b / 1024)),
    }
}

/// Returns all members, and whether they are all: a server with a limit names the part that it gave in an option
/// (`member;range=0-1499`), and `*` closes the last part.
fn members(view: &View<'_>, shared: &mut Shared<'_>) -> (Vec<Dn>, bool) {
    let mut out: Vec<Dn> = Vec::new();
    let (mut ranged, mut closed) = (false, false);
    for attribute in view.entry.attributes() {
        let name = attribute.name();
        let is_member = match name.known() {
            Some(known) => matches!(known, K::Member | K::UniqueMember),
            None => ["member", "uniqueMember"]
                .iter()
                .any(|n| name.base().eq_ignore_ascii_case(n)),
        };
        if !is_member {
            continue;
        }
        if let Some((_, high)) = name.range() {
            ranged = true;
            closed |= high.is_none();
        }
        out.reserve(attribute.values().count());
        for value in attribute.values() {
            out.push(shared.name(&String::from_utf8_lossy(value)));
        }
    }
    // A directory keeps each member once; an export, or parts that overlap, may not.
    let (mut seen, mut twice) = (HashSet::new(), HashSet::new());
    for (at, dn) in out.iter().enumerate() {
        if !seen.insert(dn.key()) {
            twice.insert(at);
        }
    }
    if !twice.is_empty() {
        let mut at = 0..;
        out.retain(|_| at.next().is_some_and(|at| !twice.contains(&at)));
    }
    (out, !ranged || closed)
}

/// Attributes of people that should be text.
const SHOWN: &[K] = &[
    K::DisplayName,
    K::Cn,
    K::GivenName,
    K::Sn,
    K::Title,
    K::Department,
    K::Company,
    K::MailNickname,
    K::UserPrincipalName,
    K::SamAccountName,
    K::L,
    K::StreetAddress,
    K::TelephoneNumber,
];

fn common(view: &View<'_>, shared: &mut Shared<'_>) -> Common {
    let mut addresses = super::addresses::read(view);
    for &attribute in SHOWN {
        for value in view.values(attribute).filter(|v| std::str::from_utf8(v).is_err()) {
            addresses.problem(ValueProblem::NotUtf8 {
                attribute: attribute.as_str().into(),
                value: String::from_utf8_lossy(value).into(),
            });
        }
    }
    let (addresses, x500) = addresses.finish();
    let named = Named::new(view.entry.dn(), &identity(view));
    shared.own(named.dn());
    let photo = [K::ThumbnailPhoto, K::JpegPhoto]
        .iter()
        .find_map(|&k| view.values(k).next().filter(|v| !v.is_empty()));
    Common {
        texts: texts(view, &x500, shared),
        named,
        hidden: view.boolean(K::HideFromAddressLists) == Some(true),
        unnamed: !view.has(K::DisplayName),
        held: Held::of(view.entry, &addresses),
        addresses,
        settings: Settings {
            send_on_behalf: view.names(&[K::PublicDelegates]),
            delegates: view.names(&[K::DelegateListLink]),
            quota: quota(view),
            send_rules: send_rules(view),
            photo: photo.map(Into::into),
        }
        .kept(),
    }
}

fn send_rules(view: &View<'_>) -> SendRules {
    SendRules {
        allowed: view.names(&[K::AuthOrig, K::SubmitPerms]),
        refused: view.names(&[K::UnauthOrig, K::RejectPerms]),
        signed_in: view.boolean(K::RequireAuthToSendTo) == Some(true),
        moderated: view.boolean(K::EnableModeration) == Some(true),
        moderators: view.names(&[K::ModeratedByLink]),
    }
}

/// Where texts come from that an object has for itself: the first attribute that has any.
const OWN: &[(Field, &[K])] = &[
    (Field::Nickname, &[K::MailNickname]),
    (Field::Sam, &[K::SamAccountName]),
    (Field::Uid, &[K::Uid]),
    (Field::Login, &[K::UserPrincipalName]),
    (
        Field::ForwardTo,
        &[
            K::AltRecipient,
            K::GenericForwardingAddress,
            K::MailForwardingAddress,
        ],
    ),
    (Field::Filter, &[K::DynamicDlFilter]),
];

/// The same of texts that other objects may have too.
const COMMON: &[(Field, &[K])] = &[
    (Field::GivenName, &[K::GivenName]),
    (Field::Surname, &[K::Sn]),
    (Field::Initials, &[K::Initials]),
    (Field::Title, &[K::Title]),
    (Field::Department, &[K::Department, K::DepartmentNumber]),
    (Field::Company, &[K::Company, K::O]),
    (Field::Office, &[K::PhysicalDeliveryOfficeName, K::RoomNumber]),
    (Field::Street, &[K::StreetAddress, K::Street]),
    (Field::City, &[K::L]),
    (Field::Region, &[K::St]),
    (Field::PostalCode, &[K::PostalCode]),
    (Field::Country, &[K::Co, K::C]),
    (Field::Web, &[K::Www, K::LabeledUri]),
];

/// Texts of which all values are kept.
const MANY: &[(Field, K)] = &[
    (Field::Phone, K::TelephoneNumber),
    (Field::Phone, K::OtherTelephone),
    (Field::Mobile, K::Mobile),
    (Field::Mobile, K::OtherMobile),
    (Field::Fax, K::FacsimileTelephoneNumber),
    (Field::HomePhone, K::HomePhone),
    (Field::Pager, K::Pager),
];

fn texts(view: &View<'_>, x500: &[Box<str>], shared: &mut Shared<'_>) -> Texts {
    thread_local! {
        /// Where texts are put together, so that only what is kept is allocated.
        static SCRATCH: std::cell::RefCell<TextsBuilder> = std::cell::RefCell::default();
    }
    let manager = view.text(&[K::Manager]).map(|name| shared.name(name));
    let learner = &mut *shared.learner;
    SCRATCH.with_borrow_mut(|out| {
        out.clear();
        gather(view, out, learner);
        for name in x500 {
            out.push_common(Field::X500, name, learner);
        }
        out.build_common(manager, learner)
    })
}

fn gather(view: &View<'_>, out: &mut TextsBuilder, learner: &mut Learner) {
    for (field, known) in [
        (Field::Sid, K::ObjectSid),
        (Field::LinkedSid, K::MasterAccountSid),
    ] {
        let sid = view.values(known).find_map(sid);
        sid.iter()
            .for_each(|value| out.push_common(field, value, learner));
    }
    for (field, known) in [(Field::Mailbox, K::MailboxGuid), (Field::Archive, K::ArchiveGuid)] {
        let guid = view.values(known).find_map(guid).filter(|g| !is_nil(g));
        guid.iter().for_each(|value| out.push(field, value));
    }
    match view.text(&[K::DisplayName, K::Cn]) {
        Some(name) => out.push_common(Field::DisplayName, name, learner),
        None => common_name(view)
            .iter()
            .for_each(|name| out.push(Field::DisplayName, name)),
    }
    for (field, names) in OWN {
        view.text(names).iter().for_each(|value| out.push(*field, value));
    }
    for (field, names) in COMMON {
        if let Some(value) = view.text(names) {
            out.push_common(*field, value, learner);
        }
    }
    for (field, name) in MANY {
        view.each(*name).for_each(|value| out.push(*field, value));
    }
}

/// Returns the name in the DN. Exports may leave `cn` out, which every entry named by it has.
fn common_name(view: &View<'_>) -> Option<String> {
    let dn = view.entry.dn();
    let named_by_cn = dn
        .as_str()
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("cn="));
    named_by_cn
        .then(|| dn.first_value())
        .flatten()
        .filter(|name| !name.is_empty())
}

//! Turns objects of Exchange's shell into entries.

use super::row::Row;
use super::value::{size, split, truth};
use super::{attribute, fault};
use crate::Result;
use crate::dn::Dn;
use crate::entry::{Entry, Known as K};

/// Properties whose value is that of an attribute.
const TEXTS: &[(&str, K)] = &[
    ("Guid", K::ObjectGuid),
    ("Sid", K::ObjectSid),
    ("ExchangeGuid", K::MailboxGuid),
    ("ArchiveGuid", K::ArchiveGuid),
    ("MasterAccountSid", K::MasterAccountSid),
    ("Name", K::Cn),
    ("DisplayName", K::DisplayName),
    ("Alias", K::MailNickname),
    ("SamAccountName", K::SamAccountName),
    ("UserPrincipalName", K::UserPrincipalName),
    ("WindowsEmailAddress", K::Mail),
    ("LegacyExchangeDN", K::LegacyExchangeDn),
    ("ExternalEmailAddress", K::TargetAddress),
    ("ForwardingAddress", K::AltRecipient),
    ("ForwardingSmtpAddress", K::GenericForwardingAddress),
    ("LdapRecipientFilter", K::DynamicDlFilter),
    ("RecipientContainer", K::DynamicDlBaseDn),
    ("FirstName", K::GivenName),
    ("LastName", K::Sn),
    ("Initials", K::Initials),
    ("Title", K::Title),
    ("Department", K::Department),
    ("Company", K::Company),
    ("Office", K::PhysicalDeliveryOfficeName),
    ("Phone", K::TelephoneNumber),
    ("MobilePhone", K::Mobile),
    ("Fax", K::FacsimileTelephoneNumber),
    ("HomePhone", K::HomePhone),
    ("StreetAddress", K::StreetAddress),
    ("City", K::L),
    ("StateOrProvince", K::St),
    ("PostalCode", K::PostalCode),
    ("CountryOrRegion", K::Co),
    ("WebPage", K::Www),
    ("Manager", K::Manager),
];

/// Properties that are lists.
const LISTS: &[(&str, K)] = &[
    ("EmailAddresses", K::ProxyAddresses),
    ("GrantSendOnBehalfTo", K::PublicDelegates),
    ("ManagedBy", K::ManagedBy),
    ("Members", K::Member),
    ("AcceptMessagesOnlyFrom", K::AuthOrig),
    ("AcceptMessagesOnlyFromDLMembers", K::SubmitPerms),
    ("AcceptMessagesOnlyFromSendersOrMembers", K::AuthOrig),
    ("RejectMessagesFrom", K::UnauthOrig),
    ("RejectMessagesFromDLMembers", K::RejectPerms),
    ("RejectMessagesFromSendersOrMembers", K::UnauthOrig),
    ("ModeratedBy", K::ModeratedByLink),
];

/// Properties that are true or false.
const TRUTHS: &[(&str, K)] = &[
    ("HiddenFromAddressListsEnabled", K::HideFromAddressLists),
    ("DeliverToMailboxAndForward", K::DeliverAndRedirect),
    ("UseDatabaseQuotaDefaults", K::UseDefaults),
    ("RequireSenderAuthenticationEnabled", K::RequireAuthToSendTo),
    ("ModerationEnabled", K::EnableModeration),
];

/// Properties that are sizes; the attributes are in KiB.
const SIZES: &[(&str, K)] = &[
    ("IssueWarningQuota", K::StorageQuota),
    ("ProhibitSendQuota", K::OverQuotaLimit),
    ("ProhibitSendReceiveQuota", K::OverHardQuotaLimit),
];

/// The names that the shell has for the numbers of `msExchRecipientTypeDetails`.
const TYPES: &[(&str, u64)] = &[
    ("UserMailbox", 1),
    ("LinkedMailbox", 2),
    ("SharedMailbox", 4),
    ("LegacyMailbox", 8),
    ("RoomMailbox", 16),
    ("EquipmentMailbox", 32),
    ("MailContact", 64),
    ("MailUser", 128),
    ("MailUniversalDistributionGroup", 256),
    ("MailNonUniversalGroup", 512),
    ("MailUniversalSecurityGroup", 1_024),
    ("DynamicDistributionGroup", 2_048),
    ("PublicFolder", 4_096),
    ("SystemAttendantMailbox", 8_192),
    ("SystemMailbox", 16_384),
    ("MailForestContact", 32_768),
    ("User", 65_536),
    ("Contact", 131_072),
    ("UniversalDistributionGroup", 262_144),
    ("UniversalSecurityGroup", 524_288),
    ("NonUniversalGroup", 1_048_576),
    ("DisabledUser", 2_097_152),
    ("MicrosoftExchange", 4_194_304),
    ("ArbitrationMailbox", 8_388_608),
    ("MailboxPlan", 16_777_216),
    ("LinkedUser", 33_554_432),
    ("RoomList", 268_435_456),
    ("DiscoveryMailbox", 536_870_912),
    ("RemoteUserMailbox", 1 << 31),
    ("RemoteRoomMailbox", 1 << 33),
    ("RemoteEquipmentMailbox", 1 << 34),
    ("RemoteSharedMailbox", 1 << 35),
    ("TeamMailbox", 1 << 37),
    ("RemoteTeamMailbox", 1 << 38),
    ("MonitoringMailbox", 1 << 39),
    ("GroupMailbox", 1 << 40),
    ("LinkedRoomMailbox", 1 << 41),
    ("AuditLogMailbox", 1 << 42),
    ("SchedulingMailbox", 1 << 44),
    ("GuestMailUser", 1 << 45),
    ("AuxAuditLogMailbox", 1 << 46),
];

/// Returns who belongs to which group, where the row says it: `Get-DistributionGroupMember` with a column `Group`.
pub(super) fn membership(row: &Row) -> Option<(Box<str>, Box<str>)> {
    let group = row.get(&["Group", "GroupIdentity", "DistributionGroup"])?;
    let member = row.get(&[
        "DistinguishedName",
        "Guid",
        "PrimarySmtpAddress",
        "Identity",
        "Member",
    ])?;
    Some((group.into(), member.into()))
}

/// Makes the entry of an object.
pub(super) fn entry(row: &Row) -> Result<Entry> {
    let dn = row
        .get(&["DistinguishedName", "Identity", "Name", "PrimarySmtpAddress"])
        .ok_or_else(|| fault(row.line, "nothing says which object the row is about"))?;
    let mut out = Entry::new(Dn::new(dn));
    for (property, known) in TEXTS {
        if let Some(value) = row.get(&[property]) {
            out.push((*known).into(), value);
        }
    }
    for (property, known) in LISTS {
        for value in row.all(property) {
            // Names of entries hold commas and semicolons of their own; addresses do not.
            let parts = if *known == K::ProxyAddresses {
                addresses(value)
            } else if value.contains('=') {
                split(value, &[';'])
            } else {
                split(value.trim_matches(['{', '}']), &[';', ','])
            };
            for part in parts {
                out.push((*known).into(), part.trim());
            }
        }
    }
    for (property, known) in TRUTHS {
        if let Some(value) = row.get(&[property]).and_then(truth) {
            out.push((*known).into(), if value { "TRUE" } else { "FALSE" });
        }
    }
    for (property, known) in SIZES {
        if let Some(bytes) = row.get(&[property]).and_then(size) {
            out.push((*known).into(), (bytes / 1024).to_string());
        }
    }
    primary(row, &mut out);
    classify(row, &mut out)?;
    Ok(out)
}

/// A list of addresses in one text: joined with commas, semicolons or spaces, perhaps in braces.
fn addresses(text: &str) -> Vec<String> {
    let text = text.trim_matches(['{', '}']);
    // The values of other types (X.400, X.500) have separators inside, so a list is cut only before a type.
    let mut out: Vec<String> = Vec::new();
    for part in text.split_inclusive([',', ';', ' ']) {
        let begins = part.split_once(':').is_some_and(|(kind, _)| {
            !kind.is_empty() && kind.len() < 12 && kind.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        match out.last_mut() {
            Some(last) if !begins => last.push_str(part),
            _ => out.push(part.to_owned()),
        }
    }
    out.iter()
        .map(|part| part.trim_end_matches([',', ';', ' ']).to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// Returns the primary address, where the list of addresses is not there or does not say which one it is.
fn primary(row: &Row, out: &mut Entry) {
    let Some(address) = row.get(&["PrimarySmtpAddress"]) else {
        return;
    };
    let known = out
        .texts(K::ProxyAddresses.as_str())
        .any(|value| value.starts_with("SMTP:"));
    if !known {
        out.push(K::ProxyAddresses.into(), format!("SMTP:{address}"));
    }
}

fn classify(row: &Row, out: &mut Entry) -> Result<()> {
    let details = row.get(&["RecipientTypeDetails", "RecipientType"]);
    let number = details.and_then(|text| {
        let named = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        named.map(|(_, n)| *n).or_else(|| text.parse().ok())
    });
    if let Some(number) = number {
        out.push(K::RecipientTypeDetails.into(), number.to_string());
    }
    let security = row
        .get(&["GroupType"])
        .is_some_and(|t| t.to_ascii_lowercase().contains("security") || t.starts_with('-'));
    let class = match number {
        Some(256 | 512 | 1_024 | 262_144 | 524_288 | 1_048_576 | 268_435_456) => "group",
        Some(2_048) => "msExchDynamicDistributionList",
        Some(64 | 32_768 | 131_072) => "contact",
        Some(_) => "user",
        None if row.has("GroupType") => "group",
        None => "user",
    };
    out.push(attribute("objectClass")?, class);
    if class == "group" {
        let security = security || matches!(number, Some(1_024 | 524_288));
        out.push(K::GroupType.into(), if security { "-2147483640" } else { "8" });
    }
    let disabled = ["AccountDisabled", "ExchangeUserAccountControl"]
        .iter()
        .filter_map(|p| row.get(&[p]))
        .any(|v| truth(v) == Some(true) || v.contains("AccountDisabled"));
    if class == "user" && disabled {
        out.push(K::UserAccountControl.into(), "514");
    }
    Ok(())
}

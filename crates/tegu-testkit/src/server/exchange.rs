//! Names and types of what Active Directory and Exchange add to a directory, as far as tests need them.
//!
//! The names are the real ones; the object identifiers are of no meaning outside these tests.

use std::fmt::Write as _;

/// The syntax of an attribute's values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Syntax {
    Boolean,
    Dn,
    /// 32 bits in Active Directory.
    Integer,
    /// 64 bits in Active Directory.
    Large,
    Octets,
    Text,
    Time,
}

/// An attribute: name, syntax, whether it holds one value only.
type Attribute = (&'static str, Syntax, bool);

const ONE: bool = true;
const MANY: bool = false;

/// What Active Directory has without Exchange, and OpenLDAP's own schema lacks.
const ACTIVE_DIRECTORY: &[Attribute] = &[
    ("accountExpires", Syntax::Large, ONE),
    ("adminCount", Syntax::Integer, ONE),
    ("adminDescription", Syntax::Text, ONE),
    ("adminDisplayName", Syntax::Text, ONE),
    ("badPwdCount", Syntax::Integer, ONE),
    ("codePage", Syntax::Integer, ONE),
    ("company", Syntax::Text, ONE),
    ("countryCode", Syntax::Integer, ONE),
    ("department", Syntax::Text, ONE),
    ("directReports", Syntax::Dn, MANY),
    ("division", Syntax::Text, ONE),
    ("dSCorePropagationData", Syntax::Time, MANY),
    ("employeeID", Syntax::Text, ONE),
    ("groupType", Syntax::Integer, ONE),
    ("instanceType", Syntax::Integer, ONE),
    ("ipPhone", Syntax::Text, ONE),
    ("isDeleted", Syntax::Boolean, ONE),
    ("lastLogon", Syntax::Large, ONE),
    ("lastLogonTimestamp", Syntax::Large, ONE),
    ("legacyExchangeDN", Syntax::Text, ONE),
    ("logonCount", Syntax::Integer, ONE),
    ("managedBy", Syntax::Dn, ONE),
    ("memberOf", Syntax::Dn, MANY),
    ("middleName", Syntax::Text, ONE),
    ("objectCategory", Syntax::Dn, ONE),
    ("objectGUID", Syntax::Octets, ONE),
    ("objectSid", Syntax::Octets, ONE),
    ("otherTelephone", Syntax::Text, MANY),
    ("primaryGroupID", Syntax::Integer, ONE),
    ("proxyAddresses", Syntax::Text, MANY),
    ("pwdLastSet", Syntax::Large, ONE),
    ("sAMAccountName", Syntax::Text, ONE),
    ("sAMAccountType", Syntax::Integer, ONE),
    ("servicePrincipalName", Syntax::Text, MANY),
    ("showInAddressBook", Syntax::Dn, MANY),
    ("showInAdvancedViewOnly", Syntax::Boolean, ONE),
    ("systemFlags", Syntax::Integer, ONE),
    ("telephoneAssistant", Syntax::Text, ONE),
    ("thumbnailPhoto", Syntax::Octets, ONE),
    ("unixHomeDirectory", Syntax::Text, ONE),
    ("userAccountControl", Syntax::Integer, ONE),
    ("userPrincipalName", Syntax::Text, ONE),
    ("uSNChanged", Syntax::Large, ONE),
    ("uSNCreated", Syntax::Large, ONE),
    ("whenChanged", Syntax::Time, ONE),
    ("whenCreated", Syntax::Time, ONE),
    ("wWWHomePage", Syntax::Text, ONE),
];

/// What Exchange adds.
const EXCHANGE: &[Attribute] = &[
    ("altRecipient", Syntax::Dn, ONE),
    ("authOrig", Syntax::Dn, MANY),
    ("deletedItemFlags", Syntax::Integer, ONE),
    ("delivContLength", Syntax::Integer, ONE),
    ("deliverAndRedirect", Syntax::Boolean, ONE),
    ("dLMemRejectPerms", Syntax::Dn, MANY),
    ("dLMemSubmitPerms", Syntax::Dn, MANY),
    ("extensionAttribute1", Syntax::Text, ONE),
    ("extensionAttribute2", Syntax::Text, ONE),
    ("extensionAttribute3", Syntax::Text, ONE),
    ("extensionAttribute4", Syntax::Text, ONE),
    ("extensionAttribute5", Syntax::Text, ONE),
    ("extensionAttribute6", Syntax::Text, ONE),
    ("extensionAttribute7", Syntax::Text, ONE),
    ("extensionAttribute8", Syntax::Text, ONE),
    ("extensionAttribute9", Syntax::Text, ONE),
    ("extensionAttribute10", Syntax::Text, ONE),
    ("extensionAttribute11", Syntax::Text, ONE),
    ("extensionAttribute12", Syntax::Text, ONE),
    ("extensionAttribute13", Syntax::Text, ONE),
    ("extensionAttribute14", Syntax::Text, ONE),
    ("extensionAttribute15", Syntax::Text, ONE),
    ("hideDLMembership", Syntax::Boolean, ONE),
    ("homeMDB", Syntax::Dn, ONE),
    ("homeMTA", Syntax::Dn, ONE),
    ("internetEncoding", Syntax::Integer, ONE),
    ("mailNickname", Syntax::Text, ONE),
    ("mDBOverHardQuotaLimit", Syntax::Integer, ONE),
    ("mDBOverQuotaLimit", Syntax::Integer, ONE),
    ("mDBStorageQuota", Syntax::Integer, ONE),
    ("mDBUseDefaults", Syntax::Boolean, ONE),
    ("msExchAddressBookFlags", Syntax::Integer, ONE),
    ("msExchArchiveGUID", Syntax::Octets, ONE),
    ("msExchArchiveName", Syntax::Text, MANY),
    ("msExchBypassModerationLink", Syntax::Dn, MANY),
    ("msExchCoManagedByLink", Syntax::Dn, MANY),
    ("msExchDelegateListLink", Syntax::Dn, MANY),
    ("msExchDynamicDLBaseDN", Syntax::Dn, ONE),
    ("msExchDynamicDLFilter", Syntax::Text, ONE),
    ("msExchEnableModeration", Syntax::Boolean, ONE),
    ("msExchExtensionCustomAttribute1", Syntax::Text, MANY),
    ("msExchGenericForwardingAddress", Syntax::Text, ONE),
    ("msExchGroupDepartRestriction", Syntax::Integer, ONE),
    ("msExchGroupJoinRestriction", Syntax::Integer, ONE),
    ("msExchHideFromAddressLists", Syntax::Boolean, ONE),
    ("msExchHomeServerName", Syntax::Text, ONE),
    ("msExchMailboxGuid", Syntax::Octets, ONE),
    ("msExchMailboxSecurityDescriptor", Syntax::Octets, ONE),
    ("msExchMasterAccountSid", Syntax::Octets, ONE),
    ("msExchModeratedByLink", Syntax::Dn, MANY),
    ("msExchPoliciesExcluded", Syntax::Text, MANY),
    ("msExchPoliciesIncluded", Syntax::Text, MANY),
    ("msExchQueryFilter", Syntax::Text, ONE),
    ("msExchRBACPolicyLink", Syntax::Dn, ONE),
    ("msExchRecipientDisplayType", Syntax::Integer, ONE),
    ("msExchRecipientTypeDetails", Syntax::Large, ONE),
    ("msExchRemoteRecipientType", Syntax::Large, ONE),
    ("msExchRequireAuthToSendTo", Syntax::Boolean, ONE),
    ("msExchResourceCapacity", Syntax::Integer, ONE),
    ("msExchResourceDisplay", Syntax::Text, ONE),
    ("msExchResourceMetaData", Syntax::Text, MANY),
    ("msExchResourceSearchProperties", Syntax::Text, MANY),
    ("msExchTextMessagingState", Syntax::Integer, MANY),
    ("msExchUMDtmfMap", Syntax::Text, MANY),
    ("msExchUserAccountControl", Syntax::Integer, ONE),
    ("msExchUserCulture", Syntax::Text, ONE),
    ("msExchVersion", Syntax::Large, ONE),
    ("msExchWhenMailboxCreated", Syntax::Time, ONE),
    ("oOFReplyToOriginator", Syntax::Boolean, ONE),
    ("pFContacts", Syntax::Dn, MANY),
    ("protocolSettings", Syntax::Text, MANY),
    ("publicDelegates", Syntax::Dn, MANY),
    ("replicationSignature", Syntax::Octets, ONE),
    ("reportToOriginator", Syntax::Boolean, ONE),
    ("reportToOwner", Syntax::Boolean, ONE),
    ("submissionContLength", Syntax::Integer, ONE),
    ("targetAddress", Syntax::Text, ONE),
    ("unauthOrig", Syntax::Dn, MANY),
];

/// Attributes of OpenLDAP's own schema that Active Directory allows on any of the classes below.
const STANDARD: &[&str] = &[
    "c",
    "cn",
    "co",
    "description",
    "displayName",
    "distinguishedName",
    "employeeNumber",
    "employeeType",
    "facsimileTelephoneNumber",
    "gidNumber",
    "givenName",
    "homePhone",
    "info",
    "initials",
    "jpegPhoto",
    "l",
    "mail",
    "manager",
    "member",
    "mobile",
    "name",
    "o",
    "otherMailbox",
    "personalTitle",
    "ou",
    "pager",
    "physicalDeliveryOfficeName",
    "postalCode",
    "postOfficeBox",
    "preferredLanguage",
    "secretary",
    "seeAlso",
    "sn",
    "st",
    "street",
    "telephoneNumber",
    "textEncodedORAddress",
    "title",
    "uid",
    "uidNumber",
    "userCertificate",
];

/// The arc of the test definitions.
const ARC: &str = "1.3.6.1.4.1.99999.1";

/// The attributes, each as a definition of RFC 4512.
fn attribute_types() -> impl Iterator<Item = String> {
    ACTIVE_DIRECTORY
        .iter()
        .chain(EXCHANGE)
        .enumerate()
        .map(|(number, (name, syntax, single))| {
            let (oid, rules) = match syntax {
                Syntax::Boolean => (7, "EQUALITY booleanMatch"),
                Syntax::Dn => (12, "EQUALITY distinguishedNameMatch"),
                Syntax::Integer | Syntax::Large => {
                    (27, "EQUALITY integerMatch ORDERING integerOrderingMatch")
                }
                Syntax::Octets => (40, "EQUALITY octetStringMatch"),
                Syntax::Text => (15, "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch"),
                Syntax::Time => (
                    24,
                    "EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch",
                ),
            };
            let single = if *single { " SINGLE-VALUE" } else { "" };
            format!(
                "( {ARC}.1.{number} NAME '{name}' {rules} SYNTAX 1.3.6.1.4.1.1466.115.121.1.{oid}{single} )"
            )
        })
}

/// The names of the attributes.
fn attribute_names() -> impl Iterator<Item = &'static str> {
    ACTIVE_DIRECTORY.iter().chain(EXCHANGE).map(|(name, ..)| *name)
}

/// Attributes that 389 Directory Server defines itself.
const OF_DS389: &str = "memberOf";

/// The definitions in the form of a schema file of 389 Directory Server: the attributes, and an auxiliary class,
/// `exchangeRecipient`, that allows them on any entry.
pub(crate) fn ds389_schema() -> String {
    let mut text = "dn: cn=schema\n".to_owned();
    for (definition, _) in attribute_types()
        .zip(attribute_names())
        .filter(|(_, name)| *name != OF_DS389)
    {
        let _ = writeln!(text, "attributeTypes: {definition}");
    }
    let all = attribute_names().collect::<Vec<_>>().join(" $ ");
    let _ = writeln!(
        text,
        "objectClasses: ( {ARC}.2.0 NAME 'exchangeRecipient' SUP top AUXILIARY MAY ( {all} ) )"
    );
    text
}

/// The definitions in the form of OpenLDAP's schema files.
///
/// `core.schema`, `cosine.schema`, `inetorgperson.schema` and `nis.schema` come before it.
pub(crate) fn openldap_schema() -> String {
    let mut text = String::new();
    for definition in attribute_types() {
        let _ = writeln!(text, "attributetype {definition}");
    }
    let all: Vec<&str> = attribute_names().chain(STANDARD.iter().copied()).collect();
    // slapd cuts a line that is too long, and takes an indented line as its continuation.
    let all = all.join("\n $ ");
    let classes = [
        ("user", "organizationalPerson"),
        ("computer", "user"),
        ("contact", "organizationalPerson"),
        ("group", "top"),
        ("container", "top"),
        ("domainDNS", "domain"),
        ("msExchDynamicDistributionList", "top"),
        ("msExchSystemObjectsContainer", "container"),
        ("publicFolder", "top"),
    ];
    for (number, (name, parent)) in classes.iter().enumerate() {
        let _ = writeln!(
            text,
            "objectclass ( {ARC}.2.{number} NAME '{name}' SUP {parent} STRUCTURAL MAY ( {all} ) )"
        );
    }
    // Active Directory's organisational units carry its attributes without a class of their own for them.
    let _ = writeln!(
        text,
        "ditcontentrule ( 2.5.6.5 NAME 'adOrganizationalUnit' MAY ( {all} ) )"
    );
    text
}

/// OpenLDAP's `core.schema`, loosened to what Active Directory accepts: people without `sn`, and `mail` in UTF-8.
pub(crate) fn loosened_core(core: &str) -> String {
    let people = core.replacen(
        "MUST ( sn $ cn )\n\tMAY ( userPassword",
        "MUST cn\n\tMAY ( sn $ userPassword",
        1,
    );
    assert_ne!(people, core, "core.schema defines `person` in an unknown way");
    let (before, mail) = people
        .split_once("NAME ( 'mail' 'rfc822Mailbox' )")
        .expect("core.schema defines `mail`");
    let mail = mail
        .replacen("caseIgnoreIA5Match", "caseIgnoreMatch", 1)
        .replacen("caseIgnoreIA5SubstringsMatch", "caseIgnoreSubstringsMatch", 1)
        .replacen(
            "1.3.6.1.4.1.1466.115.121.1.26{256}",
            "1.3.6.1.4.1.1466.115.121.1.15{256}",
            1,
        );
    format!("{before}NAME ( 'mail' 'rfc822Mailbox' ){mail}")
}

/// The three steps that teach a Samba directory what Exchange adds: attributes, classes, and their use by the classes
/// that Active Directory has itself. The first two are for `ldbadd`, the third is for `ldbmodify`.
pub(crate) fn samba_schema(base: &str) -> [String; 3] {
    let schema = format!("CN=Schema,CN=Configuration,{base}");
    let (mut attributes, mut classes, mut uses) = (String::new(), String::new(), String::new());
    for (number, (name, syntax, single)) in EXCHANGE.iter().enumerate() {
        let (oid, om) = match syntax {
            Syntax::Boolean => ("2.5.5.8", 1),
            Syntax::Dn => ("2.5.5.1", 127),
            Syntax::Integer => ("2.5.5.9", 2),
            Syntax::Large => ("2.5.5.16", 65),
            Syntax::Octets => ("2.5.5.10", 4),
            Syntax::Text => ("2.5.5.12", 64),
            Syntax::Time => ("2.5.5.11", 24),
        };
        // What tells a plain distinguished name from the other syntaxes that share the number 127.
        let class = if om == 127 {
            "oMObjectClass:: KwwCh3McAIVK\n"
        } else {
            ""
        };
        let single = if *single { "TRUE" } else { "FALSE" };
        let _ = writeln!(
            attributes,
            "dn: CN=test-{name},{schema}\nobjectClass: top\nobjectClass: attributeSchema\ncn: test-{name}\n\
             attributeID: {ARC}.1.{number}\nlDAPDisplayName: {name}\nattributeSyntax: {oid}\noMSyntax: {om}\n{class}\
             isSingleValued: {single}\nsearchFlags: 0\nshowInAdvancedViewOnly: TRUE\n"
        );
    }
    let may: String = EXCHANGE
        .iter()
        .map(|(name, ..)| format!("mayContain: {name}\n"))
        .collect();
    let common = "mayContain: legacyExchangeDN\nmayContain: mail\nmayContain: proxyAddresses\nmayContain: showInAddressBook\n";
    // Category 3 is auxiliary, 1 is structural.
    for (number, (name, category)) in [
        ("msExchTestRecipient", 3),
        ("msExchDynamicDistributionList", 1),
        ("publicFolder", 1),
    ]
    .iter()
    .enumerate()
    {
        let superiors = if *category == 1 {
            "possSuperiors: organizationalUnit\npossSuperiors: container\npossSuperiors: domainDNS\n"
        } else {
            ""
        };
        let _ = writeln!(
            classes,
            "dn: CN=test-{name},{schema}\nobjectClass: top\nobjectClass: classSchema\ncn: test-{name}\n\
             lDAPDisplayName: {name}\ngovernsID: {ARC}.2.{number}\nobjectClassCategory: {category}\nsubClassOf: top\n\
             rDNAttID: cn\n{may}{common}{superiors}defaultObjectCategory: CN=test-{name},{schema}\nsystemOnly: FALSE\n"
        );
    }
    for class in ["User", "Group", "Contact"] {
        let _ = writeln!(
            uses,
            "dn: CN={class},{schema}\nchangetype: modify\nadd: auxiliaryClass\nauxiliaryClass: msExchTestRecipient\n"
        );
    }
    [attributes, classes, uses]
}

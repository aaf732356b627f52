//! A directory of a wished size, as Active Directory with Exchange holds it.

use std::io::{Result, Write};

const FIRST: [(&str, &str); 5] = [
    ("Иван", "ivan"),
    ("Мария", "maria"),
    ("Сергей", "sergey"),
    ("Anna", "anna"),
    ("Dmitry", "dmitry"),
];
const LAST: [(&str, &str); 5] = [
    ("Иванов", "ivanov"),
    ("Петрова", "petrova"),
    ("Смирнов", "smirnov"),
    ("Schmidt", "schmidt"),
    ("Kuznetsov", "kuznetsov"),
];

/// How many members a group has; a group is made for so many accounts.
const GROUP: usize = 200;

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0_u32, |sum, &b| (sum << 8) | u32::from(b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

fn pair(out: &mut impl Write, name: &str, value: &str) -> Result<()> {
    if value.is_ascii() {
        writeln!(out, "{name}: {value}")
    } else {
        writeln!(out, "{name}:: {}", base64(value.as_bytes()))
    }
}

/// Writes so many accounts of Active Directory with Exchange, and a group for every two hundred of them: the attributes that
/// the model keeps, or, when `full`, all that a mailbox has in an export of `ldifde`.
pub fn write(out: &mut impl Write, full: bool, base: &str, count: usize) -> Result<()> {
    let staff = format!("OU=Staff,{base}");
    writeln!(
        out,
        "dn: {staff}\nobjectClass: top\nobjectClass: organizationalUnit\nou: Staff\n"
    )?;
    for number in 0..count {
        account(out, &staff, number)?;
        if full {
            further(out, base, number)?;
        }
        writeln!(out)?;
    }
    for group in 0..count.div_ceil(GROUP) {
        writeln!(
            out,
            "dn: CN=dl{group},{staff}\nobjectClass: top\nobjectClass: group\ncn: dl{group}\nsAMAccountName: dl{group}\n\
             groupType: 8\ndisplayName: List {group}\nmail: dl{group}@example.test\nmailNickname: dl{group}\n\
             proxyAddresses: SMTP:dl{group}@example.test\nmsExchRecipientTypeDetails: 256"
        )?;
        for number in group * GROUP..count.min(group * GROUP + GROUP) {
            pair(out, "member", &format!("CN={},{staff}", name(number).0))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// What else a mailbox has, by the names and in about the sizes that Exchange 2016 gives them.
fn further(out: &mut impl Write, base: &str, number: usize) -> Result<()> {
    let (name, login) = name(number);
    let exchange = format!("CN=Example,CN=Microsoft Exchange,CN=Services,CN=Configuration,{base}");
    let lists = "CN=Address Lists Container";
    writeln!(
        out,
        "instanceType: 4\nwhenCreated: 20150612084512.0Z\nwhenChanged: 20240115093041.0Z\nuSNCreated: {number}\n\
         uSNChanged: {}\nbadPwdCount: 0\ncodePage: 0\ncountryCode: 643\nbadPasswordTime: 133497261123456789\n\
         lastLogoff: 0\nlastLogon: 133497261987654321\npwdLastSet: 133391261987654321\nprimaryGroupID: 513\n\
         accountExpires: 9223372036854775807\nlogonCount: 4711\nsAMAccountType: 805306368\n\
         lastLogonTimestamp: 133497261987654321\ndSCorePropagationData: 20230811084512.0Z\n\
         dSCorePropagationData: 16010101000000.0Z\nobjectCategory: CN=Person,CN=Schema,CN=Configuration,{base}",
        number + 1_000_000
    )?;
    pair(out, "distinguishedName", &format!("CN={name},OU=Staff,{base}"))?;
    pair(out, "name", &name)?;
    for list in ["All Mailboxes(VLV)", "All Recipients(VLV)", "All Users"] {
        writeln!(out, "showInAddressBook: CN={list},{lists},{exchange}")?;
    }
    writeln!(
        out,
        "showInAddressBook: CN=Default Global Address List,CN=All Global Address Lists,{lists},{exchange}"
    )?;
    for group in 0..4 {
        writeln!(out, "memberOf: CN=dl{},OU=Staff,{base}", number % 997 + group)?;
    }
    let descriptor: Vec<u8> = (0..420_usize).map(|i| (i * 31 + number) as u8).collect();
    writeln!(out, "msExchMailboxSecurityDescriptor:: {}", base64(&descriptor))?;
    writeln!(
        out,
        "homeMTA: CN=Microsoft MTA,CN=MAIL01,CN=Servers,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),{exchange}\n\
         msExchHomeServerName: /o=Example/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Configuration/cn=Servers/cn=MAIL01\n\
         msExchRBACPolicyLink: CN=Default Role Assignment Policy,CN=Policies,CN=RBAC,{exchange}\n\
         msExchPoliciesIncluded: 59cc4f38-d61a-4f09-a0b9-0a8e3d8f6a41\n\
         msExchPoliciesIncluded: {{26491cfc-9e50-4857-861b-0cb8df22b5d7}}\n\
         msExchUMDtmfMap: emailAddress:{number:09}\nmsExchUMDtmfMap: lastNameFirstName:{number:09}\n\
         msExchUMDtmfMap: firstNameLastName:{number:09}\nmsExchUserAccountControl: 0\nmsExchUserCulture: ru-RU\n\
         msExchVersion: 1126140425011200\nmsExchWhenMailboxCreated: 20150612090112.0Z\nmsExchTextMessagingState: 302120705\n\
         msExchTextMessagingState: 16842751\nmsExchMailboxMoveStatus: 0\nmsExchELCMailboxFlags: 130\n\
         protocolSettings: OWA-1\ndelivContLength: 51200\nsubmissionContLength: 51200\nextensionAttribute1: {login}\n\
         textEncodedORAddress: c=RU;a= ;p=Example;o=Exchange;s=user{number:06};"
    )
}

fn name(number: usize) -> (String, String) {
    let (first, last) = (FIRST[number % 5], LAST[number / 5 % 5]);
    (
        format!("{} {} {number:06}", first.0, last.0),
        format!("{}.{}{number}", first.1, last.1),
    )
}

fn account(out: &mut impl Write, parent: &str, number: usize) -> Result<()> {
    let (name, login) = name(number);
    let (first, last) = (FIRST[number % 5].0, LAST[number / 5 % 5].0);
    pair(out, "dn", &format!("CN={name},{parent}"))?;
    for class in ["top", "person", "organizationalPerson", "user"] {
        pair(out, "objectClass", class)?;
    }
    pair(out, "cn", &name)?;
    pair(out, "sn", last)?;
    pair(out, "givenName", first)?;
    pair(out, "displayName", &format!("{last} {first}"))?;
    pair(out, "title", "Инженер")?;
    pair(out, "telephoneNumber", &format!("+7 495 {number:07}"))?;
    pair(out, "l", "Москва")?;
    let guid: Vec<u8> = (0..16_usize)
        .map(|i| (number >> (i % 4 * 8)) as u8 ^ (i * 37) as u8)
        .collect();
    let sid: Vec<u8> = [
        1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]
    .into_iter()
    .chain((number as u32 + 1_000).to_le_bytes())
    .collect();
    writeln!(out, "objectGUID:: {}", base64(&guid))?;
    writeln!(out, "objectSid:: {}", base64(&sid))?;
    writeln!(out, "msExchMailboxGuid:: {}", base64(&guid))?;
    pair(out, "sAMAccountName", &format!("user{number:06}"))?;
    pair(
        out,
        "userPrincipalName",
        &format!("user{number:06}@corp.example.test"),
    )?;
    pair(out, "userAccountControl", "512")?;
    pair(out, "company", "ООО Пример")?;
    pair(out, "department", &format!("Отдел {}", number % 40))?;
    pair(out, "mailNickname", &login)?;
    if !number.is_multiple_of(3) {
        pair(out, "mail", &format!("{login}@example.test"))?;
    }
    pair(out, "proxyAddresses", &format!("SMTP:{login}@example.test"))?;
    pair(
        out,
        "proxyAddresses",
        &format!("smtp:user{number:06}@corp.example.test"),
    )?;
    pair(
        out,
        "proxyAddresses",
        &format!("X500:/o=Old/ou=First Administrative Group/cn=Recipients/cn=user{number:06}"),
    )?;
    pair(
        out,
        "legacyExchangeDN",
        &format!(
            "/o=Example/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=user{number:06}"
        ),
    )?;
    pair(out, "msExchRecipientTypeDetails", "1")?;
    pair(out, "msExchRecipientDisplayType", "1073741824")?;
    pair(out, "mDBUseDefaults", "TRUE")?;
    pair(
        out,
        "homeMDB",
        "CN=DB01,CN=Databases,CN=Exchange Administrative Group,CN=Administrative Groups,CN=Example",
    )?;
    pair(
        out,
        "manager",
        &format!("CN={},{parent}", self::name(number / 10).0),
    )?;
    Ok(())
}

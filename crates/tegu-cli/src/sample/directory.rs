//! The directory, as `ldifde` would export it from Active Directory with Exchange's schema.

use super::{DOMAIN, PEOPLE, Person};
use std::fmt::Write;

const BASE: &str = "DC=romashka,DC=test";
const ORGANISATION: &str = "/o=Romashka/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=";

/// People, a list, an outside contact and a system mailbox.
pub(super) fn ldif() -> String {
    let mut text = String::from("version: 1\n\n");
    for (number, person) in PEOPLE.iter().enumerate() {
        entry(&mut text, number, person);
    }
    let members = PEOPLE.iter().enumerate().filter(|(_, person)| person.kind == 1);
    let members = members
        .map(|(number, person)| text_attribute("member", &dn(number, person)))
        .collect::<String>();
    let _ = write!(
        text,
        "{}objectClass: top\nobjectClass: group\n{}{}mail: all@{DOMAIN}\nmailNickname: all\nproxyAddresses: SMTP:all@{DOMAIN}\n\
         groupType: 8\nmsExchRecipientTypeDetails: 256\n{members}\n",
        text_attribute("dn", &format!("CN=Все сотрудники,OU=Lists,{BASE}")),
        text_attribute("cn", "Все сотрудники"),
        text_attribute("displayName", "Все сотрудники"),
    );
    let _ = write!(
        text,
        "{}objectClass: top\nobjectClass: contact\n{}{}mail: partner@lutik.test\ntargetAddress: SMTP:partner@lutik.test\n\
         mailNickname: partner\nproxyAddresses: SMTP:partner@lutik.test\nmsExchRecipientTypeDetails: 64\n\n",
        text_attribute("dn", &format!("CN=Партнёр,OU=Contacts,{BASE}")),
        text_attribute("cn", "Партнёр"),
        text_attribute("displayName", "Партнёр (ООО «Лютик»)"),
    );
    let _ = write!(
        text,
        "dn: CN=SystemMailbox{{1f05a927-0001}},CN=Users,{BASE}\nobjectClass: top\nobjectClass: user\n\
         cn: SystemMailbox{{1f05a927-0001}}\nmail: SystemMailbox{{1f05a927-0001}}@{DOMAIN}\nproxyAddresses: SMTP:SystemMailbox{{1f05a927-0001}}@{DOMAIN}\n\
         msExchRecipientTypeDetails: 8388608\nuserAccountControl: 514\n"
    );
    text
}

fn dn(number: usize, person: &Person) -> String {
    format!("CN={} {number:02},OU=People,{BASE}", person.name())
}

fn entry(text: &mut String, number: usize, person: &Person) {
    let account_control = if person.kind == 1 { 512 } else { 514 };
    let guid: Vec<u8> = (0..16).map(|byte| (number * 16 + byte) as u8 ^ 0xa5).collect();
    let _ = write!(
        text,
        "{}objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n\
         {}{}{}{}sAMAccountName: {alias}\nuserPrincipalName: {alias}@{DOMAIN}\nobjectGUID:: {}\n\
         userAccountControl: {account_control}\nmsExchRecipientTypeDetails: {}\nmailNickname: {alias}\n\
         legacyExchangeDN: {ORGANISATION}{alias}\nproxyAddresses: SMTP:{alias}@{DOMAIN}\nproxyAddresses: smtp:{alias}@mail.{DOMAIN}\n",
        text_attribute("dn", &dn(number, person)),
        text_attribute("cn", &format!("{} {number:02}", person.name())),
        text_attribute("displayName", &person.name()),
        text_attribute("givenName", person.given),
        text_attribute("sn", person.surname),
        base64(&guid),
        person.kind,
        alias = person.alias,
    );
    match number {
        // Exchange delivers to the primary address; nobody ever filled the standard attribute.
        4 => {}
        // Somebody filled it with something else.
        7 => text.push_str("mail: zakhar@romashka.test\n"),
        _ => {
            let _ = writeln!(text, "mail: {}", person.mail());
        }
    }
    for (name, value) in [("title", person.title), ("department", person.department)] {
        if !value.is_empty() {
            text.push_str(&text_attribute(name, value));
        }
    }
    text.push('\n');
}

/// RFC 2849 writes what is not ASCII in base64.
fn text_attribute(name: &str, value: &str) -> String {
    if value.is_ascii() {
        format!("{name}: {value}\n")
    } else {
        format!("{name}:: {}\n", base64(value.as_bytes()))
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let digit = ALPHABET[(word >> (18 - 6 * position)) as usize & 63];
            text.push(if position <= chunk.len() {
                digit as char
            } else {
                '='
            });
        }
    }
    text
}

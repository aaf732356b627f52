//! The sample's directory, as slapd takes it.

use tegu_migrate::ldap::{Dn, Entry, entry::AttributeName, ldif};

const BASE: &str = "DC=romashka,DC=test";

/// The sample's directory below another base, with the units that its entries lie in.
pub(crate) fn for_slapd(text: &str, base: &str) -> String {
    let mut writer = ldif::Writer::new(Vec::new()).unwrap();
    for unit in ["People", "Lists", "Contacts", "Users"] {
        let mut entry = Entry::new(Dn::new(format!("OU={unit},{base}")));
        entry.push(AttributeName::new("objectClass").unwrap(), "organizationalUnit");
        entry.push(AttributeName::new("ou").unwrap(), unit);
        writer.entry(&entry).unwrap();
    }
    for entry in ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap() {
        let moved = |text: &str| text.replace(BASE, base).replace("CN=Users", "OU=Users");
        let mut copy = Entry::new(Dn::new(moved(entry.dn().as_str())));
        for attribute in entry.attributes() {
            for value in attribute.values() {
                let value = match std::str::from_utf8(value) {
                    Ok(text) if attribute.name().as_str() == "member" => moved(text).into_bytes(),
                    _ => value.to_vec(),
                };
                copy.push(attribute.name().clone(), value);
            }
        }
        writer.entry(&copy).unwrap();
    }
    String::from_utf8(writer.into_inner()).unwrap()
}

//! A small Exchange organisation as its directory has it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const PEOPLE: &[(&str, &str)] = &[
    ("Иван Иванов", "ivan"),
    ("Мария Петрова", "maria"),
    ("Ann Smith", "ann"),
    ("Сергей, Мл.", "sergey"),
    ("Ольга Соколова", "olga"),
];

/// `key: value`, in base64 where LDIF wants it.
fn pair(key: &str, value: &str) -> String {
    if value.is_ascii() {
        format!("{key}: {value}\n")
    } else {
        format!("{key}:: {}\n", STANDARD.encode(value))
    }
}

/// The people, a shared mailbox, a room, a group and a contact below a base, as LDIF that `ldapadd` takes.
///
/// `exchange` adds the attributes that only exist with Exchange's schema.
pub(super) fn organisation(base: &str, exchange: bool) -> String {
    let mut out = format!("dn: OU=Staff,{base}\nobjectClass: organizationalUnit\nou: Staff\n\n");
    let mut members = String::new();
    for (i, (name, login)) in PEOPLE.iter().enumerate() {
        let dn = format!("CN={},OU=Staff,{base}", tegu_ldap::dn::escape_value(name));
        members += &pair("member", &dn);
        out += &pair("dn", &dn);
        out += "objectClass: user\n";
        out += &pair("cn", name);
        out += &pair("displayName", name);
        out += &pair("sn", name.split(' ').next_back().unwrap());
        out += &format!("sAMAccountName: {login}\nuserAccountControl: 546\n");
        out += &format!("proxyAddresses: SMTP:{login}@example.test\n");
        out += &format!("proxyAddresses: smtp:{login}@corp.example.test\n");
        out += &format!("proxyAddresses: x500:/o=Example/cn=Recipients/cn={login}\n");
        if exchange {
            out += &format!("mailNickname: {login}\nmsExchRecipientTypeDetails: 1\n");
        }
        match i {
            0 => {}
            1 => out += "mail: maria.old@example.test\n",
            _ => out += &format!("mail: {login}@example.test\n"),
        }
        out += "\n";
    }
    for (name, kind, address) in [("Info", "4", "info"), ("Room 1", "16", "room1")] {
        out += &format!(
            "dn: CN={name},OU=Staff,{base}\nobjectClass: user\ncn: {name}\ndisplayName: {name}\nsAMAccountName: {address}\n\
             userAccountControl: 546\nproxyAddresses: SMTP:{address}@example.test\nsn: {name}\n"
        );
        if exchange {
            out += &format!("msExchRecipientTypeDetails: {kind}\n");
        }
        out += "\n";
    }
    out += &format!(
        "dn: CN=All,OU=Staff,{base}\nobjectClass: group\ncn: All\nsAMAccountName: all-staff\ngroupType: 8\n\
         mail: all@example.test\nproxyAddresses: SMTP:all@example.test\n{members}\n"
    );
    out += &format!(
        "dn: CN=Partner,OU=Staff,{base}\nobjectClass: contact\ncn: Partner\nmail: p@partner.test\n\
         proxyAddresses: SMTP:p@partner.test\n\n"
    );
    out
}

/// How many entries [`organisation`] has below its unit.
pub(super) const RECIPIENTS: usize = PEOPLE.len() + 4;

/// Many accounts, each with something to mend, and a group for every two hundred of them.
pub(super) fn many(base: &str, count: usize) -> String {
    let mut out = format!("dn: OU=Many,{base}\nobjectClass: organizationalUnit\nou: Many\n\n");
    for n in 0..count {
        out += &pair("dn", &format!("CN=Имя {n},OU=Many,{base}"));
        out +=
            "objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n";
        out += &pair("cn", &format!("Имя {n}"));
        out += &format!("sn: {n}\nsAMAccountName: many{n}\nuserAccountControl: 546\n");
        // A third has no mail, a third another one, and a third the right one and a further address only.
        match n % 3 {
            0 => {}
            1 => out += &format!("mail: old{n}@example.test\n"),
            _ => out += &format!("mail: m{n}@example.test\n"),
        }
        out += &format!(
            "proxyAddresses: SMTP:m{n}@example.test\nproxyAddresses: smtp:many{n}@corp.example.test\n\n"
        );
    }
    for g in 0..count / 200 {
        out += &format!(
            "dn: CN=many-group{g},OU=Many,{base}\nobjectClass: group\ncn: many-group{g}\nsAMAccountName: many-group{g}\ngroupType: 8\n"
        );
        for n in g * 200..g * 200 + 200 {
            out += &pair("member", &format!("CN=Имя {n},OU=Many,{base}"));
        }
        out += "\n";
    }
    out
}

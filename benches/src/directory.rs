//! A directory of a wished size, as Active Directory with Exchange holds it or as a plain one does.

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

/// Writes so many accounts, and a group for every two hundred of them.
pub fn write(out: &mut impl Write, exchange: bool, base: &str, count: usize) -> Result<()> {
    let people = if exchange { "OU=Staff" } else { "ou=people" };
    if exchange {
        writeln!(
            out,
            "dn: OU=Staff,{base}\nobjectClass: top\nobjectClass: organizationalUnit\nou: Staff\n"
        )?;
    }
    for number in 0..count {
        account(out, exchange, &format!("{people},{base}"), number)?;
    }
    if !exchange {
        return Ok(());
    }
    for group in 0..count.div_ceil(GROUP) {
        writeln!(
            out,
            "dn: CN=dl{group},OU=Staff,{base}\nobjectClass: top\nobjectClass: group\ncn: dl{group}\nsAMAccountName: dl{group}\n\
             groupType: 8\ndisplayName: List {group}\nmail: dl{group}@example.test\nmailNickname: dl{group}\n\
             proxyAddresses: SMTP:dl{group}@example.test\nmsExchRecipientTypeDetails: 256"
        )?;
        for number in group * GROUP..count.min(group * GROUP + GROUP) {
            let (name, _) = name(number);
            pair(out, "member", &format!("CN={name},{people},{base}"))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn name(number: usize) -> (String, String) {
    let (first, last) = (FIRST[number % 5], LAST[number / 5 % 5]);
    (
        format!("{} {} {number:06}", first.0, last.0),
        format!("{}.{}{number}", first.1, last.1),
    )
}

fn account(out: &mut impl Write, exchange: bool, parent: &str, number: usize) -> Result<()> {
    let (name, login) = name(number);
    let (first, last) = (FIRST[number % 5].0, LAST[number / 5 % 5].0);
    let rdn = if exchange {
        format!("CN={name}")
    } else {
        format!("uid={login}")
    };
    pair(out, "dn", &format!("{rdn},{parent}"))?;
    let classes: &[&str] = if exchange {
        &["top", "person", "organizationalPerson", "user"]
    } else {
        &["top", "person", "organizationalPerson", "inetOrgPerson"]
    };
    for class in classes {
        pair(out, "objectClass", class)?;
    }
    if !exchange {
        pair(out, "uid", &login)?;
    }
    pair(out, "cn", &name)?;
    pair(out, "sn", last)?;
    pair(out, "givenName", first)?;
    pair(out, "displayName", &format!("{last} {first}"))?;
    pair(out, "title", "Инженер")?;
    pair(out, "telephoneNumber", &format!("+7 495 {number:07}"))?;
    pair(out, "l", "Москва")?;
    if !exchange {
        pair(out, "departmentNumber", &format!("{}", number % 40))?;
        pair(out, "mail", &format!("{login}@example.test"))?;
        return writeln!(out);
    }
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
    if number % 3 != 0 {
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
    writeln!(out)
}

use super::dovecot::alive;
use tegu_testkit::{Ds389, skip_servers};

#[test]
fn takes_entries_and_changes() {
    if skip_servers() {
        return;
    }
    let server = Ds389::builder().exchange_schema().start();
    let other = Ds389::start();
    let base = server.base_dn();
    let dn = format!("uid=anna,ou=people,{base}");
    let anna = format!("dn: {dn}\nobjectClass: inetOrgPerson\nuid: anna\ncn: Anna\nsn: A\n");
    server.load_ldif(&format!(
        "{anna}objectClass: exchangeRecipient\nproxyAddresses: SMTP:anna@example.test\nmsExchRecipientTypeDetails: 1\n"
    ));
    other.load_ldif(&anna);
    let change = |change: &str| server.try_ldapmodify(&format!("dn: {dn}\nchangetype: modify\n{change}\n"));
    change("add: mail\nmail: anna@example.test").unwrap();
    let found = server.search("(msExchRecipientTypeDetails=1)", &["mail", "entryUUID"]);
    assert!(
        found.contains("mail: anna@example.test\n") && found.contains("entryUUID: "),
        "{found}"
    );
    assert!(!other.search("(uid=anna)", &[]).contains("mail"));
    let refused = change("add: mail\nmail: пётр@example.test").unwrap_err();
    assert!(refused.contains("(19)") || refused.contains("(21)"), "{refused}");
    let pid = server.pid();
    drop(server);
    assert!(!alive(pid) && alive(other.pid()));
}

/// Why a plan cannot have this server check that an attribute is empty.
#[test]
fn has_no_condition_for_an_empty_attribute() {
    if skip_servers() {
        return;
    }
    let server = Ds389::start();
    let dn = format!("uid=anna,ou=people,{}", server.base_dn());
    server.load_ldif(&format!(
        "dn: {dn}\nobjectClass: inetOrgPerson\nuid: anna\ncn: Anna\nsn: A\nmail: first@example.test\n"
    ));
    // (!(mail=*)), as the assertion control of RFC 4528 has it.
    let assert = |critical: bool| {
        server.try_ldapmodify(&format!(
            "dn: {dn}\ncontrol: 1.3.6.1.1.12 {critical}:: ogaHBG1haWw=\nchangetype: modify\nadd: mail\n\
             mail: second-{critical}@example.test\n"
        ))
    };
    let refused = assert(true).unwrap_err();
    assert!(
        refused.contains("Critical extension is unavailable (12)"),
        "{refused}"
    );
    assert(false).unwrap();
    // What changes with the entry is deleted whatever its value: the server leaves such steps out in silence.
    for (number, (attribute, value)) in [
        ("modifyTimestamp", "20200101000000Z"),
        ("modifiersName", "cn=nobody"),
        ("nsUniqueId", "00000000-00000000-00000000-00000000"),
        ("entryid", "99"),
    ]
    .into_iter()
    .enumerate()
    {
        server.ldapmodify(&format!(
            "dn: {dn}\nchangetype: modify\ndelete: {attribute}\n{attribute}: {value}\n-\nadd: mail\n\
             mail: third-{number}@example.test\n"
        ));
    }
    let found = server.search("(uid=anna)", &["mail"]);
    let mut mail: Vec<_> = found.lines().filter_map(|l| l.strip_prefix("mail: ")).collect();
    mail.sort_unstable();
    assert_eq!(
        mail,
        [
            "first@example.test",
            "second-false@example.test",
            "third-0@example.test",
            "third-1@example.test",
            "third-2@example.test",
            "third-3@example.test"
        ]
    );
}

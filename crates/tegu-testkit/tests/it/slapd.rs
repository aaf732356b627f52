use super::dovecot::alive;
use tegu_testkit::{Slapd, skip_servers};

#[test]
fn takes_entries_and_changes() {
    if skip_servers() {
        return;
    }
    let server = Slapd::start();
    let other = Slapd::start();
    let base = server.base_dn();
    let dn = format!("uid=anna,ou=people,{base}");
    server.load_ldif(&format!(
        "dn: {dn}\nobjectClass: inetOrgPerson\nuid: anna\ncn: Anna\nsn: A\n"
    ));
    server.ldapmodify(&format!(
        "dn: {dn}\nchangetype: modify\nadd: mail\nmail: anna@example.test\n"
    ));
    assert!(
        server
            .search("(mail=anna@example.test)", &["mail"])
            .contains("mail: anna@example.test\n")
    );
    assert_eq!(other.search("(uid=anna)", &[]), "");
    let refused = server.try_ldapmodify(&format!(
        "dn: {dn}\nchangetype: modify\nadd: mail\nmail: пётр@example.test\n"
    ));
    assert!(refused.unwrap_err().contains("Invalid syntax (21)"));
    let pid = server.pid();
    drop(server);
    assert!(!alive(pid) && alive(other.pid()));
}

#[test]
fn takes_what_exchange_writes() {
    if skip_servers() {
        return;
    }
    let server = Slapd::builder().exchange_schema().start();
    let base = server.base_dn();
    server.load_ldif(&format!(
        "dn: OU=Staff,{base}\nobjectClass: top\nobjectClass: organizationalUnit\nou: Staff\nname: Staff\n\
         whenCreated: 20200101000000.0Z\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\n\n\
         dn:: {dn}\nobjectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n\
         sAMAccountName: room1\nmail: room1@example.test\nmailNickname: room1\nproxyAddresses: SMTP:room1@example.test\n\
         proxyAddresses: x500:/o=Example/cn=room1\nmsExchRecipientTypeDetails: 16\nuserAccountControl: 514\n\
         legacyExchangeDN: /o=Example/cn=room1\nobjectGUID:: EAECAwQFBgcICQoLDA0ODw==\nmDBUseDefaults: TRUE\n\n\
         dn: CN=dl,OU=Staff,{base}\nobjectClass: top\nobjectClass: group\ngroupType: -2147483640\nmember:: {dn}\n\
         sAMAccountName: dl\nmsExchRecipientTypeDetails: 256\n",
        // CN=Переговорная,OU=Staff,dc=corp,dc=example,dc=test
        dn = "Q0490J/QtdGA0LXQs9C+0LLQvtGA0L3QsNGPLE9VPVN0YWZmLGRjPWNvcnAsZGM9ZXhhbXBsZSxkYz10ZXN0",
    ));
    let found = server.search(
        "(&(objectClass=user)(msExchRecipientTypeDetails=16))",
        &["proxyAddresses"],
    );
    assert!(
        found.contains("proxyAddresses: SMTP:room1@example.test\n"),
        "{found}"
    );
    let found = server.search(
        &format!("(member=CN=Переговорная,OU=Staff,{base})"),
        &["sAMAccountName"],
    );
    assert!(found.contains("sAMAccountName: dl\n"), "{found}");
}

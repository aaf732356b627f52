use super::dovecot::alive;
use tegu_testkit::{SambaAd, skip_servers};

fn user(base: &str) -> String {
    format!(
        "dn: OU=Staff,{base}\nobjectClass: organizationalUnit\n\n\
         dn: CN=Anna,OU=Staff,{base}\nobjectClass: user\nsAMAccountName: anna\nmail: anna@example.test\n\
         mailNickname: anna\nproxyAddresses: SMTP:anna@example.test\nmsExchRecipientTypeDetails: 2147483648\n\
         msExchMailboxGuid:: AAECAwQFBgcICQoLDA0ODw==\nmDBUseDefaults: FALSE\npublicDelegates: OU=Staff,{base}\n\n\
         dn: CN=dl,OU=Staff,{base}\nobjectClass: msExchDynamicDistributionList\nmsExchDynamicDLFilter: (mail=*)\n"
    )
}

#[test]
fn two_domains_side_by_side() {
    if skip_servers() {
        return;
    }
    let exchange = SambaAd::start();
    let plain = SambaAd::builder().without_exchange_schema().start();
    assert_ne!(exchange.host(), plain.host());
    exchange.load_ldif(&user(exchange.base_dn()));
    let found = exchange.search(
        "(msExchRecipientTypeDetails=2147483648)",
        &["proxyAddresses", "objectGUID"],
    );
    assert!(
        found.contains("proxyAddresses: SMTP:anna@example.test\n") && found.contains("objectGUID:: "),
        "{found}"
    );
    assert!(
        !plain
            .search("(sAMAccountName=*)", &["sAMAccountName"])
            .contains("anna")
    );
    let refused = plain.try_ldapmodify(&format!(
        "dn: CN=Users,{}\nchangetype: modify\nadd: mailNickname\nmailNickname: x\n",
        plain.base_dn()
    ));
    assert!(refused.is_err());
    let pid = exchange.pid();
    drop(exchange);
    assert!(!alive(pid) && alive(plain.pid()));
}

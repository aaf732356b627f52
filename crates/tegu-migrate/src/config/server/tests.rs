use super::*;
use crate::Account;
use std::path::Path;
use tegu_net::{Endpoint, Method, Security};

const PIN: &str = "f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0f";

/// Reads keys, without those that are refused as soon as they are read.
fn config(text: &str) -> ServerConfig {
    toml::from_str(text).unwrap()
}

fn keys<T>(
    protocol: Protocol,
    text: &str,
    of: impl FnOnce(ServerKeys<'_>) -> crate::Result<T>,
) -> Result<T, String> {
    let config = config(text);
    ServerKeys::new(&config, protocol, Path::new("/nowhere"), "here")
        .and_then(of)
        .map_err(|error| error.to_string())
}

fn imap(more: &str) -> Result<(), String> {
    keys(
        Protocol::Imap,
        &format!("url = 'imaps://a.test'\n{more}"),
        |keys| keys.imap().map(drop),
    )
}

fn dav(more: &str) -> Result<(), String> {
    keys(
        Protocol::Dav,
        &format!("url = 'https://a.test/{{mail}}/'\n{more}"),
        |keys| keys.dav().map(drop),
    )
}

fn ldap(more: &str) -> Result<(), String> {
    keys(
        Protocol::Ldap,
        &format!("url = 'ldaps://a.test'\nbase = ''\n{more}"),
        |keys| {
            keys.ldap()?;
            keys.login().map(drop)
        },
    )
}

fn directory(text: &str) -> Result<Endpoint, String> {
    keys(Protocol::Ldap, text, |keys| keys.ldap())
}

#[test]
fn what_a_protocol_does_not_have_is_refused_by_its_key() {
    const PASSWORD: &str = "password = { env = 'PATH' }\n";
    type Read = fn(&str) -> Result<(), String>;
    let (imap, dav, ldap): (Read, Read, Read) = (imap, dav, ldap);
    for (read, more, says) in [
        (imap, "start_tls = true", "here.start_tls: only LDAP"),
        (imap, "base = 'DC=a'", "here.base: only LDAP"),
        (dav, "bind_dn = 'CN=a'", "here.bind_dn: only LDAP"),
        (dav, "authorize_as = 'a'", "here.authorize_as: only IMAP, LDAP"),
        (
            dav,
            "delegate = { dovecot = 'admin' }",
            "here.delegate: only IMAP",
        ),
        (dav, "security = 'starttls'", "here.security: only IMAP and LDAP"),
        (
            ldap,
            "token = { env = 'PATH' }",
            "here.token: only IMAP, CalDAV and CardDAV",
        ),
        (
            ldap,
            "delegate = { dovecot = 'admin' }",
            "here.delegate: only IMAP",
        ),
        (ldap, "limits = { connections = 2 }", "here.limits: only IMAP"),
        (
            ldap,
            "bind_dn = 'CN=a'\nauthorize_as = 'a'",
            "here.authorize_as: a simple bind",
        ),
        (ldap, "", "here.bind_dn: say who signs in"),
        (
            ldap,
            "user = 'a'\nbind_dn = 'a'",
            "here.bind_dn: it is the same as `user`",
        ),
        (
            ldap,
            "bind_dn = 'a'\nsecurity = 'starttls'",
            "leave `security` out",
        ),
        (ldap, "bind_dn = 'a'\nstart_tls = true", "leave `start_tls` out"),
    ] {
        let said = read(&format!("{PASSWORD}{more}")).unwrap_err();
        assert!(said.contains(says), "{more}: {said}");
    }
}

#[test]
fn one_way_to_sign_in() {
    for (more, says) in [
        (
            "",
            "here: one of `password`, `token`, `certificate` and `kerberos`",
        ),
        (
            "password = { env = 'PATH' }\ntoken = { env = 'PATH' }",
            "here.token: leave `password` out",
        ),
        (
            "key = 'a.key'\npassword = { env = 'PATH' }",
            "here.key: `certificate` is missing",
        ),
        (
            "certificate = 'a.pem'\nuser = 'anna'",
            "here.user: the certificate says who",
        ),
        ("certificate = 'a.pem'", "here.certificate: /nowhere/a.pem"),
        (
            "certificate = 'a.pem'\ndelegate = { dovecot = 'a' }",
            "here.delegate: the certificate",
        ),
        (
            "password = { env = 'PATH' }\nauthorize_as = 'a'\ndelegate = { dovecot = 'a' }",
            "here.delegate: leave `authorize_as` out",
        ),
        (
            "password = { env = 'PATH' }\ndelegate = { exchange = 'CORP/mo@ver' }",
            "here.delegate: ",
        ),
    ] {
        let said = imap(more).unwrap_err();
        assert!(said.contains(says), "{more}: {said}");
    }
    let said = ldap("").unwrap_err();
    assert!(said.contains("`certificate` and `kerberos`"), "{said}");
    for read in [imap, dav, ldap] {
        let ticket = read("kerberos = true");
        assert_eq!(ticket.is_ok(), cfg!(feature = "gssapi"), "{ticket:?}");
    }
}

#[test]
fn connections() {
    const PASSWORD: &str = "password = { env = 'PATH' }\n";
    for read in [imap, dav] {
        for (more, says) in [
            ("ca = 'no.pem'".to_owned(), "here.ca: /nowhere/no.pem"),
            ("pin = 'abcd'".to_owned(), "here.pin: a SHA-256 digest"),
            (
                format!("pin = '{}'", PIN.replace('0', "é")),
                "here.pin: a SHA-256 digest",
            ),
            (
                format!("pin = '{PIN}'\nca = 'no.pem'"),
                "here.pin: it trusts this certificate alone",
            ),
            ("proxy = 'ftp://a'".to_owned(), "here.proxy: "),
            ("proxy = 'socks5://a:b@c'".to_owned(), "separately"),
            ("proxy_user = 'a'".to_owned(), "here.proxy: it is missing"),
            (
                "proxy = 'http://a'\nproxy_user = 'a'".to_owned(),
                "here.proxy_password: it is missing",
            ),
            (
                "proxy = 'http://a'\nproxy_password = { env = 'PATH' }".to_owned(),
                "here.proxy_user: it is missing",
            ),
            (
                "proxy = 'http://a'\nproxy_user = 'a'\nproxy_password = { file = 'no' }".to_owned(),
                "here.proxy_password: ",
            ),
        ] {
            let said = read(&format!("{PASSWORD}{more}")).unwrap_err();
            assert!(said.contains(says), "{more}: {said}");
        }
        let whole = format!(
            "{PASSWORD}pin = '{}'\nproxy = 'socks5://proxy.test'\nproxy_user = 'svc'\nproxy_password = {{ env = 'PATH' }}",
            PIN.to_uppercase()
                .as_bytes()
                .chunks(2)
                .map(String::from_utf8_lossy)
                .collect::<Vec<_>>()
                .join(":")
        );
        read(&whole).unwrap();
    }
    let plain = format!("url = 'imap://a.test'\nsecurity = 'insecure'\npin = '{PIN}'\n{PASSWORD}");
    let said = keys(Protocol::Imap, &plain, |keys| keys.imap().map(drop)).unwrap_err();
    assert!(said.contains("here.pin: this connection has no TLS"), "{said}");
}

#[test]
fn directories_encrypt_unless_they_are_on_this_machine() {
    for (text, security) in [
        ("url = 'ldaps://a.test'", Security::Tls),
        ("url = 'ldap://a.test'", Security::StartTls),
        ("url = 'ldap://a.test'\nsecurity = 'starttls'", Security::StartTls),
        (
            "url = 'ldap://a.test'\nsecurity = 'insecure'",
            Security::PlainText,
        ),
        ("url = 'ldap://127.0.0.1'", Security::PlainText),
        ("url = 'ldap://127.0.0.1'\nstart_tls = true", Security::StartTls),
        (
            "url = 'ldap://127.0.0.1'\nsecurity = 'starttls'",
            Security::StartTls,
        ),
    ] {
        assert_eq!(directory(text).unwrap().security(), security, "{text}");
    }
    for (text, says) in [
        (
            "url = 'imaps://a.test'",
            "here.url: \"imaps://a.test\" must begin with ldaps://",
        ),
        ("url = 'a.test'", "here.url: "),
        (
            "url = 'ldap://a.test'\nstart_tls = true\nsecurity = 'insecure'",
            "here.security: ",
        ),
    ] {
        let said = directory(text).unwrap_err();
        assert!(said.contains(says), "{text}: {said}");
    }
}

#[test]
fn delegates_are_read_in_the_servers_own_forms() {
    let user = |delegate: &str| {
        let text = format!(
            "url = 'imaps://a.test'\nuser = '{{alias}}'\npassword = {{ env = 'PATH' }}\ndelegate = {delegate}"
        );
        keys(Protocol::Imap, &text, |keys| {
            let credentials = keys.login()?.credentials(&Account::new("anna@corp.test"))?;
            assert!(matches!(credentials.method(), Method::Password(_)));
            Ok(credentials.user().to_owned())
        })
        .unwrap()
    };
    assert_eq!(user("{ exchange = 'CORP/mover' }"), "CORP/mover/anna");
    assert_eq!(user("{ exchange = 'mover@corp.test' }"), "mover@corp.test/anna");
    assert_eq!(
        user(r"{ exchange = 'CORP\mover', separator = '\' }"),
        r"CORP\mover\anna"
    );
    assert_eq!(user("{ dovecot = 'admin' }"), "anna*admin");
    assert_eq!(user("{ dovecot = 'admin', separator = '%' }"), "anna%admin");
    for wrong in [
        "{ exchange = 'mover' }",
        "{ exchange = 'CORP/mover', separator = '*' }",
        "{ exchange = 'CORP/mover', dovecot = 'admin' }",
        "{ exchnage = 'CORP/mover' }",
        "{}",
    ] {
        toml::from_str::<ServerConfig>(&format!("url = ''\ndelegate = {wrong}")).unwrap_err();
    }
}

#[cfg(feature = "ews")]
#[test]
fn autodiscover_stands_in_the_place_of_a_url() {
    const LOGIN: &str = "user = 'CORP\\m'\npassword = { env = 'PATH' }\n";
    let ews = |text: &str| {
        keys(Protocol::Ews, &format!("{text}\n{LOGIN}"), |keys| keys.ews())
            .map(|server| format!("{server:?}"))
    };
    for (text, at) in [
        (
            "url = 'https://e.test/EWS/'\narchive = 'Архив'",
            "https://e.test:443/EWS/",
        ),
        ("autodiscover = {}", "autodiscover"),
        (
            "autodiscover = { domains = ['corp.local'], connection_points = ['https://ex.corp.local/a.xml'] }",
            "autodiscover",
        ),
    ] {
        assert!(ews(text).unwrap().contains(at), "{text}");
    }
    for (text, says) in [
        ("", "here.url: it is missing"),
        (
            "url = 'https://e.test/EWS/'\nautodiscover = {}",
            "here.autodiscover: `url` says",
        ),
        ("autodiscover = {}\nsecurity = 'insecure'", "here.security: "),
        (
            "autodiscover = { domains = ['a/b'] }",
            "here.autodiscover.domains: ",
        ),
        (
            "autodiscover = { connection_points = ['e.test'] }",
            "here.autodiscover.connection_points: ",
        ),
        (
            "url = 'https://e.test/EWS/'\narchive = ' '",
            "here.archive: name the folder",
        ),
    ] {
        let said = ews(text).unwrap_err();
        assert!(said.contains(says), "{text}: {said}");
    }
    let said = imap("autodiscover = {}").unwrap_err();
    assert!(
        said.contains("here.autodiscover: only Exchange Web Services can do this"),
        "{said}"
    );
}

/// A service account signs in for all, so whose token it is has to be said.
#[cfg(feature = "ews")]
#[test]
fn a_token_for_exchange_names_its_user() {
    let ews = |more: &str| {
        let text = format!("url = 'https://a.test/EWS/'\ntoken = {{ env = 'PATH' }}\n{more}");
        keys(Protocol::Ews, &text, |keys| keys.ews().map(drop))
    };
    let said = ews("").unwrap_err();
    assert!(
        said.starts_with("here.user: ") && said.contains("service account"),
        "{said}"
    );
    ews("user = 'CORP\\mover'").unwrap();
    ews("user = '{mail}'").unwrap();
}

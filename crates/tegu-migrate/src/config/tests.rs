use super::*;

const SMALL: &str = "name = 'x'\nout = 'o'\n[directory]\nldif = 'd.ldif'\ndomains = ['example.test']\n";

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let error = Config::from_toml(&format!("{SMALL}profil = 'tegu'\n"), PathBuf::new()).unwrap_err();
    assert!(error.to_string().contains("profil"), "{error}");
    assert!(error.to_string().starts_with("line 6"), "{error}");
}

#[test]
fn a_wave_selects_its_accounts() {
    let text = format!(
        "{SMALL}[[waves]]\nname = 'pilot'\naccounts = ['anna@*']\n[[waves]]\nname = 'rest'\naccounts = ['*']\n[[waves]]\nname = 'none'\naccounts = []\n"
    );
    let takes = |wave: &str, mail: &str| {
        let config = Config::from_toml(&text, PathBuf::new()).unwrap();
        config
            .only_wave(wave)
            .map(|config| config.policy.takes_account(mail))
    };
    assert!(takes("pilot", "anna@x").unwrap() && !takes("pilot", "boris@x").unwrap());
    assert!(!takes("rest", "anna@x").unwrap() && takes("rest", "boris@x").unwrap());
    assert!(!takes("none", "boris@x").unwrap());
    assert!(
        takes("piolt", "anna@x")
            .unwrap_err()
            .to_string()
            .contains("pilot, rest, none")
    );
}

#[test]
fn an_unknown_key_of_a_server_is_named() {
    let text = format!("{SMALL}[mail.source]\nkind = 'imap'\nurl = 'imaps://a'\npasword = {{ env = 'A' }}\n");
    let error = Config::from_toml(&text, PathBuf::new()).unwrap_err();
    assert!(error.to_string().contains("pasword"), "{error}");
}

/// Whoever reads the configuration must find no password there, not even in a URL.
#[test]
fn a_password_in_a_url_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("d.ldif"), "").unwrap();
    let server = |kind: &str, url: &str| {
        format!("kind = '{kind}'\nurl = '{url}'\nuser = 'anna'\npassword = {{ env = 'PATH' }}\n")
    };
    let (bundle, files) = ("kind = 'bundle'\n", "kind = 'files'\npath = '{alias}'\n");
    let route = |name: &str, source: &str, target: &str| {
        format!("{SMALL}[{name}.source]\n{source}[{name}.target]\n{target}")
    };
    let mut all = vec![
        ("mail.source.url", route("mail", &server("imap", "imaps://anna:s3cret@a.test"), bundle)),
        ("mail.target.url", route("mail", files, &server("imap", "imaps://anna:s3cret@a.test"))),
        ("calendars.target.url", route("calendars", files, &server("caldav", "https://anna:s3cret@a.test/{mail}/"))),
        ("contacts.source.url", route("contacts", &server("carddav", "https://a:s3cret@a.test/"), bundle)),
        (
            "mail.source.proxy",
            route(
                "mail",
                &(server("imap", "imaps://a.test") + "proxy = 'socks5://a:s3cret@b'\n"),
                bundle,
            ),
        ),
        (
            "directory.ldap.url",
            "name = 'x'\nout = 'o'\n[directory]\ndomains = ['x.test']\n[directory.ldap]\nurl = 'ldaps://a:s3cret@b'\nbase = 'dc=x'\n\
             user = 'a'\npassword = { env = 'PATH' }\n"
                .to_owned(),
        ),
    ];
    if cfg!(feature = "ews") {
        all.push((
            "mail.source.url",
            route("mail", &server("ews", "https://a:s3cret@b/EWS/"), bundle),
        ));
    }
    if cfg!(feature = "postgres") {
        for url in [
            "postgres://a:s3cret@b/x",
            "postgres://a@b/x?password=s3cret",
            "host=b password=s3cret",
        ] {
            let journal = format!("[journal]\npostgres = '{url}'\n");
            all.push(("journal.postgres", route("mail", files, bundle) + &journal));
        }
    }
    for (key, text) in all {
        let config = Config::from_toml(&text, folder.path().to_owned()).unwrap();
        let error = config.into_migration().map(drop).unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains(key) && !said.contains("s3cret"), "{text}: {said}");
        assert!(
            said.contains("separately") || said.contains("leave the password out"),
            "{said}"
        );
    }
}

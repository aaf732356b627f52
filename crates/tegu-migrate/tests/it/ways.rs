//! Ways to sign in and to trust, for every protocol, by configuration and by builder: a cell of the table is a line of a test here.
//!
//! | | IMAP | LDAP | CalDAV, CardDAV | EWS | PostgreSQL |
//! |---|---|---|---|---|---|
//! | password in a file | both | both | both | both | both |
//! | password of a command (configuration) or callback (builder) | both | both | both | both | both |
//! | token in a file | both | - | both | both | - |
//! | token of a command or callback | both | - | both | both | - |
//! | client certificate | both | both | both | both | both |
//! | pinned certificate | both | both | both | both | both |
//!
//! Kerberos needs the environment of a process of its own, so it is tested with the program: `tegu-cli`, `tests/it/tickets.rs`, and for LDAP `stations/ticket.rs`.

use crate::{
    sample,
    scene::{Scene, counts, problems},
};
use std::path::Path;
use tegu_migrate::{
    Account, DavServer, Entity, ImapServer, Login, Migration, SecretRef,
    net::{Endpoint, Tls},
    sources::{DavSource, DirectorySource as _, ImapSource, ItemSource as _, LdapDirectory, MailSource as _},
};
use tegu_testkit::{Dovecot, Nginx, Radicale, Slapd, skip_servers};

fn hexadecimal(digest: [u8; 32]) -> String {
    digest.map(|octet| format!("{octet:02x}")).concat()
}

fn trusting(ca: &Path) -> Tls {
    Tls::default().trust_pem(&std::fs::read(ca).unwrap()).unwrap()
}

fn showing(tls: Tls, (chain, key): &(std::path::PathBuf, std::path::PathBuf)) -> Tls {
    let key = std::fs::read_to_string(key).unwrap();
    tls.client_certificate_pem(&std::fs::read(chain).unwrap(), key.into())
        .unwrap()
}

/// Keys for a secret in a file, and for one that a command prints.
fn secrets(scene: &Scene, key: &str, secret: &str) -> [String; 2] {
    scene.write("secret", format!("{secret}\n"));
    let file = format!("{key} = {{ file = 'secret' }}");
    [
        file,
        format!("{key} = {{ command = ['printf', '%s', '{secret}'] }}"),
    ]
}

/// The same in code: a file, and a callback.
fn logins(scene: &Scene, user: &str, secret: &str, token: bool) -> [Login; 2] {
    let file = SecretRef::File(scene.path("secret"));
    let secret = secret.to_owned();
    let callback = move |_: Account, _| {
        let secret = secret.clone();
        async move { Ok(secret.into()) }
    };
    if token {
        [Login::token(user, file), Login::token_provider(user, callback)]
    } else {
        [
            Login::password(user, file),
            Login::password_provider(user, callback),
        ]
    }
}

fn keys_of((certificate, key): &(std::path::PathBuf, std::path::PathBuf)) -> String {
    format!(
        "certificate = '{}', key = '{}'",
        certificate.display(),
        key.display()
    )
}

fn pin(server: &Nginx) -> String {
    format!("pin = '{}'", hexadecimal(server.certificate_sha256()))
}

/// Keys that sign in with a password, by each way to name it and to trust the server.
fn passwords(scene: &Scene, ca: &str, server: &Nginx, user: &str, password: &str) -> Vec<String> {
    scene.write(ca, server.ca_pem());
    let passwords = secrets(scene, "password", password).into_iter();
    passwords
        .flat_map(|password| {
            [format!("ca = '{ca}'"), pin(server)].map(|trust| format!("{trust}, user = '{user}', {password}"))
        })
        .collect()
}

/// Keys that sign in with a token or a client certificate of anna, whom [`Nginx::signing_in`] knows.
fn tokens_and_certificates(scene: &Scene, ca: &str, server: &Nginx, user: &str) -> Vec<String> {
    scene.write(ca, server.ca_pem());
    let tokens = secrets(scene, "token", "token-of-anna").into_iter();
    let certificate = keys_of(&server.client_pem("anna"));
    tokens
        .map(|token| format!("ca = '{ca}', user = '{user}', {token}"))
        .chain([
            format!("ca = '{ca}', {certificate}"),
            format!("{}, {certificate}", pin(server)),
        ])
        .collect()
}

#[tokio::test]
async fn imap() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::builder().oauth().client_certificates().start();
    let scene = Scene::new();
    let url = format!("imaps://localhost:{}", server.tls_port());
    let (ca, pin) = (
        format!("ca = '{}'", server.ca_pem().display()),
        hexadecimal(server.certificate_sha256()),
    );
    let pair = server.client_pem("anna");
    let password = secrets(&scene, "password", Dovecot::password());
    let by_configuration = async |keys: &str| {
        let head = scene.head("job");
        let _ = std::fs::remove_dir_all(scene.path("job"));
        let config = format!(
            "{head}[mail]\nsource = {{ kind = 'imap', url = '{url}', {keys} }}\ntarget = {{ kind = 'bundle' }}\n"
        );
        let report = scene.run(&config).await.unwrap();
        assert!(report.is_complete(), "{keys}: {:?}", problems(&report));
    };
    for password in &password {
        by_configuration(&format!("{ca}, user = '{{alias}}', {password}")).await;
    }
    by_configuration(&format!("pin = '{pin}', user = '{{alias}}', {}", password[0])).await;
    by_configuration(&format!("{ca}, {}", keys_of(&pair))).await;
    by_configuration(&format!("pin = '{pin}', {}", keys_of(&pair))).await;
    let token = Dovecot::token("anna", 600);
    for token in secrets(&scene, "token", &token) {
        by_configuration(&format!("{ca}, user = '{{alias}}', {token}")).await;
    }

    let anna = Account::new("anna@example.test");
    let by_builder = async |tls: Tls, login: Login| {
        let endpoint = Endpoint::new(&url).unwrap().tls(tls);
        let source = ImapSource::new(ImapServer::new(endpoint, login));
        source.open(&anna).await.map(drop).unwrap();
    };
    for login in logins(&scene, "{alias}", &token, true) {
        by_builder(trusting(server.ca_pem()), login).await;
    }
    scene.write("secret", Dovecot::password());
    let pinned = || Tls::default().pin_sha256(server.certificate_sha256());
    for login in logins(&scene, "{alias}", Dovecot::password(), false) {
        by_builder(trusting(server.ca_pem()), login.clone()).await;
        by_builder(pinned(), login).await;
    }
    by_builder(showing(pinned(), &pair), Login::external()).await;
}

#[tokio::test]
async fn ldap() {
    if skip_servers() {
        return;
    }
    let server = Slapd::builder().exchange_schema().start();
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    let ldif = std::fs::read_to_string(scene.path("organisation/directory.ldif")).unwrap();
    server.load_ldif(&crate::slapd::for_slapd(&ldif, server.base_dn()));
    let (ca, pin) = (
        format!("ca = '{}'", server.ca_pem().display()),
        hexadecimal(server.certificate_sha256()),
    );
    let pair = server.client_pem("anna");
    let bind_dn = format!("bind_dn = '{}'", server.bind_dn());
    let by_configuration = async |keys: &str| {
        let _ = std::fs::remove_dir_all(scene.path("job"));
        let config = format!(
            "name = 'x'\nout = 'job'\n[directory]\nldap = {{ url = 'ldaps://localhost:{}', base = '{}', {keys} }}\n\
             domains = ['romashka.test']\nprofile = 'openldap'\n",
            server.tls_port(),
            server.base_dn()
        );
        let report = scene.run(&config).await.unwrap();
        assert_eq!(counts(&report, Entity::Accounts).source, 15, "{keys}");
    };
    for password in secrets(&scene, "password", server.password()) {
        by_configuration(&format!("{ca}, {bind_dn}, {password}")).await;
        by_configuration(&format!("pin = '{pin}', {bind_dn}, {password}")).await;
    }
    by_configuration(&format!("{ca}, {}", keys_of(&pair))).await;

    let by_builder = async |tls: Tls, login: Login| {
        let endpoint = Endpoint::new(&server.ldaps_url()).unwrap().tls(tls);
        let directory = LdapDirectory::new(endpoint, server.base_dn(), login, ["romashka.test"], "openldap");
        let read = directory.unwrap().read().await.unwrap();
        assert_eq!(read.accounts.len(), sample::PEOPLE.len());
    };
    let pinned = || Tls::default().pin_sha256(server.certificate_sha256());
    for login in logins(&scene, &server.bind_dn(), server.password(), false) {
        by_builder(trusting(server.ca_pem()), login.clone()).await;
        by_builder(pinned(), login).await;
    }
    by_builder(showing(pinned(), &pair), Login::external()).await;
}

#[tokio::test]
async fn dav() {
    if skip_servers() {
        return;
    }
    // One server takes passwords; the other believes nginx, which takes certificates and tokens.
    let with_passwords = Radicale::builder().users(["anna"]).start();
    let believing = Radicale::builder().without_passwords().start();
    let (plain, signing_in) = (
        Nginx::before(with_passwords.port()),
        Nginx::signing_in(believing.port()),
    );
    let scene = Scene::new();
    let pair = signing_in.client_pem("anna");
    let by_configuration = async |server: &Nginx, keys: &str| {
        let head = scene.head("job");
        for (section, kind) in [("calendars", "caldav"), ("contacts", "carddav")] {
            let _ = std::fs::remove_dir_all(scene.path("job"));
            let config = format!(
                "{head}[{section}]\nsource = {{ kind = '{kind}', url = '{}', {keys} }}\ntarget = {{ kind = 'bundle' }}\n",
                server.url()
            );
            let report = scene.run(&config).await.unwrap();
            assert!(report.is_complete(), "{keys}: {:?}", problems(&report));
        }
    };
    for keys in passwords(&scene, "front.pem", &plain, "{alias}", Radicale::password()) {
        by_configuration(&plain, &keys).await;
    }
    for keys in tokens_and_certificates(&scene, "signing.pem", &signing_in, "{alias}") {
        by_configuration(&signing_in, &keys).await;
    }

    let anna = Account::new("anna@example.test");
    let by_builder = async |server: &Nginx, tls: Tls, login: Login| {
        let server = DavServer::new(server.url(), login).prepare(move |endpoint| endpoint.tls(tls.clone()));
        let source = DavSource::new(server, tegu_migrate::dav::client::Kind::Calendars);
        source.open(&anna).await?.collections().await
    };
    let pinned = |server: &Nginx| Tls::default().pin_sha256(server.certificate_sha256());
    for login in logins(&scene, "{alias}", "token-of-anna", true) {
        by_builder(&signing_in, pinned(&signing_in), login).await.unwrap();
    }
    scene.write("secret", Radicale::password());
    for login in logins(&scene, "{alias}", Radicale::password(), false) {
        by_builder(&plain, pinned(&plain), login).await.unwrap();
    }
    let external = || Login::external();
    by_builder(&signing_in, showing(pinned(&signing_in), &pair), external())
        .await
        .unwrap();
    let error = by_builder(&signing_in, pinned(&signing_in), external())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), tegu_migrate::ErrorKind::Authentication, "{error}");
}

#[cfg(feature = "ews")]
#[tokio::test]
async fn ews() {
    use tegu_migrate::sources::{EwsMail, EwsServer};
    use tegu_testkit::exchange_ews::{ExchangeEws, Mail, Mailbox};
    if skip_servers() {
        return;
    }
    let message = || Mail::new("one", "2024-05-01T06:00:00Z").item();
    let builder =
        || ExchangeEws::builder().mailbox(Mailbox::new("anna@example.test", "Anna").item("inbox", message()));
    // One server takes passwords; the other gets a user's name from nginx, which takes certificates and tokens.
    let (with_passwords, believing) = (builder().start(), builder().account("anna", "").start());
    let (plain, signing_in) = (
        Nginx::before(with_passwords.port()),
        Nginx::signing_in(believing.port()),
    );
    let scene = Scene::new();
    let pair = signing_in.client_pem("anna");
    let url = |server: &Nginx| format!("{}EWS/Exchange.asmx", server.url());
    let by_configuration = async |server: &Nginx, keys: &str| {
        let head = scene.head("job");
        let _ = std::fs::remove_dir_all(scene.path("job"));
        let config = format!(
            "{head}[mail]\nsource = {{ kind = 'ews', url = '{}', {keys} }}\ntarget = {{ kind = 'bundle' }}\n",
            url(server)
        );
        let report = scene.run(&config).await.unwrap();
        assert!(report.is_complete(), "{keys}: {:?}", problems(&report));
        assert_eq!(counts(&report, Entity::Mail).moved, 1, "{keys}");
    };
    let user = with_passwords.user();
    for keys in passwords(&scene, "front.pem", &plain, user, with_passwords.password()) {
        by_configuration(&plain, &keys).await;
    }
    for keys in tokens_and_certificates(&scene, "signing.pem", &signing_in, "anna") {
        by_configuration(&signing_in, &keys).await;
    }

    let anna = Account::new("anna@example.test");
    let by_builder = async |server: &Nginx, tls: Tls, login: Login| {
        let endpoint = Endpoint::new(&url(server)).unwrap().tls(tls);
        let source = EwsMail::new(EwsServer::new(endpoint, login));
        source.open(&anna).await?.folders().await
    };
    let pinned = |server: &Nginx| Tls::default().pin_sha256(server.certificate_sha256());
    for login in logins(&scene, "anna", "token-of-anna", true) {
        by_builder(&signing_in, pinned(&signing_in), login).await.unwrap();
    }
    scene.write("secret", with_passwords.password());
    for login in logins(&scene, user, with_passwords.password(), false) {
        by_builder(&plain, pinned(&plain), login).await.unwrap();
    }
    by_builder(
        &signing_in,
        showing(pinned(&signing_in), &pair),
        Login::external(),
    )
    .await
    .unwrap();
    let error = by_builder(&signing_in, pinned(&signing_in), Login::external())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), tegu_migrate::ErrorKind::Authentication, "{error}");
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres() {
    use tegu_migrate::{CancellationToken, journal::PostgresOptions, net::Secret};
    if skip_servers() {
        return;
    }
    let server = tegu_testkit::Postgres::start();
    let scene = Scene::new();
    let url = |user: &str| format!("postgres://{user}@localhost:{}/tegu", server.port());
    let (ca, pin) = (
        format!("ca = '{}'", server.ca_pem().display()),
        hexadecimal(server.certificate_sha256()),
    );
    let pair = server.client_pem();
    let by_configuration = async |user: &str, keys: &str| {
        let head = scene.head("job");
        let _ = std::fs::remove_dir_all(scene.path("job"));
        // Inline tables are separated by commas, tables by lines.
        let keys = keys.replace(", ", "\n");
        let config = format!("{head}[journal]\npostgres = '{}'\n{keys}\n", url(user));
        scene.run(&config).await.unwrap();
    };
    scene.write("secret", tegu_testkit::Postgres::password());
    by_configuration("tegu", &format!("{ca}, password = {{ file = 'secret' }}")).await;
    by_configuration(
        "tegu",
        &format!(
            "pin = '{pin}', password = {{ command = ['cat','{}'] }}",
            scene.path("secret").display()
        ),
    )
    .await;
    by_configuration("certified", &format!("{ca}, {}", keys_of(&pair))).await;
    by_configuration("certified", &format!("pin = '{pin}', {}", keys_of(&pair))).await;

    let by_builder = async |options: PostgresOptions| {
        let _ = std::fs::remove_dir_all(scene.path("job"));
        let people = vec![Account::new("anna@example.test")];
        let migration = Migration::builder("test", scene.path("job"), people)
            .journal_in_postgres(options.schema("built"));
        migration.build().run(&CancellationToken::new()).await.unwrap();
    };
    let pinned = || Tls::default().pin_sha256(server.certificate_sha256());
    let options = |user: &str| PostgresOptions::new(url(user), "test");
    let password = tegu_testkit::Postgres::password();
    by_builder(
        options("tegu")
            .tls(trusting(server.ca_pem()))
            .password(password.to_owned()),
    )
    .await;
    let callback = Secret::provider(move |_| async move { Ok(password.to_owned().into()) });
    by_builder(options("tegu").tls(pinned()).password(callback)).await;
    by_builder(options("certified").tls(showing(pinned(), &pair))).await;
}

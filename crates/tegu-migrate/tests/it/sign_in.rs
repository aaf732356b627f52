//! Ways to sign in and to connect, by the configuration alone, against real servers.

use crate::scene::{Scene, counts, problems};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, DavServer, Entity, ErrorKind, ImapServer, Login, Migration,
    Result,
    net::{Endpoint, SecretRequest, Tls},
    sources::{DavSource, DirectoryData, DirectorySource, ImapSource, ItemSource as _},
    targets::Bundle,
};
use tegu_testkit::{Dovecot, Microsocks, Radicale, imap::Client, skip_servers};

const MESSAGE: &[u8] = b"From: a@b.test\r\nSubject: one\r\n\r\nbody\r\n";

/// Puts one message into anna's mailbox.
fn fill(server: &Dovecot) {
    let mut client = Client::login(server.port(), "anna", Dovecot::password()).unwrap();
    client.append("INBOX", "", None, MESSAGE).unwrap();
}

/// Runs a job that reads anna's mailbox by these keys, and returns how many messages moved.
async fn moved(scene: &Scene, keys: &str) -> u64 {
    let head = scene.head("job");
    let _ = std::fs::remove_dir_all(scene.path("job"));
    let config =
        format!("{head}[mail]\nsource = {{ kind = 'imap', {keys} }}\ntarget = {{ kind = 'bundle' }}\n");
    let report = scene.run(&config).await.unwrap();
    assert!(report.is_complete(), "{keys}: {:?}", problems(&report));
    counts(&report, Entity::Mail).moved
}

fn secure(server: &Dovecot) -> String {
    format!(
        "url = 'imaps://localhost:{}', ca = '{}'",
        server.tls_port(),
        server.ca_pem().display()
    )
}

#[tokio::test]
async fn tokens_certificates_and_delegates_open_mailboxes() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::builder().oauth().client_certificates().start();
    fill(&server);
    let scene = Scene::new();
    let server_keys = secure(&server);

    scene.write("anna.token", Dovecot::token("anna", 600));
    let token = "user = '{alias}', token = { file = '{alias}.token' }";
    assert_eq!(moved(&scene, &format!("{server_keys}, {token}")).await, 1);

    let (certificate, key) = server.client_pem("anna");
    let paths = format!(
        "certificate = '{}', key = '{}'",
        certificate.display(),
        key.display()
    );
    assert_eq!(moved(&scene, &format!("{server_keys}, {paths}")).await, 1);

    scene.write("admin", "adminp\n");
    let delegate = "user = '{alias}', delegate = { dovecot = 'admin' }, password = { file = 'admin' }";
    assert_eq!(moved(&scene, &format!("{server_keys}, {delegate}")).await, 1);
    let authorised = "user = 'admin', authorize_as = '{alias}', password = { file = 'admin' }";
    assert_eq!(moved(&scene, &format!("{server_keys}, {authorised}")).await, 1);
}

#[tokio::test]
async fn a_pinned_certificate_is_enough_and_no_other_will_do() {
    if skip_servers() {
        return;
    }
    let (server, proxy) = (Dovecot::start(), Microsocks::start_with_password("svc", "secret"));
    fill(&server);
    let scene = Scene::new();
    let url = format!("imaps://localhost:{}", server.tls_port());
    let blind = Endpoint::new(&url)
        .unwrap()
        .tls(Tls::default().dangerously_accept_any_certificate());
    let stream = blind.connect().await.unwrap();
    let mut pin = String::new();
    for octet in Sha256::digest(stream.peer_certificate().unwrap()) {
        write!(pin, "{octet:02x}").unwrap();
    }
    let login = "user = 'anna', password = { file = 'password' }";
    let through = format!(
        "proxy = '{}', proxy_user = 'svc', proxy_password = {{ file = 'password' }}",
        proxy.url()
    );
    let keys = format!("url = '{url}', pin = '{pin}', {through}, {login}");
    assert_eq!(moved(&scene, &keys).await, 1);
    let target = format!("localhost:{}", server.tls_port());
    assert!(proxy.log().contains(&target), "{}", proxy.log());

    let head = scene.head("other");
    let wrong = pin.chars().rev().collect::<String>();
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'imap', url = '{url}', pin = '{wrong}', {login} }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let said = match scene.run(&config).await {
        Ok(report) => problems(&report).concat(),
        Err(error) => error.to_string(),
    };
    assert!(said.contains("not the pinned one"), "{said}");
}

/// A directory with one account.
#[derive(Debug)]
struct Anna;

impl DirectorySource for Anna {
    fn describe(&self) -> String {
        "anna".into()
    }

    fn read(&self) -> BoxFuture<'_, Result<DirectoryData>> {
        Box::pin(async {
            Ok(DirectoryData::of_accounts(vec![Account::new(
                "anna@example.test",
            )]))
        })
    }
}

#[tokio::test]
async fn a_callback_gives_a_new_token_when_the_old_one_has_expired() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::builder().oauth().start();
    fill(&server);
    let scene = Scene::new();
    let login = Login::token_provider("{alias}", |account: Account, request| async move {
        let seconds = if request == SecretRequest::Fresh {
            600
        } else {
            -600
        };
        Ok(Dovecot::token(&account.alias, seconds).into())
    });
    let url = format!("imaps://localhost:{}", server.tls_port());
    let ca = std::fs::read(server.ca_pem()).unwrap();
    let endpoint = Endpoint::new(&url)
        .unwrap()
        .tls(Tls::default().trust_pem(&ca).unwrap());
    let source = ImapSource::new(ImapServer::new(endpoint, login));
    let out = scene.path("job");
    let migration = Migration::builder("x", &out, Anna)
        .mail(source, Bundle::new(&out))
        .build();
    let report = migration.run(&CancellationToken::new()).await.unwrap();
    assert_eq!(counts(&report, Entity::Mail).moved, 1, "{:?}", problems(&report));
}

#[tokio::test]
async fn dav_servers_are_reached_through_dialers_and_proxies() {
    if skip_servers() {
        return;
    }
    let (server, proxy) = (Radicale::start(), Microsocks::start());
    let login = || {
        Login::password_provider(Radicale::user(), |_, _| async {
            Ok(Radicale::password().to_owned().into())
        })
    };
    let anna = Account::new("anna@example.test");
    let read = async |server: DavServer| {
        let source = DavSource::new(server, tegu_migrate::dav::client::Kind::Calendars);
        source.open(&anna).await?.collections().await
    };
    let through = tegu_migrate::net::Proxy::new(&proxy.url()).unwrap();
    read(DavServer::new(server.url(), login()).prepare(move |endpoint| endpoint.proxy(through.clone())))
        .await
        .unwrap();
    assert!(proxy.log().contains("127.0.0.1:"), "{}", proxy.log());

    let nobody = DavServer::new(server.url(), login()).prepare(|endpoint| {
        endpoint.dialer(|_: String, _: u16| async { Err(std::io::Error::other("no way there")) })
    });
    let error = read(nobody).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("no way there"), "{error}");
}

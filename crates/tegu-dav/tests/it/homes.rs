//! A URL that names a home or a collection: that one is used or refused, never another one in silence.

use std::sync::Arc;

use tegu_dav::client::{Client, Credentials, Endpoint, Kind, Options, Resolver, ServiceRecord, Tls};
use tegu_dav::import::{Import, State};
use tegu_dav::ledger::MemoryLedger;
use tegu_dav::{Error, ErrorKind, Limits, Result, vcard};
use tegu_testkit::{Cyrus, Nginx, Radicale, Xandikos};

use super::engine::events;
use super::import::credentials;

async fn connect(url: &str, credentials: &Credentials) -> Client {
    let endpoint = Endpoint::new(url).unwrap();
    let options = Options::default().attempts(2);
    Client::connect_with(&endpoint, credentials, &options)
        .await
        .unwrap()
}

fn refused(home: Result<String>) -> Error {
    let error = home.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    error
}

#[tokio::test]
async fn another_users_home_on_radicale_is_refused() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users([Radicale::user(), "boris"]).start();
    let url = server.url();
    let user = Radicale::user();
    for (path, home) in [("", format!("/{user}/")), (user, format!("/{user}/"))] {
        let client = connect(&format!("{url}{path}"), &credentials()).await;
        assert_eq!(client.home(Kind::Calendars).await.unwrap(), home, "{path}");
    }
    // A place in the own home is that place, and no home.
    let new = connect(&format!("{url}{user}/nothing-yet"), &credentials()).await;
    assert!(
        refused(new.home(Kind::Calendars).await)
            .to_string()
            .contains("one calendar")
    );
    let report = Import::here(new, Kind::Calendars, "New")
        .run(events(&[("1", "one")]))
        .await
        .unwrap();
    assert_eq!(report.count(State::Moved), 1);
    assert!(report.url.ends_with("/nothing-yet/"), "{}", report.url);
    for path in ["boris/", "boris/calendar/", "nowhere/at/all/"] {
        let client = connect(&format!("{url}{path}"), &credentials()).await;
        let error = refused(client.home(Kind::Calendars).await);
        assert!(error.to_string().contains(&format!("/{user}/")), "{error}");
        // Nothing is written anywhere.
        let import = Import::named(client, Kind::Calendars, "work", "Work");
        assert!(import.run(events(&[("1", "one")])).await.is_err());
    }
    let own = connect(&url, &credentials()).await;
    assert_eq!(own.collections(Kind::Calendars).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_url_of_a_calendar_is_that_calendar() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    let anybody = Credentials::anonymous();
    let client = connect(&server.url(), &anybody).await;
    let (work, _) = client
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    client
        .make_collection(Kind::Calendars, "other", "Other")
        .await
        .unwrap();
    let at_work = connect(&client.url_of(&work.href), &anybody).await;
    assert_eq!(at_work.here(Kind::Calendars).await.unwrap(), Some(work.clone()));
    assert_eq!(at_work.collections(Kind::Calendars).await.unwrap(), [work]);
    refused(at_work.home(Kind::Calendars).await);
}

#[tokio::test]
async fn the_home_of_the_other_kind_is_not_left_in_silence() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    let anybody = Credentials::anonymous();
    let client = connect(&server.url(), &anybody).await;
    let books = client.home(Kind::Contacts).await.unwrap();
    let at_books = connect(&client.url_of(&books), &anybody).await;
    assert_eq!(at_books.home(Kind::Contacts).await.unwrap(), books);
    let found = at_books.home(Kind::Calendars).await;
    assert!(
        found.as_ref().is_ok_and(|home| *home == books) || found.is_err(),
        "{found:?}"
    );
}

/// Cyrus tells the user's own home set wherever it is asked.
#[tokio::test]
async fn homes_on_cyrus() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Cyrus::builder().dav().start();
    server.add_user("anna");
    server.add_user("boris");
    let password = |user: &str| Credentials::password(user, Cyrus::password().to_owned());
    for user in ["anna", "boris"] {
        let client = connect(&server.dav_url(), &password(user)).await;
        let home = client.home(Kind::Calendars).await.unwrap();
        assert_eq!(home, format!("/dav/calendars/user/{user}/"));
        client
            .make_collection(Kind::Calendars, "own", "Own")
            .await
            .unwrap();
        let there = connect(&client.url_of(&home), &password(user)).await;
        assert_eq!(there.home(Kind::Calendars).await.unwrap(), home);
    }
    let at_boris = connect(
        &format!("{}calendars/user/boris/", server.dav_url()),
        &password("anna"),
    )
    .await;
    let home = at_boris.home(Kind::Calendars).await;
    if let Ok(home) = &home {
        assert_eq!(home, "/dav/calendars/user/boris/");
    }
    // What anna may not write stays with a person or is refused; her own home is not touched.
    let import =
        Import::named(at_boris, Kind::Calendars, "work", "Work").ledger(Arc::new(MemoryLedger::new()));
    match import.run(events(&[("1", "one")])).await {
        Ok(report) => assert_eq!(report.count(State::Manual), 1, "{home:?}"),
        Err(error) => assert!(!error.is_retryable(), "{error}"),
    }
    let anna = connect(&server.dav_url(), &password("anna")).await;
    let own = anna.collections(Kind::Calendars).await.unwrap();
    assert!(own.iter().all(|one| !one.href.ends_with("/work/")), "{own:?}");
}

/// An address book without a URL: a service record, the well-known URL, the principal, the home.
#[tokio::test]
async fn an_address_book_is_found_by_its_domain() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let front = Nginx::before(server.port());
    let tls = Tls::default().trust_pem(&front.ca_pem()).unwrap();
    let port = front
        .url()
        .trim_end_matches('/')
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let resolver = Resolver::from_fn(move |name| async move {
        assert_eq!(name, "_carddavs._tcp.localhost");
        Ok(vec![ServiceRecord::new("localhost", port)])
    });
    let prepare = |endpoint: Endpoint| endpoint.tls(tls.clone());
    let client = Client::discover(
        "anna@localhost",
        Kind::Contacts,
        Some(&resolver),
        &credentials(),
        prepare,
    )
    .await
    .unwrap();
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Anna\r\nN:;Anna;;;\r\nEND:VCARD\r\n";
    let cards = vcard::cards(card.as_bytes(), vcard::Version::V3, &Limits::default()).unwrap();
    let import = Import::named(client, Kind::Contacts, "people", "People");
    let report = import.run(cards.items).await.unwrap();
    assert_eq!(report.count(State::Moved), 1, "{:?}", report.outcomes);
    assert!(report.url.starts_with(&front.url()), "{}", report.url);
}

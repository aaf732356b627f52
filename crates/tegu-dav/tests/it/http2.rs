//! HTTP/2 over TLS, by nginx in front of Radicale.

use std::collections::{BTreeMap, BTreeSet};

use tegu_dav::client::{Client, Credentials, Endpoint, Kind, Options, Tls};
use tegu_dav::import::{Import, State};
use tegu_dav::{ErrorKind, prove};
use tegu_testkit::{Nginx, Radicale};

use super::import::{calendar, items, stored, trouble};

async fn connect(front: &Nginx, tls: Tls) -> tegu_dav::Result<Client> {
    let endpoint = Endpoint::new(&front.url()).unwrap().tls(tls);
    let credentials = Credentials::password(Radicale::user(), Radicale::password().to_owned());
    Client::connect_with(&endpoint, &credentials, &Options::default().attempts(1)).await
}

#[tokio::test]
async fn a_calendar_over_http_2() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let front = Nginx::before(server.port());
    let tls = Tls::default().trust_pem(front.ca_pem().as_ref()).unwrap();
    let client = connect(&front, tls).await.unwrap();
    let (collection, fresh) = client
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    assert!(fresh);
    // Each event by a request of its own, several at a time.
    let events = items(&calendar(120));
    let import = Import::new(client.clone(), collection.clone()).bulk(false);
    let report = import.run(events.clone()).await.unwrap();
    assert!(report.balances());
    assert_eq!(report.count(State::Moved), 120, "{:?}", trouble(&report));
    let there = stored(&client, &collection).await;
    assert_eq!(there.len(), 120);
    for event in &events {
        let sent = event.body.as_deref().unwrap();
        assert_eq!(prove::calendar(sent, there[&event.uid].as_bytes()), Ok(()));
    }

    // nginx saw all of it as HTTP/2, and few connections though it ends each after some requests.
    let requests = front.requests();
    let mut protocols: BTreeMap<&str, usize> = BTreeMap::new();
    let mut connections: BTreeSet<&str> = BTreeSet::new();
    let mut puts = 0;
    for request in &requests {
        let mut words = request.split(' ');
        *protocols.entry(words.next().unwrap()).or_default() += 1;
        puts += usize::from(words.next() == Some("PUT"));
        connections.insert(words.next().unwrap());
    }
    assert_eq!(
        protocols.keys().copied().collect::<Vec<_>>(),
        ["HTTP/2.0"],
        "{requests:?}"
    );
    assert!(puts >= 120, "{requests:?}");
    assert!((2..12).contains(&connections.len()), "{requests:?}");
}

#[tokio::test]
async fn an_unknown_authority_is_not_believed() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let front = Nginx::before(server.port());
    let error = connect(&front, Tls::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert!(front.requests().is_empty());
    let trusting = Tls::default().dangerously_accept_any_certificate();
    connect(&front, trusting).await.unwrap();
    assert!(front.requests().iter().all(|line| line.starts_with("HTTP/2.0 ")));
}

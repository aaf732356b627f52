//! Uploads to real servers, read back and compared.

use tegu_dav::client::{Client, Collection, Credentials, Endpoint, Kind, Options, PutOutcome};
use tegu_dav::{ErrorKind, Item, Limits, csv, prove, split, vcard};
use tegu_testkit::{Radicale, Xandikos};

fn data(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn whole(items: Vec<Item>) -> Vec<Item> {
    items.into_iter().filter(|item| !item.is_lossy()).collect()
}

fn events() -> Vec<Item> {
    let limits = Limits::default();
    whole(
        ["outlook-series.ics", "damaged.ics"]
            .iter()
            .flat_map(|name| split::calendar(&data(name), &limits).unwrap().items)
            .collect(),
    )
}

fn cards() -> Vec<Item> {
    let limits = Limits::default();
    let mut items = csv::contacts(&data("outlook-ru.csv"), &limits).unwrap().items;
    for name in ["outlook-2.1.vcf", "versions.vcf"] {
        items.extend(
            vcard::cards(&data(name), vcard::Version::V3, &limits)
                .unwrap()
                .items,
        );
    }
    whole(items)
}

async fn radicale(server: &Radicale, user: &str, password: &str) -> tegu_dav::Result<Client> {
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let credentials = Credentials::password(user, password.to_owned());
    Client::connect_with(&endpoint, &credentials, &Options::default().attempts(2)).await
}

/// Makes a collection, fills it, fills it again, lists it, reads it back, compares.
async fn import(client: &Client, kind: Kind, items: &[Item]) -> Collection {
    assert!(items.len() >= 4, "{}", items.len());
    let made = client
        .ensure_collection(kind, "Импорт 1", "Импорт <&> 1")
        .await
        .unwrap();
    let again = client
        .ensure_collection(kind, "Импорт 1", "Импорт <&> 1")
        .await
        .unwrap();
    assert_eq!(made, again);
    assert_eq!(made.display_name.as_deref(), Some("Импорт <&> 1"));
    assert!(client.collections(kind).await.unwrap().contains(&made));
    assert!(client.list(&made).await.unwrap().is_empty());
    let mut hrefs = Vec::new();
    for item in items {
        let body = item.body.clone().unwrap();
        match client
            .put_new(&made, &item.resource_name, body.clone())
            .await
            .unwrap()
        {
            PutOutcome::Created { href, .. } => hrefs.push(href),
            other => panic!("{}: {other:?}\n{}", item.summary, String::from_utf8_lossy(&body)),
        }
        let second = client.put_new(&made, &item.resource_name, body).await.unwrap();
        assert!(matches!(second, PutOutcome::Exists { .. }), "{second:?}");
    }
    let mut listed: Vec<String> = client
        .list(&made)
        .await
        .unwrap()
        .into_iter()
        .map(|resource| resource.href)
        .collect();
    listed.sort();
    let mut expected = hrefs.clone();
    expected.sort();
    assert_eq!(listed, expected);
    let mut asked = hrefs.clone();
    asked.push(format!("{}nothing.ics", made.href));
    let fetched = client.get_many(&made, &asked).await.unwrap();
    assert_eq!(fetched.len(), items.len());
    for (href, item) in hrefs.iter().zip(items) {
        let sent = item.body.as_deref().unwrap();
        let single = client.get(href).await.unwrap().unwrap();
        let multi = fetched.iter().find(|f| f.href == *href).unwrap();
        for got in [&single.body, &multi.body] {
            let outcome = match kind {
                Kind::Calendars => prove::calendar(sent, got),
                _ => prove::contact(sent, got),
            };
            if let Err(differences) = outcome {
                let shown: Vec<String> = differences.iter().map(ToString::to_string).collect();
                panic!(
                    "{}:\n{}\n{}",
                    item.summary,
                    shown.join("\n"),
                    String::from_utf8_lossy(got)
                );
            }
        }
    }
    assert_eq!(client.get(asked.last().unwrap()).await.unwrap(), None);
    made
}

async fn refusals(client: &Client, calendar: &Collection, items: &[Item]) {
    let item = &items[0];
    let conflict = client
        .put_new(calendar, "other-name.ics", item.body.clone().unwrap())
        .await
        .unwrap();
    assert!(matches!(conflict, PutOutcome::UidConflict { .. }), "{conflict:?}");
    let garbage = client
        .put_new(calendar, "garbage.ics", "this is no calendar")
        .await
        .unwrap();
    assert!(matches!(garbage, PutOutcome::Refused { .. }), "{garbage:?}");
    let escape = client
        .put_new(calendar, "../../escape.ics", item.body.clone().unwrap())
        .await
        .unwrap();
    assert!(!matches!(escape, PutOutcome::Created { .. }), "{escape:?}");
    assert_eq!(client.list(calendar).await.unwrap().len(), items.len());
}

#[tokio::test]
async fn radicale_takes_and_gives_back() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let client = radicale(&server, Radicale::user(), Radicale::password())
        .await
        .unwrap();
    assert_eq!(
        client.home(Kind::Calendars).await.unwrap(),
        format!("/{}/", Radicale::user())
    );
    let items = events();
    let calendar = import(&client, Kind::Calendars, &items).await;
    assert!(
        calendar.components.contains(&"VEVENT".to_owned()),
        "{:?}",
        calendar.components
    );
    refusals(&client, &calendar, &items).await;
    import_cards(&client).await;
    // The name is taken by an address book now, and that is no calendar.
    let error = client
        .ensure_collection(Kind::Calendars, "Карточки", "x")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
}

async fn import_cards(client: &Client) {
    client
        .ensure_collection(Kind::Contacts, "Карточки", "Карточки")
        .await
        .unwrap();
    // A server may hold one collection of a name only, whatever its kind.
    let items = cards();
    let book = client
        .ensure_collection(Kind::Contacts, "book", "Книга")
        .await
        .unwrap();
    let outcomes = {
        let mut created = Vec::new();
        for item in &items {
            match client
                .put_new(&book, &item.resource_name, item.body.clone().unwrap())
                .await
                .unwrap()
            {
                PutOutcome::Created { href, .. } => created.push((href, item)),
                other => panic!("{}: {other:?}", item.summary),
            }
        }
        created
    };
    let hrefs: Vec<String> = outcomes.iter().map(|(href, _)| href.clone()).collect();
    let fetched = client.get_many(&book, &hrefs).await.unwrap();
    assert_eq!(fetched.len(), items.len());
    for (href, item) in outcomes {
        let got = fetched.iter().find(|f| f.href == href).unwrap();
        let sent = item.body.as_deref().unwrap();
        if let Err(differences) = prove::contact(sent, &got.body) {
            let shown: Vec<String> = differences.iter().map(ToString::to_string).collect();
            panic!(
                "{}:\n{}\nsent {}\ngot {}",
                item.summary,
                shown.join("\n"),
                String::from_utf8_lossy(sent),
                String::from_utf8_lossy(&got.body)
            );
        }
    }
}

#[tokio::test]
async fn xandikos_takes_and_gives_back() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let client = Client::connect(&endpoint, &Credentials::anonymous())
        .await
        .unwrap();
    let items = events();
    let calendar = import(&client, Kind::Calendars, &items).await;
    refusals(&client, &calendar, &items).await;
    import_cards(&client).await;
}

#[tokio::test]
async fn wrong_addresses_and_passwords_say_so() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let error = radicale(&server, Radicale::user(), "wrong").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(
        !error.to_string().contains("wrong\n") && error.to_string().contains(&server.url()),
        "{error}"
    );
    // A port on which nobody listens.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let endpoint = Endpoint::new(&format!("http://127.0.0.1:{port}/")).unwrap();
    let error = Client::connect_with(
        &endpoint,
        &Credentials::anonymous(),
        &Options::default().attempts(2),
    )
    .await
    .unwrap_err();
    assert!(error.is_retryable(), "{error}");
    // TLS to a port that does not speak it.
    let endpoint = Endpoint::new(&server.url().replace("http:", "https:")).unwrap();
    let error = Client::connect_with(
        &endpoint,
        &Credentials::anonymous(),
        &Options::default().attempts(1),
    )
    .await
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
}

#[tokio::test]
async fn a_collection_by_its_own_url_is_found() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let client = radicale(&server, Radicale::user(), Radicale::password())
        .await
        .unwrap();
    client
        .ensure_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let url = format!("{}{}/work/", server.url(), Radicale::user());
    let endpoint = Endpoint::new(&url).unwrap();
    let credentials = Credentials::password(Radicale::user(), Radicale::password().to_owned());
    let client = Client::connect(&endpoint, &credentials).await.unwrap();
    let names: Vec<_> = client
        .collections(Kind::Calendars)
        .await
        .unwrap()
        .into_iter()
        .map(|c| c.display_name.unwrap())
        .collect();
    assert_eq!(names, ["Work"]);
}

#[tokio::test]
async fn a_plan_says_what_the_run_does_on_radicale() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    super::engine::against(super::import::radicale(&server.url()).await).await;
}

#[tokio::test]
async fn a_plan_says_what_the_run_does_on_xandikos() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    super::engine::against(super::import::xandikos(&server).await).await;
}

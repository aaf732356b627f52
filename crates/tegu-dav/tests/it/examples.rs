//! The examples do what they promise.

use tegu_dav::{
    client::{Client, Credentials, Endpoint},
    import::State,
};
use tegu_testkit::{Radicale, skip_servers};

#[path = "../../examples/split_calendar.rs"]
#[allow(dead_code, reason = "a program's main")]
mod split_calendar;
#[path = "../../examples/upload_contacts.rs"]
#[allow(dead_code, reason = "a program's main")]
mod upload_contacts;

#[test]
fn a_calendar_is_split() {
    let dir = tempfile::tempdir().unwrap();
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let out = dir.path().join("out");
    assert!(
        split_calendar::split(&data.join("outlook-series.ics"), &out)
            .unwrap()
            .is_empty()
    );
    assert!(std::fs::read_dir(&out).unwrap().count() > 0);
    assert!(
        !split_calendar::split(&data.join("damaged.ics"), &out)
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_address_book_is_uploaded() {
    if skip_servers() {
        return;
    }
    let server = Radicale::start();
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let credentials = Credentials::password(Radicale::user(), Radicale::password().to_owned());
    for state in [State::Moved, State::Present] {
        let client = Client::connect(&endpoint, &credentials).await.unwrap();
        let card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Anna\r\nN:;Anna;;;\r\nEND:VCARD\r\n";
        let report = upload_contacts::upload(client, card, "people", &ledger)
            .await
            .unwrap();
        assert_eq!(report.count(state), 1, "{report:?}");
    }
}

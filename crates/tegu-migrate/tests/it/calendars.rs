//! Calendars on real servers, and jobs that fill them.

use crate::scene::{Scene, counts, problems};
use std::collections::BTreeMap;
use tegu_migrate::{
    Entity, Report,
    dav::client::{Client, Credentials, Endpoint, Fetched, Kind, PutOutcome},
};
use tegu_testkit::Radicale;

/// A server, and a job that copies calendars to it.
pub(crate) struct Calendars {
    pub(crate) scene: Scene,
    pub(crate) config: String,
    pub(crate) client: Client,
}

impl Calendars {
    pub(crate) async fn new(url: &str) -> Self {
        let scene = Scene::new();
        let head = scene.head("job");
        scene.write("password", Radicale::password());
        let config = format!(
            "deletions = true\n{head}[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\n\
             target = {{ kind = 'caldav', url = '{url}', user = '{{alias}}', password = {{ file = 'password' }} }}\n"
        );
        let client = connect(url).await;
        Self {
            scene,
            config,
            client,
        }
    }

    pub(crate) fn source(&self, name: &str, uids: &[&str]) {
        let events: Vec<_> = uids.iter().map(|uid| (*uid, *uid)).collect();
        self.scene
            .write(&format!("calendars/anna/{name}.ics"), calendar(&events));
    }

    pub(crate) async fn run(&self) -> Report {
        let report = self.scene.run(&self.config).await.unwrap();
        assert!(report.complete, "{:?}", problems(&report));
        report
    }

    pub(crate) async fn uids(&self) -> Vec<String> {
        standing(&self.client, Kind::Calendars)
            .await
            .into_keys()
            .collect()
    }
}

/// A calendar of events, by their names and what they are about.
pub(crate) fn calendar(events: &[(&str, &str)]) -> String {
    let events = events.iter().map(|(uid, summary)| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\n\
             DTEND:20260105T110000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\n"
        )
    });
    let events = events.collect::<String>();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n")
}

pub(crate) async fn connect(url: &str) -> Client {
    let credentials = Credentials::password("anna", Radicale::password().to_owned());
    Client::connect(&Endpoint::new(url).unwrap(), &credentials)
        .await
        .unwrap()
}

/// What stands on a server, by UID.
pub(crate) async fn standing(client: &Client, kind: Kind) -> BTreeMap<String, Fetched> {
    let mut found = BTreeMap::new();
    for collection in client.collections(kind).await.unwrap() {
        for resource in client.list(&collection).await.unwrap() {
            let fetched = client.get(&resource.href).await.unwrap().unwrap();
            found.insert(value(&fetched, "UID:"), fetched);
        }
    }
    found
}

pub(crate) fn value(resource: &Fetched, name: &str) -> String {
    let text = std::str::from_utf8(&resource.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
}

/// Writes over a resource, as a phone does.
pub(crate) async fn edit(client: &Client, kind: Kind, resource: &Fetched, body: String) {
    let collections = client.collections(kind).await.unwrap();
    let etag = resource.etag.as_deref().unwrap();
    let put = client.replace(&collections[0], &resource.href, etag, body);
    assert!(matches!(
        put.await.unwrap(),
        PutOutcome::Overwritten { .. } | PutOutcome::Created { .. }
    ));
}

/// Moved, present, manual, excluded.
pub(crate) fn ends(report: &Report, entity: Entity) -> [u64; 4] {
    assert!(report.complete, "{:?}", problems(report));
    let counts = counts(report, entity);
    [counts.moved, counts.present, counts.manual, counts.excluded]
}

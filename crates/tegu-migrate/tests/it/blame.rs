//! Errors are blamed on the side that they come from, and cost no more than they must.

use crate::{
    calendars::{calendar, connect, ends},
    scene::{Scene, counts},
};
use tegu_dav::client::{Client, Collection, Kind};
use tegu_migrate::{Entity, State};
use tegu_testkit::{Nginx, Radicale};

/// A calendar of Anna's on a server.
async fn work_calendar(server: &Radicale) -> (Client, Collection) {
    let client = connect(&server.url()).await;
    let work = client
        .ensure_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    (client, work)
}

/// A resource that the source refuses costs that item, and neither the job nor the account.
#[tokio::test]
async fn one_resource_that_the_source_refuses_is_one_item() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let radicale = Radicale::builder().users(["anna"]).start();
    let (client, work) = work_calendar(&radicale).await;
    for name in ["a", "b", "c", "d"] {
        let event = calendar(&[(name, name)]);
        client
            .put_new(&work, &format!("{name}.ics"), event)
            .await
            .unwrap();
    }
    let nginx = Nginx::refusing(radicale.port(), &[("b.ics", 403), ("c.ics", 500)]);
    for (target, name) in [("bundle", "to-bundle"), ("caldav", "to-server")] {
        let scene = Scene::new();
        let head = scene.head("job").replace("'test'", &format!("'{name}'"));
        scene.write("password", Radicale::password());
        scene.write("ca.pem", nginx.ca_pem());
        let other = Radicale::builder().users(["anna"]).start();
        let target = match target {
            "bundle" => "{ kind = 'bundle' }".to_owned(),
            _ => format!(
                "{{ kind = 'caldav', url = '{}', user = '{{alias}}', password = {{ file = 'password' }} }}",
                other.url()
            ),
        };
        let config = format!(
            "{head}[calendars]\nsource = {{ kind = 'caldav', url = '{}', user = '{{alias}}', ca = 'ca.pem', \
             password = {{ file = 'password' }} }}\ntarget = {target}\n",
            nginx.url()
        );
        let report = scene.run(&config).await.unwrap();
        let sums = counts(&report, Entity::Calendars);
        assert_eq!((sums.source, sums.moved, sums.failed), (4, 2, 2), "{name}");
        let failed = report.worklist.iter().filter(|work| work.state == State::Failed);
        let codes: Vec<_> = failed.map(|work| work.findings[0].code.as_ref()).collect();
        assert_eq!(codes, ["DAV-UNREAD", "DAV-UNREAD"], "{name}");
        let account = report.accounts.iter().find(|row| row.account.starts_with("anna"));
        assert!(
            account.unwrap().problems.is_empty(),
            "{name}: {:?}",
            report.accounts
        );
        assert_eq!(ends(&report, Entity::Calendars), [2, 0, 0, 0], "{name}");
    }
}

/// What can be read is read by a few requests, not by one for each event.
#[tokio::test]
async fn a_calendar_is_read_by_multiget() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let radicale = Radicale::builder().users(["anna"]).start();
    let (client, work) = work_calendar(&radicale).await;
    for n in 0..150 {
        let event = calendar(&[(&format!("uid-{n}"), "one")]);
        client.put_new(&work, &format!("{n}.ics"), event).await.unwrap();
    }
    let nginx = Nginx::before(radicale.port());
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", Radicale::password());
    scene.write("ca.pem", nginx.ca_pem());
    let config = format!(
        "{head}[calendars]\nsource = {{ kind = 'caldav', url = '{}', user = '{{alias}}', ca = 'ca.pem', \
         password = {{ file = 'password' }} }}\ntarget = {{ kind = 'bundle' }}\n",
        nginx.url()
    );
    let report = scene.run(&config).await.unwrap();
    let sums = counts(&report, Entity::Calendars);
    assert_eq!((sums.source, sums.moved), (150, 150));
    let asked = |method: &str| {
        nginx
            .requests()
            .iter()
            .filter(|line| line.contains(method))
            .count()
    };
    assert_eq!(asked(" GET "), 0);
    assert!((2..=4).contains(&asked(" REPORT ")), "{:?}", nginx.requests());
}

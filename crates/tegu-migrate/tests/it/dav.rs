//! Calendars and contacts to real servers, and back.

use crate::{
    sample,
    scene::{Scene, counts, problems, tree},
};
use tegu_migrate::Entity;
use tegu_testkit::{Radicale, Xandikos};

fn job(out: &str, calendars: (&str, &str), contacts: (&str, &str)) -> String {
    format!(
        "name = 'test'\nout = '{out}'\n[directory]\nldif = 'organisation/directory.ldif'\ndomains = ['romashka.test']\n\
         [calendars]\nsource = {}\ntarget = {}\n[contacts]\nsource = {}\ntarget = {}\n\
         [policy]\naccounts = ['a.ivanova@romashka.test', 'b.petrov@romashka.test']\n",
        calendars.0, calendars.1, contacts.0, contacts.1
    )
}

fn files(part: &str) -> String {
    format!("{{ kind = 'files', path = 'organisation/{part}/{{alias}}' }}")
}

fn server(kind: &str, url: &str) -> String {
    format!("{{ kind = '{kind}', url = '{url}', user = '{{alias}}', password = {{ file = 'password' }} }}")
}

#[tokio::test]
async fn to_radicale_and_back() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let radicale = Radicale::builder().users(["a.ivanova", "b.petrov"]).start();
    let scene = Scene::new();
    scene.write("password", Radicale::password());
    sample::write(&scene.path("organisation")).unwrap();
    let (caldav, carddav) = (
        server("caldav", &radicale.url()),
        server("carddav", &radicale.url()),
    );
    let up = job(
        "up",
        (&files("calendars"), &caldav),
        (&files("contacts"), &carddav),
    );
    let report = scene.run(&up).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    let (calendars, contacts) = (
        counts(&report, Entity::Calendars),
        counts(&report, Entity::Contacts),
    );
    assert_eq!(
        (calendars.source, calendars.moved, calendars.manual),
        (6, 5, 1),
        "{:#?}",
        report.worklist
    );
    assert_eq!(
        (contacts.source, contacts.moved),
        (13, 13),
        "{:#?}",
        report.worklist
    );

    let again = scene.run(&up).await.unwrap();
    assert!(again.entities.iter().all(|row| row.moved_now == 0));
    let fresh = scene.run(&up.replace("'up'", "'fresh'")).await.unwrap();
    assert_eq!(
        (
            counts(&fresh, Entity::Calendars).present,
            counts(&fresh, Entity::Contacts).present
        ),
        (5, 13)
    );

    // What the server gives back has the meaning of what a bundle holds.
    let bundle = "{ kind = 'bundle' }";
    let down = scene
        .run(&job("down", (&caldav, bundle), (&carddav, bundle)))
        .await
        .unwrap();
    assert!(down.complete, "{:?}", problems(&down));
    scene
        .run(&job(
            "direct",
            (&files("calendars"), bundle),
            (&files("contacts"), bundle),
        ))
        .await
        .unwrap();
    for part in ["calendars", "contacts"] {
        let (down, direct) = (
            tree(&scene.path("down").join(part)),
            tree(&scene.path("direct").join(part)),
        );
        assert_eq!(down.len(), direct.len(), "{part}");
        for (name, body) in &direct {
            let found = down
                .iter()
                .find(|(other, _)| file(other) == file(name) && account(other) == account(name));
            let found = found.unwrap_or_else(|| panic!("{name} did not come back")).1;
            let same = match part {
                "calendars" => tegu_dav::prove::calendar(body, found),
                _ => tegu_dav::prove::contact(body, found),
            };
            assert!(same.is_ok(), "{name}: {same:?}");
        }
    }
}

fn file(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn account(path: &str) -> &str {
    path.split('/').next().unwrap()
}

#[tokio::test]
async fn to_xandikos() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let xandikos = Xandikos::start();
    let scene = Scene::new();
    scene.write("password", "unused");
    sample::write(&scene.path("organisation")).unwrap();
    let (caldav, carddav) = (
        server("caldav", &xandikos.url()),
        server("carddav", &xandikos.url()),
    );
    // Xandikos has one user, so one account moves.
    let up = job(
        "up",
        (&files("calendars"), &caldav),
        (&files("contacts"), &carddav),
    )
    .replace(", 'b.petrov@romashka.test'", "");
    let report = scene.run(&up).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    assert_eq!(
        counts(&report, Entity::Calendars).moved,
        3,
        "{:#?}",
        report.worklist
    );
    assert_eq!(
        counts(&report, Entity::Contacts).moved,
        8,
        "{:#?}",
        report.worklist
    );
}

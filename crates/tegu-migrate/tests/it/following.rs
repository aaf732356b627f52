//! Calendars and contacts that change on the source after they moved.

use crate::{
    calendars::{calendar, connect, edit, ends, standing, value},
    scene::{Scene, counts, tree},
};
use std::{fs, path::Path};
use tegu_dav::client::{Client, Kind};
use tegu_migrate::{Config, Entity, plan::PlanOptions};
use tegu_testkit::{Radicale, Xandikos};

fn card(name: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:boris\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n")
}

async fn summaries(client: &Client) -> Vec<(String, String)> {
    let found = standing(client, Kind::Calendars).await;
    let summary = |(uid, resource)| (uid, value(&resource, "SUMMARY:"));
    found.into_iter().map(summary).collect()
}

fn copy(from: &Path, to: &Path) {
    for (name, content) in tree(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

#[tokio::test]
async fn what_changed_is_replaced_unless_its_owner_was_there() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    follow_changes(&server.url()).await;
}

#[tokio::test]
async fn what_changed_is_replaced_on_xandikos_too() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    follow_changes(&server.url()).await;
}

async fn follow_changes(url: &str) {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", Radicale::password());
    let config = format!(
        "{head}[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\n\
         target = {{ kind = 'caldav', url = '{}', user = '{{alias}}', password = {{ file = 'password' }} }}\n",
        url
    );
    let source = |events: &[(&str, &str)]| scene.write("calendars/anna/Work.ics", calendar(events));
    source(&[("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E")]);
    let first = scene.run(&config).await.unwrap();
    assert_eq!(ends(&first, Entity::Calendars), [5, 0, 0, 0]);
    copy(&scene.path("job"), &scene.path("before"));

    let client = connect(url).await;
    let found = standing(&client, Kind::Calendars).await;
    edit(
        &client,
        Kind::Calendars,
        &found["b"],
        calendar(&[("b", "B of Anna")]),
    )
    .await;
    for uid in ["c", "d"] {
        let etag = found[uid].etag.as_deref().unwrap();
        assert!(client.delete(&found[uid].href, etag).await.unwrap());
    }
    source(&[
        ("z", "Z"),
        ("a", "A2"),
        ("b", "B2"),
        ("c", "C2"),
        ("d", "D"),
        ("e", "E"),
    ]);
    let second = scene.run(&config).await.unwrap();
    assert_eq!(
        ends(&second, Entity::Calendars),
        [3, 0, 1, 2],
        "c was changed and deleted, d only deleted: {:#?}",
        second.worklist
    );
    assert_eq!(second.entity(Entity::Calendars).unwrap().moved_now, 2);
    let work = &second.worklist[0];
    assert_eq!(work.findings[0].code, "DAV-TARGET-CHANGED");
    assert!(
        work.findings[0].message.contains("both sides"),
        "{:?}",
        work.findings
    );
    let kept = fs::read_to_string(scene.path("job").join(work.original.as_ref().unwrap())).unwrap();
    assert!(kept.contains("SUMMARY:B2"), "{kept}");
    let account = second.accounts.iter().find(|row| row.account.starts_with("anna"));
    let findings = &account.unwrap().containers[0].findings;
    assert_eq!(findings.get("DAV-TARGET-DELETED"), Some(&2), "{findings:?}");
    let expected = [("a", "A2"), ("b", "B of Anna"), ("e", "E"), ("z", "Z")];
    let expected = expected.map(|(uid, summary)| (uid.to_owned(), summary.to_owned()));
    assert_eq!(summaries(&client).await, expected);

    let again = scene.run(&config).await.unwrap();
    assert_eq!(ends(&again, Entity::Calendars), [3, 0, 1, 2]);
    assert_eq!(again.entity(Entity::Calendars).unwrap().moved_now, 0);
    assert_eq!(summaries(&client).await, expected);
    let migration = Config::from_toml(&config, scene.root.path().to_owned()).unwrap();
    let migration = migration.into_migration().unwrap();
    let plan = migration
        .plan(&PlanOptions::default(), &Default::default())
        .await
        .unwrap();
    let excluded = plan.accounts.iter().flat_map(|row| &row.containers);
    assert_eq!(excluded.map(|row| row.amounts.excluded.items).sum::<u64>(), 2);
    drop(migration);

    // The journal of a run that was killed after it had written to the target, and before it could say so.
    fs::remove_dir_all(scene.path("job")).unwrap();
    copy(&scene.path("before"), &scene.path("job"));
    let resumed = scene.run(&config).await.unwrap();
    assert_eq!(
        ends(&resumed, Entity::Calendars),
        [2, 1, 1, 2],
        "{:#?}",
        resumed.worklist
    );
    assert_eq!(summaries(&client).await, expected);

    // What was taken up again is followed as before, and so is what its owner gave up.
    let found = standing(&client, Kind::Calendars).await;
    edit(&client, Kind::Calendars, &found["b"], calendar(&[("b", "B2")])).await;
    source(&[
        ("z", "Z2"),
        ("a", "A3"),
        ("b", "B2"),
        ("c", "C3"),
        ("d", "D"),
        ("e", "E"),
    ]);
    let third = scene.run(&config).await.unwrap();
    assert_eq!(
        ends(&third, Entity::Calendars),
        [4, 0, 0, 2],
        "{:#?}",
        third.worklist
    );
    let expected = [("a", "A3"), ("b", "B2"), ("e", "E"), ("z", "Z2")];
    let expected = expected.map(|(uid, summary)| (uid.to_owned(), summary.to_owned()));
    assert_eq!(summaries(&client).await, expected);
}

#[tokio::test]
async fn one_server_follows_another() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let old = Radicale::builder().users(["anna"]).start();
    let new = Radicale::builder().users(["anna"]).start();
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", Radicale::password());
    let server = |server: &Radicale| {
        format!(
            "{{ kind = 'carddav', url = '{}', user = '{{alias}}', password = {{ file = 'password' }} }}",
            server.url()
        )
    };
    let config = format!(
        "{head}[contacts]\nsource = {}\ntarget = {}\n",
        server(&old),
        server(&new)
    );
    let (source, target) = (connect(&old.url()).await, connect(&new.url()).await);
    let friends = source
        .ensure_collection(Kind::Contacts, "friends", "Friends")
        .await
        .unwrap();
    source
        .put_new(&friends, "boris.vcf", card("Boris"))
        .await
        .unwrap();
    let first = scene.run(&config).await.unwrap();
    assert_eq!(ends(&first, Entity::Contacts), [1, 0, 0, 0]);

    for (name, state) in [
        ("Boris the Second", [1, 0, 0, 0]),
        ("Boris the Third", [1, 0, 0, 0]),
    ] {
        let found = standing(&source, Kind::Contacts).await;
        edit(&source, Kind::Contacts, &found["boris"], card(name)).await;
        let report = scene.run(&config).await.unwrap();
        assert_eq!(ends(&report, Entity::Contacts), state, "{:#?}", report.worklist);
        assert_eq!(report.entity(Entity::Contacts).unwrap().moved_now, 1);
        let arrived = &standing(&target, Kind::Contacts).await["boris"];
        assert_eq!(value(arrived, "FN:"), name);
    }

    // A deletion on the source is not carried over.
    let found = standing(&source, Kind::Contacts).await;
    let etag = found["boris"].etag.as_deref().unwrap();
    assert!(source.delete(&found["boris"].href, etag).await.unwrap());
    let gone = scene.run(&config).await.unwrap();
    assert_eq!(counts(&gone, Entity::Contacts).source, 0);
    assert_eq!(standing(&target, Kind::Contacts).await.len(), 1);
}

#[tokio::test]
async fn a_bundle_follows_and_twins_are_not_lost() {
    let scene = Scene::new();
    let head = scene.head("job");
    let config = format!(
        "{head}[contacts]\nsource = {{ kind = 'files', path = 'contacts/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let source = |file: &str, name: &str| scene.write(&format!("contacts/anna/Friends/{file}"), card(name));
    let stands = || {
        let files = tree(&scene.path("job/contacts"));
        assert_eq!(files.len(), 1);
        String::from_utf8(files.into_values().next().unwrap()).unwrap()
    };
    source("1.vcf", "Boris");
    source("2.vcf", "Boris");
    let first = scene.run(&config).await.unwrap();
    assert_eq!(ends(&first, Entity::Contacts), [1, 1, 0, 0]);

    // One resource stands for both files, so neither may take it from the other.
    source("2.vcf", "Pyotr");
    let twins = scene.run(&config).await.unwrap();
    assert_eq!(ends(&twins, Entity::Contacts), [1, 0, 1, 0]);
    assert_eq!(twins.worklist[0].findings[0].code, "DAV-TARGET-DIFFERS");
    assert!(stands().contains("FN:Boris"));

    fs::remove_file(scene.path("contacts/anna/Friends/1.vcf")).unwrap();
    let alone = scene.run(&config).await.unwrap();
    assert_eq!(
        ends(&alone, Entity::Contacts),
        [1, 0, 0, 0],
        "{:#?}",
        alone.worklist
    );
    assert!(stands().contains("FN:Pyotr"));
}

//! Runs that share calendars, killed at any instant: they end as a clean one does.

use crate::{killed_rights::account, scene::Scene, torn};
use std::time::Duration;
use tegu_migrate::{Counts, Entity, Report, digest};
use tegu_testkit::{Cyrus, http::ask};

const OWNERS: usize = 12;

/// A job in which each owner shares the calendar that moves with it, and an address book that is there, with the next two.
fn job(scene: &Scene, name: &str, cyrus: &Cyrus) -> String {
    let (mut ldif, mut rows) = (String::new(), Vec::new());
    for number in 0..OWNERS {
        let alias = format!("u{number}");
        ldif.push_str(&account(&alias));
        scene.write(
            &format!("calendars/{alias}/Work.ics"),
            format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:{alias}\r\nDTSTAMP:20240101T000000Z\r\n\
                 DTSTART:20240501T060000Z\r\nDTEND:20240501T070000Z\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            ),
        );
        for (next, role) in [(1, "Editor"), (2, "Reviewer")] {
            for (folder, kind) in [("Work", "Calendar"), ("personal", "Contacts")] {
                rows.push(format!(
                    r#"{{"Mailbox":"{alias}","FolderPath":"/{folder}","FolderType":"{kind}","User":"u{}","AccessRights":["{role}"]}}"#,
                    (number + next) % OWNERS
                ));
            }
        }
    }
    scene.write("directory.ldif", ldif);
    scene.write("password", format!("{}\n", Cyrus::password()));
    scene.write("folders.json", format!("[{}]", rows.join(",")));
    let end = |kind: &str, url: &str| {
        format!(
            "{{ kind = '{kind}', url = '{url}', security = 'insecure', user = '{{alias}}', password = {{ file = 'password' }} }}"
        )
    };
    let caldav = end("caldav", &cyrus.dav_url());
    format!(
        "name = '{name}'\nout = '{name}'\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n[policy]\naccept = ['RIGHTS-PRIVATE']\n\
         [calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\ntarget = {caldav}\n[rights]\nsource = {{ kind = 'exports', \
         files = ['folders.json'] }}\ntarget = {}\n[rights.calendars]\ntarget = {caldav}\n[rights.contacts]\ntarget = {}\n",
        end("imap", &format!("imap://127.0.0.1:{}", cyrus.port())),
        end("carddav", &cyrus.dav_url()),
    )
}

/// Lets everybody sign in once, since Cyrus knows nobody else.
fn create(cyrus: &Cyrus) {
    for number in 0..OWNERS {
        let user = format!("u{number}");
        cyrus.add_user(&user);
        let home = format!("/dav/calendars/user/{user}/");
        let answer = ask(cyrus.dav_port(), &user, ("PROPFIND", &home), "");
        assert_eq!(answer.status, 207);
    }
}

/// The lists of all calendars and address books.
fn lists(cyrus: &Cyrus) -> Vec<String> {
    let asked = "<propfind xmlns=\"DAV:\"><prop><acl/></prop></propfind>";
    let mut all = Vec::new();
    for number in 0..OWNERS {
        let user = format!("u{number}");
        let moved = format!(
            "calendars/user/{{}}/tegu-calendar-{}/",
            digest::of(b"Work").short()
        );
        for place in [&*moved, "addressbooks/user/{}/Default/"] {
            let path = format!("/dav/{}", place.replace("{}", &user));
            let answer = ask(cyrus.dav_port(), &user, ("PROPFIND", &path), asked);
            let mut aces: Vec<&str> = answer.body.split("<ace>").skip(1).collect();
            aces.sort_unstable();
            assert!(aces.len() >= 3, "{path}: {answer:?}");
            all.push(format!("{path} {}", aces.concat()));
        }
    }
    all
}

fn ends(scene: &Scene, name: &str) -> [Counts; 2] {
    let report = Report::read_from(&scene.path(name)).unwrap().unwrap();
    assert!(report.complete && report.balances(), "{:#?}", report.worklist);
    [Entity::SharedCalendars, Entity::SharedAddressBooks].map(|kind| report.entity(kind).unwrap().counts)
}

#[test]
fn killed_runs_that_share_calendars_end_like_a_clean_one() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    let [clean, torn] = [(); 2].map(|()| Cyrus::builder().dav().start());
    for (name, cyrus) in [("clean", &clean), ("torn", &torn)] {
        create(cyrus);
        scene.write(&format!("{name}.toml"), job(&scene, name, cyrus));
    }
    let told = |stderr: &[u8]| String::from_utf8_lossy(stderr).into_owned();
    let ended = torn::start(&["run"], &scene.path("clean.toml"))
        .wait_with_output()
        .unwrap();
    assert!(ended.status.success(), "{}", told(&ended.stderr));
    let ended = torn::kill(&scene.path("torn.toml"), 16, 17, Duration::from_millis(2500));
    assert!(ended.status.success(), "{}", told(&ended.stderr));

    assert_eq!(lists(&clean), lists(&torn));
    let counts = ends(&scene, "clean");
    assert_eq!(counts, ends(&scene, "torn"));
    assert!(
        counts.iter().all(|counts| counts.moved == (OWNERS * 2) as u64),
        "{counts:?}"
    );
}

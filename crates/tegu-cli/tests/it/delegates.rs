//! Delegates of Exchange: planned, given what folders grant, and written down for people, by runs that are killed at any instant.

use crate::{exchange_ews::directory, scene::Scene, torn};
use mail_parser::MessageParser;
use std::{fs, process::Output, time::Duration};
use tegu_imap::{MailboxName, Session};
use tegu_migrate::{
    Counts, Entity, Report,
    plan::{ContainerPlan, Plan},
};
use tegu_net::{Credentials, Endpoint};
use tegu_testkit::{
    Cyrus,
    exchange_ews::{Delegate, Event, ExchangeEws, Mailbox, Permission, Rights, Settings},
    http::ask,
};

const PEOPLE: [&str; 4] = ["anna", "boris", "vera", "gleb"];

fn address(alias: &str) -> String {
    format!("{alias}@corp.example")
}

/// A mailbox with an appointment.
fn mailbox(alias: &str) -> Mailbox {
    let event = Event::new(alias, "2024-05-01T06:00:00Z", "2024-05-01T07:00:00Z").item();
    Mailbox::russian(&address(alias), alias).item("calendar", event)
}

/// Anna has three delegates, one of whom was deleted. Gleb only reads her calendar, and has a delegate who gets no meeting requests.
fn exchange() -> ExchangeEws {
    let reader = Rights {
        visible: true,
        read: "FullDetails",
        ..Rights::default()
    };
    let editor = Rights {
        create: true,
        edit: "All",
        delete: "All",
        ..reader
    };
    let has = |alias: &str, level, rights| Permission::user(&address(alias), alias, level, rights);
    let delegate = |alias: &str, levels, [copies, private]: [bool; 2]| Delegate {
        address: if alias.is_empty() {
            String::new()
        } else {
            address(alias)
        },
        name: alias.to_owned(),
        levels,
        copies,
        private,
    };
    let anna = mailbox("anna")
        .change("calendar", |calendar| {
            calendar
                .permission(has("boris", "Editor", editor))
                .permission(has("vera", "Reviewer", reader))
                .permission(has("gleb", "Reviewer", reader))
        })
        .change("inbox", |inbox| {
            inbox.permission(has("boris", "Reviewer", reader))
        })
        .settings(
            Settings::new()
                .delegate(delegate(
                    "boris",
                    ["Editor", "None", "Reviewer", "", "", ""],
                    [true; 2],
                ))
                .delegate(delegate("vera", ["Reviewer", "", "", "", "", ""], [false; 2]))
                .delegate(delegate("", [""; 6], [true; 2]))
                .deliver_meeting_requests("DelegatesOnly"),
        );
    let gleb = mailbox("gleb").settings(
        Settings::new()
            .delegate(delegate("anna", [""; 6], [true, false]))
            .deliver_meeting_requests("NoForward"),
    );
    ExchangeEws::builder()
        .mailbox(anna)
        .mailbox(mailbox("boris"))
        .mailbox(mailbox("vera"))
        .mailbox(gleb)
        .start()
}

fn job(scene: &Scene, name: &str, exchange: &ExchangeEws, cyrus: &Cyrus) -> String {
    scene.write("directory.ldif", directory(&PEOPLE.map(address)));
    scene.write("exchange", format!("{}\n", exchange.password()));
    scene.write("cyrus", format!("{}\n", Cyrus::password()));
    let source = format!(
        "{{ kind = 'ews', url = '{}', user = '{}', security = 'insecure', password = {{ file = 'exchange' }} }}",
        exchange.url(),
        exchange.user()
    );
    let end = |kind: &str, url: &str| {
        format!(
            "{{ kind = '{kind}', url = '{url}', security = 'insecure', user = '{{alias}}', password = {{ file = 'cyrus' }} }}"
        )
    };
    let caldav = end("caldav", &cyrus.dav_url());
    format!(
        "name = '{name}'\nout = '{name}'\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n\
         [calendars]\nsource = {source}\ntarget = {caldav}\n[rights]\nsource = {source}\ntarget = {}\n\
         [rights.calendars]\ntarget = {caldav}\n[letters]\nfrom = 'it@corp.example'\nname = 'IT'\n",
        end("imap", &format!("imap://127.0.0.1:{}", cyrus.port())),
    )
}

/// A server that knows everybody.
fn cyrus() -> Cyrus {
    let cyrus = Cyrus::builder().dav().start();
    for user in PEOPLE {
        cyrus.add_user(user);
        let home = format!("/dav/calendars/user/{user}/");
        assert_eq!(ask(cyrus.dav_port(), user, ("PROPFIND", &home), "").status, 207);
    }
    cyrus
}

/// A run that came to its end, and leaves something to people.
fn ended(ended: &Output) {
    assert_eq!(
        ended.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

fn plan(scene: &Scene, job: &str) -> Plan {
    let planned = torn::start(&["--json", "plan", "--read", "--items"], &scene.path(job));
    let planned = planned.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&planned.stderr).into_owned();
    Plan::from_json(&planned.stdout).expect(&told)
}

/// The items of an account as a plan has them.
fn planned(plan: &Plan, alias: &str) -> Vec<String> {
    let kinds = [Entity::Delegates, Entity::SharedFolders, Entity::SharedCalendars];
    let rows = &plan.account(&address(alias)).unwrap().containers;
    let rows = rows.iter().filter(|row| kinds.contains(&row.entity));
    let mut all: Vec<String> = rows
        .flat_map(|row| &row.items)
        .map(|item| format!("{}: {:?} {}", item.id, item.state, item.codes.join(" ")))
        .map(|line| line.trim_end().to_owned())
        .collect();
    all.sort();
    all
}

fn counts(scene: &Scene, name: &str) -> [Counts; 3] {
    let report = Report::read_from(&scene.path(name)).unwrap().unwrap();
    assert!(report.complete && report.balances(), "{:#?}", report.worklist);
    let kinds = [Entity::Delegates, Entity::SharedFolders, Entity::SharedCalendars];
    kinds.map(|kind| report.entity(kind).unwrap().counts)
}

fn letter(scene: &Scene, name: &str, alias: &str) -> String {
    let path = format!("{name}/letters/{}.eml", address(alias));
    let octets = fs::read(scene.path(&path)).unwrap();
    let letter = MessageParser::new().parse(&octets).unwrap();
    letter.body_text(0).unwrap().replace("\r\n", "\n")
}

/// Who else has an entry on somebody's calendar, and on the Inbox.
async fn lists(cyrus: &Cyrus, alias: &str, plan: &Plan) -> (Vec<String>, Vec<String>) {
    let rows = &plan.account(&address(alias)).unwrap().containers;
    let named = |row: &&ContainerPlan| row.entity == Entity::Calendars && row.name == "Календарь";
    let row = rows.iter().find(named).unwrap_or_else(|| panic!("{rows:#?}"));
    let url = row.target.as_ref().unwrap();
    let calendar = &url[url.find("/dav/").unwrap()..];
    let asked = "<propfind xmlns=\"DAV:\"><prop><acl/></prop></propfind>";
    let list = ask(cyrus.dav_port(), alias, ("PROPFIND", calendar), asked).body;
    let people = list.split("/dav/principals/user/").skip(1);
    let mut people: Vec<String> = people
        .map(|rest| rest.split('/').next().unwrap().to_owned())
        .filter(|who| who != alias)
        .collect();
    people.sort();
    people.dedup();
    let imap = Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{}", cyrus.port())).unwrap();
    let credentials = Credentials::password(alias, Cyrus::password().to_owned());
    let mut session = Session::connect(&imap, &credentials).await.unwrap();
    let inbox = session
        .get_acl(&MailboxName::new("INBOX").unwrap())
        .await
        .unwrap();
    let others = inbox.into_iter().filter(|entry| entry.identifier != alias);
    let others = others.map(|entry| format!("{}={}", entry.identifier, entry.rights));
    (people, others.collect())
}

#[tokio::test]
async fn delegates_are_planned_and_written_down() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let exchange = exchange();
    let scene = Scene::new();
    let [clean, torn] = [(); 2].map(|()| cyrus());
    for (name, cyrus) in [("clean", &clean), ("torn", &torn)] {
        scene.write(&format!("{name}.toml"), job(&scene, name, &exchange, cyrus));
    }
    let plan = plan(&scene, "clean.toml");
    let unknown = "the server does not say who this delegate is, such as an account that was deleted";
    assert_eq!(
        planned(&plan, "anna"),
        [
            "delegate: boris@corp.example: Manual RIGHTS-SEND RIGHTS-MEETINGS".to_owned(),
            "delegate: vera@corp.example: Manual RIGHTS-SEND".to_owned(),
            format!("{unknown}: : Manual RIGHTS-UNREADABLE"),
            "Входящие: boris@corp.example: Moved".to_owned(),
            "Календарь: boris@corp.example: Moved".to_owned(),
            "Календарь: gleb@corp.example: Manual RIGHTS-PRIVATE".to_owned(),
            "Календарь: vera@corp.example: Manual RIGHTS-PRIVATE".to_owned(),
        ]
    );
    assert_eq!(
        planned(&plan, "gleb"),
        ["delegate: anna@corp.example: Manual RIGHTS-SEND"]
    );
    assert_eq!(planned(&plan, "boris"), [""; 0]);

    ended(
        &torn::start(&["run"], &scene.path("clean.toml"))
            .wait_with_output()
            .unwrap(),
    );
    ended(&torn::kill(
        &scene.path("torn.toml"),
        10,
        19,
        Duration::from_millis(2500),
    ));
    let head = "\u{feff}\"owner\",\"delegate\",\"sends on behalf\",\"gets meeting requests\",\"meeting requests go to\",\"sees private items\",\
                \"calendar\",\"tasks\",\"inbox\",\"contacts\",\"notes\",\"journal\"\r\n";
    let table = |name: &str| fs::read_to_string(scene.path(&format!("{name}/delegates.csv"))).unwrap();
    let gleb = "\"gleb@corp.example\",\"anna@corp.example\",\"yes\",\"no\",\"NoForward\",\"no\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n";
    for (name, cyrus) in [("clean", &clean), ("torn", &torn)] {
        let [delegates, folders, calendars] = counts(&scene, name);
        let plan = self::plan(&scene, &format!("{name}.toml"));
        assert!(
            planned(&plan, "anna").contains(&"Календарь: boris@corp.example: Present".to_owned()),
            "{plan:?}"
        );
        assert_eq!((delegates.source, delegates.manual), (4, 4), "{name}");
        let arrived = |counts: Counts| (counts.source, counts.moved + counts.present, counts.manual);
        assert_eq!(
            (arrived(folders), arrived(calendars)),
            ((1, 1, 0), (3, 1, 2)),
            "{name}"
        );
        assert_eq!(
            lists(cyrus, "anna", &plan).await,
            (vec!["boris".to_owned()], vec!["boris=lrs".to_owned()]),
            "{name}"
        );
        assert_eq!(
            table(name),
            format!(
                "{head}\"anna@corp.example\",\"boris@corp.example\",\"yes\",\"yes\",\"DelegatesOnly\",\"yes\",\"Editor\",\"None\",\"Reviewer\",\"\",\"\",\"\"\r\n\
                 \"anna@corp.example\",\"vera@corp.example\",\"yes\",\"no\",\"DelegatesOnly\",\"no\",\"Reviewer\",\"\",\"\",\"\",\"\",\"\"\r\n{gleb}"
            ),
            "{name}"
        );
        let said = letter(&scene, name, "anna");
        for line in [
            "delegate (sends on behalf, gets meeting requests (DelegatesOnly), sees private items, Calendar: Editor, Tasks: None, Inbox: Reviewer) to \
             boris@corp.example\n",
            "delegate (sends on behalf, Calendar: Reviewer) to vera@corp.example\n",
            unknown,
            "  - The new server sends meeting requests to the invited mailbox alone.",
            "  - Allow it on the new server.",
            "  - Outlook hides private items",
        ] {
            assert!(said.contains(line), "{name}: {line}\n{said}");
        }
        let said = letter(&scene, name, "gleb");
        assert!(
            said.contains("delegate (sends on behalf) to anna@corp.example\n")
                && !said.contains("meeting requests"),
            "{said}"
        );
    }

    // Whom Exchange does not tell any more leaves the table, and what he sees of the calendar is for a person again.
    for owner in ["anna", "gleb"] {
        exchange.change_settings(&address(owner), Settings::new());
    }
    let calendars = planned(&self::plan(&scene, "clean.toml"), "anna");
    assert!(
        calendars.contains(&"Календарь: boris@corp.example: Manual RIGHTS-PRIVATE".to_owned()),
        "{calendars:#?}"
    );
    let again = torn::start(&["run"], &scene.path("clean.toml"));
    ended(&again.wait_with_output().unwrap());
    assert_eq!(table("clean"), head);
}

/// Exchange tells no delegate of a mailbox that has a group among them, and no delegates at all of one that never had any.
#[test]
fn delegates_whom_the_server_does_not_tell_are_for_people() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let delegate = |address: &str| Delegate {
        address: address.to_owned(),
        name: String::new(),
        levels: [""; 6],
        copies: true,
        private: true,
    };
    let settings = Settings::new().delegate(delegate("boris@corp.example"));
    let settings = settings.delegate(delegate("team@corp.example"));
    let [anna, others @ ..] = PEOPLE.map(|alias| Mailbox::russian(&address(alias), alias));
    let exchange = ExchangeEws::builder()
        .mailbox(anna.settings(settings))
        .mailboxes(others)
        .group("team@corp.example", "Team", &["boris@corp.example"])
        .start();
    let (scene, cyrus) = (Scene::new(), cyrus());
    scene.write("job.toml", job(&scene, "job", &exchange, &cyrus));
    let plan = plan(&scene, "job.toml");
    let all = planned(&plan, "anna");
    assert!(
        all.len() == 1
            && all[0].starts_with("the server does not tell the delegates: ")
            && all[0].contains("ErrorDelegateNoUser")
            && all[0].ends_with(": Manual RIGHTS-UNREADABLE"),
        "{all:#?}"
    );
    for alias in &PEOPLE[1..] {
        assert_eq!(planned(&plan, alias), [""; 0]);
    }
}

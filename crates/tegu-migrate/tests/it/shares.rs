//! Rights on calendars and address books: as access control lists on Cyrus, and as a file that Radicale reads.

use crate::{
    rights::{folder_row, head, imap, planned},
    rules::{as_planned, migration},
    scene::{Scene, counts},
};
use std::collections::BTreeMap;
use tegu_migrate::{CancellationToken, Entity, State};
use tegu_testkit::{
    Cyrus, Dovecot, Radicale,
    http::{ask, send},
};

fn event(uid: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20240101T000000Z\r\n\
         DTSTART:20240501T060000Z\r\nDTEND:20240501T070000Z\r\nSUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn card(uid: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{uid}\r\nN:{uid};;;;\r\nEND:VCARD\r\n")
}

fn calendar_row(user: &str, role: &str) -> String {
    folder_row("Календарь", user, role).replace("User Created", "Calendar")
}

fn book_row(user: &str, role: &str) -> String {
    folder_row("Контакты", user, role).replace("User Created", "Contacts")
}

fn dav(kind: &str, url: &str, user: &str) -> String {
    format!(
        "{{ kind = '{kind}', url = '{url}', security = 'insecure', user = '{user}', password = {{ file = 'cyrus' }} }}"
    )
}

/// The list of a collection, as its owner is told: principals and privileges.
fn list(port: u16, path: &str) -> String {
    let asked = "<propfind xmlns=\"DAV:\"><prop><acl/></prop></propfind>";
    let told = ask(port, "anna", ("PROPFIND", path), asked);
    assert_eq!(told.status, 207, "{told:?}");
    let acl = told
        .body
        .split("<acl>")
        .nth(1)
        .and_then(|rest| rest.split("</acl>").next());
    acl.unwrap_or_else(|| panic!("{told:?}")).to_owned()
}

/// Those in a list, by the last part of their principal's path.
fn named(list: &str) -> Vec<String> {
    let people = list.split("/dav/principals/user/").skip(1);
    people
        .map(|rest| rest.split('/').next().unwrap().to_owned())
        .collect()
}

/// Anna's calendar moves with the job and her address book is there; Gleb moves later.
#[tokio::test]
async fn lists_of_cyrus_hold_what_exchange_granted() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (scene, cyrus) = (Scene::new(), Cyrus::builder().dav().start());
    let port = cyrus.dav_port();
    let job = head(&scene, "out");
    for user in ["anna", "boris", "vera", "gleb"] {
        cyrus.add_user(user);
        assert_eq!(
            ask(
                port,
                user,
                ("PROPFIND", &format!("/dav/calendars/user/{user}/")),
                ""
            )
            .status,
            207
        );
        scene.write(
            &format!("calendars/{user}/Календарь.ics"),
            event(&format!("{user}-event")),
        );
    }
    let book = "/dav/addressbooks/user/anna/kontakte/";
    let made = "<mkcol xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:carddav\"><set><prop><resourcetype><collection/><C:addressbook/>\
                </resourcetype><displayname>Контакты</displayname></prop></set></mkcol>";
    assert_eq!(ask(port, "anna", ("MKCOL", book), made).status, 201);
    assert_eq!(
        ask(
            port,
            "anna",
            ("PUT", &format!("{book}one.vcf")),
            &card("anna-card")
        )
        .status,
        201
    );
    let rows = [
        calendar_row("Борис", "Editor"),
        calendar_row("CORP\\\\team", "Reviewer"),
        calendar_row("Default", "AvailabilityOnly"),
        calendar_row("Кто-то", "Reviewer"),
        book_row("Вера", "Author"),
        book_row("Глеб", "Reviewer"),
        book_row("Борис", "{FolderVisible}").replace("[\"{FolderVisible}\"]", "[\"FolderVisible\"]"),
    ];
    scene.write("folders.json", format!("[{}]", rows.join(",")));
    let (caldav, carddav) = (
        dav("caldav", &cyrus.dav_url(), "{alias}"),
        dav("carddav", &cyrus.dav_url(), "{alias}"),
    );
    let job = |policy: &str, accept: &str| {
        format!(
            "{job}[policy]\naccept = ['RIGHTS-GROUP-MEMBERS', 'RIGHTS-OWN-ITEMS'{accept}]\n{policy}[calendars]\nsource = {{ kind = 'files', path = \
             'calendars/{{alias}}' }}\ntarget = {caldav}\n[rights]\nsource = {{ kind = 'exports', files = ['folders.json'] }}\ntarget = {}\n\
             [rights.calendars]\ntarget = {caldav}\nidentifiers = {{ everybody = 'DAV:all' }}\n[rights.contacts]\ntarget = {carddav}\n",
            imap(cyrus.port(), "cyrus"),
        )
    };
    let later = "exclude_accounts = ['gleb@*']\n";
    // Private items are the owner's to decide about, unless the operator has.
    let (plan, _) = as_planned(&scene, &job(later, "")).await;
    assert_eq!(
        planned(&plan, "anna@corp.example"),
        [
            "Календарь: CORP\\team Manual RIGHTS-GROUP-MEMBERS RIGHTS-PRIVATE",
            "Календарь: everybody Moved",
            "Календарь: Борис Manual RIGHTS-PRIVATE",
            "Календарь: Кто-то Manual RIGHTS-GRANTEE-UNKNOWN",
            "Контакты: Борис Manual RIGHTS-VISIBLE",
            "Контакты: Вера Manual RIGHTS-OWN-ITEMS RIGHTS-PRIVATE",
            "Контакты: Глеб Excluded RIGHTS-LATER",
        ]
    );
    let logs = std::fs::read_dir(scene.path("out")).unwrap();
    let names: Vec<String> = logs
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(!names.contains(&"radicale-rights".to_owned()), "{names:?}");

    let job_now = job(later, ", 'RIGHTS-PRIVATE'");
    let (plan, report) = as_planned(&scene, &job_now).await;
    assert_eq!(
        planned(&plan, "anna@corp.example"),
        [
            "Календарь: CORP\\team Moved RIGHTS-GROUP-MEMBERS RIGHTS-PRIVATE",
            "Календарь: everybody Present",
            "Календарь: Борис Moved RIGHTS-PRIVATE",
            "Календарь: Кто-то Manual RIGHTS-GRANTEE-UNKNOWN",
            "Контакты: Борис Manual RIGHTS-VISIBLE",
            "Контакты: Вера Moved RIGHTS-OWN-ITEMS RIGHTS-PRIVATE",
            "Контакты: Глеб Excluded RIGHTS-LATER",
        ]
    );
    let (calendars, books) = (
        counts(&report, Entity::SharedCalendars),
        counts(&report, Entity::SharedAddressBooks),
    );
    assert_eq!((calendars.moved, calendars.present, calendars.manual), (2, 1, 1));
    assert_eq!((books.moved, books.manual, books.excluded), (1, 1, 1));
    let rows_of = &plan.account("anna@corp.example").unwrap().containers;
    let calendar = rows_of
        .iter()
        .find_map(|row| row.target.clone())
        .map(|url| url[url.find("/dav/").unwrap()..].to_owned())
        .unwrap();
    assert_eq!(named(&list(port, &calendar)), ["boris", "vera"]);
    assert_eq!(named(&list(port, book)), ["vera"]);
    let can = |who: &str| {
        let event = format!("{calendar}{who}.ics");
        let read = ask(port, who, ("GET", &calendar), "").body.contains("anna-event");
        let add = ask(port, who, ("PUT", &event), &self::event(who)).status == 201;
        let cards = ask(port, who, ("GET", &format!("{book}one.vcf")), "")
            .body
            .contains("anna-card");
        (read, add, cards)
    };
    assert_eq!(can("boris"), (true, true, false));
    assert_eq!(can("vera"), (true, false, true));
    assert_eq!(can("gleb"), (false, false, false));

    // Nothing is given twice, and the lists prove what was given.
    let before = list(port, &calendar);
    let (plan, again) = as_planned(&scene, &job_now).await;
    assert!(again.entities.iter().all(|row| row.moved_now == 0), "{again:?}");
    assert!(
        planned(&plan, "anna@corp.example").contains(&"Календарь: Борис Present RIGHTS-PRIVATE".to_owned())
    );
    let cancel = CancellationToken::new();
    let proof = migration(&scene, &job_now).verify(&cancel).await.unwrap();
    assert!(proof.holds(), "{proof:?}");
    assert_eq!(list(port, &calendar), before);

    // People who are named by their principals' paths are the same people.
    let by_path = "identifiers = { account = '/dav/principals/user/{alias}/', everybody = 'DAV:all' }";
    let by_path = job_now
        .replace("identifiers = { everybody = 'DAV:all' }", by_path)
        .replace(&head(&scene, "out"), &head(&scene, "by-path"));
    let (plan, report) = as_planned(&scene, &by_path).await;
    assert!(
        planned(&plan, "anna@corp.example").contains(&"Календарь: Борис Present RIGHTS-PRIVATE".to_owned()),
        "{plan:?}"
    );
    assert_eq!(counts(&report, Entity::SharedCalendars).manual, 1);
    assert_eq!(list(port, &calendar), before);

    // Now Gleb moves. He is one of the team, and has the address book.
    let job_now = job("", ", 'RIGHTS-PRIVATE'");
    as_planned(&scene, &job_now).await;
    assert_eq!(named(&list(port, &calendar)), ["boris", "vera", "gleb"]);
    assert_eq!(can("gleb"), (true, false, true));

    // The source takes Boris' right away, and the owner took Vera's: hers is not given again.
    scene.write("folders.json", format!("[{}]", rows[1..].join(",")));
    let without = before
        .split("<ace>")
        .filter(|ace| !ace.contains("/vera/") && !ace.is_empty());
    let without: String = without.map(|ace| format!("<ace>{ace}")).collect();
    let acl = format!(
        "<acl xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:CY=\"http://cyrusimap.org/ns/\">{without}</acl>"
    );
    ask(port, "anna", ("ACL", &calendar), &acl);
    assert_eq!(named(&list(port, &calendar)), ["boris"]);
    let proof = migration(&scene, &job_now).verify(&cancel).await.unwrap();
    assert_eq!(proof.flaws[0].finding.code, "VERIFY-MISSING", "{proof:?}");
    let deleting = job_now.replacen("[directory]", "deletions = true\n[directory]", 1);
    as_planned(&scene, &deleting).await;
    assert_eq!(named(&list(port, &calendar)), [""; 0]);
}

/// Who may do what on Radicale, once its administrator takes the file.
#[tokio::test]
async fn radicale_reads_the_file_and_lets_exactly_these_people_in() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (scene, dovecot) = (Scene::new(), Dovecot::builder().acl().start());
    head(&scene, "out");
    // Names that mean something in a regular expression, a format string or the parser's own substitution.
    let people = [
        ("anna", "anna"),
        ("boris", "b.r+s"),
        ("vera", "v{e}r%a"),
        ("gleb", "g l(eb)|x"),
    ];
    let mut ldif = std::fs::read_to_string(scene.path("directory.ldif")).unwrap();
    for (name, login) in people {
        ldif = ldif.replace(
            &format!("mailNickname: {name}\n"),
            &format!("mailNickname: {login}\n"),
        );
    }
    scene.write("directory.ldif", ldif);
    // Whom an expression that was not escaped would let in.
    let strangers = ["bxrs", "x", "v{e}r%%a"];
    let users: Vec<&str> = people.iter().map(|(_, login)| *login).chain(strangers).collect();
    let rights = scene.path("radicale");
    scene.write("radicale", tegu_migrate::routing::Shares::default().radicale());
    let radicale = Radicale::builder().users(users.clone()).rights(&rights).start();
    let port = radicale.port();
    for (name, login) in people {
        scene.write(
            &format!("calendars/{name}@corp.example/Календарь.ics"),
            event(&format!("event of {login}")),
        );
        scene.write(
            &format!("contacts/{name}@corp.example/Контакты.vcf"),
            card(&format!("card of {login}")),
        );
    }
    let boris = |row: String| row.replace("anna@corp.example", "boris@corp.example");
    let rows = [
        calendar_row("Борис", "Reviewer"),
        calendar_row("Вера", "Owner"),
        calendar_row("Глеб", "Editor"),
        calendar_row("Default", "Reviewer"),
        book_row("Глеб", "Reviewer"),
        boris(calendar_row("CORP\\\\team", "Owner")),
        boris(calendar_row("Вера", "AvailabilityOnly")),
    ];
    scene.write("folders.json", format!("[{}]", rows.join(",")));
    let (caldav, carddav) = (
        dav("caldav", &radicale.url(), "{alias}"),
        dav("carddav", &radicale.url(), "{alias}"),
    );
    let job = format!(
        "name = 'rights'\nout = 'out'\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n[policy]\naccept = \
         ['RIGHTS-GROUP-MEMBERS', 'RIGHTS-OWN-ITEMS', 'RIGHTS-PRIVATE', 'RIGHTS-COARSE', 'RIGHTS-SUBFOLDERS']\n\
         [calendars]\nsource = {{ kind = 'files', path = 'calendars/{{mail}}' }}\ntarget = {caldav}\n\
         [contacts]\nsource = {{ kind = 'files', path = 'contacts/{{mail}}' }}\ntarget = {carddav}\n\
         [rights]\nsource = {{ kind = 'exports', files = ['folders.json'] }}\ntarget = {}\n\
         [rights.calendars]\ntarget = {caldav}\n[rights.contacts]\ntarget = {carddav}\n",
        imap(dovecot.port(), "imap").replace("{alias}", "{mail}"),
    );
    let (plan, report) = as_planned(&scene, &job).await;
    assert_eq!(
        planned(&plan, "anna@corp.example"),
        [
            "Календарь: everybody Manual RIGHTS-EVERYBODY",
            "Календарь: Борис Manual RIGHTS-PRIVATE RIGHTS-SHEET",
            "Календарь: Вера Manual RIGHTS-SUBFOLDERS RIGHTS-COARSE RIGHTS-PRIVATE RIGHTS-SHEET",
            "Календарь: Глеб Manual RIGHTS-OWN-ITEMS RIGHTS-COARSE RIGHTS-PRIVATE RIGHTS-SHEET",
            "Контакты: Глеб Manual RIGHTS-PRIVATE RIGHTS-SHEET",
        ]
    );
    let work = report
        .worklist
        .iter()
        .filter(|work| work.entity == Entity::SharedCalendars);
    let told: Vec<String> = work
        .flat_map(|work| &work.findings)
        .map(|found| format!("{found:?}"))
        .collect();
    assert!(
        told.iter()
            .any(|told| told.contains("radicale-rights lets b.r+s read, once")),
        "{told:#?}"
    );
    assert!(report.worklist.iter().all(|work| work.state == State::Manual));

    let mut places: BTreeMap<&str, String> = BTreeMap::new();
    let accounts =
        ["anna", "boris", "vera", "gleb"].map(|name| plan.account(&format!("{name}@corp.example")).unwrap());
    for url in accounts
        .iter()
        .flat_map(|account| &account.containers)
        .filter_map(|row| row.target.as_ref())
    {
        let path = &url[url.find(&format!(":{port}/")).unwrap() + format!(":{port}").len()..];
        let all = send(port, ("GET", path), None, "");
        assert!(
            all.is_ok_and(|answer| answer.status != 200),
            "nobody reads without a password"
        );
        for (_, login) in people {
            for what in ["event", "card"] {
                let held = ask(port, login, ("GET", path), "");
                if held.body.contains(&format!("{what} of {login}")) {
                    let name: &str = format!("{what} of {login}").leak();
                    places.insert(name, path.to_owned());
                }
            }
        }
    }
    assert_eq!(places.len(), 8, "{places:?}");
    // Everybody with every collection: who reads its content, and who writes.
    let seen = || {
        let mut seen = Vec::new();
        for (what, path) in &places {
            for who in &users {
                let reads = ask(port, who, ("GET", path), "").body.contains(what);
                let (name, body) = if what.starts_with("event") {
                    ("new.ics", event("new"))
                } else {
                    ("new.vcf", card("new"))
                };
                let item = format!("{path}{name}");
                let writes = ask(port, who, ("PUT", &item), &body).status == 201;
                if writes {
                    assert_eq!(ask(port, who, ("DELETE", &item), "").status, 200);
                }
                let owner = what.ends_with(&format!(" of {who}"));
                match (reads, writes) {
                    (true, true) if owner => {}
                    (false, false) if !owner => {}
                    (true, true) => seen.push(format!("{who} writes {what}")),
                    (true, false) => seen.push(format!("{who} reads {what}")),
                    other => seen.push(format!("{who} {other:?} {what}")),
                }
            }
        }
        seen
    };
    assert_eq!(seen(), [""; 0], "before the administrator takes the file");
    std::fs::copy(scene.path("out/radicale-rights"), &rights).unwrap();
    assert_eq!(
        seen(),
        [
            "g l(eb)|x reads card of anna",
            "b.r+s reads event of anna",
            "v{e}r%a writes event of anna",
            "g l(eb)|x reads event of anna",
            "g l(eb)|x writes event of b.r+s",
        ]
    );
    let table = std::fs::read_to_string(scene.path("out/shared-collections.csv")).unwrap();
    assert_eq!(table.lines().count(), 6, "{table}");

    // What is not granted any more leaves the file with the next run.
    scene.write("folders.json", format!("[{}]", rows[1]));
    as_planned(&scene, &job).await;
    std::fs::copy(scene.path("out/radicale-rights"), &rights).unwrap();
    assert_eq!(seen(), ["v{e}r%a writes event of anna"]);
    scene.write("folders.json", "[]");
    as_planned(&scene, &job).await;
    std::fs::copy(scene.path("out/radicale-rights"), &rights).unwrap();
    assert_eq!(seen(), [""; 0]);
}

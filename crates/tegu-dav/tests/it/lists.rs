//! Access control lists on a real server: given, read back and compared, used by those who stand in them, and taken away.

use std::collections::BTreeMap;
use tegu_dav::client::{Client, Collection, Credentials, Endpoint, Kind, Options, PutOutcome};
use tegu_dav::store::DavLists;
use tegu_rights::store::AccessLists;
use tegu_rights::{FolderKind, Permissions, Privilege, Privileges};
use tegu_testkit::http::ask;
use tegu_testkit::imap::Client as ImapClient;
use tegu_testkit::{Cyrus, Radicale};

async fn client(url: &str, user: &str, password: &str) -> Client {
    let endpoint = Endpoint::new(url).unwrap();
    let credentials = Credentials::password(user, password.to_owned());
    Client::connect_with(&endpoint, &credentials, &Options::default().attempts(2))
        .await
        .unwrap()
}

/// Somebody who has signed in once, since Cyrus knows nobody else.
async fn user(server: &Cyrus, name: &str, kind: Kind) -> (Client, Collection) {
    server.add_user(name);
    let client = client(&server.dav_url(), name, Cyrus::password()).await;
    let mut own = client.collections(kind).await.unwrap();
    (client, own.remove(0))
}

fn event(uid: &str, summary: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20240101T000000Z\r\n\
         DTSTART:20240501T060000Z\r\nDTEND:20240501T070000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// What somebody can do with a calendar that holds `one.ics`. Whoever can delete the whole does not do it here.
fn can(port: u16, calendar: &str, who: &str) -> String {
    let ask = |method: &str, path: &str, body: &str| ask(port, who, (method, path), body);
    let at = |name: &str| format!("{calendar}{name}");
    let mut can = Vec::new();
    let one = ask("GET", &at("one.ics"), "");
    if one.status == 200 && one.body.contains("SUMMARY:") {
        can.push("read");
    }
    let mine = format!("{who}.ics").replace('@', "-");
    if ask("PUT", &at(&mine), &event(who, "New")).status == 201 {
        can.push("add");
        if ask("DELETE", &at(&mine), "").status / 100 == 2 {
            can.push("remove");
        }
    }
    if ask("PUT", &at("one.ics"), &event("one", "Changed")).status / 100 == 2 {
        can.push("change");
    }
    let name = "<propertyupdate xmlns=\"DAV:\"><set><prop><displayname>Mine</displayname></prop></set></propertyupdate>";
    ask("PROPPATCH", calendar, name);
    // Somebody's own name for it is no change.
    let asked = "<propfind xmlns=\"DAV:\"><prop><displayname/></prop></propfind>";
    let named = tegu_testkit::http::ask(port, "anna", ("PROPFIND", calendar), asked);
    if !named.body.contains("personal") {
        can.push("rename");
    }
    can.join(" ")
}

async fn told(lists: &mut DavLists, url: &str) -> BTreeMap<String, String> {
    let list = lists.read(url).await.unwrap().into_iter();
    list.map(|(who, has)| (who, has.to_string())).collect()
}

fn entries<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    entries.map(|(who, has)| (who.to_owned(), has.to_owned())).into()
}

#[tokio::test]
async fn cyrus_gives_what_is_asked_for_and_keeps_the_rest() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Cyrus::builder().dav().start();
    let port = server.dav_port();
    let (anna, calendar) = user(&server, "anna", Kind::Calendars).await;
    for other in ["boris", "vera@x.example", "gleb"] {
        user(&server, other, Kind::Calendars).await;
    }
    let put = anna
        .put_new(&calendar, "one.ics", event("one", "Meeting"))
        .await
        .unwrap();
    assert!(matches!(put, PutOutcome::Created { .. }), "{put:?}");

    let mut lists = DavLists::new(anna.clone(), Kind::Calendars, "anna");
    let folders = lists.folders().await.unwrap();
    let url = anna.url_of(&calendar.href);
    assert!(folders.iter().any(|folder| folder.name == url), "{folders:?}");
    let offered = lists.offered().await.unwrap();
    let role = |role: &str| {
        let (given, lost) = Permissions::parse(role)
            .unwrap()
            .privileges(FolderKind::Calendar, &offered);
        assert!(lost.is_empty(), "{role}: {lost}");
        given
    };
    // Everybody sees times on a new calendar of Cyrus; that stays.
    let before = anna.access(&calendar.href).await.unwrap().acl.unwrap();
    assert_eq!(
        told(&mut lists, &url).await,
        entries([("DAV:all", "read-free-busy")])
    );
    for other in ["boris", "vera@x.example", "gleb"] {
        assert_eq!(can(port, &calendar.href, other), "", "{other}");
    }

    lists.set(&url, "boris", role("Reviewer")).await.unwrap();
    lists.set(&url, "vera@x.example", role("Editor")).await.unwrap();
    assert_eq!(
        told(&mut lists, &url).await,
        entries([
            ("DAV:all", "read-free-busy"),
            ("boris", "read, read-free-busy"),
            (
                "vera@x.example",
                "read, read-free-busy, write-content, write-item-properties, bind, unbind"
            ),
        ])
    );
    assert_eq!(can(port, &calendar.href, "boris"), "read");
    assert_eq!(
        can(port, &calendar.href, "vera@x.example"),
        "read add remove change"
    );
    assert_eq!(can(port, &calendar.href, "gleb"), "");
    // Not even an editor deletes the calendar.
    for other in ["boris", "vera@x.example"] {
        ask(port, other, ("DELETE", &calendar.href), "");
        assert_eq!(anna.list(&calendar).await.unwrap().len(), 1, "{other}");
    }

    // Whom the server does not know gets nothing, and the list stays as it is.
    let kept = told(&mut lists, &url).await;
    let error = lists.set(&url, "nobody", role("Reviewer")).await.unwrap_err();
    assert!(error.to_string().contains("recognized-principal"), "{error}");
    let other = Privileges::of(&[Privilege::Other]);
    let error = lists.set(&url, "boris", other).await.unwrap_err();
    assert!(error.to_string().contains("cannot give"), "{error}");
    assert_eq!(told(&mut lists, &url).await, kept);

    for other in ["boris", "vera@x.example"] {
        lists.set(&url, other, Privileges::NONE).await.unwrap();
        assert_eq!(can(port, &calendar.href, other), "", "{other}");
    }
    assert_eq!(anna.access(&calendar.href).await.unwrap().acl.unwrap(), before);
}

#[tokio::test]
async fn what_everybody_has_and_address_books() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Cyrus::builder().dav().start();
    let (anna, book) = user(&server, "anna", Kind::Contacts).await;
    user(&server, "boris", Kind::Contacts).await;
    let mut lists = DavLists::new(anna.clone(), Kind::Contacts, "anna");
    let url = anna.url_of(&book.href);
    lists.folders().await.unwrap();
    let offered = lists.offered().await.unwrap();
    let editor = Permissions::parse("Editor").unwrap();
    let (editor, lost) = editor.privileges(FolderKind::Contacts, &offered);
    assert!(lost.is_empty(), "{lost}");
    lists
        .set(&url, "DAV:all", Privileges::of(&[Privilege::Read]))
        .await
        .unwrap();
    lists.set(&url, "boris", editor).await.unwrap();
    assert_eq!(
        told(&mut lists, &url).await,
        entries([
            ("DAV:all", "read"),
            (
                "boris",
                "read, write-content, write-item-properties, bind, unbind"
            )
        ])
    );
    // By the path of his principal he is the same: his entry changes, and goes.
    let path = "/dav/principals/user/boris/";
    let reader = Privileges::of(&[Privilege::Read]);
    lists.set(&url, path, reader).await.unwrap();
    assert_eq!(
        told(&mut lists, &url).await,
        entries([("DAV:all", "read"), ("boris", "read")])
    );
    lists.set(&url, path, Privileges::NONE).await.unwrap();
    assert_eq!(told(&mut lists, &url).await, entries([("DAV:all", "read")]));
}

/// What others share with her stands among her collections once she subscribed to it, and is not hers to share.
#[tokio::test]
async fn collections_of_others_have_no_lists_of_hers() {
    if tegu_testkit::skip_servers() {
        return;
    }
    for (kind, root) in [(Kind::Calendars, "#calendars"), (Kind::Contacts, "#addressbooks")] {
        let server = Cyrus::builder().dav().start();
        let (anna, own) = user(&server, "anna", kind).await;
        let (boris, his) = user(&server, "boris", kind).await;
        let mut shared = DavLists::new(boris.clone(), kind, "boris");
        let url = boris.url_of(&his.href);
        shared.folders().await.unwrap();
        let all = shared.offered().await.unwrap();
        let all = all.into_iter().fold(Privileges::NONE, |all, one| all | one);
        shared.set(&url, "anna", all).await.unwrap();
        let mut imap = ImapClient::login(server.port(), "anna", Cyrus::password()).unwrap();
        imap.command(&format!("SUBSCRIBE \"Other Users/boris/{root}/Default\""))
            .unwrap();

        let mut seen = anna.collections(kind).await.unwrap();
        seen.retain(|collection| collection.href != own.href);
        let seen: Vec<&str> = seen.iter().map(|collection| collection.href.as_str()).collect();
        let home = own.href.trim_end_matches('/').rsplit_once('/').unwrap().0;
        assert_eq!(seen, [format!("{home}/boris.Default/")], "{kind:?}");
        let mut lists = DavLists::new(anna.clone(), kind, "anna");
        let folders = lists.folders().await.unwrap().into_iter();
        let names: Vec<String> = folders.map(|folder| folder.name).collect();
        assert_eq!(names, [anna.url_of(&own.href)], "{kind:?}");
    }
}

#[tokio::test]
async fn radicale_has_no_lists() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    let anna = client(&server.url(), "anna", Radicale::password()).await;
    let (work, _) = anna
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let mut lists = DavLists::new(anna.clone(), Kind::Calendars, "anna");
    assert_eq!(lists.offered().await.unwrap(), []);
    let error = lists.read(&anna.url_of(&work.href)).await.unwrap_err();
    assert_eq!(error.kind(), tegu_dav::ErrorKind::Unsupported);
}

//! What goes wrong between the client and a server.

use crate::script::{Reply, Script, Seen};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tegu_ews::{
    Credentials, Endpoint, ErrorKind, Ews, ItemId, Kind, Problem, Result, Version, client::Options,
    request::ItemShape, response::Reaction,
};
use tegu_net::{Backoff, Secret, SecretRequest};

fn anna() -> Credentials {
    Credentials::password("EXAMPLE\\migration", "s3cret".to_owned())
}

async fn connect(script: &Script) -> Result<Ews> {
    let options = Options::default().backoff(Backoff::new(
        4,
        Duration::from_millis(1),
        Duration::from_millis(5),
    ));
    Ews::connect_with(&Endpoint::new(&script.url)?, &anna(), options).await
}

/// Asks for a password first, as IIS does.
fn guarded(reply: impl Fn(&Seen) -> Reply) -> impl Fn(&Seen) -> Reply {
    move |seen| match seen.header("authorization") {
        // EXAMPLE\migration:s3cret
        Some("Basic RVhBTVBMRVxtaWdyYXRpb246czNjcmV0") => reply(seen),
        _ => Reply::html("401 Unauthorized")
            .header("WWW-Authenticate: Negotiate")
            .header("WWW-Authenticate: Basic realm=\"x\""),
    }
}

fn item(id: &str) -> String {
    format!(
        "<m:GetItemResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Message>\
        <t:MimeContent>U3ViamVjdDogMQ==</t:MimeContent><t:ItemId Id=\"{id}\"/><t:ItemClass>IPM.Note</t:ItemClass></t:Message></m:Items></m:GetItemResponseMessage>"
    )
}

fn error(code: &str, more: &str) -> String {
    format!(
        "<m:GetItemResponseMessage ResponseClass=\"Error\"><m:ResponseCode>{code}</m:ResponseCode>{more}<m:Items/></m:GetItemResponseMessage>"
    )
}

/// The ids that a request asks for.
fn asked(seen: &Seen) -> Vec<String> {
    seen.body
        .split("<t:ItemId Id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

fn ids(count: usize) -> Vec<ItemId> {
    (0..count)
        .map(|number| ItemId::new(format!("i{number}"), None))
        .collect()
}

fn mail() -> ItemShape {
    ItemShape::of(Kind::Mail, Version::Exchange2013Sp1)
}

#[tokio::test]
async fn requests_carry_the_mailbox_and_its_cookies() {
    let script = Script::start(guarded(|seen| {
        Reply::answer(
            "GetItem",
            &asked(seen).iter().map(|id| item(id)).collect::<String>(),
        )
        .header("Set-Cookie: exchangecookie=abc; path=/; HttpOnly")
        .header("Set-Cookie: X-BackEndOverrideCookie=srv~1; path=/")
    }))
    .await;
    let ews = connect(&script).await.unwrap();
    let (anna, boris) = (
        ews.impersonate("anna@example.org"),
        ews.delegate("boris@example.org"),
    );
    for _ in 0..2 {
        anna.get(&ids(1), &mail()).await.unwrap();
    }
    boris.get(&ids(1), &mail()).await.unwrap();
    let seen = script.seen();
    let [probe, first, second, other] = &seen[..] else {
        panic!("{}", seen.len())
    };
    assert_eq!(
        probe.header("authorization"),
        None,
        "no password before the server asks"
    );
    assert!(
        first
            .body
            .contains("<t:PrimarySmtpAddress>anna@example.org</t:PrimarySmtpAddress>")
    );
    assert_eq!(first.header("x-anchormailbox"), Some("anna@example.org"));
    assert_eq!(
        (first.header("cookie"), second.header("cookie")),
        (None, Some("X-BackEndOverrideCookie=srv~1; exchangecookie=abc"))
    );
    assert_eq!(
        (other.header("cookie"), other.header("x-anchormailbox")),
        (None, Some("boris@example.org"))
    );
    assert!(!other.body.contains("ExchangeImpersonation"));
    assert!(first.header("user-agent").unwrap().starts_with("tegu-ews/"));
    assert!(
        seen.iter().all(|seen| seen.connection == 1),
        "connections are used again"
    );
    assert_eq!(ews.server().unwrap().to_string(), "Exchange 2016 (15.1.2507.6)");
}

#[tokio::test]
async fn the_version_goes_down_until_the_server_takes_it() {
    let script = Script::start(guarded(|seen| {
        if seen.body.contains("\"Exchange2007_SP1\"") {
            Reply::answer("GetItem", &item("i0"))
        } else {
            Reply::fault("ErrorInvalidServerVersion", "")
        }
    }))
    .await;
    let ews = connect(&script).await.unwrap();
    let got = ews.own("anna@example.org").get(&ids(1), &mail()).await.unwrap();
    assert!(got[0].is_ok());
    assert_eq!(ews.version(), Version::Exchange2007Sp1);
    assert_eq!(script.seen().len(), 1 + Version::LADDER.len());
}

#[tokio::test]
async fn a_busy_server_is_waited_for_in_both_forms() {
    let busy = |ms: u64| {
        format!("<m:MessageXml><t:Value Name=\"BackOffMilliseconds\">{ms}</t:Value></m:MessageXml>")
    };
    let count = AtomicUsize::new(0);
    let script = Script::start(guarded(move |seen| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::fault("ErrorServerBusy", &busy(60)),
        1 => Reply::answer("GetItem", &(error("ErrorServerBusy", &busy(50)) + &item("i1"))),
        2 => Reply::answer("GetItem", &error("ErrorServerBusy", &busy(40))),
        3 => Reply::html("503 Service Unavailable").header("Retry-After: 0"),
        _ => Reply::answer(
            "GetItem",
            &asked(seen).iter().map(|id| item(id)).collect::<String>(),
        ),
    }))
    .await;
    let ews = connect(&script).await.unwrap();
    let begun = std::time::Instant::now();
    let got = ews.own("anna@example.org").get(&ids(2), &mail()).await.unwrap();
    assert!(
        begun.elapsed() >= Duration::from_millis(150),
        "{:?}",
        begun.elapsed()
    );
    let names: Vec<&str> = got
        .iter()
        .map(|item| item.as_ref().unwrap().id.id.as_str())
        .collect();
    assert_eq!(names, ["i0", "i1"]);
    assert_eq!(ews.pressure().waits, 4);
    assert!(
        ews.findings().iter().any(
            |finding| finding.code == "EWS-THROTTLED" && finding.message.contains("New-ThrottlingPolicy")
        )
    );
}

#[tokio::test]
async fn too_many_connections_become_fewer() {
    let count = AtomicUsize::new(0);
    let script = Script::start(guarded(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0..3 => Reply::fault("ErrorExceededConnectionCount", ""),
        _ => Reply::answer("GetItem", &item("i0")),
    }))
    .await;
    let ews = connect(&script).await.unwrap();
    ews.own("anna@example.org").get(&ids(1), &mail()).await.unwrap();
    assert_eq!(ews.pressure().connections, 5);
}

#[tokio::test]
async fn batches_shrink_until_one_bad_item_is_left() {
    // The server needs too long for more than three, and one item ends each answer too early.
    let script = Script::start(guarded(|seen| {
        let asked = asked(seen);
        if asked.len() > 3 {
            return Reply::fault("ErrorTimeoutExpired", "");
        }
        let items: String = asked
            .iter()
            .map(|id| {
                if id == "i5" {
                    "<m:GetItemResponseMessage></m:Wrong>".to_owned()
                } else {
                    item(id)
                }
            })
            .collect();
        Reply::answer("GetItem", &items)
    }))
    .await;
    let ews = connect(&script).await.unwrap();
    let got = ews.own("anna@example.org").get(&ids(12), &mail()).await.unwrap();
    let good: Vec<usize> = (0..12)
        .filter(|number| {
            got[*number]
                .as_ref()
                .is_ok_and(|item| item.id.id == format!("i{number}"))
        })
        .collect();
    assert_eq!(good, [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
    assert_eq!(got[5].as_ref().unwrap_err().code, "AnswerUnreadable");
    assert_eq!(ews.pressure().batch, 3);
}

#[tokio::test]
async fn a_cut_answer_is_asked_for_again() {
    let count = AtomicUsize::new(0);
    let script = Script::start(guarded(move |_| {
        let reply = Reply::answer("GetItem", &item("i0"));
        if count.fetch_add(1, Ordering::Relaxed) < 2 {
            reply.cut(400)
        } else {
            reply
        }
    }))
    .await;
    let ews = connect(&script).await.unwrap();
    assert!(ews.own("anna@example.org").get(&ids(1), &mail()).await.unwrap()[0].is_ok());
}

#[tokio::test]
async fn an_item_that_went_meanwhile_is_no_failure() {
    let script = Script::start(guarded(|_| {
        Reply::answer("GetItem", &(item("i0") + &error("ErrorItemNotFound", "")))
    }))
    .await;
    let ews = connect(&script).await.unwrap();
    let got = ews.own("anna@example.org").get(&ids(2), &mail()).await.unwrap();
    assert_eq!(got[1].as_ref().unwrap_err().reaction(), Reaction::Gone);
}

/// Whoever takes deletions along must not take an archive that does not answer for one that is gone.
#[tokio::test]
async fn an_archive_that_does_not_answer_is_not_taken_for_none() {
    for (code, is_none) in [
        ("ErrorFolderNotFound", true),
        ("ErrorArchiveMailboxNotEnabled", true),
        ("ErrorGetRemoteArchiveFolderFailed", false),
        ("ErrorAccessDenied", false),
        ("ErrorNoRespondingCASInDestinationSite", false),
        ("ErrorInternalServerError", false),
    ] {
        let script = Script::start(guarded(move |_| Reply::answer("GetFolder", &error(code, "")))).await;
        let mailbox = connect(&script).await.unwrap().impersonate("anna@example.test");
        let archive = mailbox.archive().await;
        assert_eq!(archive.is_ok(), is_none, "{code}: {archive:?}");
        if let Ok(archive) = archive {
            assert!(archive.is_none(), "{code}");
        }
    }
}

#[tokio::test]
async fn a_token_that_ran_out_is_asked_for_again() {
    let script = Script::start(|seen| match seen.header("authorization") {
        Some("Bearer new") => Reply::answer("GetItem", &item("i0")),
        _ => Reply::html("401 Unauthorized").header("WWW-Authenticate: Bearer"),
    })
    .await;
    let token = Secret::provider(|request| async move {
        Ok(if request == SecretRequest::Fresh {
            "new"
        } else {
            "old"
        }
        .to_owned()
        .into())
    });
    let ews = Ews::connect(
        &Endpoint::new(&script.url).unwrap(),
        &Credentials::token("a", token),
    )
    .await
    .unwrap();
    assert!(ews.own("anna@example.org").get(&ids(1), &mail()).await.unwrap()[0].is_ok());
    let wrong = Ews::connect(
        &Endpoint::new(&script.url).unwrap(),
        &Credentials::token("a", "fixed".to_owned()),
    )
    .await
    .unwrap();
    let error = wrong
        .own("anna@example.org")
        .get(&ids(1), &mail())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn wrong_places_are_named() {
    for (reply, word) in [
        (
            Reply::html as fn(&'static str) -> Reply,
            ("302 Found", "leads to https://login.example.org/owa"),
        ),
        (Reply::html, ("200 OK", "login page")),
        (Reply::html, ("404 Not Found", "no Exchange Web Services")),
        (Reply::html, ("403 Forbidden", "EwsEnabled")),
    ] {
        let (status, word) = word;
        let script = Script::start(move |_| {
            reply(status).header("Location: https://login.example.org/owa?token=s3cret")
        })
        .await;
        let error = connect(&script).await.unwrap_err();
        assert!(
            error.to_string().contains(word) && !error.to_string().contains("s3cret"),
            "{error}"
        );
        assert!(!error.is_retryable());
    }
    let script = Script::start(|_| Reply::html("401 Unauthorized").header("WWW-Authenticate: Digest")).await;
    let error = connect(&script).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let script = Script::start(guarded(|_| Reply::fault("ErrorImpersonateUserDenied", ""))).await;
    let error = connect(&script)
        .await
        .unwrap()
        .impersonate("anna@example.org")
        .inventory()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("New-ManagementRoleAssignment"),
        "{error}"
    );
    assert_eq!(
        error.find_source::<Problem>().unwrap().reaction(),
        Reaction::Denied
    );
}

const FOLDER: &str = "<m:GetFolderResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode><m:Folders><t:Folder>\
    <t:FolderId Id=\"f\"/><t:DisplayName>Public</t:DisplayName></t:Folder></m:Folders></m:GetFolderResponseMessage>";

/// A listing of the one folder there is.
async fn listing(ews: &Ews) -> tegu_ews::client::Listing {
    let mailbox = ews.own("anna@example.org");
    let request = tegu_ews::Request::GetFolder {
        folders: vec![mailbox.folder("inbox")],
        shape: Default::default(),
    };
    let folder = mailbox.ask(&request, tegu_ews::response::folders).await;
    mailbox.listing(&folder.unwrap().only().unwrap())
}

#[tokio::test]
async fn a_list_that_never_ends_is_left() {
    let script = Script::start(guarded(|seen| match seen.operation() {
        "SyncFolderItems" => Reply::fault("ErrorInvalidOperation", ""),
        "FindItem" => Reply::answer("FindItem", "<m:FindItemResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>\
            <m:RootFolder IndexedPagingOffset=\"1\" TotalItemsInView=\"7\" IncludesLastItemInRange=\"false\"><t:Items><t:Message><t:ItemId Id=\"aB\"/></t:Message>\
            <t:Message><t:ItemId Id=\"ab\"/></t:Message></t:Items></m:RootFolder></m:FindItemResponseMessage>"),
        _ => Reply::answer("GetFolder", FOLDER),
    }))
    .await;
    let ews = connect(&script).await.unwrap();
    let mut listing = listing(&ews).await;
    let mut count = 0;
    while let Some(changes) = listing.next().await.unwrap() {
        count += changes.len();
    }
    assert_eq!(count, 2, "two identifiers that differ in case are two items");
    assert_eq!(listing.findings()[0].code, "EWS-LIST-LOOP");
    assert_eq!(listing.state(), None);
}

/// Changes under a new state each time. `new` says whether each answer holds an item that no other one does.
async fn endless(new: bool) -> Script {
    let count = AtomicUsize::new(0);
    Script::start(guarded(move |seen| match seen.operation() {
        "SyncFolderItems" => {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let id = if new { number } else { 0 };
            let changes = format!(
                "<m:SyncFolderItemsResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode><m:SyncState>{number}</m:SyncState>\
                 <m:IncludesLastItemInRange>false</m:IncludesLastItemInRange><m:Changes><t:Create><t:Message><t:ItemId Id=\"{id}\"/></t:Message></t:Create>\
                 </m:Changes></m:SyncFolderItemsResponseMessage>"
            );
            Reply::answer("SyncFolderItems", &changes)
        }
        _ => Reply::answer("GetFolder", FOLDER),
    }))
    .await
}

#[tokio::test]
async fn changes_that_never_end_are_left() {
    let script = endless(false).await;
    let ews = connect(&script).await.unwrap();
    let mut listing = listing(&ews).await;
    let mut count = 0;
    while let Some(changes) = listing.next().await.unwrap() {
        count += changes.len();
    }
    assert_eq!(count, 1);
    assert_eq!(listing.findings()[0].code, "EWS-LIST-LOOP");
}

#[tokio::test]
async fn new_items_without_an_end_are_stopped_by_a_limit() {
    let script = endless(true).await;
    let mut options = Options::default();
    options.limits.identities = 20_000;
    let ews = Ews::connect_with(&Endpoint::new(&script.url).unwrap(), &anna(), options)
        .await
        .unwrap();
    let mut listing = listing(&ews).await;
    let error = loop {
        match listing.next().await {
            Ok(changes) => assert!(changes.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(error.to_string().contains("`identities`"), "{error}");
}

/// A server that sends an octet now and then is not waited for without end, neither within an answer nor within a page of an error.
#[tokio::test]
async fn an_answer_that_trickles_is_left() {
    for page in [false, true] {
        let script = Script::start(guarded(move |_| {
            if page {
                Reply::html("403 Forbidden").trickle()
            } else {
                Reply::answer("GetFolder", FOLDER).trickle()
            }
        }))
        .await;
        let options = Options::default()
            .slow_timeout(Duration::from_millis(300))
            .backoff(Backoff::new(1, Duration::ZERO, Duration::ZERO));
        let ews = Ews::connect_with(&Endpoint::new(&script.url).unwrap(), &anna(), options)
            .await
            .unwrap();
        let mailbox = ews.own("anna@example.org");
        let request = tegu_ews::Request::GetFolder {
            folders: vec![mailbox.folder("inbox")],
            shape: Default::default(),
        };
        let asked = mailbox.ask(&request, tegu_ews::response::folders);
        let error = tokio::time::timeout(Duration::from_secs(60), asked)
            .await
            .expect("it is left")
            .unwrap_err();
        let says = if page { "(403)" } else { "`slow_timeout`" };
        assert!(error.to_string().contains(says), "{error}");
    }
}

//! Servers that lie: answers from a script, and what arrives is written down.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tegu_dav::client::{Client, Credentials, Endpoint, Kind, Options, PutOutcome, Secret};
use tegu_dav::{Error, ErrorKind};

type Seen = Arc<Mutex<Vec<String>>>;
type Script = fn(request: &str, number: usize) -> String;

/// Answers every request by the script, one per connection; gives its address and what it has seen.
fn server(script: Script) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen: Seen = Arc::default();
    let kept = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Some(request) = request(&mut stream) else {
                continue;
            };
            let number = {
                let mut kept = kept.lock().unwrap();
                kept.push(request.clone());
                kept.len()
            };
            let _ = stream.write_all(script(&request, number).as_bytes());
        }
    });
    (url, seen)
}

fn request(stream: &mut TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn multistatus(inner: &str) -> String {
    let body = format!(
        "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:response><d:href>/</d:href><d:propstat><d:prop>\
         {inner}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
    );
    answer("207 Multi-Status", "", &body)
}

async fn connect(url: &str) -> Result<Client, Error> {
    let options = Options::default()
        .attempts(2)
        .request_timeout(Duration::from_secs(20));
    Client::connect_with(&Endpoint::new(url).unwrap(), &anna(), &options).await
}

fn anna() -> Credentials {
    Credentials::password("anna", "secret".to_owned())
}

/// A server on which `/` is a calendar and all else is as the script says.
const CALENDAR: &str =
    "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>x</d:displayname>";

#[tokio::test]
async fn credentials_do_not_follow_a_redirect() {
    let (elsewhere, seen) = server(|_, _| multistatus(CALENDAR));
    static ELSEWHERE: Mutex<String> = Mutex::new(String::new());
    ELSEWHERE.lock().unwrap().clone_from(&elsewhere);
    let (url, _) = server(|_, _| {
        answer(
            "302 Found",
            &format!("Location: {}/\r\n", ELSEWHERE.lock().unwrap()),
            "",
        )
    });
    // That the first question is refused is no end of discovery; that nothing else helps, is.
    let client = connect(&url).await.unwrap();
    let error = client.collections(Kind::Calendars).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("redirects to"), "{error}");
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn redirects_on_the_same_server_are_followed_a_few_times() {
    let (url, seen) = server(|request, _| match request.split(' ').nth(1) {
        Some("/dav/") => multistatus("<c:calendar-home-set><d:href>/home</d:href></c:calendar-home-set>"),
        Some("/loop") => answer("308 Permanent Redirect", "Location: /loop\r\n", ""),
        _ => answer("301 Moved", "Location: /dav/\r\n", ""),
    });
    let client = connect(&url).await.unwrap();
    assert_eq!(client.home(Kind::Calendars).await.unwrap(), "/home/");
    assert!(seen.lock().unwrap().iter().all(|request| {
        request
            .to_ascii_lowercase()
            .contains("authorization: basic yw5uytpzzwnyzxq=")
    }));
    let error = client.get("/loop").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

#[tokio::test]
async fn a_home_on_another_host_is_not_believed() {
    let (url, _) = server(|_, _| {
        multistatus("<c:calendar-home-set><d:href>https://evil.example/home/</d:href></c:calendar-home-set>")
    });
    let error = connect(&url)
        .await
        .unwrap()
        .home(Kind::Calendars)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test]
async fn success_is_only_what_is_success() {
    let (url, seen) = server(|request, _| {
        let refused = "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:response><d:href>/a</d:href>\
             <d:status>HTTP/1.1 412 Precondition Failed</d:status><d:error><c:WHAT/></d:error></d:response></d:multistatus>";
        match request.split(' ').nth(1) {
            Some("/created") => answer("201 Created", "ETag: \"1\"\r\n", ""),
            Some("/ignored") => answer("204 No Content", "", ""),
            Some("/refused") => answer(
                "207 Multi-Status",
                "",
                &refused.replace("WHAT", "valid-calendar-data"),
            ),
            Some("/conflict") => answer(
                "207 Multi-Status",
                "",
                &refused.replace("WHAT", "no-uid-conflict"),
            ),
            Some("/exists") => answer("412 Precondition Failed", "", "nope"),
            Some("/large") => answer(
                "403 Forbidden",
                "",
                "<d:error xmlns:d=\"DAV:\"><c:max-resource-size xmlns:c=\"urn:ietf:params:xml:ns:caldav\"/></d:error>",
            ),
            Some("/entities") => answer(
                "409 Conflict",
                "",
                "<!DOCTYPE a [<!ENTITY b \"no-uid-conflict\">]><a>&b;</a>",
            ),
            _ => multistatus(CALENDAR),
        }
    });
    let client = connect(&url).await.unwrap();
    let calendar = client.collections(Kind::Calendars).await.unwrap().remove(0);
    let mut outcomes = Vec::new();
    for name in [
        "created", "ignored", "refused", "conflict", "exists", "large", "entities",
    ] {
        outcomes.push(client.put_new(&calendar, name, "BEGIN").await.unwrap());
    }
    assert!(matches!(&outcomes[0], PutOutcome::Created { etag: Some(etag), .. } if etag == "\"1\""));
    assert!(matches!(outcomes[1], PutOutcome::Overwritten { .. }));
    assert!(
        matches!(&outcomes[2], PutOutcome::Refused { status: 207, message } if message.contains("valid-calendar-data"))
    );
    assert!(matches!(outcomes[3], PutOutcome::UidConflict { .. }));
    assert!(matches!(outcomes[4], PutOutcome::Exists { .. }));
    assert_eq!(outcomes[5], PutOutcome::TooLarge);
    assert!(matches!(outcomes[6], PutOutcome::Refused { status: 409, .. }));
    let puts = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|request| request.starts_with("PUT"))
        .cloned()
        .collect::<Vec<_>>();
    assert!(
        puts.iter()
            .all(|put| put.to_ascii_lowercase().contains("if-none-match: *\r\n"))
    );
}

#[tokio::test]
async fn busy_servers_are_asked_again_and_broken_ones_reported() {
    let (url, seen) = server(|request, number| match request.split(' ').nth(1) {
        Some("/dead") => String::new(),
        Some("/long") => answer("200 OK", "", &"x".repeat(4000)),
        _ if number == 1 => answer("503 Service Unavailable", "Retry-After: 0\r\n", ""),
        _ => multistatus(CALENDAR),
    });
    let client = connect(&url).await.unwrap();
    assert_eq!(seen.lock().unwrap().len(), 2);
    let error = client.get("/dead").await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(
        seen.lock()
            .unwrap()
            .iter()
            .filter(|request| request.starts_with("GET /dead "))
            .count(),
        2
    );
    assert!(!format!("{error} {error:?}").contains("secret"));
    let endpoint = Endpoint::new(&url).unwrap();
    let options = Options::default().max_response(1000);
    let client = Client::connect_with(&endpoint, &Credentials::anonymous(), &options)
        .await
        .unwrap();
    assert_eq!(client.get("/long").await.unwrap_err().kind(), ErrorKind::Limit);
}

#[tokio::test]
async fn answers_that_were_not_asked_for_are_left_out() {
    let (url, _) = server(|request, _| {
        if !request.starts_with("REPORT") && !request.contains("getetag") {
            return multistatus(CALENDAR);
        }
        let response = |href: &str| {
            format!(
                "<d:response><d:href>{href}</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag><c:calendar-data>BEGIN</c:calendar-data>\
                 </d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            )
        };
        let body = format!(
            "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{}{}{}</d:multistatus>",
            response("/a%20b.ics"),
            response("https://evil.example/c.ics"),
            response("/other.ics")
        );
        answer("207 Multi-Status", "", &body)
    });
    let client = connect(&url).await.unwrap();
    let calendar = client.collections(Kind::Calendars).await.unwrap().remove(0);
    let fetched = client
        .get_many(&calendar, &["/a%20b.ics".to_owned()])
        .await
        .unwrap();
    assert_eq!(
        fetched.iter().map(|f| f.href.as_str()).collect::<Vec<_>>(),
        ["/a%20b.ics"]
    );
    let listed = client.list(&calendar).await.unwrap();
    assert_eq!(
        listed.iter().map(|r| r.href.as_str()).collect::<Vec<_>>(),
        ["/a%20b.ics", "/other.ics"]
    );
}

#[tokio::test]
async fn digest_and_bearer_are_spoken() {
    let (url, seen) = server(|request, _| {
        if request.to_ascii_lowercase().contains("authorization: digest") {
            multistatus(CALENDAR)
        } else {
            answer(
                "401 Unauthorized",
                "WWW-Authenticate: Basic realm=\"x\"\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256\r\n",
                "",
            )
        }
    });
    let endpoint = Endpoint::new(&url).unwrap();
    let options = Options::default().attempts(1);
    let client = Client::connect_with(&endpoint, &anna().mechanism("DIGEST"), &options)
        .await
        .unwrap();
    assert!(client.here(Kind::Calendars).await.unwrap().is_some());
    let seen = seen.lock().unwrap().join("\n");
    assert!(
        seen.contains("username=\"anna\"")
            && !seen.contains("secret")
            && !seen.to_ascii_lowercase().contains("basic"),
        "{seen}"
    );

    let (url, seen) = server(|_, _| multistatus(CALENDAR));
    let endpoint = Endpoint::new(&url).unwrap();
    let token = Credentials::token("anna", "s3cret".to_owned());
    let client = Client::connect(&endpoint, &token).await.unwrap();
    assert!(seen.lock().unwrap()[0].contains("Bearer s3cret"));
    assert!(!format!("{client:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_token_that_has_expired_is_renewed_once() {
    let (url, seen) = server(|request, _| {
        if request.contains("Bearer Fresh") {
            multistatus(CALENDAR)
        } else {
            answer("401 Unauthorized", "WWW-Authenticate: Bearer\r\n", "")
        }
    });
    let endpoint = Endpoint::new(&url).unwrap();
    let token = Secret::provider(|request| async move { Ok(format!("{request:?}").into()) });
    let client = Client::connect(&endpoint, &Credentials::token("anna", token))
        .await
        .unwrap();
    assert!(client.here(Kind::Calendars).await.unwrap().is_some());
    assert_eq!(
        seen.lock().unwrap().len(),
        3,
        "the second request begins with the fresh token"
    );

    let stale = Secret::provider(|_| async { Ok("stale".to_owned().into()) });
    let error = Client::connect(&endpoint, &Credentials::token("anna", stale))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(seen.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn a_wrong_password_by_digest_is_an_end() {
    let (url, seen) = server(|_, number| {
        let header = format!("WWW-Authenticate: Digest realm=\"x\", nonce=\"{number}\", qop=\"auth\"\r\n");
        answer("401 Unauthorized", &header, "")
    });
    let endpoint = Endpoint::new(&url).unwrap();
    let error = Client::connect(&endpoint, &anna().mechanism("DIGEST"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(seen.lock().unwrap().len() < 8);
}

#[tokio::test]
async fn a_list_of_changes_without_an_end_is_given_up() {
    let (url, seen) = server(|request, number| match request.split(' ').next() {
        Some("REPORT") => {
            let body = format!(
                "<d:multistatus xmlns:d=\"DAV:\"><d:response><d:href>/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>\
                 <d:sync-token>t{}</d:sync-token></d:multistatus>",
                number % 7
            );
            answer("207 Multi-Status", "", &body)
        }
        _ => multistatus(CALENDAR),
    });
    let client = connect(&url).await.unwrap();
    let collection = client.here(Kind::Calendars).await.unwrap().unwrap();
    let outcome = tokio::time::timeout(Duration::from_secs(60), client.changes(&collection, None))
        .await
        .unwrap();
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Protocol);
    assert!(seen.lock().unwrap().len() <= 10);
}

/// A response of one resource, as large as the name is long.
fn one_of_many(name: &str, more: &str) -> String {
    let body = format!(
        "<d:multistatus xmlns:d=\"DAV:\"><d:response><d:href>/{name}.ics</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag>\
         </d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>{more}</d:multistatus>"
    );
    answer("207 Multi-Status", "", &body)
}

/// A path that is unrelated to the home is a way to it only if it is no collection.
#[tokio::test]
async fn a_collection_beside_the_home_is_not_the_way_to_it() {
    const PRINCIPAL: &str =
        "<d:current-user-principal><d:href>/people/anna/</d:href></d:current-user-principal>";
    let (url, _) = server(|request, _| match request.split(' ').nth(1) {
        Some("/people/anna/") => {
            multistatus("<c:calendar-home-set><d:href>/homes/anna/</d:href></c:calendar-home-set>")
        }
        Some("/entry") => multistatus(&format!("{PRINCIPAL}<d:resourcetype/>")),
        Some("/homes/boris/") if request.contains("\r\ndepth: 1\r\n") => {
            multistatus("<d:resourcetype><d:collection/></d:resourcetype>")
        }
        _ => multistatus(&format!(
            "{PRINCIPAL}<d:resourcetype><d:collection/></d:resourcetype>"
        )),
    });
    for (path, found) in [
        ("/entry", true),
        ("/homes/", true),
        ("/people", true),
        ("/homes/boris/", false),
        ("/homes/anna-maria/", false),
    ] {
        let client = connect(&format!("{url}{path}")).await.unwrap();
        match client.home(Kind::Calendars).await {
            Ok(home) => assert!(found && home == "/homes/anna/", "{path} {home}"),
            Err(error) => {
                assert!(!found && error.kind() == ErrorKind::Config, "{path} {error}");
                assert!(error.to_string().contains("/homes/anna/"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn lists_are_bounded_in_octets_and_not_only_in_number() {
    let (url, seen) = server(|request, number| match request.split(' ').next() {
        Some("REPORT") => one_of_many(
            &format!("{number}{}", "x".repeat(1_000)),
            &format!(
                "<d:response><d:href>/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response>\
                 <d:sync-token>t{number}</d:sync-token>"
            ),
        ),
        Some("PROPFIND") if request.contains("\r\ndepth: 1\r\n") => one_of_many(&"y".repeat(30_000), ""),
        _ => multistatus(CALENDAR),
    });
    let options = Options::default().attempts(2).max_listing(20_000);
    let client = Client::connect_with(&Endpoint::new(&url).unwrap(), &anna(), &options)
        .await
        .unwrap();
    let calendar = client.here(Kind::Calendars).await.unwrap().unwrap();
    let error = client.changes(&calendar, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("max_listing"), "{error}");
    assert!(seen.lock().unwrap().len() < 30);
    assert_eq!(client.list(&calendar).await.unwrap_err().kind(), ErrorKind::Limit);
}

/// What is too large for one response is read in parts, down to single resources.
#[tokio::test]
async fn a_batch_that_is_too_large_is_read_in_parts() {
    let (url, seen) = server(|request, _| {
        if !request.starts_with("REPORT") {
            return multistatus(CALENDAR);
        }
        let hrefs = request.split("<href>").skip(1);
        let inner: String = hrefs
            .filter_map(|rest| rest.split('<').next())
            .map(|href| {
                let data = format!("UID:{href}{}", "x".repeat(3_000));
                format!(
                    "<d:response><d:href>{href}</d:href><d:propstat><d:prop><c:calendar-data>{data}</c:calendar-data></d:prop>\
                     <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
                )
            })
            .collect();
        let body = format!(
            "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{inner}</d:multistatus>"
        );
        answer("207 Multi-Status", "", &body)
    });
    let options = Options::default().attempts(1).max_response(10_000);
    let client = Client::connect_with(&Endpoint::new(&url).unwrap(), &anna(), &options)
        .await
        .unwrap();
    let calendar = client.here(Kind::Calendars).await.unwrap().unwrap();
    let hrefs: Vec<String> = (0..20).map(|n| format!("/{n}.ics")).collect();
    let found = client.get_many(&calendar, &hrefs).await.unwrap();
    let names: Vec<&String> = found.iter().map(|fetched| &fetched.href).collect();
    assert_eq!(names, hrefs.iter().collect::<Vec<_>>());
    // No entity tag is none, in this way of reading as in the others.
    assert!(found.iter().all(|fetched| fetched.etag.is_none()));
    assert!(seen.lock().unwrap().len() < 30);
}

/// A server that always has a reason to be asked again.
#[tokio::test]
async fn a_request_ends_at_its_deadline_whatever_the_server_says() {
    let (url, _) = server(|request, _| {
        if request.starts_with("GET") {
            return answer("503 Service Unavailable", "Retry-After: 1\r\n", "");
        }
        multistatus(CALENDAR)
    });
    let options = Options::default()
        .attempts(1_000)
        .deadline(Duration::from_millis(1_500));
    let client = Client::connect_with(&Endpoint::new(&url).unwrap(), &anna(), &options)
        .await
        .unwrap();
    let begin = std::time::Instant::now();
    let error = client.get("/a.ics").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("deadline"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn what_is_forgotten_or_gone_is_told_apart() {
    let (url, _) = server(|request, _| {
        if request.starts_with("REPORT") && request.contains("<sync-token>old<") {
            return answer(
                "403 Forbidden",
                "",
                "<d:error xmlns:d=\"DAV:\"><d:valid-sync-token/></d:error>",
            );
        }
        if request.starts_with("REPORT") {
            return answer(
                "207 Multi-Status",
                "",
                "<d:multistatus xmlns:d=\"DAV:\"><d:response><d:href>/a.ics</d:href><d:propstat><d:prop><d:getetag>\"1\"</d:getetag></d:prop>\
                 <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response><d:response><d:href>/b.ics</d:href>\
                 <d:status>HTTP/1.1 404 Not Found</d:status></d:response><d:response><d:href>https://evil.example/c.ics</d:href>\
                 <d:status>HTTP/1.1 404 Not Found</d:status></d:response><d:sync-token>new</d:sync-token></d:multistatus>",
            );
        }
        multistatus(CALENDAR)
    });
    let client = connect(&url).await.unwrap();
    let collection = client.here(Kind::Calendars).await.unwrap().unwrap();
    let changes = client.changes(&collection, Some("recent")).await.unwrap();
    assert_eq!(
        (changes.changed[0].href.as_str(), &changes.removed[..]),
        ("/a.ics", &["/b.ics".to_owned()][..])
    );
    assert!(!changes.whole);
    let changes = client.changes(&collection, Some("old")).await.unwrap();
    assert!(changes.whole && changes.token.as_deref() == Some("new"));
}

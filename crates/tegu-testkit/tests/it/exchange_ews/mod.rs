//! The stand-in for Exchange Web Services, spoken to without a client.

mod davmail;
mod example;
mod exchangelib;
mod negotiate;
mod schema;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use tegu_testkit::exchange_ews::{ExchangeEws, Fault, Mail, Mailbox, Version};

/// Status and body of an answer to a request with Basic authentication.
fn ask(server: &ExchangeEws, user: &str, version: &str, header: &str, body: &str) -> (u16, String) {
    let text = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
         xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><s:Header>\
         <t:RequestServerVersion Version=\"{version}\"/>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    );
    let token = STANDARD.encode(format!("{user}:{}", server.password()));
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(
        stream,
        "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: text/xml\r\n\
         Authorization: Basic {token}\r\nContent-Length: {}\r\n\r\n{text}",
        text.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

fn as_anna(server: &ExchangeEws, body: &str) -> String {
    let (status, answer) = ask(server, "anna@corp.example", "Exchange2010_SP2", "", body);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn anna() -> Mailbox {
    Mailbox::russian("anna@corp.example", "Анна Каренина")
}

fn mail(number: u32) -> Mail {
    Mail::new(&format!("Письмо {number}"), "2024-05-01T06:00:00Z").text("Добрый день!")
}

/// What stands between the first `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap().0
}

fn sync(server: &ExchangeEws, state: &str, most: usize) -> String {
    let state = if state.is_empty() {
        String::new()
    } else {
        format!("<m:SyncState>{state}</m:SyncState>")
    };
    as_anna(
        server,
        &format!(
            "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>\
             <t:DistinguishedFolderId Id=\"inbox\"/></m:SyncFolderId>{state}\
             <m:MaxChangesReturned>{most}</m:MaxChangesReturned></m:SyncFolderItems>"
        ),
    )
}

#[test]
fn synchronisation_tells_every_change_once() {
    let server = ExchangeEws::builder().mailbox(anna()).start();
    let ids: Vec<String> = (0..5)
        .map(|number| server.deliver("anna@corp.example", "inbox", mail(number).item()))
        .collect();
    let mut seen = Vec::new();
    let mut state = String::new();
    loop {
        let answer = sync(&server, &state, 2);
        seen.extend(
            answer
                .split("<t:Create>")
                .skip(1)
                .map(|part| between(part, "Id=\"", "\"").to_owned()),
        );
        state = between(&answer, "<m:SyncState>", "</m:SyncState>").to_owned();
        if answer.contains("<m:IncludesLastItemInRange>true") {
            break;
        }
    }
    seen.reverse();
    assert_eq!(seen, ids);
    assert!(!sync(&server, &state, 512).contains("ItemId"));
    server.replace(&ids[1], mail(17).item());
    server.mark_read(&ids[2], false);
    server.remove(&ids[3]);
    let moved = server.move_item(&ids[0], "anna@corp.example", "drafts");
    assert_ne!(moved, ids[0]);
    let new = server.deliver("anna@corp.example", "inbox", mail(9).item());
    let answer = sync(&server, &state, 512);
    for (verb, id) in [
        ("Update", &ids[1]),
        ("ReadFlagChange", &ids[2]),
        ("Delete", &ids[3]),
        ("Delete", &ids[0]),
        ("Create", &new),
    ] {
        let found = answer
            .split(&format!("<t:{verb}>"))
            .skip(1)
            .any(|part| part.split("</t:").next().unwrap().contains(id.as_str()));
        assert!(found, "{verb} of {id} in {answer}");
    }
    assert_eq!(answer.matches("ItemId ").count(), 5, "{answer}");
    assert!(sync(&server, "bm9uc2Vuc2U=", 5).contains("ErrorInvalidSyncStateData"));
}

#[test]
fn versions_are_a_ladder() {
    let request = "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>\
                   <t:DistinguishedFolderId Id=\"inbox\"/></m:FolderIds></m:GetFolder>";
    for server_version in Version::ALL {
        let server = ExchangeEws::builder()
            .mailbox(anna())
            .version(server_version)
            .start();
        for version in Version::ALL {
            let (status, answer) = ask(&server, "anna@corp.example", version.name(), "", request);
            if version <= server_version {
                assert_eq!(status, 200);
                assert!(
                    answer.contains("<t:DisplayName>Входящие</t:DisplayName>"),
                    "{answer}"
                );
            } else {
                assert_eq!(status, 500);
                assert!(answer.contains("ErrorInvalidServerVersion"), "{answer}");
            }
        }
    }
}

#[test]
fn the_service_account_acts_for_those_in_its_scope() {
    let server = ExchangeEws::builder()
        .mailbox(anna())
        .mailbox(Mailbox::new("boss@corp.example", "Boss"))
        .out_of_scope("boss@corp.example")
        .start();
    let request = "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>\
                   <t:DistinguishedFolderId Id=\"inbox\"/></m:FolderIds></m:GetFolder>";
    let act = |user: &str, address: &str| {
        let header = format!(
            "<t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>{address}</t:SmtpAddress></t:ConnectingSID>\
             </t:ExchangeImpersonation>"
        );
        ask(&server, user, "Exchange2010_SP2", &header, request)
    };
    assert_eq!(act("CORP\\mover", "anna@corp.example").0, 200);
    for (user, address, code) in [
        ("CORP\\mover", "boss@corp.example", "ErrorImpersonateUserDenied"),
        ("CORP\\mover", "nobody@corp.example", "ErrorNonExistentMailbox"),
        (
            "anna@corp.example",
            "boss@corp.example",
            "ErrorImpersonateUserDenied",
        ),
    ] {
        let (status, answer) = act(user, address);
        assert_eq!(status, 500);
        assert!(answer.contains(code), "{answer}");
    }
    assert_eq!(server.unanchored(), 4);
    assert_eq!(ask(&server, "stranger", "Exchange2010", "", request).0, 401);
    assert_eq!(server.refused_logins(), 1);
}

#[test]
fn what_xml_forbids_is_written_as_a_reference() {
    let server = ExchangeEws::builder()
        .mailbox(anna().item("inbox", mail(1).item()))
        .fault(Fault::Characters)
        .start();
    let id = &server.ids("anna@corp.example", "inbox")[0];
    let answer = as_anna(
        &server,
        &format!(
            "<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId Id=\"{id}\"/>\
             </m:ItemIds></m:GetItem>"
        ),
    );
    assert!(
        answer.contains("<t:Subject>Письмо 1&#x1A;</t:Subject>"),
        "{answer}"
    );
    assert!(answer.contains(">&#xB;Добрый день!&#x0;</t:Body>"), "{answer}");
}

#[test]
fn identifiers_differ_by_case_alone() {
    let mailbox = anna().item("inbox", mail(1).item()).item("inbox", mail(2).item());
    let server = ExchangeEws::builder()
        .mailbox(mailbox)
        .fault(Fault::AlikeIds)
        .start();
    let ids = server.ids("anna@corp.example", "inbox");
    assert_ne!(ids[0], ids[1]);
    assert!(ids[0].eq_ignore_ascii_case(&ids[1]));
}

//! What others got wrong, and what the documentation warns of: a test for each.

use crate::mailbox::{ANNA, anna, builder, connect, items, mime, place, read, start};
use std::collections::BTreeSet;
use tegu_ews::{Credentials, Endpoint, Ews, FolderRef, Kind, Request, client::Options, response};
use tegu_net::Tls;
use tegu_testkit::exchange_ews::{
    ExchangeEws, ExchangeEwsBuilder, Fault, Folder, Mail, Mailbox as Described, Version, contact, list,
};

const BORIS: &str = "boris@corp.example";

fn numbered(count: usize) -> impl Iterator<Item = tegu_testkit::exchange_ews::Item> {
    (0..count).map(|number| {
        Mail::new(&format!("m{number}"), "2024-05-01T06:00:00Z")
            .octets(format!("Subject: m{number}\r\n\r\n"))
            .item()
    })
}

/// Signed, encrypted and opaque mail, and what servers report: the octets stay, whatever the item's class is.
#[tokio::test]
async fn the_mime_of_signed_mail_and_reports_stays_octet_for_octet() {
    let signed = "Subject: signed\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; \
         boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n Текст \r\n--b\r\n\
         Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n--b--\r\n";
    let sealed = "Subject: sealed\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nMIIBAgMEBQYHCAkK\r\n";
    let report = "Subject: report\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n\r\n\
         gone\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n--r--\r\n";
    let all = [
        ("signed", "IPM.Note.SMIME.MultipartSigned", signed),
        ("sealed", "IPM.Note.SMIME", sealed),
        ("report", "REPORT.IPM.Note.NDR", report),
        ("delivered", "REPORT.IPM.Note.DR", report),
        ("read", "REPORT.IPM.Note.IPNRN", report),
    ];
    let described = all.iter().fold(anna(), |mailbox, (subject, class, octets)| {
        let mail = Mail::new(subject, "2024-05-01T06:00:00Z").octets(octets.as_bytes());
        mailbox.item("inbox", mail.item().with("item:ItemClass", class))
    });
    let exchange = start(described);
    let mailbox = connect(&exchange).await.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let found = items(&mailbox, place(&inventory, "inbox")).await;
    assert_eq!(found.len(), all.len());
    for (subject, class, octets) in all {
        let item = &found[subject];
        assert_eq!((item.kind, item.class.as_str()), (Kind::Mail, class));
        assert_eq!(mime(item), octets.as_bytes(), "{subject}");
        assert!(
            mailbox.convert(item.clone()).await.unwrap().is_none(),
            "mail moves as it is"
        );
    }
}

/// A policy may give fewer entries for a page than a client asks for: the flag ends a list, and not the count.
#[tokio::test]
async fn pages_that_a_policy_makes_shorter_lose_nothing() {
    let folder = Folder::new("Приказы").class("IPF.Note").items(numbered(45));
    let exchange = builder(anna())
        .public_folder(folder)
        .version(Version::Exchange2010Sp1)
        .find_limit(7)
        .record()
        .start();
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let public = mailbox.public_folders().await.unwrap().unwrap();
    let [orders] = &public.folders[..] else {
        panic!("{:?}", public.folders)
    };
    // Public folders have no states, and are listed page by page.
    let mut listing = mailbox.listing(&orders.folder);
    let mut listed = Vec::new();
    while let Some(changes) = listing.next().await.unwrap() {
        listed.extend(changes.iter().map(|change| change.id().id.clone()));
    }
    assert_eq!(listed.len(), 45);
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), 45);
    assert_eq!(listing.state(), None);
    assert!(listing.findings().is_empty(), "{:?}", listing.findings());
    let exchanges = exchange.exchanges();
    let paged = |(request, _): &&(String, String)| request.contains("<m:FindItem ");
    assert_eq!(exchanges.iter().filter(paged).count(), 45_usize.div_ceil(7));
}

/// A policy may refuse a page instead of making it shorter: smaller ones follow, of items and of folders.
#[tokio::test]
async fn pages_that_a_policy_refuses_become_smaller() {
    let folder = Folder::new("Приказы").class("IPF.Note").items(numbered(45));
    let years = (2001..2026).map(|year| Folder::new(&year.to_string()).class("IPF.Note"));
    let exchange = years
        .fold(
            builder(anna()).public_folder(folder),
            ExchangeEwsBuilder::public_folder,
        )
        .version(Version::Exchange2010Sp1)
        .fault(Fault::PageRefused)
        .record()
        .start();
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let public = mailbox.public_folders().await.unwrap().unwrap();
    let mut names: Vec<&str> = public.folders.iter().map(|place| &*place.folder.name).collect();
    names.sort_unstable();
    let years: Vec<String> = (2001..2026).map(|year| year.to_string()).collect();
    let mut expected: Vec<&str> = years.iter().map(String::as_str).collect();
    expected.push("Приказы");
    assert_eq!(names, expected);
    let orders = public.folders.iter().find(|place| place.folder.name == "Приказы");
    let mut listing = mailbox.listing(&orders.unwrap().folder);
    let mut listed = Vec::new();
    while let Some(changes) = listing.next().await.unwrap() {
        listed.extend(changes.iter().map(|change| change.id().id.clone()));
    }
    assert_eq!(listed.len(), 45);
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), 45);
    assert!(listing.findings().is_empty(), "{:?}", listing.findings());
    // What was learnt once holds: 1000, 500, 250, 125, 62, 31 and 15 were refused.
    let exchanges = exchange.exchanges();
    let refused = exchanges
        .iter()
        .filter(|(_, answer)| answer.contains("ErrorExceededFindCountLimit"));
    assert_eq!(refused.count(), 7);
}

/// A server may refuse another mailbox on a connection that NTLM signed in for one: new connections get through, however many old ones wait.
#[tokio::test]
async fn a_connection_for_one_mailbox_does_not_end_the_next_one() {
    let mailboxes = [(ANNA, 3), (BORIS, 5)].map(|(address, count)| {
        numbered(count).fold(Described::russian(address, address), |mailbox, item| {
            mailbox.item("inbox", item)
        })
    });
    let exchange = ExchangeEws::builder()
        .mailboxes(mailboxes)
        .without_basic()
        .fault(Fault::OneMailbox)
        .latency(std::time::Duration::from_millis(20))
        .start();
    let ews = connect(&exchange).await;
    let count = async |address: &str| {
        let mailbox = ews.impersonate(address);
        let inventory = mailbox.inventory().await.unwrap();
        let all = read(&mailbox, place(&inventory, "inbox")).await;
        all.iter().filter(|read| read.item.is_ok()).count()
    };
    for _ in 0..2 {
        let anna = count(ANNA);
        let all = tokio::join!(count(ANNA), count(ANNA), count(ANNA), anna);
        assert_eq!(all, (3, 3, 3, 3));
        assert_eq!(count(BORIS).await, 5);
    }
    assert_eq!(exchange.refused_logins(), 0);
}

/// NTLM signs in a connection, and the mailbox that is meant changes from request to request.
#[tokio::test]
async fn an_ntlm_connection_serves_one_mailbox_after_another() {
    for fault in [None, Some(Fault::Unauthorized)] {
        let mailboxes = [(ANNA, 3), (BORIS, 5)].map(|(address, count)| {
            numbered(count).fold(Described::russian(address, address), |mailbox, item| {
                mailbox.item("inbox", item)
            })
        });
        let mut exchange = ExchangeEws::builder().mailboxes(mailboxes).without_basic().tls();
        if let Some(fault) = fault {
            exchange = exchange.fault(fault);
        }
        let exchange = exchange.start();
        let ca = std::fs::read(exchange.ca().unwrap()).unwrap();
        let endpoint = Endpoint::new(exchange.url()).unwrap();
        let endpoint = endpoint.tls(Tls::default().trust_pem(&ca).unwrap());
        let account = Credentials::password(exchange.user(), exchange.password().to_owned());
        let options = Options::default().connections(1);
        let ews = Ews::connect_with(&endpoint, &account, options).await.unwrap();
        for _ in 0..3 {
            for (address, count) in [(ANNA, 3), (BORIS, 5)] {
                let mailbox = ews.impersonate(address);
                let inventory = mailbox.inventory().await.unwrap();
                let all = read(&mailbox, place(&inventory, "inbox")).await;
                assert_eq!(all.len(), count, "{address}");
                assert!(all.iter().all(|read| read.item.is_ok()));
            }
        }
        if fault.is_none() {
            assert_eq!(exchange.connections(), 1);
        }
        assert_eq!(exchange.unanchored(), 0, "each request names its mailbox");
    }
}

/// The MIME content of contacts and lists says what it likes: their properties count.
#[tokio::test]
async fn contacts_and_lists_are_made_from_properties_alone() {
    let wrong = "Subject: x\r\nContent-Type: text/x-vcard\r\n\r\nBEGIN:VCARD\r\nVERSION:2.1\r\nFN:Wrong\r\nTEL:1\r\nEND:VCARD\r\n";
    let members = [("Пётр", "p@else.example", "OneOff")];
    let exchange = start(
        anna()
            .item("contacts", contact("Анна", "Сергеевна").mime(wrong))
            .item("contacts", list("Комиссия", &members).mime(wrong)),
    );
    let mailbox = connect(&exchange).await.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let mut found = Vec::new();
    for read in read(&mailbox, place(&inventory, "contacts")).await {
        let card = mailbox
            .convert(read.item.unwrap())
            .await
            .unwrap()
            .unwrap()
            .component;
        assert!(!card.contains("Wrong") && !card.contains("TEL"), "{card}");
        let name = card.lines().find_map(|line| line.strip_prefix("FN:"));
        found.push(name.unwrap().to_owned());
    }
    found.sort();
    assert_eq!(found, ["Анна Сергеевна", "Комиссия"]);
}

/// An item that went while its folder was read is gone, and the others of its batch are there.
#[tokio::test]
async fn an_item_that_went_between_list_and_batch_leaves_the_others() {
    let described = numbered(5).fold(anna(), |mailbox, item| mailbox.item("inbox", item));
    let exchange = start(described);
    let mailbox = connect(&exchange).await.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let inbox = place(&inventory, "inbox");
    let request = Request::SyncFolderItems {
        folder: FolderRef::Id(inbox.folder.id.clone()),
        state: None,
        most: 512,
        details: false,
    };
    let listed = mailbox.ask(&request, response::changes).await.unwrap();
    let listed = listed.only().unwrap().changes;
    let ids: Vec<_> = listed.iter().map(|change| change.id().clone()).collect();
    exchange.remove(&ids[2].id);
    let shape = tegu_ews::request::ItemShape::of(Kind::Mail, mailbox.version());
    let read = mailbox.get(&ids, &shape).await.unwrap();
    let gone = read.iter().map(|item| match item {
        Ok(_) => None,
        Err(problem) => Some(problem.reaction()),
    });
    let expected = (0..5).map(|at| (at == 2).then_some(response::Reaction::Gone));
    assert_eq!(gone.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

//! Public folders, by the rules of each version.

use crate::mailbox::connect;
use tegu_ews::{FolderRef, Kind, Problem, Request, request::FolderShape, response};
use tegu_testkit::exchange_ews::{ExchangeEws, ExchangeEwsBuilder, Folder, Mail, Mailbox, Version, contact};

const ANNA: &str = "anna@corp.example";

fn mail(subject: &str) -> tegu_testkit::exchange_ews::Item {
    Mail::new(subject, "2024-05-01T06:00:00Z").item()
}

fn server(version: Version) -> ExchangeEwsBuilder {
    let below = Folder::new("2024")
        .class("IPF.Note")
        .items([mail("а"), mail("б")]);
    let orders = Folder::new("Приказы")
        .class("IPF.Note")
        .item(mail("в"))
        .folder(below);
    let people = Folder::new("Поставщики")
        .class("IPF.Contact")
        .item(contact("Пётр", "Безухов"));
    ExchangeEws::builder()
        .mailbox(Mailbox::russian(ANNA, "Анна"))
        .public_folder(orders)
        .public_folder(people)
        .version(version)
}

#[tokio::test]
async fn the_tree_and_what_it_holds_are_seen_at_each_version() {
    for version in Version::ALL.into_iter().skip(1) {
        let exchange = server(version).record().start();
        let mailbox = connect(&exchange).await.impersonate(ANNA);
        let public = mailbox.public_folders().await.unwrap().unwrap();
        let seen = public
            .folders
            .iter()
            .map(|place| (place.path.join("/"), place.kind, place.folder.total));
        let expected = [
            ("Поставщики", Kind::Contact, 1),
            ("Приказы", Kind::Mail, 1),
            ("Приказы/2024", Kind::Mail, 2),
        ];
        let expected = expected.map(|(path, kind, total)| (path.to_owned(), kind, total));
        assert_eq!(seen.collect::<Vec<_>>(), expected, "{}", version.name());
        assert!(public.findings.is_empty(), "{:?}", public.findings);

        // What they hold was asked of another mailbox than the tree.
        let replicas = public
            .folders
            .iter()
            .filter(|place| place.folder.replica.is_some());
        let some = if version >= Version::Exchange2013 { 3 } else { 0 };
        assert_eq!(replicas.count(), some, "{}", version.name());
    }
}

#[tokio::test]
async fn an_organisation_without_public_folders_has_none() {
    for version in [Version::Exchange2010Sp2, Version::Exchange2016] {
        let exchange = ExchangeEws::builder()
            .mailbox(Mailbox::russian(ANNA, "Анна"))
            .version(version)
            .start();
        let mailbox = connect(&exchange).await.impersonate(ANNA);
        assert_eq!(
            mailbox.public_folders().await.unwrap(),
            None,
            "{}",
            version.name()
        );
    }
}

/// The stand-in keeps to the rules: what comes without the headers of Exchange 2013 is refused.
#[tokio::test]
async fn without_their_headers_public_folders_are_not_found() {
    let request = Request::GetFolder {
        folders: vec![FolderRef::distinguished("publicfoldersroot")],
        shape: FolderShape::Facts,
    };
    for (version, code) in [
        (Version::Exchange2010Sp2, None),
        (
            Version::Exchange2013,
            Some("ErrorPublicFolderMailboxDiscoveryFailed"),
        ),
    ] {
        let exchange = server(version).start();
        let mailbox = connect(&exchange).await.impersonate(ANNA);
        let answer = mailbox.ask(&request, response::folders).await.unwrap();
        let problem = answer.parts[0]
            .as_ref()
            .err()
            .map(|problem: &Problem| problem.code.as_str());
        assert_eq!(problem, code, "{}", version.name());
    }
}

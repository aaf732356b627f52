#![allow(clippy::unwrap_used, clippy::print_stderr)]
use super::*;
use crate::{Limits, item::Kind, xml::Document};

/// One request of each variant. A new variant does not compile here until it is added.
pub(crate) fn all() -> Vec<Request> {
    let folder = FolderRef::Id("AAMk=".into());
    let inbox = FolderRef::distinguished("inbox").of("anna@example.org");
    let mut all = vec![
        Request::FindFolder {
            parent: inbox.clone(),
            deep: true,
            offset: 0,
            most: 500,
            shape: FolderShape::Facts,
        },
        Request::GetFolder {
            folders: vec![inbox, folder.clone()],
            shape: FolderShape::Permissions,
        },
        Request::FindItem {
            folder: folder.clone(),
            offset: 1000,
            most: 1000,
            details: true,
        },
        Request::SyncFolderItems {
            folder,
            state: Some("H4s=".into()),
            most: 513,
            details: true,
        },
        Request::GetAttachment {
            attachments: vec!["AAE=".into()],
        },
        Request::GetInboxRules {
            mailbox: "anna@example.org".into(),
        },
        Request::GetUserOofSettings {
            mailbox: "anna@example.org".into(),
        },
        Request::GetDelegate {
            mailbox: "anna@example.org".into(),
        },
        Request::GetUserConfiguration {
            folder: FolderRef::distinguished("calendar"),
            name: "CategoryList".into(),
        },
        Request::GetRoomLists,
        Request::GetRooms {
            list: "rooms@example.org".into(),
        },
        Request::ResolveNames {
            name: "/o=Example/cn=anna".into(),
        },
        Request::ExpandDl {
            address: "all@example.org".into(),
        },
        Request::GetServerTimeZones {
            ids: vec!["Russian Standard Time".into()],
        },
    ];
    for kind in Kind::ALL {
        for version in Version::LADDER {
            all.push(Request::GetItem {
                items: vec![ItemId::new("AAMkAD=", Some("CQ=="))],
                shape: ItemShape::of(kind, version),
            });
        }
    }
    for request in &all {
        match request {
            Request::FindFolder { .. }
            | Request::GetFolder { .. }
            | Request::FindItem { .. }
            | Request::SyncFolderItems { .. }
            | Request::GetItem { .. }
            | Request::GetAttachment { .. }
            | Request::GetInboxRules { .. }
            | Request::GetUserOofSettings { .. }
            | Request::GetDelegate { .. }
            | Request::GetUserConfiguration { .. }
            | Request::GetRoomLists
            | Request::GetRooms { .. }
            | Request::ResolveNames { .. }
            | Request::ExpandDl { .. }
            | Request::GetServerTimeZones { .. } => {}
        }
    }
    all
}

#[test]
fn no_request_writes() {
    for request in all() {
        for version in Version::LADDER {
            let xml = request.to_xml(Header::new(version).impersonate(Some("anna@example.org")));
            let document = Document::parse(&xml, &Limits::default()).unwrap();
            let root = document.root().unwrap();
            let body: Vec<_> = root.child("Body").unwrap().children().collect();
            let [operation] = body[..] else {
                panic!("one operation: {xml}")
            };
            let reads = ["Find", "Get", "Sync", "Resolve", "Expand"];
            assert!(
                reads.iter().any(|verb| operation.name().starts_with(verb)),
                "{}",
                operation.name()
            );
            assert!(operation.name().starts_with(request.operation()));
            for word in [
                "Create", "Update", "Delete", "Send", "Move", "Copy", "Upload", "Add", "Remove", "Empty",
                "Mark",
            ] {
                assert!(!operation.name().contains(word), "{}", operation.name());
            }
            assert_eq!(
                root.find("RequestServerVersion").unwrap().attribute("Version"),
                Some(version.name())
            );
            assert_eq!(
                root.find("ConnectingSID").unwrap().value("PrimarySmtpAddress"),
                Some("anna@example.org")
            );
            assert!(
                !xml.contains("https://schemas"),
                "a real server refuses the other spelling"
            );
        }
    }
}

#[test]
fn no_more_changes_than_the_schema_allows() {
    let request = Request::SyncFolderItems {
        folder: FolderRef::distinguished("inbox"),
        state: None,
        most: 9999,
        details: true,
    };
    let xml = request.to_xml(Header::new(Version::Exchange2007Sp1));
    assert!(xml.contains("<m:MaxChangesReturned>512</m:MaxChangesReturned>"));
    assert!(!xml.contains("SyncScope"), "2007 does not know it");
}

/// Every request at the newest version is valid against the schema of Exchange SE.
#[test]
fn requests_are_valid() {
    let Some(reference) = std::env::var_os("TEGU_EWS_REFERENCE") else {
        eprintln!("TEGU_EWS_REFERENCE is not set: requests are NOT held against the schema");
        return;
    };
    let schema = std::path::Path::new(&reference).join("schema");
    let scratch = tempfile::tempdir().unwrap();
    let messages = std::fs::read_to_string(schema.join("Messages.xsd")).unwrap();
    let types = std::fs::read_to_string(schema.join("Types.xsd")).unwrap();
    // The schema imports the `xml:` namespace without saying where it is.
    let stub = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"http://www.w3.org/XML/1998/namespace\">\
        <xs:attribute name=\"lang\" type=\"xs:language\"/><xs:attribute name=\"space\" type=\"xs:string\"/></xs:schema>";
    std::fs::write(scratch.path().join("xml.xsd"), stub).unwrap();
    let import = "<xs:import namespace=\"http://www.w3.org/XML/1998/namespace\"";
    let types = types.replace(import, &format!("{import} schemaLocation=\"xml.xsd\""));
    std::fs::write(scratch.path().join("types.xsd"), &types).unwrap();
    std::fs::write(scratch.path().join("Types.xsd"), &types).unwrap();
    std::fs::write(scratch.path().join("messages.xsd"), messages).unwrap();
    let mut files = Vec::new();
    for (number, request) in all().into_iter().enumerate() {
        let xml = request.to_xml(Header::new(Version::Exchange2013Sp1));
        let start = xml.find("<s:Body>").unwrap() + "<s:Body>".len();
        let end = xml.find("</s:Body>").unwrap();
        // The operation alone, with the namespaces that it stood in.
        let body = &xml[start..end];
        let name = body.find([' ', '>', '/']).unwrap();
        let alone = format!(
            "{} xmlns:m=\"{MESSAGES}\" xmlns:t=\"{TYPES}\"{}",
            &body[..name],
            &body[name..]
        );
        let file = scratch
            .path()
            .join(format!("{number}-{}.xml", request.operation()));
        std::fs::write(&file, alone).unwrap();
        files.push(file);
    }
    let checked = std::process::Command::new("xmllint")
        .args(["--noout", "--schema"])
        .arg(scratch.path().join("messages.xsd"))
        .args(&files)
        .output()
        .expect("xmllint, of the Debian package libxml2-utils");
    let said = String::from_utf8_lossy(&checked.stderr);
    let wrong: Vec<&str> = said
        .lines()
        .filter(|line| !line.ends_with(" validates"))
        .collect();
    assert!(
        checked.status.success() && wrong.is_empty(),
        "{}",
        wrong.join("\n")
    );
}

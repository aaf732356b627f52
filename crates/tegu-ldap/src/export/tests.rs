#![allow(clippy::unwrap_used)]
use super::*;
use crate::ErrorKind;
use crate::account::Right;
use crate::account::{AccountKind, GroupKind};
use crate::check::{self, CheckOptions};
use crate::lookup::Index;
use proptest::prelude::*;

fn csv(text: &str) -> Directory {
    let mut export = Export::default();
    export
        .read_csv(text.as_bytes(), TextEncoding::unicode(), &Limits::default())
        .unwrap();
    export.into_directory()
}

fn json(text: &str) -> Directory {
    let mut export = Export::default();
    export
        .read_json(text.as_bytes(), TextEncoding::unicode(), &Limits::default())
        .unwrap();
    export.into_directory()
}

#[test]
fn csvde() {
    let directory = csv(
        "DN,objectClass,cn,mail,proxyAddresses,objectGUID,unicodePwd,description\r\n\
         \"CN=Smith\\, Ann,OU=Staff,DC=x\",top;person;user,\"Smith, Ann\",ann@a.example,\
         SMTP:ann@a.example;smtp:a@a.example;X500:/o=a\\;b,X'000102030405060708090A0B0C0D0E0F',X'00',\"two\r\nlines \"\"quoted\"\"\"\r\n\
         \"OU=Staff,DC=x\",organizationalUnit,,,,,,\r\n",
    );
    let ann = &directory.accounts()[0];
    assert_eq!(ann.dn().as_str(), "CN=Smith\\, Ann,OU=Staff,DC=x");
    assert_eq!(ann.id(), "03020100-0504-0706-0809-0a0b0c0d0e0f");
    assert_eq!(ann.x500().next().unwrap(), "/o=a;b");
    assert_eq!((ann.aliases().len(), directory.withheld()), (1, 1));
    assert_eq!(directory.ignored().len(), 1);
}

const MAILBOXES: &str = "#TYPE Selected.Microsoft.Exchange.Data.Directory.Management.Mailbox\n\
    \"DistinguishedName\";\"Guid\";\"Alias\";\"DisplayName\";\"PrimarySmtpAddress\";\"EmailAddresses\";\"RecipientTypeDetails\";\
    \"HiddenFromAddressListsEnabled\";\"ProhibitSendReceiveQuota\";\"UseDatabaseQuotaDefaults\";\"ArchiveGuid\";\
    \"WindowsEmailAddress\";\"GrantSendOnBehalfTo\";\"SamAccountName\"\n\
    \"CN=Анна,DC=x\";\"03020100-0504-0706-0809-0a0b0c0d0e0f\";\"anna\";\"Анна\";\"anna@a.example\";\
    \"{SMTP:anna@a.example, smtp:a@a.example, X500:/o=Old Corp/cn=anna}\";\"UserMailbox\";\"False\";\
    \"2 GB (2,147,483,648 bytes)\";\"False\";\"00000000-0000-0000-0000-000000000000\";\"anna@a.example\";\"CN=Bob,DC=x\";\"anna\"\n\
    \"CN=Info,DC=x\";\"13020100-0504-0706-0809-0a0b0c0d0e0f\";\"info\";\"Info\";\"info@a.example\";\
    \"Microsoft.Exchange.Data.ProxyAddressCollection\";\"SharedMailbox\";\"True\";\"Unlimited\";\"True\";\
    \"13020100-0504-0706-0809-0a0b0c0d0e00\";\"info@a.example\";\"\";\"info\"\n";

#[test]
fn mailboxes_of_the_shell() {
    let directory = csv(MAILBOXES);
    let [anna, info] = directory.accounts() else {
        panic!()
    };
    assert_eq!(anna.id(), "03020100-0504-0706-0809-0a0b0c0d0e0f");
    assert_eq!(anna.primary().unwrap().as_str(), "anna@a.example");
    assert_eq!(anna.aliases()[0].as_str(), "a@a.example");
    assert_eq!(anna.x500().next().unwrap(), "/o=Old Corp/cn=anna");
    assert_eq!(anna.quota_kib(), Some(2 << 20));
    assert_eq!(anna.send_on_behalf()[0].as_str(), "CN=Bob,DC=x");
    assert!(!anna.has_archive() && !anna.is_hidden());
    assert_eq!(info.kind(), AccountKind::Shared);
    assert!(info.has_archive() && info.is_hidden());
    assert_eq!(info.quota_kib(), None);
    // The shared mailbox has lost its addresses in the export, and that is said.
    assert_eq!(info.primary().unwrap().as_str(), "info@a.example");
    let findings = check::run(&directory, &CheckOptions::new());
    let codes: Vec<_> = findings.iter().map(|f| (f.dn().as_str(), f.code())).collect();
    assert!(
        codes.contains(&("CN=Info,DC=x", "LDAP-NOT-EXPORTED")),
        "{codes:?}"
    );
}

#[test]
fn tables_about_the_same_objects_are_one_directory() {
    let mut export = Export::default();
    let limits = Limits::default();
    let unicode = TextEncoding::unicode();
    export.read_csv(MAILBOXES.as_bytes(), unicode, &limits).unwrap();
    let groups = r#"[
        {"DistinguishedName":"CN=Team,DC=x","DisplayName":"Team","GroupType":"Universal, SecurityEnabled",
         "PrimarySmtpAddress":{"Local":"team","Domain":"a.example","Address":"team@a.example"},
         "EmailAddresses":[{"PrefixString":"SMTP","ProxyAddressString":"SMTP:team@a.example"}],
         "RecipientTypeDetails":"MailUniversalSecurityGroup","ManagedBy":["CN=Анна,DC=x"],
         "AcceptMessagesOnlyFrom":[],"RequireSenderAuthenticationEnabled":true},
        {"DistinguishedName":"CN=Анна,DC=x","Title":"Инженер","Department":null,"RecipientTypeDetails":1}
    ]"#;
    export.read_json(groups.as_bytes(), unicode, &limits).unwrap();
    let members = "Group,Name,DistinguishedName,PrimarySmtpAddress\n\"CN=Team,DC=x\",Анна,\"CN=Анна,DC=x\",anna@a.example\n\
                   team@a.example,Info,,info@a.example\n";
    export.read_csv(members.as_bytes(), unicode, &limits).unwrap();
    let rights = "Identity,User,AccessRights,Deny,IsInherited\ncorp.example/Staff/info,CORP\\anna,\"{FullAccess, ReadPermission}\",False,False\n\
                  \"CN=Info,DC=x\",NT AUTHORITY\\SELF,FullAccess,False,False\n";
    export.read_csv(rights.as_bytes(), unicode, &limits).unwrap();
    let send_as = r#"{"Identity":"CN=Info,DC=x","User":{"RawIdentity":"CORP\\anna","SecurityIdentifier":null},
        "ExtendedRights":[{"RawIdentity":"Send-As"}],"AccessRights":["ExtendedRight"],"Deny":false,"IsInherited":true}"#;
    export.read_json(send_as.as_bytes(), unicode, &limits).unwrap();

    let directory = export.into_directory();
    assert_eq!((directory.accounts().len(), directory.groups().len()), (2, 1));
    assert_eq!(directory.accounts()[0].card().title(), Some("Инженер"));
    let team = &directory.groups()[0];
    assert_eq!((team.kind(), team.owners().len()), (GroupKind::Security, 1));
    assert!(team.send_rules().signed_in);
    let members: Vec<_> = team.members().iter().map(|m| m.as_str()).collect();
    assert_eq!(members, ["CN=Анна,DC=x", "CN=Info,DC=x"]);
    let rights: Vec<_> = directory
        .grants()
        .iter()
        .map(|g| (g.trustee(), g.right().clone(), g.is_explicit()))
        .collect();
    assert_eq!(
        rights,
        [
            ("CORP\\anna", Right::FullAccess, true),
            ("CORP\\anna", Right::Read, true),
            ("NT AUTHORITY\\SELF", Right::FullAccess, false),
            ("CORP\\anna", Right::SendAs, false)
        ]
    );
    let index = Index::of(&directory);
    for grant in directory.grants().iter().filter(|g| g.is_explicit()) {
        let (mailbox, trustee) = grant.resolve(&index);
        assert_eq!(mailbox.one().unwrap().display_name(), Some("Info"));
        assert_eq!(trustee.one().unwrap().display_name(), Some("Анна"));
    }
}

#[test]
fn one_object_an_empty_answer_and_a_mark_in_front() {
    assert_eq!(
        json("\u{feff}{\"Identity\":\"a\",\"PrimarySmtpAddress\":\"a@a.example\"}")
            .accounts()
            .len(),
        1
    );
    for text in ["null", "[]", ""] {
        let mut export = Export::default();
        let read = export.read_json(text.as_bytes(), TextEncoding::unicode(), &Limits::default());
        assert_eq!(read.is_ok(), !text.is_empty());
    }
    assert!(csv("").is_empty());
    assert!(csv("a,b\n").is_empty());
}

#[test]
fn a_code_page_is_read_when_it_is_named() {
    let text = b"DN,objectClass,displayName\n\"CN=a,DC=x\",contact,\xc8\xec\xff\n";
    let mut export = Export::default();
    let error = export
        .read_csv(&text[..], TextEncoding::unicode(), &Limits::default())
        .unwrap_err();
    assert!(error.to_string().contains("line 2"), "{error}");
    let named = TextEncoding::named("windows-1251").unwrap();
    let mut export = Export::default();
    export.read_csv(&text[..], named, &Limits::default()).unwrap();
    assert_eq!(export.into_directory().contacts()[0].display_name(), Some("Имя"));
}

#[test]
fn faults_and_limits() {
    let read = |text: &str| {
        let mut limits = Limits::default();
        (limits.value_bytes, limits.row_bytes, limits.columns, limits.rows) = (100, 300, 5, 3);
        let mut export = Export::default();
        export
            .read_csv(text.as_bytes(), TextEncoding::unicode(), &limits)
            .map_err(|e| e.kind())
    };
    for (text, kind) in [
        ("DN,cn\n\"CN=a\n", ErrorKind::Malformed),
        ("DN,cn\nCN=a,b,c\n", ErrorKind::Malformed),
        ("DN,\nCN=a,b\n", ErrorKind::Malformed),
        ("Title\nx\n", ErrorKind::Malformed),
        ("DN,c n\nCN=a,b\n", ErrorKind::Malformed),
        ("a,b,c,d,e,f\n", ErrorKind::Limit),
        ("DN\na\na\na\na\n", ErrorKind::Limit),
    ] {
        assert_eq!(read(text), Err(kind), "{text}");
    }
    assert_eq!(
        read(&format!("DN,cn\n\"{}\n", "x".repeat(400))),
        Err(ErrorKind::Limit)
    );
    let limits = Limits {
        row_bytes: 1_000,
        ..Limits::default()
    };
    let deep = "[".repeat(100_000);
    let long = format!("{{\"Identity\":\"{}\"}}", "x".repeat(2_000));
    for (text, kind) in [
        (deep, ErrorKind::Malformed),
        (long, ErrorKind::Limit),
        ("[1]".into(), ErrorKind::Malformed),
    ] {
        let mut export = Export::default();
        let error = export
            .read_json(text.as_bytes(), TextEncoding::unicode(), &limits)
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.to_string().lines().count(), 1);
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in "[a-zA-Z,;\"\n\r\\\\{}:@='\t\\[\\]]{0,80}") {
        for head in ["DN,objectClass,mail\n", "Identity,User,AccessRights\n", "Group,Member\n", ""] {
            let mut export = Export::default();
            let _ = export.read_csv(format!("{head}{text}").as_bytes(), TextEncoding::unicode(), &Limits::default());
            let _ = export.read_json(text.as_bytes(), TextEncoding::unicode(), &Limits::default());
            let _ = export.into_directory();
        }
    }
}

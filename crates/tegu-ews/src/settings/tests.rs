#![allow(clippy::unwrap_used)]
use super::*;
use crate::{Limits, xml::Document};

#[test]
fn rules_keep_every_kind_of_operand() {
    let xml = "<r><OutlookRuleBlobExists>true</OutlookRuleBlobExists><InboxRules><Rule><RuleId>x</RuleId><DisplayName> Счета </DisplayName><Priority>2</Priority>\
        <IsEnabled>true</IsEnabled><Conditions><ContainsSubjectStrings><String>счёт</String><String> a</String></ContainsSubjectStrings>\
        <FromAddresses><Address><Name>B</Name><EmailAddress>/o=x</EmailAddress><RoutingType>EX</RoutingType></Address></FromAddresses><Importance>High</Importance>\
        <WithinSizeRange><MinimumSize>10</MinimumSize></WithinSizeRange><SentToMe>true</SentToMe></Conditions><Exceptions><WithinDateRange><EndDateTime>2026-01-01T00:00:00Z</EndDateTime>\
        </WithinDateRange></Exceptions><Actions><MoveToFolder><FolderId Id=\"f\"/></MoveToFolder><CopyToFolder><DistinguishedFolderId Id=\"inbox\"/></CopyToFolder>\
        <ServerReplyWithMessage Id='i' ChangeKey='c'/><Future><Thing/></Future><StopProcessingRules>true</StopProcessingRules></Actions></Rule>\
        <Rule><DisplayName>first</DisplayName><Priority>1</Priority><IsEnabled>false</IsEnabled><IsInError>true</IsInError><IsNotSupported>true</IsNotSupported></Rule></InboxRules></r>";
    let document = Document::parse(xml, &Limits::default()).unwrap();
    let rules = Rules::read(document.root().unwrap());
    assert!(rules.outlook);
    let [first, second] = &rules.rules[..] else {
        panic!()
    };
    assert!(first.name == "first" && !first.enabled && first.in_error && first.unsupported);
    assert_eq!(second.name, " Счета ");
    let person = Person {
        name: "B".into(),
        address: "/o=x".into(),
        routing: "EX".into(),
        kind: String::new(),
    };
    let named = |all: &[(&str, Operand)]| {
        all.iter()
            .map(|(name, operand)| ((*name).to_owned(), operand.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        second.conditions,
        named(&[
            (
                "ContainsSubjectStrings",
                Operand::Texts(vec!["счёт".into(), " a".into()])
            ),
            ("FromAddresses", Operand::People(vec![person])),
            ("Importance", Operand::Word("High".into())),
            ("WithinSizeRange", Operand::Sizes(Some(10), None)),
            ("SentToMe", Operand::Flag(true)),
        ])
    );
    assert_eq!(
        second.exceptions,
        named(&[(
            "WithinDateRange",
            Operand::Dates(None, Some("2026-01-01T00:00:00Z".into()))
        )])
    );
    assert_eq!(
        second.actions,
        named(&[
            ("MoveToFolder", Operand::Folder("f".into())),
            ("CopyToFolder", Operand::Distinguished("inbox".into())),
            (
                "ServerReplyWithMessage",
                Operand::Item(crate::ItemId::new("i", None))
            ),
            ("Future", Operand::Unknown("Thing".into())),
            ("StopProcessingRules", Operand::Flag(true)),
        ])
    );
}

#[test]
fn permissions_keep_those_whom_nobody_knows() {
    let xml = "<f><PermissionSet><CalendarPermissions><CalendarPermission><UserId><DistinguishedUser>Default</DistinguishedUser></UserId><CanCreateItems>false</CanCreateItems>\
        <EditItems>None</EditItems><ReadItems>TimeOnly</ReadItems><CalendarPermissionLevel>FreeBusyTimeOnly</CalendarPermissionLevel></CalendarPermission>\
        <CalendarPermission><UserId><SID>S-1</SID><PrimarySmtpAddress>b@x</PrimarySmtpAddress><DisplayName>Б</DisplayName></UserId><CanCreateItems>true</CanCreateItems>\
        <IsFolderOwner>true</IsFolderOwner><DeleteItems>Owned</DeleteItems><CalendarPermissionLevel>Custom</CalendarPermissionLevel></CalendarPermission></CalendarPermissions>\
        <UnknownEntries><UnknownEntry>S-1-5-21-7</UnknownEntry></UnknownEntries></PermissionSet></f>";
    let document = Document::parse(xml, &Limits::default()).unwrap();
    let grants = Grant::list(document.root().unwrap());
    let [everybody, boris, nobody] = &grants[..] else {
        panic!()
    };
    assert_eq!(
        (
            &everybody.to,
            everybody.access.read.as_str(),
            everybody.access.level.as_str()
        ),
        (&Grantee::Default, "TimeOnly", "FreeBusyTimeOnly")
    );
    assert_eq!(
        boris.to,
        Grantee::User {
            address: "b@x".into(),
            name: "Б".into(),
            sid: "S-1".into()
        }
    );
    assert!(boris.access.owner && boris.access.create && boris.access.delete == "Owned");
    assert_eq!(nobody.to, Grantee::Unknown("S-1-5-21-7".into()));
}

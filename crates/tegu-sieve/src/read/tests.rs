use super::*;
use crate::rule::{Action, Condition, Folder, Importance, Recipient, Rule};

const CLIXML: &str = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
  <Obj RefId="0">
    <TN RefId="0"><T>Deserialized.Microsoft.Exchange.Management.Common.InboxRule</T><T>System.Object</T></TN>
    <ToString>Счета_x000A_</ToString>
    <Props>
      <S N="Name">Счета &amp; _x005F_x</S>
      <I32 N="Priority">2</I32>
      <B N="Enabled">true</B>
      <B N="InError">false</B>
      <Obj N="From" RefId="1"><TN RefId="1"><T>Deserialized.RecipientIdParameter[]</T></TN>
        <LST><S>"Anna" [SMTP:anna@corp.example]</S><S>"Борис" [EX:/o=Corp/cn=boris]</S></LST></Obj>
      <Obj N="SubjectContainsWords" RefId="2"><TNRef RefId="1"/><LST><S>счёт</S><S>a, b</S></LST></Obj>
      <Obj N="SentTo" RefId="3"><LST/></Obj>
      <Nil N="HeaderContainsWords"/>
      <Obj N="WithImportance" RefId="4"><ToString>High</ToString><I32>2</I32></Obj>
      <Obj N="WithinSizeRangeMinimum" RefId="5"><ToString>10 KB (10,240 bytes)</ToString><Props><U64 N="Value">1</U64></Props></Obj>
      <DT N="ReceivedAfterDate">2026-01-01T00:00:00+03:00</DT>
      <Obj N="MoveToFolder" RefId="6"><ToString>anna:\Inbox\Счета</ToString><Props/></Obj>
      <B N="StopProcessingRules">true</B>
      <B N="DeleteMessage">false</B>
      <Obj N="MailboxOwnerId" RefId="7"><ToString>corp.example/Users/Anna</ToString></Obj>
    </Props>
    <MS><S N="Mailbox">anna@corp.example</S></MS>
  </Obj>
  <Obj RefId="8"><Props><S N="Name">First</S><I32 N="Priority">1</I32><B N="Enabled">false</B><B N="MarkAsRead">true</B>
    <S N="NewInVersion17">x</S></Props><MS><S N="Mailbox">anna@corp.example</S></MS></Obj>
</Objs>"#;

fn invoices() -> Rule {
    let mut boris = Recipient::legacy("Борис", "/o=Corp/cn=boris");
    boris.addresses.clear();
    let mut anna = Recipient::smtp("anna@corp.example");
    anna.name = "Anna".into();
    Rule::new("Счета & _x")
        .priority(2)
        .when(Condition::From(vec![anna, boris]))
        .when(Condition::SubjectContains(vec!["счёт".into(), "a, b".into()]))
        .when(Condition::Importance(Importance::High))
        .when(Condition::SizeRange {
            min: Some(10_240),
            max: None,
        })
        .when(Condition::DateRange {
            after: "2026-01-01T00:00:00+03:00".parse().ok(),
            before: None,
        })
        .then(Action::MoveToFolder(Folder::path(["Inbox", "Счета"])))
        .then(Action::StopProcessingRules)
}

#[test]
fn clixml_in_each_encoding() {
    let utf16 = |big: bool| -> Vec<u8> {
        CLIXML
            .encode_utf16()
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    let (windows, _, _) = encoding_rs::WINDOWS_1251.encode(CLIXML);
    let all = [
        (CLIXML.as_bytes().to_vec(), Encoding::unicode()),
        (
            [b"\xef\xbb\xbf", CLIXML.as_bytes()].concat(),
            Encoding::named("windows-1251").unwrap(),
        ),
        ([b"\xff\xfe".to_vec(), utf16(false)].concat(), Encoding::unicode()),
        ([b"\xfe\xff".to_vec(), utf16(true)].concat(), Encoding::unicode()),
        (utf16(false), Encoding::unicode()),
        (windows.into_owned(), Encoding::named("windows-1251").unwrap()),
    ];
    for (octets, encoding) in all {
        let read = rules(&octets, encoding, &Limits::default()).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].mailbox, "anna@corp.example");
        assert_eq!(read[0].rules[1], invoices());
        let first = &read[0].rules[0];
        assert_eq!((first.name.as_str(), first.enabled), ("First", false));
        assert_eq!(first.unknown, ["NewInVersion17 is not known"]);
    }
}

#[test]
fn json_and_csv_give_the_same_rules() {
    let json = r#"[{"Name":"Счета & _x","Priority":2,"Enabled":true,"InError":false,"Mailbox":"anna@corp.example",
        "From":["\"Anna\" [SMTP:anna@corp.example]","\"Борис\" [EX:/o=Corp/cn=boris]"],"SubjectContainsWords":["счёт","a, b"],"SentTo":null,
        "WithImportance":{"value":2,"Value":"High"},"WithinSizeRangeMinimum":"10 KB (10,240 bytes)","ReceivedAfterDate":"/Date(1767214800000)/",
        "MoveToFolder":"anna:\\Inbox\\Счета","StopProcessingRules":true}]"#;
    let json = json.replace(r#"{"value":2,"Value":"High"}"#, r#""High""#);
    assert_eq!(
        rules(json.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap()[0].rules,
        [invoices()]
    );
    let wrapped = format!("{{\"value\":{json},\"Count\":1}}");
    assert_eq!(
        rules(wrapped.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap()[0].rules,
        [invoices()]
    );

    let csv = "#TYPE X\r\n\"Name\";\"Priority\";\"Enabled\";\"SubjectContainsWords\";\"From\";\"MoveToFolder\";\"BodyContainsWords\"\r\n\
               \"a\";\"1\";\"True\";\"счёт\";\"\"\"Anna\"\" [SMTP:anna@corp.example]\";\"x:\\A\";\"\"\r\n\
               \"b\";\"2\";\"True\";\"one, two\";\"\";\"x:\\A\";\"System.String[]\"\r\n";
    let read = rules(csv.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    assert_eq!(read[0].rules[0].unknown, Vec::<String>::new());
    assert_eq!(read[0].rules[0].conditions.len(), 2);
    assert_eq!(
        read[0].rules[1].unknown,
        [
            "SubjectContainsWords could not be read",
            "BodyContainsWords could not be read"
        ]
    );
}

#[test]
fn a_cut_export_is_refused_as_a_whole() {
    for at in CLIXML
        .char_indices()
        .map(|(at, _)| at)
        .skip(1)
        .filter(|at| *at < CLIXML.len() - 7)
    {
        let error = rules(&CLIXML.as_bytes()[..at], Encoding::unicode(), &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed);
    }
    let cut = &CLIXML[..CLIXML.find("SentTo").unwrap()];
    let error = rules(cut.as_bytes(), Encoding::unicode(), &Limits::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("after 0 complete objects, in \"Счета & _x\""),
        "{error}"
    );
    let json = rules(b"[{\"Name\":\"x\",\n", Encoding::unicode(), &Limits::default())
        .unwrap_err()
        .to_string();
    assert!(json.contains("cut") && json.contains("line 2"), "{json}");
    let csv = rules(
        b"Name,Enabled\r\n\"x,True",
        Encoding::unicode(),
        &Limits::default(),
    )
    .unwrap_err()
    .to_string();
    assert!(csv.contains("cut"), "{csv}");
}

#[test]
fn errors_name_the_place_and_what_to_do() {
    let read = |octets: &[u8]| {
        rules(octets, Encoding::unicode(), &Limits::default())
            .unwrap_err()
            .to_string()
    };
    assert!(read(b"<html>x</html>").contains("not CLIXML"));
    assert!(read(b"{\"Name\":\"\xd1").contains("name the code page"));
    assert_eq!(
        read(b"Name,Enabled\r\nx,True,y\r\n"),
        "read the export of Get-InboxRule: row 1 has another number of values than the first line; export it again"
    );
    assert!(read(b"Name\r\nx\r\n").contains("lacks"));
    assert!(read(b"").contains("empty"));
    assert!(read(b"[1]").contains("object 1"));
    assert!(read(b"<!DOCTYPE x><Objs/>").contains("document type"));
    let mut limits = Limits::default();
    limits.depth = 2;
    let deep = format!("<Objs>{}</Objs>", "<Obj>".repeat(20));
    assert_eq!(
        rules(deep.as_bytes(), Encoding::unicode(), &limits)
            .unwrap_err()
            .kind(),
        ErrorKind::Limit
    );
    limits.values = 3;
    assert_eq!(
        rules(CLIXML.as_bytes(), Encoding::unicode(), &limits)
            .unwrap_err()
            .kind(),
        ErrorKind::Limit
    );
}

#[test]
fn replies_and_forwarding() {
    let json = r#"{"Identity":"anna","AutoReplyState":"Scheduled","StartTime":"2026-01-01T09:00:00+03:00","EndTime":"2026-01-10T09:00:00Z",
        "InternalMessage":"<p>x</p>","ExternalMessage":"","ExternalAudience":"All","CreateOOFEvent":true}"#;
    let read = replies(json.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    assert_eq!(
        (read[0].state, read[0].audience),
        (ReplyState::Scheduled, ExternalAudience::All)
    );
    assert_eq!(read[0].start, "2026-01-01T06:00:00Z".parse().ok());
    assert_eq!(read[0].unknown, ["CreateOOFEvent"]);
    let vague = json.replace("+03:00", "");
    assert!(replies(vague.as_bytes(), Encoding::unicode(), &Limits::default()).is_err());

    let json = r#"{"PrimarySmtpAddress":"anna@corp.example","EmailAddresses":["SMTP:anna@corp.example","smtp:a@corp.example","X500:/o=x"],
        "ForwardingSmtpAddress":"smtp:b@x.example","DeliverToMailboxAndForward":true,"Alias":"anna"}"#;
    let read = forwarding(json.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    assert_eq!(
        (read[0].smtp.as_deref(), read[0].keeps, read[0].aliases.as_slice()),
        (Some("b@x.example"), true, &["a@corp.example".to_owned()][..])
    );
    let bad = json.replace("smtp:b@x.example", "b x");
    assert!(forwarding(bad.as_bytes(), Encoding::unicode(), &Limits::default()).is_err());
}

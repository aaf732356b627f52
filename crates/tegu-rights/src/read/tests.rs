#![allow(clippy::unwrap_used)]
use super::*;

const CLIXML: &str = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
  <Obj RefId="0"><TN RefId="0"><T>Deserialized.Microsoft.Exchange.Management.StoreTasks.MailboxFolderPermission</T></TN>
    <ToString>x</ToString>
    <Props>
      <S N="FolderName">Проекты</S>
      <Obj N="User" RefId="1"><ToString>Борис</ToString><Props>
        <Obj N="UserType" RefId="2"><ToString>Internal</ToString><I32>1</I32></Obj>
        <S N="DisplayName">Борис</S>
        <Obj N="ADRecipient" RefId="3"><ToString>corp.example/Users/Борис</ToString><Props><S N="PrimarySmtpAddress">boris@corp.example</S></Props></Obj>
      </Props></Obj>
      <Obj N="AccessRights" RefId="4"><LST><Obj RefId="5"><ToString>CreateItems</ToString><Props/></Obj><S>FolderVisible</S></LST></Obj>
    </Props>
    <MS><S N="Mailbox">anna@corp.example</S><S N="FolderPath">/Входящие/A&#xF8FF;B</S><S N="FolderType">User Created</S></MS>
  </Obj>
  <Obj RefId="6"><Props><S N="FolderName">Календарь</S>
      <Obj N="User" RefId="7"><ToString>По умолчанию</ToString><Props><Obj N="UserType" RefId="8"><ToString>Default</ToString></Obj></Props></Obj>
      <Obj N="AccessRights" RefId="9"><LST><S>AvailabilityOnly</S></LST></Obj></Props>
    <MS><S N="Mailbox">anna@corp.example</S><S N="FolderPath">/Календарь</S><S N="FolderType">Calendar</S></MS></Obj>
</Objs>"#;

fn read(text: &str) -> Vec<MailboxGrant> {
    grants(text.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap()
}

fn shown(all: &[MailboxGrant]) -> Vec<String> {
    let each = |one: &MailboxGrant| {
        let names = match &one.grant.to {
            Grantee::Named(names) => names.join("|"),
            other => other.to_string(),
        };
        let denied = if one.grant.denied { "not " } else { "" };
        format!("{} {denied}{} to {names}", one.mailbox, one.grant.access)
    };
    all.iter().map(each).collect()
}

#[test]
fn folders_of_each_format() {
    let all = read(CLIXML);
    assert_eq!(
        shown(&all),
        [
            "anna@corp.example Входящие/A/B: CreateItems, FolderVisible to boris@corp.example|Борис",
            "anna@corp.example Календарь: AvailabilityOnly to everybody",
        ]
    );
    assert_eq!(
        all[0].grant.access.folder(),
        Some(&Folder::mail(["Входящие", "A/B"]))
    );
    assert_eq!(all[1].grant.access.folder().unwrap().kind, FolderKind::Calendar);
    let json = r#"[{"Mailbox":"anna@corp.example","FolderName":"x","FolderPath":"/x","ContainerClass":"IPF.Contact.MOC",
        "User":{"UserType":"Anonymous","DisplayName":"Anonymous"},"AccessRights":["Reviewer"]},
        {"Identity":"anna:\\Inbox\\y","FolderName":"y","User":{"DisplayName":"NT:S-1-5-21-7"},"AccessRights":"{Editor}"},
        {"Identity":"anna:\\","FolderName":"Top","User":"boris","AccessRights":["Нечто"]}]"#;
    let all = read(json);
    assert_eq!(
        shown(&all),
        [
            "anna@corp.example x: FolderVisible, ReadItems to anonymous",
            "anna Inbox/y: CreateItems, DeleteAllItems, DeleteOwnedItems, EditAllItems, EditOwnedItems, FolderVisible, ReadItems to NT:S-1-5-21-7",
            "anna : Нечто is not known to boris",
        ]
    );
    assert_eq!(
        all.iter()
            .map(|one| one.grant.access.folder().unwrap().kind)
            .collect::<Vec<_>>(),
        [FolderKind::Contacts, FolderKind::Mail, FolderKind::Other]
    );
    assert!(matches!(all[1].grant.to, Grantee::Gone(_)));
    let csv = "\"Mailbox\",\"FolderPath\",\"FolderType\",\"User\",\"AccessRights\"\r\n\
               \"a@x\",\"/Inbox\",\"Inbox\",\"Default\",\"None\"\r\n\
               \"a@x\",\"/Inbox\",\"Inbox\",\"Boris\",\"CreateItems, ReadItems\"\r\n\
               \"a@x\",\"/Inbox\",\"Inbox\",\"Vera\",\"System.Collections.ObjectModel.Collection`1[X]\"\r\n";
    assert_eq!(
        shown(&read(csv)),
        [
            "a@x Inbox:  to everybody",
            "a@x Inbox: CreateItems, ReadItems to Boris",
            "a@x Inbox: the export does not hold the rights: export as CLIXML to Vera",
        ]
    );
}

#[test]
fn mailboxes_of_each_cmdlet() {
    let json = r#"[
        {"Identity":"corp.example/Users/Anna","User":"CORP\\boris","AccessRights":["FullAccess","ReadPermission"],"IsInherited":false,"Deny":false},
        {"Identity":"corp.example/Users/Anna","User":"NT AUTHORITY\\SELF","AccessRights":["FullAccess"],"IsInherited":false,"Deny":false},
        {"Identity":"corp.example/Users/Anna","User":"CORP\\Admins","AccessRights":["FullAccess"],"IsInherited":true,"Deny":true},
        {"Identity":"corp.example/Users/Anna","User":{"RawIdentity":"CORP\\vera","SecurityIdentifier":{"Value":"S-1-5-21-9"}},"AccessRights":["FullAccess"],"Deny":true},
        {"Identity":"Anna","Trustee":"vera@corp.example","AccessControlType":"Allow","AccessRights":["SendAs"],"IsInherited":false},
        {"Identity":"Anna","User":"CORP\\vera","ExtendedRights":[{"RawIdentity":"Send-As","Name":"Send-As"}],"AccessRights":["ExtendedRight"],"Deny":false},
        {"Identity":"Anna","User":"CORP\\vera","AccessRights":["ChangeOwner"],"Deny":false}]"#;
    assert_eq!(
        shown(&read(json)),
        [
            "corp.example/Users/Anna full access to CORP\\boris",
            "corp.example/Users/Anna not full access to CORP\\vera|S-1-5-21-9",
            "Anna send as to vera@corp.example",
            "Anna send as to CORP\\vera",
            "Anna ChangeOwner has no equal to CORP\\vera",
        ]
    );
    let csv = "Identity;User;AccessRights;IsInherited;Deny\r\nAnna;CORP\\boris;FullAccess, ReadPermission;False;False\r\n";
    assert_eq!(shown(&read(csv)), ["Anna full access to CORP\\boris"]);
}

#[test]
fn errors_name_the_place_and_what_to_do() {
    let error = |text: &str| {
        grants(text.as_bytes(), Encoding::unicode(), &Limits::default())
            .unwrap_err()
            .to_string()
    };
    assert!(
        error("FolderName,User,AccessRights\r\nInbox,x,Editor\r\n")
            .contains("row 1: nothing says which folder")
    );
    assert!(error("[{\"Name\":\"x\"}]").contains("object 1: it lacks `User`"));
    assert!(error("[{\"User\":\"x\",\"Identity\":\"y\"}]").contains("neither `AccessRights`"));
    for at in CLIXML
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| *at < CLIXML.len() - 7)
    {
        error(&CLIXML[..at]);
    }
}

/// Who is a delegate, by the flags of a calendar and by the list of a mailbox.
#[test]
fn delegates_of_each_cmdlet() {
    let row = |kind: &str, flags: &str| {
        format!(
            r#"{{"Mailbox":"a@x","FolderPath":"/C","FolderType":"{kind}","User":"boris","AccessRights":["Editor"],"SharingPermissionFlags":{flags}}}"#
        )
    };
    let said = |kind: &str, flags: &str| {
        let all = read(&format!("[{}]", row(kind, flags)));
        let others = all.iter().skip(1).map(|one| one.grant.access.to_string());
        (all[0].grant.sees_private, others.collect::<Vec<_>>().join("; "))
    };
    let plain = "delegate (gets meeting requests, Calendar: Editor)";
    for (kind, flags, expected) in [
        ("Calendar", "null", (false, "")),
        ("Calendar", "\"None\"", (false, "")),
        ("Calendar", "0", (false, "")),
        ("Calendar", "\"Delegate\"", (false, plain)),
        ("Calendar", r#"{"value":1,"Value":"Delegate"}"#, (false, plain)),
        (
            "Calendar",
            "\"Delegate, CanViewPrivateItems\"",
            (
                true,
                "delegate (gets meeting requests, sees private items, Calendar: Editor)",
            ),
        ),
        // It only counts beside the other, and on a calendar.
        ("Calendar", "\"CanViewPrivateItems\"", (false, "")),
        ("Inbox", "\"Delegate, CanViewPrivateItems\"", (false, "")),
        (
            "Calendar",
            "3",
            (
                false,
                "SharingPermissionFlags is 3, which is not known: export as CLIXML",
            ),
        ),
        (
            "Calendar",
            "\"Delegate, Something\"",
            (
                false,
                "SharingPermissionFlags is Something, which is not known: export as CLIXML",
            ),
        ),
    ] {
        let (private, others) = said(kind, flags);
        assert_eq!((private, others.as_str()), expected, "{kind} {flags}");
    }

    let clixml = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">
      <Obj RefId="0"><Props><S N="PrimarySmtpAddress">a@x</S><S N="Identity">x/Users/A</S>
        <Obj N="GrantSendOnBehalfTo" RefId="1"><LST>
          <Obj RefId="2"><ToString>x/Users/Boris</ToString><Props><S N="DistinguishedName">CN=Boris,DC=x</S></Props></Obj>
          <S>x/Users/Vera</S></LST></Obj></Props></Obj>
      <Obj RefId="3"><Props><S N="PrimarySmtpAddress">b@x</S><Obj N="GrantSendOnBehalfTo" RefId="4"><LST/></Obj></Props></Obj>
    </Objs>"#;
    assert_eq!(
        shown(&read(clixml)),
        [
            "a@x send on behalf to x/Users/Boris|CN=Boris,DC=x",
            "a@x send on behalf to x/Users/Vera",
        ]
    );
    let csv = "PrimarySmtpAddress,GrantSendOnBehalfTo\r\na@x,\"x/Users/Boris, x/Users/Vera\"\r\n\
               b@x,\r\nc@x,Microsoft.Exchange.Data.MultiValuedProperty`1[X]\r\n";
    assert_eq!(
        shown(&read(csv)),
        [
            "a@x send on behalf to x/Users/Boris",
            "a@x send on behalf to x/Users/Vera",
            "c@x the export does not hold GrantSendOnBehalfTo: export as CLIXML to ",
        ]
    );
}

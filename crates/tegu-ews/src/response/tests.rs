#![allow(clippy::unwrap_used, clippy::print_stderr)]
use super::*;
use std::{io::Read, time::Duration};
use tegu_message::Spool;

fn raw(body: &str) -> Raw {
    let text = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><h:ServerVersionInfo xmlns:h=\"t\" MajorVersion=\"15\" \
         MinorVersion=\"2\" MajorBuildNumber=\"1118\" MinorBuildNumber=\"7\" Version=\"V2017_07_11\"/></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    );
    let spool = Spool::new(std::env::temp_dir());
    let mut splitter = crate::xml::Splitter::new(&spool, &Limits::default());
    splitter.push(text.as_bytes()).unwrap();
    splitter.finish().unwrap()
}

fn get_item(parts: &str) -> Answer<Item> {
    items(
        &raw(&format!(
            "<m:GetItemResponse><m:ResponseMessages>{parts}</m:ResponseMessages></m:GetItemResponse>"
        )),
        &Limits::default(),
    )
    .unwrap()
}

#[test]
fn one_broken_item_leaves_its_batch_alone() {
    let good = |id: &str, more: &str| {
        format!(
            "<m:GetItemResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Message>{more}\
            <t:ItemId Id=\"{id}\" ChangeKey=\"k\"/><t:ItemClass>IPM.Note</t:ItemClass></t:Message></m:Items></m:GetItemResponseMessage>"
        )
    };
    let bad = |code: &str| {
        format!(
            "<m:GetItemResponseMessage ResponseClass=\"Error\"><m:MessageText>words</m:MessageText><m:ResponseCode>{code}</m:ResponseCode>\
            <m:DescriptiveLinkKey>0</m:DescriptiveLinkKey><m:Items/></m:GetItemResponseMessage>"
        )
    };
    let answer = get_item(
        &[
            good(
                "a",
                "<t:MimeContent CharacterSet=\"UTF-8\">U3ViamVjdDogMQ==</t:MimeContent>",
            ),
            bad("ErrorItemNotFound"),
            good("b", "<t:MimeContent>***</t:MimeContent>"),
            bad("ErrorCorruptData"),
            good("c", "<t:Subject>bad&#x1A;&#x0;one</t:Subject>"),
            bad("ErrorOfTheFuture"),
        ]
        .concat(),
    );
    assert_eq!(answer.server.unwrap().to_string(), "Exchange 2019 (15.2.1118.7)");
    let [Ok(a), Err(gone), Ok(b), Err(corrupt), Ok(c), Err(unknown)] = &answer.parts[..] else {
        panic!("{:?}", answer.parts)
    };
    let mut mime = String::new();
    a.content().unwrap().reader().read_to_string(&mut mime).unwrap();
    assert_eq!(mime, "Subject: 1");
    assert_eq!(gone.reaction(), Reaction::Gone);
    assert_eq!(b.content().unwrap_err().reaction(), Reaction::Damaged);
    assert_eq!(corrupt.reaction(), Reaction::Damaged);
    assert_eq!((c.subject.as_str(), c.replaced), ("bad\u{fffd}\u{fffd}one", 2));
    assert_eq!((a.replaced, b.replaced), (0, 0));
    assert_eq!(unknown.reaction(), Reaction::Permanent);
}

#[test]
fn back_off_comes_in_two_forms() {
    let xml = "<MessageXml><t:Value Name=\"BackOffMilliseconds\">297749</t:Value></MessageXml>";
    let fault = format!(
        "<s:Fault><faultcode>a:ErrorServerBusy</faultcode><faultstring>The server cannot service this request right now.</faultstring>\
        <detail><e:ResponseCode>ErrorServerBusy</e:ResponseCode><e:Message>busy</e:Message>{xml}</detail></s:Fault>"
    );
    let error = items(&raw(&fault), &Limits::default()).unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::Throttled, Some(Duration::from_millis(297_749)))
    );
    assert_eq!(error.find_source::<Problem>().unwrap().reaction(), Reaction::Wait);
    let part = format!(
        "<m:GetItemResponseMessage ResponseClass=\"Error\"><m:ResponseCode>ErrorServerBusy</m:ResponseCode>{}</m:GetItemResponseMessage>",
        xml.replace("MessageXml", "m:MessageXml")
    );
    let answer = get_item(&part);
    assert_eq!(
        answer.parts[0].as_ref().unwrap_err().back_off,
        Some(Duration::from_millis(297_749))
    );
}

#[test]
fn each_code_asks_for_what_helps() {
    for (codes, reaction) in [
        (&["ErrorServerBusy"][..], Reaction::Wait),
        (&["ErrorExceededConnectionCount"], Reaction::FewerConnections),
        (
            &["ErrorTimeoutExpired", "ErrorTooManyObjectsOpened"],
            Reaction::SmallerBatch,
        ),
        (&["ErrorExceededFindCountLimit"], Reaction::SmallerPage),
        (
            &[
                "ErrorInternalServerTransientError",
                "ErrorMailboxStoreUnavailable",
                "ErrorMailboxMoveInProgress",
                "ErrorConnectionFailed",
            ],
            Reaction::Retry,
        ),
        (&["ErrorItemNotFound"], Reaction::Gone),
        (
            &["ErrorInvalidSyncStateData", "ErrorSyncFolderNotFound"],
            Reaction::StartOver,
        ),
        (&["ErrorInvalidServerVersion"], Reaction::OlderVersion),
        (
            &[
                "ErrorImpersonateUserDenied",
                "ErrorNonExistentMailbox",
                "ErrorAccessDenied",
            ],
            Reaction::Denied,
        ),
        (
            &[
                "ErrorCorruptData",
                "ErrorItemCorrupt",
                "ErrorMimeContentConversionFailed",
            ],
            Reaction::Damaged,
        ),
        (&["ErrorOfTheFuture", "", "errorserverbusy"], Reaction::Permanent),
    ] {
        for code in codes {
            assert_eq!(Problem::new(*code, "").reaction(), reaction, "{code}");
        }
    }
}

#[test]
fn causes_name_what_mends_them() {
    for (code, word) in [
        ("ErrorImpersonateUserDenied", "New-ManagementRoleAssignment"),
        ("ErrorNonExistentMailbox", "Get-Recipient"),
        ("ErrorAccessDenied", "Add-MailboxPermission"),
    ] {
        let error = Error::from(Problem::new(code, "no"));
        assert!(
            error.to_string().contains(word) && !error.is_retryable(),
            "{error}"
        );
    }
}

#[test]
fn a_list_ends_by_its_flag_and_not_by_its_length() {
    let page = |attributes: &str, items: &str| {
        let body = format!(
            "<m:FindItemResponse><m:ResponseMessages><m:FindItemResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>\
            <m:RootFolder {attributes}><t:Items>{items}</t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse>"
        );
        found_items(&raw(&body), &Limits::default())
            .unwrap()
            .only()
            .unwrap()
    };
    let some = page(
        "IndexedPagingOffset=\"1\" TotalItemsInView=\"9\" IncludesLastItemInRange=\"false\"",
        "<t:CalendarItem><t:ItemId Id=\"aB\"/></t:CalendarItem><t:Message/>",
    );
    assert_eq!(
        (
            some.entries.len(),
            some.unreadable,
            some.total,
            some.next,
            some.last
        ),
        (1, 1, Some(9), Some(1), false)
    );
    assert_eq!(some.entries[0].element, "CalendarItem");
    assert!(!page("IncludesLastItemInRange=\"false\"", "").last);
    assert!(page("IncludesLastItemInRange=\"true\"", "").last);
}

#[test]
fn changes_of_all_sorts() {
    let body = "<m:SyncFolderItemsResponse><m:ResponseMessages><m:SyncFolderItemsResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>\
        <m:SyncState>H4sI</m:SyncState><m:IncludesLastItemInRange>false</m:IncludesLastItemInRange><m:Changes>\
        <t:Create><t:Message><t:ItemId Id=\"1\" ChangeKey=\"a\"/></t:Message></t:Create><t:Update><t:Contact><t:ItemId Id=\"2\"/></t:Contact></t:Update>\
        <t:Delete><t:ItemId Id=\"3\"/></t:Delete><t:ReadFlagChange><t:ItemId Id=\"4\"/><t:IsRead>true</t:IsRead></t:ReadFlagChange><t:Later/></m:Changes>\
        </m:SyncFolderItemsResponseMessage></m:ResponseMessages></m:SyncFolderItemsResponse>";
    let found = changes(&raw(body), &Limits::default()).unwrap().only().unwrap();
    assert_eq!(
        (found.state.as_str(), found.last, found.unreadable),
        ("H4sI", false, 1)
    );
    let [
        Change::Create(a),
        Change::Update(b),
        Change::Delete(c),
        Change::ReadFlag(d, true),
    ] = &found.changes[..]
    else {
        panic!()
    };
    assert_eq!([&a.id.id, &b.id.id, &c.id, &d.id], ["1", "2", "3", "4"]);
}

#[test]
fn what_is_no_answer_is_an_error() {
    let spool = Spool::new(std::env::temp_dir());
    for (text, kind) in [
        ("<html><body>Outlook Web App</body></html>", ErrorKind::Protocol),
        ("<s:Envelope><s:Body/></s:Envelope>", ErrorKind::Protocol),
        ("", ErrorKind::Malformed),
    ] {
        let mut splitter = crate::xml::Splitter::new(&spool, &Limits::default());
        splitter.push(text.as_bytes()).unwrap();
        assert_eq!(
            items(&splitter.finish().unwrap(), &Limits::default())
                .unwrap_err()
                .kind(),
            kind,
            "{text}"
        );
    }
}

/// All documented answers are read without a panic, and without an error but for those that are broken themselves.
#[test]
fn documented_answers_are_read() {
    let Some(reference) = std::env::var_os("TEGU_EWS_REFERENCE") else {
        eprintln!("TEGU_EWS_REFERENCE is not set: the documented answers are NOT read");
        return;
    };
    let mut broken = Vec::new();
    let mut count = 0;
    let spool = Spool::new(std::env::temp_dir());
    for entry in std::fs::read_dir(std::path::Path::new(&reference).join("samples/response")).unwrap() {
        let path = entry.unwrap().path();
        let octets = std::fs::read(&path).unwrap();
        count += 1;
        let mut splitter = crate::xml::Splitter::new(&spool, &Limits::default());
        let read = splitter.push(&octets).and_then(|()| {
            let raw = splitter.finish()?;
            let answers = [
                folders(&raw, &Limits::default()).err(),
                found_folders(&raw, &Limits::default()).err(),
                found_items(&raw, &Limits::default()).err(),
                changes(&raw, &Limits::default()).err(),
                items(&raw, &Limits::default()).err(),
                attachments(&raw, &Limits::default()).err(),
                people(&raw, &Limits::default()).err(),
                zones(&raw, &Limits::default()).err(),
                inbox_rules(&raw, &Limits::default()).err(),
                out_of_office(&raw, &Limits::default()).err(),
                delegates(&raw, &Limits::default()).err(),
                categories(&raw, &Limits::default()).err(),
                permissions(&raw, &Limits::default()).err(),
            ];
            // A fault is an answer.
            match answers
                .into_iter()
                .flatten()
                .find(|error| error.find_source::<Problem>().is_none())
            {
                Some(error) => Err(error),
                None => Ok(()),
            }
        });
        if let Err(error) = read {
            broken.push(format!(
                "{}: {error}",
                path.file_name().unwrap().to_string_lossy()
            ));
        }
    }
    broken.sort();
    assert!(count >= 272, "{count}");
    assert_eq!(broken, Vec::<String>::new());
}

//! Items of mail, and what is said of them.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use tegu_pst::{Options, Pst, Verdict};
use tegu_testkit::pst::{Attachment, Data, Folder, Item, Layout, Mailbox, Name, Value};

/// Converts one item; returns the octets, the verdict and the codes of the findings.
pub(crate) fn convert_with(item: Item, layout: Layout, options: Options) -> (Vec<u8>, Verdict, Vec<String>) {
    let octets = Mailbox::new()
        .folder(Folder::new("Inbox").item(item))
        .write(layout);
    let pst = Pst::open(octets, options).unwrap();
    let mail = pst.message(0x20_0024).unwrap().mail().unwrap();
    let mut octets = Vec::new();
    mail.write_to(&mut octets).unwrap();
    let codes = mail
        .findings()
        .iter()
        .map(|finding| finding.code.to_string())
        .collect();
    (octets, mail.verdict(), codes)
}

pub(crate) fn convert(item: Item) -> (Vec<u8>, Verdict, Vec<String>) {
    convert_with(item, Layout::Unicode, Options::default())
}

pub(crate) fn parse(octets: &[u8]) -> Message<'_> {
    MessageParser::default().parse(octets).unwrap()
}

pub(crate) fn mail() -> Item {
    Item::new("IPM.Note")
        .with(0x0037, Value::text("\u{1}\u{5}RE: Отчёт за квартал"))
        .with(0x0039, Value::Time(1_704_067_200))
        .with(0x0042, Value::text("Иван Петров"))
        .with(0x0064, Value::text("SMTP"))
        .with(0x0065, Value::text("ivan@example.org"))
        .with(0x1035, Value::text("<1@example.org>"))
        .with(0x1000, Value::text("Здравствуйте!\r\n\r\nFrom now on\r\n"))
        .to(1, "Анна", "anna@example.org")
        .to(2, "Boris, B.", "boris@example.org")
        .to(3, "", "hidden@example.org")
}

#[test]
fn a_rebuilt_mail_is_faithful() {
    let (octets, verdict, codes) = convert(mail());
    assert_eq!(
        (verdict, codes),
        (Verdict::Faithful, vec!["PST-HEADER-REBUILT".to_owned()])
    );
    let parsed = parse(&octets);
    assert_eq!(parsed.subject(), Some("RE: Отчёт за квартал"));
    assert_eq!(
        parsed.from().unwrap().first().unwrap().name(),
        Some("Иван Петров")
    );
    assert_eq!(parsed.cc().unwrap().first().unwrap().name(), Some("Boris, B."));
    assert_eq!(
        parsed.bcc().unwrap().first().unwrap().address(),
        Some("hidden@example.org")
    );
    assert_eq!(parsed.date().unwrap().to_timestamp(), 1_704_067_200);
    assert_eq!(
        parsed.body_text(0).unwrap(),
        "Здравствуйте!\r\n\r\nFrom now on\r\n"
    );
    assert!(octets.is_ascii());
    assert!(octets.split(|octet| *octet == b'\n').all(|line| line.len() <= 79));
}

#[test]
fn ansi_strings_need_a_code_page() {
    let (_, verdict, codes) = convert_with(mail(), Layout::Ansi, Options::default());
    assert_eq!(verdict, Verdict::Manual);
    assert!(codes.contains(&"PST-CODE-PAGE-UNKNOWN".to_owned()));
    // What it looks like is told to the operator, and not used.
    let octets = Mailbox::new()
        .folder(Folder::new("Inbox").item(mail()))
        .write(Layout::Ansi);
    let pst = Pst::open(octets, Options::default()).unwrap();
    let told = pst.message(0x20_0024).unwrap().mail().unwrap();
    assert!(
        told.findings()
            .iter()
            .any(|finding| finding.message.ends_with("(it looks like 1251)"))
    );
    let named = Options::default().code_page(encoding_rs::WINDOWS_1251);
    let (octets, verdict, _) = convert_with(mail(), Layout::Ansi, named);
    assert_eq!(verdict, Verdict::Faithful);
    assert_eq!(parse(&octets).subject(), Some("RE: Отчёт за квартал"));
    let (_, verdict, _) = convert_with(
        mail().with(0x3ff1, Value::Int(0x419)),
        Layout::Ansi,
        Options::default(),
    );
    assert_eq!(verdict, Verdict::Faithful);
}

#[test]
fn a_kept_header_is_used_if_it_belongs_to_the_message() {
    let header = "Received: from a by b;\r\n Mon, 1 Jan 2024 00:00:01 +0000\r\nX-Odd:  two  spaces \r\n\
                  From: ivan@example.org\r\nTo: anna@example.org\r\nSubject: =?utf-8?B?UkU6INCe0YLRh9GR0YIg0LfQsCDQutCy0LDRgNGC0LDQuw==?=\r\n\
                  Date: Mon, 01 Jan 2024 03:00:00 +0300\r\nMessage-ID: <1@example.org>\r\n\
                  Content-Type: application/ms-tnef; name=\"winmail.dat\"\r\nMIME-Version: 1.0\r\n\r\n";
    let (octets, verdict, codes) = convert(mail().with(0x007d, Value::text(header)));
    assert_eq!(
        (verdict, codes),
        (Verdict::Faithful, vec!["PST-HEADER-KEPT".to_owned()])
    );
    assert!(octets.starts_with(
        b"Received: from a by b;\r\n Mon, 1 Jan 2024 00:00:01 +0000\r\nX-Odd:  two  spaces \r\n"
    ));
    assert!(!String::from_utf8_lossy(&octets).contains("ms-tnef"));
    // The blind recipient is put back.
    assert_eq!(
        parse(&octets).bcc().unwrap().first().unwrap().address(),
        Some("hidden@example.org")
    );
    for (from, to) in [
        ("<1@", "<2@"),
        ("03:00:00 +0300", "03:00:02 +0300"),
        ("UkU6", "Ukc6"),
        ("From:", "Form:"),
    ] {
        let (octets, _, codes) = convert(mail().with(0x007d, Value::text(header.replace(from, to))));
        assert!(
            codes.contains(&"PST-HEADER-DIFFERS".to_owned()),
            "{from}: {codes:?}"
        );
        assert!(octets.starts_with(b"Date: "));
    }
}

#[test]
fn distinguished_names_are_resolved_by_the_file_and_by_the_operator() {
    let row = |smtp: bool| {
        let mut cells = vec![
            (0x0c15, Value::Int(1)),
            (0x3001, Value::text("Анна")),
            (0x3002, Value::text("EX")),
            (0x3003, Value::text("/o=Org/cn=Anna")),
        ];
        if smtp {
            cells.push((0x39fe, Value::text("anna@example.org")));
        }
        cells
    };
    let knows = Item::new("IPM.Note").recipient(row(true));
    let asks = || {
        Item::new("IPM.Note")
            .with(0x0042, Value::text("x"))
            .with(0x0065, Value::text("x@example.org"))
            .recipient(row(false))
    };
    let octets = Mailbox::new()
        .folder(Folder::new("Inbox").item(asks()).item(knows))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default()).unwrap();
    let mail = pst.message(0x20_0024).unwrap().mail().unwrap();
    assert_eq!(
        parse(&mail.to_vec().unwrap())
            .to()
            .unwrap()
            .first()
            .unwrap()
            .address(),
        Some("anna@example.org")
    );
    // Alone, the file does not know; a recipient is never dropped.
    let (octets, verdict, codes) = convert(asks());
    assert_eq!(verdict, Verdict::Manual);
    assert!(codes.contains(&"PST-ADDRESS-UNRESOLVED".to_owned()));
    assert!(String::from_utf8_lossy(&octets).contains(&"To: =?utf-8?B?0JDQvdC90LA=?=:;".to_owned()));
    let told = Options::default().addresses([("/O=ORG/CN=ANNA".to_owned(), "a@example.org".to_owned())]);
    let (octets, verdict, _) = convert_with(asks(), Layout::Unicode, told);
    assert_eq!(verdict, Verdict::Faithful);
    assert_eq!(
        parse(&octets).to().unwrap().first().unwrap().address(),
        Some("a@example.org")
    );
}

#[test]
fn html_text_images_and_files() {
    let html = "<html><body>Привет <img src=\"cid:logo@1\"></body></html>";
    let data: Vec<u8> = (0..=255).collect();
    let item = mail()
        .with(0x1013, Value::Binary(html.as_bytes().to_vec()))
        .with(0x3fde, Value::Int(65001))
        .attach(Attachment::file("logo.png", "image/png", data.clone()).with(0x3712, Value::text("logo@1")))
        .attach(Attachment::file(
            "отчёт с очень длинным именем за первый квартал прошлого года.bin",
            "multipart/evil",
            data.repeat(100),
        ))
        .attach(Attachment::file(
            "note.txt",
            "text/plain",
            "line\nline".as_bytes().to_vec(),
        ));
    let (octets, verdict, codes) = convert(item);
    assert_eq!(
        (verdict, codes),
        (Verdict::Faithful, vec!["PST-HEADER-REBUILT".to_owned()])
    );
    let parsed = parse(&octets);
    assert_eq!(parsed.body_html(0).unwrap(), html);
    let files: Vec<_> = parsed.attachments().collect();
    assert_eq!(files.len(), 3);
    assert_eq!(files[0].contents(), data);
    assert_eq!(files[0].content_id(), Some("logo@1"));
    assert_eq!(
        files[1].attachment_name(),
        Some("отчёт с очень длинным именем за первый квартал прошлого года.bin")
    );
    assert_eq!(files[1].contents(), data.repeat(100));
    assert_eq!(files[1].content_type().unwrap().ctype(), "application");
}

/// RTF as it is kept without compression.
pub(crate) fn mela(rtf: &[u8]) -> Value {
    let mut data = (rtf.len() as u32 + 12).to_le_bytes().to_vec();
    data.extend((rtf.len() as u32).to_le_bytes());
    data.extend(b"MELA\0\0\0\0");
    data.extend(rtf);
    Value::Binary(data)
}

#[test]
fn rtf_bodies() {
    let bare = || {
        Item::new("IPM.Note")
            .with(0x0042, Value::text("x"))
            .with(0x0065, Value::text("x@example.org"))
    };
    let (octets, verdict, _) = convert(bare().with(
        0x1009,
        mela(br"{\rtf1\ansi\fromhtml1{\*\htmltag <b>}x{\*\htmltag </b>}}"),
    ));
    assert_eq!(verdict, Verdict::Faithful);
    assert_eq!(parse(&octets).body_html(0).unwrap(), "<b>x</b>");
    let (octets, verdict, _) = convert(bare().with(0x1009, mela(br"{\rtf1\ansi\fromtext one\par two}")));
    assert_eq!(verdict, Verdict::Faithful);
    assert_eq!(parse(&octets).body_text(0).unwrap(), "one\r\ntwo");
    let (octets, verdict, codes) = convert(bare().with(0x1009, mela(br"{\rtf1\ansi {\b one}}")));
    assert_eq!(verdict, Verdict::Manual);
    assert!(codes.contains(&"PST-RTF-FORM".to_owned()));
    assert_eq!(
        parse(&octets).attachments().next().unwrap().attachment_name(),
        Some("body.rtf")
    );
    let (_, verdict, codes) =
        convert(bare().with(0x1009, Value::Binary(b"garbage, not RTF at all".to_vec())));
    assert_eq!(verdict, Verdict::Manual);
    assert!(codes.contains(&"PST-RTF-UNREADABLE".to_owned()));
}

#[test]
fn messages_within_messages() {
    let mut item = mail();
    for depth in 0..8 {
        item = Item::new("IPM.Note")
            .with(0x0037, Value::text(format!("depth {depth}")))
            .with(0x0042, Value::text("x"))
            .with(0x0065, Value::text("x@example.org"))
            .attach(Attachment::message(item));
    }
    let (octets, verdict, _) = convert(item);
    assert_eq!(verdict, Verdict::Faithful);
    let mut parsed = parse(&octets).into_owned();
    for depth in (0..8).rev() {
        assert_eq!(parsed.subject(), Some(format!("depth {depth}").as_str()));
        let PartType::Message(inner) = parsed.attachments().next().unwrap().body.clone() else {
            panic!("a message within")
        };
        parsed = inner.into_owned();
    }
    assert_eq!(parsed.subject(), Some("RE: Отчёт за квартал"));
}

#[test]
fn what_mail_cannot_hold_is_for_a_person() {
    for (item, code) in [
        (mail().attach(Attachment::new(Data::Ole(vec![1]))), "PST-OLE"),
        (
            mail().attach(Attachment::new(Data::None).with(0x3705, Value::Int(7))),
            "PST-ATTACHMENT-REFERENCE",
        ),
        (mail().attach(Attachment::new(Data::None)), "PST-ATTACHMENT-EMPTY"),
        (
            mail().attach(Attachment::new(Data::None).with(0x3705, Value::Int(99))),
            "PST-ATTACHMENT-METHOD",
        ),
        (
            mail().attach(Attachment::file("message.rpmsg", "a/b", vec![1])),
            "PST-RIGHTS-MANAGED",
        ),
        (mail().with(0x0e2a, Value::Bool(true)), "PST-HEADER-ONLY"),
        (
            mail().with(0x1000, Value::Raw(0x1f, vec![0, 0xd8, 65, 0])),
            "PST-TEXT-DAMAGED",
        ),
        (
            mail().with(0x1039, Value::Raw(0x99, vec![1, 2, 3])),
            "PST-VALUE-UNREADABLE",
        ),
        (
            mail().attach(Attachment::message(Item::new("IPM.Unheard.Of"))),
            "PST-EMBEDDED-CLASS",
        ),
        (Item::new("IPM.Note"), "PST-SENDER-MISSING"),
        (Item::new("REPORT.IPM.Note.NDR"), "PST-REPORT-STATUS"),
        (Item::new("IPM.Note.SMIME"), "PST-SMIME-SHAPE"),
    ] {
        let (_, verdict, codes) = convert(item);
        assert_eq!(verdict, Verdict::Manual, "{code}");
        assert!(codes.contains(&code.to_owned()), "{code}: {codes:?}");
    }
}

#[test]
fn values_of_unknown_types_do_not_hide_others() {
    let (octets, verdict, codes) = convert(
        mail()
            .with(0x0001, Value::Raw(0x99, vec![1]))
            .with(0x0002, Value::Object(7, 7)),
    );
    assert_eq!(verdict, Verdict::Faithful);
    assert!(codes.contains(&"PST-PROPERTY-TYPE".to_owned()));
    assert_eq!(parse(&octets).subject(), Some("RE: Отчёт за квартал"));
}

/// A contact or an appointment within a message is there in its own form too.
#[test]
fn items_within_messages_have_their_own_form() {
    let card = Item::new("IPM.Contact")
        .with(0x3001, Value::text("Анна"))
        .with(0x3a08, Value::text("+7 900"));
    let event = Item::new("IPM.Appointment")
        .named(Name::Number(0x2002, 0x820d), Value::Time(1_704_067_200))
        .named(Name::Number(0x2002, 0x820e), Value::Time(1_704_070_800));
    for (within, name, line) in [
        (card, "card.vcf", "TEL;VALUE=text;TYPE=\"work,voice\":+7 900\r\n"),
        (event, "card.ics", "DTSTART:20240101T000000Z\r\n"),
    ] {
        let attachment = Attachment::message(within).with(0x3707, Value::text("card"));
        let (octets, verdict, codes) = convert(mail().attach(attachment));
        assert_eq!(verdict, Verdict::Faithful, "{codes:?}");
        assert!(codes.contains(&"PST-EMBEDDED-FORM".to_owned()));
        let parsed = parse(&octets);
        let file = parsed
            .attachments()
            .find(|part| part.attachment_name() == Some(name))
            .unwrap();
        let text = std::str::from_utf8(file.contents()).unwrap();
        assert!(text.contains(line), "{text}");
        let message = |part: &mail_parser::MessagePart<'_>| matches!(part.body, PartType::Message(_));
        assert_eq!(parsed.parts.iter().filter(|part| message(part)).count(), 1);
    }
}

/// An attachment whose properties do not say how it is kept is read by its row.
#[test]
fn a_row_says_how_an_attachment_is_kept() {
    let file = Attachment::file("a.bin", "a/b", vec![1, 2, 3]).method_in_row();
    let (octets, verdict, codes) = convert(mail().attach(file));
    assert_eq!(verdict, Verdict::Faithful, "{codes:?}");
    assert_eq!(parse(&octets).attachments().next().unwrap().contents(), [1, 2, 3]);
}

#[test]
fn unknown_properties_of_mail_are_counted() {
    let (_, verdict, codes) = convert(mail().with(0x6f01, Value::Int(7)));
    assert_eq!(verdict, Verdict::Faithful);
    assert_eq!(codes, ["PST-PROPERTY-UNKNOWN", "PST-HEADER-REBUILT"]);
}

#[test]
fn state_and_categories() {
    let item = mail()
        .with(0x0e07, Value::Int(1 | 8))
        .with(0x1081, Value::Int(103))
        .with(0x1090, Value::Int(2))
        .named(
            Name::Public("Keywords".to_owned()),
            Value::Texts(vec!["Важно".to_owned(), "a, b".to_owned()]),
        );
    let octets = Mailbox::new()
        .folder(Folder::new("Inbox").item(item))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default()).unwrap();
    let mail = pst.message(0x20_0024).unwrap().mail().unwrap();
    let state = mail.state();
    assert!(state.seen && state.draft && state.answered && state.flagged && !state.forwarded);
    assert_eq!(state.categories, ["Важно", "a, b"]);
    assert_eq!(mail.verdict(), Verdict::Faithful);
}

#[test]
fn signed_mail_is_its_attachment() {
    let entity = "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"b\"\r\n\r\n\
                  --b\r\nContent-Type: text/plain\r\n\r\nсигнатура\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\
                  Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n";
    let item = Item::new("IPM.Note.SMIME.MultipartSigned")
        .with(0x0042, Value::text("x"))
        .with(0x0065, Value::text("x@example.org"))
        .with(0x1000, Value::text("a copy for search"))
        .attach(Attachment::file(
            "smime.p7m",
            "multipart/signed",
            entity.as_bytes().to_vec(),
        ));
    let (octets, verdict, codes) = convert(item);
    assert_eq!(verdict, Verdict::Faithful);
    assert!(codes.contains(&"PST-SMIME-UNPROVED".to_owned()));
    assert!(octets.ends_with(entity.as_bytes()));
}

#[test]
fn a_kept_signature_proves_the_body() {
    // bh= of "Hello\r\n", relaxed: base64 of its SHA-256.
    let header = "From: x@example.org\r\nSubject: s\r\nContent-Type: text/plain; charset=us-ascii\r\n\
                  DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s;\r\n bh=HASH; b=AAAA\r\n\r\n";
    let hash = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        <sha2::Sha256 as sha2::Digest>::digest(b"Hello\r\n"),
    );
    let item = |body: &str| {
        Item::new("IPM.Note")
            .with(0x0037, Value::text("s"))
            .with(0x007d, Value::text(header.replace("HASH", &hash)))
            .with(0x1000, Value::text(body))
    };
    let (octets, verdict, _) = convert(item("Hello\r\n\r\n"));
    assert_eq!(verdict, Verdict::Exact);
    assert!(octets.starts_with(
        b"From: x@example.org\r\nSubject: s\r\nContent-Type: text/plain; charset=us-ascii\r\nDKIM"
    ));
    let (_, verdict, _) = convert(item("Hallo\r\n"));
    assert_eq!(verdict, Verdict::Faithful);
}

#[test]
fn reports_keep_their_form() {
    let status =
        "Reporting-MTA: dns; example.org\r\n\r\nFinal-Recipient: rfc822; a@example.org\r\nAction: failed\r\n";
    let item = Item::new("REPORT.IPM.Note.NDR")
        .with(0x0042, Value::text("x"))
        .with(0x0065, Value::text("x@example.org"))
        .with(0x1000, Value::text("It failed.\r\n"))
        .attach(Attachment::file(
            "",
            "message/delivery-status",
            status.as_bytes().to_vec(),
        ))
        .attach(Attachment::message(mail()));
    let (octets, verdict, _) = convert(item);
    assert_eq!(verdict, Verdict::Faithful);
    let text = String::from_utf8(octets).unwrap();
    assert!(text.contains("multipart/report; report-type=delivery-status"));
    assert!(text.contains(status));
}

/// Reports that were made within Exchange hold no part of RFC 3464 or RFC 8098: only properties.
#[test]
fn the_status_of_a_report_is_made_from_its_properties() {
    let cells = |name: &str, address: &str, code: i32| {
        vec![
            (0x0c15, Value::Int(1)),
            (0x3001, Value::text(name)),
            (0x3002, Value::text("SMTP")),
            (0x3003, Value::text(address)),
            (0x0c20, Value::Int(code)),
            (
                0x0c1b,
                Value::text("<mx.example.org #5.1.1 smtp;550 5.1.1 no such user>"),
            ),
            (0x0c21, Value::text("mx.example.org")),
        ]
    };
    let report = |class: &str| {
        Item::new(class)
            .with(0x0042, Value::text("Почтовая система"))
            .with(0x0065, Value::text("postmaster@example.org"))
            .with(0x1000, Value::text("Не доставлено.\r\n"))
            .with(0x1046, Value::text("<7@example.org>"))
            .with(0x6820, Value::text("exchange.example.org"))
            .recipient(cells("Анна", "anna@example.org", 550))
            .recipient(cells("", "boris@example.org", 0))
    };
    let (octets, verdict, codes) = convert(report("REPORT.IPM.Note.NDR"));
    assert_eq!(verdict, Verdict::Faithful, "{codes:?}");
    assert!(codes.contains(&"PST-REPORT-GENERATED".to_owned()));
    let text = String::from_utf8(octets).unwrap();
    assert!(
        text.contains("multipart/report; report-type=delivery-status"),
        "{text}"
    );
    for lines in [
        "Content-Type: message/delivery-status\r\n",
        "\r\n\r\nReporting-MTA: dns; exchange.example.org\r\n\r\nFinal-Recipient: rfc822; anna@example.org\r\nAction: failed\r\nStatus: 5.5.0\r\n",
        "\r\n\r\nFinal-Recipient: rfc822; boris@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.example.org\r\n",
        "X-Supplementary-Info: <mx.example.org #5.1.1 smtp;550 5.1.1 no such user>\r\n",
    ] {
        assert!(text.contains(lines), "{lines} in {text}");
    }
    // A code of another class than the action is none.
    let (octets, ..) = convert(report("REPORT.IPM.Note.DR"));
    let text = String::from_utf8(octets).unwrap();
    assert!(text.contains("Action: delivered\r\nStatus: 2.0.0\r\n"), "{text}");
    let (octets, verdict, _) = convert(report("REPORT.IPM.Note.IPNRN"));
    assert_eq!(verdict, Verdict::Faithful);
    let text = String::from_utf8(octets).unwrap();
    assert!(text.contains("multipart/report; report-type=disposition-notification"));
    assert!(text.contains(
        "Final-Recipient: rfc822; postmaster@example.org\r\nOriginal-Message-ID: <7@example.org>\r\n\
         Disposition: automatic-action/MDN-sent-automatically; displayed\r\n"
    ));
}

/// What openssl signs is proved by its digest; a changed text is not.
#[test]
fn a_digest_of_smime_proves_what_was_signed() {
    let directory = tempfile::tempdir().unwrap();
    let openssl = |arguments: &str| {
        let output = std::process::Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(directory.path())
            .output()
            .expect("openssl is installed (Debian package openssl, see ci/install-debian)");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=x");
    let body =
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nПодписано.\r\n";
    std::fs::write(directory.path().join("body"), body).unwrap();
    openssl("cms -sign -md sha256 -in body -signer cert.pem -inkey key.pem -out clear");
    openssl(
        "cms -sign -md sha512 -binary -nodetach -stream -in body -signer cert.pem -inkey key.pem -outform DER -out opaque",
    );
    openssl("cms -encrypt -binary -in body -outform DER -out sealed cert.pem");
    let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
    let item = |class: &str, data: Vec<u8>| {
        Item::new(class)
            .with(0x0042, Value::text("x"))
            .with(0x0065, Value::text("x@example.org"))
            .attach(Attachment::file("smime.p7m", "multipart/signed", data))
    };
    let clear = String::from_utf8(read("clear")).unwrap();
    let clear = clear.replace("\r\n", "\n").replace('\n', "\r\n");
    let entity = clear
        .strip_prefix("MIME-Version: 1.0\r\n")
        .unwrap_or(&clear)
        .to_owned();
    for (data, verdict, code) in [
        (entity.clone(), Verdict::Exact, "PST-BODY-PROVED"),
        (
            entity.replace("Подписано", "Подменено"),
            Verdict::Faithful,
            "PST-SMIME-UNPROVED",
        ),
    ] {
        let (octets, found, codes) = convert(item("IPM.Note.SMIME.MultipartSigned", data.clone().into()));
        assert_eq!(
            (found, codes.contains(&code.to_owned())),
            (verdict, true),
            "{codes:?}"
        );
        assert!(octets.ends_with(data.as_bytes()));
    }
    let opaque = read("opaque");
    let mut changed = opaque.clone();
    let at = changed
        .windows(4)
        .position(|octets| octets == "Подп".as_bytes()[..4].as_ref())
        .unwrap();
    changed[at + 1] ^= 1;
    for (data, verdict, kind) in [
        (opaque, Verdict::Exact, "signed-data"),
        (changed, Verdict::Faithful, "signed-data"),
        (read("sealed"), Verdict::Faithful, "enveloped-data"),
    ] {
        let (octets, found, codes) = convert(item("IPM.Note.SMIME", data.clone()));
        assert_eq!(found, verdict, "{codes:?}");
        let parsed = parse(&octets);
        let content = parsed.content_type().unwrap();
        assert_eq!(content.attribute("smime-type"), Some(kind));
        assert_eq!(parsed.parts[0].contents(), data);
    }
}

/// What is left of a message when its contents are taken out, as Exchange keeps it.
const SKELETON: &str = "Received: from a by b; Mon, 1 Jan 2024 00:00:01 +0000\r\nFrom: Ivan <ivan@example.org>\r\nTo: anna@example.org\r\n\
    Subject: plan\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nDKIM-FIELD\
    Content-Type: multipart/mixed; boundary=\"odd boundary\"\r\n\r\nA preamble.\r\n--odd boundary\r\n\
    Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: quoted-printable\r\nX-Exchange-Mime-Skeleton-Content-Id: body\r\n\r\n\r\n\
    --odd boundary\r\nContent-Type: application/x-odd; name=a\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <file@1>\r\n\r\n\r\n\
    --odd boundary\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n\r\n--odd boundary--\r\n";

#[test]
fn a_skeleton_gives_the_original_structure_back() {
    let expected = SKELETON
        .replace(
            "X-Exchange-Mime-Skeleton-Content-Id: body\r\n\r\n\r\n",
            "\r\n=F0=CC=C1=CE\r\n\r\n",
        )
        .replace("<file@1>\r\n\r\n\r\n", "<file@1>\r\n\r\nAQID\r\n");
    let body = expected.split_once("\r\n\r\n").unwrap().1;
    let hash = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        <sha2::Sha256 as sha2::Digest>::digest(body.as_bytes()),
    );
    let dkim = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=s; bh={hash}; b=AAAA\r\n"
    );
    let with = |field: &str, subject: &str, id: &str, text: &str| {
        Item::new("IPM.Note")
            .with(0x0037, Value::text(subject))
            .with(0x0039, Value::Time(1_704_067_200))
            .with(0x0042, Value::text("Ivan"))
            .with(0x0065, Value::text("ivan@example.org"))
            .with(0x1000, Value::text(text))
            .with(0x1035, Value::text(id))
            .with(
                0x64f0,
                Value::Binary(SKELETON.replace("DKIM-FIELD", field).into_bytes()),
            )
            .to(1, "Анна", "anna@example.org")
            .attach(
                Attachment::file("a", "application/x-odd", vec![1, 2, 3]).with(0x3712, Value::text("file@1")),
            )
    };
    let item = |field: &str| with(field, "plan", "<1@example.org>", "План\r\n");
    let (octets, verdict, codes) = convert(item(""));
    assert_eq!(
        String::from_utf8(octets).unwrap(),
        expected.replace("DKIM-FIELD", ""),
        "{codes:?}"
    );
    assert_eq!(
        (verdict, codes),
        (Verdict::Faithful, vec!["PST-SKELETON-USED".to_owned()])
    );
    let (octets, verdict, codes) = convert(item(&dkim));
    assert_eq!(
        verdict,
        Verdict::Exact,
        "{codes:?}\n{}",
        String::from_utf8_lossy(&octets)
    );
    // A skeleton that is not that of the message, or has no place for something, is not used.
    for (change, item) in [
        (
            "another subject",
            with("", "another", "<1@example.org>", "План\r\n"),
        ),
        ("another message", with("", "plan", "<2@example.org>", "План\r\n")),
        (
            "a file more",
            item("").attach(Attachment::file("b", "a/b", vec![9])),
        ),
        (
            "a text that the charset lacks",
            with("", "plan", "<1@example.org>", "計画\r\n"),
        ),
        ("a blind recipient", item("").to(3, "", "hidden@example.org")),
    ] {
        let (octets, verdict, codes) = convert(item);
        assert!(codes.contains(&"PST-SKELETON".to_owned()), "{change}: {codes:?}");
        assert_eq!(verdict, Verdict::Faithful, "{change}");
        assert!(octets.starts_with(b"Date: "), "{change}");
    }
}

#[test]
fn large_attachments_are_written_piece_by_piece() {
    let data: Vec<u8> = (0..6_000_001_u32).map(|octet| (octet % 255) as u8).collect();
    let octets = Mailbox::new()
        .folder(Folder::new("Inbox").item(mail().attach(Attachment::file("a", "a/b", data.clone()))))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default()).unwrap();
    let mail = pst.message(0x20_0024).unwrap().mail().unwrap();
    assert!(mail.is_streamed());
    let mut octets = Vec::new();
    mail.write_to(&mut octets).unwrap();
    assert!(parse(&octets).attachments().next().unwrap().contents() == data);
}

#[test]
fn a_meeting_request_has_its_calendar() {
    let person = |name: &str, flags: i32| {
        vec![
            (0x0c15, Value::Int(1)),
            (0x3001, Value::text(name)),
            (0x3002, Value::text("SMTP")),
            (0x3003, Value::text(format!("{name}@example.org"))),
            (0x5ffd, Value::Int(flags)),
        ]
    };
    let request = |class: &str| {
        Item::new(class)
            .with(0x0037, Value::text("встреча"))
            .with(0x0042, Value::text("ivan"))
            .with(0x0065, Value::text("ivan@example.org"))
            .with(0x1000, Value::text("text\r\n"))
            .named(Name::Number(0x2002, 0x820d), Value::Time(1_704_067_200))
            .named(Name::Number(0x2002, 0x820e), Value::Time(1_704_070_800))
            .recipient(person("anna", 1))
    };
    for (class, method) in [
        ("IPM.Schedule.Meeting.Request", "REQUEST"),
        ("IPM.Schedule.Meeting.Canceled", "CANCEL"),
        ("IPM.Schedule.Meeting.Resp.Pos", "REPLY"),
    ] {
        let (octets, verdict, codes) = convert(request(class));
        assert_eq!(verdict, Verdict::Faithful, "{codes:?}");
        let parsed = parse(&octets);
        let calendar = parsed
            .parts
            .iter()
            .find(|part| {
                part.content_type()
                    .is_some_and(|kind| kind.subtype() == Some("calendar"))
            })
            .unwrap();
        assert_eq!(calendar.content_type().unwrap().attribute("method"), Some(method));
        let text = calendar.text_contents().unwrap();
        assert!(text.contains(&format!("METHOD:{method}\r\n")));
        let (organizer, attendee) = if method == "REPLY" {
            ("anna", "ivan")
        } else {
            ("ivan", "anna")
        };
        let unfolded = text.replace("\r\n ", "");
        assert!(unfolded.contains(&format!(
            "ORGANIZER;CN=\"{organizer}\":mailto:{organizer}@example.org"
        )));
        assert!(
            unfolded.contains(&format!("ATTENDEE;CN=\"{attendee}\"")),
            "{unfolded}"
        );
        assert_eq!(unfolded.contains("PARTSTAT=ACCEPTED"), method == "REPLY");
    }
}

//! Headers that are rebuilt from properties.

use super::{
    items::one_off,
    mail::{convert, mail, parse},
};
use tegu_pst::Verdict;
use tegu_testkit::pst::{Name, Value};

/// Fields that the file keeps by their names stand in a rebuilt header, but none twice, and none of what Exchange keeps to itself.
#[test]
fn a_rebuilt_header_has_the_fields_that_the_file_keeps() {
    let header = |name: &str, value: &str| (Name::Header(name.to_owned()), Value::text(value));
    let item = [
        header("auto-submitted", "auto-replied"),
        header("x-mailer", "Почта 1.0"),
        header("subject", "another"),
        header("content-type", "text/odd"),
        header("x-ms-exchange-organization-scl", "9"),
        header("bad name", "x"),
    ]
    .into_iter()
    .fold(mail(), |item, (name, value)| item.named(name, value))
    .with(0x1045, Value::text("<mailto:leave@example.org>"))
    .with(0x0030, Value::Time(1_704_153_600))
    .with(0x0015, Value::Time(1_704_240_000))
    .with(0x0029, Value::Bool(true))
    .with(0x0017, Value::Int(2))
    .with(0x0036, Value::Int(3))
    .with(0x1042, Value::text("<0@example.org>"))
    .with(0x1039, Value::text("<a@example.org> <0@example.org>"))
    .with(0x0070, Value::text("Отчёт"))
    .with(0x0071, Value::Binary(vec![1; 22]));
    let (octets, verdict, codes) = convert(item);
    assert_eq!(verdict, Verdict::Faithful, "{codes:?}");
    let text = String::from_utf8(octets).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    for field in [
        "auto-submitted: auto-replied\r\n",
        "x-mailer: =?utf-8?B?0J/QvtGH0YLQsCAxLjA=?=\r\n",
        "List-Unsubscribe: <mailto:leave@example.org>\r\n",
        "Reply-By: Tue, 02 Jan 2024 00:00:00 +0000\r\n",
        "Expires: Wed, 03 Jan 2024 00:00:00 +0000\r\n",
        "<ivan@example.org>\r\n",
        "Importance: high\r\n",
        "Sensitivity: Company-Confidential\r\n",
        "In-Reply-To: <0@example.org>\r\n",
        "References: <a@example.org> <0@example.org>\r\n",
        "Thread-Topic: =?utf-8?B?0J7RgtGH0ZHRgg==?=\r\n",
        "Thread-Index: AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==\r\n",
    ] {
        assert!(head.contains(field), "{field} in {head}");
    }
    assert!(head.contains("\r\nDisposition-Notification-To: "));
    let lower = head.to_lowercase();
    for absent in ["another", "text/odd", "organization-scl", "bad name"] {
        assert!(!lower.contains(absent), "{absent} in {head}");
    }
    assert_eq!(lower.matches("\r\nsubject:").count(), 1);
}

/// A sender who writes for somebody else is named beside them, and answers go where they should.
#[test]
fn senders_and_addresses_for_answers() {
    let mut entry = one_off("Анна", "anna@example.org");
    entry.resize(entry.len().next_multiple_of(4), 0);
    let mut list = 1_u32.to_le_bytes().to_vec();
    list.extend((entry.len() as u32 + 4).to_le_bytes());
    list.extend((entry.len() as u32).to_le_bytes());
    list.extend(entry);
    let item = mail()
        .with(0x0c1a, Value::text("Секретарь"))
        .with(0x0c1e, Value::text("SMTP"))
        .with(0x0c1f, Value::text("office@example.org"))
        .with(0x004f, Value::Binary(list));
    let (octets, verdict, codes) = convert(item);
    assert_eq!(verdict, Verdict::Faithful, "{codes:?}");
    let parsed = parse(&octets);
    let address = |list: Option<&mail_parser::Address<'_>>| {
        let first = list.unwrap().first().unwrap();
        (
            first.name().unwrap().to_owned(),
            first.address().unwrap().to_owned(),
        )
    };
    let pair = |name: &str, address: &str| (name.to_owned(), address.to_owned());
    assert_eq!(address(parsed.from()), pair("Иван Петров", "ivan@example.org"));
    assert_eq!(address(parsed.sender()), pair("Секретарь", "office@example.org"));
    assert_eq!(address(parsed.reply_to()), pair("Анна", "anna@example.org"));
}

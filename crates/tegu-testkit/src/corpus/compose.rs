//! One message: headers and a body.

use super::random::Random;
use super::text::{self, Charset, PEOPLE};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;

/// Stands in the place of a Message-ID, which the builder does not leave out by itself.
const NO_ID: &str = "without-an-identifier@invalid";

/// Makes a message of about `size` bytes; `number` keeps its identifiers apart from those of others.
pub(super) fn message(random: &mut Random, number: u64, size: u64, date: i64) -> Vec<u8> {
    let mut bytes = whole(random, number, size, date);
    if random.permille(20) {
        let headers = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map_or(bytes.len(), |at| at + 4);
        bytes = match random.range(0, 4) {
            // Nothing but headers, with and without the empty line after them.
            0 => bytes[..headers].to_vec(),
            1 => bytes[..headers - 2].to_vec(),
            // A body without any header.
            2 => [b"\r\n", &bytes[headers..]].concat(),
            // The last line does not end.
            _ => bytes.trim_ascii_end().to_vec(),
        };
    }
    bytes
}

fn whole(random: &mut Random, number: u64, size: u64, date: i64) -> Vec<u8> {
    let (name, local) = *random.pick(PEOPLE);
    let mut builder = MessageBuilder::new().from((name.to_owned(), format!("{local}@example.test")));
    let recipients = *random.pick(&[1, 1, 1, 2, 3, 12]);
    let to: Vec<Address<'_>> = (0..recipients)
        .map(|_| {
            let user = random.range(0, 500);
            let name = user.is_multiple_of(3).then(|| random.pick(PEOPLE).0);
            Address::new_address(name, format!("user{user}@example.test"))
        })
        .collect();
    builder = builder.to(to);
    builder = match random.range(0, 1000) {
        0..10 => builder.header("Date", Raw::new("garbage 99 Foo 20xx")),
        _ => builder.date(date),
    };
    let without_id = random.permille(20);
    let id = format!("{:08x}.{number}@exchange.example.test", random.next() as u32);
    builder = builder.message_id(if without_id { NO_ID } else { id.as_str() });
    if random.permille(300) {
        let parent = format!(
            "{:08x}.{}@exchange.example.test",
            random.next() as u32,
            number / 2
        );
        builder = builder.in_reply_to(parent.clone()).references(parent);
    }
    builder = builder.header("Thread-Index", Raw::new(STANDARD.encode(random.bytes(22))));
    let (raw, builder) = with_subject(random, builder);
    let part = content(random, number, size, date);
    let built = builder.body(part).write_to_vec().expect("writing to memory");
    let mut bytes = received(random, number, date);
    bytes.extend(raw);
    if without_id {
        let line = format!("Message-ID: <{NO_ID}>\r\n");
        let at = built
            .windows(line.len())
            .position(|found| found == line.as_bytes())
            .expect("the builder wrote it");
        bytes.extend(&built[..at]);
        bytes.extend(&built[at + line.len()..]);
    } else {
        bytes.extend(built);
    }
    bytes
}

/// Trace lines, folded as Exchange folds them.
fn received(random: &mut Random, number: u64, date: i64) -> Vec<u8> {
    let hops = random.range(1, 5);
    let line = |hop: u64| {
        let mut date_text = Vec::new();
        mail_builder::headers::Header::write_header(
            &mail_builder::headers::date::Date::new(date - hop as i64),
            &mut date_text,
            0,
        );
        let date = String::from_utf8(date_text).expect("a date is ASCII");
        format!(
            "Received: from mx{hop}.example.test (mx{hop}.example.test [192.0.2.{host}])\r\n\tby exchange.example.test with \
             Microsoft SMTP Server id {number};\r\n\t{date}",
            host = hop + 10,
        )
    };
    (0..hops).flat_map(|hop| line(hop).into_bytes()).collect()
}

/// A subject, as a header of the builder or, where no builder would write such a thing, as bytes to stand before it.
fn with_subject<'x>(random: &mut Random, builder: MessageBuilder<'x>) -> (Vec<u8>, MessageBuilder<'x>) {
    let count = random.range(2, 9);
    let subject = text::words(random, count);
    let mut raw = Vec::new();
    let raw_in = |charset: Charset| [b"Subject: ", charset.encode(&subject).as_slice(), b"\r\n"].concat();
    let encoded_in = |charset: Charset| {
        let words: Vec<String> = subject
            .split_inclusive(' ')
            .map(|word| {
                format!(
                    "=?{}?B?{}?=",
                    charset.name(),
                    STANDARD.encode(charset.encode(word))
                )
            })
            .collect();
        format!("Subject: {}\r\n", words.join("\r\n ")).into_bytes()
    };
    let builder = match random.range(0, 100) {
        0..3 => {
            raw = raw_in(Charset::Utf8);
            builder
        }
        3..6 => {
            raw = raw_in(Charset::Windows1251);
            builder
        }
        6..9 => {
            raw = raw_in(Charset::Koi8R);
            builder
        }
        9..15 => {
            raw = encoded_in(Charset::Windows1251);
            builder
        }
        15..21 => {
            raw = encoded_in(Charset::Koi8R);
            builder
        }
        21..24 => builder,
        _ => builder.subject(subject),
    };
    (raw, builder)
}

fn content(random: &mut Random, number: u64, size: u64, date: i64) -> MimePart<'static> {
    if size < 6000 || random.permille(150) {
        return plain(random, size.min(300_000));
    }
    let text_size = (size / 4).min(3000);
    let text = plain(random, text_size);
    let html = format!(
        "<html><body><p>{}</p></body></html>\r\n",
        text::body(random, text_size).replace("\r\n", "<br>\r\n")
    );
    let html = MimePart::new("text/html", html);
    let mut parts = vec![multipart("alternative", number, vec![text, html])];
    let attachments = *random.pick(&[1, 1, 1, 2, 3]);
    // Base64 makes four bytes of three.
    let each = size.saturating_sub(3 * text_size) / attachments * 3 / 4;
    for index in 0..attachments {
        let bytes = random.bytes(each as usize);
        let name = *random.pick(&["Документ №", "report ", "Смета & \"акты\" ", "a;b=c' "]);
        parts.push(MimePart::new("application/pdf", bytes).attachment(format!("{name}{index}.pdf")));
    }
    if random.permille(30) {
        let forwarded = whole(random, number * 1_000_003 + 1, 2000, date - 86_400);
        parts.push(MimePart::new("message/rfc822", forwarded).transfer_encoding("8bit"));
    }
    multipart("mixed", number, parts)
}

fn plain(random: &mut Random, size: u64) -> MimePart<'static> {
    let text = text::body(random, size);
    match random.range(0, 4) {
        0 => MimePart::new("text/plain", text),
        choice => {
            let charset = [Charset::Utf8, Charset::Koi8R, Charset::Windows1251][choice as usize - 1];
            let kind = ContentType::new("text/plain").attribute("charset", charset.name());
            MimePart::new(kind, charset.encode(&text)).transfer_encoding("8bit")
        }
    }
}

/// The builder's own boundaries differ from run to run.
fn multipart(kind: &str, number: u64, parts: Vec<MimePart<'static>>) -> MimePart<'static> {
    let boundary = format!("----=_{kind}_{number:08x}");
    let content_type = ContentType::new(format!("multipart/{kind}")).attribute("boundary", boundary);
    MimePart::new(content_type, parts)
}

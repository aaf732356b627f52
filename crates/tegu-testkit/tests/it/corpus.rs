use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use tegu_testkit::corpus::{Corpus, Message, digest, folders};
use tegu_testkit::{Cyrus, Dovecot, skip_servers};

/// Small enough to look at every byte without optimisation.
fn mail() -> Vec<Message> {
    Corpus::new(7).max_size(6_500).messages(1000).collect()
}

#[test]
fn is_the_same_everywhere() {
    assert_eq!(digest(Corpus::new(7).messages(100)), 14_605_684_615_069_815_140);
    assert_ne!(
        digest(Corpus::new(8).messages(100)),
        digest(Corpus::new(7).messages(100))
    );
    // More messages do not change the first ones.
    let (few, many) = (Corpus::new(1).messages(20), Corpus::new(1).messages(40));
    assert!(few.eq(many.take(20)));
}

#[test]
fn sizes_spread_like_mail() {
    let mail: Vec<Message> = Corpus::new(7).messages(500).collect();
    let mut sizes: Vec<usize> = mail.iter().map(|message| message.bytes.len()).collect();
    sizes.sort_unstable();
    let (median, high) = (sizes[sizes.len() / 2], sizes[sizes.len() * 9 / 10]);
    assert!((8_000..20_000).contains(&median), "{median}");
    assert!((40_000..120_000).contains(&high), "{high}");
    assert!(*sizes.last().unwrap() < (1 << 20) * 11 / 10, "{:?}", sizes.last());
    let small = Corpus::new(7)
        .max_size(2000)
        .messages(100)
        .map(|message| message.bytes.len())
        .max()
        .unwrap();
    assert!(small < 60_000, "{small}");
}

#[test]
fn lines_end_with_crlf_and_no_byte_is_nul() {
    for message in mail() {
        let bytes = &message.bytes;
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' => assert!(at > 0 && bytes[at - 1] == b'\r'),
                b'\r' => assert!(bytes.get(at + 1) == Some(&b'\n') || at + 1 == bytes.len()),
                _ => assert_ne!(*byte, 0),
            }
        }
    }
}

#[test]
fn holds_what_it_promises() {
    let mail = mail();
    let texts: Vec<String> = mail
        .iter()
        .map(|message| String::from_utf8_lossy(&message.bytes).into_owned())
        .collect();
    let containing = |wanted: &str| texts.iter().filter(|text| text.contains(wanted)).count();
    assert!(mail.len() - containing("Message-ID:") > 10);
    assert!(containing("\r\nFrom ") > 10 && containing("\r\n>From ") > 5);
    assert!(containing("Subject: =?koi8-r?B?") > 20 && containing("Subject: =?windows-1251?B?") > 20);
    assert!(containing("garbage 99 Foo") > 1);
    assert!(containing("application/pdf") > 300);
    let count = |wanted: &dyn Fn(&Message) -> bool| mail.iter().filter(|message| wanted(message)).count();
    let headers = |message: &Message| {
        let end = message
            .bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or(message.bytes.len());
        message.bytes[..end].to_vec()
    };
    assert!(count(&|m| std::str::from_utf8(&headers(m)).is_err()) > 20);
    assert!(count(&|m| !headers(m).is_ascii() && std::str::from_utf8(&headers(m)).is_ok()) > 10);
    assert!(count(&|m| m.bytes.ends_with(b"\r\n\r\n") && headers(m).len() + 4 == m.bytes.len()) > 1);
    assert!(count(&|m| m.bytes.starts_with(b"\r\n")) > 1);
    assert!(count(&|m| !m.bytes.ends_with(b"\r\n")) > 1);
    assert!(count(&|m| m.bytes.split(|b| *b == b'\n').any(|line| line.len() > 2000)) > 10);
    assert!(count(&|m| m.flags.contains(&"\\Seen")) > 700 && count(&|m| !m.keywords.is_empty()) > 100);
    let mut seen: HashMap<&str, HashSet<&[u8]>> = HashMap::new();
    let duplicates = mail
        .iter()
        .filter(|m| !seen.entry(m.folder).or_default().insert(&m.bytes))
        .count();
    assert!((10..50).contains(&duplicates), "{duplicates}");
    assert!(folders().all(|folder| seen.contains_key(folder)));
}

/// Appends every message to one folder, and returns the bodies that the server gives back, or its refusals.
fn through(port: u16, mail: &[Message]) -> Vec<Result<Vec<u8>, String>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut answer = |tag: &str| {
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            assert!(reader.read_until(b'\n', &mut line).unwrap() > 0, "closed");
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if let Some(size) = text.strip_suffix('}').and_then(|text| text.rsplit_once('{')) {
                let mut literal = vec![0; size.1.parse().unwrap()];
                reader.read_exact(&mut literal).unwrap();
                lines.push(literal);
            } else if let Some(status) = text.strip_prefix(tag) {
                return if status.trim().starts_with("OK") {
                    Ok(lines)
                } else {
                    Err(text)
                };
            }
        }
    };
    write!(stream, "a LOGIN anna secret\r\n").unwrap();
    answer("a ").unwrap();
    let mut stored = Vec::new();
    for message in mail {
        let flags = [message.flags.as_slice(), &message.keywords].concat().join(" ");
        let size = message.bytes.len();
        write!(
            stream,
            "b APPEND INBOX ({flags}) \"{}\" {{{size}+}}\r\n",
            message.internal_date.imap()
        )
        .unwrap();
        stream.write_all(&message.bytes).unwrap();
        stream.write_all(b"\r\n").unwrap();
        stored.push(answer("b ").map(|_| Vec::new()));
    }
    write!(stream, "c SELECT INBOX\r\nd FETCH 1:* BODY.PEEK[]\r\n").unwrap();
    answer("c ").unwrap();
    let bodies = answer("d ").unwrap();
    assert_eq!(bodies.len(), stored.iter().flatten().count());
    for (slot, body) in stored.iter_mut().flatten().zip(bodies) {
        *slot = body;
    }
    stored
}

#[test]
fn servers_give_back_what_they_were_given() {
    if skip_servers() {
        return;
    }
    let mail: Vec<Message> = Corpus::new(3).max_size(20_000).messages(300).collect();
    let (dovecot, cyrus) = (Dovecot::start(), Cyrus::builder().config("munge8bit: no").start());
    for (name, port) in [("Dovecot", dovecot.port()), ("Cyrus", cyrus.port())] {
        for (number, (sent, back)) in mail.iter().zip(through(port, &mail)).enumerate() {
            let back = back.unwrap_or_else(|refusal| panic!("{name}, message {number}: {refusal}"));
            let differs = sent.bytes.iter().zip(&back).position(|(a, b)| a != b);
            let around = |bytes: &[u8]| {
                let at = differs.unwrap_or(0);
                String::from_utf8_lossy(&bytes[at.saturating_sub(20)..(at + 20).min(bytes.len())])
                    .into_owned()
            };
            let what = format!(
                "{name}, message {number}, at {differs:?}: {} -> {}",
                around(&sent.bytes),
                around(&back)
            );
            assert!(sent.bytes == back, "{what}");
        }
    }
}

#[test]
fn dates_are_written_as_imap_wants_them() {
    let mut message = Corpus::new(1).messages(1).next().unwrap();
    let date = &mut message.internal_date;
    (date.unix, date.offset_minutes) = (1_709_164_799, 180);
    assert_eq!(date.imap(), "29-Feb-2024 02:59:59 +0300");
    (date.unix, date.offset_minutes) = (1_735_689_600, -330);
    assert_eq!(date.imap(), "31-Dec-2024 18:30:00 -0530");
    (date.unix, date.offset_minutes) = (1_262_304_000, 0);
    assert_eq!(date.imap(), " 1-Jan-2010 00:00:00 +0000");
}

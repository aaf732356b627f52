//! The mailbox that is moved: 10,000 messages, about 520 MB, 12 folders, the same for the same seed.

use std::io;

use tegu_testkit::corpus::{self, Corpus};
use tegu_testkit::imap::Client;

pub(crate) const MESSAGES: usize = 10_000;
pub(crate) const USER: &str = "u";
const SEED: u64 = 7;
/// How many APPEND commands may be under way.
const WINDOW: usize = 100;

/// Fills the mailbox of [`USER`] and returns how many octets were sent.
pub(crate) fn fill(port: u16, password: &str) -> io::Result<u64> {
    let mut client = Client::login(port, USER, password)?;
    for folder in corpus::folders().filter(|folder| *folder != "INBOX") {
        client.create(folder)?;
    }
    let mut sent = 0;
    let mut last = String::new();
    for (number, message) in Corpus::new(SEED)
        .max_size(10 << 20)
        .messages(MESSAGES)
        .enumerate()
    {
        let octets = vary(number, message.bytes);
        let flags: Vec<&str> = message.flags.iter().chain(&message.keywords).copied().collect();
        let date = message.internal_date.imap();
        sent += octets.len() as u64;
        last = client.send_append(message.folder, &flags.join(" "), Some(&date), &octets)?;
        if number % WINDOW == WINDOW - 1 && number + 1 < MESSAGES {
            client.settle(&last)?;
        }
    }
    client.settle(&last)?;
    Ok(sent)
}

/// Stores one message of about `octets`, to be the largest by far.
pub(crate) fn add_giant(port: u16, user: &str, password: &str, octets: usize) -> io::Result<()> {
    let mut message =
        b"From: giant@example.test\r\nSubject: giant\r\nMessage-ID: <giant@example.test>\r\n\r\n".to_vec();
    pad(&mut message, octets, 1);
    Client::login(port, user, password)?.append(
        "INBOX",
        "\\Seen",
        Some(" 1-Jan-2024 03:00:00 +0300"),
        &message,
    )
}

/// What the corpus of the tests leaves out: large attachments, and line ends that a server levels.
fn vary(number: usize, mut octets: Vec<u8>) -> Vec<u8> {
    let level = |octets: &[u8]| -> Vec<u8> {
        let kept = |at: &usize| !(octets[*at] == b'\r' && octets.get(at + 1) == Some(&b'\n'));
        (0..octets.len()).filter(kept).map(|at| octets[at]).collect()
    };
    match number % 1000 {
        3 | 203 | 403 | 603 => {
            // From 1 to 10 MB.
            let size = 1_000_000 + number * 7919 % 9_000_000;
            pad(&mut octets, size, number as u64);
        }
        n if n % 100 == 17 => return level(&octets),
        n if n % 333 == 19 => {
            let middle = octets.len() / 2;
            let rest = octets.split_off(middle);
            return [octets, level(&rest)].concat();
        }
        n if n % 500 == 23 => {
            octets.splice(0..0, *b"From MAILER-DAEMON Mon Jan  1 00:00:00 2020\r\n");
        }
        _ => {}
    }
    octets
}

/// Lines of letters, as base64 has them, up to `size`.
fn pad(octets: &mut Vec<u8>, size: usize, seed: u64) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = seed;
    while octets.len() < size {
        for _ in 0..8 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            octets.extend((2..11).map(|shift| LETTERS[(state >> (shift * 6 - 8)) as usize & 63]));
        }
        octets.extend(b"\r\n");
    }
}

//! The file that is raced over: three quarters short text, one quarter with an attachment, every tenth with quoted lines.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

const WORDS: [&str; 18] = [
    "the",
    "migration",
    "of",
    "mail",
    "From",
    "to",
    "server",
    "ящик",
    "folder",
    "meeting",
    "отчёт",
    "report",
    ">",
    "invoice",
    "письма",
    "договор",
    "monthly",
    "budget",
];

/// Writes mboxrd of about `bytes`, the same for the same arguments; `unquoted` leaves text lines `From …` as they are.
pub fn write(file: &Path, bytes: u64, unquoted: bool) -> Result<u64, Box<dyn Error>> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
    let mut random = Random(7);
    let attachment: Vec<u8> = (0..50_000).flat_map(|_| base64_line(&mut random)).collect();
    let (mut count, mut size) = (0, 0);
    let mut message = Vec::new();
    while size < bytes {
        message.clear();
        one(&mut message, count, &mut random, &attachment, unquoted)?;
        out.write_all(&message)?;
        size += message.len() as u64;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

fn one(
    out: &mut Vec<u8>,
    number: u64,
    random: &mut Random,
    attachment: &[u8],
    unquoted: bool,
) -> std::io::Result<()> {
    let user = number % 977;
    let (day, hour) = (1 + number / 24 % 28, number % 24);
    // The first of January 2024 was a Monday.
    let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][(day as usize - 1) % 7];
    writeln!(
        out,
        "From user{user}@example.org {weekday} Jan {day:>2} {hour:02}:00:00 2024"
    )?;
    writeln!(
        out,
        "Received: from mx{}.example.org (mx.example.org [192.0.2.{}])\n\tby exchange.example.org with ESMTPS id {number:08x}\n\t\
         for <user{user}@example.org>; {weekday}, {day} Jan 2024 {hour:02}:00:00 +0300",
        number % 7,
        number % 250
    )?;
    writeln!(
        out,
        "From: =?utf-8?B?0JjQstCw0L0=?= <user{user}@example.org>\nTo: team@example.org\nSubject: report {number}\n\
         Date: {weekday}, {day} Jan 2024 {hour:02}:00:00 +0300\nMessage-ID: <{number:08x}@example.org>\nStatus: RO\nMIME-Version: 1.0"
    )?;
    if random.below(4) > 0 {
        writeln!(
            out,
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
        )?;
        text(out, number, random, unquoted)?;
    } else {
        writeln!(
            out,
            "Content-Type: multipart/mixed; boundary=\"b1\"\n\n--b1\nContent-Type: text/plain; charset=utf-8\n"
        )?;
        text(out, number, random, unquoted)?;
        writeln!(
            out,
            "\n--b1\nContent-Type: application/pdf; name=\"a.pdf\"\nContent-Transfer-Encoding: base64\n"
        )?;
        // Sizes as of real attachments: most some 80 kB, a few of megabytes.
        let lines = (40 << random.below(7)) + random.below(1500);
        let lines = if random.below(50) == 0 { lines * 15 } else { lines };
        out.extend_from_slice(&attachment[..(lines as usize * 77).min(attachment.len())]);
        writeln!(out, "--b1--")?;
    }
    writeln!(out)
}

fn text(out: &mut Vec<u8>, number: u64, random: &mut Random, unquoted: bool) -> std::io::Result<()> {
    for _ in 0..5 + random.below(115) {
        let words: Vec<&str> = (0..11).map(|_| WORDS[random.below(18) as usize]).collect();
        let quote = words[0] == "From" && !unquoted;
        writeln!(out, "{}{}", if quote { ">" } else { "" }, words.join(" "))?;
    }
    if number % 10 == 0 {
        writeln!(out, ">From the start, quoted by the writer\n>>From twice")?;
    }
    Ok(())
}

fn base64_line(random: &mut Random) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut line: Vec<u8> = (0..76).map(|_| ALPHABET[random.below(64) as usize]).collect();
    line.push(b'\n');
    line
}

/// A linear congruential generator: the same file on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

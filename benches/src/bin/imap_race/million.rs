//! A server with one mailbox of as many messages as the user's name says, which exist only while they are asked for.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

const CAPABILITIES: &str = "IMAP4rev1 AUTH=PLAIN SASL-IR LITERAL+ UIDPLUS NAMESPACE UNSELECT ID";

/// Starts it and returns its port. It serves until the process ends.
pub(crate) fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen on a loopback port");
    let port = listener.local_addr().expect("know the own port").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || converse(&stream));
        }
    });
    port
}

fn converse(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = BufWriter::with_capacity(64 * 1024, stream);
    write!(out, "* OK [CAPABILITY {CAPABILITIES}] ready\r\n")?;
    out.flush()?;
    let mut messages = 0_u32;
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next().transpose()? {
        let (tag, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let (word, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
        match word.to_ascii_uppercase().as_str() {
            "LOGIN" => messages = digits(arguments.split(' ').next().unwrap_or_default()),
            "CAPABILITY" => write!(out, "* CAPABILITY {CAPABILITIES}\r\n")?,
            "NAMESPACE" => out.write_all(b"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n")?,
            "ID" => out.write_all(b"* ID NIL\r\n")?,
            "LIST" if arguments.ends_with("\"\"") => out.write_all(b"* LIST (\\Noselect) \"/\" \"\"\r\n")?,
            "LIST" | "LSUB" => write!(out, "* {word} () \"/\" INBOX\r\n")?,
            "STATUS" => write!(
                out,
                "* STATUS INBOX (MESSAGES {messages} UIDNEXT {} UIDVALIDITY 1 UNSEEN 0)\r\n",
                messages + 1
            )?,
            "EXAMINE" | "SELECT" => write!(
                out,
                "* FLAGS (\\Seen)\r\n* {messages} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] x\r\n\
                 * OK [UIDNEXT {}] x\r\n",
                messages + 1
            )?,
            "UID" => uid(&mut out, arguments, messages)?,
            "LOGOUT" => {
                write!(out, "* BYE\r\n{tag} OK\r\n")?;
                return out.flush();
            }
            _ => {}
        }
        write!(out, "{tag} OK done\r\n")?;
        out.flush()?;
    }
    Ok(())
}

fn uid(out: &mut impl io::Write, arguments: &str, messages: u32) -> io::Result<()> {
    let mut words = arguments.splitn(3, ' ');
    let (word, set, items) = (
        words.next(),
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    if word.is_some_and(|word| word.eq_ignore_ascii_case("SEARCH")) {
        out.write_all(b"* SEARCH")?;
        for uid in 1..=messages {
            write!(out, " {uid}")?;
        }
        return out.write_all(b"\r\n");
    }
    let wants = |item: &str| items.to_ascii_uppercase().contains(item);
    let (header, body) = (wants("HEADER"), wants("BODY.PEEK[]"));
    let section = items.find("BODY.PEEK[").map(|at| {
        let rest = &items[at + "BODY.PEEK".len()..];
        rest.split_inclusive(']').next().unwrap_or_default()
    });
    let mut line = String::new();
    for range in set.split(',') {
        let (low, high) = range.split_once(':').unwrap_or((range, range));
        let bound = |text: &str| if text == "*" { messages } else { digits(text) };
        let (low, high) = (bound(low).min(bound(high)), bound(low).max(bound(high)));
        for uid in low.max(1)..=high.min(messages) {
            line.clear();
            let _ = write!(
                line,
                "* {uid} FETCH (UID {uid} FLAGS (\\Seen{}) INTERNALDATE \"{:2}-Mar-20{:02} {:02}:{:02}:{:02} +0300\" RFC822.SIZE {}",
                if uid % 7 == 0 { " $Forwarded" } else { "" },
                uid % 28 + 1,
                uid % 14 + 10,
                uid % 24,
                uid % 60,
                uid % 59,
                uid % 90_000 + 700,
            );
            if header || body {
                let text = format!("Message-ID: <{uid}@example.test>\r\nSubject: {uid}\r\n\r\n");
                let section = section.unwrap_or_default();
                let _ = write!(line, " BODY{section} {{{}}}\r\n{text}", text.len());
            }
            line.push_str(")\r\n");
            out.write_all(line.as_bytes())?;
        }
    }
    Ok(())
}

/// The number that the digits of a text make.
fn digits(text: &str) -> u32 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

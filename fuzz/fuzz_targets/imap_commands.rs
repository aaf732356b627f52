//! Commands: what is encoded is read by a small server of its own as exactly the same arguments, and as one command.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_imap::wire::{Command, LiteralMode, Step};
use tegu_imap::{Flags, InternalDate, MailboxName, Uid, UidSet};

/// What was given to a command.
#[derive(Debug, PartialEq)]
enum Argument {
    String(Vec<u8>),
    Atom(String),
    List(Vec<String>),
}

/// A server's reader of commands, written from RFC 3501 and RFC 7888 alone.
struct Server<'a> {
    input: &'a [u8],
    /// Whether each literal must have been asked for.
    asked: &'a mut dyn FnMut(usize, bool),
}

impl Server<'_> {
    fn next(&mut self) -> u8 {
        let (first, rest) = self.input.split_first().expect("the command ends early");
        self.input = rest;
        *first
    }

    fn peek(&self) -> u8 {
        *self.input.first().expect("the command ends early")
    }

    fn expect(&mut self, text: &[u8]) {
        self.input = self.input.strip_prefix(text).expect("another octet was due");
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while !b" \r()".contains(&self.peek()) {
            let byte = self.next();
            assert!(byte.is_ascii_graphic(), "{byte}");
            word.push(char::from(byte));
        }
        word
    }

    fn argument(&mut self) -> Argument {
        match self.peek() {
            b'"' => {
                self.next();
                let mut text = Vec::new();
                loop {
                    match self.next() {
                        b'"' => return Argument::String(text),
                        b'\\' => {
                            let escaped = self.next();
                            assert!(b"\"\\".contains(&escaped));
                            text.push(escaped);
                        }
                        byte => {
                            assert!((1..=127).contains(&byte) && byte != b'\r' && byte != b'\n');
                            text.push(byte);
                        }
                    }
                }
            }
            b'{' => {
                self.next();
                let mut digits = String::new();
                while self.peek().is_ascii_digit() {
                    digits.push(char::from(self.next()));
                }
                let free = self.peek() == b'+';
                self.expect(if free { b"+}\r\n" } else { b"}\r\n" });
                let length: usize = digits.parse().unwrap();
                (self.asked)(length, free);
                let (text, rest) = self.input.split_at(length);
                self.input = rest;
                assert!(!text.contains(&0));
                Argument::String(text.to_vec())
            }
            b'(' => {
                self.next();
                let mut words = Vec::new();
                while self.peek() != b')' {
                    words.push(self.word());
                    if self.peek() == b' ' {
                        self.next();
                    }
                }
                self.next();
                Argument::List(words)
            }
            _ => Argument::Atom(self.word()),
        }
    }

    fn command(mut self) -> (String, String, Vec<Argument>) {
        let tag = self.word();
        self.expect(b" ");
        let verb = self.word();
        let mut arguments = Vec::new();
        while self.peek() == b' ' {
            self.next();
            arguments.push(self.argument());
        }
        self.expect(b"\r\n");
        assert!(self.input.is_empty(), "more than one command");
        (tag, verb, arguments)
    }
}

/// A time of the last hundred years or so.
fn seconds(text: &[u8]) -> i64 {
    text.iter()
        .fold(0, |sum, &byte| (sum * 251 + i64::from(byte)) % 4_000_000_000)
}

fuzz_target!(|data: &[u8]| {
    let Some((&mode, data)) = data.split_first() else {
        return;
    };
    let literals = match mode % 3 {
        0 => LiteralMode::Synchronising,
        1 => LiteralMode::SmallNonSynchronising,
        _ => LiteralMode::NonSynchronising,
    };
    let mut command = Command::new("VERB");
    let mut given = Vec::new();
    for part in data.split(|&byte| byte == 0xfe) {
        let Some((&kind, text)) = part.split_first() else {
            continue;
        };
        let before = command.clone();
        let string = String::from_utf8_lossy(text);
        let added = match kind % 7 {
            0 => command
                .string(text)
                .map(|command| (command, Argument::String(text.to_vec()))),
            1 => MailboxName::new(&string)
                .and_then(|name| Ok((command.string(name.raw())?, Argument::String(name.raw().to_vec())))),
            2 => {
                let flags: Flags = string.split(' ').collect();
                let list = flags.iter().map(str::to_owned).collect();
                command
                    .flags(&flags)
                    .map(|command| (command, Argument::List(list)))
            }
            3 => command
                .message(text.to_vec().into())
                .map(|command| (command, Argument::String(text.to_vec()))),
            4 => {
                let uids: UidSet = text.iter().filter_map(|&byte| Uid::new(byte.into())).collect();
                if uids.is_empty() {
                    Ok((command, Argument::Atom(String::new())))
                } else {
                    Ok((command.uids(&uids), Argument::Atom(uids.to_string())))
                }
            }
            5 => match InternalDate::new(seconds(text), 60) {
                Some(date) => Ok((
                    command.date(date),
                    Argument::String(date.to_string().into_bytes()),
                )),
                None => Ok((command, Argument::Atom(String::new()))),
            },
            _ => command
                .atom(&string)
                .map(|command| (command, Argument::Atom(string.into_owned()))),
        };
        command = match added {
            Ok((command, Argument::Atom(nothing))) if nothing.is_empty() => command,
            Ok((command, argument)) => {
                given.push(argument);
                command
            }
            // What cannot be sent is refused, and changes nothing.
            Err(_) => before,
        };
    }
    let waits = command.waits(literals);
    let (mut sent, mut stops) = (Vec::new(), Vec::new());
    for step in command.steps("A1", literals) {
        match step {
            Step::Send(octets) => sent.extend_from_slice(&octets),
            Step::Wait => stops.push(sent.len()),
            _ => unreachable!(),
        }
    }
    assert_eq!(waits, !stops.is_empty());
    let mut synchronising = 0;
    let mut asked = |length: usize, free: bool| {
        assert_eq!(free, literals.skips_wait(length as u64));
        synchronising += usize::from(!free);
    };
    let server = Server {
        input: &sent,
        asked: &mut asked,
    };
    let (tag, verb, arguments) = server.command();
    assert_eq!((tag.as_str(), verb.as_str()), ("A1", "VERB"));
    assert_eq!(arguments, given);
    assert_eq!(synchronising, stops.len());
    // Each stop is where a line announces a literal.
    assert!(stops.iter().all(|&stop| sent[..stop].ends_with(b"}\r\n")));
});

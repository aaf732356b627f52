//! What `race.py` runs: the stand-in as a server, our client as a reader, and a bare pass over the same octets.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod lanes;
mod serve;

use std::process::ExitCode;

pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const USAGE: &str = "race-ews serve MESSAGES EVENTS CONTACTS MAILBOXES LATENCY_MS | read URL ADDRESS | quiet URL MAILBOXES | \
                     record FILE MESSAGES EVENTS CONTACTS | bare FILE | answers FILE";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words[..] {
        ["serve", messages, events, contacts, mailboxes, latency] => {
            numbers([messages, events, contacts, mailboxes, latency]).and_then(serve::serve)
        }
        ["record", file, messages, events, contacts] => {
            numbers([messages, events, contacts]).and_then(|counts| lanes::record(file, counts))
        }
        ["read", url, address] => lanes::read(url, address),
        ["quiet", url, mailboxes] => numbers([mailboxes]).and_then(|[count]| lanes::quiet(url, count)),
        ["bare", file] => lanes::bare(file),
        ["answers", file] => lanes::answers(file),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("race-ews: {error}");
            ExitCode::FAILURE
        }
    }
}

fn numbers<const N: usize>(words: [&str; N]) -> Result<[usize; N]> {
    let mut numbers = [0; N];
    for (number, word) in numbers.iter_mut().zip(words) {
        *number = word.parse().map_err(|_| USAGE)?;
    }
    Ok(numbers)
}

//! Input that is made to do harm: bounded memory and linear time, and a finding or an error that names the place.

use std::io::{Cursor, Read, repeat};
use std::time::{Duration, Instant};

use tegu_mbox::ErrorKind;
use tegu_mbox::read::{Index, Options, Slice, Stream, count};

const F: &str = "From a@b Mon Jan  1 00:00:00 2024\n";

/// Far more than anything linear takes, even unoptimised on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_long_line_is_one_message_for_those_who_take_pieces() {
    let line = 48_u64 << 20;
    let file = || {
        Cursor::new(format!("{F}Subject: s\n\n"))
            .chain(repeat(b'>').take(line))
            .chain(Cursor::new(format!("From x\n\n{F}Subject: last\n\n\n")))
    };
    let options = Options::default().max_message(1 << 20);
    assert_eq!(count(file(), options.clone()).unwrap(), 2);
    let mut stream = Stream::new(file(), options.clone());
    let long = stream.next_into(&mut std::io::sink()).unwrap().unwrap();
    // One mark less: the line is a quoted one, whatever its length.
    assert_eq!(long.content_length, 12 + line - 1 + 7);
    assert!(stream.next_message().unwrap().is_some());
    let error = Stream::new(file(), options).next_message().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("byte 0"), "{error}");
}

#[test]
fn many_empty_messages() {
    let messages = 50_000;
    let file = format!("{F}\n").repeat(messages);
    let begun = Instant::now();
    assert_eq!(Slice::new(file.as_bytes(), Options::default()).count(), messages);
    assert_eq!(
        Index::build(file.as_bytes(), Options::default()).unwrap().len(),
        messages
    );
    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn lengths_that_lie_cost_no_memory() {
    for length in ["999999999999999", "18446744073709551615", "-1", "0x10", "1 2"] {
        let file = format!("{F}Content-Length: {length}\n\nbody\n\n{F}Subject: s\n\nx\n\n");
        let mut stream = Stream::new(file.as_bytes(), Options::default());
        let first = stream.next_message().unwrap().unwrap();
        assert_eq!(
            first.content().as_ref(),
            format!("Content-Length: {length}\n\nbody\n").as_bytes()
        );
        let told = first
            .findings()
            .iter()
            .any(|finding| finding.code() == "MBOX-LENGTH-WRONG");
        assert_eq!(told, length.bytes().all(|byte| byte.is_ascii_digit()), "{length}");
        assert_eq!(count(file.as_bytes(), Options::default()).unwrap(), 2);
    }
}

#[test]
fn lines_that_almost_separate_are_looked_at_once() {
    let begun = Instant::now();
    for line in [
        "From a\n",
        ">From a\n",
        "\nFrom a@b Mon Jan  1 00:00:00 2024\n",
        "From From From \n",
        ">>>>>>>>\n",
    ] {
        let file = format!("{F}Subject: s\n\n{}\n", line.repeat(60_000));
        let all: Vec<_> = Slice::new(file.as_bytes(), Options::default())
            .map(Result::unwrap)
            .collect();
        assert!(
            all.iter()
                .all(|message| !message.content().is_empty() || message.raw() == b"\n")
        );
        let _ = tegu_mbox::detect::detect(file.as_bytes());
    }
    assert!(begun.elapsed() < PATIENCE);
}

#[test]
fn nothing_of_a_header_block_is_too_long() {
    let header = format!("X: {}\n", "y".repeat(1 << 20));
    let folds = " fold\n".repeat(100_000);
    let file = format!("{F}{header}{folds}\nbody\n\n{F}Subject: s\n\nx\n\n");
    assert_eq!(Slice::new(file.as_bytes(), Options::default()).count(), 2);
}

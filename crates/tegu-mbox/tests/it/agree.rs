//! Slice and stream give the same for the same bytes, whatever they are and however they arrive.

use std::io::{BufRead, BufReader, Read};

use proptest::prelude::*;
use tegu_mbox::read::{Options, Slice, Stream};
use tegu_mbox::{Finding, Variant};

type Seen = Result<(u64, u64, Vec<u8>, Vec<u8>, Vec<Finding>), String>;

fn by_slice(file: &[u8], options: &Options) -> Vec<Seen> {
    Slice::new(file, options.clone())
        .map(|message| match message {
            Ok(m) => Ok((
                m.offset(),
                m.end(),
                m.raw().to_vec(),
                m.content().into_owned(),
                m.findings(),
            )),
            Err(error) => Err(error.to_string()),
        })
        .collect()
}

fn by_stream(file: impl BufRead, options: &Options) -> Vec<Seen> {
    let mut stream = Stream::new(file, options.clone());
    let mut seen = Vec::new();
    loop {
        match stream.next_message() {
            Ok(Some(m)) => {
                seen.push(Ok((
                    m.offset(),
                    m.end(),
                    m.raw().to_vec(),
                    m.content().into_owned(),
                    m.findings(),
                )));
            }
            Ok(None) => return seen,
            Err(error) => seen.push(Err(error.to_string())),
        }
    }
}

/// A reader that gives a few bytes at a time.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.0.len().min(out.len()).min(self.1);
        (&self.0[..n]).read(&mut out[..n])?;
        self.0 = &self.0[n..];
        Ok(n)
    }
}

fn parts() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => Just(b"From a@b Mon Jan  1 00:00:00 2024\n".to_vec()),
        2 => Just(b"From \n".to_vec()),
        2 => Just(b"From - Mon Jan 01 00:00:00 2024\r\n".to_vec()),
        4 => Just(b"Subject: s\n".to_vec()),
        6 => Just(b"\n".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        2 => Just(b">From x\n".to_vec()),
        2 => Just(b"From now on".to_vec()),
        2 => Just(b"text".to_vec()),
        1 => Just(b"\xef\xbb\xbf".to_vec()),
        1 => Just(b"\0\xff".to_vec()),
        1 => (0_usize..300).prop_map(|n| format!("Content-Length: {n}\n").into_bytes()),
        1 => (0_usize..3000).prop_map(|n| vec![b'y'; n]),
        1 => Just(format!("From {} Mon Jan  1 00:00:00 2024\n", "z".repeat(990)).into_bytes()),
        1 => Just(vec![b'n'; 70_000]),
    ];
    proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn options() -> impl Strategy<Value = Options> {
    let variant = proptest::option::of(proptest::sample::select(vec![
        Variant::Mboxrd,
        Variant::Mboxo,
        Variant::Mboxcl,
        Variant::Mboxcl2,
    ]));
    let limit = prop_oneof![Just(40_u64), Just(300), Just(5000), Just(80_000), Just(u64::MAX)];
    (variant, any::<bool>(), limit).prop_map(|(variant, strict, limit)| {
        let options = Options::default().strict(strict).max_message(limit);
        match variant {
            Some(variant) => options.variant(variant),
            None => options,
        }
    })
}

proptest! {
    #[test]
    fn on_anything(file in parts(), options in options(), step in 1_usize..3000) {
        let expected = by_slice(&file, &options);
        prop_assert_eq!(&by_stream(&file[..], &options), &expected);
        prop_assert_eq!(&by_stream(BufReader::with_capacity(step, Trickle(&file, step)), &options), &expected);
    }

    #[test]
    fn every_byte_has_its_place(file in parts()) {
        let mut at = None;
        for (offset, end, raw, _, findings) in by_slice(&file, &Options::default().max_message(u64::MAX)).into_iter().flatten() {
            prop_assert!(at.is_none_or(|at| at == offset), "a gap at {}", offset);
            prop_assert!(offset < end && raw.len() as u64 <= end - offset);
            let preamble = findings.iter().any(|finding| matches!(finding, Finding::Preamble { .. }));
            prop_assert!(at.is_none() || !preamble);
            at = Some(end);
        }
        prop_assert!(at.is_none_or(|at| at == file.len() as u64));
    }
}

#[test]
fn a_long_tail_behind_a_limit_is_read_in_bounded_memory() {
    let from = "From a@b Mon Jan  1 00:00:00 2024\n";
    let opening = format!("{from}Subject: s\n\nsmall\n\n{from}Subject: s\n\n");
    let ending = format!("\n\n{from}Subject: s\n\nlast\n\n");
    let file = opening
        .as_bytes()
        .chain(std::io::repeat(b'x').take(200_000_000))
        .chain(ending.as_bytes());
    let seen = by_stream(BufReader::new(file), &Options::default().max_message(100_000));
    let lengths: Vec<_> = seen
        .iter()
        .map(|seen| seen.as_ref().map(|seen| seen.3.len()).ok())
        .collect();
    assert_eq!(lengths, [Some(18), None, Some(17)]);
}

#[test]
fn no_more_is_taken_from_a_reader_than_a_message_needs() {
    let file = "From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\nx\n\n".repeat(100_000);
    let mut rest = file.as_bytes();
    let mut stream = Stream::new(&mut rest, Options::default());
    assert!(stream.next_message().unwrap().is_some());
    drop(stream);
    assert!(
        file.len() - rest.len() < 200_000,
        "{} bytes were taken",
        file.len() - rest.len()
    );
}

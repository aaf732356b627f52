//! Slice and stream give the same for the same bytes, whatever they are and however they arrive.

use std::io::{BufRead, BufReader, Read};

use proptest::prelude::*;
use tegu_mbox::read::{Index, Options, Slice, Stream};
use tegu_mbox::write::Writer;
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

/// As [`by_stream`], by the iterator.
fn by_iterator(file: impl Read, options: &Options) -> Vec<Seen> {
    Stream::new(file, options.clone())
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

/// As [`by_stream`], with each content passed on in pieces; the raw bytes are not known then.
fn by_pieces(file: impl Read, options: &Options) -> Vec<Seen> {
    let mut stream = Stream::new(file, options.clone());
    let mut seen = Vec::new();
    loop {
        let mut content = Vec::new();
        match stream.next_into(&mut content) {
            Ok(Some(s)) => {
                assert_eq!(s.content_length, content.len() as u64);
                seen.push(Ok((s.offset, s.end, Vec::new(), content, s.findings)));
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
        1 => Just([b"\n".as_slice(), &vec![b'>'; 3_000], b"From x\n"].concat()),
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
    fn in_pieces_and_from_any_message_on(file in parts(), options in options(), step in 1_usize..3000) {
        let options = options.max_message(u64::MAX);
        let expected = by_slice(&file, &options);
        let mut without_raw = expected.clone();
        without_raw.iter_mut().flatten().for_each(|seen| seen.2.clear());
        prop_assert_eq!(&by_pieces(Trickle(&file, step), &options), &without_raw);

        let index = Index::build(Trickle(&file, step), options.clone());
        prop_assume!(index.is_ok());
        let index = index.unwrap();
        prop_assert_eq!(index.len(), expected.len());
        for (n, seen) in expected.iter().enumerate() {
            let (offset, end, raw, content, _) = seen.as_ref().unwrap();
            prop_assert_eq!(index.span(n), Some(*offset..*end));
            let message = index.slice(n, &file, options.clone()).unwrap().next().unwrap().unwrap();
            prop_assert_eq!(message.raw(), &raw[..]);
            prop_assert_eq!(message.content().into_owned(), content.clone());
            let mut stream = index.stream(n, std::io::Cursor::new(&file), options.clone()).unwrap();
            let message = stream.next_message().unwrap().unwrap();
            prop_assert_eq!((message.offset(), message.raw()), (*offset, &raw[..]));
        }
    }

    #[test]
    fn a_copy_is_what_writing_the_content_gives(file in parts(), options in options(), to in 0_usize..4) {
        let to = [Variant::Mboxrd, Variant::Mboxo, Variant::Mboxcl, Variant::Mboxcl2][to];
        let (mut copied, mut written) = (Writer::new(Vec::new(), to), Writer::new(Vec::new(), to));
        for message in Slice::new(&file, options).flatten() {
            let copy = copied.copy(&message).map_err(|error| error.to_string());
            let write = written.write(&message.envelope(), &message.content()).map_err(|error| error.to_string());
            prop_assert_eq!(copy, write);
        }
        prop_assert_eq!(copied.into_inner(), written.into_inner());
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

/// A file that is made while it is read, larger than memory should hold.
fn long_file(body: u64) -> impl Read {
    let from = "From a@b Mon Jan  1 00:00:00 2024\n";
    let line = b">From the middle of a line that is repeated\n";
    let times = usize::try_from(body).unwrap() / line.len();
    let opening = format!("{from}Subject: s\n\nsmall\n\n{from}Subject: s\n\n");
    let ending = format!("\n{from}Subject: s\n\nlast\n\n");
    std::io::Cursor::new(opening.into_bytes())
        .chain(Repeat {
            line,
            left: times * line.len(),
            at: 0,
        })
        .chain(std::io::Cursor::new(ending.into_bytes()))
}

struct Repeat {
    line: &'static [u8],
    left: usize,
    at: usize,
}

impl Read for Repeat {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.line[self.at..];
        let n = rest.len().min(out.len()).min(self.left);
        out[..n].copy_from_slice(&rest[..n]);
        self.at = (self.at + n) % self.line.len();
        self.left -= n;
        Ok(n)
    }
}

#[test]
fn a_long_message_is_passed_on_in_pieces() {
    let body = 44 * 400_000;
    let options = Options::default().max_message(100_000);
    let mut stream = Stream::new(long_file(body), options);
    let mut content = Vec::new();
    assert_eq!(
        stream.next_into(&mut content).unwrap().unwrap().content_length,
        18
    );
    content.clear();
    let long = stream.next_into(&mut content).unwrap().unwrap();
    assert_eq!(long.content_length, 12 + 43 * 400_000);
    assert!(content.ends_with(b"repeated\nFrom the middle of a line that is repeated\n"));
    assert_eq!(
        long.findings,
        [Finding::AmbiguousQuoting {
            offset: long.offset + 46
        }]
    );
    let last = stream.next_message().unwrap().unwrap();
    assert_eq!(last.offset(), long.end);
    assert_eq!(last.content().as_ref(), b"Subject: s\n\nlast\n");
    assert!(stream.next_message().unwrap().is_none());
}

#[test]
fn resuming_where_no_message_starts_is_an_error() {
    let file = b"From a Mon Jan  1 00:00:00 2024\nA: 1\n\nbody\n\n";
    let error = Slice::resume(file, 33, Options::default()).unwrap_err();
    assert_eq!(error.kind(), tegu_mbox::ErrorKind::Malformed);
    assert!(error.to_string().contains("byte 33"), "{error}");
    let mut stream = Stream::resume(&file[33..], 33, Options::default());
    assert_eq!(stream.next_message().unwrap_err().to_string(), error.to_string());
    assert!(Slice::resume(file, 1000, Options::default()).is_err());
    let end = file.len() as u64;
    assert!(
        Slice::resume(file, end, Options::default())
            .unwrap()
            .next()
            .is_none()
    );
}

/// A disk that breaks after some bytes.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(out)? {
            0 => Err(std::io::Error::other("the disk is broken")),
            n => Ok(n),
        }
    }
}

#[test]
fn the_iterator_ends_after_an_error_that_does_not_pass() {
    let message = "From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\ntext\n\n".repeat(3);
    let seen = by_iterator(Broken(message.as_bytes()), &Options::default());
    assert!(seen.len() <= 3, "{seen:?}");
    assert!(seen.last().unwrap().is_err(), "{seen:?}");
    assert_eq!(seen.iter().filter(|seen| seen.is_err()).count(), 1);
}

/// Fails once after every few bytes.
struct Flaky<'a>(&'a [u8], bool);

impl Read for Flaky<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        let n = self.0.len().min(out.len()).min(20_000);
        (&self.0[..n]).read(&mut out[..n])?;
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn after_an_error_that_may_pass_the_same_call_goes_on() {
    let message = format!(
        "From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n{}\n\n",
        "x".repeat(50_000)
    );
    let file = message.repeat(10);
    let mut stream = Stream::new(Flaky(file.as_bytes(), false), Options::default());
    let (mut seen, mut failed) = (0, 0);
    loop {
        match stream.next_message() {
            Ok(Some(found)) => {
                assert_eq!(found.raw().len(), message.len() - 34);
                seen += 1;
            }
            Ok(None) => break,
            Err(error) => {
                assert!(error.is_retryable());
                failed += 1;
            }
        }
    }
    assert_eq!(seen, 10);
    assert!(failed > 5);
}

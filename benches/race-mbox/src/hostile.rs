//! What is too large to keep: made while it is read, so that only the reader's memory counts.

use std::error::Error;
use std::io::{Cursor, Read, Write, repeat};
use std::path::Path;

use tegu_mbox::read::{Index, Options, Stream};

const FROM: &str = "From a@b Mon Jan  1 00:00:00 2024\n";
const HEAD: &str = "From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n";

/// A file of 5 GiB whose second message has 3 GiB, every line of it quoted: passed on, counted, and its last message
/// reached by the index.
pub fn above_4_gib(_: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let line = b">From the beginning of a line, again and again and again and so on\n";
    let lines = |gib: u64| Lines::new(line, (gib << 30) / line.len() as u64);
    let file = || {
        Cursor::new(format!("{HEAD}\n{HEAD}"))
            .chain(lines(3))
            .chain(Cursor::new(format!("\n{HEAD}")))
            .chain(lines(2))
            .chain(Cursor::new(format!("\n{HEAD}\n")))
    };
    let mut stream = Stream::new(file(), Options::default());
    let (mut count, mut largest) = (0, 0);
    while let Some(summary) = stream.next_into(&mut Count(0))? {
        count += 1;
        largest = summary.content_length.max(largest);
    }
    assert_eq!(
        largest,
        12 + (3_u64 << 30) / line.len() as u64 * (line.len() as u64 - 1)
    );
    let index = Index::build(file(), Options::default())?;
    assert_eq!(index.len() as u64, count);
    let last = index.span(index.len() - 1).ok_or("no last message")?;
    assert!(last.start > 5 * ((1 << 30) - 100));
    Ok(count)
}

/// One line of 1 GiB between two messages.
pub fn line_of_1_gib(_: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let file = Cursor::new(HEAD)
        .chain(repeat(b'x').take(1 << 30))
        .chain(Cursor::new(format!("\n\n{HEAD}\n")));
    let mut stream = Stream::new(file, Options::default());
    let mut count = 0;
    while stream.next_into(&mut Count(0))?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Ten million messages of nothing but a `From_` line.
pub fn ten_million_empty(_: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let line = [FROM.as_bytes(), b"\n"].concat().leak();
    let mut stream = Stream::new(Lines::new(line, 10_000_000), Options::default());
    let mut count = 0;
    while let Some(message) = stream.next_message()? {
        assert!(message.content().is_empty());
        count += 1;
    }
    Ok(count)
}

struct Lines {
    block: Vec<u8>,
    left: u64,
    at: usize,
}

impl Lines {
    fn new(line: &[u8], times: u64) -> Self {
        Self {
            block: line.repeat(64),
            left: times * line.len() as u64,
            at: 0,
        }
    }
}

impl Read for Lines {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.block[self.at..];
        let count = rest
            .len()
            .min(out.len())
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        out[..count].copy_from_slice(&rest[..count]);
        self.at = (self.at + count) % self.block.len();
        self.left -= count as u64;
        Ok(count)
    }
}

struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

//! The ways to read a file that are compared.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use memchr::memmem;
use memmap2::Mmap;
use tegu_mbox::Variant;
use tegu_mbox::read::{Options, Slice, Stream};
use tegu_mbox::write::Writer;

/// A lane gives the number of messages that it found.
pub type Lane = fn(&Path, Option<&Path>) -> Result<u64, Box<dyn Error>>;

pub const LANES: [(&str, Lane); 16] = [
    ("memmem-mapped", memmem_mapped),
    ("memmem-stream-128k", memmem_stream_small),
    ("memmem-stream", memmem_stream),
    ("tegu-split", split),
    ("tegu-split-unquote", split_unquote),
    ("tegu-stream", stream),
    ("tegu-stream-unquote", stream_unquote),
    ("tegu-pieces", pieces),
    ("tegu-count", count),
    ("tegu-write", write),
    ("tegu-copy", copy),
    ("mail-parser", mail_parser),
    ("hostile-above-4-gib", crate::hostile::above_4_gib),
    ("hostile-line-of-1-gib", crate::hostile::line_of_1_gib),
    ("hostile-ten-million-empty", crate::hostile::ten_million_empty),
    ("mbox-reader", mbox_reader),
];

fn map(file: &Path) -> Result<Mmap, Box<dyn Error>> {
    // SAFETY: the race made the file, and nobody changes it while a lane runs.
    Ok(unsafe { Mmap::map(&File::open(file)?)? })
}

/// The bare search: no reader of a mapped file can be faster.
fn memmem_mapped(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let map = map(file)?;
    Ok(memmem::find_iter(&map, b"\nFrom ").count() as u64 + 1)
}

/// The bare search over a file that is read a mebibyte at a time.
fn memmem_stream(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    memmem_by(file, 1 << 20)
}

/// The same, 128 KiB at a time, which stays in the processor's cache.
fn memmem_stream_small(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    memmem_by(file, 1 << 17)
}

fn memmem_by(file: &Path, step: usize) -> Result<u64, Box<dyn Error>> {
    const KEPT: usize = 5;
    let finder = memmem::Finder::new(b"\nFrom ");
    let mut file = File::open(file)?;
    let mut buffer = vec![0; step + KEPT];
    let (mut count, mut kept) = (1, 0);
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            return Ok(count);
        }
        let end = kept + read;
        count += finder.find_iter(&buffer[..end]).count() as u64;
        kept = KEPT.min(end);
        buffer.copy_within(end - kept..end, 0);
    }
}

/// Slice, undeclared: the full separator rule, `Content-Length` included.
fn split(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let map = map(file)?;
    let (mut count, mut bytes) = (0, 0);
    for message in Slice::new(&map, Options::default()) {
        bytes += message?.raw().len();
        count += 1;
    }
    assert!(bytes <= map.len());
    Ok(count)
}

fn split_unquote(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let map = map(file)?;
    let (mut count, mut bytes) = (0, 0);
    for message in Slice::new(&map, Options::default()) {
        bytes += message?.content().len();
        count += 1;
    }
    assert!(bytes <= map.len());
    Ok(count)
}

fn stream(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let mut stream = Stream::new(File::open(file)?, Options::default());
    let (mut count, mut bytes) = (0, 0_usize);
    while let Some(message) = stream.next_message()? {
        bytes += message.raw().len();
        count += 1;
    }
    assert!(bytes > 0);
    Ok(count)
}

fn stream_unquote(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let mut stream = Stream::new(File::open(file)?, Options::default());
    let (mut count, mut bytes) = (0, 0_usize);
    while let Some(message) = stream.next_message()? {
        bytes += message.content().len();
        count += 1;
    }
    assert!(bytes > 0);
    Ok(count)
}

/// Un-quoted content passed on to a writer: bounded memory for a message of any size.
fn pieces(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let mut stream = Stream::new(File::open(file)?, Options::default());
    let mut count = 0;
    while stream.next_into(&mut std::io::sink())?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn count(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    Ok(tegu_mbox::read::count(File::open(file)?, Options::default())?)
}

/// Reads, un-quotes, quotes and writes: a copy that went through every station.
fn write(file: &Path, out: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let out = out.ok_or("write to what?")?;
    let mut stream = Stream::new(File::open(file)?, Options::default());
    let mut writer = Writer::new(
        BufWriter::with_capacity(256 * 1024, File::create(out)?),
        Variant::Mboxrd,
    );
    let mut count = 0;
    while let Some(message) = stream.next_message()? {
        writer.write(&message.envelope(), &message.content())?;
        count += 1;
    }
    writer.into_inner().flush()?;
    Ok(count)
}

/// Reads and writes, un-quoting and quoting only where the text does not stand there as it must.
fn copy(file: &Path, out: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let out = out.ok_or("write to what?")?;
    let mut stream = Stream::new(File::open(file)?, Options::default());
    let mut writer = Writer::new(
        BufWriter::with_capacity(256 * 1024, File::create(out)?),
        Variant::Mboxrd,
    );
    let mut count = 0;
    while let Some(message) = stream.next_message()? {
        writer.copy(&message)?;
        count += 1;
    }
    writer.into_inner().flush()?;
    Ok(count)
}

fn mail_parser(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let reader = BufReader::with_capacity(1 << 20, File::open(file)?);
    let (mut count, mut bytes) = (0, 0);
    for message in mail_parser::mailbox::mbox::MessageIterator::new(reader) {
        let message = message.map_err(|_| "mail-parser gave an error")?;
        bytes += message.contents().len();
        count += 1;
    }
    assert!(bytes > 0);
    Ok(count)
}

fn mbox_reader(file: &Path, _: Option<&Path>) -> Result<u64, Box<dyn Error>> {
    let mbox = mbox_reader::MboxFile::from_file(file)?;
    let mut count = 0;
    for entry in mbox.iter() {
        assert!(entry.message().is_some());
        count += 1;
    }
    Ok(count)
}

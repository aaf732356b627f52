//! Opening files that may be compressed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::options::Options;
use crate::{Error, ErrorKind, Result};

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// Opens a file for reading. Decompresses gzip (RFC 1952) and zstd (RFC 8878), recognised by the first bytes, not by
/// the name. Several members or frames are read as one file.
///
/// Offsets in findings and errors count decompressed bytes. Pass the result to
/// [`Stream::new`](super::Stream::new).
///
/// # Errors
///
/// [`Io`](ErrorKind::Io); [`Malformed`](ErrorKind::Malformed) for compressed data if the feature, `gzip` or `zstd`, is not
/// enabled. Reading fails with [`Io`](ErrorKind::Io) if compressed data is damaged, truncated, or longer than
/// [`Options::max_decompressed`].
///
/// # Example
///
/// ```no_run
/// use tegu_mbox::read::{self, Options, Stream};
///
/// let options = Options::default();
/// let reader = read::open("2009.mbox.gz".as_ref(), &options)?;
/// let mut messages = Stream::new(reader, options);
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
pub fn open(path: &Path, options: &Options) -> Result<Box<dyn Read + Send>> {
    let fail = |error| Error::io("open", path.display(), error);
    let mut file = File::open(path).map_err(fail)?;
    let mut magic = Vec::new();
    file.by_ref().take(4).read_to_end(&mut magic).map_err(fail)?;
    let compressed = |what: &str| {
        let why = format!("the file looks like {what} data, which this build does not read");
        Error::new(ErrorKind::Malformed, why).doing("open", path.display())
    };
    if magic.starts_with(GZIP) {
        gunzip(whole(magic, file), options).ok_or_else(|| compressed("gzip"))
    } else if magic.starts_with(ZSTD) {
        let reader = unzstd(whole(magic, file), options).map_err(fail)?;
        reader.ok_or_else(|| compressed("zstd"))
    } else {
        // A file is read faster without a chain before it.
        io::Seek::rewind(&mut file).map_err(fail)?;
        Ok(Box::new(file))
    }
}

type Whole = io::Chain<io::Cursor<Vec<u8>>, File>;

fn whole(start: Vec<u8>, rest: File) -> Whole {
    io::Cursor::new(start).chain(rest)
}

#[cfg(feature = "gzip")]
fn gunzip(reader: Whole, options: &Options) -> Option<Box<dyn Read + Send>> {
    let reader = flate2::read::MultiGzDecoder::new(io::BufReader::with_capacity(1 << 17, reader));
    Some(Box::new(Bounded::new(reader, options.max_decompressed)))
}

#[cfg(not(feature = "gzip"))]
fn gunzip(_: Whole, _: &Options) -> Option<Box<dyn Read + Send>> {
    None
}

#[cfg(feature = "zstd")]
fn unzstd(reader: Whole, options: &Options) -> io::Result<Option<Box<dyn Read + Send>>> {
    /// 128 MiB, what decoders must take at least (RFC 8878, section 3.1.1.1.2, and zstd's own default).
    const WINDOW: u32 = 27;
    let mut reader = zstd::stream::read::Decoder::new(reader)?;
    reader.window_log_max(WINDOW)?;
    Ok(Some(Box::new(Bounded::new(reader, options.max_decompressed))))
}

#[cfg(not(feature = "zstd"))]
fn unzstd(_: Whole, _: &Options) -> io::Result<Option<Box<dyn Read + Send>>> {
    Ok(None)
}

/// Gives an error instead of more than so many bytes.
#[cfg(any(feature = "gzip", feature = "zstd"))]
struct Bounded<R> {
    reader: R,
    left: u64,
}

#[cfg(any(feature = "gzip", feature = "zstd"))]
impl<R> Bounded<R> {
    fn new(reader: R, left: u64) -> Self {
        Self { reader, left }
    }
}

#[cfg(any(feature = "gzip", feature = "zstd"))]
impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(out)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other("limit max_decompressed reached")),
        }
        Ok(count)
    }
}

//! Opening files that may be compressed.

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
    let mut file = tegu_outcome::file::open_regular(path).map_err(fail)?;
    let mut magic = Vec::new();
    file.by_ref().take(4).read_to_end(&mut magic).map_err(fail)?;
    io::Seek::rewind(&mut file).map_err(fail)?;
    if magic.starts_with(GZIP) || magic.starts_with(ZSTD) {
        decompressed(file, options).map_err(|error| error.doing("open", path.display()))
    } else {
        // A file is read faster without a chain before it.
        Ok(Box::new(file))
    }
}

/// Reads what may be compressed, as [`open`] does, wherever it comes from.
///
/// # Errors
///
/// As [`open`].
///
/// ```
/// use std::io::Read as _;
/// use tegu_mbox::read::{Options, decompressed};
///
/// let mut plain = String::new();
/// decompressed(&b"From a@b"[..], &Options::default())?.read_to_string(&mut plain)?;
/// assert_eq!(plain, "From a@b");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decompressed<R: Read + Send + 'static>(
    mut reader: R,
    options: &Options,
) -> Result<Box<dyn Read + Send>> {
    let fail = |error| Error::io("read", "a file that may be compressed", error);
    let mut magic = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut magic).map_err(fail)?;
    let compressed = |what: &str| {
        let why = format!("the file looks like {what} data, which this build does not read");
        Error::new(ErrorKind::Malformed, why)
    };
    let (gzip, zstd) = (magic.starts_with(GZIP), magic.starts_with(ZSTD));
    let whole = io::Cursor::new(magic).chain(reader);
    if gzip {
        gunzip(whole, options).ok_or_else(|| compressed("gzip"))
    } else if zstd {
        unzstd(whole, options)
            .map_err(fail)?
            .ok_or_else(|| compressed("zstd"))
    } else {
        Ok(Box::new(whole))
    }
}

type Whole<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

#[cfg(feature = "gzip")]
fn gunzip<R: Read + Send + 'static>(reader: Whole<R>, options: &Options) -> Option<Box<dyn Read + Send>> {
    let reader = flate2::read::MultiGzDecoder::new(io::BufReader::with_capacity(1 << 17, reader));
    Some(Box::new(Bounded::new(reader, options.max_decompressed)))
}

#[cfg(not(feature = "gzip"))]
fn gunzip<R>(_: Whole<R>, _: &Options) -> Option<Box<dyn Read + Send>> {
    None
}

#[cfg(feature = "zstd")]
fn unzstd<R: Read + Send + 'static>(
    reader: Whole<R>,
    options: &Options,
) -> io::Result<Option<Box<dyn Read + Send>>> {
    /// 128 MiB, what decoders must take at least (RFC 8878, section 3.1.1.1.2, and zstd's own default).
    const WINDOW: u32 = 27;
    let mut reader = zstd::stream::read::Decoder::new(reader)?;
    reader.window_log_max(WINDOW)?;
    Ok(Some(Box::new(Bounded::new(reader, options.max_decompressed))))
}

#[cfg(not(feature = "zstd"))]
fn unzstd<R>(_: Whole<R>, _: &Options) -> io::Result<Option<Box<dyn Read + Send>>> {
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

//! Compressed files read as if they were not.

use std::fs;
use std::path::Path;

use tegu_mbox::read::{self, Options, Stream};
use tegu_mbox::{Error, ErrorKind};

const MESSAGE: &str = "From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\ntext\n\n";

fn count(path: &Path, options: &Options) -> Result<usize, Error> {
    let mut stream = Stream::new(read::open(path, options)?, options.clone());
    let mut count = 0;
    while let Some(message) = stream.next_message()? {
        assert_eq!(message.content().as_ref(), b"Subject: s\n\ntext\n");
        count += 1;
    }
    Ok(count)
}

#[test]
fn a_plain_file_is_read_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    fs::write(&path, MESSAGE.repeat(3)).unwrap();
    assert_eq!(count(&path, &Options::default()).unwrap(), 3);
    fs::write(&path, "").unwrap();
    assert_eq!(count(&path, &Options::default()).unwrap(), 0);
}

/// Two members, a cut one and a bomb, whatever compressed them.
#[cfg(any(feature = "gzip", feature = "zstd"))]
fn check(compress: impl Fn(&[u8]) -> Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    let member = compress(MESSAGE.repeat(500).as_bytes());
    fs::write(&path, [member.clone(), compress(MESSAGE.as_bytes())].concat()).unwrap();
    assert_eq!(count(&path, &Options::default()).unwrap(), 501);

    fs::write(&path, &member[..member.len() - 5]).unwrap();
    let error = count(&path, &Options::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().starts_with("read an mbox at byte "), "{error}");

    fs::write(&path, &member).unwrap();
    let mut options = Options::default();
    options.max_decompressed = 10_000;
    let error = count(&path, &options).unwrap_err();
    assert!(error.to_string().contains("max_decompressed"), "{error}");
}

#[cfg(feature = "gzip")]
#[test]
fn gzip() {
    use std::io::Write as _;

    check(|bytes| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    });
}

#[cfg(feature = "zstd")]
#[test]
fn zstd() {
    check(|bytes| ::zstd::stream::encode_all(bytes, 1).unwrap());
}

#[cfg(not(feature = "gzip"))]
#[test]
fn without_the_feature_it_is_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    fs::write(&path, b"\x1f\x8b\x08\0").unwrap();
    let error = count(&path, &Options::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().contains("gzip"), "{error}");
}

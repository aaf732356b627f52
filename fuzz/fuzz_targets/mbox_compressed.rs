//! gzip and zstd: what was compressed is read as it was; whatever else comes ends at the limit, and memory is bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Read as _, Write as _};
use tegu_fuzz::{Bound, within};
use tegu_mbox::read::{Options, Stream, decompressed};

const LIMIT: u64 = 1 << 20;
/// The windows that the decoders hold, whatever comes; zstd's own memory is not counted.
const COST: Bound = Bound {
    base: 8 << 20,
    per_byte: 1024,
};

fn read(octets: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let mut options = Options::default();
    options.max_decompressed = LIMIT;
    let reader = decompressed(Cursor::new(octets), &options).map_err(std::io::Error::other)?;
    let mut out = Vec::new();
    reader.take(2 * LIMIT).read_to_end(&mut out)?;
    Ok(out)
}

fuzz_target!(|data: &[u8]| {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(data).expect("a Vec takes everything");
    let gzip = gzip.finish().expect("a Vec takes everything");
    let zstd = zstd::bulk::compress(data, 1).expect("octets are octets");
    for compressed in [&gzip, &zstd] {
        assert_eq!(read(compressed.clone()).expect("what we compressed"), data);
        // Two members or frames are one file, and half of one is an error.
        assert_eq!(
            read(compressed.repeat(2)).expect("what we compressed"),
            data.repeat(2)
        );
        assert!(data.is_empty() || read(compressed[..compressed.len() - 1].to_vec()).is_err());
    }
    let hostile = within(COST, data.len(), || read(data.to_vec()));
    if let Ok(out) = hostile {
        assert!(out.len() as u64 <= LIMIT || out == data);
    }
    // As an mbox file.
    let mut options = Options::default();
    options.max_decompressed = LIMIT;
    let Ok(reader) = decompressed(Cursor::new(data.to_vec()), &options) else {
        return;
    };
    let mut stream = Stream::new(reader, options);
    while let Ok(Some(_)) = stream.next_message() {}
});

//! RTF, compressed and plain: nothing panics, and no output is longer than its input allows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_pst::rtf;

fuzz_target!(|data: &[u8]| {
    let unpacked = frugal(data.len(), || rtf::decompress(data));
    if let Ok(unpacked) = &unpacked {
        assert!(unpacked.len() <= data.len() * 9);
    }
    for rtf in [data, unpacked.as_deref().unwrap_or_default()] {
        if let Ok(body) = frugal(rtf.len(), || rtf::read(rtf)) {
            assert!(
                body.text.len() <= rtf.len() * 3,
                "{} characters out of {}",
                body.text.len(),
                rtf.len()
            );
            assert_eq!(rtf::read(rtf).ok(), Some(body));
        }
    }
});

//! Files whose check sums are taken for right: nothing panics, all sums add up, and what is allocated follows the length of the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::{Bound, within};
use tegu_pst::{Limits, Options, Pst, ScanOptions};

/// Twenty folders of five items, each with parts up to the limits below.
const COST: Bound = Bound {
    base: 1 << 30,
    per_byte: 64 << 10,
};

fuzz_target!(|data: &[u8]| within(COST, data.len(), || read(data)));

fn read(data: &[u8]) {
    let limits = Limits::default()
        .item(1 << 20)
        .value(1 << 20)
        .parts(50)
        .rows(1000)
        .folders(100)
        .subnodes(1000);
    let options = Options::default().limits(limits).accept_unproved_layout(true);
    let Ok(pst) = Pst::open(data.to_vec(), options) else {
        return;
    };
    let Ok(scan) = pst.scan(ScanOptions::default()) else {
        return;
    };
    assert!(scan.balances());
    let Ok(folders) = pst.folders() else { return };
    for folder in folders.folders.iter().take(20) {
        for item in pst.contents(folder).items.into_iter().take(5) {
            let Ok(message) = pst.message(item) else { continue };
            let _ = message.convert();
            if let Ok(mail) = message.mail() {
                let mut out = Vec::new();
                let _ = mail.write_to(&mut out);
                assert!(out.len() < 64 << 20, "{} octets out of {}", out.len(), data.len());
            }
        }
    }
}

//! Values, names, entry identifiers and code pages: nothing panics or grows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_pst::{
    Value, codepage,
    ltp::Kind,
    messaging::{EntryId, Names},
};

fuzz_target!(|data: &[u8]| {
    let Some((head, rest)) = data.split_first_chunk::<4>() else {
        return;
    };
    let kind = Kind::new(u16::from_le_bytes([head[0], head[1]]));
    if let Ok(Value::Multiple(values)) = frugal(rest.len(), || Value::decode(kind, rest.to_vec())) {
        assert!(values.len() <= rest.len());
    }
    let page = u16::from_le_bytes([head[2], head[3]]);
    let page = codepage::of_locale(page.into())
        .or(Some(page.into()))
        .and_then(codepage::encoding);
    if let Some(page) = page {
        let (text, _) = codepage::decode(page, rest);
        assert!(text.len() <= rest.len() * 3 + 3);
    }
    let _ = frugal(rest.len(), || EntryId::read(rest, page));
    let third = rest.len() / 3;
    let names = frugal(rest.len(), || {
        Names::read(&rest[..third], &rest[third..2 * third], &rest[2 * third..])
    });
    assert!(names.len() <= rest.len() / 8 + 1);
});

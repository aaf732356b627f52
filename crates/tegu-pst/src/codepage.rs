//! Code pages of strings and bodies.

use encoding_rs::Encoding;

/// The encoding of a Windows code page, if it is known.
#[must_use]
pub fn encoding(page: u32) -> Option<&'static Encoding> {
    Some(match page {
        866 => encoding_rs::IBM866,
        874 => encoding_rs::WINDOWS_874,
        932 => encoding_rs::SHIFT_JIS,
        936 | 20936 => encoding_rs::GBK,
        949 | 51949 => encoding_rs::EUC_KR,
        950 => encoding_rs::BIG5,
        1200 => encoding_rs::UTF_16LE,
        1201 => encoding_rs::UTF_16BE,
        1250 => encoding_rs::WINDOWS_1250,
        1251 => encoding_rs::WINDOWS_1251,
        1252 | 20127 | 28591 => encoding_rs::WINDOWS_1252,
        1253 => encoding_rs::WINDOWS_1253,
        1254 | 28599 => encoding_rs::WINDOWS_1254,
        1255 => encoding_rs::WINDOWS_1255,
        1256 => encoding_rs::WINDOWS_1256,
        1257 => encoding_rs::WINDOWS_1257,
        1258 => encoding_rs::WINDOWS_1258,
        10000 => encoding_rs::MACINTOSH,
        10007 => encoding_rs::X_MAC_CYRILLIC,
        20866 => encoding_rs::KOI8_R,
        21866 => encoding_rs::KOI8_U,
        28592 => encoding_rs::ISO_8859_2,
        28593 => encoding_rs::ISO_8859_3,
        28594 => encoding_rs::ISO_8859_4,
        28595 => encoding_rs::ISO_8859_5,
        28596 => encoding_rs::ISO_8859_6,
        28597 => encoding_rs::ISO_8859_7,
        28598 => encoding_rs::ISO_8859_8,
        28603 => encoding_rs::ISO_8859_13,
        28605 => encoding_rs::ISO_8859_15,
        38598 => encoding_rs::ISO_8859_8_I,
        50220..=50222 => encoding_rs::ISO_2022_JP,
        51932 | 20932 => encoding_rs::EUC_JP,
        54936 | 51936 => encoding_rs::GB18030,
        65001 => encoding_rs::UTF_8,
        _ => return None,
    })
}

/// The ANSI code page of a locale (LCID); `None` for a locale whose strings cannot be in one.
#[must_use]
pub fn of_locale(locale: u32) -> Option<u32> {
    Some(match (locale & 0x3ff, locale & 0xffff) {
        (0, _) => return None,
        (0x01 | 0x20 | 0x29, _) => 1256,
        (0x04, 0x0404 | 0x0c04 | 0x1404) => 950,
        (0x04, _) => 936,
        // Serbian, and Bosnian, in Cyrillic script.
        (0x1a, 0x0c1a | 0x1c1a | 0x201a) => 1251,
        (0x02 | 0x19 | 0x22 | 0x23 | 0x2f | 0x3f | 0x40 | 0x44 | 0x50, _) => 1251,
        (0x05 | 0x0e | 0x15 | 0x18 | 0x1a | 0x1b | 0x1c | 0x24, _) => 1250,
        (0x08, _) => 1253,
        (0x0d, _) => 1255,
        (0x11, _) => 932,
        (0x12, _) => 949,
        (0x1e, _) => 874,
        (0x1f | 0x2c, _) => 1254,
        (0x25..=0x27, _) => 1257,
        (0x2a, _) => 1258,
        _ => 1252,
    })
}

/// Decodes octets, and says whether all of them fit.
#[must_use]
pub fn decode(page: &'static Encoding, data: &[u8]) -> (String, bool) {
    let (text, damaged) = page.decode_without_bom_handling(data);
    (text.into_owned(), !damaged)
}

/// The characters of octets that are to be ASCII. Others are widened, and told.
pub(crate) fn ascii(data: &[u8]) -> (String, bool) {
    (data.iter().copied().map(char::from).collect(), data.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_locales() {
        for (locale, page) in [
            (0x419, 1251),
            (0x409, 1252),
            (0x411, 932),
            (0x404, 950),
            (0x804, 936),
            (0x422, 1251),
            (0xc1a, 1251),
        ] {
            assert_eq!(of_locale(locale), Some(page), "{locale:#x}");
            assert!(encoding(page).is_some());
        }
        assert_eq!(of_locale(0), None);
    }

    #[test]
    fn strict() {
        let page = encoding(1251).unwrap();
        assert_eq!(
            decode(page, b"\xcf\xf0\xe8\xe2\xe5\xf2"),
            ("Привет".to_owned(), true)
        );
        assert!(!decode(encoding(65001).unwrap(), b"\xcf\xf0").1);
    }
}

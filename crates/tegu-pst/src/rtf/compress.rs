//! Compressed RTF ([MS-OXRTFCP]).

use crate::{
    Result,
    bytes::{damaged, part, u32},
    ndb::is_sound,
};

const PRESET: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\
\\tab\\tx";
const RING: usize = 4096;
const COMPRESSED: u32 = 0x7546_5a4c;
const PLAIN: u32 = 0x414c_454d;

/// The RTF in the value of the property 0x1009.
///
/// The result is at most nine times as long as `data`, whatever length that declares.
///
/// # Errors
///
/// [`Malformed`](crate::ErrorKind::Malformed) if the head, the check sum or a reference is wrong, or the end is missing.
pub fn decompress(data: &[u8]) -> Result<Vec<u8>> {
    let declared = u32(data, 4)? as usize;
    let packed = part(data, 16, 0).and(Ok(data.get(16..).unwrap_or_default()))?;
    let mut rtf = match u32(data, 8)? {
        // Writers count wrong here: what is there is what there is.
        PLAIN => packed
            .get(..declared.min(packed.len()))
            .unwrap_or_default()
            .to_vec(),
        COMPRESSED => {
            let length = (u32(data, 0)? as usize).saturating_sub(12);
            let packed = packed
                .get(..length)
                .ok_or_else(|| damaged("compressed RTF is shorter than it says"))?;
            if !is_sound(packed, u32(data, 12)?) {
                return Err(damaged("compressed RTF: wrong check sum"));
            }
            inflate(packed, declared)?
        }
        other => {
            return Err(damaged(format_args!(
                "compressed RTF of the unknown form {other:#010x}"
            )));
        }
    };
    while rtf.last() == Some(&0) {
        rtf.pop();
    }
    Ok(rtf)
}

fn inflate(packed: &[u8], declared: usize) -> Result<Vec<u8>> {
    let mut ring = [b' '; RING];
    if let Some(start) = ring.first_chunk_mut::<207>() {
        *start = *PRESET;
    }
    let mut at = PRESET.len();
    let mut rtf = Vec::with_capacity(declared.min(packed.len().saturating_mul(9)));
    let mut put = |ring: &mut [u8; RING], at: &mut usize, octet: u8| {
        rtf.push(octet);
        if let Some(slot) = ring.get_mut(*at) {
            *slot = octet;
        }
        *at = (*at + 1) % RING;
    };
    let mut input = packed.iter().copied();
    'runs: while let Some(control) = input.next() {
        for bit in 0..8 {
            if control & (1 << bit) == 0 {
                match input.next() {
                    Some(octet) => put(&mut ring, &mut at, octet),
                    None => break 'runs,
                }
                continue;
            }
            let (Some(high), Some(low)) = (input.next(), input.next()) else {
                return Err(damaged("compressed RTF ends within a reference"));
            };
            let reference = u16::from_be_bytes([high, low]);
            let (mut from, length) = (usize::from(reference >> 4), usize::from(reference & 0x0f) + 2);
            if from == at {
                return if rtf.len() == declared {
                    Ok(rtf)
                } else {
                    Err(damaged(format_args!(
                        "compressed RTF holds {} octets instead of {declared}",
                        rtf.len()
                    )))
                };
            }
            for _ in 0..length {
                let octet = ring.get(from).copied().unwrap_or_default();
                put(&mut ring, &mut at, octet);
                from = (from + 1) % RING;
            }
        }
    }
    Err(damaged("compressed RTF has no end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of [MS-OXRTFCP] sections 3.1.1 and 3.1.2.
    const SIMPLE: &[u8] = &[
        0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00,
        0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00,
        0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
    ];
    const CROSSING: &[u8] = &[
        0x1a, 0, 0, 0, 0x1c, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xe2, 0xd4, 0x4b, 0x51, 0x41, 0x00, 0x04, 0x20,
        0x57, 0x58, 0x59, 0x5a, 0x0d, 0x6e, 0x7d, 0x01, 0x0e, 0xb0,
    ];

    #[test]
    fn the_examples_of_the_specification() {
        assert_eq!(
            decompress(SIMPLE).unwrap(),
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
        );
        assert_eq!(decompress(CROSSING).unwrap(), b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
    }

    #[test]
    fn damage_is_told() {
        for at in 16..SIMPLE.len() {
            let mut data = SIMPLE.to_vec();
            data[at] ^= 1;
            assert!(decompress(&data).is_err());
            assert!(decompress(&SIMPLE[..at]).is_err());
        }
    }

    #[test]
    fn plain_rtf_whose_length_is_wrong() {
        let mut data = vec![0; 16];
        data[4] = 200;
        data[8..12].copy_from_slice(b"MELA");
        data.extend(b"{\\rtf1 x}\0\0");
        assert_eq!(decompress(&data).unwrap(), b"{\\rtf1 x}");
    }
}

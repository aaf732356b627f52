//! Obfuscation of blocks ([MS-PST] section 5.1 and 5.2) and the checks over them (sections 5.3 and 5.5).

use crate::{Error, ErrorKind, Result};

/// How the data of external blocks are obfuscated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Crypt {
    /// Not at all.
    None,
    /// Each octet is replaced by a table.
    Permute,
    /// As `Permute`, with a key that follows from the identifier of the block and changes with each octet.
    Cyclic,
}

impl Crypt {
    pub(crate) fn from_header(method: u8) -> Result<Self> {
        match method {
            0 => Ok(Self::None),
            1 => Ok(Self::Permute),
            2 => Ok(Self::Cyclic),
            0x10 => Err(Error::new(
                ErrorKind::Unsupported,
                "the file is encrypted by Windows Information Protection; decrypt it where it was made",
            )),
            other => Err(Error::new(
                ErrorKind::Unsupported,
                format_args!("encryption method {other} is unknown"),
            )),
        }
    }

    /// Undoes the obfuscation of the block `bid`.
    pub(crate) fn decode(self, data: &mut [u8], bid: u64) {
        match self {
            Self::None => {}
            Self::Permute => {
                // Two by each look-up, eight by each access to the data: this is a large part of what reading a file takes.
                let (words, rest) = data.as_chunks_mut::<8>();
                for word in words {
                    let encoded = u64::from_le_bytes(*word);
                    let pair =
                        |shift: u32| u64::from(DECODE_PAIRS[usize::from((encoded >> shift) as u16)]) << shift;
                    *word = (pair(0) | pair(16) | pair(32) | pair(48)).to_le_bytes();
                }
                for octet in rest {
                    *octet = DECODE[*octet as usize];
                }
            }
            Self::Cyclic => cyclic(data, bid as u32),
        }
    }
}

fn cyclic(data: &mut [u8], key: u32) {
    let mut key = (key ^ (key >> 16)) as u16;
    for octet in data {
        let [low, high] = key.to_le_bytes();
        let first = ENCODE[octet.wrapping_add(low) as usize];
        let second = MIDDLE[first.wrapping_add(high) as usize];
        *octet = DECODE[second.wrapping_sub(high) as usize].wrapping_sub(low);
        key = key.wrapping_add(1);
    }
}

/// The CRC of pages, blocks and compressed RTF: CRC-32 that starts at zero and is not inverted at the end.
pub(crate) fn crc(data: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(u32::MAX);
    hasher.update(data);
    !hasher.finalize()
}

/// Whether data have this CRC. A fuzzer cannot guess one, so that every one is right to it.
pub(crate) fn is_sound(data: &[u8], sum: u32) -> bool {
    cfg!(fuzzing) || crc(data) == sum
}

/// The signature of the block or page `bid` at the offset `ib`.
pub(crate) fn signature(ib: u64, bid: u64) -> u16 {
    let mixed = (ib ^ bid) as u32;
    ((mixed >> 16) ^ mixed) as u16
}

const fn inverse(table: &[u8; 256]) -> [u8; 256] {
    let mut result = [0; 256];
    let mut index = 0;
    while index < 256 {
        result[table[index] as usize] = index as u8;
        index += 1;
    }
    result
}

static DECODE: [u8; 256] = inverse(&ENCODE);

/// What pairs of octets stand for, by the pair as a number.
static DECODE_PAIRS: [u16; 65_536] = pairs(&inverse(&ENCODE));

const fn pairs(table: &[u8; 256]) -> [u16; 65_536] {
    let mut result = [0; 65_536];
    let mut pair = 0;
    while pair < result.len() {
        result[pair] = u16::from_le_bytes([table[pair & 0xff], table[pair >> 8]]);
        pair += 1;
    }
    result
}

#[rustfmt::skip]
const ENCODE: [u8; 256] = [
    65, 54, 19, 98, 168, 33, 110, 187, 244, 22, 204, 4, 127, 100, 232, 93,
    30, 242, 203, 42, 116, 197, 94, 53, 210, 149, 71, 158, 150, 45, 154, 136,
    76, 125, 132, 63, 219, 172, 49, 182, 72, 95, 246, 196, 216, 57, 139, 231,
    35, 59, 56, 142, 200, 193, 223, 37, 177, 32, 165, 70, 96, 78, 156, 251,
    170, 211, 86, 81, 69, 124, 85, 0, 7, 201, 43, 157, 133, 155, 9, 160,
    143, 173, 179, 15, 99, 171, 137, 75, 215, 167, 21, 90, 113, 102, 66, 191,
    38, 74, 107, 152, 250, 234, 119, 83, 178, 112, 5, 44, 253, 89, 58, 134,
    126, 206, 6, 235, 130, 120, 87, 199, 141, 67, 175, 180, 28, 212, 91, 205,
    226, 233, 39, 79, 195, 8, 114, 128, 207, 176, 239, 245, 40, 109, 190, 48,
    77, 52, 146, 213, 14, 60, 34, 50, 229, 228, 249, 159, 194, 209, 10, 129,
    18, 225, 238, 145, 131, 118, 227, 151, 230, 97, 138, 23, 121, 164, 183, 220,
    144, 122, 92, 140, 2, 166, 202, 105, 222, 80, 26, 17, 147, 185, 82, 135,
    88, 252, 237, 29, 55, 73, 27, 106, 224, 41, 51, 153, 189, 108, 217, 148,
    243, 64, 84, 111, 240, 198, 115, 184, 214, 62, 101, 24, 68, 31, 221, 103,
    16, 241, 12, 25, 236, 174, 3, 161, 20, 123, 169, 11, 255, 248, 163, 192,
    162, 1, 247, 46, 188, 36, 104, 117, 13, 254, 186, 47, 181, 208, 218, 61,
];

#[rustfmt::skip]
static MIDDLE: [u8; 256] = [
    20, 83, 15, 86, 179, 200, 122, 156, 235, 101, 72, 23, 22, 21, 159, 2,
    204, 84, 124, 131, 0, 13, 12, 11, 162, 98, 168, 118, 219, 217, 237, 199,
    197, 164, 220, 172, 133, 116, 214, 208, 167, 155, 174, 154, 150, 113, 102, 195,
    99, 153, 184, 221, 115, 146, 142, 132, 125, 165, 94, 209, 93, 147, 177, 87,
    81, 80, 128, 137, 82, 148, 79, 78, 10, 107, 188, 141, 127, 110, 71, 70,
    65, 64, 68, 1, 17, 203, 3, 63, 247, 244, 225, 169, 143, 60, 58, 249,
    251, 240, 25, 48, 130, 9, 46, 201, 157, 160, 134, 73, 238, 111, 77, 109,
    196, 45, 129, 52, 37, 135, 27, 136, 170, 252, 6, 161, 18, 56, 253, 76,
    66, 114, 100, 19, 55, 36, 106, 117, 119, 67, 255, 230, 180, 75, 54, 92,
    228, 216, 53, 61, 69, 185, 44, 236, 183, 49, 43, 41, 7, 104, 163, 14,
    105, 123, 24, 158, 33, 57, 190, 40, 26, 91, 120, 245, 35, 202, 42, 176,
    175, 62, 254, 4, 140, 231, 229, 152, 50, 149, 211, 246, 74, 232, 166, 234,
    233, 243, 213, 47, 112, 32, 242, 31, 5, 103, 173, 85, 16, 206, 205, 227,
    39, 59, 218, 186, 215, 194, 38, 212, 145, 29, 210, 28, 34, 51, 248, 250,
    241, 90, 239, 207, 144, 182, 139, 181, 189, 192, 191, 8, 151, 30, 108, 226,
    97, 224, 198, 193, 89, 171, 187, 88, 222, 95, 223, 96, 121, 126, 178, 138,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutation_is_undone() {
        let mut data: Vec<u8> = (0..=255).map(|octet: u8| ENCODE[octet as usize]).collect();
        Crypt::Permute.decode(&mut data, 4);
        assert!(
            data.iter()
                .enumerate()
                .all(|(index, octet)| index == *octet as usize)
        );
        let plain: Vec<u8> = (0..131_073_u32)
            .map(|octet| ((octet / 2) >> (octet % 2 * 8)) as u8)
            .collect();
        for length in [0, 1, 2, 3, 7, 8, 9, 15, 131_072, 131_073] {
            let mut data: Vec<u8> = plain[..length]
                .iter()
                .map(|octet| ENCODE[*octet as usize])
                .collect();
            Crypt::Permute.decode(&mut data, 4);
            assert!(data == plain[..length], "{length}");
        }
    }

    #[test]
    fn cyclic_is_its_own_inverse_and_uses_all_32_bits_of_the_key() {
        let plain: Vec<u8> = (0..1000).map(|octet| octet as u8).collect();
        let mut data = plain.clone();
        Crypt::Cyclic.decode(&mut data, 0x1_0004);
        let mut other = plain.clone();
        Crypt::Cyclic.decode(&mut other, 4);
        assert_ne!(data, other);
        Crypt::Cyclic.decode(&mut data, 0x1_0004);
        assert_eq!(data, plain);
    }

    #[test]
    fn the_check_value_of_the_crc() {
        assert_eq!(crc(b"123456789"), 0x2dfd_2d88);
        assert_eq!(crc(b""), 0);
    }

    #[test]
    fn edp_is_refused_by_name() {
        let error = Crypt::from_header(0x10).unwrap_err();
        assert!(error.to_string().contains("Windows Information Protection"));
    }
}

//! The server's side of NTLM version 2 ([MS-NLMP]).

use md5::{Digest as _, Md5};
use std::sync::atomic::{AtomicU64, Ordering};

const SIGNATURE: &[u8] = b"NTLMSSP\0";

/// What is kept between the challenge and its answer.
#[derive(Debug)]
pub(super) struct Challenge {
    server: [u8; 8],
    negotiate: Vec<u8>,
    message: Vec<u8>,
}

fn kind(message: &[u8]) -> Option<u32> {
    let rest = message.strip_prefix(SIGNATURE)?;
    Some(u32::from_le_bytes(rest.get(..4)?.try_into().ok()?))
}

pub(super) fn is_negotiate(message: &[u8]) -> bool {
    kind(message) == Some(1)
}

pub(super) fn is_authenticate(message: &[u8]) -> bool {
    kind(message) == Some(3)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn pair(id: u16, value: &[u8]) -> Vec<u8> {
    let mut out = id.to_le_bytes().to_vec();
    out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    out.extend_from_slice(value);
    out
}

/// 100 ns since 1601 of now.
fn file_time() -> [u8; 8] {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    ((now.as_secs() + 11_644_473_600) * 10_000_000 + u64::from(now.subsec_nanos()) / 100).to_le_bytes()
}

impl Challenge {
    /// A challenge, and the message that carries it.
    pub(super) fn new(negotiate: &[u8]) -> (Self, Vec<u8>) {
        static COUNT: AtomicU64 = AtomicU64::new(0x1122_3344_5566_7788);
        let number = COUNT.fetch_add(0x0101_0101_0101, Ordering::Relaxed);
        let digest = blake3::hash(&[number.to_le_bytes(), file_time()].concat());
        let server: [u8; 8] = std::array::from_fn(|index| digest.as_bytes()[index]);
        let mut info = Vec::new();
        for (id, text) in [
            (2, "CORP"),
            (1, "EX01"),
            (4, "corp.example.test"),
            (3, "ex01.corp.example.test"),
            (5, "corp.example.test"),
        ] {
            info.extend(pair(id, &utf16(text)));
        }
        info.extend(pair(7, &file_time()));
        info.extend(pair(0, &[]));
        let target = utf16("CORP");
        // Unicode, target, NTLM, always sign, target type domain, extended session security, target info, version, 128, 56.
        let mut flags: u32 =
            0x0001 | 0x0004 | 0x0200 | 0x8000 | 0x0001_0000 | 0x0008_0000 | 0x0080_0000 | 0x0200_0000;
        let asked = negotiate
            .get(12..16)
            .and_then(|octets| octets.try_into().ok())
            .map_or(0, u32::from_le_bytes);
        // Signing, sealing, key exchange and lengths as the client wishes.
        flags |= asked & (0x10 | 0x20 | 0x4000_0000 | 0x2000_0000 | 0x8000_0000);
        let mut message = SIGNATURE.to_vec();
        message.extend_from_slice(&2u32.to_le_bytes());
        let field = |length: usize, at: usize, message: &mut Vec<u8>| {
            message.extend_from_slice(&(length as u16).to_le_bytes());
            message.extend_from_slice(&(length as u16).to_le_bytes());
            message.extend_from_slice(&(at as u32).to_le_bytes());
        };
        field(target.len(), 56, &mut message);
        message.extend_from_slice(&flags.to_le_bytes());
        message.extend_from_slice(&server);
        message.extend_from_slice(&[0; 8]);
        field(info.len(), 56 + target.len(), &mut message);
        message.extend_from_slice(&[10, 0, 0x63, 0x45, 0, 0, 0, 15]);
        message.extend_from_slice(&target);
        message.extend_from_slice(&info);
        let this = Self {
            server,
            negotiate: negotiate.to_vec(),
            message: message.clone(),
        };
        (this, message)
    }

    /// The user's name, if the answer was made with this password, and names the channel where one is demanded.
    pub(super) fn verify(
        &self,
        answer: &[u8],
        password: &str,
        end_point: Option<&[u8]>,
        demanded: bool,
    ) -> Option<String> {
        let text = |at| {
            let octets = field(answer, at)?;
            let words: Vec<u16> = octets
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16(&words).ok()
        };
        let response = field(answer, 20)?;
        let domain = text(28)?;
        let user = text(36)?;
        let (proof, blob) = response.split_at_checked(16)?;
        let key = hmac(&md4(&utf16(password)), &utf16(&(user.to_uppercase() + &domain)));
        if hmac(&key, &[&self.server, blob].concat()) != proof {
            return None;
        }
        let pairs = pairs(blob.get(28..)?);
        let bound = pairs
            .iter()
            .find(|(id, _)| *id == 10)
            .map(|(_, value)| value.as_slice())
            .filter(|value| value.iter().any(|octet| *octet != 0));
        match (bound, end_point) {
            (Some(bound), Some(end_point)) if bound != channel(end_point) => return None,
            (None, _) if demanded => return None,
            _ => {}
        }
        // Bit 2 of the flags: the client has put a code over all three messages.
        let flags = pairs.iter().find(|(id, _)| *id == 6);
        let coded = flags.is_some_and(|(_, value)| value.first().is_some_and(|low| low & 2 != 0));
        if coded && !self.code_holds(answer, &key, proof) {
            return None;
        }
        Some(if domain.is_empty() {
            user
        } else {
            format!("{domain}\\{user}")
        })
    }

    /// Whether the code over the three messages is right.
    fn code_holds(&self, answer: &[u8], key: &[u8], proof: &[u8]) -> bool {
        let base = hmac(key, proof);
        let flags = answer
            .get(60..64)
            .and_then(|octets| octets.try_into().ok())
            .map_or(0, u32::from_le_bytes);
        let session = match field(answer, 52) {
            Some(sealed) if flags & 0x4000_0000 != 0 && sealed.len() == 16 => rc4(&base, sealed),
            _ => base.to_vec(),
        };
        let Some(code) = answer.get(72..88) else {
            return false;
        };
        let mut blank = answer.to_vec();
        blank[72..88].fill(0);
        hmac(
            &session,
            &[self.negotiate.as_slice(), &self.message, &blank].concat(),
        ) == code
    }
}

/// The octets that a field of a message leads to.
fn field(message: &[u8], at: usize) -> Option<&[u8]> {
    let length = u16::from_le_bytes(message.get(at..at + 2)?.try_into().ok()?) as usize;
    let from = u32::from_le_bytes(message.get(at + 4..at + 8)?.try_into().ok()?) as usize;
    message.get(from..from.checked_add(length)?)
}

/// Attribute-value pairs up to the end mark.
fn pairs(mut octets: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut out = Vec::new();
    while let Some((head, rest)) = octets.split_at_checked(4) {
        let id = u16::from_le_bytes([head[0], head[1]]);
        let length = u16::from_le_bytes([head[2], head[3]]) as usize;
        let Some((value, rest)) = rest.split_at_checked(length) else {
            break;
        };
        if id == 0 {
            break;
        }
        out.push((id, value.to_vec()));
        octets = rest;
    }
    out
}

/// MD5 over the channel bindings structure of RFC 2744 with `tls-server-end-point` (RFC 5929).
fn channel(end_point: &[u8]) -> [u8; 16] {
    let data = [b"tls-server-end-point:", end_point].concat();
    let mut structure = vec![0; 16];
    structure.extend_from_slice(&(data.len() as u32).to_le_bytes());
    structure.extend_from_slice(&data);
    Md5::digest(&structure).into()
}

/// RFC 2104 with MD5.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 16] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Md5::digest([&block.map(|octet| octet ^ 0x36), text].concat());
    Md5::digest([&block.map(|octet| octet ^ 0x5c)[..], &inner[..]].concat()).into()
}

fn rc4(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut state: [u8; 256] = std::array::from_fn(|index| index as u8);
    let mut j = 0u8;
    for i in 0..256 {
        j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
        state.swap(i, j as usize);
    }
    let (mut i, mut j) = (0u8, 0u8);
    text.iter()
        .map(|octet| {
            i = i.wrapping_add(1);
            j = j.wrapping_add(state[i as usize]);
            state.swap(i as usize, j as usize);
            octet ^ state[state[i as usize].wrapping_add(state[j as usize]) as usize]
        })
        .collect()
}

/// RFC 1320.
fn md4(text: &[u8]) -> [u8; 16] {
    let mut padded = text.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(text.len() as u64 * 8).to_le_bytes());
    let mut state = [0x6745_2301u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.chunks_exact(64) {
        let word = |index: usize| {
            let at = index * 4;
            u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
        };
        let before = state;
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..48 {
            let (mixed, index, shift) = match step / 16 {
                0 => (b & c | !b & d, step, [3, 7, 11, 19][step % 4]),
                1 => {
                    let index = step % 4 * 4 + step % 16 / 4;
                    (
                        (b & c | b & d | c & d).wrapping_add(0x5a82_7999),
                        index,
                        [3, 5, 9, 13][step % 4],
                    )
                }
                _ => {
                    let order = [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15];
                    (
                        (b ^ c ^ d).wrapping_add(0x6ed9_eba1),
                        order[step % 16],
                        [3, 9, 11, 15][step % 4],
                    )
                }
            };
            let sum = a.wrapping_add(mixed).wrapping_add(word(index)).rotate_left(shift);
            (a, d, c, b) = (d, c, b, sum);
        }
        state = [
            before[0].wrapping_add(a),
            before[1].wrapping_add(b),
            before[2].wrapping_add(c),
            before[3].wrapping_add(d),
        ];
    }
    let mut out = [0; 16];
    for (slot, word) in out.chunks_exact_mut(4).zip(state) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// RFC 1320, appendix A.5, and RFC 2202, section 2.
    #[test]
    fn the_digests_are_those_of_the_rfcs() {
        assert_eq!(hex(&md4(b"")), "31d6cfe0d16ae931b73c59d7e0c089c0");
        assert_eq!(hex(&md4(b"abc")), "a448017aaf21d8525fc10ae87aa6729d");
        let long = b"12345678901234567890123456789012345678901234567890123456789012345678901234567890";
        assert_eq!(hex(&md4(long)), "e33b4ddc9c38f2199c3e7b164fcc0536");
        let code = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&code), "750c783e6ab0b503eaa86e310a5db738");
    }
}

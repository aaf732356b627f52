//! Digests that the protocol is made of.

use hmac::{Hmac, KeyInit, Mac};
use md4::{Digest, Md4};
use md5::Md5;

/// HMAC-MD5 over several pieces.
pub(super) fn hmac(key: &[u8], pieces: &[&[u8]]) -> [u8; 16] {
    // HMAC takes keys of any length.
    let Ok(mut hmac) = Hmac::<Md5>::new_from_slice(key) else {
        return [0; 16];
    };
    pieces.iter().for_each(|piece| hmac.update(piece));
    hmac.finalize().into_bytes().into()
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The key of a password ([MS-NLMP] 3.3.2, NTOWFv2).
pub(super) fn key(user: &str, domain: &str, password: &str) -> [u8; 16] {
    let password: [u8; 16] = Md4::digest(utf16(password)).into();
    hmac(&password, &[&utf16(&user.to_uppercase()), &utf16(domain)])
}

pub(super) fn md5(octets: &[u8]) -> [u8; 16] {
    Md5::digest(octets).into()
}

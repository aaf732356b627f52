//! The binding of a sign-in to a TLS connection (`tls-server-end-point`, RFC 5929 section 4).

use super::hash::md5;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Which TLS connection a sign-in belongs to. Somebody who passes it on over another one is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelBinding {
    digest: [u8; 16],
    data: Vec<u8>,
}

impl ChannelBinding {
    /// Makes the binding of a server's certificate in DER.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        let digest = match signature_digest(certificate) {
            Some(384) => Sha384::digest(certificate).to_vec(),
            Some(512) => Sha512::digest(certificate).to_vec(),
            // Also for MD5 and SHA-1 (RFC 5929), and for signatures without a digest of their own.
            _ => Sha256::digest(certificate).to_vec(),
        };
        let data = [b"tls-server-end-point:", &digest[..]].concat();
        // No addresses, and the data with its length (RFC 2744, section 3.11).
        let mut all = vec![0; 16];
        all.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
        all.extend_from_slice(&data);
        Self {
            digest: md5(&all),
            data,
        }
    }

    /// Returns the digest that NTLM carries.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.digest
    }

    /// Returns the application data of GSSAPI.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}

/// A value of DER: its tag, its contents, and what follows.
fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let octets = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
        let length = octets
            .iter()
            .fold(0_usize, |length, octet| (length << 8) | usize::from(*octet));
        (length, rest.get(count..)?)
    };
    Some((tag, rest.get(..length)?, rest.get(length..)?))
}

/// The bits of the digest that the certificate was signed with.
fn signature_digest(certificate: &[u8]) -> Option<u32> {
    let (_, certificate, _) = value(certificate)?;
    let (_, _, rest) = value(certificate)?;
    let (_, algorithm, _) = value(rest)?;
    let (tag, oid, _) = value(algorithm)?;
    // RSA with SHA-2, and ECDSA with SHA-2.
    match (tag, oid) {
        (6, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12] | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3]) => {
            Some(384)
        }
        (6, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13] | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4]) => {
            Some(512)
        }
        _ => None,
    }
}

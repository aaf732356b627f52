//! NTLM version 2 with channel binding ([MS-NLMP], RFC 5929): what Exchange on premises asks for unless it was told otherwise.
//!
//! Nothing is signed or sealed: TLS protects the connection.

mod answer;
mod binding;
mod challenge;
mod hash;

pub use answer::{Identity, Random};
pub use binding::ChannelBinding;
pub use challenge::Challenge;

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// Unicode, target name, NTLM, always sign, extended session security, target information, version, 128 and 56 bits.
const FLAGS: u32 =
    0x0001 | 0x0004 | 0x0200 | 0x8000 | 0x0008_0000 | 0x0080_0000 | 0x0200_0000 | 0x2000_0000 | 0x8000_0000;

/// Windows 10, revision 15 of NTLM: what servers of all ages take.
const VERSION: [u8; 8] = [10, 0, 0x63, 0x45, 0, 0, 0, 15];

/// Returns the first message, which names nobody.
#[must_use]
pub fn negotiate() -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    out.extend(1_u32.to_le_bytes());
    out.extend(FLAGS.to_le_bytes());
    // No domain and no workstation.
    out.extend([0; 16]);
    out.extend(VERSION);
    out
}

#[cfg(test)]
mod tests;

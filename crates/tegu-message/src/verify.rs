use crate::Error;
use std::str::FromStr;

/// How it is proved that the target holds what it was given.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums)] // whoever proves knows each way
pub enum Verify {
    /// By the server's word that it stored the message.
    None,
    /// By the number of octets that it gives for it.
    #[default]
    Size,
    /// By the header fields that it gives back.
    Fingerprint,
    /// By the digest of all octets that it gives back.
    Digest,
}

impl FromStr for Verify {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "none" => Ok(Self::None),
            "size" => Ok(Self::Size),
            "fingerprint" => Ok(Self::Fingerprint),
            "digest" => Ok(Self::Digest),
            _ => Err(Error::config(format!(
                "{text:?} is none of none, size, fingerprint, digest"
            ))),
        }
    }
}

//! What tells a message from others on servers that rewrite headers.

use std::borrow::Cow;
use std::fmt;

/// The header fields that a [`Fingerprint`] looks at.
pub const FINGERPRINT_FIELDS: [&str; 6] = ["MESSAGE-ID", "DATE", "FROM", "TO", "CC", "SUBJECT"];

/// What a message's header says it is, whatever a server does to the rest of it.
///
/// It is made of Message-ID and Date; of a message without a Message-ID, of Date, From, To, Cc and Subject. Folding,
/// blanks and added fields make no difference, nor do octets above 127, which some servers overwrite. Messages that
/// are not the same can have the same fingerprint: it says where to look, not what is there.
///
/// ```
/// use tegu_imap::prove::fingerprint;
///
/// let sent = fingerprint(b"Message-ID: <1@x>\r\nSubject: a\r\n b\r\nDate: Mon, 1 Jan 2024 10:00:00 +0300\r\n\r\n");
/// let kept = fingerprint(b"X-Added: y\r\nmessage-id:  <1@x>\r\nDate: Mon,  1 Jan 2024\r\n 10:00:00 +0300\r\n\r\n");
/// assert_eq!(sent, kept);
/// assert!(sent.is_strong());
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Fingerprint {
    hash: [u8; 16],
    strong: bool,
}

impl Fingerprint {
    /// Whether the message has a Message-ID. Without one, different messages often look alike.
    pub fn is_strong(&self) -> bool {
        self.strong
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The fingerprint of a message, of its header, or of those fields of it that [`FINGERPRINT_FIELDS`] names.
pub fn fingerprint(message: &[u8]) -> Fingerprint {
    let fields = fields(header(message));
    let value = |name: &str| {
        fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| normal(value))
    };
    let id = value("MESSAGE-ID").filter(|id| !id.is_empty());
    let strong = id.is_some();
    let parts: Vec<Vec<u8>> = match id {
        Some(id) => vec![id, value("DATE").unwrap_or_default()],
        None => FINGERPRINT_FIELDS
            .iter()
            .skip(1)
            .map(|name| value(name).unwrap_or_default())
            .collect(),
    };
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&part);
        hasher.update(b"\n");
    }
    let mut hash = [0; 16];
    hash.copy_from_slice(hasher.finalize().as_bytes().get(..16).unwrap_or_default());
    Fingerprint { hash, strong }
}

/// What a target that changes messages mostly keeps of a header, as hashes.
#[cfg_attr(not(feature = "client"), allow(dead_code))]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct HeaderKeys {
    /// Message-ID and Date, if it has both.
    pub(crate) id: Option<u64>,
    /// Date, From, To, Cc and Subject, if it has a Date.
    pub(crate) envelope: Option<u64>,
    /// From and Subject, if it has either.
    pub(crate) sender: Option<u64>,
}

/// The keys of a message, of its header, or of those fields of it that [`FINGERPRINT_FIELDS`] names.
#[cfg_attr(not(feature = "client"), allow(dead_code))]
pub(crate) fn header_keys(message: &[u8]) -> HeaderKeys {
    let fields = fields(header(message));
    let value = |name: &&str| {
        let named = |(field, _): &&(&[u8], Cow<'_, [u8]>)| field.eq_ignore_ascii_case(name.as_bytes());
        let value = fields.iter().find(named).map(|(_, value)| normal(value));
        value.unwrap_or_default()
    };
    let key = |names: &[&str], needed: &[&str]| {
        if needed.iter().any(|name| value(name).is_empty()) {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        let mut octets = 0;
        for name in names {
            let value = value(name);
            octets += value.len();
            hasher.update(&value);
            hasher.update(b"\n");
        }
        let start = hasher.finalize().as_bytes().first_chunk().copied();
        (octets > 0).then(|| u64::from_le_bytes(start.unwrap_or_default()))
    };
    HeaderKeys {
        id: key(&["MESSAGE-ID", "DATE"], &["MESSAGE-ID", "DATE"]),
        envelope: key(&["DATE", "FROM", "TO", "CC", "SUBJECT"], &["DATE"]),
        sender: key(&["FROM", "SUBJECT"], &[]),
    }
}

/// The header of a message, up to the first empty line.
#[cfg_attr(not(feature = "client"), allow(dead_code))]
pub(crate) fn header(message: &[u8]) -> &[u8] {
    let end = memchr::memchr_iter(b'\n', message).find(|&at| {
        let rest = message.get(at + 1..).unwrap_or_default();
        rest.starts_with(b"\n") || rest.starts_with(b"\r\n")
    });
    match end {
        Some(at) => message.get(..=at).unwrap_or_default(),
        None => message,
    }
}

/// Names and values, folded lines joined.
pub(crate) fn fields(header: &[u8]) -> Vec<(&[u8], Cow<'_, [u8]>)> {
    let mut fields: Vec<(&[u8], Cow<'_, [u8]>)> = Vec::new();
    for line in header.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if let Some((_, value)) = fields.last_mut() {
                value.to_mut().extend_from_slice(line);
            }
        } else if let Some(colon) = memchr::memchr(b':', line) {
            let (name, value) = line.split_at(colon);
            fields.push((
                name.trim_ascii_end(),
                Cow::Borrowed(value.get(1..).unwrap_or_default()),
            ));
        }
    }
    fields
}

/// Single blanks, and nothing of octets above 127 but that they are there.
fn normal(value: &[u8]) -> Vec<u8> {
    let words = value
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let mut normal = words.collect::<Vec<_>>().join(&b' ');
    for byte in &mut normal {
        if !byte.is_ascii() {
            *byte = b'X';
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_what_servers_do_to_headers() {
        let plain = fingerprint("Subject: Привет\nFrom: a@b\n\nbody".as_bytes());
        // Cyrus puts an X in the place of each octet above 127.
        let munged = format!(
            "From: a@b\r\nX-Sieve: 3\r\nSubject: {}\r\n\r\nother",
            "X".repeat("Привет".len())
        );
        assert_eq!(plain, fingerprint(munged.as_bytes()));
        assert!(!plain.is_strong());
        assert_ne!(plain, fingerprint(b"Subject: x\nFrom: a@b\n\n"));
    }

    #[test]
    fn keys_are_there_where_the_fields_are() {
        let keys = header_keys(b"Date: Mon, 1 Jan 2024 10:00:00 +0300\r\nFrom: a@b\r\n\r\n");
        assert!(keys.id.is_none() && keys.envelope.is_some() && keys.sender.is_some());
        assert_eq!(header_keys(b"To: a@b\r\n\r\n"), HeaderKeys::default());
        let folded = b"X: y\r\nfrom:\r\n a@b\r\nDate: Mon,  1 Jan 2024 10:00:00 +0300\r\n\r\nbody";
        assert_eq!(header_keys(folded), keys);
    }

    #[test]
    fn the_body_is_no_header() {
        assert_ne!(
            fingerprint(b"Subject: x\n\nMessage-ID: <1>\n"),
            fingerprint(b"Subject: x\nMessage-ID: <1>\n")
        );
        assert_eq!(fingerprint(b""), fingerprint(b"no header at all"));
        assert!(!fingerprint(b"Message-ID: \n\n").is_strong());
    }
}

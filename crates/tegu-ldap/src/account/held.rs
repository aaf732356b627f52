//! The present values of the attributes that a plan may change.

use crate::entry::{Entry, Known};

/// Attributes that are kept with each object.
const KEPT: &[Known] = &[
    Known::ObjectClass,
    Known::Mail,
    Known::ProxyAddresses,
    Known::MailAlternateAddress,
    Known::MailLocalAddress,
    Known::OtherMailbox,
    Known::MailForwardingAddress,
    Known::Rfc822MailAlias,
];

/// Returns whether a plan can know what an attribute holds now.
pub(crate) fn is_kept(name: &str) -> bool {
    Known::find(name).is_some_and(|k| KEPT.contains(&k))
}

/// Returns whether a plan has to know a value: of addresses of all kinds, those of mail.
fn is_needed(known: Known, value: &[u8]) -> bool {
    known != Known::ProxyAddresses
        || value
            .get(..5)
            .is_some_and(|kind| kind.eq_ignore_ascii_case(b"smtp:"))
}

/// The values, in one block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    data: Vec<u8>,
    parts: Vec<(Known, u32)>,
}

impl Held {
    pub(crate) fn of(entry: &Entry) -> Self {
        let kept = || {
            entry.attributes().filter_map(|a| {
                a.name()
                    .known()
                    .filter(|k| KEPT.contains(k))
                    .map(|k| (k, a.values()))
            })
        };
        let (mut count, mut bytes) = (0, 0);
        for (known, values) in kept() {
            for value in values.filter(|v| is_needed(known, v)) {
                count += 1;
                bytes += value.len();
            }
        }
        let mut out = Self {
            data: Vec::with_capacity(bytes),
            parts: Vec::with_capacity(count),
        };
        for (known, values) in kept() {
            for value in values.filter(|v| is_needed(known, v)) {
                out.data.extend_from_slice(value);
                // A reader's limits are far below.
                out.parts
                    .push((known, u32::try_from(out.data.len()).unwrap_or(u32::MAX)));
            }
        }
        out
    }

    /// Returns the values of one attribute.
    pub(crate) fn get(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.known(Known::find(name))
    }

    /// As [`get`](Self::get), of an attribute that is found already.
    pub(crate) fn known(&self, wanted: Option<Known>) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.parts.iter().filter_map(move |&(known, end)| {
            let end = usize::try_from(end).ok()?;
            let part = self.data.get(std::mem::replace(&mut start, end)..end)?;
            (Some(known) == wanted).then_some(part)
        })
    }
}

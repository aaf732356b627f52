//! What concerns all properties of an item, of whatever kind: whether they can be read, and whether anybody here knows what they mean.

use crate::{ErrorKind, Message, messaging::NameKey, tag, tag::set, verdict::Notes};

/// Identifiers below 0x8000 whose meaning is known ([MS-OXPROPS]): they are written, or follow from what is written, or say nothing
/// that another server could keep. First and last of each
/// range, in ascending order.
const KNOWN: [(u16, u16); 59] = [
    // The envelope: who, when, what, and how it was reported and classified.
    (0x0001, 0x0082),
    // Reports and senders.
    (0x0c00, 0x0c25),
    // What a store calculates: display strings, sizes, flags, submission, normalized subject.
    (0x0e01, 0x0e0a),
    (0x0e0f, 0x0e14),
    (0x0e17, 0x0e1d),
    (0x0e1f, 0x0e2f),
    (0x0e33, 0x0e40),
    (0x0e58, 0x0e6c),
    (0x0e79, 0x0e79),
    (0x0e84, 0x0e84),
    (0x0e96, 0x0e9d),
    (0x0ff4, 0x0fff),
    // Bodies, and how they are kept in step.
    (0x1000, 0x1016),
    // Fields of the header.
    (0x1030, 0x1035),
    (0x1039, 0x1039),
    (0x1040, 0x104e),
    // Replies, flags, icons.
    (0x1080, 0x1083),
    (0x1085, 0x1085),
    (0x1090, 0x109a),
    (0x10c3, 0x10ca),
    (0x10f0, 0x10f6),
    (0x1204, 0x1204),
    (0x1213, 0x1213),
    // What every object has: names, times, identifiers.
    (0x3000, 0x301f),
    (0x3301, 0x3302),
    (0x340d, 0x3418),
    (0x35d8, 0x35e8),
    (0x3600, 0x36ff),
    // Attachments.
    (0x3701, 0x371d),
    (0x3900, 0x39ff),
    // People.
    (0x3a00, 0x3a68),
    (0x3a70, 0x3a71),
    (0x3a76, 0x3a76),
    (0x3f00, 0x3f3f),
    // Code pages, locales, answers that were asked for, sizes of names.
    (0x3fd9, 0x3fe7),
    (0x3fea, 0x3fff),
    (0x4000, 0x402f),
    (0x4030, 0x405d),
    (0x4076, 0x407b),
    (0x4083, 0x4084),
    (0x5902, 0x5909),
    (0x5d01, 0x5d0b),
    (0x5fde, 0x5fff),
    // What Outlook keeps for itself: views, forms, search, trust, decisions of its filters.
    (0x6001, 0x6010),
    // The skeleton of the original MIME.
    (0x64f0, 0x64f0),
    (0x6540, 0x6540),
    (0x65c2, 0x65c6),
    (0x65e0, 0x65f6),
    // Internal to the store (section 1.3.2): not transmitted to anybody.
    (0x6600, 0x67ff),
    // Rules, templates of rules and answers, free and busy times, forms.
    (0x6800, 0x6805),
    (0x6820, 0x6820),
    (0x6834, 0x6893),
    (0x6e01, 0x6e01),
    (0x7001, 0x7007),
    (0x7c04, 0x7c09),
    (0x7c24, 0x7c24),
    (0x7d01, 0x7d0c),
    (0x7d0e, 0x7d1f),
    // Attachments, by Outlook: hidden ones, exceptions, photos.
    (0x7ff0, 0x7fff),
];

/// Names of PS_PUBLIC_STRINGS that are written, or that say nothing of the item.
const STRINGS: [&str; 6] = [
    "Keywords",
    "EmailAddress",
    "ContentClass",
    "content-class",
    "http://schemas.microsoft.com/exchange/junkemailmovestamp",
    "http://schemas.microsoft.com/outlook/spoofingstamp",
];

/// How many identifiers a finding names.
const NAMED: usize = 8;

fn is_known(message: &Message<'_>, id: u16) -> bool {
    if id < 0x8000 {
        let above = KNOWN.partition_point(|(first, _)| *first <= id);
        let range = above.checked_sub(1).and_then(|index| KNOWN.get(index));
        return range.is_some_and(|(_, last)| id <= *last);
    }
    match message.names().name(id) {
        // Told by themselves.
        None => true,
        Some((set, NameKey::Number(_))) => set::is_known(set),
        Some((set, NameKey::String(name))) => match *set {
            set::INTERNET_HEADERS => true,
            set::PUBLIC_STRINGS => STRINGS.iter().any(|known| known.eq_ignore_ascii_case(name)),
            _ => false,
        },
    }
}

/// Tells what cannot be read of an item, and which of its properties are unknown. Bodies are read where they are needed.
pub(crate) fn check(message: &Message<'_>, notes: &mut Notes) {
    for damage in message.properties().damage().iter().take(10) {
        notes.lossy("PST-PROPERTIES-DAMAGED", damage.clone());
    }
    let (mut unnamed, mut unknown, mut first) = (0, 0, String::new());
    for record in message.properties().records() {
        if message.names().is_damaged(record.id) {
            notes.lossy(
                "PST-NAMES-DAMAGED",
                format!(
                    "nobody can tell what property {:#06x} means: its name is damaged",
                    record.id
                ),
            );
        }
        unnamed += usize::from(record.id >= 0x8000 && message.names().name(record.id).is_none());
        if matches!(record.id, tag::BODY | tag::HTML) {
            continue;
        }
        match message.properties().probe(*record) {
            Ok(false) => {}
            Ok(true) if is_known(message, record.id) => {}
            Ok(true) => {
                unknown += 1;
                if unknown <= NAMED {
                    first.push_str(&format!(" {:#06x}", record.id));
                }
            }
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                notes.info("PST-PROPERTY-TYPE", error.to_string());
            }
            Err(error) => notes.lossy("PST-VALUE-UNREADABLE", error.to_string()),
        }
    }
    if unnamed > 0 {
        notes.info(
            "PST-PROPERTY-UNNAMED",
            format!("{unnamed} properties have identifiers without a name"),
        );
    }
    if unknown > 0 {
        let more = if unknown > NAMED { " and others" } else { "" };
        notes.info(
            "PST-PROPERTY-UNKNOWN",
            format!(
                "{unknown} properties with values are of unknown meaning, and are not written:{first}{more}"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_ascend() {
        assert!(KNOWN.iter().all(|(first, last)| first <= last && *last < 0x8000));
        assert!(KNOWN.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}

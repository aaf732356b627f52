//! One model for the flags that mail programs keep in headers.
//!
//! | header | writer | says |
//! |---|---|---|
//! | `Status`, `X-Status` | mutt, Dovecot, c-client, Berkeley mail | `R` seen, `O` not recent; `A` answered, `F` flagged, `T` draft, `D` deleted |
//! | `X-Keywords` | Dovecot, c-client | keywords, separated by spaces |
//! | `X-Mozilla-Status`, `-Status2`, `-Keys` | Thunderbird | bits, see [`Flags::from_headers`]; keywords |
//! | `X-Gmail-Labels` | Google Takeout | labels, separated by commas |
//!
//! [`from_headers`](Flags::from_headers) only looks. [`embed`](Flags::embed) and [`extract`] carry flags through a
//! file of this crate and give the message back to the byte.

use std::borrow::Cow;
use std::collections::BTreeSet;

use mail_parser::MessageParser;

use crate::header::{Field, fields};

/// The flags of one message. The names are IMAP's (RFC 9051, section 2.3.2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Flags {
    /// It was read.
    pub seen: bool,
    /// It was replied to.
    pub answered: bool,
    /// It was starred.
    pub flagged: bool,
    /// It is marked for removal, or was removed in a file that was not compacted since.
    pub deleted: bool,
    /// It is not finished.
    pub draft: bool,
    /// It was forwarded (keyword `$Forwarded` in IMAP).
    pub forwarded: bool,
    /// No program has shown it yet. Servers set this by themselves; it is never written.
    pub recent: bool,
    /// Everything else: IMAP keywords, Thunderbird's tags.
    pub keywords: BTreeSet<String>,
    /// Gmail's labels, those that name folders and those that are flags alike.
    pub labels: BTreeSet<String>,
}

impl Flags {
    /// Reads the flags out of a message's headers; `message` may have a body, which is not looked at.
    ///
    /// A flag counts if any of the headers sets it: two programs may have kept theirs side by side. Of
    /// `X-Mozilla-Status` (hexadecimal) 1 is seen, 2 answered, 4 flagged, 8 deleted, 1000 forwarded; of
    /// `X-Mozilla-Status2`, 10000 is recent and E000000 the number of an old label (`$Label1` to `$Label5`). Gmail
    /// marks what was *not* read, with the label `Unread`; these names are known in English only.
    ///
    /// ```
    /// use tegu_mbox::Flags;
    ///
    /// let flags = Flags::from_headers(b"Status: RO\nX-Status: A\nX-Keywords: $Work\n\n");
    /// assert!(flags.seen && flags.answered && !flags.flagged);
    /// assert!(flags.keywords.contains("$Work"));
    /// ```
    pub fn from_headers(message: &[u8]) -> Self {
        let mut flags = Self::default();
        for field in fields(message) {
            flags.read(&field);
        }
        flags
    }

    /// Puts three headers at the top of `message` that hold these flags: `Status`, `X-Status` and `X-Keywords`.
    ///
    /// They are in the forms that other programs know, always all three, so that [`extract`] can take out exactly
    /// what was put in even if the message has such headers of its own. Forwarded becomes the keyword `$Forwarded`.
    /// What cannot stand in a keyword is written as `%` and two hexadecimal digits.
    pub fn embed(&self, message: &[u8]) -> Vec<u8> {
        let first_line = message
            .split_inclusive(|&b| b == b'\n')
            .next()
            .unwrap_or_default();
        let end = if first_line.ends_with(b"\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let pick = |pairs: &[(bool, char)]| -> String {
            pairs
                .iter()
                .filter(|(set, _)| *set)
                .map(|(_, letter)| letter)
                .collect()
        };
        let status = pick(&[(self.seen, 'R'), (true, 'O')]);
        let more = pick(&[
            (self.answered, 'A'),
            (self.deleted, 'D'),
            (self.flagged, 'F'),
            (self.draft, 'T'),
        ]);
        let mut words: Vec<String> = self.keywords.iter().map(|word| encode_word(word)).collect();
        if self.forwarded {
            words.push("$Forwarded".to_owned());
        }
        let headers = format!(
            "Status: {status}{end}X-Status: {more}{end}X-Keywords: {}{end}",
            words.join(" ")
        );
        [headers.as_bytes(), message].concat()
    }

    /// The folders that Gmail's [`labels`](Self::labels) put the message into, as paths: what Takeout keeps in one file
    /// belongs there. Labels that are flags, categories or views of all mail name no folder.
    ///
    /// ```
    /// use tegu_mbox::Flags;
    ///
    /// let flags = Flags::from_headers(b"X-Gmail-Labels: Opened,Inbox,Work/Plans\n\n");
    /// assert_eq!(flags.label_folders(), [vec!["Inbox"], vec!["Work", "Plans"]]);
    /// ```
    pub fn label_folders(&self) -> Vec<Vec<&str>> {
        const NO_FOLDERS: [&str; 7] = [
            "All Mail",
            "Archived",
            "Chat",
            "Important",
            "Opened",
            "Starred",
            "Unread",
        ];
        self.labels
            .iter()
            .filter(|label| !NO_FOLDERS.contains(&label.as_str()) && !label.starts_with("Category "))
            .map(|label| label.split('/').collect())
            .collect()
    }

    /// The names that IMAP has for these flags (RFC 9051, section 2.3.2): system flags with their backslash, then
    /// `$Forwarded`, then keywords. Labels and [`recent`](Self::recent) have none.
    ///
    /// ```
    /// use tegu_mbox::Flags;
    ///
    /// let flags = Flags::from_imap(["\\Seen", "\\Flagged", "Work"]);
    /// assert_eq!(flags.to_imap(), ["\\Seen", "\\Flagged", "Work"]);
    /// ```
    pub fn to_imap(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for (set, name) in [
            (self.seen, "\\Seen"),
            (self.answered, "\\Answered"),
            (self.flagged, "\\Flagged"),
            (self.deleted, "\\Deleted"),
            (self.draft, "\\Draft"),
            (self.forwarded, "$Forwarded"),
        ] {
            if set {
                names.push(name);
            }
        }
        names.extend(self.keywords.iter().map(String::as_str));
        names
    }

    /// The flags that IMAP calls so; letter case does not matter for those with a backslash. `\Recent` is the
    /// server's and is not taken.
    pub fn from_imap<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut flags = Self::default();
        for name in names {
            match name.strip_prefix('\\').map(str::to_ascii_lowercase).as_deref() {
                Some("seen") => flags.seen = true,
                Some("answered") => flags.answered = true,
                Some("flagged") => flags.flagged = true,
                Some("deleted") => flags.deleted = true,
                Some("draft") => flags.draft = true,
                Some("recent") => {}
                Some(_) | None => flags.keyword(name.to_owned()),
            }
        }
        flags
    }

    fn read(&mut self, field: &Field<'_>) {
        if field.is("Status") {
            let text = field.text();
            self.seen |= text.contains('R');
            self.recent |= !text.contains('O');
        } else if field.is("X-Status") {
            for letter in field.text().chars() {
                match letter {
                    'A' => self.answered = true,
                    'D' => self.deleted = true,
                    'F' => self.flagged = true,
                    'T' => self.draft = true,
                    _ => {}
                }
            }
        } else if field.is("X-Keywords") || field.is("X-Mozilla-Keys") {
            for word in field.text().split_ascii_whitespace() {
                self.keyword(decode_word(word));
            }
        } else if field.is("X-Mozilla-Status") {
            let bits = hexadecimal(field);
            self.seen |= bits & 0x1 != 0;
            self.answered |= bits & 0x2 != 0;
            self.flagged |= bits & 0x4 != 0;
            self.deleted |= bits & 0x8 != 0;
            self.forwarded |= bits & 0x1000 != 0;
        } else if field.is("X-Mozilla-Status2") {
            let bits = hexadecimal(field);
            self.recent |= bits & 0x0001_0000 != 0;
            let label = (bits & 0x0E00_0000) >> 25;
            if (1..=5).contains(&label) {
                self.keyword(format!("$Label{label}"));
            }
        } else if field.is("X-Gmail-Labels") {
            self.gmail(field);
        }
    }

    fn keyword(&mut self, word: String) {
        if word.eq_ignore_ascii_case("$Forwarded") {
            self.forwarded = true;
        } else {
            self.keywords.insert(word);
        }
    }

    fn gmail(&mut self, field: &Field<'_>) {
        self.seen = true;
        for label in split_labels(&decoded(field)) {
            match label.as_str() {
                "Unread" => self.seen = false,
                "Starred" => self.flagged = true,
                "Draft" | "Drafts" => self.draft = true,
                "Trash" => self.deleted = true,
                _ => {}
            }
            self.labels.insert(label);
        }
    }
}

/// Takes out the flags that [`Flags::embed`] put in, and gives the message as it was before. A message that does not
/// begin with those three headers is given back whole, with what [`Flags::from_headers`] finds in it.
///
/// ```
/// use tegu_mbox::{Flags, flags};
///
/// let message = b"Status: mine\nSubject: s\n\ntext\n";
/// let file = Flags::default().embed(message);
/// assert_eq!(flags::extract(&file).1, &message[..]);
/// ```
pub fn extract(message: &[u8]) -> (Flags, Cow<'_, [u8]>) {
    let mut headers = fields(message);
    let mut flags = Flags::default();
    for name in ["Status", "X-Status", "X-Keywords"] {
        match headers.next() {
            Some(field) if field.name == name.as_bytes() && !is_folded(&field) => flags.read(&field),
            _ => return (Flags::from_headers(message), Cow::Borrowed(message)),
        }
    }
    (
        flags,
        Cow::Borrowed(message.get(headers.end()..).unwrap_or_default()),
    )
}

fn is_folded(field: &Field<'_>) -> bool {
    field.value.iter().filter(|&&b| b == b'\n').count() > 1
}

fn hexadecimal(field: &Field<'_>) -> u32 {
    u32::from_str_radix(&field.text(), 16).unwrap_or(0)
}

/// The field's text with its encoded words (RFC 2047) decoded.
fn decoded(field: &Field<'_>) -> String {
    let header = [b"Subject:", field.value, b"\n\n"].concat();
    let parsed = MessageParser::new().parse_headers(&header);
    parsed
        .and_then(|message| message.subject().map(str::to_owned))
        .unwrap_or_else(|| field.text())
}

/// Splits at commas outside double quotes.
fn split_labels(text: &str) -> Vec<String> {
    let (mut labels, mut label, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => labels.push(std::mem::take(&mut label)),
            _ => label.push(c),
        }
    }
    labels.push(label);
    labels
        .iter()
        .map(|label| label.trim())
        .filter(|label| !label.is_empty())
        .map(str::to_owned)
        .collect()
}

fn encode_word(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for byte in word.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn decode_word(word: &str) -> String {
    // A foreign keyword may hold a `%` that means itself: only what `encode_word` would write is decoded.
    match crate::percent::percent_decode(word) {
        Some(decoded) if encode_word(&decoded) == word => decoded,
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thunderbirds_bits() {
        let flags = Flags::from_headers(
            b"X-Mozilla-Status: 1007\nX-Mozilla-Status2: 02010000\nX-Mozilla-Keys: $label2 todo   \n\n",
        );
        assert!(flags.seen && flags.answered && flags.flagged && flags.forwarded && flags.recent);
        assert!(!flags.deleted);
        assert_eq!(
            flags.keywords,
            ["$Label1", "$label2", "todo"].map(str::to_owned).into()
        );
    }

    #[test]
    fn gmails_labels() {
        let flags = Flags::from_headers(
            b"X-Gmail-Labels: Inbox,Starred,\"a, b\",=?UTF-8?Q?=D0=A0=D0=B0=D0=B1=D0=BE=D1=82=D0=B0?=\n\n",
        );
        assert!(flags.seen && flags.flagged);
        assert_eq!(
            flags.labels,
            ["Inbox", "Starred", "a, b", "Работа"].map(str::to_owned).into()
        );
        assert!(!Flags::from_headers(b"X-Gmail-Labels: Inbox,Unread\n\n").seen);
    }

    #[test]
    fn the_body_has_no_say() {
        assert_eq!(
            Flags::from_headers(b"Subject: s\n\nStatus: RO\n"),
            Flags::default()
        );
    }

    #[test]
    fn a_status_without_o_is_recent() {
        assert!(Flags::from_headers(b"Status: R\n\n").recent);
        assert!(!Flags::from_headers(b"Status: RO\n\n").recent);
        assert!(!Flags::from_headers(b"Subject: s\n\n").recent);
    }

    fn any_flags() -> impl Strategy<Value = Flags> {
        let keyword = prop_oneof![
            Just("Важное".to_owned()),
            Just("50%".to_owned()),
            Just("%41".to_owned()),
            "[!-~ ]{1,8}",
        ];
        (any::<[bool; 6]>(), proptest::collection::btree_set(keyword, 0..4)).prop_map(|(set, keywords)| {
            Flags {
                seen: set[0],
                answered: set[1],
                flagged: set[2],
                deleted: set[3],
                draft: set[4],
                forwarded: set[5],
                recent: false,
                keywords: keywords
                    .into_iter()
                    .filter(|word| !word.eq_ignore_ascii_case("$forwarded"))
                    .collect(),
                labels: BTreeSet::new(),
            }
        })
    }

    proptest! {
        #[test]
        fn what_is_embedded_is_extracted(flags in any_flags(), message in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            Just(b"Subject: s\r\n\r\nx\r\n".to_vec()),
            Just(b"Status: RO\nX-Status: F\nX-Keywords: a\n\n".to_vec()),
            Just(b" folded from nothing\n\n".to_vec()),
        ]) {
            let file = flags.embed(&message);
            // A message that begins with white space would continue the last header; it has no headers at all.
            prop_assume!(!message.starts_with(b" ") && !message.starts_with(b"\t"));
            let (read, rest) = extract(&file);
            prop_assert_eq!(read, flags);
            prop_assert_eq!(rest.into_owned(), message);
        }
    }
}

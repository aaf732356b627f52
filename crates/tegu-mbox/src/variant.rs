//! The members of the mbox family.

use memchr::memmem;

use crate::read::{Options, Slice};

/// How a file marks where a message ends, and what it does to text that looks like such a mark.
///
/// All begin a message with a `From_` line and end it with a blank line. The names are those of the page
/// `mbox(5)` that the mail programs of the 1990s agreed on; RFC 4155 names none of them.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Variant {
    /// Every text line `From `, `>From `, `>>From ` … gets one more `>`, which reading removes: reversible.
    #[default]
    Mboxrd,
    /// Text lines `From ` become `>From `, and nobody can say afterwards which `>` was there before. Read as it
    /// stands; written only where there is nothing to quote.
    Mboxo,
    /// As mboxo, and a `Content-Length` header says how long the body is.
    Mboxcl,
    /// Nothing is quoted; `Content-Length` alone says where the body ends.
    Mboxcl2,
}

impl Variant {
    /// The usual lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mboxrd => "mboxrd",
            Self::Mboxo => "mboxo",
            Self::Mboxcl => "mboxcl",
            Self::Mboxcl2 => "mboxcl2",
        }
    }

    /// The variant with this [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Mboxrd, Self::Mboxo, Self::Mboxcl, Self::Mboxcl2]
            .into_iter()
            .find(|variant| variant.name() == name)
    }

    /// Whether messages carry a `Content-Length` that this crate adds and removes.
    pub(crate) fn has_length(self) -> bool {
        matches!(self, Self::Mboxcl | Self::Mboxcl2)
    }
}

/// What [`detect`] makes of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Detected {
    /// The likeliest variant.
    pub variant: Variant,
    /// Whether another variant would explain the same bytes and read differently.
    pub ambiguous: bool,
}

/// Guesses the variant from the beginning of a file, or all of it.
///
/// mboxrd and mboxo cannot be told apart by a `>From ` line alone; that is reported as ambiguous.
///
/// ```
/// use tegu_mbox::variant::{Variant, detect};
///
/// let file = b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n>>From twice\n\n";
/// assert_eq!(detect(file).variant, Variant::Mboxrd);
/// assert!(!detect(file).ambiguous);
/// ```
pub fn detect(sample: &[u8]) -> Detected {
    let (mut with_length, mut bare, mut quoted, mut twice) = (0_u32, false, false, false);
    for message in Slice::new(sample, Options::default()).take(10_000).flatten() {
        with_length += u32::from(message.is_length_delimited());
        bare |= message.has_bare_from();
        let raw = message.raw();
        quoted |= raw.starts_with(b">From ") || memmem::find(raw, b"\n>From ").is_some();
        twice |= memmem::find(raw, b"\n>>From ").is_some();
    }
    if with_length > 0 {
        let variant = if quoted && !bare {
            Variant::Mboxcl
        } else {
            Variant::Mboxcl2
        };
        return Detected {
            variant,
            ambiguous: quoted,
        };
    }
    Detected {
        variant: Variant::Mboxrd,
        ambiguous: bare || (quoted && !twice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "From a@b Mon Jan  1 00:00:00 2024\n";

    #[test]
    fn names_go_both_ways() {
        for variant in [Variant::Mboxrd, Variant::Mboxo, Variant::Mboxcl, Variant::Mboxcl2] {
            assert_eq!(Variant::from_name(variant.name()), Some(variant));
        }
        assert_eq!(Variant::from_name("maildir"), None);
    }

    #[test]
    fn one_quoted_line_does_not_tell_mboxrd_from_mboxo() {
        let file = format!("{FROM}A: b\n\n>From x\n\n");
        assert!(detect(file.as_bytes()).ambiguous);
    }

    #[test]
    fn a_right_length_over_a_bare_from_is_mboxcl2() {
        let file = format!("{FROM}Content-Length: 11\n\nFrom later\n\n{FROM}A: b\n\nx\n\n");
        assert_eq!(
            detect(file.as_bytes()),
            Detected {
                variant: Variant::Mboxcl2,
                ambiguous: false
            }
        );
    }
}

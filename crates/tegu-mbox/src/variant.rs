//! The members of the mbox family.

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

    /// Whether messages carry a `Content-Length`, which writing adds and reading removes.
    pub fn has_length(self) -> bool {
        matches!(self, Self::Mboxcl | Self::Mboxcl2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for variant in [Variant::Mboxrd, Variant::Mboxo, Variant::Mboxcl, Variant::Mboxcl2] {
            assert_eq!(Variant::from_name(variant.name()), Some(variant));
        }
        assert_eq!(Variant::from_name("maildir"), None);
    }
}

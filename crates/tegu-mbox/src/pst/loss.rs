//! What a conversion is known to lose.

use std::fmt;

use crate::Severity;

/// A loss in one message, or the loss of whole messages in a folder.
///
/// | code | what a person does |
/// |---|---|
/// | `PST-BODY-NUL` | opens the message in Outlook: the converter wrote zeros in place of its text |
/// | `PST-BODY-RTF` | reads the attached `rtf-body.rtf`, the only body there is |
/// | `PST-CARD-NAMELESS` | writes a full name (`FN`) into the card, or takes the contact from Outlook |
/// | `PST-CHARSET` | converts again with the right code page (`readpst -C`), or opens the PST in Outlook |
/// | `PST-DATE-MISSING` | takes the date from Outlook |
/// | `PST-EMBEDDED-FROM` | opens the attached message and ignores its first line |
/// | `PST-FILE-EXTENSION` | gives the file its extension before anything imports it |
/// | `PST-HEADERS-MISSING` | nothing, for drafts and sent mail; else takes the message from the server's backup |
/// | `PST-ITEMS-MISSING`, `PST-ITEMS-SKIPPED` | converts again, and exports what is still missing with Outlook |
/// | `PST-LISTS-MISSING` | makes the private lists again, or exports them with Outlook |
/// | `PST-MIME-REBUILT` | nothing: every converted message has it |
/// | `PST-RECIPIENT-LOST`, `PST-SENDER-LOST` | looks the name up in the address list; the PST may hold the address |
/// | `PST-RECIPIENT-X500`, `PST-SENDER-X500` | looks the name up in the address list |
/// | `PST-SERIES-UTC` | exports the calendar with Outlook: the series shifts by an hour with daylight saving time |
/// | `PST-SIGNATURE-LOST` | keeps the PST as evidence: the signature can no longer be verified |
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Loss {
    /// Zeros stand in place of the text: the converter cannot read RTF that is not compressed.
    BodyNul,
    /// The only body is RTF, as an attachment.
    BodyRtfOnly,
    /// Contacts have no full name, or the word `(null)` for one.
    CardNameless {
        /// How many.
        count: u64,
    },
    /// Text is not in the declared charset: the code page of an ANSI PST was written as it was.
    CharsetWrong {
        /// The declared charset, or `headers` for headers that are not UTF-8.
        declared: String,
    },
    /// Nothing says when the message was sent or delivered.
    DateMissing,
    /// An attached message begins with a `From_` line that is not its own.
    EmbeddedFromLine,
    /// A file of contacts or of a calendar lacks the extension by which programs know it.
    FileExtension {
        /// The file's name.
        file: String,
        /// The extension that it should have: `vcf` or `ics`.
        wanted: &'static str,
    },
    /// Headers are missing that every delivered message has.
    HeadersMissing {
        /// The missing ones of `From`, `Message-ID` and `Received`.
        names: Vec<&'static str>,
    },
    /// Fewer messages arrived than the PST holds.
    ItemsMissing {
        /// The folder's path, joined with `/`.
        folder: String,
        /// How many messages the PST holds there.
        expected: u64,
        /// How many arrived.
        arrived: u64,
    },
    /// The converter says that it skipped items.
    ItemsSkipped {
        /// The folder's name.
        folder: String,
        /// How many.
        count: u64,
    },
    /// The PST holds private lists, which the converter does not write.
    ListsMissing {
        /// The folder's path, joined with `/`.
        folder: String,
        /// How many.
        count: u64,
    },
    /// The MIME structure is the converter's: boundaries, encodings and part headers are not the sender's.
    MimeRebuilt,
    /// A recipient has a name and no address.
    RecipientLost {
        /// The name.
        name: String,
    },
    /// A recipient's address is Exchange's own (X.500) instead of an Internet address.
    RecipientX500 {
        /// The address.
        address: String,
    },
    /// The sender has a name and no address, or the converter wrote `MAILER-DAEMON`.
    SenderLost {
        /// The name; empty if there is none.
        name: String,
    },
    /// The sender's address is Exchange's own (X.500) instead of an Internet address, or a name without an address.
    SenderX500 {
        /// The address.
        address: String,
    },
    /// Series of a calendar begin in UTC, so that they ignore daylight saving time.
    SeriesUtc {
        /// How many.
        count: u64,
    },
    /// The message was signed (S/MIME), and the signed part is no longer what was signed.
    SignatureLost,
}

impl Loss {
    /// The stable code, for reports and policies.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BodyNul => "PST-BODY-NUL",
            Self::BodyRtfOnly => "PST-BODY-RTF",
            Self::CardNameless { .. } => "PST-CARD-NAMELESS",
            Self::CharsetWrong { .. } => "PST-CHARSET",
            Self::DateMissing => "PST-DATE-MISSING",
            Self::EmbeddedFromLine => "PST-EMBEDDED-FROM",
            Self::FileExtension { .. } => "PST-FILE-EXTENSION",
            Self::HeadersMissing { .. } => "PST-HEADERS-MISSING",
            Self::ItemsMissing { .. } => "PST-ITEMS-MISSING",
            Self::ItemsSkipped { .. } => "PST-ITEMS-SKIPPED",
            Self::ListsMissing { .. } => "PST-LISTS-MISSING",
            Self::MimeRebuilt => "PST-MIME-REBUILT",
            Self::RecipientLost { .. } => "PST-RECIPIENT-LOST",
            Self::RecipientX500 { .. } => "PST-RECIPIENT-X500",
            Self::SenderLost { .. } => "PST-SENDER-LOST",
            Self::SenderX500 { .. } => "PST-SENDER-X500",
            Self::SeriesUtc { .. } => "PST-SERIES-UTC",
            Self::SignatureLost => "PST-SIGNATURE-LOST",
        }
    }

    /// How serious the loss is. All converted mail has a rebuilt MIME structure, and drafts and sent mail never had transport
    /// headers, so these two are informational; and a file's extension
    /// can be put right without looking into it.
    pub fn severity(&self) -> Severity {
        match self {
            Self::MimeRebuilt | Self::FileExtension { .. } => Severity::Info,
            Self::HeadersMissing { names } if !names.contains(&"From") => Severity::Info,
            _ => Severity::Lossy,
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), Sentence(self))
    }
}

impl From<&Loss> for tegu_outcome::Finding {
    fn from(loss: &Loss) -> Self {
        Self::new(loss.code(), loss.severity(), Sentence(loss).to_string())
    }
}

impl From<Loss> for tegu_outcome::Finding {
    fn from(loss: Loss) -> Self {
        (&loss).into()
    }
}

/// Describes a loss, without its code.
struct Sentence<'a>(&'a Loss);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Loss::BodyNul => f.write_str("zeros stand in place of the text"),
            Loss::CardNameless { count } => write!(f, "{count} contacts have no full name"),
            Loss::FileExtension { file, wanted } => {
                write!(f, "the file {file:?} lacks its extension, .{wanted}")
            }
            Loss::ListsMissing { folder, count } => {
                write!(f, "{count} private lists of the folder {folder:?} did not arrive")
            }
            Loss::RecipientLost { name } => write!(f, "the recipient {name:?} has no address"),
            Loss::SenderLost { name } => write!(f, "the sender {name:?} has no address"),
            Loss::SeriesUtc { count } => write!(f, "{count} series begin in UTC and in no time zone"),
            Loss::BodyRtfOnly => f.write_str("the only body is an RTF attachment"),
            Loss::CharsetWrong { declared } => write!(f, "text that is said to be {declared:?} is not"),
            Loss::DateMissing => f.write_str("nothing says when the message was sent or delivered"),
            Loss::EmbeddedFromLine => f.write_str("an attached message begins with a From_ line"),
            Loss::HeadersMissing { names } => write!(f, "headers are missing: {}", names.join(", ")),
            Loss::ItemsMissing {
                folder,
                expected,
                arrived,
            } => {
                write!(
                    f,
                    "{arrived} of {expected} messages arrived of the folder {folder:?}"
                )
            }
            Loss::ItemsSkipped { folder, count } => {
                write!(f, "the converter left {count} items of the folder {folder:?} out")
            }
            Loss::MimeRebuilt => f.write_str("the MIME structure is the converter's"),
            Loss::RecipientX500 { address } => write!(f, "a recipient is {address:?}, no Internet address"),
            Loss::SenderX500 { address } => write!(f, "the sender is {address:?}, no Internet address"),
            Loss::SignatureLost => {
                f.write_str("the message was signed; its signature can no longer be verified")
            }
        }
    }
}

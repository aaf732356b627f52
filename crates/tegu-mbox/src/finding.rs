//! What a reader or writer met that is lossy, doubtful or worth knowing.

use std::fmt;

use crate::Severity;

/// One observation about a message, a file or a name. Offsets count bytes from the start of the file,
/// except in findings made before writing, where they count from the start of the message.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// A line has the shape of a `From_` line after a blank line, but no header follows: it was taken as text,
    /// and may have been the start of a message.
    AmbiguousSeparator {
        /// Where the line starts.
        offset: u64,
    },
    /// A `>From ` line in a file whose variant was not declared: whether the `>` belongs to the text is unknown.
    AmbiguousQuoting {
        /// Where the first such line starts.
        offset: u64,
    },
    /// A body line starts with `From `, which this variant cannot carry unchanged.
    BodyFromLine {
        /// Where the line starts.
        offset: u64,
    },
    /// `Content-Length` spans what looks like other messages.
    ContentLengthHides {
        /// Where the first hidden separator starts.
        offset: u64,
    },
    /// The message has a `Content-Length` of its own that is not the length of its body.
    ContentLengthOwn,
    /// `Content-Length` does not end at a separator or the end of the file; it was not used.
    ContentLengthWrong {
        /// What the header says.
        stated: u64,
        /// Whether the file was declared to be of a variant that depends on it.
        declared: bool,
    },
    /// No blank line ends the headers, so there is no place for `Content-Length`.
    HeadersUnbounded,
    /// A pseudo-message in which a mail server keeps its own state; it is not mail.
    InternalData,
    /// The blank line before the next `From_` line, or at the end of the file, is missing.
    MissingBlankLine {
        /// Where the message ends.
        offset: u64,
    },
    /// The message does not end with a line end. On reading this is kept as found; mbox cannot write it.
    MissingFinalNewline,
    /// A file or directory name is not UTF-8; the folder name holds replacement characters.
    NameNotUtf8,
    /// Two files of a tree stand for the same folder.
    FolderCollision {
        /// The folder path, joined with `/`.
        folder: String,
    },
    /// Bytes before the first message that are no message.
    Preamble {
        /// How many bytes.
        length: u64,
    },
    /// A line of the text starts with `From ` and was not quoted by the writer; it is no separator.
    UnquotedFromLine {
        /// Where the first such line starts.
        offset: u64,
    },
}

impl Finding {
    /// The stable code, for reports and policies.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AmbiguousSeparator { .. } => "MBOX-SEPARATOR-AMBIGUOUS",
            Self::AmbiguousQuoting { .. } => "MBOX-QUOTING-AMBIGUOUS",
            Self::BodyFromLine { .. } => "MBOX-BODY-FROM",
            Self::ContentLengthHides { .. } => "MBOX-LENGTH-HIDES",
            Self::ContentLengthOwn => "MBOX-LENGTH-OWN",
            Self::ContentLengthWrong { .. } => "MBOX-LENGTH-WRONG",
            Self::HeadersUnbounded => "MBOX-HEADERS-UNBOUNDED",
            Self::InternalData => "MBOX-INTERNAL-DATA",
            Self::MissingBlankLine { .. } => "MBOX-NO-BLANK-LINE",
            Self::MissingFinalNewline => "MBOX-NO-FINAL-NEWLINE",
            Self::NameNotUtf8 => "MBOX-NAME-NOT-UTF8",
            Self::FolderCollision { .. } => "MBOX-FOLDER-COLLISION",
            Self::Preamble { .. } => "MBOX-PREAMBLE",
            Self::UnquotedFromLine { .. } => "MBOX-FROM-UNQUOTED",
        }
    }

    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match self {
            Self::AmbiguousSeparator { .. }
            | Self::AmbiguousQuoting { .. }
            | Self::BodyFromLine { .. }
            | Self::ContentLengthHides { .. }
            | Self::ContentLengthOwn
            | Self::FolderCollision { .. }
            | Self::HeadersUnbounded
            | Self::NameNotUtf8
            | Self::Preamble { .. }
            | Self::ContentLengthWrong { declared: true, .. } => Severity::Lossy,
            Self::ContentLengthWrong { .. }
            | Self::InternalData
            | Self::MissingBlankLine { .. }
            | Self::MissingFinalNewline
            | Self::UnquotedFromLine { .. } => Severity::Info,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), Sentence(self))
    }
}

/// [`Lossy`](crate::ErrorKind::Lossy) errors have the finding as their source.
impl std::error::Error for Finding {}

impl From<&Finding> for tegu_outcome::Finding {
    fn from(finding: &Finding) -> Self {
        Self::new(finding.code(), finding.severity(), Sentence(finding).to_string())
    }
}

impl From<Finding> for tegu_outcome::Finding {
    fn from(finding: Finding) -> Self {
        (&finding).into()
    }
}

/// What a finding says, without its code.
struct Sentence<'a>(&'a Finding);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Finding::AmbiguousSeparator { offset } => {
                write!(
                    f,
                    "the line at byte {offset} may start a message, and was taken as text"
                )
            }
            Finding::AmbiguousQuoting { offset } => {
                write!(
                    f,
                    "whether the `>` of the line at byte {offset} belongs to the text is unknown"
                )
            }
            Finding::BodyFromLine { offset } => {
                write!(
                    f,
                    "the line at byte {offset} starts with `From `, which this variant cannot carry"
                )
            }
            Finding::ContentLengthHides { offset } => {
                write!(
                    f,
                    "Content-Length spans what looks like a message at byte {offset}"
                )
            }
            Finding::ContentLengthOwn => {
                f.write_str("the message has a Content-Length of its own that is wrong")
            }
            Finding::ContentLengthWrong { stated, .. } => {
                write!(
                    f,
                    "Content-Length {stated} does not end at a message's end, and was not used"
                )
            }
            Finding::HeadersUnbounded => f.write_str("no blank line ends the headers"),
            Finding::InternalData => f.write_str("a mail server's own pseudo-message"),
            Finding::MissingBlankLine { offset } => write!(f, "no blank line before byte {offset}"),
            Finding::MissingFinalNewline => f.write_str("the message does not end with a line end"),
            Finding::NameNotUtf8 => f.write_str("the file name is not UTF-8"),
            Finding::FolderCollision { folder } => {
                write!(f, "another file stands for the folder {folder:?} too")
            }
            Finding::Preamble { length } => write!(f, "{length} bytes before the first message"),
            Finding::UnquotedFromLine { offset } => {
                write!(
                    f,
                    "the text line at byte {offset} starts with an unquoted `From `"
                )
            }
        }
    }
}

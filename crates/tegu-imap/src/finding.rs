//! What would not arrive as it left: reported here, decided by the caller.

use std::fmt;

use crate::content::Content;
use crate::mailbox::{FolderRole, MailboxName};
use crate::quirks::Alteration;
use crate::wire::Uid;
use crate::{Severity, State};

/// Something about a mailbox or a message that keeps a copy from being exact.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// The folder holds events, contacts, tasks, notes or records: not copied as mail.
    FolderNotMail {
        /// The folder.
        name: MailboxName,
        /// What it is for.
        role: FolderRole,
    },
    /// Two source names are one name on the target, up to letter case or Unicode normal form; this one is given
    /// another name.
    NameCollision {
        /// The source folder.
        name: MailboxName,
        /// The name on the target.
        target: MailboxName,
    },
    /// The name holds what the target's names cannot, and is changed.
    NameChanged {
        /// The source folder.
        name: MailboxName,
        /// The name on the target.
        target: MailboxName,
    },
    /// The message holds NUL octets, which IMAP's literals cannot carry.
    NulOctets {
        /// The message.
        uid: Uid,
    },
    /// The server said OK and sent no body, as Exchange does for an item that it cannot convert.
    NoBody {
        /// The message.
        uid: Uid,
        /// Its subject, where the server gives that at least.
        subject: Option<String>,
        /// Its sender.
        from: Option<String>,
        /// Its date, as the header has it.
        sent: Option<String>,
    },
    /// In place of the message the server sent a note that it cannot convert it.
    Placeholder {
        /// The message.
        uid: Uid,
        /// The lost item's subject, where the note tells it.
        subject: Option<String>,
        /// Its sender.
        from: Option<String>,
        /// When it was sent, as the note has it.
        sent: Option<String>,
    },
    /// The message is larger than the limit that was set.
    TooLarge {
        /// The message.
        uid: Uid,
        /// Its octets.
        octets: u64,
    },
    /// A keyword that no command can carry or that the target has no room for.
    KeywordLost {
        /// The message.
        uid: Uid,
        /// The keyword.
        keyword: String,
    },
    /// The server tells no INTERNALDATE.
    NoInternalDate {
        /// The message.
        uid: Uid,
    },
    /// The message's octets travel unchanged, yet its reader will miss something.
    Content {
        /// The message.
        uid: Uid,
        /// What it is.
        content: Content,
    },
    /// The target is known to store other octets than it is given.
    Altered {
        /// The message.
        uid: Uid,
        /// What it would do.
        alteration: Alteration,
    },
    /// The target takes no message of this size.
    TargetTooBig {
        /// The message.
        uid: Uid,
        /// The server's words, or its limit.
        text: String,
    },
    /// The target holds a message with the same header fields and other octets; it is not copied beside it.
    StandsAltered {
        /// The message.
        uid: Uid,
        /// That on the target.
        target: Uid,
    },
    /// The message was stored, and what the target gives back differs from it.
    ProofDiffers {
        /// The message.
        uid: Uid,
        /// That on the target.
        target: Uid,
    },
    /// The message was stored, and the target does not have it any more.
    ProofMissing {
        /// The message.
        uid: Uid,
        /// Where it stood on the target.
        target: Uid,
    },
    /// The target holds a copy of the message that was not read back yet.
    NotProved {
        /// The message.
        uid: Uid,
        /// That on the target.
        target: Uid,
    },
    /// The message was on its way when its connection was lost. The target holds messages that it changed, and nothing
    /// that it kept tells whether this is one of them. The message is not sent again.
    Ambiguous {
        /// The message.
        uid: Uid,
    },
    /// The message was on its way when its connection was lost, and its owner deleted it on the source before it was
    /// looked for. The target changes messages, and may hold it; nothing tells which one it is.
    DeletedInFlight {
        /// The message, by its UID on the source.
        uid: Uid,
    },
    /// Messages were sent again after their connection was lost. The server may still carry out the lost command, and
    /// store them twice. Later passes look for that.
    InDoubt {
        /// The folder on the source.
        name: MailboxName,
        /// How many messages.
        messages: u64,
    },
    /// Another program, or another job with a ledger of its own, copies the same messages to this folder.
    OtherCopier {
        /// The folder on the target.
        name: MailboxName,
        /// One of the messages that it stored.
        target: Uid,
    },
    /// The target refuses to store the message.
    TargetRefused {
        /// The message.
        uid: Uid,
        /// The server's words.
        text: String,
    },
    /// The target's quota is used up.
    OverQuota {
        /// The message.
        uid: Uid,
    },
    /// The source refuses to give the message out.
    SourceRefused {
        /// The message.
        uid: Uid,
        /// The server's words.
        text: String,
    },
    /// A connection breaks whenever this message travels over it.
    BreaksConnection {
        /// The message.
        uid: Uid,
        /// What happened the last time.
        text: String,
    },
    /// The run ended before it came to this message.
    NotReached {
        /// The message.
        uid: Uid,
        /// Why the run ended.
        text: String,
    },
    /// The target said that it stored the message, and gives back nothing that is equal to it.
    NotFoundAgain {
        /// The message.
        uid: Uid,
    },
    /// A server finished a command of a connection that was lost already, so that a message arrived twice; the later
    /// copy was removed again.
    LateCopyRemoved {
        /// The copy on the target.
        target: Uid,
    },
    /// A message should not be on the target any more, and the server cannot remove it alone.
    NotRemoved {
        /// The copy on the target.
        target: Uid,
    },
}

impl Finding {
    /// The stable code that policies and reports use.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FolderNotMail { .. } => "IMAP-FOLDER-NOT-MAIL",
            Self::NameCollision { .. } => "IMAP-NAME-COLLISION",
            Self::NameChanged { .. } => "IMAP-NAME-CHANGED",
            Self::NulOctets { .. } => "IMAP-MESSAGE-NUL",
            Self::NoBody { .. } => "IMAP-MESSAGE-NO-BODY",
            Self::Placeholder { .. } => "IMAP-MESSAGE-PLACEHOLDER",
            Self::TooLarge { .. } => "IMAP-MESSAGE-TOO-LARGE",
            Self::KeywordLost { .. } => "IMAP-KEYWORD-LOST",
            Self::NoInternalDate { .. } => "IMAP-DATE-MISSING",
            Self::TargetTooBig { .. } => "IMAP-TARGET-TOO-BIG",
            Self::StandsAltered { .. } => "IMAP-STANDS-ALTERED",
            Self::ProofDiffers { .. } => "IMAP-PROOF-DIFFERS",
            Self::ProofMissing { .. } => "IMAP-PROOF-MISSING",
            Self::NotProved { .. } => "IMAP-NOT-PROVED",
            Self::Ambiguous { .. } => "IMAP-AMBIGUOUS",
            Self::DeletedInFlight { .. } => "IMAP-DELETED-IN-FLIGHT",
            Self::InDoubt { .. } => "IMAP-IN-DOUBT",
            Self::OtherCopier { .. } => "IMAP-OTHER-COPIER",
            Self::TargetRefused { .. } => "IMAP-TARGET-REFUSED",
            Self::OverQuota { .. } => "IMAP-TARGET-OVER-QUOTA",
            Self::SourceRefused { .. } => "IMAP-SOURCE-REFUSED",
            Self::BreaksConnection { .. } => "IMAP-BREAKS-CONNECTION",
            Self::NotReached { .. } => "IMAP-NOT-REACHED",
            Self::NotFoundAgain { .. } => "IMAP-NOT-FOUND-AGAIN",
            Self::LateCopyRemoved { .. } => "IMAP-LATE-COPY-REMOVED",
            Self::NotRemoved { .. } => "IMAP-NOT-REMOVED",
            Self::Content {
                content: Content::WinmailDat,
                ..
            } => "IMAP-CONTENT-WINMAIL",
            Self::Content {
                content: Content::WebMailInvitation,
                ..
            } => "IMAP-CONTENT-WEB-MAIL-INVITATION",
            Self::Altered {
                alteration: Alteration::EightBitHeader,
                ..
            } => "IMAP-ALTERED-8BIT-HEADER",
            Self::Altered {
                alteration: Alteration::StrayCarriageReturn,
                ..
            } => "IMAP-ALTERED-STRAY-CR",
        }
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::LateCopyRemoved { .. }
            | Self::InDoubt { .. }
            | Self::NameCollision { .. }
            | Self::NameChanged { .. }
            | Self::NoInternalDate { .. }
            | Self::Content {
                content: Content::WinmailDat,
                ..
            } => Severity::Info,
            _ => Severity::Lossy,
        }
    }
}

impl Finding {
    /// How a message ends that this finding keeps from being copied: [`Failed`](State::Failed) where a later run may
    /// succeed, [`Manual`](State::Manual) where it would not.
    pub fn state(&self) -> State {
        match self {
            Self::ProofMissing { .. }
            | Self::NotProved { .. }
            | Self::OtherCopier { .. }
            | Self::TargetRefused { .. }
            | Self::OverQuota { .. }
            | Self::SourceRefused { .. }
            | Self::BreaksConnection { .. }
            | Self::NotReached { .. } => State::Failed,
            _ => State::Manual,
        }
    }
}

impl From<&Finding> for tegu_outcome::Finding {
    fn from(finding: &Finding) -> Self {
        Self::new(finding.code(), finding.severity(), finding.to_string())
    }
}

impl From<Finding> for tegu_outcome::Finding {
    fn from(finding: Finding) -> Self {
        Self::from(&finding)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FolderNotMail { name, role } => write!(f, "folder {name} holds no mail ({role:?})"),
            Self::NameCollision { name, target } => {
                write!(
                    f,
                    "folder {name} is called {target} on the target: its name is taken"
                )
            }
            Self::NameChanged { name, target } => {
                write!(
                    f,
                    "folder {name} is called {target} on the target, which cannot hold its name"
                )
            }
            Self::NulOctets { uid } => write!(f, "message {uid} holds NUL octets"),
            Self::NoBody { uid, subject, .. } => {
                let subject = tegu_outcome::one_line(subject.as_deref().unwrap_or("unknown"));
                write!(f, "message {uid}: the server gives no body (subject: {subject})")
            }
            Self::Placeholder { uid, subject, .. } => {
                let subject = tegu_outcome::one_line(subject.as_deref().unwrap_or("unknown"));
                write!(
                    f,
                    "message {uid}: the server cannot convert it (subject: {subject})"
                )
            }
            Self::TooLarge { uid, octets } => write!(f, "message {uid} is too large ({octets} octets)"),
            Self::KeywordLost { uid, keyword } => {
                write!(
                    f,
                    "message {uid}: keyword {} cannot be stored",
                    tegu_outcome::one_line(keyword)
                )
            }
            Self::Content {
                uid,
                content: Content::WinmailDat,
            } => write!(
                f,
                "message {uid} is partly in a format that only Outlook reads (winmail.dat)"
            ),
            Self::Content {
                uid,
                content: Content::WebMailInvitation,
            } => write!(
                f,
                "message {uid} holds a link to the old server in place of an invitation"
            ),
            Self::Altered {
                uid,
                alteration: Alteration::EightBitHeader,
            } => {
                write!(
                    f,
                    "message {uid}: the target would overwrite octets above 127 in its header"
                )
            }
            Self::Altered {
                uid,
                alteration: Alteration::StrayCarriageReturn,
            } => {
                write!(
                    f,
                    "message {uid}: the target would drop a carriage return from it"
                )
            }
            Self::TargetTooBig { uid, text } => {
                write!(f, "message {uid} is too large for the target: {text}")
            }
            Self::StandsAltered { uid, target } => {
                write!(
                    f,
                    "message {uid}: the target has message {target} with the same header fields and other octets"
                )
            }
            Self::ProofDiffers { uid, target } => {
                write!(f, "message {uid}: what the target gives back as {target} differs")
            }
            Self::ProofMissing { uid, target } => {
                write!(f, "message {uid}: the target does not have {target} any more")
            }
            Self::NotProved { uid, target } => {
                write!(f, "message {uid}: {target} on the target was not read back")
            }
            Self::Ambiguous { uid } => write!(
                f,
                "message {uid}: the connection was lost while it was sent, and the target may hold it in a changed form"
            ),
            Self::DeletedInFlight { uid } => write!(
                f,
                "message {uid}: it was on its way, its owner has deleted it since, and the target may hold it in a changed form"
            ),
            Self::InDoubt { name, messages } => write!(
                f,
                "folder {name}: {messages} messages were sent again after a lost connection; the next pass removes copies that arrive late"
            ),
            Self::OtherCopier { name, target } => write!(
                f,
                "folder {name} of the target: another job or program copies the same messages to it, such as {target}"
            ),
            Self::TargetRefused { uid, text } => {
                write!(
                    f,
                    "message {uid}: the target refuses it: {}",
                    tegu_outcome::one_line(text)
                )
            }
            Self::OverQuota { uid } => write!(f, "message {uid}: the target's quota is used up"),
            Self::SourceRefused { uid, text } => {
                write!(
                    f,
                    "message {uid}: the source refuses it: {}",
                    tegu_outcome::one_line(text)
                )
            }
            Self::BreaksConnection { uid, text } => {
                write!(f, "message {uid}: the connection breaks over it: {text}")
            }
            Self::LateCopyRemoved { target } => {
                write!(
                    f,
                    "message {target} of the target was a second copy and was removed"
                )
            }
            Self::NotFoundAgain { uid } => {
                write!(
                    f,
                    "message {uid}: the target stored it, and nothing equal to it is found there"
                )
            }
            Self::NotReached { uid, text } => write!(f, "message {uid}: not reached: {text}"),
            Self::NotRemoved { target } => {
                write!(
                    f,
                    "message {target} of the target cannot be removed alone: the server lacks UIDPLUS"
                )
            }
            Self::NoInternalDate { uid } => write!(f, "message {uid}: the server tells no arrival date"),
        }
    }
}

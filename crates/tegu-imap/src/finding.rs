//! What would not arrive as it left: reported here, decided by the caller.

use std::fmt;

use crate::access::FolderPermissions;
use crate::content::Content;
use crate::mailbox::{FolderRole, MailboxName};
use crate::quirks::Alteration;
use crate::wire::Uid;

/// How much a [`Finding`] matters.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing is lost.
    Info,
    /// An automatic transfer would lose something.
    Lossy,
}

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
    /// What somebody may do in an Exchange folder, and IMAP's rights cannot say.
    RightsLost {
        /// The folder.
        name: MailboxName,
        /// To whom the rights are given.
        identifier: String,
        /// What he could do and now cannot.
        lost: FolderPermissions,
    },
    /// The target is known to store other octets than it is given.
    Altered {
        /// The message.
        uid: Uid,
        /// What it would do.
        alteration: Alteration,
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
            Self::Content {
                content: Content::WinmailDat,
                ..
            } => "IMAP-CONTENT-WINMAIL",
            Self::Content {
                content: Content::WebMailInvitation,
                ..
            } => "IMAP-CONTENT-WEB-MAIL-INVITATION",
            Self::RightsLost { .. } => "IMAP-RIGHTS-LOST",
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
            Self::NameCollision { .. }
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
            Self::NoBody { uid } => write!(f, "message {uid}: the server gives no body"),
            Self::Placeholder { uid, subject, .. } => {
                let subject = crate::error::one_line(subject.as_deref().unwrap_or("unknown"));
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
                    crate::error::one_line(keyword)
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
            Self::RightsLost {
                name,
                identifier,
                lost,
            } => {
                let identifier = crate::error::one_line(identifier);
                write!(f, "folder {name}: {identifier} loses {lost}")
            }
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
            Self::NoInternalDate { uid } => write!(f, "message {uid}: the server tells no arrival date"),
        }
    }
}

use std::time::Duration;
use tegu_message::Keywords;

/// What a target can hold without changing it. A plan and a run ask this, and need not know which protocol is behind.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TargetCapabilities {
    /// Flags: whether a message was read, answered, and so on.
    pub flags: bool,
    /// Keywords that can be stored.
    pub keywords: Keywords,
    /// When messages arrived.
    pub dates: bool,
    /// Messages with NUL octets.
    pub nul: bool,
    /// Messages in which some lines end in LF and some in CRLF.
    pub mixed_line_ends: bool,
    /// Messages whose last line has no end. Where the operator accepts that loss, they are sent with one.
    pub unended_last_line: bool,
    /// Size of the largest message, in octets.
    pub max_size: Option<u64>,
    /// What stands there can be read back. Nothing moves to a target without that, since nothing would prove that it arrived.
    pub reads_back: bool,
    /// Nobody but the job changes what stands there: what the journal knows there and the target holds no more was lost, and not
    /// removed by its owner. A run names it.
    pub exclusive: bool,
    /// How long what was sent may go on arriving when its sender is gone: servers finish commands whose connection is lost. A run
    /// that goes on after a crash waits until the folder has stayed the same for so long, before it sends anything again. What was not
    /// found by then stays in doubt: later passes look for it. Zero: nothing arrives late, and nothing stays in doubt.
    pub lateness: Duration,
}

impl TargetCapabilities {
    /// A target that holds everything, and that others change too.
    pub fn everything() -> Self {
        Self {
            flags: true,
            keywords: Keywords::Any,
            dates: true,
            nul: true,
            mixed_line_ends: true,
            unended_last_line: true,
            max_size: None,
            reads_back: true,
            exclusive: false,
            lateness: Duration::ZERO,
        }
    }

    /// What this and the other can both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            flags: self.flags && other.flags,
            keywords: self.keywords.and(&other.keywords),
            dates: self.dates && other.dates,
            nul: self.nul && other.nul,
            mixed_line_ends: self.mixed_line_ends && other.mixed_line_ends,
            unended_last_line: self.unended_last_line && other.unended_last_line,
            max_size: self.max_size.into_iter().chain(other.max_size).min(),
            reads_back: self.reads_back && other.reads_back,
            exclusive: self.exclusive && other.exclusive,
            lateness: self.lateness.max(other.lateness),
        }
    }
}

/// What a target can do with calendar items or contacts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ItemCapabilities {
    /// What stands there can be replaced, and only while it is what it was.
    pub replaces: bool,
    /// What stands there can be removed, and only while it is what it was.
    pub removes: bool,
    /// Nobody but the job works there: what is missing was lost, and not deleted by its owner.
    pub exclusive: bool,
}

impl ItemCapabilities {
    /// A target that can do everything, and that others use too.
    pub fn everything() -> Self {
        Self {
            replaces: true,
            removes: true,
            exclusive: false,
        }
    }
}

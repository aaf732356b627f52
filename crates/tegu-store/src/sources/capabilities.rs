/// What a source tells of its messages. A plan and a run ask this, and need not know which protocol is behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SourceCapabilities {
    /// Flags: whether a message was read, answered, and so on.
    pub flags: bool,
    /// Keywords: categories, labels.
    pub keywords: bool,
    /// When messages arrived.
    pub dates: bool,
    /// [`Listed::id`](tegu_message::Listed::id) is the same in every run. Without that, a later run knows a message by its content:
    /// it reads all of them again, and what stands on the target.
    pub stable_ids: bool,
    /// It lists all that it has: what it lists no more was deleted. Of one that gives, say, only what has changed, or of files that somebody
    /// exports anew, no deletion is carried over.
    pub complete: bool,
}

impl SourceCapabilities {
    /// A source that tells everything.
    pub fn everything() -> Self {
        Self {
            flags: true,
            keywords: true,
            dates: true,
            stable_ids: true,
            complete: true,
        }
    }
}

/// What a source tells of its calendar items or contacts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ItemSourceCapabilities {
    /// It lists all that it has: what it lists no more was deleted. Of one that gives, say, only what has changed, no deletion is
    /// carried over.
    pub complete: bool,
}

impl ItemSourceCapabilities {
    /// A source that tells everything.
    pub fn everything() -> Self {
        Self { complete: true }
    }
}

use crate::{Body, Flags, InternalDate};

/// What a source lists of a message before it is read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// Identity on the source, the same in every run.
    pub id: String,
    /// Size in octets; only a hint, since Exchange estimates it.
    pub size_hint: u64,
    /// Where the source finds it again; means nothing to others.
    pub locator: u64,
    /// When it arrived, where the source tells before it is read.
    pub date: Option<InternalDate>,
}

impl Listed {
    /// A message that can be asked for.
    pub fn new(id: impl Into<String>, size_hint: u64, locator: u64) -> Self {
        Self {
            id: id.into(),
            size_hint,
            locator,
            date: None,
        }
    }

    /// Adds when it arrived.
    #[must_use]
    pub fn dated(mut self, date: Option<InternalDate>) -> Self {
        self.date = date;
        self
    }
}

/// A message with all that moves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message {
    /// Its flags.
    pub flags: Flags,
    /// When it arrived, where the source knows.
    pub date: Option<InternalDate>,
    /// Its octets, exactly as the source gave them.
    pub body: Body,
}

impl Message {
    /// A message.
    pub fn new(flags: Flags, date: Option<InternalDate>, body: impl Into<Body>) -> Self {
        Self {
            flags,
            date,
            body: body.into(),
        }
    }
}

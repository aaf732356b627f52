use crate::{Body, Flags, InternalDate};

/// A message as a source lists it, before it is read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// The identity on the source, the same in every run.
    pub id: String,
    /// The size in octets. A hint: Exchange estimates it.
    pub size_hint: u64,
    /// How the source finds the message again. It has no meaning elsewhere.
    pub locator: u64,
    /// When it arrived, if the source knows without reading it.
    pub date: Option<InternalDate>,
    /// What changes whenever its flags or its content do, if the source tells without reading it. It has no meaning elsewhere.
    pub version: Option<String>,
}

impl Listed {
    /// Makes an entry without a date.
    pub fn new(id: impl Into<String>, size_hint: u64, locator: u64) -> Self {
        Self {
            id: id.into(),
            size_hint,
            locator,
            date: None,
            version: None,
        }
    }

    /// Sets what changes whenever its flags or its content do.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Sets when it arrived.
    #[must_use]
    pub fn dated(mut self, date: Option<InternalDate>) -> Self {
        self.date = date;
        self
    }
}

/// A message with its flags and date.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message {
    /// Its flags.
    pub flags: Flags,
    /// When it arrived, if the source knows.
    pub date: Option<InternalDate>,
    /// Its octets, exactly as the source gave them.
    pub body: Body,
}

impl Message {
    /// Makes a message.
    pub fn new(flags: Flags, date: Option<InternalDate>, body: impl Into<Body>) -> Self {
        Self {
            flags,
            date,
            body: body.into(),
        }
    }
}

use std::io::Write;
use std::ops::Range;

use crate::date::internal_date;
use crate::read::{Message, OwnedMessage};
use crate::write::Writer;
use crate::{Envelope, Result};

impl From<&mail_parser::Message<'_>> for Envelope {
    /// The address of `Return-Path`, else of `Sender`, else of `From`; and the best date that the headers hold.
    fn from(message: &mail_parser::Message<'_>) -> Self {
        let first = |list: Option<&mail_parser::Address<'_>>| {
            let address = list?.first()?.address()?;
            Some(address.to_owned())
        };
        let sender = message
            .return_address()
            .map(str::to_owned)
            .or_else(|| first(message.sender()))
            .or_else(|| first(message.from()));
        let date = internal_date(&Self::default(), message.raw_message());
        Self::new(&sender.unwrap_or_default(), date.map(|date| date.seconds))
    }
}

impl<W: Write> Writer<W> {
    /// Writes a message that `mail_parser` has read: the octets that it was read from, with the [envelope](Envelope) of its headers.
    ///
    /// ```
    /// use mail_parser::MessageParser;
    /// use tegu_mbox::read::{Options, Slice};
    /// use tegu_mbox::{Variant, write::Writer};
    ///
    /// let text = b"From: Ivan <ivan@example.org>\r\nDate: Mon, 1 Jan 2024 03:00:00 +0300\r\nSubject: s\r\n\r\nFrom me\r\n";
    /// let message = MessageParser::default().parse(text).unwrap();
    /// let mut writer = Writer::new(Vec::new(), Variant::Mboxrd);
    /// writer.write_parsed(&message)?;
    ///
    /// let file = writer.into_inner();
    /// let read = Slice::new(&file, Options::own(Variant::Mboxrd)).next().unwrap()?;
    /// assert_eq!((read.envelope().sender(), read.envelope().date()), ("ivan@example.org", Some(1_704_067_200)));
    /// assert_eq!(read.content().as_ref(), text);
    /// assert_eq!(read.parsed().unwrap().subject(), Some("s"));
    /// # Ok::<(), tegu_mbox::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_parsed(&mut self, message: &mail_parser::Message<'_>) -> Result<Range<u64>> {
        self.write(&Envelope::from(message), message.raw_message())
    }
}

impl Message<'_> {
    /// Parses the [content](Self::content). Returns `None` if it has no headers.
    pub fn parsed(&self) -> Option<mail_parser::Message<'static>> {
        let content = self.content();
        let parsed = mail_parser::MessageParser::default().parse(content.as_ref())?;
        Some(parsed.into_owned())
    }
}

impl OwnedMessage {
    /// As [`Message::parsed`].
    pub fn parsed(&self) -> Option<mail_parser::Message<'static>> {
        self.as_message().parsed()
    }
}

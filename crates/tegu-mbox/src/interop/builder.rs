use std::io::Write;
use std::ops::Range;

use mail_builder::MessageBuilder;

use crate::write::Writer;
use crate::{Envelope, Error, Result};

impl<W: Write> Writer<W> {
    /// Writes a message that `mail_builder` makes. A line end is added if the last line has none.
    ///
    /// ```
    /// use mail_builder::MessageBuilder;
    /// use tegu_mbox::read::{Options, Slice};
    /// use tegu_mbox::{Envelope, Variant, write::Writer};
    ///
    /// let message = MessageBuilder::new()
    ///     .from("ivan@example.org")
    ///     .to("anna@example.org")
    ///     .subject("Plan")
    ///     .text_body("From now on we use TEGU.");
    /// let mut writer = Writer::new(Vec::new(), Variant::Mboxrd);
    /// writer.write_built(&Envelope::new("ivan@example.org", Some(1_704_067_200)), message)?;
    ///
    /// let file = writer.into_inner();
    /// let read = Slice::new(&file, Options::own(Variant::Mboxrd)).next().unwrap()?;
    /// let content = String::from_utf8(read.content().into_owned()).unwrap();
    /// assert!(content.contains("Subject: Plan\r\n") && content.ends_with("From now on we use TEGU.\r\n"));
    /// # Ok::<(), tegu_mbox::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_built(&mut self, envelope: &Envelope, message: MessageBuilder<'_>) -> Result<Range<u64>> {
        let made = message.write_to_vec();
        let mut made = made.map_err(|error| Error::io("make", "a message", error))?;
        if !made.ends_with(b"\n") {
            made.extend_from_slice(b"\r\n");
        }
        self.write(envelope, &made)
    }
}

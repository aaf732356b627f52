//! Extensions that are switched on after login: ENABLE (RFC 5161) and COMPRESS (RFC 4978).

use super::Session;
use crate::mailbox::MailboxName;
use crate::wire::{Capabilities, Command, Condition, Response};
use crate::{ErrorKind, Result};

impl Session {
    /// Enables extensions, such as `CONDSTORE`, `QRESYNC` or `UTF8=ACCEPT`, and returns all that are enabled now. The server
    /// ignores what it does not know. Call it before a mailbox is opened.
    ///
    /// With `UTF8=ACCEPT` (RFC 6855) mailbox names travel as UTF-8 from here on; [`MailboxName`]s
    /// read before stay good.
    ///
    /// # Errors
    ///
    /// Kind [`Unsupported`](ErrorKind::Unsupported) if the server has no ENABLE, [`Config`](ErrorKind::Config) for
    /// a name that is not an atom.
    pub async fn enable(&mut self, names: &[&str]) -> Result<Capabilities> {
        if !self.capabilities.has("ENABLE") {
            let error = self
                .connection
                .error(ErrorKind::Unsupported, "the server has no ENABLE");
            return Err(error.doing("enable", names.join(" ")));
        }
        let mut command = Command::new("ENABLE");
        for name in names {
            command = command.atom(name)?;
        }
        let mut enabled = self.enabled.clone();
        let each = |response| {
            if let Response::Enabled(names) = response {
                enabled.extend(&names);
            }
            Ok(())
        };
        if !names.is_empty() {
            self.run(("enable extensions", ""), command, each).await?;
        }
        self.enabled = enabled.clone();
        Ok(enabled)
    }

    /// Returns the extensions that [`enable`](Self::enable) switched on.
    pub fn enabled(&self) -> &Capabilities {
        &self.enabled
    }

    /// Returns whether mailbox names travel as UTF-8 and not as modified UTF-7; see
    /// [`MailboxName::wire`].
    pub fn utf8_names(&self) -> bool {
        self.enabled.has("UTF8=ACCEPT")
    }

    /// A name as the server wrote it.
    pub(super) fn name_from_wire(&self, raw: &[u8]) -> MailboxName {
        if self.utf8_names() {
            MailboxName::from_wire_utf8(raw)
        } else {
            MailboxName::from_wire(raw)
        }
    }

    /// Compresses the connection if the server supports that.
    pub(super) async fn compressed(mut self) -> Result<Self> {
        if !self.capabilities.has("COMPRESS=DEFLATE") {
            return Ok(self);
        }
        let command = Command::new("COMPRESS DEFLATE");
        let status = self.connection.run(command, |_| Ok(())).await?;
        if status.condition == Condition::Ok {
            self.connection = self.connection.compressed();
        } else {
            tracing::debug!(peer = self.connection.peer(), text = %status.text, "no compression");
        }
        Ok(self)
    }
}

//! What a message says of itself in its properties.

use super::{Person, time};
use crate::xml::Element;
use jiff::Timestamp;

/// People and headers of a message, as properties. They are asked for where the server makes no MIME content of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Letter {
    /// Whose message it is.
    pub from: Option<Person>,
    /// Who sent it for them.
    pub sender: Option<Person>,
    /// Who it is for.
    pub to: Vec<Person>,
    /// Who got a copy.
    pub cc: Vec<Person>,
    /// Who got a copy that the others do not see.
    pub bcc: Vec<Person>,
    /// Who gets the answer.
    pub reply_to: Vec<Person>,
    /// When it was sent.
    pub sent: Option<Timestamp>,
    /// The Message-ID of the message that it answers.
    pub in_reply_to: Option<String>,
    /// The Message-IDs of those before it.
    pub references: Option<String>,
}

impl Letter {
    pub(super) fn read(item: Element<'_>) -> Self {
        let one = |name| item.child(name)?.child("Mailbox").map(Person::read);
        let all = |name| {
            let list = item.child(name).into_iter().flat_map(Element::children);
            list.map(Person::read).collect()
        };
        let text = |name| item.value(name).map(str::to_owned);
        Self {
            from: one("From"),
            sender: one("Sender"),
            to: all("ToRecipients"),
            cc: all("CcRecipients"),
            bcc: all("BccRecipients"),
            reply_to: all("ReplyTo"),
            sent: item.value("DateTimeSent").and_then(time::instant),
            in_reply_to: text("InReplyTo"),
            references: text("References"),
        }
    }

    /// Everybody whom it names.
    #[cfg(feature = "client")]
    pub(crate) fn people(&self) -> impl Iterator<Item = &Person> {
        let lists = [&self.to, &self.cc, &self.bcc, &self.reply_to];
        let one = self.from.iter().chain(&self.sender);
        one.chain(lists.into_iter().flatten())
    }
}

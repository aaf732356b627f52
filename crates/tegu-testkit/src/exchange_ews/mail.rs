//! Mail, from what people see of it.

use super::fields::Kind;
use super::item::{Attachment, Content, Extended, ExtendedName, Item};
use super::mime::{date, hash, multipart, part, word};
use super::xml::element;

/// A person: display name and address.
pub type Person = (String, String);

/// Mail to be.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    subject: String,
    from: Person,
    to: Vec<Person>,
    cc: Vec<Person>,
    received: Option<String>,
    id: String,
    text: String,
    html: Option<String>,
    attachments: Vec<Attachment>,
    categories: Vec<String>,
    unread: bool,
    draft: bool,
    answered: bool,
    forwarded: bool,
    flagged: bool,
    imap_uid: Option<i32>,
    octets: Option<Vec<u8>>,
}

/// A person.
pub fn person(name: &str, address: &str) -> Person {
    (name.to_owned(), address.to_owned())
}

impl Mail {
    /// Mail with a subject, received at a time such as `2024-05-01T06:00:00Z`.
    pub fn new(subject: &str, received: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            received: Some(received.to_owned()),
            id: format!("<{:016x}@corp.example>", hash(&format!("{subject}{received}"))),
            ..Self::default()
        }
    }

    /// Who sent it.
    #[must_use]
    pub fn from(mut self, name: &str, address: &str) -> Self {
        self.from = person(name, address);
        self
    }

    /// Who it is for.
    #[must_use]
    pub fn to(mut self, name: &str, address: &str) -> Self {
        self.to.push(person(name, address));
        self
    }

    /// Who gets a copy.
    #[must_use]
    pub fn cc(mut self, name: &str, address: &str) -> Self {
        self.cc.push(person(name, address));
        self
    }

    /// Its text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// Its body as HTML.
    #[must_use]
    pub fn html(mut self, html: &str) -> Self {
        self.html = Some(html.to_owned());
        self
    }

    /// Adds an attachment.
    #[must_use]
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Adds a category.
    #[must_use]
    pub fn category(mut self, name: &str) -> Self {
        self.categories.push(name.to_owned());
        self
    }

    /// Nobody has read it.
    #[must_use]
    pub fn unread(mut self) -> Self {
        self.unread = true;
        self
    }

    /// It was never sent.
    #[must_use]
    pub fn draft(mut self) -> Self {
        self.draft = true;
        self
    }

    /// It was answered.
    #[must_use]
    pub fn answered(mut self) -> Self {
        self.answered = true;
        self
    }

    /// It was forwarded.
    #[must_use]
    pub fn forwarded(mut self) -> Self {
        self.forwarded = true;
        self
    }

    /// It has a flag.
    #[must_use]
    pub fn flagged(mut self) -> Self {
        self.flagged = true;
        self
    }

    /// Its UID over IMAP (0x0E23).
    #[must_use]
    pub fn imap_uid(mut self, uid: i32) -> Self {
        self.imap_uid = Some(uid);
        self
    }

    /// Nobody knows when it was received.
    #[must_use]
    pub fn without_received(mut self) -> Self {
        self.received = None;
        self
    }

    /// Its octets, in place of those that would be made.
    #[must_use]
    pub fn octets(mut self, octets: impl Into<Vec<u8>>) -> Self {
        self.octets = Some(octets.into());
        self
    }

    /// The item.
    pub fn item(self) -> Item {
        let mime = self.octets.clone().unwrap_or_else(|| self.compose());
        let flag = |yes: bool| if yes { "true" } else { "false" };
        let mut item = Item::new(Kind::Message, "IPM.Note")
            .mime(mime)
            .with("item:Subject", &self.subject)
            .with("message:ConversationTopic", &self.subject)
            .with("message:InternetMessageId", &self.id)
            .with("message:IsRead", flag(!self.unread))
            .with("message:IsReadReceiptRequested", "false")
            .with("message:IsDeliveryReceiptRequested", "false")
            .with("item:IsDraft", flag(self.draft))
            .with("item:IsSubmitted", "false")
            .with("item:IsFromMe", "false")
            .with("item:IsUnmodified", "true")
            .with("item:DisplayTo", &names(&self.to))
            .with("item:DisplayCc", &names(&self.cc))
            .text(&self.text);
        if let Some(html) = &self.html {
            item = item.html(html);
        }
        if !self.from.1.is_empty() {
            for uri in ["message:From", "message:Sender"] {
                item = item.within(uri, &mailbox(&self.from));
            }
        }
        for (uri, people) in [
            ("message:ToRecipients", &self.to),
            ("message:CcRecipients", &self.cc),
        ] {
            if !people.is_empty() {
                let list: String = people.iter().map(mailbox).collect();
                item = item.within(uri, &list);
            }
        }
        if let Some(time) = &self.received {
            item = item
                .with("item:DateTimeReceived", time)
                .with("item:DateTimeSent", time)
                .with("item:DateTimeCreated", time)
                .extended(ExtendedName::Tag(0x0e06), Extended::Time(time.clone()));
        }
        if !self.categories.is_empty() {
            item = item.strings("item:Categories", self.categories.iter().map(String::as_str));
        }
        let status = if self.flagged { "Flagged" } else { "NotFlagged" };
        item = item.within("item:Flag", &element("FlagStatus", status));
        if self.flagged {
            item = item.extended(ExtendedName::Tag(0x1090), Extended::Integer(2));
        }
        if self.answered || self.forwarded {
            let verb = if self.forwarded { 104 } else { 102 };
            item = item.extended(ExtendedName::Tag(0x1081), Extended::Integer(verb));
        }
        if let Some(uid) = self.imap_uid {
            item = item.extended(ExtendedName::Tag(0x0e23), Extended::Integer(uid));
        }
        item.attachments = self.attachments;
        item
    }

    fn compose(&self) -> Vec<u8> {
        let mut out = String::new();
        let mut header = |name: &str, value: &str| {
            if !value.is_empty() {
                out.push_str(&format!("{name}: {value}\r\n"));
            }
        };
        let people = |people: &[Person]| people.iter().map(address).collect::<Vec<_>>().join(",\r\n\t");
        if !self.from.1.is_empty() {
            header("From", &address(&self.from));
        }
        header("To", &people(&self.to));
        header("CC", &people(&self.cc));
        header("Subject", &word(&self.subject));
        header("Message-ID", &self.id);
        if let Some(time) = &self.received {
            header("Date", &date(time));
        }
        header("MIME-Version", "1.0");
        let boundary = format!("_000_{:016x}_", hash(&self.id));
        let text = part("text/plain; charset=\"utf-8\"", "", self.text.as_bytes());
        let body = match &self.html {
            None => text,
            Some(html) => {
                let inner = format!("_001_{:016x}_", hash(&self.id));
                let html = part("text/html; charset=\"utf-8\"", "", html.as_bytes());
                let parts = if self.text.is_empty() {
                    vec![html]
                } else {
                    vec![text, html]
                };
                multipart("alternative", &inner, &parts)
            }
        };
        let files: Vec<String> = self.attachments.iter().map(attachment).collect();
        if files.is_empty() {
            out.push_str(&body);
        } else {
            let parts: Vec<String> = std::iter::once(body).chain(files).collect();
            out.push_str(&multipart("mixed", &boundary, &parts));
        }
        out.into_bytes()
    }
}

/// The octets of an attachment's part, or nothing for a link.
fn attachment(attachment: &Attachment) -> String {
    let name = word(&attachment.name);
    let place = if attachment.inline { "inline" } else { "attachment" };
    let mut more = format!("Content-Disposition: {place}; filename=\"{name}\"\r\n");
    if let Some(id) = &attachment.content_id {
        more.push_str(&format!("Content-ID: <{id}>\r\n"));
    }
    match &attachment.content {
        Content::File(octets) => part(
            &format!("{}; name=\"{name}\"", attachment.content_type),
            &more,
            octets,
        ),
        Content::Item(item) => {
            let mime = item.mime.clone().unwrap_or_default();
            let mime = String::from_utf8_lossy(&mime);
            format!("Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n{mime}\r\n")
        }
        Content::Reference(url) => part("text/plain; charset=\"utf-8\"", "", url.as_bytes()),
    }
}

/// What stands within From, Organizer, a recipient: a mailbox.
pub(super) fn mailbox((name, address): &Person) -> String {
    let kind = if address.starts_with("/o=") { "EX" } else { "SMTP" };
    format!(
        "<t:Mailbox>{}{}{}{}</t:Mailbox>",
        element("Name", name),
        element("EmailAddress", address),
        element("RoutingType", kind),
        element("MailboxType", "Mailbox")
    )
}

fn names(people: &[Person]) -> String {
    let names: Vec<&str> = people.iter().map(|(name, _)| name.as_str()).collect();
    names.join("; ")
}

fn address((name, address): &Person) -> String {
    if name.is_empty() {
        return address.clone();
    }
    let name = if name.is_ascii() {
        format!("\"{name}\"")
    } else {
        word(name)
    };
    format!("{name} <{address}>")
}

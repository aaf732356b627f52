//! Items as the server describes them: typed facts, before anything is converted.

mod attachment;
mod contact;
mod event;
pub mod extended;
mod kind;
mod letter;
mod mail;
mod person;
mod recurrence;
mod shape;
mod task;
mod time;

pub use attachment::{Attached, AttachmentInfo, AttachmentKind};
pub use contact::{Contact, List, Postal};
pub use event::{Attendee, Event, Occurrence, Role};
pub use kind::Kind;
pub use letter::Letter;
pub use person::Person;
pub use recurrence::{End, Pattern, Recurrence};
pub use task::Task;
pub(crate) use time::instant;

use crate::{
    ItemId, Problem,
    xml::{Element, Raw},
};
use jiff::Timestamp;
use std::sync::Arc;
use tegu_message::Body;

/// A property of MAPI with its text.
pub type Extended = (extended::Key, String);

/// What an item of one kind says of itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Facts {
    /// Nothing more than all items do.
    None,
    /// An appointment or a meeting.
    Event(Box<Event>),
    /// A contact.
    Contact(Box<Contact>),
    /// A private list.
    List(List),
    /// A task.
    Task(Box<Task>),
    /// A message.
    Mail(Box<Letter>),
}

/// An item of a mailbox.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Item {
    /// Its identity.
    pub id: ItemId,
    /// The element of the schema that it stands in: `Message`, `CalendarItem`.
    pub element: String,
    /// Its class: `IPM.Note`.
    pub class: String,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its subject.
    pub subject: String,
    /// When it arrived.
    pub received: Option<Timestamp>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it was last changed.
    pub modified: Option<Timestamp>,
    /// Its size in octets, as the server counts.
    pub size: Option<u64>,
    /// Its categories, spelled as on the server.
    pub categories: Vec<String>,
    /// `Normal`, `Personal`, `Private` or `Confidential`.
    pub sensitivity: Option<String>,
    /// `Low`, `Normal` or `High`.
    pub importance: Option<String>,
    /// Its text as HTML.
    pub html: Option<String>,
    /// Its text without formatting.
    pub text: Option<String>,
    /// Its MIME content, if it was asked for; the text says why the server's content is no base64.
    pub mime: Option<Result<Body, Arc<str>>>,
    /// Its attachments, without their contents.
    pub attachments: Vec<AttachmentInfo>,
    /// Whether it was read.
    pub read: Option<bool>,
    /// Whether it is a draft.
    pub draft: Option<bool>,
    /// `NotFlagged`, `Flagged` or `Complete`.
    pub flag: Option<String>,
    /// The Message-ID.
    pub message_id: Option<String>,
    /// Properties of MAPI that were asked for.
    pub extended: Vec<Extended>,
    /// What items of its kind say of themselves.
    pub facts: Facts,
    /// Characters that XML forbids and that were replaced.
    pub replaced: u32,
}

impl Item {
    /// Reads an item's element; `None` if it has no identity.
    pub(crate) fn read(element: Element<'_>, raw: &Raw) -> Option<Self> {
        let facts = match element.name() {
            "CalendarItem" => Facts::Event(Box::new(Event::read(element))),
            "Contact" => Facts::Contact(Box::new(Contact::read(element))),
            "DistributionList" => Facts::List(List::read(element)),
            "Task" => Facts::Task(Box::new(Task::read(element))),
            "Message"
            | "PostItem"
            | "MeetingMessage"
            | "MeetingRequest"
            | "MeetingResponse"
            | "MeetingCancellation" => Facts::Mail(Box::new(Letter::read(element))),
            _ => Facts::None,
        };
        let class = element.value("ItemClass").unwrap_or_default().to_owned();
        let time = |name| element.value(name).and_then(instant);
        let text = |name| element.value(name).map(str::to_owned);
        let body = element.child("Body");
        let is_text = body.is_some_and(|body| body.attribute("BodyType") == Some("Text"));
        let body = body.map(|body| body.text().to_owned());
        let (html, plain) = if is_text { (None, body) } else { (body, None) };
        let categories = element
            .child("Categories")
            .into_iter()
            .flat_map(Element::children);
        Some(Self {
            id: element.child("ItemId").and_then(ItemId::read)?,
            kind: Kind::of(&class, element.name()),
            element: element.name().to_owned(),
            class,
            subject: element
                .child("Subject")
                .map(Element::text)
                .unwrap_or_default()
                .to_owned(),
            received: time("DateTimeReceived"),
            created: time("DateTimeCreated"),
            modified: time("LastModifiedTime"),
            size: element.number("Size"),
            categories: categories.map(|name| name.text().to_owned()).collect(),
            sensitivity: text("Sensitivity"),
            importance: text("Importance"),
            html,
            text: element
                .child("TextBody")
                .map(|body| body.text().to_owned())
                .or(plain),
            mime: element
                .child("MimeContent")
                .map(|content| content_of(content, raw)),
            attachments: AttachmentInfo::list(element),
            read: element.flag("IsRead"),
            draft: element.flag("IsDraft"),
            flag: element
                .child("Flag")
                .and_then(|flag| flag.value("FlagStatus"))
                .map(str::to_owned),
            message_id: text("InternetMessageId"),
            extended: extended::all(element),
            facts,
            replaced: element.replaced(),
        })
    }

    /// Returns the text of a property of MAPI by its tag.
    #[must_use]
    pub fn tag(&self, tag: u16) -> Option<&str> {
        let key = extended::Key::Tag(tag);
        self.extended
            .iter()
            .find(|(found, _)| *found == key)
            .map(|(_, text)| text.as_str())
    }

    /// Returns the MIME content.
    ///
    /// # Errors
    ///
    /// A [`Problem`] if the server gave none, or one that is no base64.
    pub fn content(&self) -> Result<&Body, Problem> {
        match &self.mime {
            Some(Ok(body)) => Ok(body),
            Some(Err(why)) => Err(Problem::new(
                "ErrorMimeContentInvalidBase64String",
                why.to_string(),
            )),
            None => Err(Problem::ours("the item came without its MIME content")),
        }
    }
}

/// The octets that a number stands for.
fn content_of(element: Element<'_>, raw: &Raw) -> Result<Body, Arc<str>> {
    let number: Option<usize> = element.text().trim().parse().ok();
    match number.and_then(|number| raw.bodies.get(number)) {
        Some(body) => body.clone(),
        // An empty element is an empty content.
        None if element.text().trim().is_empty() => Ok(Vec::new().into()),
        None => Err("its place is unknown".into()),
    }
}

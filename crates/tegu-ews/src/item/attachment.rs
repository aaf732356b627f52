//! Attachments.

use super::{Item, content_of};
use crate::xml::{Element, Raw};
use std::sync::Arc;
use tegu_message::Body;

/// What an attachment is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum AttachmentKind {
    /// Octets.
    File,
    /// Another item.
    Item,
    /// A link to a document elsewhere.
    Reference,
}

/// An attachment, without its contents.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AttachmentInfo {
    /// Its identifier.
    pub id: String,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its Content-ID.
    pub content_id: Option<String>,
    /// Its size in octets, as the server counts.
    pub size: Option<u64>,
    /// Whether it belongs to the text.
    pub inline: bool,
    /// Whether it is the photo of a contact.
    pub photo: bool,
    /// Where a reference leads.
    pub link: Option<String>,
}

/// An attachment with its contents.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attached {
    /// What is known of it.
    pub info: AttachmentInfo,
    /// The octets of a file; the text says why they are missing.
    pub content: Option<Result<Body, Arc<str>>>,
    /// The item.
    pub item: Option<Box<Item>>,
}

impl AttachmentInfo {
    pub(super) fn list(item: Element<'_>) -> Vec<Self> {
        let list = item.child("Attachments").into_iter().flat_map(Element::children);
        list.filter_map(Self::read).collect()
    }

    fn read(element: Element<'_>) -> Option<Self> {
        let kind = match element.name() {
            "FileAttachment" => AttachmentKind::File,
            "ItemAttachment" => AttachmentKind::Item,
            "ReferenceAttachment" => AttachmentKind::Reference,
            _ => return None,
        };
        let text = |name| element.value(name).map(str::to_owned);
        let name = text("Name").unwrap_or_default();
        // Exchange 2007 does not say which attachment is the photo; it has always this name.
        let photo = element
            .flag("IsContactPhoto")
            .unwrap_or_else(|| name.eq_ignore_ascii_case("ContactPicture.jpg"));
        Some(Self {
            id: element.child("AttachmentId")?.attribute("Id")?.to_owned(),
            kind,
            media_type: text("ContentType"),
            content_id: text("ContentId"),
            size: element.number("Size"),
            inline: element.flag("IsInline").unwrap_or(false),
            link: text("AttachLongPathName"),
            photo,
            name,
        })
    }
}

impl Attached {
    /// Reads the answer to `GetAttachment`.
    pub(crate) fn read(element: Element<'_>, raw: &Raw) -> Option<Self> {
        let inner = element
            .children()
            .find(|child| child.child("ItemId").is_some() || child.child("ItemClass").is_some());
        Some(Self {
            info: AttachmentInfo::read(element)?,
            content: element.child("Content").map(|content| content_of(content, raw)),
            item: inner.and_then(|inner| Item::read(inner, raw)).map(Box::new),
        })
    }
}

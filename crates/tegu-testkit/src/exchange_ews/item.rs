//! Items and attachments, as a test describes them.

use super::fields::Kind;
use super::xml::{element, escape, inner_text};
use std::collections::BTreeMap;

/// What is wrong with an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Damage {
    /// `ErrorCorruptData` whenever it is fetched.
    Corrupt,
    /// `ErrorMimeContentConversionFailed` when its MIME is asked for.
    NoMime,
    /// `ErrorItemNotFound` when it is fetched, although it is listed.
    Gone,
}

/// An item: properties, and MIME where Exchange makes it.
#[derive(Clone, Debug)]
pub struct Item {
    pub(super) kind: Kind,
    pub(super) fields: BTreeMap<&'static str, String>,
    /// Entries of a dictionary, by its field URI and key.
    pub(super) entries: Vec<(&'static str, String, String)>,
    pub(super) extended: Vec<(ExtendedName, Extended)>,
    pub(super) html: Option<String>,
    pub(super) text: String,
    pub(super) mime: Option<Vec<u8>>,
    pub(super) attachments: Vec<Attachment>,
    /// Exceptions of a series, by the original start.
    pub(super) occurrences: Vec<(String, Self)>,
    pub(super) damage: Option<Damage>,
}

impl Item {
    /// An item with nothing but its class.
    pub fn new(kind: Kind, class: &str) -> Self {
        Self {
            kind,
            fields: BTreeMap::new(),
            entries: Vec::new(),
            extended: Vec::new(),
            html: None,
            text: String::new(),
            mime: None,
            attachments: Vec::new(),
            occurrences: Vec::new(),
            damage: None,
        }
        .with("item:ItemClass", class)
    }

    /// Sets a property that is a text, by its field URI, such as `item:Subject`.
    #[must_use]
    pub fn with(self, uri: &'static str, text: &str) -> Self {
        let name = uri.rsplit(':').next().unwrap_or(uri);
        self.raw(uri, element(name, text))
    }

    /// Sets a list of texts, such as `item:Categories`.
    #[must_use]
    pub fn strings<'a>(self, uri: &'static str, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let inner: String = texts.into_iter().map(|text| element("String", text)).collect();
        self.within(uri, &inner)
    }

    /// Sets a property by what its element holds.
    #[must_use]
    pub(super) fn within(self, uri: &'static str, inner: &str) -> Self {
        let name = uri.rsplit(':').next().unwrap_or(uri);
        self.raw(uri, format!("<t:{name}>{inner}</t:{name}>"))
    }

    /// Sets a property by its element.
    #[must_use]
    pub(super) fn raw(mut self, uri: &'static str, element: String) -> Self {
        self.fields.insert(uri, element);
        self
    }

    /// Sets an entry of a dictionary, such as `contacts:PhoneNumbers` with `MobilePhone`.
    #[must_use]
    pub fn entry(self, uri: &'static str, key: &str, text: &str) -> Self {
        let entry = format!("<t:Entry Key=\"{key}\">{}</t:Entry>", escape(text));
        self.raw_entry(uri, key, entry)
    }

    #[must_use]
    pub(super) fn raw_entry(mut self, uri: &'static str, key: &str, entry: String) -> Self {
        self.entries.push((uri, key.to_owned(), entry));
        self
    }

    /// The text of the body.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// The body as HTML.
    #[must_use]
    pub fn html(mut self, html: &str) -> Self {
        self.html = Some(html.to_owned());
        self
    }

    /// Sets an extended property.
    #[must_use]
    pub fn extended(mut self, name: ExtendedName, value: Extended) -> Self {
        self.extended.retain(|(found, _)| *found != name);
        self.extended.push((name, value));
        self
    }

    /// Adds an attachment.
    #[must_use]
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// The octets that IncludeMimeContent gives.
    #[must_use]
    pub fn mime(mut self, octets: impl Into<Vec<u8>>) -> Self {
        self.mime = Some(octets.into());
        self
    }

    /// Adds an exception of a series: the start that the series gives it, and the item instead.
    #[must_use]
    pub fn occurrence(mut self, original_start: &str, item: Self) -> Self {
        self.occurrences.push((original_start.to_owned(), item));
        self
    }

    /// Makes it an item that Exchange has trouble with.
    #[must_use]
    pub fn damaged(mut self, damage: Damage) -> Self {
        self.damage = Some(damage);
        self
    }

    /// The octets that IncludeMimeContent gives, if Exchange makes MIME of it.
    pub fn octets(&self) -> Option<&[u8]> {
        self.mime.as_deref()
    }

    /// An extended property.
    pub fn property(&self, name: &ExtendedName) -> Option<&Extended> {
        let mut set = self.extended.iter();
        set.find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// The exceptions of a series.
    pub fn exceptions(&self) -> impl Iterator<Item = &Self> {
        self.occurrences.iter().map(|(_, item)| item)
    }

    /// The text of a property, if it is one and set.
    pub fn value(&self, uri: &str) -> Option<String> {
        self.fields.get(uri).and_then(|element| inner_text(element))
    }
}

/// The name of an extended property.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExtendedName {
    /// A tag, such as 0x10F4.
    Tag(u16),
    /// A number in a set; the set is a distinguished name (`Meeting`) or a GUID in lower case.
    Number(String, u32),
    /// A string in a set.
    Text(String, String),
}

/// The value of an extended property.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Extended {
    /// `Integer`
    Integer(i32),
    /// `Boolean`
    Boolean(bool),
    /// `String`
    Text(String),
    /// `Binary`
    Binary(Vec<u8>),
    /// `SystemTime`, as in `2024-01-01T00:00:00Z`.
    Time(String),
    /// `StringArray`
    Texts(Vec<String>),
}

/// An attachment.
#[derive(Clone, Debug)]
pub struct Attachment {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) content_id: Option<String>,
    pub(super) inline: bool,
    pub(super) photo: bool,
    pub(super) content: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    File(Vec<u8>),
    Item(Box<Item>),
    Reference(String),
}

impl Attachment {
    fn new(name: &str, content_type: &str, content: Content) -> Self {
        Self {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            content_id: None,
            inline: false,
            photo: false,
            content,
        }
    }

    /// A file.
    pub fn file(name: &str, content_type: &str, octets: impl Into<Vec<u8>>) -> Self {
        Self::new(name, content_type, Content::File(octets.into()))
    }

    /// An item.
    pub fn item(name: &str, item: Item) -> Self {
        Self::new(name, "message/rfc822", Content::Item(Box::new(item)))
    }

    /// A link to a file elsewhere.
    pub fn reference(name: &str, url: &str) -> Self {
        Self::new(name, "", Content::Reference(url.to_owned()))
    }

    /// The picture of a contact.
    pub fn picture(octets: impl Into<Vec<u8>>) -> Self {
        let mut picture = Self::file("ContactPicture.jpg", "image/jpeg", octets);
        picture.photo = true;
        picture
    }

    /// Shows it within the body, by this content id.
    #[must_use]
    pub fn inline(mut self, content_id: &str) -> Self {
        self.inline = true;
        self.content_id = Some(content_id.to_owned());
        self
    }
}

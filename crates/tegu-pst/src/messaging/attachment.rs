//! Attachments ([MS-PST] section 2.4.6, [MS-OXCMSG] section 2.2.2).

use super::{Message, Text};
use crate::{
    Result,
    bytes::damaged,
    ltp::{Kind, Properties, Value},
    ndb::{DataReader, Node},
    tag::{self, nid},
};

/// How an attachment is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Method {
    /// There is nothing but the row.
    None,
    /// The octets are in the file.
    Value,
    /// The octets are elsewhere: on a disk (2, 4) or on the web (7).
    Reference,
    /// A message within this one.
    Message,
    /// An OLE object: a compound file.
    Ole,
    /// A method that is unknown here.
    Other(i64),
}

/// An attachment of a message.
#[derive(Debug)]
pub struct Attachment<'p> {
    properties: Properties<'p>,
    message: AttachmentOwner<'p>,
    /// How it is kept, by its row: only where its own properties do not say it.
    method_of_row: Option<i64>,
}

/// What an attachment needs to know of its message.
#[derive(Clone, Copy, Debug)]
struct AttachmentOwner<'p> {
    pst: &'p super::Pst,
    page: Option<&'static encoding_rs::Encoding>,
    alone: bool,
}

impl<'p> Attachment<'p> {
    pub(crate) fn open(message: &Message<'p>, node: Node<'p>) -> Result<Self> {
        Ok(Self {
            properties: Properties::open(node)?,
            message: AttachmentOwner {
                pst: message.pst(),
                page: message.code_page(),
                alone: message.is_alone(),
            },
            method_of_row: None,
        })
    }

    /// The properties of the attachment.
    #[must_use]
    pub fn properties(&self) -> &Properties<'p> {
        &self.properties
    }

    /// How it is kept.
    ///
    /// # Errors
    ///
    /// As [`Properties::get`].
    pub fn method(&self) -> Result<Method> {
        let own = self
            .properties
            .get(tag::ATTACH_METHOD)?
            .and_then(|value| value.integer());
        let method = own.or(self.method_of_row);
        Ok(match method {
            Some(0) => Method::None,
            Some(1) => Method::Value,
            Some(2 | 4 | 7) => Method::Reference,
            Some(5) => Method::Message,
            Some(6) => Method::Ole,
            Some(other) => Method::Other(other),
            None => Method::Other(-1),
        })
    }

    /// Takes over what the row of the attachment says, where its properties do not say how it is kept.
    pub(crate) fn with_method_of_row(mut self, method: Option<i64>) -> Self {
        self.method_of_row = method;
        self
    }

    /// Whether only its row says how it is kept.
    pub(crate) fn is_kept_by_row(&self) -> bool {
        self.method_of_row.is_some()
    }

    /// A string property.
    ///
    /// # Errors
    ///
    /// As [`Properties::get`].
    pub fn text(&self, id: u16) -> Result<Option<Text>> {
        self.properties.string(id, |kind, data| {
            Text::read(kind == Kind::UTF16, data, self.message.page)
        })
    }

    /// A number.
    ///
    /// # Errors
    ///
    /// As [`Properties::get`].
    pub fn integer(&self, id: u16) -> Result<Option<i64>> {
        Ok(self.properties.get(id)?.and_then(|value| value.integer()))
    }

    /// The name of the file: the long one, the short one, or the name to display.
    ///
    /// # Errors
    ///
    /// As [`Properties::get`].
    pub fn name(&self) -> Result<Option<Text>> {
        for id in [tag::ATTACH_LONG_FILENAME, tag::ATTACH_FILENAME, tag::DISPLAY_NAME] {
            if let Some(name) = self.text(id)?.filter(|name| !name.text.is_empty()) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The octets of the attachment, of an attachment by value or of an OLE object; `None` if it has none.
    ///
    /// # Errors
    ///
    /// As [`Properties::get`].
    pub fn data(&self) -> Result<Option<DataReader<'p>>> {
        match self.properties.record(tag::ATTACH_DATA) {
            Some(record) if record.kind == Kind::OBJECT => {
                let tree = self.properties.node().sub_data(self.object()?)?;
                DataReader::new(self.properties.node().ndb, tree).map(Some)
            }
            Some(_) => self.properties.reader(tag::ATTACH_DATA),
            None => Ok(None),
        }
    }

    /// The sub-node that holds the object.
    fn object(&self) -> Result<u32> {
        match self.properties.get(tag::ATTACH_DATA)? {
            Some(Value::Object { nid, .. }) => Ok(nid),
            Some(_) => Err(damaged("the attachment holds no object")),
            None => {
                let mut messages = self
                    .properties
                    .node()
                    .sub_ids()
                    .filter(|sub| nid::kind(*sub) == nid::MESSAGE);
                match (messages.next(), messages.next()) {
                    (Some(found), None) => Ok(found),
                    _ => Err(damaged("the attachment does not say which object it holds")),
                }
            }
        }
    }

    /// The message within.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if there is none.
    pub fn message(&self) -> Result<Message<'p>> {
        let nid = self.object()?;
        let node = self
            .properties
            .node()
            .sub(nid)?
            .ok_or_else(|| damaged(format_args!("the embedded message {nid:#x} is missing")))?;
        Message::open(self.message.pst, node).map(|message| message.alone(self.message.alone))
    }
}

//! What a mailbox holds, as a test describes it.

use super::{File, Layout, Value, store};

/// The name of a property: a set and a number or a string.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Name {
    /// A number in a set, whose GUID is `{0006xxxx-0000-0000-C000-000000000046}` with these four digits.
    Number(u32, u32),
    /// A number in PSETID_Meeting.
    Meeting(u32),
    /// A string in PS_PUBLIC_STRINGS.
    Public(String),
    /// A string in PS_INTERNET_HEADERS: the name of a header field.
    Header(String),
}

/// An item, an attachment's message included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    pub(crate) properties: Vec<(u16, Value)>,
    pub(crate) named: Vec<(Name, Value)>,
    pub(crate) recipients: Vec<Vec<(u16, Value)>>,
    pub(crate) attachments: Vec<Attachment>,
}

impl Item {
    /// An item of a class.
    pub fn new(class: &str) -> Self {
        Self::default().with(0x001a, Value::text(class))
    }

    /// Adds a property.
    #[must_use]
    pub fn with(mut self, id: u16, value: Value) -> Self {
        self.properties.push((id, value));
        self
    }

    /// Adds a named property.
    #[must_use]
    pub fn named(mut self, name: Name, value: Value) -> Self {
        self.named.push((name, value));
        self
    }

    /// Adds a recipient, by the cells of its row.
    #[must_use]
    pub fn recipient(mut self, cells: Vec<(u16, Value)>) -> Self {
        self.recipients.push(cells);
        self
    }

    /// Adds a recipient with an SMTP address: 1 To, 2 Cc, 3 Bcc.
    #[must_use]
    pub fn to(self, kind: i32, name: &str, address: &str) -> Self {
        self.recipient(vec![
            (0x0c15, Value::Int(kind)),
            (0x3001, Value::text(name)),
            (0x3002, Value::text("SMTP")),
            (0x3003, Value::text(address)),
        ])
    }

    /// Adds an attachment.
    #[must_use]
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }
}

/// What an attachment holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// Nothing.
    None,
    /// Octets (method 1).
    Value(Vec<u8>),
    /// A message (method 5).
    Message(Box<Item>),
    /// A compound file (method 6).
    Ole(Vec<u8>),
}

/// An attachment.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    pub(crate) properties: Vec<(u16, Value)>,
    pub(crate) data: Data,
    pub(crate) method_in_row: bool,
}

impl Attachment {
    /// An attachment with this data.
    pub fn new(data: Data) -> Self {
        Self {
            properties: Vec::new(),
            data,
            method_in_row: false,
        }
    }

    /// A file.
    pub fn file(name: &str, kind: &str, data: impl Into<Vec<u8>>) -> Self {
        Self::new(Data::Value(data.into()))
            .with(0x3707, Value::text(name))
            .with(0x370e, Value::text(kind))
    }

    /// How it is kept stands in its row alone, and not in its properties.
    #[must_use]
    pub fn method_in_row(mut self) -> Self {
        self.method_in_row = true;
        self
    }

    /// A message within.
    pub fn message(item: Item) -> Self {
        Self::new(Data::Message(Box::new(item)))
    }

    /// Adds a property.
    #[must_use]
    pub fn with(mut self, id: u16, value: Value) -> Self {
        self.properties.push((id, value));
        self
    }
}

/// A folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folder {
    pub(crate) name: String,
    pub(crate) properties: Vec<(u16, Value)>,
    pub(crate) class: Option<String>,
    pub(crate) items: Vec<Item>,
    pub(crate) hidden: Vec<Item>,
    pub(crate) folders: Vec<Self>,
}

impl Folder {
    /// A folder of mail.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// The class of its items, such as `IPF.Contact`.
    #[must_use]
    pub fn class(mut self, class: &str) -> Self {
        self.class = Some(class.to_owned());
        self
    }

    /// Adds an item.
    #[must_use]
    pub fn item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn with(mut self, id: u16, value: Value) -> Self {
        self.properties.push((id, value));
        self
    }

    /// Adds an item that Outlook does not show.
    #[must_use]
    pub fn hidden(mut self, item: Item) -> Self {
        self.hidden.push(item);
        self
    }

    /// Adds a folder below.
    #[must_use]
    pub fn folder(mut self, folder: Self) -> Self {
        self.folders.push(folder);
        self
    }
}

/// A mailbox.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mailbox {
    pub(crate) folders: Vec<Folder>,
    pub(crate) crypt: u8,
    pub(crate) password: i32,
    pub(crate) record_key: [u8; 16],
}

impl Mailbox {
    /// An empty mailbox.
    pub fn new() -> Self {
        Self {
            folders: Vec::new(),
            crypt: 1,
            password: 0,
            record_key: *b"tegu-testkit-pst",
        }
    }

    /// What tells the file from all others (PidTagRecordKey); copies of one file share it.
    #[must_use]
    pub fn record_key(mut self, key: [u8; 16]) -> Self {
        self.record_key = key;
        self
    }

    /// How blocks are obfuscated: 0 not, 1 permute (the default, as Outlook has it), 2 cyclic.
    #[must_use]
    pub fn crypt(mut self, crypt: u8) -> Self {
        self.crypt = crypt;
        self
    }

    /// The check sum of a password, which Outlook asks for; 0 (the default) for none.
    #[must_use]
    pub fn password(mut self, sum: i32) -> Self {
        self.password = sum;
        self
    }

    /// Adds a folder at the top.
    #[must_use]
    pub fn folder(mut self, folder: Folder) -> Self {
        self.folders.push(folder);
        self
    }

    /// The file.
    pub fn write(&self, layout: Layout) -> Vec<u8> {
        self.build(layout).finish()
    }

    /// The file before it is sealed: blocks and nodes can still be added and replaced.
    ///
    /// The first folder is the node 0x8062, the next 0x8082 and so on, top down; the first item is 0x200024, the next 0x200044.
    pub fn build(&self, layout: Layout) -> File {
        let mut file = File::new(layout, self.crypt);
        store::write(self, &mut file);
        file
    }
}

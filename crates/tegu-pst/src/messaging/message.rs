//! Messages: mail, appointments, contacts and whatever else a folder holds.

use super::{Attachment, Pst, Recipient, Text, recipient};
use crate::{
    Result, codepage,
    ltp::{Kind, Properties, Table, Value},
    ndb::Node,
    tag::{self, nid},
};
use encoding_rs::Encoding;
use std::{cell::OnceCell, collections::HashMap};

/// An item of a folder, or one within another.
#[derive(Debug)]
pub struct Message<'p> {
    pst: &'p Pst,
    properties: Properties<'p>,
    code_page: Option<&'static Encoding>,
    class: String,
    /// Whether nobody but the file is asked for addresses.
    alone: bool,
    /// How attachments are kept, by their rows: read once, where it is asked for.
    methods: OnceCell<HashMap<u32, i64>>,
}

impl<'p> Message<'p> {
    pub(crate) fn open(pst: &'p Pst, node: Node<'p>) -> Result<Self> {
        let properties = Properties::open(node)?;
        let code_page = string8_page(&properties).or(pst.options.code_page);
        // An unreadable class is as good as none: the item is of an unknown kind then.
        let class = match properties.get(tag::MESSAGE_CLASS) {
            Ok(Some(value)) => Text::of(&value, code_page).unwrap_or_default().text,
            _ => String::new(),
        };
        Ok(Self {
            pst,
            properties,
            code_page,
            class,
            alone: false,
            methods: OnceCell::new(),
        })
    }

    /// The message as the file alone has it: nobody else is asked for addresses.
    pub(crate) fn alone(mut self, alone: bool) -> Self {
        self.alone = alone;
        self
    }

    pub(crate) fn is_alone(&self) -> bool {
        self.alone
    }

    /// The SMTP address of a distinguished name, by what the operator gave.
    pub(crate) fn lookup(&self, name: &str) -> Option<String> {
        if self.alone {
            return None;
        }
        self.pst.options.lookup.find(name)
    }

    /// The map of named properties of the file.
    #[must_use]
    pub fn names(&self) -> &'p super::Names {
        &self.pst.names
    }

    pub(crate) fn pst(&self) -> &'p Pst {
        self.pst
    }

    /// The node of the message.
    #[must_use]
    pub fn nid(&self) -> u32 {
        self.properties.node().nid
    }

    /// The class, such as `IPM.Note`.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The code page of its strings of eight bits, if it is known.
    #[must_use]
    pub fn code_page(&self) -> Option<&'static Encoding> {
        self.code_page
    }

    /// The properties.
    #[must_use]
    pub fn properties(&self) -> &Properties<'p> {
        &self.properties
    }

    pub(crate) fn decode(&self, value: &Value) -> Option<Text> {
        Text::of(value, self.code_page)
    }

    /// A string property.
    ///
    /// # Errors
    ///
    /// As [`Properties::get`].
    pub fn text(&self, id: u16) -> Result<Option<Text>> {
        self.properties.string(id, |kind, data| {
            Text::read(kind == Kind::UTF16, data, self.code_page)
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

    /// An instant, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// As [`Properties::get`].
    pub fn time(&self, id: u16) -> Result<Option<i64>> {
        Ok(match self.properties.get(id)? {
            Some(Value::Time(time)) => crate::time::unix(time),
            _ => None,
        })
    }

    pub(crate) fn binary(&self, id: u16) -> Result<Option<Vec<u8>>> {
        Ok(match self.properties.get(id)? {
            Some(Value::Binary(data)) => Some(data),
            _ => None,
        })
    }

    /// A named property, if it is there and of one of the types that its specification names. In files whose map of names
    /// belongs to another file an identifier means something else, and its type shows it.
    pub(crate) fn named(&self, set: [u8; 16], number: u32, kinds: &[u16]) -> Result<Named> {
        let Some(id) = self.pst.names.id(set, number) else {
            return Ok(Named::Absent);
        };
        self.typed(id, kinds)
    }

    /// As [`named`](Self::named), for a name that is a string.
    pub(crate) fn named_string(&self, set: [u8; 16], name: &str, kinds: &[u16]) -> Result<Named> {
        let Some(id) = self.pst.names.string_id(set, name) else {
            return Ok(Named::Absent);
        };
        self.typed(id, kinds)
    }

    fn typed(&self, id: u16, kinds: &[u16]) -> Result<Named> {
        match self.properties.record(id) {
            None => Ok(Named::Absent),
            Some(record) if kinds.iter().any(|kind| Kind(*kind) == record.kind) => {
                Ok(self.properties.get(id)?.map_or(Named::Absent, Named::Value))
            }
            Some(_) => Ok(Named::Foreign),
        }
    }

    fn table(&self, nid: u32) -> Result<Option<Table<'p>>> {
        self.properties.node().sub(nid)?.map(Table::open).transpose()
    }

    /// The recipients, in the order of the file. A message without a table of them has none.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if one of them cannot be read.
    pub fn recipients(&self) -> Result<Vec<Recipient>> {
        let Some(table) = self.table(nid::RECIPIENTS)? else {
            return Ok(Vec::new());
        };
        self.check(&table)?;
        table
            .rows()
            .map(|row| recipient::read(self, &table, &row?))
            .collect()
    }

    /// The identifiers of the attachments, in the order of the file.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if their table cannot be read.
    pub fn attachment_ids(&self) -> Result<Vec<u32>> {
        let Some(table) = self.table(nid::ATTACHMENTS)? else {
            return Ok(Vec::new());
        };
        self.check(&table)?;
        Ok(table.ids().collect())
    }

    /// An attachment, by its identifier.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if it cannot be read.
    pub fn attachment(&self, id: u32) -> Result<Attachment<'p>> {
        let node = self
            .properties
            .node()
            .sub(id)?
            .ok_or_else(|| crate::bytes::damaged(format_args!("attachment {id:#x} is missing")))?;
        let attachment = Attachment::open(self, node)?;
        if attachment.properties().record(tag::ATTACH_METHOD).is_some() {
            return Ok(attachment);
        }
        let methods = match self.methods.get() {
            Some(methods) => methods,
            None => {
                let read = self.methods_of_rows()?;
                self.methods.get_or_init(|| read)
            }
        };
        Ok(attachment.with_method_of_row(methods.get(&id).copied()))
    }

    fn methods_of_rows(&self) -> Result<HashMap<u32, i64>> {
        let mut methods = HashMap::new();
        if let Some(table) = self.table(nid::ATTACHMENTS)? {
            self.check(&table)?;
            for row in table.rows() {
                let row = row?;
                let method = table.cell(&row, tag::ATTACH_METHOD)?;
                methods.extend(
                    method
                        .and_then(|value| value.integer())
                        .map(|method| (row.id, method)),
                );
            }
        }
        Ok(methods)
    }

    /// All attachments.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if one of them cannot be read.
    pub fn attachments(&self) -> Result<Vec<Attachment<'p>>> {
        self.attachment_ids()?
            .into_iter()
            .map(|id| self.attachment(id))
            .collect()
    }

    /// A table whose list of rows is damaged is not a list of all.
    fn check(&self, table: &Table<'_>) -> Result<()> {
        if let Some(first) = table.damage().first() {
            return Err(crate::bytes::damaged(first));
        }
        if table.len() > self.pst.options.limits.parts {
            return Err(crate::bytes::exceeded(
                "more attachments or recipients than the limit `parts`",
            ));
        }
        Ok(())
    }
}

/// A named property.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    Absent,
    /// The identifier is used, but for something else: its type is not the specified one.
    Foreign,
    Value(Value),
}

/// The code page of strings of eight bits: of the message, else of its locale. That of the mail on the wire (0x3FDE) is another.
fn string8_page(properties: &Properties<'_>) -> Option<&'static Encoding> {
    let number = |id| {
        let value = properties.get(id).ok().flatten()?.integer()?;
        u32::try_from(value).ok().filter(|value| *value != 0)
    };
    number(tag::MESSAGE_CODE_PAGE)
        // UTF-16 cannot be the page of eight bits; such strings were seen in UTF-8.
        .map(|page| if page == 1200 { 65001 } else { page })
        .and_then(codepage::encoding)
        .or_else(|| {
            number(tag::LOCALE)
                .and_then(codepage::of_locale)
                .and_then(codepage::encoding)
        })
}

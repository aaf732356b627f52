//! Rows of the table of recipients ([MS-PST] section 2.4.5.3.1, [MS-OXOMSG] section 2.2.3).

use super::{EntryId, Message, Text};
use crate::{
    Result,
    ltp::{Kind, Row, Table, Value},
    tag,
};

/// Why somebody is a recipient.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RecipientKind {
    /// The sender, as some writers list it.
    Originator,
    /// To; of a meeting: required.
    To,
    /// Cc; of a meeting: optional.
    Cc,
    /// Bcc; of a meeting: a resource.
    Bcc,
}

/// A recipient, as the file has it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Recipient {
    /// Why it is one.
    pub kind: RecipientKind,
    /// The name to display.
    pub name: Text,
    /// The type of the address: `SMTP`, `EX`, ...
    pub address_type: String,
    /// The address, of that type.
    pub address: String,
    /// The SMTP address, where the file has it.
    pub smtp: Option<String>,
    /// Flags: 1 sendable, 2 organizer, 0x20 removed from an exception.
    pub flags: i64,
    /// The answer to a meeting: 0 none, 1 organizer, 2 tentative, 3 accepted, 4 declined, 5 not answered.
    pub status: i64,
    /// Of a report: what became of the message, as three digits of RFC 3463 (511 is 5.1.1); 0 if that is not known.
    pub status_code: i64,
    /// Of a report: what the server had to say.
    pub supplement: String,
    /// Of a report: the server that said it.
    pub remote_server: String,
}

pub(crate) fn read(message: &Message<'_>, table: &Table<'_>, row: &Row) -> Result<Recipient> {
    let text = |id| {
        table.string(row, id, |kind, data| {
            Text::read(kind == Kind::UTF16, data, message.code_page())
        })
    };
    let plain = |id| -> Result<String> { Ok(text(id)?.unwrap_or_default().text) };
    let number = |id| -> Result<i64> {
        Ok(table
            .cell(row, id)?
            .and_then(|value| value.integer())
            .unwrap_or_default())
    };
    let kind = match number(tag::RECIPIENT_TYPE)? & 0x0f {
        0 => RecipientKind::Originator,
        2 => RecipientKind::Cc,
        3 => RecipientKind::Bcc,
        _ => RecipientKind::To,
    };
    let name = match text(tag::DISPLAY_NAME)?.filter(|name| !name.text.is_empty()) {
        Some(name) => name,
        None => text(tag::RECIPIENT_NAME)?.unwrap_or(Text {
            sound: true,
            ..Text::default()
        }),
    };
    let mut recipient = Recipient {
        kind,
        name,
        address_type: plain(tag::ADDRESS_TYPE)?,
        address: plain(tag::EMAIL_ADDRESS)?,
        smtp: Some(plain(tag::SMTP_ADDRESS)?).filter(|address| !address.is_empty()),
        flags: number(tag::RECIPIENT_FLAGS)?,
        status: number(tag::RECIPIENT_STATUS)?,
        status_code: number(tag::REPORT_STATUS_CODE)?,
        supplement: plain(tag::SUPPLEMENTARY_INFO)?,
        remote_server: plain(tag::REMOTE_SERVER)?,
    };
    if recipient.address.is_empty()
        && let Some(Value::Binary(entry)) = table.cell(row, tag::ENTRY_ID)?
    {
        match EntryId::read(&entry, message.code_page()) {
            Ok(EntryId::AddressBook(name)) => {
                recipient.address = name;
                "EX".clone_into(&mut recipient.address_type);
            }
            Ok(EntryId::OneOff { kind, address, .. }) => {
                recipient.address = address;
                recipient.address_type = kind;
            }
            _ => {}
        }
    }
    Ok(recipient)
}

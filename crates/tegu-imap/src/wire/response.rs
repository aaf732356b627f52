//! Responses, typed (RFC 3501, section 7).

use bytes::Bytes;

use super::access;
use super::capability::Capabilities;
use super::code::ResponseCode;
use super::fetch::{FetchItem, flags};
use super::flags::Flags;
use super::frame::Frame;
use super::uid::{UidSet, UidValidity};
use super::value::{Cursor, Malformed, Value};
use crate::access::{AclEntry, GrantableRights, Quota, Rights};

/// One response of a server.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Response {
    /// The end of the command with this tag.
    Tagged(String, Status),
    /// An untagged OK, NO, BAD, BYE or PREAUTH.
    Untagged(Status),
    /// The server waits for more of the command. The text is a SASL challenge in base64, or free text.
    Continue(String),
    /// `CAPABILITY`
    Capability(Capabilities),
    /// `ENABLED` (RFC 5161)
    Enabled(Capabilities),
    /// `LIST`
    List(ListItem),
    /// `LSUB`
    Lsub(ListItem),
    /// `FLAGS`
    Flags(Flags),
    /// The number of messages in the selected mailbox.
    Exists(u32),
    /// The number of messages with `\Recent`.
    Recent(u32),
    /// A message is gone; the sequence numbers above it move down.
    Expunge(u32),
    /// `VANISHED` (RFC 7162): messages that were removed, and whether that was earlier (`EARLIER`).
    Vanished(bool, UidSet),
    /// `FETCH`
    Fetch(Box<FetchItem>),
    /// `STATUS` with the name as it came.
    Status(Bytes, StatusItems),
    /// `NAMESPACE` (RFC 2342): personal, other users', shared.
    Namespace([Vec<NamespaceItem>; 3]),
    /// `ID` (RFC 2971): field names and values.
    Id(Vec<(String, String)>),
    /// `ACL` (RFC 4314) with the name as it came.
    Acl(Bytes, Vec<AclEntry>),
    /// `LISTRIGHTS` (RFC 4314): the mailbox, to whom, and what.
    ListRights(Bytes, String, GrantableRights),
    /// `MYRIGHTS` (RFC 4314).
    MyRights(Bytes, Rights),
    /// `QUOTA` (RFC 9208).
    Quota(Quota),
    /// `QUOTAROOT` (RFC 9208): the mailbox, and the roots that bound it.
    QuotaRoot(Bytes, Vec<String>),
    /// An unknown or unreadable response: its octets. Skip it.
    Unknown(Bytes),
}

/// OK, NO, BAD, BYE or PREAUTH, with what follows.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// Which of them.
    pub condition: Condition,
    /// The bracketed code.
    pub code: Option<ResponseCode>,
    /// The text for people, in any language; what is not UTF-8 shows as U+FFFD.
    pub text: String,
}

/// The first word of a status response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// Done.
    Ok,
    /// Understood, but not done.
    No,
    /// Not understood.
    Bad,
    /// The server closes the connection.
    Bye,
    /// The connection is authenticated from the start.
    Preauth,
}

/// One mailbox of a `LIST` or `LSUB`.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListItem {
    /// Attributes such as `\Noselect` or `\Sent`.
    pub attributes: Vec<String>,
    /// The hierarchy delimiter; a flat name has none.
    pub delimiter: Option<char>,
    /// The name without quotes and escapes, in whatever encoding the server used.
    pub name: Bytes,
}

/// The numbers of a `STATUS` response.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct StatusItems {
    /// How many messages there are.
    pub messages: Option<u32>,
    /// The UID that the next message will get, or a larger one.
    pub uid_next: Option<u32>,
    /// UIDVALIDITY
    pub uid_validity: Option<UidValidity>,
    /// How many messages are unseen.
    pub unseen: Option<u32>,
    /// The octets of all messages (RFC 8438).
    pub size: Option<u64>,
    /// The highest modification sequence (RFC 7162).
    pub highest_mod_seq: Option<u64>,
}

/// One namespace: where its names begin, and their delimiter.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct NamespaceItem {
    /// What names begin with.
    pub prefix: String,
    /// The hierarchy delimiter.
    pub delimiter: Option<char>,
}

/// Marks a `VANISHED` that answers a command.
const EARLIER: &str = "(EARLIER)";

impl Response {
    /// Estimates how many octets of memory this response takes for a caller that collects such responses. Responses of which only the last
    /// one counts take none.
    #[cfg(feature = "client")]
    pub(crate) fn held(&self) -> usize {
        /// A value in a collection, with what the allocator adds.
        const VALUE: usize = 48;
        match self {
            Self::List(item) | Self::Lsub(item) => {
                let attributes = item.attributes.iter().map(|attribute| VALUE + attribute.len());
                // As it came, decoded, and in the set of those that came.
                4 * (VALUE + item.name.len()) + attributes.sum::<usize>()
            }
            Self::Status(name, _) => 2 * (VALUE + name.len()),
            Self::Fetch(item) => {
                let keywords = item.flags.iter().flat_map(Flags::keywords);
                let keywords: usize = keywords.map(|keyword| VALUE / 2 + keyword.len()).sum();
                size_of::<crate::snapshot::SnapshotEntry>() + keywords
            }
            Self::Vanished(_, uids) => VALUE + uids.octets(),
            Self::Enabled(names) => names.iter().map(|name| VALUE + name.len()).sum(),
            Self::Quota(quota) => {
                let resources = quota.resources.iter().map(|resource| VALUE + resource.name.len());
                VALUE + quota.root.len() + resources.sum::<usize>()
            }
            _ => 0,
        }
    }

    pub(super) fn read(frame: &Frame, nesting: usize) -> Self {
        Self::try_read(frame, nesting).unwrap_or_else(|Malformed| Self::Unknown(frame.bytes.clone()))
    }

    fn try_read(frame: &Frame, nesting: usize) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(frame, nesting);
        let tag = cursor.word();
        match tag {
            b"+" => Ok(Self::Continue(
                String::from_utf8_lossy(cursor.rest()).into_owned(),
            )),
            b"*" => {
                let word = cursor.word();
                match number(word) {
                    Some(number) => Self::numbered(number, frame, &mut cursor),
                    None => Self::named(word, &mut cursor),
                }
            }
            _ => {
                let word = cursor.word();
                let condition = Condition::read(word)
                    .filter(|word| matches!(word, Condition::Ok | Condition::No | Condition::Bad));
                let tag = String::from_utf8(tag.to_vec()).map_err(|_| Malformed)?;
                Ok(Self::Tagged(
                    tag,
                    Status::read(condition.ok_or(Malformed)?, &mut cursor),
                ))
            }
        }
    }

    fn numbered(number: u32, frame: &Frame, cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let word = cursor.word();
        let is = |known: &[u8]| word.eq_ignore_ascii_case(known);
        if is(b"FETCH") {
            Ok(Self::Fetch(Box::new(FetchItem::read(number, frame, cursor)?)))
        } else if is(b"EXISTS") {
            Ok(Self::Exists(number))
        } else if is(b"RECENT") {
            Ok(Self::Recent(number))
        } else if is(b"EXPUNGE") {
            Ok(Self::Expunge(number))
        } else {
            Err(Malformed)
        }
    }

    fn named(word: &[u8], cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        if let Some(condition) = Condition::read(word) {
            return Ok(Self::Untagged(Status::read(condition, cursor)));
        }
        let word = word.to_ascii_uppercase();
        match word.as_slice() {
            b"CAPABILITY" => Ok(Self::Capability(capabilities(cursor))),
            b"ENABLED" => Ok(Self::Enabled(capabilities(cursor))),
            b"LIST" => Ok(Self::List(ListItem::read(cursor)?)),
            b"LSUB" => Ok(Self::Lsub(ListItem::read(cursor)?)),
            b"FLAGS" => Ok(Self::Flags(flags(cursor.value()?.list().ok_or(Malformed)?)?)),
            b"STATUS" => StatusItems::read(cursor),
            b"VANISHED" => vanished(cursor),
            b"ACL" => access::acl(cursor).map(|(mailbox, entries)| Self::Acl(mailbox, entries)),
            b"LISTRIGHTS" => access::list_rights(cursor)
                .map(|(mailbox, whom, rights)| Self::ListRights(mailbox, whom, rights)),
            b"MYRIGHTS" => access::my_rights(cursor).map(|(mailbox, rights)| Self::MyRights(mailbox, rights)),
            b"QUOTA" => access::quota(cursor).map(Self::Quota),
            b"QUOTAROOT" => {
                access::quota_root(cursor).map(|(mailbox, roots)| Self::QuotaRoot(mailbox, roots))
            }
            b"NAMESPACE" => {
                let [personal, others, shared] = [cursor.value()?, cursor.value()?, cursor.value()?];
                Ok(Self::Namespace([
                    namespaces(&personal),
                    namespaces(&others),
                    namespaces(&shared),
                ]))
            }
            b"ID" => {
                let fields = cursor.value()?;
                let pairs = fields.list().unwrap_or_default().chunks_exact(2);
                let field = |pair: &[Value<'_>]| match pair {
                    [name, value] => Some((name.nstring()?.into_owned(), value.nstring()?.into_owned())),
                    _ => None,
                };
                Ok(Self::Id(pairs.filter_map(field).collect()))
            }
            _ => Err(Malformed),
        }
    }
}

impl Status {
    fn read(condition: Condition, cursor: &mut Cursor<'_>) -> Self {
        let text = String::from_utf8_lossy(cursor.rest());
        let (code, text) = ResponseCode::split(text.trim_start());
        Self {
            condition,
            code,
            text: text.trim_end().to_owned(),
        }
    }
}

impl Condition {
    fn read(word: &[u8]) -> Option<Self> {
        match word.to_ascii_uppercase().as_slice() {
            b"OK" => Some(Self::Ok),
            b"NO" => Some(Self::No),
            b"BAD" => Some(Self::Bad),
            b"BYE" => Some(Self::Bye),
            b"PREAUTH" => Some(Self::Preauth),
            _ => None,
        }
    }
}

impl ListItem {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Malformed> {
        let (attributes, delimiter, name) = (cursor.value()?, cursor.value()?, cursor.value()?);
        let attributes = attributes.list().ok_or(Malformed)?;
        Ok(Self {
            attributes: attributes
                .iter()
                .filter_map(|value| Some(value.text()?.into_owned()))
                .collect(),
            delimiter: delimiter_of(&delimiter),
            name: Bytes::copy_from_slice(name.octets().ok_or(Malformed)?),
        })
    }
}

impl StatusItems {
    fn read(cursor: &mut Cursor<'_>) -> Result<Response, Malformed> {
        let (name, list) = (cursor.value()?, cursor.value()?);
        let mut items = Self::default();
        let (pairs, _) = list.list().ok_or(Malformed)?.as_chunks::<2>();
        for [item, value] in pairs {
            match item.octets().unwrap_or_default().to_ascii_uppercase().as_slice() {
                b"MESSAGES" => items.messages = value.number(),
                b"UIDNEXT" => items.uid_next = value.number(),
                b"UIDVALIDITY" => items.uid_validity = value.number().map(UidValidity::new),
                b"UNSEEN" => items.unseen = value.number(),
                b"SIZE" => items.size = value.number(),
                b"HIGHESTMODSEQ" => items.highest_mod_seq = value.number(),
                _ => {}
            }
        }
        Ok(Response::Status(
            Bytes::copy_from_slice(name.octets().ok_or(Malformed)?),
            items,
        ))
    }
}

fn vanished(cursor: &mut Cursor<'_>) -> Result<Response, Malformed> {
    let text = std::str::from_utf8(cursor.rest()).map_err(|_| Malformed)?.trim();
    let upper = text.get(..EARLIER.len()).unwrap_or_default().to_ascii_uppercase();
    let earlier = upper == EARLIER;
    let uids = if earlier {
        text.get(EARLIER.len()..)
    } else {
        Some(text)
    };
    let uids = uids.and_then(|uids| UidSet::parse(uids.trim_start()));
    Ok(Response::Vanished(earlier, uids.ok_or(Malformed)?))
}

fn number(word: &[u8]) -> Option<u32> {
    if !word.first()?.is_ascii_digit() {
        return None;
    }
    u32::try_from(super::value::decimal(word)?).ok()
}

fn capabilities(cursor: &mut Cursor<'_>) -> Capabilities {
    Capabilities::read(&String::from_utf8_lossy(cursor.rest()))
}

fn delimiter_of(value: &Value<'_>) -> Option<char> {
    value.nstring()?.chars().next()
}

fn namespaces(value: &Value<'_>) -> Vec<NamespaceItem> {
    let item = |value: &Value<'_>| {
        let [prefix, delimiter, ..] = value.list()? else {
            return None;
        };
        Some(NamespaceItem {
            prefix: prefix.text()?.into_owned(),
            delimiter: delimiter_of(delimiter),
        })
    };
    value.list().unwrap_or_default().iter().filter_map(item).collect()
}

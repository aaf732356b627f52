//! Items as XML.

use super::attachment::body;
use super::computed;
use super::fields::{Kind, Property};
use super::item::{Attachment, Damage, Item};
use super::shape::{Base, Shape};
use super::soap::Refusal;
use super::store::LiveItem;
use super::version::Version;
use super::xml::element;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What lists leave out: FindItem and SyncFolderItems read a table, not items.
const NOT_IN_LISTS: &[&str] = &[
    "item:MimeContent",
    "item:Body",
    "item:TextBody",
    "item:Attachments",
    "item:InternetMessageHeaders",
    "message:ToRecipients",
    "message:CcRecipients",
    "message:BccRecipients",
    "message:ReplyTo",
    "calendar:RequiredAttendees",
    "calendar:OptionalAttendees",
    "calendar:Resources",
    "calendar:Recurrence",
    "calendar:FirstOccurrence",
    "calendar:LastOccurrence",
    "calendar:ModifiedOccurrences",
    "calendar:DeletedOccurrences",
    "calendar:MeetingTimeZone",
    "contacts:UserSMIMECertificate",
    "contacts:MSExchangeCertificate",
    "distributionlist:Members",
    "task:Recurrence",
];

/// An item on its way into an answer.
pub(super) struct Rendered<'a> {
    pub(super) id: &'a str,
    pub(super) change_key: String,
    pub(super) parent: &'a str,
    pub(super) item: &'a Item,
    pub(super) attachments: &'a [String],
    /// Identifiers of exceptions, and when the item last changed.
    pub(super) occurrences: &'a [String],
    pub(super) changed: u64,
    /// Its place in the folder.
    pub(super) number: u64,
    pub(super) associated: bool,
}

impl<'a> Rendered<'a> {
    pub(super) fn live(live: &'a LiveItem, parent: &'a str) -> Self {
        Self {
            id: &live.id,
            change_key: live.change_key(),
            parent,
            item: &live.item,
            attachments: &live.attachments,
            occurrences: &live.occurrences,
            changed: live.changed.max(live.read),
            number: live.number,
            associated: live.associated,
        }
    }

    /// The exception of a series.
    pub(super) fn occurrence(live: &'a LiveItem, parent: &'a str, index: usize) -> Option<Self> {
        Some(Self {
            id: live.occurrences.get(index)?,
            change_key: live.change_key(),
            parent,
            item: &live.item.occurrences.get(index)?.1,
            attachments: live.inner.get(index).map_or(&[], Vec::as_slice),
            occurrences: &[],
            changed: live.changed,
            number: live.number,
            associated: false,
        })
    }

    /// The element as a list has it.
    pub(super) fn listed(&self, shape: &Shape, version: Version) -> Result<String, Refusal> {
        self.element(shape, version, true)
    }

    /// The element as GetItem has it.
    pub(super) fn whole(&self, shape: &Shape, version: Version) -> Result<String, Refusal> {
        match self.item.damage {
            Some(Damage::Corrupt) => {
                return Err(Refusal::item("ErrorCorruptData", "The data is corrupt."));
            }
            Some(Damage::Gone) => {
                return Err(Refusal::item(
                    "ErrorItemNotFound",
                    "The specified object was not found in the store.",
                ));
            }
            Some(Damage::NoMime) if shape.mime || shape.asks("item:MimeContent") => {
                return Err(Refusal::item(
                    "ErrorMimeContentConversionFailed",
                    "MIME content conversion failed.",
                ));
            }
            _ => {}
        }
        // Later versions leave it out, or make a card of a contact, without notes and picture.
        if version < Version::Exchange2010 && shape.mime && !self.item.kind.has_mime() {
            return Err(Refusal::item(
                "ErrorUnsupportedMimeConversion",
                "The requested MIME conversion is not supported for this item type.",
            ));
        }
        self.element(shape, version, false)
    }

    fn element(&self, shape: &Shape, version: Version, list: bool) -> Result<String, Refusal> {
        let kind = self.item.kind;
        // Private lists have no element of their own in a list.
        let name = kind.element();
        let mut out = format!("<t:{name}>");
        for property in kind.properties() {
            let uri = property.uri;
            if property.since > version || list && NOT_IN_LISTS.contains(&uri) {
                continue;
            }
            if uri == "item:ExtendedProperty" {
                self.extended(shape, &mut out);
            } else if wants(shape, property)
                || uri == "item:MimeContent" && shape.mime
                || uri == "item:TextBody" && shape.asks(uri)
            {
                out.push_str(&self.property(uri, shape));
            } else if shape.base != Base::All {
                self.indexed(uri, shape, &mut out);
            }
        }
        out.push_str(&format!("</t:{name}>"));
        Ok(out)
    }

    fn property(&self, uri: &str, shape: &Shape) -> String {
        let item = self.item;
        if let Some(element) = item.fields.get(uri) {
            return element.clone();
        }
        match uri {
            "item:MimeContent" if item.kind == Kind::Contact => encoded(&card(item)),
            "item:MimeContent" if item.kind.has_mime() => encoded(item.mime.as_deref().unwrap_or_default()),
            "item:ItemId" => format!("<t:ItemId Id=\"{}\" ChangeKey=\"{}\"/>", self.id, self.change_key),
            "item:ParentFolderId" if !self.parent.is_empty() => {
                format!(
                    "<t:ParentFolderId Id=\"{}\" ChangeKey=\"AQAAAA==\"/>",
                    self.parent
                )
            }
            "item:Sensitivity" => element("Sensitivity", "Normal"),
            "item:Importance" => element("Importance", "Normal"),
            "item:Body" => body(item, "Body", &shape.body),
            "item:TextBody" => body(item, "TextBody", "Text"),
            "item:Attachments" if !item.attachments.is_empty() => {
                let list: String = item
                    .attachments
                    .iter()
                    .zip(self.attachments)
                    .map(|(attachment, id)| attachment.element(id, None))
                    .collect();
                format!("<t:Attachments>{list}</t:Attachments>")
            }
            "item:Size" => element("Size", &self.size().to_string()),
            "item:HasAttachments" => {
                let has = item.attachments.iter().any(|attachment| !attachment.inline);
                element("HasAttachments", if has { "true" } else { "false" })
            }
            "item:IsAssociated" => element("IsAssociated", if self.associated { "true" } else { "false" }),
            "item:Culture" => element("Culture", "ru-RU"),
            "item:EffectiveRights" => "<t:EffectiveRights><t:CreateAssociated>false</t:CreateAssociated>\
                 <t:CreateContents>false</t:CreateContents><t:CreateHierarchy>false</t:CreateHierarchy>\
                 <t:Delete>true</t:Delete><t:Modify>true</t:Modify><t:Read>true</t:Read></t:EffectiveRights>"
                .to_owned(),
            "item:LastModifiedTime" => element("LastModifiedTime", &moment(self.changed)),
            "item:DateTimeCreated" => element("DateTimeCreated", "2024-01-01T00:00:00Z"),
            "calendar:ModifiedOccurrences" if !item.occurrences.is_empty() => self.modified(),
            _ => self.dictionary(uri, |_| true),
        }
    }

    fn size(&self) -> usize {
        let item = self.item;
        let attached: usize = item.attachments.iter().map(Attachment::size).sum();
        item.mime
            .as_ref()
            .map_or(item.text.len() + attached + 400, Vec::len)
    }

    fn modified(&self) -> String {
        let list: String = self
            .item
            .occurrences
            .iter()
            .zip(self.occurrences)
            .map(|((original, exception), id)| {
                let time = |uri| exception.value(uri).unwrap_or_default();
                format!(
                    "<t:Occurrence><t:ItemId Id=\"{id}\" ChangeKey=\"{}\"/><t:Start>{}</t:Start><t:End>{}</t:End>\
                     <t:OriginalStart>{original}</t:OriginalStart></t:Occurrence>",
                    self.change_key,
                    time("calendar:Start"),
                    time("calendar:End")
                )
            })
            .collect();
        format!("<t:ModifiedOccurrences>{list}</t:ModifiedOccurrences>")
    }

    /// A dictionary with those of its entries whose keys are wanted; nothing if there are none.
    fn dictionary(&self, uri: &str, wanted: impl Fn(&str) -> bool) -> String {
        let entries: String = self
            .item
            .entries
            .iter()
            .filter(|(of, key, _)| *of == uri && wanted(key))
            .map(|(_, _, entry)| entry.as_str())
            .collect();
        if entries.is_empty() {
            return entries;
        }
        let name = uri.rsplit(':').next().unwrap_or(uri);
        format!("<t:{name}>{entries}</t:{name}>")
    }

    /// The entries of a dictionary that were asked for one by one.
    fn indexed(&self, uri: &str, shape: &Shape, out: &mut String) {
        let single = match uri {
            "contacts:EmailAddresses" => "contacts:EmailAddress",
            "contacts:PhoneNumbers" => "contacts:PhoneNumber",
            "contacts:ImAddresses" => "contacts:ImAddress",
            "contacts:PhysicalAddresses" => "contacts:PhysicalAddress:",
            _ => return,
        };
        out.push_str(&self.dictionary(uri, |key| {
            shape.indexed.iter().any(|(asked, index)| {
                index == key && (asked == single || single.ends_with(':') && asked.starts_with(single))
            })
        }));
    }

    fn extended(&self, shape: &Shape, out: &mut String) {
        for wanted in &shape.extended {
            let value = computed::value(self.item, &wanted.name, self.number, self.changed, self.size());
            if let Some(value) = value {
                out.push_str(&wanted.answer(&value));
            }
        }
    }
}

fn encoded(mime: &[u8]) -> String {
    format!(
        "<t:MimeContent CharacterSet=\"UTF-8\">{}</t:MimeContent>",
        STANDARD.encode(mime)
    )
}

fn card(contact: &Item) -> Vec<u8> {
    let value = |uri| contact.value(uri).unwrap_or_default();
    format!(
        "BEGIN:VCARD\r\nPROFILE:VCARD\r\nVERSION:3.0\r\nMAILER:Microsoft Exchange\r\nPRODID:Microsoft Exchange\r\n\
         FN:{}\r\nN:{};{};;;\r\nORG:{};{}\r\nTITLE:{}\r\nEND:VCARD\r\n",
        value("contacts:DisplayName"),
        value("contacts:Surname"),
        value("contacts:GivenName"),
        value("contacts:CompanyName"),
        value("contacts:Department"),
        value("contacts:JobTitle"),
    )
    .into_bytes()
}

/// A time for a change that has none of its own.
pub(super) fn moment(clock: u64) -> String {
    let second = clock % 60;
    let minute = clock / 60 % 60;
    let hour = clock / 3600 % 24;
    let day = clock / 86_400 % 28 + 1;
    format!("2024-06-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn wants(shape: &Shape, property: &Property) -> bool {
    let uri = property.uri;
    let listed = match shape.base {
        Base::IdOnly => uri == "item:ItemId",
        Base::Default => property.default,
        Base::All => !matches!(uri, "item:MimeContent" | "item:TextBody"),
    };
    listed || shape.asks(uri)
}

//! What is asked of items of each kind.

use super::Kind;
use crate::{
    Version,
    request::{BodyType, ExtendedField, ItemShape},
};
use Version::{Exchange2007Sp1 as E2007, Exchange2010 as E2010, Exchange2013 as E2013};

/// What every item says of itself.
const COMMON: [(&str, Version); 9] = [
    ("item:ItemClass", E2007),
    ("item:Subject", E2007),
    ("item:Sensitivity", E2007),
    ("item:Importance", E2007),
    ("item:Categories", E2007),
    ("item:Size", E2007),
    ("item:DateTimeCreated", E2007),
    ("item:DateTimeReceived", E2007),
    ("item:LastModifiedTime", E2010),
];

const MAIL: [(&str, Version); 4] = [
    ("item:IsDraft", E2007),
    ("message:IsRead", E2007),
    ("message:InternetMessageId", E2007),
    ("item:Flag", E2013),
];

/// Message flags, last verb, flag status, and the UID by which IMAP knows the item.
const MAIL_EXTENDED: [u16; 4] = [0x0e07, 0x1081, 0x1090, 0x0e23];

impl ItemShape {
    /// Returns what is asked of items of this kind.
    #[must_use]
    pub fn of(kind: Kind, version: Version) -> Self {
        let mut shape = Self {
            fields: COMMON.to_vec(),
            ..Self::default()
        };
        match kind {
            Kind::Mail => {
                shape.mime = true;
                shape.fields.extend(MAIL);
                shape
                    .extended
                    .extend(MAIL_EXTENDED.map(|tag| ExtendedField::Tag(tag, "Integer")));
                return shape;
            }
            Kind::Other => return shape,
            _ => {}
        }
        shape.fields.push(("item:Attachments", E2007));
        shape.fields.push(("item:Body", E2007));
        // From 2013 on both forms of the text come at once.
        shape.body = Some(if version >= E2013 {
            BodyType::Html
        } else {
            BodyType::Text
        });
        shape.fields.push(("item:TextBody", E2013));
        shape
    }
}

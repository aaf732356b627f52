//! What to say of each folder and item.

use crate::{Version, xml::write::Writer};

/// What to say of a folder.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum FolderShape {
    /// Names, classes, numbers and the like.
    #[default]
    Facts,
    /// The facts, and who may do what.
    Permissions,
    /// The facts, and which mailboxes hold the contents of public folders.
    Replicas,
}

/// How bodies are returned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BodyType {
    /// As HTML.
    Html,
    /// As plain text.
    Text,
}

/// A property of MAPI that is no element of the schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExtendedField {
    /// By its tag, with the name of its type.
    Tag(u16, &'static str),
    /// By a distinguished set and a number in it, with the name of its type.
    Named(&'static str, u32, &'static str),
    /// By the GUID of a set and a number in it, with the name of its type.
    Set(&'static str, u32, &'static str),
}

/// What to say of an item.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct ItemShape {
    /// With all properties that the schema calls by that name, and not only those that are listed.
    pub all: bool,
    /// With the MIME content.
    pub mime: bool,
    /// With the body in this form.
    pub body: Option<BodyType>,
    /// Properties by their names in the schema, with the version that brought each.
    pub fields: Vec<(&'static str, Version)>,
    /// Entries of dictionaries: the property, and the key of the entry.
    pub indexed: Vec<(&'static str, &'static str)>,
    /// Properties of MAPI.
    pub extended: Vec<ExtendedField>,
}

const HIDDEN: ExtendedField = ExtendedField::Tag(0x10f4, "Boolean");
/// Octets of all items.
const FOLDER_SIZE: ExtendedField = ExtendedField::Tag(0x0e08, "Long");

/// Where the contents of a public folder are.
const REPLICAS: ExtendedField = ExtendedField::Tag(0x6698, "Binary");

pub(super) fn folder(shape: FolderShape, version: Version, xml: &mut Writer) {
    xml.open("m:FolderShape", &[])
        .text("t:BaseShape", "IdOnly")
        .open("t:AdditionalProperties", &[]);
    let fields = [
        ("folder:ParentFolderId", Version::Exchange2007Sp1),
        ("folder:FolderClass", Version::Exchange2007Sp1),
        ("folder:DisplayName", Version::Exchange2007Sp1),
        ("folder:TotalCount", Version::Exchange2007Sp1),
        ("folder:ChildFolderCount", Version::Exchange2007Sp1),
        ("folder:DistinguishedFolderId", Version::Exchange2013),
    ];
    for (name, since) in fields {
        if version >= since {
            xml.empty("t:FieldURI", &[("FieldURI", name)]);
        }
    }
    if shape == FolderShape::Permissions {
        xml.empty("t:FieldURI", &[("FieldURI", "folder:PermissionSet")]);
    }
    extended(HIDDEN, xml);
    extended(FOLDER_SIZE, xml);
    if shape == FolderShape::Replicas {
        extended(REPLICAS, xml);
    }
    xml.close().close();
}

pub(super) fn item(name: &'static str, shape: &ItemShape, version: Version, xml: &mut Writer) {
    let base = if shape.all { "AllProperties" } else { "IdOnly" };
    xml.open(name, &[]).text("t:BaseShape", base);
    xml.text("t:IncludeMimeContent", if shape.mime { "true" } else { "false" });
    match shape.body {
        Some(BodyType::Html) => {
            xml.text("t:BodyType", "HTML");
        }
        Some(BodyType::Text) => {
            xml.text("t:BodyType", "Text");
        }
        None => {}
    }
    let known = shape.fields.iter().filter(|(_, since)| version >= *since);
    let mut known = known.peekable();
    if known.peek().is_none() && shape.indexed.is_empty() && shape.extended.is_empty() {
        xml.close();
        return;
    }
    xml.open("t:AdditionalProperties", &[]);
    for (name, _) in known {
        xml.empty("t:FieldURI", &[("FieldURI", name)]);
    }
    for (name, key) in &shape.indexed {
        xml.empty("t:IndexedFieldURI", &[("FieldURI", name), ("FieldIndex", key)]);
    }
    for field in &shape.extended {
        extended(*field, xml);
    }
    xml.close().close();
}

fn extended(field: ExtendedField, xml: &mut Writer) {
    match field {
        ExtendedField::Tag(tag, kind) => {
            let tag = format!("{tag:#06x}");
            xml.empty(
                "t:ExtendedFieldURI",
                &[("PropertyTag", &tag), ("PropertyType", kind)],
            );
        }
        ExtendedField::Named(set, id, kind) => {
            let id = id.to_string();
            let attributes = [
                ("DistinguishedPropertySetId", set),
                ("PropertyId", &id),
                ("PropertyType", kind),
            ];
            xml.empty("t:ExtendedFieldURI", &attributes);
        }
        ExtendedField::Set(set, id, kind) => {
            let id = id.to_string();
            let attributes = [
                ("PropertySetId", set),
                ("PropertyId", &id),
                ("PropertyType", kind),
            ];
            xml.empty("t:ExtendedFieldURI", &attributes);
        }
    }
}

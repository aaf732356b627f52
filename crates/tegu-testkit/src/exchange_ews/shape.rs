//! What a request wants to know of an item or a folder.

use super::fields::property;
use super::item::{Extended, ExtendedName};
use super::soap::Refusal;
use super::version::Version;
use super::xml::{Element, escape};
use base64::{Engine as _, engine::general_purpose::STANDARD};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Base {
    IdOnly,
    Default,
    All,
}

#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) base: Base,
    pub(super) mime: bool,
    /// `HTML`, `Text` or `Best`.
    pub(super) body: String,
    pub(super) uris: Vec<String>,
    pub(super) indexed: Vec<(String, String)>,
    pub(super) extended: Vec<Wanted>,
}

/// An extended property that is asked for: its element, and what it means.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) element: String,
    pub(super) name: ExtendedName,
}

impl Shape {
    pub(super) fn id_only() -> Self {
        Self {
            base: Base::IdOnly,
            mime: false,
            body: "Best".to_owned(),
            uris: Vec::new(),
            indexed: Vec::new(),
            extended: Vec::new(),
        }
    }

    pub(super) fn read(shape: Option<&Element>, version: Version) -> Result<Self, Refusal> {
        let mut this = Self::id_only();
        let Some(shape) = shape else {
            return Ok(this);
        };
        this.base = match shape.text_at(&["BaseShape"]) {
            None | Some("IdOnly") => Base::IdOnly,
            Some("Default") => Base::Default,
            Some("AllProperties") => Base::All,
            Some(_) => return Err(Refusal::schema()),
        };
        this.mime = shape.text_at(&["IncludeMimeContent"]) == Some("true");
        if let Some(body) = shape.text_at(&["BodyType"]) {
            body.clone_into(&mut this.body);
        }
        let more = shape.child("AdditionalProperties");
        for path in more.iter().flat_map(|more| &more.children) {
            match (path.name.as_str(), path.attribute("FieldURI")) {
                ("FieldURI", Some(uri)) => {
                    if property(uri).is_some_and(|known| known.since > version) {
                        return Err(Refusal::item(
                            "ErrorInvalidPropertyRequest",
                            "The property can not be used with this version of the request.",
                        ));
                    }
                    this.uris.push(uri.to_owned());
                }
                ("IndexedFieldURI", Some(uri)) => {
                    let key = path.attribute("FieldIndex").unwrap_or_default();
                    this.indexed.push((uri.to_owned(), key.to_owned()));
                }
                ("ExtendedFieldURI", _) => this
                    .extended
                    .push(Wanted::read(path).ok_or_else(Refusal::schema)?),
                _ => return Err(Refusal::schema()),
            }
        }
        Ok(this)
    }

    pub(super) fn asks(&self, uri: &str) -> bool {
        self.uris.iter().any(|asked| asked == uri)
    }
}

/// The property sets that have names, and their GUIDs.
const SETS: [(&str, &str); 10] = [
    ("Meeting", "6ed8da90-450b-101b-98da-00aa003f1305"),
    ("Appointment", "00062002-0000-0000-c000-000000000046"),
    ("Common", "00062008-0000-0000-c000-000000000046"),
    ("PublicStrings", "00020329-0000-0000-c000-000000000046"),
    ("Address", "00062004-0000-0000-c000-000000000046"),
    ("InternetHeaders", "00020386-0000-0000-c000-000000000046"),
    ("CalendarAssistant", "11000e07-b51b-40d6-af21-caa85edab1d0"),
    ("UnifiedMessaging", "4442858e-a9e3-4e80-b900-317a210cc15b"),
    ("Task", "00062003-0000-0000-c000-000000000046"),
    ("Sharing", "00062040-0000-0000-c000-000000000046"),
];

/// A set by its GUID, whichever way it is named.
pub(super) fn set(name: &str) -> String {
    let found = SETS.iter().find(|(known, _)| *known == name);
    found.map_or_else(|| name.to_ascii_lowercase(), |(_, guid)| (*guid).to_owned())
}

impl Wanted {
    pub(super) fn read(path: &Element) -> Option<Self> {
        let name = if let Some(tag) = path.attribute("PropertyTag") {
            let number = match tag.strip_prefix("0x").or_else(|| tag.strip_prefix("0X")) {
                Some(digits) => u16::from_str_radix(digits, 16).ok()?,
                None => tag.parse().ok()?,
            };
            ExtendedName::Tag(number)
        } else {
            let set = path
                .attribute("DistinguishedPropertySetId")
                .or_else(|| path.attribute("PropertySetId"))
                .map(set)?;
            match (path.attribute("PropertyId"), path.attribute("PropertyName")) {
                (Some(number), _) => ExtendedName::Number(set, number.parse().ok()?),
                (None, Some(name)) => ExtendedName::Text(set, name.to_owned()),
                (None, None) => return None,
            }
        };
        path.attribute("PropertyType")?;
        let mut element = String::from("<t:ExtendedFieldURI");
        for (name, value) in &path.attributes {
            if name != "xmlns" {
                element.push_str(&format!(" {name}=\"{}\"", escape(value)));
            }
        }
        element.push_str("/>");
        Some(Self { element, name })
    }

    /// The element that answers.
    pub(super) fn answer(&self, value: &Extended) -> String {
        let value = match value {
            Extended::Texts(texts) => {
                let texts: String = texts
                    .iter()
                    .map(|text| format!("<t:Value>{}</t:Value>", escape(text)))
                    .collect();
                format!("<t:Values>{texts}</t:Values>")
            }
            single => format!("<t:Value>{}</t:Value>", escape(&single.text())),
        };
        format!("<t:ExtendedProperty>{}{value}</t:ExtendedProperty>", self.element)
    }
}

impl Extended {
    /// As it stands in XML, before it is escaped.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Boolean(yes) => yes.to_string(),
            Self::Text(text) | Self::Time(text) => text.clone(),
            Self::Binary(octets) => STANDARD.encode(octets),
            Self::Texts(texts) => texts.join(";"),
        }
    }
}

//! Properties of MAPI in answers.

use crate::xml::Element;

/// Which property.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Key {
    /// By its tag.
    Tag(u16),
    /// By a number in a set, which is given by its name or its GUID in lower case.
    Named(String, u32),
}

/// All properties of an element that have one value.
pub(crate) fn all(element: Element<'_>) -> Vec<(Key, String)> {
    let properties = element
        .children()
        .filter(|child| child.name() == "ExtendedProperty");
    properties
        .filter_map(|property| {
            let field = property.child("ExtendedFieldURI")?;
            let value = property.child("Value")?.text().to_owned();
            let key = match field.attribute("PropertyTag") {
                Some(tag) => Key::Tag(number(tag)?),
                None => {
                    let set = field
                        .attribute("DistinguishedPropertySetId")
                        .or_else(|| field.attribute("PropertySetId"))?;
                    Key::Named(
                        set.to_ascii_lowercase(),
                        field.attribute("PropertyId")?.parse().ok()?,
                    )
                }
            };
            Some((key, value))
        })
        .collect()
}

/// A tag is written in decimal or as `0x...`.
fn number(text: &str) -> Option<u16> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The text of one property by its tag.
pub(crate) fn tag(element: Element<'_>, tag: u16) -> Option<String> {
    all(element)
        .into_iter()
        .find(|(key, _)| *key == Key::Tag(tag))
        .map(|(_, text)| text)
}

//! The little XML that the stand-in needs: requests as trees, answers as text.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

pub(super) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(super) const MESSAGES: &str = "http://schemas.microsoft.com/exchange/services/2006/messages";
pub(super) const TYPES: &str = "http://schemas.microsoft.com/exchange/services/2006/types";

/// Elements may nest this deep in a request.
const DEPTH: usize = 64;

/// An element of a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Self>,
    pub(super) text: String,
}

impl Element {
    /// The root of a document, or why it is none.
    pub(super) fn read(octets: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(octets).map_err(|error| error.to_string())?;
        let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
        let mut open = vec![Self::default()];
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
            let namespace = match namespace {
                ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
                _ => String::new(),
            };
            match event {
                Event::Start(start) => {
                    if open.len() > DEPTH {
                        return Err("too deep".to_owned());
                    }
                    open.push(Self::begin(namespace, &start)?);
                }
                Event::Empty(start) => {
                    let element = Self::begin(namespace, &start)?;
                    last(&mut open)?.children.push(element);
                }
                Event::End(_) => {
                    let element = open.pop().ok_or("an end without a start")?;
                    last(&mut open)?.children.push(element);
                }
                Event::Text(text) => {
                    let text = text.xml_content(XmlVersion::Implicit1_0);
                    last(&mut open)?.text.push_str(&text);
                }
                Event::CData(text) => {
                    let text = text.xml_content(XmlVersion::Implicit1_0);
                    last(&mut open)?.text.push_str(&text);
                }
                Event::GeneralRef(reference) => {
                    let parent = last(&mut open)?;
                    match reference.resolve_char_ref().map_err(|error| error.to_string())? {
                        Some(char) => parent.text.push(char),
                        None => {
                            let text = quick_xml::escape::resolve_predefined_entity(&reference);
                            parent.text.push_str(text.ok_or("an unknown entity")?);
                        }
                    }
                }
                Event::DocType(_) => return Err("a document type".to_owned()),
                Event::Eof => break,
                _ => {}
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mut document), true) if document.children.len() == 1 => {
                document.children.pop().ok_or_else(|| "no root".to_owned())
            }
            _ => Err("not one whole document".to_owned()),
        }
    }

    fn begin(namespace: String, start: &BytesStart<'_>) -> Result<Self, String> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| error.to_string())?;
            let name = attribute.key.local_name().as_ref().to_owned();
            attributes.push((name, value.into_owned()));
        }
        Ok(Self {
            namespace,
            name: start.local_name().as_ref().to_owned(),
            attributes,
            ..Self::default()
        })
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The element at the end of a path of names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text at the end of a path of names.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|element| element.text.trim())
    }

    /// An attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

fn last(open: &mut [Element]) -> Result<&mut Element, String> {
    open.last_mut().ok_or_else(|| "an end without a start".to_owned())
}

/// Text as it stands between tags or in an attribute. What XML 1.0 forbids is written as a character reference, as Exchange does.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(char),
            '\r' => out.push_str("&#xD;"),
            char if (char as u32) < 0x20 || matches!(char, '\u{fffe}' | '\u{ffff}') => {
                out.push_str(&format!("&#x{:X};", char as u32));
            }
            char => out.push(char),
        }
    }
    out
}

/// `<t:NAME>TEXT</t:NAME>`
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<t:{name}>{}</t:{name}>", escape(text))
}

/// The text of an element that holds nothing else, as [`element`] wrote it.
pub(super) fn inner_text(element: &str) -> Option<String> {
    let (_, rest) = element.split_once('>')?;
    let (text, _) = rest.rsplit_once("</")?;
    if text.contains('<') {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = after.split_once(';')?;
        match name {
            "amp" => out.push('&'),
            "lt" => out.push('<'),
            "gt" => out.push('>'),
            "quot" => out.push('"'),
            name => {
                let number = u32::from_str_radix(name.strip_prefix("#x")?, 16).ok()?;
                out.push(char::from_u32(number)?);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

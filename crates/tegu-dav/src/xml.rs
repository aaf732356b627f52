//! Answers in XML: a small tree, with document types refused and sizes bounded.

use quick_xml::XmlVersion;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use crate::error::{Error, ErrorKind, Result};

pub(crate) const DAV: &str = "DAV:";
pub(crate) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
pub(crate) const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";

/// Bounds on one document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) elements: usize,
    /// Elements within elements.
    pub(crate) depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            elements: 1_000_000,
            depth: 32,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

impl Element {
    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    pub(crate) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    pub(crate) fn has(&self, namespace: &str, name: &str) -> bool {
        self.child(namespace, name).is_some()
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Looks through the whole tree; its depth is bounded.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            Some(self)
        } else {
            self.children.iter().find_map(|c| c.find(name))
        }
    }
}

/// Reads a document into its root element.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Element> {
    let wrong = |why: String| Error::new(ErrorKind::Protocol, why).doing("read", "an XML response");
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("not UTF-8".into()))?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    loop {
        let (resolved, event) = reader
            .read_resolved_event()
            .map_err(|e| wrong("not well formed".into()).with_source(e))?;
        let namespace = match resolved {
            ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
            _ => Default::default(),
        };
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                count += 1;
                if count > limits.elements {
                    return Err(crate::line::limit("an XML response", "max_xml_elements"));
                }
                if open.len() >= limits.depth {
                    return Err(crate::line::limit("an XML response", "max_xml_depth"));
                }
                let mut element = Element {
                    namespace,
                    name: start.local_name().as_ref().to_owned(),
                    ..Element::default()
                };
                for attribute in start.attributes().take(16).flatten() {
                    let key = attribute.key.local_name().as_ref().to_owned();
                    element.attributes.push((key, attribute.value.to_string()));
                }
                if matches!(event, Event::Start(_)) {
                    open.push(element);
                } else if let Some(root) = place(element, &mut open) {
                    return Ok(root);
                }
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(|| wrong("an end without a start".into()))?;
                if let Some(root) = place(element, &mut open) {
                    return Ok(root);
                }
            }
            Event::Text(text) => push(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(data) => push(&mut open, &data.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => {
                let c = match &*reference {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => reference
                        .resolve_char_ref()
                        .ok()
                        .flatten()
                        .ok_or_else(|| wrong("an entity that XML does not define".into()))?,
                };
                push(&mut open, c.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return Err(wrong("a document type, which no WebDAV answer has".into())),
            Event::Eof => return Err(wrong("it ends too early".into())),
            _ => {}
        }
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Puts a finished element into its parent; gives it back if it has none.
fn place(element: Element, open: &mut [Element]) -> Option<Element> {
    match open.last_mut() {
        Some(parent) => {
            parent.children.push(element);
            None
        }
        None => Some(element),
    }
}

/// One `response` of a multistatus, with the properties of its successful `propstat`s.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) href: String,
    /// The HTTP status of the resource as a whole, where it has one.
    pub(crate) status: Option<u16>,
    pub(crate) props: Vec<Element>,
}

impl Response {
    pub(crate) fn prop(&self, namespace: &str, name: &str) -> Option<&Element> {
        self.props.iter().find(|prop| prop.is(namespace, name))
    }

    /// The entity tag, if the server has one.
    pub(crate) fn etag(&self) -> Option<String> {
        let etag = self.prop(DAV, "getetag")?.text.trim();
        Some(etag.to_owned()).filter(|etag| !etag.is_empty())
    }
}

/// The responses of a multistatus (RFC 4918 section 13) that are not failures themselves.
pub(crate) fn multistatus(bytes: &[u8], limits: &Limits) -> Result<Vec<Response>> {
    let (mut responses, _) = answers(bytes, limits)?;
    responses.retain(|response| response.status.is_none_or(|status| status / 100 == 2));
    Ok(responses)
}

/// All responses of a multistatus, and its sync token (RFC 6578 section 6.4).
pub(crate) fn answers(bytes: &[u8], limits: &Limits) -> Result<(Vec<Response>, Option<String>)> {
    let root = parse(bytes, limits)?;
    if !root.is(DAV, "multistatus") {
        return Err(Error::new(
            ErrorKind::Protocol,
            format_args!("{} instead of multistatus", root.name),
        )
        .doing("read", "an XML response"));
    }
    let token = root
        .child(DAV, "sync-token")
        .map(|token| token.text.trim().to_owned())
        .filter(|token| !token.is_empty());
    let mut out = Vec::new();
    for response in root
        .children
        .into_iter()
        .filter(|child| child.is(DAV, "response"))
    {
        let Some(href) = response
            .child(DAV, "href")
            .map(|href| href.text.trim().to_owned())
        else {
            continue;
        };
        let status = response
            .child(DAV, "status")
            .and_then(|status| code(&status.text));
        let mut props = Vec::new();
        for propstat in response
            .children
            .into_iter()
            .filter(|child| child.is(DAV, "propstat"))
        {
            if propstat
                .child(DAV, "status")
                .is_none_or(|status| succeeded(&status.text))
            {
                let found = propstat
                    .children
                    .into_iter()
                    .filter(|child| child.is(DAV, "prop"));
                props.extend(found.flat_map(|prop| prop.children));
            }
        }
        out.push(Response { href, status, props });
    }
    Ok((out, token))
}

fn succeeded(status: &str) -> bool {
    code(status).is_some_and(|code| code / 100 == 2)
}

/// Returns the code in `HTTP/1.1 200 OK`. A line in another form counts as a failure.
fn code(status: &str) -> Option<u16> {
    let code = status.split_whitespace().nth(1).filter(|code| code.len() == 3);
    Some(code.and_then(|code| code.parse().ok()).unwrap_or(500))
}

/// Text for an element's content.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Reads bytes as a multistatus, for the fuzz target.
#[cfg(fuzzing)]
pub fn fuzz_multistatus(bytes: &[u8]) {
    let _ = multistatus(bytes, &Limits::default());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
        <d:response><d:href>/a&amp;b</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag>
        <c:calendar-data><![CDATA[X]]>&#65;</c:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
        <d:propstat><d:prop><d:displayname/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
        <d:response><d:href>/gone</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response></d:multistatus>"#;

    #[test]
    fn responses_with_what_succeeded() {
        let responses = multistatus(ANSWER.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(responses.len(), 1);
        assert_eq!(responses[0].href, "/a&b");
        assert_eq!(responses[0].prop(CALDAV, "calendar-data").unwrap().text, "XA");
        assert!(responses[0].prop(DAV, "displayname").is_none());
    }

    #[test]
    fn hostile_answers() {
        let deep = "<a>".repeat(1000);
        for (text, kind) in [
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", ErrorKind::Protocol),
            ("<a>&x;</a>", ErrorKind::Protocol),
            ("<a>", ErrorKind::Protocol),
            ("<a></b>", ErrorKind::Protocol),
            ("", ErrorKind::Protocol),
            (&deep, ErrorKind::Limit),
            ("<multistatus/>", ErrorKind::Protocol),
        ] {
            assert_eq!(
                multistatus(text.as_bytes(), &Limits::default())
                    .unwrap_err()
                    .kind(),
                kind,
                "{text:.40}"
            );
        }
        let limits = Limits {
            elements: 3,
            ..Limits::default()
        };
        assert_eq!(
            multistatus(ANSWER.as_bytes(), &limits).unwrap_err().kind(),
            ErrorKind::Limit
        );
    }
}

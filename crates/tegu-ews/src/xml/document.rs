//! The kept text of an answer as a tree in one piece of memory.

use super::{broken, is_allowed, limit};
use crate::{Limits, Result, xml::Raw};
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use std::borrow::Cow;

/// What stands for a character that XML forbids or that could not be read.
const REPLACEMENT: char = '\u{fffd}';
/// Octets of a reference in an attribute, without `&` and `;`.
const LONGEST_REFERENCE: usize = 12;

#[derive(Debug)]
struct Node<'a> {
    name: &'a str,
    text: Cow<'a, str>,
    /// Characters of the text and of attributes that were replaced.
    replaced: u32,
    attributes: std::ops::Range<u32>,
    /// The number behind the last node of this subtree.
    end: u32,
}

/// A document whose elements are found by their local names. Characters that XML 1.0 forbids were replaced, and are counted on
/// the element that holds them.
#[derive(Debug)]
pub struct Document<'a> {
    nodes: Vec<Node<'a>>,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
}

/// An element of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub struct Element<'d> {
    document: &'d Document<'d>,
    node: &'d Node<'d>,
    index: u32,
}

impl Raw {
    /// Returns the text to make a [`Document`] of. Octets that are no UTF-8 are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        match std::str::from_utf8(&self.text) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(&self.text),
        }
    }
}

impl<'a> Document<'a> {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// Kind [`Malformed`](crate::ErrorKind::Malformed) if it is not well formed, which is retryable if it just ends too early;
    /// [`Limit`](crate::ErrorKind::Limit) if it exceeds one.
    pub fn parse(text: &'a str, limits: &Limits) -> Result<Self> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let mut reader = Reader::from_str(text);
        let mut document = Self {
            nodes: Vec::new(),
            attributes: Vec::new(),
        };
        let mut open: Vec<usize> = Vec::new();
        loop {
            let event = reader
                .read_event()
                .map_err(|error| broken("it is not well formed").with_source(error))?;
            match event {
                Event::Start(start) => {
                    if open.len() >= limits.depth {
                        return Err(limit("depth"));
                    }
                    open.push(document.begin(text, &start, limits)?);
                }
                Event::Empty(start) => {
                    let index = document.begin(text, &start, limits)?;
                    document.close(index);
                    if open.is_empty() {
                        return Ok(document);
                    }
                }
                Event::End(_) => {
                    let index = open.pop().ok_or_else(|| broken("an end without a start"))?;
                    document.close(index);
                    if open.is_empty() {
                        return Ok(document);
                    }
                }
                Event::Text(piece) => document.push(open.last(), piece.into_inner()),
                Event::CData(piece) => document.push(open.last(), piece.into_inner()),
                Event::GeneralRef(reference) => {
                    let (character, replaced) = resolve(&reference);
                    document.reference(open.last(), character, replaced);
                }
                Event::DocType(_) => return Err(broken("a document type, which no answer has")),
                Event::Eof => return Err(broken("it ends too early").retryable(true)),
                _ => {}
            }
        }
    }

    fn begin(&mut self, text: &'a str, start: &BytesStart<'a>, limits: &Limits) -> Result<usize> {
        if self.nodes.len() >= limits.elements {
            return Err(limit("elements"));
        }
        let name =
            within(text, start.local_name().into_inner()).ok_or_else(|| broken("a name is missing"))?;
        if name.len() > limits.name {
            return Err(limit("name"));
        }
        let first = self.attributes.len();
        let mut replaced = 0;
        for attribute in start.html_attributes().flatten() {
            if self.attributes.len() - first >= limits.attributes {
                return Err(limit("attributes"));
            }
            let Some(key) = within(text, attribute.key.local_name().into_inner()) else {
                continue;
            };
            let value = match within(text, &attribute.value) {
                Some(value) if !value.contains('&') => clean(value.into(), &mut replaced),
                Some(value) => Cow::Owned(unescape_all(value, &mut replaced)),
                None => continue,
            };
            self.attributes.push((key, value));
        }
        let range = index(first)..index(self.attributes.len());
        self.nodes.push(Node {
            name,
            text: Cow::Borrowed(""),
            replaced,
            attributes: range,
            end: 0,
        });
        Ok(self.nodes.len() - 1)
    }

    fn close(&mut self, at: usize) {
        let end = index(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(at) {
            node.end = end;
        }
    }

    fn push(&mut self, open: Option<&usize>, piece: Cow<'a, str>) {
        let Some(node) = open.and_then(|at| self.nodes.get_mut(*at)) else {
            return;
        };
        let piece = clean(piece, &mut node.replaced);
        if node.text.is_empty() {
            node.text = piece;
        } else {
            node.text.to_mut().push_str(&piece);
        }
    }

    fn reference(&mut self, open: Option<&usize>, character: char, replaced: bool) {
        if let Some(node) = open.and_then(|at| self.nodes.get_mut(*at)) {
            node.text.to_mut().push(character);
            node.replaced += u32::from(replaced);
        }
    }

    /// Returns the outermost element.
    #[must_use]
    pub fn root(&self) -> Option<Element<'_>> {
        self.element(0)
    }

    fn element(&self, index: u32) -> Option<Element<'_>> {
        let node = self.nodes.get(index as usize)?;
        Some(Element {
            document: self,
            node,
            index,
        })
    }
}

impl<'d> Element<'d> {
    /// Returns the name without its prefix.
    #[must_use]
    pub fn name(self) -> &'d str {
        self.node.name
    }

    /// Returns the text directly within the element.
    #[must_use]
    pub fn text(self) -> &'d str {
        &self.node.text
    }

    /// Returns the value of an attribute.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        let range = self.node.attributes.start as usize..self.node.attributes.end as usize;
        let attributes = self.document.attributes.get(range)?;
        attributes
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| &**value)
    }

    /// Returns the elements directly within this one, in order.
    pub fn children(self) -> impl Iterator<Item = Element<'d>> {
        let (mut at, end, document) = (self.index + 1, self.node.end, self.document);
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let element = document.element(at)?;
            at = element.node.end.max(at + 1);
            Some(element)
        })
    }

    /// Returns the first child of this name.
    #[must_use]
    pub fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.name() == name)
    }

    /// Returns the first descendant of this name, in document order.
    #[must_use]
    pub fn find(self, name: &str) -> Option<Self> {
        (self.index + 1..self.node.end)
            .filter_map(|at| self.document.element(at))
            .find(|element| element.name() == name)
    }

    /// Returns the text of the first child of this name, without the white space around it. `None` if it is absent or empty.
    #[must_use]
    pub fn value(self, name: &str) -> Option<&'d str> {
        self.child(name)
            .map(|child| child.text().trim())
            .filter(|text| !text.is_empty())
    }

    /// Returns a child's text as a truth value: `true`, `1`.
    #[must_use]
    pub fn flag(self, name: &str) -> Option<bool> {
        match self.value(name)? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// Returns a child's text as a number.
    #[must_use]
    pub fn number<T: std::str::FromStr>(self, name: &str) -> Option<T> {
        self.value(name)?.parse().ok()
    }

    /// Returns how many characters of the element and of all within it were replaced.
    #[must_use]
    pub fn replaced(self) -> u32 {
        let nodes = self.index as usize..self.node.end as usize;
        let nodes = self.document.nodes.get(nodes).unwrap_or_default();
        nodes.iter().map(|node| node.replaced).sum()
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The same octets as `part`, with the life of `text`.
fn within<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    text.get(start..start.checked_add(part.len())?)
}

fn clean<'a>(text: Cow<'a, str>, replaced: &mut u32) -> Cow<'a, str> {
    // Forbidden are controls, U+FFFE and U+FFFF (in UTF-8 from EF on), and U+FFFD stands where octets were no UTF-8.
    let suspect = |octet: u8| octet == 0xef || (octet < 0x20 && !matches!(octet, b'\t' | b'\n' | b'\r'));
    if !text.bytes().any(suspect) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_allowed(character) && character != REPLACEMENT {
            out.push(character);
        } else {
            *replaced += 1;
            out.push(REPLACEMENT);
        }
    }
    Cow::Owned(out)
}

/// The character that a reference stands for, and whether it had to be replaced.
fn resolve(reference: &str) -> (char, bool) {
    let named = match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    };
    let number = || {
        let digits = reference.strip_prefix('#')?;
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => digits.parse().ok()?,
        };
        char::from_u32(code).filter(|character| is_allowed(*character))
    };
    match named.or_else(number) {
        Some(character) => (character, false),
        None => (REPLACEMENT, true),
    }
}

fn unescape_all(value: &str, replaced: &mut u32) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(&clean(before.into(), replaced));
        match after.split_once(';') {
            Some((reference, later)) if reference.len() <= LONGEST_REFERENCE => {
                let (character, bad) = resolve(reference);
                *replaced += u32::from(bad);
                out.push(character);
                rest = later;
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(&clean(rest.into(), replaced));
    out
}

#[cfg(test)]
mod tests;

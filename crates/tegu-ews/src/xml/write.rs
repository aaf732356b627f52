//! XML that requests are made of.

use super::is_allowed;

/// A document that is written from its start to its end.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
    open: Vec<&'static str>,
}

impl Writer {
    /// Opens an element.
    pub(crate) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> &mut Self {
        self.tag(name, attributes);
        self.out.push('>');
        self.open.push(name);
        self
    }

    /// Closes the element that was opened last.
    pub(crate) fn close(&mut self) -> &mut Self {
        if let Some(name) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
        self
    }

    /// An element without contents.
    pub(crate) fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) -> &mut Self {
        self.tag(name, attributes);
        self.out.push_str("/>");
        self
    }

    /// An element with a text.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.tag(name, &[]);
        self.out.push('>');
        escape(text, &mut self.out);
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        self
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            escape(value, &mut self.out);
            self.out.push('"');
        }
    }

    /// Closes what is open and returns the document.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }
}

/// Text or an attribute's value. Characters that XML 1.0 forbids are left out.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\n' => out.push_str("&#xA;"),
            '\t' => out.push_str("&#x9;"),
            other if is_allowed(other) => out.push(other),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Limits, xml::Document};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "\\PC*[\r\n\t&<>\"']{0,3}") {
            let mut writer = Writer::default();
            writer.open("a", &[("k", &text)]).text("b", &text);
            let written = writer.finish();
            let document = Document::parse(&written, &Limits::default()).unwrap();
            let root = document.root().unwrap();
            // Attribute values keep their spaces; quick-xml leaves them alone.
            prop_assert_eq!(root.attribute("k"), Some(text.as_str()));
            prop_assert_eq!(root.child("b").unwrap().text(), text);
        }
    }
}

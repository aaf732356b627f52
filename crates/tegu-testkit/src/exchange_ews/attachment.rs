//! Bodies and attachments as XML.

use super::fields::Kind;
use super::item::{Attachment, Content, Item};
use super::render::Rendered;
use super::shape::{Base, Shape};
use super::store::change_key;
use super::version::Version;
use super::xml::{element, escape};
use base64::{Engine as _, engine::general_purpose::STANDARD};

pub(super) fn body(item: &Item, name: &str, wish: &str) -> String {
    let (kind, text) = match (&item.html, wish) {
        (Some(html), "Best" | "HTML") => ("HTML", html.clone()),
        (Some(html), _) if item.text.is_empty() => ("Text", untagged(html)),
        (None, "HTML") => {
            let text = item
                .text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            let html = format!("<html><body>{}</body></html>", text.replace('\n', "<br>\n"));
            ("HTML", html)
        }
        _ => ("Text", item.text.clone()),
    };
    format!("<t:{name} BodyType=\"{kind}\">{}</t:{name}>", escape(&text))
}

fn untagged(html: &str) -> String {
    let mut out = String::new();
    let mut within = false;
    for char in html.chars() {
        match char {
            '<' => within = true,
            '>' if within => within = false,
            char if !within => out.push(char),
            _ => {}
        }
    }
    out
}

impl Attachment {
    pub(super) fn size(&self) -> usize {
        match &self.content {
            Content::File(octets) => octets.len(),
            Content::Item(item) => item.mime.as_ref().map_or(item.text.len(), Vec::len),
            Content::Reference(_) => 0,
        }
    }

    /// The element, with or without what it holds.
    pub(super) fn element(&self, id: &str, content: Option<(&Shape, Version)>) -> String {
        let name = self.content.element();
        let mut out = format!(
            "<t:{name}><t:AttachmentId Id=\"{id}\"/><t:Name>{}</t:Name>",
            escape(&self.name)
        );
        if !self.content_type.is_empty() {
            out.push_str(&element("ContentType", &self.content_type));
        }
        if let Some(id) = &self.content_id {
            out.push_str(&element("ContentId", id));
        }
        out.push_str(&element("Size", &self.size().to_string()));
        out.push_str(&element("LastModifiedTime", "2024-01-01T00:00:00Z"));
        out.push_str(&element("IsInline", if self.inline { "true" } else { "false" }));
        match &self.content {
            Content::File(octets) => {
                out.push_str(&element(
                    "IsContactPhoto",
                    if self.photo { "true" } else { "false" },
                ));
                if content.is_some() {
                    out.push_str("<t:Content>");
                    out.push_str(&STANDARD.encode(octets));
                    out.push_str("</t:Content>");
                }
            }
            Content::Item(item) => {
                if let Some((shape, version)) = content {
                    out.push_str(&within(item, shape, version));
                }
            }
            Content::Reference(url) => {
                out.push_str(&element("AttachLongPathName", url));
                out.push_str(&element("ProviderType", "OneDrivePro"));
            }
        }
        out.push_str(&format!("</t:{name}>"));
        out
    }
}

/// The item within an attachment, which has no identifier to speak of.
fn within(item: &Item, shape: &Shape, version: Version) -> String {
    let mut shape = shape.clone();
    shape.base = Base::All;
    shape.mime &= item.kind.has_mime();
    if !matches!(item.kind, Kind::DistributionList) {
        let rendered = Rendered {
            id: "AAAA",
            change_key: change_key(0),
            parent: "",
            item,
            attachments: &[],
            occurrences: &[],
            changed: 0,
            number: 0,
            associated: false,
        };
        if let Ok(xml) = rendered.whole(&shape, version) {
            return xml;
        }
    }
    String::new()
}

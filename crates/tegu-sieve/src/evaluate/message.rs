//! What rules look at in a message.

use crate::fold::fold_text;
use crate::html;
use jiff::Timestamp;
use mail_parser::{Address, HeaderForm, HeaderValue, MessageParser, MimeHeaders as _, PartType};

/// A message as rules see it.
#[derive(Clone, Debug)]
pub struct Message {
    pub(super) from: Vec<String>,
    pub(super) sender: Vec<String>,
    pub(super) to: Vec<String>,
    pub(super) cc: Vec<String>,
    /// Names in lower case, values decoded and unfolded.
    headers: Vec<(String, Vec<String>)>,
    pub(super) texts: Vec<String>,
    pub(super) parts: Vec<Part>,
    pub(super) octets: u64,
    pub(super) received: Timestamp,
}

/// A MIME part.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) content_type: String,
    parameters: Vec<(String, String)>,
    pub(super) disposition: String,
}

impl Part {
    pub(super) fn is(&self, parameter: &str, value: &str) -> bool {
        self.parameters
            .iter()
            .any(|(name, said)| name.eq_ignore_ascii_case(parameter) && said.eq_ignore_ascii_case(value))
    }
}

impl Message {
    /// Reads a message that was received at an instant. `None` if it has no header at all.
    #[must_use]
    pub fn parse(octets: &[u8], received: Timestamp) -> Option<Self> {
        let message = MessageParser::default().parse(octets)?;
        let addresses = |name: &str| {
            let mut all = Vec::new();
            for value in message.header_as(name.to_owned(), HeaderForm::Addresses) {
                if let HeaderValue::Address(address) = value {
                    collect(&address, &mut all);
                }
            }
            all
        };
        let mut headers: Vec<(String, Vec<String>)> = Vec::new();
        for header in message.headers() {
            let name = header.name().to_ascii_lowercase();
            if headers.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let values = message.header_as(header.name().to_owned(), HeaderForm::Text);
            let values = values
                .iter()
                .filter_map(HeaderValue::as_text)
                .map(|text| text.trim().to_owned())
                .collect();
            headers.push((name, values));
        }
        let parts = message.parts.iter().map(|part| {
            let kind = part.content_type();
            Part {
                content_type: kind
                    .map(|kind| {
                        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
                            .to_ascii_lowercase()
                    })
                    .unwrap_or_default(),
                parameters: kind
                    .and_then(|kind| kind.attributes())
                    .unwrap_or_default()
                    .iter()
                    .map(|attribute| (attribute.name.to_string(), attribute.value.to_string()))
                    .collect(),
                disposition: part
                    .content_disposition()
                    .map(|kind| kind.ctype().to_ascii_lowercase())
                    .unwrap_or_default(),
            }
        });
        let texts = message.parts.iter().filter_map(|part| match &part.body {
            PartType::Text(text) => Some(text.to_string()),
            PartType::Html(text) => Some(html::to_text(text)),
            _ => None,
        });
        Some(Self {
            from: addresses("From"),
            sender: addresses("Sender"),
            to: addresses("To"),
            cc: addresses("Cc"),
            headers,
            texts: texts.collect(),
            parts: parts.collect(),
            octets: octets.len() as u64,
            received,
        })
    }

    /// The values of a header field.
    pub(super) fn header(&self, name: &str) -> &[String] {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, values)| values.as_slice())
            .unwrap_or_default()
    }

    pub(super) fn header_block_contains(&self, text: &str) -> bool {
        let text = fold_text(text);
        self.headers.iter().any(|(name, values)| {
            values
                .iter()
                .any(|value| fold_text(&format!("{name}: {value}")).contains(&text))
        })
    }
}

fn collect(address: &Address<'_>, all: &mut Vec<String>) {
    all.extend(
        address
            .iter()
            .filter_map(|one| one.address.as_deref())
            .map(ToOwned::to_owned),
    );
}

//! One vCard property line: from the version it is in to the version to be written.

use super::Version;
use crate::content::{Content, Param, upper};
use crate::error::one_line;
use crate::resolve::{self, Lookup, is_directory_address};
use crate::vcard;
use crate::{Finding, Limits, finding, text, value};

/// The version that a card is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum From {
    V2,
    V3,
    V4,
}

pub(crate) struct Context<'c> {
    pub(crate) from: From,
    pub(crate) to: Version,
    pub(crate) line: usize,
    pub(crate) joined: bool,
    pub(crate) addresses: Option<&'c dyn Lookup>,
}

impl Context<'_> {
    /// The mail address that takes the place of the directory address in an `EMAIL`, or in a member of a list. `plain` gives the
    /// value without escapes.
    fn address(
        &self,
        name: &str,
        types: &[&str],
        plain: impl FnOnce() -> String,
        findings: &mut Vec<Finding>,
    ) -> Option<String> {
        let uri = match name {
            "EMAIL" => false,
            "MEMBER" | "X-ADDRESSBOOKSERVER-MEMBER" => true,
            _ => return None,
        };
        let value = plain();
        let value = value.trim();
        if !is_directory_address(value) && (uri || !types.iter().any(|kind| is_exchange(kind))) {
            return None;
        }
        let (found, finding) = resolve::replacement(value, self.addresses);
        finding::add(findings, finding);
        found.map(|smtp| {
            if uri {
                format!("mailto:{smtp}")
            } else {
                value::escape(&smtp)
            }
        })
    }
}

/// The type that marks an address as the directory's, not the mail's.
fn is_exchange(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("EX")
}

pub(crate) enum Converted {
    Unchanged,
    Changed(String),
}

const TYPES: &[&str] = &[
    "HOME", "WORK", "PREF", "VOICE", "FAX", "MSG", "CELL", "PAGER", "BBS", "MODEM", "CAR", "ISDN", "VIDEO",
    "INTERNET", "DOM", "INTL", "POSTAL", "PARCEL", "X509", "PGP", "JPEG", "GIF", "PNG",
];

/// What a line becomes; `None` if it is no property line, with a finding.
pub(crate) fn line(
    text: &str,
    content: Option<&Content<'_>>,
    context: &Context<'_>,
    limits: &Limits,
    findings: &mut Vec<Finding>,
) -> Option<Converted> {
    let number = context.line;
    // No component begins or ends inside of a card.
    let is_property =
        |c: &&Content<'_>| c.params.len() <= limits.max_params && !c.is("BEGIN") && !c.is("END");
    let Some(content) = content.filter(is_property) else {
        finding::add(
            findings,
            Finding::JunkLine {
                line: number,
                text: one_line(text),
            },
        );
        return None;
    };
    let name = upper(content.name);
    let params = Params::read(content);
    let old = context.from == From::V2 || params.old;
    let converted = if !old {
        plain(content, &params, &name, context, findings)
    } else {
        anew(content, &params, &name, context, findings)
    };
    if let Some(written) = &converted {
        let sent = match written {
            Converted::Unchanged => text,
            Converted::Changed(new) => new,
        };
        if text::has_control(sent) {
            finding::add(findings, Finding::ControlCharacter { line: number });
        }
    }
    converted
}

/// A line of a 3.0 or 4.0 card: sent as it stood.
fn plain(
    content: &Content<'_>,
    params: &Params<'_>,
    name: &str,
    context: &Context<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Converted> {
    if params.base64 && value::base64(content.value).is_none() {
        finding::add(
            findings,
            Finding::Base64Invalid {
                property: name.into(),
                line: context.line,
            },
        );
    }
    if context.joined {
        finding::add(
            findings,
            Finding::RepairBlock {
                property: name.into(),
            },
        );
    }
    let plain = || value::unescape(content.value);
    let address = context.address(name, &params.types, plain, findings);
    Some(match address {
        Some(address) => Converted::Changed(readdressed(content, &address, context.to)),
        None => Converted::Unchanged,
    })
}

/// The line with another address, which is an ordinary one.
fn readdressed(content: &Content<'_>, address: &str, to: Version) -> String {
    let params = content.params.iter().filter_map(|param| {
        if !param.is("TYPE") {
            return Some((param.name.to_owned(), param.raw.to_owned()));
        }
        let kinds: Vec<&str> = param.values().filter_map(|kind| mail_type(kind, to)).collect();
        let kinds: Vec<String> = kinds.into_iter().map(vcard::param).collect();
        (!kinds.is_empty()).then(|| (param.name.to_owned(), kinds.join(",")))
    });
    let head = Head {
        group: content.group,
        name: content.name.to_owned(),
        params: params.collect(),
    };
    head.line(address)
}

/// What a type of a directory address becomes with a mail address.
fn mail_type(kind: &str, to: Version) -> Option<&str> {
    match (is_exchange(kind), to) {
        (false, _) => Some(kind),
        (true, Version::V3) => Some("INTERNET"),
        (true, Version::V4) => None,
    }
}

/// A line that is written anew.
fn anew(
    content: &Content<'_>,
    params: &Params<'_>,
    name: &str,
    context: &Context<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Converted> {
    let (line, to) = (context.line, context.to);
    if name == "AGENT" {
        finding::add(findings, Finding::CardAgent { line });
        return Some(Converted::Unchanged);
    }
    let lossy = |findings: &mut Vec<Finding>| {
        finding::add(
            findings,
            Finding::CardProperty {
                property: name.into(),
                line,
            },
        );
    };
    let mut head = Head {
        group: content.group,
        name: content.name.to_owned(),
        params: params.kept(),
    };
    if to == Version::V4
        && matches!(
            name,
            "LABEL" | "MAILER" | "CLASS" | "NAME" | "PROFILE" | "SORT-STRING"
        )
    {
        head.name = format!("X-{name}");
    }
    let text = (!params.base64).then(|| decoded(content.value, params, line, findings));
    let plain = |text: &str| match context.from {
        From::V2 => text.to_owned(),
        From::V3 | From::V4 => value::unescape(text),
    };
    let address = text
        .as_deref()
        .and_then(|text| context.address(name, &params.types, || plain(text), findings));
    match &address {
        Some(_) => head.types(params.types.iter().filter_map(|kind| mail_type(kind, to)), to),
        None => head.types(params.types.iter().copied(), to),
    }
    let value = if let Some(address) = address {
        address
    } else if params.base64 {
        let Some(bytes) = value::base64(content.value) else {
            finding::add(
                findings,
                Finding::Base64Invalid {
                    property: name.into(),
                    line,
                },
            );
            return Some(Converted::Unchanged);
        };
        let media = params.media(name);
        head.binary(to, media.as_deref());
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        match to {
            Version::V3 => encoded,
            Version::V4 => format!(
                "data:{};base64,{encoded}",
                media.as_deref().unwrap_or("application/octet-stream")
            ),
        }
    } else {
        let decoded = text.unwrap_or_default();
        if name == "GEO" {
            // 2.1 puts longitude first in its text and latitude first in its examples.
            lossy(findings);
        }
        if context.from == From::V2 {
            escape(name, params, &decoded)
        } else {
            decoded.replace("\r\n", "\\n").replace('\n', "\\n")
        }
    };
    Some(Converted::Changed(head.line(&value)))
}

/// Takes quoted-printable off and reads the bytes in the property's code page.
fn decoded(value: &str, params: &Params<'_>, line: usize, findings: &mut Vec<Finding>) -> String {
    if !params.quoted_printable {
        return value.to_owned();
    }
    let (bytes, clean) = text::quoted_printable(value.trim_end_matches('=').as_bytes());
    if !clean {
        let shown = params.charset.unwrap_or("quoted-printable").to_owned();
        finding::add(findings, Finding::CharsetUnknown { charset: shown, line });
    }
    let text = match params.charset.map(text::charset) {
        Some(Some(encoding)) => {
            let (text, failed) = encoding.decode_without_bom_handling(&bytes);
            (!failed).then(|| text.into_owned())
        }
        Some(None) => None,
        None => String::from_utf8(bytes.clone()).ok().or_else(|| {
            let guess = text::guess([&bytes[..]]);
            guess.certain.then(|| {
                let charset = guess.encoding.name().to_owned();
                finding::add(findings, Finding::CharsetGuessed { charset, lines: 1 });
                guess.encoding.decode_without_bom_handling(&bytes).0.into_owned()
            })
        }),
    };
    text.unwrap_or_else(|| {
        finding::add(
            findings,
            Finding::CharsetUnknown {
                charset: params.charset.unwrap_or("UTF-8").to_owned(),
                line,
            },
        );
        value.to_owned()
    })
}

/// 2.1 knows one escape, `\;`, and its writers put one before commas too; all else is literal. 3.0 and 4.0 escape commas, semicolons,
/// backslashes and line breaks.
fn escape(name: &str, params: &Params<'_>, text: &str) -> String {
    let structured = matches!(name, "N" | "ADR" | "ORG") || name.starts_with("X-");
    if matches!(name, "URL" | "GEO" | "REV" | "BDAY" | "UID" | "VERSION") || params.uri {
        return text.replace(['\r', '\n'], "");
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    // No short circuit, so that many bytes are looked at with one instruction; mostly nothing has to be escaped.
    let special = text.bytes().fold(false, |found, b| {
        found | matches!(b, b'\\' | b';' | b',' | b'\r' | b'\n')
    });
    if !special {
        out.push_str(text);
        chars = "".chars().peekable();
    }
    while let Some(c) = chars.next() {
        match c {
            '\\' if matches!(chars.peek(), Some(';' | ',')) => {
                out.push('\\');
                out.extend(chars.next());
            }
            ';' if structured => out.push(';'),
            ',' if name == "CATEGORIES" || name.starts_with("X-") => out.push(','),
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(c);
            }
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push_str("\\n");
                }
            }
            '\n' => out.push_str("\\n"),
            _ => out.push(c),
        }
    }
    // RFC 6350 sections 6.2.2 and 6.3.1 want every part, 2.1 lets those at the end out.
    let parts = match name {
        "N" => 5,
        "ADR" => 7,
        _ => 0,
    };
    if parts > 0 {
        for _ in components(&out).len()..parts {
            out.push(';');
        }
    }
    out
}

/// The parts of a structured value between unescaped semicolons, escapes left in.
pub(crate) fn components(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c == ';' {
            parts.push(String::new());
            continue;
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
            if c == '\\' {
                last.extend(chars.next());
            }
        }
    }
    parts
}

#[derive(Default)]
struct Params<'a> {
    types: Vec<&'a str>,
    others: Vec<Param<'a>>,
    charset: Option<&'a str>,
    quoted_printable: bool,
    base64: bool,
    uri: bool,
    /// Whether anything in it exists in 2.1 only.
    old: bool,
}

impl<'a> Params<'a> {
    fn read(content: &Content<'a>) -> Self {
        let mut out = Self::default();
        for param in &content.params {
            let nameless = param.name.is_empty();
            out.old |= nameless;
            let encoding = |value: &str| match &*upper(value) {
                "QUOTED-PRINTABLE" => Some((true, false)),
                "BASE64" | "B" => Some((false, true)),
                "7BIT" | "8BIT" => Some((false, false)),
                _ => None,
            };
            if param.is("ENCODING") || (nameless && encoding(param.raw).is_some()) {
                match encoding(param.values().next().unwrap_or_default()) {
                    Some((quoted, base64)) => {
                        out.quoted_printable |= quoted;
                        out.base64 |= base64;
                        out.old |= !base64 || param.raw.len() > 1;
                    }
                    None => out.others.push(*param),
                }
            } else if param.is("CHARSET") {
                out.charset = param.values().next();
                out.old = true;
            } else if param.is("TYPE") || (nameless && !is_value_kind(param.raw)) {
                out.types.extend(param.values().filter(|value| !value.is_empty()));
            } else {
                let kind = param.values().next().unwrap_or_default();
                out.uri |= (nameless || param.is("VALUE"))
                    && is_value_kind(kind)
                    && !kind.eq_ignore_ascii_case("INLINE");
                out.others.push(*param);
            }
        }
        out
    }

    fn kept(&self) -> Vec<(String, String)> {
        self.others
            .iter()
            .filter_map(|param| {
                let value = || param.raw.to_owned();
                match param.name {
                    "" if param.raw.eq_ignore_ascii_case("INLINE") => None,
                    "" => Some(("VALUE".into(), if self.uri { "uri".into() } else { value() })),
                    name if param.is("VALUE") && self.uri => Some((name.into(), "uri".into())),
                    name if param.is("VALUE") && param.raw.eq_ignore_ascii_case("INLINE") => {
                        let _ = name;
                        None
                    }
                    name => Some((name.to_owned(), value())),
                }
            })
            .collect()
    }

    /// The media type that a picture, sound or key names.
    fn media(&self, name: &str) -> Option<String> {
        let class = match name {
            "PHOTO" | "LOGO" => "image",
            "SOUND" => "audio",
            _ => "application",
        };
        let kind = self
            .types
            .iter()
            .find(|kind| !matches!(kind.to_ascii_uppercase().as_str(), "HOME" | "WORK" | "PREF"))?;
        Some(if kind.contains('/') {
            kind.to_ascii_lowercase()
        } else {
            format!("{class}/{}", kind.to_ascii_lowercase())
        })
    }
}

fn is_value_kind(raw: &str) -> bool {
    matches!(&*upper(raw), "INLINE" | "URL" | "URI" | "CONTENT-ID" | "CID")
}

struct Head<'a> {
    group: Option<&'a str>,
    name: String,
    params: Vec<(String, String)>,
}

impl Head<'_> {
    fn types<'t>(&mut self, kinds: impl Iterator<Item = &'t str>, to: Version) {
        let mut types: Vec<String> = Vec::new();
        for kind in kinds {
            if to == Version::V4 && kind.eq_ignore_ascii_case("PREF") {
                self.params.push(("PREF".into(), "1".into()));
                continue;
            }
            let known = TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known));
            types.push(if known {
                kind.to_ascii_uppercase()
            } else {
                vcard::param(kind)
            });
        }
        if !types.is_empty() {
            self.params.insert(0, ("TYPE".into(), types.join(",")));
        }
    }

    fn binary(&mut self, to: Version, media: Option<&str>) {
        match to {
            Version::V3 => self.params.push(("ENCODING".into(), "b".into())),
            // The data URI names the type already.
            Version::V4 => {
                if media.is_some() {
                    self.params.retain(|(name, _)| name != "TYPE");
                }
            }
        }
    }

    fn line(&self, value: &str) -> String {
        let mut out = String::with_capacity(value.len() + 64);
        if let Some(group) = self.group {
            out.push_str(group);
            out.push('.');
        }
        out.push_str(&self.name);
        for (name, raw) in &self.params {
            out.extend([";", name, "=", raw]);
        }
        out.push(':');
        out.push_str(value);
        out
    }
}

//! Version 4.0 -> 3.0, for servers and clients that know nothing newer.

use super::Version;
use crate::content::Content;
use crate::error::one_line;
use crate::{Finding, Item, Limits, Result, line, value};

/// Properties that 3.0 has too.
const SHARED: &[&str] = &[
    "FN",
    "N",
    "NICKNAME",
    "PHOTO",
    "BDAY",
    "ADR",
    "TEL",
    "EMAIL",
    "TZ",
    "GEO",
    "TITLE",
    "ROLE",
    "LOGO",
    "ORG",
    "CATEGORIES",
    "NOTE",
    "REV",
    "SOUND",
    "UID",
    "URL",
    "KEY",
    "SOURCE",
    "PRODID",
    "IMPP",
];

/// Writes a 4.0 card as 3.0; other versions stay as they are. A property that 3.0 does not have is kept under an
/// `X-` name, with a finding.
///
/// # Errors
///
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit) if the card exceeds a limit.
pub fn to_version_3(item: &mut Item, limits: &Limits) -> Result<()> {
    let Some(body) = &item.body else { return Ok(()) };
    let read = line::read(body, limits)?;
    let version = read.lines.iter().find_map(|line| {
        let content = Content::parse(&line.text).filter(|content| content.is("VERSION"))?;
        Some(content.value.trim().to_owned())
    });
    if version.as_deref() != Some("4.0") {
        return Ok(());
    }
    let mut out = Vec::with_capacity(body.len() + 64);
    let mut findings = Vec::new();
    let mut named = false;
    for line in &read.lines {
        let Some(content) = Content::parse(&line.text) else {
            continue;
        };
        let name = content.name.to_ascii_uppercase();
        named |= name == "N";
        match name.as_str() {
            "BEGIN" => line::write(&mut out, &line.text),
            "VERSION" => line::write(&mut out, &format!("VERSION:{}", Version::V3.number())),
            "END" => {
                if !named {
                    line::write(&mut out, "N:;;;;");
                }
                line::write(&mut out, &line.text);
            }
            _ => line::write(&mut out, &property(&name, &content, line.number, &mut findings)),
        }
    }
    findings.insert(
        0,
        Finding::RepairVersion {
            from: "4.0".into(),
            to: "3.0".into(),
        },
    );
    item.body = Some(out);
    item.findings.extend(findings);
    Ok(())
}

fn property(name: &str, content: &Content<'_>, line: usize, findings: &mut Vec<Finding>) -> String {
    let new_name = match name {
        "KIND" => "X-ADDRESSBOOKSERVER-KIND".to_owned(),
        "MEMBER" => "X-ADDRESSBOOKSERVER-MEMBER".to_owned(),
        "ANNIVERSARY" => "X-ANNIVERSARY".to_owned(),
        _ if name.starts_with("X-") || SHARED.contains(&name) => content.name.to_owned(),
        _ => {
            findings.push(Finding::CardPropertyKept {
                property: one_line(name),
                line,
            });
            format!("X-{name}")
        }
    };
    let mut params: Vec<(String, String)> = Vec::new();
    let mut types: Vec<String> = Vec::new();
    for param in &content.params {
        let upper = param.name.to_ascii_uppercase();
        match upper.as_str() {
            "TYPE" => types.extend(param.values().map(str::to_owned)),
            "PREF" => types.push("PREF".into()),
            "VALUE" if param.raw.eq_ignore_ascii_case("text") => {}
            // Grouping of alternatives and the like has no equal, and is nothing that people see.
            _ => params.push((param.name.to_owned(), param.raw.to_owned())),
        }
    }
    let mut value = content.value.to_owned();
    let inline = content
        .value
        .get(..5)
        .filter(|scheme| scheme.eq_ignore_ascii_case("data:"))
        .and_then(|_| content.value.get(5..)?.split_once(','));
    if let Some((kind, data)) = inline.filter(|(kind, _)| kind.ends_with(";base64"))
        && value::base64(data).is_some()
    {
        let media = kind.trim_end_matches(";base64");
        types.extend(media.split('/').nth(1).map(str::to_ascii_uppercase));
        params.retain(|(name, _)| {
            !name.eq_ignore_ascii_case("VALUE") && !name.eq_ignore_ascii_case("MEDIATYPE")
        });
        params.push(("ENCODING".into(), "b".into()));
        value = data.to_owned();
    } else if name == "TEL"
        && value
            .get(..4)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"))
    {
        params.retain(|(name, _)| !name.eq_ignore_ascii_case("VALUE"));
        value = value.get(4..).unwrap_or_default().to_owned();
    }
    let mut out = content.group.map_or(String::new(), |group| format!("{group}."));
    out.push_str(&new_name);
    if !types.is_empty() {
        let quoted: Vec<String> = types.iter().map(|kind| super::param(kind)).collect();
        out.push_str(&format!(";TYPE={}", quoted.join(",")));
    }
    for (name, raw) in params {
        out.push_str(&format!(";{name}={raw}"));
    }
    out.push(':');
    out.push_str(&value);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{strict, vcard};

    #[test]
    fn what_3_can_say_it_says_and_the_rest_is_kept() {
        let card = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1\r\nFN:a\r\nKIND:group\r\nMEMBER:urn:uuid:2\r\nEMAIL;PREF=1;TYPE=work:a@b\r\n\
             TEL;VALUE=uri;TYPE=\"voice,home\":tel:+1-2\r\nPHOTO:data:image/jpeg;base64,QUJD\r\nGENDER:F\r\nANNIVERSARY:20000101\r\n\
             LANG;PREF=1:ru\r\nX-A:1\r\nEND:VCARD\r\n";
        let mut item = vcard::cards(card.as_bytes(), Version::V4, &Limits::default())
            .unwrap()
            .items
            .remove(0);
        to_version_3(&mut item, &Limits::default()).unwrap();
        let body = item.body.clone().unwrap();
        strict::card(&body).unwrap();
        let text = String::from_utf8(body.clone()).unwrap().replace("\r\n ", "");
        for expected in [
            "VERSION:3.0\r\n",
            "N:;;;;\r\n",
            "X-ADDRESSBOOKSERVER-KIND:group\r\n",
            "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2\r\n",
            "EMAIL;TYPE=PREF,work:a@b\r\n",
            "TEL;TYPE=\"voice,home\":+1-2\r\n",
            "PHOTO;TYPE=JPEG;ENCODING=b:QUJD\r\n",
            "X-GENDER:F\r\n",
            "X-ANNIVERSARY:20000101\r\n",
            "X-LANG;TYPE=PREF:ru\r\n",
            "X-A:1\r\n",
        ] {
            assert!(text.contains(expected), "{expected} in {text}");
        }
        assert!(!item.is_lossy(), "{:?}", item.findings);
        to_version_3(&mut item, &Limits::default()).unwrap();
        assert_eq!(item.body.unwrap(), body);
    }
}

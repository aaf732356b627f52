//! A second, independent reading of content lines: shares nothing with the crate, so that both must
//! be wrong in the same way for a loss to stay unseen.

use std::collections::BTreeMap;

/// A component as the sorted lines of itself and its children, in one spelling.
pub(crate) type Signature = Vec<String>;

pub(crate) fn lines(bytes: &[u8]) -> Vec<String> {
    let text: Vec<u8> = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        [0xff, 0xfe, rest @ ..] => encoding_rs::UTF_16LE.decode(rest).0.into_owned().into_bytes(),
        _ => bytes.to_vec(),
    };
    let newline = if text.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut logical: Vec<Vec<u8>> = Vec::new();
    for line in text.split(|&b| b == newline) {
        let line: &[u8] = {
            let end = line.iter().rposition(|&b| b != b'\r').map_or(0, |at| at + 1);
            &line[..end]
        };
        match line.first() {
            None => {}
            Some(b' ' | b'\t') if !logical.is_empty() => {
                logical.last_mut().unwrap().extend_from_slice(&line[1..]);
            }
            _ => logical.push(line.to_vec()),
        }
    }
    logical
        .into_iter()
        .map(|line| {
            String::from_utf8(line)
                .unwrap_or_else(|e| encoding_rs::WINDOWS_1251.decode(e.as_bytes()).0.into_owned())
        })
        .collect()
}

/// The components right under `VCALENDAR` (or alone), and the own lines of calendars that hold any.
pub(crate) fn calendar(bytes: &[u8]) -> (Vec<(String, Signature)>, Vec<String>) {
    let mut components = Vec::new();
    let (mut header, mut pending) = (Vec::new(), Vec::new());
    let mut open: Vec<String> = Vec::new();
    let mut current: Option<(String, Vec<String>, usize)> = None;
    for line in lines(bytes) {
        let upper = line.trim().to_ascii_uppercase();
        if let Some(name) = upper.strip_prefix("BEGIN:") {
            if current.is_none() && name != "VCALENDAR" {
                current = Some((name.to_owned(), Vec::new(), open.len()));
            }
            open.push(name.to_owned());
        }
        match &mut current {
            Some((_, own, depth)) => {
                own.extend(spelling(&line));
                if upper.starts_with("END:") {
                    open.pop();
                    if open.len() <= *depth {
                        let (name, mut own, _) = current.take().unwrap();
                        own.sort();
                        if matches!(name.as_str(), "VEVENT" | "VTODO" | "VJOURNAL" | "VFREEBUSY") {
                            header.append(&mut pending);
                        }
                        components.push((name, own));
                    }
                }
            }
            None if upper.starts_with("END:") => {
                // A calendar without an event has nothing that could carry its usual properties.
                let usual = |l: &String| {
                    ["VERSION", "PRODID", "CALSCALE", "X-"]
                        .iter()
                        .any(|p| l.to_ascii_uppercase().starts_with(p))
                };
                header.extend(pending.drain(..).filter(|l| !usual(l)));
                open.pop();
            }
            None if !upper.starts_with("BEGIN:") => pending.push(line),
            None => {}
        }
    }
    if let Some((name, mut own, _)) = current {
        own.sort();
        components.push((name, own));
    }
    (components, header)
}

/// A line without what the crate may add or rename by its listed repairs.
fn spelling(line: &str) -> Option<String> {
    let upper = line.to_ascii_uppercase();
    if upper.starts_with("DTSTAMP") || line.starts_with("UID:tegu-") {
        return None;
    }
    if upper.starts_with("BEGIN:") || upper.starts_with("END:") {
        return Some(upper.trim().to_owned());
    }
    let mut line = line.to_owned();
    for known in [";SCHEDULE-AGENT=CLIENT", ";VALUE=DATE"] {
        while let Some(at) = line
            .find(&format!("{known}:"))
            .or_else(|| line.find(&format!("{known};")))
        {
            line.replace_range(at..at + known.len(), "");
        }
    }
    if let Some(at) = line.to_ascii_uppercase().find(";TZID=") {
        // The value of the property is what follows the name of the zone, quoted or not.
        let end = line.rfind(':').unwrap_or(line.len());
        if end > at {
            line.replace_range(at..end, "");
        }
    }
    Some(line)
}

/// The properties of each card: name, parameter words, value, in a spelling that all versions share.
pub(crate) fn cards(bytes: &[u8]) -> Vec<BTreeMap<(String, String), usize>> {
    let mut out = Vec::new();
    let mut card: Option<BTreeMap<(String, String), usize>> = None;
    let mut iter = card_lines(bytes).into_iter().peekable();
    while let Some(line) = iter.next() {
        let upper = line.trim_ascii().to_ascii_uppercase();
        if upper == b"BEGIN:VCARD" {
            card = Some(BTreeMap::new());
        } else if upper == b"END:VCARD" {
            out.extend(card.take());
        } else if let Some(card) = &mut card {
            let head_end = line.iter().position(|&b| b == b':').unwrap_or(line.len());
            let head = String::from_utf8_lossy(&line[..head_end]).to_ascii_lowercase();
            let mut value = line.get(head_end + 1..).unwrap_or_default().to_vec();
            let quoted = head.contains("quoted-printable");
            let base64 = head.contains("base64") || head.contains("encoding=b");
            while quoted
                && value.last() == Some(&b'=')
                && iter
                    .peek()
                    .is_some_and(|l| !l.to_ascii_uppercase().starts_with(b"END:VCARD"))
            {
                value.pop();
                value.extend(iter.next().unwrap());
            }
            if quoted && value.last() == Some(&b'=') {
                value.pop();
            }
            while base64 && iter.peek().is_some_and(|l| !l.contains(&b':') && !l.is_empty()) {
                value.extend(iter.next().unwrap());
            }
            *card.entry(property(&head, value, quoted, base64)).or_insert(0) += 1;
        }
    }
    out.extend(card);
    out
}

fn card_lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut out: Vec<Vec<u8>> = Vec::new();
    let mut soft = false;
    for line in bytes.split(|&b| b == b'\n') {
        let end = line.iter().rposition(|&b| b != b'\r').map_or(0, |at| at + 1);
        let line = &line[..end];
        soft = out.last().is_some_and(|l| {
            l.last() == Some(&b'=')
                && (soft
                    || l.to_ascii_uppercase()
                        .windows(16)
                        .any(|w| w == b"QUOTED-PRINTABLE"))
        });
        match line.first() {
            Some(b' ' | b'\t') if !out.is_empty() && !soft => {
                out.last_mut().unwrap().extend_from_slice(&line[1..]);
            }
            _ => out.push(line.to_vec()),
        }
    }
    out.retain(|line| !line.is_empty());
    out
}

fn property(head: &str, value: Vec<u8>, quoted: bool, base64: bool) -> (String, String) {
    let mut parts = head.split(';');
    let name = parts.next().unwrap_or_default().to_owned();
    let mut charset = None;
    let mut words = Vec::new();
    for part in parts {
        let (key, val) = part.split_once('=').unwrap_or(("", part));
        if key == "charset" {
            charset = encoding_rs::Encoding::for_label(val.as_bytes());
        }
        for word in val.split(',') {
            let technical = matches!(
                word,
                "quoted-printable" | "base64" | "b" | "8bit" | "7bit" | "inline" | "url" | "uri"
            );
            if !technical && key != "charset" {
                words.push(word.trim_matches('"').to_owned());
            }
        }
    }
    words.sort();
    words.dedup();
    let bytes = if quoted { unquote(&value) } else { value };
    let text = match (String::from_utf8(bytes.clone()), charset) {
        (Ok(text), None) => text,
        (_, Some(charset)) => charset.decode(&bytes).0.into_owned(),
        (Err(_), None) => encoding_rs::WINDOWS_1251.decode(&bytes).0.into_owned(),
    };
    let text = if base64 {
        text.chars().filter(|c| !c.is_whitespace() && *c != '=').collect()
    } else {
        text.replace("\r\n", "\n")
            .replace("\\n", "\n")
            .replace("\\N", "\n")
            .replace('\\', "")
    };
    // Empty parts at the end may be written or left out.
    let structured = matches!(name.rsplit('.').next(), Some("n" | "adr"));
    let text = if structured {
        text.trim_end_matches(';')
    } else {
        &text
    };
    (name, format!("{words:?}{text}"))
}

fn unquote(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < value.len() {
        let code = value
            .get(at + 1..at + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) if value[at] == b'=' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(value[at]);
                at += 1;
            }
        }
    }
    out
}

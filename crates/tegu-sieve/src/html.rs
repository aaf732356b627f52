//! The text within HTML, as far as replies need it.

/// Whether a reply is HTML: Exchange always writes it so, other tools write text.
pub(crate) fn is_html(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["<html", "<body", "<p>", "<p ", "<br", "<div", "<span", "</"]
        .iter()
        .any(|tag| lower.contains(tag))
}

/// The text of a reply: markup is left out, blocks end lines, entities are characters.
pub(crate) fn to_text(message: &str) -> String {
    if !is_html(message) {
        return message.replace("\r\n", "\n");
    }
    let mut out = String::new();
    let mut rest = message;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        words(&mut out, text);
        let Some((tag, after)) = tail.split_once('>') else {
            rest = "";
            break;
        };
        rest = after;
        let name: String = tag
            .chars()
            .skip(1)
            .take_while(|c| *c == '/' || c.is_ascii_alphanumeric())
            .collect();
        match name.to_ascii_lowercase().as_str() {
            "br" | "br/" | "/p" | "/div" | "/tr" | "/li" | "/h1" | "/h2" | "/h3" => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
            }
            hidden @ ("style" | "script" | "head" | "title") => {
                let end = format!("</{hidden}");
                let found = rest.to_ascii_lowercase().find(&end);
                rest = found.and_then(|at| rest.get(at..)).unwrap_or_default();
            }
            _ => {}
        }
    }
    words(&mut out, rest);
    let out = out.trim().to_owned();
    let mut lines: Vec<&str> = Vec::new();
    for line in out.lines().map(str::trim_end) {
        if !(line.is_empty() && lines.last().is_some_and(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// White space of any kind is one space.
fn words(out: &mut String, text: &str) {
    for c in entities(text).chars() {
        let space = matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{a0}');
        if !space {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with([' ', '\n']) {
            out.push(' ');
        }
    }
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        rest = after;
        let Some((name, tail)) = after.split_once(';').filter(|(name, _)| name.len() <= 10) else {
            out.push('&');
            continue;
        };
        let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        let c = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            "laquo" => Some('«'),
            "raquo" => Some('»'),
            "mdash" => Some('—'),
            "ndash" => Some('–'),
            "hellip" => Some('…'),
            _ => match name.strip_prefix('#') {
                Some(digits) => match digits.strip_prefix(['x', 'X']) {
                    Some(hex) => number(hex, 16),
                    None => number(digits, 10),
                },
                None => None,
            },
        };
        match c.filter(|c| !c.is_control() || *c == '\n') {
            Some(c) => {
                out.push(c);
                rest = tail;
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_reply() {
        let html = "<html><head><style>p {x}</style></head><body><p>Я в&nbsp;отпуске &amp; вернусь</p>\r\n<div>1.&#1084;ая<br>A &unknown; B</div></body></html>";
        assert_eq!(to_text(html), "Я в отпуске & вернусь\n1.мая\nA &unknown; B");
        assert_eq!(to_text("plain <3\r\ntext"), "plain <3\ntext");
        assert_eq!(to_text("<p>cut <b"), "cut");
        assert_eq!(to_text("a<br><style>x"), "a");
    }
}

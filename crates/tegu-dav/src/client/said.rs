//! What a server says when it refuses, in one line: a page of HTML is never shown, its meaning is.

use http::StatusCode;
use tegu_outcome::one_line;

/// How much of an answer is looked at.
const LOOKED_AT: usize = 64 << 10;

/// The reason that an answer gives, or the meaning of its status.
pub(super) fn meaning(status: u16, body: &[u8]) -> String {
    let head = body.get(..LOOKED_AT).unwrap_or(body);
    let text = String::from_utf8_lossy(head);
    let reason = if is_markup(&text) {
        sentence(&without_tags(&text))
    } else {
        one_line(text.trim())
    };
    if !reason.is_empty() {
        return reason;
    }
    let named = StatusCode::from_u16(status).ok();
    named
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default()
        .to_owned()
}

fn is_markup(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(512).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with('<') || start.contains("<html") || start.contains("<body")
}

/// Each text between tags on a line of its own; what scripts and styles hold is no text.
fn without_tags(markup: &str) -> String {
    let mut out = String::new();
    let mut skipped: Option<&str> = None;
    for piece in markup.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        let tag = tag.trim_start().to_ascii_lowercase();
        match skipped {
            Some(name) if tag.strip_prefix('/').is_some_and(|end| end.starts_with(name)) => skipped = None,
            Some(_) => continue,
            None => skipped = ["script", "style"].into_iter().find(|name| tag.starts_with(name)),
        }
        if skipped.is_none() {
            out.push('\n');
            out.push_str(text);
        }
    }
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        out = out.replace(entity, character);
    }
    out
}

/// The line that says most: one about a quota, or else the last of the first three, since pages begin with their status.
fn sentence(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let quota = lines
        .iter()
        .find(|line| line.to_ascii_lowercase().contains("quota"));
    let words = |line: &&&str| line.split_whitespace().count();
    let said = quota.or_else(|| lines.iter().take(5).max_by_key(words));
    said.map_or_else(String::new, |line| one_line(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_html_is_told_by_its_meaning() {
        let page = |body: &str| {
            format!(
                "<!DOCTYPE html>\n<html><head><title>500 Internal Server Error</title>\n<style>p {{ color: red }}</style>\
                 <script>quota()</script></head>\n<body>{body}</body></html>"
            )
        };
        let long = "<p>line</p>\n".repeat(400);
        for (status, body, says) in [
            (
                500,
                page(&format!("{long}<p>The mailbox is over quota</p>")),
                "The mailbox is over quota",
            ),
            (
                403,
                page("<h1>Forbidden</h1><p>You may not write &lt;here&gt; &amp; now</p>"),
                "You may not write <here> & now",
            ),
            (507, String::new(), "Insufficient Storage"),
            (500, "<html></html>".to_owned(), "Internal Server Error"),
            (400, "no such thing\nat all".to_owned(), "no such thing at all"),
        ] {
            assert_eq!(meaning(status, body.as_bytes()), says);
        }
    }

    #[test]
    fn nothing_of_a_page_reaches_the_terminal_as_markup() {
        let said = meaning(500, b"<html><body><b>\x1b[2J</b><script>x");
        assert!(!said.contains(['<', '\u{1b}']), "{said}");
    }
}

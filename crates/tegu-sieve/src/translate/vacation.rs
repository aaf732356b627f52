//! The text of a reply, as `vacation` (RFC 5230) takes it.

use super::Owner;
use crate::html;
use crate::rule::ReplyTemplate;
use crate::script::{Argument, Command};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A part whose lines are longer than this travels in base64.
const LONGEST_LINE: usize = 900;

/// An automatic reply; nothing if there is no text.
pub(super) fn reply(message: &str, days: i64, handle: &str, owner: &Owner) -> Option<Command> {
    let text = html::to_text(message);
    if text.trim().is_empty() {
        return None;
    }
    let mut options = vec![
        Argument::tag("days"),
        Argument::Number(u64::try_from(days).unwrap_or(1)),
    ];
    options.extend([Argument::tag("handle"), Argument::Text(handle.to_owned())]);
    options.extend([
        Argument::tag("addresses"),
        Argument::texts(owner.addresses.iter().cloned()),
    ]);
    if !html::is_html(message) {
        return Some(Command::vacation(options, whole_lines(&text)));
    }
    options.push(Argument::tag("mime"));
    Some(Command::vacation(options, alternative(&text, message)))
}

/// A template of a rule.
pub(super) fn template(at: usize, template: &ReplyTemplate, owner: &Owner) -> Command {
    let mut options = vec![Argument::tag("days"), Argument::Number(1)];
    options.extend([
        Argument::tag("handle"),
        Argument::Text(format!("tegu-rule-{}", at + 1)),
    ]);
    if !template.subject.trim().is_empty() {
        options.extend([
            Argument::tag("subject"),
            Argument::Text(template.subject.replace(char::is_control, " ")),
        ]);
    }
    if !owner.addresses.is_empty() {
        options.extend([
            Argument::tag("addresses"),
            Argument::texts(owner.addresses.iter().cloned()),
        ]);
    }
    Command::vacation(options, whole_lines(&template.text))
}

fn whole_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    format!("{}\n", text.trim_end_matches('\n'))
}

/// A MIME entity with both forms (RFC 2046, section 5.1.4).
fn alternative(text: &str, markup: &str) -> String {
    let boundary = format!("tegu-{}", &blake3::hash(markup.as_bytes()).to_hex()[..24]);
    let mut out = format!("Content-Type: multipart/alternative; boundary=\"{boundary}\"\n");
    for (kind, body) in [("plain", text), ("html", markup)] {
        let body = whole_lines(body);
        let long = body.lines().any(|line| line.len() > LONGEST_LINE);
        let encoding = if long { "base64" } else { "8bit" };
        out.push_str(&format!(
            "\n--{boundary}\nContent-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n"
        ));
        if long {
            let encoded = STANDARD.encode(body.replace('\n', "\r\n"));
            for line in encoded.as_bytes().chunks(76) {
                out.push_str(&String::from_utf8_lossy(line));
                out.push('\n');
            }
        } else {
            out.push_str(&body);
        }
    }
    out.push_str(&format!("\n--{boundary}--\n"));
    out
}

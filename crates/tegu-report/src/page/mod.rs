//! `report.html`: one page that opens from disk, without a network.
//!
//! The page holds the data as JSON, and one script that shows them; rows are made when they come into sight, so that an
//! organisation of ten thousand accounts opens at once. Three things keep what comes from outside from being more than text:
//! the JSON holds no `<`, the script makes text nodes and no markup, and the page's own policy lets no other script run.

mod data;

use crate::{Report, State};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use std::{
    fmt::Write as _,
    io::{self, Write},
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// How a Content-Security-Policy names an inline script or style.
fn csp_hash(content: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(content)))
}

/// The data alone, as a page that is [live](write) asks for them.
pub(super) fn write_data(report: &Report, live: &str, out: &mut dyn Write) -> io::Result<()> {
    data::write(report, Some(live), out)
}

/// A live page asks the server that it came from for new data, and no other.
pub(super) fn write(report: &Report, live: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let title = escape(&report.job);
    let connect = if live.is_some() {
        " connect-src 'self';"
    } else {
        ""
    };
    let (style_hash, script_hash) = (csp_hash(STYLE), csp_hash(SCRIPT));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{style_hash}'; script-src '{script_hash}';{connect} \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <header><h1 class=\"name\">{title}</h1><p class=\"soft\">{} – {}</p><div id=\"tools\"></div></header>\n\
         <main id=\"content\"><noscript>",
        escape(&report.started),
        escape(&report.finished),
    )?;
    out.write_all(sums(report).as_bytes())?;
    write!(
        out,
        "</noscript></main>\n<footer class=\"soft\">report.json · worklist.csv</footer>\n<script type=\"application/json\" id=\"data\">"
    )?;
    data::write(report, live, out)?;
    write!(out, "</script>\n<script>{SCRIPT}</script>\n</html>\n")
}

/// What a browser without scripts shows.
fn sums(report: &Report) -> String {
    let mut page = String::from(
        "<p>Scripts are off: only the sums are shown. · Скрипты отключены: показаны только итоги.</p><table><tr><th></th><th>source</th>",
    );
    // Writing to a String does not fail.
    for state in State::ALL {
        let _ = write!(page, "<th>{state}</th>");
    }
    page.push_str("</tr>");
    for row in &report.entities {
        let unknown = if row.uncounted > 0 { "+ ?" } else { "" };
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}{unknown}</td>",
            row.entity, row.counts.source
        );
        for state in State::ALL {
            let _ = write!(page, "<td>{}</td>", row.counts.get(state));
        }
        page.push_str("</tr>");
    }
    page.push_str("</table>");
    page
}

/// Takes the meaning of markup out of a text that comes from outside.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if tegu_outcome::is_hidden(c) => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn markup_from_outside_stays_text() {
        assert_eq!(
            escape("<img src=x onerror='a&b'>\u{1b}\u{202e}"),
            "&lt;img src=x onerror=&#39;a&amp;b&#39;&gt;\u{fffd}\u{fffd}"
        );
    }

    /// A browser runs the script only if the policy names its hash; somebody else's program computes it too.
    #[test]
    fn the_policy_names_what_the_page_holds() {
        for content in [STYLE, SCRIPT] {
            let mut openssl = Command::new("sh")
                .args(["-c", "openssl dgst -sha256 -binary | openssl base64 -A"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("openssl (Debian package openssl)");
            openssl
                .stdin
                .take()
                .unwrap()
                .write_all(content.as_bytes())
                .unwrap();
            let output = openssl.wait_with_output().unwrap();
            let hash = String::from_utf8(output.stdout).unwrap();
            assert_eq!(csp_hash(content), format!("sha256-{hash}"));
        }
    }
}

//! Foreign text on its way to people.

/// Removes what a terminal or a page would obey instead of show: control characters, and marks that change the direction of
/// text. The result is one line.
///
/// Use this for every text that a server, a message or a file chose, before it is printed.
///
/// ```
/// assert_eq!(tegu_outcome::printable("a\x1b[31m\u{202e}b\r\nc"), "a[31mbc");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).collect()
}

/// Returns whether `c` is a control character, a line or paragraph separator, or a mark of the bidirectional algorithm (UAX #9).
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Makes one printable line of at most 400 characters: runs of hidden characters become one space, and longer text ends in `…`.
///
/// Messages of [`Error`](crate::Error) pass through this function.
///
/// ```
/// assert_eq!(tegu_outcome::one_line("NO \x1b[31mfull\r\nreally"), "NO [31mfull really");
/// ```
#[must_use]
pub fn one_line(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut line = String::with_capacity(text.len().min(LONGEST));
    let parts = text
        .split(is_hidden)
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let mut left = LONGEST;
    for part in parts {
        if !line.is_empty() {
            line.push(' ');
            left = left.saturating_sub(1);
        }
        let before = line.len();
        line.extend(part.chars().take(left));
        if line.len() - before < part.len() {
            line.push('…');
            break;
        }
        left = left.saturating_sub(part.chars().count());
    }
    line
}

/// Takes `smtp:` or `mailto:` off an address, whatever its case, and blanks around it: Exchange writes addresses with the former.
///
/// ```
/// assert_eq!(tegu_outcome::bare_address(" SMTP:anna@example.test"), "anna@example.test");
/// assert_eq!(tegu_outcome::bare_address("x500:/o=x"), "x500:/o=x");
/// ```
#[must_use]
pub fn bare_address(text: &str) -> &str {
    let text = text.trim();
    let bare = ["smtp:", "mailto:"].into_iter().find_map(|prefix| {
        let (head, rest) = text.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    });
    bare.map_or(text, str::trim)
}

/// Makes a cell of a CSV table (RFC 4180): always quoted, and never a formula.
///
/// Spreadsheets run a cell that begins with `=`, `+`, `-` or `@`. Such a cell gets an apostrophe in front, which spreadsheets show
/// as text.
///
/// ```
/// assert_eq!(tegu_outcome::csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
/// assert_eq!(tegu_outcome::csv_cell("=1+1"), "\"'=1+1\"");
/// ```
#[must_use]
pub fn csv_cell(text: &str) -> String {
    // Spreadsheets skip blanks, and what they do not show, before they look for a formula.
    let shown = text.trim_start_matches(|c: char| c.is_whitespace() || is_hidden(c));
    let formula = shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// Makes a row of [cells](csv_cell), with its line end.
///
/// ```
/// assert_eq!(tegu_outcome::csv_row(&["a", "b,c"]), "\"a\",\"b,c\"\r\n");
/// ```
#[must_use]
pub fn csv_row(cells: &[&str]) -> String {
    let cells = cells.iter().map(|text| csv_cell(text)).collect::<Vec<_>>();
    format!("{}\r\n", cells.join(","))
}

/// Escapes the hidden characters of a JSON text (RFC 8259, section 7), so that a terminal obeys none of them and the values stay what
/// they are. Line feeds stay: in JSON they stand only between values.
///
/// ```
/// assert_eq!(tegu_outcome::printable_json("[\n\"a\u{9b}b\"]"), "[\n\"a\\u009bb\"]");
/// ```
#[must_use]
pub fn printable_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut() {
        assert_eq!(one_line(&"я".repeat(5000)).chars().count(), 401);
        assert_eq!(one_line(&"я".repeat(400)).chars().count(), 400);
    }

    #[test]
    fn text_without_hidden_characters_is_unchanged() {
        assert_eq!(one_line("a  b: c"), "a  b: c");
        assert_eq!(printable("Ящик №1"), "Ящик №1");
    }

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(csv_cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        for hostile in [
            "+1",
            "-1",
            "@SUM(1)",
            " =1",
            "\t=1",
            "\r=1",
            "\u{feff}=1",
            "\u{200f}=1",
            "\u{a0}=1",
            "＝1",
        ] {
            assert!(csv_cell(hostile).starts_with("\"'"), "{hostile:?}");
        }
        assert_eq!(csv_cell("a@b"), "\"a@b\"");
    }
}

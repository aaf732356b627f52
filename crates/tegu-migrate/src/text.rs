//! Tables for spreadsheets.

use tegu_outcome::is_hidden;

/// A cell of a table for a spreadsheet (RFC 4180): quoted, and never a formula.
pub(crate) fn cell(text: &str) -> String {
    // Spreadsheets pass over blanks, and over what they do not show, before they look for a formula.
    let shown = text.trim_start_matches(|c: char| c.is_whitespace() || is_hidden(c));
    let formula = shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// A row of such cells.
pub(crate) fn row(cells: &[&str]) -> String {
    let cells = cells.iter().map(|text| cell(text)).collect::<Vec<_>>();
    format!("{}\r\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
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
            assert!(cell(hostile).starts_with("\"'"), "{hostile:?}");
        }
        assert_eq!(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(cell("a@b"), "\"a@b\"");
    }
}

//! The worklist as a table for a spreadsheet.

use super::Report;

/// RFC 4180 with a byte order mark, which spreadsheets want before they believe in UTF-8.
pub(super) fn csv(report: &Report) -> String {
    let mut text =
        String::from("\u{feff}entity,account,container,label,state,codes,reason,original,item\r\n");
    for work in &report.worklist {
        let codes = work
            .findings
            .iter()
            .map(|finding| finding.code.as_ref())
            .collect::<Vec<_>>()
            .join(" ");
        let reasons = work
            .findings
            .iter()
            .map(|finding| finding.message.as_str())
            .collect::<Vec<_>>()
            .join("; ");
        let cells = [
            work.entity.name(),
            &work.account,
            &work.container,
            &work.label,
            work.state.name(),
            &codes,
            &reasons,
            work.original.as_deref().unwrap_or_default(),
            &work.item,
        ];
        text.push_str(&cells.map(cell).join(","));
        text.push_str("\r\n");
    }
    text
}

/// Quotes a cell; one that a spreadsheet would take for a formula gets an apostrophe in front.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(super::cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(super::cell("say \"hi\""), "\"say \"\"hi\"\"\"");
    }
}

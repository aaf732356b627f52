//! The worklist as a table for spreadsheets.

use crate::Report;
use std::io::{Result, Write};
use tegu_outcome::csv_row;

/// RFC 4180 with a byte order mark, without which spreadsheets do not recognise UTF-8.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> Result<()> {
    out.write_all("\u{feff}entity,account,container,label,state,codes,reason,original,item\r\n".as_bytes())?;
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
        out.write_all(csv_row(&cells).as_bytes())?;
    }
    Ok(())
}

//! A table of directory addresses and mail addresses.

use std::path::Path;
use std::sync::Arc;

use tegu_dav::resolve::Table;

/// One pair a line, with a tab or a semicolon between them.
pub(crate) fn read(path: &Path) -> Result<Arc<Table>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let pairs = text.lines().filter_map(|line| {
        let (name, address) = line.rsplit_once(['\t', ';'])?;
        Some((name.trim().trim_matches('"'), address.trim().trim_matches('"')))
    });
    Ok(Arc::new(Table::new(pairs)))
}

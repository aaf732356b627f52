//! Just enough HTTP to see whether a server answers.

use crate::http;
use std::io;

/// Sends one request without a body, and fails unless the status of the answer is one of `statuses`.
pub(crate) fn expect(
    port: u16,
    method: &str,
    path: &str,
    login: Option<(&str, &str)>,
    statuses: &[u16],
) -> io::Result<()> {
    let status = http::send(port, (method, path), login, "")?.status;
    if statuses.contains(&status) {
        return Ok(());
    }
    Err(io::Error::other(format!("{method} {path} answered {status}")))
}

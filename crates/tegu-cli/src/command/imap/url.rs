//! `imap[s]://user@host[:port]/` on a command line.
//!
//! `imap://` means STARTTLS, and plain text on the loopback interface.

use crate::place::server;
use tegu_imap::{Credentials, Endpoint};

const SHAPE: &str = "imap[s]://user@host[:port]/";

/// Where to connect and who logs in, with the password from `variable`.
pub(super) fn read(url: &str, variable: &str, insecure: bool) -> Result<(Endpoint, Credentials), String> {
    server("imap", SHAPE, url, variable, insecure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tegu_net::Security;

    /// What only begins like a loopback address is another host: no password goes there in clear text.
    #[test]
    fn a_host_that_begins_like_a_loopback_address_is_not_one() {
        for (host, security) in [
            ("127.evil.example", Security::StartTls),
            ("localhost.evil.example", Security::StartTls),
            ("127.0.0.1", Security::PlainText),
            ("localhost", Security::PlainText),
        ] {
            // A variable that every process has.
            let (endpoint, _) = read(&format!("imap://anna@{host}:1143/"), "PATH", false).unwrap();
            assert_eq!(endpoint.security(), security, "{host}");
        }
    }
}

//! Forwarding in `Get-Mailbox`.

use super::{Encoding, Limits, malformed};
use crate::rule::is_address;
use serde::Serialize;
use tegu_outcome::{Result, bare_address};
use tegu_shell::{Value, rows};

/// What `Get-Mailbox` says of a mailbox: its addresses, and where its mail is forwarded.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ForwardingExport {
    /// The primary SMTP address.
    pub address: String,
    /// All other SMTP addresses.
    pub aliases: Vec<String>,
    /// `ForwardingAddress`: an object of the directory, by the path that the shell prints. It wins over the next.
    pub object: Option<String>,
    /// `ForwardingSmtpAddress`.
    pub smtp: Option<String>,
    /// `DeliverToMailboxAndForward`.
    pub keeps: bool,
    /// Other names of the mailbox: alias, display name, distinguished name, path.
    pub names: Vec<String>,
}

/// Reads an export of `Get-Mailbox`: one value for each mailbox, also for those that forward nothing.
///
/// # Errors
///
/// As [`rules`](super::rules).
pub fn forwarding(octets: &[u8], encoding: Encoding, limits: &Limits) -> Result<Vec<ForwardingExport>> {
    let what = "the export of Get-Mailbox";
    let mut all = Vec::new();
    for row in rows(octets, encoding, limits).map_err(|error| error.doing("read", what))? {
        let wrong = |why: &str| malformed(format!("{}: {why}", row.place)).doing("read", what);
        let address = row
            .text("PrimarySmtpAddress")
            .map(bare_address)
            .filter(|text| is_address(text));
        let Some(address) = address else {
            return Err(wrong("PrimarySmtpAddress is no address"));
        };
        let smtp = row.text("ForwardingSmtpAddress").map(bare_address);
        if smtp.is_some_and(|address| !is_address(address)) {
            return Err(wrong("ForwardingSmtpAddress is no address"));
        }
        let listed = row.get("EmailAddresses").map(Value::values).unwrap_or_default();
        let aliases = listed
            .iter()
            .filter_map(Value::text)
            .flat_map(|text| text.split([',', ' ', '{', '}']))
            .filter_map(|text| text.strip_prefix("smtp:"))
            .filter(|text| is_address(text));
        let names = [
            "Alias",
            "DisplayName",
            "DistinguishedName",
            "Identity",
            "Name",
            "LegacyExchangeDN",
            "UserPrincipalName",
        ];
        all.push(ForwardingExport {
            address: address.to_owned(),
            aliases: aliases.map(ToOwned::to_owned).collect(),
            object: row.text("ForwardingAddress").map(ToOwned::to_owned),
            smtp: smtp.map(ToOwned::to_owned),
            keeps: row
                .get("DeliverToMailboxAndForward")
                .and_then(Value::boolean)
                .unwrap_or(false),
            names: names
                .iter()
                .filter_map(|name| row.text(name))
                .map(ToOwned::to_owned)
                .collect(),
        });
    }
    Ok(all)
}

//! Routing sheets: text for both sides, which people apply.

use crate::{Error, Recipient, RecipientKind, Result, Server, Servers, Stage, Stages};
use std::{
    fmt::Write,
    path::{Path, PathBuf},
};
use tegu_outcome::{csv_row, file};

/// What both sides must know, for one moment of the migration. Each sheet is complete: applying it twice changes nothing, and a
/// later one replaces it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sheets {
    /// For the Exchange Management Shell, once, before the first wave: the connector to TEGU.
    pub exchange_setup: String,
    /// For the Exchange Management Shell: forwards the mail of moved mailboxes to TEGU, and ends that for rolled-back ones.
    pub exchange: String,
    /// For the Exchange Management Shell: undoes [`exchange`](Self::exchange).
    pub exchange_undo: String,
    /// The transport map of the Postfix in front of TEGU (transport(5)).
    pub transport: String,
    /// The alias map of that Postfix (virtual(5)): rewrites addresses of TEGU's own domain to those of the organisation.
    pub virtual_alias: String,
    /// For a spreadsheet: every address and the server that delivers its mail.
    pub table: String,
}

impl Sheets {
    /// Composes the sheets for the current stage of everybody. Addresses that cannot stand in a sheet are left out;
    /// [`prove`](crate::prove) names them.
    #[must_use]
    pub fn new(servers: &Servers, recipients: &[Recipient], stages: &Stages) -> Self {
        let mut sheets = Self {
            exchange_setup: setup(servers),
            exchange: head("#"),
            exchange_undo: head("#"),
            transport: head("#"),
            virtual_alias: head("#"),
            table: format!(
                "\u{feff}{}",
                csv_row(&["recipient", "address", "kind", "stage", "end"])
            ),
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            sheets.transport,
            "{} {}",
            servers.tegu_domain,
            servers.transport(Server::Tegu)
        );
        for recipient in recipients.iter().filter(|recipient| is_plain(&recipient.mail)) {
            sheets.add(servers, recipient, stages);
        }
        for domain in domains(recipients) {
            let _ = writeln!(
                sheets.transport,
                "{domain} {}",
                servers.transport(Server::Exchange)
            );
        }
        sheets
    }

    fn add(&mut self, servers: &Servers, recipient: &Recipient, stages: &Stages) {
        let stage = stages.stage(&recipient.mail);
        let server = server(recipient, stages);
        let transport = servers.transport(server);
        for address in recipient.addresses().filter(|address| is_plain(address)) {
            let key = address.to_lowercase();
            let _ = writeln!(self.transport, "{key} {transport}");
            let kind = match recipient.kind {
                RecipientKind::Group => "group",
                RecipientKind::Mailbox => "mailbox",
            };
            let row = [
                recipient.mail.as_str(),
                address,
                kind,
                stage.name(),
                server.name(),
            ];
            self.table.push_str(&csv_row(&row));
        }
        if recipient.kind != RecipientKind::Mailbox {
            return;
        }
        let mail = recipient.mail.to_lowercase();
        let on_tegu = tegu_address(&mail, servers);
        let clear = format!(
            "Set-Mailbox -Identity {} -ForwardingSmtpAddress $null -DeliverToMailboxAndForward $false\r\n",
            quoted(&mail)
        );
        match (server, stage) {
            (Server::Tegu, _) => {
                let _ = write!(
                    self.exchange,
                    "Set-Mailbox -Identity {} -ForwardingSmtpAddress {} -DeliverToMailboxAndForward $false\r\n",
                    quoted(&mail),
                    quoted(&format!("smtp:{on_tegu}"))
                );
                self.exchange_undo.push_str(&clear);
                let _ = writeln!(self.virtual_alias, "{on_tegu} {mail}");
            }
            (Server::Exchange, Stage::RolledBack) => self.exchange.push_str(&clear),
            (Server::Exchange, _) => {}
        }
    }

    /// Writes each sheet as a file into a folder, readable by its owner only: `exchange-setup.ps1`, `exchange.ps1`,
    /// `exchange-undo.ps1`, `transport`, `virtual` and `routing.csv`.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io) names the file.
    pub fn write_to(&self, folder: &Path) -> Result<()> {
        let files = [
            ("exchange-setup.ps1", &self.exchange_setup),
            ("exchange.ps1", &self.exchange),
            ("exchange-undo.ps1", &self.exchange_undo),
            ("transport", &self.transport),
            ("virtual", &self.virtual_alias),
            ("routing.csv", &self.table),
        ];
        for (name, content) in files {
            // Windows PowerShell reads a script as UTF-8 only with a byte order mark.
            let mark = if name.ends_with(".ps1") { "\u{feff}" } else { "" };
            file::write(&folder.join(name), |file| write!(file, "{mark}{content}"))?;
        }
        Ok(())
    }

    /// Returns the folder of a wave's sheets below a job's directory: `waves/NAME`. Characters that a file system or a shell might
    /// take for something else become `%` and two hexadecimal digits.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) for an empty name and for one of more than 200 octets when encoded.
    pub fn folder(directory: &Path, wave: &str) -> Result<PathBuf> {
        let mut name = String::new();
        for (at, c) in wave.char_indices() {
            let inner = at > 0 && at + c.len_utf8() < wave.len();
            if c.is_alphanumeric() || "-_+=@,".contains(c) || (inner && matches!(c, '.' | ' ')) {
                name.push(c);
            } else {
                for octet in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a String does not fail.
                    let _ = write!(name, "%{octet:02X}");
                }
            }
        }
        if name.is_empty() || name.len() > 200 {
            return Err(Error::config(format!("{wave:?} cannot be the name of a wave")));
        }
        Ok(directory.join("waves").join(name))
    }
}

/// The server that delivers a recipient's mail. Exchange expands groups as long as it runs, since it cannot forward them; their
/// members have servers of their own.
pub(crate) fn server(recipient: &Recipient, stages: &Stages) -> Server {
    match recipient.kind {
        RecipientKind::Mailbox => stages.stage(&recipient.mail).server(),
        RecipientKind::Group => Server::Exchange,
    }
}

/// The address in TEGU's own domain that stands for an address of the organisation. It includes the domain, because local parts
/// of two domains may be equal.
pub(crate) fn tegu_address(mail: &str, servers: &Servers) -> String {
    let (local, domain) = mail.rsplit_once('@').unwrap_or((mail, ""));
    format!("{local}={domain}@{}", servers.tegu_domain)
}

/// The organisation's own domains, each once.
pub(crate) fn domains(recipients: &[Recipient]) -> Vec<String> {
    let addresses = recipients.iter().flat_map(Recipient::addresses);
    let domains = addresses
        .filter(|address| is_plain(address))
        .filter_map(|address| {
            let (_, domain) = address.rsplit_once('@')?;
            Some(domain.to_lowercase())
        });
    let mut domains = domains.collect::<Vec<_>>();
    domains.sort();
    domains.dedup();
    domains
}

/// Returns whether an address can stand in a table and in a script: a dot-string (RFC 5321, section 4.1.2, with letters beyond
/// ASCII as in RFC 6531) before the `@`.
pub(crate) fn is_plain(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let dotted = |text: &str, part: &dyn Fn(char) -> bool| {
        text.split('.')
            .all(|label| !label.is_empty() && label.chars().all(part))
    };
    // A line that begins with a number sign is a comment in Postfix's tables.
    !local.starts_with('#')
        && address.len() <= 320
        && dotted(local, &atom)
        && dotted(domain, &|c| c.is_alphanumeric() || c == '-')
}

/// Quotes a text for PowerShell, which ends a text at any of five quotation marks.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
    }
    quoted.push('\'');
    quoted
}

fn head(comment: &str) -> String {
    format!("{comment} made by tegu; the sheet of the next wave replaces it\n")
}

fn setup(servers: &Servers) -> String {
    let (host, port) = servers.tegu.split_once(':').unwrap_or((&servers.tegu, "25"));
    format!(
        "# Once, before the first wave. The organisation's domains stay authoritative: Exchange refuses addresses that nobody has.\r\n\
         New-SendConnector -Name 'TEGU' -Usage Custom -AddressSpaces 'SMTP:{domain};1' -SmartHosts '{host}' -Port {port} -DNSRoutingEnabled $false\r\n\
         Set-RemoteDomain -Identity Default -AutoForwardEnabled $true\r\n\
         # On the Postfix in front of TEGU: transport_maps = hash:/etc/postfix/transport, virtual_alias_maps = hash:/etc/postfix/virtual,\r\n\
         # then postmap both files after each change. TEGU sends mail for others to that Postfix.\r\n",
        domain = servers.tegu_domain,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_addresses_stand_in_no_sheet() {
        for hostile in [
            "a b@x.test",
            "a\n@x.test",
            "\"a b\"@x.test",
            "#a@x.test",
            "a;b@x.test",
            "a@x.test ",
            "a@x..test",
            "a\u{2028}@x.test",
            "@x.test",
            "a(b)@x.test",
            "a",
        ] {
            assert!(!is_plain(hostile), "{hostile:?}");
        }
        assert!(is_plain("o'brien+tag@x.test") && is_plain("анна@почта.рф"));
    }

    #[test]
    fn a_text_of_powershell_stays_a_text() {
        assert_eq!(quoted("o'brien"), "'o''brien'");
        assert_eq!(
            quoted("a\u{2019}; Remove-Mailbox b"),
            "'a\u{2019}\u{2019}; Remove-Mailbox b'"
        );
        assert_eq!(quoted("$(calc)"), "'$(calc)'");
    }

    #[test]
    fn a_wave_cannot_climb_out() {
        for hostile in ["..", "../x", "", "/etc"] {
            let folder = Sheets::folder(Path::new("job"), hostile);
            assert!(
                folder.is_err() || folder.unwrap().starts_with("job/waves/"),
                "{hostile}"
            );
        }
        let folder = Sheets::folder(Path::new("job"), "a/../../b").unwrap();
        assert_eq!(folder.parent().unwrap(), Path::new("job/waves"));
    }
}

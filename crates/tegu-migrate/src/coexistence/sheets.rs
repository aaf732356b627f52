//! Routing sheets: text for both sides, which people apply.

use super::{End, Recipient, RecipientKind, Roll, Servers, Stage};
use crate::{Error, Result, file::write_atomically};
use std::{fmt::Write, path::Path};

/// What both sides must know. Each sheet is the whole truth at its time: applying it again changes nothing, and the sheets of a
/// later wave replace it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Sheets {
    /// For the Exchange Management Shell, once: the way to TEGU.
    pub exchange_setup: String,
    /// For the Exchange Management Shell: mail of moved mailboxes goes on to TEGU, of all others it stays.
    pub exchange: String,
    /// For the Exchange Management Shell: takes all of it back.
    pub exchange_undo: String,
    /// A transport map for the Postfix in front of TEGU (transport(5)).
    pub transport: String,
    /// An alias map for that Postfix (virtual(5)): addresses of TEGU's own domain are those of the organisation.
    pub virtual_alias: String,
    /// For a spreadsheet: every address and its end.
    pub table: String,
}

impl Sheets {
    /// Writes the sheets for where everybody stands. Addresses that could not stand in a sheet are left out, and
    /// [`prove`](super::prove) names them.
    pub fn write(servers: &Servers, recipients: &[Recipient], roll: &Roll) -> Self {
        let mut sheets = Self {
            exchange_setup: setup(servers),
            exchange: head("#"),
            exchange_undo: head("#"),
            transport: head("#"),
            virtual_alias: head("#"),
            table: format!(
                "\u{feff}{}",
                tegu_outcome::csv_row(&["recipient", "address", "kind", "stage", "end"])
            ),
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            sheets.transport,
            "{} {}",
            servers.tegu_domain,
            servers.transport(End::Tegu)
        );
        for recipient in recipients.iter().filter(|recipient| is_plain(&recipient.mail)) {
            sheets.add(servers, recipient, roll);
        }
        for domain in domains(recipients) {
            let _ = writeln!(sheets.transport, "{domain} {}", servers.transport(End::Exchange));
        }
        sheets
    }

    fn add(&mut self, servers: &Servers, recipient: &Recipient, roll: &Roll) {
        let stage = roll.stage(&recipient.mail);
        let end = end(recipient, roll);
        let transport = servers.transport(end);
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
                &end.to_string(),
            ];
            self.table.push_str(&tegu_outcome::csv_row(&row));
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
        match (end, stage) {
            (End::Tegu, _) => {
                let _ = write!(
                    self.exchange,
                    "Set-Mailbox -Identity {} -ForwardingSmtpAddress {} -DeliverToMailboxAndForward $false\r\n",
                    quoted(&mail),
                    quoted(&format!("smtp:{on_tegu}"))
                );
                self.exchange_undo.push_str(&clear);
                let _ = writeln!(self.virtual_alias, "{on_tegu} {mail}");
            }
            (End::Exchange, Stage::RolledBack) => self.exchange.push_str(&clear),
            (End::Exchange, _) => {}
        }
    }

    /// Writes each sheet as a file of a folder.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) names the file.
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
            // Windows PowerShell takes a script for UTF-8 only with this mark in front.
            let mark = if name.ends_with(".ps1") { "\u{feff}" } else { "" };
            write_atomically(&folder.join(name), format!("{mark}{content}").as_bytes())?;
        }
        Ok(())
    }

    /// The folder of a wave's sheets, below a job's directory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a name that is no name of a folder.
    pub fn folder(directory: &Path, wave: &str) -> Result<std::path::PathBuf> {
        let name = tegu_mbox::tree::encode_component(wave);
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return Err(Error::config(format!("{wave:?} cannot be the name of a wave")));
        }
        Ok(directory.join("waves").join(name))
    }
}

/// The server that is the end of a recipient's mail. A group ends where it is expanded: at Exchange as long as there is one,
/// since Exchange cannot be told to hand a group on. Its members have ends of their own.
pub(super) fn end(recipient: &Recipient, roll: &Roll) -> End {
    match recipient.kind {
        RecipientKind::Mailbox => roll.stage(&recipient.mail).end(),
        RecipientKind::Group => End::Exchange,
    }
}

/// The address of TEGU's own domain that stands for an address of the organisation. Local parts of several domains may be
/// equal, so the domain stands in it as well.
pub(super) fn tegu_address(mail: &str, servers: &Servers) -> String {
    let (local, domain) = mail.rsplit_once('@').unwrap_or((mail, ""));
    format!("{local}={domain}@{}", servers.tegu_domain)
}

/// The organisation's own domains, each once.
pub(super) fn domains(recipients: &[Recipient]) -> Vec<String> {
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

/// Whether an address can stand in a table and in a script: a dot-string (RFC 5321, section 4.1.2; letters beyond ASCII as in
/// RFC 6531) before the `@`.
pub(super) fn is_plain(address: &str) -> bool {
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

/// A text for PowerShell, which ends a text at any of five quotation marks.
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
    format!("{comment} made by tegu-migrate; the next wave's sheet replaces it\n")
}

fn setup(servers: &Servers) -> String {
    let (host, port) = servers.tegu.split_once(':').unwrap_or((&servers.tegu, "25"));
    format!(
        "# Once, before the first wave. The organisation's domains stay authoritative: Exchange refuses what nobody has.\r\n\
         New-SendConnector -Name 'TEGU' -Usage Custom -AddressSpaces 'SMTP:{domain};1' -SmartHosts '{host}' -Port {port} -DNSRoutingEnabled $false\r\n\
         Set-RemoteDomain -Identity Default -AutoForwardEnabled $true\r\n\
         # On the Postfix in front of TEGU: transport_maps = hash:/etc/postfix/transport, virtual_alias_maps = hash:/etc/postfix/virtual,\r\n\
         # then postmap both files after each change. TEGU hands mail for others to that Postfix.\r\n",
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

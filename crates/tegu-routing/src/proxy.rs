//! Sheets for a proxy in front of both servers: clients keep one server name, and each login reaches the server that has its mailbox.
//!
//! Two kinds are written, each complete for one moment: a `passwd-file` for Dovecot as a proxy, and a map for the `auth_http` answers of nginx'
//! mail proxy. A login that no sheet names goes to Exchange, which knows everybody from the directory and refuses who nobody is.

use crate::{
    Error, Recipient, RecipientKind, Result, Server, Servers, Stages,
    sheets::{is_plain, server},
};
use serde::{Deserialize, Serialize, de};
use std::{collections::BTreeMap, fmt::Write, net::IpAddr, path::Path};
use tegu_outcome::{Finding, file};

/// Where the proxy finds both servers: IP addresses, since nginx takes no names.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Clients {
    /// Exchange: an IP address with an optional port, `192.0.2.10` or `[2001:db8::10]:143`. Without a port, that of the protocol.
    pub exchange: String,
    /// TEGU, in the same form.
    pub tegu: String,
    /// How Dovecot speaks to both: `starttls` (the default), `tls` or `insecure`. nginx always speaks clear text to the servers behind it.
    #[serde(default)]
    pub security: Security,
}

/// How a proxy speaks to the servers behind it.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Security {
    /// STARTTLS.
    #[default]
    StartTls,
    /// TLS from the first octet.
    Tls,
    /// Clear text, in a network that nobody else can read.
    Insecure,
}

/// The port of IMAP, which nginx wants to be told.
const IMAP: u16 = 143;

/// An IP address and a port, if one is given.
fn place(key: &str, text: &str) -> Result<(IpAddr, Option<u16>)> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok().map(|address| (address, None));
    let with_port = || {
        let socket: std::net::SocketAddr = text.parse().ok()?;
        Some((socket.ip(), Some(socket.port()).filter(|port| *port != 0)))
    };
    address.or_else(with_port).ok_or_else(|| {
        let why = "is not an IP address with an optional port";
        Error::config(format!("coexistence.clients.{key}: {text:?} {why}"))
    })
}

impl Clients {
    /// Names both servers.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](tegu_outcome::ErrorKind::Config) if one is no IP address, or both are the same.
    pub fn new(exchange: impl Into<String>, tegu: impl Into<String>) -> Result<Self> {
        let (exchange, tegu) = (exchange.into(), tegu.into());
        if place("exchange", &exchange)? == place("tegu", &tegu)? {
            return Err(Error::config("coexistence.clients: both servers are the same"));
        }
        Ok(Self {
            exchange,
            tegu,
            security: Security::StartTls,
        })
    }

    /// Sets how Dovecot speaks to both servers.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    fn of(&self, server: Server) -> Option<(IpAddr, Option<u16>)> {
        match server {
            Server::Exchange => place("exchange", &self.exchange).ok(),
            Server::Tegu => place("tegu", &self.tegu).ok(),
        }
    }

    /// The extra fields of Dovecot's passdb that lead to a server.
    fn dovecot(&self, server: Server) -> String {
        let Some((address, port)) = self.of(server) else {
            return String::new();
        };
        let mut fields = format!("proxy=y nopassword=y host={address}");
        // Writing to a String does not fail.
        if let Some(port) = port {
            let _ = write!(fields, " port={port}");
        }
        fields.push_str(match self.security {
            Security::StartTls => " starttls=yes",
            Security::Tls => " ssl=yes",
            Security::Insecure => "",
        });
        fields
    }

    /// The value of nginx' map that leads to a server.
    fn nginx(&self, server: Server) -> String {
        match self.of(server) {
            Some((IpAddr::V6(address), port)) => format!("[{address}]:{}", port.unwrap_or(IMAP)),
            Some((address, port)) => format!("{address}:{}", port.unwrap_or(IMAP)),
            None => String::new(),
        }
    }
}

impl<'de> Deserialize<'de> for Clients {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            exchange: String,
            tegu: String,
            #[serde(default)]
            security: Security,
        }
        let written = Written::deserialize(deserializer)?;
        let clients = Self::new(written.exchange, written.tegu).map_err(de::Error::custom)?;
        Ok(clients.security(written.security))
    }
}

/// What a proxy must know at one moment.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ProxySheets {
    /// For Dovecot: a `passwd-file` with one line for each address of a mailbox on TEGU.
    pub dovecot: String,
    /// For nginx: the lines of a `map`, one for each address of a mailbox on TEGU.
    pub nginx: String,
    /// How both are put to use, once.
    pub setup: String,
}

impl ProxySheets {
    /// Composes the sheets for the current stage of everybody. Mailboxes on Exchange stand in no sheet: they are where everybody goes whom no
    /// sheet names. Addresses that cannot stand in one are left out, and [`prove`](Self::prove) names them.
    #[must_use]
    pub fn new(clients: &Clients, recipients: &[Recipient], stages: &Stages) -> Self {
        let head = "# made by tegu; the sheet of the next wave replaces it\n";
        let (mut dovecot, mut nginx) = (head.to_owned(), head.to_owned());
        for (address, _) in logins(recipients, stages).filter(|(_, server)| *server == Server::Tegu) {
            if !is_plain(address) {
                continue;
            }
            let login = address.to_lowercase();
            // Writing to a String does not fail.
            let _ = writeln!(dovecot, "{login}:::::::{}", clients.dovecot(Server::Tegu));
            // A key that begins with a tilde would be a regular expression.
            let escape = if login.starts_with('~') { "\\" } else { "" };
            let _ = writeln!(nginx, "\"{escape}{login}\" {};", clients.nginx(Server::Tegu));
        }
        Self {
            dovecot,
            nginx,
            setup: setup(clients),
        }
    }

    /// Reads the sheets again and compares: each login of the organisation reaches exactly the server that has its mailbox.
    ///
    /// The codes are `COEX-ADDRESS-UNSAFE` for an address that can stand in no sheet, `COEX-ADDRESS-TWICE` for one that two mailboxes have, and
    /// `COEX-WRONG-END`.
    #[must_use]
    pub fn prove(&self, clients: &Clients, recipients: &[Recipient], stages: &Stages) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut expected: BTreeMap<String, Server> = BTreeMap::new();
        for (address, server) in logins(recipients, stages) {
            if server == Server::Tegu && !is_plain(address) {
                let why = format!("{address:?} cannot stand in a sheet for a proxy");
                findings.push(Finding::lossy("COEX-ADDRESS-UNSAFE", why));
                continue;
            }
            let known = expected.insert(address.to_lowercase(), server);
            if known.is_some_and(|known| known != server) {
                let why = format!("{address} is a login of two mailboxes on two servers");
                findings.push(Finding::lossy("COEX-ADDRESS-TWICE", why));
            }
        }
        let dovecot = read(
            &self.dovecot,
            |line| line.split_once(":::::::"),
            &clients.dovecot(Server::Tegu),
        );
        let nginx = read(
            &self.nginx,
            |line| {
                let (login, place) = line.strip_prefix('"')?.split_once("\" ")?;
                Some((login.trim_start_matches('\\'), place.strip_suffix(';')?))
            },
            &clients.nginx(Server::Tegu),
        );
        for (name, read) in [("Dovecot", &dovecot), ("nginx", &nginx)] {
            for (login, server) in &expected {
                let end = read.get(login).copied().unwrap_or(Some(Server::Exchange));
                if end != Some(*server) {
                    let why = format!("{name} would send {login} elsewhere than to {server}");
                    findings.push(Finding::lossy("COEX-WRONG-END", why));
                }
            }
            for login in read.keys().filter(|login| !expected.contains_key(*login)) {
                let why = format!("the sheet for {name} names {login}, whom nobody knows");
                findings.push(Finding::lossy("COEX-WRONG-END", why));
            }
        }
        findings
    }

    /// Writes the sheets into a folder, readable by its owner only: `proxy-dovecot`, `proxy-nginx` and `proxy-setup`. With `undo` the names of the
    /// first two end in `-undo`: sheets of the moment before a wave, which lead everybody back.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io) names the file.
    pub fn write_to(&self, folder: &Path, undo: bool) -> Result<()> {
        let end = if undo { "-undo" } else { "" };
        let files = [
            (format!("proxy-dovecot{end}"), &self.dovecot),
            (format!("proxy-nginx{end}"), &self.nginx),
            ("proxy-setup".to_owned(), &self.setup),
        ];
        for (name, content) in files {
            file::write(&folder.join(name), |file| file.write_all(content.as_bytes()))?;
        }
        Ok(())
    }
}

/// The sheets of a wave: for the moment after it, and beside them those of the moment before, which undo it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WaveProxy {
    /// After the wave, and before it; `None` if the servers have no [`clients`](Servers::clients).
    pub sheets: Option<[ProxySheets; 2]>,
    /// What keeps either from leading each login to one server.
    pub findings: Vec<Finding>,
}

impl WaveProxy {
    /// Composes and proves the sheets of the moments before and after a wave.
    #[must_use]
    pub fn new(servers: &Servers, recipients: &[Recipient], (before, after): (&Stages, &Stages)) -> Self {
        let mut findings = Vec::new();
        let sheets = servers.clients.as_ref().map(|clients| {
            [after, before].map(|stages| {
                let sheets = ProxySheets::new(clients, recipients, stages);
                findings.extend(sheets.prove(clients, recipients, stages));
                sheets
            })
        });
        Self { sheets, findings }
    }

    /// Writes the sheets into a folder; see [`ProxySheets::write_to`].
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io) names the file.
    pub fn write_to(&self, folder: &Path) -> Result<()> {
        let Some([after, before]) = &self.sheets else {
            return Ok(());
        };
        after.write_to(folder, false)?;
        before.write_to(folder, true)
    }
}

/// Every address that somebody may log in by, and the server that has the mailbox.
fn logins<'a>(recipients: &'a [Recipient], stages: &'a Stages) -> impl Iterator<Item = (&'a str, Server)> {
    let mailboxes = recipients
        .iter()
        .filter(|recipient| recipient.kind == RecipientKind::Mailbox);
    mailboxes.flat_map(|recipient| {
        let server = server(recipient, stages);
        recipient.addresses().map(move |address| (address, server))
    })
}

/// A sheet as a proxy reads it: logins, and the server that a place stands for; `None` for a place that is neither's, and for a login that stands
/// there twice.
fn read<'a>(
    sheet: &'a str,
    cut: impl Fn(&'a str) -> Option<(&'a str, &'a str)>,
    tegu: &str,
) -> BTreeMap<String, Option<Server>> {
    let mut all = BTreeMap::new();
    for line in sheet.lines().filter(|line| !line.starts_with('#')) {
        let (login, place) = cut(line).unwrap_or((line, ""));
        let end = (place == tegu).then_some(Server::Tegu);
        all.entry(login.to_owned())
            .and_modify(|known| *known = None)
            .or_insert(end);
    }
    all
}

fn setup(clients: &Clients) -> String {
    format!(
        "# Dovecot as a proxy, once. Afterwards only /etc/dovecot/proxy-dovecot is replaced: it is read anew when it changes.\n\
         #   auth_username_format = %Lu\n\
         #   passdb {{\n#     driver = passwd-file\n#     args = username_format=%Lu /etc/dovecot/proxy-dovecot\n#   }}\n\
         #   passdb {{\n#     driver = static\n#     args = {dovecot}\n#   }}\n\
         #\n\
         # nginx' mail proxy, once. After each change of /etc/nginx/proxy-nginx: nginx -s reload. It speaks clear text to both servers.\n\
         #   http {{\n#     map $http_auth_user $mailbox {{ default {nginx}; include /etc/nginx/proxy-nginx; }}\n\
         #     map $mailbox $mailbox_host {{ ~^\\[?(?<end_host>[^\\]]+)\\]?:[0-9]+$ $end_host; }}\n\
         #     map $mailbox $mailbox_port {{ ~:(?<end_port>[0-9]+)$ $end_port; }}\n\
         #     server {{\n#       listen 127.0.0.1:9000;\n\
         #       location / {{ add_header Auth-Status OK; add_header Auth-Server $mailbox_host; add_header Auth-Port $mailbox_port; return 204; }}\n\
         #     }}\n#   }}\n\
         #   mail {{\n#     auth_http 127.0.0.1:9000/;\n#     server {{ listen 143; protocol imap; }}\n#   }}\n",
        dovecot = clients.dovecot(Server::Exchange),
        nginx = clients.nginx(Server::Exchange),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stage;

    fn moved(who: &[&str]) -> Stages {
        let mut stages = Stages::default();
        let who: Vec<String> = who.iter().map(|mail| (*mail).to_owned()).collect();
        for stage in [Stage::Copying, Stage::Following, Stage::CutOver] {
            stages.advance(&who, stage).unwrap();
        }
        stages
    }

    #[test]
    fn each_login_reaches_its_server() {
        let clients = Clients::new("192.0.2.10:1143", "[2001:db8::20]").unwrap();
        let recipients = [
            Recipient::mailbox("Anna@example.test").aliases(["~a@example.test"]),
            Recipient::mailbox("boris@example.test"),
            Recipient::group("all@example.test"),
        ];
        let stages = moved(&["Anna@example.test"]);
        let sheets = ProxySheets::new(&clients, &recipients, &stages);
        assert_eq!(
            sheets.dovecot.lines().skip(1).collect::<Vec<_>>(),
            [
                "anna@example.test:::::::proxy=y nopassword=y host=2001:db8::20 starttls=yes",
                "~a@example.test:::::::proxy=y nopassword=y host=2001:db8::20 starttls=yes",
            ]
        );
        assert!(
            sheets
                .nginx
                .contains("\"\\~a@example.test\" [2001:db8::20]:143;\n"),
            "{}",
            sheets.nginx
        );
        assert!(
            sheets.setup.contains("host=192.0.2.10 port=1143"),
            "{}",
            sheets.setup
        );
        assert_eq!(sheets.prove(&clients, &recipients, &stages), []);
        // The sheet of another moment is found out, in both forms.
        let wrong = sheets.prove(&clients, &recipients, &moved(&["boris@example.test"]));
        assert_eq!(wrong.len(), 6, "{wrong:?}");
        let twice = ProxySheets {
            dovecot: format!(
                "{}anna@example.test:::::::proxy=y host=192.0.2.99\n",
                sheets.dovecot
            ),
            ..sheets
        };
        assert_eq!(
            twice.prove(&clients, &recipients, &stages)[0].code,
            "COEX-WRONG-END"
        );
    }

    #[test]
    fn what_would_break_a_sheet_is_refused() {
        for hostile in [
            "mail.example.test",
            "192.0.2.1 port=1",
            "192.0.2.1;",
            "",
            "192.0.2.1:99999",
        ] {
            assert!(Clients::new(hostile, "192.0.2.2").is_err(), "{hostile:?}");
        }
        assert!(Clients::new("192.0.2.2", "192.0.2.2").is_err());
        let clients = Clients::new("192.0.2.1", "192.0.2.2").unwrap();
        let recipients = [
            Recipient::mailbox("a:b@example.test"),
            Recipient::mailbox("c\nd@example.test"),
        ];
        let stages = moved(&["a:b@example.test", "c\nd@example.test"]);
        let sheets = ProxySheets::new(&clients, &recipients, &stages);
        assert_eq!(sheets.dovecot.lines().count() + sheets.nginx.lines().count(), 2);
        let found = sheets.prove(&clients, &recipients, &stages);
        assert!(
            found.len() == 2 && found[0].code == "COEX-ADDRESS-UNSAFE",
            "{found:?}"
        );
    }
}

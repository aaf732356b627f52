use crate::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use std::{net::IpAddr, time::Duration};
use tegu_net::{Secret, Tls};
use tokio_postgres::config::{Host, SslMode};

/// Where a [`PostgresJournal`](super::PostgresJournal) is, and how to reach it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostgresOptions {
    pub(super) url: SecretString,
    pub(super) migration: String,
    pub(super) schema: String,
    pub(super) password: Option<Secret>,
    pub(super) connections: usize,
    pub(super) timeout: Duration,
    pub(super) tls: Tls,
    unencrypted: bool,
}

impl PostgresOptions {
    /// Takes the database as a URL (`postgres://user@host:port/name`) or in libpq's keywords, and the name of the migration: one
    /// database can hold many.
    ///
    /// The connection uses TLS and the server's certificate is verified. `sslmode=disable` turns TLS off; it is refused unless
    /// all hosts are Unix sockets, loopback addresses or exactly `localhost`. So is `sslmode=prefer`, since anyone on the way could
    /// force its fallback to plain text.
    pub fn new(url: impl Into<SecretString>, migration: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            migration: migration.into(),
            schema: "tegu".into(),
            password: None,
            connections: 8,
            timeout: Duration::from_secs(10),
            tls: Tls::default(),
            unencrypted: false,
        }
    }

    /// Sets the schema that holds the tables. It is made if it does not exist. The default is `tegu`.
    #[must_use]
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// Sets the password, if the URL does not hold it: a text, or [a provider](Secret::provider) that is asked before each
    /// connection, and once more for a fresh password if the database refuses it.
    #[must_use]
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Sets the most connections of this process. The default is 8.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Sets how long one statement may take. It should be shorter than a lease. The default is ten seconds.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets whom to trust in TLS, and the certificate to show: a database that asks for one may need no password.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Allows `sslmode=disable` and `sslmode=prefer` to any host: everyone on the way can read and change the journal. The password may travel in
    /// the clear.
    #[must_use]
    pub fn dangerously_allow_plain_text(mut self) -> Self {
        self.unencrypted = true;
        self
    }

    /// Returns whether the URL or the keywords hold a password: configurations refuse that, since a password does not belong into them.
    #[must_use]
    pub fn has_password_in_url(&self) -> bool {
        let config: Result<tokio_postgres::Config, _> = self.url.expose_secret().parse();
        config.is_ok_and(|config| config.get_password().is_some())
    }

    pub(super) fn config(&self) -> Result<tokio_postgres::Config> {
        // The library's message may quote what it could not read, and with it a password.
        let wrong = |_| Error::config("the journal's database: the URL cannot be read");
        let mut config: tokio_postgres::Config = self.url.expose_secret().parse().map_err(wrong)?;
        let written = written_mode(&config, self.url.expose_secret());
        match written {
            None | Some(SslMode::Require) => {
                config.ssl_mode(SslMode::Require);
            }
            Some(_) if self.unencrypted || is_local(&config) => {}
            Some(SslMode::Disable) => {
                return Err(Error::config(
                    "the journal's database: sslmode=disable is refused, since the host is not this machine: write sslmode=require, or leave \
                     it out, which means the same",
                ));
            }
            Some(_) => {
                return Err(Error::config(
                    "the journal's database: sslmode=prefer is refused, since the host is not this machine and anyone on the way could force \
                     the connection to plain text: write sslmode=require, or leave it out, which means the same",
                ));
            }
        }
        if config.get_application_name().is_none() {
            config.application_name("tegu-journal");
        }
        config
            .connect_timeout(self.timeout)
            .tcp_user_timeout(self.timeout);
        Ok(config)
    }

    /// Returns the schema's name, which goes into SQL as it is.
    pub(super) fn checked_schema(&self) -> Result<&str> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let name = self.schema.as_str();
        if name.is_empty()
            || name.len() > 63
            || !name.chars().all(fits)
            || name.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(Error::config(format_args!(
                "the journal's schema {name:?}: use up to 63 lower-case letters, digits and _"
            )));
        }
        Ok(name)
    }
}

/// Returns the mode that the text asks for. The library takes none for `prefer`, and the last of several: with another one before
/// all others, it tells whether there is any.
fn written_mode(config: &tokio_postgres::Config, url: &str) -> Option<SslMode> {
    let mode = config.get_ssl_mode();
    if mode != SslMode::Prefer {
        return Some(mode);
    }
    let with_default = if ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        // Parameters begin at the first `?` behind user and password.
        let behind = url.find('@').unwrap_or_default();
        match url.get(behind..).and_then(|rest| rest.find('?')) {
            Some(at) => {
                let (before, after) = url.split_at(behind + at + 1);
                format!("{before}sslmode=disable&{after}")
            }
            None => format!("{url}?sslmode=disable"),
        }
    } else {
        format!("sslmode=disable {url}")
    };
    let decided: tokio_postgres::Config = SecretString::from(with_default).expose_secret().parse().ok()?;
    (decided.get_ssl_mode() == SslMode::Prefer).then_some(SslMode::Prefer)
}

/// Returns whether every address that may be connected to is on this machine. A `hostaddr` is connected to in place of its `host`.
fn is_local(config: &tokio_postgres::Config) -> bool {
    let host = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(host) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// Says where the database is, without secrets.
pub(super) fn place(config: &tokio_postgres::Config) -> String {
    let host = config
        .get_hosts()
        .first()
        .map_or_else(String::new, |host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let database = config.get_dbname().unwrap_or_default();
    format!("postgres {host}:{port}/{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Result<SslMode> {
        Ok(PostgresOptions::new(url, "x").config()?.get_ssl_mode())
    }

    #[test]
    fn tls_is_off_only_where_the_connection_stays_on_this_machine() {
        for url in [
            "postgres://db.example.org/x",
            "postgres://db.example.org/x?sslmode=require",
            "postgresql://db.example.org",
            "postgres://anna:p?sslmode=prefer@db.example.org/x",
            "postgres://db.example.org/x?application_name=sslmode",
            "postgres://db.example.org/x?application_name=sslmode%3Dprefer",
            "postgres://db.example.org/x?sslmode=prefer&sslmode=require",
            "postgres://127.0.0.1/x",
            "host=db.example.org",
            "host=db.example.org application_name='sslmode=prefer'",
            "postgres://db.example.org/x?application_name=sslmode%3Ddisable",
            "postgres://127.0.0.1/x?application_name=sslmode",
            "host=db.example.org application_name='sslmode=disable'",
        ] {
            assert_eq!(mode(url).unwrap(), SslMode::Require, "{url}");
        }
        for url in [
            "postgres://127.0.0.1/x?sslmode=disable",
            "postgres://localhost/x?sslmode=disable",
            "host=::1 sslmode=disable",
            "host=/run/postgresql sslmode=disable",
        ] {
            assert_eq!(mode(url).unwrap(), SslMode::Disable, "{url}");
        }
        for url in [
            "postgres://localhost/x?sslmode=prefer",
            "host=/run/postgresql sslmode=prefer",
        ] {
            assert_eq!(mode(url).unwrap(), SslMode::Prefer, "{url}");
        }
        for url in [
            "postgres://db.example.org/x?sslmode=disable",
            "postgres://127.evil.example/x?sslmode=disable",
            "postgres://localhost.example/x?sslmode=disable",
            "postgres://localhost,db.example.org/x?sslmode=disable",
            "host=localhost hostaddr=192.0.2.1 sslmode=disable",
        ] {
            assert_eq!(mode(url).unwrap_err().kind(), crate::ErrorKind::Config, "{url}");
        }
        for url in [
            "postgres://db.example.org/x?sslmode=disable",
            "postgres://db.example.org/x?sslmode=prefer",
        ] {
            let options = PostgresOptions::new(url, "x");
            assert!(options.dangerously_allow_plain_text().config().is_ok());
        }
    }

    #[test]
    fn a_password_in_the_url_is_seen_in_every_form() {
        for (url, holds) in [
            ("postgres://anna:s3cret@db.example.org/x", true),
            ("postgres://anna@db.example.org/x?password=s3cret", true),
            ("host=db.example.org password = 's3cret'", true),
            ("postgres://anna@db.example.org/password", false),
            ("host=db.example.org application_name=password", false),
        ] {
            assert_eq!(
                PostgresOptions::new(url, "x").has_password_in_url(),
                holds,
                "{url}"
            );
        }
    }

    #[test]
    fn what_to_write_instead_is_said() {
        for (url, mode) in [
            (
                "postgres://anna:s3cret@db.example.org/x?sslmode=prefer",
                "sslmode=prefer is refused",
            ),
            (
                "postgres://anna:s3cret@db.example.org?sslmode=prefer",
                "sslmode=prefer is refused",
            ),
            (
                "postgres://db.example.org/x?sslmode=require&sslmode=prefer",
                "sslmode=prefer is refused",
            ),
            (
                "postgres://db.example.org/x?%73slmode=prefer",
                "sslmode=prefer is refused",
            ),
            (
                "postgres://127.evil.example/x?sslmode=prefer",
                "sslmode=prefer is refused",
            ),
            (
                "host=db.example.org sslmode = 'prefer'",
                "sslmode=prefer is refused",
            ),
            (
                "host=db.example.org sslmode=disable",
                "sslmode=disable is refused",
            ),
        ] {
            let error = PostgresOptions::new(url, "x").config().unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Config, "{url}");
            let text = error.to_string();
            assert!(
                text.contains(mode) && text.contains("write sslmode=require"),
                "{text}"
            );
            assert!(!text.contains("s3cret"), "{text}");
        }
    }
}

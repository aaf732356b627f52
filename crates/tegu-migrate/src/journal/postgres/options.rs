use crate::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// Where a [`PostgresJournal`](super::PostgresJournal) is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PostgresOptions {
    pub(super) url: SecretString,
    pub(super) migration: String,
    pub(super) schema: String,
    pub(super) password: Option<SecretString>,
    pub(super) connections: usize,
    pub(super) timeout: Duration,
    pub(super) extra_roots_pem: Option<Vec<u8>>,
}

impl PostgresOptions {
    /// A database by URL (`postgres://user@host:port/name?sslmode=require`) or by libpq's keywords, and the name of the
    /// migration: one database can hold many.
    ///
    /// With `sslmode=require`, the default here, the server's certificate is verified; `sslmode=disable` is for a socket or a
    /// network that is trusted.
    pub fn new(url: impl Into<SecretString>, migration: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            migration: migration.into(),
            schema: "tegu".into(),
            password: None,
            connections: 8,
            timeout: Duration::from_secs(10),
            extra_roots_pem: None,
        }
    }

    /// The schema that holds the tables; `tegu` unless told otherwise. It is made when it is missing.
    #[must_use]
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// The password, where the URL does not hold it.
    #[must_use]
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = Some(password);
        self
    }

    /// Connections of this process at most. Default 8.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// How long one question to the database may take. Default ten seconds; it should be shorter than a lease.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Certificates to trust besides the platform's.
    #[must_use]
    pub fn extra_roots_pem(mut self, pem: Vec<u8>) -> Self {
        self.extra_roots_pem = Some(pem);
        self
    }

    pub(super) fn config(&self) -> Result<tokio_postgres::Config> {
        let text = self.url.expose_secret();
        // The library's message may quote what it could not read, and with it a password.
        let wrong = |_| Error::config("the journal's database: the URL cannot be read");
        let mut config: tokio_postgres::Config = text.parse().map_err(wrong)?;
        if let Some(password) = &self.password {
            config.password(password.expose_secret());
        }
        if !text.contains("sslmode") {
            config.ssl_mode(tokio_postgres::config::SslMode::Require);
        }
        config
            .application_name("tegu-migrate")
            .connect_timeout(self.timeout)
            .tcp_user_timeout(self.timeout);
        Ok(config)
    }

    /// The schema's name as SQL takes it.
    pub(super) fn checked_schema(&self) -> Result<&str> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let name = self.schema.as_str();
        if name.is_empty()
            || name.len() > 63
            || !name.chars().all(fits)
            || name.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(Error::config(format!(
                "the journal's schema {name:?}: a name is made of small letters, digits and _"
            )));
        }
        Ok(name)
    }
}

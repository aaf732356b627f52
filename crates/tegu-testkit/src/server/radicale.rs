//! Radicale: CalDAV and CardDAV in plain files.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::http;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A Radicale of its own, empty. By default it asks for a password; see [`Radicale::builder`].
///
/// The home of user `anna` is `{url}anna/`.
#[derive(Debug)]
pub struct Radicale {
    daemon: Daemon,
    port: Port,
    dir: TempDir,
}

/// Options for [`Radicale`].
#[derive(Clone, Debug)]
pub struct RadicaleBuilder {
    users: Option<Vec<String>>,
    max_content_length: u64,
    rights: Option<PathBuf>,
}

impl RadicaleBuilder {
    /// Takes who may do what from this file, read anew with each request; without a call, everybody may do everything with his own and nothing else.
    #[must_use]
    pub fn rights(mut self, file: impl Into<PathBuf>) -> Self {
        self.rights = Some(file.into());
        self
    }

    /// Believes every user name without a password. The name must still be sent (HTTP Basic).
    #[must_use]
    pub fn without_passwords(mut self) -> Self {
        self.users = None;
        self
    }

    /// The users, each with the password of [`Radicale::password`]; without a call there is only `anyone`.
    #[must_use]
    pub fn users<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.users = Some(names.into_iter().map(str::to_owned).collect());
        self
    }

    /// The largest request body that is accepted, bytes; 100 MB without a call.
    #[must_use]
    pub fn max_content_length(mut self, bytes: u64) -> Self {
        self.max_content_length = bytes;
        self
    }

    /// Starts the server and waits until it answers a PROPFIND.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start(self) -> Radicale {
        process::with_fresh_ports(|| self.attempt())
    }

    fn attempt(&self) -> Result<Radicale, StartError> {
        let dir = process::memory_dir("radicale");
        let port = Port::reserve();
        let path = dir.path().display();
        let auth = match &self.users {
            None => "type = none\n".to_owned(),
            Some(users) => {
                let lines: String = users
                    .iter()
                    .map(|user| format!("{user}:{}\n", Radicale::password()))
                    .collect();
                fs::write(dir.path().join("users"), lines).expect("write the users");
                format!(
                    "type = htpasswd\nhtpasswd_filename = {path}/users\nhtpasswd_encryption = plain\ndelay = 0\n"
                )
            }
        };
        let rights = match &self.rights {
            None => "type = owner_only".to_owned(),
            Some(file) => format!("type = from_file\nfile = {}", file.display()),
        };
        let config = format!(
            "[server]\nhosts = 127.0.0.1:{port}\nmax_connections = 64\nmax_content_length = {max}\n[auth]\n{auth}\
             [rights]\n{rights}\n[storage]\nfilesystem_folder = {path}/collections\n[logging]\nlevel = warning\n",
            port = port.number(),
            max = self.max_content_length,
        );
        let file = dir.path().join("config");
        fs::write(&file, config).expect("write Radicale's configuration");
        let mut command = Command::new(process::program("radicale", "radicale"));
        command.arg("--config").arg(&file);
        let user = self.users.as_ref().and_then(|users| users.first());
        let login = (user.map_or("anyone", String::as_str), Radicale::password());
        let number = port.number();
        let daemon = Daemon::start("Radicale", &mut command, dir.path(), None, || {
            http::expect(number, "PROPFIND", "/", Some(login), &[207])
        })?;
        Ok(Radicale { daemon, port, dir })
    }
}

impl Radicale {
    /// Starts a server with one user, `anyone`, and the password of [`Radicale::password`].
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Options: which users, whether passwords count, how large a request may be.
    pub fn builder() -> RadicaleBuilder {
        RadicaleBuilder {
            users: Some(vec!["anyone".to_owned()]),
            max_content_length: 100_000_000,
            rights: None,
        }
    }

    /// The root, with a slash at the end: `http://127.0.0.1:PORT/`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port.number())
    }

    /// The port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The user that a server without options knows.
    pub fn user() -> &'static str {
        "anyone"
    }

    /// The password of every user.
    pub fn password() -> &'static str {
        "secret"
    }

    /// The folder that holds the collections, a folder for each user's below `collection-root`.
    pub fn folder(&self) -> PathBuf {
        self.dir.path().join("collections")
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

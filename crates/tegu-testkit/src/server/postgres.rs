//! PostgreSQL.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::tls::Certificate;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A PostgreSQL of its own, with an empty database `tegu` that belongs to the user `tegu`; the password is that of
/// [`Postgres::password`].
///
/// Connections with TLS and without are taken. Nothing is flushed to a disk: what it holds does not outlive the machine.
#[derive(Debug)]
pub struct Postgres {
    daemon: Daemon,
    programs: PathBuf,
    certificate: Certificate,
    port: Port,
    dir: TempDir,
}

impl Postgres {
    /// Starts a server and waits until it answers.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        process::with_fresh_ports(Self::attempt)
    }

    fn attempt() -> Result<Self, StartError> {
        let programs = programs();
        let dir = process::memory_dir("postgres");
        let path = dir.path();
        let certificate = Certificate::make(path, &[]);
        let port = Port::reserve();
        let data = path.join("data");
        let password = path.join("password");
        fs::write(&password, Self::password()).expect("write the password");
        // It will not run as root, and wants the key and its folder to be its own.
        process::run(Command::new("chown").args(["-R", "postgres:"]).arg(path), b"");
        process::run(Command::new("chmod").arg("600").arg(&certificate.key), b"");
        let mut init = unprivileged(&programs.join("initdb"));
        init.arg("-D").arg(&data).arg("--pwfile").arg(&password);
        init.args([
            "-U",
            "tegu",
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        process::run(init.current_dir(path), b"");
        let number = port.number();
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {number}\nunix_socket_directories = '{path}'\nfsync = off\n\
             max_connections = 100\nssl = on\nssl_ca_file = '{ca}'\nssl_cert_file = '{cert}'\nssl_key_file = '{key}'\n",
            path = path.display(),
            cert = certificate.cert.display(),
            key = certificate.key.display(),
            ca = certificate.ca.display(),
        );
        // The first line that fits counts.
        let hba = data.join("pg_hba.conf");
        let lines = fs::read_to_string(&hba).expect("read pg_hba.conf");
        fs::write(&hba, format!("hostssl all certified all cert\n{lines}")).expect("write pg_hba.conf");
        let file = data.join("postgresql.auto.conf");
        fs::write(&file, settings).expect("write PostgreSQL's settings");
        let daemon = launch(&programs, path, number)?;
        let server = Self {
            daemon,
            programs,
            certificate,
            port,
            dir,
        };
        server.sql(
            "postgres",
            "CREATE DATABASE tegu; CREATE ROLE certified LOGIN SUPERUSER",
        );
        Ok(server)
    }

    /// `127.0.0.1`; the certificate is also for `localhost`.
    pub fn host(&self) -> &str {
        "127.0.0.1"
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// `postgres://tegu:PASSWORD@127.0.0.1:PORT/tegu?sslmode=disable`.
    pub fn url(&self) -> String {
        Self::url_at(self.port())
    }

    /// The same through another port of this machine, such as a proxy's.
    pub fn url_at(port: u16) -> String {
        format!(
            "postgres://tegu:{}@127.0.0.1:{port}/tegu?sslmode=disable",
            Self::password()
        )
    }

    /// The password of the user `tegu`.
    pub fn password() -> &'static str {
        "secret"
    }

    /// The certificate of the authority that signed the server's, PEM.
    pub fn ca_pem(&self) -> &Path {
        &self.certificate.ca
    }

    /// The SHA-256 digest of the server's own certificate, as clients pin it.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate.sha256()
    }

    /// A certificate, and its key, by which the user `certified` signs in without a password; PEM.
    pub fn client_pem(&self) -> (PathBuf, PathBuf) {
        self.certificate.make_client("certified")
    }

    /// Runs SQL in a database by psql, and returns what it prints: a line for each row, columns parted by `|`.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.env("PGPASSWORD", Self::password())
            .args(["-h", "127.0.0.1", "-p", &self.port().to_string()]);
        psql.args(["-U", "tegu", "-d", database, "-AtX", "-v", "ON_ERROR_STOP=1"]);
        String::from_utf8(process::run(&mut psql, sql.as_bytes())).expect("PostgreSQL answers in UTF-8")
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    /// Kills the server and its processes at once, as a power cut would, and starts it again: same port, same data.
    ///
    /// # Panics
    ///
    /// When it does not start again.
    pub fn crash_and_restart(&mut self) {
        self.daemon.crash();
        let started = launch(&self.programs, self.dir.path(), self.port());
        match started {
            Ok(daemon) => self.daemon = daemon,
            Err(StartError::AddressInUse) => {
                panic!("another program took PostgreSQL's port while it was down")
            }
            Err(StartError::Failed(message)) => panic!("{message}"),
        }
    }
}

fn launch(programs: &Path, dir: &Path, port: u16) -> Result<Daemon, StartError> {
    let mut command = unprivileged(&programs.join("postgres"));
    command.arg("-D").arg(dir.join("data"));
    Daemon::start("PostgreSQL", &mut command, dir, None, || {
        let mut ready = Command::new(programs.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        let status = ready.status()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other(format!("pg_isready: {status}")))
        }
    })
}

/// Debian keeps the programs of each version in a folder of its own.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.retain(|folder| folder.join("postgres").is_file());
    folders.sort();
    match folders.pop() {
        Some(folder) => folder,
        None => process::program("postgres", "postgresql")
            .parent()
            .map(Path::to_owned)
            .unwrap_or_default(),
    }
}

/// A command that runs as the user `postgres`, which Debian's package makes.
fn unprivileged(program: &Path) -> Command {
    let id = |flag: &str| -> u32 {
        let text = process::run(Command::new("id").args([flag, "postgres"]), b"");
        String::from_utf8_lossy(&text)
            .trim()
            .parse()
            .expect("a user's number")
    };
    let mut command = Command::new(program);
    command.uid(id("-u")).gid(id("-g"));
    command
}

//! MIT Kerberos: a ticket server.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

const REALM: &str = "EXAMPLE.TEST";

/// A ticket server (KDC) of its own for the realm `EXAMPLE.TEST`. It knows the user `anna` and the services `imap/localhost` and
/// `HTTP/localhost`.
#[derive(Debug)]
pub struct Kerberos {
    _daemon: Daemon,
    _port: Port,
    dir: TempDir,
}

impl Kerberos {
    /// Starts it and waits until it takes connections.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        process::with_fresh_ports(Self::attempt)
    }

    fn attempt() -> Result<Self, StartError> {
        let dir = process::memory_dir("kerberos");
        let path = dir.path().display();
        let port = Port::reserve();
        let number = port.number();
        let client = format!(
            "[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_realm = false\ndns_lookup_kdc = false\n\
             dns_canonicalize_hostname = false\nrdns = false\nudp_preference_limit = 1\n\
             [realms]\n{REALM} = {{\n  kdc = 127.0.0.1:{number}\n}}\n[domain_realm]\nlocalhost = {REALM}\n"
        );
        let server = format!(
            "[kdcdefaults]\nkdc_listen = \"\"\nkdc_tcp_listen = 127.0.0.1:{number}\n\
             [realms]\n{REALM} = {{\n  database_name = {path}/principals\n  key_stash_file = {path}/stash\n  acl_file = {path}/acl\n}}\n\
             [logging]\nkdc = STDERR\n"
        );
        fs::write(dir.path().join("krb5.conf"), client).expect("write krb5.conf");
        fs::write(dir.path().join("kdc.conf"), server).expect("write kdc.conf");
        let this = |name: &str, package: &str| {
            let mut command = Command::new(process::program(name, package));
            command
                .env("KRB5_CONFIG", dir.path().join("krb5.conf"))
                .env("KRB5_KDC_PROFILE", dir.path().join("kdc.conf"));
            command
        };
        let mut create = this("kdb5_util", "krb5-kdc");
        // A master key from a weak random source would do; this one does not wait.
        process::run(create.args(["create", "-s", "-P", "master"]), b"");
        let keytab = dir.path().join("keytab");
        let mut requests = "addprinc -pw secret anna\n".to_owned();
        for service in ["imap/localhost", "sieve/localhost", "HTTP/localhost"] {
            requests.push_str(&format!(
                "addprinc -randkey {service}\nktadd -k {} {service}\n",
                keytab.display()
            ));
        }
        process::run(
            &mut this("kadmin.local", "krb5-admin-server"),
            requests.as_bytes(),
        );
        // Servers that have given up root read it.
        process::run(Command::new("chmod").arg("644").arg(&keytab), b"");
        let mut kdc = this("krb5kdc", "krb5-kdc");
        kdc.arg("-n");
        let daemon = Daemon::start("krb5kdc", &mut kdc, dir.path(), None, || {
            TcpStream::connect(("127.0.0.1", number)).map(drop)
        })?;
        Ok(Self {
            _daemon: daemon,
            _port: port,
            dir,
        })
    }

    /// The keys of the services.
    pub fn keytab(&self) -> PathBuf {
        self.dir.path().join("keytab")
    }

    /// Gets a ticket for `anna`, and returns the environment in which a program finds it.
    ///
    /// # Panics
    ///
    /// When `kinit` fails.
    pub fn tickets(&self) -> [(&'static str, String); 2] {
        let cache = format!("FILE:{}", self.dir.path().join("tickets").display());
        let environment = [
            (
                "KRB5_CONFIG",
                self.dir.path().join("krb5.conf").display().to_string(),
            ),
            ("KRB5CCNAME", cache),
        ];
        let mut kinit = Command::new(process::program("kinit", "krb5-user"));
        process::run(kinit.arg("anna").envs(environment.clone()), b"secret\n");
        environment
    }
}

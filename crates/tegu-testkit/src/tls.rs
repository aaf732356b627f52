//! A certificate authority of its own for each server.

use crate::process;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files of a server's certificate, for `localhost` and `127.0.0.1`.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) ca: PathBuf,
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificate {
    /// Makes an authority and, signed by it, a server certificate that also names `addresses`.
    ///
    /// Two certificates, because verifiers (rightly) refuse an authority's own certificate as a server's.
    pub(crate) fn make(dir: &Path, addresses: &[&str]) -> Self {
        let dir = dir.join("tls");
        fs::create_dir_all(&dir).expect("create a folder for certificates");
        let mut names = "DNS:localhost,IP:127.0.0.1".to_owned();
        for address in addresses {
            names.push_str(",IP:");
            names.push_str(address);
        }
        let config = format!(
            "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=localhost\n\
             [ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,digitalSignature\nsubjectKeyIdentifier=hash\n\
             [leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
             extendedKeyUsage=serverAuth\nsubjectAltName={names}\n\
             [other]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
             extendedKeyUsage=serverAuth\nsubjectAltName=DNS:elsewhere.test\n\
             [client]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
             extendedKeyUsage=clientAuth\n"
        );
        fs::write(dir.join("openssl.cnf"), config).expect("write a configuration for openssl");
        openssl(&dir, "ca", "ca", "/CN=tegu test authority", None, &[]);
        openssl(&dir, "leaf", "leaf", "/CN=localhost", None, &BY_AUTHORITY);
        let this = Self {
            ca: dir.join("ca.pem"),
            cert: dir.join("leaf.pem"),
            key: dir.join("leaf.key"),
        };
        fs::set_permissions(&this.key, fs::Permissions::from_mode(0o600)).expect("protect a key");
        this
    }

    /// The SHA-256 digest of the server's certificate in its DER form.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        let mut command = Command::new(process::program("openssl", "openssl"));
        command
            .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
            .arg(&self.cert);
        let said = String::from_utf8(process::run(&mut command, b"")).expect("openssl prints text");
        let (_, digits) = said.trim().split_once('=').expect("a fingerprint");
        let octets: Vec<_> = digits
            .split(':')
            .map(|octet| u8::from_str_radix(octet, 16).expect("hexadecimal digits"))
            .collect();
        octets.try_into().expect("32 octets")
    }

    /// Makes a certificate that proves to the server that its holder is `user`: the paths of it and of its key, PEM.
    pub(crate) fn make_client(&self, user: &str) -> (PathBuf, PathBuf) {
        self.issue("client", "client", &format!("/CN={user}"), None)
    }

    /// Makes a server certificate that was valid for thirty days from `day` on, as in `2020-01-01`.
    pub(crate) fn make_dated(&self, name: &str, day: &str) -> (PathBuf, PathBuf) {
        self.issue(name, "leaf", "/CN=localhost", Some(day))
    }

    /// Makes a server certificate for `elsewhere.test`.
    pub(crate) fn make_other(&self) -> (PathBuf, PathBuf) {
        self.issue("other", "other", "/CN=elsewhere.test", None)
    }

    fn issue(&self, name: &str, extensions: &str, subject: &str, day: Option<&str>) -> (PathBuf, PathBuf) {
        let dir = self.ca.parent().expect("a folder of certificates");
        openssl(dir, name, extensions, subject, day, &BY_AUTHORITY);
        (dir.join(format!("{name}.pem")), dir.join(format!("{name}.key")))
    }
}

/// Has the authority sign.
const BY_AUTHORITY: [&str; 4] = ["-CA", "ca.pem", "-CAkey", "ca.key"];

/// Makes a key and a certificate; with `day`, as if it were that day.
fn openssl(dir: &Path, name: &str, extensions: &str, subject: &str, day: Option<&str>, signer: &[&str]) {
    let openssl = process::program("openssl", "openssl");
    let mut command = match day {
        Some(day) => {
            let mut command = Command::new(process::program("faketime", "faketime"));
            command.arg(day).arg(openssl);
            command
        }
        None => Command::new(openssl),
    };
    command
        .current_dir(dir)
        .args([
            "req",
            "-x509",
            "-config",
            "openssl.cnf",
            "-extensions",
            extensions,
            "-subj",
            subject,
        ])
        .args([
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-noenc",
            "-days",
            "30",
        ])
        .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
        .args(signer);
    process::run(&mut command, b"");
}

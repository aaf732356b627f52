//! nginx: TLS and HTTP/2 in front of a server that has neither.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::tls::Certificate;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// An nginx that speaks HTTPS, versions 1.1 and 2, and hands every request on to an HTTP server on this machine. It ends a
/// connection after fifty requests, as nginx does after a thousand unless told otherwise.
#[derive(Debug)]
pub struct Nginx {
    _daemon: Daemon,
    port: Port,
    certificate: Certificate,
    dir: TempDir,
}

impl Nginx {
    /// Starts it in front of the port of `127.0.0.1`, and waits until it has agreed on HTTP/2 with a client.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn before(backend: u16) -> Self {
        Self::refusing(backend, &[])
    }

    /// As [`before`](Self::before), but answers GET requests for paths that end in one of these names with a status of its own, and
    /// knows no REPORT, which would read them too.
    ///
    /// # Panics
    ///
    /// As [`before`](Self::before).
    pub fn refusing(backend: u16, refusals: &[(&str, u16)]) -> Self {
        process::with_fresh_ports(|| Self::attempt(backend, refusals, false))
    }

    fn attempt(backend: u16, refusals: &[(&str, u16)], signing_in: bool) -> Result<Self, StartError> {
        let mut refused = String::new();
        if !refusals.is_empty() {
            refused.push_str("if ($request_method = REPORT) {\nreturn 501;\n}\n");
        }
        for (name, status) in refusals {
            refused.push_str(&format!(
                "if ($request_uri ~ \"{name}$\") {{\nset $refused \"$request_method\";\n}}\n\
                 if ($refused = GET) {{\nreturn {status};\n}}\nset $refused \"\";\n"
            ));
        }
        let dir = process::memory_dir("nginx");
        let port = Port::reserve();
        let certificate = Certificate::make(dir.path(), &[]);
        let number = port.number();
        let (maps, asks) = if signing_in {
            refused.push_str("if ($signed_in = \"\") {\nreturn 401;\n}\n");
            (
                // `anna:` in Base64, and nobody else.
                "map $http_authorization $by_token {\ndefault \"\";\n\"Bearer token-of-anna\" \"Basic YW5uYTo=\";\n}\n\
                 map $ssl_client_s_dn $signed_in {\ndefault $by_token;\n\"CN=anna\" \"Basic YW5uYTo=\";\n}\n",
                format!(
                    "ssl_client_certificate {};\nssl_verify_client optional;\n",
                    certificate.ca.display()
                ),
            )
        } else {
            (
                "map $http_authorization $signed_in {\ndefault $http_authorization;\n}\n",
                String::new(),
            )
        };
        let server = format!(
            "{maps}log_format requests '$server_protocol $request_method $connection $status';\n\
             access_log {path}/requests requests;\nclient_max_body_size 0;\nkeepalive_requests 50;\n\
             server {{\nlisten 127.0.0.1:{number} ssl http2;\n{pair}{asks}set $refused \"\";\n{refused}\
             location / {{\nproxy_pass http://127.0.0.1:{backend};\nproxy_set_header Host $http_host;\nproxy_set_header Authorization $signed_in;\n}}\n}}\n",
            path = dir.path().display(),
            pair = pair(&certificate.cert, &certificate.key),
        );
        let daemon = start(&dir, &server, || agree(number, &certificate))?;
        Ok(Self {
            _daemon: daemon,
            port,
            certificate,
            dir,
        })
    }

    /// Starts it in front of a server that believes any user name. Who shows a client certificate, or sends the bearer token
    /// `token-of-anna`, is that user; everybody else gets status 401.
    ///
    /// # Panics
    ///
    /// As [`before`](Self::before).
    pub fn signing_in(backend: u16) -> Self {
        process::with_fresh_ports(|| Self::attempt(backend, &[], true))
    }

    /// A certificate for a user, and its key, PEM.
    pub fn client_pem(&self, user: &str) -> (PathBuf, PathBuf) {
        self.certificate.make_client(user)
    }

    /// The SHA-256 digest of the server's own certificate, as clients pin it.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate.sha256()
    }

    /// The root, with a slash at the end: `https://localhost:PORT/`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/", self.port.number())
    }

    /// The authority that signed its certificate, PEM.
    pub fn ca_pem(&self) -> Vec<u8> {
        fs::read(&self.certificate.ca).expect("read an authority's certificate")
    }

    /// What was asked, one line a request in the order of their ends: protocol, method, number of the connection, status, as in
    /// `HTTP/2.0 PUT 7 201`.
    pub fn requests(&self) -> Vec<String> {
        let text = fs::read_to_string(self.dir.path().join("requests")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// What an [`NginxTls`] shows at a port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "tests name every case")]
pub enum Handshake {
    /// A certificate for `localhost`, signed by the authority.
    Good,
    /// The same, valid in January 2020.
    Expired,
    /// The same, valid in January 2040.
    NotYetValid,
    /// A certificate for `elsewhere.test`.
    OtherName,
    /// The authority's own certificate.
    Authority,
    /// A good certificate, and a wish to see one of the client.
    AsksForCertificate,
    /// TLS 1.1 and no later version.
    OldVersion,
    /// HTTP without TLS.
    NoTls,
}

impl Handshake {
    const ALL: [Self; 8] = [
        Self::Good,
        Self::Expired,
        Self::NotYetValid,
        Self::OtherName,
        Self::Authority,
        Self::AsksForCertificate,
        Self::OldVersion,
        Self::NoTls,
    ];
}

/// An nginx that shows another certificate, or none, at each of its ports. It answers every request with status 200 and the
/// distinguished name of the client's certificate.
#[derive(Debug)]
pub struct NginxTls {
    _daemon: Daemon,
    ports: Vec<(Handshake, Port)>,
    certificate: Certificate,
    _dir: TempDir,
}

impl NginxTls {
    /// Starts it and waits until it shows its good certificate.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        process::with_fresh_ports(Self::attempt)
    }

    fn attempt() -> Result<Self, StartError> {
        let dir = process::memory_dir("nginx");
        let certificate = Certificate::make(dir.path(), &[]);
        let ports: Vec<_> = Handshake::ALL.map(|case| (case, Port::reserve())).into();
        let servers: String = ports
            .iter()
            .map(|(case, port)| {
                let (ssl, settings) = Self::settings(*case, &certificate);
                format!(
                    "server {{\nlisten 127.0.0.1:{}{ssl};\n{settings}location / {{ return 200 \"$ssl_client_s_dn\"; }}\n}}\n",
                    port.number()
                )
            })
            .collect();
        let good = ports.first().map_or(0, |(_, port)| port.number());
        let daemon = start(
            &dir,
            &format!("access_log off;\nssl_protocols TLSv1.2 TLSv1.3;\n{servers}"),
            || handshake(good, &certificate, &[]).map(drop),
        )?;
        Ok(Self {
            _daemon: daemon,
            ports,
            certificate,
            _dir: dir,
        })
    }

    fn settings(case: Handshake, made: &Certificate) -> (&'static str, String) {
        let good = || pair(&made.cert, &made.key);
        let of = |(cert, key): (PathBuf, PathBuf)| pair(&cert, &key);
        let settings = match case {
            Handshake::Good => good(),
            Handshake::Expired => of(made.make_dated("expired", "2020-01-01")),
            Handshake::NotYetValid => of(made.make_dated("early", "2040-01-01")),
            Handshake::OtherName => of(made.make_other()),
            Handshake::Authority => pair(&made.ca, &made.ca.with_extension("key")),
            Handshake::AsksForCertificate => {
                format!(
                    "{}ssl_client_certificate {};\nssl_verify_client on;\n",
                    good(),
                    made.ca.display()
                )
            }
            Handshake::OldVersion => {
                format!("{}ssl_protocols TLSv1.1;\nssl_ciphers ALL:@SECLEVEL=0;\n", good())
            }
            Handshake::NoTls => return ("", String::new()),
        };
        (" ssl", settings)
    }

    /// The port at which it does this.
    pub fn port(&self, case: Handshake) -> u16 {
        let found = self.ports.iter().find(|(at, _)| *at == case);
        found
            .map(|(_, port)| port.number())
            .expect("a port for each case")
    }

    /// The authority that signed all certificates, PEM.
    pub fn ca_pem(&self) -> Vec<u8> {
        fs::read(&self.certificate.ca).expect("read an authority's certificate")
    }

    /// The certificate of [`Handshake::Good`], PEM.
    pub fn certificate_pem(&self) -> Vec<u8> {
        fs::read(&self.certificate.cert).expect("read a certificate")
    }

    /// A certificate that the authority signed for the client `user`, and its key, both PEM.
    pub fn client_certificate_pem(&self, user: &str) -> (Vec<u8>, String) {
        let (certificate, key) = self.certificate.make_client(user);
        (
            fs::read(certificate).expect("read a certificate"),
            fs::read_to_string(key).expect("read a key"),
        )
    }
}

fn pair(certificate: &Path, key: &Path) -> String {
    format!(
        "ssl_certificate {};\nssl_certificate_key {};\n",
        certificate.display(),
        key.display()
    )
}

/// Starts nginx with `servers` as what stands in its `http` block.
fn start(dir: &TempDir, servers: &str, probe: impl FnMut() -> io::Result<()>) -> Result<Daemon, StartError> {
    let path = dir.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|part| format!("{part}_temp_path {path}/{part};\n"))
        .collect();
    // Whoever starts it must be able to enter its folder, root too.
    let config = format!(
        "daemon off;\nuser root;\nworker_processes 1;\npid {path}/pid;\nerror_log stderr;\nevents {{ worker_connections 256; }}\n\
         http {{\n{temporary}{servers}}}\n"
    );
    let file = dir.path().join("config");
    fs::write(&file, config).expect("write nginx's configuration");
    let mut command = Command::new(process::program("nginx", "nginx-light"));
    command.args(["-e", "stderr", "-c"]).arg(&file);
    Daemon::start("nginx", &mut command, dir.path(), None, probe)
}

/// Fails unless the server proves who it is and agrees on HTTP/2 (RFC 7301).
fn agree(port: u16, certificate: &Certificate) -> io::Result<()> {
    if handshake(port, certificate, &["-alpn", "h2"])?.contains("ALPN protocol: h2") {
        Ok(())
    } else {
        Err(io::Error::other("no agreement on HTTP/2"))
    }
}

/// Fails unless the server proves who it is; what `openssl` says of it.
fn handshake(port: u16, certificate: &Certificate, more: &[&str]) -> io::Result<String> {
    let mut command = Command::new(process::program("openssl", "openssl"));
    command
        .args(["s_client", "-verify_return_error", "-CAfile"])
        .arg(&certificate.ca)
        .args(["-connect", &format!("127.0.0.1:{port}")])
        .args(more);
    let said = process::try_run(&mut command, b"").map_err(io::Error::other)?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

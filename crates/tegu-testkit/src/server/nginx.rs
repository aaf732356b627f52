//! nginx: TLS and HTTP/2 in front of a server that has neither.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::tls::Certificate;
use std::fs;
use std::io;
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
        process::with_fresh_ports(|| Self::attempt(backend))
    }

    fn attempt(backend: u16) -> Result<Self, StartError> {
        let dir = process::memory_dir("nginx");
        let port = Port::reserve();
        let certificate = Certificate::make(dir.path(), &[]);
        let path = dir.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|part| format!("{part}_temp_path {path}/{part};\n"))
            .collect();
        // Whoever starts it must be able to enter its folder, root too.
        let config = format!(
            "daemon off;\nuser root;\nworker_processes 1;\npid {path}/pid;\nerror_log stderr;\nevents {{ worker_connections 256; }}\n\
             http {{\n{temporary}log_format requests '$server_protocol $request_method $connection $status';\n\
             access_log {path}/requests requests;\nclient_max_body_size 0;\nkeepalive_requests 50;\n\
             server {{\nlisten 127.0.0.1:{number} ssl http2;\nssl_certificate {cert};\nssl_certificate_key {key};\n\
             location / {{\nproxy_pass http://127.0.0.1:{backend};\nproxy_set_header Host $http_host;\n}}\n}}\n}}\n",
            number = port.number(),
            cert = certificate.cert.display(),
            key = certificate.key.display(),
        );
        let file = dir.path().join("config");
        fs::write(&file, config).expect("write nginx's configuration");
        let mut command = Command::new(process::program("nginx", "nginx-light"));
        command.args(["-e", "stderr", "-c"]).arg(&file);
        let number = port.number();
        let daemon = Daemon::start("nginx", &mut command, dir.path(), None, || {
            agree(number, &certificate)
        })?;
        Ok(Self {
            _daemon: daemon,
            port,
            certificate,
            dir,
        })
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

/// Fails unless the server proves who it is and agrees on HTTP/2 (RFC 7301).
fn agree(port: u16, certificate: &Certificate) -> io::Result<()> {
    let mut command = Command::new(process::program("openssl", "openssl"));
    command
        .args(["s_client", "-alpn", "h2", "-verify_return_error", "-CAfile"])
        .arg(&certificate.ca)
        .args(["-connect", &format!("127.0.0.1:{port}")]);
    let said = process::try_run(&mut command, b"").map_err(io::Error::other)?;
    let said = String::from_utf8_lossy(&said);
    if said.contains("ALPN protocol: h2") {
        Ok(())
    } else {
        Err(io::Error::other("no agreement on HTTP/2"))
    }
}

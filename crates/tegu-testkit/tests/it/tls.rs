use std::path::Path;
use std::process::{Command, Stdio};
use tegu_testkit::{Cyrus, Dovecot, Slapd, skip_servers};

/// Whether `openssl` trusts the server at this port when it asks for `name` and trusts `ca`.
fn trusts(port: u16, ca: &Path, name: &str) -> bool {
    Command::new("openssl")
        .args([
            "s_client",
            "-verify_return_error",
            "-connect",
            &format!("127.0.0.1:{port}"),
        ])
        .args(["-verify_hostname", name, "-no-CApath", "-no-CAstore", "-CAfile"])
        .arg(ca)
        .stdin(Stdio::null())
        .output()
        .unwrap()
        .status
        .success()
}

#[test]
fn certificates_verify_with_their_own_authority_only() {
    if skip_servers() {
        return;
    }
    let (dovecot, cyrus, slapd) = (Dovecot::start(), Cyrus::start(), Slapd::start());
    let servers = [
        (dovecot.tls_port(), dovecot.ca_pem()),
        (cyrus.tls_port(), cyrus.ca_pem()),
        (slapd.tls_port(), slapd.ca_pem()),
    ];
    for (index, (port, ca)) in servers.into_iter().enumerate() {
        assert!(trusts(port, ca, "localhost"), "server {index}");
        assert!(!trusts(port, ca, "elsewhere.test"), "server {index}");
        let (_, foreign) = servers[(index + 1) % servers.len()];
        assert!(!trusts(port, foreign, "localhost"), "server {index}");
    }
}

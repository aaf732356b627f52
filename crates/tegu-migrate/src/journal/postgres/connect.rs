//! The way to the database.

use crate::{Error, Result};
use std::fmt;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where the database is, without secrets.
pub(super) fn place(config: &tokio_postgres::Config) -> String {
    let host = config
        .get_hosts()
        .first()
        .map_or_else(String::new, |host| match host {
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
        });
    let port = config.get_ports().first().copied().unwrap_or(5432);
    format!(
        "postgres {host}:{port}/{}",
        config.get_dbname().unwrap_or_default()
    )
}

/// Verifies the server's certificate, by the system's authorities and those that are given.
pub(super) fn tls(extra_roots_pem: Option<&[u8]>) -> Result<MakeRustlsConnect> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let wrong =
        |error: &dyn fmt::Display| Error::config(format!("the journal's database: certificates: {error}"));
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in CertificateDer::pem_slice_iter(extra_roots_pem.unwrap_or_default()) {
        let certificate = certificate.map_err(|error| wrong(&error))?;
        roots.add(certificate).map_err(|error| wrong(&error))?;
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

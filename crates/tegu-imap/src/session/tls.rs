//! TLS over rustls, certificates checked unless the endpoint says otherwise.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::endpoint::Endpoint;
use crate::{Error, ErrorKind, Result};

pub(super) async fn handshake(endpoint: &Endpoint, stream: TcpStream) -> Result<TlsStream<TcpStream>> {
    let failed = |why: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Tls, format!("set up TLS with {endpoint}: {why}"))
    };
    let name =
        ServerName::try_from(endpoint.host.clone()).map_err(|error| failed(&error).with_source(error))?;
    let connector = TlsConnector::from(Arc::new(config(endpoint)?));
    match tokio::time::timeout(endpoint.timeouts.connect, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(failed(&error).with_source(error))
        }
        Ok(Err(error)) => {
            // The network failed, not the trust.
            let message = format!("set up TLS with {endpoint}: {error}");
            Err(Error::new(ErrorKind::Disconnected, message).with_source(error))
        }
        Err(_) => Err(Error::new(
            ErrorKind::Timeout,
            format!("set up TLS with {endpoint}: no answer"),
        )),
    }
}

fn config(endpoint: &Endpoint) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let failed = |error: rustls::Error| {
        Error::new(ErrorKind::Tls, format!("set up TLS with {endpoint}: {error}")).with_source(error)
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(failed)?;
    let builder = if endpoint.verify {
        builder.with_root_certificates(roots(endpoint)?)
    } else {
        let verifier = Arc::new(AcceptAny(provider));
        builder.dangerous().with_custom_certificate_verifier(verifier)
    };
    let Some(certificate) = &endpoint.client_certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let invalid = |why: &dyn std::fmt::Display| {
        let message = format!("read the client certificate for {endpoint}: {why}");
        Error::new(ErrorKind::Invalid, message)
    };
    let chain = CertificateDer::pem_slice_iter(&certificate.chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(&error).with_source(error))?;
    // The error of a key that cannot be read tells nothing of the key, yet is not kept either.
    let key = PrivateKeyDer::from_pem_slice(certificate.key.expose_secret().as_bytes())
        .map_err(|_| invalid(&"its private key is no PEM text of a key"))?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| invalid(&error).with_source(error))
}

/// The platform's roots and those of the endpoint.
fn roots(endpoint: &Endpoint) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(platform_roots().iter().cloned());
    for pem in &endpoint.extra_roots_pem {
        let invalid = |why: &dyn std::fmt::Display| {
            Error::new(
                ErrorKind::Invalid,
                format!("read the extra root certificates for {endpoint}: {why}"),
            )
        };
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| invalid(&error).with_source(error))?;
            roots
                .add(certificate)
                .map_err(|error| invalid(&error).with_source(error))?;
        }
        if roots.len() == before {
            return Err(invalid(&"the PEM text holds no certificate"));
        }
    }
    Ok(roots)
}

/// Read once: a migration connects thousands of times. Certificates that cannot be read are no reason to fail, since
/// those that can may do.
fn platform_roots() -> &'static [CertificateDer<'static>] {
    static ROOTS: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let loaded = rustls_native_certs::load_native_certs();
        for error in loaded.errors {
            tracing::debug!(%error, "a root certificate of the platform cannot be read");
        }
        loaded.certs
    })
}

/// Trusts everyone, yet still checks that the handshake is signed by the certificate that was shown.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

//! TLS over rustls. Certificates are verified unless the caller turns that off by name.

use crate::{Error, ErrorKind, Result, Stream};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};
use tokio_rustls::TlsConnector;

/// Whom to trust in TLS, and who to be.
///
/// The default trusts the platform's certificate authorities and shows no certificate.
///
/// ```no_run
/// use tegu_net::{Endpoint, Tls};
///
/// let tls = Tls::default().trust_pem(&std::fs::read("ca.pem")?)?;
/// let endpoint = Endpoint::new("imaps://mail.example.org")?.tls(tls);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Tls {
    roots: Vec<CertificateDer<'static>>,
    pins: Vec<[u8; 32]>,
    any_certificate: bool,
    identity: Option<Identity>,
    given: Option<Arc<ClientConfig>>,
    built: Arc<OnceLock<Arc<ClientConfig>>>,
}

#[derive(Clone)]
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: SecretString,
}

impl Tls {
    /// Uses the caller's rustls settings for everything; all other settings of this type are ignored.
    ///
    /// The application protocols of an [`Endpoint`](crate::Endpoint) are set in a copy if the configuration names none.
    #[must_use]
    pub fn from_config(config: impl Into<Arc<ClientConfig>>) -> Self {
        Self {
            given: Some(config.into()),
            ..Self::default()
        }
    }

    /// Trusts these certificates (PEM, one or more) besides the platform's.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if the text holds no certificate, or a broken one.
    #[doc(alias = "ca")]
    #[doc(alias = "root certificate")]
    pub fn trust_pem(mut self, pem: &[u8]) -> Result<Self> {
        let certificates = certificates(pem).map_err(|error| error.context("certificates to trust"))?;
        let mut check = RootCertStore::empty();
        for certificate in &certificates {
            check.add(certificate.clone()).map_err(|error| {
                Error::config(format!("certificates to trust: {error}")).with_source(error)
            })?;
        }
        self.roots.extend(certificates);
        Ok(self.changed())
    }

    /// Trusts this server certificate and no other, whatever its name, issuer and dates: the SHA-256 digest of its DER form. More
    /// than one may be pinned.
    ///
    /// `openssl x509 -in cert.pem -outform der | sha256sum` prints the digest.
    #[must_use]
    #[doc(alias = "self-signed")]
    #[doc(alias = "fingerprint")]
    pub fn pin_sha256(mut self, digest: [u8; 32]) -> Self {
        self.pins.push(digest);
        self.changed()
    }

    /// Shows a certificate to a server that asks for one: the chain, the client's own certificate first, and its private key, both
    /// PEM.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if chain or key cannot be read. The message shows nothing of the key.
    #[doc(alias = "mtls")]
    pub fn client_certificate_pem(mut self, chain: &[u8], key: SecretString) -> Result<Self> {
        let chain = certificates(chain).map_err(|error| error.context("the client certificate"))?;
        read_key(&key)?;
        self.identity = Some(Identity { chain, key });
        Ok(self.changed())
    }

    /// Accepts every certificate: anyone on the way can read and change everything, passwords included.
    #[must_use]
    #[doc(alias = "insecure")]
    pub fn dangerously_accept_any_certificate(mut self) -> Self {
        self.any_certificate = true;
        self.changed()
    }

    /// Returns the rustls settings that these make, built once.
    ///
    /// # Errors
    ///
    /// Kind [`Unsupported`](ErrorKind::Unsupported) if there is no crypto provider.
    pub fn client_config(&self) -> Result<Arc<ClientConfig>> {
        if let Some(config) = self.given.as_ref().or_else(|| self.built.get()) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.build()?);
        Ok(Arc::clone(self.built.get_or_init(|| config)))
    }

    /// What was built before a change is no longer true.
    fn changed(mut self) -> Self {
        self.built = Arc::default();
        self
    }

    fn build(&self) -> Result<ClientConfig> {
        let fail = |error: rustls::Error| Error::new(ErrorKind::Tls, &error).with_source(error);
        let provider = provider()?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(fail)?;
        let builder = if self.any_certificate || !self.pins.is_empty() {
            let trust = Trust {
                provider,
                pins: (!self.any_certificate).then(|| self.pins.clone()),
            };
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(trust))
        } else {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(platform_roots().iter().cloned());
            roots.add_parsable_certificates(self.roots.iter().cloned());
            if roots.is_empty() {
                return Err(Error::new(
                    ErrorKind::Tls,
                    "this machine trusts no certificate authority: install ca-certificates, or name one to trust",
                ));
            }
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| Error::new(ErrorKind::Tls, &error).with_source(error))?;
            builder.with_webpki_verifier(verifier)
        };
        let Some(identity) = &self.identity else {
            return Ok(builder.with_no_client_auth());
        };
        builder
            .with_client_auth_cert(identity.chain.clone(), read_key(&identity.key)?)
            .map_err(|error| Error::config(format!("the client certificate: {error}")).with_source(error))
    }

    pub(crate) async fn handshake(&self, host: &str, alpn: &[Vec<u8>], stream: Stream) -> Result<Stream> {
        let mut config = self.client_config()?;
        if !alpn.is_empty() && config.alpn_protocols.is_empty() {
            Arc::make_mut(&mut config).alpn_protocols = alpn.to_vec();
        }
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| Error::config("no certificate can name this host").with_source(error))?;
        match TlsConnector::from(config).connect(name, stream).await {
            Ok(stream) => Ok(Stream::encrypted(stream)),
            Err(error) => Err(explain(error)),
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots.len())
            .field("pins", &self.pins.len())
            .field("any_certificate", &self.any_certificate)
            .field("client_certificate", &self.identity.is_some())
            .field("given", &self.given.is_some())
            .finish_non_exhaustive()
    }
}

/// The application's provider if it installed one, else `ring`.
fn provider() -> Result<Arc<CryptoProvider>> {
    if let Some(installed) = CryptoProvider::get_default() {
        return Ok(Arc::clone(installed));
    }
    #[cfg(feature = "ring")]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(feature = "ring"))]
    Err(Error::new(
        ErrorKind::Unsupported,
        "no crypto provider for TLS: install one with rustls, or build with the feature `ring`",
    ))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Error::config(&error).with_source(error))?;
    if certificates.is_empty() {
        return Err(Error::config("the PEM text holds no certificate"));
    }
    Ok(certificates)
}

/// The cause is left out of the error, since it might show part of the key.
fn read_key(key: &SecretString) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
        .map_err(|_| Error::config("the client certificate: its private key is not a PEM key"))
}

/// Read once: a migration connects thousands of times. Certificates that cannot be read are passed over, since the others may
/// do.
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

/// Says what a failed handshake means and what mends it. Failures of the network keep that kind.
fn explain(error: std::io::Error) -> Error {
    let Some(tls) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    else {
        let why = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                "the server closed the connection: check the port and the scheme of the URL".to_owned()
            }
            _ => error.to_string(),
        };
        return Error::new(ErrorKind::Connect, why).with_source(error);
    };
    let message = match tls {
        rustls::Error::InvalidCertificate(cause) => explain_certificate(cause),
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak TLS on this port: check the port and the scheme of the URL".to_owned()
        }
        rustls::Error::PeerIncompatible(cause) => format!("{NOTHING_IN_COMMON} ({cause:?})"),
        rustls::Error::AlertReceived(alert) => explain_alert(*alert),
        other => other.to_string(),
    };
    Error::new(ErrorKind::Tls, message).with_source(error)
}

const NOTHING_IN_COMMON: &str = "the server has no TLS version or cipher suite in common with this program: allow TLS 1.2 or 1.3 on the server";

/// The alerts of RFC 8446, section 6.2, that configuration causes.
fn explain_alert(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::ProtocolVersion
        | AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity => format!("{NOTHING_IN_COMMON} ({alert:?})"),
        AlertDescription::CertificateRequired => {
            "the server asks for a client certificate: give one in the TLS settings".to_owned()
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA => {
            format!(
                "the server refuses the client certificate ({alert:?}): give one that its authority has signed"
            )
        }
        AlertDescription::UnrecognisedName => {
            "the server does not know this host name: use a name of its certificate in the URL".to_owned()
        }
        AlertDescription::NoApplicationProtocol => {
            "the server speaks none of the protocols that this program offers: check the port and the scheme of the URL"
                .to_owned()
        }
        other => format!("the server ended the handshake with the alert {other:?}: its log says why"),
    }
}

fn explain_certificate(cause: &CertificateError) -> String {
    match cause {
        CertificateError::UnknownIssuer => {
            "the issuer of the server's certificate is not trusted: set `ca` to the issuing CA's PEM file".into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server's certificate has expired: renew it".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the server's certificate is not valid yet: check the clocks of both machines".into()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the server's certificate is for another name ({cause}): use that name in the URL")
        }
        CertificateError::ApplicationVerificationFailure => {
            "the server's certificate is not the pinned one: compare its SHA-256 digest with the server's administrator".into()
        }
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server presents a CA certificate as its own: issue a server certificate, or name this very certificate with `pin`".into()
        }
        other => format!("the server's certificate does not verify: {other}"),
    }
}

/// Trusts pinned certificates, or all. Signatures of the handshake are checked in both cases.
#[derive(Debug)]
struct Trust {
    provider: Arc<CryptoProvider>,
    /// `None` trusts all.
    pins: Option<Vec<[u8; 32]>>,
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let digest: [u8; 32] = Sha256::digest(certificate).into();
        match &self.pins {
            Some(pins) if !pins.contains(&digest) => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn roots_must_be_certificates() {
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for pem in [&b"no pem"[..], broken] {
            let error = Tls::default().trust_pem(pem).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = SecretString::from(
            "-----BEGIN PRIVATE KEY-----\n*s3cret*\n-----END PRIVATE KEY-----\n".to_owned(),
        );
        let error = read_key(&key).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}

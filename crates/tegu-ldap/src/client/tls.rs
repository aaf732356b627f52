//! TLS: from the first byte, or after StartTLS.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::endpoint::{Endpoint, Security};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::{Framer, Reply};

/// A connection, with or without TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The StartTLS request: message 1, extended request `1.3.6.1.4.1.1466.20037`.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// Connects, with TLS where it is asked for.
pub(super) async fn open(endpoint: &Endpoint) -> Result<Box<dyn Stream>> {
    let address = (endpoint.host(), endpoint.port());
    let tcp = TcpStream::connect(address).await.map_err(|e| {
        Error::new(ErrorKind::Connection, format!("connecting to {endpoint}: {e}")).with_source(e)
    })?;
    // Requests are small and wait for their answers.
    let _ = tcp.set_nodelay(true);
    match endpoint.security {
        Security::Clear => Ok(Box::new(tcp)),
        Security::Tls => begin(endpoint, tcp).await,
        Security::StartTls => begin(endpoint, ask(endpoint, tcp).await?).await,
    }
}

/// Asks for TLS on a plain connection, and returns it when the server agrees.
async fn ask(endpoint: &Endpoint, mut tcp: TcpStream) -> Result<TcpStream> {
    let fault = |kind, what: String| Error::new(kind, format!("StartTLS with {endpoint}: {what}"));
    let broken = |e: std::io::Error| fault(ErrorKind::Connection, e.to_string()).with_source(e);
    tcp.write_all(START_TLS).await.map_err(broken)?;
    let mut framer = Framer::new(endpoint.guard_limits());
    let mut chunk = [0; 512];
    let code = loop {
        let n = tcp.read(&mut chunk).await.map_err(broken)?;
        if n == 0 {
            return Err(fault(
                ErrorKind::Connection,
                "the server closed the connection".into(),
            ));
        }
        framer.push(chunk.get(..n).unwrap_or_default());
        if let Some(frame) = framer.next_reply()? {
            if frame.reply() != Reply::Extended || frame.message_id() != 1 {
                return Err(fault(
                    ErrorKind::Protocol,
                    "the answer is to something else".into(),
                ));
            }
            break frame.result_code();
        }
    };
    // Bytes behind the answer would be read as if they had come through TLS.
    if !framer.is_empty() {
        return Err(fault(
            ErrorKind::Protocol,
            "the server sent more than the answer before TLS".into(),
        ));
    }
    match code {
        Some(0) => Ok(tcp),
        code => Err(fault(
            ErrorKind::Tls,
            format!("the server refuses (result {})", code.unwrap_or_default()),
        )),
    }
}

/// The TLS handshake.
async fn begin(endpoint: &Endpoint, tcp: TcpStream) -> Result<Box<dyn Stream>> {
    let fault = |what: String| Error::new(ErrorKind::Tls, format!("TLS with {endpoint}: {what}"));
    let name = ServerName::try_from(endpoint.host().to_owned())
        .map_err(|e| fault("the host cannot be named in a certificate".into()).with_source(e))?;
    let connector = TlsConnector::from(Arc::new(config(endpoint)?));
    let stream = connector.connect(name, tcp).await.map_err(|e| {
        let is_tls = e.get_ref().is_some_and(|inner| inner.is::<rustls::Error>());
        let kind = if is_tls {
            ErrorKind::Tls
        } else {
            ErrorKind::Connection
        };
        Error::new(kind, format!("TLS with {endpoint}: {e}")).with_source(e)
    })?;
    Ok(Box::new(stream))
}

fn config(endpoint: &Endpoint) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let fault =
        |e: rustls::Error| Error::new(ErrorKind::Tls, format!("TLS for {endpoint}: {e}")).with_source(e);
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(fault)?;
    if endpoint.accept_any_certificate {
        let verifier = Arc::new(AcceptAny(provider));
        return Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    // A system with a broken certificate among good ones is no reason to fail: what is missing shows in the handshake.
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    for root in &endpoint.extra_roots {
        roots.add(root.clone()).map_err(|e| {
            let what = format!("a certificate to trust for {endpoint} cannot be used: {e}");
            Error::new(ErrorKind::Config, what).with_source(e)
        })?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Checks signatures but no names or chains: for
/// [`dangerously_accept_any_certificate`](Endpoint::dangerously_accept_any_certificate).
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
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

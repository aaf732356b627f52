//! Connected streams, and what opens them.

use crate::{BoxFuture, Error, ErrorKind, Result};
use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// A stream of octets in both directions.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A connected stream: TCP, TLS, or what the caller brings.
pub struct Stream(Inner);

enum Inner {
    Tcp(TcpStream),
    Tls(Box<TlsStream<Stream>>),
    Other(Other),
}

/// A stream of the caller's. The mutex is never locked: it makes clients `Sync` though the stream may not be.
struct Other {
    stream: Mutex<Box<dyn Io>>,
    vectored: bool,
}

impl Other {
    fn get_mut(&mut self) -> &mut Box<dyn Io> {
        self.stream.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    /// Wraps a stream of the caller's own.
    #[must_use]
    pub fn new(stream: impl Io + 'static) -> Self {
        Self(Inner::Other(Other {
            vectored: stream.is_write_vectored(),
            stream: Mutex::new(Box::new(stream)),
        }))
    }

    pub(crate) fn encrypted(stream: TlsStream<Self>) -> Self {
        Self(Inner::Tls(Box::new(stream)))
    }

    /// Returns whether octets are encrypted by TLS.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self.0, Inner::Tls(_))
    }

    /// Returns the application protocol that the TLS handshake chose (RFC 7301).
    #[must_use]
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        match &self.0 {
            Inner::Tls(stream) => stream.get_ref().1.alpn_protocol(),
            _ => None,
        }
    }

    /// Returns the server's own certificate in DER, for channel binding (RFC 5929).
    #[must_use]
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        match &self.0 {
            Inner::Tls(stream) => {
                let chain = stream.get_ref().1.peer_certificates()?;
                chain.first().map(|certificate| &**certificate)
            }
            _ => None,
        }
    }

    fn reader(self: Pin<&mut Self>) -> Pin<&mut dyn AsyncRead> {
        match &mut self.get_mut().0 {
            Inner::Tcp(stream) => Pin::<&mut TcpStream>::new(stream),
            Inner::Tls(stream) => Pin::<&mut TlsStream<Self>>::new(stream),
            Inner::Other(other) => Pin::<&mut Box<dyn Io>>::new(other.get_mut()),
        }
    }

    fn writer(self: Pin<&mut Self>) -> Pin<&mut dyn AsyncWrite> {
        match &mut self.get_mut().0 {
            Inner::Tcp(stream) => Pin::<&mut TcpStream>::new(stream),
            Inner::Tls(stream) => Pin::<&mut TlsStream<Self>>::new(stream),
            Inner::Other(other) => Pin::<&mut Box<dyn Io>>::new(other.get_mut()),
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self(Inner::Tcp(stream))
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Inner::Tcp(_) => "tcp",
            Inner::Tls(_) => "tls",
            Inner::Other(_) => "other",
        };
        f.debug_tuple("Stream").field(&kind).finish()
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.reader().poll_read(cx, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.writer().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writer().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.0 {
            Inner::Tcp(stream) => stream.is_write_vectored(),
            Inner::Tls(stream) => stream.is_write_vectored(),
            Inner::Other(other) => other.vectored,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer().poll_shutdown(cx)
    }
}

/// Opens connections. Closures from host and port to a future of a [`Stream`] implement it.
pub trait Dial: Send + Sync {
    /// Connects to a host, which is a name or an address without brackets.
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Stream>>;
}

impl<F, T> Dial for F
where
    F: Fn(String, u16) -> T + Send + Sync,
    T: Future<Output = io::Result<Stream>> + Send + 'static,
{
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Stream>> {
        Box::pin(self(host.to_owned(), port))
    }
}

impl<D: Dial + ?Sized> Dial for Arc<D> {
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Stream>> {
        (**self).dial(host, port)
    }
}

/// The caller's dialer.
#[derive(Clone)]
pub(crate) struct Dialer(Arc<dyn Dial>);

impl Dialer {
    pub(crate) fn new(dialer: impl Dial + 'static) -> Self {
        Self(Arc::new(dialer))
    }

    /// Connects with the caller's dialer, or over TCP.
    pub(crate) async fn dial(dialer: Option<&Self>, host: &str, port: u16) -> Result<Stream> {
        let stream = match dialer {
            Some(dialer) => dialer.0.dial(host, port).await,
            None => TcpStream::connect((host, port)).await.map(|stream| {
                // Requests are small and wait for their answers.
                let _ = stream.set_nodelay(true);
                stream.into()
            }),
        };
        stream.map_err(|error| Error::new(ErrorKind::Connect, &error).with_source(error))
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_shared_between_threads() {
        fn check<T: Send + Sync>() {}
        check::<Stream>();
    }
}

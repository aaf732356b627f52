//! The octets of a connection: plain or over TLS, compressed or not.

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::deflate::Deflated;

pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Deflate(Box<Deflated>),
}

impl Stream {
    pub(super) fn reader(&mut self) -> Pin<&mut dyn AsyncRead> {
        match self {
            Self::Plain(stream) => Pin::<&mut TcpStream>::new(stream),
            Self::Tls(stream) => Pin::<&mut TlsStream<TcpStream>>::new(stream),
            Self::Deflate(stream) => Pin::<&mut Deflated>::new(stream),
        }
    }

    pub(super) fn writer(&mut self) -> Pin<&mut dyn AsyncWrite> {
        match self {
            Self::Plain(stream) => Pin::<&mut TcpStream>::new(stream),
            Self::Tls(stream) => Pin::<&mut TlsStream<TcpStream>>::new(stream),
            Self::Deflate(stream) => Pin::<&mut Deflated>::new(stream),
        }
    }
}

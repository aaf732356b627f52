//! One connection: HTTP/1.1, since a sign-in may belong to it.

use crate::{Error, ErrorKind, Result, ntlm::ChannelBinding};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::HOST};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::http1::SendRequest};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tegu_net::Endpoint;

pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// How long to wait for the head of an answer, and between any two pieces of it.
    pub(super) idle: Duration,
    /// Whether this connection is signed in.
    pub(super) signed_in: bool,
    /// Which TLS connection this is.
    pub(super) binding: Option<ChannelBinding>,
}

impl Connection {
    pub(super) async fn open(endpoint: &Endpoint) -> Result<Self> {
        let stream = endpoint.connect().await?;
        let binding = stream.peer_certificate().map(ChannelBinding::of);
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| broken(endpoint, error))?;
        // It ends when the sender is dropped.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            idle: endpoint.idle_timeout(),
            signed_in: false,
            binding,
        })
    }

    /// Returns whether the server has closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    pub(super) async fn send(
        &mut self,
        endpoint: &Endpoint,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>> {
        if let Ok(host) = HeaderValue::from_str(&host(endpoint)) {
            request.headers_mut().insert(HOST, host);
        }
        let sent = async {
            self.sender.ready().await?;
            self.sender.send_request(request).await
        };
        match tokio::time::timeout(self.idle, sent).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(broken(endpoint, error)),
            Err(_) => Err(late(self.idle)),
        }
    }
}

/// Host and port, the latter only where it is not the scheme's own.
fn host(endpoint: &Endpoint) -> String {
    let authority = endpoint.authority();
    let usual = if endpoint.scheme() == "https" {
        ":443"
    } else {
        ":80"
    };
    authority
        .strip_suffix(usual)
        .map(str::to_owned)
        .unwrap_or(authority)
}

pub(super) fn broken(endpoint: &Endpoint, error: hyper::Error) -> Error {
    Error::new(ErrorKind::Connect, "the connection broke")
        .doing("ask", endpoint.origin())
        .with_source(error)
}

pub(super) fn late(limit: Duration) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!("no answer within {} seconds", limit.as_secs_f32()),
    )
}

//! The StartTLS operation (RFC 4511, section 4.14).

use tegu_net::{Endpoint, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::guard::{Framer, GuardLimits, Reply};
use crate::{Error, ErrorKind, Result};

/// Message 1, extended request `1.3.6.1.4.1.1466.20037`.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// Asks for TLS on a plain connection, and sets it up once the server agrees.
pub(super) async fn start_tls(
    endpoint: &Endpoint,
    mut stream: Stream,
    limits: GuardLimits,
) -> Result<Stream> {
    let limit = endpoint.connect_timeout();
    match timeout(limit, ask(&mut stream, limits)).await {
        Ok(agreed) => agreed,
        Err(_) => Err(Error::new(
            ErrorKind::Timeout,
            format!("no answer within {limit:?}"),
        )),
    }
    .map_err(|e| e.doing("start TLS with", endpoint))?;
    endpoint.start_tls(stream).await
}

async fn ask(stream: &mut Stream, limits: GuardLimits) -> Result<()> {
    let broken = |e: std::io::Error| Error::new(ErrorKind::Connect, &e).with_source(e);
    stream.write_all(START_TLS).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let mut framer = Framer::new(limits);
    let code = loop {
        if stream.read_buf(framer.buffer()).await.map_err(broken)? == 0 {
            return Err(Error::new(ErrorKind::Connect, "the server closed the connection"));
        }
        if let Some(frame) = framer.next_reply()? {
            if frame.reply() != Reply::Extended || frame.message_id() != 1 {
                return Err(Error::new(
                    ErrorKind::Protocol,
                    "the server answers something else",
                ));
            }
            break frame.result_code();
        }
    };
    // Bytes behind the answer would be read as if they had come through TLS.
    if !framer.is_empty() {
        return Err(Error::new(
            ErrorKind::Protocol,
            "the server sent more than the answer before TLS",
        ));
    }
    match code {
        Some(0) => Ok(()),
        code => Err(Error::new(
            ErrorKind::Tls,
            format!(
                "the server refuses StartTLS (result {})",
                code.unwrap_or_default()
            ),
        )),
    }
}

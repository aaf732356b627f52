use std::time::Duration;
use tegu_net::{Error, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Sends a request over `stream`, and returns the answer's status and body.
pub(crate) async fn request(mut stream: Stream) -> (String, String) {
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    // nginx ends TLS without a close_notify.
    let _ = stream.read_to_string(&mut answer).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (
        head.lines().next().unwrap_or_default().to_owned(),
        body.to_owned(),
    )
}

/// The error of a connection that must not come about.
pub(crate) async fn refused(connected: impl Future<Output = tegu_net::Result<Stream>>) -> Error {
    tokio::time::timeout(Duration::from_secs(600), connected)
        .await
        .unwrap()
        .unwrap_err()
}

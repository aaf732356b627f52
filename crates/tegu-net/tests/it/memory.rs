//! Peers in memory: what they say, what they do not say, and how long that is waited for.

use super::support::refused;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tegu_net::{Blame, Endpoint, ErrorKind, Proxy, Stream, Timeouts};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// What a peer does with a connection.
#[derive(Clone, Copy, Debug)]
enum Peer {
    /// Reads everything and says nothing.
    Silent,
    /// Reads everything and says this once.
    Says(&'static [u8]),
    /// Says this without an end.
    Floods(&'static [u8]),
    /// Hangs up.
    Closes,
}

/// The hosts and ports that were asked for.
type Asked = Arc<Mutex<Vec<(String, u16)>>>;

/// `url` with connections to `peer` in memory, and the hosts and ports that were asked for.
fn endpoint(url: &str, peer: Peer) -> (Endpoint, Asked) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let endpoint = Endpoint::new(url)
        .unwrap()
        .dialer(move |host: String, port: u16| {
            noted.lock().unwrap().push((host, port));
            let (here, there) = tokio::io::duplex(4096);
            tokio::spawn(act(peer, there));
            async move { Ok(Stream::new(here)) }
        });
    (endpoint, asked)
}

async fn act(peer: Peer, stream: tokio::io::DuplexStream) {
    let (mut read, mut write) = tokio::io::split(stream);
    let mut sink = tokio::io::sink();
    match peer {
        Peer::Closes => return,
        Peer::Silent => {}
        Peer::Says(text) => write.write_all(text).await.unwrap(),
        Peer::Floods(text) => while write.write_all(text).await.is_ok() {},
    }
    let _ = tokio::io::copy(&mut read, &mut sink).await;
}

#[tokio::test]
async fn a_dialer_brings_the_stream() {
    let (endpoint, asked) = endpoint("imap://mail.example.org", Peer::Says(b"* OK\r\n"));
    let mut stream = endpoint.connect().await.unwrap();
    let mut greeting = [0; 6];
    stream.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"* OK\r\n");
    assert!(!stream.is_encrypted());
    assert_eq!(*asked.lock().unwrap(), [("mail.example.org".to_owned(), 143)]);
}

#[tokio::test]
async fn a_dialer_reaches_the_proxy() {
    let answer = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n* OK\r\n";
    let (endpoint, asked) = endpoint("imap://mail.example.org", Peer::Says(answer));
    let proxy = Proxy::new("http://[::1]:3128").unwrap();
    let mut stream = endpoint.proxy(proxy).connect().await.unwrap();
    // Not an octet of the server's is taken for the proxy's.
    let mut greeting = [0; 6];
    stream.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"* OK\r\n");
    assert_eq!(*asked.lock().unwrap(), [("::1".to_owned(), 3128)]);
}

#[tokio::test]
async fn a_dialers_error_is_the_source() {
    let endpoint = Endpoint::new("imap://mail.example.org")
        .unwrap()
        .dialer(|_: String, _: u16| async { Err(std::io::ErrorKind::ConnectionRefused.into()) });
    let error = refused(endpoint.connect()).await;
    assert_eq!(
        error.to_string(),
        "connect to imap://mail.example.org:143: connection refused"
    );
    assert_eq!(
        (error.kind(), error.blame()),
        (ErrorKind::Connect, Blame::Network)
    );
    let io = error.find_source::<std::io::Error>().map(std::io::Error::kind);
    assert_eq!(io, Some(std::io::ErrorKind::ConnectionRefused));
}

#[tokio::test]
async fn a_proxy_that_talks_nonsense_is_not_believed() {
    use ErrorKind::{Authentication, Connect, Limit, Protocol, Refused};
    let long = b"HTTP/1.1 200 OK\r\nX-Header: and another\r\n";
    for (proxy, peer, kind) in [
        ("http", Peer::Says(b"SSH-2.0-OpenSSH_9.2\r\n"), Protocol),
        ("http", Peer::Says(b"HTTP/1.1 twohundred\r\n\r\n"), Protocol),
        (
            "http",
            Peer::Says(b"HTTP/1.1 200 OK\r\n\x00: \x01\r\n\r\n"),
            Protocol,
        ),
        ("http", Peer::Says(b"HTTP/1.1 403 Forbidden\r\n\r\n"), Refused),
        ("http", Peer::Says(b"HTTP/1.1 407 Who\r\n\r\n"), Authentication),
        ("http", Peer::Says(b"HTTP/1.1 503 Later\r\n\r\n"), Connect),
        ("http", Peer::Floods(b"x"), Protocol),
        ("http", Peer::Floods(long), Limit),
        ("http", Peer::Closes, Connect),
        (
            "socks5",
            Peer::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            Protocol,
        ),
        ("socks5", Peer::Says(&[5, 77]), Protocol),
        ("socks5", Peer::Says(&[5, 0xff]), Authentication),
        (
            "socks5",
            Peer::Says(&[5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0]),
            Refused,
        ),
        (
            "socks5",
            Peer::Says(&[5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0]),
            Connect,
        ),
        (
            "socks5",
            Peer::Says(&[5, 0, 5, 0, 0, 9, 0, 0, 0, 0, 0, 0]),
            Protocol,
        ),
        ("socks5", Peer::Floods(&[5, 0]), Protocol),
        ("socks5", Peer::Closes, Connect),
    ] {
        let (endpoint, _) = endpoint("imap://mail.example.org", peer);
        let proxy = format!("{proxy}://proxy.example:99");
        let error = refused(endpoint.proxy(Proxy::new(&proxy).unwrap()).connect()).await;
        assert_eq!(error.kind(), kind, "{peer:?}: {error}");
        let front = format!("proxy {proxy}: connect to imap://mail.example.org:143: ");
        assert!(error.to_string().starts_with(&front), "{error}");
        // It is no fault of the server behind it.
        assert!(
            matches!(error.at_source().blame(), Blame::Network | Blame::Config),
            "{peer:?}"
        );
    }
}

#[tokio::test]
async fn what_does_not_speak_tls_is_told() {
    for (peer, kind) in [
        (Peer::Says(b"* OK IMAP4rev1\r\n"), ErrorKind::Tls),
        (Peer::Floods(b"* BYE\r\n"), ErrorKind::Tls),
        (Peer::Closes, ErrorKind::Connect),
    ] {
        let (endpoint, _) = endpoint("imaps://mail.example.org", peer);
        let error = refused(endpoint.connect()).await;
        assert_eq!(error.kind(), kind, "{peer:?}: {error}");
        assert!(
            error
                .to_string()
                .ends_with("check the port and the scheme of the URL"),
            "{error}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_after_the_connect_timeout() {
    let mut timeouts = Timeouts::default();
    timeouts.connect = Duration::from_secs(7);
    for (url, proxy, says) in [
        (
            "imaps://mail.example.org",
            None,
            "set up TLS with imaps://mail.example.org:993",
        ),
        (
            "imap://mail.example.org",
            Some("http://proxy.example:3128"),
            "proxy http://proxy.example:3128: connect to imap://mail.example.org:143",
        ),
        (
            "imaps://mail.example.org",
            Some("socks5://proxy.example"),
            "proxy socks5://proxy.example:1080: connect to imaps://mail.example.org:993",
        ),
    ] {
        let (mut endpoint, _) = endpoint(url, Peer::Silent);
        endpoint = endpoint.timeouts(timeouts);
        if let Some(proxy) = proxy {
            endpoint = endpoint.proxy(Proxy::new(proxy).unwrap());
        }
        let began = tokio::time::Instant::now();
        let error = refused(endpoint.connect()).await;
        assert_eq!(error.to_string(), format!("{says}: no answer within 7 seconds"));
        assert_eq!(began.elapsed(), timeouts.connect);
        assert_eq!(
            (error.kind(), error.blame()),
            (ErrorKind::Timeout, Blame::Network)
        );
        assert!(error.is_retryable());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dialer_that_hangs_is_given_up() {
    let endpoint = Endpoint::new("ldaps://dc1.example.org")
        .unwrap()
        .dialer(|_: String, _: u16| std::future::pending());
    let error = refused(endpoint.connect()).await;
    assert_eq!(
        error.to_string(),
        "connect to ldaps://dc1.example.org:636: no answer within 20 seconds"
    );
}

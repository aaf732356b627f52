//! Connections that are not sockets.

use tegu_imap::{MailboxName, Session, SessionOptions};
use tegu_net::{Endpoint, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::support::{anna, converse, login};

/// A server at the other end of a pipe in memory.
fn server() -> DuplexStream {
    let (client, server) = tokio::io::duplex(4096);
    tokio::spawn(async move {
        let greeting = "* OK [CAPABILITY IMAP4rev1] hello\r\n";
        let mut answer = |command: &str| {
            login(command, "").unwrap_or_else(|| match command.split(' ').next() {
                Some("LIST") => "* LIST () \"/\" Sent\r\n$T OK\r\n".to_owned(),
                _ => "$T OK\r\n".to_owned(),
            })
        };
        // The client may hang up whenever it likes.
        let _ = converse(server, greeting, &mut answer, &Default::default()).await;
    });
    client
}

async fn talk(mut session: Session) {
    let listed = session.list().await.unwrap();
    assert_eq!(listed[0].name, MailboxName::new("Sent").unwrap());
    session.logout().await.unwrap();
}

#[tokio::test]
async fn a_client_runs_over_a_connected_stream() {
    let endpoint = Endpoint::new("imaps://mail.example.org").unwrap();
    let options = SessionOptions::default();
    let session = Session::from_stream(Stream::new(server()), &endpoint, &anna(), &options).await;
    talk(session.unwrap()).await;
}

#[tokio::test]
async fn a_client_runs_over_the_callers_dialer() {
    let endpoint = Endpoint::dangerously_without_tls("imap://mail.example.org").unwrap();
    let endpoint = endpoint.dialer(|host: String, port: u16| async move {
        assert_eq!((host.as_str(), port), ("mail.example.org", 143));
        Ok(Stream::new(server()))
    });
    talk(Session::connect(&endpoint, &anna()).await.unwrap()).await;
}

/// A stream that the caller connected is not trusted with a password before STARTTLS.
#[tokio::test]
async fn a_connected_stream_begins_tls_as_the_endpoint_says() {
    let endpoint = Endpoint::new("imap://mail.example.org").unwrap();
    let (client, mut server) = tokio::io::duplex(4096);
    let heard = tokio::spawn(async move {
        server
            .write_all(b"* OK [CAPABILITY IMAP4rev1] x\r\n")
            .await
            .unwrap();
        let mut heard = vec![0; 64];
        let length = server.read(&mut heard).await.unwrap();
        server.write_all(b"T1 BAD what?\r\n").await.unwrap();
        heard.truncate(length);
        heard
    });
    let options = SessionOptions::default();
    let error = Session::from_stream(Stream::new(client), &endpoint, &anna(), &options).await;
    assert_eq!(error.unwrap_err().kind(), tegu_imap::ErrorKind::Unsupported);
    assert_eq!(heard.await.unwrap(), b"T1 STARTTLS\r\n");
}

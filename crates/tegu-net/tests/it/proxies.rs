//! Tunnels through microsocks and Tinyproxy.

use super::support::{refused, request};
use tegu_net::{Blame, Credentials, Endpoint, ErrorKind, Proxy, Tls};
use tegu_testkit::{Handshake, Microsocks, NginxTls, Tinyproxy, skip_servers};

fn password(password: &str) -> Credentials {
    Credentials::password("anna", password.to_owned())
}

fn through(server: &NginxTls, proxy: Proxy) -> Endpoint {
    Endpoint::new(&format!("https://localhost:{}", server.port(Handshake::Good)))
        .unwrap()
        .tls(Tls::default().trust_pem(&server.ca_pem()).unwrap())
        .proxy(proxy)
}

#[tokio::test]
async fn tunnels_reach_the_server_by_its_name() {
    if skip_servers() {
        return;
    }
    let (server, socks, http) = (NginxTls::start(), Microsocks::start(), Tinyproxy::start());
    for url in [socks.url(), http.url()] {
        let endpoint = through(&server, Proxy::new(&url).unwrap());
        assert_eq!(
            request(endpoint.connect().await.unwrap()).await.0,
            "HTTP/1.1 200 OK",
            "{url}"
        );
    }
    let target = format!("localhost:{}", server.port(Handshake::Good));
    assert!(socks.log().contains(&target), "{}", socks.log());
    assert!(
        http.log().contains(&format!("CONNECT {target}")),
        "{}",
        http.log()
    );
}

#[tokio::test]
async fn proxies_take_a_password() {
    if skip_servers() {
        return;
    }
    let server = NginxTls::start();
    let socks = Microsocks::start_with_password("anna", "secret");
    let http = Tinyproxy::start_with_password("anna", "secret");
    for url in [socks.url(), http.url()] {
        let proxy = || Proxy::new(&url).unwrap();
        let endpoint = through(&server, proxy().credentials(password("secret")));
        assert_eq!(
            request(endpoint.connect().await.unwrap()).await.0,
            "HTTP/1.1 200 OK",
            "{url}"
        );
        let wrong = refused(through(&server, proxy().credentials(password("wr0ng"))).connect()).await;
        let none = refused(through(&server, proxy()).connect()).await;
        for (error, says) in [
            (&wrong, "refuses the user name or the password"),
            (&none, "asks for a user name"),
        ] {
            assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
            assert!(error.to_string().contains(says), "{error}");
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("proxy {url}: connect to https://localhost")),
                "{error}"
            );
            assert!(!error.to_string().contains("wr0ng"));
        }
        let token = Credentials::token("anna", "t".to_owned());
        let error = refused(through(&server, proxy().credentials(token)).connect()).await;
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}

#[tokio::test]
async fn a_server_behind_the_proxy_that_is_not_there_may_come_back() {
    if skip_servers() {
        return;
    }
    let (socks, http) = (Microsocks::start(), Tinyproxy::start());
    for (url, says) in [
        (socks.url(), "cannot reach the server"),
        (http.url(), "answered 500 to CONNECT 127.0.0.1:1"),
    ] {
        let endpoint = Endpoint::new("imap://127.0.0.1:1")
            .unwrap()
            .proxy(Proxy::new(&url).unwrap());
        let error = refused(endpoint.connect()).await;
        assert_eq!(
            (error.kind(), error.blame()),
            (ErrorKind::Connect, Blame::Network),
            "{error}"
        );
        assert!(
            error.is_retryable() && error.to_string().contains(says),
            "{error}"
        );
    }
}

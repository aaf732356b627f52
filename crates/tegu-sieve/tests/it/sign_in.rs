//! Ways to sign in besides passwords, against Dovecot.

use super::managesieve::endpoint;
use tegu_net::{Credentials, Tls};
use tegu_outcome::ErrorKind;
use tegu_sieve::managesieve::Client;
use tegu_testkit::Dovecot;

#[tokio::test]
async fn tokens_and_certificates() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Dovecot::builder().oauth().client_certificates().sieve().start();
    let place = endpoint(server.sieve_port(), server.ca_pem());
    let token = Credentials::token("anna", Dovecot::token("anna", 600));
    Client::connect(&place, &token).await.unwrap();

    let (chain, key) = server.client_pem("anna");
    let tls = Tls::default()
        .trust_pem(&std::fs::read(server.ca_pem()).unwrap())
        .unwrap()
        .client_certificate_pem(
            &std::fs::read(chain).unwrap(),
            std::fs::read_to_string(key).unwrap().into(),
        )
        .unwrap();
    let certificate = Credentials::external();
    let mut client = Client::connect(&place.clone().tls(tls), &certificate)
        .await
        .unwrap();
    assert_eq!(client.list().await.unwrap(), []);

    let error = Client::connect(&place, &certificate).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Authentication | ErrorKind::Unsupported),
        "{error}"
    );
}

#[cfg(all(feature = "gssapi", unix))]
#[test]
fn a_ticket_is_as_good_as_a_password() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let kerberos = tegu_testkit::Kerberos::start();
    let server = Dovecot::builder().tickets(&kerberos.keytab()).sieve().start();
    let facts = [
        server.sieve_port().to_string(),
        server.ca_pem().display().to_string(),
    ];
    let test = "it::sign_in::a_ticket_signs_in";
    tegu_testkit::tickets::in_a_process(test, &facts, &kerberos.tickets());
}

/// A part of [`a_ticket_is_as_good_as_a_password`].
#[cfg(all(feature = "gssapi", unix))]
#[tokio::test]
async fn a_ticket_signs_in() {
    let Some(facts) = tegu_testkit::tickets::facts() else {
        return;
    };
    let [port, ca] = &facts[..] else {
        panic!("{facts:?}")
    };
    let place = endpoint(port.parse().unwrap(), ca.as_ref());
    let mut client = Client::connect(&place, &Credentials::kerberos()).await.unwrap();
    assert_eq!(client.list().await.unwrap(), []);
    let nobody = Credentials::kerberos().authorize_as("boris");
    let error = Client::connect(&place, &nobody).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
}

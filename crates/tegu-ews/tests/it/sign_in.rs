//! Signing in to the stand-in.

use crate::mailbox::mime;
use tegu_ews::{Credentials, Endpoint, ErrorKind, Ews, Kind};
use tegu_net::Tls;
use tegu_testkit::exchange_ews::{ExchangeEws, ExchangeEwsBuilder, Fault, Mail, Mailbox};

const ANNA: &str = "anna@corp.example";

fn builder() -> ExchangeEwsBuilder {
    let mail = |number: usize| {
        Mail::new(&format!("m{number}"), "2024-05-01T06:00:00Z")
            .octets(format!("Subject: m{number}\r\n\r\n"))
            .item()
    };
    let mailbox = (0..120).fold(Mailbox::russian(ANNA, "Анна"), |mailbox, number| {
        mailbox.item("inbox", mail(number))
    });
    ExchangeEws::builder().mailbox(mailbox)
}

fn endpoint(exchange: &ExchangeEws) -> Endpoint {
    let endpoint = Endpoint::new(exchange.url()).unwrap();
    match exchange.ca() {
        Some(ca) => endpoint.tls(Tls::default().trust_pem(&std::fs::read(ca).unwrap()).unwrap()),
        None => endpoint,
    }
}

/// Reads all mail, and returns how many messages came whole.
async fn read(ews: &Ews) -> usize {
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let mut count = 0;
    for place in inventory.folders.iter().filter(|place| place.kind == Kind::Mail) {
        let mut items = mailbox.items(place);
        while let Some(batch) = items.next().await.unwrap() {
            for read in batch {
                let item = read.item.unwrap();
                assert_eq!(
                    mime(&item),
                    format!("Subject: {}\r\n\r\n", item.subject).into_bytes()
                );
                count += 1;
            }
        }
    }
    count
}

#[tokio::test]
async fn ntlm_with_channel_binding() {
    for exchange in [
        builder().without_basic().start(),
        builder().without_basic().tls().extended_protection().start(),
        builder()
            .without_basic()
            .tls()
            .extended_protection()
            .fault(Fault::Unauthorized)
            .start(),
    ] {
        let account = Credentials::password(exchange.user(), exchange.password().to_owned());
        let ews = Ews::connect(&endpoint(&exchange), &account).await.unwrap();
        assert_eq!(read(&ews).await, 120);
        // A connection signs in once, and every connection does.
        assert!(exchange.connections() <= 40, "{}", exchange.connections());
    }
}

#[tokio::test]
async fn ntlm_is_used_where_it_is_asked_for() {
    let exchange = builder().tls().start();
    let account = Credentials::password(exchange.user(), exchange.password().to_owned()).mechanism("NTLM");
    let ews = Ews::connect(&endpoint(&exchange), &account).await.unwrap();
    assert_eq!(read(&ews).await, 120);
}

#[tokio::test]
async fn a_wrong_password_is_told_once() {
    for exchange in [
        builder().start(),
        builder().without_basic().start(),
        builder().without_basic().tls().extended_protection().start(),
    ] {
        let account = Credentials::password(exchange.user(), "wrong".to_owned());
        let ews = Ews::connect(&endpoint(&exchange), &account).await.unwrap();
        let error = ews.impersonate(ANNA).inventory().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert!(!format!("{error:?}").contains("wrong\""));
        assert!(
            exchange.refused_logins() <= 1,
            "an account is locked by tries: {}",
            exchange.refused_logins()
        );
    }
}

#[tokio::test]
async fn who_may_act_for_others() {
    let exchange = builder().without_impersonation().start();
    let account = Credentials::password(exchange.user(), exchange.password().to_owned());
    let ews = Ews::connect(&endpoint(&exchange), &account).await.unwrap();
    let error = ews.impersonate(ANNA).inventory().await.unwrap_err();
    assert!(error.to_string().contains("ApplicationImpersonation"), "{error}");
    assert!(!ews.delegate(ANNA).inventory().await.unwrap().folders.is_empty());
    let exchange = builder().without_full_access().start();
    let ews = Ews::connect(&endpoint(&exchange), &account).await.unwrap();
    let error = ews.delegate(ANNA).inventory().await.unwrap_err();
    assert!(error.to_string().contains("Add-MailboxPermission"), "{error}");
}

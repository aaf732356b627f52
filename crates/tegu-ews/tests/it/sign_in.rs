//! Signing in to the stand-in.

use crate::mailbox::mime;
use tegu_ews::{Credentials, Endpoint, ErrorKind, Ews, Kind};
use tegu_net::Tls;
use tegu_testkit::exchange_ews::{ExchangeEws, ExchangeEwsBuilder, Fault, Folder, Mail, Mailbox};

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

/// The channel that the client names is the proxy's, and a right password is refused: the error says what to look at.
#[tokio::test]
async fn a_proxy_that_ends_tls_breaks_extended_protection() {
    let exchange = builder()
        .without_basic()
        .tls()
        .extended_protection()
        .behind_a_proxy()
        .start();
    let account = Credentials::password(exchange.user(), exchange.password().to_owned());
    let ews = Ews::connect(&endpoint(&exchange), &account).await.unwrap();
    let error = ews.impersonate(ANNA).inventory().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    let text = error.to_string();
    for part in [
        "a proxy that ends TLS",
        "Extended Protection",
        "ExtendedProtectionTokenChecking of Get-WebServicesVirtualDirectory",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(
        !text.contains('\n') && !text.contains(exchange.password()),
        "{text}"
    );
    assert_eq!(exchange.refused_logins(), 1, "an account is locked by tries");
}

/// A proxy that passes each request over a connection of its own loses what NTLM has begun.
#[tokio::test]
async fn a_proxy_that_shares_connections_breaks_ntlm() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let exchange = builder().without_basic().start();
    let proxy = tegu_testkit::Nginx::before(exchange.port());
    let url = format!("{}EWS/Exchange.asmx", proxy.url());
    let tls = Tls::default().trust_pem(&proxy.ca_pem()).unwrap();
    let account = Credentials::password(exchange.user(), exchange.password().to_owned());
    let ews = Ews::connect(&Endpoint::new(&url).unwrap().tls(tls), &account)
        .await
        .unwrap();
    let error = ews.impersonate(ANNA).inventory().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(error.to_string().contains("proxy"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_does_not_verify_is_named() {
    let exchange = builder().tls().start();
    let account = Credentials::password(exchange.user(), exchange.password().to_owned());
    let strict = Endpoint::new(exchange.url()).unwrap();
    let error = match Ews::connect(&strict, &account).await {
        Ok(ews) => ews.impersonate(ANNA).inventory().await.unwrap_err(),
        Err(error) => error,
    };
    let text = error.to_string();
    assert!(text.contains("certificate") && text.contains("`ca`"), "{text}");
    assert!(!error.is_retryable() && !text.contains('\n'), "{text}");
    assert_eq!(exchange.requests(), 0, "nothing was said to it");
}

/// What looks like a number is a name like any other.
#[tokio::test]
async fn a_mailbox_whose_name_is_a_number() {
    const NUMBER: &str = "20241@corp.example";
    let mail = |name: &str| {
        Mail::new(name, "2024-05-01T06:00:00Z")
            .octets("Subject: 7\r\n\r\n")
            .item()
    };
    let mailbox = Mailbox::russian(NUMBER, "20241").item("inbox", mail("1")).folder(
        Folder::new("2024")
            .item(mail("2"))
            .folder(Folder::new("007").item(mail("3"))),
    );
    let exchange = ExchangeEws::builder().mailbox(mailbox).start();
    let account = Credentials::password(exchange.user(), exchange.password().to_owned());
    let ews = Ews::connect(&endpoint(&exchange), &account).await.unwrap();
    for mailbox in [ews.impersonate(NUMBER), ews.delegate(NUMBER)] {
        let inventory = mailbox.inventory().await.unwrap();
        let mut held = Vec::new();
        for place in inventory.folders.iter().filter(|place| place.folder.total > 0) {
            let mut items = mailbox.items(place);
            while let Some(batch) = items.next().await.unwrap() {
                let subjects = batch.into_iter().map(|read| read.item.unwrap().subject);
                held.extend(subjects.map(|subject| (place.path.join("/"), subject)));
            }
        }
        held.sort();
        let expected = [("2024", "2"), ("2024/007", "3"), ("Входящие", "1")];
        assert_eq!(
            held,
            expected.map(|(path, subject)| (path.to_owned(), subject.to_owned()))
        );
    }
}

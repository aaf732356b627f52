//! Autodiscover against the stand-in. Names of hosts lead to ports of this machine.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tegu_ews::{Credentials, Endpoint, Error, ErrorKind, Ews, autodiscover::Rules, client::find};
use tegu_net::{Resolver, ServiceRecord, Stream, Tls};
use tegu_testkit::exchange_ews::{ExchangeEws, ExchangeEwsBuilder, Lead, Mailbox};

const ANNA: &str = "anna@corp.example";
const PUBLISHED: &str = "https://mail.corp.example/EWS/Exchange.asmx";

/// Hosts with their ports, and what was dialled.
#[derive(Clone, Default)]
struct Network {
    hosts: Arc<Mutex<BTreeMap<(String, u16), u16>>>,
    dialled: Arc<Mutex<Vec<String>>>,
}

impl Network {
    fn host(&self, name: &str, port: u16, exchange: &ExchangeEws) -> &Self {
        self.hosts
            .lock()
            .unwrap()
            .insert((name.to_owned(), port), exchange.port());
        self
    }

    fn dialled(&self) -> Vec<String> {
        self.dialled.lock().unwrap().clone()
    }

    fn prepare(&self, endpoint: Endpoint) -> Endpoint {
        let this = self.clone();
        let endpoint = endpoint.dialer(move |host: String, port: u16| {
            this.dialled.lock().unwrap().push(format!("{host}:{port}"));
            let to = this.hosts.lock().unwrap().get(&(host, port)).copied();
            async move {
                let to = to.ok_or_else(|| std::io::Error::other("no such host"))?;
                Ok(Stream::new(
                    tokio::net::TcpStream::connect(("127.0.0.1", to)).await?,
                ))
            }
        });
        endpoint.tls(Tls::default().dangerously_accept_any_certificate())
    }
}

fn builder() -> ExchangeEwsBuilder {
    ExchangeEws::builder()
        .tls()
        .mailbox(Mailbox::russian(ANNA, "Анна"))
        .published_as(PUBLISHED)
}

async fn search(
    network: &Network,
    address: &str,
    rules: &Rules,
    records: Vec<ServiceRecord>,
) -> Result<Endpoint, Error> {
    let resolver = Resolver::from_fn(move |name| {
        assert!(name.starts_with("_autodiscover._tcp."));
        let records = records.clone();
        async move { Ok(records) }
    });
    let account = Credentials::password("CORP\\mover", "secret".to_owned());
    let prepare = |endpoint| network.prepare(endpoint);
    find(address, rules, Some(&resolver), &account, prepare).await
}

/// Searches in the mail domain, in a network of these hosts, without service records. Returns the host that was found.
async fn found(hosts: &[(&str, &ExchangeEws)]) -> Result<String, Error> {
    let network = Network::default();
    for (name, exchange) in hosts {
        network.host(name, 443, exchange);
    }
    let endpoint = search(&network, ANNA, &Rules::default(), Vec::new()).await?;
    Ok(endpoint.host().to_owned())
}

#[tokio::test]
async fn each_way_leads_to_the_server() {
    let plain = || builder().start();
    let soap = || builder().leads(Lead::SoapOnly).start();
    let rules = Rules::default();
    for (exchange, host, port) in [
        (plain(), "corp.example", 443),
        (plain(), "autodiscover.corp.example", 443),
        (soap(), "autodiscover.corp.example", 443),
        (plain(), "records.corp.example", 4430),
        (soap(), "records.corp.example", 4430),
        (builder().without_basic().start(), "corp.example", 443),
    ] {
        let network = Network::default();
        network
            .host(host, port, &exchange)
            .host("mail.corp.example", 443, &exchange);
        let records = vec![ServiceRecord::new("records.corp.example", 4430)];
        let endpoint = search(&network, ANNA, &rules, records).await.unwrap();
        assert_eq!(
            endpoint.to_string(),
            "https://mail.corp.example:443/EWS/Exchange.asmx"
        );
        // What was found can be read from.
        let account = Credentials::password(exchange.user(), exchange.password().to_owned());
        let ews = Ews::connect(&endpoint, &account).await.unwrap();
        assert!(
            !ews.impersonate(ANNA)
                .inventory()
                .await
                .unwrap()
                .folders
                .is_empty()
        );
        assert_eq!(exchange.refused_logins(), 0);
    }
}

#[tokio::test]
async fn connection_points_come_first_and_need_consent() {
    let exchange = ExchangeEws::builder()
        .tls()
        .mailbox(Mailbox::russian(ANNA, "Анна"))
        .published_as("https://ex01.corp.local/EWS/Exchange.asmx")
        .start();
    let network = Network::default();
    network.host("ex01.corp.local", 443, &exchange);
    let rules = Rules::default().connection_point("https://ex01.corp.local/Autodiscover/Autodiscover.xml");
    let error = search(&network, ANNA, &rules, Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("ex01.corp.local"), "{error}");
    assert!(!network.dialled().iter().any(|host| host.contains("corp.local")));
    let allowed = rules.allow("corp.local");
    let endpoint = search(&network, ANNA, &allowed, Vec::new()).await.unwrap();
    assert_eq!(endpoint.host(), "ex01.corp.local");
    assert_eq!(exchange.refused_logins(), 0);
}

#[tokio::test]
async fn redirects_are_followed_within_the_domain() {
    let to = "https://inner.corp.example/autodiscover/autodiscover.xml";
    let inner = builder().start();
    for lead in [Lead::Url(to.to_owned()), Lead::Status(to.to_owned())] {
        let outer = builder().leads(lead).start();
        let hosts = [
            ("autodiscover.corp.example", &outer),
            ("inner.corp.example", &inner),
            ("mail.corp.example", &inner),
        ];
        assert_eq!(found(&hosts).await.unwrap(), "mail.corp.example");
    }
    // A GET in plain text that is redirected: no credentials go out with it.
    let plain = ExchangeEws::builder().leads(Lead::Status(to.to_owned())).start();
    let network = Network::default();
    network
        .host("autodiscover.corp.example", 80, &plain)
        .host("inner.corp.example", 443, &inner)
        .host("mail.corp.example", 443, &inner);
    let endpoint = search(&network, ANNA, &Rules::default(), Vec::new())
        .await
        .unwrap();
    assert_eq!(endpoint.host(), "mail.corp.example");
    // Another address, in another domain that is allowed.
    let other = builder().leads(Lead::Address(ANNA.to_owned())).start();
    let network = Network::default();
    network
        .host("old.example", 443, &other)
        .host("corp.example", 443, &inner)
        .host("mail.corp.example", 443, &inner);
    let rules = Rules::default().allow("corp.example");
    let endpoint = search(&network, "a@old.example", &rules, Vec::new())
        .await
        .unwrap();
    assert_eq!(endpoint.host(), "mail.corp.example");
}

#[tokio::test]
async fn no_password_leaves_the_domain() {
    let evil = builder()
        .published_as("https://evil.example/EWS/Exchange.asmx")
        .start();
    let to = "https://evil.example/autodiscover/autodiscover.xml".to_owned();
    for lead in [Lead::Url(to.clone()), Lead::Status(to.clone())] {
        let honest = builder().leads(lead).start();
        let network = Network::default();
        network
            .host("autodiscover.corp.example", 443, &honest)
            .host("evil.example", 443, &evil);
        let records = vec![ServiceRecord::new("evil.example", 443)];
        let error = search(&network, ANNA, &Rules::default(), records)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("evil.example"), "{error}");
        assert!(!network.dialled().iter().any(|host| host.contains("evil")));
    }
    // Nor to a URL of another domain that an honest place names.
    let network = Network::default();
    network
        .host("corp.example", 443, &evil)
        .host("evil.example", 443, &evil);
    let error = search(&network, ANNA, &Rules::default(), Vec::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!network.dialled().iter().any(|host| host.contains("evil")));
}

#[tokio::test]
async fn a_loop_ends_and_a_wrong_password_is_told_once() {
    let to = "https://corp.example/autodiscover/autodiscover.xml".to_owned();
    let circle = builder().leads(Lead::Url(to)).start();
    let error = found(&[("corp.example", &circle)]).await.unwrap_err();
    assert!(error.to_string().contains("a loop"), "{error}");
    let exchange = builder().account("CORP\\mover", "other").start();
    let hosts = [
        ("corp.example", &exchange),
        ("autodiscover.corp.example", &exchange),
    ];
    let error = found(&hosts).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(exchange.refused_logins(), 1);
}

//! Dovecot and nginx as proxies in front of two servers: before, during and after a wave each login lands where its mailbox is.

use std::time::{Duration, Instant};
use tegu_routing::{
    Recipient, Server, Stage, Stages,
    proxy::{Clients, ProxySheets, Security},
};
use tegu_testkit::{Dovecot, DovecotProxy, NginxMail, imap::Client};

const USERS: [&str; 3] = ["anna@example.test", "boris@example.test", "vera@example.test"];

fn recipients() -> Vec<Recipient> {
    vec![
        Recipient::mailbox(USERS[0]).aliases(["a.b@example.test"]),
        Recipient::mailbox("Boris@Example.test"),
        Recipient::mailbox(USERS[2]),
        Recipient::group("all@example.test"),
    ]
}

/// Two servers that say in every mailbox which one they are.
struct Backends {
    exchange: Dovecot,
    tegu: Dovecot,
    clients: Clients,
}

impl Backends {
    fn start() -> Self {
        let (exchange, tegu) = (Dovecot::start(), Dovecot::start());
        for (server, name) in [(&exchange, "exchange"), (&tegu, "tegu")] {
            for user in USERS.iter().chain(&["a.b@example.test", "nobody@example.test"]) {
                let mut client = Client::login(server.port(), user, Dovecot::password()).unwrap();
                client.create(&format!("on-{name}")).unwrap();
            }
        }
        let place = |server: &Dovecot| format!("127.0.0.1:{}", server.port());
        let clients = Clients::new(place(&exchange), place(&tegu))
            .unwrap()
            .security(Security::Insecure);
        Self {
            exchange,
            tegu,
            clients,
        }
    }

    fn sheets(&self, stages: &Stages) -> ProxySheets {
        let recipients = recipients();
        let sheets = ProxySheets::new(&self.clients, &recipients, stages);
        assert_eq!(sheets.prove(&self.clients, &recipients, stages), []);
        sheets
    }

    /// What a sheet says of whom it does not name.
    fn otherwise(&self) -> (String, String) {
        let port = self.exchange.port();
        (
            format!("proxy=y nopassword=y host=127.0.0.1 port={port}"),
            format!("127.0.0.1:{port}"),
        )
    }
}

/// The server behind a session.
fn lands(client: &mut Client) -> Server {
    let folders = client.folders().unwrap();
    let on = |name: &str| folders.iter().any(|folder| folder == name);
    match (on("on-exchange"), on("on-tegu")) {
        (true, false) => Server::Exchange,
        (false, true) => Server::Tegu,
        _ => panic!("nobody, or both: {folders:?}"),
    }
}

fn log_in(port: u16, user: &str) -> Client {
    Client::login(port, user, Dovecot::password()).unwrap()
}

/// Each user lands where the stages say, by every address, in any letter case.
fn all_land(port: u16, stages: &Stages) {
    // Whoever reloads takes a moment to.
    let patience = Instant::now() + Duration::from_secs(20);
    for (login, mail) in [
        ("anna@example.test", "anna@example.test"),
        ("a.b@example.test", "anna@example.test"),
        ("boris@example.test", "Boris@Example.test"),
        ("vera@example.test", "vera@example.test"),
    ] {
        let expected = stages.stage(mail).server();
        while lands(&mut log_in(port, login)) != expected {
            assert!(Instant::now() < patience, "{login} does not land on {expected}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    // Whom nobody knows is sent to Exchange, which would refuse him.
    assert_eq!(lands(&mut log_in(port, "nobody@example.test")), Server::Exchange);
}

/// Goes through two waves and the undoing of the second. `replace` puts sheets in their place.
fn through_waves(backends: &Backends, port: u16, replace: impl Fn(&ProxySheets)) {
    let mut stages = Stages::default();
    all_land(port, &stages);
    let advance = |stages: &mut Stages, who: &[&str]| {
        let who: Vec<String> = who.iter().map(|mail| (*mail).to_owned()).collect();
        for stage in [Stage::Copying, Stage::Following, Stage::CutOver] {
            stages.advance(&who, stage).unwrap();
        }
    };
    // A session that is open while the sheet is replaced stays where it is; the next one lands on the new server.
    let mut open = log_in(port, "anna@example.test");
    assert_eq!(lands(&mut open), Server::Exchange);
    advance(&mut stages, &["anna@example.test"]);
    replace(&backends.sheets(&stages));
    all_land(port, &stages);
    assert_eq!(lands(&mut open), Server::Exchange);

    let before = backends.sheets(&stages);
    let earlier = stages.clone();
    advance(&mut stages, &["Boris@Example.test", "vera@example.test"]);
    replace(&backends.sheets(&stages));
    all_land(port, &stages);
    // The second wave is undone, and the first is not.
    replace(&before);
    all_land(port, &earlier);
}

#[test]
fn dovecot_sends_each_login_to_its_server() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let backends = Backends::start();
    let (otherwise, _) = backends.otherwise();
    let first = backends.sheets(&Stages::default());
    assert!(first.setup.contains(&otherwise), "{}", first.setup);
    let proxy = DovecotProxy::start(
        &first.dovecot,
        &otherwise,
        ("vera@example.test", Dovecot::password()),
    );
    through_waves(&backends, proxy.port(), |sheets| proxy.replace(&sheets.dovecot));
    assert_ne!(backends.exchange.port(), backends.tegu.port());
}

#[test]
fn nginx_sends_each_login_to_its_server() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let backends = Backends::start();
    let (_, otherwise) = backends.otherwise();
    let first = backends.sheets(&Stages::default());
    assert!(first.setup.contains(&otherwise), "{}", first.setup);
    let proxy = NginxMail::start(
        &first.nginx,
        &otherwise,
        ("vera@example.test", Dovecot::password()),
    );
    through_waves(&backends, proxy.port(), |sheets| proxy.replace(&sheets.nginx));
}

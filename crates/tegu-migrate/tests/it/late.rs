//! Connections that are lost while what they carried is still on its way to an IMAP server: it arrives after its messages were sent
//! again. From files, so that the route for every pair of sides moves them. Delays are short, and so are the times that a run waits.

use crate::scene::{Scene, counts};
use std::time::Duration;
use tegu_migrate::{
    CancellationToken, Entity, ErrorKind, ImapServer, Limits, Login, Migration, Report, Result, SecretRef,
    imap::Endpoint, net::Timeouts, sources, targets,
};
use tegu_testkit::{
    Dovecot,
    front::Front,
    imap::Client,
    proxy::{Fault, Proxy},
};

const MESSAGES: usize = 120;
/// How late it arrives: after the target was quiet for longer than a run waits before it sends again.
const LATE: Duration = Duration::from_millis(1500);

/// An mbox file, a server, and what spoils the connection between them.
struct Trip {
    scene: Scene,
    target: Dovecot,
    proxy: Proxy,
}

/// One journey of the messages into a mailbox of its own.
struct Trial<'t> {
    trip: &'t Trip,
    user: String,
    /// How long the run waits for what is late.
    patience: Duration,
    timeout: Duration,
    /// How late data arrives that is on its way when the run is killed.
    late: Duration,
    port: u16,
}

/// A message of so many lines, which its date tells from the others.
fn letter(number: usize, lines: usize) -> String {
    let body = "some line of the text\n".repeat(lines);
    let (minute, second) = (number / 60, number % 60);
    format!(
        "From a@b Mon Jan  1 00:{minute:02}:{second:02} 2024\nFrom: a@b.test\nSubject: {number}\n\n{body}\n"
    )
}

impl Trip {
    fn new() -> Self {
        let scene = Scene::new();
        scene.head("job");
        let mbox: String = (0..MESSAGES).map(|number| letter(number, 200 + number)).collect();
        scene.write("mail/anna/INBOX.mbox", mbox);
        let target = Dovecot::start();
        Self {
            proxy: Proxy::start(([127, 0, 0, 1], target.port()).into(), Fault::None),
            scene,
            target,
        }
    }

    fn trial(&self, name: &str) -> Trial<'_> {
        Trial {
            trip: self,
            user: name.to_owned(),
            patience: Duration::from_secs(3),
            timeout: Duration::from_secs(30),
            late: LATE,
            port: self.proxy.port(),
        }
    }
}

impl Trial<'_> {
    fn job(&self) -> Migration {
        let scene = &self.trip.scene;
        let out = scene.path(&format!("job-{}", self.user));
        let directory =
            sources::LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
        let mut timeouts = Timeouts::default();
        timeouts.idle = self.timeout;
        let endpoint = Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{}", self.port))
            .unwrap()
            .timeouts(timeouts);
        let login = Login::password(self.user.as_str(), SecretRef::File(scene.path("password")));
        let mut limits = Limits::default();
        limits.attempts = 6;
        limits.backoff_ms = u64::try_from(self.patience.as_millis()).unwrap() / 60;
        Migration::builder("late", out, directory)
            .mail(
                sources::MailFiles::new("mail/{alias}", scene.root.path()),
                targets::ImapTarget::new(ImapServer::new(endpoint, login)),
            )
            .limits(limits)
            .build()
    }

    async fn run(&self) -> Result<Report> {
        loop {
            match self.job().run(&CancellationToken::new()).await {
                // A run that was dropped lets go of its journal when the last of its tasks has.
                Err(error) if error.kind() == ErrorKind::InUse => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                ended => return ended,
            }
        }
    }

    /// Runs until so much has gone to the server, and returns the run.
    async fn under_way(&self, octets: u64) -> tokio::task::JoinHandle<Result<Report>> {
        let proxy = &self.trip.proxy;
        proxy.set(Fault::Delay(Duration::from_millis(4)));
        let job = self.job();
        let before = proxy.bytes_to_server();
        let run = tokio::spawn(async move { job.run(&CancellationToken::new()).await });
        while proxy.bytes_to_server() - before < octets && !run.is_finished() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        run
    }

    /// What is sent from now on arrives late; then the run is killed.
    async fn killed_with_late_data(&self, octets: u64) {
        let run = self.under_way(octets).await;
        self.trip.proxy.set(Fault::Delay(self.late));
        tokio::time::sleep(Duration::from_millis(60)).await;
        kill(run).await;
        self.trip.proxy.set(Fault::None);
    }

    /// Which messages the target holds, in their order there.
    fn held(&self) -> Vec<usize> {
        let mut client = Client::login(self.trip.target.port(), &self.user, Dovecot::password()).unwrap();
        let held = client.messages("INBOX").unwrap();
        let since = |date: i64| usize::try_from(date - 1_704_067_200).unwrap();
        held.iter().map(|message| since(message.date.unwrap())).collect()
    }

    fn has_each_once(&self, what: &str) {
        let mut found = self.held();
        found.sort_unstable();
        assert_eq!(found, (0..MESSAGES).collect::<Vec<_>>(), "{what}");
    }
}

/// Drops a run where it stands.
async fn kill(run: tokio::task::JoinHandle<Result<Report>>) {
    run.abort();
    let _ = run.await;
}

fn good(report: &Report) {
    let mail = counts(report, Entity::Mail);
    assert_eq!(
        (mail.source, mail.moved, mail.present, mail.manual, mail.failed),
        (MESSAGES as u64, MESSAGES as u64, 0, 0, 0),
        "{:#?}",
        report.worklist
    );
}

fn told(report: &Report, code: &str) -> u64 {
    report.containers().filter_map(|row| row.findings.get(code)).sum()
}

/// The next run waits at its end for what comes late.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_and_waited_for() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let trip = Trip::new();
    for round in 0..2_u64 {
        let trial = trip.trial(&format!("waited{round}"));
        trial.killed_with_late_data(150_000 + 200_000 * round).await;
        good(&trial.run().await.unwrap());
        trial.has_each_once(&format!("round {round}"));
    }
}

/// Nobody waits: the next pass removes what came twice, and says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_and_found_by_a_later_pass() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let trip = Trip::new();
    let (mut doubled, mut round) = (0, 0);
    // On a busy machine a run may take longer than the data is late: later ones then.
    while round < 2 || doubled == 0 && round < 5 {
        let mut trial = trip.trial(&format!("later{round}"));
        trial.patience = Duration::from_millis(60);
        trial.late = LATE * (1 << (round / 2));
        trial.killed_with_late_data(150_000 + 200_000 * (round % 2)).await;
        let report = trial.run().await.unwrap();
        good(&report);
        tokio::time::sleep(trial.late).await;
        let too_many = (trial.held().len() - MESSAGES) as u64;
        doubled += too_many;
        assert!(
            too_many == 0 || told(&report, "MAIL-IN-DOUBT") >= too_many,
            "{report:?}"
        );
        let report = trial.run().await.unwrap();
        good(&report);
        assert_eq!(told(&report, "MAIL-LATE-COPY-REMOVED"), too_many);
        trial.has_each_once(&format!("round {round}"));
        assert_eq!(told(&trial.run().await.unwrap(), "MAIL-LATE-COPY-REMOVED"), 0);
        round += 1;
    }
    assert!(doubled > 0, "nothing came late, so nothing was tested");
}

/// A server without UIDPLUS cannot remove one message alone: the copies are named once, and stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_uidplus_copies_are_named() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let mut trip = Trip::new();
    let front = Front::builder(trip.target.port()).without("UIDPLUS").start();
    trip.proxy = Proxy::start(([127, 0, 0, 1], front.port()).into(), Fault::None);
    let mut round = 0;
    // On a busy machine a run may take longer than the data is late: later ones then.
    let (trial, too_many, named) = loop {
        let mut trial = trip.trial(&format!("named{round}"));
        trial.patience = Duration::from_millis(60);
        trial.late = LATE * (1 << round);
        trial.killed_with_late_data(250_000).await;
        let report = trial.run().await.unwrap();
        good(&report);
        tokio::time::sleep(trial.late).await;
        let too_many = (trial.held().len() - MESSAGES) as u64;
        if too_many > 0 {
            // What came before that run ended is named by it.
            break (trial, too_many, told(&report, "MAIL-LATE-COPY"));
        }
        round += 1;
        assert!(round < 4, "nothing came late, so nothing was tested");
    };
    let report = trial.run().await.unwrap();
    good(&report);
    assert_eq!(named + told(&report, "MAIL-LATE-COPY"), too_many);
    assert_eq!(trial.held().len() as u64, MESSAGES as u64 + too_many);
    assert_eq!(told(&trial.run().await.unwrap(), "MAIL-LATE-COPY"), 0);
    assert_eq!(front.violations(), Vec::<String>::new());
}

/// The process lives on: it gives up a connection that is silent for too long, and sends again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn timed_out_without_a_kill() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let trip = Trip::new();
    let mut trial = trip.trial("timed-out");
    trial.timeout = Duration::from_millis(600);
    let run = trial.under_way(200_000).await;
    trip.proxy.set(Fault::Delay(LATE));
    tokio::time::sleep(Duration::from_millis(700)).await;
    trip.proxy.set(Fault::None);
    good(&run.await.unwrap().unwrap());
    trial.has_each_once("timed out");
}

/// The server's own process stands still with what it has read, and goes on when everything was sent again.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_server_process_is_stopped() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let trip = Trip::new();
    let trial = trip.trial("stopped");
    let run = trial.under_way(200_000).await;
    let stopped = trip.target.stop_sessions();
    tokio::time::sleep(Duration::from_millis(100)).await;
    kill(run).await;
    trip.proxy.set(Fault::None);
    let resumed = async {
        tokio::time::sleep(LATE).await;
        stopped.resume()
    };
    let (second, resumed) = tokio::join!(trial.run(), resumed);
    assert!(resumed > 0, "no session of the target was stopped");
    good(&second.unwrap());
    good(&trial.run().await.unwrap());
    trial.has_each_once("stopped");
}

/// The target has no room half-way, and has it again later: each folder holds its messages in their order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn over_quota_and_resumed_keeps_the_order() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let mut trip = Trip::new();
    // Small messages would fit behind large ones that do not.
    let lines = |number: usize| if number % 7 == 3 { 900 } else { 20 };
    let mbox: String = (0..MESSAGES)
        .map(|number| letter(number, lines(number)))
        .collect();
    let bytes = mbox.len() as u64 / 2;
    trip.scene.write("mail/anna/INBOX.mbox", mbox);
    trip.target = Dovecot::builder().quota(bytes).start();
    let mut trial = trip.trial("anna");
    trial.port = trip.target.port();
    let port = trial.port;
    let report = trial.run().await.unwrap();
    let mail = counts(&report, Entity::Mail);
    assert!(mail.balances() && mail.failed > 10 && mail.moved > 10, "{mail:?}");
    assert_eq!(told(&report, "MAIL-TARGET-OVER-QUOTA"), mail.failed);
    let found = trial.held();
    assert_eq!(found, (0..found.len()).collect::<Vec<_>>());
    assert_eq!(mail.moved, found.len() as u64);
    // The administrator makes room.
    let config = std::fs::read_to_string(trip.target.config_file()).unwrap();
    let roomy = config.replace(&format!("bytes={bytes}"), &format!("bytes={}", bytes * 8));
    assert_ne!(roomy, config);
    std::fs::write(trip.target.config_file(), roomy).unwrap();
    trip.target.restart();
    let mut trial = trip.trial("anna");
    trial.port = port;
    good(&trial.run().await.unwrap());
    assert_eq!(trial.held(), (0..MESSAGES).collect::<Vec<_>>());
}

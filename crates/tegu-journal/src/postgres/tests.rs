use super::*;
use crate::{ErrorKind, conformance};
use std::sync::{Arc, Mutex};
use tegu_net::{Secret, SecretRequest, Tls};
use tegu_testkit::{
    Postgres,
    proxy::{Fault as Spoil, Proxy},
};

fn options(server: &Postgres, migration: &str) -> PostgresOptions {
    PostgresOptions::new(server.url(), migration)
}

#[tokio::test]
async fn conforms_and_remembers() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let mut server = Postgres::start();
    let journal = PostgresJournal::connect(options(&server, "first")).await.unwrap();
    conformance::check(&journal).await;
    let other = PostgresJournal::connect(options(&server, "second"))
        .await
        .unwrap();
    conformance::check(&other).await;
    drop((journal, other));
    server.crash_and_restart();
    let journal = PostgresJournal::connect(options(&server, "first")).await.unwrap();
    conformance::check_reopened(&journal).await;
    assert!(!format!("{journal:?} {}", journal.describe()).contains(Postgres::password()));
}

#[tokio::test]
async fn encrypted_and_verified() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Postgres::start();
    let url = format!("postgres://tegu@localhost:{}/tegu", server.port());
    let options = PostgresOptions::new(url, "tls").password(Postgres::password().to_owned());
    let error = PostgresJournal::connect(options.clone()).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Journal,
        "a certificate that nobody vouches for: {error}"
    );
    let roots = std::fs::read(server.ca_pem()).unwrap();
    let journal = PostgresJournal::connect(options.tls(Tls::default().trust_pem(&roots).unwrap()))
        .await
        .unwrap();
    assert!(journal.begin(&"settings".into(), &[]).await.is_ok());
    let used = server.sql(
        "tegu",
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
        WHERE application_name = 'tegu-journal'",
    );
    assert_eq!(used, "t\n");
}

#[tokio::test]
async fn a_password_is_fetched_for_each_connection_and_again_when_it_has_run_out() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Postgres::start();
    let url = format!("postgres://tegu@127.0.0.1:{}/tegu?sslmode=disable", server.port());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let password = {
        let asked = Arc::clone(&asked);
        Secret::provider(move |request| {
            asked.lock().unwrap().push(request);
            async move {
                let fresh = request == SecretRequest::Fresh;
                Ok(if fresh { Postgres::password() } else { "run out" }
                    .to_owned()
                    .into())
            }
        })
    };
    let options = PostgresOptions::new(url, "x");
    drop(
        PostgresJournal::connect(options.clone().password(password))
            .await
            .unwrap(),
    );
    assert_eq!(*asked.lock().unwrap(), [SecretRequest::Any, SecretRequest::Fresh]);

    let sealed = Secret::provider(|_| async { Err("the vault is sealed".into()) });
    let error = PostgresJournal::connect(options.password(sealed))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("the vault is sealed"), "{error}");
}

/// Signs in by certificate alone, to a server whose own certificate is pinned.
#[tokio::test]
async fn a_client_certificate_is_shown_and_the_servers_is_pinned() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Postgres::start();
    let url = format!("postgres://certified@localhost:{}/tegu", server.port());
    let (chain, key) = server.client_pem();
    let (chain, key) = (
        std::fs::read(chain).unwrap(),
        std::fs::read_to_string(key).unwrap(),
    );
    let pinned = Tls::default().pin_sha256(server.certificate_sha256());
    let journal = |tls| PostgresJournal::connect(PostgresOptions::new(url.clone(), "x").tls(tls));
    let error = journal(pinned.clone()).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let tls = pinned.client_certificate_pem(&chain, key.clone().into()).unwrap();
    journal(tls).await.unwrap();
    let other = Tls::default().pin_sha256([7; 32]);
    let tls = other.client_certificate_pem(&chain, key.into()).unwrap();
    let error = journal(tls).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
}

#[tokio::test]
async fn what_is_no_journal_is_refused() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Postgres::start();
    let refused = async |options: PostgresOptions, what: &str| {
        let error = PostgresJournal::connect(options).await.unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(!error.to_string().contains(Postgres::password()), "{error}");
        error.kind()
    };
    server.sql("tegu", "CREATE SCHEMA diary; CREATE TABLE diary.days (n int)");
    assert_eq!(
        refused(options(&server, "x").schema("diary"), "another program's").await,
        ErrorKind::Journal
    );
    assert_eq!(
        refused(options(&server, "x").schema("a; DROP"), "lower-case letters").await,
        ErrorKind::Config
    );
    assert_eq!(
        refused(PostgresOptions::new("postgres://secret@[", "x"), "cannot be read").await,
        ErrorKind::Config
    );
    let wrong = PostgresOptions::new(server.url().replace("secret", "wrong"), "x");
    assert_eq!(
        refused(wrong, "password authentication failed").await,
        ErrorKind::Journal
    );
    drop(PostgresJournal::connect(options(&server, "x")).await.unwrap());
    server.sql("tegu", "UPDATE tegu.tegu_migrate SET version = 99");
    assert_eq!(
        refused(options(&server, "x"), "stored form is version 99").await,
        ErrorKind::Journal
    );
}

#[tokio::test]
async fn a_database_that_is_silent_or_away_is_an_error_that_passes() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Postgres::start();
    let proxy = Proxy::start(([127, 0, 0, 1], server.port()).into(), Spoil::None);
    let options = PostgresOptions::new(Postgres::url_at(proxy.port()), "x").timeout(Duration::from_secs(2));
    let journal = PostgresJournal::connect(options).await.unwrap();
    journal.begin(&"settings".into(), &[]).await.unwrap();
    for fault in [Spoil::BlackHole, Spoil::Refuse] {
        proxy.set(fault);
        proxy.cut_all();
        let error = journal.claim("one", Duration::from_secs(9)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_retryable()),
            (ErrorKind::Journal, true),
            "{error}"
        );
    }
    proxy.set(Spoil::BlackHole);
    let error = journal.claim("one", Duration::from_secs(9)).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    proxy.set(Spoil::None);
    proxy.cut_all();
    let mut answers = 0;
    for _ in 0..20 {
        answers += u32::from(journal.claim("one", Duration::from_secs(9)).await.is_ok());
    }
    assert!(answers > 10, "it comes back: {answers}");
}

#[tokio::test]
async fn names_of_logs_have_any_length() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Postgres::start();
    let journal = PostgresJournal::connect(options(&server, "long")).await.unwrap();
    let job = Job::new(JobKey::new(Kind::from_static("mail"), "anna"), &()).unwrap();
    journal.begin(&"settings".into(), &[job]).await.unwrap();
    let Claim::Job(lease) = journal.claim("one", Duration::from_secs(60)).await.unwrap() else {
        panic!()
    };
    // Neither compresses, so that no index can hold them.
    let mut state = 1_u64;
    let mut noise = |octets: usize| -> Vec<u8> {
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        };
        (0..octets).map(next).collect()
    };
    let kind = Kind::from_static("copied");
    let names = [noise(3_000), noise(100_000)].map(|name| LogName::new(kind.clone(), name));
    for _ in 0..2 {
        for (number, name) in names.iter().enumerate() {
            journal.append(&lease, name, &[number as u8]).await.unwrap();
        }
    }
    for (number, name) in names.iter().enumerate() {
        assert_eq!(journal.read(lease.key(), name).await.unwrap(), [number as u8; 2]);
    }
    let mut expected = names.to_vec();
    expected.sort();
    assert_eq!(journal.logs(lease.key()).await.unwrap(), expected);
}

/// The statements make what version 1 of the schema held.
#[tokio::test]
async fn version_1_is_upgraded() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Postgres::start();
    server.sql("tegu", include_str!("../../tests/data/version-1.sql"));
    for round in 0..2 {
        let journal = PostgresJournal::connect(options(&server, "old")).await.unwrap();
        let jobs = journal.jobs(JobFilter::CurrentPass, None).await.unwrap();
        let stands = jobs
            .iter()
            .map(|status| (status.job.key().to_string(), status.state));
        let expected = [
            ("directory-contacts of b".to_owned(), JobState::Failed),
            ("mail of a".to_owned(), JobState::Done),
            ("mail of b".to_owned(), JobState::Leased),
        ];
        assert_eq!(stands.collect::<Vec<_>>(), expected);
        let anna: std::collections::BTreeMap<String, String> = jobs[1].job.payload().unwrap();
        assert_eq!(
            (anna["id"].as_str(), anna["display_name"].as_str()),
            ("a", "Анна \"\\ 'x")
        );
        assert_eq!(jobs[1].summary.as_deref(), Some(&b"{}"[..]));
        assert_eq!(jobs[0].error.as_deref(), Some("no"));
        let mail = JobKey::new(Kind::from_static("mail"), "a");
        let inbox = LogName::new(Kind::from_static("imap"), "INBOX");
        assert_eq!(journal.read(&mail, &inbox).await.unwrap(), b"onetwo");
        let records = LogName::new(crate::RECORDS, [0xff, 0, 1]);
        assert_eq!(journal.logs(&mail).await.unwrap(), [inbox.clone(), records]);
        if round == 1 {
            let pass = journal.begin(&"plan 1".into(), &[]).await.unwrap();
            assert_eq!((pass.number, pass.joined), (3, true));
            let Claim::Job(lease) = journal.claim("two", Duration::from_secs(60)).await.unwrap() else {
                panic!()
            };
            assert_eq!((lease.key().account.as_str(), lease.epoch()), ("b", 2));
            journal.append(&lease, &inbox, b"three").await.unwrap();
            assert_eq!(journal.read(lease.key(), &inbox).await.unwrap(), b"three");
        }
    }
}

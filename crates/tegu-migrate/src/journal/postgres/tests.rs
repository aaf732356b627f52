use super::{super::conformance, *};
use crate::ErrorKind;
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
    let options = PostgresOptions::new(url, "tls").password(Postgres::password().to_owned().into());
    let error = PostgresJournal::connect(options.clone()).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Journal,
        "a certificate that nobody vouches for: {error}"
    );
    let roots = std::fs::read(server.ca_pem()).unwrap();
    let journal = PostgresJournal::connect(options.extra_roots_pem(roots))
        .await
        .unwrap();
    assert!(journal.begin("plan", &[]).await.is_ok());
    let used = server.sql(
        "tegu",
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
        WHERE application_name = 'tegu-migrate'",
    );
    assert_eq!(used, "t\n");
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
        refused(options(&server, "x").schema("a; DROP"), "small letters").await,
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
        refused(options(&server, "x"), "stored form is 99").await,
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
    journal.begin("plan", &[]).await.unwrap();
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

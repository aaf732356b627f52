//! What is wrong is said in one line that names it, and nothing is written.

use crate::{TEGU, scene::Scene};
use std::{fs, process::Command};
use tegu_testkit::{Dovecot, Radicale, Slapd};

const FILES: &str =
    "[mail]\nsource = { kind = 'files', path = 'mail/{alias}' }\ntarget = { kind = 'bundle' }\n";

/// Runs the program on a configuration and returns its one line.
fn refused(scene: &Scene, config: &str) -> String {
    scene.write("job.toml", config);
    let output = Command::new(TEGU)
        .arg("run")
        .arg(scene.path("job.toml"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!scene.path("out").exists(), "nothing may be written: {said}");
    assert!(!said.contains("hunter2"), "a password is in the message: {said}");
    said
}

fn assert_names(said: &str, names: &[&str]) {
    for name in names {
        assert!(said.contains(name), "{name:?} is missing in: {said}");
    }
}

#[test]
fn wrong_arguments_are_status_2() {
    let output = Command::new(TEGU).args(["--ouch"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error:") && said.contains("--ouch") && said.contains("Usage: tegu"),
        "{said}"
    );
}

#[test]
fn the_documented_file_is_understood() {
    let config = tegu_migrate::Config::from_toml(tegu_migrate::config::SAMPLE, "/".into()).unwrap();
    assert!(config.mail.is_some() && config.calendars.is_some() && config.contacts.is_some());
    assert!(!format!("{config:?}").contains("secret"));
    // It names a certificate that is not there, and says so.
    let error = config.into_migration().unwrap_err();
    assert_names(&error.to_string(), &["mail.target.ca", "ca.pem"]);
}

#[test]
fn mistakes_in_the_file() {
    let scene = Scene::new();
    let head = scene.head("out");
    fs::create_dir_all(scene.path("mail")).unwrap();
    let imap = |more: &str| {
        format!("{head}[mail]\nsource = {{ kind = 'imap', {more} }}\ntarget = {{ kind = 'bundle' }}\n")
    };
    let cases: &[(String, &[&str])] = &[
        (format!("{head}[mial]\n"), &["line 6", "mial"]),
        (format!("{head}[limits]\nacounts = 3\n"), &["acounts"]),
        (head.replace("ldif", "ldiff"), &["ldiff"]),
        (
            head.replace("directory.ldif", "missing.ldif"),
            &["directory.ldif", "missing.ldif"],
        ),
        (
            head.replace("ldif = 'directory.ldif'\n", ""),
            &["directory", "ldif", "ldap"],
        ),
        (
            format!("{head}profile = 'exim'\n"),
            &["directory.profile", "exim", "openldap"],
        ),
        (
            format!("{head}{}", FILES.replace("mail/{alias}", "post/{alias}")),
            &["mail.source.path", "post"],
        ),
        (
            imap("url = 'imaps://a', password = 'hunter2'"),
            &["password", "never as text"],
        ),
        (
            imap("url = 'imaps://a', password = { env = 'TEGU_NOT_SET' }"),
            &["TEGU_NOT_SET", "not set"],
        ),
        (
            imap("url = 'imaps://a', password = { file = 'nowhere' }"),
            &["nowhere"],
        ),
        (
            imap("url = 'imap://a', password = { file = 'password' }"),
            &["mail.source.url", "imap://a", "starttls"],
        ),
        (
            imap("url = 'imaps://a:b', password = { file = 'password' }"),
            &["mail.source.url", "port"],
        ),
        (
            imap("url = 'imaps://a', ca = 'no.pem', password = { file = 'password' }"),
            &["mail.source.ca", "no.pem"],
        ),
        (
            format!(
                "{head}[contacts]\nsource = {{ kind = 'caldav', url = 'https://a/', password = {{ env = 'A' }} }}\ntarget = {{ kind = 'bundle' }}\n"
            ),
            &["contacts.source.kind", "carddav"],
        ),
    ];
    for (config, names) in cases {
        assert_names(&refused(&scene, config), names);
    }
    let said = refused_file(&scene, "nothing.toml");
    assert_names(&said, &["nothing.toml"]);
}

fn refused_file(scene: &Scene, name: &str) -> String {
    let output = Command::new(TEGU)
        .arg("run")
        .arg(scene.path(name))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_directory_of_somebody_else_is_left_alone() {
    let scene = Scene::new();
    let head = scene.head("diary");
    fs::create_dir_all(scene.path("mail")).unwrap();
    scene.write("diary/monday.txt", "x");
    assert_names(
        &refused(&scene, &format!("{head}{FILES}")),
        &["diary", "not empty"],
    );
    assert_eq!(fs::read_dir(scene.path("diary")).unwrap().count(), 1);
}

#[test]
fn another_jobs_directory_is_refused() {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write(
        "mail/anna/Inbox.mbox",
        "From a Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n",
    );
    scene.write("job.toml", format!("{head}{FILES}"));
    let status = Command::new(TEGU)
        .arg("run")
        .arg(scene.path("job.toml"))
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(0));
    fs::create_dir_all(scene.path("post")).unwrap();
    let said = refused(
        &scene,
        &format!("{head}{}", FILES.replace("mail/{alias}", "post/{alias}")),
    );
    assert_names(
        &said,
        &[
            "was started with mail",
            "mail/{alias}",
            "post/{alias}",
            "choose a new `out`",
        ],
    );
}

#[test]
fn servers_that_refuse() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (imap, dav, ldap) = (
        Dovecot::start(),
        Radicale::start(),
        Slapd::builder().exchange_schema().start(),
    );
    let scene = Scene::new();
    let head = scene.head("out");
    scene.write("wrong", "hunter2\n");
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mail = |url: String, more: &str| {
        format!(
            "{head}[mail]\nsource = {{ kind = 'imap', url = '{url}', {more} }}\ntarget = {{ kind = 'bundle' }}\n"
        )
    };
    let plain = "security = 'insecure', user = 'anna'";
    let url = format!("imap://127.0.0.1:{}", imap.port());
    let said = refused(
        &scene,
        &mail(url, &format!("{plain}, password = {{ file = 'wrong' }}")),
    );
    assert_names(&said, &["127.0.0.1", "anna"]);
    let url = format!("imap://127.0.0.1:{closed}");
    let said = refused(
        &scene,
        &mail(url, &format!("{plain}, password = {{ file = 'password' }}")),
    );
    assert_names(&said, &[&format!("127.0.0.1:{closed}")]);
    let url = format!("imaps://127.0.0.1:{}", imap.tls_port());
    let said = refused(
        &scene,
        &mail(url, "user = 'anna', password = { file = 'password' }"),
    );
    assert_names(&said, &["127.0.0.1", "certificate"]);

    let calendars = |url: String, password: &str| {
        scene.write("calendars/anna/a.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n");
        format!(
            "{head}[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\n\
             target = {{ kind = 'caldav', url = '{url}', user = 'anyone', password = {{ file = '{password}' }} }}\n"
        )
    };
    assert_names(&refused(&scene, &calendars(dav.url(), "wrong")), &["127.0.0.1"]);
    assert_names(
        &refused(
            &scene,
            &calendars(format!("http://127.0.0.1:{closed}/"), "password"),
        ),
        &["127.0.0.1"],
    );
    assert_names(
        &refused(&scene, &calendars("http://mail.example.test/".into(), "password")),
        &["calendars.target.url"],
    );

    let directory = |url: String, password: &str| {
        let ldap = format!(
            "ldap = {{ url = '{url}', base = '{}', bind_dn = '{}', password = {{ file = '{password}' }} }}",
            ldap.base_dn(),
            ldap.bind_dn()
        );
        head.replace("ldif = 'directory.ldif'", &ldap)
    };
    assert_names(
        &refused(&scene, &directory(ldap.ldaps_url(), "password")),
        &["127.0.0.1", "certificate"],
    );
    assert_names(
        &refused(
            &scene,
            &directory(format!("ldaps://127.0.0.1:{closed}"), "password"),
        ),
        &["127.0.0.1"],
    );
    let trusted = directory(ldap.ldaps_url(), "wrong")
        .replace(" base =", &format!(" ca = '{}', base =", ldap.ca_pem().display()));
    assert_names(&refused(&scene, &trusted), &["127.0.0.1"]);
}

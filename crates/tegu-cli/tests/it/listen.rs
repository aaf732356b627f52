//! `tegu run --listen`: what a browser, Prometheus and a program see while a job runs.

use crate::{TEGU, seen::long_job, torn::start};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
};
use tegu_testkit::Browser;

/// A run that serves, and where.
fn serving(config: &std::path::Path) -> (Child, String) {
    let mut child = Command::new(TEGU)
        .args(["run", "--listen", "127.0.0.1:0"])
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let address = first
        .strip_prefix("listening on http://")
        .unwrap()
        .trim_end_matches('/')
        .to_owned();
    // What else it says must not fill the pipe.
    thread::spawn(move || lines.for_each(drop));
    (child, address)
}

fn ask(address: &str, method: &str, path: &str, host: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

#[test]
fn a_run_is_watched_while_it_works() {
    let (scene, config) = long_job(40_000);
    let (mut child, address) = serving(&config);

    // Events, to the last one.
    let stream = TcpStream::connect(&address).unwrap();
    (&stream)
        .write_all(format!("GET /events HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())
        .unwrap();
    let listening = thread::spawn(move || {
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        let events = lines
            .filter_map(|line| Some(serde_json::from_str::<Value>(line.strip_prefix("data: ")?).unwrap()));
        let (mut items, mut last) = (0_u64, Value::Null);
        for event in events {
            if event["event"] == "item-finished" && event["state"] == "moved" {
                assert_eq!(
                    (&event["entity"], &event["account"]),
                    (&json!("mail"), &json!("anna@example.test"))
                );
                assert!(
                    event["container"] == "Inbox" && event["item"].is_string(),
                    "{event}"
                );
                items += 1;
            }
            last = event;
        }
        (items, last)
    });

    // A page that moves.
    let mut browser = Browser::visit(&format!("http://{address}/"));
    browser.wait("!!document.documentElement.dataset.ready");
    let before = browser.eval("document.getElementById('live').textContent");
    browser.eval(&format!("window.before = {before}"));
    browser.wait("document.getElementById('live').textContent !== window.before");
    assert_eq!(
        browser.eval("document.querySelector('h1').textContent"),
        json!("test")
    );
    assert_eq!(browser.eval("document.scripts.length"), json!(2));

    // Nobody writes, and no other site reads.
    for (method, path, host, status) in [
        ("GET", "/metrics", &*address, 200),
        ("HEAD", "/", "localhost", 200),
        ("GET", "/data.json", "[::1]:80", 200),
        ("GET", "/", "evil.example", 403),
        ("GET", "/events", "localhost.evil.example", 403),
        ("POST", "/", &*address, 405),
        ("DELETE", "/metrics", &*address, 405),
        ("GET", "/job.json", &*address, 404),
        ("GET", "/../password", &*address, 404),
    ] {
        let (got, answer) = ask(&address, method, path, host);
        assert_eq!(got, status, "{method} {path} {host}: {answer}");
        assert!(!answer.contains("Access-Control"), "{answer}");
        assert!(!answer.contains("secret"), "{answer}");
    }
    let (_, metrics) = ask(&address, "GET", "/metrics", &address);
    assert!(
        metrics.contains("tegu_items{entity=\"mail\",state=\"moved\"} "),
        "{metrics}"
    );
    assert!(
        metrics.contains("\ntegu_accounts 1\n") && !metrics.contains("anna"),
        "{metrics}"
    );

    assert_eq!(child.wait().unwrap().code(), Some(0));
    let (items, last) = listening.join().unwrap();
    assert_eq!(last, json!({"event": "finished", "error": null}));
    assert!(items > 0);
    drop(browser);
    drop(scene);
}

/// Who listens is told of an error too.
#[test]
fn the_stream_of_events_ends_after_an_error() {
    let (scene, config) = long_job(40_000);
    let (child, address) = serving(&config);
    let stream = TcpStream::connect(&address).unwrap();
    (&stream)
        .write_all(format!("GET /events HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes())
        .unwrap();
    let mut data = BufReader::new(stream)
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.starts_with("data: "));
    // It is at work.
    data.next().unwrap();
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let last = data.last().unwrap();
    let last: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(last["event"], "finished");
    assert!(last["error"].as_str().unwrap().contains("cancelled"), "{last}");
    child.wait_with_output().unwrap();
    drop(scene);
}

#[test]
fn an_address_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (_scene, config) = long_job(1);
    let address = taken.local_addr().unwrap().to_string();
    let output = start(&["run", "--listen", &address], &config)
        .wait_with_output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.starts_with(&format!("error: listen on {address}: ")),
        "{said}"
    );
}

//! `report.html` in a browser.

use crate::scene::Scene;
use base64::Engine as _;
use serde_json::json;
use std::{fs, path::Path};
use tegu_migrate::{Report, State};
use tegu_testkit::Browser;

/// Names that try to be more than names.
const HOSTILE: [&str; 6] = [
    "</script><script>hacked=1</script>",
    "\"><img src=x onerror=hacked=1>",
    "<!--<script>",
    "a\u{2028}hacked=1//\u{202e}cod.exe",
    "'onmouseover='hacked=1",
    "=HYPERLINK(\"http://evil.test\")",
];

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// An organisation in which everything that has a name has a hostile one.
async fn hostile_report(scene: &Scene) -> Report {
    let mut ldif = String::new();
    for (number, name) in HOSTILE.iter().enumerate() {
        ldif.push_str(&format!(
            "dn: CN=u{number},DC=example,DC=test\nobjectClass: user\ndisplayName:: {}\nmailNickname: u{number}\nmail: u{number}@example.test\n\
             proxyAddresses: SMTP:u{number}@example.test\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\naltRecipient:: {}\n\n",
            base64(name),
            base64(name),
        ));
        // A bundle cannot hold a message whose last line has no end, so that its subject is on the worklist.
        let mail = format!(
            "From: a@b.test\r\nSubject: =?utf-8?B?{}?=\r\n\r\nno end",
            base64(name)
        );
        let folder = tegu_mbox::tree::encode_component(name);
        scene.write(&format!("mail/u{number}/{folder}/1.eml"), mail);
        scene.write(
            &format!("calendars/u{number}/{folder}.ics"),
            format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;TZID=Nowhere {number}:20240101T100000\r\n\
                 SUMMARY:{name}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            ),
        );
    }
    scene.write("organisation.ldif", ldif);
    let name = serde_json::to_string(HOSTILE[0]).unwrap();
    let reason = serde_json::to_string(HOSTILE[1]).unwrap();
    let config = format!(
        "name = {name}\nout = 'job'\n[directory]\nldif = 'organisation.ldif'\ndomains = ['example.test']\n\
         [mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n\
         [calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n\
         [[policy.exclude]]\nlarger_than = '1 GiB'\nreason = {reason}\n"
    );
    scene.run(&config).await.unwrap()
}

#[tokio::test]
async fn hostile_names_are_text() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    let report = hostile_report(&scene).await;
    assert!(report.balances());
    assert_eq!(report.accounts.len(), HOSTILE.len());
    assert!(report.total(State::Manual) >= 12, "{:#?}", report.entities);
    let mut browser = Browser::open(&scene.path("job/report.html"));
    browser.wait("!!document.documentElement.dataset.ready");
    // Everything is opened, in both languages.
    for language in ["ru", "en"] {
        browser.eval(&format!(
            "document.querySelector('button[lang={language}]').click(); \
             for (let round = 0; round < 4; round++) document.querySelectorAll('details').forEach((one) => {{ one.open = true; }}); 0"
        ));
        for _ in 0..4 {
            browser.eval("new Promise((done) => setTimeout(() => { document.querySelectorAll('details').forEach((one) => { one.open = true; }); done(0); }, 60))");
        }
        assert_eq!(browser.eval("document.documentElement.lang"), json!(language));
        assert_eq!(browser.eval("typeof hacked"), json!("undefined"));
        assert_eq!(browser.eval("document.querySelectorAll('img').length"), json!(0));
        assert_eq!(browser.eval("document.scripts.length"), json!(2));
        let handlers = "[...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]).filter((one) => one.name.startsWith('on')).length";
        assert_eq!(browser.eval(handlers), json!(0));
        let links = "[...document.querySelectorAll('main a[href]')].every((one) => one.protocol === 'file:')";
        assert_eq!(browser.eval(links), json!(true));
        let text = browser
            .eval("document.body.innerText")
            .as_str()
            .unwrap()
            .to_owned();
        for name in [HOSTILE[0], HOSTILE[1], HOSTILE[4]] {
            assert!(text.contains(name), "{name} is shown as it is");
        }
        assert!(text.contains("a\u{fffd}hacked=1//\u{fffd}cod.exe"), "{text}");
    }
    assert_eq!(browser.dialogs, 0);

    let table = fs::read_to_string(scene.path("job/worklist.csv")).unwrap();
    let cells = table.lines().flat_map(|line| line.split("\",\""));
    assert!(
        cells
            .into_iter()
            .all(|cell| !cell.trim_start_matches('"').starts_with('='))
    );
}

#[tokio::test]
async fn originals_open_from_the_page() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    hostile_report(&scene).await;
    let mut browser = Browser::open(&scene.path("job/report.html"));
    browser.wait("!!document.documentElement.dataset.ready");
    browser.eval("document.querySelectorAll('#work details').forEach((one) => { one.open = true; }); 0");
    browser.wait("document.querySelectorAll('#work a').length >= 12");
    let links = browser
        .eval("[...document.querySelectorAll('#work a')].map((one) => decodeURIComponent(one.pathname))");
    for link in links.as_array().unwrap() {
        assert!(Path::new(link.as_str().unwrap()).is_file(), "{link}");
    }
}

/// `migrate report` makes the page of whatever `report.json` says.
#[tokio::test]
async fn a_report_that_was_tampered_with_stays_text() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    hostile_report(&scene).await;
    let path = scene.path("job/report.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let evil = json!("<img src=x onerror=hacked=1>");
    for work in json["worklist"].as_array_mut().unwrap() {
        work["original"] = json!("javascript:hacked=1//");
        work["findings"] = json!([{ "code": evil, "severity": "lossy", "message": evil }]);
    }
    for key in ["started", "finished", "job"] {
        json[key] = json!("--></title></noscript><script>hacked=1</script>");
    }
    json["exceptions"] =
        json!([{ "kind": "accept", "code": evil, "scope": evil, "reason": evil, "items": 1 }]);
    json["plan"] = json!({ "made": evil, "deviations": [{ "code": evil, "account": evil, "container": evil, "entity": null, "planned": 1,
        "happened": 2, "message": evil }] });
    json["speed"] = json!({ "step": 0, "items": [1, 18_446_744_073_709_551_615_u64], "bytes": [] });
    fs::write(&path, json.to_string()).unwrap();
    Report::read_from(&scene.path("job"))
        .unwrap()
        .unwrap()
        .write_to(&scene.path("job"))
        .unwrap();

    let mut browser = Browser::open(&scene.path("job/report.html"));
    browser.wait("!!document.documentElement.dataset.ready");
    browser.eval("document.querySelectorAll('#work details').forEach((one) => { one.open = true; }); 0");
    browser.wait("document.querySelectorAll('#work a').length >= 12");
    for (expression, expected) in [
        ("typeof hacked", json!("undefined")),
        (
            "[...document.querySelectorAll('#work a')].every((one) => one.protocol === 'file:')",
            json!(true),
        ),
        ("document.scripts.length", json!(2)),
        ("document.querySelectorAll('img').length", json!(0)),
    ] {
        assert_eq!(browser.eval(expression), expected, "{expression}");
    }
    assert_eq!(browser.dialogs, 0);
}

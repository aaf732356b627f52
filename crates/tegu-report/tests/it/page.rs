//! `report.html` in a browser.

use base64::Engine as _;
use serde_json::json;
use std::fs;
use tegu_report::{Entity, Report};
use tegu_testkit::Browser;

/// A report of many accounts, as a program that reads `report.json` could make it.
fn large(accounts: usize, folders: usize) -> Report {
    let counts = json!({ "source": 50, "moved": 47, "present": 1, "manual": 1, "failed": 1, "excluded": 0, "bytes": 4_000_000, "moved_now": 47,
        "entity": "mail", "findings": { "MAIL-NUL": 1 } });
    let container = |number: usize| {
        let mut row = counts.clone();
        row["name"] = json!(format!("Проект {number}/Переписка"));
        row
    };
    let containers: Vec<_> = (0..folders).map(container).collect();
    let account = |number: usize| json!({ "account": format!("user{number}@example.test"), "display_name": format!("Сотрудник {number}"), "containers": containers, "problems": [] });
    let work = |number: usize| {
        json!({ "entity": "mail", "account": format!("user{number}@example.test"), "container": "Проект 0/Переписка", "item": "7:1",
            "label": "a@b.test · Отчёт", "state": "manual", "original": "worklist/mail/1.eml", "attempts": 1,
            "findings": [{ "code": "MAIL-NUL", "severity": "lossy", "message": "the message holds NUL octets" }] })
    };
    let total = 50 * accounts * folders;
    let report = json!({
        "version": 3, "job": "Большая организация", "started": "2026-01-01T00:00:00Z", "finished": "2026-01-02T00:00:00Z", "complete": true,
        "entities": [{ "entity": "mail", "source": total, "moved": total / 50 * 47, "present": total / 50, "manual": total / 50,
            "failed": total / 50, "excluded": 0, "bytes": total, "moved_now": total }],
        "sections": [], "directory": [], "accounts": (0..accounts).map(account).collect::<Vec<_>>(), "documents": [],
        "worklist": (0..accounts).map(work).collect::<Vec<_>>(), "policy": {}, "exceptions": [],
        "speed": { "step": 360, "items": vec![9_000; 240], "bytes": vec![90_000_000_u64; 240] },
    });
    serde_json::from_value(report).unwrap()
}

#[test]
fn ten_thousand_accounts_open_quickly() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let report = large(10_000, 20);
    assert!(report.balances());
    report.write_to(scratch.path()).unwrap();
    let page = scratch.path().join("report.html");
    println!("report.html: {} octets", fs::metadata(&page).unwrap().len());
    let begun = std::time::Instant::now();
    let mut browser = Browser::open(&page);
    browser.wait("!!document.documentElement.dataset.ready");
    println!(
        "open after {:?}, script {} ms",
        begun.elapsed(),
        browser.eval("document.documentElement.dataset.ready")
    );
    let rows = "document.querySelectorAll('#accounts [data-account]').length";
    let first = browser.eval(rows).as_u64().unwrap();
    assert!((1..500).contains(&first), "{first} rows were made at once");

    // Search finds whom it should, and his folders open.
    browser.eval("{ const box = document.querySelector('input[type=search]'); box.value = 'USER9876@'; box.dispatchEvent(new Event('input')); } 0");
    browser.wait(&format!("{rows} === 1"));
    let name = browser.eval("document.querySelector('#accounts [data-account]').dataset.account");
    assert_eq!(name, json!("user9876@example.test"));
    browser.eval("document.querySelector('#accounts [data-account]').open = true; 0");
    browser.wait("document.querySelectorAll('#accounts [data-account] details').length === 20");
    browser.eval("document.querySelector('#accounts [data-account] details').open = true; 0");
    browser.wait("document.querySelector('#accounts [data-account] details').innerText.includes('MAIL-NUL')");

    // The filter leaves nobody whose account is unfinished, and everybody else comes back.
    browser.eval("{ const box = document.querySelector('input[type=search]'); box.value = ''; box.dispatchEvent(new Event('input')); \
                  const select = document.querySelector('select'); select.value = 'unfinished'; select.dispatchEvent(new Event('change')); } 0");
    browser.wait(&format!("{rows} === 0"));
    browser.eval("{ const select = document.querySelector('select'); select.value = 'all'; select.dispatchEvent(new Event('change')); } 0");
    browser.wait(&format!("{rows} > 0"));
}

#[test]
fn on_a_phone_and_on_paper() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    large(100, 3).write_to(scratch.path()).unwrap();
    let mut browser = Browser::open(&scratch.path().join("report.html"));
    let phone = json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true });
    browser.call("Emulation.setDeviceMetricsOverride", phone);
    browser.wait("!!document.documentElement.dataset.ready && innerWidth === 360");
    browser.eval("document.querySelectorAll('details').forEach((one) => { one.open = true; }); 0");
    browser.wait("document.documentElement.scrollWidth <= 360");

    let pdf = browser.call("Page.printToPDF", json!({ "printBackground": true }));
    let pdf = base64::engine::general_purpose::STANDARD
        .decode(pdf["data"].as_str().unwrap())
        .unwrap();
    assert!(pdf.starts_with(b"%PDF") && pdf.len() > 20_000);
    let printed = browser.eval("document.querySelectorAll('#accounts [data-account]').length");
    assert_eq!(printed, json!(100), "printing shows every row");
}

#[test]
fn an_account_that_was_not_counted_is_named() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let mut report = large(2, 1);
    report.accounts[1].uncounted.push(Entity::Mail);
    report.entities[0].uncounted = 1;
    assert!(!report.balances());
    report.write_to(scratch.path()).unwrap();
    let mut browser = Browser::open(&scratch.path().join("report.html"));
    browser.wait("!!document.documentElement.dataset.ready");
    for (language, told, not_counted, adds) in [
        ("en", "could not be counted", "not counted: mail", "adds up"),
        (
            "ru",
            "не удалось подсчитать",
            "не подсчитано: письма и папки",
            "строки сходятся",
        ),
    ] {
        browser.eval(&format!(
            "document.querySelector('button[lang={language}]').click(); 0"
        ));
        let summary = browser.eval("document.querySelector('#summary').innerText");
        let summary = summary.as_str().unwrap();
        assert!(summary.contains(told) && summary.contains("≥ 100"), "{summary}");
        assert!(!summary.contains(adds), "{summary}");
        let accounts = browser.eval("document.querySelector('#accounts').innerText");
        assert_eq!(
            accounts.as_str().unwrap().matches(not_counted).count(),
            1,
            "{accounts}"
        );
    }
    let rows = "document.querySelectorAll('#accounts [data-account]').length";
    browser.eval("{ const select = document.querySelector('select'); select.value = 'unfinished'; select.dispatchEvent(new Event('change')); } 0");
    browser.wait(&format!("{rows} === 1"));
}

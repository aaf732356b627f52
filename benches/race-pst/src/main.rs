//! Makes the PST file of the race, scans it and exports it; lists it with outlook-pst.

use std::process::ExitCode;
use tegu_testkit::pst::{Attachment, Folder, Item, Layout, Mailbox, Value};

/// Mail as organisations have it: short text beside HTML, every third with a file, every tenth with a message within.
fn mail(number: u32) -> Item {
    let text = format!("Добрый день!\r\n\r\nСообщение {number} о переезде почты.\r\n").repeat(12);
    let html = format!(
        "<html><body><p>{}</p></body></html>",
        text.replace("\r\n", "<br>\r\n")
    );
    let mut item = Item::new("IPM.Note")
        .with(0x0037, Value::text(format!("Отчёт {number}")))
        .with(0x0039, Value::Time(1_600_000_000 + i64::from(number) * 60))
        .with(0x0e06, Value::Time(1_600_000_005 + i64::from(number) * 60))
        .with(0x0e07, Value::Int((number % 2) as i32))
        .with(0x0042, Value::text(format!("Сотрудник {}", number % 97)))
        .with(0x0064, Value::text("SMTP"))
        .with(0x0065, Value::text(format!("user{}@example.org", number % 97)))
        .with(0x0c1a, Value::text(format!("Сотрудник {}", number % 97)))
        .with(0x0c1e, Value::text("SMTP"))
        .with(0x0c1f, Value::text(format!("user{}@example.org", number % 97)))
        .with(0x1035, Value::text(format!("<{number}@example.org>")))
        .with(0x1000, Value::text(text))
        .with(0x1013, Value::Binary(html.into_bytes()))
        .with(0x3fde, Value::Int(65001));
    for recipient in 0..=number % 4 {
        item = item.to(
            1 + (recipient > 1) as i32,
            "Коллега",
            &format!("colleague{recipient}@example.org"),
        );
    }
    if number.is_multiple_of(3) {
        let length = 2000 + (number * 7919) % 200_000;
        let data: Vec<u8> = (0..length)
            .map(|octet| (octet.wrapping_mul(number | 1) >> 3) as u8)
            .collect();
        item = item.attach(Attachment::file(
            &format!("файл {number}.pdf"),
            "application/pdf",
            data,
        ));
    }
    item
}

fn make(path: &str, megabytes: &str) -> std::io::Result<()> {
    let count = megabytes.parse::<u32>().unwrap_or(100) * 25;
    let mut mailbox = Mailbox::new();
    for folder in 0..10 {
        let mut made = Folder::new(&format!("Папка {folder}"));
        for number in (folder..count).step_by(10) {
            let mut item = mail(number);
            if number.is_multiple_of(10) {
                item = item.attach(Attachment::message(mail(number + 1)));
            }
            made = made.item(item);
        }
        mailbox = mailbox.folder(made);
    }
    std::fs::write(path, mailbox.write(Layout::Unicode))
}

/// What `tegu pst scan` and `tegu pst export` do.
fn read(words: &[&str]) -> tegu_pst::Result<bool> {
    let open = |path: &str| tegu_pst::Pst::open_file(path.as_ref(), tegu_pst::Options::default());
    Ok(match words {
        ["scan", path] => open(path)?.scan(tegu_pst::ScanOptions::default())?.balances(),
        ["export", path, to] => {
            let report = tegu_pst::export::export(&open(path)?, to.as_ref(), &Default::default())?;
            report.balances() && !report.is_manual()
        }
        _ => false,
    })
}

/// What outlook-pst does to list the same: opens each message that a folder lists. Returns how many it could not open.
fn outlook(path: &str) -> std::io::Result<bool> {
    let store = outlook_pst::open_store(path)?;
    let mut folders = vec![store.properties().ipm_sub_tree_entry_id()?];
    let (mut opened, mut failed) = (0, 0);
    while let Some(entry) = folders.pop() {
        let folder = store.open_folder(&entry)?;
        let entry_of = |row: u32| store.properties().make_entry_id(row.into());
        if let Some(table) = folder.contents_table() {
            for row in table.rows_matrix() {
                match entry_of(row.id().into()).and_then(|entry| store.open_message(&entry, None)) {
                    Ok(_) => opened += 1,
                    Err(_) => failed += 1,
                }
            }
        }
        if let Some(table) = folder.hierarchy_table() {
            for row in table.rows_matrix() {
                folders.push(entry_of(row.id().into())?);
            }
        }
    }
    println!("{opened} messages opened, {failed} not");
    Ok(failed == 0)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["make", path, megabytes] => make(path, megabytes)
            .map_err(|error| error.to_string())
            .map(|()| true),
        ["outlook", path] => outlook(path).map_err(|error| error.to_string()),
        ["scan", _] | ["export", _, _] => read(&words).map_err(|error| error.to_string()),
        _ => {
            eprintln!(
                "usage: race-pst make FILE MEGABYTES | scan FILE | outlook FILE | export FILE DIRECTORY"
            );
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

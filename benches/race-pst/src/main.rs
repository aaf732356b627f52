//! Makes the PST file of the race: `race-pst FILE MEGABYTES`.

use std::process::ExitCode;
use tegu_testkit::pst::{Attachment, Folder, Item, Layout, Mailbox, Value};

/// Mail as organisations have it: short text beside HTML, every third with a file, every tenth with a message within.
fn mail(number: u32) -> Item {
    let text = format!("Добрый день!\r\n\r\nСообщение {number} о переезде почты.\r\n").repeat(12);
    let html = format!("<html><body><p>{}</p></body></html>", text.replace("\r\n", "<br>\r\n"));
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
        item = item.to(1 + (recipient > 1) as i32, "Коллега", &format!("colleague{recipient}@example.org"));
    }
    if number.is_multiple_of(3) {
        let length = 2000 + (number * 7919) % 200_000;
        let data: Vec<u8> = (0..length).map(|octet| (octet.wrapping_mul(number | 1) >> 3) as u8).collect();
        item = item.attach(Attachment::file(&format!("файл {number}.pdf"), "application/pdf", data));
    }
    item
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, megabytes] = arguments.as_slice() else {
        eprintln!("usage: race-pst FILE MEGABYTES");
        return ExitCode::from(2);
    };
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
    match std::fs::write(path, mailbox.write(Layout::Unicode)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

//! Mail as a converter leaves it: a tree of mbox files for each mailbox, in the mboxrd variant.

use super::{PEOPLE, Person};
use mail_builder::{MessageBuilder, headers::date::Date};
use std::path::PathBuf;

/// 2024-01-15 06:00:00 UTC.
const FIRST: i64 = 1_705_298_400;
const DAY: i64 = 86_400;

const SUBJECTS: [&str; 8] = [
    "Отчёт за квартал",
    "Договор поставки",
    "Re: Совещание в пятницу",
    "Счёт № 42 на оплату",
    "Fwd: график отпусков",
    "Quarterly figures",
    "Заявка на пропуск",
    "С днём рождения!",
];

/// Folder files and their content for one mailbox.
pub(super) fn folders(number: usize, person: &Person) -> Vec<(PathBuf, Vec<u8>)> {
    let mut folders = vec![
        ("Входящие.mbox".into(), mbox(number, person, 0, 6 + number % 4)),
        ("Отправленные.mbox".into(), mbox(number, person, 20, 3)),
        ("Архив/2023.mbox".into(), mbox(number, person, 40, 4)),
        ("Архив/Отчёты & сметы.mbox".into(), mbox(number, person, 60, 2)),
    ];
    if number == 0 {
        folders.push(("Календарь.mbox".into(), mbox(number, person, 80, 1)));
    }
    folders
}

fn mbox(number: usize, person: &Person, first: usize, count: usize) -> Vec<u8> {
    let mut file = Vec::new();
    for index in first..first + count {
        let seed = number * 100 + index;
        let when = FIRST + DAY * (seed as i64 % 365) + 37 * seed as i64;
        let from = &PEOPLE[(seed + 1) % 12];
        file.extend_from_slice(format!("From {} {}\n", from.mail(), asctime(when)).as_bytes());
        for line in message(person, from, seed, when).split_inclusive(|byte| *byte == b'\n') {
            let quotes = line.iter().take_while(|byte| **byte == b'>').count();
            if line[quotes..].starts_with(b"From ") {
                file.push(b'>');
            }
            file.extend_from_slice(line);
        }
        file.push(b'\n');
    }
    // One message that no mbox writer would make: nothing but a header.
    if first == 40 {
        file.extend_from_slice(b"From nobody Mon Jan  1 00:00:00 2024\nSubject: only a header\n\n");
    }
    file
}

fn message(to: &Person, from: &Person, seed: usize, when: i64) -> Vec<u8> {
    let mut builder = MessageBuilder::new()
        .message_id(format!("{seed}.{when}@romashka.test"))
        .date(Date::new(when))
        .from((from.name(), from.mail()))
        .to((to.name(), to.mail()))
        .subject(SUBJECTS[seed % SUBJECTS.len()])
        .text_body(format!(
            "Добрый день, {}!\n\nFrom now on the figures are in the attachment.\nС уважением,\n{}\n",
            to.given,
            from.name()
        ));
    if seed.is_multiple_of(3) {
        builder = builder.html_body("<p>Добрый день!</p>");
    }
    if seed.is_multiple_of(4) {
        let table = (0..200 + seed)
            .map(|row| format!("{row};{}\n", row * seed))
            .collect::<String>();
        builder = builder.attachment("text/csv", "Смета.csv", table.into_bytes());
    }
    let status = match seed % 4 {
        0 => "",
        1 => "Status: RO\n",
        2 => "Status: RO\nX-Status: A\n",
        _ => "Status: RO\nX-Status: F\n",
    };
    let mut message = status.as_bytes().to_vec();
    message.extend(repeatable(builder, seed).bytes().filter(|byte| *byte != b'\r'));
    if message.last() != Some(&b'\n') {
        message.push(b'\n');
    }
    message
}

/// mail-builder draws MIME boundaries at random; a sample has to be the same on every machine.
fn repeatable(builder: MessageBuilder<'_>, seed: usize) -> String {
    let drawn = builder
        .write_to_string()
        .expect("mail-builder writes ASCII to memory");
    let boundaries = drawn
        .split("boundary=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    boundaries
        .enumerate()
        .fold(drawn.clone(), |text, (count, boundary)| {
            text.replace(boundary, &format!("part-{seed}-{count}"))
        })
}

/// RFC 4155's date: 24 characters, UTC.
fn asctime(when: i64) -> String {
    jiff::Timestamp::from_second(when)
        .expect("a date of our own")
        .strftime("%a %b %e %H:%M:%S %Y")
        .to_string()
}

//! An organisation from a seed: the same mailboxes for the same number.

use super::item::{Attachment, Item};
use super::mail::Mail;
use super::model::{Folder, Mailbox};
use super::recurrence::{End, Pattern};
use super::sample::{events, settings};
use super::settings::{Permission, Rights};
use super::things::{contact, journal, list, note, task};
use super::zone::utc;

const GIVEN: [(&str, &str); 12] = [
    ("Анна", "anna"),
    ("Иван", "ivan"),
    ("Мария", "maria"),
    ("Пётр", "petr"),
    ("Ольга", "olga"),
    ("Дмитрий", "dmitry"),
    ("Наталья", "natalia"),
    ("Сергей", "sergey"),
    ("Юлия", "yulia"),
    ("Фёдор", "fedor"),
    ("Ксения", "ksenia"),
    ("Глеб", "gleb"),
];

const SURNAMES: [(&str, &str); 10] = [
    ("Шишкин", "shishkin"),
    ("Ёлкин", "elkin"),
    ("Жуков", "zhukov"),
    ("Цой", "tsoy"),
    ("Щукин", "shchukin"),
    ("Юрьев", "yuriev"),
    ("Чехов", "chekhov"),
    ("Хрусталёв", "khrustalev"),
    ("Объедков", "obedkov"),
    ("Эйхе", "eykhe"),
];

const WORDS: [&str; 10] = [
    "Отчёт",
    "Смета",
    "Совещание",
    "Договор № 7/1",
    "Re: вопрос",
    "FW: счёт & акт",
    "Budget <draft>",
    "План «Ё»",
    "Заявка",
    "Приказ",
];

/// A small generator of numbers (xorshift).
pub(super) struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }

    /// Some working hour of 2024, on the hour.
    pub(super) fn time(&mut self) -> i64 {
        1_704_067_200 + self.below(366) as i64 * 86_400 + (6 + self.below(9) as i64) * 3600
    }
}

/// Who works there: name and address.
fn people(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|number| {
            let (given, latin) = GIVEN[number % GIVEN.len()];
            let (surname, last) = SURNAMES[(number / GIVEN.len() + number) % SURNAMES.len()];
            let more = if number >= 60 {
                format!("{number}")
            } else {
                String::new()
            };
            (
                format!("{given} {surname}"),
                format!("{latin}.{last}{more}@corp.example"),
            )
        })
        .collect()
}

/// Mailboxes of an organisation with Russian names, each with some of everything. They know each other.
pub fn organisation(seed: u64, count: usize) -> Vec<Mailbox> {
    let people = people(count);
    (0..count).map(|number| mailbox(seed, number, &people)).collect()
}

fn mailbox(seed: u64, number: usize, people: &[(String, String)]) -> Mailbox {
    let (name, address) = &people[number];
    let mut numbers = Numbers((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number as u64 + 1) << 20 | 1);
    let other = |numbers: &mut Numbers| {
        let index = numbers.below(people.len() as u64) as usize;
        people[index].clone()
    };
    let mut mailbox = Mailbox::russian(address, name).alias(&format!(
        "/o=Corp/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={}",
        address.split('@').next().unwrap_or_default()
    ));
    for index in 0..6 + numbers.below(6) {
        let from = other(&mut numbers);
        let mail = letter(&mut numbers, index, &from, (name, address));
        mailbox = mailbox.item("inbox", mail);
    }
    for index in 0..3 {
        let to = other(&mut numbers);
        let mail = letter(
            &mut numbers,
            100 + index,
            &(name.clone(), address.clone()),
            (&to.0, &to.1),
        );
        mailbox = mailbox.item("sentitems", mail);
    }
    let project = Folder::new("Проекты / 2024").folder(Folder::new("Ёлка").item(letter(
        &mut numbers,
        200,
        &other(&mut Numbers(7)),
        (name, address),
    )));
    mailbox = mailbox.folder(project);
    let colleague = other(&mut numbers);
    for event in events(&mut numbers, (name, address), &colleague) {
        mailbox = mailbox.item("calendar", event.item());
    }
    for index in 0..4 {
        mailbox = mailbox.item("contacts", person(&mut numbers, index));
    }
    let members = [
        (colleague.0.as_str(), colleague.1.as_str(), "Mailbox"),
        ("Гость", "guest@else.example", "OneOff"),
    ];
    mailbox = mailbox
        .item("contacts", list("Комиссия", &members))
        .item(
            "tasks",
            task("Сдать отчёт", "InProgress", 40)
                .with("task:StartDate", "2024-03-01T00:00:00Z")
                .with("task:DueDate", "2024-03-29T00:00:00Z")
                .text("Не забыть приложения."),
        )
        .item(
            "tasks",
            task("Полить цветы", "NotStarted", 0)
                .with("task:StartDate", "2024-01-01T00:00:00Z")
                .repeats(&Pattern::Weekly(1, "Monday Thursday"), &End::Never, "2024-01-01"),
        )
        .item(
            "tasks",
            task("Заточить карандаши", "NotStarted", 0).regenerates(7, "2024-01-08"),
        )
        .item("notes", note("Пароль от сейфа\r\nна обороте календаря", 3))
        .item(
            "journal",
            journal(
                "Звонок в банк",
                "Phone call",
                "2024-02-01T09:00:00Z",
                "2024-02-01T09:15:00Z",
            ),
        );
    if number.is_multiple_of(3) {
        mailbox = mailbox.archive(Folder::new("Архив").item(letter(
            &mut numbers,
            300,
            &colleague,
            (name, address),
        )));
    }
    mailbox
        .settings(settings(number, &colleague))
        .change("calendar", |folder| {
            let reader = Rights {
                visible: true,
                read: "FullDetails",
                ..Rights::default()
            };
            folder
                .permission(Permission::everybody(
                    "FreeBusyTimeOnly",
                    Rights {
                        read: "TimeOnly",
                        ..Rights::default()
                    },
                ))
                .permission(Permission::anonymous("None", Rights::default()))
                .permission(Permission::user(&colleague.1, &colleague.0, "Reviewer", reader))
        })
}

fn letter(numbers: &mut Numbers, index: u64, from: &(String, String), to: (&String, &String)) -> Item {
    let time = utc(numbers.time() + index as i64);
    let subject = format!("{} {index}", numbers.pick(&WORDS));
    let mut mail = Mail::new(&subject, &time)
        .from(&from.0, &from.1)
        .to(to.0, to.1)
        .text(&format!("Добрый день!\r\n\r\nПисьмо {index}: {subject}.\r\n"))
        .imap_uid(index as i32 + 1);
    match numbers.below(6) {
        0 => mail = mail.unread(),
        1 => mail = mail.flagged().category("Важное"),
        2 => mail = mail.answered(),
        3 => mail = mail.forwarded(),
        _ => {}
    }
    if index.is_multiple_of(3) {
        mail = mail
            .html(&format!("<html><body><p>Письмо <b>{index}</b></p></body></html>"))
            .attach(Attachment::file(
                "Смета за май.txt",
                "text/plain",
                format!("строка {index}\r\n").repeat(40),
            ));
    }
    mail.item()
}

fn person(numbers: &mut Numbers, index: u64) -> Item {
    let (given, latin) = numbers.pick(&GIVEN);
    let (surname, last) = numbers.pick(&SURNAMES);
    let item = contact(given, surname)
        .with("contacts:CompanyName", "ООО «Ромашка»")
        .with("contacts:JobTitle", "Инженер")
        .with("contacts:Department", "Отдел кадров")
        .email("EmailAddress1", given, &format!("{latin}.{last}@else.example"))
        .entry(
            "contacts:PhoneNumbers",
            "MobilePhone",
            &format!("+7 900 000-00-{index:02}"),
        )
        .entry(
            "contacts:PhoneNumbers",
            "BusinessPhone",
            "+7 495 123-45-67 доб. 8",
        )
        .postal("Business", ["ул. Ленина, 1", "Москва", "", "Россия", "101000"])
        .with(
            "contacts:Birthday",
            &format!("19{:02}-04-12T00:00:00Z", 60 + index),
        )
        .text("Познакомились на выставке.");
    if index == 0 {
        let jpeg = [&[0xff, 0xd8, 0xff, 0xe0][..], &[0x2a; 60], &[0xff, 0xd9]].concat();
        item.with("contacts:HasPicture", "true")
            .attach(Attachment::picture(jpeg))
    } else {
        item
    }
}

//! The stand-in with as much as is asked for.

use crate::Result;
use std::time::Duration;
use tegu_testkit::corpus::Corpus;
use tegu_testkit::exchange_ews::{
    End, Event, ExchangeEws, ExchangeEwsBuilder, Item, Mail, Mailbox, Pattern, contact,
};

/// Messages are cut to this size, octets: the mean is then about 25 KB.
const LARGEST: u64 = 100_000;

pub(crate) fn serve([messages, events, contacts, mailboxes, latency]: [usize; 5]) -> Result<()> {
    let exchange = builder(messages, events, contacts, mailboxes)
        .latency(Duration::from_millis(latency as u64))
        .start();
    println!("{}", exchange.url());
    // Each line on standard input is answered with the number of requests so far; its end is ours.
    for line in std::io::stdin().lines() {
        line?;
        println!("{}", exchange.requests());
    }
    Ok(())
}

pub(crate) fn builder(
    messages: usize,
    events: usize,
    contacts: usize,
    mailboxes: usize,
) -> ExchangeEwsBuilder {
    let all = (0..mailboxes).map(|number| mailbox(number, messages, events, contacts));
    ExchangeEws::builder().mailboxes(all).without_compression()
}

fn mailbox(number: usize, messages: usize, events: usize, contacts: usize) -> Mailbox {
    let mut mailbox = Mailbox::new(
        &format!("user{number}@corp.example"),
        &format!("Сотрудник {number}"),
    );
    let corpus = Corpus::new(number as u64 + 1).max_size(LARGEST);
    let mail = corpus.messages(messages).enumerate().map(|(number, message)| {
        Mail::new(&format!("Письмо {number}"), "2024-05-01T06:00:00Z")
            .from("Иван Ёлкин", "ivan@corp.example")
            .to("Анна Каренина", "anna@corp.example")
            .text("Добрый день!")
            .octets(message.bytes)
            .item()
    });
    mailbox = mailbox.change("inbox", |folder| folder.items(mail));
    mailbox = mailbox.change("calendar", |folder| folder.items((0..events).map(event)));
    mailbox.change("contacts", |folder| folder.items((0..contacts).map(person)))
}

fn event(number: usize) -> Item {
    let day = number % 28 + 1;
    let month = number / 28 % 12 + 1;
    let time = |hour| format!("2024-{month:02}-{day:02}T{hour:02}:00:00Z");
    let mut event = Event::new(&format!("Совещание {number}"), &time(8), &time(9))
        .location("Комната 1")
        .text("Повестка: разное.")
        .reminder(15)
        .uid(&format!("uid-{number}"));
    if number.is_multiple_of(4) {
        event = event
            .organizer("Анна Каренина", "anna@corp.example", true)
            .attendee("Required", "Иван Ёлкин", "ivan@corp.example", "Accept")
            .attendee("Optional", "Гость", "guest@else.example", "Tentative");
    }
    if number.is_multiple_of(10) {
        event = event.repeats(Pattern::Daily(1), End::After(10));
    }
    event.item()
}

fn person(number: usize) -> Item {
    contact("Пётр", &format!("Объедков {number}"))
        .with("contacts:CompanyName", "ООО «Ромашка»")
        .with("contacts:JobTitle", "Кладовщик")
        .with("contacts:Birthday", "1970-04-12T00:00:00Z")
        .email("EmailAddress1", "Пётр", &format!("petr{number}@else.example"))
        .entry("contacts:PhoneNumbers", "MobilePhone", "+7 900 000-00-00")
        .postal("Business", ["ул. Ленина, 1", "Москва", "", "Россия", "101000"])
        .text("Познакомились на выставке.")
}

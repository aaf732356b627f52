//! Calendars and settings of the organisation from a seed.

use super::event::Event;
use super::item::Attachment;
use super::recurrence::{End, Pattern};
use super::seed::Numbers;
use super::settings::{Delegate, Operand, OutOfOffice, Rule, Settings};
use super::zone::{BERLIN, CUSTOM, UTC, YEKATERINBURG, utc};

pub(super) fn events(
    numbers: &mut Numbers,
    own: (&String, &String),
    colleague: &(String, String),
) -> Vec<Event> {
    let day = numbers.time() / 86_400 * 86_400;
    let at = |hours: i64| utc(day + hours * 3600);
    // A Monday.
    let week = |weeks: i64, hours: i64| utc(1_704_067_200 + weeks * 7 * 86_400 + hours * 3600);
    vec![
        Event::new("Обед", &at(9), &at(10))
            .location("Столовая; 2-й этаж")
            .reminder(15),
        Event::new("Отпуск", &at(-3), &at(45)).all_day().busy("OOF"),
        Event::new("Планёрка", &week(0, 6), &week(0, 7))
            .repeats(Pattern::Weekly(1, "Monday"), End::After(20))
            .organizer(own.0, own.1, true)
            .attendee("Required", &colleague.0, &colleague.1, "Accept")
            .attendee("Optional", "Гость", "guest@else.example", "Tentative")
            .attendee("Resource", "Переговорная 1", "room1@corp.example", "Accept")
            .without(&week(3, 6))
            .except(
                &week(5, 6),
                Event::new("Планёрка (перенос)", &week(5, 9), &week(5, 10))
                    .organizer(own.0, own.1, true)
                    .attendee("Required", &colleague.0, &colleague.1, "Decline")
                    .attendee("Required", "Новый гость", "new@else.example", "Accept")
                    .location("Переговорная 2"),
            )
            .category("Важное")
            .text("Повестка: разное."),
        Event::new("Berlin call", "2024-03-29T08:00:00Z", "2024-03-29T09:00:00Z")
            .zone(BERLIN)
            .repeats(Pattern::MonthlyOn(1, "Last", "Friday"), End::On("2024-12-31"))
            .organizer(&colleague.0, &colleague.1, false)
            .attendee("Required", own.0, own.1, "Accept")
            .my_response("Accept"),
        Event::new("Урал", &at(4), &at(5))
            .zone(YEKATERINBURG)
            .sensitivity("Private"),
        Event::new("Своя зона", &at(6), &at(7)).zone(CUSTOM),
        Event::new("UTC", &at(12), &at(13))
            .zone(UTC)
            .attach(Attachment::file("Повестка.txt", "text/plain", "пункт 1\r\n"))
            .attach(Attachment::reference(
                "План.docx",
                "https://files.corp.example/План.docx",
            )),
    ]
}

pub(super) fn settings(number: usize, colleague: &(String, String)) -> Settings {
    let mut settings = Settings::new()
        .categories(&[("Важное", 0), ("Личное", 4), ("Без цвета", -1)])
        .dictionary(
            "root",
            "OWA.UserOptions",
            &[("timezone", "Russian Standard Time")],
        )
        .rule(
            Rule::new("Счета")
                .condition(
                    "ContainsSubjectStrings",
                    Operand::Texts(vec!["счёт".to_owned(), "Счет".to_owned()]),
                )
                .action("MoveToFolder", Operand::Folder("Ёлка".to_owned()))
                .action("StopProcessingRules", Operand::Flag(true)),
        );
    if number.is_multiple_of(2) {
        settings = settings.outlook_rules().rule(
            Rule::new("Начальнику")
                .condition("FromAddresses", Operand::People(vec![colleague.clone()]))
                .exception("Importance", Operand::Word("Low".to_owned()))
                .action("RedirectToRecipients", Operand::People(vec![colleague.clone()])),
        );
    }
    if number.is_multiple_of(4) {
        settings = settings.out_of_office(OutOfOffice {
            state: "Scheduled".to_owned(),
            audience: "Known".to_owned(),
            duration: Some((
                "2024-07-01T21:00:00Z".to_owned(),
                "2024-07-15T21:00:00Z".to_owned(),
            )),
            internal: "<html><body>Я в отпуске.</body></html>".to_owned(),
            external: "<html><body>I am on vacation.</body></html>".to_owned(),
        });
    }
    if number.is_multiple_of(5) {
        settings = settings.delegate(Delegate {
            address: colleague.1.clone(),
            name: colleague.0.clone(),
            levels: ["Editor", "Reviewer", "None", "Author", "", ""],
            copies: true,
            private: false,
        });
    }
    settings
}

//! A small organisation as an Exchange administrator would export it: the same octets on every machine.

mod calendars;
mod contacts;
mod directory;
mod mail;

use std::{fs, io, path::Path};

/// Domain of everybody's address.
pub(crate) const DOMAIN: &str = "romashka.test";

/// Somebody, or something, with a mailbox.
pub(crate) struct Person {
    /// Exchange's `mailNickname`.
    pub(crate) alias: &'static str,
    pub(crate) given: &'static str,
    pub(crate) surname: &'static str,
    pub(crate) title: &'static str,
    pub(crate) department: &'static str,
    /// `msExchRecipientTypeDetails`: 1 user, 4 shared, 16 room.
    pub(crate) kind: u32,
}

const fn person(
    alias: &'static str,
    given: &'static str,
    surname: &'static str,
    title: &'static str,
    department: &'static str,
) -> Person {
    Person {
        alias,
        given,
        surname,
        title,
        department,
        kind: 1,
    }
}

/// The people, the shared mailbox and the room.
pub(crate) const PEOPLE: [Person; 14] = [
    person("a.ivanova", "Анна", "Иванова", "Генеральный директор", "Дирекция"),
    person("b.petrov", "Борис", "Петров", "Главный бухгалтер", "Бухгалтерия"),
    person("v.sidorova", "Вера", "Сидорова", "Бухгалтер", "Бухгалтерия"),
    person(
        "g.kuznetsov",
        "Григорий",
        "Кузнецов",
        "Системный администратор",
        "ИТ",
    ),
    person("d.smirnova", "Дарья", "Смирнова", "Разработчик", "ИТ"),
    person("e.popov", "Егор", "Попов", "Разработчик", "ИТ"),
    person("zh.volkova", "Жанна", "Волкова", "Юрист", "Юридический отдел"),
    person("z.fedorov", "Захар", "Фёдоров", "Менеджер по продажам", "Продажи"),
    person(
        "i.morozova",
        "Ирина",
        "Морозова",
        "Менеджер по продажам",
        "Продажи",
    ),
    person("k.novikov", "Кирилл", "Новиков", "Кладовщик", "Склад"),
    person("l.egorova", "Людмила", "Егорова", "Секретарь", "Дирекция"),
    person("m.orlov", "Максим", "Орлов", "Водитель", "Склад"),
    Person {
        kind: 4,
        ..person("info", "Общая", "Приёмная", "", "")
    },
    Person {
        kind: 16,
        ..person("room-1", "Переговорная", "Сирень", "", "")
    },
];

impl Person {
    /// Primary address.
    pub(crate) fn mail(&self) -> String {
        format!("{}@{DOMAIN}", self.alias)
    }

    /// Name as Outlook shows it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.surname, self.given)
    }
}

/// Writes the organisation and a configuration that moves it into a bundle.
pub(crate) fn write(directory: &Path) -> io::Result<()> {
    write_file(&directory.join("directory.ldif"), directory::ldif().as_bytes())?;
    for (number, person) in PEOPLE.iter().enumerate() {
        for (path, mbox) in mail::folders(number, person) {
            write_file(&directory.join("mail").join(person.alias).join(path), &mbox)?;
        }
        write_file(
            &directory
                .join("calendars")
                .join(person.alias)
                .join("Календарь.ics"),
            calendars::calendar(number, person).as_bytes(),
        )?;
        let books = directory.join("contacts").join(person.alias);
        write_file(&books.join("Контакты.vcf"), &contacts::cards(number))?;
        if person.kind == 1 && number.is_multiple_of(3) {
            write_file(&books.join("Outlook.csv"), &contacts::table(number))?;
        }
    }
    write_file(&directory.join("migrate.toml"), CONFIG.as_bytes())
}

#[allow(clippy::disallowed_methods, reason = "a sample, for everybody to read")]
fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content)
}

const CONFIG: &str = r#"# The sample organisation into a bundle: no server is needed.
name = "Ромашка"
out = "../bundle"

[directory]
ldif = "directory.ldif"
domains = ["romashka.test", "mail.romashka.test"]
profile = "openldap"

[mail]
source = { kind = "files", path = "mail/{alias}" }
target = { kind = "bundle" }

[calendars]
source = { kind = "files", path = "calendars/{alias}" }
target = { kind = "bundle" }

[contacts]
source = { kind = "files", path = "contacts/{alias}" }
target = { kind = "bundle" }
"#;

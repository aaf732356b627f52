//! The names of Outlook's and Google's columns, English and Russian, and what they hold.

/// Where a column goes in a vCard.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Place {
    Prefix,
    Given,
    Additional,
    Family,
    Suffix,
    Company,
    Department,
    /// Which address (work, home, other), and which part: 0 box, 1-3 street, 4 city, 5 region,
    /// 6 code, 7 country.
    Address(usize, u8),
    Email(usize),
    EmailType(usize),
    EmailName(usize),
    Text(&'static str),
    Phone(&'static str),
    List(&'static str),
    Date(&'static str),
    Private,
    /// The whole name in one column.
    Whole,
    /// The groups that Google puts a contact into.
    Groups,
    /// Where a photo is.
    Photo,
    /// What Google numbers.
    Numbered(Kind, u16, Part),
    Other,
}

impl Place {
    /// Whether only one column of a row can go there; a second one must not vanish.
    pub(crate) fn is_single(self) -> bool {
        !matches!(
            self,
            Self::Text(_) | Self::Phone(_) | Self::List(_) | Self::Date(_) | Self::Other
        )
    }
}

/// What Google numbers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    Email,
    Phone,
    Address,
    Website,
    Relation,
    Event,
    Field,
    Messenger,
}

/// A part of what Google numbers.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Part {
    Label,
    Value,
    Service,
    Formatted,
    /// An address's part, by its place in `ADR`.
    Adr(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Finds a column by its name; case and runs of spaces do not matter.
pub(crate) fn column(name: &str) -> Column {
    let wanted = name
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let place = COLUMNS
        .iter()
        .find(|(names, _)| names.contains(&wanted.as_str()))
        .map(|(_, place)| *place);
    Column {
        name: name.trim().to_owned(),
        place: place
            .or_else(|| address(&wanted))
            .or_else(|| numbered(&wanted))
            .unwrap_or(Place::Other),
    }
}

fn address(name: &str) -> Option<Place> {
    const ENGLISH: &[(&str, u8)] = &[
        ("po box", 0),
        ("street", 1),
        ("street 2", 2),
        ("street 3", 3),
        ("city", 4),
        ("state", 5),
        ("postal code", 6),
        ("country/region", 7),
        ("country", 7),
    ];
    const RUSSIAN: &[(&str, u8)] = &[
        ("почтовый ящик", 0),
        ("улица", 1),
        ("улица 2", 2),
        ("улица 3", 3),
        ("город", 4),
        ("область", 5),
        ("индекс", 6),
        ("почтовый код", 6),
        ("страна или регион", 7),
        ("страна", 7),
    ];
    for (at, prefix) in ["business ", "home ", "other "].iter().enumerate() {
        if let Some(part) = name.strip_prefix(prefix) {
            return ENGLISH
                .iter()
                .find(|(known, _)| *known == part)
                .map(|(_, part)| Place::Address(at, *part));
        }
    }
    let (part, which) = name.strip_suffix(')')?.split_once('(')?;
    let at = match which.trim() {
        "раб. адрес" | "раб." => 0,
        "дом. адрес" | "дом." => 1,
        "другой адрес" | "другой" => 2,
        _ => return None,
    };
    RUSSIAN
        .iter()
        .find(|(known, _)| *known == part.trim())
        .map(|(_, part)| Place::Address(at, *part))
}

/// Where a numbered column goes; its name is in lower case.
fn numbered(name: &str) -> Option<Place> {
    let (head, part) = name.split_once(" - ").or_else(|| name.split_once(" – "))?;
    let (kind, number) = head.trim().rsplit_once(' ')?;
    let number: u16 = number.parse().ok()?;
    let (kind, part) = (kind.trim(), part.trim());
    if number == 1 && matches!(kind, "organization" | "организация") {
        return match part {
            "name" | "название" => Some(Place::Company),
            "title" | "должность" => Some(Place::Text("TITLE")),
            "department" | "отдел" => Some(Place::Department),
            _ => None,
        };
    }
    let kind = KINDS.iter().find(|(names, _)| names.contains(&kind))?.1;
    let part = PARTS.iter().find(|(names, _)| names.contains(&part))?.1;
    Some(Place::Numbered(kind, number, part))
}

pub(crate) fn is_false(cell: &str) -> bool {
    matches!(
        cell.to_lowercase().as_str(),
        "false" | "ложь" | "0" | "no" | "нет"
    )
}

/// What Outlook writes into columns that nobody filled.
pub(crate) fn is_default(column: &str, cell: &str) -> bool {
    matches!(
        (column.to_lowercase().as_str(), cell.to_lowercase().as_str()),
        ("priority" | "важность", "normal" | "обычная")
            | ("sensitivity" | "пометка", "normal" | "обычная")
            | ("gender" | "пол", "unspecified" | "не определен" | "не определён")
    )
}

const KINDS: &[(&[&str], Kind)] = &[
    (
        &["e-mail", "email", "эл. почта", "электронная почта"],
        Kind::Email,
    ),
    (&["phone", "телефон"], Kind::Phone),
    (&["address", "адрес"], Kind::Address),
    (&["website", "сайт", "веб-сайт"], Kind::Website),
    (&["relation", "отношение"], Kind::Relation),
    (&["event", "событие"], Kind::Event),
    (&["custom field", "пользовательское поле"], Kind::Field),
    (&["im", "чат"], Kind::Messenger),
];

const PARTS: &[(&[&str], Part)] = &[
    (&["label", "type", "ярлык", "тип"], Part::Label),
    (&["value", "значение"], Part::Value),
    (&["service", "служба"], Part::Service),
    (&["formatted", "полностью"], Part::Formatted),
    (&["po box", "почтовый ящик", "а/я"], Part::Adr(0)),
    (&["extended address", "дополнительный адрес"], Part::Adr(1)),
    (&["street", "улица"], Part::Adr(2)),
    (&["city", "город"], Part::Adr(3)),
    (&["region", "регион", "область"], Part::Adr(4)),
    (&["postal code", "почтовый индекс", "индекс"], Part::Adr(5)),
    (&["country", "страна"], Part::Adr(6)),
];

const COLUMNS: &[(&[&str], Place)] = &[
    (
        &["title", "обращение", "name prefix", "префикс имени"],
        Place::Prefix,
    ),
    (&["first name", "given name", "имя"], Place::Given),
    (&["middle name", "additional name", "отчество"], Place::Additional),
    (&["last name", "family name", "фамилия"], Place::Family),
    (
        &["suffix", "суффикс", "name suffix", "суффикс имени"],
        Place::Suffix,
    ),
    (&["name"], Place::Whole),
    (&["labels", "group membership", "ярлыки"], Place::Groups),
    (&["photo", "фото"], Place::Photo),
    (
        &[
            "company",
            "организация",
            "organization name",
            "название организации",
        ],
        Place::Company,
    ),
    (
        &["department", "отдел", "organization department"],
        Place::Department,
    ),
    (
        &["job title", "должность", "organization title"],
        Place::Text("TITLE"),
    ),
    (&["profession", "профессия", "occupation"], Place::Text("ROLE")),
    (&["notes", "заметки", "примечания"], Place::Text("NOTE")),
    (&["nickname", "псевдоним"], Place::Text("NICKNAME")),
    (&["web page", "веб-страница"], Place::Text("URL")),
    (&["spouse", "супруг(а)"], Place::Text("X-SPOUSE")),
    (&["manager's name", "руководитель"], Place::Text("X-MANAGER")),
    (&["assistant's name", "имя помощника"], Place::Text("X-ASSISTANT")),
    (&["categories", "категории"], Place::List("CATEGORIES")),
    (&["birthday", "день рождения"], Place::Date("BDAY")),
    (&["anniversary", "годовщина"], Place::Date("X-ANNIVERSARY")),
    (&["private", "частное"], Place::Private),
    (&["e-mail address", "адрес эл. почты"], Place::Email(1)),
    (&["e-mail type", "тип эл. почты"], Place::EmailType(1)),
    (
        &["e-mail display name", "краткое имя эл. почты"],
        Place::EmailName(1),
    ),
    (&["e-mail 2 address", "адрес 2 эл. почты"], Place::Email(2)),
    (&["e-mail 2 type", "тип 2 эл. почты"], Place::EmailType(2)),
    (
        &["e-mail 2 display name", "краткое 2 имя эл. почты"],
        Place::EmailName(2),
    ),
    (&["e-mail 3 address", "адрес 3 эл. почты"], Place::Email(3)),
    (&["e-mail 3 type", "тип 3 эл. почты"], Place::EmailType(3)),
    (
        &["e-mail 3 display name", "краткое 3 имя эл. почты"],
        Place::EmailName(3),
    ),
    (
        &["assistant's phone", "телефон помощника"],
        Place::Phone("X-ASSISTANT"),
    ),
    (&["business fax", "рабочий факс"], Place::Phone("WORK,FAX")),
    (&["business phone", "рабочий телефон"], Place::Phone("WORK,VOICE")),
    (
        &["business phone 2", "телефон раб. 2"],
        Place::Phone("WORK,VOICE"),
    ),
    (&["callback", "обратный вызов"], Place::Phone("X-CALLBACK")),
    (&["car phone", "телефон в машине"], Place::Phone("CAR")),
    (
        &["company main phone", "основной телефон организации"],
        Place::Phone("WORK,X-COMPANY"),
    ),
    (&["home fax", "домашний факс"], Place::Phone("HOME,FAX")),
    (&["home phone", "домашний телефон"], Place::Phone("HOME,VOICE")),
    (&["home phone 2", "телефон дом. 2"], Place::Phone("HOME,VOICE")),
    (&["isdn"], Place::Phone("ISDN")),
    (
        &["mobile phone", "телефон переносной", "мобильный телефон"],
        Place::Phone("CELL"),
    ),
    (&["other fax", "другой факс"], Place::Phone("FAX")),
    (&["other phone", "другой телефон"], Place::Phone("VOICE")),
    (&["pager", "пейджер"], Place::Phone("PAGER")),
    (
        &["primary phone", "основной телефон"],
        Place::Phone("VOICE,X-PRIMARY"),
    ),
    (&["radio phone", "радиотелефон"], Place::Phone("X-RADIO")),
    (
        &["tty/tdd phone", "телетайп/телефон с титрами"],
        Place::Phone("X-TTY-TDD"),
    ),
    (&["telex", "телекс"], Place::Phone("X-TELEX")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_both_languages() {
        for (name, place) in [
            ("Business Street 2", Place::Address(0, 2)),
            ("Other Country/Region", Place::Address(2, 7)),
            ("Улица  3 (другой адрес)", Place::Address(2, 3)),
            ("Почтовый код (дом.)", Place::Address(1, 6)),
            ("Индекс (раб. адрес)", Place::Address(0, 6)),
            ("ФАМИЛИЯ", Place::Family),
            ("Hobby", Place::Other),
            ("Home Phone", Place::Phone("HOME,VOICE")),
        ] {
            assert_eq!(column(name).place, place, "{name}");
        }
    }
}

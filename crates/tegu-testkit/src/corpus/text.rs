//! Words, and the charsets that Russian mail is in.

use super::random::Random;

const WORDS: &[&str] = &[
    "отчёт",
    "смета",
    "договор",
    "встреча",
    "проект",
    "завтра",
    "прошу",
    "согласовать",
    "направляю",
    "вложение",
    "счёт",
    "оплата",
    "срок",
    "объём",
    "Ёлка",
    "please",
    "find",
    "attached",
    "the",
    "quarterly",
    "report",
    "invoice",
    "meeting",
    "schedule",
    "budget",
    "deadline",
    "regards",
    "server",
    "migration",
    "mailbox",
    "delivery",
];

/// Display name and local part.
pub(super) const PEOPLE: &[(&str, &str)] = &[
    ("Иванов Иван", "ivanov"),
    ("Пётр Смирнов", "smirnov"),
    ("Anna Müller", "amueller"),
    ("John O'Neil", "oneil"),
    ("Ким, Ольга", "kim"),
    ("Переговорная \"Ё\"", "room.yo"),
];

/// How text is written as bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Charset {
    Koi8R,
    Utf8,
    Windows1251,
}

impl Charset {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Koi8R => "koi8-r",
            Self::Utf8 => "utf-8",
            Self::Windows1251 => "windows-1251",
        }
    }

    /// What the charset lacks becomes `?`.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Koi8R => text.chars().map(koi8_r).collect(),
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Windows1251 => text.chars().map(windows_1251).collect(),
        }
    }
}

fn windows_1251(c: char) -> u8 {
    match c {
        '\0'..='\x7f' => c as u8,
        'А'..='я' => (c as u32 - 'А' as u32) as u8 + 0xc0,
        'Ё' => 0xa8,
        'ё' => 0xb8,
        '№' => 0xb9,
        _ => b'?',
    }
}

fn koi8_r(c: char) -> u8 {
    // The letters from 0xc0 on; the capitals follow in the same order from 0xe0 on.
    const ORDER: &str = "юабцдефгхийклмнопярстужвьызшэщчъ";
    let position = |wanted| {
        ORDER
            .chars()
            .position(|letter| letter == wanted)
            .map(|index| index as u8)
    };
    match c {
        '\0'..='\x7f' => c as u8,
        'Ё' => 0xb3,
        'ё' => 0xa3,
        'а'..='я' => position(c).unwrap() + 0xc0,
        'А'..='Я' => position(char::from_u32(c as u32 + 32).unwrap()).unwrap() + 0xe0,
        _ => b'?',
    }
}

/// Some words in a row.
pub(super) fn words(random: &mut Random, count: u64) -> String {
    let words: Vec<&str> = (0..count).map(|_| *random.pick(WORDS)).collect();
    words.join(" ")
}

/// Lines of words with CRLF, about `size` bytes of UTF-8 in all; now and then a line that is awkward in some format.
pub(super) fn body(random: &mut Random, size: u64) -> String {
    let mut text = String::new();
    while (text.len() as u64) < size {
        match random.range(0, 400) {
            0 => text.push_str("From now on every line like this one is a trap"),
            1 => text.push_str("From anna@example.test Mon Jan  1 00:00:00 2024"),
            2 => text.push_str(">From a quoted trap"),
            3 => text.push('.'),
            4 => text.push_str("trailing blanks \t "),
            5 => text.push_str(&"long ".repeat(random.range(250, 4000) as usize)),
            6..=30 => {}
            _ => {
                let count = random.range(3, 12);
                text.push_str(&words(random, count));
            }
        }
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Charset;

    #[test]
    fn russian_charsets() {
        assert_eq!(
            Charset::Windows1251.encode("Привет, Ёж №1!"),
            b"\xcf\xf0\xe8\xe2\xe5\xf2, \xa8\xe6 \xb91!"
        );
        assert_eq!(
            Charset::Koi8R.encode("Привет, Ёж ё!"),
            b"\xf0\xd2\xc9\xd7\xc5\xd4, \xb3\xd6 \xa3!"
        );
    }
}

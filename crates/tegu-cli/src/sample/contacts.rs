//! Contacts as Outlook leaves them: vCard 2.1 in quoted-printable windows-1251, and a table with Russian headings.

use encoding_rs::WINDOWS_1251;
use std::fmt::Write;

const PARTNERS: [(&str, &str, &str, &str); 6] = [
    ("Алексей", "Лебедев", "ООО «Лютик»", "+7 495 000-00-01"),
    ("Мария", "Козлова", "АО «Василёк»", "+7 812 000-00-02"),
    ("Иван", "Соколов", "ИП Соколов", "+7 383 000-00-03"),
    ("Ольга", "Зайцева", "ООО «Пион»", "+7 343 000-00-04"),
    ("Пётр", "Ершов", "НПО «Астра»", "+7 831 000-00-05"),
    ("Елена", "Белова", "", "+7 846 000-00-06"),
];

/// An address book file of vCard 2.1 cards.
pub(super) fn cards(number: usize) -> Vec<u8> {
    let mut text = String::new();
    for (index, (given, surname, company, phone)) in PARTNERS.iter().enumerate().skip(number % 3) {
        let _ = write!(
            text,
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:{};{}\r\n\
             FN;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:{}\r\n",
            quoted_printable(surname),
            quoted_printable(given),
            quoted_printable(&format!("{given} {surname}")),
        );
        if !company.is_empty() {
            let _ = write!(
                text,
                "ORG;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:{}\r\n",
                quoted_printable(company)
            );
        }
        let _ = write!(
            text,
            "TEL;WORK;VOICE:{phone}\r\nEMAIL;PREF;INTERNET:partner{index}@lutik.test\r\n\
             NOTE;CHARSET=windows-1251;ENCODING=QUOTED-PRINTABLE:{}=0D=0A{}\r\n\
             X-MS-OL-DEFAULT-POSTAL-ADDRESS:0\r\nREV:20240110T080000Z\r\nEND:VCARD\r\n",
            quoted_printable("Первая строка"),
            quoted_printable("Вторая строка"),
        );
    }
    text.into_bytes()
}

/// A table as Russian Outlook exports it: windows-1251, semicolons.
pub(super) fn table(number: usize) -> Vec<u8> {
    let mut text = String::from(
        "\"Имя\";\"Фамилия\";\"Организация\";\"Рабочий телефон\";\"Адрес эл. почты\";\"Тип эл. почты\";\"День рождения\";\"Заметки\"\r\n",
    );
    for (index, (given, surname, company, phone)) in PARTNERS.iter().enumerate().take(2 + number % 2) {
        let _ = write!(
            text,
            "\"{given}\";\"{surname}\";\"{company}\";\"{phone}\";\"table{index}@pion.test\";\"SMTP\";\"0.0.00\";\"строка {number}\"\r\n"
        );
    }
    WINDOWS_1251.encode(&text).0.into_owned()
}

fn quoted_printable(text: &str) -> String {
    WINDOWS_1251
        .encode(text)
        .0
        .iter()
        .fold(String::new(), |mut line, byte| {
            let _ = write!(line, "={byte:02X}");
            line
        })
}

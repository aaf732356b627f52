//! What a person does about a finding, by its code.

use crate::Text;

const fn t(en: &'static str, ru: &'static str) -> Text {
    Text::new(en, ru)
}

/// The instruction for a finding's code, in both languages. `None` for a code that this crate does not know, such as one of
/// an integrator's own source.
///
/// ```
/// use tegu_report::{Language, advice};
///
/// assert!(advice("DAV-TZ-UNKNOWN").unwrap().get(Language::English).contains("time zone"));
/// assert!(advice("MY-OWN-CODE").is_none());
/// ```
pub fn advice(code: &str) -> Option<Text> {
    let exact = EXACT.iter().find(|(known, _)| *known == code);
    let family = || FAMILIES.iter().find(|(prefix, _)| code.starts_with(prefix));
    exact.or_else(family).map(|(_, text)| *text)
}

static EXACT: &[(&str, Text)] = &[
    (
        "MAIL-NUL",
        t(
            "The message holds NUL octets, which IMAP cannot carry. Accepting the code changes nothing, since there is no form of the message that \
             could be stored and proved. Open the original that was kept; if its text is readable, drag the .eml file into the new mailbox with a \
             mail program (which repairs it), or forward it as an attachment.",
            "В письме есть байты NUL, которые IMAP не передаёт. Разрешение кода ничего не меняет: нет вида письма, который можно сохранить и \
             проверить. Откройте сохранённый оригинал; если текст читается, перетащите файл .eml в новый ящик почтовой программой (она исправит \
             его) или перешлите вложением.",
        ),
    ),
    (
        "MAIL-TOO-LARGE",
        t(
            "The message is larger than the target takes. Raise the limit on the new server and run again, or save its attachments to a file \
             share and tell the owner where they lie.",
            "Письмо больше, чем принимает новый сервер. Увеличьте предел и повторите запуск либо сохраните вложения на файловый ресурс и \
             сообщите владельцу.",
        ),
    ),
    (
        "MAIL-KEYWORD",
        t(
            "The target has no room for a category or keyword of the message. Accept MAIL-KEYWORD in the policy to move such messages without \
             it, or note the categories for their owner.",
            "Новый сервер не хранит категорию письма. Разрешите MAIL-KEYWORD в политике, чтобы перенести письма без неё, или сообщите категории \
             владельцу.",
        ),
    ),
    (
        "MAIL-FLAGS",
        t(
            "The target has no room for flags, such as that a message was read. Accept MAIL-FLAGS in the policy to move messages without \
             them.",
            "Новый сервер не хранит отметки, например о прочтении. Разрешите MAIL-FLAGS в политике, чтобы перенести письма без них.",
        ),
    ),
    (
        "MAIL-DATE",
        t(
            "The target has no room for when a message arrived. Accept MAIL-DATE in the policy to move messages without it.",
            "Новый сервер не хранит дату получения. Разрешите MAIL-DATE в политике, чтобы перенести письма без неё.",
        ),
    ),
    (
        "MAIL-NO-PROOF",
        t(
            "The target does not give back what it holds, so nothing proves that a message arrived. Move the originals that were kept by hand, or \
             use a way to the target that can read it.",
            "Новый сервер не отдаёт то, что хранит, и доказать перенос нечем. Перенесите сохранённые оригиналы вручную или выберите способ \
             доступа, который позволяет читать.",
        ),
    ),
    (
        "MAIL-MIXED-LINE-ENDS",
        t(
            "Some lines end in CRLF, some in LF; the target would level them, which breaks signatures over the text. Accept \
             MAIL-MIXED-LINE-ENDS if that does not matter, or hand the original to its owner.",
            "Одни строки кончаются CRLF, другие LF; сервер выровняет их, и подпись под текстом станет неверной. Если это неважно, разрешите \
             MAIL-MIXED-LINE-ENDS, иначе передайте оригинал владельцу.",
        ),
    ),
    (
        "MAIL-CONVERTED",
        t(
            "A converter made the message out of a PST, and nothing proves that it is as it was. Look at some of them; then accept \
             MAIL-CONVERTED (and the code of each further loss) in the policy and run again.",
            "Письмо получено конвертером из PST, его точность ничем не доказана. Просмотрите несколько; затем разрешите MAIL-CONVERTED (и коды \
             прочих потерь) в политике и повторите запуск.",
        ),
    ),
    (
        "MAIL-PLACEHOLDER",
        t(
            "Exchange could not convert the item and gave a placeholder for it. Open the item in Outlook and save it as .msg or .eml, or \
             forward it to the new address; New-MailboxRepairRequest -CorruptionType ImapID helps where many are concerned.",
            "Exchange не смог преобразовать объект и отдал заглушку. Откройте его в Outlook и сохраните как .msg или .eml либо перешлите на новый \
             адрес; если таких много, помогает New-MailboxRepairRequest -CorruptionType ImapID.",
        ),
    ),
    (
        "MAIL-NOT-GIVEN",
        t(
            "Exchange says OK, but gives nothing out. Find the message in Outlook by its date, save it, and drag it into the new mailbox.",
            "Exchange отвечает OK, но письма не отдаёт. Найдите его в Outlook по дате, сохраните и перетащите в новый ящик.",
        ),
    ),
    (
        "MAIL-FOLDER-NOT-MAIL",
        t(
            "The folder holds calendars, contacts, tasks or notes; IMAP gives only stubs of them. They move as calendars and contacts; nothing is to \
             be done if those have moved.",
            "В папке календарь, контакты, задачи или заметки; IMAP отдаёт только заглушки. Они переносятся как календари и контакты; если те \
             перенесены, делать ничего не нужно.",
        ),
    ),
    (
        "MAIL-FOLDER-REFUSED",
        t(
            "The target does not take a folder of this name. Make a folder with a like name there, move the messages from the originals that \
             were kept, or rename the folder on the source and run again.",
            "Новый сервер не принимает папку с таким именем. Создайте там похожую и поместите в неё сохранённые оригиналы либо переименуйте папку \
             в источнике и повторите запуск.",
        ),
    ),
    (
        "MAIL-FLAGS-DIFFER",
        t(
            "The message stands on the target with other flags. Set them there by hand; do not copy the message again.",
            "Письмо перенесено, но отметки другие. Исправьте их на новом сервере вручную; копировать письмо снова не нужно.",
        ),
    ),
    (
        "MAIL-DATE-DIFFERS",
        t(
            "The message stands on the target with another date of arrival, so lists sort it elsewhere. Accept MAIL-DATE-DIFFERS, or leave it.",
            "Письмо перенесено с другой датой получения и в списке стоит не на месте. Разрешите MAIL-DATE-DIFFERS или оставьте как есть.",
        ),
    ),
    (
        "MAIL-CHANGED-BY-TARGET",
        t(
            "The target gives back other octets than it was given. Compare the original that was kept with what stands there, and tell the \
             server's vendor.",
            "Новый сервер возвращает не те байты, что получил. Сравните сохранённый оригинал с тем, что на сервере, и сообщите его \
             производителю.",
        ),
    ),
    (
        "DAV-TZ-UNKNOWN",
        t(
            "The event names a time zone that nobody knows, so nobody can say when it is. Ask its organiser for the time, and enter the event by \
             hand.",
            "Событие ссылается на неизвестный часовой пояс, поэтому время неизвестно. Уточните время у организатора и внесите событие вручную.",
        ),
    ),
    (
        "DAV-TZ-CONFLICT",
        t(
            "The event's file describes a time zone otherwise than the world does. Compare the time with its organiser, and enter the event by hand.",
            "Описание часового пояса в файле расходится с действительным. Сверьте время с организатором и внесите событие вручную.",
        ),
    ),
    (
        "DAV-CONFLICT",
        t(
            "Another item of the same name stands on the target, or its owner has changed it there since it moved. Compare both, and keep the right \
             one there.",
            "На новом сервере есть другой объект с тем же именем, или владелец изменил там перенесённый объект. Сравните их и оставьте верный.",
        ),
    ),
    (
        "DAV-FILE-UNKNOWN",
        t(
            "The file is no calendar or address book that open protocols know. Open it with the program that made it, and export it as iCalendar \
             or vCard.",
            "Файл не является календарём или адресной книгой открытого формата. Откройте его создавшей программой и выгрузите в iCalendar или \
             vCard.",
        ),
    ),
    (
        "DAV-ADDRESS-X500",
        t(
            "A participant is named by an address that only Exchange knows. Look him up in directory/accounts.json, and enter the event with his \
             mail address.",
            "Участник указан адресом, понятным только Exchange. Найдите его в directory/accounts.json и внесите событие с его почтовым адресом.",
        ),
    ),
    (
        "DIRECTORY-CHANGE-PENDING",
        t(
            "The directory's owner reads and applies directory/apply.ldif; directory/undo.ldif takes it back. Then run again.",
            "Владелец каталога просматривает и применяет directory/apply.ldif; directory/undo.ldif отменяет изменения. Затем повторите запуск.",
        ),
    ),
    (
        "DIRECTORY-SYSTEM-OBJECT",
        t(
            "A system object of Exchange, which nobody moves. Nothing is to be done.",
            "Служебный объект Exchange, не переносится. Делать ничего не нужно.",
        ),
    ),
    (
        "DIRECTORY-ADDRESS-TAKEN",
        t(
            "Two accounts have one address, so only the first one's items move. Decide whose it is, change the other in the directory, and run \
             again.",
            "Один адрес у двух записей, поэтому переносится только первая. Решите, чей он, измените вторую запись в каталоге и повторите запуск.",
        ),
    ),
    (
        "RUN-NOT-REACHED",
        t(
            "The run ended before it got to these items. Mend what the message names, and run again: it goes on where it stood.",
            "Запуск завершился раньше, чем дошёл до этих объектов. Устраните названную причину и повторите: перенос продолжится с того же места.",
        ),
    ),
    (
        "LDAP-MAIL-MISSING",
        t(
            "The account has no `mail`, so its owner could not sign in on the new server. Apply the change in directory/apply.ldif.",
            "У записи нет `mail`, её владелец не войдёт на новый сервер. Примените изменение из directory/apply.ldif.",
        ),
    ),
    (
        "LDAP-ADDRESS-DUPLICATE",
        t(
            "An address belongs to several objects. Decide whose it is, and take it from the others.",
            "Адрес принадлежит нескольким объектам. Решите, чей он, и уберите у остальных.",
        ),
    ),
    (
        "LDAP-DISABLED-BY-DESIGN",
        t(
            "A shared mailbox, room or thing has a disabled account, with which nobody can sign in. Enable it and set a password if people are to \
             use it.",
            "Запись общего ящика, переговорной или оборудования отключена, войти под ней нельзя. Если ею должны пользоваться, включите её и \
             задайте пароль.",
        ),
    ),
    (
        "LDAP-GROUP-DYNAMIC",
        t(
            "The list finds its members by a filter. Make a static group of those that belong to it today.",
            "Состав списка задан фильтром. Создайте обычную группу из тех, кто входит в него сегодня.",
        ),
    ),
    (
        "PLAN-OVER-QUOTA",
        t(
            "More will move than the account may hold on the target. Raise its quota, or leave out folders or years by the policy.",
            "Переносится больше, чем вмещает квота записи. Увеличьте квоту или исключите папки либо годы политикой.",
        ),
    ),
];

/// By how a code begins, the more special first.
static FAMILIES: &[(&str, Text)] = &[
    (
        "MAIL-FILE",
        t(
            "The file is no mail, is unfinished, or changed while it was read. Look at it; if it holds mail, open it with the program that made it, \
             and export it again.",
            "Файл не содержит почты, не дописан или изменился при чтении. Просмотрите его; если в нём почта, откройте создавшей программой и \
             выгрузите снова.",
        ),
    ),
    (
        "MAIL-",
        t(
            "Open the original that was kept with a mail program and drag it into the new mailbox, or run again where the reason may have passed. \
             The message beside tells what would have been lost.",
            "Откройте сохранённый оригинал почтовой программой и перетащите в новый ящик либо повторите запуск, если причина могла исчезнуть. Что \
             было бы потеряно, сказано рядом.",
        ),
    ),
    (
        "IMAP-NAME",
        t(
            "The folder's name cannot stand on the target as it is. Rename it on the source, or accept the code: the report then says what it is \
             called.",
            "Имя папки нельзя сохранить на новом сервере без изменения. Переименуйте её в источнике или разрешите код: отчёт назовёт новое имя.",
        ),
    ),
    (
        "IMAP-TARGET",
        t(
            "The target refused the message: too large, over quota, or malformed. Mend what the message names, and run again.",
            "Новый сервер отказал: слишком большое письмо, превышена квота или неверный формат. Устраните названную причину и повторите запуск.",
        ),
    ),
    (
        "IMAP-",
        t(
            "The message would not arrive as it left, or could not be read. Open it in the old mailbox, save it and drag it into the new one, or \
             accept the code in the policy.",
            "Письмо не дошло бы неизменным или не читается. Откройте его в старом ящике, сохраните и перетащите в новый либо разрешите код в \
             политике.",
        ),
    ),
    (
        "MBOX-",
        t(
            "The mbox file does not say for certain where a message begins or which lines were quoted. Name the variant in the configuration if it \
             is known, or compare the original that was kept.",
            "Файл mbox не позволяет точно определить границы или цитирование писем. Укажите вариант в конфигурации, если он известен, или сверьте \
             сохранённый оригинал.",
        ),
    ),
    (
        "PST-",
        t(
            "The converter lost something of the message. Open it in Outlook from the PST and compare; accept the code if the loss does not matter.",
            "Конвертер потерял часть письма. Откройте его в Outlook из PST и сравните; если потеря неважна, разрешите код.",
        ),
    ),
    (
        "DAV-TZ",
        t(
            "Something about the event's time zone is doubtful. Compare the time with its organiser, and enter the event by hand.",
            "Часовой пояс события вызывает сомнение. Сверьте время с организатором и внесите событие вручную.",
        ),
    ),
    (
        "DAV-CSV",
        t(
            "A row of the table cannot be read for certain. Enter the contact by hand, from the row that was kept.",
            "Строку таблицы нельзя прочитать однозначно. Внесите контакт вручную по сохранённой строке.",
        ),
    ),
    (
        "DAV-",
        t(
            "The item cannot be written without a loss, or the target refused it. Open the original that was kept, and enter what it says by hand \
             on the new server.",
            "Объект нельзя записать без потерь, или сервер отказал. Откройте сохранённый оригинал и внесите его содержание на новом сервере \
             вручную.",
        ),
    ),
    (
        "LDAP-",
        t(
            "Something about the directory's entry is to be mended by the directory's owner. Where directory/apply.ldif holds a change, it is enough \
             to apply it.",
            "Запись каталога должен исправить его владелец. Если в directory/apply.ldif есть изменение, достаточно применить его.",
        ),
    ),
    (
        "POLICY-",
        t(
            "The operator left it out. Change the policy and run again if it is to move.",
            "Исключено оператором. Если это нужно перенести, измените политику и повторите запуск.",
        ),
    ),
    (
        "COEX-",
        t(
            "Change the waves or the directory so that each recipient has exactly one end, and make the routing sheets anew.",
            "Измените волны или каталог так, чтобы у каждого получателя был ровно один конечный сервер, и создайте листы маршрутов заново.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    /// Every code that the family's sources name has an instruction.
    #[test]
    fn every_code_has_its_instruction() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = vec![];
        let mut folders = ["dav", "imap", "ldap", "mbox", "migrate"]
            .map(|name| crates.join(format!("tegu-{name}/src")))
            .to_vec();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    files.push(path);
                }
            }
        }
        let mut seen = 0;
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for code in text.split('"').filter(|text| is_code(text)) {
                seen += 1;
                assert!(advice(code).is_some(), "{code} in {}", file.display());
            }
        }
        assert!(seen > 150, "{seen} codes were found");
    }

    fn is_code(text: &str) -> bool {
        const FAMILIES: [&str; 10] = [
            "MAIL-",
            "IMAP-",
            "MBOX-",
            "PST-",
            "DAV-",
            "LDAP-",
            "DIRECTORY-",
            "RUN-",
            "POLICY-",
            "COEX-",
        ];
        let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        FAMILIES
            .iter()
            .any(|family| text.len() > family.len() && text.starts_with(family))
            && text.chars().all(plain)
    }
}

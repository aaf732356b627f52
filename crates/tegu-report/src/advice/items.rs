//! Calendars and contacts.

use super::{Topic, t};

pub(super) static TOPIC: Topic = Topic {
    exact: &[
        (
            "DAV-TZ-UNKNOWN",
            t(
                "The event names an unknown time zone, so nobody can say when it takes place. Ask the organiser for the time, and enter the \
             event by hand.",
                "Событие ссылается на неизвестный часовой пояс, поэтому время неизвестно. Уточните время у организатора и внесите событие вручную.",
            ),
        ),
        (
            "DAV-TZ-CONFLICT",
            t(
                "The file describes a time zone differently from the real one. Check the time with the organiser, and enter the event by \
             hand.",
                "Описание часового пояса в файле расходится с действительным. Сверьте время с организатором и внесите событие вручную.",
            ),
        ),
        (
            "DAV-TARGET-CHANGED",
            t(
                "Another item with the same name is on the new server, or the owner has changed the item there since it moved. Compare both, \
             and keep the right one.",
                "На новом сервере есть другой объект с тем же именем, или владелец изменил там перенесённый объект. Сравните их и оставьте верный.",
            ),
        ),
        (
            "DAV-TARGET-LOST",
            t(
                "The archive held the item and holds it no more: somebody removed its file, or the disk lost it. Find out why, then run again: \
             the item is copied once more.",
                "Архив содержал этот элемент и больше не содержит: файл кто-то удалил, или его потерял диск. Выясните причину и повторите \
             запуск: элемент будет скопирован ещё раз.",
            ),
        ),
        (
            "DAV-TARGET-DIFFERS",
            t(
                "Another item with the same name is on the new server, or the owner has changed the item there since it moved. Compare both, \
             and keep the right one.",
                "На новом сервере есть другой объект с тем же именем, или владелец изменил там перенесённый объект. Сравните их и оставьте верный.",
            ),
        ),
        (
            "DAV-FILE-UNREADABLE",
            t(
                "The file is not a calendar or address book in an open format. Open it with the program that created it, and export it as \
             iCalendar or vCard.",
                "Файл не является календарём или адресной книгой открытого формата. Откройте его создавшей программой и выгрузите в iCalendar или \
             vCard.",
            ),
        ),
        (
            "DAV-ADDRESS-X500",
            t(
                "An attendee has an address that only Exchange knows. Look the person up in directory/accounts.json, and enter the event with \
             the mail address.",
                "Участник указан адресом, понятным только Exchange. Найдите его в directory/accounts.json и внесите событие с его почтовым адресом.",
            ),
        ),
    ],
    families: &[
        (
            "DAV-TZ",
            t(
                "The time zone of the event is doubtful. Check the time with the organiser, and enter the event by hand.",
                "Часовой пояс события вызывает сомнение. Сверьте время с организатором и внесите событие вручную.",
            ),
        ),
        (
            "DAV-CSV",
            t(
                "A row of the table is ambiguous. Enter the contact by hand, from the row that was kept.",
                "Строку таблицы нельзя прочитать однозначно. Внесите контакт вручную по сохранённой строке.",
            ),
        ),
        (
            "DAV-",
            t(
                "The item cannot be written without a loss, or the new server refused it. Open the original, and enter it on the new server \
             by hand.",
                "Объект нельзя записать без потерь, или сервер отказал. Откройте сохранённый оригинал и внесите его содержание на новом сервере \
             вручную.",
            ),
        ),
    ],
};

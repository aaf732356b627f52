//! Archives of Outlook.

use super::{Topic, t};

pub(super) static TOPIC: Topic = Topic {
    exact: &[
        (
            "PST-ADDRESS-BY-NAME",
            t(
                "The message names somebody by an address of Exchange only; the address of a contact of the same name was taken. Compare a few, and \
             accept the code if they are the same people.",
                "Письмо называет человека только внутренним адресом Exchange; взят адрес контакта с тем же именем. Проверьте несколько и разрешите код, \
             если это те же люди.",
            ),
        ),
        (
            "PST-ADDRESS-HIDDEN",
            t(
                "The address hides an X.500 name of Exchange, which no other server delivers to. Give the directory's legacyExchangeDN and X500 \
             addresses, or accept the code: the address stays as it is.",
                "Адрес скрывает имя X.500 Exchange, и другой сервер по нему не доставит. Укажите legacyExchangeDN и адреса X500 из каталога либо \
             разрешите код: адрес останется как есть.",
            ),
        ),
        (
            "PST-ADDRESS-UNRESOLVED",
            t(
                "The message names somebody by an address of Exchange only. Give the directory's legacyExchangeDN and X500 addresses, or accept the \
             code: the name stays, without an address.",
                "Письмо называет человека только внутренним адресом Exchange. Укажите legacyExchangeDN и адреса X500 из каталога либо разрешите код: имя \
             останется без адреса.",
            ),
        ),
        (
            "PST-CODE-PAGE-UNKNOWN",
            t(
                "The file does not say in which code page its text is. Set code_page (1251 for Russian) and run again.",
                "Файл не сообщает кодовую страницу текста. Укажите code_page (1251 для русского) и повторите запуск.",
            ),
        ),
        (
            "PST-ITEM-ORPHAN",
            t(
                "The file holds a message that no folder lists: it was deleted, or the file is damaged. Open what was kept, and decide with the owner.",
                "В файле есть письмо, которого нет ни в одной папке: его удалили, или файл повреждён. Откройте сохранённое и решите вместе с владельцем.",
            ),
        ),
        (
            "PST-RTF-FORM",
            t(
                "The message is formatted text of Outlook. Accept the code to move its text, with the formatted one as an attachment.",
                "Письмо в формате RTF Outlook. Разрешите код, чтобы перенести его текст и приложить оформленный вариант.",
            ),
        ),
    ],
    families: &[(
        "PST-",
        t(
            "Part of the item would be lost, or could not be read in the PST file. Open it in Outlook and compare, or read what was kept of it. \
             Accept the code if the loss does not matter.",
            "Часть объекта была бы потеряна или не читается в файле PST. Откройте его в Outlook и сравните либо посмотрите сохранённое; если потеря \
             неважна, разрешите код.",
        ),
    )],
};

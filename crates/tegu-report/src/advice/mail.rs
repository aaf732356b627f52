//! Mail, and the files that it lies in.

use super::{Topic, t};

pub(super) static TOPIC: Topic = Topic {
    exact: &[
        (
            "MAIL-NUL",
            t(
                "The message contains NUL octets, which IMAP cannot carry. Accepting this code changes nothing: no form of the message can be \
             stored and proved. Open the original that was kept. If its text is readable, drag the .eml file into the new mailbox with a \
             mail program (which repairs it), or forward it as an attachment.",
                "В письме есть байты NUL, которые IMAP не передаёт. Разрешение кода ничего не меняет: нет вида письма, который можно сохранить и \
             проверить. Откройте сохранённый оригинал; если текст читается, перетащите файл .eml в новый ящик почтовой программой (она исправит \
             его) или перешлите вложением.",
            ),
        ),
        (
            "MAIL-TOO-LARGE",
            t(
                "The message is larger than the new server allows. Raise the limit there and run again, or save the attachments to a file \
             share and tell the owner where they are.",
                "Письмо больше, чем принимает новый сервер. Увеличьте предел и повторите запуск либо сохраните вложения на файловый ресурс и \
             сообщите владельцу.",
            ),
        ),
        (
            "MAIL-KEYWORD",
            t(
                "The new server cannot store a category or keyword of the message. Accept MAIL-KEYWORD in the policy to move such messages \
             without it, or tell the owner which categories are affected.",
                "Новый сервер не хранит категорию письма. Разрешите MAIL-KEYWORD в политике, чтобы перенести письма без неё, или сообщите категории \
             владельцу.",
            ),
        ),
        (
            "MAIL-FLAGS",
            t(
                "The new server cannot store flags, for example whether a message was read. Accept MAIL-FLAGS in the policy to move messages \
             without them.",
                "Новый сервер не хранит отметки, например о прочтении. Разрешите MAIL-FLAGS в политике, чтобы перенести письма без них.",
            ),
        ),
        (
            "MAIL-DATE",
            t(
                "The new server cannot store when a message arrived. Accept MAIL-DATE in the policy to move messages without that date.",
                "Новый сервер не хранит дату получения. Разрешите MAIL-DATE в политике, чтобы перенести письма без неё.",
            ),
        ),
        (
            "MAIL-NO-PROOF",
            t(
                "The new server does not return what it stores, so nothing proves that a message arrived. Move the originals by hand, or use \
             a protocol that can also read from the new server.",
                "Новый сервер не отдаёт то, что хранит, и доказать перенос нечем. Перенесите сохранённые оригиналы вручную или выберите способ \
             доступа, который позволяет читать.",
            ),
        ),
        (
            "MAIL-MIXED-LINE-ENDS",
            t(
                "Some lines end in CRLF and some in LF. The new server would make them all the same, which breaks signatures over the text. \
             Accept MAIL-MIXED-LINE-ENDS if that does not matter, or give the original to its owner.",
                "Одни строки кончаются CRLF, другие LF; сервер выровняет их, и подпись под текстом станет неверной. Если это неважно, разрешите \
             MAIL-MIXED-LINE-ENDS, иначе передайте оригинал владельцу.",
            ),
        ),
        (
            "MAIL-CONVERTED",
            t(
                "A converter made this message from a PST file, and nothing proves that it is exact. Look at some of these messages. Then \
             accept MAIL-CONVERTED (and the code of each further loss) in the policy and run again.",
                "Письмо получено конвертером из PST, его точность ничем не доказана. Просмотрите несколько; затем разрешите MAIL-CONVERTED (и коды \
             прочих потерь) в политике и повторите запуск.",
            ),
        ),
        (
            "MAIL-PLACEHOLDER",
            t(
                "Exchange could not convert the item and returned a placeholder. Open the item in Outlook and save it as .msg or .eml, or \
             forward it to the new address. If many items are affected, New-MailboxRepairRequest -CorruptionType ImapID helps.",
                "Exchange не смог преобразовать объект и отдал заглушку. Откройте его в Outlook и сохраните как .msg или .eml либо перешлите на новый \
             адрес; если таких много, помогает New-MailboxRepairRequest -CorruptionType ImapID.",
            ),
        ),
        (
            "MAIL-NOT-GIVEN",
            t(
                "Exchange reports success but returns no message. Find the message in Outlook by its date, save it, and drag it into the new \
             mailbox.",
                "Exchange отвечает OK, но письма не отдаёт. Найдите его в Outlook по дате, сохраните и перетащите в новый ящик.",
            ),
        ),
        (
            "IMAP-FOLDER-NOT-MAIL",
            t(
                "The folder contains calendars, contacts, tasks or notes, of which IMAP returns only stubs. They move as calendars and \
             contacts. If those have moved, there is nothing to do.",
                "В папке календарь, контакты, задачи или заметки; IMAP отдаёт только заглушки. Они переносятся как календари и контакты; если те \
             перенесены, делать ничего не нужно.",
            ),
        ),
        (
            "MAIL-FOLDER-NOT-MAIL",
            t(
                "The folder contains calendars, contacts, tasks or notes, of which IMAP returns only stubs. They move as calendars and \
             contacts. If those have moved, there is nothing to do.",
                "В папке календарь, контакты, задачи или заметки; IMAP отдаёт только заглушки. Они переносятся как календари и контакты; если те \
             перенесены, делать ничего не нужно.",
            ),
        ),
        (
            "MAIL-FOLDER-REFUSED",
            t(
                "The new server does not accept a folder with this name. Create a folder with a similar name there and put the originals into \
             it, or rename the folder in the source and run again.",
                "Новый сервер не принимает папку с таким именем. Создайте там похожую и поместите в неё сохранённые оригиналы либо переименуйте папку \
             в источнике и повторите запуск.",
            ),
        ),
        (
            "MAIL-FLAGS-DIFFER",
            t(
                "The message is on the new server, but with different flags. Correct the flags there by hand. Do not copy the message again.",
                "Письмо перенесено, но отметки другие. Исправьте их на новом сервере вручную; копировать письмо снова не нужно.",
            ),
        ),
        (
            "MAIL-DATE-DIFFERS",
            t(
                "The message is on the new server with a different arrival date, so it appears at another place in the list. Accept \
             MAIL-DATE-DIFFERS, or leave it as it is.",
                "Письмо перенесено с другой датой получения и в списке стоит не на месте. Разрешите MAIL-DATE-DIFFERS или оставьте как есть.",
            ),
        ),
        (
            "MAIL-CHANGED-BY-TARGET",
            t(
                "The new server returns different octets from those it was given. Compare the original with what the server holds, and report \
             this to the vendor of the server.",
                "Новый сервер возвращает не те байты, что получил. Сравните сохранённый оригинал с тем, что на сервере, и сообщите его \
             производителю.",
            ),
        ),
        (
            "MAIL-IN-DOUBT",
            t(
                "The connection was lost while messages were sent, and the target may still carry them out. They were sent again. Run the job \
             once more: each run of the next seven days looks for second copies and removes them.",
                "Связь прервалась при отправке, и сервер ещё может принять эти письма. Они отправлены повторно. Запустите задание ещё раз: каждый \
             запуск в течение семи дней ищет и удаляет вторые копии.",
            ),
        ),
        (
            "MAIL-LATE-COPY",
            t(
                "A message arrived a second time, from a connection that was lost, and the target cannot remove one message alone (UIDPLUS). Look \
             at the folder and delete the second copy by hand.",
                "Письмо пришло второй раз из прерванного соединения, а сервер не умеет удалять отдельные письма (UIDPLUS). Откройте папку и удалите \
             вторую копию вручную.",
            ),
        ),
        (
            "MAIL-LATE-COPY-REMOVED",
            t(
                "A message arrived a second time, from a connection that was lost. The second copy was removed; there is nothing to do.",
                "Письмо пришло второй раз из прерванного соединения. Вторая копия удалена, делать ничего не нужно.",
            ),
        ),
        (
            "MAIL-OLD-VERSION",
            t(
                "The message changed on the source. Its new version is on the target, and the older one stays beside it, since the target cannot \
             remove one message alone. Delete the older one by hand if it is in the way.",
                "Письмо изменилось на источнике. Новая версия перенесена, а прежняя осталась рядом: приёмник не умеет удалять отдельные письма. \
             Если прежняя мешает, удалите её вручную.",
            ),
        ),
        (
            "MAIL-SOURCE-CHANGED",
            t(
                "The message changed on the source after it was copied, and its new version is not on the target yet. Run again.",
                "После переноса письмо изменилось на источнике, и новой версии на приёмнике ещё нет. Повторите запуск.",
            ),
        ),
        (
            "MAIL-SOURCE-FLAGS",
            t(
                "Flags or categories changed on the source after the message was copied, and the target keeps those that it has. Copy into a new \
             target if the new ones matter.",
                "После переноса флажки или категории письма изменились на источнике, а приёмник хранит прежние. Если важны новые, перенесите почту \
             в новый приёмник.",
            ),
        ),
        (
            "MAIL-SOURCE-GONE",
            t(
                "The message was deleted on the source and stays on the target, which cannot remove one message alone. Delete it by hand if it \
             should go.",
                "Письмо удалено на источнике, а на приёмнике осталось: он не умеет удалять отдельные письма. Если оно не нужно, удалите вручную.",
            ),
        ),
        (
            "MAIL-TARGET-LOST",
            t(
                "The archive held the message and holds it no more: somebody changed its files, or the disk lost them. Find out why, then run \
             again: the message is copied once more.",
                "Архив содержал это письмо и больше не содержит: файлы кто-то изменил, или их потерял диск. Выясните причину и повторите \
             запуск: письмо будет скопировано ещё раз.",
            ),
        ),
        (
            "MAIL-TARGET-OVER-QUOTA",
            t(
                "The mailbox on the new server has no room left. Raise its quota and run again: messages then follow in their order.",
                "В новом ящике нет места. Увеличьте квоту и повторите запуск: письма продолжат поступать по порядку.",
            ),
        ),
        (
            "MAIL-AMBIGUOUS",
            t(
                "The connection was lost while the message was sent, and the new server may have stored it in a changed form. Look whether it \
             is there; if it is not, copy it by hand.",
                "Связь оборвалась во время передачи письма, и новый сервер мог сохранить его изменённым. Проверьте, есть ли оно там; если нет, \
             скопируйте его вручную.",
            ),
        ),
        (
            "IMAP-AMBIGUOUS",
            t(
                "The connection was lost while the message was sent, and the new server may have stored it in a changed form. Look whether it \
             is there; if it is not, copy it by hand.",
                "Связь оборвалась во время передачи письма, и новый сервер мог сохранить его изменённым. Проверьте, есть ли оно там; если нет, \
             скопируйте его вручную.",
            ),
        ),
    ],
    families: &[
        (
            "MAIL-FILE",
            t(
                "The file contains no mail, is incomplete, or changed while it was read. Look at it. If it contains mail, open it with the \
             program that created it, and export it again.",
                "Файл не содержит почты, не дописан или изменился при чтении. Просмотрите его; если в нём почта, откройте создавшей программой и \
             выгрузите снова.",
            ),
        ),
        (
            "MAIL-",
            t(
                "Open the original with a mail program and drag it into the new mailbox. If the cause may have gone, run again. The message \
             next to the code says what would have been lost.",
                "Откройте сохранённый оригинал почтовой программой и перетащите в новый ящик либо повторите запуск, если причина могла исчезнуть. Что \
             было бы потеряно, сказано рядом.",
            ),
        ),
        (
            "IMAP-NAME",
            t(
                "The new server cannot store the name of the folder unchanged. Rename the folder in the source, or accept the code. The \
             report then names the new folder.",
                "Имя папки нельзя сохранить на новом сервере без изменения. Переименуйте её в источнике или разрешите код: отчёт назовёт новое имя.",
            ),
        ),
        (
            "IMAP-TARGET",
            t(
                "The new server refused the message because it is too large, malformed, or over the quota. Fix the cause that the message \
             names, and run again.",
                "Новый сервер отказал: слишком большое письмо, превышена квота или неверный формат. Устраните названную причину и повторите запуск.",
            ),
        ),
        (
            "IMAP-",
            t(
                "The message would not arrive unchanged, or could not be read. Open it in the old mailbox, save it and drag it into the new \
             one, or accept the code in the policy.",
                "Письмо не дошло бы неизменным или не читается. Откройте его в старом ящике, сохраните и перетащите в новый либо разрешите код в \
             политике.",
            ),
        ),
        (
            "MBOX-",
            t(
                "It is not certain where messages begin in the mbox file, or which lines were quoted. Name the mbox variant in the \
             configuration if you know it, or check the original.",
                "Файл mbox не позволяет точно определить границы или цитирование писем. Укажите вариант в конфигурации, если он известен, или сверьте \
             сохранённый оригинал.",
            ),
        ),
    ],
};

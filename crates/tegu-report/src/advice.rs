//! What a person does about a finding, by its code.

use crate::Text;

const fn t(en: &'static str, ru: &'static str) -> Text {
    Text::new(en, ru)
}

/// Returns what a person does about a finding with this code, in both languages. Returns `None` for a code that this crate does not
/// know, such as one of an integrator's own source.
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

/// Every code that these crates find something under, in order. Instructions for families of codes ([`advice`]) cover more.
///
/// ```
/// assert!(tegu_report::known_codes().any(|code| code == "MAIL-KEYWORD"));
/// ```
pub fn known_codes() -> impl Iterator<Item = &'static str> {
    include_str!("codes.txt").lines()
}

static EXACT: &[(&str, Text)] = &[
    (
        "RIGHTS-OWN-ITEMS",
        t(
            "The new server has no right to change or delete only one's own messages. Accept RIGHTS-OWN-ITEMS in the policy to give the other rights of the entry, or share the folder by hand.",
            "На новом сервере нет права изменять и удалять только свои письма. Разрешите RIGHTS-OWN-ITEMS в политике, чтобы выдать остальные права, либо откройте папку вручную.",
        ),
    ),
    (
        "RIGHTS-FULL-ACCESS",
        t(
            "Full access covered the whole mailbox. Accept RIGHTS-FULL-ACCESS in the policy to give it on all mail folders that are there now; calendars, address books and later folders are shared by hand.",
            "Полный доступ охватывал весь ящик. Разрешите RIGHTS-FULL-ACCESS в политике, чтобы выдать его на все нынешние почтовые папки; календари, адресные книги и новые папки открываются вручную.",
        ),
    ),
    (
        "RIGHTS-GROUP-MEMBERS",
        t(
            "The new server does not know this group. Set rights.group if it does, or accept RIGHTS-GROUP-MEMBERS in the policy: today's members get the rights, and who joins later gets them by hand.",
            "Новый сервер не знает этой группы. Если знает — задайте rights.group; иначе разрешите RIGHTS-GROUP-MEMBERS в политике: права получат нынешние участники, а новые — вручную.",
        ),
    ),
    (
        "RIGHTS-GROUP-UNKNOWN",
        t(
            "The directory does not say who belongs to this group (a dynamic group, or members elsewhere). Share the folder with its people by hand, or set rights.group if the new server knows it.",
            "Каталог не сообщает, кто входит в группу (динамическая группа или участники вне каталога). Откройте папку этим людям вручную либо задайте rights.group, если группа известна новому серверу.",
        ),
    ),
    (
        "RIGHTS-EVERYBODY",
        t(
            "Everybody in the organisation had this. If nobody else uses the new server, set rights.everybody to what it calls everybody, such as anyone; otherwise share the folder by hand.",
            "Это право имели все сотрудники. Если новым сервером больше никто не пользуется, задайте в rights.everybody имя, которым он обозначает всех, например anyone; иначе откройте папку вручную.",
        ),
    ),
    (
        "RIGHTS-WIDER",
        t(
            "On the old server somebody had less than the group or everybody he belongs to. On the new one rights add up, so the wider entry would give him more. Decide who is to have it, and share the folder by hand.",
            "На старом сервере кто-то имел меньше, чем его группа или все. На новом права складываются, и общая запись дала бы ему больше. Решите, кому нужен доступ, и откройте папку вручную.",
        ),
    ),
    (
        "RIGHTS-DENIED",
        t(
            "An entry takes a right away, which servers do in different ways. Decide who is to have access, and share the folder by hand.",
            "Одна из записей отнимает право, а серверы делают это по-разному. Решите, кому нужен доступ, и откройте папку вручную.",
        ),
    ),
    (
        "RIGHTS-LATER",
        t(
            "Whoever moves later gets the rights in the next run in which both take part: set the wave to done only after that run.",
            "Кто переезжает позже, получит права при следующем запуске, в котором участвуют оба: переведите волну в состояние done только после него.",
        ),
    ),
    (
        "RIGHTS-GRANTEE-GONE",
        t(
            "Nothing to do: the account was deleted.",
            "Делать ничего не нужно: учётная запись удалена.",
        ),
    ),
    (
        "RIGHTS-GRANTEE-UNKNOWN",
        t(
            "Nobody in the directory, or more than one, has this name. Export the permissions as CLIXML, which holds addresses, or share the folder by hand.",
            "Этому имени в каталоге не соответствует никто или соответствует несколько записей. Выгрузите права в формате CLIXML, где есть адреса, либо откройте папку вручную.",
        ),
    ),
    (
        "RIGHTS-FOLDER-MISSING",
        t(
            "The folder is not on the new server. See what became of its mail, and run again.",
            "Этой папки нет на новом сервере. Посмотрите, что стало с её письмами, и повторите запуск.",
        ),
    ),
    (
        "RIGHTS-NO-ACL",
        t(
            "The new server does not offer the ACL extension (RFC 4314), or not to this login. Switch it on there and run again, or share the folders by hand.",
            "Новый сервер не предлагает расширение ACL (RFC 4314) или не даёт его этому входу. Включите его и повторите запуск либо откройте папки вручную.",
        ),
    ),
    (
        "RIGHTS-REFUSED",
        t(
            "The new server refused the entry; its words are next to the code. If it does not know the person (recognized-principal), have the person sign in there once; otherwise have its administrator look at them. Then run again.",
            "Новый сервер отказался принять запись; его ответ приведён рядом с кодом. Если сервер не знает человека (recognized-principal), пусть тот один раз войдёт; иначе покажите ответ администратору сервера. Затем повторите запуск.",
        ),
    ),
    (
        "RIGHTS-ALTERED",
        t(
            "The new server made other rights of it than it was given, so the entry was taken back. Share the folder by hand.",
            "Новый сервер записал не те права, которые ему передали, поэтому запись снята. Откройте папку вручную.",
        ),
    ),
    (
        "RIGHTS-TARGET-CHANGED",
        t(
            "The folder's list on the new server already has other rights for him that this job did not give. Look which are meant; the list was left as it is.",
            "В списке доступа на новом сервере для него уже стоят другие права, выданные не этим заданием. Решите, какие верны; список оставлен как есть.",
        ),
    ),
    (
        "RIGHTS-TARGET-EDITED",
        t(
            "Nothing to do: the rights were changed on the new server after they had been given, and they stay as they are there.",
            "Делать ничего не нужно: выданные права изменили на новом сервере, и они остаются такими.",
        ),
    ),
    (
        "RIGHTS-COLLECTION",
        t(
            "Name the server in [rights.calendars] or [rights.contacts] and run again. Otherwise have the owner share the calendar or address book again in the mail program, or share it as the administrator of the new server.",
            "Укажите сервер в [rights.calendars] или [rights.contacts] и запустите ещё раз. Иначе попросите владельца заново открыть календарь или адресную книгу в почтовой программе либо откройте их от имени администратора сервера.",
        ),
    ),
    (
        "RIGHTS-COARSE",
        t(
            "The new server can let the person do this only together with more, such as renaming and deleting the whole calendar. Accept RIGHTS-COARSE in the policy to give the rest; whether the person may have more is for the owner to say.",
            "Новый сервер может разрешить это только вместе с большим, например с удалением всего календаря. Разрешите RIGHTS-COARSE в политике, чтобы выдать остальное; давать ли больше, решает владелец.",
        ),
    ),
    (
        "RIGHTS-PRIVATE",
        t(
            "Outlook hides private items from whoever reads a calendar or address book, unless he is a delegate who may see them, and the new server does not. Ask the owner; accept RIGHTS-PRIVATE in the policy if there is nothing to hide.",
            "Outlook скрывает частные элементы от читающих календарь или адресную книгу, кроме представителей с таким правом, а новый сервер их показывает. Спросите владельца и, если скрывать нечего, разрешите RIGHTS-PRIVATE в политике.",
        ),
    ),
    (
        "RIGHTS-MEETINGS",
        t(
            "The new server sends meeting requests to the invited mailbox alone. If the delegate still answers them, share the Inbox and the calendar with \
             the delegate, or have the owner set a rule that redirects invitations; delegates.csv in the job's directory has everybody's delegates.",
            "Новый сервер доставляет приглашения только приглашённому. Если на них по-прежнему отвечает представитель, откройте ему «Входящие» и календарь \
             либо попросите владельца задать правило, перенаправляющее приглашения; все представители перечислены в delegates.csv из каталога задания.",
        ),
    ),
    (
        "RIGHTS-SHEET",
        t(
            "Have the administrator of the new server put the file to use: radicale-rights in the job's directory is the rights file of Radicale, and its first lines say how. For another server, go by shared-collections.csv beside it.",
            "Попросите администратора нового сервера применить файл: radicale-rights из каталога задания — файл прав Radicale, как его подключить, сказано в его начале. Для другого сервера возьмите shared-collections.csv рядом.",
        ),
    ),
    (
        "RIGHTS-SUBFOLDERS",
        t(
            "Calendars and address books have no folders below them on the new server. Accept RIGHTS-SUBFOLDERS in the policy to give the other rights of the entry.",
            "На новом сервере в календарях и адресных книгах нет вложенных папок. Разрешите RIGHTS-SUBFOLDERS в политике, чтобы выдать остальные права.",
        ),
    ),
    (
        "RIGHTS-VISIBLE",
        t(
            "On the new server whoever sees a calendar or address book reads it. Accept RIGHTS-VISIBLE in the policy to give the other rights of the entry, if it has any.",
            "На новом сервере кто видит календарь или адресную книгу, тот их и читает. Разрешите RIGHTS-VISIBLE в политике, чтобы выдать остальные права, если они есть.",
        ),
    ),
    (
        "RIGHTS-SEND",
        t(
            "Allow it on the new server. If the finding names sender-login-maps in the job's directory, that map for Postfix has the line, and its first \
             lines say how to put it to use; for another server, go by sender-logins.csv beside it. Otherwise give the person the mailbox's own login.",
            "Разрешите это на новом сервере. Если в записи назван файл sender-login-maps из каталога задания, нужная строка для Postfix уже в нём, а как его \
             подключить, сказано в его начале; для другого сервера возьмите sender-logins.csv рядом. Иначе дайте человеку вход в сам ящик.",
        ),
    ),
    (
        "SIEVE-NOT-ACTIVE",
        t(
            "The script is on the new server and does not run yet. Its owner switches it on in the filter settings of the mail program, or set rules.activate and run again.",
            "Сценарий лежит на новом сервере, но ещё не работает. Владелец включает его в настройках фильтров почтовой программы; либо задайте rules.activate и повторите запуск.",
        ),
    ),
    (
        "SIEVE-OTHER-ACTIVE",
        t(
            "Another script of the owner's runs on the new server, and only one can. The owner switches over to the new one, or includes it in the other.",
            "На новом сервере работает другой сценарий владельца, а работать может один. Владелец переключается на новый или включает его в свой командой include.",
        ),
    ),
    (
        "SIEVE-FILE",
        t(
            "The rules are translated, and the script waits in the job's directory. Put it on the new server with the mail program or with `tegu sieve put`.",
            "Правила переведены, сценарий лежит в каталоге задания. Загрузите его на новый сервер почтовой программой или командой `tegu sieve put`.",
        ),
    ),
    (
        "SIEVE-FORWARD-SHEET",
        t(
            "Set the forwarding up on the new server at the cut-over of the wave: rules/forwarding.virtual is a map for Postfix, rules/forwarding.csv a table. With rules.forwarding = \"script\" the mailbox's own script does it.",
            "Задайте пересылку на новом сервере при переключении волны: rules/forwarding.virtual — таблица для Postfix, rules/forwarding.csv — для просмотра. При rules.forwarding = \"script\" её выполняет сценарий ящика.",
        ),
    ),
    (
        "SIEVE-DISABLED",
        t(
            "The owner had switched this off on Exchange, so it is not carried over. Accept SIEVE-DISABLED in the policy to leave such rules and replies out.",
            "Владелец отключил это ещё на Exchange, поэтому оно не переносится. Разрешите SIEVE-DISABLED в политике, чтобы не учитывать такие правила и автоответы.",
        ),
    ),
    (
        "SIEVE-REFUSED",
        t(
            "The new server refused the script, in the words next to the code. Nothing of it runs. Correct the rule that it names on Exchange or write the rules by hand, and run again.",
            "Новый сервер не принял сценарий, причина названа рядом; ничего из него не работает. Исправьте названное правило на Exchange или задайте правила вручную и повторите запуск.",
        ),
    ),
    (
        "SIEVE-QUOTA",
        t(
            "The owner's quota of scripts on the new server is used up. Raise it, or have the owner delete a script, and run again.",
            "Квота сценариев владельца на новом сервере исчерпана. Увеличьте её или попросите владельца удалить лишний сценарий и повторите запуск.",
        ),
    ),
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
    (
        "DIRECTORY-CHANGE-PENDING",
        t(
            "Ask the owner of the directory to read and apply directory/apply.ldif (directory/undo.ldif reverts it). Then run again.",
            "Владелец каталога просматривает и применяет directory/apply.ldif; directory/undo.ldif отменяет изменения. Затем повторите запуск.",
        ),
    ),
    (
        "DIRECTORY-SYSTEM-OBJECT",
        t(
            "This is a system object of Exchange, which does not move. There is nothing to do.",
            "Служебный объект Exchange, не переносится. Делать ничего не нужно.",
        ),
    ),
    (
        "DIRECTORY-ADDRESS-TAKEN",
        t(
            "Two accounts have the same address, so only the items of the first one move. Decide whose address it is, change the other \
             account in the directory, and run again.",
            "Один адрес у двух записей, поэтому переносится только первая. Решите, чей он, измените вторую запись в каталоге и повторите запуск.",
        ),
    ),
    (
        "RUN-NOT-REACHED",
        t(
            "The run ended before it reached these items. Fix the cause that the message names, and run again. The run resumes where it \
             stopped.",
            "Запуск завершился раньше, чем дошёл до этих объектов. Устраните названную причину и повторите: перенос продолжится с того же места.",
        ),
    ),
    (
        "LDAP-MAIL-MISSING",
        t(
            "The account has no `mail` attribute, so its owner cannot sign in on the new server. Apply the change in \
             directory/apply.ldif.",
            "У записи нет `mail`, её владелец не войдёт на новый сервер. Примените изменение из directory/apply.ldif.",
        ),
    ),
    (
        "LDAP-MAIL-UNGUARDED",
        t(
            "This directory server cannot check that `mail` is still empty when the change is made. Read the directory and plan right \
             before you apply directory/apply.ldif, and plan again afterwards: LDAP-MAIL-SEVERAL names what was filled in between.",
            "Этот сервер каталога не может проверить, что `mail` ещё пуст. Прочтите каталог и составьте план непосредственно перед применением \
             directory/apply.ldif, а после него составьте план ещё раз: LDAP-MAIL-SEVERAL назовёт то, что заполнили за это время.",
        ),
    ),
    (
        "LDAP-ADDRESS-DUPLICATE",
        t(
            "Several objects have the same address. Decide whose it is, and remove it from the others.",
            "Адрес принадлежит нескольким объектам. Решите, чей он, и уберите у остальных.",
        ),
    ),
    (
        "LDAP-DISABLED-BY-DESIGN",
        t(
            "The account of a shared mailbox, room or piece of equipment is disabled, so nobody can sign in with it. If people are to use \
             it, enable it and set a password.",
            "Запись общего ящика, переговорной или оборудования отключена, войти под ней нельзя. Если ею должны пользоваться, включите её и \
             задайте пароль.",
        ),
    ),
    (
        "LDAP-GROUP-DYNAMIC",
        t(
            "The members of this list are found by a filter. Create a static group with today's members.",
            "Состав списка задан фильтром. Создайте обычную группу из тех, кто входит в него сегодня.",
        ),
    ),
    (
        "PLAN-OVER-QUOTA",
        t(
            "More data will move than the quota of the account on the new server allows. Raise the quota, or leave out folders or years \
             in the policy.",
            "Переносится больше, чем вмещает квота записи. Увеличьте квоту или исключите папки либо годы политикой.",
        ),
    ),
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
];

/// By the beginning of a code, the more specific first.
static FAMILIES: &[(&str, Text)] = &[
    (
        "SIEVE-TARGET-",
        t(
            "The owner edited or deleted the script on the new server, and it stays so. If the rules on Exchange have changed too, compare both with the owner.",
            "Владелец изменил или удалил сценарий на новом сервере; так он и остаётся. Если изменились и правила на Exchange, сравните оба вместе с владельцем.",
        ),
    ),
    (
        "SIEVE-TRANSPORT-",
        t(
            "A rule for everybody's mail has no exact equal on this kind of server; the reason is next to the code. Read the proposal, look at what the \
             other targets propose, and decide whether the rule is still wanted.",
            "У правила для всей почты на таком сервере нет точного соответствия; причина названа рядом. Прочитайте предложение и предложения для других \
             программ и решите, нужно ли правило.",
        ),
    ),
    (
        "SIEVE-FORWARD-",
        t(
            "Mail would go in a circle, to nobody, or outside. Decide with the owner whether the forwarding is still wanted, and correct it on Exchange before the cut-over.",
            "Письма ходили бы по кругу, никому или наружу. Решите с владельцем, нужна ли пересылка, и исправьте её на Exchange до переключения.",
        ),
    ),
    (
        "RIGHTS-",
        t(
            "The right cannot be said on the new server; the reason is next to the code. Share the folder by hand, so that nobody gets more than he had.",
            "Это право нельзя выразить на новом сервере; причина названа рядом с кодом. Откройте папку вручную так, чтобы никто не получил больше прежнего.",
        ),
    ),
    (
        "SIEVE-",
        t(
            "The rule cannot be translated so that it does the very same; the reason is next to the code. Accept the code in the policy if the loss is small, or have the owner write the rule again on the new server.",
            "Правило нельзя перевести так, чтобы оно делало то же самое; причина названа рядом. Если потеря мала, разрешите код в политике, иначе владелец задаёт правило на новом сервере заново.",
        ),
    ),
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
        "EWS-MAIL-REBUILT",
        t(
            "Exchange makes no MIME content of the message, so it was rebuilt from its properties: people, subject, dates, texts and files. Compare \
             the original with Outlook, then accept EWS-MAIL-REBUILT in the policy and run again, or drag the message into the new mailbox by hand.",
            "Exchange не отдаёт содержимое письма в MIME, поэтому оно собрано из свойств: люди, тема, даты, тексты и файлы. Сравните оригинал с \
             Outlook, затем разрешите EWS-MAIL-REBUILT в политике и повторите запуск либо перетащите письмо вручную.",
        ),
    ),
    (
        "EWS-WITNESS-",
        t(
            "Exchange says two things about the appointment: its properties, which moved, and the text that it makes of them for mail. Open the \
             appointment in Outlook and compare it with the new calendar. If what moved is right, accept the code in the policy.",
            "Exchange говорит о встрече разное: её свойства, которые перенесены, и текст для почты. Откройте встречу в Outlook и сравните с новым \
             календарём. Если перенесено верно, разрешите код в политике.",
        ),
    ),
    (
        "EWS-TASK-",
        t(
            "The task says something that no calendar format can hold: how it recurs after it is done, that it waits for somebody, or to whom it \
             was given. Accept the code in the policy to move it without that, or enter it by hand.",
            "В задаче есть то, чего нет в форматах календарей: повтор после выполнения, ожидание другого человека, поручение. Разрешите код в \
             политике, чтобы перенести без этого, или внесите вручную.",
        ),
    ),
    (
        "EWS-PUBLIC-",
        t(
            "Public folders belong to nobody and do not move. Decide which of them are still needed, copy those into a mailbox of their own with \
             Outlook, and move that mailbox; its folders can then be shared with those who need them.",
            "Общие папки никому не принадлежат и не переносятся. Решите, какие ещё нужны, скопируйте их в отдельный ящик через Outlook и перенесите \
             этот ящик; его папки можно открыть тем, кому они нужны.",
        ),
    ),
    (
        "EWS-RULES-",
        t(
            "Rules that only Outlook runs do not leave the computer where they were made. Ask the owner to open them there (Rules and Alerts) and to \
             write them down.",
            "Правила, которые выполняет сам Outlook, хранятся на компьютере владельца. Попросите открыть их там (Правила и оповещения) и переписать.",
        ),
    ),
    (
        "EWS-",
        t(
            "Exchange did not give out the item, or it holds what the new format cannot say; the text beside the code says what. Run again if the \
             server was busy. Otherwise open the item in Outlook: accept the code in the policy to move it without what is named, or enter it by hand.",
            "Exchange не отдал элемент, или в нём есть то, чего нет в новом формате; рядом с кодом сказано, что именно. Если сервер был занят, \
             повторите запуск. Иначе откройте элемент в Outlook и разрешите код в политике, чтобы перенести без названного, или внесите вручную.",
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
    (
        "PST-",
        t(
            "Part of the item would be lost, or could not be read in the PST file. Open it in Outlook and compare, or read what was kept of it. \
             Accept the code if the loss does not matter.",
            "Часть объекта была бы потеряна или не читается в файле PST. Откройте его в Outlook и сравните либо посмотрите сохранённое; если потеря \
             неважна, разрешите код.",
        ),
    ),
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
    (
        "LDAP-",
        t(
            "The owner of the directory has to correct this entry. If directory/apply.ldif contains a change, apply it.",
            "Запись каталога должен исправить его владелец. Если в directory/apply.ldif есть изменение, достаточно применить его.",
        ),
    ),
    (
        "POLICY-",
        t(
            "The operator left this out. To move it, change the policy and run again.",
            "Исключено оператором. Если это нужно перенести, измените политику и повторите запуск.",
        ),
    ),
    (
        "COEX-",
        t(
            "Change the waves or the directory so that each recipient has exactly one final server, and create the routing sheets again.",
            "Измените волны или каталог так, чтобы у каждого получателя был ровно один конечный сервер, и создайте листы маршрутов заново.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_code_comes_before_its_family() {
        assert_ne!(advice("MAIL-NUL"), advice("MAIL-OTHER"));
        assert_eq!(advice("MAIL-OTHER"), advice("MAIL-ANOTHER"));
        assert!(advice("UNKNOWN").is_none());
    }
}

//! Rights on folders, calendars and address books, delegates.

use super::{Topic, t};

pub(super) static TOPIC: Topic = Topic {
    exact: &[
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
    ],
    families: &[(
        "RIGHTS-",
        t(
            "The right cannot be said on the new server; the reason is next to the code. Share the folder by hand, so that nobody gets more than he had.",
            "Это право нельзя выразить на новом сервере; причина названа рядом с кодом. Откройте папку вручную так, чтобы никто не получил больше прежнего.",
        ),
    )],
};

//! The table of entities: data, and nothing else.

use super::{Disposition, Entity};
use crate::Text;

/// What becomes of a kind of thing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EntityInfo {
    /// What it is about.
    pub entity: Entity,
    /// Its name for people.
    pub title: Text,
    /// What it is on Exchange.
    pub exchange: Text,
    /// What it is on TEGU, or on another server of open standards.
    pub tegu: Text,
    /// How it moves.
    pub disposition: Disposition,
    /// Why it moves so.
    pub why: Text,
    /// What a person does about it.
    pub todo: Text,
}

pub(super) fn info(entity: Entity) -> &'static EntityInfo {
    // The tests hold that each entity has its row; the first row is no answer that anybody sees.
    TABLE.iter().find(|row| row.entity == entity).unwrap_or(&TABLE[0])
}

const fn row(
    entity: Entity,
    disposition: Disposition,
    [title, exchange, tegu, why, todo]: [Text; 5],
) -> EntityInfo {
    EntityInfo {
        entity,
        title,
        exchange,
        tegu,
        disposition,
        why,
        todo,
    }
}

const fn t(en: &'static str, ru: &'static str) -> Text {
    Text::new(en, ru)
}

static TABLE: [EntityInfo; 23] = [
    row(
        Entity::Accounts,
        Disposition::Assisted,
        [
            t("accounts", "учётные записи"),
            t(
                "objects of Active Directory with Exchange's attributes",
                "объекты Active Directory с атрибутами Exchange",
            ),
            t(
                "read from the directory; people sign in with the address in `mail` and the directory's password",
                "читаются из каталога; вход по адресу из `mail` и паролю каталога",
            ),
            t(
                "only the directory's owner may change it, so what must change leaves as LDIF",
                "каталог меняет только его владелец, поэтому правки выдаются в виде LDIF",
            ),
            t(
                "Read directory/apply.ldif, have the directory's owner apply it (ldapmodify -f apply.ldif), then run again: rows that waited \
                 become present. directory/undo.ldif takes it back. Accounts that are disabled on purpose (shared mailboxes, rooms) cannot sign \
                 in until they are enabled and have a password.",
                "Просмотрите directory/apply.ldif, передайте владельцу каталога для применения (ldapmodify -f apply.ldif) и повторите запуск: \
                 ожидавшие строки станут «на месте». directory/undo.ldif отменяет изменения. Намеренно отключённые записи (общие ящики, \
                 переговорные) не смогут войти, пока их не включат и не зададут пароль.",
            ),
        ],
    ),
    row(
        Entity::Aliases,
        Disposition::Assisted,
        [
            t("aliases", "дополнительные адреса"),
            t(
                "`smtp:` values of `proxyAddresses`",
                "значения `smtp:` в `proxyAddresses`",
            ),
            t(
                "an attribute of the directory that the server is told of",
                "атрибут каталога, указанный в настройках сервера",
            ),
            t(
                "`proxyAddresses` exists in Active Directory alone; other directories want another attribute, which the LDIF plan fills",
                "`proxyAddresses` есть только в Active Directory; в других каталогах нужен другой атрибут, его заполняет план LDIF",
            ),
            t(
                "Tell the new server which attribute holds aliases, apply directory/apply.ldif, and send a test message to one alias of each \
                 domain. Addresses of domains that are not your own and X.500 addresses do not move.",
                "Укажите новому серверу атрибут с дополнительными адресами, примените directory/apply.ldif и отправьте пробное письмо на один \
                 дополнительный адрес каждого домена. Адреса чужих доменов и адреса X.500 не переносятся.",
            ),
        ],
    ),
    row(
        Entity::Groups,
        Disposition::Assisted,
        [
            t("groups", "группы рассылки"),
            t(
                "distribution lists, mail-enabled security groups, dynamic lists",
                "списки рассылки, группы безопасности с почтой, динамические списки",
            ),
            t(
                "groups of the directory with an address",
                "группы каталога с адресом",
            ),
            t(
                "they stay in the directory; dynamic lists find their members by a filter that only Exchange evaluates",
                "они остаются в каталоге; состав динамических списков вычисляет только Exchange",
            ),
            t(
                "Make a static group in place of each dynamic list: Get-Recipient -RecipientPreviewFilter <filter> shows who belongs to it \
                 today. Restrictions on who may send to a list are set again on the new server.",
                "Вместо каждого динамического списка создайте обычную группу: Get-Recipient -RecipientPreviewFilter <фильтр> показывает её \
                 состав на сегодня. Ограничения на отправителей задаются на новом сервере заново.",
            ),
        ],
    ),
    row(
        Entity::DirectoryContacts,
        Disposition::NotNeeded,
        [
            t("outside contacts", "внешние контакты"),
            t(
                "mail contacts and mail users of the directory",
                "почтовые контакты и почтовые пользователи каталога",
            ),
            t(
                "the same entries of the same directory",
                "те же записи того же каталога",
            ),
            t(
                "both servers read one directory, where the entries stay",
                "оба сервера читают один каталог, записи остаются в нём",
            ),
            t(
                "Nothing, unless a row below names something wrong with an address.",
                "Ничего, если в строках ниже не указана ошибка в адресе.",
            ),
        ],
    ),
    row(
        Entity::Mail,
        Disposition::Automatic,
        [
            t("mail and its folders", "письма и папки"),
            t(
                "messages of a mailbox, read over IMAP",
                "письма ящика, читаются по IMAP",
            ),
            t("IMAP folders", "папки IMAP"),
            t(
                "octets, flags, keywords and arrival dates are copied and proved by reading back; what the target cannot hold waits for a person",
                "содержимое, отметки и даты получения копируются и проверяются чтением; что цель не может хранить, ждёт человека",
            ),
            t(
                "Before the run, for the accounts that move: Set-CASMailbox -ImapUseProtocolDefaults $false \
                 -ImapForceICalForCalendarRetrievalOption $true -ImapSuppressReadReceipt $true, so that invitations come as such and \
                 reading sends no receipts; set it back afterwards. Switch retention policies off while mail moves. Then go through the \
                 worklist.",
                "До запуска для переносимых ящиков: Set-CASMailbox -ImapUseProtocolDefaults $false \
                 -ImapForceICalForCalendarRetrievalOption $true -ImapSuppressReadReceipt $true, чтобы приглашения пришли целыми, а чтение не \
                 рассылало уведомлений; после переноса верните прежние значения. На время переноса отключите политики хранения. Затем разберите \
                 список ручной работы.",
            ),
        ],
    ),
    row(
        Entity::PstArchives,
        Disposition::Assisted,
        [
            t("PST archives", "архивы PST"),
            t(
                "Outlook's own files, and archive mailboxes",
                "файлы Outlook и архивные ящики",
            ),
            t("folders of the mailbox", "папки ящика"),
            t(
                "a converter makes mbox files of them and nothing proves that those are exact, so they move once the operator accepts MAIL-CONVERTED",
                "конвертер превращает их в mbox, и точность ничем не доказана, поэтому они переносятся после согласия оператора на MAIL-CONVERTED",
            ),
            t(
                "Collect the files (New-MailboxExportRequest writes archive mailboxes into PST), convert them with readpst -D -S or from \
                 Outlook into an IMAP account, name the folder as mail source with converted = true, and accept MAIL-CONVERTED after a look at \
                 the findings.",
                "Соберите файлы (New-MailboxExportRequest выгружает архивные ящики в PST), преобразуйте их командой readpst -D -S или \
                 перетащите в Outlook в учётную запись IMAP, укажите папку источником почты с converted = true и разрешите MAIL-CONVERTED, \
                 просмотрев замечания.",
            ),
        ],
    ),
    row(
        Entity::SharedFolders,
        Disposition::Manual,
        [
            t("shared folders", "общие папки ящиков"),
            t(
                "folder permissions and full access for others",
                "права на папки и полный доступ других лиц",
            ),
            t(
                "IMAP folders of others that appear in one's own account",
                "папки IMAP других пользователей, видимые в своей учётной записи",
            ),
            t(
                "the messages move with their owner; Exchange's IMAP does not tell rights, and its roles do not fit IMAP's rights one to one",
                "письма переносятся с владельцем; IMAP в Exchange не сообщает прав, а его роли не совпадают с правами IMAP",
            ),
            t(
                "Export who may open what (Get-MailboxPermission, and Get-MailboxFolderPermission for each folder), and let owners share the \
                 folders again. As a guide to IMAP's rights (RFC 4314): Reviewer lrs, Contributor li, Author lrsi, Editor lrswite, Owner \
                 lrswitekxa; deleting or editing only one's own items cannot be said.",
                "Выгрузите права (Get-MailboxPermission и Get-MailboxFolderPermission по каждой папке) и попросите владельцев открыть папки \
                 заново. Соответствие правам IMAP (RFC 4314): Reviewer lrs, Contributor li, Author lrsi, Editor lrswite, Owner lrswitekxa; \
                 право изменять и удалять только своё выразить нельзя.",
            ),
        ],
    ),
    row(
        Entity::SharedMailboxes,
        Disposition::Assisted,
        [
            t("shared mailboxes", "общие почтовые ящики"),
            t(
                "mailboxes with a disabled account that several people open",
                "ящики с отключённой записью, открытые нескольким людям",
            ),
            t(
                "an ordinary account with a login of its own, and shared folders",
                "обычная учётная запись со своим входом и общие папки",
            ),
            t(
                "the mail moves like any other; the account must be able to sign in, and sending in its name takes a second account in the mail program",
                "почта переносится как обычная; запись должна иметь вход, а для отправки от её имени в почтовой программе нужна вторая учётная запись",
            ),
            t(
                "Enable each account below and give it a password that its users know. Users add it to their mail programs as a second account to \
                 send from it; to read it, shared folders suffice.",
                "Включите каждую запись ниже и задайте пароль, известный её пользователям. Чтобы отправлять от её имени, пользователи добавляют её \
                 в почтовую программу второй учётной записью; для чтения достаточно общих папок.",
            ),
        ],
    ),
    row(
        Entity::AddressList,
        Disposition::NotNeeded,
        [
            t("address list", "глобальная адресная книга"),
            t(
                "global and offline address lists",
                "глобальные и автономные списки адресов",
            ),
            t(
                "an address book that the server makes from the directory and gives out over CardDAV",
                "адресная книга, которую сервер строит по каталогу и отдаёт по CardDAV",
            ),
            t(
                "the directory holds all that is in it",
                "всё её содержимое есть в каталоге",
            ),
            t(
                "Compare directory/address-list.json with what the new server shows, and try it on a phone if there are thousands of entries.",
                "Сверьте directory/address-list.json с тем, что показывает новый сервер; если записей тысячи, проверьте на телефоне.",
            ),
        ],
    ),
    row(
        Entity::SharedAddressBooks,
        Disposition::Manual,
        [
            t("shared address books", "общие адресные книги"),
            t(
                "contact folders that others may open, and those below public folders",
                "папки контактов, открытые другим, и папки контактов в общих папках",
            ),
            t(
                "address books that their owner shares",
                "адресные книги, которыми делится владелец",
            ),
            t(
                "the cards move with their owner; how a book is shared differs from server to server",
                "карточки переносятся с владельцем; способ совместного доступа у каждого сервера свой",
            ),
            t(
                "Move the owner's contacts first, then let the owner share the book on the new server. A book without an owner moves as contacts \
                 of an account made for it.",
                "Сначала перенесите контакты владельца, затем владелец открывает книгу на новом сервере. Книга без владельца переносится как \
                 контакты специально созданной учётной записи.",
            ),
        ],
    ),
    row(
        Entity::Contacts,
        Disposition::Assisted,
        [
            t("private contacts", "личные контакты"),
            t(
                "contact folders and personal lists, which IMAP does not give out",
                "папки контактов и личные списки; по IMAP не отдаются",
            ),
            t("address books over CardDAV", "адресные книги CardDAV"),
            t(
                "somebody has to export them (vCard, Outlook's table) or run a CardDAV gateway; from there each card is written, read back and compared by meaning",
                "их нужно выгрузить (vCard, таблица Outlook) или поставить шлюз CardDAV; дальше каждая карточка записывается, читается и сверяется по смыслу",
            ),
            t(
                "Export each contact folder from Outlook (File, Open & Export, Import/Export, CSV, or as vCard) into contacts/<alias>/, then go \
                 through the worklist: what it names is typed in by hand, from the original that lies beside.",
                "Выгрузите папки контактов из Outlook (Файл, Открыть и экспортировать, Импорт и экспорт, CSV, либо vCard) в contacts/<псевдоним>/ \
                 и разберите список ручной работы: перечисленное вносится вручную по приложенному оригиналу.",
            ),
        ],
    ),
    row(
        Entity::Calendars,
        Disposition::Assisted,
        [
            t("calendars", "календари"),
            t(
                "calendar folders, which IMAP gives out as stubs",
                "папки календаря; по IMAP отдаются заглушки",
            ),
            t("calendars over CalDAV", "календари CalDAV"),
            t(
                "somebody has to export them (iCalendar) or run a CalDAV gateway; from there each event is stored without sending invitations, read back and compared by meaning",
                "их нужно выгрузить (iCalendar) или поставить шлюз CalDAV; дальше каждое событие сохраняется без рассылки приглашений, читается и сверяется по смыслу",
            ),
            t(
                "Export from Outlook (File, Save Calendar, full details, whole calendar) into calendars/<alias>/. Meetings that the worklist names are \
                 made again by their organiser, who then invites anew. A calendar published by Outlook on the web covers a year at most: do not \
                 use it.",
                "Выгрузите из Outlook (Файл, Сохранить календарь, полные сведения, весь календарь) в calendars/<псевдоним>/. Встречи из списка \
                 ручной работы организатор создаёт заново и приглашает участников. Опубликованный в Outlook в Интернете календарь охватывает не \
                 более года, не используйте его.",
            ),
        ],
    ),
    row(
        Entity::SharedCalendars,
        Disposition::Manual,
        [
            t("shared calendars", "общие календари"),
            t(
                "calendar permissions, and free/busy from the same server",
                "права на календари и сведения о занятости с того же сервера",
            ),
            t(
                "calendars that their owner shares on the same server",
                "календари, которыми владелец делится на том же сервере",
            ),
            t(
                "there is no sharing between the two servers, so people who share move together and share again",
                "между двумя серверами совместного доступа нет, поэтому связанные люди переезжают вместе и открывают доступ заново",
            ),
            t(
                "Put the groups that coexistence names into one wave. After the move, owners share their calendars again. Somebody who has an account on \
                 the new server already can use calendars that are shared there.",
                "Поместите группы из раздела о сосуществовании в одну волну. После переезда владельцы открывают календари заново. Тот, у кого уже \
                 есть запись на новом сервере, может пользоваться открытыми там календарями.",
            ),
        ],
    ),
    row(
        Entity::Tasks,
        Disposition::Assisted,
        [
            t("tasks", "задачи"),
            t("task folders and flagged mail", "папки задач и письма с флажками"),
            t(
                "VTODO in a calendar, where the server takes it",
                "VTODO в календаре, если сервер их принимает",
            ),
            t(
                "they move with calendars and are counted there; a server that refuses tasks makes each of them an item for a person",
                "переносятся вместе с календарями и учитываются там; если сервер не принимает задачи, каждая становится ручной работой",
            ),
            t(
                "Save task folders as iCalendar next to the calendars. A flag on a message moves as IMAP's \\Flagged; its due date does not.",
                "Сохраните папки задач в iCalendar рядом с календарями. Флажок письма переносится как \\Flagged в IMAP, срок исполнения нет.",
            ),
        ],
    ),
    row(
        Entity::Notes,
        Disposition::Manual,
        [
            t("notes", "заметки"),
            t(
                "sticky notes, stubs over IMAP",
                "заметки Outlook; по IMAP отдаются заглушки",
            ),
            t("nothing of the kind", "аналога нет"),
            t(
                "no open protocol carries them; their text can be kept as mail or as a file",
                "открытые протоколы их не передают; текст можно сохранить письмом или файлом",
            ),
            t(
                "Users open each note in Outlook and save it as text, or forward it to themselves as mail before they move.",
                "Пользователи открывают заметки в Outlook и сохраняют как текст либо до переезда пересылают себе письмом.",
            ),
        ],
    ),
    row(
        Entity::InboxRules,
        Disposition::Manual,
        [
            t("inbox rules", "правила для входящих"),
            t(
                "rules of the server, and of Outlook alone",
                "правила сервера и правила самого Outlook",
            ),
            t(
                "the user's own rules on the new server",
                "правила пользователя на новом сервере",
            ),
            t(
                "conditions and actions differ, and a rule that means nearly the same loses mail",
                "условия и действия различаются, а почти такое же правило теряет письма",
            ),
            t(
                "List them with Get-InboxRule -Mailbox <alias> | Format-List (reading only: New-, Set- and Remove-InboxRule delete the rules that \
                 Outlook keeps to itself), give each user the list, and let them make the rules again.",
                "Выгрузите их командой Get-InboxRule -Mailbox <псевдоним> | Format-List (только чтение: New-, Set- и Remove-InboxRule удаляют \
                 правила, хранимые в самом Outlook), передайте список пользователю, и он создаст правила заново.",
            ),
        ],
    ),
    row(
        Entity::OutOfOffice,
        Disposition::Manual,
        [
            t("out-of-office replies", "автоответы об отсутствии"),
            t(
                "two texts, for inside and outside, with a time span",
                "два текста, для своих и внешних, со сроком действия",
            ),
            t("an automatic reply of the new server", "автоответ нового сервера"),
            t(
                "who is answered and how often is decided differently; two servers that both answer would answer twice",
                "кому и как часто отвечать, решается иначе; если отвечают оба сервера, ответ придёт дважды",
            ),
            t(
                "List those that are on: Get-Mailbox -ResultSize Unlimited | Get-MailboxAutoReplyConfiguration | Where-Object AutoReplyState -ne \
                 Disabled. At cut-over the user sets the reply on the new server and it is switched off on the old one.",
                "Выгрузите включённые: Get-Mailbox -ResultSize Unlimited | Get-MailboxAutoReplyConfiguration | Where-Object AutoReplyState -ne \
                 Disabled. При переключении пользователь задаёт автоответ на новом сервере, на старом его выключают.",
            ),
        ],
    ),
    row(
        Entity::Delegates,
        Disposition::Impossible,
        [
            t(
                "delegates, sending for others",
                "представители, отправка от чужого имени",
            ),
            t(
                "`publicDelegates`, Send As, Send on Behalf",
                "атрибут `publicDelegates`, права Send As и Send on Behalf",
            ),
            t(
                "no such object: one account sends from one address; shared folders and a second account take its place",
                "такого объекта нет: одна запись отправляет с одного адреса; замена: общие папки и вторая учётная запись",
            ),
            t(
                "the server has nothing that lets one login send in another's name, and meeting requests are not routed to a delegate",
                "сервер не позволяет под одним входом писать от другого имени и не направляет приглашения представителю",
            ),
            t(
                "For each row below: share the folders and calendars that are needed; where somebody sends in another's name, give them that account's \
                 login as a second account in their mail program, with the owner's consent.",
                "По каждой строке ниже: откройте нужные папки и календари; если человек пишет от чужого имени, с согласия владельца дайте вход этой \
                 записи и добавьте её второй учётной записью в почтовую программу.",
            ),
        ],
    ),
    row(
        Entity::Forwarding,
        Disposition::Manual,
        [
            t("forwarding", "пересылка"),
            t(
                "`altRecipient` and ForwardingSmtpAddress",
                "`altRecipient` и ForwardingSmtpAddress",
            ),
            t(
                "a rule on the new server, or a group with one more member",
                "правило на новом сервере или группа с дополнительным участником",
            ),
            t(
                "whether a copy stays is part of it, and forwarding set on both sides makes a loop",
                "важно, остаётся ли копия, а пересылка с обеих сторон создаёт петлю",
            ),
            t(
                "Set each forwarding below on the new server at its wave's cut-over, and check that the old one is gone. Get-Mailbox -ResultSize Unlimited \
                 -Filter 'ForwardingSmtpAddress -ne $null' lists those that the directory does not show.",
                "Задайте каждую пересылку ниже на новом сервере при переключении волны и убедитесь, что на старом её больше нет. Get-Mailbox \
                 -ResultSize Unlimited -Filter 'ForwardingSmtpAddress -ne $null' покажет те, которых нет в каталоге.",
            ),
        ],
    ),
    row(
        Entity::Rooms,
        Disposition::Assisted,
        [
            t("rooms and equipment", "переговорные и оборудование"),
            t(
                "disabled accounts with a calendar that answers by itself",
                "отключённые записи с календарём, который отвечает сам",
            ),
            t(
                "resources of the scheduling assistant",
                "ресурсы помощника планирования",
            ),
            t(
                "the calendar moves like any other; who may book, how long and how far ahead are settings without a common form",
                "календарь переносится как обычный; кто, на сколько и как заранее может бронировать, общей формы не имеет",
            ),
            t(
                "List the settings (Get-Mailbox -RecipientTypeDetails RoomMailbox,EquipmentMailbox | Get-CalendarProcessing | Format-List) and make \
                 each resource on the new server. Move rooms in the wave of those who book them most.",
                "Выгрузите настройки (Get-Mailbox -RecipientTypeDetails RoomMailbox,EquipmentMailbox | Get-CalendarProcessing | Format-List) и \
                 создайте ресурсы на новом сервере. Переносите переговорные в волне тех, кто их чаще всего бронирует.",
            ),
        ],
    ),
    row(
        Entity::TransportRules,
        Disposition::Manual,
        [
            t("transport rules", "правила транспорта"),
            t(
                "rules, disclaimers and journaling for all mail",
                "правила, подписи и журналирование для всей почты",
            ),
            t(
                "global rules and milters of the new server",
                "общие правила и фильтры milter нового сервера",
            ),
            t(
                "each is a decision of the organisation; translated without a person it may let out what must stay in",
                "каждое правило есть решение организации; без человека перевод может выпустить то, что должно остаться внутри",
            ),
            t(
                "Export them (Export-TransportRuleCollection, Get-TransportRule | Format-List, Get-JournalRule), decide for each whether it is still \
                 wanted, and make those that are on the new server before the first wave.",
                "Выгрузите их (Export-TransportRuleCollection, Get-TransportRule | Format-List, Get-JournalRule), решите по каждому, нужно ли оно, и \
                 создайте нужные на новом сервере до первой волны.",
            ),
        ],
    ),
    row(
        Entity::PublicFolders,
        Disposition::Manual,
        [
            t("public folders", "общие папки организации"),
            t(
                "a tree of folders that belongs to nobody, out of reach for IMAP",
                "дерево ничьих папок, недоступное по IMAP",
            ),
            t(
                "folders of an account made for them, shared with those who need them",
                "папки специальной учётной записи, открытые нужным людям",
            ),
            t(
                "the source has no open protocol for them, and their rights have to be thought over",
                "у источника нет для них открытого протокола, а права нужно продумать заново",
            ),
            t(
                "Get-PublicFolder -Recurse and Get-PublicFolderStatistics list them. Drag what is still used into a mailbox in Outlook, move that \
                 mailbox as an account, and share its folders. Addresses of mail-enabled folders become aliases of that account.",
                "Список дают Get-PublicFolder -Recurse и Get-PublicFolderStatistics. Нужное перетащите в Outlook в ящик, перенесите его как учётную \
                 запись и откройте его папки. Адреса папок с почтой становятся дополнительными адресами этой записи.",
            ),
        ],
    ),
    row(
        Entity::MailRouting,
        Disposition::Assisted,
        [
            t("mail routing", "маршрутизация почты"),
            t(
                "accepted domains, connectors, MX records",
                "обслуживаемые домены, соединители, записи MX",
            ),
            t(
                "the other server of the same domains, while both run",
                "второй сервер тех же доменов, пока работают оба",
            ),
            t(
                "routing sheets for both sides are made for each wave and proved to lead every recipient to exactly one end; people apply them",
                "для каждой волны создаются листы маршрутов обеих сторон с доказательством, что у каждого получателя ровно один конечный сервер; применяют их люди",
            ),
            t(
                "Lower the lifetime of the MX records to an hour some days ahead. At each cut-over apply the wave's sheets on both sides, send a message \
                 each way, and keep the undo sheet at hand. After the last wave point the MX records to the new server.",
                "За несколько дней снизьте срок жизни записей MX до часа. При каждом переключении примените листы волны на обеих сторонах, отправьте \
                 письмо в каждую сторону и держите под рукой лист отмены. После последней волны направьте MX на новый сервер.",
            ),
        ],
    ),
];

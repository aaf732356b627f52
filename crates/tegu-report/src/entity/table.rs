//! The table of entities: data, and nothing else.

use super::{Disposition, Entity};
use crate::Text;

/// What is known of an [`Entity`]: what it is on both sides, how it moves and why, and what a person does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EntityInfo {
    /// The entity.
    pub entity: Entity,
    /// The name for people.
    pub title: Text,
    /// What it is on Exchange.
    pub exchange: Text,
    /// What it is on TEGU, or on another server with open protocols.
    pub tegu: Text,
    /// How it moves.
    pub disposition: Disposition,
    /// Why it moves this way.
    pub why: Text,
    /// What a person does about it.
    pub todo: Text,
}

pub(super) fn info(entity: Entity) -> &'static EntityInfo {
    // A test asserts that each entity has its row, so nobody sees the default.
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
                "Active Directory objects with Exchange attributes",
                "объекты Active Directory с атрибутами Exchange",
            ),
            t(
                "read from the directory; people sign in with the address in `mail` and the directory's password",
                "читаются из каталога; вход по адресу из `mail` и паролю каталога",
            ),
            t(
                "only the owner of the directory may change it, so the necessary changes are written as LDIF",
                "каталог меняет только его владелец, поэтому правки выдаются в виде LDIF",
            ),
            t(
                "Review directory/apply.ldif and have the owner of the directory apply it (ldapmodify -f apply.ldif). Then run again: the \
                 rows that waited become present. directory/undo.ldif reverts the changes. Accounts that are disabled on purpose (shared \
                 mailboxes, rooms) cannot sign in until they are enabled and have a password.",
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
                "a directory attribute that is named in the server's settings",
                "атрибут каталога, указанный в настройках сервера",
            ),
            t(
                "only Active Directory has `proxyAddresses`; other directories need another attribute, which the LDIF plan fills",
                "`proxyAddresses` есть только в Active Directory; в других каталогах нужен другой атрибут, его заполняет план LDIF",
            ),
            t(
                "Tell the new server which attribute holds the aliases, apply directory/apply.ldif, and send a test message to one alias \
                 in each domain. X.500 addresses and addresses in domains that are not yours do not move.",
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
                "groups in the directory that have an address",
                "группы каталога с адресом",
            ),
            t(
                "they stay in the directory; dynamic lists find their members by a filter that only Exchange can evaluate",
                "они остаются в каталоге; состав динамических списков вычисляет только Exchange",
            ),
            t(
                "Replace each dynamic list by a static group: Get-Recipient -RecipientPreviewFilter <filter> shows its members as of \
                 today. Set restrictions on who may send to a list again on the new server.",
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
                "mail contacts and mail users in the directory",
                "почтовые контакты и почтовые пользователи каталога",
            ),
            t(
                "the same entries in the same directory",
                "те же записи того же каталога",
            ),
            t(
                "both servers read one directory, where the entries stay",
                "оба сервера читают один каталог, записи остаются в нём",
            ),
            t(
                "Nothing, unless a row below reports a wrong address.",
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
                "messages in a mailbox, read over IMAP",
                "письма ящика, читаются по IMAP",
            ),
            t("IMAP folders", "папки IMAP"),
            t(
                "content, flags, keywords and arrival dates are copied and proved by reading them back; a person handles what the new \
                 server cannot store",
                "содержимое, отметки и даты получения копируются и проверяются чтением; что цель не может хранить, ждёт человека",
            ),
            t(
                "Before the run, for the accounts that move: Set-CASMailbox -ImapUseProtocolDefaults $false \
                 -ImapForceICalForCalendarRetrievalOption $true -ImapSuppressReadReceipt $true. Invitations then arrive as such, and \
                 reading sends no receipts. Revert this afterwards. Turn off retention policies while mail moves. Then go through the \
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
                "Outlook data files, and archive mailboxes",
                "файлы Outlook и архивные ящики",
            ),
            t("folders in the mailbox", "папки ящика"),
            t(
                "a converter turns them into mbox files, and nothing proves that these are exact; so they move only when the operator \
                 accepts MAIL-CONVERTED",
                "конвертер превращает их в mbox, и точность ничем не доказана, поэтому они переносятся после согласия оператора на MAIL-CONVERTED",
            ),
            t(
                "Collect the files (New-MailboxExportRequest exports archive mailboxes to PST). Convert them with readpst -D -S, or drag \
                 them in Outlook into an IMAP account. Name the folder as mail source with converted = true, look at the findings, and \
                 accept MAIL-CONVERTED.",
                "Соберите файлы (New-MailboxExportRequest выгружает архивные ящики в PST), преобразуйте их командой readpst -D -S или \
                 перетащите в Outlook в учётную запись IMAP, укажите папку источником почты с converted = true и разрешите MAIL-CONVERTED, \
                 просмотрев замечания.",
            ),
        ],
    ),
    row(
        Entity::SharedFolders,
        Disposition::Assisted,
        [
            t("shared folders", "общие папки ящиков"),
            t(
                "folder permissions, and full access for other people",
                "права на папки и полный доступ других лиц",
            ),
            t(
                "other users' IMAP folders, shown in one's own account",
                "папки IMAP других пользователей, видимые в своей учётной записи",
            ),
            t(
                "given as IMAP rights (RFC 4314) if the configuration has [rights], and read back; nobody gets more than he had, and what IMAP cannot say is for a person",
                "выдаются как права IMAP (RFC 4314), если в настройках есть [rights], и проверяются чтением; никто не получает больше прежнего, а невыразимое решает человек",
            ),
            t(
                "With [rights]: go through the worklist. Without: export the permissions (Get-MailboxPermission, and Get-MailboxFolderPermission for each folder), and let \
                 the owners share the folders again. Corresponding IMAP rights: Reviewer lrs, Contributor li, Author lrsi, Editor lrswite, Owner lrswitekxa. IMAP has no right to \
                 change or delete only one's own items.",
                "С [rights]: разберите список работ. Без него выгрузите права (Get-MailboxPermission и Get-MailboxFolderPermission по каждой папке) и попросите владельцев \
                 открыть папки заново. Соответствие правам IMAP: Reviewer lrs, Contributor li, Author lrsi, Editor lrswite, Owner lrswitekxa; право изменять и удалять только \
                 своё выразить нельзя.",
            ),
        ],
    ),
    row(
        Entity::SharedMailboxes,
        Disposition::Assisted,
        [
            t("shared mailboxes", "общие почтовые ящики"),
            t(
                "mailboxes with a disabled account, opened by several people",
                "ящики с отключённой записью, открытые нескольким людям",
            ),
            t(
                "an ordinary account with its own login, and shared folders",
                "обычная учётная запись со своим входом и общие папки",
            ),
            t(
                "the mail moves like any other; the account must be able to sign in, and sending in its name needs a second account in \
                 the mail program",
                "почта переносится как обычная; запись должна иметь вход, а для отправки от её имени в почтовой программе нужна вторая учётная запись",
            ),
            t(
                "Enable each account below, and give it a password that its users know. To send from it, users add it to their mail \
                 programs as a second account. To read it, shared folders are enough.",
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
                "an address book that the server builds from the directory and serves over CardDAV",
                "адресная книга, которую сервер строит по каталогу и отдаёт по CardDAV",
            ),
            t(
                "everything in it is in the directory",
                "всё её содержимое есть в каталоге",
            ),
            t(
                "Compare directory/address-list.json with what the new server shows. If there are thousands of entries, try it on a \
                 phone.",
                "Сверьте directory/address-list.json с тем, что показывает новый сервер; если записей тысячи, проверьте на телефоне.",
            ),
        ],
    ),
    row(
        Entity::SharedAddressBooks,
        Disposition::Assisted,
        [
            t("shared address books", "общие адресные книги"),
            t(
                "contact folders that others may open, and contact folders among the public folders",
                "папки контактов, открытые другим, и папки контактов в общих папках",
            ),
            t(
                "address books shared by their owner",
                "адресные книги, которыми делится владелец",
            ),
            t(
                "the cards move with their owner; with [rights.contacts], rights are given where the server has lists (RFC 3744) and read back, or written into a file for its administrator; nobody gets more than he had",
                "карточки переносятся с владельцем; с [rights.contacts] права выдаются там, где на сервере есть списки (RFC 3744), и проверяются чтением, или записываются в файл для администратора; никто не получает больше прежнего",
            ),
            t(
                "Move the owner's contacts first. With [rights.contacts]: go through the worklist. Without: let the owner share the address book on the new server. An address book without an \
                 owner moves as the contacts of an account created for it.",
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
                "contact folders and personal lists, which IMAP does not serve",
                "папки контактов и личные списки; по IMAP не отдаются",
            ),
            t("address books over CardDAV", "адресные книги CardDAV"),
            t(
                "they must be exported (vCard, Outlook CSV) or served by a CardDAV gateway; then each card is written, read back and \
                 compared by meaning",
                "их нужно выгрузить (vCard, таблица Outlook) или поставить шлюз CardDAV; дальше каждая карточка записывается, читается и сверяется по смыслу",
            ),
            t(
                "Export each contact folder from Outlook (File, Open & Export, Import/Export, CSV, or as vCard) into contacts/<alias>/. \
                 Then go through the worklist: enter its items by hand, from the originals.",
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
                "calendar folders, which IMAP serves as stubs",
                "папки календаря; по IMAP отдаются заглушки",
            ),
            t("calendars over CalDAV", "календари CalDAV"),
            t(
                "they must be exported (iCalendar) or served by a CalDAV gateway; then each event is stored without sending invitations, \
                 read back and compared by meaning",
                "их нужно выгрузить (iCalendar) или поставить шлюз CalDAV; дальше каждое событие сохраняется без рассылки приглашений, читается и сверяется по смыслу",
            ),
            t(
                "Export them from Outlook (File, Save Calendar, full details, whole calendar) into calendars/<alias>/. The organiser \
                 creates the meetings in the worklist again and invites the attendees. Do not use a calendar published by Outlook on the \
                 web: it covers one year at most.",
                "Выгрузите из Outlook (Файл, Сохранить календарь, полные сведения, весь календарь) в calendars/<псевдоним>/. Встречи из списка \
                 ручной работы организатор создаёт заново и приглашает участников. Опубликованный в Outlook в Интернете календарь охватывает не \
                 более года, не используйте его.",
            ),
        ],
    ),
    row(
        Entity::SharedCalendars,
        Disposition::Assisted,
        [
            t("shared calendars", "общие календари"),
            t(
                "calendar permissions, and free/busy times from the same server",
                "права на календари и сведения о занятости с того же сервера",
            ),
            t(
                "calendars shared by their owner on the same server",
                "календари, которыми владелец делится на том же сервере",
            ),
            t(
                "with [rights.calendars], rights are given where the server has lists (RFC 3744) and read back, or written into a file for its administrator; the two servers cannot share with each other, so people who share move together",
                "с [rights.calendars] права выдаются там, где на сервере есть списки (RFC 3744), и проверяются чтением, или записываются в файл для администратора; между двумя серверами совместного доступа нет, поэтому связанные люди переезжают вместе",
            ),
            t(
                "Put the groups from the coexistence report into one wave. With [rights.calendars]: go through the worklist. Without: after the move, owners share \
                 their calendars again. People who already have an account on the new server can use calendars shared there.",
                "Поместите группы из раздела о сосуществовании в одну волну. С [rights.calendars] разберите список работ, без него после переезда владельцы открывают календари заново. Тот, у кого уже \
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
                "VTODO in a calendar, if the server accepts it",
                "VTODO в календаре, если сервер их принимает",
            ),
            t(
                "they move with calendars, and have sums of their own where the source is Exchange or a PST file; if the server refuses tasks, each \
                 becomes an item for a person",
                "переносятся вместе с календарями, из Exchange и файлов PST учитываются отдельно; если сервер не принимает задачи, каждая \
                 становится ручной работой",
            ),
            t(
                "From Exchange and PST files there is nothing to export. Otherwise save task folders as iCalendar next to the calendars. A flag on a message moves as IMAP's \\Flagged; its due date does not.",
                "Из Exchange и файлов PST выгружать ничего не нужно. Иначе сохраните папки задач в iCalendar рядом с календарями. Флажок письма переносится как \\Flagged в IMAP, срок исполнения нет.",
            ),
        ],
    ),
    row(
        Entity::Notes,
        Disposition::Assisted,
        [
            t("notes and journal entries", "заметки и записи дневника"),
            t(
                "sticky notes and the journal; IMAP serves stubs",
                "заметки Outlook и дневник; по IMAP отдаются заглушки",
            ),
            t(
                "VJOURNAL in a calendar, if the server accepts it; or mail",
                "VJOURNAL в календаре, если сервер их принимает; либо письма",
            ),
            t(
                "from Exchange and PST files they move with calendars, and have sums of their own; what VJOURNAL cannot hold, such as the duration \
                 of a journal entry, leaves the item to a person",
                "из Exchange и файлов PST переносятся вместе с календарями, учитываются отдельно; то, чему в VJOURNAL нет места, например \
                 длительность записи дневника, остаётся человеку",
            ),
            t(
                "If the new server has no journals, set `notes_as_mail = true` for Exchange. Other sources carry no notes: before they move, users open each \
                 note in Outlook and save it as text, or forward it to themselves as mail.",
                "Если новый сервер не принимает VJOURNAL, задайте для Exchange `notes_as_mail = true`. Другие источники заметок не дают: до переезда \
                 пользователи открывают их в Outlook и сохраняют как текст либо пересылают себе письмом.",
            ),
        ],
    ),
    row(
        Entity::InboxRules,
        Disposition::Assisted,
        [
            t("inbox rules", "правила для входящих"),
            t(
                "server rules, and rules that only Outlook runs",
                "правила сервера и правила самого Outlook",
            ),
            t(
                "the user's rules on the new server",
                "правила пользователя на новом сервере",
            ),
            t(
                "translated into Sieve if the configuration has [rules]; a rule that would only nearly be the same loses mail, and is for a person",
                "переводятся в Sieve, если в настройках есть [rules]; почти такое же правило теряет письма, его задаёт человек",
            ),
            t(
                "With [rules]: go through the worklist, and have owners switch their script on. Without: list them with Get-InboxRule -Mailbox <alias> | Format-List. Only read: New-, Set- and Remove-InboxRule delete the rules \
                 that only Outlook runs. Give each user the list, and let them create the rules again.",
                "С [rules]: разберите список работ, владельцы включают свой сценарий. Без него выгрузите их командой Get-InboxRule -Mailbox <псевдоним> | Format-List (только чтение: New-, Set- и Remove-InboxRule удаляют \
                 правила, хранимые в самом Outlook), передайте список пользователю, и он создаст правила заново.",
            ),
        ],
    ),
    row(
        Entity::OutOfOffice,
        Disposition::Assisted,
        [
            t("out-of-office replies", "автоответы об отсутствии"),
            t(
                "two texts, for internal and external senders, with a time span",
                "два текста, для своих и внешних, со сроком действия",
            ),
            t("an automatic reply on the new server", "автоответ нового сервера"),
            t(
                "translated into Sieve's vacation if the configuration has [rules]; the servers decide differently how often to answer, and if both answer, people get two replies",
                "переводятся в vacation языка Sieve, если в настройках есть [rules]; как часто отвечать, серверы решают по-разному, а если отвечают оба, ответ придёт дважды",
            ),
            t(
                "List the active ones: Get-Mailbox -ResultSize Unlimited | Get-MailboxAutoReplyConfiguration | Where-Object \
                 AutoReplyState -ne Disabled. At cut-over the user sets the reply on the new server, and it is turned off on the old one.",
                "Выгрузите включённые: Get-Mailbox -ResultSize Unlimited | Get-MailboxAutoReplyConfiguration | Where-Object AutoReplyState -ne \
                 Disabled. При переключении пользователь задаёт автоответ на новом сервере, на старом его выключают.",
            ),
        ],
    ),
    row(
        Entity::Delegates,
        Disposition::Manual,
        [
            t(
                "delegates, sending on behalf of others",
                "представители, отправка от чужого имени",
            ),
            t(
                "delegates of Outlook, `publicDelegates`, Send As, Send on Behalf",
                "представители в Outlook, атрибут `publicDelegates`, права Send As и Send on Behalf",
            ),
            t(
                "no equivalent: one account sends from one address; shared folders and a second account replace it",
                "такого объекта нет: одна запись отправляет с одного адреса; замена: общие папки и вторая учётная запись",
            ),
            t(
                "one login sends in another person's name only if Postfix lets it, by the map that a job with [rights] writes; meeting requests do not go to a delegate, and delegates.csv names who had them",
                "под одним входом от другого имени пишут, только если это разрешает Postfix: карту для него создаёт задание с [rights]; приглашения представителю не приходят, а кому приходили, сказано в delegates.csv",
            ),
            t(
                "For each row below: share the folders and calendars that are needed. If somebody sends in another person's name, let \
                 Postfix allow it by sender-login-maps in the job's directory, if it is there; or give them that account's login as a second account in their \
                 mail program, with the owner's consent. Exchange Web Services does not tell who may send as whom: list it by Get-Mailbox -ResultSize \
                 Unlimited | Get-ADPermission | Where-Object { $_.ExtendedRights -like '*Send-As*' }, or have [rights] read exports.",
                "По каждой строке ниже: откройте нужные папки и календари; если человек пишет от чужого имени, разрешите это в Postfix файлом \
                 sender-login-maps из каталога задания, если он там есть, либо с согласия владельца дайте вход этой записи и добавьте её второй учётной записью \
                 в почтовую программу. Через Exchange Web Services права Send As не читаются: получите их командой Get-Mailbox -ResultSize Unlimited | \
                 Get-ADPermission | Where-Object { $_.ExtendedRights -like '*Send-As*' } либо задайте в [rights] выгрузки.",
            ),
        ],
    ),
    row(
        Entity::Forwarding,
        Disposition::Assisted,
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
                "with [rules] in the configuration circles are found over the whole organisation, and a sheet or the mailbox's script carries it out; it matters whether a copy stays",
                "с [rules] в настройках петли ищутся по всей организации, а пересылку задаёт лист или сценарий ящика; важно, остаётся ли копия",
            ),
            t(
                "Set each forwarding below on the new server at the cut-over of its wave, and check that the old one is gone. Get-Mailbox \
                 -ResultSize Unlimited -Filter 'ForwardingSmtpAddress -ne $null' lists those that the directory does not show.",
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
                "disabled accounts with a calendar that answers automatically",
                "отключённые записи с календарём, который отвечает сам",
            ),
            t(
                "resources in the scheduling assistant",
                "ресурсы помощника планирования",
            ),
            t(
                "the calendar moves like any other; there is no common format for who may book, for how long and how far ahead",
                "календарь переносится как обычный; кто, на сколько и как заранее может бронировать, общей формы не имеет",
            ),
            t(
                "List the settings (Get-Mailbox -RecipientTypeDetails RoomMailbox,EquipmentMailbox | Get-CalendarProcessing | \
                 Format-List), and create each resource on the new server. Move rooms in the wave of the people who book them most.",
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
                "global rules and milters on the new server",
                "общие правила и фильтры milter нового сервера",
            ),
            t(
                "each rule is a decision of the organisation; an automatic translation may let out what must stay inside",
                "каждое правило есть решение организации; без человека перевод может выпустить то, что должно остаться внутри",
            ),
            t(
                "Export them (Export-TransportRuleCollection, Get-TransportRule | Format-List, Get-JournalRule). Decide for each whether \
                 it is still needed, and create those on the new server before the first wave.",
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
                "a tree of folders without an owner, which IMAP cannot reach",
                "дерево ничьих папок, недоступное по IMAP",
            ),
            t(
                "folders in an account created for them, shared with those who need them",
                "папки специальной учётной записи, открытые нужным людям",
            ),
            t(
                "the source has no open protocol for them, and their permissions need new decisions",
                "у источника нет для них открытого протокола, а права нужно продумать заново",
            ),
            t(
                "Get-PublicFolder -Recurse and Get-PublicFolderStatistics list them. In Outlook, drag what is still used into a mailbox. \
                 Move that mailbox as an account, and share its folders. Addresses of mail-enabled folders become aliases of that \
                 account.",
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
                "a second server for the same domains, while both run",
                "второй сервер тех же доменов, пока работают оба",
            ),
            t(
                "routing sheets for both sides are created for each wave and proved to lead each recipient to exactly one final server; \
                 people apply them",
                "для каждой волны создаются листы маршрутов обеих сторон с доказательством, что у каждого получателя ровно один конечный сервер; применяют их люди",
            ),
            t(
                "Some days before, lower the TTL of the MX records to one hour. At each cut-over apply the wave's sheets on both sides, \
                 send a message in each direction, and keep the undo sheet at hand. After the last wave, point the MX records to the new \
                 server.",
                "За несколько дней снизьте срок жизни записей MX до часа. При каждом переключении примените листы волны на обеих сторонах, отправьте \
                 письмо в каждую сторону и держите под рукой лист отмены. После последней волны направьте MX на новый сервер.",
            ),
        ],
    ),
];

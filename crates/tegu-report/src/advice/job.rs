//! The directory, the policy, waves, and the job as a whole.

use super::{Topic, t};

pub(super) static TOPIC: Topic = Topic {
    exact: &[
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
    ],
    families: &[
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
    ],
};

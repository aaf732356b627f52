//! Inbox rules, automatic replies, forwarding.

use super::{Topic, t};

pub(super) static TOPIC: Topic = Topic {
    exact: &[
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
    ],
    families: &[
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
            "SIEVE-",
            t(
                "The rule cannot be translated so that it does the very same; the reason is next to the code. Accept the code in the policy if the loss is small, or have the owner write the rule again on the new server.",
                "Правило нельзя перевести так, чтобы оно делало то же самое; причина названа рядом. Если потеря мала, разрешите код в политике, иначе владелец задаёт правило на новом сервере заново.",
            ),
        ),
    ],
};

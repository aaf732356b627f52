//! Exchange Web Services.

use super::{Topic, t};

pub(super) static TOPIC: Topic = Topic {
    exact: &[],
    families: &[
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
    ],
};

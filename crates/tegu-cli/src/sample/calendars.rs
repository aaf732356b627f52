//! Calendars as Outlook saves them: METHOD:PUBLISH, Windows zone names, long X- properties.

use super::{PEOPLE, Person};
use std::fmt::Write;

const ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Russian Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n\
    TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

/// One calendar file with several resources.
pub(super) fn calendar(number: usize, person: &Person) -> String {
    let mut text = format!(
        "BEGIN:VCALENDAR\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\n\
         X-WR-CALNAME:Календарь\r\nX-WR-RELCALID:{{0000002E-{number:04}}}\r\n{ZONE}"
    );
    let organizer = &PEOPLE[(number + 3) % 12];
    // A weekly meeting, one instance of which was moved.
    let series = format!("040000008200E00074C5B7101A82E008{number:08}01");
    let common = format!(
        "DTSTAMP:20240110T080000Z\r\nORGANIZER;CN=\"{}\":mailto:{}\r\nATTENDEE;CN=\"{}\";RSVP=TRUE:mailto:{}\r\n",
        organizer.name(),
        organizer.mail(),
        person.name(),
        person.mail()
    );
    let _ = write!(
        text,
        "BEGIN:VEVENT\r\nUID:{series}\r\n{common}SUMMARY:Планёрка\r\nLOCATION:Переговорная «Сирень»\r\n\
         DTSTART;TZID=Russian Standard Time:20240115T100000\r\nDTEND;TZID=Russian Standard Time:20240115T110000\r\n\
         RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=MO\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n\
         BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Reminder\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nUID:{series}\r\n{common}SUMMARY:Планёрка (перенесена)\r\n\
         RECURRENCE-ID;TZID=Russian Standard Time:20240122T100000\r\n\
         DTSTART;TZID=Russian Standard Time:20240122T150000\r\nDTEND;TZID=Russian Standard Time:20240122T160000\r\nEND:VEVENT\r\n"
    );
    let _ = write!(
        text,
        "BEGIN:VEVENT\r\nUID:day-{number}@romashka.test\r\nDTSTAMP:20240110T080000Z\r\nSUMMARY:Отпуск\r\n\
         DTSTART;VALUE=DATE:20240708\r\nDTEND;VALUE=DATE:20240722\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\n"
    );
    if number % 4 == 1 {
        // A zone that nobody defines: nobody can say when this is.
        let _ = write!(
            text,
            "BEGIN:VEVENT\r\nUID:lost-{number}@romashka.test\r\nDTSTAMP:20240110T080000Z\r\nSUMMARY:Встреча без пояса\r\n\
             DTSTART;TZID=Customized Time Zone 7:20240301T100000\r\nDTEND;TZID=Customized Time Zone 7:20240301T110000\r\nEND:VEVENT\r\n"
        );
    }
    if number.is_multiple_of(5) {
        let _ = write!(
            text,
            "BEGIN:VTODO\r\nUID:task-{number}@romashka.test\r\nDTSTAMP:20240110T080000Z\r\nSUMMARY:Сдать отчёт\r\n\
             DUE;VALUE=DATE:20240401\r\nSTATUS:NEEDS-ACTION\r\nEND:VTODO\r\n"
        );
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

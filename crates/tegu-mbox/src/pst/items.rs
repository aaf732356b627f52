//! Checks of the files that a converter writes beside mail: contacts and calendars.

use super::loss::Loss;

/// Returns what is known to be lost in a file of contacts or of a calendar that readpst wrote. `name` is the name of the file.
///
/// readpst gives such files no extension, calls a contact without a full name `(null)`, and writes a series in UTC, so that it
/// shifts by an hour with daylight saving time. It writes no private list at all: see [`skipped`](super::skipped) and
/// [`Census::reconcile`](super::Census::reconcile).
///
/// ```
/// use tegu_mbox::pst;
///
/// let card = b"BEGIN:VCARD\nFN:(null)\nN:;Anna;;;\nVERSION:3.0\nEND:VCARD\n";
/// let codes: Vec<_> = pst::check_items("contacts", card).iter().map(pst::Loss::code).collect();
/// assert_eq!(codes, ["PST-FILE-EXTENSION", "PST-CARD-NAMELESS"]);
/// ```
pub fn check_items(name: &str, content: &[u8]) -> Vec<Loss> {
    let mut losses = Vec::new();
    let cards = begins(content, "BEGIN:VCARD");
    if !cards && !begins(content, "BEGIN:VCALENDAR") {
        return losses;
    }
    let wanted = if cards { "vcf" } else { "ics" };
    let has_extension = name
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case(wanted));
    if !has_extension {
        losses.push(Loss::FileExtension {
            file: name.to_owned(),
            wanted,
        });
    }
    let (mut nameless, mut utc) = (0, 0);
    let (mut recurs, mut starts_in_utc) = (false, false);
    for line in content.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii) {
        let is = |name: &str| {
            line.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
                && matches!(line.get(name.len()), Some(b':' | b';'))
        };
        if is("FN") && (line.ends_with(b":(null)") || line.ends_with(b":")) {
            nameless += 1;
        } else if is("BEGIN") {
            (recurs, starts_in_utc) = (false, false);
        } else if is("RRULE") {
            recurs = true;
        } else if is("DTSTART") {
            starts_in_utc = line.ends_with(b"Z");
        } else if is("END") && recurs && starts_in_utc {
            utc += 1;
            recurs = false;
        }
    }
    if nameless > 0 {
        losses.push(Loss::CardNameless { count: nameless });
    }
    if utc > 0 {
        losses.push(Loss::SeriesUtc { count: utc });
    }
    losses
}

fn begins(content: &[u8], with: &str) -> bool {
    content
        .trim_ascii_start()
        .get(..with.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(name: &str, content: &str) -> Vec<&'static str> {
        check_items(name, content.as_bytes())
            .iter()
            .map(Loss::code)
            .collect()
    }

    #[test]
    fn only_series_in_utc() {
        let event = |start: &str, rule: &str| {
            format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{start}\n{rule}\nEND:VEVENT\nEND:VCALENDAR\n")
        };
        let utc = "DTSTART:20240701T100000Z";
        assert_eq!(
            codes("a.ics", &event(utc, "RRULE:FREQ=WEEKLY")),
            ["PST-SERIES-UTC"]
        );
        assert_eq!(codes("a.ics", &event(utc, "SUMMARY:once")), [""; 0]);
        let local = "DTSTART;TZID=Europe/Moscow:20240701T100000";
        assert_eq!(codes("a.ics", &event(local, "RRULE:FREQ=WEEKLY")), [""; 0]);
        assert_eq!(codes("calendar", &event(local, "")), ["PST-FILE-EXTENSION"]);
        assert_eq!(codes("mbox", "From x\nSubject: FN:(null)\n"), [""; 0]);
    }

    #[test]
    fn cards_without_a_name() {
        let card = |name: &str| format!("BEGIN:VCARD\nFN:{name}\nEND:VCARD\n");
        let content = [card("Anna"), card("(null)"), card("")].concat();
        assert_eq!(
            check_items("a.vcf", content.as_bytes()),
            [Loss::CardNameless { count: 2 }]
        );
    }
}

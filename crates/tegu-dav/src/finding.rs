//! Findings: repairs, losses, and what a server did.

use std::fmt;

use crate::zone::CLDR_VERSION;
pub use tegu_outcome::Severity;

macro_rules! findings {
    ($(
        $(#[$doc:meta])*
        $name:ident $({ $($field:ident: $type:ty),+ })? = $code:literal $severity:ident $text:literal;
    )*) => {
        /// One thing found, with the data that it names.
        ///
        /// [`code`](Self::code) is stable: reports, policies and manuals refer to it.
        #[derive(Clone, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        #[allow(missing_docs)] // the fields are named by what they hold
        pub enum Finding {
            $( $(#[$doc])* $name $({ $($field: $type),+ })?, )*
            /// What the source of the item noticed, under the source's own code, such as `PST-SERIES-END`.
            Source { finding: tegu_outcome::Finding },
        }

        impl Finding {
            /// The stable code, such as `DAV-TZ-UNKNOWN`.
            #[must_use]
            pub fn code(&self) -> &str {
                match self {
                    $( Self::$name $({ $($field: _),+ })? => $code, )*
                    Self::Source { finding } => &finding.code,
                }
            }

            /// Whether an automatic transfer would lose something.
            #[must_use]
            pub fn severity(&self) -> Severity {
                match self {
                    $( Self::$name $({ $($field: _),+ })? => Severity::$severity, )*
                    Self::Source { finding } => finding.severity,
                }
            }
        }

        impl fmt::Display for Finding {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $( Self::$name $({ $($field),+ })? => write!(f, $text), )*
                    Self::Source { finding } => f.write_str(&finding.message),
                }
            }
        }

        impl From<Finding> for tegu_outcome::Finding {
            fn from(finding: Finding) -> Self {
                Self::from(&finding)
            }
        }

        impl From<&Finding> for tegu_outcome::Finding {
            fn from(finding: &Finding) -> Self {
                match finding {
                    Finding::Source { finding } => finding.clone(),
                    own => Self::new(own.code().to_owned(), own.severity(), own.to_string()),
                }
            }
        }

        /// Every code of this crate with its severity, in the order of the declaration.
        pub const CODES: &[(&str, Severity)] = &[ $( ($code, Severity::$severity), )* ];
    };
}

findings! {
    /// A directory address (X.500, `IMCEAEX-`) that no other server can deliver to.
    AddressX500 { address: String } = "DAV-ADDRESS-X500" Lossy "{address} is an Exchange directory address";
    /// A directory address gave way to the mail address that the caller's directory knows for it.
    AddressResolved { from: String, to: String } = "DAV-ADDRESS-RESOLVED" Info "{from} is {to}";
    /// Finished before the day from which events are moved; it goes into the archive file.
    Archived { ended: String } = "DAV-ARCHIVED" Info "it ended on {ended} and goes into the archive";
    /// An inline attachment was moved out to a file, which the event links to.
    AttachmentMoved { file: String, bytes: usize } = "DAV-ATTACHMENT-MOVED" Info "an attachment of {bytes} bytes was moved to {file}";
    /// Text that is declared base64 and is not.
    Base64Invalid { property: String, line: usize } = "DAV-BASE64-INVALID" Lossy "{property} on line {line} holds broken base64";
    /// Lines of a component whose `BEGIN` is missing, from the first to its `END`.
    BeginMissing { line: usize } = "DAV-BEGIN-MISSING" Lossy "the lines from {line} on belong to a component whose BEGIN is missing";
    /// One UID's components come from calendars with different properties.
    CalendarsDiffer { uid: String } = "DAV-CALENDARS-DIFFER" Lossy "components of {uid} lie in calendars with different properties";
    /// Larger than the budget that the caller set.
    BudgetExceeded { what: String, bytes: u64, budget: u64 } = "DAV-BUDGET" Info "{what} takes {bytes} of {budget} allowed";
    /// A property that the version to be written does not know, kept under an `X-` name.
    CardPropertyKept { property: String, line: usize } = "DAV-CARD-PROPERTY-KEPT" Info "{property} on line {line} was kept as X-{property}";
    /// A nested card (`AGENT`) that a flat card cannot hold.
    CardAgent { line: usize } = "DAV-CARD-AGENT" Lossy "the card on line {line} holds another card";
    /// No name, organisation or address from which to make `FN`.
    CardNameless = "DAV-CARD-NAMELESS" Lossy "nothing in the card says what it should be called";
    /// Another card of the file seems to stand for the same person: it has the same name, or none, and
    /// shares a mail address or a telephone number. They are not merged.
    CardDuplicate { other: String, shared: String } = "DAV-CARD-DUPLICATE" Info "this seems to be the same as {other}: both have {shared}";
    /// A property that the target version of vCard cannot say.
    CardProperty { property: String, line: usize } = "DAV-CARD-PROPERTY" Lossy "{property} on line {line} has no equal in the version to be written";
    /// A version of vCard or iCalendar that this crate does not know.
    VersionUnknown { version: String } = "DAV-VERSION-UNKNOWN" Lossy "version {version} is not known";
    /// Bytes outside UTF-8 that are plausible Russian text in one code page only.
    CharsetGuessed { charset: String, lines: usize } = "DAV-CHARSET-GUESSED" Info "{lines} lines are not UTF-8 and were read as {charset}";
    /// Bytes that are text in no code page that is known or plausible.
    CharsetUnknown { charset: String, line: usize } = "DAV-CHARSET-UNKNOWN" Lossy "line {line} is not text in {charset}";
    /// A second reader does not accept the resource that was made.
    CheckFailed { reason: String } = "DAV-CHECK-FAILED" Lossy "a second reader refuses the resource: {reason}";
    /// A component that calendar collections do not take.
    ComponentUnsupported { name: String, line: usize } = "DAV-COMPONENT-UNSUPPORTED" Lossy "{name} on line {line} cannot be stored as a calendar resource";
    /// A control character, which no XML answer of a server can carry.
    ControlCharacter { line: usize } = "DAV-CONTROL-CHARACTER" Lossy "line {line} holds a control character";
    /// A slashed date whose day and month cannot be told apart.
    CsvDateAmbiguous { column: String, value: String } = "DAV-CSV-DATE" Lossy "{column}: {value} can be read as more than one date, or as none";
    /// A column without a vCard property, kept as `X-OUTLOOK-FIELD`.
    CsvColumnKept { column: String } = "DAV-CSV-COLUMN-KEPT" Info "{column} has no property of its own and was kept as X-OUTLOOK-FIELD";
    /// A row with more cells than the header, or with a quote that does not close.
    CsvRowBroken { line: usize, cells: usize, columns: usize } = "DAV-CSV-ROW" Lossy "the row on line {line} is broken: {cells} cells for {columns} columns";
    /// Rows without a single filled cell.
    CsvRowsEmpty { rows: usize } = "DAV-CSV-ROWS-EMPTY" Info "{rows} rows are empty";
    /// A value that is no date or time where one is due.
    DateInvalid { property: String, value: String, line: usize } = "DAV-DATE-INVALID" Lossy "{property} on line {line} is no date: {value}";
    /// `DTEND` or `DUE` of another type than `DTSTART`, or before it.
    DateMismatch { property: String, line: usize } = "DAV-DATE-MISMATCH" Lossy "{property} on line {line} does not fit DTSTART";
    /// The same component twice, byte for byte; it is sent once.
    DuplicateIdentical { uid: String, copies: usize } = "DAV-DUPLICATE-IDENTICAL" Info "{uid} is there {copies} times with the same content";
    /// A duration that does not parse.
    DurationInvalid { property: String, value: String, line: usize } = "DAV-DURATION-INVALID" Lossy "{property} on line {line} is no duration: {value}";
    /// An excluded date that is no occurrence of the series, though the series has one on that day or
    /// has none at all: what was deleted may come back.
    ExdateUnmatched { value: String } = "DAV-EXDATE-UNMATCHED" Lossy "the excluded date {value} is no occurrence of the series";
    /// An excluded date on which the series does not take place anyway.
    ExdateUnused { dates: usize } = "DAV-EXDATE-UNUSED" Info "{dates} excluded dates are no occurrences anyway";
    /// A file that cannot be read as a whole.
    FileUnreadable { reason: String } = "DAV-FILE-UNREADABLE" Lossy "the file cannot be read: {reason}";
    /// Calendar properties and zones too large to be repeated in each resource; none is made.
    FrameTooLarge { bytes: usize } = "DAV-FRAME-LARGE" Lossy "calendar properties and zones take {bytes} bytes in each resource";
    /// A member of a distribution list that is nobody's identity and no mail address.
    GroupMember { member: String } = "DAV-GROUP-MEMBER" Lossy "nobody is known as {member}";
    /// A line that is no content line, or that belongs to no component.
    JunkLine { line: usize, text: String } = "DAV-JUNK-LINE" Lossy "line {line} belongs to nothing: {text}";
    /// An answer or a withdrawal: a message about an event, not an event.
    MethodMessage { method: String } = "DAV-METHOD-MESSAGE" Lossy "METHOD:{method} makes this a message about an event, not an event";
    /// Overrides of a series whose series is not in the file.
    OverrideOrphan { uid: String } = "DAV-OVERRIDE-ORPHAN" Lossy "{uid} is an exception of a series that is not in the file";
    /// An override of an occurrence that the series does not have.
    OverrideUnmatched { value: String } = "DAV-OVERRIDE-UNMATCHED" Lossy "the exception for {value} belongs to no occurrence of the series";
    /// `RANGE=THISANDFUTURE`, which few servers and clients carry out.
    OverrideFuture { value: String } = "DAV-OVERRIDE-FUTURE" Lossy "the exception from {value} on changes all later occurrences too, which most programs do not understand";
    /// A property that must be there.
    PropertyMissing { property: String, line: usize } = "DAV-PROPERTY-MISSING" Lossy "the component on line {line} has no {property}";
    /// A property that may be there once only, more than once.
    PropertyRepeated { property: String, line: usize } = "DAV-PROPERTY-REPEATED" Lossy "{property} on line {line} is there for the second time";
    /// Two properties that exclude each other.
    PropertyConflict { property: String, other: String, line: usize } = "DAV-PROPERTY-CONFLICT" Lossy "{property} on line {line} excludes {other}";
    /// A rule that makes more occurrences than any calendar shows; servers that expand it stand still.
    RecurrenceDense { value: String, line: usize } = "DAV-RRULE-DENSE" Lossy "the rule on line {line} makes an occurrence every few seconds or minutes: {value}";
    /// A series or the rules of its time zone take more computing than [`max_steps`](crate::Limits::max_steps) allows, so that its
    /// times could not be checked.
    RecurrenceWork { uid: String } = "DAV-RRULE-WORK" Lossy "the times of {uid} take more computing than the limit max_steps allows";
    /// Occurrences given as periods with lengths of their own, which some clients do not show.
    RecurrencePeriods { line: usize } = "DAV-RDATE-PERIOD" Info "RDATE on line {line} gives periods";
    /// A recurrence rule that does not parse.
    RecurrenceInvalid { value: String, line: usize } = "DAV-RRULE-INVALID" Lossy "the recurrence rule on line {line} cannot be read: {value}";
    /// Blank lines inside a component were left out.
    RepairBlankLines { lines: usize } = "DAV-REPAIR-BLANK" Info "{lines} blank lines were left out";
    /// Lines were given CR LF and folds of at most 75 octets between characters.
    RepairFold { lines: usize } = "DAV-REPAIR-FOLD" Info "{lines} lines were ended or folded anew";
    /// The whole of a base64 block was indented, or a soft line break joined.
    RepairBlock { property: String } = "DAV-REPAIR-BLOCK" Info "the block of {property} was joined to one line";
    /// `METHOD` was taken out, as RFC 4791 section 4.1 demands.
    RepairMethod { method: String } = "DAV-REPAIR-METHOD" Info "METHOD:{method} was taken out";
    /// A calendar that says it is of version 1.0, and is written as only 2.0 is, now says so.
    RepairCalendarVersion { from: String } = "DAV-REPAIR-CALENDAR-VERSION" Info "the calendar says that its version is {from}, and is of version 2.0";
    /// An exception of a series of whole days was named by the midnight at which its day begins, and is now named by the day.
    RepairRecurrenceId { value: String, line: usize } = "DAV-REPAIR-RECURRENCE-ID" Info "the exception on line {line} is named by a time and now by the day, {value}";
    /// A property that the format demands was added.
    RepairAdded { property: String, value: String } = "DAV-REPAIR-ADDED" Info "{property} was added: {value}";
    /// `VALUE=DATE` was added to a date that lacked it.
    RepairValueDate { property: String, line: usize } = "DAV-REPAIR-VALUE-DATE" Info "{property} on line {line} is a date and now says so";
    /// An unquoted time zone name with a colon was put in quotes.
    RepairQuoted { line: usize } = "DAV-REPAIR-QUOTED" Info "a zone name on line {line} was put in quotes";
    /// `SCHEDULE-AGENT=CLIENT` (RFC 6638 section 7.1) keeps the server from sending invitations.
    RepairScheduleAgent { lines: usize } = "DAV-REPAIR-SCHEDULE-AGENT" Info "{lines} organiser and attendee lines were marked so that the server sends nothing";
    /// A parameter of RFC 6638 was taken out: a wish that the server send a message at once, or what came of an earlier message.
    RepairScheduleRemoved { parameter: String, value: String, lines: usize } = "DAV-REPAIR-SCHEDULE-REMOVED" Info "{parameter}={value} was taken out of {lines} organiser and attendee lines";
    /// The rules of a time zone that start on a day start at its midnight, and say so as RFC 5545 section 3.6.5 demands.
    RepairZoneStart { tzid: String } = "DAV-REPAIR-TZ-START" Info "the rules of {tzid} start on a day, and now say midnight";
    /// A lone component was put into a calendar.
    RepairWrapped = "DAV-REPAIR-WRAPPED" Info "the component stood outside of any calendar";
    /// A card was rewritten in the version to be written.
    RepairVersion { from: String, to: String } = "DAV-REPAIR-VERSION" Info "the card was rewritten from version {from} to {to}";
    /// `BEGIN` and `END` do not pair.
    StructureBroken { line: usize } = "DAV-STRUCTURE" Lossy "BEGIN and END do not pair at line {line}";
    /// The file ends inside the component.
    Truncated { line: usize } = "DAV-TRUNCATED" Lossy "the component that begins on line {line} has no end";
    /// What the server keeps under this UID is something else, and not what an earlier run put there.
    TargetDiffers { uid: String, difference: String } = "DAV-TARGET-DIFFERS" Lossy "the server has something else under {uid}: {difference}";
    /// Both the source and the server changed it since the last run.
    TargetChanged { uid: String } = "DAV-TARGET-CHANGED" Lossy "{uid} was changed on both sides since the last run";
    /// It was moved by an earlier run and has been deleted on the server since; it is not put there again.
    TargetDeleted { uid: String } = "DAV-TARGET-DELETED" Info "{uid} was deleted on the server after it had been moved there";
    /// The server refused it.
    TargetRefused { message: String } = "DAV-TARGET-REFUSED" Lossy "the server refused it: {message}";
    /// Larger than the server takes.
    TargetTooLarge { bytes: usize } = "DAV-TARGET-SIZE" Lossy "{bytes} bytes are more than the server takes";
    /// The collection does not take components of this kind.
    TargetComponent { name: String } = "DAV-TARGET-COMPONENT" Lossy "the collection takes no {name}";
    /// What the server gives back does not mean what it was sent. Both sides are kept.
    TargetAltered { path: String, sent: String, got: String } = "DAV-TARGET-ALTERED" Lossy "the server changed {path}: sent {sent}, got {got}";
    /// It was deleted on the source and stays on the server, since nobody asked to delete it or somebody has changed it there.
    SourceGone { uid: String, reason: String } = "DAV-SOURCE-GONE" Info "{uid} is gone from the source and stays on the server: {reason}";
    /// It was deleted on the source, and so on the server.
    SourceDeleted { uid: String } = "DAV-SOURCE-DELETED" Info "{uid} was deleted on the source, and so on the server";
    /// A document of the source that cannot be read this time.
    Unread { reason: String } = "DAV-UNREAD" Lossy "the document cannot be read: {reason}";
    /// The server does not take the collection.
    CollectionRefused { message: String } = "DAV-COLLECTION-REFUSED" Lossy "the server does not take the collection: {message}";
    /// The collection was deleted on the server after an earlier run had filled it; it is not created again.
    CollectionDeleted = "DAV-COLLECTION-DELETED" Info "the collection was deleted on the server after it had been filled";
    /// Two different rule sets under one zone name.
    TzConflict { tzid: String } = "DAV-TZ-CONFLICT" Lossy "{tzid} is defined in two ways";
    /// A zone of the file that is no zone of the database in the years of the event; it is sent along.
    TzCustom { tzid: String } = "DAV-TZ-CUSTOM" Info "{tzid} is a zone of the file's own and is sent along";
    /// A zone of the file shows the same times as this IANA zone, and took its name.
    TzMatched { from: String, to: String } = "DAV-TZ-MATCHED" Info "{from} shows the times of {to}";
    /// The rules of the file and those of the zone that it names show different times for this event.
    TzReadings { tzid: String, zone: String, wall: String, file: String, named: String } = "DAV-TZ-READINGS" Lossy "{wall} in {tzid} is {file} by the rules of the file, but {named} in {zone}";
    /// A `VTIMEZONE` that holds more than its name and rules, perhaps lines of an event.
    TzForeign { line: usize } = "DAV-TZ-FOREIGN" Lossy "the time zone on line {line} holds lines that no time zone has";
    /// A `VTIMEZONE` that does not parse.
    TzInvalid { tzid: String } = "DAV-TZ-INVALID" Lossy "the rules of {tzid} cannot be read";
    /// An IANA name without rules in the file; the database's rules were added.
    TzReferenced { tzid: String } = "DAV-TZ-REFERENCED" Info "{tzid} is meant by its IANA name; its rules were taken from the time zone database";
    /// A Windows name without rules in the file; renamed to the IANA name, with the database's rules.
    TzRenamed { from: String, to: String } = "DAV-TZ-RENAMED" Info "{from} was renamed to {to} (Windows zones as of CLDR {CLDR_VERSION})";
    /// A Windows name without rules in the file that may mean either of two zones, since its meaning changed; they show different times
    /// for this event. See [`CLDR_VERSION`](crate::zone::CLDR_VERSION).
    TzMeaning { tzid: String, wall: String, zone: String, now: String, other: String, then: String } = "DAV-TZ-MEANING" Lossy "{wall} in {tzid} is {now} in {zone} (Windows zones as of CLDR {CLDR_VERSION}), but {then} in {other}, which the name may mean too";
    /// A zone name without rules in the file that nobody knows.
    TzUnknown { tzid: String } = "DAV-TZ-UNKNOWN" Lossy "nobody knows the time zone {tzid}, and its rules are not in the file";
    /// A zone that no component uses; it is not sent.
    TzUnused { tzid: String } = "DAV-TZ-UNUSED" Info "no component uses the time zone {tzid}";
    /// The same UID with different content.
    UidDuplicate { uid: String } = "DAV-UID-DUPLICATE" Lossy "{uid} stands for different things";
}

/// Adds a finding, up to a number that nobody reads to the end; the first lossy one always gets in.
pub(crate) fn add(findings: &mut Vec<Finding>, finding: Finding) {
    const MOST: usize = 1000;
    if findings.len() < MOST || (finding.is_lossy() && !findings.iter().any(Finding::is_lossy)) {
        findings.push(finding);
    }
}

impl Finding {
    /// Whether [`severity`](Self::severity) is [`Severity::Lossy`].
    #[must_use]
    pub fn is_lossy(&self) -> bool {
        self.severity() == Severity::Lossy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_named_alike() {
        let mut seen = std::collections::HashSet::new();
        for (code, _) in CODES {
            assert!(seen.insert(code), "{code} is there twice");
            assert!(code.starts_with("DAV-") && !code.contains(' '), "{code}");
        }
    }

    #[test]
    fn a_finding_prints_its_data() {
        let finding = Finding::TzUnknown {
            tzid: "Custom".into(),
        };
        assert_eq!(finding.code(), "DAV-TZ-UNKNOWN");
        assert!(finding.is_lossy());
        assert!(finding.to_string().contains("Custom"));
    }
}

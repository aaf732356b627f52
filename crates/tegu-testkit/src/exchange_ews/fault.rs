//! What goes wrong on demand.

use super::call::Call;
use super::soap::Refusal;
use super::xml::Element;

/// Something that goes wrong again and again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "tests go through every fault")]
pub enum Fault {
    /// Every fifth request is answered with a SOAP fault ErrorServerBusy and BackOffMilliseconds, status 500.
    Busy,
    /// Every fifth GetItem has ErrorServerBusy and BackOffMilliseconds in place of its last item, status 200.
    BusyItem,
    /// Every fifth request is answered with status 503 and a page for people.
    Unavailable,
    /// Every fifth answer ends half-way, and so does the connection.
    Truncated,
    /// Every fifth request is answered with status 401, whatever the connection was before.
    Unauthorized,
    /// Subjects, bodies and notes hold characters that XML 1.0 forbids, written as references.
    Characters,
    /// The MIME of appointments lacks its END:VCALENDAR.
    NoEndVcalendar,
    /// The MIME of appointments names attachments as `ATTACH:CID:` that are nowhere.
    AttachCid,
    /// Two items of a folder have identifiers that differ in the case of one letter.
    AlikeIds,
    /// FindItem never comes to an end: each page is the first, and not the last.
    PageLoop,
    /// FindItem and FindFolder refuse a page of more than ten entries.
    PageRefused,
    /// All-day events are told in UTC as midnight of a zone twelve hours ahead.
    AllDayShift,
    /// The third item of each folder is listed and cannot be had.
    Gone,
    /// An item arrives whenever a folder is listed, so that pages shift.
    ListMoves,
    /// The first message of each mailbox has an attachment of 48 MiB.
    Oversized,
    /// The third item of each folder is corrupt.
    Corrupt,
    /// The third item of each folder has no MIME.
    NoMime,
    /// More than four items at a time end in ErrorTimeoutExpired.
    Timeout,
    /// A second connection at a time is told ErrorExceededConnectionCount.
    Connections,
    /// A connection that NTLM signed in serves the mailbox that was impersonated first; for another one it is refused with status 401.
    OneMailbox,
    /// A state of synchronisation is refused once for each folder.
    StaleState,
    /// Every request is answered with a page for people to log in.
    LoginPage,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Busy,
        Self::BusyItem,
        Self::Unavailable,
        Self::Truncated,
        Self::Unauthorized,
        Self::Characters,
        Self::NoEndVcalendar,
        Self::AttachCid,
        Self::AlikeIds,
        Self::PageLoop,
        Self::PageRefused,
        Self::AllDayShift,
        Self::Gone,
        Self::ListMoves,
        Self::Oversized,
        Self::Corrupt,
        Self::NoMime,
        Self::Timeout,
        Self::Connections,
        Self::OneMailbox,
        Self::StaleState,
        Self::LoginPage,
    ];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::BusyItem => "busy-item",
            Self::Unavailable => "unavailable",
            Self::Truncated => "truncated",
            Self::Unauthorized => "unauthorized",
            Self::Characters => "characters",
            Self::NoEndVcalendar => "no-end-vcalendar",
            Self::AttachCid => "attach-cid",
            Self::AlikeIds => "alike-ids",
            Self::PageLoop => "page-loop",
            Self::PageRefused => "page-refused",
            Self::AllDayShift => "all-day-shift",
            Self::Gone => "gone",
            Self::ListMoves => "list-moves",
            Self::Oversized => "oversized",
            Self::Corrupt => "corrupt",
            Self::NoMime => "no-mime",
            Self::Timeout => "timeout",
            Self::Connections => "connections",
            Self::OneMailbox => "one-mailbox",
            Self::StaleState => "stale-state",
            Self::LoginPage => "login-page",
        }
    }

    /// The fault of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }

    /// Whether it is this request's turn.
    pub(super) fn strikes(number: u64) -> bool {
        number % 5 == 4
    }
}

/// What a client is told to wait for.
pub(super) fn busy(milliseconds: u64) -> Refusal {
    Refusal::item(
        "ErrorServerBusy",
        "The server cannot service this request right now. Try again later.",
    )
    .value("BackOffMilliseconds", &milliseconds.to_string())
}

/// What a client is told that asks for too much at once.
pub(super) fn too_many(limit: usize) -> Refusal {
    Refusal::item(
        "ErrorExceededFindCountLimit",
        "You have exceeded the maximum number of objects that can be returned for the find operation.",
    )
    .value("PolicyLimit", &limit.to_string())
}

impl Call<'_> {
    /// With [`Fault::PageRefused`], refuses a page of more than ten entries.
    pub(super) fn refuse_page(&self, view: Option<&Element>) -> Result<(), Refusal> {
        let most = view.and_then(|view| view.attribute("MaxEntriesReturned")?.parse::<usize>().ok());
        if self.options.fault == Some(Fault::PageRefused) && most.is_none_or(|most| most > 10) {
            return Err(too_many(10));
        }
        Ok(())
    }

    /// With [`Fault::BusyItem`], puts a wish to wait in the place of the last answer.
    pub(super) fn with_busy_items(
        &self,
        mut answers: Vec<Result<String, Refusal>>,
    ) -> Vec<Result<String, Refusal>> {
        if self.options.fault == Some(Fault::BusyItem)
            && Fault::strikes(self.number)
            && let Some(last) = answers.last_mut()
        {
            *last = Err(busy(self.options.back_off.as_millis() as u64));
        }
        answers
    }
}

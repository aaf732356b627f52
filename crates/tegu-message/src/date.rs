/// When a message arrived: IMAP's INTERNALDATE.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InternalDate {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub unix_seconds: i64,
    /// The zone it was written in, as minutes east of Greenwich.
    pub offset_minutes: i16,
}

impl InternalDate {
    /// An instant and the zone it is shown in.
    pub fn new(unix_seconds: i64, offset_minutes: i16) -> Self {
        Self {
            unix_seconds,
            offset_minutes,
        }
    }

    /// Returns the instant, or `None` if it lies outside the years -9999 to 9999.
    #[must_use]
    pub fn timestamp(self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::from_second(self.unix_seconds).ok()
    }
}

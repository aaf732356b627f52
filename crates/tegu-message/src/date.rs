/// When a message arrived: the INTERNALDATE of RFC 9051.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InternalDate {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub unix_seconds: i64,
    /// The offset of its zone in minutes east of UTC.
    pub offset_minutes: i16,
}

impl InternalDate {
    /// Makes a date from an instant and the offset of its zone.
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

//! How the times of an appointment are written, and whether they are free.

use crate::lines::Lines;
use crate::{time, zone::Zone};
use jiff::civil::DateTime;

/// How times are written.
pub(crate) enum Clock {
    /// Whole days, of the zone if there is one.
    Days(Option<Zone>),
    Zone(Zone),
    Utc,
}

impl Clock {
    /// A line with an instant.
    pub(crate) fn instant(&self, lines: &mut Lines, name: &str, seconds: i64) {
        match self {
            Self::Days(None) | Self::Utc => match (self, time::civil(seconds)) {
                (Self::Days(_), Some(local)) => self.local(lines, name, local),
                _ => lines.raw(name, &time::ical_utc(seconds).unwrap_or_default()),
            },
            Self::Days(Some(zone)) | Self::Zone(zone) => match zone.to_local(seconds) {
                Some(local) => self.local(lines, name, local),
                None => lines.raw(name, &time::ical_utc(seconds).unwrap_or_default()),
            },
        }
    }

    /// A line with a local time.
    pub(crate) fn local(&self, lines: &mut Lines, name: &str, local: DateTime) {
        match self {
            Self::Days(_) => lines.raw(&format!("{name};VALUE=DATE"), &time::ical_date(local.date())),
            Self::Zone(zone) => lines.raw(&format!("{name};TZID={}", zone.name), &time::ical_local(local)),
            Self::Utc => lines.raw(name, &format!("{}Z", time::ical_local(local))),
        }
    }
}

/// Writes the free/busy status of an appointment.
pub(crate) fn busy(status: Option<i64>, lines: &mut Lines) {
    let (transparent, name) = match status {
        Some(0) => (true, "FREE"),
        Some(1) => (false, "TENTATIVE"),
        Some(2) => (false, "BUSY"),
        Some(3) => (false, "OOF"),
        Some(4) => (true, "WORKINGELSEWHERE"),
        _ => return,
    };
    lines.raw("TRANSP", if transparent { "TRANSPARENT" } else { "OPAQUE" });
    lines.raw("X-MICROSOFT-CDO-BUSYSTATUS", name);
}

//! Values of other crates, as items: behind the features `icalendar` and `vcard`.

use crate::{Error, Limits, Split};

/// Events, tasks and journals of the crate `icalendar`. Write them through this crate rather than by their own `Display`: it
/// checks series, adds the rules of time zones, and keeps servers from sending invitations.
///
/// ```
/// use icalendar::{Calendar, Component as _, Event, Property};
/// use tegu_dav::Split;
///
/// let start = Property::new("DTSTART", "20260105T100000").add_parameter("TZID", "Europe/Moscow").done();
/// let event = Event::new().uid("1").summary("Standup").append_property(start).done();
/// let split = Split::try_from(&Calendar::new().push(event).done())?;
/// assert_eq!(split.items[0].uid, "1");
/// let body = String::from_utf8(split.items[0].body.clone().unwrap()).unwrap();
/// assert!(body.contains("BEGIN:VTIMEZONE"), "the rules of the zone are there");
/// # Ok::<(), tegu_dav::Error>(())
/// ```
#[cfg(feature = "icalendar")]
impl TryFrom<&icalendar::Calendar> for Split {
    type Error = Error;

    fn try_from(calendar: &icalendar::Calendar) -> Result<Self, Error> {
        crate::split::calendar(calendar.to_string().as_bytes(), &Limits::default())
    }
}

/// Cards of the crate `vcard_parser`, which are of version 4.0 and stay so.
///
/// ```
/// use tegu_dav::Split;
/// use vcard_parser::vcard::Vcard;
///
/// let split = Split::try_from(&Vcard::new("Anna Ivanova"))?;
/// assert_eq!(split.items[0].summary, "Anna Ivanova");
/// assert!(!split.items[0].is_lossy());
/// # Ok::<(), tegu_dav::Error>(())
/// ```
#[cfg(feature = "vcard")]
impl TryFrom<&vcard_parser::vcard::Vcard> for Split {
    type Error = Error;

    fn try_from(card: &vcard_parser::vcard::Vcard) -> Result<Self, Error> {
        crate::vcard::cards(
            card.export().as_bytes(),
            crate::vcard::Version::V4,
            &Limits::default(),
        )
    }
}

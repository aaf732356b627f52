//! Which spellings mean the same, property by property, and which do not.

use super::{calendar, contact};

/// A property, and groups of spellings. Those of one group mean the same, those of different groups do not.
/// An empty spelling is a component without the property.
type Row = (&'static str, &'static [&'static [&'static str]]);

#[rustfmt::skip]
const EVENT: &[Row] = &[
    ("CATEGORIES", &[
        &["CATEGORIES:a,b", "CATEGORIES:b,a", "CATEGORIES:a\r\nCATEGORIES:b", "categories:a, b", "CATEGORIES;VALUE=TEXT:b\r\nCATEGORIES:a"],
        &["CATEGORIES:a\\,b"], &["CATEGORIES:a"], &["CATEGORIES:A,b"], &["CATEGORIES;LANGUAGE=ru:a,b", "CATEGORIES;LANGUAGE=RU:b\r\nCATEGORIES;LANGUAGE=ru:a"], &["", "CATEGORIES:"],
    ]),
    ("RESOURCES", &[&["RESOURCES:a,b", "RESOURCES:b\r\nRESOURCES:a"], &["RESOURCES:a,a"], &["RESOURCES:a"]]),
    ("GEO", &[
        &["GEO:55.75;37.61", "GEO:55.750000;37.610000", "GEO:+55.75;037.61", "GEO:55.75\\;37.61", "GEO;VALUE=FLOAT:55.75;37.61"],
        &["GEO:55.75;-37.61"], &["GEO:55.750001;37.61"], &["GEO:37.61;55.75"], &["GEO:5575;37.61"], &["GEO:0;0", "GEO:-0.0;.0"],
    ]),
    ("SUMMARY", &[
        &["SUMMARY:a\\, b\\; c\\nd", "SUMMARY:a, b; c\\Nd", "Summary:a\\,\r\n  b\\; c\\nd", "SUMMARY;VALUE=TEXT:a\\, b\\; c\\nd "],
        &["SUMMARY:a b c d"], &["SUMMARY:A\\, b\\; c\\nd"], &["SUMMARY:a\\, b\\; c\\\\nd"], &["SUMMARY;LANGUAGE=en:a\\, b\\; c\\nd"], &["", "SUMMARY:", "SUMMARY: "],
    ]),
    ("DESCRIPTION", &[&["DESCRIPTION:a\\nb", "DESCRIPTION:a\\Nb"], &["DESCRIPTION:a b"], &["", "DESCRIPTION:"], &["DESCRIPTION;ALTREP=\"cid:x\":"]]),
    ("COMMENT", &[&["COMMENT:a\r\nCOMMENT:b", "COMMENT:b\r\nCOMMENT:a"], &["COMMENT:a,b"], &["COMMENT:a"]]),
    ("LOCATION", &[&["LOCATION:a\\,b", "LOCATION:a,b"], &["LOCATION:a"], &["LOCATION;ALTREP=\"http://A/\":a", "LOCATION;ALTREP=\"HTTP://a\":a"]]),
    ("CONTACT", &[&["CONTACT:a\\,b", "CONTACT:a,b"], &["CONTACT:b\\,a"]]),
    ("CLASS", &[&["CLASS:PUBLIC", "CLASS:public", ""], &["CLASS:PRIVATE", "CLASS:Private"], &["CLASS:CONFIDENTIAL"]]),
    ("STATUS", &[&["STATUS:CONFIRMED", "STATUS:confirmed"], &["STATUS:TENTATIVE"], &["STATUS:CANCELLED"], &[""]]),
    ("TRANSP", &[&["TRANSP:OPAQUE", "TRANSP:opaque", ""], &["TRANSP:TRANSPARENT", "transp:transparent"]]),
    ("PRIORITY", &[&["PRIORITY:5", "PRIORITY:05", "PRIORITY;VALUE=INTEGER:+5"], &["PRIORITY:0", ""], &["PRIORITY:9"]]),
    ("SEQUENCE", &[&["SEQUENCE:0", ""], &["SEQUENCE:1"]]),
    ("PERCENT-COMPLETE", &[&["PERCENT-COMPLETE:50", "PERCENT-COMPLETE:050"], &["PERCENT-COMPLETE:5"]]),
    ("URL", &[
        &["URL:http://Example.com/a%7eb", "URL:HTTP://example.COM:80/a~b", "URL;VALUE=URI:http://example.com/a~b"],
        &["URL:http://example.com/A~b"], &["URL:https://example.com/a~b"], &["URL:http://example.com/a~b?x"], &["URL:http://example.com:8080/a~b"],
        &["URL:http://example.com/a%2fb", "URL:http://example.com/a%2Fb"], &["URL:http://example.com/a/b"],
        &["URL:http://example.com", "URL:http://example.com/"],
    ]),
    ("ATTACH", &[
        &["ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJD", "ATTACH;VALUE=binary;ENCODING=base64:QUJD", "ATTACH;VALUE=BINARY;ENCODING=BASE64:QU\r\n JD"],
        &["ATTACH;ENCODING=BASE64;VALUE=BINARY:QUJE"], &["ATTACH:cid:QUJD", "ATTACH;VALUE=URI:CID:QUJD"],
        &["ATTACH;FMTTYPE=text/plain:cid:QUJD", "ATTACH;FMTTYPE=TEXT/PLAIN:cid:QUJD"],
    ]),
    ("IMAGE", &[&["IMAGE;VALUE=URI;DISPLAY=BADGE:http://a/", "IMAGE;DISPLAY=badge:http://A"], &["IMAGE;DISPLAY=GRAPHIC:http://a/"]]),
    ("CONFERENCE", &[&["CONFERENCE;VALUE=URI;FEATURE=PHONE,AUDIO:tel:1", "CONFERENCE;FEATURE=audio;FEATURE=phone:TEL:1"], &["CONFERENCE:tel:1"]]),
    ("COLOR", &[&["COLOR:red", "COLOR:RED"], &["COLOR:blue"]]),
    ("ATTENDEE", &[
        &[
            "ATTENDEE;CN=a;RSVP=TRUE:mailto:a@b", "attendee;RSVP=true;CN=\"a\";SCHEDULE-STATUS=1.1:MAILTO:a@B",
            "ATTENDEE;CN=a;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CUTYPE=INDIVIDUAL;RSVP=TRUE;SCHEDULE-AGENT=CLIENT:mailto:a@b",
        ],
        &["ATTENDEE;CN=a:mailto:a@b", "ATTENDEE;CN=a;RSVP=FALSE:mailto:a@b", "ATTENDEE;CN=a;SCHEDULE-FORCE-SEND=REQUEST:mailto:a@b"],
        &["ATTENDEE;CN=A;RSVP=TRUE:mailto:a@b"], &["ATTENDEE;CN=a;RSVP=TRUE:mailto:A@b"], &["ATTENDEE;CN=a;RSVP=TRUE;PARTSTAT=ACCEPTED:mailto:a@b"],
        &["ATTENDEE;CN=a;RSVP=TRUE;ROLE=CHAIR:mailto:a@b"], &["ATTENDEE;CN=a;RSVP=TRUE;X-NUM=0:mailto:a@b"],
        &["ATTENDEE;CN=\"a^nb^^n^'\":mailto:a@b"], &["ATTENDEE;CN=\"a^nb^n^'\":mailto:a@b"],
        &["ATTENDEE;MEMBER=\"mailto:x@Y\",\"mailto:z@y\":mailto:a@b", "ATTENDEE;MEMBER=\"MAILTO:z@y\",\"mailto:x@y\":mailto:a@b"],
        &["ATTENDEE;SENT-BY=\"mailto:x@y\":mailto:a@b"], &["ATTENDEE;DELEGATED-TO=\"mailto:x@y\":mailto:a@b"],
        &["ATTENDEE;DELEGATED-FROM=\"mailto:x@y\":mailto:a@b"], &["ATTENDEE;DIR=\"ldap://H/x\":mailto:a@b", "ATTENDEE;DIR=\"LDAP://h/x\":mailto:a@b"],
        &["ATTENDEE;EMAIL=x@Y:urn:uuid:0A", "ATTENDEE;EMAIL=x@y:URN:UUID:0a"],
    ]),
    ("ORGANIZER", &[&["ORGANIZER:mailto:a@b", "ORGANIZER:MAILTO:a@B"], &["ORGANIZER:mailto:c@b"], &["ORGANIZER;CN=x:mailto:a@b"]]),
    ("RELATED-TO", &[&["RELATED-TO:a", "RELATED-TO;RELTYPE=PARENT:a", "RELATED-TO;reltype=parent:a"], &["RELATED-TO;RELTYPE=CHILD:a"], &["RELATED-TO:A"]]),
    ("REQUEST-STATUS", &[&["REQUEST-STATUS:2.0;a\\,b", "REQUEST-STATUS:2.0;a,b"], &["REQUEST-STATUS:2.1;a,b"]]),
    ("COMPLETED", &[&["COMPLETED:20260101T000000Z", "COMPLETED;VALUE=DATE-TIME:20260101t000000z"], &["COMPLETED:20260101T000001Z"]]),
    ("X-A", &[&["X-A:1", "x-a:1", "X-A;VALUE=TEXT:1"], &["X-A:2"], &["X-B:1"], &["X-A;X-B=1:1"], &["X-A;VALUE=INTEGER:1", "X-A;VALUE=INTEGER:01"]]),
    ("DTSTART", &[
        &["DTSTART;TZID=Europe/Moscow:20260105T100000", "DTSTART:20260105T070000Z", "DTSTART;TZID=\"Europe/Moscow\":20260105T100000", "DTSTART;TZID=Asia/Yekaterinburg:20260105T120000"],
        &["DTSTART:20260105T070000"], &["DTSTART:20260105T080000Z"], &["DTSTART;VALUE=DATE:20260105"],
    ]),
    ("DTEND", &[
        &["DTSTART:20260105T070000Z\r\nDTEND:20260105T080000Z", "DTSTART:20260105T070000Z\r\nDURATION:PT1H", "DTSTART:20260105T070000Z\r\nDURATION:PT60M"],
        &["DTSTART:20260105T070000Z\r\nDTEND:20260105T090000Z"], &["DTSTART:20260105T070000Z"],
    ]),
    ("DURATION", &[
        &["DTSTART:20260105T070000Z\r\nDURATION:P1W", "DTSTART:20260105T070000Z\r\nDURATION:P7D"],
        &["DTSTART:20260105T070000Z\r\nDURATION:P6D"],
    ]),
    ("DUE", &[
        &["DUE;TZID=Europe/Moscow:20260105T100000", "DUE:20260105T070000Z"],
        &["DUE:20260105T080000Z"], &["DUE;VALUE=DATE:20260105"], &["DUE:20260105T070000"],
    ]),
    ("RRULE", &[
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=2", "DTSTART:20260105T070000Z\r\nRRULE:COUNT=2;INTERVAL=1;FREQ=daily", "DTSTART:20260105T070000Z\r\nRDATE:20260106T070000Z",
          "DTSTART;TZID=Europe/Moscow:20260105T100000\r\nRRULE:FREQ=DAILY;UNTIL=20260106T070000Z"],
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=3"], &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY"],
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=WEEKLY"],
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=WEEKLY;COUNT=2000"], &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=WEEKLY;COUNT=1999"],
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE", "DTSTART:20260105T070000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=WE,MO;WKST=MO"],
    ]),
    ("RDATE", &[
        &["DTSTART:20260105T070000Z\r\nRDATE:20260106T070000Z,20260107T070000Z", "DTSTART:20260105T070000Z\r\nRDATE:20260107T070000Z\r\nRDATE;TZID=Europe/Moscow:20260106T100000"],
        &["DTSTART:20260105T070000Z\r\nRDATE:20260106T070000Z"],
        &["DTSTART:20260105T070000Z\r\nRDATE;VALUE=PERIOD:20260106T070000Z/PT1H", "DTSTART:20260105T070000Z\r\nRDATE;VALUE=PERIOD:20260106T070000Z/20260106T080000Z"],
    ]),
    ("EXDATE", &[
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE:20260106T070000Z,20260107T070000Z", "DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=Europe/Moscow:20260107T100000\r\nEXDATE:20260106T070000Z"],
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE:20260106T070000Z"],
        // The first occurrence is left out, in whatever zone.
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE:20260105T070000Z", "DTSTART;TZID=Europe/Moscow:20260105T100000\r\nRRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=Europe/Moscow:20260105T100000"],
        &["DTSTART;TZID=Europe/Moscow:20260105T100000\r\nRRULE:FREQ=DAILY\r\nEXDATE;TZID=Europe/Moscow:20260105T100000", "DTSTART;TZID=Asia/Yekaterinburg:20260105T120000\r\nRRULE:FREQ=DAILY\r\nEXDATE;TZID=Asia/Yekaterinburg:20260105T120000"],
        &["DTSTART;TZID=Europe/Moscow:20260105T110000\r\nRRULE:FREQ=DAILY\r\nEXDATE;TZID=Europe/Moscow:20260105T110000"],
        // Nothing is left of it.
        &["DTSTART:20260105T070000Z\r\nEXDATE:20260105T070000Z", "DTSTART;TZID=Europe/Moscow:20260105T100000\r\nEXDATE:20260105T070000Z"],
    ]),
    ("EXRULE", &[
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEXRULE:FREQ=DAILY;INTERVAL=2", "DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20260105T070000Z,20260107T070000Z"],
        &["DTSTART:20260105T070000Z\r\nRRULE:FREQ=DAILY;COUNT=3"],
    ]),
    ("RECURRENCE-ID", &[
        &["RECURRENCE-ID:20260105T070000Z\r\nDTSTART:20260105T070000Z", "RECURRENCE-ID;TZID=Europe/Moscow:20260105T100000\r\nDTSTART:20260105T070000Z"],
        &["RECURRENCE-ID:20260106T070000Z\r\nDTSTART:20260105T070000Z"],
    ]),
    // Cancelled in another zone.
    ("STATUS", &[&["STATUS:CANCELLED\r\nDTSTART:20260105T070000Z", "STATUS:CANCELLED\r\nDTSTART;TZID=Europe/Moscow:20260105T100000"], &["STATUS:CANCELLED\r\nDTSTART:20260105T080000Z"]]),
    ("TRIGGER", &[
        &["BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM", "BEGIN:VALARM\r\nTRIGGER;RELATED=START;VALUE=DURATION:-PT900S\r\nACTION:display\r\nEND:VALARM"],
        &["BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM"], &["BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:PT15M\r\nEND:VALARM"],
        &["BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;RELATED=END:-PT15M\r\nEND:VALARM"],
        &["BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:P0D\r\nEND:VALARM", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT0S\r\nEND:VALARM"],
        &["BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;VALUE=DATE-TIME:20260105T070000Z\r\nEND:VALARM"],
        &["BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT15M\r\nEND:VALARM"],
        &["BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P1D\r\nEND:VALARM", "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT24H\r\nEND:VALARM"],
    ]),
    ("REPEAT", &[
        &["BEGIN:VALARM\r\nTRIGGER:PT0S\r\nREPEAT:2\r\nDURATION:PT5M\r\nEND:VALARM", "BEGIN:VALARM\r\nTRIGGER:PT0S\r\nREPEAT:02\r\nDURATION:PT300S\r\nEND:VALARM"],
        &["BEGIN:VALARM\r\nTRIGGER:PT0S\r\nREPEAT:2\r\nDURATION:PT6M\r\nEND:VALARM"], &["BEGIN:VALARM\r\nTRIGGER:PT0S\r\nREPEAT:3\r\nDURATION:PT5M\r\nEND:VALARM"],
    ]),
    ("ACTION", &[&["BEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM", "BEGIN:VALARM\r\nACTION:Audio\r\nEND:VALARM"], &["BEGIN:VALARM\r\nACTION:EMAIL\r\nEND:VALARM"]]),
    ("FREEBUSY", &[
        &["FREEBUSY:20260105T070000Z/PT1H,20260106T070000Z/PT60M", "FREEBUSY;FBTYPE=BUSY:20260106T070000Z/PT1H,20260105T070000Z/PT1H"],
        &["FREEBUSY;FBTYPE=FREE:20260105T070000Z/PT1H,20260106T070000Z/PT60M"], &["FREEBUSY:20260105T070000Z/PT2H,20260106T070000Z/PT60M"],
    ]),
    ("ACKNOWLEDGED", &[&["ACKNOWLEDGED:20260105T070000Z"], &["ACKNOWLEDGED:20260105T070001Z"]]),
];

#[rustfmt::skip]
const CARD: &[Row] = &[
    ("N", &[&["N:a;b", "N:a;b;;;", "n:a;b;"], &["N:a\\;b"], &["N:b;a"], &["N:a;b;c\\,d"], &["N:a;b;c,d", "N:a;b;c,d;;"], &["", "N:;;;;"]]),
    ("FN", &[&["FN:a\\, b", "FN:a, b", "FN;VALUE=text:a\\, b"], &["FN:a b"]]),
    ("NICKNAME", &[&["NICKNAME:a,b", "NICKNAME:b\r\nNICKNAME:a"], &["NICKNAME:a\\,b"]]),
    ("CATEGORIES", &[&["CATEGORIES:a,b", "CATEGORIES:b,a"], &["CATEGORIES:a"]]),
    ("ORG", &[&["ORG:a;b", "ORG:a;b;"], &["ORG:a"], &["ORG:a\\;b"]]),
    ("ADR", &[&["ADR;TYPE=HOME:;;a;b", "ADR;TYPE=home:;;a;b;;;"], &["ADR;TYPE=work:;;a;b"], &["ADR;TYPE=home:;;b;a"]]),
    ("TEL", &[
        &["TEL;TYPE=WORK,VOICE:1", "TEL;TYPE=voice;TYPE=work:1", "TEL;WORK:1", "TEL;TYPE=\"work,voice\":1"], &["TEL:1", "TEL;TYPE=VOICE:1", "TEL;VALUE=text:1"],
        &["TEL;TYPE=FAX:1"], &["TEL:2"], &["TEL;TYPE=pref:1", "TEL;PREF=1:1"], &["TEL;PREF=2:1"], &["TEL;VALUE=uri:tel:1", "TEL;VALUE=URI:TEL:1"],
    ]),
    ("EMAIL", &[&["EMAIL:a@b.c", "EMAIL;TYPE=INTERNET:a@B.C"], &["EMAIL:A@b.c"], &["EMAIL;TYPE=work:a@b.c", "EMAIL;TYPE=INTERNET,WORK:a@b.c"]]),
    ("URL", &[&["URL:http://a/", "URL;VALUE=uri:HTTP://A", "URL;VALUE=URL:http://a"], &["URL:http://a/b"]]),
    ("IMPP", &[&["IMPP:xmpp:a@b", "IMPP:XMPP:a@b"], &["IMPP:xmpp:b@b"]]),
    ("PHOTO", &[
        &["PHOTO;ENCODING=b;TYPE=JPEG:QUJD", "PHOTO;TYPE=jpeg;ENCODING=BASE64:QU\r\n JD", "PHOTO;VALUE=binary;ENCODING=B;TYPE=JPEG:QUJD"],
        &["PHOTO;ENCODING=b;TYPE=JPEG:QUJE"], &["PHOTO;ENCODING=b;TYPE=PNG:QUJD"], &["PHOTO:data:image/jpeg;base64,QUJD", "PHOTO;VALUE=URI:DATA:IMAGE/jpeg;base64,QUJD"],
        &["PHOTO;VALUE=uri:http://a/", "PHOTO:http://A"],
    ]),
    ("LOGO", &[&["LOGO;ENCODING=b:QUJD", "LOGO;ENCODING=BASE64:QUJD"], &["LOGO;ENCODING=b:QUJE"]]),
    ("SOUND", &[&["SOUND;ENCODING=b:QUJD", "SOUND;ENCODING=BASE64:QUJD"], &["SOUND;ENCODING=b:QUJE"]]),
    ("KEY", &[&["KEY;ENCODING=b:QUJD", "KEY;ENCODING=BASE64:QUJD"], &["KEY;ENCODING=b:QUJE"], &["KEY:http://a/", "KEY;VALUE=uri:http://A"]]),
    ("BDAY", &[
        &["BDAY:19960415", "BDAY:1996-04-15", "BDAY;VALUE=date:1996-04-15"], &["BDAY:19960514"], &["BDAY:--0415", "BDAY:--04-15"], &["BDAY:1996-04"],
        &["BDAY:19960415T102030Z", "BDAY;VALUE=date-time:1996-04-15T10:20:30.000Z", "BDAY:1996-04-15T10:20:30+00:00"], &["BDAY:19960415T102030"], &["BDAY;VALUE=text:1996"],
    ]),
    ("ANNIVERSARY", &[&["ANNIVERSARY:19960415", "ANNIVERSARY:1996-04-15"], &["ANNIVERSARY:19960416"]]),
    ("GEO", &[&["GEO:55.75;37.61", "GEO:55.7500;37.610"], &["GEO:geo:55.75,37.61", "GEO;VALUE=uri:GEO:55.750,37.61"], &["GEO:55.75;37.62"]]),
    ("TZ", &[&["TZ:+0300", "TZ:+03:00", "TZ;VALUE=utc-offset:+03:00"], &["TZ:-0300"], &["TZ:Europe/Moscow", "TZ;VALUE=text:Europe/Moscow"]]),
    ("UID", &[&["UID:urn:uuid:0A", "UID:URN:UUID:0a", "UID;VALUE=uri:urn:uuid:0a"], &["UID:0a", "UID;VALUE=text:0a"], &["UID:0A"]]),
    ("RELATED", &[&["RELATED;TYPE=Friend:urn:uuid:0A", "RELATED;TYPE=friend:urn:uuid:0a"], &["RELATED;TYPE=spouse:urn:uuid:0a"]]),
    ("MEMBER", &[&["MEMBER:urn:uuid:0A", "MEMBER:URN:uuid:0a"], &["MEMBER:urn:uuid:0b"]]),
    ("KIND", &[&["KIND:individual", "KIND:INDIVIDUAL", ""], &["KIND:group", "KIND:GROUP"]]),
    ("CLASS", &[&["CLASS:PUBLIC", ""], &["CLASS:PRIVATE", "CLASS:private"]]),
    ("GENDER", &[&["GENDER:M", "GENDER:M;"], &["GENDER:F"], &["GENDER:;x"]]),
    ("LANG", &[&["LANG:ru", "LANG:RU"], &["LANG:en"]]),
    ("CLIENTPIDMAP", &[&["CLIENTPIDMAP:1;urn:uuid:a"], &["CLIENTPIDMAP:2;urn:uuid:a"]]),
    ("TITLE", &[&["TITLE:a\\, b", "TITLE:a, b"], &["TITLE:b"], &["", "TITLE:"]]),
    ("ROLE", &[&["ROLE:a"], &["ROLE:b"]]),
    ("NOTE", &[&["NOTE:a\\nb", "NOTE:a\\Nb"], &["NOTE:a b"], &["NOTE:a\\\\nb"]]),
    ("SOURCE", &[&["SOURCE:http://a/", "SOURCE:http://A"], &["SOURCE:http://b/"]]),
    ("FBURL", &[&["FBURL:http://a/", "FBURL:http://A"], &["FBURL:http://b/"]]),
    ("CALURI", &[&["CALURI:http://a/", "CALURI:http://A"], &["CALURI:http://b/"]]),
    ("CALADRURI", &[&["CALADRURI:mailto:a@B", "CALADRURI:MAILTO:a@b"], &["CALADRURI:mailto:b@b"]]),
    ("SORT-STRING", &[&["SORT-STRING:a"], &["SORT-STRING:b"]]),
    ("X-A", &[&["X-A:a\\,b", "x-a:a,b"], &["X-A:b"]]),
    ("item1.X-ABLABEL", &[&["item1.X-ABLABEL:a", "ITEM1.x-ablabel:a"], &["item2.X-ABLABEL:a"]]),
];

/// Every property of RFC 5545, RFC 7986 and RFC 6350 but for those that a server may set itself, that name the format, or that
/// stand in a time zone.
const NAMES: (&str, &str) = (
    "ATTACH CATEGORIES CLASS COMMENT DESCRIPTION GEO LOCATION PERCENT-COMPLETE PRIORITY RESOURCES STATUS SUMMARY COMPLETED \
     DTEND DUE DTSTART DURATION FREEBUSY TRANSP ATTENDEE CONTACT ORGANIZER RECURRENCE-ID RELATED-TO URL EXDATE EXRULE RDATE \
     RRULE ACTION REPEAT TRIGGER SEQUENCE REQUEST-STATUS COLOR IMAGE CONFERENCE ACKNOWLEDGED",
    "N FN NICKNAME PHOTO BDAY ANNIVERSARY GENDER ADR TEL EMAIL IMPP LANG TZ GEO TITLE ROLE LOGO ORG MEMBER RELATED CATEGORIES \
     NOTE SOUND UID CLIENTPIDMAP URL KEY FBURL CALADRURI CALURI SOURCE KIND CLASS SORT-STRING",
);

fn event(lines: &str) -> Vec<u8> {
    let task = if lines.contains("DUE") { "VTODO" } else { "VEVENT" };
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:{task}\r\nUID:1\r\n{lines}\r\nEND:{task}\r\nEND:VCALENDAR\r\n").into_bytes()
}

fn card(lines: &str) -> Vec<u8> {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}\r\nEND:VCARD\r\n").into_bytes()
}

#[test]
fn what_means_the_same_is_the_same_and_what_does_not_is_not() {
    let mut wrong = Vec::new();
    for (rows, names, resource, compare) in [
        (
            EVENT,
            NAMES.0,
            event as fn(&str) -> Vec<u8>,
            calendar as fn(&[u8], &[u8]) -> Result<(), Vec<super::Difference>>,
        ),
        (CARD, NAMES.1, card, contact),
    ] {
        for name in names.split_whitespace() {
            assert!(
                rows.iter()
                    .any(|(known, groups)| *known == name && groups.len() > 1),
                "no row for {name}"
            );
        }
        for (name, groups) in rows {
            for (index, group) in groups.iter().enumerate() {
                for sent in *group {
                    for (other, candidates) in groups.iter().enumerate() {
                        for got in *candidates {
                            let answer = compare(&resource(sent), &resource(got));
                            if answer.is_ok() != (index == other) {
                                wrong.push(format!("{name}: {sent:?} and {got:?}: {answer:?}"));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! Mail as organisations have it, the same bytes for the same seed on every machine.
//!
//! Sizes spread like those of real mail (median about 12 KB). Subjects are Russian and English, as encoded words in three
//! charsets and as raw bytes; bodies are in the same charsets, with attachments whose names are awkward. Some messages
//! are exact duplicates within their folder, lack a Message-ID, a valid date, any header or any body, have very long
//! lines, or lines that start with `From `. Lines end with CRLF (the last one may not end at all), and no byte is NUL: a
//! server can give back exactly what it was given.
//!
//! ```
//! use tegu_testkit::corpus::Corpus;
//!
//! let mail: Vec<_> = Corpus::new(7).messages(50).collect();
//! assert_eq!(mail.len(), 50);
//! assert_eq!(mail[3].bytes, Corpus::new(7).messages(50).nth(3).unwrap().bytes);
//! ```

mod compose;
mod random;
mod text;

use random::Random;
use std::collections::HashMap;
use std::fmt::Write as _;

/// Folders, with `/` between the levels and nowhere else, and how many of a thousand messages are in each.
const FOLDERS: &[(&str, u64)] = &[
    ("INBOX", 300),
    ("Sent Items", 150),
    ("Drafts", 10),
    ("Deleted Items", 50),
    ("Junk E-mail", 20),
    ("Архив", 120),
    ("Архив/2023", 100),
    ("Архив/2023/Отчёты & сметы", 60),
    ("Projects", 60),
    ("Projects/Alpha (old) [v1.0]", 50),
    ("Projects/Alpha (old) [v1.0]/Сводка \"Ё\"", 50),
    ("Счета 100% & долги", 30),
];

/// The zones of senders and servers, minutes east of Greenwich.
const ZONES: &[i32] = &[0, 180, 180, 180, -300, 345];

const KEYWORDS: &[&str] = &["$Forwarded", "$MDNSent", "Important", "NonJunk", "$Label1"];

/// A message and what a server keeps beside it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// The message itself. CRLF between lines; no NUL.
    pub bytes: Vec<u8>,
    /// The folder, with `/` between the levels; see [`folders`].
    pub folder: &'static str,
    /// System flags, such as `\Seen`.
    pub flags: Vec<&'static str>,
    /// Keywords, such as `$Forwarded`.
    pub keywords: Vec<&'static str>,
    /// When the server received it.
    pub internal_date: InternalDate,
}

/// A point in time and the zone in which it was written down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InternalDate {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub unix: i64,
    /// The zone, minutes east of Greenwich.
    pub offset_minutes: i32,
}

impl InternalDate {
    /// The `date-time` of IMAP (RFC 3501, section 9) without its quotes, such as ` 1-Jan-2024 03:00:00 +0300`.
    pub fn imap(&self) -> String {
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let local = self.unix + i64::from(self.offset_minutes) * 60;
        let (year, month, day) = civil(local.div_euclid(86_400));
        let second = local.rem_euclid(86_400);
        let (sign, zone) = if self.offset_minutes < 0 {
            ('-', -self.offset_minutes)
        } else {
            ('+', self.offset_minutes)
        };
        format!(
            "{day:2}-{month}-{year:04} {:02}:{:02}:{:02} {sign}{:02}{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60,
            zone / 60,
            zone % 60,
            month = MONTHS[month - 1],
        )
    }
}

/// Year, month from 1 and day from 1 of a day counted from 1970-01-01, for years from 1970 on.
fn civil(mut day: i64) -> (i64, usize, i64) {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while day >= 365 + i64::from(leap(year)) {
        day -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [
        31,
        28 + i64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    (year, month + 1, day + 1)
}

/// All folders that messages are in, parents before their children; `/` between the levels and nowhere else.
pub fn folders() -> impl Iterator<Item = &'static str> {
    FOLDERS.iter().map(|(name, _)| *name)
}

/// A source of messages; see the [module](self).
#[derive(Clone, Debug)]
pub struct Corpus {
    seed: u64,
    max_size: u64,
}

impl Corpus {
    /// The corpus of this seed. No message is much larger than 1 MiB; see [`Corpus::max_size`].
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            max_size: 1 << 20,
        }
    }

    /// Sets the size that larger messages are cut down to, bytes; headers come on top. At least 1000.
    ///
    /// The real distribution has about one message in 500 beyond 1 MiB and hardly any beyond 10 MiB.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = bytes.max(1000);
        self
    }

    /// The first `count` messages, made one by one as they are asked for.
    pub fn messages(self, count: usize) -> impl Iterator<Item = Message> {
        let mut random = Random::new(self.seed);
        let mut last: HashMap<&'static str, Vec<u8>> = HashMap::new();
        (0..count as u64).map(move |number| {
            let (folder, _) = FOLDERS[random.weighted(FOLDERS.iter().map(|(_, weight)| *weight))];
            let size = random.mail_size().min(self.max_size);
            // From 2010 to 2024.
            let unix = random.range(1_262_304_000, 1_735_689_600) as i64;
            let duplicate = last.get(folder).filter(|_| random.permille(20)).cloned();
            let bytes = duplicate.unwrap_or_else(|| compose::message(&mut random, number, size, unix));
            last.insert(folder, bytes.clone());
            let internal_date = InternalDate {
                unix,
                offset_minutes: *random.pick(ZONES),
            };
            let (flags, keywords) = flags(&mut random, folder);
            Message {
                bytes,
                folder,
                flags,
                keywords,
                internal_date,
            }
        })
    }
}

fn flags(random: &mut Random, folder: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut flags = Vec::new();
    for (flag, chance) in [
        ("\\Seen", 800),
        ("\\Answered", 200),
        ("\\Flagged", 80),
        ("\\Deleted", 10),
    ] {
        if random.permille(chance) {
            flags.push(flag);
        }
    }
    if folder == "Drafts" {
        flags.push("\\Draft");
    }
    let keywords = if random.permille(150) {
        vec![*random.pick(KEYWORDS)]
    } else {
        Vec::new()
    };
    (flags, keywords)
}

/// Fowler, Noll and Vo's hash 1a (64 bits) over everything in the messages: equal for equal corpora.
pub fn digest(messages: impl IntoIterator<Item = Message>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut feed = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for message in messages {
        let mut text = String::new();
        let _ = write!(
            text,
            "{} {:?} {:?}",
            message.folder, message.flags, message.keywords
        );
        let _ = write!(text, "{} {}", message.internal_date.imap(), message.bytes.len());
        feed(text.as_bytes());
        feed(&message.bytes);
    }
    hash
}

//! Conditions and exceptions.

use super::Work;
use crate::rule::{Condition, Importance, MessageType, Recipient, Sensitivity};
use crate::script::{AddressPart, BodyText, Match, Mime, Test};
use jiff::tz::Offset;
use jiff::{Timestamp, Unit};

const ADDRESS: AddressPart = AddressPart::All;
/// Numbers that every implementation takes (RFC 5228, section 2.4.1).
const MAX_NUMBER: u64 = (1 << 31) - 1;

impl Work<'_> {
    /// Returns the test for a condition. If there is none, the rule has become manual, and the test is `false`.
    pub(super) fn condition(&mut self, condition: &Condition) -> Test {
        match condition {
            Condition::From(all) => self.people(&["From"], all, true),
            Condition::SentTo(all) => self.people(&["To", "Cc"], all, false),
            Condition::FromAddressContains(texts) => self.addresses(&["From", "Sender"], texts),
            Condition::RecipientAddressContains(texts) => self.addresses(&["To", "Cc"], texts),
            Condition::SubjectContains(texts) => self.subject(texts),
            Condition::BodyContains(texts) => self.body(texts),
            Condition::SubjectOrBodyContains(texts) => Test::any(vec![self.subject(texts), self.body(texts)]),
            Condition::HeaderContains(texts) => self.header(texts),
            Condition::SentToMe => self.me(&["To"]),
            Condition::SentCcMe => self.me(&["Cc"]),
            Condition::SentToOrCcMe => self.me(&["To", "Cc"]),
            Condition::NotSentToMe => Test::negate(self.me(&["To"])),
            Condition::SentOnlyToMe => {
                let one = Test::address(Match::CountEquals, ADDRESS, &["To", "Cc"], ["1"]);
                Test::all(vec![self.me(&["To"]), one])
            }
            Condition::Importance(value) => importance(*value),
            Condition::Sensitivity(value) => sensitivity(*value),
            Condition::HasAttachments => {
                self.lossy(
                    "SIEVE-ATTACHMENT",
                    "an attachment is a part that calls itself one; Exchange also judges inline parts",
                );
                Test::mime(
                    Match::Contains,
                    true,
                    Mime::Whole,
                    "Content-Disposition",
                    "attachment",
                )
            }
            Condition::SizeRange { min, max } => self.size(*min, *max),
            Condition::DateRange { after, before } => self.dates(*after, *before),
            Condition::ItemClasses(classes) => self.item_classes(classes),
            Condition::Type(kind) => self.message_type(*kind),
            Condition::FlaggedForAction(_)
            | Condition::Categories(_)
            | Condition::Classifications(_)
            | Condition::FromSubscription(_) => {
                self.manual("SIEVE-CONDITION", format!("no header tells whether {condition}"));
                Test::never()
            }
        }
    }

    /// All SMTP addresses of these people, or none if one of them is not known.
    pub(super) fn known(&mut self, people: &[Recipient], members: bool) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for person in people {
            if members && person.group {
                self.manual("SIEVE-GROUP", format!("{person} is a group: name its members"));
            }
            let good = |address: &&String| address.is_ascii() && crate::rule::is_address(address);
            let known: Vec<&String> = person.addresses.iter().filter(good).collect();
            if known.is_empty() {
                self.manual(
                    "SIEVE-ADDRESS",
                    format!("the SMTP address of {person} is not known"),
                );
            }
            for address in known {
                if !all.iter().any(|other| other.eq_ignore_ascii_case(address)) {
                    all.push(address.clone());
                }
            }
        }
        all
    }

    fn people(&mut self, headers: &[&str], people: &[Recipient], members: bool) -> Test {
        let all = self.known(people, members);
        if all.is_empty() {
            self.manual("SIEVE-ADDRESS", "the rule names nobody who is known");
            return Test::never();
        }
        Test::address(Match::Is, ADDRESS, headers, all)
    }

    fn me(&mut self, headers: &[&str]) -> Test {
        let own: Vec<String> = self.translator.owner.addresses.clone();
        if own.is_empty() {
            self.manual("SIEVE-OWNER", "the addresses of the mailbox are not known");
            return Test::never();
        }
        Test::address(Match::Is, ADDRESS, headers, own)
    }

    fn addresses(&mut self, headers: &[&str], texts: &[String]) -> Test {
        let ways = self.containing(texts);
        Test::any(
            ways.into_iter()
                .map(|(way, keys)| Test::address(way, ADDRESS, headers, keys))
                .collect(),
        )
    }

    fn subject(&mut self, texts: &[String]) -> Test {
        let ways = self.containing(texts);
        Test::any(
            ways.into_iter()
                .map(|(way, keys)| Test::header(way, &["Subject"], keys))
                .collect(),
        )
    }

    fn body(&mut self, texts: &[String]) -> Test {
        self.lossy(
            "SIEVE-BODY",
            "text within HTML is taken out in another way than by Exchange",
        );
        let ways = self.containing(texts);
        Test::any(
            ways.into_iter()
                .map(|(way, keys)| Test::body(way, BodyText::Text, keys))
                .collect(),
        )
    }

    fn header(&mut self, texts: &[String]) -> Test {
        let mut tests = Vec::new();
        for text in texts {
            let field = text
                .split_once(':')
                .map(|(name, value)| (name.trim(), value.trim()));
            let field = field.filter(|(name, value)| {
                !name.is_empty()
                    && !value.is_empty()
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            });
            let Some((name, value)) = field else {
                self.manual("SIEVE-HEADER", format!("\"{text}\" is to be found anywhere in the header, and Sieve needs the name of a field"));
                continue;
            };
            self.lossy(
                "SIEVE-HEADER",
                format!("\"{value}\" is looked for in {name} alone, not in the whole header"),
            );
            let ways = self.containing(&[value.to_owned()]);
            tests.extend(
                ways.into_iter()
                    .map(|(way, keys)| Test::header(way, &[name], keys)),
            );
        }
        Test::any(tests)
    }

    fn size(&mut self, min: Option<u64>, max: Option<u64>) -> Test {
        self.lossy(
            "SIEVE-SIZE",
            "the size is that of the message as it travels, which Exchange does not measure",
        );
        if min.or(max).is_none()
            || [min, max]
                .into_iter()
                .flatten()
                .any(|octets| octets >= MAX_NUMBER)
        {
            self.manual(
                "SIEVE-TEXT",
                "the range of sizes has no end, or one that Sieve cannot write",
            );
            return Test::never();
        }
        let mut tests = Vec::new();
        if let Some(over) = min.and_then(|min| min.checked_sub(1)) {
            tests.push(Test::size(true, over));
        }
        tests.extend(max.map(|max| Test::size(false, max + 1)));
        Test::all(tests)
    }

    fn dates(&mut self, after: Option<Timestamp>, before: Option<Timestamp>) -> Test {
        let mut tests = Vec::new();
        for (instant, relation) in [(after, ("gt", "ge")), (before, ("lt", "le"))] {
            let Some(instant) = instant else { continue };
            match bound(instant, relation) {
                Some(test) => tests.push(test),
                None => self.manual("SIEVE-TEXT", format!("Sieve cannot write the date {instant}")),
            }
        }
        Test::all(tests)
    }

    fn item_classes(&mut self, classes: &[String]) -> Test {
        let mut tests = Vec::new();
        for class in classes {
            let kind = match class.to_ascii_uppercase().as_str() {
                "IPM.SCHEDULE.MEETING.REQUEST" => Some(MessageType::MeetingRequest),
                "IPM.SCHEDULE.MEETING.RESP" => Some(MessageType::MeetingResponse),
                "REPORT.IPM.NOTE.NDR" => Some(MessageType::NonDeliveryReport),
                "REPORT.IPM.NOTE.IPNRN" => Some(MessageType::ReadReceipt),
                "IPM.NOTE.SMIME.MULTIPARTSIGNED" => Some(MessageType::Signed),
                "IPM.NOTE.SMIME" => Some(MessageType::Encrypted),
                _ => None,
            };
            match kind {
                Some(kind) => {
                    self.lossy(
                        "SIEVE-ITEM-CLASS",
                        format!("{class} is known by the shape of the message"),
                    );
                    tests.push(self.message_type(kind));
                }
                None => self.manual(
                    "SIEVE-CONDITION",
                    format!("no header tells whether a message is of class {class}"),
                ),
            }
        }
        Test::any(tests)
    }

    fn message_type(&mut self, kind: MessageType) -> Test {
        let content = |name: &str| Test::mime(Match::Is, false, Mime::ContentType, "Content-Type", name);
        let child = |name: &str| Test::mime(Match::Is, true, Mime::ContentType, "Content-Type", name);
        let parameter = |any: bool, name: &'static str, value: &str| {
            Test::mime(Match::Is, any, Mime::Parameter(name), "Content-Type", value)
        };
        let meeting =
            |method: &str| Test::all(vec![child("text/calendar"), parameter(true, "method", method)]);
        let report = |of: &str| {
            Test::all(vec![
                content("multipart/report"),
                parameter(false, "report-type", of),
            ])
        };
        let smime = |what: &str| {
            let either = Test::any(vec![
                content("application/pkcs7-mime"),
                content("application/x-pkcs7-mime"),
            ]);
            Test::all(vec![either, parameter(false, "smime-type", what)])
        };
        match kind {
            MessageType::MeetingRequest => meeting("REQUEST"),
            MessageType::MeetingResponse => meeting("REPLY"),
            MessageType::NonDeliveryReport => report("delivery-status"),
            MessageType::ReadReceipt => report("disposition-notification"),
            MessageType::Signed => Test::any(vec![content("multipart/signed"), smime("signed-data")]),
            MessageType::Encrypted => {
                Test::any(vec![content("multipart/encrypted"), smime("enveloped-data")])
            }
            MessageType::AutomaticReply | MessageType::AutomaticForward => {
                self.lossy(
                    "SIEVE-AUTOMATIC",
                    "automatic messages are known by their header Auto-Submitted alone",
                );
                let word = if kind == MessageType::AutomaticReply {
                    "auto-replied"
                } else {
                    "auto-forwarded"
                };
                Test::header(Match::Contains, &["Auto-Submitted"], [word])
            }
            MessageType::PermissionControlled => {
                self.lossy(
                    "SIEVE-ITEM-CLASS",
                    "protected messages are known by their part message.rpmsg",
                );
                parameter(true, "name", "message.rpmsg")
            }
            MessageType::ApprovalRequest | MessageType::Voicemail => {
                self.manual(
                    "SIEVE-CONDITION",
                    "no header tells whether a message is of this kind",
                );
                Test::never()
            }
        }
    }
}

/// A bound to the second, in UTC. Dates and times are compared as text, in two steps, since servers write the offset in two ways.
fn bound(instant: Timestamp, (strict, or_equal): (&'static str, &'static str)) -> Option<Test> {
    // The first second that belongs to the range.
    let instant = if strict == "gt" && instant.subsec_nanosecond() != 0 {
        instant
            .round(
                jiff::TimestampRound::new()
                    .smallest(Unit::Second)
                    .mode(jiff::RoundMode::Ceil),
            )
            .ok()?
    } else {
        instant
    };
    let utc = Offset::UTC.to_datetime(instant);
    let year = utc.year();
    if !(1970..=9999).contains(&year) {
        return None;
    }
    let date = utc.strftime("%Y-%m-%d").to_string();
    let time = utc.strftime("%H:%M:%S").to_string();
    Some(Test::any(vec![
        Test::current_date(Match::Value(strict), "date", &date),
        Test::all(vec![
            Test::current_date(Match::Is, "date", &date),
            Test::current_date(Match::Value(or_equal), "time", &time),
        ]),
    ]))
}

pub(super) fn between(after: Timestamp, before: Timestamp) -> Option<Test> {
    Some(Test::all(vec![
        bound(after, ("gt", "ge"))?,
        bound(before, ("lt", "le"))?,
    ]))
}

fn marked(importance: &str, words: [&str; 2], numbers: [&str; 2]) -> Vec<Test> {
    let explained = numbers.map(|number| format!("{number} *"));
    vec![
        Test::header(Match::Is, &["Importance"], [importance]),
        Test::header(Match::Is, &["X-Priority"], numbers),
        Test::header(Match::Matches, &["X-Priority"], explained),
        Test::header(Match::Is, &["Priority"], words),
    ]
}

fn importance(value: Importance) -> Test {
    let high = marked("high", ["urgent", "high"], ["1", "2"]);
    let low = marked("low", ["non-urgent", "low"], ["4", "5"]);
    match value {
        Importance::High => Test::any(high),
        Importance::Low => Test::any(low),
        Importance::Normal => Test::negate(Test::any(high.into_iter().chain(low).collect())),
    }
}

fn sensitivity(value: Sensitivity) -> Test {
    let is = |words: &[&str]| Test::header(Match::Is, &["Sensitivity"], words.iter().copied());
    match value {
        Sensitivity::Personal => is(&["Personal"]),
        Sensitivity::Private => is(&["Private"]),
        Sensitivity::Confidential => is(&["Company-Confidential"]),
        Sensitivity::Normal => Test::negate(is(&["Personal", "Private", "Company-Confidential"])),
    }
}

//! Checks names and the form of values: the rules of Microsoft's IdFix, without its false alarms (parentheses in X.500
//! addresses, internationalised domains), for all kinds of objects.

use std::borrow::Cow;

use super::issue::Issue;
use super::options::CheckOptions;
use super::owners::Names;
use super::report::Report;
use crate::account::{Account, Common, Contact, Field, Group};
use crate::address::{AddressProblem, SmtpAddress};
use crate::exchange::Directory;

/// Characters that a text should not have.
#[derive(Clone, Copy)]
struct Bad {
    ascii: [bool; 256],
    /// Those beyond ASCII.
    beyond: fn(char) -> bool,
}

impl Bad {
    const fn new(characters: &str, beyond: fn(char) -> bool) -> Self {
        let (bytes, mut ascii, mut at) = (characters.as_bytes(), [false; 256], 0);
        while at < bytes.len() {
            ascii[bytes[at] as usize] = true;
            at += 1;
        }
        Self { ascii, beyond }
    }

    fn has(&self, c: char) -> bool {
        match u8::try_from(c) {
            Ok(b) if b.is_ascii() => self.has_byte(b),
            _ => (self.beyond)(c),
        }
    }

    fn has_byte(&self, b: u8) -> bool {
        self.ascii.get(usize::from(b)).copied().unwrap_or(false)
    }

    fn any_in(&self, text: &str) -> bool {
        text.bytes().any(|b| self.has_byte(b))
            || (!text.is_ascii() && text.chars().any(|c| !c.is_ascii() && (self.beyond)(c)))
    }
}

/// A rule for a text of an object: attribute, most characters, characters that it should not have.
struct Rule {
    attribute: &'static str,
    field: Field,
    limit: usize,
    bad: &'static Bad,
}

const NICKNAME: &str = "mailNickname";
const SAM: &str = "sAMAccountName";
const LOGIN: &str = "userPrincipalName";
const TARGET: &str = "targetAddress";
const X500: &str = "x500";

static NONE: Bad = Bad::new("", |_| false);
static IN_NICKNAME: Bad = Bad::new(
    " \t\n\r\u{b}\u{c}\\!#$%&*+/=?^`{}|~<>()';:,[]\"@",
    char::is_whitespace,
);
static IN_SAM: Bad = Bad::new("\\\"|,/[]:<>+=;?*", |_| false);
static IN_LOGIN: Bad = Bad::new(" \t\n\r\u{b}\u{c}\\%&*+/=?'{}|<>();:,[]\"", |c| {
    c.is_whitespace() || "äöüÄÖÜß".contains(c)
});
static IN_X500: Bad = Bad::new("\u{c}\n\r\t\u{b}[]\"':", |_| false);
static IN_OTHER: Bad = Bad::new(" \t\n\r\u{b}\u{c}<>(),[]\":", char::is_whitespace);

static RULES: &[Rule] = &[
    Rule {
        attribute: "displayName",
        field: Field::DisplayName,
        limit: 255,
        bad: &NONE,
    },
    Rule {
        attribute: "givenName",
        field: Field::GivenName,
        limit: 63,
        bad: &NONE,
    },
    Rule {
        attribute: NICKNAME,
        field: Field::Nickname,
        limit: 64,
        bad: &IN_NICKNAME,
    },
    Rule {
        attribute: LOGIN,
        field: Field::Login,
        limit: 113,
        bad: &IN_LOGIN,
    },
];

/// The most characters that an address may have.
const ADDRESS: usize = 256;

/// The most bytes of a photo that address lists take.
const PHOTO: usize = 100 << 10;

/// Returns the names that should be unique.
pub(super) fn names(directory: &Directory) -> Names<'_> {
    let objects = || directory.recipients().map(|r| (r.dn(), r.common()));
    Names::of(directory.len(), objects, unique)
}

/// Returns the values of an object that no other should have.
fn unique<'a>(common: &'a Common, each: &mut dyn FnMut(&'static str, Cow<'a, str>)) {
    let texts = &common.texts;
    let mut whole = |attribute, value: Option<&'a str>| {
        value.into_iter().for_each(|v| each(attribute, v.into()));
    };
    whole(NICKNAME, texts.get(Field::Nickname));
    match texts.get(Field::Login) {
        Some(login) => whole(LOGIN, Some(login)),
        // The short name only counts where there is no other.
        None => whole(SAM, texts.get(Field::Sam)),
    }
    let addresses = &common.addresses;
    whole(TARGET, addresses.target().map(SmtpAddress::as_str));
    texts.all_long(Field::X500).for_each(|v| each(X500, v));
}

pub(super) fn account(account: &Account, names: &Names<'_>, options: &CheckOptions, report: &mut Report<'_>) {
    let common = &account.common;
    object(common, 20, names, options, report);
    if let Some(login) = account.login() {
        match SmtpAddress::parse(login) {
            // Characters have a finding of their own.
            Ok(_) | Err(AddressProblem::Character) => {}
            Err(reason) => report.push(Issue::LoginMalformed {
                value: login.into(),
                reason,
            }),
        }
    }
    if account.kind().has_mailbox() && account.nickname().is_none() && account.sam_account_name().is_some() {
        let parts = [Field::GivenName, Field::Surname].map(|f| common.texts.get(f));
        let [Some(given), Some(surname)] = parts else {
            return report.push(Issue::ValueBlank {
                attribute: NICKNAME.into(),
                proposal: account.sam_account_name().map(Into::into),
            });
        };
        let proposal: String = format!("{given}.{surname}")
            .chars()
            .filter(|&c| !IN_NICKNAME.has(c))
            .collect();
        report.push(Issue::ValueBlank {
            attribute: NICKNAME.into(),
            proposal: Some(proposal.into()),
        });
    }
}

pub(super) fn group(group: &Group, names: &Names<'_>, options: &CheckOptions, report: &mut Report<'_>) {
    object(&group.common, ADDRESS, names, options, report);
}

pub(super) fn contact(contact: &Contact, names: &Names<'_>, options: &CheckOptions, report: &mut Report<'_>) {
    object(&contact.common, ADDRESS, names, options, report);
    // A contact is written to where its mail goes.
    if contact.sam_account_name().is_none() && contact.address().is_none() {
        report.push(Issue::ValueBlank {
            attribute: TARGET.into(),
            proposal: None,
        });
    }
}

fn object(
    common: &Common,
    sam_limit: usize,
    names: &Names<'_>,
    options: &CheckOptions,
    report: &mut Report<'_>,
) {
    let texts = &common.texts;
    for rule in RULES {
        if let Some(value) = texts.get(rule.field) {
            text(rule.attribute, value, rule.limit, rule.bad, report);
        }
    }
    if let Some(sam) = texts.get(Field::Sam) {
        text(SAM, sam, sam_limit, &IN_SAM, report);
    }
    if let Some(name) = texts.get(Field::DisplayName).filter(|n| n.trim() != *n) {
        report.push(Issue::ValueCharacter {
            attribute: "displayName".into(),
            value: name.into(),
            proposal: Some(name.trim().into()),
        });
    }
    if let Some(name) = texts.get(Field::Nickname).filter(|n| n.starts_with('.')) {
        report.push(Issue::ValueCharacter {
            attribute: NICKNAME.into(),
            value: name.into(),
            proposal: Some(name.trim_start_matches('.').into()),
        });
    }
    // Only in Active Directory is `displayName` what people see.
    if common.unnamed && texts.get(Field::Sam).is_some() && common.addresses.main().is_some() {
        report.push(Issue::ValueBlank {
            attribute: "displayName".into(),
            proposal: texts.get(Field::DisplayName).map(Into::into),
        });
    }
    addresses(common, options, report);
    if let Some(photo) = common.photo() {
        let known = photo.starts_with(b"\xff\xd8\xff") || photo.starts_with(b"\x89PNG\r\n");
        if !known || photo.len() > PHOTO {
            report.push(Issue::PhotoUnfit { bytes: photo.len() });
        }
    }
    if names.any() {
        unique(common, &mut |attribute, value| {
            names.check(attribute, &value, report);
        });
    }
}

fn text(attribute: &'static str, value: &str, limit: usize, bad: &Bad, report: &mut Report<'_>) {
    // A character has at most four bytes, so most values need not be counted.
    if value.len() > limit && value.chars().count() > limit {
        report.push(Issue::ValueTooLong {
            attribute: attribute.into(),
            value: value.into(),
            limit,
        });
    }
    if bad.any_in(value) {
        let left: String = value.chars().filter(|&c| !bad.has(c)).collect();
        report.push(Issue::ValueCharacter {
            attribute: attribute.into(),
            value: value.into(),
            proposal: (!left.is_empty()).then(|| left.into()),
        });
    }
}

fn addresses(common: &Common, options: &CheckOptions, report: &mut Report<'_>) {
    let addresses = &common.addresses;
    let proxies = addresses.primary().into_iter().chain(addresses.aliases());
    let all = addresses
        .mail()
        .iter()
        .filter(|&m| addresses.primary() != Some(m))
        .map(|a| ("mail", a))
        .chain(proxies.map(|a| ("proxyAddresses", a)))
        .chain(addresses.target().into_iter().map(|a| (TARGET, a)));
    for (attribute, address) in all {
        if address.as_str().len() > ADDRESS {
            report.push(Issue::ValueTooLong {
                attribute: attribute.into(),
                value: address.as_str().into(),
                limit: ADDRESS,
            });
        }
        let is_ours = !options.accepts_any() && options.accepts(address);
        if !is_ours && !options.knows_top_level(address) {
            report.push(Issue::DomainUnknown {
                attribute: attribute.into(),
                address: address.clone(),
            });
        }
        if !address.is_ascii() && mixes_alphabets(address.as_str()) {
            report.push(Issue::LookAlike {
                address: address.clone(),
            });
        }
    }
    for value in common.texts.all_long(Field::X500) {
        text(X500, &value, ADDRESS, &IN_X500, report);
    }
    for value in addresses.other() {
        let (kind, rest) = value.split_once(':').unwrap_or_default();
        let bad = if kind == "x400" { &IN_X500 } else { &IN_OTHER };
        text("proxyAddresses", rest, ADDRESS, bad, report);
    }
}

/// Returns whether a part between separators has letters of both the Latin and the Cyrillic or Greek alphabets.
fn mixes_alphabets(text: &str) -> bool {
    text.split(['.', '@', '-', '_']).any(|part| {
        let latin = part.contains(|c: char| c.is_ascii_alphabetic());
        latin && part.contains(|c: char| matches!(c, '\u{370}'..='\u{52f}'))
    })
}

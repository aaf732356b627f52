//! What Exchange does with a message: its documented semantics as a pure function.
//!
//! - Rules that are switched off, in error or client-only do not run. The others run by priority.
//! - All conditions of a rule must match; one exception that matches is enough to skip it.
//! - Text is found anywhere, whatever its letter case, Cyrillic and Greek included.
//! - A move and a copy each put the message into a folder; two moves give two copies. The message leaves the Inbox if a rule has moved or
//!   deleted it. A redirect and a forward send it on and leave it there.
//! - A mark is on the copies that the same rule makes and on those that come later.
//! - A rule that stops processing ends the run.
//!
//! Tests compare this with what Pigeonhole and Cyrus do with the translated script.
//!
//! ```
//! use tegu_sieve::evaluate::{Message, evaluate};
//! use tegu_sieve::rule::{Action, Condition, Folder, Rule};
//! use tegu_sieve::translate::Owner;
//!
//! let rule = Rule::new("Greetings")
//!     .when(Condition::SubjectContains(vec!["ПРИВЕТ".to_owned()]))
//!     .then(Action::MoveToFolder(Folder::path(["Greetings"])));
//! let message = b"From: b@x.example\r\nSubject: =?utf-8?B?0L/RgNC40LLQtdGC?=\r\n\r\nHello\r\n";
//! let message = Message::parse(message, "2026-03-01T12:00:00Z".parse().unwrap()).unwrap();
//! let effect = evaluate(&[rule], &message, &Owner::new(["anna@corp.example"]))?;
//! assert!(effect.copies.contains_key("Greetings") && effect.inbox.is_none());
//! # Ok::<(), tegu_sieve::Error>(())
//! ```

mod message;

pub use message::Message;

use crate::fold::fold_text;
use crate::rule::{Action, Condition, Importance, MessageType, Recipient, Rule, Sensitivity};
use crate::translate::Owner;
use std::collections::{BTreeMap, BTreeSet};
use tegu_outcome::{Error, ErrorKind, Result};

/// The marks of a copy: `\Seen` and the names of categories.
pub type Marks = BTreeSet<String>;

/// What happens to a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Effect {
    /// The copy in the Inbox, if one stays there.
    pub inbox: Option<Marks>,
    /// The copies in folders, by the folder's path.
    pub copies: BTreeMap<String, Marks>,
    /// Whether a copy is in Deleted Items.
    pub trash: Option<Marks>,
    /// To whom the message is sent on.
    pub redirects: BTreeSet<String>,
    /// How many rules answer it.
    pub replies: usize,
}

/// Runs rules over a message.
///
/// # Errors
///
/// Kind [`Unsupported`](ErrorKind::Unsupported) if a rule that runs asks for what the message itself does not tell.
pub fn evaluate(rules: &[Rule], message: &Message, owner: &Owner) -> Result<Effect> {
    let mut ordered: Vec<&Rule> = rules.iter().filter(|rule| rule.runs()).collect();
    ordered.sort_by_key(|rule| rule.priority);
    let mut effect = Effect::default();
    let mut marks = Marks::new();
    let mut stays = true;
    for rule in ordered {
        if !applies(rule, message, owner)? {
            continue;
        }
        for action in &rule.actions {
            match action {
                Action::MarkAsRead => drop(marks.insert("\\Seen".to_owned())),
                Action::AssignCategories(all) => marks.extend(all.iter().cloned()),
                _ => {}
            }
        }
        for action in &rule.actions {
            match action {
                Action::MoveToFolder(folder) | Action::CopyToFolder(folder) => {
                    effect
                        .copies
                        .entry(folder.to_string())
                        .or_default()
                        .extend(marks.iter().cloned());
                    stays &= matches!(action, Action::CopyToFolder(_));
                }
                Action::Delete => {
                    effect.trash.get_or_insert_default().extend(marks.iter().cloned());
                    stays = false;
                }
                Action::PermanentDelete => stays = false,
                Action::RedirectTo(people) | Action::ForwardTo(people) => {
                    effect.redirects.extend(
                        people
                            .iter()
                            .filter_map(|one| one.addresses.first())
                            .map(|a| a.to_ascii_lowercase()),
                    );
                }
                Action::ReplyWithMessage(Some(_)) => effect.replies += 1,
                Action::MarkAsRead | Action::AssignCategories(_) | Action::StopProcessingRules => {}
                other => {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        format!("the effect of \"{other}\" is not in the message"),
                    ));
                }
            }
        }
        if rule.stops() {
            break;
        }
    }
    effect.inbox = stays.then_some(marks);
    Ok(effect)
}

/// Whether a rule applies to a message.
///
/// # Errors
///
/// As [`evaluate`].
pub fn applies(rule: &Rule, message: &Message, owner: &Owner) -> Result<bool> {
    for condition in &rule.conditions {
        if !matches(condition, message, owner)? {
            return Ok(false);
        }
    }
    for exception in &rule.exceptions {
        if matches(exception, message, owner)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn matches(condition: &Condition, message: &Message, owner: &Owner) -> Result<bool> {
    let is_mine = |addresses: &[String]| addresses.iter().any(|address| owner.is(address));
    Ok(match condition {
        Condition::From(people) => among(&message.from, people),
        Condition::SentTo(people) => among(&message.to, people) || among(&message.cc, people),
        Condition::FromAddressContains(texts) => {
            contain(&message.from, texts) || contain(&message.sender, texts)
        }
        Condition::RecipientAddressContains(texts) => {
            contain(&message.to, texts) || contain(&message.cc, texts)
        }
        Condition::SubjectContains(texts) => contain(message.header("Subject"), texts),
        Condition::BodyContains(texts) => contain(&message.texts, texts),
        Condition::SubjectOrBodyContains(texts) => {
            contain(message.header("Subject"), texts) || contain(&message.texts, texts)
        }
        Condition::HeaderContains(texts) => texts.iter().any(|text| message.header_block_contains(text)),
        Condition::SentToMe => is_mine(&message.to),
        Condition::SentCcMe => is_mine(&message.cc),
        Condition::SentToOrCcMe => is_mine(&message.to) || is_mine(&message.cc),
        Condition::NotSentToMe => !is_mine(&message.to),
        Condition::SentOnlyToMe => is_mine(&message.to) && message.to.len() + message.cc.len() == 1,
        Condition::Importance(value) => importance(message) == *value,
        Condition::Sensitivity(value) => sensitivity(message) == *value,
        Condition::HasAttachments => message.parts.iter().any(|part| part.disposition == "attachment"),
        Condition::SizeRange { min, max } => {
            min.is_none_or(|min| message.octets >= min) && max.is_none_or(|max| message.octets <= max)
        }
        Condition::DateRange { after, before } => {
            let at = message.received.as_second();
            let first =
                |instant: &jiff::Timestamp| instant.as_second() + i64::from(instant.subsec_nanosecond() > 0);
            after.as_ref().is_none_or(|after| at >= first(after))
                && before.is_none_or(|before| at <= before.as_second())
        }
        Condition::Type(kind) => message_type(message, *kind).ok_or_else(|| unsupported(condition))?,
        Condition::FlaggedForAction(_)
        | Condition::Categories(_)
        | Condition::Classifications(_)
        | Condition::ItemClasses(_)
        | Condition::FromSubscription(_) => return Err(unsupported(condition)),
    })
}

fn unsupported(condition: &Condition) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("no message tells whether {condition}"),
    )
}

fn among(addresses: &[String], people: &[Recipient]) -> bool {
    let known = |address: &String| {
        people
            .iter()
            .flat_map(|person| &person.addresses)
            .any(|other| other.eq_ignore_ascii_case(address))
    };
    addresses.iter().any(known)
}

/// Whether one of the values holds one of the texts.
fn contain(values: &[String], texts: &[String]) -> bool {
    let texts: Vec<String> = texts.iter().map(|text| fold_text(text)).collect();
    values
        .iter()
        .map(|value| fold_text(value))
        .any(|value| texts.iter().any(|text| value.contains(text.as_str())))
}

fn importance(message: &Message) -> Importance {
    let has = |name: &str, words: &[&str]| {
        message
            .header(name)
            .iter()
            .any(|value| words.iter().any(|word| value.eq_ignore_ascii_case(word)))
    };
    let numbered = |numbers: [char; 2]| {
        message.header("X-Priority").iter().any(|value| {
            let mut characters = value.chars();
            characters.next().is_some_and(|c| numbers.contains(&c))
                && characters.next().is_none_or(|c| c == ' ')
        })
    };
    if has("Importance", &["high"]) || has("Priority", &["urgent", "high"]) || numbered(['1', '2']) {
        Importance::High
    } else if has("Importance", &["low"]) || has("Priority", &["non-urgent", "low"]) || numbered(['4', '5']) {
        Importance::Low
    } else {
        Importance::Normal
    }
}

fn sensitivity(message: &Message) -> Sensitivity {
    let said =
        message
            .header("Sensitivity")
            .iter()
            .find_map(|value| match value.to_ascii_lowercase().as_str() {
                "personal" => Some(Sensitivity::Personal),
                "private" => Some(Sensitivity::Private),
                "company-confidential" => Some(Sensitivity::Confidential),
                _ => None,
            });
    said.unwrap_or(Sensitivity::Normal)
}

fn message_type(message: &Message, kind: MessageType) -> Option<bool> {
    let top = message.parts.first()?;
    let any = |name: &str| message.parts.iter().any(|part| part.content_type == name);
    let any_parameter = |name: &str, value: &str| message.parts.iter().any(|part| part.is(name, value));
    let meeting = |method: &str| any("text/calendar") && any_parameter("method", method);
    let report = |of: &str| top.content_type == "multipart/report" && top.is("report-type", of);
    let smime = |what: &str| {
        matches!(
            top.content_type.as_str(),
            "application/pkcs7-mime" | "application/x-pkcs7-mime"
        ) && top.is("smime-type", what)
    };
    let automatic = |word: &str| contain(message.header("Auto-Submitted"), &[word.to_owned()]);
    Some(match kind {
        MessageType::MeetingRequest => meeting("REQUEST"),
        MessageType::MeetingResponse => meeting("REPLY"),
        MessageType::NonDeliveryReport => report("delivery-status"),
        MessageType::ReadReceipt => report("disposition-notification"),
        MessageType::Signed => top.content_type == "multipart/signed" || smime("signed-data"),
        MessageType::Encrypted => top.content_type == "multipart/encrypted" || smime("enveloped-data"),
        MessageType::AutomaticReply => automatic("auto-replied"),
        MessageType::AutomaticForward => automatic("auto-forwarded"),
        MessageType::PermissionControlled => any_parameter("name", "message.rpmsg"),
        MessageType::ApprovalRequest | MessageType::Voicemail => return None,
    })
}

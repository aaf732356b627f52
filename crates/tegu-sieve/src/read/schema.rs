//! What Exchange Web Services tell: rules by the elements of their schema.

use crate::rule::{
    Action, Condition, Folder, Importance, MessageType, Recipient, ReplyTemplate, Rule, Sensitivity,
};
use jiff::Timestamp;

/// Octets of what the schema calls a kilobyte.
const KILOBYTE: u64 = 1024;

/// A rule of `GetInboxRules`, as values: whoever reads Exchange Web Services fills it in.
///
/// ```
/// use tegu_sieve::read::{SchemaRule, SchemaValue};
///
/// let mut rule = SchemaRule::new("Invoices");
/// rule.conditions = vec![("ContainsSubjectStrings".into(), SchemaValue::Texts(vec!["счёт".into()]))];
/// rule.actions = vec![("MarkAsRead".into(), SchemaValue::Flag(true))];
/// assert_eq!(rule.into_rule().to_string(), "if the subject contains \"счёт\": mark as read");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SchemaRule {
    /// `DisplayName`.
    pub name: String,
    /// `Priority`.
    pub priority: i64,
    /// `IsEnabled`.
    pub enabled: bool,
    /// `IsInError`.
    pub in_error: bool,
    /// `IsNotSupported`: the server cannot show all of it.
    pub unsupported: bool,
    /// The children of `Conditions`, by the names of their elements.
    pub conditions: Vec<(String, SchemaValue)>,
    /// The children of `Exceptions`.
    pub exceptions: Vec<(String, SchemaValue)>,
    /// The children of `Actions`.
    pub actions: Vec<(String, SchemaValue)>,
}

/// What an element of a rule holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SchemaValue {
    /// A switch.
    Flag(bool),
    /// One word, such as `High`.
    Word(String),
    /// Texts.
    Texts(Vec<String>),
    /// People.
    People(Vec<Recipient>),
    /// A folder.
    Folder(Folder),
    /// The template of a reply, if it could be read.
    Template(Option<ReplyTemplate>),
    /// Kilobytes, from and to.
    Sizes(Option<u64>, Option<u64>),
    /// Times in RFC 3339 form, from and to.
    Dates(Option<String>, Option<String>),
    /// What the reader does not know, or could not look up.
    Unknown(String),
}

impl SchemaRule {
    /// Makes an enabled rule without conditions and actions.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            enabled: true,
            ..Self::default()
        }
    }

    /// The rule, as the shell would export it. What is not known stands in [`Rule::unknown`].
    #[must_use]
    pub fn into_rule(self) -> Rule {
        let mut rule = Rule::new(self.name).priority(self.priority);
        rule.enabled = self.enabled;
        rule.in_error = self.in_error;
        if self.unsupported {
            rule.unknown
                .push("Exchange does not show all parts of the rule".to_owned());
        }
        for (name, value) in self.conditions {
            take(
                &name,
                condition(&name, value),
                &mut rule.conditions,
                &mut rule.unknown,
            );
        }
        for (name, value) in self.exceptions {
            take(
                &name,
                condition(&name, value),
                &mut rule.exceptions,
                &mut rule.unknown,
            );
        }
        for (name, value) in self.actions {
            take(&name, action(&name, value), &mut rule.actions, &mut rule.unknown);
        }
        // Marks are meant for the copy that the same rule makes, and `stop` ends it, whatever the order of the elements.
        rule.actions.sort_by_key(|action| match action {
            Action::MarkAsRead | Action::MarkImportance(_) | Action::AssignCategories(_) => 0,
            Action::StopProcessingRules => 2,
            _ => 1,
        });
        if rule.actions.is_empty() && rule.unknown.is_empty() {
            rule.unknown.push("the server shows no action".to_owned());
        }
        rule
    }
}

/// What became of an element: nothing for a switch that is off.
type Taken<T> = Result<Option<T>, String>;

fn take<T>(name: &str, taken: Taken<T>, into: &mut Vec<T>, unknown: &mut Vec<String>) {
    match taken {
        Ok(found) => into.extend(found),
        Err(why) => unknown.push(format!("{name}: {why}")),
    }
}

fn condition(name: &str, value: SchemaValue) -> Taken<Condition> {
    use SchemaValue::{Dates, Flag, People, Sizes, Texts, Word};
    let plain = match (name, value) {
        ("SentToMe", Flag(on)) => on.then_some(Condition::SentToMe),
        ("SentCcMe", Flag(on)) => on.then_some(Condition::SentCcMe),
        ("SentToOrCcMe", Flag(on)) => on.then_some(Condition::SentToOrCcMe),
        ("NotSentToMe", Flag(on)) => on.then_some(Condition::NotSentToMe),
        ("SentOnlyToMe", Flag(on)) => on.then_some(Condition::SentOnlyToMe),
        ("HasAttachments", Flag(on)) => on.then_some(Condition::HasAttachments),
        (_, Flag(on)) => {
            let kind = message_type(name).ok_or("the element is not known")?;
            on.then_some(Condition::Type(kind))
        }
        ("FromAddresses", People(all)) => Some(Condition::From(some(all)?)),
        ("SentToAddresses", People(all)) => Some(Condition::SentTo(some(all)?)),
        ("ContainsSenderStrings", Texts(all)) => Some(Condition::FromAddressContains(some(all)?)),
        ("ContainsRecipientStrings", Texts(all)) => Some(Condition::RecipientAddressContains(some(all)?)),
        ("ContainsSubjectStrings", Texts(all)) => Some(Condition::SubjectContains(some(all)?)),
        ("ContainsBodyStrings", Texts(all)) => Some(Condition::BodyContains(some(all)?)),
        ("ContainsSubjectOrBodyStrings", Texts(all)) => Some(Condition::SubjectOrBodyContains(some(all)?)),
        ("ContainsHeaderStrings", Texts(all)) => Some(Condition::HeaderContains(some(all)?)),
        ("Categories", Texts(all)) => Some(Condition::Categories(some(all)?)),
        ("MessageClassifications", Texts(all)) => Some(Condition::Classifications(some(all)?)),
        ("ItemClasses", Texts(all)) => Some(Condition::ItemClasses(some(all)?)),
        ("FromConnectedAccounts", Texts(all)) => Some(Condition::FromSubscription(some(all)?)),
        ("FlaggedForAction", Word(flag)) => Some(Condition::FlaggedForAction(flag)),
        ("Importance", Word(word)) => Some(Condition::Importance(importance(&word)?)),
        ("Sensitivity", Word(word)) => Some(Condition::Sensitivity(sensitivity(&word)?)),
        ("WithinSizeRange", Sizes(min, max)) if min.is_some() || max.is_some() => {
            let octets = |kilobytes: Option<u64>| kilobytes.map(|count| count.saturating_mul(KILOBYTE));
            Some(Condition::SizeRange {
                min: octets(min),
                max: octets(max),
            })
        }
        ("WithinDateRange", Dates(after, before)) if after.is_some() || before.is_some() => {
            Some(Condition::DateRange {
                after: instant(after)?,
                before: instant(before)?,
            })
        }
        (_, value) => return Err(not_taken(value)),
    };
    Ok(plain)
}

fn action(name: &str, value: SchemaValue) -> Taken<Action> {
    use SchemaValue::{Flag, Folder, People, Template, Texts, Word};
    let plain = match (name, value) {
        ("Delete", Flag(on)) => on.then_some(Action::Delete),
        ("PermanentDelete", Flag(on)) => on.then_some(Action::PermanentDelete),
        ("MarkAsRead", Flag(on)) => on.then_some(Action::MarkAsRead),
        ("StopProcessingRules", Flag(on)) => on.then_some(Action::StopProcessingRules),
        ("MoveToFolder", Folder(folder)) => Some(Action::MoveToFolder(folder)),
        ("CopyToFolder", Folder(folder)) => Some(Action::CopyToFolder(folder)),
        ("MarkImportance", Word(word)) => Some(Action::MarkImportance(importance(&word)?)),
        ("AssignCategories", Texts(all)) => Some(Action::AssignCategories(some(all)?)),
        ("ForwardToRecipients", People(all)) => Some(Action::ForwardTo(some(all)?)),
        ("ForwardAsAttachmentToRecipients", People(all)) => Some(Action::ForwardAsAttachmentTo(some(all)?)),
        ("RedirectToRecipients", People(all)) => Some(Action::RedirectTo(some(all)?)),
        ("SendSMSAlertToRecipients", People(all)) => Some(Action::SendTextMessage(
            all.iter().map(ToString::to_string).collect(),
        )),
        ("ServerReplyWithMessage", Template(template)) => Some(Action::ReplyWithMessage(template)),
        (_, value) => return Err(not_taken(value)),
    };
    Ok(plain)
}

fn not_taken(value: SchemaValue) -> String {
    match value {
        SchemaValue::Unknown(what) => what,
        _ => "the element is not known, or holds something else than it should".to_owned(),
    }
}

fn some<T>(all: Vec<T>) -> Result<Vec<T>, String> {
    if all.is_empty() {
        return Err("the element is empty".to_owned());
    }
    Ok(all)
}

fn instant(text: Option<String>) -> Result<Option<Timestamp>, String> {
    let parsed = text.map(|text| {
        let wrong = |_| format!("{text:?} is no time with an offset from UTC");
        text.trim().parse().map_err(wrong)
    });
    parsed.transpose()
}

fn importance(word: &str) -> Result<Importance, String> {
    Ok(match word {
        "Low" => Importance::Low,
        "Normal" => Importance::Normal,
        "High" => Importance::High,
        _ => return Err(format!("{word:?} is not known")),
    })
}

fn sensitivity(word: &str) -> Result<Sensitivity, String> {
    Ok(match word {
        "Normal" => Sensitivity::Normal,
        "Personal" => Sensitivity::Personal,
        "Private" => Sensitivity::Private,
        "Confidential" => Sensitivity::Confidential,
        _ => return Err(format!("{word:?} is not known")),
    })
}

fn message_type(element: &str) -> Option<MessageType> {
    Some(match element {
        "IsApprovalRequest" => MessageType::ApprovalRequest,
        "IsAutomaticForward" => MessageType::AutomaticForward,
        "IsAutomaticReply" => MessageType::AutomaticReply,
        "IsEncrypted" => MessageType::Encrypted,
        "IsMeetingRequest" => MessageType::MeetingRequest,
        "IsMeetingResponse" => MessageType::MeetingResponse,
        "IsNDR" => MessageType::NonDeliveryReport,
        "IsPermissionControlled" => MessageType::PermissionControlled,
        "IsReadReceipt" => MessageType::ReadReceipt,
        "IsSigned" => MessageType::Signed,
        "IsVoicemail" => MessageType::Voicemail,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(all: Vec<(&str, SchemaValue)>) -> Vec<(String, SchemaValue)> {
        all.into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    #[test]
    fn every_element_of_the_schema_has_its_place() {
        use SchemaValue::{Dates, Flag, Folder as In, People, Sizes, Template, Texts, Word};
        let (texts, people) = (
            || Texts(vec!["x".into()]),
            || People(vec![Recipient::smtp("b@x.example")]),
        );
        let flags = [
            "HasAttachments",
            "IsApprovalRequest",
            "IsAutomaticForward",
            "IsAutomaticReply",
            "IsEncrypted",
            "IsMeetingRequest",
            "IsMeetingResponse",
            "IsNDR",
            "IsPermissionControlled",
            "IsReadReceipt",
            "IsSigned",
            "IsVoicemail",
            "NotSentToMe",
            "SentCcMe",
            "SentOnlyToMe",
            "SentToMe",
            "SentToOrCcMe",
        ];
        let mut all = named(flags.into_iter().map(|name| (name, Flag(true))).collect());
        all.extend(named(vec![
            ("Categories", texts()),
            ("ContainsBodyStrings", texts()),
            ("ContainsHeaderStrings", texts()),
            ("ContainsRecipientStrings", texts()),
            ("ContainsSenderStrings", texts()),
            ("ContainsSubjectOrBodyStrings", texts()),
            ("ContainsSubjectStrings", texts()),
            ("FlaggedForAction", Word("FollowUp".into())),
            ("FromAddresses", people()),
            ("FromConnectedAccounts", texts()),
            ("Importance", Word("High".into())),
            ("ItemClasses", texts()),
            ("MessageClassifications", texts()),
            ("SentToAddresses", people()),
            ("Sensitivity", Word("Private".into())),
            (
                "WithinDateRange",
                Dates(Some("2026-01-01T00:00:00Z".into()), None),
            ),
            ("WithinSizeRange", Sizes(Some(1), None)),
        ]));
        assert_eq!(all.len(), 34);
        let mut rule = SchemaRule::new("all");
        rule.conditions = all.clone();
        rule.exceptions = all;
        rule.actions = named(vec![
            ("StopProcessingRules", Flag(true)),
            ("AssignCategories", texts()),
            ("CopyToFolder", In(Folder::path(["A"]))),
            ("Delete", Flag(true)),
            ("ForwardAsAttachmentToRecipients", people()),
            ("ForwardToRecipients", people()),
            ("MarkImportance", Word("Low".into())),
            ("MarkAsRead", Flag(true)),
            ("MoveToFolder", In(Folder::path(["B"]))),
            ("PermanentDelete", Flag(true)),
            ("RedirectToRecipients", people()),
            ("SendSMSAlertToRecipients", people()),
            ("ServerReplyWithMessage", Template(None)),
        ]);
        let rule = rule.into_rule();
        assert_eq!(rule.unknown, [""; 0]);
        assert_eq!(
            (rule.conditions.len(), rule.exceptions.len(), rule.actions.len()),
            (34, 34, 13)
        );
        assert!(rule.conditions.contains(&Condition::SizeRange {
            min: Some(1024),
            max: None
        }));
        assert_eq!(rule.actions.last(), Some(&Action::StopProcessingRules));
        assert!(matches!(rule.actions[0], Action::AssignCategories(_)));
    }

    #[test]
    fn what_is_not_known_is_named() {
        let mut rule = SchemaRule::new("odd");
        rule.unsupported = true;
        rule.conditions = named(vec![
            ("Future", SchemaValue::Unknown("Thing".into())),
            ("SentToMe", SchemaValue::Flag(false)),
            ("Importance", SchemaValue::Word("Extreme".into())),
            ("FromAddresses", SchemaValue::People(Vec::new())),
            ("IsNew", SchemaValue::Flag(true)),
            (
                "WithinDateRange",
                SchemaValue::Dates(Some("2026-01-01T00:00:00".into()), None),
            ),
        ]);
        rule.actions = named(vec![(
            "MoveToFolder",
            SchemaValue::Unknown("the folder is gone".into()),
        )]);
        let rule = rule.into_rule();
        assert_eq!(
            rule.unknown,
            [
                "Exchange does not show all parts of the rule",
                "Future: Thing",
                "Importance: \"Extreme\" is not known",
                "FromAddresses: the element is empty",
                "IsNew: the element is not known",
                "WithinDateRange: \"2026-01-01T00:00:00\" is no time with an offset from UTC",
                "MoveToFolder: the folder is gone",
            ]
        );
        assert!(rule.conditions.is_empty() && rule.actions.is_empty());
        let empty = SchemaRule::new("nothing").into_rule();
        assert_eq!(empty.unknown, ["the server shows no action"]);
    }
}

//! `Get-InboxRule`.

use super::{Encoding, Limits};
use crate::rule::{Action, Condition, Folder, Importance, MessageType, Recipient, Rule, Sensitivity, sort};
use serde::Serialize;
use std::collections::BTreeMap;
use tegu_outcome::Result;
use tegu_shell::{Row, Value, rows};

/// The rules of a mailbox, in the order in which they run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MailboxRules {
    /// What the export calls the mailbox: its address, its alias or the path of its owner. Empty if the export does not say.
    pub mailbox: String,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// Reads an export of `Get-InboxRule`. Rules of several mailboxes may stand in it.
///
/// # Errors
///
/// Kind [`Malformed`](tegu_outcome::ErrorKind::Malformed) for an export that is cut, in another encoding, or not of rules, with the place;
/// [`Limit`](tegu_outcome::ErrorKind::Limit).
pub fn rules(octets: &[u8], encoding: Encoding, limits: &Limits) -> Result<Vec<MailboxRules>> {
    let mut all: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    for row in
        rows(octets, encoding, limits).map_err(|error| error.doing("read", "the export of Get-InboxRule"))?
    {
        let named = row.text("Name").is_some() || row.text("RuleIdentity").is_some();
        if !named || row.get("Enabled").is_none() {
            let why = format!("{} is no inbox rule: it lacks `Name` or `Enabled`", row.place);
            return Err(super::malformed(why).doing("read", "the export of Get-InboxRule"));
        }
        all.entry(mailbox(&row)).or_default().push(rule(&row));
    }
    Ok(all
        .into_iter()
        .map(|(mailbox, mut rules)| {
            sort(&mut rules);
            MailboxRules { mailbox, rules }
        })
        .collect())
}

fn mailbox(row: &Row) -> String {
    let identity = || {
        row.text("Identity")
            .and_then(|text| text.rsplit_once('\\'))
            .map(|(owner, _)| owner)
    };
    let owner = row
        .text("Mailbox")
        .or_else(|| row.text("MailboxOwnerId"))
        .or_else(identity);
    owner.unwrap_or_default().trim().to_owned()
}

/// Properties that say nothing about what a rule does.
const ASIDE: &[&str] = &[
    "Name",
    "Priority",
    "Enabled",
    "InError",
    "ErrorType",
    "SupportedByTask",
    "RuleIdentity",
    "Identity",
    "MailboxOwnerId",
    "Mailbox",
    "Description",
    "IsValid",
    "ObjectState",
    "RunspaceId",
    "PSComputerName",
    "PSShowComputerName",
    "Legacy",
    "LinkToRuleId",
    "DescriptionTimeFormat",
    "DescriptionTimeZone",
    "OrganizationId",
    "Id",
    "Guid",
    "ExchangeVersion",
    "WhenChanged",
    "WhenCreated",
    "PSSourceJobInstanceId",
];

fn rule(row: &Row) -> Rule {
    let name = row
        .text("Name")
        .or_else(|| row.text("RuleIdentity"))
        .unwrap_or_default();
    let mut rule = Rule::new(name);
    let mut take = Take {
        row,
        unknown: Vec::new(),
    };
    match row.get("Priority").and_then(Value::number) {
        Some(priority) => rule.priority = priority,
        None => take.unknown.push("Priority is missing or no number".to_owned()),
    }
    match row.get("Enabled").and_then(Value::boolean) {
        Some(enabled) => rule.enabled = enabled,
        None => take.unknown.push("Enabled is neither true nor false".to_owned()),
    }
    rule.in_error = row.get("InError").is_some_and(|value| !value.is_empty());
    rule.client_only = row.get("SupportedByTask").and_then(Value::boolean) == Some(false);
    rule.conditions = take.conditions("");
    rule.exceptions = take.conditions("ExceptIf");
    rule.actions = take.actions();
    for (name, value) in &row.fields {
        let known = is_condition(name)
            || is_action(name)
            || ASIDE.iter().any(|aside| aside.eq_ignore_ascii_case(name));
        if !known && !value.is_empty() {
            take.unknown.push(format!("{name} is not known"));
        }
    }
    rule.unknown = take.unknown;
    if rule.actions.is_empty() && rule.unknown.is_empty() {
        rule.unknown.push("the export shows no action".to_owned());
    }
    rule
}

const CONDITIONS: &[&str] = &[
    "From",
    "FromAddressContainsWords",
    "SentTo",
    "RecipientAddressContainsWords",
    "SubjectContainsWords",
    "BodyContainsWords",
    "SubjectOrBodyContainsWords",
    "HeaderContainsWords",
    "MyNameInToBox",
    "MyNameInCcBox",
    "MyNameInToOrCcBox",
    "MyNameNotInToBox",
    "SentOnlyToMe",
    "WithImportance",
    "WithSensitivity",
    "HasAttachment",
    "WithinSizeRangeMinimum",
    "WithinSizeRangeMaximum",
    "ReceivedAfterDate",
    "ReceivedBeforeDate",
    "FlaggedForAction",
    "HasClassification",
    "MessageTypeMatches",
    "FromSubscription",
];
const ACTIONS: &[&str] = &[
    "MoveToFolder",
    "CopyToFolder",
    "DeleteMessage",
    "SoftDeleteMessage",
    "MarkAsRead",
    "MarkImportance",
    "ApplyCategory",
    "ForwardTo",
    "ForwardAsAttachmentTo",
    "RedirectTo",
    "SendTextMessageNotificationTo",
    "StopProcessingRules",
];

fn is_condition(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_prefix("exceptif").unwrap_or(&lower);
    CONDITIONS.iter().any(|known| known.eq_ignore_ascii_case(bare))
}

fn is_action(name: &str) -> bool {
    ACTIONS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Takes typed values out of a row; what does not fit its type is noted.
struct Take<'r> {
    row: &'r Row,
    unknown: Vec<String>,
}

impl<'r> Take<'r> {
    fn value(&self, name: &str) -> Option<&'r Value> {
        self.row.get(name).filter(|value| !value.is_empty())
    }

    fn read<T>(&mut self, name: &str, read: impl FnOnce(&'r Value) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let read = read(value);
        if read.is_none() {
            self.unknown.push(format!("{name} could not be read"));
        }
        read
    }

    fn flag(&mut self, name: &str) -> bool {
        self.read(name, Value::boolean).unwrap_or(false)
    }

    /// The texts of a list. A flattened list that holds a comma may be one value or several, which nobody can tell.
    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let flat = self.row.flat;
        self.read(name, |value| {
            let texts = value.texts()?;
            let several =
                |text: &String| flat && (text.contains(',') || text.contains(';') || text.starts_with('{'));
            (!texts.is_empty() && texts.iter().all(|text| !text.is_empty() && !several(text)))
                .then_some(texts)
        })
    }

    fn recipients(&mut self, name: &str) -> Option<Vec<Recipient>> {
        let flat = self.row.flat;
        self.read(name, |value| {
            let all: Vec<Recipient> = value.values().iter().map(recipient).collect::<Option<_>>()?;
            let several = flat && value.text().is_some_and(|text| text.contains(','));
            (!several && all.iter().all(|one| !one.name.is_empty())).then_some(all)
        })
    }

    fn folder(&mut self, name: &str) -> Option<Folder> {
        self.read(name, |value| {
            let text = value
                .text()
                .or_else(|| value.field("FolderPath").and_then(Value::text))?;
            Some(Folder::parse(text))
        })
    }

    fn conditions(&mut self, prefix: &str) -> Vec<Condition> {
        let mut out = Vec::new();
        let key = |name: &str| format!("{prefix}{name}");
        out.extend(self.recipients(&key("From")).map(Condition::From));
        out.extend(
            self.texts(&key("FromAddressContainsWords"))
                .map(Condition::FromAddressContains),
        );
        out.extend(self.recipients(&key("SentTo")).map(Condition::SentTo));
        out.extend(
            self.texts(&key("RecipientAddressContainsWords"))
                .map(Condition::RecipientAddressContains),
        );
        out.extend(
            self.texts(&key("SubjectContainsWords"))
                .map(Condition::SubjectContains),
        );
        out.extend(self.texts(&key("BodyContainsWords")).map(Condition::BodyContains));
        out.extend(
            self.texts(&key("SubjectOrBodyContainsWords"))
                .map(Condition::SubjectOrBodyContains),
        );
        out.extend(
            self.texts(&key("HeaderContainsWords"))
                .map(Condition::HeaderContains),
        );
        for (name, condition) in [
            ("MyNameInToBox", Condition::SentToMe),
            ("MyNameInCcBox", Condition::SentCcMe),
            ("MyNameInToOrCcBox", Condition::SentToOrCcMe),
            ("MyNameNotInToBox", Condition::NotSentToMe),
            ("SentOnlyToMe", Condition::SentOnlyToMe),
            ("HasAttachment", Condition::HasAttachments),
        ] {
            if self.flag(&key(name)) {
                out.push(condition);
            }
        }
        out.extend(
            self.read(&key("WithImportance"), importance)
                .map(Condition::Importance),
        );
        out.extend(
            self.read(&key("WithSensitivity"), sensitivity)
                .map(Condition::Sensitivity),
        );
        let min = self.read(&key("WithinSizeRangeMinimum"), Value::octets);
        let max = self.read(&key("WithinSizeRangeMaximum"), Value::octets);
        if min.is_some() || max.is_some() {
            out.push(Condition::SizeRange { min, max });
        }
        let after = self.read(&key("ReceivedAfterDate"), Value::instant);
        let before = self.read(&key("ReceivedBeforeDate"), Value::instant);
        if after.is_some() || before.is_some() {
            out.push(Condition::DateRange { after, before });
        }
        out.extend(
            self.read(&key("FlaggedForAction"), Value::text)
                .map(|flag| Condition::FlaggedForAction(flag.to_owned())),
        );
        out.extend(
            self.texts(&key("HasClassification"))
                .map(Condition::Classifications),
        );
        out.extend(
            self.read(&key("MessageTypeMatches"), message_type)
                .map(Condition::Type),
        );
        out.extend(
            self.texts(&key("FromSubscription"))
                .map(Condition::FromSubscription),
        );
        out
    }

    fn actions(&mut self) -> Vec<Action> {
        let mut out = Vec::new();
        // Marks come first: they are meant for the copy that the same rule makes.
        if self.flag("MarkAsRead") {
            out.push(Action::MarkAsRead);
        }
        out.extend(
            self.read("MarkImportance", importance)
                .map(Action::MarkImportance),
        );
        out.extend(self.texts("ApplyCategory").map(Action::AssignCategories));
        out.extend(self.folder("CopyToFolder").map(Action::CopyToFolder));
        out.extend(self.folder("MoveToFolder").map(Action::MoveToFolder));
        out.extend(self.recipients("ForwardTo").map(Action::ForwardTo));
        out.extend(
            self.recipients("ForwardAsAttachmentTo")
                .map(Action::ForwardAsAttachmentTo),
        );
        out.extend(self.recipients("RedirectTo").map(Action::RedirectTo));
        out.extend(
            self.texts("SendTextMessageNotificationTo")
                .map(Action::SendTextMessage),
        );
        if self.flag("DeleteMessage") {
            out.push(Action::Delete);
        }
        if self.flag("SoftDeleteMessage") {
            out.push(Action::PermanentDelete);
        }
        if self.flag("StopProcessingRules") {
            out.push(Action::StopProcessingRules);
        }
        out
    }
}

/// A recipient as text, or as an object with its parts.
fn recipient(value: &Value) -> Option<Recipient> {
    if let (Some(address), Some(kind)) = (
        value.field("Address").and_then(Value::text),
        value.field("RoutingType").and_then(Value::text),
    ) {
        let name = value
            .field("DisplayName")
            .and_then(Value::text)
            .unwrap_or(address);
        return Some(Recipient::parse(&format!(
            "\"{}\" [{kind}:{address}]",
            name.replace(['[', ']'], " ")
        )));
    }
    value.text().map(Recipient::parse)
}

fn importance(value: &Value) -> Option<Importance> {
    Some(match value.text()?.trim() {
        "Low" | "0" => Importance::Low,
        "Normal" | "1" => Importance::Normal,
        "High" | "2" => Importance::High,
        _ => return None,
    })
}

fn sensitivity(value: &Value) -> Option<Sensitivity> {
    Some(match value.text()?.trim() {
        "Normal" | "0" => Sensitivity::Normal,
        "Personal" | "1" => Sensitivity::Personal,
        "Private" | "2" => Sensitivity::Private,
        "CompanyConfidential" | "3" => Sensitivity::Confidential,
        _ => return None,
    })
}

/// Names only: which numbers stand for them is not documented.
fn message_type(value: &Value) -> Option<MessageType> {
    Some(match value.text()?.trim() {
        "ApprovalRequest" => MessageType::ApprovalRequest,
        "AutomaticForward" => MessageType::AutomaticForward,
        "AutomaticReply" => MessageType::AutomaticReply,
        "Encrypted" => MessageType::Encrypted,
        "Calendaring" => MessageType::MeetingRequest,
        "CalendaringResponse" => MessageType::MeetingResponse,
        "NonDeliveryReport" => MessageType::NonDeliveryReport,
        "PermissionControlled" => MessageType::PermissionControlled,
        "ReadReceipt" => MessageType::ReadReceipt,
        "Signed" => MessageType::Signed,
        "Voicemail" => MessageType::Voicemail,
        _ => return None,
    })
}

//! Rules as sentences, for the script's comments and for a person.

use crate::forward::Forward;
use crate::rule::{Action, Condition, Importance, MessageType, Recipient, Rule, Sensitivity};
use std::fmt;

impl fmt::Display for Rule {
    /// Writes the rule as a sentence: `if the subject contains "счёт": move to Inbox/Invoices; stop processing rules`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.conditions.is_empty() {
            f.write_str("for every message")?;
        } else {
            write!(f, "if {}", join(&self.conditions, " and "))?;
        }
        if !self.exceptions.is_empty() {
            write!(f, ", except if {}", join(&self.exceptions, " or if "))?;
        }
        if self.actions.is_empty() {
            f.write_str(": do nothing")
        } else {
            write!(f, ": {}", join(&self.actions, "; "))
        }
    }
}

fn join<T: ToString>(all: &[T], between: &str) -> String {
    all.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(between)
}

fn words(all: &[String]) -> String {
    all.iter()
        .map(|text| format!("\"{text}\""))
        .collect::<Vec<_>>()
        .join(" or ")
}

fn people(all: &[Recipient], between: &str) -> String {
    join(all, between)
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(all) => write!(f, "it is from {}", people(all, " or ")),
            Self::FromAddressContains(all) => write!(f, "the sender's address contains {}", words(all)),
            Self::SentTo(all) => write!(f, "it is sent to {}", people(all, " or ")),
            Self::RecipientAddressContains(all) => write!(f, "a recipient's address contains {}", words(all)),
            Self::SubjectContains(all) => write!(f, "the subject contains {}", words(all)),
            Self::BodyContains(all) => write!(f, "the body contains {}", words(all)),
            Self::SubjectOrBodyContains(all) => write!(f, "subject or body contain {}", words(all)),
            Self::HeaderContains(all) => write!(f, "the header contains {}", words(all)),
            Self::SentToMe => f.write_str("the owner is in To"),
            Self::SentCcMe => f.write_str("the owner is in Cc"),
            Self::SentToOrCcMe => f.write_str("the owner is in To or Cc"),
            Self::NotSentToMe => f.write_str("the owner is not in To"),
            Self::SentOnlyToMe => f.write_str("the owner is the only recipient"),
            Self::Importance(value) => write!(f, "its importance is {}", importance(*value)),
            Self::Sensitivity(value) => write!(f, "its sensitivity is {}", sensitivity(*value)),
            Self::HasAttachments => f.write_str("it has an attachment"),
            Self::SizeRange { min, max } => match (min, max) {
                (Some(min), Some(max)) => write!(f, "its size is {min} to {max} octets"),
                (Some(min), None) => write!(f, "its size is at least {min} octets"),
                (None, Some(max)) => write!(f, "its size is at most {max} octets"),
                (None, None) => f.write_str("it has a size"),
            },
            Self::DateRange { after, before } => match (after, before) {
                (Some(after), Some(before)) => write!(f, "it arrives between {after} and {before}"),
                (Some(after), None) => write!(f, "it arrives at {after} or later"),
                (None, Some(before)) => write!(f, "it arrives at {before} or earlier"),
                (None, None) => f.write_str("it arrives"),
            },
            Self::FlaggedForAction(flag) => write!(f, "it is flagged for {flag}"),
            Self::Categories(all) => write!(f, "it has the category {}", words(all)),
            Self::Classifications(all) => write!(f, "it has the classification {}", words(all)),
            Self::ItemClasses(all) => write!(f, "its class is {}", words(all)),
            Self::Type(kind) => write!(f, "it is {}", message_type(*kind)),
            Self::FromSubscription(all) => write!(f, "it was fetched from {}", words(all)),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MoveToFolder(folder) => write!(f, "move to {folder}"),
            Self::CopyToFolder(folder) => write!(f, "copy to {folder}"),
            Self::Delete => f.write_str("move to Deleted Items"),
            Self::PermanentDelete => f.write_str("delete for good"),
            Self::MarkAsRead => f.write_str("mark as read"),
            Self::MarkImportance(value) => write!(f, "set the importance to {}", importance(*value)),
            Self::AssignCategories(all) => write!(f, "assign the category {}", words(all)),
            Self::ForwardTo(all) => write!(f, "forward to {}", people(all, ", ")),
            Self::ForwardAsAttachmentTo(all) => {
                write!(f, "forward as an attachment to {}", people(all, ", "))
            }
            Self::RedirectTo(all) => write!(f, "redirect to {}", people(all, ", ")),
            Self::ReplyWithMessage(_) => f.write_str("reply with a template"),
            Self::SendTextMessage(all) => write!(f, "send a text message to {}", words(all)),
            Self::StopProcessingRules => f.write_str("stop processing rules"),
        }
    }
}

impl fmt::Display for Forward {
    /// Writes the forwarding as a sentence: `forward all mail to b@corp.example, and keep a copy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "forward by the rule \"{rule}\" to {}", self.to)?,
            None => write!(f, "forward all mail to {}", self.to)?,
        }
        f.write_str(if self.keep {
            ", and keep a copy"
        } else {
            ", and keep no copy"
        })
    }
}

fn importance(value: Importance) -> &'static str {
    match value {
        Importance::Low => "low",
        Importance::Normal => "normal",
        Importance::High => "high",
    }
}

fn sensitivity(value: Sensitivity) -> &'static str {
    match value {
        Sensitivity::Normal => "normal",
        Sensitivity::Personal => "personal",
        Sensitivity::Private => "private",
        Sensitivity::Confidential => "company-confidential",
    }
}

fn message_type(kind: MessageType) -> &'static str {
    match kind {
        MessageType::ApprovalRequest => "a request for approval",
        MessageType::AutomaticForward => "forwarded automatically",
        MessageType::AutomaticReply => "an automatic reply",
        MessageType::Encrypted => "encrypted",
        MessageType::MeetingRequest => "a meeting request",
        MessageType::MeetingResponse => "an answer to a meeting request",
        MessageType::NonDeliveryReport => "a non-delivery report",
        MessageType::PermissionControlled => "protected by rights management",
        MessageType::ReadReceipt => "a read receipt",
        MessageType::Signed => "signed",
        MessageType::Voicemail => "a voice message",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Folder;

    #[test]
    fn a_rule_is_a_sentence() {
        let rule = Rule::new("x")
            .when(Condition::SubjectContains(vec!["a".into(), "b".into()]))
            .when(Condition::SentToMe)
            .unless(Condition::HasAttachments)
            .then(Action::MoveToFolder(Folder::path(["Inbox", "X"])))
            .then(Action::StopProcessingRules);
        let said = "if the subject contains \"a\" or \"b\" and the owner is in To, except if it has an attachment: move to Inbox/X; stop processing rules";
        assert_eq!(rule.to_string(), said);
    }
}

//! Inbox rules, as Exchange keeps them on the server.

use jiff::Timestamp;
use mail_parser::MessageParser;
use serde::Serialize;
use std::fmt;

/// One inbox rule.
///
/// Exchange runs the rules of a mailbox when a message is delivered to the Inbox, in the order of [`priority`](Self::priority). A rule
/// applies if all its conditions match and none of its exceptions does.
///
/// ```
/// use tegu_sieve::rule::{Action, Condition, Folder, Rule};
///
/// let rule = Rule::new("Invoices")
///     .priority(1)
///     .when(Condition::SubjectContains(vec!["счёт".to_owned()]))
///     .then(Action::MoveToFolder(Folder::path(["Inbox", "Invoices"])))
///     .then(Action::StopProcessingRules);
/// assert_eq!(rule.actions.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rule {
    /// The name that the owner gave it.
    pub name: String,
    /// The place in the order: the lowest number runs first.
    pub priority: i64,
    /// Whether the owner has switched it on.
    pub enabled: bool,
    /// Whether Exchange has marked it as being in error. It does not run then.
    pub in_error: bool,
    /// Whether only Outlook runs it, so that the server knows a part of it at most.
    pub client_only: bool,
    /// All of these must match. Without any, the rule applies to every message.
    pub conditions: Vec<Condition>,
    /// If one of these matches, the rule does not apply.
    pub exceptions: Vec<Condition>,
    /// What the rule does, in order.
    pub actions: Vec<Action>,
    /// Parts that the reader does not know or could not read, each as one line. A rule with any is for a person.
    pub unknown: Vec<String>,
}

impl Rule {
    /// Makes an enabled rule without conditions and actions.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            priority: 0,
            enabled: true,
            in_error: false,
            client_only: false,
            conditions: Vec::new(),
            exceptions: Vec::new(),
            actions: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Sets the place in the order.
    #[must_use]
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Adds an exception.
    #[must_use]
    pub fn unless(mut self, exception: Condition) -> Self {
        self.exceptions.push(exception);
        self
    }

    /// Adds an action.
    #[must_use]
    pub fn then(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Whether Exchange runs the rule on the server.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.enabled && !self.in_error && !self.client_only
    }

    /// Whether no rule with a higher number runs after this one has applied.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.actions.contains(&Action::StopProcessingRules)
    }
}

/// Sorts rules into the order in which Exchange runs them. Rules of the same priority keep their order.
pub fn sort(rules: &mut [Rule]) {
    rules.sort_by_key(|rule| rule.priority);
}

/// A condition or an exception. Values within one are alternatives; text is found anywhere, whatever its letter case.
///
/// Each variant names the element of Exchange Web Services where it differs from the parameter of `New-InboxRule`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Condition {
    /// `From`: one of these sent it (`FromAddresses`).
    From(Vec<Recipient>),
    /// `FromAddressContainsWords`: the sender's address holds one of these texts (`ContainsSenderStrings`).
    FromAddressContains(Vec<String>),
    /// `SentTo`: it was sent to one of these (`SentToAddresses`).
    SentTo(Vec<Recipient>),
    /// `RecipientAddressContainsWords` (`ContainsRecipientStrings`).
    RecipientAddressContains(Vec<String>),
    /// `SubjectContainsWords` (`ContainsSubjectStrings`).
    SubjectContains(Vec<String>),
    /// `BodyContainsWords` (`ContainsBodyStrings`).
    BodyContains(Vec<String>),
    /// `SubjectOrBodyContainsWords` (`ContainsSubjectOrBodyStrings`).
    SubjectOrBodyContains(Vec<String>),
    /// `HeaderContainsWords` (`ContainsHeaderStrings`): the header as a whole holds one of these texts.
    HeaderContains(Vec<String>),
    /// `MyNameInToBox` (`SentToMe`).
    SentToMe,
    /// `MyNameInCcBox` (`SentCcMe`).
    SentCcMe,
    /// `MyNameInToOrCcBox` (`SentToOrCcMe`).
    SentToOrCcMe,
    /// `MyNameNotInToBox` (`NotSentToMe`).
    NotSentToMe,
    /// `SentOnlyToMe`: the owner is the only recipient.
    SentOnlyToMe,
    /// `WithImportance`.
    Importance(Importance),
    /// `WithSensitivity`.
    Sensitivity(Sensitivity),
    /// `HasAttachment`.
    HasAttachments,
    /// `WithinSizeRangeMinimum` and `WithinSizeRangeMaximum`, in octets; both ends belong to the range.
    SizeRange {
        /// At least so many.
        min: Option<u64>,
        /// At most so many.
        max: Option<u64>,
    },
    /// `ReceivedAfterDate` and `ReceivedBeforeDate`; both ends belong to the range, to the second.
    DateRange {
        /// Received at this instant or later.
        #[serde(serialize_with = "crate::stamp::text")]
        after: Option<Timestamp>,
        /// Received at this instant or earlier.
        #[serde(serialize_with = "crate::stamp::text")]
        before: Option<Timestamp>,
    },
    /// `FlaggedForAction`, such as `FollowUp`.
    FlaggedForAction(String),
    /// `Categories` of Exchange Web Services.
    Categories(Vec<String>),
    /// `HasClassification` (`MessageClassifications`).
    Classifications(Vec<String>),
    /// `ItemClasses` of Exchange Web Services, such as `IPM.Schedule.Meeting.Request`.
    ItemClasses(Vec<String>),
    /// `MessageTypeMatches`, and the `Is…` elements of Exchange Web Services.
    Type(MessageType),
    /// `FromSubscription` (`FromConnectedAccounts`).
    FromSubscription(Vec<String>),
}

/// A kind of message that a condition asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum MessageType {
    /// A request to approve a message that waits for a moderator.
    ApprovalRequest,
    /// A message that a rule or a server forwarded.
    AutomaticForward,
    /// A reply that no person wrote.
    AutomaticReply,
    /// An encrypted message (S/MIME or PGP/MIME).
    Encrypted,
    /// A meeting request.
    MeetingRequest,
    /// An answer to a meeting request.
    MeetingResponse,
    /// A report that a message was not delivered.
    NonDeliveryReport,
    /// A message that rights management protects.
    PermissionControlled,
    /// A report that a message was read.
    ReadReceipt,
    /// A signed message (S/MIME or PGP/MIME).
    Signed,
    /// A recorded voice message.
    Voicemail,
}

/// How important the sender called a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Importance {
    /// Low.
    Low,
    /// Neither high nor low.
    Normal,
    /// High.
    High,
}

/// How the sender wants a message to be treated.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Sensitivity {
    /// None of the others.
    Normal,
    /// Personal.
    Personal,
    /// Private.
    Private,
    /// Company-confidential.
    Confidential,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Action {
    /// `MoveToFolder`.
    MoveToFolder(Folder),
    /// `CopyToFolder`.
    CopyToFolder(Folder),
    /// `DeleteMessage` (`Delete`): moves the message to Deleted Items.
    Delete,
    /// `SoftDeleteMessage` (`PermanentDelete`): the message does not reach the mailbox.
    PermanentDelete,
    /// `MarkAsRead`.
    MarkAsRead,
    /// `MarkImportance`.
    MarkImportance(Importance),
    /// `ApplyCategory` (`AssignCategories`).
    AssignCategories(Vec<String>),
    /// `ForwardTo` (`ForwardToRecipients`): sends a copy as a new message of the owner's.
    ForwardTo(Vec<Recipient>),
    /// `ForwardAsAttachmentTo` (`ForwardAsAttachmentToRecipients`).
    ForwardAsAttachmentTo(Vec<Recipient>),
    /// `RedirectTo` (`RedirectToRecipients`): sends the message on with its first sender. It also stays in the Inbox.
    RedirectTo(Vec<Recipient>),
    /// `ServerReplyWithMessage`: answers with a template, if it could be read.
    ReplyWithMessage(Option<ReplyTemplate>),
    /// `SendTextMessageNotificationTo` (`SendSMSAlertToRecipients`).
    SendTextMessage(Vec<String>),
    /// `StopProcessingRules`.
    StopProcessingRules,
}

/// A template of `ServerReplyWithMessage`.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ReplyTemplate {
    /// The subject, if the template has one.
    pub subject: String,
    /// The text, without markup.
    pub text: String,
}

impl ReplyTemplate {
    /// Reads a template that is a message: its subject and its text. `None` if the octets are no message.
    #[must_use]
    pub fn of_message(octets: &[u8]) -> Option<Self> {
        let message = MessageParser::new().parse(octets)?;
        let text = message.body_text(0).unwrap_or_default();
        Some(Self::new(message.subject().unwrap_or_default(), text))
    }

    /// Makes a template.
    pub fn new(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            text: text.into(),
        }
    }
}

/// Somebody in a rule: a name as it is shown, and what is known of the address.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Recipient {
    /// The name that Exchange shows.
    pub name: String,
    /// All SMTP addresses that are known, the primary one first. Empty if the directory has to be asked.
    pub addresses: Vec<String>,
    /// The X.500 address (`/o=…`), where Exchange names an object of its directory.
    pub legacy_dn: Option<String>,
    /// Whether this is a group. As a sender it stands for its members, as a recipient for itself.
    pub group: bool,
}

impl Recipient {
    /// Somebody whose SMTP address is known.
    pub fn smtp(address: impl Into<String>) -> Self {
        let address = address.into();
        Self {
            name: address.clone(),
            addresses: vec![address],
            ..Self::default()
        }
    }

    /// An object of Exchange's directory, by its X.500 address.
    pub fn legacy(name: impl Into<String>, legacy_dn: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            legacy_dn: Some(legacy_dn.into()),
            ..Self::default()
        }
    }

    /// Reads what Exchange's shell prints: `"Anna" [SMTP:anna@corp.example]`, `"Anna" [EX:/o=Corp/…]`, or an address alone.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let bracketed = text
            .strip_suffix(']')
            .and_then(|rest| rest.rsplit_once('['))
            .and_then(|(name, address)| Some((name, address.split_once(':')?)));
        let Some((name, (scheme, address))) = bracketed else {
            return if is_address(text) {
                Self::smtp(text)
            } else {
                Self {
                    name: text.to_owned(),
                    ..Self::default()
                }
            };
        };
        let name = name.trim().trim_matches('"').to_owned();
        let address = address.trim();
        let mut recipient = Self {
            name,
            ..Self::default()
        };
        if scheme.eq_ignore_ascii_case("SMTP") && is_address(address) {
            recipient.addresses.push(address.to_owned());
        } else if scheme.eq_ignore_ascii_case("EX") && address.starts_with('/') {
            recipient.legacy_dn = Some(address.to_owned());
        }
        recipient
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.addresses.first().or(self.legacy_dn.as_ref());
        match address {
            Some(address) if *address == self.name => f.write_str(address),
            Some(address) if self.name.is_empty() => f.write_str(address),
            Some(address) => write!(f, "{} <{address}>", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Whether this is an address that may stand in a script: one `@`, nothing that a header or a list would take apart.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| !c.is_control() && !c.is_whitespace() && !"()<>[]:;,\\\"@".contains(c))
    };
    text.len() <= 320
        && text.split_once('@').is_some_and(|(local, domain)| {
            plain(local) && plain(domain) && !domain.starts_with('.') && !domain.ends_with('.')
        })
}

/// A folder that a rule names.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Folder {
    /// The path from the mailbox' root, one name for each level.
    Path(Vec<String>),
    /// The last name of the path, which is all that some versions of the shell print.
    Name(String),
}

impl Folder {
    /// A folder by its path from the mailbox' root.
    pub fn path<S: Into<String>>(levels: impl IntoIterator<Item = S>) -> Self {
        Self::Path(levels.into_iter().map(Into::into).collect())
    }

    /// Reads what Exchange's shell prints: `anna:\Inbox\Projects`, `\Inbox\Projects`, or `Projects`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let path = text
            .split_once(":\\")
            .map(|(_, path)| path)
            .or_else(|| text.strip_prefix('\\'));
        match path {
            Some(path) => Self::path(
                path.split('\\')
                    .filter(|level| !level.is_empty())
                    .map(restore_separators),
            ),
            None => Self::Name(restore_separators(text)),
        }
    }
}

/// Exchange writes a backslash within a name as U+F8FE, and a slash as U+F8FF.
fn restore_separators(name: &str) -> String {
    name.replace('\u{f8fe}', "\\").replace('\u{f8ff}', "/")
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(levels) => f.write_str(&levels.join("/")),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_of_the_shell() {
        let anna = Recipient::parse(r#""Anna [Sales]" [SMTP:anna@corp.example]"#);
        assert_eq!(
            (anna.name.as_str(), anna.addresses.as_slice()),
            ("Anna [Sales]", &["anna@corp.example".to_owned()][..])
        );
        let boris = Recipient::parse(r#""Борис" [EX:/o=Corp/ou=X/cn=Recipients/cn=boris]"#);
        assert_eq!(
            boris.legacy_dn.as_deref(),
            Some("/o=Corp/ou=X/cn=Recipients/cn=boris")
        );
        assert_eq!(Recipient::parse("c@corp.example").addresses, ["c@corp.example"]);
        for nobody in ["", "[", "]", "x [SMTP:]", "x [SMTP:a@b@c]", "x [FAX:1]", "a\"b@c"] {
            assert_eq!(
                Recipient::parse(nobody).addresses,
                Vec::<String>::new(),
                "{nobody}"
            );
        }
    }

    #[test]
    fn folders_of_the_shell() {
        assert_eq!(
            Folder::parse(r"anna:\Inbox\Проекты"),
            Folder::path(["Inbox", "Проекты"])
        );
        assert_eq!(Folder::parse(r"\Archive"), Folder::path(["Archive"]));
        assert_eq!(Folder::parse("RSS Feeds"), Folder::Name("RSS Feeds".into()));
        assert_eq!(Folder::parse("a:\\x\u{f8ff}y"), Folder::path(["x/y"]));
    }
}

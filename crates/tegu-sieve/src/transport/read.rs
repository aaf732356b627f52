//! `Get-TransportRule`.

use crate::read::{Encoding, Limits};
use crate::rule::Recipient;
use tegu_outcome::{Error, ErrorKind, Result};
use tegu_shell::{Row, Value, rows};

/// A transport rule.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TransportRule {
    /// Its name.
    pub name: String,
    /// The place in the order: the lowest number runs first.
    pub priority: i64,
    /// Why it does not run now as it stands: switched off, only testing, or bound to dates.
    pub off: Vec<String>,
    /// All of these must match.
    pub conditions: Vec<Clause>,
    /// If one of these matches, the rule does not apply.
    pub exceptions: Vec<Clause>,
    /// What it does.
    pub actions: Vec<Deed>,
    /// What the reader does not know or could not read.
    pub unknown: Vec<String>,
}

/// Inside or outside of the organisation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Scope {
    /// `InOrganization`.
    Inside,
    /// `NotInOrganization`.
    Outside,
}

/// A condition or an exception. Values within one are alternatives.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Clause {
    /// `From`.
    From(Vec<Recipient>),
    /// `SenderDomainIs`, with the domains below.
    SenderDomain(Vec<String>),
    /// `SentTo`.
    SentTo(Vec<Recipient>),
    /// `RecipientDomainIs`, with the domains below.
    RecipientDomain(Vec<String>),
    /// `FromScope`.
    FromScope(Scope),
    /// `SentToScope`.
    SentToScope(Scope),
    /// `SubjectContainsWords`: whole words, whatever their letter case.
    SubjectWords(Vec<String>),
    /// `SubjectMatchesPatterns`.
    SubjectPatterns(Vec<String>),
    /// `HeaderContainsMessageHeader` and `HeaderContainsWords`.
    HeaderWords(String, Vec<String>),
    /// `HeaderMatchesMessageHeader` and `HeaderMatchesPatterns`.
    HeaderPatterns(String, Vec<String>),
    /// `AnyOfToHeader`, `AnyOfCcHeader` and `AnyOfToCcHeader`: the headers, and who is named there.
    NamedIn(&'static [&'static str], Vec<Recipient>),
    /// `FromAddressContainsWords`.
    SenderWords(Vec<String>),
    /// `FromAddressMatchesPatterns`.
    SenderPatterns(Vec<String>),
    /// `RecipientAddressContainsWords`.
    RecipientWords(Vec<String>),
    /// `RecipientAddressMatchesPatterns`.
    RecipientPatterns(Vec<String>),
    /// `AttachmentNameMatchesPatterns`.
    FilePatterns(Vec<String>),
    /// `AttachmentExtensionMatchesWords`, without a dot.
    Extensions(Vec<String>),
    /// `SenderIpRanges`.
    SenderIp(Vec<String>),
    /// `MessageSizeOver`, octets.
    SizeOver(u64),
    /// One that no target has an equal for, by its name.
    Other(String),
}

/// An action.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Deed {
    /// `RedirectMessageTo`.
    Redirect(Vec<Recipient>),
    /// `BlindCopyTo`.
    BlindCopy(Vec<Recipient>),
    /// `RejectMessageEnhancedStatusCode` and `RejectMessageReasonText`, one after the other.
    Reject(String),
    /// `DeleteMessage`.
    Delete,
    /// `Quarantine`.
    Quarantine,
    /// `PrependSubject`.
    PrependSubject(String),
    /// `SetHeaderName` and `SetHeaderValue`.
    SetHeader(String, String),
    /// `RemoveHeader`.
    RemoveHeader(String),
    /// `RouteMessageOutboundRequireTls`.
    RequireTls,
    /// `StopRuleProcessing`.
    Stop,
    /// One that no target has an equal for, by its name.
    Other(String),
}

/// Conditions that no target has an equal for.
const OTHER_CONDITIONS: &[&str] = &[
    "ADComparisonAttribute",
    "AnyOfCcHeaderMemberOf",
    "AnyOfRecipientAddressContainsWords",
    "AnyOfRecipientAddressMatchesPatterns",
    "AnyOfToCcHeaderMemberOf",
    "AnyOfToHeaderMemberOf",
    "AttachmentContainsWords",
    "AttachmentHasExecutableContent",
    "AttachmentIsPasswordProtected",
    "AttachmentIsUnsupported",
    "AttachmentMatchesPatterns",
    "AttachmentProcessingLimitExceeded",
    "AttachmentPropertyContainsWords",
    "AttachmentSizeOver",
    "BetweenMemberOf1",
    "BetweenMemberOf2",
    "ContentCharacterSetContainsWords",
    "FromMemberOf",
    "HasClassification",
    "HasNoClassification",
    "HasSenderOverride",
    "ManagerAddresses",
    "ManagerForEvaluatedUser",
    "MessageContainsDataClassifications",
    "MessageTypeMatches",
    "RecipientADAttributeContainsWords",
    "RecipientADAttributeMatchesPatterns",
    "RecipientInSenderList",
    "SCLOver",
    "SenderADAttributeContainsWords",
    "SenderADAttributeMatchesPatterns",
    "SenderInRecipientList",
    "SenderManagementRelationship",
    "SentToMemberOf",
    "SubjectOrBodyContainsWords",
    "SubjectOrBodyMatchesPatterns",
    "WithImportance",
];

/// Conditions that are read.
const CONDITIONS: &[&str] = &[
    "AnyOfCcHeader",
    "AnyOfToCcHeader",
    "AnyOfToHeader",
    "AttachmentExtensionMatchesWords",
    "AttachmentNameMatchesPatterns",
    "From",
    "FromAddressContainsWords",
    "FromAddressMatchesPatterns",
    "FromScope",
    "HeaderContainsMessageHeader",
    "HeaderContainsWords",
    "HeaderMatchesMessageHeader",
    "HeaderMatchesPatterns",
    "MessageSizeOver",
    "RecipientAddressContainsWords",
    "RecipientAddressMatchesPatterns",
    "RecipientDomainIs",
    "SenderDomainIs",
    "SenderIpRanges",
    "SentTo",
    "SentToScope",
    "SubjectContainsWords",
    "SubjectMatchesPatterns",
];

/// Actions that no target has an equal for.
const OTHER_ACTIONS: &[&str] = &[
    "AddManagerAsRecipientType",
    "AddToRecipients",
    "ApplyClassification",
    "ApplyHtmlDisclaimerText",
    "ApplyOME",
    "ApplyRightsProtectionTemplate",
    "CopyTo",
    "Disconnect",
    "GenerateIncidentReport",
    "LogEventText",
    "ModerateMessageByManager",
    "ModerateMessageByUser",
    "RemoveOME",
    "RouteMessageOutboundConnector",
    "SenderNotificationType",
    "SetSCL",
    "SmtpRejectMessageRejectText",
];

/// Actions that are read, and what belongs to an action that is named elsewhere.
const ACTIONS: &[&str] = &[
    "ApplyHtmlDisclaimerFallbackAction",
    "ApplyHtmlDisclaimerLocation",
    "BlindCopyTo",
    "DeleteMessage",
    "IncidentReportContent",
    "IncidentReportOriginalMail",
    "PrependSubject",
    "Quarantine",
    "RedirectMessageTo",
    "RejectMessageEnhancedStatusCode",
    "RejectMessageReasonText",
    "RemoveHeader",
    "RouteMessageOutboundRequireTls",
    "SetAuditSeverity",
    "SetHeaderName",
    "SetHeaderValue",
    "SmtpRejectMessageRejectStatusCode",
    "StopRuleProcessing",
];

/// Properties that say nothing about what a rule does, or repeat it.
const ASIDE: &[&str] = &[
    "Actions",
    "ADComparisonOperator",
    "Comments",
    "Conditions",
    "CreatedBy",
    "Description",
    "DistinguishedName",
    "DlpPolicy",
    "DlpPolicyId",
    "Exceptions",
    "ExchangeVersion",
    "Guid",
    "Identity",
    "ImmutableId",
    "IsRuleConfigurationSupported",
    "IsValid",
    "LastModifiedBy",
    "ManuallyModified",
    "Mode",
    "Name",
    "ObjectState",
    "OrganizationId",
    "Priority",
    "PSComputerName",
    "PSShowComputerName",
    "RuleErrorAction",
    "RuleSubType",
    "RuleVersion",
    "RunspaceId",
    "Size",
    "State",
    "UseLegacyRegex",
    "WhenChanged",
];

fn among(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Reads an export of `Get-TransportRule`: CLIXML, JSON or CSV.
///
/// # Errors
///
/// Kind [`Malformed`](ErrorKind::Malformed) for an export that is cut, in another encoding, or not of transport rules, with the place;
/// [`Limit`](ErrorKind::Limit).
pub fn transport_rules(octets: &[u8], encoding: Encoding, limits: &Limits) -> Result<Vec<TransportRule>> {
    let what = "the export of Get-TransportRule";
    let rows = rows(octets, encoding, limits).map_err(|error| error.doing("read", what))?;
    rows.iter()
        .map(|row| {
            if row.text("Name").is_none() || row.get("State").is_none() {
                let why = format!("{} is no transport rule: it lacks `Name` or `State`", row.place);
                return Err(Error::new(ErrorKind::Malformed, why).doing("read", what));
            }
            Ok(rule(row))
        })
        .collect()
}

fn rule(row: &Row) -> TransportRule {
    let mut take = Take {
        row,
        unknown: Vec::new(),
    };
    let mut rule = TransportRule {
        name: row.text("Name").unwrap_or_default().to_owned(),
        ..TransportRule::default()
    };
    match row.get("Priority").and_then(Value::number) {
        Some(priority) => rule.priority = priority,
        None => take.unknown.push("Priority is missing or no number".to_owned()),
    }
    let said = |name: &str| row.text(name).map(str::trim).unwrap_or_default().to_owned();
    if !matches!(&*said("State"), "Enabled" | "0") {
        rule.off.push("the rule is switched off".to_owned());
    }
    match &*said("Mode") {
        "" | "Enforce" => {}
        mode => rule
            .off
            .push(format!("the rule does not act: its mode is {mode}")),
    }
    for name in ["ActivationDate", "ExpiryDate"] {
        if !said(name).is_empty() {
            rule.off
                .push(format!("{name} is {}, and no target knows dates", said(name)));
        }
    }
    rule.conditions = take.clauses("");
    rule.exceptions = take.clauses("ExceptIf");
    rule.actions = take.deeds();
    for (name, value) in &row.fields {
        let bare = match name.get(..8) {
            Some(prefix) if prefix.eq_ignore_ascii_case("ExceptIf") => name.get(8..).unwrap_or_default(),
            _ => name,
        };
        let condition = among(CONDITIONS, bare) || among(OTHER_CONDITIONS, bare);
        let action = among(ACTIONS, name) || among(OTHER_ACTIONS, name);
        let aside =
            among(ASIDE, name) || among(&["ActivationDate", "ExpiryDate", "SenderAddressLocation"], name);
        if !condition && !action && !aside && !value.is_empty() {
            take.unknown.push(format!("{name} is not known"));
        }
    }
    rule.unknown = take.unknown;
    rule
}

/// Takes typed values out of a row; what does not fit its type is noted.
struct Take<'r> {
    row: &'r Row,
    unknown: Vec<String>,
}

impl Take<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        self.row.get(name).filter(|value| !value.is_empty())
    }

    fn read<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let read = read(value);
        if read.is_none() {
            self.unknown.push(format!("{name} could not be read"));
        }
        read
    }

    /// The texts of a list. A flattened list that holds a comma may be one value or several, which nobody can tell.
    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let flat = self.row.flat;
        self.read(name, |value| {
            let texts = value.texts()?;
            let bad = |text: &String| text.trim().is_empty() || (flat && text.contains([',', ';']));
            (!texts.is_empty() && !texts.iter().any(bad)).then_some(texts)
        })
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.read(name, |value| value.text().map(|text| text.trim().to_owned()))
    }

    fn people(&mut self, name: &str) -> Option<Vec<Recipient>> {
        let texts = self.texts(name)?;
        Some(texts.iter().map(|text| Recipient::parse(text)).collect())
    }

    fn scope(&mut self, name: &str) -> Option<Scope> {
        self.read(name, |value| match value.text()?.trim() {
            "InOrganization" => Some(Scope::Inside),
            "NotInOrganization" => Some(Scope::Outside),
            _ => None,
        })
    }

    fn clauses(&mut self, prefix: &str) -> Vec<Clause> {
        let key = |name: &str| format!("{prefix}{name}");
        let mut out = Vec::new();
        out.extend(self.people(&key("From")).map(Clause::From));
        out.extend(self.texts(&key("SenderDomainIs")).map(Clause::SenderDomain));
        out.extend(self.people(&key("SentTo")).map(Clause::SentTo));
        out.extend(self.texts(&key("RecipientDomainIs")).map(Clause::RecipientDomain));
        out.extend(self.scope(&key("FromScope")).map(Clause::FromScope));
        out.extend(self.scope(&key("SentToScope")).map(Clause::SentToScope));
        out.extend(self.texts(&key("SubjectContainsWords")).map(Clause::SubjectWords));
        out.extend(
            self.texts(&key("SubjectMatchesPatterns"))
                .map(Clause::SubjectPatterns),
        );
        for (header, values, clause) in [
            (
                "HeaderContainsMessageHeader",
                "HeaderContainsWords",
                Clause::HeaderWords as fn(String, Vec<String>) -> Clause,
            ),
            (
                "HeaderMatchesMessageHeader",
                "HeaderMatchesPatterns",
                Clause::HeaderPatterns,
            ),
        ] {
            match (self.text(&key(header)), self.texts(&key(values))) {
                (Some(name), Some(values)) => out.push(clause(name, values)),
                (None, None) => {}
                _ => self.unknown.push(format!("{} has only a half", key(values))),
            }
        }
        for (name, headers) in [
            ("AnyOfToHeader", &["To"][..]),
            ("AnyOfCcHeader", &["Cc"]),
            ("AnyOfToCcHeader", &["To", "Cc"]),
        ] {
            let people = self.people(&key(name));
            out.extend(people.map(|people| Clause::NamedIn(headers, people)));
        }
        for (name, clause) in [
            (
                "FromAddressContainsWords",
                Clause::SenderWords as fn(Vec<String>) -> Clause,
            ),
            ("FromAddressMatchesPatterns", Clause::SenderPatterns),
            ("RecipientAddressContainsWords", Clause::RecipientWords),
            ("RecipientAddressMatchesPatterns", Clause::RecipientPatterns),
            ("AttachmentNameMatchesPatterns", Clause::FilePatterns),
        ] {
            out.extend(self.texts(&key(name)).map(clause));
        }
        out.extend(self.texts(&key("AttachmentExtensionMatchesWords")).map(|all| {
            Clause::Extensions(
                all.iter()
                    .map(|one| one.trim_start_matches('.').to_owned())
                    .collect(),
            )
        }));
        out.extend(self.texts(&key("SenderIpRanges")).map(Clause::SenderIp));
        out.extend(
            self.read(&key("MessageSizeOver"), Value::octets)
                .map(Clause::SizeOver),
        );
        let others = OTHER_CONDITIONS.iter().map(|name| key(name));
        out.extend(
            others
                .filter(|name| self.value(name).is_some())
                .map(Clause::Other),
        );
        out
    }

    fn deeds(&mut self) -> Vec<Deed> {
        let mut out = Vec::new();
        // A blank at the end keeps it apart from the subject.
        let prefix = self.read("PrependSubject", |value| value.text().map(str::to_owned));
        out.extend(prefix.map(Deed::PrependSubject));
        match (self.text("SetHeaderName"), self.text("SetHeaderValue")) {
            (Some(name), Some(value)) => out.push(Deed::SetHeader(name, value)),
            (None, None) => {}
            _ => self
                .unknown
                .push("SetHeaderName and SetHeaderValue belong together".to_owned()),
        }
        out.extend(self.text("RemoveHeader").map(Deed::RemoveHeader));
        out.extend(self.people("BlindCopyTo").map(Deed::BlindCopy));
        out.extend(self.people("RedirectMessageTo").map(Deed::Redirect));
        let code = self.text("RejectMessageEnhancedStatusCode");
        let reason = self.text("RejectMessageReasonText");
        if code.is_some() || reason.is_some() {
            let parts: Vec<String> = code.into_iter().chain(reason).collect();
            out.push(Deed::Reject(parts.join(" ")));
        }
        let flag = |this: &mut Self, name: &str| this.read(name, Value::boolean).unwrap_or(false);
        for (name, deed) in [
            ("DeleteMessage", Deed::Delete),
            ("Quarantine", Deed::Quarantine),
            ("RouteMessageOutboundRequireTls", Deed::RequireTls),
        ] {
            if flag(self, name) {
                out.push(deed);
            }
        }
        let others = OTHER_ACTIONS.iter().filter(|name| self.value(name).is_some());
        out.extend(others.map(|name| Deed::Other((*name).to_owned())));
        if flag(self, "StopRuleProcessing") {
            out.push(Deed::Stop);
        }
        out
    }
}

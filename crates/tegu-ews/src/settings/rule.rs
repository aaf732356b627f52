//! Inbox rules.

use crate::{ItemId, item::Person, xml::Element};

/// The rules of a mailbox.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Rules {
    /// The rules, in the order in which the server runs them.
    pub rules: Vec<InboxRule>,
    /// Whether Outlook keeps rules that only Outlook can read.
    pub outlook: bool,
}

/// One rule. Conditions, exceptions and actions have the names of their elements in the schema.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct InboxRule {
    /// The server's identifier.
    pub id: String,
    /// The name that the owner gave it.
    pub name: String,
    /// The place in the order: the lowest number runs first.
    pub priority: i32,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Whether the server cannot show all of it (`IsNotSupported`).
    pub unsupported: bool,
    /// Whether it is broken, so that the server does not run it.
    pub in_error: bool,
    /// All of these must match: `ContainsSubjectStrings`.
    pub conditions: Vec<(String, Operand)>,
    /// If one of these matches, the rule does not apply.
    pub exceptions: Vec<(String, Operand)>,
    /// What it does: `MoveToFolder`.
    pub actions: Vec<(String, Operand)>,
}

/// What a condition or an action takes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Operand {
    /// A switch.
    Flag(bool),
    /// One word: `High`.
    Word(String),
    /// Texts; one of them has to match.
    Texts(Vec<String>),
    /// People.
    People(Vec<Person>),
    /// A folder by its identifier.
    Folder(String),
    /// A folder by a name that every mailbox knows.
    Distinguished(String),
    /// An item: the reply that a rule sends.
    Item(ItemId),
    /// Kilobytes, from and to.
    Sizes(Option<u32>, Option<u32>),
    /// Times, from and to, as the server writes them.
    Dates(Option<String>, Option<String>),
    /// What the schema did not have when this was written, with the names of its elements.
    Unknown(String),
}

impl Rules {
    pub(crate) fn read(response: Element<'_>) -> Self {
        let rules = response
            .child("InboxRules")
            .into_iter()
            .flat_map(Element::children);
        let mut rules: Vec<InboxRule> = rules.map(InboxRule::read).collect();
        rules.sort_by_key(|rule| rule.priority);
        Self {
            rules,
            outlook: response.flag("OutlookRuleBlobExists").unwrap_or(false),
        }
    }
}

impl InboxRule {
    fn read(rule: Element<'_>) -> Self {
        let part = |name| {
            let entries = rule.child(name).into_iter().flat_map(Element::children);
            entries
                .map(|entry| (entry.name().to_owned(), Operand::read(entry)))
                .collect()
        };
        Self {
            id: rule.value("RuleId").unwrap_or_default().to_owned(),
            name: rule
                .child("DisplayName")
                .map(Element::text)
                .unwrap_or_default()
                .to_owned(),
            priority: rule.number("Priority").unwrap_or(i32::MAX),
            enabled: rule.flag("IsEnabled").unwrap_or(false),
            unsupported: rule.flag("IsNotSupported").unwrap_or(false),
            in_error: rule.flag("IsInError").unwrap_or(false),
            conditions: part("Conditions"),
            exceptions: part("Exceptions"),
            actions: part("Actions"),
        }
    }
}

impl Operand {
    fn read(entry: Element<'_>) -> Self {
        // The template of a reply: the element is the identifier itself.
        if let Some(id) = ItemId::read(entry) {
            return Self::Item(id);
        }
        let children: Vec<Element<'_>> = entry.children().collect();
        let Some(first) = children.first() else {
            return match entry.text().trim() {
                "true" => Self::Flag(true),
                "false" => Self::Flag(false),
                word => Self::Word(word.to_owned()),
            };
        };
        match first.name() {
            "String" => Self::Texts(children.iter().map(|text| text.text().to_owned()).collect()),
            "Address" => Self::People(children.iter().map(|person| Person::read(*person)).collect()),
            "FolderId" => Self::Folder(first.attribute("Id").unwrap_or_default().to_owned()),
            "DistinguishedFolderId" => {
                Self::Distinguished(first.attribute("Id").unwrap_or_default().to_owned())
            }
            "MinimumSize" | "MaximumSize" => {
                Self::Sizes(entry.number("MinimumSize"), entry.number("MaximumSize"))
            }
            "StartDateTime" | "EndDateTime" => {
                let text = |name| entry.value(name).map(str::to_owned);
                Self::Dates(text("StartDateTime"), text("EndDateTime"))
            }
            _ => Self::Unknown(
                children
                    .iter()
                    .map(|child| child.name())
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
        }
    }
}

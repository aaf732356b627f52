//! What a mailbox has besides items, as a test describes it.

/// Rights of somebody on a folder.
#[derive(Clone, Debug)]
pub struct Permission {
    pub(super) who: Who,
    pub(super) level: String,
    pub(super) rights: Rights,
}

#[derive(Clone, Debug)]
pub(super) enum Who {
    Default,
    Anonymous,
    User(String, String),
}

/// The rights of a level, or of a custom one.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "what the schema has")]
pub struct Rights {
    /// May create items.
    pub create: bool,
    /// May create folders below.
    pub folders: bool,
    /// Owns the folder.
    pub owner: bool,
    /// Sees the folder.
    pub visible: bool,
    /// Is its contact.
    pub contact: bool,
    /// `None`, `Owned` or `All`; an empty text counts as `None`.
    pub edit: &'static str,
    /// As `edit`.
    pub delete: &'static str,
    /// `None`, `TimeOnly`, `TimeAndSubjectAndLocation` or `FullDetails`; an empty text counts as `None`.
    pub read: &'static str,
}

impl Permission {
    /// What everybody has.
    pub fn everybody(level: &str, rights: Rights) -> Self {
        Self::new(Who::Default, level, rights)
    }

    /// What those have who did not log in.
    pub fn anonymous(level: &str, rights: Rights) -> Self {
        Self::new(Who::Anonymous, level, rights)
    }

    /// What one user or group has.
    pub fn user(address: &str, name: &str, level: &str, rights: Rights) -> Self {
        Self::new(Who::User(address.to_owned(), name.to_owned()), level, rights)
    }

    fn new(who: Who, level: &str, rights: Rights) -> Self {
        Self {
            who,
            level: level.to_owned(),
            rights,
        }
    }
}

/// What a mailbox has besides items.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(super) rules: Vec<Rule>,
    pub(super) rule_blob: bool,
    pub(super) out_of_office: OutOfOffice,
    pub(super) delegates: Vec<Delegate>,
    pub(super) deliver: Option<String>,
    pub(super) configurations: Vec<(String, String, Configuration)>,
}

#[derive(Clone, Debug)]
pub(super) enum Configuration {
    Xml(Vec<u8>),
    Dictionary(Vec<(String, String)>),
}

impl Settings {
    /// Nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Says that Outlook keeps rules of its own, which only Outlook can read.
    #[must_use]
    pub fn outlook_rules(mut self) -> Self {
        self.rule_blob = true;
        self
    }

    /// Sets the automatic replies.
    #[must_use]
    pub fn out_of_office(mut self, out_of_office: OutOfOffice) -> Self {
        self.out_of_office = out_of_office;
        self
    }

    /// Adds a delegate.
    #[must_use]
    pub fn delegate(mut self, delegate: Delegate) -> Self {
        self.delegates.push(delegate);
        self
    }

    /// Who gets meeting requests: `DelegatesOnly`, `DelegatesAndMe`, `DelegatesAndSendInformationToMe`, `NoForward`.
    #[must_use]
    pub fn deliver_meeting_requests(mut self, to: &str) -> Self {
        self.deliver = Some(to.to_owned());
        self
    }

    /// Sets the list of categories: name and number of the colour, -1 for none.
    #[must_use]
    pub fn categories(mut self, categories: &[(&str, i32)]) -> Self {
        let mut xml = String::from(
            "<?xml version=\"1.0\"?>\r\n<categories default=\"\" lastSavedSession=\"1\" \
             lastSavedTime=\"2024-05-01T08:00:00.000\" xmlns=\"CategoryList.xsd\">\r\n",
        );
        for (number, (name, color)) in categories.iter().enumerate() {
            xml.push_str(&format!(
                "\t<category name=\"{}\" color=\"{color}\" keyboardShortcut=\"0\" usageCount=\"1\" \
                 lastTimeUsed=\"2024-05-01T08:00:00.000\" lastSessionUsed=\"1\" \
                 guid=\"{{00000000-0000-4000-8000-{number:012X}}}\" renameOnFirstUse=\"0\"/>\r\n",
                super::xml::escape(name)
            ));
        }
        xml.push_str("</categories>");
        let list = Configuration::Xml(xml.into_bytes());
        self.configurations
            .push(("calendar".to_owned(), "CategoryList".to_owned(), list));
        self
    }

    /// Sets a dictionary, such as `OWA.UserOptions` on `root`.
    #[must_use]
    pub fn dictionary(mut self, folder: &str, name: &str, entries: &[(&str, &str)]) -> Self {
        let entries = entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let dictionary = Configuration::Dictionary(entries);
        self.configurations
            .push((folder.to_owned(), name.to_owned(), dictionary));
        self
    }
}

/// An inbox rule.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    pub(super) name: String,
    pub(super) disabled: bool,
    pub(super) unsupported: bool,
    pub(super) in_error: bool,
    pub(super) conditions: Vec<(String, Operand)>,
    pub(super) exceptions: Vec<(String, Operand)>,
    pub(super) actions: Vec<(String, Operand)>,
}

/// What a condition or an action of a rule takes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Operand {
    /// A switch.
    Flag(bool),
    /// One word, such as `High`.
    Word(String),
    /// Texts.
    Texts(Vec<String>),
    /// Addresses: name and SMTP address, or an X500 one (`/o=…`).
    People(Vec<(String, String)>),
    /// A folder of this mailbox, by distinguished name or display name.
    Folder(String),
    /// A message of this mailbox, by its subject: the template of a reply.
    Template(String),
    /// From and to, kilobytes.
    Sizes(Option<i32>, Option<i32>),
    /// From and to.
    Dates(Option<String>, Option<String>),
}

impl Rule {
    /// A rule without conditions and actions.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Adds a condition, by the name of its element, such as `ContainsSubjectStrings`.
    #[must_use]
    pub fn condition(mut self, element: &str, operand: Operand) -> Self {
        self.conditions.push((element.to_owned(), operand));
        self
    }

    /// Adds an exception, as a condition.
    #[must_use]
    pub fn exception(mut self, element: &str, operand: Operand) -> Self {
        self.exceptions.push((element.to_owned(), operand));
        self
    }

    /// Adds an action, by the name of its element, such as `MoveToFolder`.
    #[must_use]
    pub fn action(mut self, element: &str, operand: Operand) -> Self {
        self.actions.push((element.to_owned(), operand));
        self
    }

    /// Turns it off.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.disabled = true;
        self
    }

    /// Says that Exchange cannot show all of it.
    #[must_use]
    pub fn unsupported(mut self) -> Self {
        self.unsupported = true;
        self
    }

    /// Says that it is broken.
    #[must_use]
    pub fn in_error(mut self) -> Self {
        self.in_error = true;
        self
    }
}

/// Automatic replies.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a test sets every field")]
pub struct OutOfOffice {
    /// `Disabled`, `Enabled` or `Scheduled`.
    pub state: String,
    /// `None`, `Known` or `All`.
    pub audience: String,
    /// Start and end, UTC.
    pub duration: Option<(String, String)>,
    /// The reply to colleagues, HTML.
    pub internal: String,
    /// The reply to others, HTML.
    pub external: String,
}

impl Default for OutOfOffice {
    fn default() -> Self {
        Self {
            state: "Disabled".to_owned(),
            audience: "All".to_owned(),
            duration: None,
            internal: String::new(),
            external: String::new(),
        }
    }
}

/// Somebody who may act for the owner.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a test sets every field")]
pub struct Delegate {
    /// SMTP address; an empty one is an account that was deleted, which the server does not tell. With a group among them it tells none.
    pub address: String,
    /// Display name.
    pub name: String,
    /// The level on calendar, tasks, inbox, contacts, notes and journal; an empty text is not told.
    pub levels: [&'static str; 6],
    /// Gets copies of meeting messages.
    pub copies: bool,
    /// Sees private items.
    pub private: bool,
}

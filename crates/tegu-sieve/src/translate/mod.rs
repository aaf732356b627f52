//! Turns rules and automatic replies into a script for the extensions that a server offers.
//!
//! Every part of a rule is exact, lossy or manual. A lossy part has a stable code that the operator can [accept](Translator::accept). A
//! rule with a manual part, or with a loss that nobody accepted, is for a person as a whole: the script names it in a comment.
//!
//! # Codes
//!
//! | code | what is lost or in the way | what a person does |
//! |---|---|---|
//! | `SIEVE-ADDRESS` | somebody in the rule has no SMTP address that is known | look the person up, write the rule by hand |
//! | `SIEVE-AFTER-STOP` | an earlier rule that stops the others is by hand (lossy) | write that rule first, or accept |
//! | `SIEVE-ATTACHMENT` | a message has an attachment if a part says so; Exchange also judges inline parts (lossy) | accept, or look at the rule |
//! | `SIEVE-AUTOMATIC` | automatic replies and forwards are known by `Auto-Submitted` alone (lossy) | accept, or look at the rule |
//! | `SIEVE-BODY` | text within HTML is taken out in another way (lossy) | accept, or look at the rule |
//! | `SIEVE-CATEGORY` | a category becomes a keyword, which not every program shows (lossy); one with spaces or letters beyond ASCII cannot (RFC 9051, `flag-keyword`), on mail neither (`MAIL-KEYWORD`) | accept, or set categories by hand |
//! | `SIEVE-CLIENT-ONLY` | only Outlook runs the rule | rebuild it in the owner's mail program |
//! | `SIEVE-CONDITION` | no header tells what the condition asks for | decide with the owner |
//! | `SIEVE-COPY-AGAIN` | a copy goes where an earlier rule may have moved the message; Cyrus then keeps it in the Inbox too (lossy) | accept on other servers |
//! | `SIEVE-DELETE` | the message is gone for good (lossy) | accept, or let it be filed |
//! | `SIEVE-DISABLED` | the owner switched the rule off | nothing, or write it by hand |
//! | `SIEVE-EXTENSION` | the server lacks an extension | have it enabled, or write the rule by hand |
//! | `SIEVE-FOLDER` | the folder is not known on the target, or its name is ambiguous | move the folder first, or name it |
//! | `SIEVE-FORWARD` | the copy keeps its sender and subject; Exchange sends a new message (lossy) | accept: SPF and DMARC may refuse it |
//! | `SIEVE-FORWARD-CIRCLE`, `SIEVE-FORWARD-UNKNOWN` | mail would come back, or nobody has the address | decide with the owner |
//! | `SIEVE-GROUP` | a group as a sender stands for its members | name the members |
//! | `SIEVE-HEADER` | Exchange searches the whole header, Sieve one field (lossy; manual without a field name) | accept, or name the field |
//! | `SIEVE-IN-ERROR` | Exchange does not run the rule, since it is in error | decide with the owner |
//! | `SIEVE-ITEM-CLASS` | item classes are known by the shape of the message (lossy) | accept, or look at the rule |
//! | `SIEVE-LETTER-CASE` | the server finds such letters in one case only | have `regex` or `i;unicode-casemap` enabled |
//! | `SIEVE-LIMIT` | a limit of the server would be exceeded | raise it, or use a list |
//! | `SIEVE-MARK-LATER` | a copy that an earlier rule filed stays unmarked (lossy) | accept, or reorder |
//! | `SIEVE-NO-EQUAL` | Sieve has no such action | do it another way |
//! | `SIEVE-OWNER` | the owner's addresses are not known | give them |
//! | `SIEVE-REDIRECT-SELF` | the message would come back to this mailbox | decide with the owner |
//! | `SIEVE-REPLY-AGAIN` | a sender gets a second reply after some days (lossy) | accept |
//! | `SIEVE-REPLY-DECLINE` | meetings are no longer declined (lossy) | accept, and tell the owner |
//! | `SIEVE-REPLY-KNOWN` | who is among the owner's contacts is not known | reply to all or none |
//! | `SIEVE-REPLY-ONCE` | a template answers each sender once a day, not every message (lossy) | accept |
//! | `SIEVE-REPLY-SUBJECT` | the reply's subject begins with the server's own words (information) | nothing |
//! | `SIEVE-SIZE` | sizes are those of the message as it travels, with what servers add to its header (lossy) | accept |
//! | `SIEVE-TEXT` | a text is empty or holds characters that no script can hold | write the rule by hand |
//! | `SIEVE-TWO-REPLIES` | only one reply can be sent to a message | decide with the owner |
//! | `SIEVE-UNKNOWN` | the export holds something that this crate does not know | look at the rule in Exchange |

mod action;
mod condition;
mod context;
mod forwarding;
mod letter;
mod limit;
mod reply;
mod vacation;

pub use context::{FolderNames, Folders, Owner, Server};

use crate::forward::Forward;
use crate::mark;
use crate::read::AutoReply;
use crate::rule::Rule;
use crate::script::{Command, Script, Test, error_line};
use limit::Path;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tegu_outcome::{Error, Finding, Severity, State};

/// How a rule or a reply ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// It is in the script and does what Exchange does.
    Exact,
    /// It is in the script, with losses that the operator accepted.
    Lossy,
    /// A person takes it over; the script names it in a comment.
    Manual,
}

/// A rule, or the automatic reply, and what became of it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Part {
    /// The name of the rule, `automatic reply`, or `forwarding`.
    pub name: String,
    /// What it does, as a sentence.
    pub explanation: String,
    /// How it ends.
    pub verdict: Verdict,
    /// What is lost or in the way, and what is worth knowing.
    pub findings: Vec<Finding>,
    /// The first line of the script that is about it, from 1.
    pub line: usize,
}

/// A script, and what became of each rule.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Translation {
    /// The script, without the mark that [`text`](Self::text) begins with.
    pub script: Script,
    /// The forwarding settings, the automatic reply, if there is one, then the rules in the order in which they run.
    pub parts: Vec<Part>,
    /// What concerns the script as a whole, such as its size.
    pub findings: Vec<Finding>,
}

impl Translation {
    /// Returns the text to upload. Its first line lets a later run see whether somebody has edited it.
    #[must_use]
    pub fn text(&self) -> String {
        mark::sign(&self.script.to_string())
    }

    /// Whether the script does anything: without an active part nothing needs to be uploaded.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.parts.iter().any(|part| part.verdict != Verdict::Manual)
    }

    /// Returns the rule that a line of [`text`](Self::text) belongs to, from 1, as a server names it in an error.
    #[must_use]
    pub fn at_line(&self, line: usize) -> Option<&Part> {
        self.parts.iter().rev().find(|part| part.line <= line)
    }

    /// Names the rule in a server's refusal of the script, if the server named a line.
    #[must_use]
    pub fn name_rule(&self, refusal: Error) -> Error {
        match error_line(refusal.message()).and_then(|line| self.at_line(line)) {
            Some(part) => {
                let name = format!("rule \"{}\"", part.name);
                refusal.context(name)
            }
            None => refusal,
        }
    }

    /// Returns how many parts end in a state: what is in the script is `uploaded` if the upload was proved.
    #[must_use]
    pub fn count(&self, uploaded: State, state: State) -> usize {
        self.parts
            .iter()
            .filter(|part| match part.verdict {
                Verdict::Manual => state == State::Manual,
                _ => state == uploaded,
            })
            .count()
    }
}

/// Translates for a server, an owner and the owner's folders.
#[derive(Clone, Debug)]
pub struct Translator {
    server: Server,
    owner: Owner,
    folders: Folders,
    accepted: BTreeSet<String>,
    keywords: BTreeMap<String, String>,
    forwards: Vec<(Forward, Option<Finding>)>,
    warnings: Vec<(String, Finding)>,
}

impl Translator {
    /// Translates for what this server offers.
    #[must_use]
    pub fn new(server: Server) -> Self {
        Self {
            server,
            owner: Owner::default(),
            folders: Folders::default(),
            accepted: BTreeSet::new(),
            keywords: BTreeMap::new(),
            forwards: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Says whose mailbox it is.
    #[must_use]
    pub fn owner(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }

    /// Says how folders are called on the target.
    #[must_use]
    pub fn folders(mut self, folders: Folders) -> Self {
        self.folders = folders;
        self
    }

    /// Accepts a loss by its code. A code of a manual finding has no effect.
    #[must_use]
    pub fn accept(mut self, code: impl Into<String>) -> Self {
        self.accepted.insert(code.into());
        self
    }

    /// Whether a loss is accepted.
    #[cfg(feature = "store")]
    pub(crate) fn accepts(&self, code: &str) -> bool {
        self.accepted.contains(code)
    }

    /// Says which IMAP keyword stands for a category. Without a call it is the category itself, as mail keeps it, if IMAP can express that.
    #[must_use]
    pub fn keyword(mut self, category: impl Into<String>, keyword: impl Into<String>) -> Self {
        self.keywords.insert(category.into(), keyword.into());
        self
    }

    /// Carries out a forwarding setting in the script, before all rules: mail that is forwarded without a copy meets no rule, as on Exchange.
    /// `judged` is what the [organisation](crate::forward::Organisation) says of it.
    #[must_use]
    pub fn forward(mut self, forward: Forward, judged: Option<Finding>) -> Self {
        self.forwards.push((forward, judged));
        self
    }

    /// Says what the organisation has against a rule of this name: a redirect in a circle is for a person.
    #[must_use]
    pub fn warn(mut self, rule: impl Into<String>, judged: Finding) -> Self {
        self.warnings.push((rule.into(), judged));
        self
    }

    /// Translates the rules of one mailbox, in whatever order they come, and its automatic reply.
    #[must_use]
    pub fn translate(&self, rules: &[Rule], reply: Option<&AutoReply>) -> Translation {
        let mut ordered: Vec<&Rule> = rules.iter().collect();
        ordered.sort_by_key(|rule| rule.priority);
        let mut commands = Vec::new();
        let mut starts = Vec::new();
        let mut parts = Vec::new();
        let mut path = Path::new(&self.server);
        for (forward, judged) in &self.forwards {
            starts.push(commands.len());
            parts.push(self.forwarding(forward, judged.as_ref(), &mut path, &mut commands));
        }
        if let Some(reply) = reply {
            starts.push(commands.len());
            parts.push(self.reply(reply, &mut path, &mut commands));
        }
        for (at, rule) in ordered.into_iter().enumerate() {
            starts.push(commands.len());
            parts.push(self.rule(at, rule, &mut path, &mut commands));
        }
        let script = Script::new(commands);
        let lines = script.lines();
        for (part, start) in parts.iter_mut().zip(starts) {
            // One more for the mark.
            part.line = lines.get(start).map_or(1, |line| line + 1);
        }
        let mut translation = Translation {
            script,
            parts,
            findings: Vec::new(),
        };
        let octets = translation.text().len();
        if let Some(limit) = self.server.max_script_octets
            && octets > limit
        {
            let why = format!("the script has {octets} octets, and the server takes {limit}");
            translation.findings.push(Finding::lossy("SIEVE-LIMIT", why));
        }
        translation
    }

    fn rule(&self, at: usize, rule: &Rule, path: &mut Path, commands: &mut Vec<Command>) -> Part {
        let mut work = Work::new(self);
        work.switched_off(rule);
        for (_, judged) in self.warnings.iter().filter(|(name, _)| *name == rule.name) {
            work.judged(judged);
        }
        if let Some(earlier) = path.stopped_by_hand() {
            let why =
                format!("\"{earlier}\" would keep some messages from this rule, and it is not in the script");
            work.lossy("SIEVE-AFTER-STOP", why);
        }
        let test = work.tests(rule);
        let mut block = work.actions(at, rule, path);
        if rule.stops() {
            block.push(Command::stop());
        }
        let command = Command::when(test, block);
        work.extensions(&command);
        if !work.manual {
            work.limits(&command, path);
        }
        if work.verdict() == Verdict::Manual && rule.runs() && rule.stops() {
            path.stop_by_hand(&rule.name);
        }
        let said = (rule.name.clone(), rule.to_string());
        work.finish(said, Some(command), (path, rule.stops()), commands)
    }
}

/// What stands in the script for a rule that a person takes over.
fn by_hand(name: &str, explanation: &str, findings: &[Finding]) -> Command {
    let mut text = format!("By hand: [{name}]\n  {explanation}");
    for finding in findings {
        text.push_str(&format!("\n  {finding}"));
    }
    Command::Comment(text)
}

/// A rule or a reply while it is translated.
struct Work<'t> {
    translator: &'t Translator,
    findings: Vec<Finding>,
    manual: bool,
    lossy: bool,
}

impl<'t> Work<'t> {
    fn new(translator: &'t Translator) -> Self {
        Self {
            translator,
            findings: Vec::new(),
            manual: false,
            lossy: false,
        }
    }

    fn verdict(&self) -> Verdict {
        match (self.manual, self.lossy) {
            (true, _) => Verdict::Manual,
            (_, true) => Verdict::Lossy,
            _ => Verdict::Exact,
        }
    }

    /// Puts a part into the script, or a comment for a person in its place.
    fn finish(
        self,
        (name, explanation): (String, String),
        command: Option<Command>,
        (path, stops): (&mut Path, bool),
        commands: &mut Vec<Command>,
    ) -> Part {
        let verdict = self.verdict();
        match command {
            Some(command) if verdict != Verdict::Manual => {
                path.add(&command, stops);
                commands.push(Command::Comment(format!("rule:[{name}]")));
                commands.push(command);
            }
            _ => commands.push(by_hand(&name, &explanation, &self.findings)),
        }
        Part {
            name,
            explanation,
            verdict,
            findings: self.findings,
            line: 1,
        }
    }

    /// Notes what only a person can take over.
    fn manual(&mut self, code: &'static str, message: impl Into<String>) {
        self.manual = true;
        self.add(Finding::lossy(code, message));
    }

    /// Notes a loss; without the operator's acceptance a person takes over.
    fn lossy(&mut self, code: &'static str, message: impl Into<String>) {
        self.lossy = true;
        self.manual |= !self.translator.accepted.contains(code);
        self.add(Finding::lossy(code, message));
    }

    /// Notes what the organisation has against a forwarding. A circle and an address that nobody has are for a person.
    fn judged(&mut self, finding: &Finding) {
        self.manual |= finding.severity == Severity::Lossy;
        self.add(finding.clone());
    }

    fn add(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn switched_off(&mut self, rule: &Rule) {
        if !rule.enabled {
            self.manual("SIEVE-DISABLED", "the rule is switched off");
        }
        if rule.in_error {
            self.manual(
                "SIEVE-IN-ERROR",
                "Exchange has marked the rule as being in error and does not run it",
            );
        }
        if rule.client_only {
            self.manual(
                "SIEVE-CLIENT-ONLY",
                "only Outlook runs the rule; the server knows a part of it at most",
            );
        }
        for what in &rule.unknown {
            self.manual("SIEVE-UNKNOWN", what.clone());
        }
    }

    fn tests(&mut self, rule: &Rule) -> Test {
        let mut tests: Vec<Test> = rule
            .conditions
            .iter()
            .map(|condition| self.condition(condition))
            .collect();
        let exceptions: Vec<Test> = rule
            .exceptions
            .iter()
            .map(|condition| self.condition(condition))
            .collect();
        if !exceptions.is_empty() {
            tests.push(Test::negate(Test::any(exceptions)));
        }
        Test::all(tests)
    }

    fn extensions(&mut self, command: &Command) {
        let script = Script::new(vec![command.clone()]);
        for name in script.extensions() {
            if !self.translator.server.has(name) {
                self.manual("SIEVE-EXTENSION", format!("the server does not offer `{name}`"));
            }
        }
    }
}

#[cfg(test)]
mod tests;

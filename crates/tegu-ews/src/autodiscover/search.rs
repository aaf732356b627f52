//! What is asked where, and who may be shown credentials.

use super::{Answer, Form, Settings, read};
use crate::{Error, ErrorKind, Limits, Result};
use std::collections::{HashSet, VecDeque};
use tegu_net::{Endpoint, HostName, ServiceRecord};
use tegu_outcome::printable;

/// Redirects that are followed, all together.
const MAX_REDIRECTS: usize = 10;
/// Service records that are looked at.
const MAX_RECORDS: usize = 8;
/// Steps of one search, whatever servers say.
const MAX_STEPS: usize = 48;
/// Characters of what a server chose, in an error.
const SHOWN: usize = 200;

/// Where to begin, and whom to trust besides the hosts of the mail address's own domain.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    points: Vec<String>,
    allowed: Vec<String>,
}

impl Rules {
    /// Asks this URL before any other: `serviceBindingInformation` of a service connection point in the directory. Its host has to be one
    /// of the domain, or allowed.
    #[must_use]
    pub fn connection_point(mut self, url: impl Into<String>) -> Self {
        self.points.push(url.into());
        self
    }

    /// Allows to show credentials to hosts of this domain, too: the consent that a search does without.
    #[must_use]
    pub fn allow(mut self, domain: impl Into<String>) -> Self {
        self.allowed.push(domain.into());
        self
    }
}

/// What to do next.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Ask there by POST, with credentials.
    Ask {
        /// In which form.
        form: Form,
        /// Where.
        url: String,
        /// About which address.
        address: String,
    },
    /// See whether a GET is redirected. It goes out in plain text, and without credentials.
    Lead {
        /// Where.
        url: String,
    },
    /// Look for service records.
    Records {
        /// Their name.
        name: String,
    },
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ask { url, .. } | Self::Lead { url } => f.write_str(url),
            Self::Records { name } => f.write_str(name),
        }
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Heard<'a> {
    /// The server answered with XML.
    Answer(&'a str),
    /// The server leads to another URL (its header `Location`).
    Redirect(&'a str),
    /// The name server knows these records.
    Records(&'a [ServiceRecord]),
    /// The server answered something else, in these words.
    Other(&'a str),
    /// There was no answer, for this reason.
    Nothing(&'a str),
}

/// A step that led nowhere.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Tried {
    /// Where.
    pub place: String,
    /// What came of it.
    pub why: String,
}

/// A search for the server of one mailbox. See the [module](super).
#[derive(Debug)]
pub struct Search {
    asked: String,
    address: String,
    trusted: Vec<HostName>,
    steps: VecDeque<Step>,
    /// Where was asked, and about whom.
    seen: HashSet<Step>,
    taken: usize,
    redirects: usize,
    tried: Vec<Tried>,
}

impl Search {
    /// Begins a search for the mailbox of an SMTP address.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) if it is no address, or a rule names no domain.
    pub fn new(address: &str, rules: &Rules) -> Result<Self> {
        let own = domain_of(address)
            .ok_or_else(|| Error::config("it is no mail address").doing("look for the mailbox", address))?;
        let mut trusted = vec![own.clone()];
        for name in &rules.allowed {
            let domain = host(name)
                .ok_or_else(|| Error::config("it is no domain").doing("allow Autodiscover to use", name))?;
            trusted.push(domain);
        }
        let mut search = Self {
            asked: address.to_owned(),
            address: address.to_owned(),
            trusted,
            steps: VecDeque::new(),
            seen: HashSet::new(),
            taken: 0,
            redirects: 0,
            tried: Vec::new(),
        };
        for url in &rules.points {
            match search.is_trusted(url) {
                Ok(()) => {
                    search.ask(url.clone(), false);
                }
                Err(why) => search.note(url, &why),
            }
        }
        search.begin(&own);
        Ok(search)
    }

    /// The steps of a domain.
    fn begin(&mut self, domain: &HostName) {
        self.ask(format!("https://{domain}{}", Form::Pox.path()), false);
        self.ask(
            format!("https://autodiscover.{domain}{}", Form::Pox.path()),
            false,
        );
        let lead = Step::Lead {
            url: format!("http://autodiscover.{domain}{}", Form::Pox.path()),
        };
        let records = Step::Records {
            name: format!("_autodiscover._tcp.{domain}"),
        };
        for step in [lead, records] {
            if self.seen.insert(step.clone()) {
                self.steps.push_back(step);
            }
        }
    }

    /// Asks a URL, next or at last. Returns whether it is a new one.
    fn ask(&mut self, url: String, next: bool) -> bool {
        let step = Step::Ask {
            form: Form::of(&url),
            url,
            address: self.address.clone(),
        };
        let new = self.seen.insert(step.clone());
        if new && next {
            self.steps.push_front(step);
        } else if new {
            self.steps.push_back(step);
        }
        new
    }

    /// Returns what to do next, or `None` if nothing is left to try.
    pub fn step(&mut self) -> Option<Step> {
        if self.taken >= MAX_STEPS {
            return None;
        }
        self.taken += 1;
        self.steps.pop_front()
    }

    /// Takes what came of a step. Returns the settings once a server knows them, with only those URLs that may be shown credentials, and
    /// at least one.
    pub fn heard(&mut self, step: &Step, heard: Heard<'_>) -> Option<Settings> {
        let place = step.to_string();
        match (step, heard) {
            (Step::Ask { form, url, .. }, Heard::Answer(text)) => {
                match read(*form, text, &Limits::default()) {
                    Ok(Answer::Settings(settings)) => return self.judge(&place, settings),
                    Ok(Answer::Url(to)) => self.redirect(&place, &to),
                    Ok(Answer::Address(to)) => self.readdress(&place, &to),
                    Ok(Answer::Refused(why)) => self.failed(*form, url, &place, &why),
                    Err(error) => self.failed(*form, url, &place, &error.to_string()),
                }
            }
            (Step::Ask { .. } | Step::Lead { .. }, Heard::Redirect(to)) => self.redirect(&place, to),
            (Step::Ask { form, url, .. }, Heard::Other(why)) => self.failed(*form, url, &place, why),
            (Step::Records { .. }, Heard::Records(records)) => self.records(&place, records),
            (Step::Lead { .. }, Heard::Answer(_)) => self.note(&place, "it leads nowhere else"),
            (_, Heard::Other(why) | Heard::Nothing(why)) => self.note(&place, why),
            _ => self.note(&place, "an answer to another question"),
        }
        None
    }

    /// The plain form did not help: the other form of the same server may.
    fn failed(&mut self, form: Form, url: &str, place: &str, why: &str) {
        self.note(place, why);
        if form == Form::Pox
            && let Ok(endpoint) = Endpoint::new(url)
        {
            self.ask(format!("{}{}", endpoint.origin(), Form::Soap.path()), true);
        }
    }

    /// Keeps the URLs that may be shown credentials.
    fn judge(&mut self, place: &str, mut settings: Settings) -> Option<Settings> {
        if settings.urls.is_empty() {
            self.note(place, "it names no Exchange Web Services");
        }
        settings.urls.retain(|url| match self.is_trusted(url) {
            Ok(()) => true,
            Err(why) => {
                let (place, why) = (shown(url), cut(&format!("named by {place}, and {why}")));
                self.tried.push(Tried { place, why });
                false
            }
        });
        (!settings.urls.is_empty()).then_some(settings)
    }

    fn redirect(&mut self, place: &str, to: &str) {
        let why = if self.redirects >= MAX_REDIRECTS {
            format!("it is the redirect number {}", MAX_REDIRECTS + 1)
        } else {
            self.redirects += 1;
            match self.is_trusted(to) {
                Err(why) => why,
                Ok(()) if self.ask(to.to_owned(), true) => return,
                Ok(()) => "that was asked before: a loop".to_owned(),
            }
        };
        self.note(place, &format!("it leads to {}, and {why}", shown(to)));
    }

    /// Begins anew with another address.
    fn readdress(&mut self, place: &str, to: &str) {
        let domain = domain_of(to);
        let trusted = domain.filter(|domain| self.trusted.iter().any(|known| domain.is_within(known)));
        let why = match trusted {
            None => "that is no address of a domain that is allowed",
            Some(_) if self.redirects >= MAX_REDIRECTS => "that is one redirect too many",
            Some(domain) => {
                self.redirects += 1;
                to.clone_into(&mut self.address);
                let before = std::mem::take(&mut self.steps);
                self.begin(&domain);
                if !self.steps.is_empty() {
                    return;
                }
                self.steps = before;
                "that was asked before: a loop"
            }
        };
        self.note(
            place,
            &format!("it leads to the address {}, and {why}", shown(to)),
        );
    }

    fn records(&mut self, place: &str, records: &[ServiceRecord]) {
        if records.is_empty() {
            self.note(place, "there is none");
        }
        for record in records.iter().take(MAX_RECORDS) {
            let target = HostName::new(&record.target);
            let trusted = target.filter(|target| self.trusted.iter().any(|domain| target.is_within(domain)));
            match trusted {
                Some(target) => {
                    let port = match record.port {
                        443 => String::new(),
                        port => format!(":{port}"),
                    };
                    self.ask(format!("https://{target}{port}{}", Form::Pox.path()), false);
                }
                None => self.note(
                    place,
                    &format!("it leads to {}, and {NOT_ALLOWED}", shown(&record.target)),
                ),
            }
        }
    }

    /// Returns whether credentials may go to a URL, or why not.
    fn is_trusted(&self, url: &str) -> Result<(), String> {
        let endpoint = Endpoint::new(url).map_err(|error| error.message().to_owned())?;
        if !matches!(endpoint.scheme(), "https" | "http") {
            return Err("that is no https".to_owned());
        }
        let host = HostName::new(endpoint.host());
        match host.is_some_and(|host| self.trusted.iter().any(|domain| host.is_within(domain))) {
            true => Ok(()),
            false => Err(NOT_ALLOWED.to_owned()),
        }
    }

    fn note(&mut self, place: &str, why: &str) {
        let (place, why) = (shown(place), cut(why));
        self.tried.push(Tried { place, why });
    }

    /// Takes it that a URL of the settings does not answer, for this reason.
    pub fn missed(&mut self, url: &str, why: &str) {
        self.note(url, why);
    }

    /// Returns the steps that led nowhere, in order.
    #[must_use]
    pub fn tried(&self) -> &[Tried] {
        &self.tried
    }

    /// Returns the error of a search that ended without a server. It names each step and what came of it.
    #[must_use]
    pub fn error(&self) -> Error {
        let why = "no server was found: give the URL of Exchange Web Services itself, usually https://HOST/EWS/Exchange.asmx";
        let error = Error::new(ErrorKind::NotFound, why);
        let error = self.tried.iter().rev().fold(error, |error, tried| {
            error.context(format_args!("{} ({})", tried.place, tried.why))
        });
        error.context(format_args!("look for the Exchange of {}", self.asked))
    }
}

const NOT_ALLOWED: &str = "that host belongs to a domain that nobody allowed credentials to be sent to";

/// A host or domain, in the form that the Domain Name System has.
fn host(name: &str) -> Option<HostName> {
    if name.contains(['/', '@', ':', '?', '#', '\\', '[', ' ']) {
        return None;
    }
    HostName::new(Endpoint::new(&format!("https://{name}/")).ok()?.host())
}

fn domain_of(address: &str) -> Option<HostName> {
    let (local, domain) = address.rsplit_once('@')?;
    (!local.is_empty()).then(|| host(domain)).flatten()
}

/// What a server chose, as an error shows it.
fn shown(text: &str) -> String {
    // A query may hold a secret.
    cut(text.split(['?', '#']).next().unwrap_or_default())
}

fn cut(text: &str) -> String {
    printable(text).chars().take(SHOWN).collect()
}

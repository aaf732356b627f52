//! Answers of Autodiscover.

use super::Form;
use crate::{
    Error, ErrorKind, Limits, Result,
    xml::{Document, Element},
};

/// What a server says about a mailbox. All of it is as the server wrote it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// URLs of Exchange Web Services, each once, in the order in which they are to be tried: those for the inner network first.
    pub urls: Vec<String>,
    /// The address by which Autodiscover knows the mailbox (`AutoDiscoverSMTPAddress`), in the plain form.
    pub address: Option<String>,
    /// The mailbox's server as clients in the inner network call it (`InternalRpcClientServer`), in the plain form.
    pub server: Option<String>,
    /// The address of the mailbox that holds the tree of public folders (`PublicFolderInformation`), in the plain form.
    pub public_folders: Option<String>,
}

/// An answer of Autodiscover.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// The mailbox is known.
    Settings(Settings),
    /// The mailbox has another address, about which to ask from the beginning.
    Address(String),
    /// Another URL knows the mailbox.
    Url(String),
    /// The server does not know the mailbox, or does not tell: its words.
    Refused(String),
}

/// Reads an answer.
///
/// # Errors
///
/// Kind [`Malformed`](ErrorKind::Malformed) if it is no XML or no answer of this form; [`Limit`](ErrorKind::Limit) if it exceeds one of `limits`.
pub fn read(form: Form, text: &str, limits: &Limits) -> Result<Answer> {
    let document = Document::parse(text, limits)?;
    let root = document.root();
    let answer = match form {
        Form::Pox => root.and_then(pox),
        Form::Soap => root.and_then(soap),
    };
    answer.ok_or_else(|| Error::new(ErrorKind::Malformed, "it is no answer of Autodiscover"))
}

fn pox(root: Element<'_>) -> Option<Answer> {
    if root.name() != "Autodiscover" {
        return None;
    }
    let response = root.child("Response")?;
    if let Some(error) = response.child("Error") {
        return Some(refused(error.value("ErrorCode"), error.value("Message")));
    }
    let account = response.child("Account")?;
    // What to do is told by `Action`, and older servers leave it out.
    if let Some(address) = account.value("RedirectAddr") {
        return Some(Answer::Address(address.to_owned()));
    }
    if let Some(url) = account.value("RedirectUrl") {
        return Some(Answer::Url(url.to_owned()));
    }
    let urls = |kind: Option<&'static str>| {
        let protocols = account.children().filter(|child| child.name() == "Protocol");
        protocols
            .filter(move |protocol| kind.is_none() || protocol.value("Type") == kind)
            .filter_map(|protocol| protocol.value("EwsUrl").or(protocol.value("ASUrl")))
    };
    // EXCH is for the inner network, EXPR for the outer one.
    let mut found = settings(urls(Some("EXCH")).chain(urls(Some("EXPR"))).chain(urls(None)));
    let inner = account
        .children()
        .find(|child| child.name() == "Protocol" && child.value("Type") == Some("EXCH"));
    let user = response.child("User");
    let public = account.child("PublicFolderInformation");
    found.address = user
        .and_then(|user| user.value("AutoDiscoverSMTPAddress"))
        .map(str::to_owned);
    found.server = inner.and_then(|inner| inner.value("Server")).map(str::to_owned);
    found.public_folders = public
        .and_then(|public| public.value("SmtpAddress"))
        .map(str::to_owned);
    Some(Answer::Settings(found))
}

fn soap(root: Element<'_>) -> Option<Answer> {
    let body = root.child("Body")?;
    if let Some(fault) = body.child("Fault") {
        return Some(refused(fault.value("faultcode"), fault.value("faultstring")));
    }
    let response = body.child("GetUserSettingsResponseMessage")?.child("Response")?;
    let failed = |element: Element<'_>| element.value("ErrorCode").is_some_and(|code| code != "NoError");
    let words = |element: Element<'_>| refused(element.value("ErrorCode"), element.value("ErrorMessage"));
    if failed(response) {
        return Some(words(response));
    }
    let user = response.child("UserResponses")?.child("UserResponse")?;
    match (user.value("ErrorCode"), user.value("RedirectTarget")) {
        (Some("RedirectAddress"), Some(address)) => return Some(Answer::Address(address.to_owned())),
        (Some("RedirectUrl"), Some(url)) => return Some(Answer::Url(url.to_owned())),
        _ if failed(user) => return Some(words(user)),
        _ => {}
    }
    let all = user.child("UserSettings")?;
    let urls = |name: &'static str| {
        all.children()
            .filter(move |setting| setting.value("Name") == Some(name))
            .filter_map(|setting| setting.value("Value"))
    };
    Some(Answer::Settings(settings(
        urls("InternalEwsUrl").chain(urls("ExternalEwsUrl")),
    )))
}

fn refused(code: Option<&str>, words: Option<&str>) -> Answer {
    let code = code.unwrap_or("an error without a code");
    Answer::Refused(match words {
        Some(words) => format!("{code}: {words}"),
        None => code.to_owned(),
    })
}

/// URLs that one answer may name.
const MOST_URLS: usize = 16;

fn settings<'a>(all: impl Iterator<Item = &'a str>) -> Settings {
    let mut urls: Vec<String> = Vec::new();
    for url in all {
        if urls.len() < MOST_URLS && !urls.iter().any(|known| known == url) {
            urls.push(url.to_owned());
        }
    }
    Settings {
        urls,
        ..Settings::default()
    }
}

//! A Sieve script (RFC 5228) as values: what a translation composes, a printer writes and a reader takes apart again.

mod parse;
mod print;
mod test;

pub use parse::{Limits, parse};
pub use test::{AddressPart, BodyText, Match, Mime, Test};

use std::borrow::Cow;
use std::collections::BTreeSet;

/// An argument of a test or a command.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Argument {
    /// A tag without its colon: `contains`.
    Tag(Cow<'static, str>),
    /// A number.
    Number(u64),
    /// A string.
    Text(String),
    /// A list of strings.
    List(Vec<String>),
}

impl Argument {
    pub(crate) fn tag(name: &'static str) -> Self {
        Self::Tag(Cow::Borrowed(name))
    }

    /// One string stands alone, several as a list.
    pub(crate) fn texts<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        let mut texts: Vec<String> = texts.into_iter().map(Into::into).collect();
        match texts.len() {
            1 => Self::Text(texts.remove(0)),
            _ => Self::List(texts),
        }
    }
}

/// A command, or a comment in the place of one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Text for readers; each line becomes a line that begins with `#`.
    Comment(String),
    /// A command.
    Do(Call),
}

/// A command with its arguments.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// The name: `fileinto`.
    pub name: Cow<'static, str>,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// The test of `if` and `elsif`.
    pub test: Option<Test>,
    /// The commands in braces.
    pub block: Option<Vec<Command>>,
    /// The extensions that the command needs, apart from those of its test and block.
    pub needs: BTreeSet<Cow<'static, str>>,
}

impl Command {
    fn call(name: &'static str, arguments: Vec<Argument>, needs: &[&'static str]) -> Self {
        Self::Do(Call {
            name: Cow::Borrowed(name),
            arguments,
            test: None,
            block: None,
            needs: needs.iter().map(|name| Cow::Borrowed(*name)).collect(),
        })
    }

    /// `if TEST { … }`.
    #[must_use]
    pub fn when(test: Test, block: Vec<Self>) -> Self {
        Self::Do(Call {
            name: Cow::Borrowed("if"),
            arguments: Vec::new(),
            test: Some(test),
            block: Some(block),
            needs: BTreeSet::new(),
        })
    }

    /// `else { … }` after [`when`](Self::when).
    #[must_use]
    pub fn otherwise(block: Vec<Self>) -> Self {
        Self::Do(Call {
            name: Cow::Borrowed("else"),
            arguments: Vec::new(),
            test: None,
            block: Some(block),
            needs: BTreeSet::new(),
        })
    }

    /// `fileinto`. With `create` a folder that is missing is made (RFC 5490); with `copy` the message also stays where it would have gone (RFC 3894).
    #[must_use]
    pub fn file_into(folder: impl Into<String>, copy: bool, create: bool) -> Self {
        let mut needs = vec!["fileinto"];
        let mut arguments = Vec::new();
        if copy {
            needs.push("copy");
            arguments.push(Argument::tag("copy"));
        }
        if create {
            needs.push("mailbox");
            arguments.push(Argument::tag("create"));
        }
        arguments.push(Argument::Text(folder.into()));
        Self::call("fileinto", arguments, &needs)
    }

    /// `fileinto :specialuse`: into the folder with this use, or into `folder` if none has it (RFC 8579).
    #[must_use]
    pub fn file_into_special(special_use: &str, folder: impl Into<String>, create: bool) -> Self {
        let mut needs = vec!["fileinto", "special-use"];
        let mut arguments = vec![
            Argument::tag("specialuse"),
            Argument::Text(special_use.to_owned()),
        ];
        if create {
            needs.push("mailbox");
            arguments.push(Argument::tag("create"));
        }
        arguments.push(Argument::Text(folder.into()));
        Self::call("fileinto", arguments, &needs)
    }

    /// `redirect :copy`: sends the message on and keeps it.
    #[must_use]
    pub fn redirect_copy(address: impl Into<String>) -> Self {
        let arguments = vec![Argument::tag("copy"), Argument::Text(address.into())];
        Self::call("redirect", arguments, &["copy"])
    }

    /// `redirect`: sends the message on instead of keeping it.
    #[must_use]
    pub fn redirect(address: impl Into<String>) -> Self {
        Self::call("redirect", vec![Argument::Text(address.into())], &[])
    }

    /// `addflag` (RFC 5232): later copies of the message carry the flag.
    #[must_use]
    pub fn add_flag(flag: impl Into<String>) -> Self {
        Self::call("addflag", vec![Argument::Text(flag.into())], &["imap4flags"])
    }

    /// `discard`.
    #[must_use]
    pub fn discard() -> Self {
        Self::call("discard", Vec::new(), &[])
    }

    /// `stop`.
    #[must_use]
    pub fn stop() -> Self {
        Self::call("stop", Vec::new(), &[])
    }

    /// `vacation` (RFC 5230) with its options in the order given, then the text.
    pub(crate) fn vacation(mut arguments: Vec<Argument>, text: String) -> Self {
        arguments.push(Argument::Text(text));
        Self::call("vacation", arguments, &["vacation"])
    }
}

/// A script.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Script {
    /// The commands, without `require`.
    pub commands: Vec<Command>,
}

impl Script {
    /// Makes a script of these commands.
    #[must_use]
    pub fn new(commands: Vec<Command>) -> Self {
        Self { commands }
    }

    /// Returns the extensions that the script needs, as `require` names them.
    #[must_use]
    pub fn extensions(&self) -> BTreeSet<&str> {
        let mut all = BTreeSet::new();
        collect(&self.commands, &mut all);
        all
    }
}

/// The extensions that these commands need.
pub(crate) fn collect<'c>(commands: &'c [Command], all: &mut BTreeSet<&'c str>) {
    for command in commands {
        let Command::Do(call) = command else { continue };
        all.extend(call.needs.iter().map(|name| &**name));
        if let Some(test) = &call.test {
            test.collect(all);
        }
        collect(call.block.as_deref().unwrap_or_default(), all);
    }
}

/// The first line number that a compiler names in an error: Pigeonhole writes `script: line 3: error`, Cyrus `line 3:`.
#[must_use]
pub fn error_line(text: &str) -> Option<usize> {
    let (_, rest) = text.split_once("line ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests;

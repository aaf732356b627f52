//! What may be said before and about logging in.

use super::Exchange;
use super::line::Command;
use super::session::{Answer, Session};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::io::{self, Write as _};
use std::sync::atomic::Ordering;

const CAPABILITIES: [&str; 13] = [
    "IMAP4",
    "IMAP4rev1",
    "AUTH=PLAIN",
    "AUTH=XOAUTH2",
    "SASL-IR",
    "UIDPLUS",
    "MOVE",
    "ID",
    "UNSELECT",
    "CHILDREN",
    "IDLE",
    "NAMESPACE",
    "LITERAL+",
];

impl Session<'_> {
    /// Commands that need no login, and those that make one. `None` for all others.
    pub(super) fn before_login(&mut self, command: &Command) -> io::Result<Option<Answer>> {
        Ok(Some(match command.name.as_str() {
            "CAPABILITY" => {
                let offered: Vec<&str> = CAPABILITIES.into_iter().filter(|name| self.has(name)).collect();
                write!(self.out, "* CAPABILITY {}\r\n", offered.join(" "))?;
                if self.shared.options.repeated_capability {
                    self.out.write_all(b"CAPABILITY completed.\r\n")?;
                }
                Answer::ok("CAPABILITY completed.")
            }
            "NOOP" if self.connected => Answer::ok("NOOP completed."),
            "ID" => {
                self.out.write_all(
                    b"* ID (\"name\" \"Microsoft.Exchange.Imap4.Imap4Server\" \"version\" \"15.1\")\r\n",
                )?;
                Answer::ok("ID completed.")
            }
            "LOGOUT" => {
                self.out
                    .write_all(b"* BYE Microsoft Exchange Server IMAP4 server signing off.\r\n")?;
                Answer::Farewell("LOGOUT completed.".into())
            }
            "LOGIN" | "AUTHENTICATE" if self.mailbox.is_some() => Answer::state(),
            "LOGIN" => self.login("", command.argument(0), command.argument(1), "LOGIN"),
            "AUTHENTICATE" => self.authenticate(command),
            _ => return Ok(None),
        }))
    }

    fn authenticate(&mut self, command: &Command) -> Answer {
        let failed = || Answer::No("AUTHENTICATE failed.".into());
        let Some(said) = STANDARD
            .decode(command.argument(1))
            .ok()
            .map(|said| String::from_utf8_lossy(&said).into_owned())
        else {
            return failed();
        };
        match command.argument(0).to_ascii_uppercase().as_str() {
            "PLAIN" => match said.split('\0').collect::<Vec<_>>()[..] {
                [authorization, user, password] => self.login(authorization, user, password, "AUTHENTICATE"),
                _ => failed(),
            },
            "XOAUTH2" => {
                let field = |name: &str| said.split('\x01').find_map(|field| field.strip_prefix(name));
                let (Some(user), Some(token)) = (field("user="), field("auth=Bearer ")) else {
                    return failed();
                };
                if self.shared.options.tokens.iter().any(|known| known == token) {
                    self.enter(user, user, "AUTHENTICATE")
                } else {
                    failed()
                }
            }
            _ => failed(),
        }
    }

    fn login(&mut self, authorization: &str, login: &str, password: &str, command: &str) -> Answer {
        if self.shared.options.secure_login {
            return Answer::state();
        }
        let Some((account, mailbox)) = self
            .who(authorization, login)
            .filter(|_| password == Exchange::password())
        else {
            return Answer::No(format!("{command} failed."));
        };
        self.enter(&account, &mailbox, command)
    }

    /// Whose password is asked for, and whose mailbox is opened.
    fn who(&self, authorization: &str, login: &str) -> Option<(String, String)> {
        let parts: Vec<&str> = login.split(['/', '\\']).collect();
        let options = &self.shared.options;
        let delegate = |found: &dyn Fn(&super::builder::Delegate) -> bool| {
            options
                .delegates
                .iter()
                .find(|one| found(one))
                .map(|one| one.alias.clone())
        };
        let (account, mailbox) = match parts[..] {
            [domain, alias, mailbox] => {
                let known = |one: &super::builder::Delegate| {
                    one.domain.eq_ignore_ascii_case(domain) && one.alias.eq_ignore_ascii_case(alias)
                };
                (delegate(&known)?, mailbox)
            }
            [upn, mailbox] if upn.contains('@') => {
                (delegate(&|one| one.upn.eq_ignore_ascii_case(upn))?, mailbox)
            }
            // The domain of the person himself.
            [_, alias] => (alias.to_owned(), alias),
            [own] if authorization.is_empty() || authorization == own => (alias_of(own), own),
            [own] if options.authzid => (
                delegate(&|one| one.upn.eq_ignore_ascii_case(own) || one.alias.eq_ignore_ascii_case(own))?,
                authorization,
            ),
            _ => return None,
        };
        let mailbox = alias_of(mailbox);
        // The built-in account has no mailbox that could be opened this way.
        let usable = |name: &str| !name.is_empty() && name != "administrator" && name != "guest";
        (usable(&mailbox) && usable(&account.to_lowercase())).then(|| (account.to_lowercase(), mailbox))
    }

    fn enter(&mut self, account: &str, mailbox: &str, command: &str) -> Answer {
        if let Some(wait) = self.shared.wait(account) {
            self.shared.counts.impatient.fetch_add(1, Ordering::SeqCst);
            return Answer::Throttled(wait);
        }
        let sessions = self.shared.enter(account);
        self.account = Some(account.to_owned());
        self.mailbox = Some(mailbox.to_owned());
        let refused = self.shared.options.unconnected.contains(&alias_of(mailbox));
        self.connected = !refused && sessions <= self.shared.options.sessions;
        Answer::Ok(format!("{command} completed."))
    }
}

fn alias_of(name: &str) -> String {
    name.split('@').next().unwrap_or_default().to_lowercase()
}

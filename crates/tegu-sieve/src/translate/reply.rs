//! Automatic replies.

use super::condition::between;
use super::limit::Path;
use super::{Part, Translator, Work, vacation};
use crate::read::{AutoReply, ExternalAudience, ReplyState};
use crate::script::{AddressPart, Command, Match, Test};
use jiff::Timestamp;
use tegu_outcome::Finding;

/// The longest time for which servers promise to remember whom they have replied to, days.
const LONGEST_DAYS: i64 = 30;
/// How long a server remembers that where a reply has no end, days.
const OPEN_DAYS: i64 = 7;
/// The owner's address book (RFC 6134, section 2.5).
const OWN_CONTACTS: &str = "urn:ietf:params:sieve:addrbook:default";

impl Translator {
    pub(super) fn reply(&self, reply: &AutoReply, path: &mut Path, commands: &mut Vec<Command>) -> Part {
        let mut work = Work::new(self);
        let command = work.reply(reply);
        if let Some(command) = &command {
            work.extensions(command);
            if !work.manual {
                work.limits(command, path);
            }
        }
        let said = ("automatic reply".to_owned(), explain(reply));
        work.finish(said, command, (path, false), commands)
    }
}

impl Work<'_> {
    fn reply(&mut self, reply: &AutoReply) -> Option<Command> {
        if reply.state == ReplyState::Disabled {
            self.manual("SIEVE-DISABLED", "the automatic reply is switched off");
            return None;
        }
        let owner = self.translator.owner.clone();
        if owner.addresses.is_empty() || owner.domains.is_empty() {
            self.manual("SIEVE-OWNER", "the addresses of the mailbox are not known");
            return None;
        }
        for setting in &reply.unknown {
            self.lossy("SIEVE-REPLY-DECLINE", format!("{setting} has no equal"));
        }
        self.add(Finding::info(
            "SIEVE-REPLY-SUBJECT",
            "the subject of the reply begins with the server's own words",
        ));
        let (time, days, handle) = match (reply.state, reply.start, reply.end) {
            (ReplyState::Scheduled, Some(start), Some(end)) if start < end => {
                let Some(time) = between(start, end) else {
                    self.manual("SIEVE-TEXT", "Sieve cannot write the dates of the reply");
                    return None;
                };
                (time, days_of(start, end), format!("tegu-{}", start.as_second()))
            }
            (ReplyState::Scheduled, ..) => {
                self.manual(
                    "SIEVE-TEXT",
                    "the reply has no beginning, no end, or ends before it begins",
                );
                return None;
            }
            _ => (Test::always(), OPEN_DAYS + 1, "tegu".to_owned()),
        };
        let period = days.clamp(
            1,
            if reply.state == ReplyState::Scheduled {
                LONGEST_DAYS
            } else {
                OPEN_DAYS
            },
        );
        if days > period {
            let why = format!(
                "a sender who writes again after {period} days gets the reply again; Exchange replies once until it is switched off"
            );
            self.lossy("SIEVE-REPLY-AGAIN", why);
        }
        let colleague = Test::address(
            Match::Is,
            AddressPart::Domain,
            &["From"],
            owner.domains.iter().cloned(),
        );
        let mut block = Vec::new();
        let inside = vacation::reply(&reply.internal, period, &format!("{handle}-inside"), &owner);
        if inside.is_some() {
            block.push(Command::when(colleague.clone(), inside.into_iter().collect()));
        }
        if let Some(outside) = vacation::reply(&reply.external, period, &format!("{handle}-outside"), &owner)
        {
            match reply.audience {
                ExternalAudience::None => {}
                ExternalAudience::All => block.push(Command::when(Test::negate(colleague), vec![outside])),
                ExternalAudience::Known if self.translator.server.has("extlists") => {
                    let known = Test::address(Match::List, AddressPart::All, &["From"], [OWN_CONTACTS]);
                    block.push(Command::when(
                        Test::all(vec![Test::negate(colleague), known]),
                        vec![outside],
                    ));
                }
                ExternalAudience::Known => {
                    self.manual(
                        "SIEVE-REPLY-KNOWN",
                        "the server does not know who is among the owner's contacts",
                    );
                }
            }
        }
        if block.is_empty() {
            self.manual("SIEVE-TEXT", "the reply has no text");
            return None;
        }
        Some(Command::when(time, block))
    }
}

/// The days that a period touches, rounded up.
fn days_of(start: Timestamp, end: Timestamp) -> i64 {
    let seconds = end.as_second().saturating_sub(start.as_second());
    seconds.div_euclid(86_400) + i64::from(seconds.rem_euclid(86_400) > 0)
}

fn explain(reply: &AutoReply) -> String {
    let when = match (reply.state, reply.start, reply.end) {
        (ReplyState::Disabled, ..) => "never".to_owned(),
        (ReplyState::Scheduled, Some(start), Some(end)) => format!("from {start} to {end}"),
        _ => "until it is switched off".to_owned(),
    };
    let who = match reply.audience {
        ExternalAudience::None => "colleagues",
        ExternalAudience::Known => "colleagues and the owner's contacts",
        ExternalAudience::All => "everybody",
    };
    format!("reply to {who}, {when}")
}

//! SMTP addresses of Exchange's distinguished names, as other rows of the same file have them.

use super::{Message, Pst};
use crate::{tag, tag::nid};
use std::collections::HashMap;

/// How many names are remembered. Those that are met later are not resolved this way.
const NAMES: usize = 200_000;

/// What the whole file says about distinguished names.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    addresses: HashMap<String, String>,
}

impl Pst {
    /// The SMTP address of a distinguished name: by all rows of the file, then by what the operator gave.
    pub(crate) fn smtp_of(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        let learnt = self.learnt.get_or_init(|| self.learn());
        learnt
            .addresses
            .get(&name)
            .or_else(|| self.options.addresses.get(&name))
            .map(String::as_str)
    }

    /// Reads the senders and the recipients of all messages once.
    fn learn(&self) -> Learnt {
        let mut learnt = Learnt::default();
        let mut messages = Vec::new();
        self.ndb.walk_nodes(
            &mut |entry| {
                if nid::kind(entry.nid) == nid::MESSAGE {
                    messages.push(entry.nid);
                }
            },
            &mut |_| {},
        );
        for nid in messages {
            // What cannot be read here is told where the message itself is read.
            if let Ok(message) = self.message(nid) {
                learnt.add(&message);
            }
            if learnt.addresses.len() >= NAMES {
                break;
            }
        }
        learnt
    }
}

impl Learnt {
    fn add(&mut self, message: &Message<'_>) {
        for recipient in message.recipients().unwrap_or_default() {
            if let Some(smtp) = recipient.smtp {
                self.pair(&recipient.address_type, recipient.address, smtp);
            }
        }
        for (kind, address, smtp) in [
            (tag::SENDER_TYPE, tag::SENDER_ADDRESS, tag::SENDER_SMTP),
            (
                tag::REPRESENTING_TYPE,
                tag::REPRESENTING_ADDRESS,
                tag::REPRESENTING_SMTP,
            ),
        ] {
            let text = |id| message.text(id).ok().flatten().unwrap_or_default().text;
            self.pair(&text(kind), text(address), text(smtp));
        }
    }

    fn pair(&mut self, kind: &str, name: String, smtp: String) {
        if kind.eq_ignore_ascii_case("EX") && !name.is_empty() && smtp.contains('@') {
            self.addresses.entry(name.to_lowercase()).or_insert(smtp);
        }
    }
}

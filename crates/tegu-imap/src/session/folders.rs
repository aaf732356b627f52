//! Mailboxes: list, create, subscribe, count, open.

use super::Session;
use crate::mailbox::{Mailbox, MailboxName, TargetLayout};
use crate::wire::{Command, Flags, ListItem, Response, ResponseCode};
use crate::{Error, ErrorKind, Result, Uid, UidValidity};

/// What opening a mailbox told.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Selected {
    /// The generation of its UIDs.
    pub uid_validity: UidValidity,
    /// The UID that the next message will get, or a larger one.
    pub uid_next: Option<Uid>,
    /// How many messages it holds.
    pub exists: u32,
    /// Flags that can be stored for good.
    pub permanent_flags: Flags,
    /// Whether keywords that are not among them can be made.
    pub accepts_new_keywords: bool,
    /// Whether it was opened for reading only.
    pub read_only: bool,
    /// The highest modification sequence in it (RFC 7162), where the server keeps them.
    pub highest_mod_seq: Option<u64>,
}

impl Session {
    /// All mailboxes, with their special use where the server tells it.
    ///
    /// # Errors
    ///
    /// Kind [`Limit`](ErrorKind::Limit) where there are more than
    /// [`Limits::mailboxes`](crate::wire::Limits::mailboxes).
    pub async fn list(&mut self) -> Result<Vec<Mailbox>> {
        let command = Command::new("LIST").string(b"")?.string(b"*")?;
        let extended = self.capabilities.has("LIST-EXTENDED") && self.capabilities.has("SPECIAL-USE");
        let command = if extended {
            command.word("RETURN (SPECIAL-USE)")
        } else {
            command
        };
        self.listing("list mailboxes", command).await
    }

    /// What [`plan_names`](crate::mailbox::plan_names) must know of this server as a target: its mailboxes, delimiter,
    /// prefix, and the characters that it refuses in names.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list).
    pub async fn layout(&mut self) -> Result<TargetLayout> {
        let mailboxes = self.list().await?;
        // Without NAMESPACE what LIST says of the mailboxes holds for new ones too.
        let delimiter = self
            .delimiter()
            .or_else(|| mailboxes.iter().find_map(|mailbox| mailbox.delimiter));
        let layout = TargetLayout::new(delimiter, self.namespace_prefix(), mailboxes);
        Ok(layout.with_refused_characters(self.quirks.refused_in_names))
    }

    /// The mailboxes that the user has subscribed to.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list).
    pub async fn subscriptions(&mut self) -> Result<Vec<MailboxName>> {
        let command = Command::new("LSUB").string(b"")?.string(b"*")?;
        let listed = self.listing("list subscriptions", command).await?;
        // A name that is no subscription itself stands there for those below it.
        Ok(listed
            .into_iter()
            .filter(|mailbox| mailbox.selectable)
            .map(|mailbox| mailbox.name)
            .collect())
    }

    async fn listing(&mut self, doing: &str, command: Command) -> Result<Vec<Mailbox>> {
        let limit = self.limits.mailboxes;
        let too_many = self.limit("mailboxes", limit);
        let mut too_many = Some(too_many);
        let mut items: Vec<ListItem> = Vec::new();
        let each = |response| {
            if let Response::List(item) | Response::Lsub(item) = response {
                if items.len() >= limit
                    && let Some(error) = too_many.take()
                {
                    return Err(error);
                }
                items.push(item);
            }
            Ok(())
        };
        self.run(doing, command, each).await?;
        let mut mailboxes: Vec<Mailbox> = items
            .into_iter()
            .map(|item| Mailbox::new(self.name_from_wire(&item.name), item.delimiter, item.attributes))
            .collect();
        // Some servers tell a mailbox twice; the first time counts.
        let mut seen = std::collections::HashSet::new();
        mailboxes.retain(|mailbox| seen.insert(mailbox.name.raw().to_vec()));
        Ok(mailboxes)
    }

    /// Creates a mailbox; one that exists already is no error.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](ErrorKind::Refused) where the server says no.
    pub async fn create(&mut self, name: &MailboxName) -> Result<()> {
        let command = Command::new("CREATE").string(name.wire(self.utf8_names()))?;
        let status = self.connection.run(command, |_| Ok(())).await?;
        if status.code == Some(ResponseCode::AlreadyExists) {
            return Ok(());
        }
        match self.expect_ok(&format!("create mailbox {name}"), status) {
            Ok(_) => Ok(()),
            // Servers without response codes say it in words alone; asking is surer than reading them.
            Err(error) => match self.status(name).await {
                Ok(_) => Ok(()),
                Err(_) => Err(error),
            },
        }
    }

    /// Subscribes to a mailbox.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](ErrorKind::Refused) where the server says no.
    pub async fn subscribe(&mut self, name: &MailboxName) -> Result<()> {
        let command = Command::new("SUBSCRIBE").string(name.wire(self.utf8_names()))?;
        self.run(&format!("subscribe to {name}"), command, |_| Ok(()))
            .await?;
        Ok(())
    }

    /// Opens a mailbox for reading only; nothing in it can change.
    ///
    /// # Errors
    ///
    /// As for [`status`](Self::status); [`Protocol`](ErrorKind::Protocol) without a UIDVALIDITY, since nothing can be
    /// remembered of such a mailbox.
    pub async fn examine(&mut self, name: &MailboxName) -> Result<Selected> {
        self.open("EXAMINE", name).await
    }

    /// Opens a mailbox for reading and writing: for targets only.
    ///
    /// # Errors
    ///
    /// As for [`examine`](Self::examine).
    pub async fn select(&mut self, name: &MailboxName) -> Result<Selected> {
        self.open("SELECT", name).await
    }

    async fn open(&mut self, verb: &'static str, name: &MailboxName) -> Result<Selected> {
        self.selected = None;
        let (mut uid_validity, mut uid_next, mut exists) = (None, None, 0);
        let (mut flags, mut permanent, mut highest_mod_seq) = (Flags::new(), None, None);
        let mut each = |response| {
            match response {
                Response::Exists(count) => exists = count,
                Response::Flags(known) => flags = known,
                Response::Untagged(status) => match status.code {
                    Some(ResponseCode::UidValidity(validity)) => uid_validity = Some(validity),
                    Some(ResponseCode::UidNext(uid)) => uid_next = Uid::new(uid),
                    Some(ResponseCode::HighestModSeq(sequence)) => highest_mod_seq = Some(sequence),
                    Some(ResponseCode::PermanentFlags(flags, new)) => permanent = Some((flags, new)),
                    _ => {}
                },
                _ => {}
            }
            Ok(())
        };
        let doing = format!("open mailbox {name}");
        let command = Command::new(verb).string(name.wire(self.utf8_names()))?;
        let status = self.connection.run(command, &mut each).await?;
        let status = self.expect_ok(&doing, status)?;
        let Some(uid_validity) = uid_validity else {
            let message = format!(
                "{doing} on {}: the server tells no UIDVALIDITY",
                self.connection.peer()
            );
            return Err(Error::new(ErrorKind::Protocol, message));
        };
        self.selected = Some((uid_validity, exists));
        // Without PERMANENTFLAGS all flags are permanent (RFC 3501, section 7.1).
        let (permanent_flags, accepts_new_keywords) = permanent.unwrap_or((flags, false));
        let read_only = verb == "EXAMINE" || status.code == Some(ResponseCode::ReadOnly);
        Ok(Selected {
            uid_validity,
            uid_next,
            exists,
            permanent_flags,
            accepts_new_keywords,
            read_only,
            highest_mod_seq,
        })
    }
}

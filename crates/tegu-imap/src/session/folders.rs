//! Mailboxes: list, create, subscribe, open.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;

use super::Session;
use super::connection::{Doing, Event, Tag};
use super::status::MailboxStatus;
use crate::mailbox::{Mailbox, MailboxName, TargetLayout};
use crate::wire::{Command, Condition, Flags, ListItem, Response, ResponseCode, StatusItems};
use crate::{ErrorKind, Result, Uid, UidValidity};

/// A mailbox, and what is known without opening it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListedMailbox {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Whether the user has subscribed to it.
    pub subscribed: bool,
    /// Its counts; `None` if it cannot be opened or the server refuses to count it.
    pub status: Option<MailboxStatus>,
}

/// What the server said when a mailbox was opened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Selected {
    /// Its UIDVALIDITY.
    pub uid_validity: UidValidity,
    /// The UID that the next message will get, or a larger one.
    pub uid_next: Option<Uid>,
    /// How many messages it holds.
    pub exists: u32,
    /// Flags that can be stored for good.
    pub permanent_flags: Flags,
    /// Whether new keywords can be created.
    pub accepts_new_keywords: bool,
    /// Whether it was opened for reading only.
    pub read_only: bool,
    /// The highest modification sequence in it (RFC 7162), where the server keeps them.
    pub highest_mod_seq: Option<u64>,
}

impl Session {
    /// Returns all mailboxes, with their special use if the server says it.
    ///
    /// # Errors
    ///
    /// Kind [`Limit`](ErrorKind::Limit) if there are more than
    /// [`Limits::mailboxes`](crate::wire::Limits::mailboxes).
    pub async fn list(&mut self) -> Result<Vec<Mailbox>> {
        let command = self.list_command(&[])?;
        Ok(self.listing(("list mailboxes", ""), command).await?.0)
    }

    /// Returns all mailboxes and what is known without opening them. Takes one round trip if the server offers
    /// LIST-STATUS (RFC 5819), otherwise a few, however many mailboxes there are.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list) and [`status_all`](Self::status_all).
    pub async fn inventory(&mut self) -> Result<Vec<ListedMailbox>> {
        let extended = self.capabilities.has("LIST-EXTENDED");
        let counts = extended && self.capabilities.has("LIST-STATUS");
        let items = self.status_items();
        let command = match (extended, counts) {
            (_, true) => self.list_command(&["SUBSCRIBED", "STATUS", items])?,
            (true, false) => self.list_command(&["SUBSCRIBED"])?,
            (false, false) => self.list_command(&[])?,
        };
        let (mailboxes, mut told) = self.listing(("list mailboxes", ""), command).await?;
        let subscribed: HashSet<MailboxName> = if extended {
            let marked = mailboxes.iter().filter(|mailbox| mailbox.has("\\Subscribed"));
            marked.map(|mailbox| mailbox.name.clone()).collect()
        } else {
            self.subscriptions().await?.into_iter().collect()
        };
        // What the list left out is asked for by itself.
        let untold = mailboxes.iter().filter(|mailbox| mailbox.selectable);
        let untold: Vec<MailboxName> = untold
            .map(|mailbox| mailbox.name.clone())
            .filter(|name| !told.contains_key(name))
            .collect();
        let counted = self.status_all(&untold).await?;
        let counted = untold.into_iter().zip(counted);
        told.extend(counted.filter_map(|(name, status)| Some((name, status.ok()?))));
        let row = |mailbox: Mailbox| ListedMailbox {
            subscribed: subscribed.contains(&mailbox.name),
            status: told.remove(&mailbox.name),
            mailbox,
        };
        Ok(mailboxes.into_iter().map(row).collect())
    }

    /// LIST of everything, with these return options and those that are always wanted, if the server supports any.
    fn list_command(&self, options: &[&'static str]) -> Result<Command> {
        let command = Command::new("LIST").string(b"")?.string(b"*")?;
        if !self.capabilities.has("LIST-EXTENDED") {
            return Ok(command);
        }
        let special_use = self.capabilities.has("SPECIAL-USE").then_some("SPECIAL-USE");
        let all: Vec<&'static str> = ["CHILDREN"]
            .into_iter()
            .chain(special_use)
            .chain(options.iter().copied())
            .collect();
        Ok(command.word("RETURN").list(&all))
    }

    /// Returns what [`plan_names`](crate::mailbox::plan_names) must know of this server as a target: its mailboxes, delimiter,
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
        Ok(layout.with_rules_of(&self.quirks))
    }

    /// Returns the mailboxes that the user has subscribed to.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list).
    pub async fn subscriptions(&mut self) -> Result<Vec<MailboxName>> {
        let command = Command::new("LSUB").string(b"")?.string(b"*")?;
        let (listed, _) = self.listing(("list subscriptions", ""), command).await?;
        // A name that is no subscription itself stands there for those below it.
        Ok(listed
            .into_iter()
            .filter(|mailbox| mailbox.selectable)
            .map(|mailbox| mailbox.name)
            .collect())
    }

    /// The mailboxes that a command yields, each once, and the counts that come with them.
    pub(super) async fn listing(
        &mut self,
        doing: Doing<'_>,
        command: Command,
    ) -> Result<(Vec<Mailbox>, HashMap<MailboxName, MailboxStatus>)> {
        let limit = self.limits.mailboxes;
        let mut too_many = Some(self.limit("mailboxes", limit));
        let mut listed: Vec<ListItem> = Vec::new();
        let mut counted: Vec<(Bytes, StatusItems)> = Vec::new();
        let each = |response| {
            match response {
                Response::List(item) | Response::Lsub(item) => listed.push(item),
                Response::Status(name, items) => counted.push((name, items)),
                _ => {}
            }
            match too_many.take_if(|_| listed.len().max(counted.len()) > limit) {
                Some(error) => Err(error),
                None => Ok(()),
            }
        };
        self.run(doing, command, each).await?;
        // Some servers tell a mailbox twice; the first time counts.
        let (mut seen, mut inbox) = (HashSet::new(), false);
        let mut mailboxes = Vec::with_capacity(listed.len());
        for item in listed {
            let name = self.name_from_wire(&item.name);
            let first = if name.is_inbox() {
                !std::mem::replace(&mut inbox, true)
            } else {
                seen.insert(name.clone())
            };
            if first {
                mailboxes.push(Mailbox::new(name, item.delimiter, item.attributes));
            }
        }
        let counted = counted.into_iter();
        let counted = counted
            .filter_map(|(name, items)| Some((self.name_from_wire(&name), MailboxStatus::of(items)?)))
            .collect();
        Ok((mailboxes, counted))
    }

    /// Creates a mailbox; it is not an error if it exists already.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](ErrorKind::Refused) if the server says no.
    pub async fn create(&mut self, name: &MailboxName) -> Result<()> {
        let command = Command::new("CREATE").string(name.wire(self.utf8_names()))?;
        let status = self.connection.run(command, |_| Ok(())).await?;
        if status.code == Some(ResponseCode::AlreadyExists) {
            return Ok(());
        }
        match self.expect_ok(("create mailbox", name.as_str()), status) {
            Ok(_) => Ok(()),
            // Servers without response codes say it in words alone; asking is surer than reading them.
            Err(error) => match self.status(name).await {
                Ok(_) => Ok(()),
                Err(_) => Err(error),
            },
        }
    }

    /// Creates mailboxes and subscribes to some, all commands at once. Neither mailboxes that exist already nor
    /// refusals are errors: opening the mailbox shows them.
    ///
    /// # Errors
    ///
    /// When the connection fails.
    pub async fn create_all(&mut self, names: &[&MailboxName], subscribe: &[&MailboxName]) -> Result<()> {
        self.connection.settle().await?;
        let create = names.iter().map(|name| ("CREATE", name));
        let subscribe = subscribe.iter().map(|name| ("SUBSCRIBE", name));
        let mut running = VecDeque::new();
        for (verb, name) in create.chain(subscribe) {
            let command = Command::new(verb).string(name.wire(self.utf8_names()))?;
            if command.waits(self.connection.literals) {
                self.take_refusals(&mut running).await?;
                self.connection.run(command, |_| Ok(())).await?;
            } else {
                let tag = self.connection.enqueue_command(command, self.connection.literals);
                running.push_back((tag, verb, *name));
            }
        }
        self.take_refusals(&mut running).await
    }

    async fn take_refusals(&mut self, running: &mut VecDeque<(Tag, &str, &MailboxName)>) -> Result<()> {
        while let Some((tag, verb, name)) = running.front() {
            if let Event::End(status) = self.connection.next_event(*tag).await? {
                if status.condition != Condition::Ok {
                    tracing::debug!(verb, %name, text = status.text, "refused");
                }
                running.pop_front();
            }
        }
        Ok(())
    }

    /// Ends the subscription to a mailbox; most servers accept it if there is none.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](ErrorKind::Refused) if the server says no.
    pub async fn unsubscribe(&mut self, name: &MailboxName) -> Result<()> {
        let command = Command::new("UNSUBSCRIBE").string(name.wire(self.utf8_names()))?;
        self.run(("unsubscribe from", name.as_str()), command, |_| Ok(()))
            .await?;
        Ok(())
    }

    /// Subscribes to a mailbox.
    ///
    /// # Errors
    ///
    /// Kind [`Refused`](ErrorKind::Refused) if the server says no.
    pub async fn subscribe(&mut self, name: &MailboxName) -> Result<()> {
        let command = Command::new("SUBSCRIBE").string(name.wire(self.utf8_names()))?;
        self.run(("subscribe to", name.as_str()), command, |_| Ok(()))
            .await?;
        Ok(())
    }

    /// Opens a mailbox for reading only; nothing in it can change.
    ///
    /// # Errors
    ///
    /// As for [`status`](Self::status); [`Protocol`](ErrorKind::Protocol) without a UIDVALIDITY, since UIDs of such
    /// a mailbox cannot be stored.
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
        let doing = ("open mailbox", name.as_str());
        let command = Command::new(verb).string(name.wire(self.utf8_names()))?;
        let status = self.connection.run(command, &mut each).await?;
        let status = self.expect_ok(doing, status)?;
        let Some(uid_validity) = uid_validity else {
            let error = self
                .connection
                .error(ErrorKind::Protocol, "the server sends no UIDVALIDITY");
            return Err(error.doing(doing.0, doing.1));
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

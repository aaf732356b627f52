//! Mail targets whose messages have numbers.

use super::{Appended, MailWriter, Mark, Stored, TargetCapabilities, TargetFolder};
use crate::{BoxFuture, Result, sources::MailFolder};
use std::fmt::Debug;
use tegu_message::Message;

/// One account's mailbox on a target that gives each message of a folder a number: files, tables, most programs' interfaces.
///
/// A number is higher than any that the folder gave before, also to messages that are gone: what stands behind a [`Mark`] is found by it.
/// [`Numbered`] makes a [`MailWriter`] of it.
pub trait NumberedMailbox: Debug + Send {
    /// What the folder for a source folder is called there. No two folders have one name.
    fn name(&self, folder: &MailFolder) -> String;

    /// The numbers of a folder's messages, ascending; `None` if there is no such folder.
    fn numbers<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u64>>>>;

    /// Makes a folder, if it is not there.
    fn make<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Reads a message back.
    fn get<'a>(&'a mut self, name: &'a str, number: u64) -> BoxFuture<'a, Result<Stored>>;

    /// Stores a message whole or not at all, behind all others of its folder.
    fn put<'a>(&'a mut self, name: &'a str, message: &'a Message) -> BoxFuture<'a, Result<Appended>>;
}

/// A [`NumberedMailbox`] as an engine writes to it.
#[derive(Clone, Debug)]
pub struct Numbered<M> {
    mailbox: M,
    capabilities: TargetCapabilities,
}

impl<M: NumberedMailbox> Numbered<M> {
    /// Makes a writer of a mailbox, and says what its folders can hold.
    pub fn new(mailbox: M, capabilities: TargetCapabilities) -> Self {
        Self {
            mailbox,
            capabilities,
        }
    }

    async fn found(&mut self, name: &str) -> Result<Option<TargetFolder>> {
        let numbers = self.mailbox.numbers(name).await?;
        Ok(numbers.map(|numbers| TargetFolder::new(name, numbers.len() as u64, self.capabilities.clone())))
    }

    async fn seen(&mut self, name: &str) -> Result<TargetFolder> {
        let found = self.found(name).await?;
        Ok(found.unwrap_or_else(|| TargetFolder::missing(name, self.capabilities.clone())))
    }
}

impl<M: NumberedMailbox> MailWriter for Numbered<M> {
    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async {
            let name = self.mailbox.name(folder);
            self.seen(&name).await
        })
    }

    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async {
            let name = self.mailbox.name(folder);
            self.mailbox.make(&name).await?;
            self.seen(&name).await
        })
    }

    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        Box::pin(self.found(name))
    }

    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let first = since.and_then(|mark| mark.as_str().parse().ok()).unwrap_or(0);
            let numbers = self.mailbox.numbers(&folder.name).await?.unwrap_or_default();
            let mut stored = Vec::new();
            for number in numbers.into_iter().filter(|number| *number >= first) {
                stored.push(
                    self.mailbox
                        .get(&folder.name, number)
                        .await?
                        .at(number.to_string()),
                );
            }
            Ok(stored)
        })
    }

    fn mark<'a>(&'a mut self, folder: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        Box::pin(async {
            let numbers = self.mailbox.numbers(&folder.name).await?.unwrap_or_default();
            let next = numbers.last().map_or(0, |last| last.saturating_add(1));
            Ok(Mark::new(next.to_string()))
        })
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(async move {
            let mut answers = Vec::with_capacity(messages.len());
            for message in messages {
                // Behind one that does not fit all others wait, so that messages keep their order.
                let answer = match answers.last() {
                    Some(full @ Appended::Full { .. }) => full.clone(),
                    _ => self.mailbox.put(&folder.name, message).await?,
                };
                answers.push(answer);
            }
            Ok(answers)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Access, MailTarget, conformance};
    use super::*;
    use crate::Account;
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
    };

    /// Folders in memory that hold up to so many messages.
    #[derive(Clone, Debug)]
    struct Memory {
        folders: Arc<Mutex<BTreeMap<String, Vec<Stored>>>>,
        room: usize,
    }

    impl MailTarget for Memory {
        fn describe(&self) -> String {
            "memory".into()
        }

        fn capabilities(&self) -> TargetCapabilities {
            TargetCapabilities::everything()
        }

        fn open<'a>(&'a self, _: &'a Account, _: Access) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
            let writer = Numbered::new(self.clone(), self.capabilities());
            Box::pin(async { Ok(Box::new(writer) as Box<dyn MailWriter>) })
        }
    }

    impl NumberedMailbox for Memory {
        fn name(&self, folder: &MailFolder) -> String {
            folder.display()
        }

        fn numbers<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u64>>>> {
            let folders = self.folders.lock().unwrap();
            let numbers = folders.get(name).map(|folder| (7..).take(folder.len()).collect());
            Box::pin(async { Ok(numbers) })
        }

        fn make<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<()>> {
            self.folders.lock().unwrap().entry(name.to_owned()).or_default();
            Box::pin(async { Ok(()) })
        }

        fn get<'a>(&'a mut self, name: &'a str, number: u64) -> BoxFuture<'a, Result<Stored>> {
            let stored = self.folders.lock().unwrap()[name][number as usize - 7].clone();
            Box::pin(async { Ok(stored) })
        }

        fn put<'a>(&'a mut self, name: &'a str, message: &'a Message) -> BoxFuture<'a, Result<Appended>> {
            Box::pin(async {
                let stored = Stored::new(message.body.digest()?, message.flags.clone(), message.date);
                let mut folders = self.folders.lock().unwrap();
                let folder = folders.get_mut(name).unwrap();
                if folder.len() == self.room {
                    return Ok(Appended::Full { text: "full".into() });
                }
                folder.push(stored);
                Ok(Appended::Stored)
            })
        }
    }

    fn memory(room: usize) -> Memory {
        Memory {
            folders: Arc::default(),
            room,
        }
    }

    #[tokio::test]
    async fn a_numbered_mailbox_is_a_target() {
        conformance::mail(&memory(10), &Account::new("anna@example.test")).await;
    }

    #[tokio::test]
    async fn behind_a_message_that_does_not_fit_nothing_is_sent() {
        let mut writer = Numbered::new(memory(1), TargetCapabilities::everything());
        let folder = writer
            .prepare(&MailFolder::named(vec!["Inbox".into()]))
            .await
            .unwrap();
        let messages = ["one", "two", "three"]
            .map(|text| Message::new(Default::default(), None, text.as_bytes().to_vec()));
        let answers = writer.append(&folder, &messages).await.unwrap();
        assert!(matches!(
            answers[..],
            [Appended::Stored, Appended::Full { .. }, Appended::Full { .. }]
        ));
        writer.mailbox.room = 3;
        let (first, rest) = messages.split_first().unwrap();
        let mark = writer.mark(&folder).await.unwrap();
        assert_eq!(
            writer.stored(&folder, None).await.unwrap()[0].digest,
            first.body.digest().unwrap()
        );
        writer.append(&folder, rest).await.unwrap();
        let behind = writer.stored(&folder, Some(&mark)).await.unwrap();
        let digests: Vec<_> = behind.iter().map(|stored| stored.digest).collect();
        assert_eq!(
            digests,
            rest.iter()
                .map(|message| message.body.digest().unwrap())
                .collect::<Vec<_>>()
        );
        assert_eq!(behind[0].place.as_deref(), Some("8"));
    }
}

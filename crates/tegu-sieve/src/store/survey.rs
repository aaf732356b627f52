//! All mailboxes together: who forwards to whom, by settings and by rules.

use super::{MailboxSettings, SettingsSource};
use crate::forward::{Forward, Judged, Organisation};
use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use tegu_net::Throttle;
use tegu_outcome::Result;
use tegu_store::{Account, BoxFuture, sources::AddressLookup};

/// Octets of settings that wait for their jobs, as far as can be told from their text. Others are read a second time.
const KEPT: usize = 64 << 20;

/// What is known of all mailboxes, before anything is written.
#[derive(Debug, Default)]
pub struct Survey {
    /// How many mailboxes are read at a time.
    at_once: usize,
    /// What was read, by address, until its job takes it.
    kept: Mutex<HashMap<String, MailboxSettings>>,
    /// Further addresses, by primary address in lower case.
    aliases: HashMap<String, Vec<String>>,
    /// Forwardings that the directory knows.
    forwards: HashMap<String, Vec<Forward>>,
    organisation: Organisation,
    judged: Vec<Judged>,
}

impl Survey {
    /// Sets how many mailboxes are read at a time. Default: one. The limits of the server behind the source hold, too.
    #[must_use]
    pub fn at_once(mut self, mailboxes: usize) -> Self {
        self.at_once = mailboxes;
        self
    }

    /// Adds further addresses of the mailbox with this primary address.
    pub fn aliases(&mut self, mail: &str, aliases: impl IntoIterator<Item = String>) {
        self.aliases
            .entry(mail.to_lowercase())
            .or_default()
            .extend(aliases);
    }

    /// Adds a forwarding that the directory knows. It counts where the source of settings tells none.
    pub fn forward(&mut self, mail: &str, forward: Forward) {
        self.forwards
            .entry(mail.to_lowercase())
            .or_default()
            .push(forward);
    }

    /// Reads what every mailbox does, and judges all forwarding. A mailbox that cannot be read is taken for one that forwards what the directory
    /// says; its own job tells what is wrong.
    pub async fn read(
        &mut self,
        source: &dyn SettingsSource,
        accounts: &[Account],
        addresses: &AddressLookup,
    ) {
        let mut mailboxes = Vec::with_capacity(accounts.len());
        let mut waiting = accounts.iter().enumerate();
        let mut reading: Vec<Reading<'_>> = Vec::new();
        let (mut kept, mut octets) = (HashMap::new(), 0_usize);
        loop {
            while reading.len() < self.at_once.max(1)
                && let Some((place, account)) = waiting.next()
            {
                reading.push(Box::pin(
                    async move { (place, account, read(source, account).await) },
                ));
            }
            if reading.is_empty() {
                break;
            }
            let (place, account, read) = next(&mut reading).await;
            let known = read.is_ok();
            let mut settings = read.unwrap_or_else(|error| {
                tracing::warn!(account = account.mail, %error, "its rules are not known to the others");
                MailboxSettings::default()
            });
            settings.resolve(addresses);
            self.complete(account, &mut settings);
            let own = self.addresses(account);
            let mailbox = settings.mailbox(&account.mail, own.get(1..).unwrap_or_default());
            mailboxes.push((place, mailbox));
            octets = octets.saturating_add(format!("{settings:?}").len());
            if known && octets <= KEPT {
                kept.insert(account.mail.clone(), settings);
            }
        }
        // In one order, however long each took.
        mailboxes.sort_by_key(|(place, _)| *place);
        let mailboxes = mailboxes.into_iter().map(|(_, mailbox)| mailbox).collect();
        *self.kept.get_mut().unwrap_or_else(PoisonError::into_inner) = kept;
        self.organisation = Organisation::new(mailboxes);
        self.judged = self.organisation.judge();
    }

    /// Takes what was read of an account's mailbox. `None` for a mailbox that could not be read, when it was taken already, and where
    /// the settings of all would be too large to be kept: then it has to be read again.
    pub fn take(&self, account: &Account) -> Option<MailboxSettings> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&account.mail)
    }

    /// Adds what the directory knows where the source does not tell.
    pub fn complete(&self, account: &Account, settings: &mut MailboxSettings) {
        if settings.forwards.is_empty() {
            let known = self.forwards.get(&account.mail.to_lowercase());
            settings.forwards.extend(known.into_iter().flatten().cloned());
        }
    }

    /// All addresses of an account, the primary one first.
    #[must_use]
    pub fn addresses(&self, account: &Account) -> Vec<String> {
        let aliases = self.aliases.get(&account.mail.to_lowercase());
        let mut all = vec![account.mail.clone()];
        all.extend(aliases.into_iter().flatten().cloned());
        all
    }

    /// What the organisation says of an account's forwarding.
    #[must_use]
    pub fn judged(&self, account: &Account) -> Option<&Judged> {
        self.judged.get(self.organisation.position(&account.mail)?)
    }

    /// The sheets of the whole organisation: `forwarding.csv` for people, `forwarding.virtual` for Postfix. None if nobody forwards.
    #[must_use]
    pub fn sheets(&self) -> Vec<(&'static str, String)> {
        if self.judged.iter().all(|judged| judged.forwards.is_empty()) {
            return Vec::new();
        }
        vec![
            ("forwarding.csv", self.organisation.table(&self.judged)),
            (
                "forwarding.virtual",
                self.organisation.virtual_alias(&self.judged),
            ),
        ]
    }
}

/// A mailbox that is being read.
type Reading<'a> = BoxFuture<'a, (usize, &'a Account, Result<MailboxSettings>)>;

async fn read(source: &dyn SettingsSource, account: &Account) -> Result<MailboxSettings> {
    let throttle = source.throttle();
    let _room = match &throttle {
        Some(throttle) => Some(Throttle::connections(throttle, 1).await),
        None => None,
    };
    source.read(account).await
}

/// The first that ends.
async fn next<T>(all: &mut Vec<BoxFuture<'_, T>>) -> T {
    poll_fn(|context| {
        let ended = all
            .iter_mut()
            .enumerate()
            .find_map(|(place, one)| match one.as_mut().poll(context) {
                Poll::Ready(value) => Some((place, value)),
                Poll::Pending => None,
            });
        match ended {
            Some((place, value)) => {
                drop(all.swap_remove(place));
                Poll::Ready(value)
            }
            None => Poll::Pending,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Action, Rule};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tegu_net::ServerLimits;
    use tegu_outcome::{Error, ErrorKind};

    /// Everybody has one rule of his own; `c` cannot be read.
    #[derive(Debug)]
    struct Mailboxes {
        open: AtomicUsize,
        most: AtomicUsize,
        reads: AtomicUsize,
        throttle: Option<Arc<Throttle>>,
    }

    impl SettingsSource for Mailboxes {
        fn describe(&self) -> String {
            "mailboxes".into()
        }

        fn throttle(&self) -> Option<Arc<Throttle>> {
            self.throttle.clone()
        }

        fn read<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<MailboxSettings>> {
            Box::pin(async move {
                self.reads.fetch_add(1, Ordering::Relaxed);
                let open = self.open.fetch_add(1, Ordering::Relaxed) + 1;
                self.most.fetch_max(open, Ordering::Relaxed);
                for _ in 0..10 - account.mail.len() % 3 {
                    tokio::task::yield_now().await;
                }
                self.open.fetch_sub(1, Ordering::Relaxed);
                if account.mail.starts_with('c') {
                    return Err(Error::new(ErrorKind::NotFound, "no such mailbox"));
                }
                let mut settings = MailboxSettings::default();
                let mut rule = Rule::new(&account.mail);
                rule.actions.push(Action::MarkAsRead);
                settings.rules.push(rule);
                Ok(settings)
            })
        }
    }

    async fn survey(limits: Option<usize>, at_once: usize) -> (usize, usize, Vec<Option<String>>) {
        let throttle = limits.map(|limit| Arc::new(Throttle::new(&ServerLimits::new().connections(limit))));
        let source = Mailboxes {
            open: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            throttle,
        };
        let accounts: Vec<_> = ["a@x.test", "bb@x.test", "c@x.test", "dd@x.test", "e@x.test"]
            .map(Account::new)
            .into();
        let mut survey = Survey::default().at_once(at_once);
        let nobody: AddressLookup = Arc::new(|_| None);
        survey.read(&source, &accounts, &nobody).await;
        let taken = accounts.iter().map(|account| {
            let settings = survey.take(account)?;
            assert!(survey.take(account).is_none(), "each is taken once");
            Some(settings.rules[0].name.clone())
        });
        let taken = taken.collect();
        (source.most.into_inner(), source.reads.into_inner(), taken)
    }

    #[tokio::test]
    async fn mailboxes_are_read_once_and_several_at_a_time() {
        let own = ["a@x.test", "bb@x.test", "", "dd@x.test", "e@x.test"];
        let own = own
            .map(|name| (!name.is_empty()).then(|| name.to_owned()))
            .to_vec();
        for (limit, at_once, most) in [(None, 1, 1), (None, 3, 3), (Some(2), 3, 2), (None, 0, 1)] {
            assert_eq!(
                survey(limit, at_once).await,
                (most, 5, own.clone()),
                "{limit:?} {at_once}"
            );
        }
    }
}

//! A target of the tests' own to which messages come late, over all kinds of schedules: batches that are cut, processes that are
//! killed, copies that come when their messages were sent again. Whatever happens, each message ends there exactly once.

use crate::scene::Scene;
use proptest::prelude::*;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Error, ErrorKind, Limits, Migration, Result,
    journal::{Clock, Digest, MemoryJournal},
    message::{Flags, InternalDate, Message},
    sources::{LdifDirectory, MailFiles, MailFolder},
    targets::{Access, Appended, MailTarget, MailWriter, Mark, Stored, TargetCapabilities, TargetFolder},
};
use tokio::sync::Notify;

/// What becomes of a batch.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// All is stored, and the answers arrive.
    Stored,
    /// So many are stored, then the connection breaks. Of the others so many come late, and the rest never.
    Cut { stored: usize, late: usize },
    /// The same, and the process dies with the connection.
    Killed { stored: usize, late: usize },
}

fn fate() -> impl Strategy<Value = Fate> {
    let numbers = || (0..8_usize, 0..8_usize);
    prop_oneof![
        2 => Just(Fate::Stored),
        2 => numbers().prop_map(|(stored, late)| Fate::Cut { stored, late }),
        3 => numbers().prop_map(|(stored, late)| Fate::Killed { stored, late }),
    ]
}

/// What happens before the target is looked at.
#[derive(Clone, Copy, Debug)]
enum Event {
    Nothing,
    /// The oldest of the messages that are on their way arrives.
    Arrival,
    /// Somebody delivers mail.
    Delivery,
}

#[derive(Debug, Default)]
struct World {
    stored: Vec<(u32, Message, Digest)>,
    next: u32,
    late: VecDeque<Message>,
    fates: VecDeque<Fate>,
    events: VecDeque<Event>,
    delivered: u32,
    removed: Vec<u32>,
}

impl World {
    fn store(&mut self, message: &Message) {
        self.next += 1;
        let digest = message.body.digest().unwrap();
        self.stored.push((self.next, message.clone(), digest));
    }

    fn arrive(&mut self) {
        if let Some(message) = self.late.pop_front() {
            self.store(&message);
        }
    }

    fn go_on(&mut self) {
        match self.events.pop_front().unwrap_or(Event::Nothing) {
            Event::Nothing => {}
            Event::Arrival => self.arrive(),
            Event::Delivery => {
                self.delivered += 1;
                let text = format!("Subject: somebody's {}\r\n\r\n", self.delivered);
                let date = InternalDate::new(1_800_000_000 + i64::from(self.delivered), 0);
                self.store(&Message::new(Flags::default(), Some(date), text.into_bytes()));
            }
        }
    }

    fn folder(&self) -> TargetFolder {
        TargetFolder::new("INBOX", self.stored.len() as u64, capabilities())
    }
}

fn capabilities() -> TargetCapabilities {
    let mut capabilities = TargetCapabilities::everything();
    capabilities.lateness = Duration::from_secs(1);
    capabilities
}

#[derive(Clone, Debug)]
struct Model {
    world: Arc<Mutex<World>>,
    killed: Arc<Notify>,
}

impl MailTarget for Model {
    fn describe(&self) -> String {
        "a model".into()
    }

    fn capabilities(&self) -> TargetCapabilities {
        capabilities()
    }

    fn open<'a>(&'a self, _: &'a Account, _: Access) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn MailWriter>) })
    }
}

impl MailWriter for Model {
    fn look<'a>(&'a mut self, _: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async { Ok(self.world.lock().unwrap().folder()) })
    }

    fn prepare<'a>(&'a mut self, _: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async { Ok(self.world.lock().unwrap().folder()) })
    }

    fn reopen<'a>(&'a mut self, _: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        Box::pin(async { Ok(Some(self.world.lock().unwrap().folder())) })
    }

    fn stored<'a>(
        &'a mut self,
        _: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        let mut world = self.world.lock().unwrap();
        world.go_on();
        let first: u32 = since.map_or(0, |mark| mark.as_str().parse().unwrap());
        let there = world.stored.iter().filter(|(uid, ..)| *uid >= first);
        let stored = there.map(|(uid, message, digest)| {
            Stored::new(*digest, message.flags.clone(), message.date).at(uid.to_string())
        });
        let stored = stored.collect();
        Box::pin(async { Ok(stored) })
    }

    fn mark<'a>(&'a mut self, _: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        let mut world = self.world.lock().unwrap();
        world.go_on();
        let next = world.next + 1;
        Box::pin(async move { Ok(Mark::new(next.to_string())) })
    }

    fn append<'a>(
        &'a mut self,
        _: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(async {
            let dies = {
                let mut world = self.world.lock().unwrap();
                let fate = world.fates.pop_front().unwrap_or(Fate::Stored);
                let (stored, late, dies) = match fate {
                    Fate::Stored => (messages.len(), 0, None),
                    Fate::Cut { stored, late } => (stored, late, Some(false)),
                    Fate::Killed { stored, late } => (stored, late, Some(true)),
                };
                messages
                    .iter()
                    .take(stored)
                    .for_each(|message| world.store(message));
                let late = messages.iter().skip(stored).take(late).cloned();
                world.late.extend(late);
                dies
            };
            match dies {
                None => Ok(messages.iter().map(|_| Appended::Stored).collect()),
                Some(false) => Err(Error::new(ErrorKind::Connect, "cut").retryable(true)),
                Some(true) => {
                    self.killed.notify_one();
                    std::future::pending().await
                }
            }
        })
    }

    fn remove<'a>(&'a mut self, _: &'a TargetFolder, places: &'a [String]) -> BoxFuture<'a, Result<bool>> {
        let mut world = self.world.lock().unwrap();
        for place in places {
            let uid: u32 = place.parse().unwrap();
            world.stored.retain(|(there, ..)| *there != uid);
            world.removed.push(uid);
        }
        Box::pin(async { Ok(true) })
    }
}

/// Leases of a process that died are over at once.
#[derive(Debug)]
struct Jumps {
    start: (Instant, SystemTime),
    ahead: Mutex<Duration>,
}

impl Clock for Jumps {
    fn now(&self) -> Instant {
        self.start.0 + *self.ahead.lock().unwrap()
    }

    fn system_time(&self) -> SystemTime {
        self.start.1 + *self.ahead.lock().unwrap()
    }
}

async fn play(contents: &[u8], fates: Vec<Fate>, events: Vec<Event>) {
    let scene = Scene::new();
    scene.head("job");
    let letter = |content: &u8| {
        let second = content % 60;
        format!("From a@b Mon Jan  1 00:00:{second:02} 2024\nFrom: a@b.test\nSubject: {content}\n\nbody\n\n")
    };
    scene.write(
        "mail/anna/INBOX.mbox",
        contents.iter().map(letter).collect::<String>(),
    );
    let model = Model {
        world: Arc::default(),
        killed: Arc::default(),
    };
    {
        let mut world = model.world.lock().unwrap();
        (world.fates, world.events) = (fates.into(), events.into());
    }
    let clock = Arc::new(Jumps {
        start: (Instant::now(), SystemTime::now()),
        ahead: Mutex::default(),
    });
    let journal = Arc::new(MemoryJournal::new().clock(clock.clone()));
    let run = async || {
        let directory = LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
        let mut limits = Limits::default();
        limits.backoff_ms = 0;
        let job = Migration::builder("schedules", scene.path("job"), directory)
            .mail(MailFiles::new("mail/{alias}", scene.root.path()), model.clone())
            .limits(limits)
            .journal(journal.clone())
            .build();
        let cancel = CancellationToken::new();
        let ended = tokio::select! {
            report = job.run(&cancel) => Some(report.unwrap()),
            () = model.killed.notified() => None,
        };
        *clock.ahead.lock().unwrap() += Duration::from_secs(1000);
        ended
    };
    let mut runs = 0;
    while run().await.is_none_or(|report| {
        !report.is_complete() || report.accounts.iter().any(|account| !account.problems.is_empty())
    }) {
        runs += 1;
        assert!(runs < 100, "no run comes to its end");
    }
    {
        let mut world = model.world.lock().unwrap();
        world.events.clear();
        while !world.late.is_empty() {
            world.arrive();
        }
    }
    let report = run().await.expect("nothing dies any more");
    assert!(report.balances(), "{report:?}");
    let world = model.world.lock().unwrap();
    let subject = |message: &Message| {
        let head = String::from_utf8_lossy(message.body.head()).into_owned();
        head.lines()
            .find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned))
            .unwrap()
    };
    let mut found: Vec<String> = world
        .stored
        .iter()
        .map(|(_, message, _)| subject(message))
        .collect();
    let mut expected: Vec<String> = contents.iter().map(u8::to_string).collect();
    expected.extend((1..=world.delivered).map(|number| format!("somebody's {number}")));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let mail = report.entity(tegu_migrate::Entity::Mail).unwrap().counts;
    assert_eq!((mail.moved, mail.present), (contents.len() as u64, 0), "{mail:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn each_message_ends_on_the_target_once(
        contents in prop::collection::vec(0..6_u8, 1..8),
        fates in prop::collection::vec(fate(), 0..8),
        events in prop::collection::vec(prop_oneof![
            3 => Just(Event::Nothing),
            3 => Just(Event::Arrival),
            1 => Just(Event::Delivery),
        ], 0..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(&contents, fates, events));
    }
}

//! What changes on the source between passes, and runs that are killed while they carry it over.

use crate::job::Pass;
use std::{
    collections::BTreeMap,
    io::Read as _,
    sync::{Arc, Mutex},
};
use tegu_transfer::{
    Account, BoxFuture, Entity, Finding, MailRoute, PlanContext, Result, Route as _, State, Totals, digest,
    journal::Outcome,
    message::{Flags, Listed, Message, Spool},
    plan::Depth,
    sources::{MailFolder, MailListing, MailReader, MailSource, Read, SourceCapabilities},
    targets::{
        Access, Appended, FlagChange, MailTarget, MailWriter, Mark, Stored, TargetCapabilities, TargetFolder,
    },
};
use tokio::sync::Notify;

fn octets(text: &str) -> Vec<u8> {
    format!("Subject: {text}\r\n\r\n{text}\r\n").into_bytes()
}

/// A message of the source: identity, version, flags, text.
type One = (&'static str, u32, &'static str, &'static str);

/// A mailbox that others change, and that knows states: what it held whenever it was listed.
#[derive(Clone, Debug, Default)]
struct Source {
    folders: Arc<Mutex<BTreeMap<String, Vec<One>>>>,
    states: Arc<Mutex<Vec<Vec<One>>>>,
    /// How many messages each answer to a question for a list named.
    listed: Arc<Mutex<Vec<usize>>>,
    /// It lists everything each time.
    is_stateless: bool,
}

impl Source {
    fn set(&self, folder: &str, messages: &[One]) {
        self.folders
            .lock()
            .unwrap()
            .insert(folder.to_owned(), messages.to_vec());
    }

    fn held(&self, folder: &MailFolder) -> Vec<One> {
        self.folders.lock().unwrap()[&folder.display()].clone()
    }

    /// What it named since it was last asked here, in all its lists.
    fn named(&self) -> usize {
        self.listed.lock().unwrap().drain(..).sum()
    }

    /// It forgets all states.
    fn forget(&self) {
        self.states.lock().unwrap().clear();
    }
}

fn listed(messages: &[One]) -> Vec<Listed> {
    let listed = messages
        .iter()
        .map(|(id, version, _, text)| Listed::new(*id, text.len() as u64, 0).version(version.to_string()));
    listed.collect()
}

impl MailSource for Source {
    fn describe(&self) -> String {
        "the old mailbox".into()
    }

    fn capabilities(&self) -> SourceCapabilities {
        SourceCapabilities::everything()
    }

    fn open<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn MailReader>) })
    }
}

impl MailReader for Source {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        let all = self.folders.lock().unwrap();
        let folders = all.keys().map(|name| {
            let mut folder = MailFolder::named(vec![name.clone()]);
            folder.id = Some(format!("the identity of {name}"));
            folder
        });
        let folders = folders.collect();
        Box::pin(async { Ok(folders) })
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        let listed = listed(&self.held(folder));
        Box::pin(async { Ok(listed) })
    }

    fn list_since<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        state: Option<&'a str>,
    ) -> BoxFuture<'a, Result<MailListing>> {
        let now = self.held(folder);
        let mut states = self.states.lock().unwrap();
        let before = state.and_then(|state| states.get(state.parse::<usize>().unwrap()).cloned());
        let listing = match before {
            Some(before) => {
                let new = now.iter().filter(|one| {
                    let (id, version, ..) = one;
                    !before.iter().any(|before| (before.0, before.1) == (id, *version))
                });
                let gone = before.iter().filter(|one| !now.iter().any(|now| now.0 == one.0));
                let new: Vec<One> = new.copied().collect();
                MailListing::changes(listed(&new), gone.map(|one| one.0.to_owned()).collect())
            }
            None => MailListing::whole(listed(&now)),
        };
        self.listed.lock().unwrap().push(listing.messages.len());
        states.push(now);
        let state = (states.len() - 1).to_string();
        let listing = listing.state(Some(state).filter(|_| !self.is_stateless));
        Box::pin(async { Ok(listing) })
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        _: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        let held = self.held(folder);
        let read = messages.iter().map(|listed| {
            let (.., flags, text) = held.iter().find(|one| one.0 == listed.id).unwrap();
            if *text == "broken" {
                return Read::Failed(Finding::lossy("MAIL-UNREAD", "it cannot be read"));
            }
            let flags = Flags::from_names(flags.split(' '));
            Read::Message(Message::new(flags, None, octets(text)), Vec::new())
        });
        let read = read.collect();
        Box::pin(async { Ok(read) })
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Held {
    place: u64,
    flags: Flags,
    octets: Vec<u8>,
}

#[derive(Debug, Default)]
struct Mailbox {
    next: u64,
    folders: BTreeMap<String, Vec<Held>>,
    /// Steps until the writer hangs.
    left: Option<u32>,
}

/// A mailbox with places, flags that can be changed, and messages that can be removed. It hangs when it has taken so many steps.
#[derive(Clone, Debug, Default)]
struct Target {
    state: Arc<Mutex<Mailbox>>,
    hangs: Arc<Notify>,
    /// It keeps what it has.
    rigid: bool,
}

impl Target {
    /// A step has begun or ended.
    async fn step(&self) {
        let stops = {
            let mut state = self.state.lock().unwrap();
            let left = state.left.as_mut().map(|left| {
                *left = left.saturating_sub(1);
                *left
            });
            left == Some(0)
        };
        if stops {
            self.hangs.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn folder(&self, name: &str) -> TargetFolder {
        match self.state.lock().unwrap().folders.get(name) {
            Some(held) => TargetFolder::new(name, held.len() as u64, self.capabilities()),
            None => TargetFolder::missing(name, self.capabilities()),
        }
    }

    /// Texts with flags, by folder.
    fn holds(&self) -> BTreeMap<String, Vec<String>> {
        let state = self.state.lock().unwrap();
        let folders = state.folders.iter().map(|(name, held)| {
            let text = |held: &Held| {
                let text = String::from_utf8(held.octets.clone()).unwrap();
                let subject = text.lines().next().unwrap().replace("Subject: ", "");
                let flags: Vec<&str> = held.flags.names().collect();
                format!("{subject} {}", flags.join(" ")).trim_end().to_owned()
            };
            let mut texts: Vec<String> = held.iter().map(text).collect();
            texts.sort();
            (name.clone(), texts)
        });
        folders.collect()
    }
}

impl MailTarget for Target {
    fn describe(&self) -> String {
        "the new mailbox".into()
    }

    fn capabilities(&self) -> TargetCapabilities {
        TargetCapabilities::everything()
    }

    fn open<'a>(&'a self, _: &'a Account, _: Access) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn MailWriter>) })
    }
}

impl MailWriter for Target {
    fn arrange<'a>(&'a mut self, _: &'a [MailFolder]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        let found = self.folder(&folder.display());
        Box::pin(async { Ok(found) })
    }

    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        let name = folder.display();
        self.state.lock().unwrap().folders.entry(name).or_default();
        self.look(folder)
    }

    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        let found = Some(self.folder(name)).filter(|folder| folder.exists);
        Box::pin(async { Ok(found) })
    }

    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        let first: u64 = since.map_or(0, |mark| mark.as_str().parse().unwrap());
        let held = self.state.lock().unwrap().folders[&folder.name].clone();
        let held = held.into_iter().filter(|held| held.place >= first);
        let stored = held.map(|held| {
            let stored = Stored::new(digest::of_message(&held.octets), held.flags, None);
            if self.rigid {
                stored
            } else {
                stored.at(held.place.to_string())
            }
        });
        let stored = stored.collect();
        Box::pin(async { Ok(stored) })
    }

    fn mark<'a>(&'a mut self, _: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        let next = self.state.lock().unwrap().next;
        Box::pin(async move { Ok(Mark::new(next.to_string())) })
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(async move {
            self.step().await;
            for message in messages {
                let mut octets = Vec::new();
                message.body.reader().read_to_end(&mut octets).unwrap();
                let mut state = self.state.lock().unwrap();
                state.next += 1;
                let (place, flags) = (state.next - 1, message.flags.clone());
                let held = state.folders.get_mut(&folder.name).unwrap();
                held.push(Held { place, flags, octets });
            }
            self.step().await;
            Ok(vec![Appended::Stored; messages.len()])
        })
    }

    fn remove<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        places: &'a [String],
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            self.step().await;
            if self.rigid {
                return Ok(false);
            }
            {
                let mut state = self.state.lock().unwrap();
                let held = state.folders.get_mut(&folder.name).unwrap();
                held.retain(|held| !places.contains(&held.place.to_string()));
            }
            self.step().await;
            Ok(true)
        })
    }

    fn change_flags<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        changes: &'a [FlagChange],
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            self.step().await;
            if self.rigid {
                return Ok(false);
            }
            {
                let mut state = self.state.lock().unwrap();
                let held = state.folders.get_mut(&folder.name).unwrap();
                for change in changes {
                    for held in held
                        .iter_mut()
                        .filter(|held| held.place.to_string() == change.place)
                    {
                        let left = held.flags.without(&change.remove);
                        let names = left.names().chain(change.add.names());
                        held.flags = Flags::from_names(names);
                    }
                }
            }
            self.step().await;
            Ok(true)
        })
    }
}

/// Two folders, as a first pass moves them.
fn before() -> Source {
    let source = Source::default();
    source.set(
        "Inbox",
        &[
            ("a", 1, "\\Seen Old", "a"),
            ("b", 1, "", "b"),
            ("c", 1, "", "c"),
            ("d", 1, "", "d"),
        ],
    );
    source.set("Old", &[("x", 1, "", "x"), ("y", 1, "\\Seen", "y")]);
    source.set("Gone", &[("z", 1, "", "z")]);
    source
}

/// Flags of one change, another says something else, one goes, one comes, one is in another folder, and a folder is gone.
fn change(source: &Source) {
    source.set(
        "Inbox",
        &[
            ("a", 2, "\\Answered New", "a"),
            ("b", 2, "\\Seen", "b, edited"),
            ("d", 1, "", "d"),
            ("e", 1, "", "e"),
            ("y2", 1, "\\Seen", "y"),
        ],
    );
    source.set("Old", &[("x", 1, "", "x")]);
    source.folders.lock().unwrap().remove("Gone");
}

fn expected() -> BTreeMap<String, Vec<String>> {
    let folders = [
        // The owner flagged it on the target.
        (
            "Inbox",
            &[
                "a \\Answered \\Flagged New",
                "b, edited \\Seen",
                "d",
                "e",
                "y \\Seen",
            ][..],
        ),
        ("Old", &["x"]),
        ("Gone", &[]),
    ];
    let folders = folders.map(|(name, texts)| {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        (name.to_owned(), texts)
    });
    folders.into()
}

fn deleted(totals: &Totals) -> Vec<(&str, &str)> {
    let rows = totals.containers.iter().flat_map(|row| &row.deleted);
    let mut told: Vec<_> = rows
        .map(|gone| (gone.item.as_str(), &*gone.finding.code))
        .collect();
    told.sort_unstable();
    told
}

fn moved_now(totals: &Totals) -> u64 {
    totals.containers.iter().map(|row| row.moved_now).sum()
}

fn notices(totals: &Totals) -> BTreeMap<String, u64> {
    let mut notices = BTreeMap::new();
    for (code, times) in totals.containers.iter().flat_map(|row| &row.findings) {
        *notices.entry(code.clone()).or_default() += times;
    }
    notices
}

async fn first_pass(pass: &Pass, route: &MailRoute, target: &Target, scratch: &std::path::Path) {
    let totals = pass.run(route, scratch).await;
    assert_eq!(moved_now(&totals), 7);
    let mut state = target.state.lock().unwrap();
    state.folders.get_mut("Inbox").unwrap()[0].flags.flagged = true;
}

#[tokio::test]
async fn a_later_pass_moves_exactly_the_changes() {
    let (scratch, target, source) = (tempfile::tempdir().unwrap(), Target::default(), before());
    let route = MailRoute::new(source.clone(), target.clone());
    let mut pass = Pass::new(Entity::Mail);
    pass.options.deletions = true;
    first_pass(&pass, &route, &target, scratch.path()).await;
    let still = pass.run(&route, scratch.path()).await;
    assert_eq!((moved_now(&still), deleted(&still)), (0, vec![]));

    change(&source);
    let context = PlanContext::new(&pass.job.account, &pass.options);
    let context = context.after(pass.journal.clone()).at_depth(Depth::Content);
    let plan = route.plan(&context).await.unwrap();
    let moves: u64 = plan.containers.iter().map(|row| row.amounts.moves.items).sum();
    assert_eq!(moves, 3, "b, e and y");
    let totals = pass.run(&route, scratch.path()).await;
    assert_eq!(target.holds(), expected());
    assert_eq!(moved_now(&totals), 3);
    let gone = "MAIL-SOURCE-DELETED";
    assert_eq!(deleted(&totals), [("c", gone), ("y", gone), ("z", gone)]);
    assert!(totals.worklist.is_empty(), "{totals:?}");

    let still = pass.run(&route, scratch.path()).await;
    assert_eq!((moved_now(&still), deleted(&still)), (0, vec![]));
    assert_eq!(target.holds(), expected());
    let proof = pass.prove(&route).await;
    assert_eq!((proof.expected, proof.proved), (6, 6));
}

/// Without leave to delete, what is gone stays; what changed is replaced all the same.
#[tokio::test]
async fn deletions_are_carried_over_where_asked() {
    let (scratch, target, source) = (tempfile::tempdir().unwrap(), Target::default(), before());
    let route = MailRoute::new(source.clone(), target.clone());
    let pass = Pass::new(Entity::Mail);
    first_pass(&pass, &route, &target, scratch.path()).await;
    change(&source);
    let totals = pass.run(&route, scratch.path()).await;
    assert_eq!((moved_now(&totals), deleted(&totals)), (3, vec![]));
    let mut expected = expected();
    expected.get_mut("Inbox").unwrap().insert(2, "c".into());
    expected.get_mut("Old").unwrap().push("y \\Seen".into());
    expected.get_mut("Gone").unwrap().push("z".into());
    assert_eq!(target.holds(), expected);
}

/// A target that neither changes flags nor removes anything: what stays behind is told.
#[tokio::test]
async fn what_a_target_cannot_follow_is_told() {
    let (scratch, source) = (tempfile::tempdir().unwrap(), before());
    let target = Target {
        rigid: true,
        ..Target::default()
    };
    let route = MailRoute::new(source.clone(), target.clone());
    let mut pass = Pass::new(Entity::Mail);
    pass.options.deletions = true;
    first_pass(&pass, &route, &target, scratch.path()).await;
    change(&source);
    let totals = pass.run(&route, scratch.path()).await;
    assert_eq!(moved_now(&totals), 3);
    let stays = "MAIL-SOURCE-GONE";
    assert_eq!(deleted(&totals), [("c", stays), ("y", stays), ("z", stays)]);
    let told = notices(&totals);
    assert_eq!((told["MAIL-SOURCE-FLAGS"], told["MAIL-OLD-VERSION"]), (1, 1));
    let inbox = &target.holds()["Inbox"];
    let held = [
        "a \\Seen \\Flagged Old",
        "b",
        "b, edited \\Seen",
        "c",
        "d",
        "e",
        "y \\Seen",
    ];
    assert_eq!(inbox.len(), held.len(), "{inbox:?}");
    assert!(inbox.contains(&"b, edited \\Seen".to_owned()), "{inbox:?}");
    let again = notices(&pass.run(&route, scratch.path()).await);
    assert!(!again.contains_key("MAIL-SOURCE-FLAGS") && !again.contains_key("MAIL-OLD-VERSION"));
}

/// Killed before and after each step on the target, and run again, it ends as a clean run does.
#[tokio::test]
async fn a_pass_that_is_killed_at_any_step_ends_as_a_clean_one() {
    let mut kills = 0;
    for step in 1.. {
        let (scratch, target, source) = (tempfile::tempdir().unwrap(), Target::default(), before());
        let route = MailRoute::new(source.clone(), target.clone());
        let mut pass = Pass::new(Entity::Mail);
        pass.options.deletions = true;
        first_pass(&pass, &route, &target, scratch.path()).await;
        change(&source);
        target.state.lock().unwrap().left = Some(step);
        let gate = Arc::new(pass.gate().await);
        let killed = tokio::select! {
            ended = pass.work(&route, &gate, scratch.path()) => {
                ended.unwrap();
                false
            }
            () = target.hangs.notified() => true,
        };
        target.state.lock().unwrap().left = None;
        pass.journal
            .finish(gate.lease(), &Outcome::Released)
            .await
            .unwrap();
        let totals = pass.run(&route, scratch.path()).await;
        assert_eq!(target.holds(), expected(), "killed at step {step}");
        let ends = totals.containers.iter().map(|row| row.counts.get(State::Failed));
        assert_eq!(ends.sum::<u64>(), 0, "killed at step {step}");
        let still = pass.run(&route, scratch.path()).await;
        assert_eq!((moved_now(&still), deleted(&still)), (0, vec![]), "step {step}");
        if !killed {
            break;
        }
        kills += 1;
    }
    assert!(kills >= 12, "{kills}");
}

/// What has changed is asked for alone, also where a run died before it remembered how far it had come, and a state that the source has
/// forgotten costs one whole list.
#[tokio::test]
async fn a_source_that_knows_states_names_the_changes_alone() {
    let (scratch, target, source) = (tempfile::tempdir().unwrap(), Target::default(), before());
    let many: Vec<One> = (0..200)
        .map(|number| (&*format!("m{number:03}").leak(), 1, "", "the same"))
        .collect();
    source.set("Many", &many);
    let route = MailRoute::new(source.clone(), target.clone());
    let mut pass = Pass::new(Entity::Mail);
    pass.options.deletions = true;
    assert_eq!(moved_now(&pass.run(&route, scratch.path()).await), 207);
    assert_eq!(source.named(), 207);
    let still = pass.run(&route, scratch.path()).await;
    assert_eq!((moved_now(&still), source.named()), (0, 0));
    let sums = still.containers.iter().map(|row| row.counts.source);
    assert_eq!(sums.sum::<u64>(), 207, "all of it counts: {still:?}");

    // It comes and goes between two states that are written down.
    let with = |id: &'static str| [&many[..], &[(id, 1, "", id)]].concat();
    source.set("Many", &with("new"));
    assert_eq!(moved_now(&pass.run(&route, scratch.path()).await), 1);
    source.set("Many", &with("newer"));
    let totals = pass.run(&route, scratch.path()).await;
    assert_eq!((moved_now(&totals), source.named()), (1, 2));
    assert_eq!(deleted(&totals), [("new", "MAIL-SOURCE-DELETED")]);
    assert_eq!(target.holds()["Many"].len(), 201);

    // More changes than a state is kept for, in both directions.
    let half: Vec<One> = many.iter().skip(120).copied().collect();
    source.set("Many", &half);
    assert_eq!(deleted(&pass.run(&route, scratch.path()).await).len(), 121);
    source.set("Many", &many);
    assert_eq!(moved_now(&pass.run(&route, scratch.path()).await), 120);
    assert_eq!(source.named(), 120);
    assert_eq!(source.named(), 0);
    source.forget();
    assert_eq!(moved_now(&pass.run(&route, scratch.path()).await), 0);
    assert_eq!(source.named(), 207);
    assert_eq!(target.holds()["Many"].len(), 200);

    // What was read ahead of a plan stays with the plan.
    source.set("Many", &with("newest"));
    let context = PlanContext::new(&pass.job.account, &pass.options).after(pass.journal.clone());
    let plan = route.plan(&context).await.unwrap();
    let moves: u64 = plan.containers.iter().map(|row| row.amounts.moves.items).sum();
    assert_eq!((moves, source.named()), (1, 1));
    assert_eq!(moved_now(&pass.run(&route, scratch.path()).await), 1);
}

/// The same changes, from a source that lists everything each time.
#[tokio::test]
async fn a_source_without_states_is_listed_each_time() {
    let (scratch, target) = (tempfile::tempdir().unwrap(), Target::default());
    let source = Source {
        is_stateless: true,
        ..before()
    };
    let route = MailRoute::new(source.clone(), target.clone());
    let mut pass = Pass::new(Entity::Mail);
    pass.options.deletions = true;
    first_pass(&pass, &route, &target, scratch.path()).await;
    change(&source);
    assert_eq!(moved_now(&pass.run(&route, scratch.path()).await), 3);
    assert_eq!(target.holds(), expected());
    assert_eq!(source.named(), 13);
}

/// What an earlier pass could not read is not listed again, and a plan says how large it is all the same.
#[tokio::test]
async fn a_plan_knows_the_size_of_what_was_not_listed_again() {
    let (scratch, target, source) = (tempfile::tempdir().unwrap(), Target::default(), before());
    source.set("Old", &[("broken", 1, "", "broken")]);
    let route = MailRoute::new(source.clone(), target.clone());
    let pass = Pass::new(Entity::Mail);
    let totals = pass.run(&route, scratch.path()).await;
    assert_eq!(totals.worklist.len(), 1, "{totals:?}");
    source.named();
    let context = PlanContext::new(&pass.job.account, &pass.options).after(pass.journal.clone());
    let plan = route.plan(&context).await.unwrap();
    let old = plan.containers.iter().find(|row| row.name == "Old").unwrap();
    let bytes = "broken".len() as u64;
    assert_eq!(
        (old.amounts.moves.items, old.amounts.moves.bytes, source.named()),
        (1, bytes, 0)
    );
}

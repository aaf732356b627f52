//! A source that tells what changed, and one that lists and reads everything, come to the same end.

use crate::{
    items::{Lines, Target},
    job::Pass,
};
use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex},
};
use tegu_transfer::{
    Account, BoxFuture, Entity, Error, ErrorKind, ItemRoute, Result, Totals,
    plan::ContainerPlan,
    sources::{
        Collection, Document, EarlierLists, Format, ItemReader, ItemSource, ItemSourceCapabilities,
        ReadDocument,
    },
};
use tegu_transfer::{PlanContext, Route as _};

#[derive(Debug, Default)]
struct World {
    /// Documents with their versions, and what they say.
    documents: BTreeMap<String, (usize, String)>,
    /// What changed, in order. A state is how much of it was told.
    changes: Vec<String>,
    /// States before this one are forgotten.
    forgotten: usize,
    /// Documents that were read.
    read: Vec<String>,
}

impl World {
    fn write(&mut self, id: u64, text: Option<String>) {
        let id = id.to_string();
        self.changes.push(id.clone());
        match text {
            Some(text) => drop(self.documents.insert(id, (self.changes.len(), text))),
            None => drop(self.documents.remove(&id)),
        }
    }
}

#[derive(Clone, Debug)]
struct Source {
    world: Arc<Mutex<World>>,
    tells: bool,
}

impl ItemSource for Source {
    fn describe(&self) -> String {
        "documents".into()
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn open<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn ItemReader>) })
    }
}

impl ItemReader for Source {
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>> {
        let world = self.world.lock().unwrap();
        let documents = world
            .documents
            .keys()
            .map(|id| Document::new(id, Format::Unknown));
        let all = vec![Collection::new("Work", documents.collect()).id("1")];
        Box::pin(async { Ok(all) })
    }

    fn collections_since<'a>(
        &'a mut self,
        earlier: &'a EarlierLists,
    ) -> BoxFuture<'a, Result<Vec<Collection>>> {
        if !self.tells {
            return self.collections();
        }
        let world = self.world.lock().unwrap();
        let before = earlier
            .get("1")
            .map(|list| (list.state.parse::<usize>().unwrap(), list));
        let before = before.filter(|(state, _)| *state >= world.forgotten);
        let is_whole = before.is_none();
        let mut versions = before.map_or_else(BTreeMap::new, |(_, list)| list.versions.clone());
        let since = before.map_or(0, |(state, _)| state);
        for id in &world.changes[since..] {
            match world.documents.get(id) {
                Some((version, _)) => drop(versions.insert(id.clone(), version.to_string())),
                None => drop(versions.remove(id)),
            }
        }
        let documents = versions
            .into_iter()
            .map(|(id, version)| Document::new(id, Format::Unknown).version(version));
        let state = Some(world.changes.len().to_string());
        let all = Collection::new("Work", documents.collect())
            .id("1")
            .state(state, is_whole);
        Box::pin(async { Ok(vec![all]) })
    }

    fn read<'a>(
        &'a mut self,
        _: &'a Collection,
        document: &'a Document,
    ) -> BoxFuture<'a, Result<ReadDocument>> {
        let mut world = self.world.lock().unwrap();
        world.read.push(document.id.clone());
        let text = world.documents[&document.id].1.clone();
        Box::pin(async move {
            match text.as_str() {
                "broken" => Err(Error::new(ErrorKind::Malformed, "it cannot be read")),
                text => Ok(ReadDocument::new(text.to_owned())),
            }
        })
    }
}

struct Side {
    source: Source,
    target: Target,
    pass: Pass,
    scratch: tempfile::TempDir,
}

impl Side {
    fn new(tells: bool) -> Self {
        let mut pass = Pass::new(Entity::Calendars);
        pass.options = mem::take(&mut pass.options).deletions(true);
        Self {
            source: Source {
                world: Arc::default(),
                tells,
            },
            target: Target::default(),
            pass,
            scratch: tempfile::tempdir().unwrap(),
        }
    }

    /// Plans and runs a pass: what was said of it, what stands on the target, and which documents the run read.
    async fn run(&self) -> (String, Vec<String>) {
        let route = ItemRoute::<Lines>::calendars(self.source.clone(), self.target.clone());
        let context = PlanContext::new(&self.pass.job.account, &self.pass.options);
        let plan = route
            .plan(&context.after(self.pass.journal.clone()))
            .await
            .unwrap();
        self.source.world.lock().unwrap().read.clear();
        let totals = self.pass.run(&route, self.scratch.path()).await;
        let read = mem::take(&mut self.source.world.lock().unwrap().read);
        let held = self.target.0.lock().unwrap();
        let planned: Vec<_> = plan.containers.iter().map(amounts).collect();
        (format!("{planned:#?} {} {held:#?}", told(totals)), read)
    }
}

fn amounts(plan: &ContainerPlan) -> String {
    format!("{:?} {:?}", plan.amounts, plan.findings)
}

/// Everything but how often something was tried.
fn told(mut totals: Totals) -> String {
    totals.worklist.iter_mut().for_each(|work| work.attempts = 0);
    totals
        .worklist
        .sort_by(|a, b| (&a.item, &a.label).cmp(&(&b.item, &b.label)));
    let documents: Vec<_> = totals
        .documents
        .iter()
        .map(|one| (&one.document, one.items))
        .collect();
    let rows: Vec<_> = totals
        .containers
        .iter()
        .map(|row| (&row.counts, row.bytes, row.moved_now, &row.findings, &row.deleted))
        .collect();
    format!("{rows:#?} {documents:?} {:#?}", totals.worklist)
}

#[tokio::test]
async fn what_is_told_and_what_is_listed_come_to_the_same_end() {
    let mut seed: u64 = 0x2545_f491_4f6c_dd1d;
    let mut below = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % bound
    };
    let texts = [
        "ann\n",
        "ann\nbob\n",
        "ANN\n",
        "bob\n? what\n",
        "? who\n",
        "broken",
        "carl\n",
    ];
    let mut fewer = 0;
    for world in 0..60 {
        let (listed, told) = (Side::new(false), Side::new(true));
        let sides = [&listed, &told];
        for pass in 0..6 {
            for _ in 0..below(5) {
                let (id, text, what) = (below(6), below(7), below(10));
                let text = usize::try_from(text).unwrap();
                match what {
                    0..8 => {
                        let text = (what < 7).then(|| texts[text].to_owned());
                        for side in sides {
                            side.source.world.lock().unwrap().write(id, text.clone());
                        }
                    }
                    8 => {
                        for side in sides {
                            let name = ["ann", "bob", "carl"][text % 3];
                            side.target.0.lock().unwrap().remove(name);
                        }
                    }
                    _ => {
                        let mut world = told.source.world.lock().unwrap();
                        world.forgotten = world.changes.len();
                    }
                }
            }
            let (whole, all) = listed.run().await;
            let (followed, some) = told.run().await;
            assert_eq!(followed, whole, "world {world}, pass {pass}");
            assert!(some.iter().all(|id| all.contains(id)));
            fewer += all.len() - some.len();
        }
    }
    assert!(fewer > 300, "{fewer} documents were not read");
}

#[tokio::test]
async fn what_ended_and_stays_is_read_once() {
    let side = Side::new(true);
    let write = |id, text: &str| side.source.world.lock().unwrap().write(id, Some(text.to_owned()));
    for (id, text) in [(1, "ann\nbob\n"), (2, "? who\n"), (3, "broken"), (4, "carl\n")] {
        write(id, text);
    }
    assert_eq!(side.run().await.1, ["1", "2", "3", "4"]);
    assert_eq!(side.run().await.1, ["3"], "what failed is tried again");
    write(3, "dora\n");
    assert_eq!(side.run().await.1, ["3"]);
    assert_eq!(side.run().await.1, [""; 0]);
    for kept in std::fs::read_dir(side.scratch.path().join("worklist")).unwrap() {
        std::fs::remove_file(kept.unwrap().path()).unwrap();
    }
    assert_eq!(side.run().await.1, ["2"], "its original is not kept any more");
    let mut side = side;
    let policy = side.pass.options.policy.clone().accept(["LINES-DOUBTFUL"]);
    side.pass.options = side.pass.options.clone().policy(policy);
    assert_eq!(
        side.run().await.1,
        ["1", "2", "3", "4"],
        "what is accepted decides"
    );
    assert_eq!(side.run().await.1, [""; 0]);
}

//! Items, from any source to any target, with a parser that is no calendar's.

use crate::job::Pass;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tegu_store::items::{Item, ItemKind, ItemParser};
use tegu_transfer::{
    Account, BoxFuture, Digest, Entity, Finding, ItemRoute, PlanContext, Result, Route as _, State, digest,
    sources::{
        AddressLookup, Collection, Document, Format, ItemReader, ItemSource, ItemSourceCapabilities,
        ReadDocument,
    },
    targets::{ItemCapabilities, ItemTarget, ItemWriter, Prepared, Put, Removed, Replaced, Resource},
};

/// Each line of a document is an item; letter case means nothing.
#[derive(Debug, Default)]
pub(crate) struct Lines;

impl ItemParser for Lines {
    fn items(&self, _: ItemKind, _: &Document, read: ReadDocument, _: &AddressLookup) -> Vec<Item> {
        let ReadDocument::Document(octets, _) = read else {
            return Vec::new();
        };
        let lines = octets
            .split(|octet| *octet == b'\n')
            .filter(|line| !line.is_empty());
        let item = |line: &[u8]| {
            let name = String::from_utf8_lossy(line).into_owned();
            let mut item = Item::new(&name, &name, line);
            if name.starts_with('?') {
                item.findings
                    .push(Finding::lossy("LINES-DOUBTFUL", "nobody knows what it means"));
            }
            item
        };
        lines.map(item).collect()
    }

    fn compare(&self, _: ItemKind, sent: &[u8], returned: &[u8]) -> Result<(), String> {
        let same = sent.eq_ignore_ascii_case(returned);
        same.then_some(()).ok_or_else(|| "other words".to_owned())
    }
}

#[derive(Clone, Debug)]
struct Source(&'static str);

impl ItemSource for Source {
    fn describe(&self) -> String {
        "lines".into()
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
        let document = Document::new("all.txt", Format::Unknown);
        Box::pin(async { Ok(vec![Collection::new("Work", vec![document])]) })
    }

    fn read<'a>(&'a mut self, _: &'a Collection, _: &'a Document) -> BoxFuture<'a, Result<ReadDocument>> {
        Box::pin(async { Ok(ReadDocument::new(self.0)) })
    }
}

/// A target that gives everything back in capitals, and marks what it is told to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target(pub(crate) Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Target {
    fn is(&self, name: &str, was: Digest) -> bool {
        let held = self.0.lock().unwrap();
        held.get(name).is_some_and(|body| digest::of(body) == was)
    }

    fn set(&self, name: &str, body: &[u8]) {
        self.0
            .lock()
            .unwrap()
            .insert(name.to_owned(), body.to_ascii_uppercase());
    }
}

impl ItemTarget for Target {
    fn describe(&self) -> String {
        "capitals".into()
    }

    fn capabilities(&self) -> ItemCapabilities {
        ItemCapabilities::everything()
    }

    fn open<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemWriter>>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn ItemWriter>) })
    }
}

impl ItemWriter for Target {
    fn prepare<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Prepared>> {
        Box::pin(async move { Ok(Prepared::new(name, false)) })
    }

    fn reopen<'a>(&'a mut self, collection: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(collection == "Work") })
    }

    fn put<'a>(&'a mut self, _: &'a str, resources: &'a [Resource<'a>]) -> BoxFuture<'a, Result<Vec<Put>>> {
        let put = |resource: &Resource<'_>| {
            self.set(resource.name, resource.body);
            Put::Created(resource.name.to_owned())
        };
        let answers = resources.iter().map(put).collect();
        Box::pin(async { Ok(answers) })
    }

    fn replace<'a>(
        &'a mut self,
        _: &'a str,
        name: &'a str,
        was: Digest,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Replaced>> {
        let answer = if self.is(name, was) {
            Replaced::Stored
        } else {
            Replaced::Changed
        };
        if answer == Replaced::Stored {
            self.set(name, body);
        }
        Box::pin(async { Ok(answer) })
    }

    fn remove<'a>(&'a mut self, _: &'a str, name: &'a str, was: Digest) -> BoxFuture<'a, Result<Removed>> {
        let answer = if self.is(name, was) {
            Removed::Removed
        } else {
            Removed::Changed
        };
        if answer == Removed::Removed {
            self.0.lock().unwrap().remove(name);
        }
        Box::pin(async { Ok(answer) })
    }

    fn get<'a>(
        &'a mut self,
        _: &'a str,
        names: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>> {
        let held = self.0.lock().unwrap().clone();
        let found = names.iter().map(|name| held.get(*name).cloned()).collect();
        Box::pin(async { Ok(found) })
    }
}

#[tokio::test]
async fn items_move_by_what_their_parser_says() {
    let (scratch, target) = (tempfile::tempdir().unwrap(), Target::default());
    let route = ItemRoute::<Lines>::calendars(Source("meet bob\n? what\nmeet ann\n"), target.clone());
    let mut pass = Pass::new(Entity::Calendars);
    let planned = route
        .plan(&PlanContext::new(&pass.job.account, &pass.options))
        .await
        .unwrap();
    let amounts = planned.containers[0].amounts;
    assert_eq!((amounts.moves.items, amounts.manual.items), (2, 1));

    let totals = pass.run(&route, scratch.path()).await;
    let counts = &totals.containers[0].counts;
    assert_eq!((counts.source, counts.moved, counts.manual), (3, 2, 1));
    let held = |target: &Target| target.0.lock().unwrap().clone().into_iter().collect::<Vec<_>>();
    let (ann, bob) = (b"MEET ANN".to_vec(), b"MEET BOB".to_vec());
    assert_eq!(
        held(&target),
        [("meet ann".to_owned(), ann.clone()), ("meet bob".to_owned(), bob)]
    );
    let [left] = &totals.worklist[..] else {
        panic!("{totals:?}")
    };
    assert_eq!(
        (left.state, &*left.findings[0].code),
        (State::Manual, "LINES-DOUBTFUL")
    );
    let kept = scratch.path().join(left.original.as_deref().unwrap());
    assert_eq!(std::fs::read(kept).unwrap(), b"? what");
    assert_eq!(pass.prove(&route).await.proved, 2);

    // What the source holds no more goes, where that is asked for.
    pass.options = pass.options.deletions(true);
    let route = ItemRoute::<Lines>::calendars(Source("? what\nmeet ann\n"), target.clone());
    let totals = pass.run(&route, scratch.path()).await;
    assert_eq!(totals.containers[0].deleted.len(), 1);
    assert_eq!(held(&target), [("meet ann".to_owned(), ann)]);
}

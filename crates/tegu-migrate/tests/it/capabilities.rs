//! Sources and targets that can do less than others.

use crate::scene::{Scene, counts, problems, tree};
use std::fs;
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Entity, Migration, Report, Result,
    message::{Flags, InternalDate, Listed, Message, Spool},
    sources::{
        Collection, Document, Format, ItemReader, ItemSource, ItemSourceCapabilities, LdifDirectory,
        MailFiles, MailFolder, MailReader, MailSource, Read, ReadDocument, SourceCapabilities,
    },
    targets::{
        Access, Bundle, ItemCapabilities, ItemTarget, ItemWriter, MailTarget, MailWriter, TargetCapabilities,
    },
};

/// A source whose messages have other identities each time it is asked.
#[derive(Debug)]
struct Restless {
    messages: &'static [&'static str],
    first: u64,
}

impl MailSource for Restless {
    fn describe(&self) -> String {
        "restless".into()
    }

    fn capabilities(&self) -> SourceCapabilities {
        let mut capabilities = SourceCapabilities::everything();
        capabilities.stable_ids = false;
        capabilities
    }

    fn open<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        let reader: Box<dyn MailReader> = Box::new(Self { ..*self });
        Box::pin(async move { Ok(reader) })
    }
}

impl MailReader for Restless {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        Box::pin(async { Ok(vec![MailFolder::named(vec!["Letters".into()])]) })
    }

    fn list<'a>(&'a mut self, _: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        let listed = (0..self.messages.len() as u64)
            .map(|n| Listed::new((self.first + n).to_string(), 10, n))
            .collect();
        Box::pin(async move { Ok(listed) })
    }

    fn read<'a>(
        &'a mut self,
        _: &'a MailFolder,
        messages: &'a [Listed],
        _: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        let read = messages.iter().map(|message| {
            let date = Some(InternalDate::new(5, 0));
            let body = self.messages[message.locator as usize];
            Read::Message(
                Message::new(Flags::from_names(["\\Seen"]), date, body),
                Vec::new(),
            )
        });
        let read = read.collect();
        Box::pin(async move { Ok(read) })
    }
}

async fn run(scene: &Scene, source: impl MailSource + 'static, target: impl MailTarget + 'static) -> Report {
    let directory = LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
    let migration = Migration::builder("test", scene.path("job"), directory)
        .mail(source, target)
        .build();
    let cancel = CancellationToken::new();
    let report = migration.run(&cancel).await.unwrap();
    assert!(report.balances() && report.complete, "{:?}", problems(&report));
    let proof = migration.verify(&cancel).await.unwrap();
    assert!(proof.holds(), "{proof:#?}");
    report
}

#[tokio::test]
async fn without_identities_a_message_is_known_by_its_content() {
    let scene = Scene::new();
    scene.head("job");
    let bundle = || Bundle::new(scene.path("job"));
    let twice = &["Subject: a\n\nx\n", "Subject: b\n\nx\n", "Subject: a\n\nx\n"];
    let source = |messages, first| Restless { messages, first };
    let first = run(&scene, source(twice, 0), bundle()).await;
    assert_eq!(counts(&first, Entity::Mail).moved, 3);
    let before = tree(&scene.path("job/mail"));
    let again = run(&scene, source(twice, 100), bundle()).await;
    assert_eq!(counts(&again, Entity::Mail).moved, 3);
    assert_eq!(again.entity(Entity::Mail).unwrap().moved_now, 0);
    assert_eq!(tree(&scene.path("job/mail")), before);
    let more = &[
        "Subject: c\n\nx\n",
        "Subject: a\n\nx\n",
        "Subject: a\n\nx\n",
        "Subject: a\n\nx\n",
    ];
    let third = run(&scene, source(more, 200), bundle()).await;
    assert_eq!(third.entity(Entity::Mail).unwrap().moved_now, 2);
}

/// A bundle that can do less.
#[derive(Debug)]
struct Less(Bundle, fn(&mut TargetCapabilities));

impl MailTarget for Less {
    fn describe(&self) -> String {
        "less".into()
    }

    fn capabilities(&self) -> TargetCapabilities {
        let mut capabilities = MailTarget::capabilities(&self.0);
        self.1(&mut capabilities);
        capabilities
    }

    fn open<'a>(
        &'a self,
        account: &'a Account,
        access: Access,
    ) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        MailTarget::open(&self.0, account, access)
    }
}

#[tokio::test]
async fn nothing_moves_to_where_it_cannot_be_proved() {
    let scene = Scene::new();
    scene.head("job");
    scene.write(
        "mail/anna/a.mbox",
        "From a@b Mon Jan  1 00:00:00 2024\nStatus: RO\nSubject: a\n\nx\n\n",
    );
    for (can, code) in [
        (
            (|can: &mut TargetCapabilities| can.reads_back = false) as fn(&mut TargetCapabilities),
            "MAIL-NO-PROOF",
        ),
        (|can| can.dates = false, "MAIL-DATE"),
        (|can| can.flags = false, "MAIL-FLAGS"),
    ] {
        let source = MailFiles::new("mail/{alias}", scene.path(""));
        let report = run(&scene, source, Less(Bundle::new(scene.path("job")), can)).await;
        assert_eq!(counts(&report, Entity::Mail).manual, 1, "{code}");
        let codes: Vec<_> = report.worklist[0]
            .findings
            .iter()
            .map(|finding| finding.code.as_ref())
            .collect();
        assert!(codes.contains(&code), "{codes:?}");
        assert!(report.worklist[0].original.is_some());
        fs::remove_dir_all(scene.path("job")).unwrap();
    }
}

/// Calendars of one collection, which tells all it has or not.
#[derive(Debug)]
struct Calendar(&'static str, bool);

impl ItemSource for Calendar {
    fn describe(&self) -> String {
        "calendar".into()
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        let mut capabilities = ItemSourceCapabilities::everything();
        capabilities.complete = self.1;
        capabilities
    }

    fn open<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        Box::pin(async { Ok(Box::new(Self(self.0, self.1)) as Box<dyn ItemReader>) })
    }
}

impl ItemReader for Calendar {
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>> {
        let documents = vec![Document::new("a.ics", Format::Calendar)];
        Box::pin(async { Ok(vec![Collection::new("Work", documents)]) })
    }

    fn read<'a>(&'a mut self, _: &'a Collection, _: &'a Document) -> BoxFuture<'a, Result<ReadDocument>> {
        let events = self.0.split_whitespace().map(|event| {
            let (uid, summary) = event.split_once('=').unwrap();
            format!("BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\n")
        });
        let events: String = events.collect();
        let calendar =
            format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n");
        Box::pin(async move { Ok(ReadDocument::new(calendar)) })
    }
}

/// A bundle that changes nothing once it is written.
#[derive(Debug)]
struct Fixed(Bundle);

impl ItemTarget for Fixed {
    fn describe(&self) -> String {
        "fixed".into()
    }

    fn capabilities(&self) -> ItemCapabilities {
        let mut capabilities = ItemCapabilities::everything();
        (capabilities.replaces, capabilities.removes) = (false, false);
        capabilities
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemWriter>>> {
        ItemTarget::open(&self.0, account)
    }
}

#[tokio::test]
async fn calendars_ask_what_both_sides_can() {
    let scene = Scene::new();
    scene.head("job");
    let run = async |source: Calendar, fixed: bool| {
        let directory = LdifDirectory::new(scene.path("directory.ldif"), ["example.test"], "tegu").unwrap();
        let builder = Migration::builder("test", scene.path(if fixed { "fixed" } else { "job" }), directory);
        let bundle = Bundle::calendars(scene.path(if fixed { "fixed" } else { "job" }));
        let builder = if fixed {
            builder.calendars(source, Fixed(bundle))
        } else {
            builder.calendars(source, bundle)
        };
        let report = builder
            .deletions(true)
            .build()
            .run(&CancellationToken::new())
            .await
            .unwrap();
        assert!(report.balances() && report.complete, "{:?}", problems(&report));
        let gone: Vec<_> = report
            .containers()
            .flat_map(|row| &row.deleted)
            .map(|gone| gone.finding.code.to_string())
            .collect();
        let counts = counts(&report, Entity::Calendars);
        (counts.moved, counts.manual, gone)
    };
    assert_eq!(run(Calendar("a=1 b=1", true), true).await, (2, 0, vec![]));
    let (moved, manual, gone) = run(Calendar("a=2", true), true).await;
    assert_eq!(
        (moved, manual, gone),
        (0, 1, vec!["DAV-SOURCE-GONE".to_owned()]),
        "it replaces and removes nothing"
    );
    assert_eq!(run(Calendar("a=1 b=1", false), false).await, (2, 0, vec![]));
    assert_eq!(
        run(Calendar("a=2", false), false).await,
        (1, 0, vec![]),
        "who gives only changes deletes nothing"
    );
    assert_eq!(
        run(Calendar("a=2", true), false).await,
        (1, 0, vec!["DAV-SOURCE-DELETED".to_owned()])
    );
    assert_eq!(tree(&scene.path("job/calendars")).len(), 1);
}

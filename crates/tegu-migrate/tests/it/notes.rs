//! Tasks, notes and journal entries of Exchange: rows of their own, in plan and run.

use crate::{
    calendars::{connect, standing, value},
    ews::sha256,
    imap, oracle,
    scene::{Scene, counts, problems},
};
use std::collections::BTreeMap;
use tegu_migrate::{
    CancellationToken, Config, Entity, Event, Report, State,
    dav::client::Kind,
    plan::{Plan, PlanOptions},
};
use tegu_testkit::{
    Dovecot, Radicale,
    exchange_ews::{End, Event as Appointment, ExchangeEws, Mail, Mailbox, Pattern, journal, note, task},
};

const ANNA: &str = "anna@example.test";

fn exchange() -> ExchangeEws {
    let event = Appointment::new("e", "2024-05-01T06:00:00Z", "2024-05-01T07:00:00Z");
    let mail = Mail::new("a", "2024-05-01T06:00:00Z").octets("Subject: a\r\n\r\nbody\r\n");
    let call = journal(
        "Звонок",
        "Phone call",
        "2024-02-01T09:00:00Z",
        "2024-02-01T09:15:00Z",
    );
    let mailbox = Mailbox::russian(ANNA, "Анна")
        .item("inbox", mail.item())
        .item("calendar", event.repeats(Pattern::Daily(1), End::After(2)).item())
        .item("tasks", task("Сдать отчёт", "InProgress", 40))
        .item("tasks", task("Ждать", "WaitingOnOthers", 0))
        .item("notes", note("Пароль\r\nна обороте; календаря", 3))
        .item("notes", note("Вторая", 1))
        // No note, and in their folder.
        .item("notes", Mail::new("stray", "2024-05-01T06:00:00Z").item())
        .item("journal", call);
    ExchangeEws::builder().mailbox(mailbox).start()
}

/// An end of a route at the stand-in, by its service account.
pub(crate) fn end(exchange: &ExchangeEws, more: &str) -> String {
    let (url, user) = (exchange.url(), exchange.user());
    format!("{{ kind = 'ews', url = '{url}', user = '{user}', password = {{ file = 'exchange' }}{more} }}")
}

type Ends = BTreeMap<(Entity, String, String), State>;

/// Notes how an item ends. What an earlier pass moved is present to a plan, and moved to a run; events say the beginning of an identity.
fn note_end(ends: &mut Ends, (entity, container, id): (Entity, &str, &str), state: State) {
    let id = id.replace('\0', "/").chars().take(150).collect();
    let state = match state {
        State::Present => State::Moved,
        state => state,
    };
    assert_eq!(ends.insert((entity, container.to_owned(), id), state), None);
}

/// What a plan says of each item, and what the run that follows does with it.
async fn plan_and_run(scene: &Scene, config: &str) -> (Plan, Report) {
    let config = Config::from_toml(config, scene.root.path().to_owned()).unwrap();
    let migration = config.into_migration().unwrap();
    let cancel = CancellationToken::new();
    let options = PlanOptions::default().items(true);
    let plan = migration.plan(&options, &cancel).await.unwrap();
    let mut planned = Ends::new();
    for row in plan.accounts.iter().flat_map(|account| &account.containers) {
        for item in &row.items {
            note_end(&mut planned, (row.entity, &row.name, &item.id), item.state);
        }
    }
    let mut events = migration.events();
    let report = migration.run(&cancel).await.unwrap();
    drop(migration);
    let mut ends = Ends::new();
    while let Some(event) = events.next().await {
        if let Event::ItemFinished {
            entity,
            container,
            item,
            state,
            ..
        } = event
        {
            note_end(&mut ends, (entity, &container, &item), state);
        }
    }
    assert!(report.complete && report.balances(), "{:?}", problems(&report));
    assert_eq!(ends, planned, "{:#?}", report.worklist);
    (plan, report)
}

/// On the source, moved, for a person.
fn sums(report: &Report, entity: Entity) -> [u64; 3] {
    let counts = counts(report, entity);
    [counts.source, counts.moved, counts.manual]
}

fn codes(report: &Report, entity: Entity) -> Vec<&str> {
    let work = report.worklist.iter().filter(|work| work.entity == entity);
    let findings = work.flat_map(|work| &work.findings);
    let mut codes: Vec<&str> = findings.map(|finding| finding.code.as_ref()).collect();
    codes.sort_unstable();
    codes
}

#[tokio::test]
async fn tasks_and_notes_have_rows_of_their_own() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (exchange, radicale) = (exchange(), Radicale::builder().users(["anna"]).start());
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", Radicale::password());
    scene.write("exchange", exchange.password());
    let config = format!(
        "{head}[calendars]\nsource = {}\ntarget = {{ kind = 'caldav', url = '{}', user = '{{alias}}', password = {{ file = 'password' }} }}\n",
        end(&exchange, ""),
        radicale.url()
    );
    let (plan, report) = plan_and_run(&scene, &config).await;
    assert_eq!(plan.entity(Entity::Notes).unwrap().amounts.source.items, 4);
    assert_eq!(sums(&report, Entity::Calendars), [1, 1, 0]);
    assert_eq!(sums(&report, Entity::Tasks), [2, 1, 1]);
    assert_eq!(sums(&report, Entity::Notes), [4, 2, 2]);
    assert_eq!(codes(&report, Entity::Tasks), ["EWS-TASK-STATUS"]);
    assert_eq!(
        codes(&report, Entity::Notes),
        ["EWS-ITEM-ELSEWHERE", "EWS-JOURNAL"]
    );

    let client = connect(&radicale.url()).await;
    let found = async || {
        let found = standing(&client, Kind::Calendars).await;
        let texts = found.values().map(|one| {
            let text = std::str::from_utf8(&one.body).unwrap();
            let kind = ["VEVENT", "VTODO", "VJOURNAL"]
                .into_iter()
                .find(|kind| text.contains(&format!("BEGIN:{kind}\r\n")));
            (value(one, "SUMMARY:"), kind.unwrap(), text.replace("\r\n ", ""))
        });
        let mut texts: Vec<_> = texts.collect();
        texts.sort();
        texts
    };
    let names = |found: &[(String, &'static str, String)]| -> Vec<(String, &'static str)> {
        found
            .iter()
            .map(|(name, kind, _)| (name.clone(), *kind))
            .collect()
    };
    let first = found().await;
    let expected = [
        ("e", "VEVENT"),
        ("Вторая", "VJOURNAL"),
        ("Пароль", "VJOURNAL"),
        ("Сдать отчёт", "VTODO"),
    ]
    .map(|(name, kind)| (name.to_owned(), kind));
    assert_eq!(names(&first), expected);
    assert!(
        first[2]
            .2
            .contains("DESCRIPTION:Пароль\\nна обороте\\; календаря\r\n"),
        "{}",
        first[2].2
    );

    // A loss is accepted for tasks alone, or for all that moves with calendars.
    let accepting = format!(
        "{config}[[policy.relax]]\nentities = ['tasks']\naccept = ['EWS-TASK-STATUS', 'EWS-JOURNAL']\n"
    );
    let (_, report) = plan_and_run(&scene, &accepting).await;
    assert_eq!(sums(&report, Entity::Tasks), [2, 2, 0]);
    assert_eq!(sums(&report, Entity::Notes), [4, 2, 2]);
    let all = format!(
        "{config}[[policy.relax]]\nentities = ['calendars']\naccept = ['EWS-TASK-STATUS', 'EWS-JOURNAL']\n"
    );
    let (_, report) = plan_and_run(&scene, &all).await;
    assert_eq!(sums(&report, Entity::Notes), [4, 3, 1]);
    assert_eq!(sums(&report, Entity::Tasks), [2, 2, 0]);
    let last = names(&found().await);
    assert!(
        last.contains(&("Звонок".to_owned(), "VJOURNAL")) && last.len() == 6,
        "{last:?}"
    );
}

/// A bundle is another route, with the same rows.
#[tokio::test]
async fn tasks_and_notes_have_rows_in_a_bundle() {
    let exchange = exchange();
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("exchange", exchange.password());
    let source = end(&exchange, "");
    let config = format!("{head}[calendars]\nsource = {source}\ntarget = {{ kind = 'bundle' }}\n");
    let (_, report) = plan_and_run(&scene, &config).await;
    assert_eq!(sums(&report, Entity::Calendars), [1, 1, 0]);
    assert_eq!(sums(&report, Entity::Tasks), [2, 1, 1]);
    assert_eq!(sums(&report, Entity::Notes), [4, 2, 2]);
    let all = format!("{config}[[policy.relax]]\nentities = ['notes']\naccept = ['EWS-JOURNAL']\n");
    let (_, report) = plan_and_run(&scene, &all).await;
    assert_eq!(sums(&report, Entity::Notes), [4, 3, 1]);
    assert_eq!(sums(&report, Entity::Tasks), [2, 1, 1]);
}

/// Where the target holds no journals, the operator has notes moved as mail.
#[tokio::test]
async fn notes_move_as_mail_where_that_is_asked_for() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (exchange, dovecot) = (exchange(), Dovecot::start());
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", Dovecot::password());
    scene.write("exchange", exchange.password());
    let calendars = format!(
        "[calendars]\nsource = {}\ntarget = {{ kind = 'bundle' }}\n",
        end(&exchange, "")
    );
    let mail = imap::route(
        &head,
        &end(&exchange, ", notes_as_mail = true"),
        &imap::end(dovecot.port()),
    );
    let (_, report) = plan_and_run(&scene, &format!("{mail}{calendars}")).await;
    assert_eq!(sums(&report, Entity::Mail), [4, 4, 0], "{:#?}", report.worklist);
    assert_eq!(
        sums(&report, Entity::Notes),
        [1, 0, 1],
        "the journal stays with calendars"
    );
    assert_eq!(sums(&report, Entity::Calendars), [1, 1, 0]);
    let items = exchange.items(ANNA);
    let sent = items.iter().filter(|(_, item)| {
        let class = item.value("item:ItemClass").unwrap_or_default();
        ["IPM.Note", "IPM.StickyNote"].contains(&class.as_str())
    });
    let mut sent: Vec<String> = sent.map(|(_, item)| sha256(item.octets().unwrap())).collect();
    let found = oracle::mailbox(dovecot.port(), "anna").into_values().flatten();
    let mut found: Vec<String> = found.map(|(digest, ..)| digest).collect();
    sent.sort();
    found.sort();
    assert_eq!(found, sent);

    // It is said once.
    let twice = format!(
        "{head}[calendars]\nsource = {}\ntarget = {{ kind = 'bundle' }}\n",
        end(&exchange, ", notes_as_mail = true")
    );
    let config = Config::from_toml(&twice, scene.root.path().to_owned()).unwrap();
    let error = config.into_migration().map(drop).unwrap_err().to_string();
    assert!(error.starts_with("calendars.source.notes_as_mail: "), "{error}");
}

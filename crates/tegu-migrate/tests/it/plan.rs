//! What a plan says, and that a run does it.

use crate::{
    sample,
    scene::{Scene, counts, tree},
};
use std::{collections::BTreeMap, fs};
use tegu_migrate::{
    Account, CancellationToken, Config, Entity, Error, ErrorKind, State,
    journal::{ContainerKey, JobFilter, Journal, RECORDS, Records},
    plan::{Basis, Depth, Plan, PlanOptions, Rates},
};
use tegu_testkit::Dovecot;

const CONFIG: &str = "name = 'Ромашка'\nout = 'bundle'\n[directory]\nldif = 'organisation/directory.ldif'\n\
    domains = ['romashka.test', 'mail.romashka.test']\nprofile = 'openldap'\n\
    [mail]\nsource = { kind = 'files', path = 'organisation/mail/{alias}' }\ntarget = { kind = 'bundle' }\n\
    [calendars]\nsource = { kind = 'files', path = 'organisation/calendars/{alias}' }\ntarget = { kind = 'bundle' }\n\
    [contacts]\nsource = { kind = 'files', path = 'organisation/contacts/{alias}' }\ntarget = { kind = 'bundle' }\n";

async fn plan(scene: &Scene, config: &str) -> Result<Plan, Error> {
    let config = Config::from_toml(config, scene.root.path().to_owned())?;
    let rates = config.rates;
    let plan = config
        .into_migration()?
        .plan(&PlanOptions::default().rates(rates), &CancellationToken::new())
        .await?;
    assert!(plan.balances());
    Ok(plan)
}

async fn run(scene: &Scene, config: &str, plan: Plan) -> Result<tegu_migrate::Report, Error> {
    let migration = Config::from_toml(config, scene.root.path().to_owned())?.into_migration()?;
    migration.with_plan(plan)?.run(&CancellationToken::new()).await
}

#[tokio::test]
async fn a_run_does_what_the_plan_said() {
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    let before = tree(scene.root.path());
    let said = plan(&scene, CONFIG).await.unwrap();
    assert!(said.complete);
    assert_eq!(tree(scene.root.path()), before, "planning changes nothing");
    assert_eq!(said.accounts.len(), sample::PEOPLE.len());
    let dynamic = said
        .sections
        .iter()
        .find(|section| section.entity == Entity::SharedMailboxes);
    assert_eq!(dynamic.unwrap().facts[0].who, "info@romashka.test");

    let saved = Plan::from_json(&said.to_json().unwrap()).unwrap();
    let report = run(&scene, CONFIG, saved).await.unwrap();
    let check = report.plan.as_ref().unwrap();
    assert_eq!(check.deviations, []);
    for row in &report.entities {
        let planned = said.entity(row.entity).unwrap().amounts;
        assert_eq!(
            [
                planned.source,
                planned.moves,
                planned.present,
                planned.manual,
                planned.excluded
            ]
            .map(|amount| amount.items),
            [
                row.counts.source,
                row.counts.moved,
                row.counts.present,
                row.counts.manual,
                row.counts.excluded
            ],
            "{}",
            row.entity
        );
    }
    // Codes are the same as well: the calendars without a zone, the folder of no mail.
    for account in &report.accounts {
        let planned = &said.account(&account.account).unwrap().containers;
        for moved in &account.containers {
            let planned = planned
                .iter()
                .find(|row| (row.entity, &row.name) == (moved.entity, &moved.name))
                .unwrap();
            let codes = planned.findings.keys().collect::<Vec<_>>();
            assert_eq!(
                codes,
                moved.findings.keys().collect::<Vec<_>>(),
                "{} {}",
                account.account,
                moved.name
            );
        }
    }

    // A second plan knows what stands there.
    let again = plan(&scene, CONFIG).await.unwrap();
    assert_eq!(
        (again.cost.items, again.cost.bytes, again.cost.seconds),
        (0, 0, 0)
    );
    let moved: u64 = [Entity::Mail, Entity::Calendars, Entity::Contacts]
        .map(|entity| counts(&report, entity).moved)
        .iter()
        .sum();
    let present: u64 = again
        .accounts
        .iter()
        .flat_map(|account| &account.containers)
        .map(|row| row.amounts.present.items)
        .sum();
    assert_eq!(present, moved);
    assert!(!again.changes_since(&said).changes.is_empty());
    assert!(again.changes_since(&again).changes.is_empty());
}

/// How the journal says that each item ended, by kind of thing, account, container and identity.
async fn ends(journal: &dyn Journal) -> BTreeMap<(String, String, String, String), State> {
    let mut ends = BTreeMap::new();
    let mut after = None;
    loop {
        let page = journal.jobs(JobFilter::All, after.as_ref()).await.unwrap();
        let Some(last) = page.last() else { return ends };
        after = Some(last.job.key().clone());
        for status in &page {
            let key = status.job.key();
            let account: Account = status.job.payload().unwrap();
            for log in journal.logs(key).await.unwrap() {
                if log.kind != RECORDS {
                    continue;
                }
                let container = ContainerKey::of_log(key, &log);
                let records = Records::read(journal, &container).await.unwrap().records;
                for (id, record) in records {
                    let place = (
                        key.kind.to_string(),
                        account.mail.clone(),
                        container.display(),
                        id,
                    );
                    ends.insert(place, record.state);
                }
            }
        }
    }
}

fn planned(plan: &Plan) -> BTreeMap<(String, String, String, String), State> {
    let rows = plan
        .accounts
        .iter()
        .flat_map(|account| account.containers.iter().map(|row| (&account.account, row)));
    rows.flat_map(|(account, row)| {
        row.items.iter().map(move |item| {
            let place = (
                row.entity.name().to_owned(),
                account.clone(),
                row.name.clone(),
                item.id.clone(),
            );
            (place, item.state)
        })
    })
    .collect()
}

#[tokio::test]
async fn a_plan_says_what_becomes_of_every_item() {
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    // What the target of files cannot hold shows only when a message is read.
    scene.write(
        "organisation/mail/a.petrova/Inbox/x.eml",
        "Subject: no end\r\n\r\nno end",
    );
    let options = PlanOptions::default().depth(Depth::Content).items(true);
    let migration = Config::from_toml(CONFIG, scene.root.path().to_owned())
        .unwrap()
        .into_migration()
        .unwrap();
    let cancel = CancellationToken::new();
    let said = migration.plan(&options, &cancel).await.unwrap();
    let first = planned(&said);
    assert!(first.len() > 300, "{}", first.len());
    let report = migration.run(&cancel).await.unwrap();
    let journal = migration.journal().await.unwrap();
    assert_eq!(ends(journal.as_ref()).await, first);
    assert!(report.balances());

    // A second plan finds all that moved on the target, and changes nothing else.
    let again = planned(&migration.plan(&options, &cancel).await.unwrap());
    let present = first.into_iter().map(|(place, state)| match state {
        State::Moved => (place, State::Present),
        state => (place, state),
    });
    assert_eq!(again, present.collect());
}

#[tokio::test]
async fn a_run_says_why_it_does_otherwise() {
    let scene = Scene::new();
    let head = scene.head("job");
    let message = "From a Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n";
    scene.write("mail/anna/Inbox.mbox", message);
    scene.write("mail/anna/Old.mbox", message);
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let said = plan(&scene, &config).await.unwrap();

    // Since then mail came and went, a folder came, another went, one cannot be moved, and so did people.
    scene.write("mail/anna/Inbox.mbox", format!("{message}{message}"));
    fs::remove_file(scene.path("mail/anna/Old.mbox")).unwrap();
    scene.write("mail/anna/New.mbox", message);
    scene.write("mail/anna/Inbox/x.eml", "Subject: no end\r\n\r\nno end");
    let boris = fs::read_to_string(scene.path("directory.ldif"))
        .unwrap()
        .replace("Anna", "Boris")
        .replace("anna", "boris");
    let anna = fs::read_to_string(scene.path("directory.ldif")).unwrap();
    scene.write("directory.ldif", format!("{anna}\n{boris}"));
    scene.write("mail/boris/Inbox.mbox", message);
    let report = run(&scene, &config, said.clone()).await.unwrap();
    let deviations = report.plan.unwrap().deviations;
    let said_of = |code: &str| {
        let found = deviations.iter().filter(|deviation| deviation.code == code);
        found
            .map(|one| {
                (
                    one.account.as_str(),
                    one.container.as_str(),
                    one.planned,
                    one.happened,
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        said_of("PLAN-SOURCE-CHANGED"),
        [("anna@example.test", "Inbox", 1, 3)]
    );
    assert_eq!(said_of("PLAN-NOT-MOVED"), [("anna@example.test", "Inbox", 0, 1)]);
    assert!(
        deviations
            .iter()
            .any(|one| one.message.contains("MAIL-UNENDED-LAST-LINE (1)")),
        "{deviations:#?}"
    );
    assert_eq!(said_of("PLAN-FOLDER-GONE"), [("anna@example.test", "Old", 1, 0)]);
    assert_eq!(said_of("PLAN-FOLDER-NEW"), [("anna@example.test", "New", 0, 1)]);
    assert_eq!(said_of("PLAN-ACCOUNT-NEW"), [("boris@example.test", "", 0, 0)]);
    assert!(
        !scene.path("job/mail/boris@example.test").exists(),
        "who is not in the plan does not move"
    );

    // Two plans say the same of each other.
    let later = plan(&scene, &config).await.unwrap();
    let codes = later
        .changes_since(&said)
        .changes
        .into_iter()
        .map(|change| format!("{} {}", change.code, change.container));
    let mut codes = codes.collect::<Vec<_>>();
    codes.sort();
    assert_eq!(
        codes,
        [
            "PLAN-ACCOUNT-NEW ",
            "PLAN-CHANGED Inbox",
            "PLAN-CHANGED accounts",
            "PLAN-FOLDER-GONE Old",
            "PLAN-FOLDER-NEW Inbox",
            "PLAN-FOLDER-NEW New"
        ]
    );

    // A plan of something else is not run.
    for other in [
        config.replace("name = 'test'", "name = 'other'"),
        config.replace("mail/{alias}", "mail/{mail}"),
        format!("{config}[policy]\naccept = ['MAIL-UNENDED-LAST-LINE']\n"),
    ] {
        let error = run(&scene, &other, said.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
}

#[tokio::test]
async fn a_saved_plan_is_a_hostile_text() {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write(
        "mail/anna/Inbox.mbox",
        "From a Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n",
    );
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let said = plan(&scene, &config).await.unwrap();
    let json = String::from_utf8(said.to_json().unwrap()).unwrap();
    let deep = format!("{{\"version\":1,\"accounts\":{}", "[".repeat(100_000));
    for (hostile, why) in [
        (json.replace("\"version\":1", "\"version\":2"), "version 2"),
        (
            json.replace("\"move\":{\"n\":1,", "\"move\":{\"n\":9,"),
            "does not add up",
        ),
        (json.replace("\"n\":1", "\"n\":-1"), "cannot be read"),
        (
            json.replacen("\"n\":1", "\"n\":18446744073709551615", 99),
            "does not add up",
        ),
        (json.chars().take(5_000).collect(), "cannot be read"),
        (deep, "cannot be read"),
        (String::new(), "cannot be read"),
    ] {
        let error = Plan::from_json(hostile.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(why), "{why}: {error}");
    }
    // Names in a plan lead nowhere.
    let climbing = json
        .replace("anna@example.test", "../../../anna@example.test")
        .replace("Inbox", "../../Inbox");
    let report = run(&scene, &config, Plan::from_json(climbing.as_bytes()).unwrap())
        .await
        .unwrap();
    assert_eq!(report.accounts.len(), 0);
    let names = tree(scene.root.path())
        .into_keys()
        .filter(|name| !name.starts_with("job/"));
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["directory.ldif", "mail/anna/Inbox.mbox", "password"]
    );
}

#[tokio::test]
async fn what_it_will_take_by_stated_rates() {
    let scene = Scene::new();
    let head = scene.head("job");
    let message = format!(
        "From a Mon Jan  1 00:00:00 2024\nSubject: a\n\n{}\n\n",
        "x".repeat(1_000)
    );
    scene.write("mail/anna/Inbox.mbox", message.repeat(30));
    let config = |rates: &str| {
        format!(
            "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n{rates}"
        )
    };
    let stated = plan(
        &scene,
        &config("[rates]\nitems_per_second = 10\nbytes_per_second = '1 kB'\n"),
    )
    .await
    .unwrap();
    assert_eq!(
        (stated.cost.messages, stated.cost.basis, stated.cost.creates),
        (30, Basis::Stated, 1)
    );
    assert_eq!(stated.cost.bytes, 30 * 1_013);
    assert_eq!(stated.cost.seconds, 31, "octets take longer here: 30.39 seconds");
    let assumed = plan(&scene, &config("")).await.unwrap();
    assert_eq!((assumed.cost.basis, assumed.cost.seconds), (Basis::Assumed, 2));
    assert_eq!(Rates::default(), Rates::default());
}

#[tokio::test]
async fn between_servers_with_a_quota() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    let head = scene.head("job");
    let message = format!(
        "From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.test\nSubject: a\n\n{}\n\n",
        "x".repeat(100_000)
    );
    scene.write("mail/anna/INBOX.mbox", message.repeat(3));
    scene.write("mail/anna/Projects.mbox", message.repeat(2));
    let (exchange, target) = (Dovecot::start(), Dovecot::builder().quota(400_000).start());
    scene.write("password", Dovecot::password());
    let imap = |server: &Dovecot| {
        format!(
            "{{ kind = 'imap', url = 'imap://127.0.0.1:{}', security = 'insecure', user = '{{alias}}', password = {{ file = 'password' }} }}",
            server.port()
        )
    };
    let stock = format!(
        "{}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {}\n",
        head.replace("'job'", "'stock'"),
        imap(&exchange)
    );
    let stocked = scene.run(&stock).await.unwrap();
    assert_eq!(counts(&stocked, Entity::Mail).moved, 5);
    // Somebody has mail on the target already.
    scene.write(
        "mail2/anna/INBOX.mbox",
        "From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.test\nSubject: there\n\nbody\n\n",
    );
    let there = format!(
        "{}[mail]\nsource = {{ kind = 'files', path = 'mail2/{{alias}}' }}\ntarget = {}\n",
        head.replace("'job'", "'there'"),
        imap(&target)
    );
    scene.run(&there).await.unwrap();

    let config = format!(
        "{head}[mail]\nsource = {}\ntarget = {}\n",
        imap(&exchange),
        imap(&target)
    );
    let said = plan(&scene, &config).await.unwrap();
    assert!(said.complete, "{:?}", said.accounts);
    let anna = said.account("anna@example.test").unwrap();
    assert_eq!(
        anna.findings[0].code, "PLAN-OVER-QUOTA",
        "500,000 octets do not fit into 400,000"
    );
    let inbox = anna.containers.iter().find(|row| row.name == "INBOX").unwrap();
    assert_eq!(
        (inbox.amounts.moves.items, inbox.unknown_on_target, inbox.creates),
        (3, 1, false)
    );
    let projects = anna.containers.iter().find(|row| row.name == "Projects").unwrap();
    assert_eq!((projects.amounts.moves.items, projects.creates), (2, true));
    assert_eq!(projects.target.as_deref(), Some("Projects"));
    assert_eq!(said.cost.creates, 1);

    // With the large ones of one folder left out it fits, and the run does what the plan then says.
    let config = format!("{config}[[policy.exclude]]\nfolders = ['Projects']\nlarger_than = '90 kB'\n");
    let said = plan(&scene, &config).await.unwrap();
    assert!(said.accounts[0].findings.is_empty());
    let report = run(&scene, &config, said).await.unwrap();
    assert_eq!(report.plan.as_ref().unwrap().deviations, []);
    let mail = counts(&report, Entity::Mail);
    assert_eq!((mail.get(State::Moved), mail.get(State::Excluded)), (3, 2));
    assert_eq!(report.exceptions[0].items, 2);
    let later = plan(&scene, &config).await.unwrap();
    assert_eq!(
        later.cost.items, 0,
        "what the run moved stands there: {:#?}",
        later.accounts
    );
}

//! Rules, automatic replies and forwarding: from the stand-in for Exchange and from the shell's exports onto Dovecot with Pigeonhole.

use crate::scene::{Scene, counts};
use tegu_migrate::{
    CancellationToken, Config, Entity, Migration, Report, State,
    plan::{Plan, PlanOptions},
    route::{RulesOptions, RulesRoute, ScriptTarget},
    sources::LdifDirectory,
};
use tegu_net::{Credentials, Endpoint};
use tegu_sieve::{
    managesieve::{Client, ScriptName},
    store::{Exports, SettingsSource},
    translate::Server,
};
use tegu_testkit::{
    Dovecot,
    exchange_ews::{ExchangeEws, Folder, Mail, Mailbox, Operand, OutOfOffice, Rule, Settings},
};

const KINDS: [Entity; 3] = [Entity::InboxRules, Entity::OutOfOffice, Entity::Forwarding];
/// Anna forwards and keeps a copy; Boris and Vera forward to each other.
const DIRECTORY: &str = "dn: CN=Anna,DC=corp,DC=example\nobjectClass: user\ndisplayName: Анна\nmailNickname: anna\nmail: anna@corp.example\n\
    proxyAddresses: SMTP:anna@corp.example\nproxyAddresses: smtp:a@corp.example\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\
    altRecipient: CN=Gleb,DC=corp,DC=example\ndeliverAndRedirect: TRUE\n\n\
    dn: CN=Boris,DC=corp,DC=example\nobjectClass: user\ndisplayName: Борис\nmailNickname: boris\nmail: boris@corp.example\n\
    proxyAddresses: SMTP:boris@corp.example\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\nlegacyExchangeDN: /o=Corp/cn=boris\n\
    altRecipient: CN=Vera,DC=corp,DC=example\n\n\
    dn: CN=Vera,DC=corp,DC=example\nobjectClass: user\ndisplayName: Вера\nmailNickname: vera\nmail: vera@corp.example\n\
    proxyAddresses: SMTP:vera@corp.example\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\n\
    dn: CN=Gleb,DC=corp,DC=example\nobjectClass: user\ndisplayName: Глеб\nmailNickname: gleb\nmail: gleb@corp.example\n\
    proxyAddresses: SMTP:gleb@corp.example\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n";
const VERA_FORWARDS: &str = r#"[
    {"PrimarySmtpAddress":"anna@corp.example","Identity":"corp.example/Anna","EmailAddresses":["smtp:a@corp.example"]},
    {"PrimarySmtpAddress":"boris@corp.example","Identity":"corp.example/Boris","ForwardingAddress":"corp.example/Vera"},
    {"PrimarySmtpAddress":"vera@corp.example","Identity":"corp.example/Vera"},
    {"PrimarySmtpAddress":"gleb@corp.example","Identity":"corp.example/Gleb"}]"#;
const RULES: &str = r#"[
    {"MailboxOwnerId":"corp.example/Anna","Name":"Счета","Priority":2,"Enabled":true,"SubjectContainsWords":["счёт"],"MoveToFolder":"anna:\\Входящие\\Счета"},
    {"MailboxOwnerId":"corp.example/Anna","Name":"Borис","Priority":1,"Enabled":true,"From":["\"Борис\" [EX:/o=Corp/cn=boris]"],"MarkAsRead":true},
    {"MailboxOwnerId":"corp.example/Vera","Name":"Назад","Priority":1,"Enabled":true,"RedirectTo":["\"Борис\" [SMTP:boris@corp.example]"]}]"#;
const REPLIES: &str = r#"[{"MailboxOwnerId":"corp.example/Vera","AutoReplyState":"Enabled","InternalMessage":"<p>Я в отпуске</p>","ExternalMessage":"Away","ExternalAudience":"All"}]"#;

fn config(scene: &Scene, out: &str, rest: &str) -> String {
    scene.write("directory.ldif", DIRECTORY);
    scene.write("imap", format!("{}\n", Dovecot::password()));
    format!(
        "name = 'rules'\nout = '{out}'\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n\
         [letters]\nfrom = 'it@corp.example'\nname = 'IT'\nlanguage = 'en'\n{rest}"
    )
}

/// A job that takes exports to a ManageSieve server.
fn from_exports(scene: &Scene, out: &str, target: &str, more: &str) -> String {
    for (name, text) in [
        ("rules.json", RULES),
        ("replies.json", REPLIES),
        ("mailboxes.json", VERA_FORWARDS),
    ] {
        scene.write(name, text);
    }
    let rest = format!(
        "[rules]\n{more}source = {{ kind = 'exports', rules = 'rules.json', replies = 'replies.json', mailboxes = 'mailboxes.json' }}\n\
         target = {target}\n"
    );
    config(scene, out, &rest)
}

fn to(dovecot: &Dovecot) -> String {
    format!(
        "{{ kind = 'sieve', url = 'sieve://localhost:{}', ca = '{}', user = '{{alias}}', password = {{ file = 'imap' }} }}",
        dovecot.sieve_port(),
        dovecot.ca_pem().display()
    )
}

pub(crate) fn migration(scene: &Scene, config: &str) -> Migration {
    Config::from_toml(config, scene.root.path().to_owned())
        .unwrap()
        .into_migration()
        .unwrap()
}

/// Plans with every item, runs, and compares both item by item: kind, identity and state.
pub(crate) async fn as_planned(scene: &Scene, config: &str) -> (Plan, Report) {
    let cancel = CancellationToken::new();
    let options = PlanOptions::default().items(true);
    let plan = migration(scene, config).plan(&options, &cancel).await.unwrap();
    let report = migration(scene, config)
        .with_plan(plan.clone())
        .unwrap()
        .run(&cancel)
        .await
        .unwrap();
    let check = report.plan.as_ref().unwrap();
    assert!(check.deviations.is_empty(), "{:#?}", check.deviations);
    assert!(report.balances() && report.is_complete());
    (plan, report)
}

fn planned(plan: &Plan, who: &str) -> Vec<(Entity, String, State, Vec<String>)> {
    let rows = &plan.account(who).unwrap().containers;
    let rows = rows.iter().filter(|row| KINDS.contains(&row.entity));
    rows.flat_map(|row| {
        let items = row.items.iter();
        items.map(|item| (row.entity, item.id.clone(), item.state, item.codes.clone()))
    })
    .collect()
}

fn left(report: &Report, who: &str) -> Vec<(Entity, String, Vec<String>)> {
    let work = report.worklist.iter().filter(|work| work.account == who);
    let work = work.filter(|work| KINDS.contains(&work.entity));
    let mut left: Vec<_> = work
        .map(|work| {
            let codes = work.findings.iter().map(|finding| finding.code.to_string());
            (work.entity, work.item.clone(), codes.collect())
        })
        .collect();
    left.sort();
    left
}

async fn scripts(dovecot: &Dovecot, user: &str) -> Vec<(String, bool, String)> {
    let endpoint =
        Endpoint::dangerously_without_tls(&format!("sieve://127.0.0.1:{}", dovecot.sieve_port())).unwrap();
    let credentials = Credentials::password(user, Dovecot::password().to_owned());
    let mut client = Client::connect(&endpoint, &credentials).await.unwrap();
    let mut all = Vec::new();
    for one in client.list().await.unwrap() {
        let text = client.get(&ScriptName::new(&*one.name).unwrap()).await.unwrap();
        all.push((one.name, one.active, text));
    }
    all
}

#[tokio::test]
async fn exports_move_and_nothing_moves_twice() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (scene, dovecot) = (Scene::new(), Dovecot::builder().sieve().start());
    let job = from_exports(&scene, "out", &to(&dovecot), "");
    let (plan, report) = as_planned(&scene, &job).await;
    let info = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        planned(&plan, "anna@corp.example"),
        [
            (
                Entity::InboxRules,
                "Borис".to_owned(),
                State::Moved,
                info(&["SIEVE-NOT-ACTIVE"])
            ),
            (
                Entity::InboxRules,
                "Счета".to_owned(),
                State::Moved,
                info(&["SIEVE-NOT-ACTIVE"])
            ),
            (
                Entity::Forwarding,
                "to gleb@corp.example".to_owned(),
                State::Manual,
                info(&["SIEVE-FORWARD-SHEET"])
            ),
        ]
    );
    // Boris forwards to Vera by a setting, and Vera to Boris by a rule.
    assert_eq!(
        left(&report, "boris@corp.example"),
        [(
            Entity::Forwarding,
            "to vera@corp.example".to_owned(),
            info(&["SIEVE-FORWARD-CIRCLE", "SIEVE-FORWARD-SHEET"])
        )]
    );
    let circle = left(&report, "vera@corp.example");
    assert_eq!((circle.len(), &*circle[0].1), (2, "Назад"), "{circle:?}");
    assert_eq!(circle[0].2, info(&["SIEVE-FORWARD-CIRCLE"]));
    assert_eq!(circle[1].0, Entity::OutOfOffice, "the period is open: {circle:?}");

    let [rules, replies, forwards] = KINDS.map(|kind| counts(&report, kind));
    assert_eq!((rules.source, rules.moved, rules.manual), (3, 2, 1));
    assert_eq!((replies.source, replies.manual), (1, 1));
    assert_eq!((forwards.source, forwards.manual), (2, 2));
    assert!(report.balances() && report.is_complete());

    let anna = scripts(&dovecot, "anna").await;
    let [(name, active, text)] = &anna[..] else {
        panic!("{anna:?}");
    };
    assert_eq!((&**name, *active), ("tegu", false));
    assert!(text.contains("fileinto :create \"INBOX/Счета\";"), "{text}");
    assert!(text.contains("\"boris@corp.example\""), "{text}");
    assert_eq!(scripts(&dovecot, "boris").await, []);
    assert_eq!(scripts(&dovecot, "gleb").await, []);

    // The owner's letter and the sheets.
    let letters = std::fs::read_dir(scene.path("out/letters")).unwrap();
    let letters = letters.map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let texts: Vec<String> = letters
        .filter_map(|octets| {
            let message = mail_parser::MessageParser::new().parse(&octets)?;
            Some(message.body_text(0)?.into_owned())
        })
        .collect();
    let vera = texts
        .iter()
        .find(|text| text.contains("Назад: for every message: redirect to"));
    assert!(vera.is_some_and(|text| text.contains("circle")), "{texts:#?}");
    let sheet = std::fs::read_to_string(scene.path("out/rules/forwarding.virtual")).unwrap();
    assert_eq!(
        sheet,
        "anna@corp.example anna@corp.example, gleb@corp.example\na@corp.example anna@corp.example, gleb@corp.example\n"
    );
    let table = std::fs::read_to_string(scene.path("out/rules/forwarding.csv")).unwrap();
    assert!(table.contains("Назад"), "{table}");

    // A second pass changes nothing, and says what it will not do.
    let before = scripts(&dovecot, "anna").await;
    let (plan, again) = as_planned(&scene, &job).await;
    assert!(
        planned(&plan, "anna@corp.example")
            .iter()
            .all(|item| item.2 != State::Moved),
        "{plan:?}"
    );
    assert!(again.entities.iter().all(|row| row.moved_now == 0));
    assert_eq!(KINDS.map(|kind| counts(&again, kind)), [rules, replies, forwards]);
    assert_eq!(scripts(&dovecot, "anna").await, before);

    let cancel = CancellationToken::new();
    let proof = migration(&scene, &job).verify(&cancel).await.unwrap();
    assert!(proof.holds() && proof.expected == 2, "{proof:?}");

    // A rule that changes on Exchange changes on the target; one that goes, goes.
    let changed = RULES
        .replace("счёт", "накладная")
        .replace("\"Enabled\":true,\"From\"", "\"Enabled\":false,\"From\"");
    scene.write("rules.json", changed);
    let (_, third) = as_planned(&scene, &job).await;
    let rules = counts(&third, Entity::InboxRules);
    assert_eq!((rules.moved, rules.manual), (1, 2), "{:#?}", third.worklist);
    let anna = scripts(&dovecot, "anna").await;
    assert!(
        anna.len() == 1 && anna[0].2.contains("(Н|н)") && !anna[0].2.contains("addflag"),
        "{anna:?}"
    );
    let proof = migration(&scene, &job).verify(&cancel).await.unwrap();
    assert!(proof.holds() && proof.expected == 1, "{proof:?}");

    // What the owner edits stays so, and the proof says it.
    let endpoint =
        Endpoint::dangerously_without_tls(&format!("sieve://127.0.0.1:{}", dovecot.sieve_port())).unwrap();
    let credentials = Credentials::password("anna", Dovecot::password().to_owned());
    let mut client = Client::connect(&endpoint, &credentials).await.unwrap();
    let name = ScriptName::new("tegu").unwrap();
    client
        .put(&name, &format!("{}keep;\r\n", anna[0].2))
        .await
        .unwrap();
    let proof = migration(&scene, &job).verify(&cancel).await.unwrap();
    assert_eq!(proof.flaws.len(), 1, "{proof:?}");
    assert_eq!(proof.flaws[0].finding.code, "VERIFY-CHANGED");
    let (_, fourth) = as_planned(&scene, &job).await;
    let rows = fourth.containers().filter(|row| row.entity == Entity::InboxRules);
    assert_eq!(
        rows.map(|row| row.findings.get("SIEVE-TARGET-EDITED").copied().unwrap_or(0))
            .sum::<u64>(),
        1
    );
    assert!(client.get(&name).await.unwrap().ends_with("keep;\r\n"));
}

#[tokio::test]
async fn a_script_is_switched_on_only_if_asked_and_beside_no_other() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (scene, dovecot) = (Scene::new(), Dovecot::builder().sieve().start());
    let endpoint =
        Endpoint::dangerously_without_tls(&format!("sieve://127.0.0.1:{}", dovecot.sieve_port())).unwrap();
    let credentials = Credentials::password("vera", Dovecot::password().to_owned());
    let mut client = Client::connect(&endpoint, &credentials).await.unwrap();
    let own = ScriptName::new("own").unwrap();
    client.put(&own, "keep;\r\n").await.unwrap();
    client.set_active(&own).await.unwrap();
    let more = "activate = true\nforwarding = 'script'\n";
    let job = format!(
        "{}[policy]\naccept = ['SIEVE-REPLY-AGAIN']\n",
        from_exports(&scene, "out", &to(&dovecot), more)
    );
    let (_, report) = as_planned(&scene, &job).await;
    let active = async |user: &str| {
        let all = scripts(&dovecot, user).await;
        let active = all.iter().find(|one| one.1).map(|one| one.0.clone());
        (all.len(), active)
    };
    assert_eq!(active("anna").await, (1, Some("tegu".to_owned())));
    assert_eq!(active("vera").await, (2, Some("own".to_owned())));
    assert_eq!(
        counts(&report, Entity::OutOfOffice).moved,
        1,
        "{:#?}",
        report.worklist
    );
    // Anna's forwarding is in her script, Boris' circle in nobody's.
    let text = &scripts(&dovecot, "anna").await[0].2;
    assert!(text.contains("redirect :copy \"gleb@corp.example\";"), "{text}");
    assert_eq!(scripts(&dovecot, "boris").await, []);
    assert!(!scene.path("out/rules/forwarding.virtual").exists());
    let forwards = counts(&report, Entity::Forwarding);
    assert_eq!((forwards.moved, forwards.manual), (1, 1));
}

#[tokio::test]
async fn without_a_server_scripts_leave_as_files() {
    let scene = Scene::new();
    let target = "{ kind = 'files', extensions = 'fileinto mailbox imap4flags regex copy' }";
    let job = from_exports(&scene, "out", target, "");
    let (_, report) = as_planned(&scene, &job).await;
    let anna = report
        .worklist
        .iter()
        .filter(|work| work.account == "anna@corp.example");
    let anna: Vec<_> = anna.filter(|work| work.entity == Entity::InboxRules).collect();
    assert_eq!(anna.len(), 2, "{:#?}", report.worklist);
    let file = anna[0].original.as_ref().unwrap();
    let text = std::fs::read_to_string(scene.path("out").join(file)).unwrap();
    assert!(text.contains("fileinto :create \"INBOX/Счета\";"), "{text}");
    assert!(
        anna.iter()
            .all(|work| work.findings.iter().any(|finding| finding.code == "SIEVE-FILE"))
    );
    assert!(report.balances() && report.is_complete());
}

/// Mail and rules by one credential: the script names folders as the mail route called them.
#[tokio::test]
async fn exchange_moves_what_a_mailbox_does() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let mail = |name: &str| Mail::new(name, "2024-05-01T06:00:00Z").item();
    let texts = |text: &str| Operand::Texts(vec![text.to_owned()]);
    let settings = Settings::new()
        .rule(
            Rule::new("Счета")
                .condition("ContainsSubjectStrings", texts("счёт"))
                .action("MoveToFolder", Operand::Folder("Счета".into()))
                .action("StopProcessingRules", Operand::Flag(true)),
        )
        .rule(
            Rule::new("Борис")
                .condition(
                    "FromAddresses",
                    Operand::People(vec![("Борис".into(), "/o=Corp/cn=boris".into())]),
                )
                .action("MarkAsRead", Operand::Flag(true)),
        )
        .rule(
            Rule::new("Выключено")
                .disabled()
                .condition("ContainsSubjectStrings", texts("x"))
                .action("Delete", Operand::Flag(true)),
        )
        .rule(
            Rule::new("Непонятно")
                .unsupported()
                .action("MarkAsRead", Operand::Flag(true)),
        )
        .outlook_rules()
        .out_of_office(OutOfOffice {
            state: "Scheduled".into(),
            audience: "None".into(),
            duration: Some(("2026-07-01T00:00:00Z".into(), "2026-07-15T00:00:00Z".into())),
            internal: "<p>Я в отпуске</p>".into(),
            external: String::new(),
        });
    let anna = Mailbox::russian("anna@corp.example", "Анна")
        .folder(Folder::new("Счета").item(mail("старый счёт")))
        .item("inbox", mail("b"))
        .settings(settings);
    let others = [("boris", "Борис"), ("vera", "Вера"), ("gleb", "Глеб")];
    let template = Rule::new("Ответ по шаблону")
        .condition("ContainsSubjectStrings", texts("вопрос"))
        .action("ServerReplyWithMessage", Operand::Template("Меня нет".into()));
    let others = others.map(|(alias, name)| {
        let mailbox = Mailbox::russian(&format!("{alias}@corp.example"), name);
        if alias != "boris" {
            return mailbox;
        }
        let reply = Mail::new("Меня нет", "2024-05-01T06:00:00Z").text("Отвечу завтра.");
        mailbox
            .item("drafts", reply.item())
            .settings(Settings::new().rule(template.clone()))
    });
    let exchange = ExchangeEws::builder().mailbox(anna).mailboxes(others).start();
    let (scene, dovecot) = (Scene::new(), Dovecot::builder().sieve().start());
    scene.write("exchange", format!("{}\n", exchange.password()));
    let source = format!(
        "{{ kind = 'ews', url = '{}', user = '{}', security = 'insecure', password = {{ file = 'exchange' }} }}",
        exchange.url(),
        exchange.user()
    );
    let imap = format!(
        "{{ kind = 'imap', url = 'imap://127.0.0.1:{}', security = 'insecure', user = '{{alias}}', password = {{ file = 'imap' }} }}",
        dovecot.port()
    );
    let rest = format!(
        "[policy]\naccept = ['SIEVE-REPLY-ONCE']\n[mail]\nsource = {source}\ntarget = {imap}\n[rules]\nsource = {source}\ntarget = {}\n",
        to(&dovecot)
    );
    let job = config(&scene, "out", &rest);
    let (_, report) = as_planned(&scene, &job).await;
    let codes: Vec<String> = left(&report, "anna@corp.example")
        .into_iter()
        .map(|(_, item, codes)| format!("{item}: {}", codes.join(" ")))
        .collect();
    assert_eq!(
        codes,
        [
            "not told (1): EWS-RULES-OUTLOOK",
            "Выключено: SIEVE-DISABLED",
            "Непонятно: SIEVE-UNKNOWN",
            "to gleb@corp.example: SIEVE-FORWARD-SHEET",
        ]
    );
    let counted = KINDS.map(|kind| counts(&report, kind));
    assert_eq!(
        counted.map(|counts| (counts.source, counts.moved)),
        [(6, 3), (1, 1), (2, 0)],
        "{:?}",
        left(&report, "boris@corp.example")
    );
    let text = &scripts(&dovecot, "anna").await[0].2;
    // The folder is not below the Inbox, and that is where its mail went.
    assert!(text.contains("fileinto :create \"Счета\";"), "{text}");
    assert!(text.contains("vacation"), "{text}");
    assert!(text.contains("\"boris@corp.example\""), "{text}");
    let text = &scripts(&dovecot, "boris").await[0].2;
    assert!(
        text.contains("Меня нет") && text.contains("Отвечу завтра."),
        "{text}"
    );
    let (_, again) = as_planned(&scene, &job).await;
    assert!(
        again.entities.iter().all(|row| row.moved_now == 0),
        "{:#?}",
        again.entities
    );
    let proof = migration(&scene, &job)
        .verify(&CancellationToken::new())
        .await
        .unwrap();
    assert!(proof.holds(), "{proof:?}");
}

/// What an archive has no part in is not taken and forgotten.
#[test]
fn an_archive_has_no_rules() {
    let scene = Scene::new();
    let server =
        "kind = 'ews', url = 'https://exchange.test/EWS/', user = '{mail}', password = { file = 'imap' }";
    let job = config(
        &scene,
        "out",
        &format!(
            "[rules]\nsource = {{ {server}, archive = 'Архив' }}\ntarget = {{ kind = 'files', extensions = 'fileinto' }}\n"
        ),
    );
    let wrong = Config::from_toml(&job, scene.root.path().to_owned()).and_then(Config::into_migration);
    let told = wrong.unwrap_err().to_string();
    assert!(
        told.contains("rules.source.archive: an archive has no rules"),
        "{told}"
    );
}

/// A route that was added as any other knows the whole organisation, too: Boris and Vera forward to each other.
#[tokio::test]
async fn a_route_of_ones_own_making_knows_everybody() {
    let scene = Scene::new();
    let job = from_exports(
        &scene,
        "unused",
        "{ kind = 'files', extensions = 'fileinto copy imap4flags' }",
        "",
    );
    scene.write("job.toml", job);
    let exports = Exports::new()
        .rules(Some(scene.path("rules.json")))
        .mailboxes(Some(scene.path("mailboxes.json")));
    let options = RulesOptions::new(ScriptName::new("tegu").unwrap());
    let target = ScriptTarget::Files(Server::new("fileinto copy imap4flags"));
    let source: Box<dyn SettingsSource> = Box::new(exports);
    let directory = LdifDirectory::new(scene.path("directory.ldif"), ["corp.example"], "openldap").unwrap();
    let migration = Migration::builder("own", scene.path("out"), directory)
        .route(RulesRoute::new(source, target, options))
        .build();
    let report = migration.run(&CancellationToken::new()).await.unwrap();
    let circles = |who: &str| {
        let left = left(&report, who).into_iter();
        left.filter(|(_, _, codes)| codes.iter().any(|code| code.contains("CIRCLE")))
            .count()
    };
    assert_eq!(
        (circles("boris@corp.example"), circles("vera@corp.example")),
        (1, 1),
        "{:#?}",
        report.worklist
    );
    assert!(scene.path("out/rules/forwarding.csv").exists());
}

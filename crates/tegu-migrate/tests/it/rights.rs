//! Rights on folders: from the shell's exports, the stand-in for Exchange and another IMAP server onto Dovecot and Cyrus.

use crate::{
    rules::{as_planned, migration},
    scene::{Scene, counts},
};
use std::fmt::Write as _;
use tegu_imap::{
    MailboxName, Session,
    access::{Rights, RightsChange},
};
use tegu_migrate::{CancellationToken, Entity, Report, State, plan::Plan};
use tegu_net::{Credentials, Endpoint};
use tegu_testkit::{
    Cyrus, Dovecot, Postfix,
    exchange_ews::{ExchangeEws, Folder, Mail, Mailbox, Permission, Rights as Given},
};

const KINDS: [Entity; 4] = [
    Entity::SharedFolders,
    Entity::SharedCalendars,
    Entity::SharedAddressBooks,
    Entity::Delegates,
];
const ACCEPT: &str =
    "[policy]\naccept = ['RIGHTS-OWN-ITEMS', 'RIGHTS-FULL-ACCESS', 'RIGHTS-GROUP-MEMBERS']\n";

/// The head of a job: Anna, Boris, Vera, Gleb, and a team of Vera and Gleb.
pub(crate) fn head(scene: &Scene, out: &str) -> String {
    let mut ldif = String::new();
    for (alias, name) in [
        ("anna", "Анна"),
        ("boris", "Борис"),
        ("vera", "Вера"),
        ("gleb", "Глеб"),
    ] {
        write!(
            ldif,
            "dn: CN={alias},DC=corp,DC=example\nobjectClass: user\ndisplayName: {name}\nmailNickname: {alias}\nsAMAccountName: {alias}\n\
             mail: {alias}@corp.example\nproxyAddresses: SMTP:{alias}@corp.example\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\n"
        )
        .unwrap();
    }
    ldif.push_str(
        "dn: CN=team,DC=corp,DC=example\nobjectClass: group\ndisplayName: Team\nsAMAccountName: team\nmail: team@corp.example\n\
         proxyAddresses: SMTP:team@corp.example\nmember: CN=vera,DC=corp,DC=example\nmember: CN=gleb,DC=corp,DC=example\n",
    );
    scene.write("directory.ldif", ldif);
    scene.write("imap", format!("{}\n", Dovecot::password()));
    scene.write("cyrus", format!("{}\n", Cyrus::password()));
    format!(
        "name = 'rights'\nout = '{out}'\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n"
    )
}

pub(crate) fn imap(port: u16, password: &str) -> String {
    format!(
        "{{ kind = 'imap', url = 'imap://127.0.0.1:{port}', security = 'insecure', user = '{{alias}}', password = {{ file = '{password}' }} }}"
    )
}

/// The items of an account: identity, state, codes.
pub(crate) fn planned(plan: &Plan, who: &str) -> Vec<String> {
    let rows = &plan.account(who).unwrap().containers;
    let items = rows
        .iter()
        .filter(|row| KINDS.contains(&row.entity))
        .flat_map(|row| &row.items);
    let mut all: Vec<String> = items
        .map(|item| {
            format!("{} {:?} {}", item.id, item.state, item.codes.join(" "))
                .trim_end()
                .to_owned()
        })
        .collect();
    all.sort();
    all
}

async fn session(port: u16, user: &str, password: &str) -> Session {
    let endpoint = Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{port}")).unwrap();
    let credentials = Credentials::password(user, password.to_owned());
    Session::connect(&endpoint, &credentials).await.unwrap()
}

/// A folder's list without its owner's entry.
async fn list(session: &mut Session, folder: &str) -> Vec<String> {
    let entries = session.get_acl(&MailboxName::new(folder).unwrap()).await.unwrap();
    let others = entries
        .into_iter()
        .filter(|entry| !entry.identifier.starts_with("anna"));
    let mut all: Vec<String> = others
        .map(|entry| format!("{}={}", entry.identifier, entry.rights))
        .collect();
    all.sort();
    all
}

pub(crate) fn folder_row(path: &str, user: &str, rights: &str) -> String {
    format!(
        r#"{{"Mailbox":"anna@corp.example","FolderPath":"/{path}","FolderType":"User Created","User":"{user}","AccessRights":["{rights}"]}}"#
    )
}

#[tokio::test]
async fn exports_are_given_once_and_what_the_owner_changes_stays() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (scene, dovecot) = (Scene::new(), Dovecot::builder().acl().start());
    let mut anna = session(dovecot.port(), "anna", Dovecot::password()).await;
    for folder in ["Проекты", "Проекты/2024"] {
        anna.create(&MailboxName::new(folder).unwrap()).await.unwrap();
    }
    let there = MailboxName::new("INBOX").unwrap();
    anna.set_acl(&there, "gleb", RightsChange::Replace, Rights::of("l"))
        .await
        .unwrap();
    let rows = [
        folder_row("Проекты", "Борис", "Editor"),
        folder_row("Проекты", "CORP\\\\team", "Reviewer"),
        folder_row("Проекты", "Вера", "Author"),
        folder_row("Проекты", "Default", "Reviewer"),
        folder_row("Проекты", "Anonymous", "None"),
        folder_row("Входящие", "Глеб", "Reviewer"),
        folder_row("Нет", "Борис", "Reviewer"),
        folder_row("Проекты", "NT:S-1-5-21-7", "Reviewer"),
        folder_row("Проекты", "Кто-то", "Reviewer"),
        folder_row("Календарь", "Борис", "Reviewer").replace("User Created", "Calendar"),
    ];
    scene.write("folders.json", format!("[{}]", rows.join(",")));
    let mailboxes = r#"[{"Identity":"corp.example/Users/Анна","User":"CORP\\gleb","AccessRights":["FullAccess"],"IsInherited":false,"Deny":false},
        {"Identity":"Анна","Trustee":"CORP\\boris","AccessRights":["SendAs"],"AccessControlType":"Allow","IsInherited":false}]"#;
    scene.write("mailboxes.json", mailboxes);
    let job = format!(
        "{}{ACCEPT}[rights]\nsource = {{ kind = 'exports', files = ['folders.json', 'mailboxes.json'] }}\ntarget = {}\n",
        head(&scene, "out"),
        imap(dovecot.port(), "imap")
    );
    let (plan, report) = as_planned(&scene, &job).await;
    assert_eq!(
        planned(&plan, "anna@corp.example"),
        [
            "full access: CORP\\gleb Manual RIGHTS-FULL-ACCESS RIGHTS-TARGET-CHANGED",
            "send as: CORP\\boris Manual RIGHTS-SEND",
            "Входящие: Глеб Manual RIGHTS-TARGET-CHANGED",
            "Календарь: Борис Manual RIGHTS-COLLECTION",
            "Нет: Борис Manual RIGHTS-FOLDER-MISSING",
            "Проекты: CORP\\team Moved RIGHTS-GROUP-MEMBERS",
            "Проекты: NT:S-1-5-21-7 Excluded RIGHTS-GRANTEE-GONE",
            "Проекты: everybody Manual RIGHTS-EVERYBODY",
            "Проекты: Борис Moved",
            "Проекты: Вера Moved RIGHTS-OWN-ITEMS",
            "Проекты: Кто-то Manual RIGHTS-GRANTEE-UNKNOWN",
        ]
    );
    let folders = counts(&report, Entity::SharedFolders);
    assert_eq!(
        (folders.source, folders.moved, folders.manual, folders.excluded),
        (9, 3, 5, 1)
    );
    assert_eq!(counts(&report, Entity::SharedCalendars).manual, 1);
    assert_eq!(counts(&report, Entity::Delegates).manual, 1);
    // Vera has an entry of her own, so that the team's is not hers. Full access adds up with what the team gives.
    let mut anna = session(dovecot.port(), "anna", Dovecot::password()).await;
    assert_eq!(
        list(&mut anna, "Проекты").await,
        ["boris=lrswite", "gleb=lrswikxte", "vera=lrsi"]
    );
    assert_eq!(
        list(&mut anna, "Проекты/2024").await.last().unwrap(),
        "gleb=lrswikxte"
    );
    assert_eq!(
        list(&mut anna, "INBOX").await,
        ["gleb=l"],
        "what stood there stays"
    );

    let (plan, again) = as_planned(&scene, &job).await;
    assert!(
        planned(&plan, "anna@corp.example").contains(&"Проекты: Борис Present".to_owned()),
        "{plan:?}"
    );
    assert!(again.entities.iter().all(|row| row.moved_now == 0));
    let sums = |report: &Report| KINDS.map(|kind| report.entity(kind).map(|row| row.counts));
    assert_eq!(sums(&again), sums(&report));
    let cancel = CancellationToken::new();
    let proof = migration(&scene, &job).verify(&cancel).await.unwrap();
    assert!(proof.holds() && proof.expected == 4, "{proof:?}");

    // The owner's word counts, and the source's does where she said nothing.
    let projects = MailboxName::new("Проекты").unwrap();
    anna.delete_acl(&projects, "boris").await.unwrap();
    let proof = migration(&scene, &job).verify(&cancel).await.unwrap();
    assert_eq!(proof.flaws[0].finding.code, "VERIFY-MISSING", "{proof:?}");
    let changed = rows.join(",").replace(
        "\"Вера\",\"AccessRights\":[\"Author\"]",
        "\"Вера\",\"AccessRights\":[\"Reviewer\"]",
    );
    scene.write("folders.json", format!("[{changed}]"));
    let (plan, _) = as_planned(&scene, &job).await;
    let left = planned(&plan, "anna@corp.example");
    assert!(
        left.contains(&"Проекты: Борис Excluded RIGHTS-TARGET-EDITED".to_owned()),
        "{left:#?}"
    );
    let mut anna = session(dovecot.port(), "anna", Dovecot::password()).await;
    assert_eq!(list(&mut anna, "Проекты").await, ["gleb=lrswikxte", "vera=lrs"]);

    // What the source takes away goes if deletions are carried over.
    scene.write(
        "folders.json",
        format!("[{}]", folder_row("Проекты", "Борис", "Editor")),
    );
    as_planned(&scene, &job).await;
    let mut anna = session(dovecot.port(), "anna", Dovecot::password()).await;
    assert_eq!(list(&mut anna, "Проекты").await, ["gleb=lrswikxte", "vera=lrs"]);
    as_planned(
        &scene,
        &job.replacen("[directory]", "deletions = true\n[directory]", 1),
    )
    .await;
    let mut anna = session(dovecot.port(), "anna", Dovecot::password()).await;
    assert_eq!(list(&mut anna, "Проекты").await, ["gleb=lrswikxte"]);
}

/// Folders come with the mail, under the names that the route of mail gave them.
#[tokio::test]
async fn exchange_gives_rights_on_folders_that_come_with_the_mail() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let reader = Given {
        visible: true,
        read: "FullDetails",
        ..Given::default()
    };
    let editor = Given {
        create: true,
        edit: "All",
        delete: "All",
        ..reader
    };
    let mail = |name: &str| Mail::new(name, "2024-05-01T06:00:00Z").item();
    let projects = Folder::new("Проекты")
        .item(mail("a"))
        .permission(Permission::everybody("None", Given::default()))
        .permission(Permission::user("boris@corp.example", "Борис", "Editor", editor))
        .permission(Permission::user("vera@corp.example", "Вера", "Reviewer", reader))
        .unknown_permission("S-1-5-21-7");
    let anna = Mailbox::russian("anna@corp.example", "Анна")
        .folder(projects)
        .item("inbox", mail("b"))
        .change("inbox", |inbox| {
            inbox.permission(Permission::user(
                "boris@corp.example",
                "Борис",
                "Reviewer",
                reader,
            ))
        })
        .change("calendar", |calendar| {
            calendar.permission(Permission::user(
                "boris@corp.example",
                "Борис",
                "Reviewer",
                reader,
            ))
        });
    let others = [("boris", "Борис"), ("vera", "Вера"), ("gleb", "Глеб")];
    let others = others.map(|(alias, name)| Mailbox::russian(&format!("{alias}@corp.example"), name));
    let exchange = ExchangeEws::builder().mailbox(anna).mailboxes(others).start();
    let (scene, cyrus) = (Scene::new(), Cyrus::start());
    scene.write("exchange", format!("{}\n", exchange.password()));
    let source = format!(
        "{{ kind = 'ews', url = '{}', user = '{}', security = 'insecure', password = {{ file = 'exchange' }} }}",
        exchange.url(),
        exchange.user()
    );
    let target = imap(cyrus.port(), "cyrus");
    let job = |policy: &str| {
        format!(
            "{}{policy}[mail]\nsource = {source}\ntarget = {target}\n[rights]\nsource = {source}\ntarget = {target}\n",
            head(&scene, "out")
        )
    };
    // Vera moves later.
    let (plan, report) = as_planned(&scene, &job("[policy]\nexclude_accounts = ['vera@*']\n")).await;
    assert_eq!(
        planned(&plan, "anna@corp.example"),
        [
            "Входящие: boris@corp.example Moved",
            "Календарь: boris@corp.example Manual RIGHTS-COLLECTION",
            "Проекты: boris@corp.example Moved",
            "Проекты: vera@corp.example Excluded RIGHTS-LATER",
        ]
    );
    assert_eq!(counts(&report, Entity::SharedFolders).moved, 2);
    let mut owner = session(cyrus.port(), "anna", Cyrus::password()).await;
    assert_eq!(list(&mut owner, "INBOX").await, ["boris=lrs"]);
    assert_eq!(list(&mut owner, "Проекты").await, ["boris=lrswite"]);
    // And now she moves.
    let (_, report) = as_planned(&scene, &job("")).await;
    assert_eq!(counts(&report, Entity::SharedFolders).moved, 3);
    assert_eq!(list(&mut owner, "Проекты").await, ["boris=lrswite", "vera=lrs"]);
    let proof = migration(&scene, &job(""))
        .verify(&CancellationToken::new())
        .await
        .unwrap();
    assert!(proof.holds(), "{proof:?}");
}

/// Boris and the team may send as Anna, and Gleb moves later: neither he nor whoever may send as him stands in the sheet.
#[tokio::test]
async fn who_may_send_as_whom_is_written_for_those_who_are_there() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (scene, dovecot) = (Scene::new(), Dovecot::builder().acl().start());
    let row = |mailbox: &str, user: &str, kind: &str| {
        format!(
            r#"{{"Identity":"{mailbox}","Trustee":"{user}","AccessRights":["SendAs"],"AccessControlType":"{kind}","IsInherited":false}}"#
        )
    };
    let rows = [
        row("Анна", "CORP\\\\boris", "Allow"),
        row("anna@corp.example", "CORP\\\\team", "Allow"),
        row("Борис", "Глеб", "Allow"),
        row("Глеб", "boris", "Allow"),
        row("Вера", "team", "Allow"),
        row("Вера", "boris", "Allow"),
        row("Вера", "Борис", "Deny"),
        // The team's own address.
        row("Team", "CORP\\\\boris", "Allow"),
        row("team@corp.example", "team", "Allow"),
    ];
    let job = |policy: &str| {
        format!(
            "{}{policy}[rights]\nsource = {{ kind = 'exports', files = ['send.json'] }}\ntarget = {}\n",
            head(&scene, "out"),
            imap(dovecot.port(), "imap")
        )
    };
    let sheet = || {
        let sheet = std::fs::read_to_string(scene.path("out/sender-login-maps")).unwrap();
        let lines = sheet.lines().filter(|line| !line.starts_with('#'));
        lines.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    scene.write("send.json", format!("[{}]", rows.join(",")));
    let first = job("[policy]\nexclude_accounts = ['gleb@*']\n");
    let second = job("");
    let ldif = std::fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let alias = "proxyAddresses: SMTP:anna@corp.example\nproxyAddresses: smtp:a.s@corp.example\n";
    scene.write(
        "directory.ldif",
        ldif.replace("proxyAddresses: SMTP:anna@corp.example\n", alias)
            .replace(
                "proxyAddresses: SMTP:team@corp.example\n",
                "proxyAddresses: SMTP:team@corp.example\nproxyAddresses: smtp:t@corp.example\n",
            ),
    );
    let (plan, report) = as_planned(&scene, &first).await;
    assert_eq!(
        planned(&plan, "anna@corp.example"),
        [
            "send as: CORP\\boris Manual RIGHTS-SEND",
            "send as: CORP\\team Manual RIGHTS-SEND RIGHTS-GROUP-MEMBERS",
        ]
    );
    assert_eq!(
        planned(&plan, "boris@corp.example"),
        ["send as: Глеб Excluded RIGHTS-LATER"]
    );
    assert_eq!(
        planned(&plan, "vera@corp.example"),
        [
            "send as: boris Manual RIGHTS-DENIED",
            "send as: team Excluded RIGHTS-LATER",
        ]
    );
    assert_eq!(
        sheet(),
        [
            "a.s@corp.example anna,boris,vera",
            "anna@corp.example anna,boris,vera",
            "boris@corp.example boris",
            "t@corp.example boris,vera",
            "team@corp.example boris,vera",
            "vera@corp.example vera",
        ]
    );
    // Postfix lets these people send by the team's address, and nobody else.
    let map = scene.path("out/sender-login-maps");
    let postfix = Postfix::start(&format!(
        "smtpd_sender_login_maps = texthash:{}\nsmtpd_sender_restrictions = reject_sender_login_mismatch",
        map.display()
    ));
    for (login, may) in [("boris", true), ("vera", true), ("anna", false), ("gleb", false)] {
        for address in ["team@corp.example", "t@corp.example"] {
            let reply = postfix.may_send(login, address);
            assert_eq!(reply.is_ok(), may, "{login} by {address}: {reply:?}");
        }
    }
    let table = std::fs::read_to_string(scene.path("out/sender-logins.csv")).unwrap();
    assert_eq!(table.lines().count(), 13, "{table}");
    let work = report
        .worklist
        .iter()
        .filter(|work| work.entity == Entity::Delegates);
    let told: String = work
        .flat_map(|work| &work.findings)
        .map(|found| format!("{found:?}"))
        .collect();
    assert!(
        told.contains("sender-login-maps lets boris send by anna@corp.example"),
        "{told}"
    );
    // Gleb moves, and a grant was taken away.
    scene.write("send.json", format!("[{}]", rows[1..].join(",")));
    as_planned(&scene, &second).await;
    assert_eq!(
        sheet(),
        [
            "a.s@corp.example anna,gleb,vera",
            "anna@corp.example anna,gleb,vera",
            "boris@corp.example boris,gleb",
            "gleb@corp.example boris,gleb",
            "t@corp.example boris,gleb,vera",
            "team@corp.example boris,gleb,vera",
            "vera@corp.example gleb,vera",
        ]
    );
}

#[tokio::test]
async fn lists_move_between_imap_servers() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (scene, cyrus) = (Scene::new(), Cyrus::start());
    let dovecot = Dovecot::builder().acl().start();
    let mut old = session(cyrus.port(), "anna", Cyrus::password()).await;
    let folder = MailboxName::new("Проекты").unwrap();
    old.create(&folder).await.unwrap();
    for (who, rights) in [
        ("boris", "lrswite"),
        ("-boris", "w"),
        ("vera", "lrp"),
        ("nobody", "lr"),
    ] {
        old.set_acl(&folder, who, RightsChange::Replace, Rights::of(rights))
            .await
            .unwrap();
    }
    let (from, to) = (imap(cyrus.port(), "cyrus"), imap(dovecot.port(), "imap"));
    let job = format!(
        "{}[mail]\nsource = {from}\ntarget = {to}\n[rights]\nsource = {from}\ntarget = {to}\n",
        head(&scene, "out")
    );
    let (plan, report) = as_planned(&scene, &job).await;
    let all = planned(&plan, "anna@corp.example");
    assert!(all.contains(&"Проекты: boris Moved".to_owned()), "{all:#?}");
    assert!(all.contains(&"Проекты: vera Moved".to_owned()), "{all:#?}");
    assert!(
        all.contains(&"Проекты: nobody Manual RIGHTS-GRANTEE-UNKNOWN".to_owned()),
        "{all:#?}"
    );
    assert_eq!(counts(&report, Entity::SharedFolders).moved, 2);
    let mut new = session(dovecot.port(), "anna", Dovecot::password()).await;
    assert_eq!(list(&mut new, "Проекты").await, ["boris=lrsite", "vera=lrp"]);
    let (_, again) = as_planned(&scene, &job).await;
    assert!(again.entities.iter().all(|row| row.moved_now == 0));
    // A folder that stays behind is nobody's work.
    let less = format!(
        "{}[policy]\nexclude_folders = ['Проекты']\n[rights]\nsource = {from}\ntarget = {to}\n",
        head(&scene, "less")
    );
    let (plan, _) = as_planned(&scene, &less).await;
    let all = planned(&plan, "anna@corp.example");
    assert!(
        all.contains(&"Проекты: vera Excluded POLICY-FOLDER".to_owned()),
        "{all:#?}"
    );
}

#[tokio::test]
async fn a_server_without_lists_leaves_every_grant_to_a_person() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (scene, dovecot) = (Scene::new(), Dovecot::start());
    scene.write(
        "folders.json",
        format!("[{}]", folder_row("Входящие", "Борис", "Reviewer")),
    );
    let job = format!(
        "{}[rights]\nsource = {{ kind = 'exports', files = ['folders.json'] }}\ntarget = {}\n",
        head(&scene, "out"),
        imap(dovecot.port(), "imap")
    );
    let (plan, report) = as_planned(&scene, &job).await;
    assert_eq!(
        planned(&plan, "anna@corp.example"),
        ["Входящие: Борис Manual RIGHTS-NO-ACL"]
    );
    let work = report
        .worklist
        .iter()
        .find(|work| work.entity == Entity::SharedFolders)
        .unwrap();
    assert_eq!(
        (work.state, work.label.as_str()),
        (State::Manual, "Входящие: FolderVisible, ReadItems to Борис")
    );
}

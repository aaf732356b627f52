//! What the operator leaves out and accepts, for whom, and that the report names it.

use crate::scene::{Scene, counts};
use tegu_migrate::{
    Entity, Report,
    report::{ContainerReport, ExceptionKind},
};

fn mail(number: u32, year: u32, octets: usize) -> String {
    let body = "x".repeat(octets);
    format!(
        "From a@b Mon Jan  1 00:00:00 {year}\nFrom: a@b.test\nTo: c@d.test\nDate: Mon, 1 Jan {year} 00:00:00 +0000\nMessage-ID: <{number}@b.test>\n\
         Subject: {number}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{body}\n\n"
    )
}

fn two_people(scene: &Scene) -> String {
    let head = scene.head("job");
    let anna = std::fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let boris = anna.replace("Anna", "Boris").replace("anna", "boris");
    scene.write("directory.ldif", format!("{anna}\n{boris}"));
    for person in ["anna", "boris"] {
        scene.write(
            &format!("mail/{person}/Inbox.mbox"),
            mail(1, 2001, 10) + &mail(2, 2024, 10) + &mail(3, 2024, 5_000),
        );
        scene.write(&format!("mail/{person}/Archive/2010.mbox"), mail(4, 2010, 10));
        scene.write(
            &format!("contacts/{person}/Friends.vcf"),
            "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nN:A;B;;;\r\nFN:B A\r\nEND:VCARD\r\n",
        );
    }
    format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}', converted = true }}\ntarget = {{ kind = 'bundle' }}\n\
         [contacts]\nsource = {{ kind = 'files', path = 'contacts/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    )
}

fn of<'a>(report: &'a Report, account: &str, folder: &str) -> &'a ContainerReport {
    let account = report
        .accounts
        .iter()
        .find(|row| row.account.starts_with(account))
        .unwrap();
    account.containers.iter().find(|row| row.name == folder).unwrap()
}

#[tokio::test]
async fn by_account_folder_date_and_size() {
    let scene = Scene::new();
    let config = two_people(&scene)
        + "[policy]\nexclude_folders = ['Arch*/20??']\n\
           [[policy.relax]]\naccept = ['MAIL-CONVERTED']\naccounts = ['boris@*']\nreason = 'Boris agreed'\n\
           [[policy.exclude]]\naccounts = ['anna@*']\nbefore = '2005-01-01'\nreason = 'in the old archive'\n\
           [[policy.exclude]]\nlarger_than = '2 kB'\n\
           [[policy.exclude]]\nentities = ['contacts']\naccounts = ['boris@example.test']\n";
    let report = scene.run(&config).await.unwrap();
    let anna = of(&report, "anna", "Inbox");
    assert_eq!(
        (
            anna.counts.source,
            anna.counts.moved,
            anna.counts.excluded,
            anna.counts.manual
        ),
        (3, 0, 2, 1)
    );
    let boris = of(&report, "boris", "Inbox");
    assert_eq!(
        (boris.counts.moved, boris.counts.excluded, boris.counts.manual),
        (2, 1, 0)
    );
    assert_eq!(of(&report, "anna", "Archive/2010").counts.excluded, 1);
    assert_eq!(of(&report, "anna", "Friends").counts.moved, 1);
    assert_eq!(of(&report, "boris", "Friends").counts.excluded, 1);

    let said = report
        .exceptions
        .iter()
        .map(|one| (one.kind, one.code.as_str(), one.scope.as_str(), one.items));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            (ExceptionKind::Accept, "MAIL-CONVERTED", "boris@*", 2),
            (ExceptionKind::Exclude, "POLICY-FOLDER", "not Arch*/20??", 2),
            (ExceptionKind::Exclude, "POLICY-EXCLUDE-1", "", 1),
            (ExceptionKind::Exclude, "POLICY-EXCLUDE-2", "", 2),
            (ExceptionKind::Exclude, "POLICY-EXCLUDE-3", "", 1),
        ]
    );
    assert!(
        report.exceptions[2]
            .reason
            .contains("before 2005-01-01 (in the old archive)")
    );

    // Whoever is not selected is named.
    let report = scene
        .run(&config.replace("[policy]", "[policy]\naccounts = ['ANNA@*']"))
        .await
        .unwrap();
    assert_eq!(report.accounts.len(), 1);
    let left = report
        .exceptions
        .iter()
        .find(|one| one.code == "POLICY-ACCOUNT")
        .unwrap();
    assert_eq!((left.scope.as_str(), left.items), ("boris@example.test", 1));

    // What was left out moves once the rule is gone.
    let all = two_people(&scene) + "[policy]\naccept = ['MAIL-CONVERTED']\n";
    let mail = counts(&scene.run(&all).await.unwrap(), Entity::Mail);
    assert_eq!((mail.source, mail.moved, mail.excluded), (8, 8, 0));
}

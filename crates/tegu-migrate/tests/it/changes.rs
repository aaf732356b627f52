//! What changed in the directory between two passes is in the report.

use crate::scene::Scene;
use tegu_migrate::{CancellationToken, Config, Report};

fn person(name: &str, rest: &str) -> String {
    format!(
        "dn: CN={name},DC=example,DC=test\nobjectClass: user\ndisplayName: {name}\nmailNickname: {name}\n\
         mail: {name}@example.test\nproxyAddresses: SMTP:{name}@example.test\nmsExchRecipientTypeDetails: 1\n{rest}\n"
    )
}

/// What the report says about changes.
fn changes(report: &Report) -> Vec<String> {
    let facts = report.sections.iter().flat_map(|section| &section.facts);
    facts
        .map(|fact| format!("{} {} {}", fact.who, fact.relation.name(), fact.whom))
        .filter(|line| {
            ["is-new", "has-changed", "is-gone"]
                .iter()
                .any(|word| line.contains(word))
        })
        .map(|line| line.trim().to_owned())
        .collect()
}

#[tokio::test]
async fn what_changed_since_the_last_pass_is_told_once() {
    let scene = Scene::new();
    let config = scene.head("job");
    scene.write("directory.ldif", person("anna", "") + &person("boris", ""));
    // There is no pass to compare with.
    assert!(changes(&scene.run(&config).await.unwrap()).is_empty());
    assert!(changes(&scene.run(&config).await.unwrap()).is_empty());

    scene.write(
        "directory.ldif",
        person("anna", "proxyAddresses: smtp:a@example.test\ntitle: Dr\n") + &person("clara", ""),
    );
    let expected = [
        "anna@example.test has-changed aliases, card",
        "boris@example.test is-gone",
        "clara@example.test is-new",
    ];
    // A pass that is stopped does not use up what is to be told.
    let stopped = CancellationToken::new();
    stopped.cancel();
    let base = scene.root.path().to_owned();
    let migration = Config::from_toml(&config, base)
        .unwrap()
        .into_migration()
        .unwrap();
    migration.run(&stopped).await.unwrap_err();
    drop(migration);
    let report = scene.run(&config).await.unwrap();
    let mut told = changes(&report);
    told.sort();
    assert_eq!(told, expected);
    assert!(changes(&scene.run(&config).await.unwrap()).is_empty());
}

/// Accounts that are known without a directory are a source, too.
#[tokio::test]
async fn a_list_of_accounts_is_a_directory() {
    use tegu_migrate::{Account, sources::DirectorySource as _};
    let accounts = vec![
        Account::new("anna@example.test"),
        Account::new("boris@example.test"),
    ];
    let data = accounts.read().await.unwrap();
    assert_eq!((data.accounts, data.rows.len()), (accounts, 2));
}

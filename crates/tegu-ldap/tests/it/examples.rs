//! The examples do what they promise.

#[path = "../../examples/find_owner.rs"]
#[allow(dead_code, reason = "a program's main")]
mod find_owner;
#[path = "../../examples/plan_directory.rs"]
#[allow(dead_code, reason = "a program's main")]
mod plan_directory;

#[test]
fn a_directory_is_planned_and_its_addresses_are_known() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("export.ldf");
    let export = "dn: CN=Ann,DC=x\nobjectClass: user\nsAMAccountName: ann\ndisplayName: Ann\nmail: old@corp.example\n\
                  proxyAddresses: SMTP:ann@corp.example\n";
    std::fs::write(&file, export).unwrap();
    let (findings, ldif) = plan_directory::plan(&file, "corp.example").unwrap();
    assert!(
        findings.iter().any(|text| text.contains("LDAP-MAIL-DIFFERS")),
        "{findings:?}"
    );
    assert!(ldif.contains("add: mail\nmail: ann@corp.example\n"), "{ldif}");
    let directory = find_owner::read(&file).unwrap();
    assert_eq!(
        find_owner::owners(&directory, "ANN@corp.example"),
        ["user CN=Ann,DC=x"]
    );
    assert!(find_owner::owners(&directory, "nobody@corp.example").is_empty());
}

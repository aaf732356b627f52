//! Codes of findings have instructions for people.

use std::{fs, path::Path};
use tegu_migrate::report::{advice, known_codes};

/// Every code that the family's sources name has an instruction.
#[test]
fn every_code_has_its_instruction() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = vec![];
    let members = fs::read_dir(crates).unwrap();
    let members = members.map(|entry| entry.unwrap().path().join("src"));
    let mut folders: Vec<_> = members.filter(|folder| folder.is_dir()).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut seen = 0;
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let test = file.ends_with("tests.rs") || file.display().to_string().contains("testkit");
        let own = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for code in text.split('"').filter(|text| is_code(text)) {
            seen += 1;
            assert!(advice(code).is_some(), "{code} in {}", file.display());
            // What a policy may name.
            let listed = code.ends_with('-') || known_codes().any(|known| known == code);
            assert!(
                listed || test || !own.contains(&format!("\"{code}\"")),
                "{code} of {} is missing in tegu-report/src/codes.txt",
                file.display()
            );
        }
    }
    assert!(seen > 150, "{seen} codes were found");
}

fn is_code(text: &str) -> bool {
    const FAMILIES: [&str; 13] = [
        "MAIL-",
        "IMAP-",
        "MBOX-",
        "PST-",
        "DAV-",
        "EWS-",
        "LDAP-",
        "DIRECTORY-",
        "RUN-",
        "POLICY-",
        "COEX-",
        "RIGHTS-",
        "SIEVE-",
    ];
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    FAMILIES
        .iter()
        .any(|family| text.len() > family.len() && text.starts_with(family))
        && text.chars().all(plain)
}

//! The examples do what they promise.

#[path = "../../examples/translate_rules.rs"]
#[allow(dead_code, reason = "a program's main")]
mod translate_rules;

const RULES: &str = r#"[
    { "Mailbox": "anna@corp.example", "Name": "Invoices", "Priority": 1, "Enabled": true,
      "SubjectContainsWords": ["invoice"], "MoveToFolder": "anna:\\Inbox\\Invoices" },
    { "Mailbox": "anna@corp.example", "Name": "Told by a phone", "Priority": 2, "Enabled": true,
      "SendTextMessageNotificationTo": ["+44 20 7946 0000"] },
    { "Mailbox": "boris@corp.example", "Name": "Old", "Priority": 1, "Enabled": true,
      "SubjectContainsWords": ["spam"], "DeleteMessage": true }
]"#;

#[test]
fn rules_become_scripts_and_each_has_a_verdict() {
    let translated =
        translate_rules::translate(RULES.as_bytes(), "fileinto mailbox imap4flags regex").unwrap();
    let [(anna, first), (boris, second)] = &translated[..] else {
        panic!("{translated:?}")
    };
    assert_eq!(
        (anna.as_str(), boris.as_str()),
        ("anna@corp.example", "boris@corp.example")
    );
    let verdicts = translate_rules::verdicts(first);
    assert_eq!(verdicts[0], "Invoices: exact");
    assert!(
        verdicts[1].starts_with("Told by a phone: for a person SIEVE-"),
        "{verdicts:?}"
    );
    assert!(
        first.text().contains("fileinto :create \"INBOX/Invoices\""),
        "{}",
        first.text()
    );
    assert_eq!(translate_rules::verdicts(second).len(), 1);
}

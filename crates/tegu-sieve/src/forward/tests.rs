use super::*;
use proptest::prelude::*;

fn organisation(edges: &[(u8, u8)]) -> Organisation {
    let mut all: Vec<Mailbox> = (0..8)
        .map(|at| Mailbox::new(format!("u{at}@corp.example")).alias(format!("U{at}@alias.example")))
        .collect();
    for (from, to) in edges {
        // Every second edge goes by an alias and every third by a rule.
        let domain = if to % 2 == 0 { "corp" } else { "Alias" };
        let target = format!("u{to}@{domain}.example");
        all[usize::from(*from)].forwards.push(if to % 3 == 0 {
            Forward::rule("r", target)
        } else {
            Forward::setting(target)
        });
    }
    Organisation::new(all)
}

proptest! {
    /// An edge is in a circle exactly if its end leads back to its beginning.
    #[test]
    fn circles_are_all_found(edges in proptest::collection::vec((0..8_u8, 0..8_u8), 0..14)) {
        let mut reach = [[false; 8]; 8];
        for (from, to) in &edges {
            reach[usize::from(*from)][usize::from(*to)] = true;
        }
        for via in 0..8 {
            for from in 0..8 {
                for to in 0..8 {
                    reach[from][to] |= reach[from][via] && reach[via][to];
                }
            }
        }
        let judged = organisation(&edges).judge();
        for (at, judged) in judged.iter().enumerate() {
            let expected = edges.iter().filter(|(from, to)| usize::from(*from) == at && (from == to || reach[usize::from(*to)][at])).count();
            let found = judged.findings.iter().filter(|finding| finding.code == "SIEVE-FORWARD-CIRCLE").count();
            prop_assert_eq!(found, expected);
        }
    }
}

#[test]
fn a_long_chain_takes_no_stack() {
    let all = (0..100_000).map(|at| {
        Mailbox::new(format!("u{at}@x.example")).forward(Forward::setting(format!("u{}@x.example", at + 1)))
    });
    let judged = Organisation::new(all.collect()).judge();
    assert_eq!(judged[0].findings[0].code, "SIEVE-FORWARD-CHAIN");
    assert_eq!(judged[99_999].findings[0].code, "SIEVE-FORWARD-UNKNOWN");
}

#[test]
fn settings_of_an_export() {
    let export = r#"[
        {"PrimarySmtpAddress":"anna@corp.example","EmailAddresses":["smtp:a@corp.example"],"ForwardingAddress":"corp.example/Users/Boris",
         "ForwardingSmtpAddress":"smtp:x@y.example","DeliverToMailboxAndForward":true,"Identity":"corp.example/Users/Anna"},
        {"PrimarySmtpAddress":"boris@corp.example","Identity":"corp.example/Users/Boris"},
        {"PrimarySmtpAddress":"carl@corp.example","ForwardingAddress":"corp.example/Contacts/Who"}]"#;
    let read = crate::read::forwarding(
        export.as_bytes(),
        crate::read::Encoding::unicode(),
        &crate::read::Limits::default(),
    );
    let organisation = Organisation::from_export(&read.unwrap_or_default());
    let judged = organisation.judge();
    assert_eq!(
        organisation.virtual_alias(&judged),
        "anna@corp.example anna@corp.example, boris@corp.example\na@corp.example anna@corp.example, boris@corp.example\n"
    );
    assert_eq!(judged[2].findings[0].code, "SIEVE-FORWARD-UNKNOWN");
    let script = organisation
        .script(&judged, "Anna@corp.example")
        .map(|script| script.to_string());
    assert_eq!(
        script.as_deref(),
        Some("require [\"copy\"];\r\nredirect :copy \"boris@corp.example\";\r\n")
    );
    assert!(organisation.table(&judged).contains("corp.example/Contacts/Who"));
}

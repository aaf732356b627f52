use super::*;
use crate::Stage;
use proptest::prelude::*;

fn servers() -> Servers {
    Servers::new("exchange.test", "mail.test:2525", "tegu.example.test").unwrap()
}

fn mailbox(name: &str) -> Recipient {
    Recipient::mailbox(format!("{name}@example.test")).aliases([format!("{name}.alias@example.test")])
}

fn moved(names: &[&str]) -> Stages {
    let mut stages = Stages::default();
    let mails = names
        .iter()
        .map(|name| format!("{name}@example.test"))
        .collect::<Vec<_>>();
    for stage in [Stage::Copying, Stage::Following, Stage::CutOver] {
        stages.advance(&mails, stage).unwrap();
    }
    stages
}

fn codes(recipients: &[Recipient], stages: &Stages, forwardings: &[Forwarding]) -> Vec<String> {
    let sheets = Sheets::new(&servers(), recipients, stages);
    let proof = prove(&servers(), &sheets, recipients, stages, forwardings);
    let mut codes: Vec<String> = proof
        .findings
        .iter()
        .map(|finding| finding.code.to_string())
        .collect();
    codes.dedup();
    codes
}

fn forwards(who: &str, whom: &str) -> Forwarding {
    let [who, whom] = [who, whom].map(|name| format!("{name}@example.test"));
    Forwarding::new(who, whom)
}

#[test]
fn every_address_has_one_end() {
    let group = Recipient::group("all@example.test").aliases(["all.alias@example.test"]);
    let recipients = [mailbox("anna"), mailbox("o'brien"), group];
    let stages = moved(&["anna", "o'brien"]);
    let sheets = Sheets::new(&servers(), &recipients, &stages);
    let proof = prove(&servers(), &sheets, &recipients, &stages, &[]);
    assert!(proof.holds(), "{:?}", proof.findings);
    assert_eq!(proof.walks, 2 * (6 + 1));
    assert_eq!(proof.destinations["anna.alias@example.test"], Server::Tegu);
    assert_eq!(proof.destinations["o'brien@example.test"], Server::Tegu);
    assert_eq!(proof.destinations["all@example.test"], Server::Exchange);
}

#[test]
fn a_sheet_that_was_changed_is_found_out() {
    let recipients = [mailbox("anna"), mailbox("boris")];
    let stages = moved(&["anna"]);
    let sheets = Sheets::new(&servers(), &recipients, &stages);
    let check = |change: &dyn Fn(&mut Sheets)| {
        let mut changed = sheets.clone();
        change(&mut changed);
        assert_ne!(changed, sheets);
        let proof = prove(&servers(), &changed, &recipients, &stages, &[]);
        let codes = proof.findings.iter().map(|finding| finding.code.to_string());
        codes
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    // Exchange does not hand on: mail that comes in there stays there.
    assert_eq!(check(&|sheets| sheets.exchange.clear()), "COEX-WRONG-END");
    // The relay hands a moved mailbox back to Exchange, which hands it on again.
    let back = |sheets: &mut Sheets| {
        sheets.transport = sheets.transport.replace(
            "anna@example.test smtp:[mail.test]:2525",
            "anna@example.test smtp:[exchange.test]:25",
        );
    };
    assert_eq!(check(&back), "COEX-LOOP");
    // The relay keeps what has not moved.
    let keeps = |sheets: &mut Sheets| {
        sheets.transport = sheets.transport.replace(
            "boris@example.test smtp:[exchange.test]:25",
            "boris@example.test smtp:[mail.test]:2525",
        );
    };
    assert_eq!(check(&keeps), "COEX-WRONG-END");
    // Nobody rewrites TEGU's own domain.
    assert_eq!(check(&|sheets| sheets.virtual_alias.clear()), "COEX-LOST");
}

#[test]
fn forwardings_of_the_directory_count() {
    let recipients = [mailbox("anna"), mailbox("boris"), mailbox("vera")];
    assert!(codes(&recipients, &Stages::default(), &[forwards("anna", "boris")]).is_empty());
    // Anna has moved, but what comes in at Exchange goes to Boris, who has not.
    assert_eq!(
        codes(&recipients, &moved(&["anna"]), &[forwards("anna", "boris")]),
        ["COEX-FORWARDING-WINS"]
    );
    let circle = [
        forwards("anna", "boris"),
        forwards("boris", "vera"),
        forwards("vera", "anna"),
    ];
    assert_eq!(
        codes(&recipients, &Stages::default(), &circle),
        ["COEX-FORWARD-LOOP", "COEX-LOOP"]
    );
}

#[test]
fn one_address_of_two_recipients_has_no_one_end() {
    let recipients = [mailbox("anna"), mailbox("boris").aliases(["ANNA@example.test"])];
    assert!(codes(&recipients, &Stages::default(), &[]).contains(&"COEX-ADDRESS-TWICE".to_owned()));
    let taken = [Recipient::mailbox("a@tegu.example.test")];
    assert!(codes(&taken, &Stages::default(), &[]).contains(&"COEX-DOMAIN-TAKEN".to_owned()));
    let hostile = [Recipient::mailbox("a'; Remove-Mailbox b@example.test")];
    assert_eq!(codes(&hostile, &Stages::default(), &[]), ["COEX-ADDRESS-UNSAFE"]);
}

proptest! {
    /// Whoever has moved, and whatever the addresses are made of: plain addresses always have one end.
    #[test]
    fn any_state_of_a_migration_is_proved(
        people in proptest::collection::btree_map("[a-z'+=]{1,8}", any::<bool>(), 0..20),
    ) {
        let recipients: Vec<Recipient> = people.keys().map(|name| mailbox(name)).collect();
        let names: Vec<&str> = people.iter().filter(|(_, moved)| **moved).map(|(name, _)| name.as_str()).collect();
        let stages = moved(&names);
        let sheets = Sheets::new(&servers(), &recipients, &stages);
        let proof = prove(&servers(), &sheets, &recipients, &stages, &[]);
        prop_assert!(proof.holds(), "{:?}", proof.findings);
        prop_assert_eq!(proof.destinations.len(), 2 * people.len());
        for (name, moved) in people {
            let server = if moved { Server::Tegu } else { Server::Exchange };
            prop_assert_eq!(proof.destinations[&format!("{name}@example.test")], server);
        }
    }
}

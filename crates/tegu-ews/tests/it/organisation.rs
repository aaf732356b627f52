//! An organisation of the stand-in by one service account.

use crate::mailbox::{connect, mime};
use std::collections::{BTreeMap, BTreeSet};
use tegu_ews::{Folder, Mailbox, response::Change};
use tegu_testkit::exchange_ews::{ExchangeEws, Mail, Version, judge, organisation, reference};

const MAILBOXES: usize = 50;

/// Reads a mailbox to its end, compares every item with what was described, and returns the folders with their states.
async fn read(exchange: &ExchangeEws, mailbox: &Mailbox) -> Vec<(Folder, String)> {
    let described = exchange.items(mailbox.address());
    let mut described: BTreeMap<_, _> = described.into_iter().collect();
    let mut states = Vec::new();
    for place in mailbox.inventory().await.unwrap().folders {
        let mut items = mailbox.items(&place);
        while let Some(batch) = items.next().await.unwrap() {
            for read in batch {
                let item = read.item.unwrap();
                let found = described.remove(&item.id.id);
                let found = found.unwrap_or_else(|| panic!("{} was read twice or is nobody's", item.subject));
                assert_eq!(Some(&item.subject), found.value("item:Subject").as_ref());
                if found.value("item:ItemClass").as_deref() == Some("IPM.Note") {
                    assert_eq!(Some(&*mime(&item)), found.octets());
                } else {
                    mailbox.convert(item).await.unwrap();
                }
            }
        }
        let state = items.listing().state().unwrap().to_owned();
        states.push((place.folder, state));
    }
    assert!(
        described.is_empty(),
        "{:?} of {}",
        described.keys(),
        mailbox.address()
    );
    states
}

/// What changed since the states, in words.
async fn changes(mailbox: &Mailbox, states: &[(Folder, String)]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (folder, state) in states {
        let mut listing = mailbox.changes(folder, state.clone());
        while let Some(changes) = listing.next().await.unwrap() {
            for change in changes {
                let word = match change {
                    Change::Create(item) => format!("new {}", item.id.id),
                    Change::Update(item) => format!("changed {}", item.id.id),
                    Change::Delete(id) => format!("gone {}", id.id),
                    Change::ReadFlag(id, read) => format!("read {read} {}", id.id),
                    other => panic!("{other:?}"),
                };
                assert!(all.insert(word));
            }
        }
    }
    all
}

#[tokio::test]
async fn fifty_mailboxes_are_read_by_one_account_and_a_second_pass_has_the_changes_alone() {
    let exchange = ExchangeEws::builder()
        .mailboxes(organisation(7, MAILBOXES))
        .start();
    let ews = connect(&exchange).await;
    let mut states = Vec::new();
    for address in exchange.mailboxes() {
        let mailbox = ews.impersonate(&address);
        states.push((mailbox.clone(), read(&exchange, &mailbox).await));
    }
    assert_eq!(states.len(), MAILBOXES);
    assert_eq!((exchange.unanchored(), exchange.refused_logins()), (0, 0));

    // Nothing new: one request for each folder.
    let before = exchange.requests();
    let mut folders = 0;
    for (mailbox, states) in &states {
        assert!(changes(mailbox, states).await.is_empty());
        folders += states.len() as u64;
    }
    assert_eq!(exchange.requests() - before, folders);

    for (number, (mailbox, states)) in states.iter().enumerate() {
        let address = mailbox.address();
        let mut expected = BTreeSet::new();
        if number.is_multiple_of(2) {
            let ids = exchange.ids(address, "inbox");
            let mail = || Mail::new("Позже", "2024-07-01T06:00:00Z").text("Новое.").item();
            expected.insert(format!("new {}", exchange.deliver(address, "inbox", mail())));
            exchange.replace(&ids[0], mail());
            exchange.mark_read(&ids[1], false);
            exchange.remove(&ids[2]);
            let moved = exchange.move_item(&ids[3], address, "deleteditems");
            expected.extend([
                format!("changed {}", ids[0]),
                format!("read false {}", ids[1]),
                format!("gone {}", ids[2]),
                format!("gone {}", ids[3]),
                format!("new {moved}"),
            ]);
        }
        assert_eq!(changes(mailbox, states).await, expected, "{address}");
    }
}

#[tokio::test]
async fn our_requests_are_valid_by_microsofts_schema() {
    let Some(folder) = reference() else { return };
    // 2007 without a service pack is too old for the client.
    for version in Version::ALL.into_iter().skip(1) {
        let exchange = ExchangeEws::builder()
            .mailboxes(organisation(3, 4))
            .version(version)
            .record()
            .start();
        let ews = connect(&exchange).await;
        for address in exchange.mailboxes() {
            let mailbox = ews.impersonate(&address);
            let states = read(&exchange, &mailbox).await;
            changes(&mailbox, &states).await;
            mailbox.archive().await.unwrap();
            mailbox.recoverable().await.unwrap();
        }
        let (faults, count) = judge(&exchange.exchanges(), &folder);
        assert_eq!(faults, Vec::<String>::new(), "{}", version.name());
        assert!(count > 100, "{count}");
    }
}

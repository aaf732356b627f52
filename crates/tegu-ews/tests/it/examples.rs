//! The examples do what they promise.

use crate::mailbox::connect;
use std::collections::BTreeMap;
use tegu_testkit::exchange_ews::{ExchangeEws, organisation};

#[path = "../../examples/list_mailbox.rs"]
#[allow(dead_code, reason = "a program's main")]
mod list_mailbox;

#[tokio::test]
async fn a_mailbox_is_listed() {
    let exchange = ExchangeEws::builder().mailboxes(organisation(7, 1)).start();
    let ews = connect(&exchange).await;
    let [address] = &exchange.mailboxes()[..] else {
        panic!("one mailbox")
    };
    let rows = list_mailbox::list(&ews.impersonate(address.as_str()))
        .await
        .unwrap();
    let mut kinds = BTreeMap::<&str, u64>::new();
    for row in &rows {
        assert_eq!(row.problems, Vec::<String>::new(), "{}", row.path);
        for (kind, items) in &row.items {
            *kinds.entry(kind).or_default() += items;
        }
    }
    let described = exchange.items(address);
    assert_eq!(kinds.values().sum::<u64>(), described.len() as u64);
    let mail = described
        .iter()
        .filter(|(_, item)| item.value("item:ItemClass").as_deref() == Some("IPM.Note"));
    assert_eq!(kinds.get("mail").copied(), Some(mail.count() as u64), "{kinds:?}");
}

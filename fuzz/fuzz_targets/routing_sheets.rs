//! Whatever addresses a directory holds, each line of a routing sheet is one that was meant.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_routing::{Recipient, Servers, Sheets, Stage, Stages, prove};

fuzz_target!(|octets: &[u8]| {
    let text = String::from_utf8_lossy(octets);
    let mut recipients = Vec::new();
    let mut mails = Vec::new();
    for (number, addresses) in text.split('\u{1}').take(20).enumerate() {
        let mut addresses = addresses.split('\u{2}').map(str::to_owned);
        let mail = addresses.next().unwrap_or_default();
        if number % 2 == 0 {
            mails.push(mail.clone());
        }
        recipients.push(Recipient::mailbox(mail).aliases(addresses.take(5)));
    }
    let servers = Servers::new("old.example.test", "new.example.test:2525", "tegu.example.test");
    let servers = servers.expect("these are hosts");
    let mut stages = Stages::default();
    for stage in [Stage::Copying, Stage::Following, Stage::CutOver] {
        let _ = stages.advance(&mails, stage);
    }
    let sheets = Sheets::new(&servers, &recipients, &stages);
    for sheet in [&sheets.exchange, &sheets.exchange_undo] {
        for line in sheet
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            assert!(line.starts_with("Set-Mailbox -Identity '"), "{line:?}");
            // A quotation mark within a string is doubled, so that their number is even.
            assert_eq!(line.matches('\'').count() % 2, 0, "{line:?}");
        }
    }
    for line in sheets
        .transport
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let fields: Vec<&str> = line.split(' ').collect();
        assert!(
            matches!(fields.as_slice(), [_, to] if to.starts_with("smtp:[")),
            "{line:?}"
        );
    }
    for line in sheets
        .virtual_alias
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        assert_eq!(line.split(' ').count(), 2, "{line:?}");
    }
    let proof = prove(&servers, &sheets, &recipients, &stages, &[]);
    // The same sheets say the same again.
    assert_eq!(
        proof.holds(),
        prove(&servers, &sheets, &recipients, &stages, &[]).holds()
    );
});

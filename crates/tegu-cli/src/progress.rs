//! Bars on a terminal: one for the whole job, and one for each account that is being worked on.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::HashMap;
use tegu_migrate::{Event, Events, printable};

/// Shows what happens until the last event.
pub(crate) async fn show(mut events: Events) {
    let screen = MultiProgress::new();
    let style = |template: &str| ProgressStyle::with_template(template).expect("a template of our own");
    let whole = screen.add(ProgressBar::no_length());
    whole.set_style(style("{bar:30} {pos}/{len} accounts  {elapsed}"));
    let mut bars: HashMap<String, ProgressBar> = HashMap::new();
    while let Some(event) = events.next().await {
        match event {
            Event::Started { accounts } => whole.set_length(accounts as u64),
            Event::AccountStarted { account } => {
                let bar = screen.add(ProgressBar::new(0));
                bar.set_style(style("{bar:30} {pos}/{len} {prefix}  {wide_msg}"));
                bar.set_prefix(printable(&account));
                bars.insert(account, bar);
            }
            Event::ContainerStarted {
                entity,
                account,
                container,
                items,
            } => {
                if let Some(bar) = bars.get(&account) {
                    bar.inc_length(items);
                    bar.set_message(format!("{entity}: {}", printable(&container)));
                }
            }
            Event::ItemFinished { account, .. } => {
                if let Some(bar) = bars.get(&account) {
                    bar.inc(1);
                }
            }
            Event::Retrying {
                account, wait, error, ..
            } => {
                let line = format!(
                    "{}: {}; again in {wait:.1?}",
                    printable(&account),
                    printable(&error)
                );
                let _ = screen.println(line);
            }
            Event::JournalAway { error } => {
                let _ = screen.println(format!("waiting for the journal: {}", printable(&error)));
            }
            Event::AccountFinished { account } => {
                if let Some(bar) = bars.remove(&account) {
                    bar.finish_and_clear();
                }
                whole.inc(1);
            }
            Event::Finished => break,
            _ => {}
        }
    }
    whole.finish_and_clear();
}

//! A source whose items are made smaller on their way.

use std::collections::VecDeque;

use super::{Document, Gone, Source, Unchanged};
use crate::error::Result;
use crate::ledger::BoxFuture;
use crate::slim::Slimming;

/// Documents that are slimmed together: the archive is written once for all of them.
const DOCUMENTS: usize = 200;
/// Octets of them.
const OCTETS: usize = 8 << 20;

/// Applies [`Slimming`] to the items of another source.
///
/// Documents are read ahead, up to 200 or 8 MiB. The archive is written before their items are handed out, so that no item is
/// excluded that is not in the archive.
pub struct Slimmed<S> {
    source: S,
    slimming: Slimming,
    ready: VecDeque<Document>,
}

impl<S: Source> Slimmed<S> {
    /// Slims the items of `source`.
    pub fn new(source: S, slimming: Slimming) -> Self {
        Self {
            source,
            slimming,
            ready: VecDeque::new(),
        }
    }

    async fn read_ahead(&mut self) -> Result<()> {
        let mut octets = 0;
        while self.ready.len() < DOCUMENTS && octets < OCTETS {
            // Whether it has to be read is for the import to say.
            if !self.ready.is_empty() && self.source.unchanged().is_some() {
                break;
            }
            let Some(mut document) = self.source.next().await? else {
                break;
            };
            if let Ok(items) = &mut document.items {
                octets += items.iter().map(|item| item.original.len()).sum::<usize>();
                self.slimming.apply(items)?;
            }
            self.ready.push_back(document);
        }
        self.slimming.finish()
    }
}

impl<S: Source> Source for Slimmed<S> {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Document>>> {
        Box::pin(async move {
            if self.ready.is_empty() {
                self.read_ahead().await?;
            }
            Ok(self.ready.pop_front())
        })
    }

    fn unchanged(&mut self) -> Option<Unchanged> {
        self.source.unchanged().filter(|_| self.ready.is_empty())
    }

    fn pass_over(&mut self) {
        self.source.pass_over();
    }

    fn holds(&self, document: &str) -> bool {
        self.source.holds(document)
    }

    fn gone(&self) -> Gone {
        self.source.gone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::import::Items;
    use crate::slim::Archive;
    use crate::{Finding, Limits, split};

    #[tokio::test]
    async fn the_archive_is_written_before_items_are_handed_out() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("archive.ics");
        let event = |uid: &str, year: &str| {
            format!(
                "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20200101T000000Z\r\nDTSTART:{year}0101T100000Z\r\nEND:VEVENT\r\n"
            )
        };
        let file = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{}{}END:VCALENDAR\r\n",
            event("old", "2010"),
            event("new", "2030")
        );
        let items = || {
            Items::new(
                split::calendar(file.as_bytes(), &Limits::default())
                    .unwrap()
                    .items,
            )
        };
        for written in [false, true] {
            let archive = if written {
                Archive::open(&path, 1_577_836_800).unwrap()
            } else {
                Archive::dry_run(1_577_836_800)
            };
            let mut source = Slimmed::new(items(), Slimming::new().archive(archive));
            let document = source.next().await.unwrap().unwrap();
            assert_eq!(path.exists(), written);
            let items = document.items.unwrap();
            let archived = items
                .iter()
                .filter(|item| matches!(item.findings.as_slice(), [Finding::Archived { .. }]));
            assert_eq!(
                archived.map(|item| item.uid.as_str()).collect::<Vec<_>>(),
                ["old"]
            );
            assert!(source.next().await.unwrap().is_none());
        }
        assert!(std::fs::read_to_string(&path).unwrap().contains("UID:old"));
    }
}

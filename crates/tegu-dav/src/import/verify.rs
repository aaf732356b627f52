//! Reading back: what the server has, against what it was sent.

use std::collections::HashMap;

use super::Import;
use super::report::{Outcome, State, altered, compare};
use crate::Result;
use crate::client::Fetched;
use crate::ledger::{Entry, Known, digest};

/// A resource that was sent and has to be read back.
#[derive(Debug)]
pub(super) struct Sent {
    /// Index of the item.
    pub(super) at: usize,
    pub(super) href: String,
    pub(super) body: Vec<u8>,
    pub(super) source: Option<String>,
}

impl Import {
    /// Reads back what was sent, compares, and writes down what stands.
    pub(super) async fn verify(&self, sent: Vec<Sent>, outcomes: &mut [Option<Outcome>]) -> Result<()> {
        let hrefs: Vec<String> = sent.iter().map(|sent| sent.href.clone()).collect();
        let mut found: HashMap<String, Fetched> = HashMap::with_capacity(hrefs.len());
        let mut trouble = None;
        for batch in hrefs.chunks(200) {
            match self.client.get_many(&self.collection, batch).await {
                Ok(fetched) => {
                    found.extend(fetched.into_iter().map(|fetched| (fetched.href.clone(), fetched)));
                }
                Err(error) => trouble = Some(error.to_string()),
            }
        }
        let mut entries = Vec::new();
        for sent in sent {
            let Some(outcome) = outcomes.get_mut(sent.at).and_then(Option::as_mut) else {
                continue;
            };
            let Some(fetched) = found.remove(&sent.href) else {
                outcome.state = State::Failed;
                let why = "it is not there when it is read back";
                outcome.error = Some(trouble.clone().unwrap_or_else(|| why.to_owned()));
                continue;
            };
            entries.push(Entry::Stands {
                uid: outcome.uid.clone(),
                known: Known {
                    href: sent.href.clone(),
                    etag: fetched.etag.clone(),
                    digest: digest(&sent.body),
                    source: sent.source,
                },
            });
            if let Err(differences) = compare(self.collection.kind, &sent.body, &fetched.body) {
                outcome.state = State::Manual;
                outcome.original = Some(sent.body);
                outcome.findings.extend(altered(&differences));
            }
            outcome.href = Some(sent.href);
        }
        self.ledger.write(&self.key(), &entries).await
    }
}

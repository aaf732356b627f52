//! What the source no longer has.

use std::collections::HashSet;
use std::sync::Arc;

use super::hooks::Event;
use super::outcome::Deletion;
use super::pass::Pass;
use super::source::{Gone, Source};
use crate::error::one_line;
use crate::ledger::{Entry, Known, digest};
use crate::{Finding, Result};

impl Pass<'_> {
    /// Deals with what the source no longer has. Only what this upload created and nobody has changed is deleted.
    pub(super) async fn gone(&mut self, source: &dyn Source) -> Result<()> {
        let removed: Option<HashSet<String>> = match source.gone() {
            Gone::Unknown => return Ok(()),
            Gone::Unlisted => None,
            Gone::Documents(documents) => Some(documents.into_iter().collect()),
        };
        if self.survey.place.collection().is_none() {
            return Ok(());
        }
        let gone: Vec<(String, Known)> = self
            .survey
            .record
            .items
            .iter()
            .filter(|(key, known)| {
                let document = known.document.as_deref().unwrap_or_default();
                let named = removed.as_ref().is_none_or(|removed| removed.contains(document));
                named && !self.met.contains(*key) && !self.unread.contains(document)
            })
            .map(|(key, known)| (key.clone(), known.clone()))
            .collect();
        for (uid, known) in gone {
            let listed = known
                .href
                .as_ref()
                .filter(|href| self.survey.listed.contains_key(*href));
            let Some(href) = listed.cloned() else {
                // It is on neither side.
                self.forget(uid).await?;
                continue;
            };
            if !known.ours {
                continue;
            }
            let mut deletion = Deletion {
                finding: Finding::SourceDeleted { uid: one_line(&uid) },
                uid,
                document: known.document.clone().unwrap_or_default(),
                href,
                deleted: true,
                error: None,
            };
            match self.deletable(&known, &deletion.href).await? {
                Ok(etag) => self.delete(&mut deletion, &etag).await?,
                Err(reason) => keep(&mut deletion, reason),
            }
            if self.plan.is_none() {
                if deletion.deleted {
                    self.forget(deletion.uid.clone()).await?;
                }
                self.import.hooks.tell(&Event::Gone { deletion: &deletion });
            }
            self.report.gone.push(deletion);
        }
        Ok(())
    }

    /// Returns the entity tag with which a resource may be deleted, or why it must stay.
    async fn deletable(&self, known: &Known, href: &str) -> Result<Result<String, &'static str>> {
        if !self.import.deletions {
            return Ok(Err("deletions are not asked for"));
        }
        if known.returned().is_none() {
            return Ok(Err("it was never proved"));
        }
        let listed = self.survey.listed.get(href).cloned().flatten();
        if let Some(etag) = listed.filter(|etag| known.etag.as_ref() == Some(etag)) {
            return Ok(Ok(etag));
        }
        let mut read = self.survey.read(self.import, &[href.to_owned()]).await?;
        Ok(match read.remove(href) {
            Some(standing) if known.returned() != Some(digest(&standing.body).as_str()) => {
                Err("it has changed there since it was proved")
            }
            Some(standing) => standing.etag.ok_or("the server gives no entity tag"),
            None => Err("it cannot be read"),
        })
    }

    async fn delete(&mut self, deletion: &mut Deletion, etag: &str) -> Result<()> {
        if self.plan.is_some() {
            return Ok(());
        }
        self.import.hooks.ready().await?;
        self.import.hooks.charge(1, 0).await?;
        match self.import.client.delete(&deletion.href, etag).await {
            Ok(true) => {
                self.survey.listed.remove(&deletion.href);
            }
            Ok(false) => keep(deletion, "it has changed there since it was proved"),
            Err(error) => {
                keep(deletion, "the server did not delete it");
                deletion.error = Some(Arc::new(error));
            }
        }
        Ok(())
    }

    async fn forget(&mut self, uid: String) -> Result<()> {
        if self.plan.is_some() {
            return Ok(());
        }
        self.write(&[Entry::Gone { uid }]).await
    }
}

fn keep(deletion: &mut Deletion, reason: &str) {
    deletion.deleted = false;
    deletion.finding = Finding::SourceGone {
        uid: one_line(&deletion.uid),
        reason: reason.to_owned(),
    };
}

//! The settings of a mailbox.

use super::Mailbox;
use crate::{
    ErrorKind, Finding, Inventory, Problem, Request, Result,
    request::FolderShape,
    response::{self, Answer, Reaction},
    settings::{Delegates, Grant, Grantee, OutOfOffice, Rules, Settings},
};

/// Folders whose permissions one request asks for.
const AT_ONCE: usize = 50;

impl Mailbox {
    /// Reads the inbox rules that the server runs. If the server does not tell them, or if Outlook keeps more of them, a finding says so.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn inbox_rules(&self, findings: &mut Vec<Finding>) -> Result<Option<Rules>> {
        let request = Request::GetInboxRules {
            mailbox: self.address().to_owned(),
        };
        let rules = self.ask(&request, response::inbox_rules).await;
        let rules = told(rules.and_then(Answer::only), "inbox rules", findings)?;
        if rules.as_ref().is_some_and(|rules| rules.outlook) {
            findings.push(Finding::lossy(
                "EWS-RULES-OUTLOOK",
                "Outlook keeps rules of its own, which the server does not tell: the owner has to look at them in Outlook",
            ));
        }
        Ok(rules)
    }

    /// Reads the automatic replies. If the server does not tell them, a finding says so.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn out_of_office(&self, findings: &mut Vec<Finding>) -> Result<Option<OutOfOffice>> {
        let request = Request::GetUserOofSettings {
            mailbox: self.address().to_owned(),
        };
        let replies = self.ask(&request, response::out_of_office).await;
        told(replies.and_then(Answer::only), "automatic replies", findings)
    }

    /// Reads the delegates. If the server does not tell them, or one of them, a finding says so. It tells none of a mailbox that has a group among them.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn delegates(&self, findings: &mut Vec<Finding>) -> Result<Option<Delegates>> {
        let request = Request::GetDelegate {
            mailbox: self.address().to_owned(),
        };
        let answer = self.ask(&request, response::delegates).await;
        let delegates = match answer.and_then(Answer::only) {
            // Nobody has ever been one.
            Err(error) if Problem::is_of(&error, "ErrorDelegateMissingConfiguration") => {
                Some(Delegates::default())
            }
            other => told(other, "delegates", findings)?,
        };
        let unreadable = delegates.as_ref().map_or(0, |delegates| delegates.unreadable);
        if unreadable > 0 {
            let why = format!("{unreadable} delegates cannot be read");
            findings.push(Finding::lossy("EWS-DELEGATE-UNKNOWN", why));
        }
        Ok(delegates)
    }

    /// Reads inbox rules, automatic replies, delegates, categories, and the permissions of the folders of an inventory.
    ///
    /// What the server is too old for, or does not let the account see, is missing, and a finding says so.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn settings(&self, inventory: &Inventory) -> Result<Settings> {
        let mut found = Settings::default();
        found.rules = self.inbox_rules(&mut found.findings).await?;
        found.out_of_office = self.out_of_office(&mut found.findings).await?;
        found.delegates = self.delegates(&mut found.findings).await?;
        let request = Request::GetUserConfiguration {
            folder: self.folder("calendar"),
            name: "CategoryList".to_owned(),
        };
        let categories = self.ask(&request, response::categories).await;
        found.categories = match categories.and_then(Answer::only) {
            // Nobody has made a category yet.
            Err(error) if Problem::reaction_to(&error) == Some(Reaction::Gone) => Some(Vec::new()),
            other => told(other, "categories", &mut found.findings)?,
        };
        for (place, grants) in inventory.folders.iter().zip(self.permissions(inventory).await?) {
            let path = place.path.join("/");
            match grants {
                Ok(grants) => {
                    if grants.iter().any(|grant| matches!(grant.to, Grantee::Unknown(_))) {
                        found.findings.push(Finding::info(
                            "EWS-PERMISSION-UNKNOWN",
                            format!("the folder {path:?} is shared with accounts that do not exist any more"),
                        ));
                    }
                    found.permissions.push((place.folder.id.clone(), grants));
                }
                Err(problem) => found.findings.push(Finding::lossy(
                    "EWS-PERMISSIONS-UNREADABLE",
                    format!("who shares the folder {path:?} cannot be read: {problem}"),
                )),
            }
        }
        Ok(found)
    }

    /// Reads the permissions on the folders of an inventory, in its order; for each folder what the server tells, or its problem.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn permissions(&self, inventory: &Inventory) -> Result<Vec<Result<Vec<Grant>, Problem>>> {
        let mut all = Vec::with_capacity(inventory.folders.len());
        for places in inventory.folders.chunks(AT_ONCE) {
            let folders = places
                .iter()
                .map(|place| crate::FolderRef::Id(place.folder.id.clone()))
                .collect();
            let request = Request::GetFolder {
                folders,
                shape: FolderShape::Permissions,
            };
            let mut parts = self.ask(&request, response::permissions).await?.parts;
            // An answer about fewer folders tells nothing of the others.
            parts.truncate(places.len());
            if parts.len() < places.len() {
                let why = "the server answered about fewer folders than it was asked about";
                return Err(crate::Error::new(ErrorKind::Protocol, why));
            }
            all.extend(parts);
        }
        Ok(all)
    }
}

/// What the server tells; `None` with a finding for what it does not tell.
fn told<T>(answer: Result<T>, what: &str, findings: &mut Vec<Finding>) -> Result<Option<T>> {
    let error = match answer {
        Ok(told) => return Ok(Some(told)),
        Err(error) => error,
    };
    let reaction = Problem::reaction_to(&error);
    let silent = error.kind() == ErrorKind::Unsupported
        || matches!(
            reaction,
            Some(Reaction::Permanent | Reaction::Denied | Reaction::Gone | Reaction::Damaged)
        );
    if !silent {
        return Err(error);
    }
    findings.push(Finding::lossy(
        "EWS-SETTING-UNREADABLE",
        format!("the server does not tell the {what}: {error}"),
    ));
    Ok(None)
}

//! Where the folders of a source go.

use crate::mailbox::{Mailbox, MailboxName, SpecialUse, TargetLayout, encode_mutf7, plan_names_of_mail};
use std::collections::HashMap;
use tegu_outcome::Finding;
use tegu_store::sources::MailFolder;

/// Parts the levels of a source path while names are planned; no folder name holds it.
const LEVEL: char = '\u{f0000}';

#[derive(Debug)]
pub(super) struct Place {
    pub(super) name: MailboxName,
    pub(super) create: bool,
    pub(super) findings: Vec<Finding>,
}

/// Where each folder goes.
pub(super) fn places(folders: &[MailFolder], layout: &TargetLayout) -> HashMap<Vec<String>, Place> {
    let mut sources = Vec::with_capacity(folders.len());
    let mut paths = HashMap::with_capacity(folders.len());
    for folder in folders {
        let joined = folder.path.join(LEVEL.encode_utf8(&mut [0; 4]));
        let name = MailboxName::from_wire(encode_mutf7(&joined).as_bytes());
        let attributes = folder
            .role
            .and_then(SpecialUse::of_role)
            .map(|special_use| special_use.attribute().to_owned())
            .into_iter()
            .collect();
        paths.insert(name.clone(), &folder.path);
        sources.push(Mailbox::new(name, Some(LEVEL), attributes));
    }
    let plan = plan_names_of_mail(&sources, layout);
    let mut noticed: HashMap<&MailboxName, Vec<Finding>> = HashMap::new();
    for finding in &plan.findings {
        if let Some(name) = about(finding) {
            noticed.entry(name).or_default().push(finding.into());
        }
    }
    let mut places = HashMap::new();
    for mapping in plan.mappings {
        if let Some(&path) = paths.get(&mapping.source) {
            let place = Place {
                findings: noticed.remove(&mapping.source).unwrap_or_default(),
                name: mapping.target,
                create: mapping.create,
            };
            places.insert(path.clone(), place);
        }
    }
    places
}

/// The source folder that a finding is about.
fn about(finding: &crate::finding::Finding) -> Option<&MailboxName> {
    use crate::finding::Finding as Imap;
    match finding {
        Imap::NameCollision { name, .. } | Imap::NameChanged { name, .. } => Some(name),
        _ => None,
    }
}

//! Collects findings.

use super::finding::Finding;
use super::issue::Issue;
use crate::account::{Common, Identity};
use crate::dn::Dn;

/// Where findings about one object go.
pub(super) struct Report<'a> {
    out: &'a mut Vec<Finding>,
    pub(super) dn: &'a Dn,
    id: &'a Identity,
}

impl<'a> Report<'a> {
    pub(super) fn new(out: &'a mut Vec<Finding>, object: &'a Common) -> Self {
        Self {
            out,
            dn: &object.dn,
            id: &object.id,
        }
    }

    pub(super) fn push(&mut self, issue: Issue) {
        self.out.push(Finding {
            dn: self.dn.clone(),
            id: self.id.clone(),
            issue,
        });
    }
}

//! Collects findings.

use super::finding::Finding;
use super::issue::Issue;
use crate::account::{Common, Named};
use crate::dn::Dn;

/// Where findings about one object go.
pub(super) struct Report<'a> {
    out: &'a mut Vec<Finding>,
    pub(super) dn: &'a Dn,
    named: &'a Named,
}

impl<'a> Report<'a> {
    pub(super) fn new(out: &'a mut Vec<Finding>, object: &'a Common) -> Self {
        Self {
            out,
            dn: object.named.dn(),
            named: &object.named,
        }
    }

    pub(super) fn push(&mut self, issue: Issue) {
        self.out.push(Finding {
            named: self.named.clone(),
            issue,
        });
    }
}

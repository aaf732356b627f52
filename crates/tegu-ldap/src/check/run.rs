//! Runs the checks.

use super::finding::{Finding, Issue};
use super::options::CheckOptions;
use super::owners::{Names, Owners};
use super::references::References;
use super::report::Report;
use super::{addresses, texts};
use crate::account::{Account, Contact, Group, GroupKind};
use crate::dn::Dn;
use crate::exchange::Directory;
use crate::profile::Profile;

/// Checks a directory. Findings come in its order: accounts, groups, contacts.
///
/// ```
/// use tegu_ldap::check::{self, CheckOptions};
/// use tegu_ldap::{Directory, ldif};
///
/// let text = "dn: CN=Ann,DC=x\nobjectClass: user\ncn: Ann\nproxyAddresses: SMTP:ann@a.example\n\n\
///             dn: CN=Bob,DC=x\nobjectClass: user\ncn: Bob\nmail: Ann@A.example\n";
/// let directory = Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default())?);
/// let findings = check::run(&directory, &CheckOptions::new());
/// let codes: Vec<_> = findings.iter().map(|f| f.code()).collect();
/// assert_eq!(codes, ["LDAP-MAIL-MISSING", "LDAP-ADDRESS-DUPLICATE", "LDAP-ADDRESS-DUPLICATE"]);
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[must_use]
pub fn run(directory: &Directory, options: &CheckOptions) -> Vec<Finding> {
    let owners = Owners::of(directory);
    let names = texts::names(directory);
    let references = References::of(directory);
    let mut out = Vec::new();
    for account in directory.accounts() {
        let mut report = Report::new(&mut out, account.dn(), account.id());
        check_account(account, options, &mut report);
        texts::account(account, &names, options, &mut report);
        addresses::values(account.addresses(), &mut report);
        owners.check(account.addresses(), &mut report);
        if account.kind().has_mailbox() {
            references.account(account, options, &mut report);
        }
    }
    for group in directory.groups() {
        let mut report = Report::new(&mut out, group.dn(), group.id());
        check_group(group, options, &mut report);
        texts::group(group, &names, options, &mut report);
        addresses::values(group.addresses(), &mut report);
        owners.check(group.addresses(), &mut report);
        if group.address().is_some() {
            references.group(group, &mut report);
        }
    }
    for contact in directory.contacts() {
        let mut report = Report::new(&mut out, contact.dn(), contact.id());
        check_contact(contact, &names, options, &mut report);
        addresses::values(contact.addresses(), &mut report);
        owners.check(contact.addresses(), &mut report);
        references.contact(contact, &mut report);
    }
    out
}

fn check_contact(contact: &Contact, names: &Names<'_>, options: &CheckOptions, report: &mut Report<'_>) {
    if contact.display_name().is_none() && !contact.is_hidden() {
        report.push(Issue::NameMissing);
    }
    texts::contact(contact, names, options, report);
}

fn check_account(account: &Account, options: &CheckOptions, report: &mut Report<'_>) {
    let addresses = account.addresses();
    if account.kind().has_mailbox() {
        addresses::mail(addresses, report);
        addresses::domains(addresses, options, report);
        addresses::storage(addresses, &account.common.held, options, true, report);
        if account.is_disabled() {
            report.push(if account.kind().is_disabled_by_design() {
                Issue::DisabledByDesign { kind: account.kind() }
            } else {
                Issue::UserDisabled
            });
        }
        if let Some(to) = account.forward_to() {
            report.push(Issue::Forwards {
                to: to.into(),
                keeps: account.keeps_forwarded(),
            });
        }
        let delegates = account.send_on_behalf().iter().chain(account.delegates());
        let delegates: Vec<Dn> = delegates.cloned().collect();
        if !delegates.is_empty() {
            report.push(Issue::HasDelegates { delegates });
        }
        if account.has_archive() {
            report.push(Issue::HasArchive);
        }
    }
    if account.address().is_some() && account.display_name().is_none() && !account.is_hidden() {
        report.push(Issue::NameMissing);
    }
}

fn check_group(group: &Group, options: &CheckOptions, report: &mut Report<'_>) {
    if group.address().is_none() {
        return;
    }
    let has_place = options.profile.as_ref().is_some_and(Profile::groups_have_mail);
    if has_place || !group.addresses().mail.is_empty() {
        addresses::mail(group.addresses(), report);
    }
    addresses::domains(group.addresses(), options, report);
    addresses::storage(group.addresses(), &group.common.held, options, has_place, report);
    if group.kind() == GroupKind::Dynamic {
        report.push(Issue::GroupDynamic {
            filter: group.filter().map(Into::into),
        });
    } else if !group.has_all_members() {
        report.push(Issue::GroupPartial {
            members: group.members().len(),
        });
    } else if group.members().is_empty() {
        report.push(Issue::GroupEmpty);
    }
    let restricted = !group.senders().is_empty() || !group.rejected_senders().is_empty();
    if restricted || group.requires_authenticated_senders() {
        report.push(Issue::GroupSenders {
            senders: group.senders().to_vec(),
            refused: group.rejected_senders().to_vec(),
            signed_in: group.requires_authenticated_senders(),
        });
    }
    if group.display_name().is_none() && !group.is_hidden() {
        report.push(Issue::NameMissing);
    }
}

#[cfg(test)]
mod tests;

//! Runs the checks.

use super::finding::Finding;
use super::issue::Issue;
use super::names::Names;
use super::options::CheckOptions;
use super::owners::{self, Owners};
use super::references::References;
use super::report::Report;
use super::{addresses, texts};
use crate::account::{Account, AccountKind, Common, Contact, Group, GroupKind};
use crate::address::SmtpAddress;
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
        let mut report = Report::new(&mut out, &account.common);
        check_account(account, options, &mut report);
        texts::account(account, &names, options, &mut report);
        addresses::values(account.addresses(), &mut report);
        owners.check(account.addresses(), &mut report);
        references.account(account, options, &mut report);
    }
    for group in directory.groups() {
        let mut report = Report::new(&mut out, &group.common);
        check_group(group, options, &mut report);
        texts::group(group, &names, options, &mut report);
        addresses::values(group.addresses(), &mut report);
        owners.check(group.addresses(), &mut report);
        if group.address().is_some() {
            references.group(group, &mut report);
        }
    }
    for contact in directory.contacts() {
        let mut report = Report::new(&mut out, &contact.common);
        check_contact(contact, &names, options, &mut report);
        addresses::values(contact.addresses(), &mut report);
        owners.check(contact.addresses(), &mut report);
        let target = contact.addresses().target();
        references.target(target, contact.dn(), options, &mut report);
    }
    out
}

fn check_contact(
    contact: &Contact,
    names: &owners::Names<'_>,
    options: &CheckOptions,
    report: &mut Report<'_>,
) {
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
        send_rules(&account.common, report, |senders, refused, signed_in| {
            Issue::AccountSenders {
                senders,
                refused,
                signed_in,
            }
        });
        login(account, report);
    }
    if account.address().is_some() && account.display_name().is_none() && !account.is_hidden() {
        report.push(Issue::NameMissing);
    }
}

/// Who may send, and who approves messages: a target with plain mailboxes and lists has neither.
fn send_rules(
    object: &Common,
    report: &mut Report<'_>,
    restricted: impl FnOnce(Names, Names, bool) -> Issue,
) {
    let rules = object.send_rules();
    if rules.restrict() {
        let names = |names: &[Dn]| Names::of(names.iter());
        report.push(restricted(
            names(&rules.allowed),
            names(&rules.refused),
            rules.signed_in,
        ));
    }
    if rules.moderated {
        report.push(Issue::Moderated {
            moderators: Names::of(rules.moderators.iter()),
        });
    }
}

/// People who are used to signing in by their login will have to do it by address.
fn login(account: &Account, report: &mut Report<'_>) {
    let signs_in = matches!(account.kind(), AccountKind::User | AccountKind::Linked);
    let (Some(login), Some(address)) = (account.login(), account.address()) else {
        return;
    };
    let differs = SmtpAddress::parse(login).is_ok_and(|login| login != *address);
    if signs_in && !account.is_disabled() && differs {
        report.push(Issue::LoginDiffers {
            login: login.into(),
            address: address.clone(),
        });
    }
}

fn check_group(group: &Group, options: &CheckOptions, report: &mut Report<'_>) {
    if group.address().is_none() {
        return;
    }
    let has_place = options.profile.as_ref().is_some_and(Profile::groups_have_mail);
    if has_place || !group.addresses().mail().is_empty() {
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
    send_rules(&group.common, report, |senders, refused, signed_in| {
        Issue::GroupSenders {
            senders,
            refused,
            signed_in,
        }
    });
    if group.display_name().is_none() && !group.is_hidden() {
        report.push(Issue::NameMissing);
    }
}

#[cfg(test)]
mod tests;

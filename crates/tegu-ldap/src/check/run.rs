//! The checks themselves.

use std::collections::{HashMap, HashSet};

use super::finding::{Finding, Issue};
use crate::account::{Account, Addresses, Group, GroupKind, ValueProblem};
use crate::address::{SmtpAddress, domain_key};
use crate::dn::Dn;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::Directory;
use crate::profile::Profile;

/// What to check against.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    accepted: HashSet<String>,
    profile: Option<Profile>,
}

impl CheckOptions {
    /// Checks that need neither domains nor a profile.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The domains for which the organisation accepts mail. Without any, no address is foreign.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for what is no domain.
    pub fn with_accepted_domains<S: AsRef<str>>(
        mut self,
        domains: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        for domain in domains {
            let domain = domain.as_ref().trim();
            let key = domain_key(domain).map_err(|problem| {
                Error::new(
                    ErrorKind::Config,
                    format!("the accepted domain `{domain}`: {problem}"),
                )
            })?;
            self.accepted.insert(key);
        }
        Ok(self)
    }

    /// The kind of directory that has to hold the addresses.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    fn accepts(&self, address: &SmtpAddress) -> bool {
        self.accepted.is_empty() || self.accepted.contains(address.ascii_domain())
    }
}

/// Checks the whole set. The findings stand in the order of the directory: accounts, groups, contacts.
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
    let mut out = Vec::new();
    for account in directory.accounts() {
        let mut report = Report::new(&mut out, account.dn(), account.id());
        check_account(account, options, &mut report);
        check_values(account.addresses(), &mut report);
        owners.check(account.addresses(), &mut report);
    }
    for group in directory.groups() {
        let mut report = Report::new(&mut out, group.dn(), group.id());
        check_group(group, options, &mut report);
        check_values(group.addresses(), &mut report);
        owners.check(group.addresses(), &mut report);
    }
    for contact in directory.contacts() {
        let mut report = Report::new(&mut out, contact.dn(), contact.id());
        if contact.display_name().is_none() && !contact.is_hidden() {
            report.push(Issue::NameMissing);
        }
        check_values(contact.addresses(), &mut report);
        owners.check(contact.addresses(), &mut report);
    }
    out
}

/// Where findings about one object go.
struct Report<'a> {
    out: &'a mut Vec<Finding>,
    dn: &'a Dn,
    id: &'a str,
}

impl<'a> Report<'a> {
    fn new(out: &'a mut Vec<Finding>, dn: &'a Dn, id: &'a str) -> Self {
        Self { out, dn, id }
    }

    fn push(&mut self, issue: Issue) {
        self.out.push(Finding {
            dn: self.dn.clone(),
            id: self.id.into(),
            issue,
        });
    }
}

fn check_account(account: &Account, options: &CheckOptions, report: &mut Report<'_>) {
    let addresses = account.addresses();
    if account.kind().has_mailbox() {
        check_mail(addresses, report);
        check_domains(addresses, options, report);
        check_storage(addresses, options, true, report);
        if account.is_disabled() {
            report.push(if account.kind().is_disabled_by_design() {
                Issue::DisabledByDesign { kind: account.kind() }
            } else {
                Issue::UserDisabled
            });
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
        check_mail(group.addresses(), report);
    }
    check_domains(group.addresses(), options, report);
    check_storage(group.addresses(), options, has_place, report);
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
    if group.display_name().is_none() && !group.is_hidden() {
        report.push(Issue::NameMissing);
    }
}

/// `mail` against the address that Exchange sends from.
fn check_mail(addresses: &Addresses, report: &mut Report<'_>) {
    match (&addresses.mail[..], &addresses.primary) {
        // A value that is no address, or not even text, has its own finding and hides nothing.
        ([], primary) => report.push(Issue::MailMissing {
            proposal: primary.clone(),
        }),
        ([mail], Some(primary)) if mail != primary => {
            report.push(Issue::MailDiffers {
                mail: mail.clone(),
                primary: primary.clone(),
            });
        }
        ([_], _) => {}
        (several, _) => report.push(Issue::MailSeveral {
            values: several.to_vec(),
        }),
    }
}

fn check_domains(addresses: &Addresses, options: &CheckOptions, report: &mut Report<'_>) {
    let main = addresses.main();
    if let Some(main) = main.filter(|a| !options.accepts(a)) {
        report.push(Issue::MainForeign {
            address: main.clone(),
        });
    }
    for address in addresses
        .all()
        .filter(|&a| Some(a) != main && !options.accepts(a))
    {
        report.push(Issue::AliasForeign {
            address: address.clone(),
        });
    }
}

fn check_storage(addresses: &Addresses, options: &CheckOptions, has_mail: bool, report: &mut Report<'_>) {
    let Some(profile) = &options.profile else { return };
    let main = addresses.main();
    if let Some(main) = main.filter(|a| has_mail && profile.mail().encode(a).is_none()) {
        report.push(Issue::AddressUnstorable {
            attribute: profile.mail().attribute().into(),
            address: main.clone(),
        });
    }
    let further: Vec<_> = addresses.all().filter(|&a| Some(a) != main).collect();
    match profile.aliases() {
        Some(place) => {
            for address in further.into_iter().filter(|a| place.encode(a).is_none()) {
                report.push(Issue::AddressUnstorable {
                    attribute: place.attribute().into(),
                    address: address.clone(),
                });
            }
        }
        None if further.is_empty() => {}
        None => {
            report.push(Issue::AliasesWithoutPlace {
                addresses: further.into_iter().cloned().collect(),
            });
        }
    }
}

fn check_values(addresses: &Addresses, report: &mut Report<'_>) {
    for problem in &addresses.problems {
        report.push(match problem {
            ValueProblem::Malformed {
                attribute,
                value,
                reason,
            } => Issue::AddressMalformed {
                attribute: attribute.clone(),
                value: value.clone(),
                reason: *reason,
                proposal: mend(value),
            },
            ValueProblem::NotUtf8 { attribute, value } => Issue::NotUtf8 {
                attribute: attribute.clone(),
                value: value.clone(),
            },
            ValueProblem::NotExported { attribute, value } => Issue::NotExported {
                attribute: attribute.clone(),
                value: value.clone(),
            },
            ValueProblem::SecondPrimary { value } => Issue::PrimarySeveral { value: value.clone() },
        });
    }
    if !addresses.other.is_empty() {
        report.push(Issue::OtherAddresses {
            values: addresses.other.clone(),
        });
    }
}

/// The address that a malformed value was probably meant to be: spaces inside cut, a doubled prefix removed.
fn mend(value: &str) -> Option<SmtpAddress> {
    let mut rest: String = value
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect();
    while rest.get(..5).is_some_and(|p| p.eq_ignore_ascii_case("smtp:")) {
        rest.drain(..5);
    }
    SmtpAddress::parse(rest.trim_matches(['<', '>', ';', ',', '.'])).ok()
}

/// Which objects have an address, over all attributes of all objects.
struct Owners<'a> {
    first: HashMap<&'a str, &'a Dn>,
    /// Only addresses with several owners, which are few.
    shared: HashMap<&'a str, Vec<&'a Dn>>,
}

impl<'a> Owners<'a> {
    fn of(directory: &'a Directory) -> Self {
        let mut out = Self {
            first: HashMap::new(),
            shared: HashMap::new(),
        };
        let accounts = directory.accounts().iter().map(|a| (a.dn(), a.addresses()));
        let groups = directory.groups().iter().map(|g| (g.dn(), g.addresses()));
        let contacts = directory.contacts().iter().map(|c| (c.dn(), c.addresses()));
        for (dn, addresses) in accounts.chain(groups).chain(contacts) {
            for address in addresses.all() {
                out.insert(address.key(), dn);
            }
        }
        out
    }

    fn insert(&mut self, key: &'a str, dn: &'a Dn) {
        let first = *self.first.entry(key).or_insert(dn);
        if first != dn {
            let owners = self.shared.entry(key).or_insert_with(|| vec![first]);
            if !owners.contains(&dn) {
                owners.push(dn);
            }
        }
    }

    fn check(&self, addresses: &Addresses, report: &mut Report<'_>) {
        if self.shared.is_empty() {
            return;
        }
        for address in addresses.all() {
            let Some(owners) = self.shared.get(address.key()) else {
                continue;
            };
            let attribute = if addresses.primary.as_ref() == Some(address) {
                "primary"
            } else if addresses.mail.contains(address) {
                "mail"
            } else {
                "alias"
            };
            report.push(Issue::AddressDuplicate {
                address: address.clone(),
                attribute: attribute.into(),
                others: owners
                    .iter()
                    .filter(|&&dn| dn != report.dn)
                    .map(|&dn| dn.clone())
                    .collect(),
            });
        }
    }
}

#[cfg(test)]
mod tests;

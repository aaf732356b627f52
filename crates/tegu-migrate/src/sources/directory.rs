//! Who moves: from Active Directory, an LDIF export, or a bundle.

use super::facts;
use crate::{
    Account, BoxFuture, Entity, Error, ErrorKind, Finding, Login, Result, State, digest, journal::Record,
    policy::Policy, report::Fact, shared::absolute,
};
use serde::Serialize;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt::Debug,
    io::BufReader,
    path::PathBuf,
};
use tegu_ldap::{
    Directory, Entry, Profile, check, client,
    encoding::TextEncoding,
    export::{self, Export},
    gal, ldif,
    lookup::Index,
    plan,
};
use tegu_outcome::file::open_regular;
use tegu_routing::Recipient;

/// Where the file with all entries lies in a job's directory, so that a bundle can be a source.
pub(super) const ENTRIES: &str = "directory/entries.ldif";

/// Where accounts come from.
pub trait DirectorySource: Debug + Send + Sync {
    /// What it is, without secrets.
    fn describe(&self) -> String;

    /// Reads who there is. Nothing is ever written to a directory.
    fn read(&self) -> BoxFuture<'_, Result<DirectoryData>>;
}

/// What a directory says.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DirectoryData {
    /// Accounts whose items can move.
    pub accounts: Vec<Account>,
    /// One row for every object of the directory that is accounted for.
    pub rows: Vec<DirectoryRow>,
    /// Files for the job's directory, such as the LDIF plan, by relative path.
    pub files: Vec<(String, Vec<u8>)>,
    /// What it says of things that are not counted one by one: forwarding, delegates, rights.
    pub facts: Vec<Fact>,
    /// Whom mail can be for: what routing sheets are made of.
    pub recipients: Vec<Recipient>,
    /// Addresses that only Exchange can deliver to (X.500 names, `legacyExchangeDN`), and the SMTP address of whom each belongs to:
    /// old calendars and contacts name people so.
    pub directory_addresses: Vec<(String, String)>,
    /// The directory itself, until it was compared with that of the last pass.
    pub(crate) directory: Option<Directory>,
}

/// A list of accounts, without a directory: what is known elsewhere.
impl DirectorySource for Vec<Account> {
    fn describe(&self) -> String {
        "a list of accounts".into()
    }

    fn read(&self) -> BoxFuture<'_, Result<DirectoryData>> {
        Box::pin(async move { Ok(DirectoryData::of_accounts(self.clone())) })
    }
}

impl DirectoryData {
    /// Accounts that are known without a directory.
    pub fn of_accounts(accounts: Vec<Account>) -> Self {
        let rows = accounts
            .iter()
            .map(|account| DirectoryRow::new(Entity::Accounts, &account.id, &account.mail));
        Self {
            rows: rows.collect(),
            accounts,
            ..Self::default()
        }
    }

    pub(crate) fn mails(&self) -> impl Iterator<Item = &str> + Clone {
        self.accounts.iter().map(|account| account.mail.as_str())
    }
}

/// An object of the directory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DirectoryRow {
    /// What it is.
    pub entity: Entity,
    /// Its identity.
    pub id: String,
    /// What a person recognises it by.
    pub label: String,
    /// What has to be done about it; nothing, if it can stay as it is.
    pub findings: Vec<Finding>,
    /// An object that nobody would move.
    pub excluded: bool,
}

impl DirectoryRow {
    /// An object that can stay as it is.
    pub fn new(entity: Entity, id: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            entity,
            id: id.into(),
            label: label.into(),
            findings: Vec::new(),
            excluded: false,
        }
    }

    pub(crate) fn record(&self, policy: &Policy) -> Record {
        let state = match (self.excluded, policy.stops(&self.findings)) {
            (true, _) => State::Excluded,
            (false, true) => State::Manual,
            (false, false) => State::Present,
        };
        let mut record = Record::new(state);
        record.label.clone_from(&self.label);
        record.findings.clone_from(&self.findings);
        record
    }
}

/// How a directory is checked.
#[derive(Clone, Debug)]
struct DirectoryChecks {
    domains: BTreeSet<String>,
    profile: Profile,
    permissions: Vec<PathBuf>,
}

impl DirectoryChecks {
    fn new(domains: impl IntoIterator<Item = impl Into<String>>, profile: &str) -> Result<Self> {
        let known = || Profile::builtin_names().collect::<Vec<_>>().join(", ");
        let profile = Profile::builtin(profile).ok_or_else(|| {
            Error::config(format!(
                "directory.profile: {profile:?} is not known; there are {}",
                known()
            ))
        })?;
        Ok(Self {
            domains: domains.into_iter().map(Into::into).collect(),
            profile,
            permissions: Vec::new(),
        })
    }

    /// The directory, with the rights that the exports name.
    fn directory(&self, entries: Vec<Entry>) -> Result<Directory> {
        if self.permissions.is_empty() {
            return Ok(Directory::from_entries(entries));
        }
        let mut export = Export::default();
        entries.into_iter().for_each(|entry| export.push(entry));
        for path in &self.permissions {
            let failed = |error: &dyn std::fmt::Display| {
                let message = format!("reading the permissions {}: {error}", path.display());
                Error::new(ErrorKind::Malformed, message).at_source()
            };
            let file = BufReader::new(open_regular(path).map_err(|error| failed(&error))?);
            let (encoding, limits) = (TextEncoding::unicode(), export::Limits::default());
            let json = path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            let read = if json {
                export.read_json(file, encoding, &limits)
            } else {
                export.read_csv(file, encoding, &limits)
            };
            read.map_err(|error| failed(&error))?;
        }
        Ok(export.into_directory())
    }
}

/// An LDIF file (RFC 2849).
#[derive(Clone, Debug)]
pub struct LdifDirectory {
    path: PathBuf,
    checks: DirectoryChecks,
}

impl LdifDirectory {
    /// A file, the organisation's own mail domains, and the name of the target's profile, such as `openldap` or `tegu`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for a profile that tegu-ldap does not know.
    pub fn new(
        path: impl Into<PathBuf>,
        domains: impl IntoIterator<Item = impl Into<String>>,
        profile: &str,
    ) -> Result<Self> {
        Ok(Self {
            path: absolute(path.into()),
            checks: DirectoryChecks::new(domains, profile)?,
        })
    }

    /// The directory that an earlier job's bundle holds.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn of_bundle(
        bundle: impl Into<PathBuf>,
        domains: impl IntoIterator<Item = impl Into<String>>,
        profile: &str,
    ) -> Result<Self> {
        Self::new(bundle.into().join(ENTRIES), domains, profile)
    }
}

impl LdifDirectory {
    /// Exports of `Get-MailboxPermission` and `Get-ADPermission`, as CSV or JSON.
    #[must_use]
    pub fn permissions(mut self, paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        self.checks.permissions.extend(paths.into_iter().map(Into::into));
        self
    }
}

impl DirectorySource for LdifDirectory {
    fn describe(&self) -> String {
        format!("ldif {}", self.path.display())
    }

    fn read(&self) -> BoxFuture<'_, Result<DirectoryData>> {
        Box::pin(async move {
            let failed = |error: &dyn std::fmt::Display| {
                let message = format!("reading the directory {}: {error}", self.path.display());
                Error::new(ErrorKind::Malformed, message).at_source()
            };
            let file = open_regular(&self.path).map_err(|error| failed(&error))?;
            let entries = ldif::read_entries(BufReader::new(file), &ldif::Limits::default())
                .map_err(|error| failed(&error))?;
            check_and_plan(entries, &self.checks)
        })
    }
}

/// A live directory.
#[derive(Clone, Debug)]
pub struct LdapDirectory {
    endpoint: client::Endpoint,
    base: String,
    login: Login,
    checks: DirectoryChecks,
}

impl LdapDirectory {
    /// A directory, where to start in it, and how to sign in: [`Login::password`] with a DN for a simple bind, [`Login::external`] or
    /// [`Login::kerberos`]. The login gets an account whose address is empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for a profile that tegu-ldap does not know.
    pub fn new(
        endpoint: client::Endpoint,
        base: impl Into<String>,
        login: Login,
        domains: impl IntoIterator<Item = impl Into<String>>,
        profile: &str,
    ) -> Result<Self> {
        Ok(Self {
            endpoint,
            base: base.into(),
            login,
            checks: DirectoryChecks::new(domains, profile)?,
        })
    }

    /// Exports of `Get-MailboxPermission` and `Get-ADPermission`, as CSV or JSON.
    #[must_use]
    pub fn permissions(mut self, paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        self.checks.permissions.extend(paths.into_iter().map(Into::into));
        self
    }
}

impl DirectorySource for LdapDirectory {
    fn describe(&self) -> String {
        format!("ldap {} below {}", self.endpoint, self.base)
    }

    fn read(&self) -> BoxFuture<'_, Result<DirectoryData>> {
        Box::pin(async move {
            let credentials = self.login.credentials(&Account::new(""))?;
            let entries = async {
                let mut client = client::Client::connect(&self.endpoint, &credentials).await?;
                let limits = client::SearchLimits::default();
                client
                    .search(&self.base, &client::AttributeSet::exchange(), &limits)
                    .await
            };
            let entries = entries.await.map_err(Error::at_source)?;
            check_and_plan(entries, &self.checks)
        })
    }
}

/// Models, checks and plans: all of it is tegu-ldap's.
fn check_and_plan(entries: Vec<Entry>, checks: &DirectoryChecks) -> Result<DirectoryData> {
    let mut writer = ldif::Writer::new(Vec::new())?;
    for entry in &entries {
        writer.entry(entry)?;
    }
    let entries_ldif = writer.into_inner();
    let directory = checks.directory(entries)?;
    let options = check::CheckOptions::new()
        .accepted_domains(checks.domains.iter())?
        .profile(checks.profile.clone());
    let found = check::run(&directory, &options);
    let plan = plan::plan(&directory, &checks.profile, &found);

    let mut findings: HashMap<&str, Vec<Finding>> = HashMap::new();
    for finding in &found {
        findings.entry(finding.id()).or_default().push(finding.into());
    }
    let pending: HashSet<&str> = plan.changes().iter().map(plan::EntryChange::id).collect();
    let row = |entity, id: &str, label: String| {
        let mut row = DirectoryRow::new(entity, id, label);
        row.findings = findings.get(id).cloned().unwrap_or_default();
        if pending.contains(id) {
            row.findings.push(Finding::lossy(
                "DIRECTORY-CHANGE-PENDING",
                "the directory's owner applies directory/apply.ldif (directory/undo.ldif takes it back)",
            ));
        }
        row
    };

    let mut data = DirectoryData {
        facts: facts::of(&directory),
        recipients: super::recipients::of(&directory, &checks.domains),
        directory_addresses: directory_addresses(&directory),
        ..DirectoryData::default()
    };
    let mut taken = HashSet::new();
    for account in directory.accounts() {
        let label = label(account.display_name(), account.address(), account.dn().as_str());
        let mut row = row(Entity::Accounts, account.id(), label);
        if let Some(address) = account.address().filter(|_| account.kind().has_mailbox()) {
            let mail = address.as_str().to_owned();
            if taken.insert(address.key().to_owned()) {
                let mut listed = Account::new(&mail);
                listed.id = journal_id(account.id());
                listed.alias = account.alias().unwrap_or_else(|| address.local()).to_owned();
                listed.display_name = account.display_name().unwrap_or(&mail).to_owned();
                data.accounts.push(listed);
            } else {
                let message =
                    format!("another account has the address {mail}, so this one's items do not move");
                row.findings
                    .push(Finding::lossy("DIRECTORY-ADDRESS-TAKEN", message));
            }
        }
        data.rows.push(row);
    }
    for group in directory.groups() {
        let label = label(group.display_name(), group.address(), group.dn().as_str());
        data.rows.push(row(Entity::Groups, group.id(), label));
    }
    for contact in directory.contacts() {
        let label = label(contact.display_name(), contact.address(), contact.dn().as_str());
        data.rows
            .push(row(Entity::DirectoryContacts, contact.id(), label));
    }
    for aside in directory.set_aside() {
        let mut row = DirectoryRow::new(Entity::Accounts, aside.dn().as_str(), aside.dn().as_str());
        row.findings.push(Finding::info(
            "DIRECTORY-SYSTEM-OBJECT",
            format!("set aside: {:?}", aside.reason()),
        ));
        row.excluded = true;
        data.rows.push(row);
    }
    data.files = vec![
        (ENTRIES.into(), entries_ldif),
        ("directory/accounts.json".into(), json(directory.accounts())?),
        (
            "directory/address-list.json".into(),
            json(&gal::address_list(&directory))?,
        ),
        ("directory/findings.json".into(), json(&found)?),
        ("directory/apply.ldif".into(), plan.apply_ldif()?.into_bytes()),
        ("directory/undo.ldif".into(), plan.undo_ldif()?.into_bytes()),
    ];
    data.directory = Some(directory);
    Ok(data)
}

/// The longest identity that every journal can hold: the index of a database takes no more than 2,700 octets.
const LONGEST_ID: usize = 1000;

/// An account's identity in the journal: its own, or a digest of one that a journal may not be able to hold.
fn journal_id(id: &str) -> String {
    if id.len() > LONGEST_ID || id.contains('\0') {
        format!("digest:{}", digest::of(id.as_bytes()))
    } else {
        id.to_owned()
    }
}

/// The X.500 names that lead to one object alone, which has an SMTP address.
fn directory_addresses(directory: &Directory) -> Vec<(String, String)> {
    let index = Index::of(directory);
    let names = directory.recipients().flat_map(tegu_ldap::Recipient::x500);
    let known = names.filter_map(|name| {
        let address = index.lookup(&name).one()?.address()?;
        Some((name.to_string(), address.as_str().to_owned()))
    });
    known.collect()
}

fn label(name: Option<&str>, address: Option<&tegu_ldap::SmtpAddress>, dn: &str) -> String {
    let parts = [name, address.map(tegu_ldap::SmtpAddress::as_str)];
    let label = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    if label.is_empty() { dn.to_owned() } else { label }
}

fn json(value: &(impl Serialize + ?Sized)) -> Result<Vec<u8>> {
    let failed = |error: serde_json::Error| format!("writing the directory's accounts: {error}");
    let json = serde_json::to_vec_pretty(value);
    json.map_err(|error| Error::new(ErrorKind::Malformed, failed(error)).at_source())
}

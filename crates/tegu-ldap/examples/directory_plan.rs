//! Finds what the owner of a directory has to correct, as LDIF and JSON.
//!
//! `directory_plan (--ldif FILE | --export FILE[,FILE...] | --url ldap[s]://HOST [--plain] [--ca FILE] --bind-dn DN
//! --base DN) --profile NAME|FILE --domains a.example,b.example --out DIR [--encoding NAME] [--json]`
//!
//! `--export` takes tables of `csvde` and of Exchange's shell (`.csv`, `.json`) that belong together. Writes
//! `accounts.json`, `findings.json`, `apply.ldif`, `undo.ldif` and `gal.json`, readable by nobody else. The password comes from the
//! environment variable `TEGU_LDAP_PASSWORD`; `--ticket HOST` instead of `--bind-dn` signs in with a Kerberos ticket for
//! `ldap/HOST` (feature `gssapi`). `ldap://` means StartTLS; `--plain` turns TLS off. Nothing is written to the directory. Exit status: 0 all is well or the
//! plan mends it, 3 a person has to decide something, 4 records of the file could not be read, 2 bad arguments, 1 anything
//! else.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use tegu_ldap::check::{self, CheckOptions, Severity};
use tegu_ldap::client::{AttributeSet, Client, ClientOptions, Credentials, Endpoint, SearchLimits};
use tegu_ldap::encoding::TextEncoding;
use tegu_ldap::export::{self, Export};
use tegu_ldap::{Directory, Plan, Profile, gal, ldif, plan};
use tegu_net::Tls;
use tegu_outcome::file;

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const VALUES: &[&str] = &[
    "ldif", "export", "encoding", "url", "ca", "bind-dn", "ticket", "base", "profile", "domains", "out",
];
const SWITCHES: &[&str] = &["plain", "json"];

struct Arguments(BTreeMap<String, String>);

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut out = BTreeMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").unwrap_or_default().to_owned();
            let value = if VALUES.contains(&&*name) {
                words.next().ok_or_else(|| format!("--{name} needs a value"))?
            } else if SWITCHES.contains(&&*name) {
                String::new()
            } else {
                return Err(format!("{word} is not known"));
            };
            if out.insert(name, value).is_some() {
                return Err(format!("{word} is given twice"));
            }
        }
        let arguments = Self(out);
        let signs_in = arguments.get("bind-dn").is_some() != arguments.get("ticket").is_some();
        let live = [signs_in, arguments.get("base").is_some()];
        match ["ldif", "export", "url"].map(|name| arguments.get(name).is_some()) {
            [true, false, false] | [false, true, false] => {}
            [false, false, true] if live == [true, true] => {}
            [false, false, true] => return Err("--url needs --base and one of --bind-dn and --ticket".into()),
            _ => return Err("one of --ldif, --export and --url must be given".into()),
        }
        for name in ["profile", "domains", "out"] {
            arguments
                .get(name)
                .ok_or_else(|| format!("--{name} is missing"))?;
        }
        Ok(arguments)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// An argument that [`parse`](Self::parse) has made sure of.
    fn value(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            complain(&message);
            return ExitCode::from(2);
        }
    };
    match run(&arguments).await {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Person) => ExitCode::from(3),
        Ok(Outcome::Unreadable) => ExitCode::from(4),
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Texts of a server or a file: what a terminal would obey is left out.
fn complain(text: &str) {
    eprintln!("directory_plan: {}", tegu_outcome::printable(text));
}

enum Outcome {
    Well,
    /// A person has to decide something.
    Person,
    /// Some records could not be read.
    Unreadable,
}

async fn run(arguments: &Arguments) -> Result<Outcome> {
    let profile = profile(arguments.value("profile"))?;
    let domains = arguments.value("domains").split(',');
    let options = CheckOptions::new()
        .accepted_domains(domains)?
        .profile(profile.clone());
    let (directory, unreadable) = read(arguments).await?;
    let findings = check::run(&directory, &options);
    let plan = plan::plan(&directory, &profile, &findings);
    let list = gal::address_list(&directory);
    let (coverage, doubts) = gal::survey(&directory, &list, &gal::GalLimits::default());

    let out = PathBuf::from(arguments.value("out"));
    file::create_dir(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    json(&out, "accounts.json", &directory)?;
    json(
        &out,
        "findings.json",
        &findings.iter().map(Line::of).collect::<Vec<_>>(),
    )?;
    json(&out, "gal.json", &list)?;
    write(&out, "apply.ldif", &plan.apply_ldif()?)?;
    write(&out, "undo.ldif", &plan.undo_ldif()?)?;

    let open = findings
        .iter()
        .filter(|f| f.severity() == Severity::Lossy)
        .count();
    let summary = Summary {
        unreadable: unreadable.len(),
        address_list: coverage,
        address_list_doubts: doubts.len(),
        ..Summary::of(&directory, findings.len(), open, &plan)
    };
    for error in &unreadable {
        complain(&error.to_string());
    }
    if arguments.get("json").is_some() {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        for finding in &findings {
            println!("{finding}");
        }
        println!("{summary}");
    }
    Ok(if !unreadable.is_empty() {
        Outcome::Unreadable
    } else if open > 0 || !plan.held_back().is_empty() {
        Outcome::Person
    } else {
        Outcome::Well
    })
}

fn profile(name: &str) -> Result<Profile> {
    if let Some(profile) = Profile::builtin(name) {
        return Ok(profile);
    }
    let known = Profile::builtin_names().collect::<Vec<_>>().join(", ");
    let text = fs::read_to_string(name).map_err(|e| {
        format!("the profile `{name}` is not one of {known}, and cannot be read as a file: {e}")
    })?;
    Ok(Profile::from_toml(&text)?)
}

/// The directory, and what could not be read of it.
async fn read(arguments: &Arguments) -> Result<(Directory, Vec<tegu_ldap::Error>)> {
    let encoding = match arguments.get("encoding") {
        Some(name) => TextEncoding::named(name)?,
        None => TextEncoding::unicode(),
    };
    if let Some(path) = arguments.get("ldif") {
        let input = open(path)?;
        let mut reader = ldif::Reader::with_encoding(input, encoding, ldif::Limits::default());
        let mut directory = Directory::default();
        // A record that makes no sense costs itself only.
        let unreadable = directory
            .read_ldif(&mut reader)
            .map_err(|e| format!("{path}: {e}"))?;
        return Ok((directory, unreadable));
    }
    if let Some(paths) = arguments.get("export") {
        let (mut export, limits) = (Export::default(), export::Limits::default());
        for path in paths.split(',') {
            let input = open(path)?;
            let read = if path.to_ascii_lowercase().ends_with(".json") {
                export.read_json(input, encoding, &limits)
            } else {
                export.read_csv(input, encoding, &limits)
            };
            read.map_err(|e| format!("{path}: {e}"))?;
        }
        return Ok((export.into_directory(), Vec::new()));
    }
    let mut endpoint = match arguments.get("plain") {
        Some(_) => Endpoint::dangerously_without_tls(arguments.value("url"))?,
        None => Endpoint::new(arguments.value("url"))?,
    };
    if let Some(path) = arguments.get("ca") {
        let pem = fs::read(path).map_err(|e| format!("{path}: {e}"))?;
        endpoint = endpoint.tls(Tls::default().trust_pem(&pem)?);
    }
    let mut client = sign_in(arguments, &endpoint).await?;
    let mut pages = client.pages(
        arguments.value("base"),
        &AttributeSet::exchange(),
        &SearchLimits::default(),
    );
    let mut directory = Directory::default();
    while let Some(page) = pages.next().await? {
        directory.extend(page);
    }
    Ok((directory, Vec::new()))
}

async fn sign_in(arguments: &Arguments, endpoint: &Endpoint) -> Result<Client> {
    if let Some(host) = arguments.get("ticket") {
        let mut options = ClientOptions::default();
        options.kerberos_host = Some(host.to_owned());
        return Ok(Client::connect_with(endpoint, &Credentials::kerberos(), &options).await?);
    }
    let password = std::env::var("TEGU_LDAP_PASSWORD").map_err(|_| "TEGU_LDAP_PASSWORD is not set")?;
    let reader = Credentials::password(arguments.value("bind-dn"), password);
    Ok(Client::connect(endpoint, &reader).await?)
}

fn open(path: &str) -> Result<BufReader<File>> {
    let file = File::open(path).map_err(|e| format!("{path}: {e}"))?;
    Ok(BufReader::with_capacity(256 << 10, file))
}

fn json(out: &Path, name: &str, value: &impl Serialize) -> Result<()> {
    write(out, name, &serde_json::to_string_pretty(value)?)
}

fn write(out: &Path, name: &str, text: &str) -> Result<()> {
    let path = out.join(name);
    Ok(file::write(&path, |out| out.write_all(text.as_bytes()))?)
}

/// A finding as it stands in `findings.json`.
#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: Severity,
    dn: &'a str,
    id: &'a str,
    value: Option<&'a str>,
    proposal: Option<&'a str>,
    text: String,
}

impl<'a> Line<'a> {
    fn of(finding: &'a tegu_ldap::Finding) -> Self {
        Self {
            code: finding.code(),
            severity: finding.severity(),
            dn: finding.dn().as_str(),
            id: finding.id(),
            value: finding.value(),
            proposal: finding.proposal(),
            text: finding.issue().to_string(),
        }
    }
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    entries: usize,
    accounts: usize,
    groups: usize,
    contacts: usize,
    set_aside: usize,
    ignored: usize,
    findings: usize,
    for_a_person: usize,
    changed_entries: usize,
    held_back: usize,
    unreadable: usize,
    address_list: gal::Coverage,
    address_list_doubts: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "read: {} entries: {} accounts, {} groups, {} contacts, {} of the system's own, {} that are nobody (containers, computers), \
             {} that could not be read",
            self.entries,
            self.accounts,
            self.groups,
            self.contacts,
            self.set_aside,
            self.ignored,
            self.unreadable
        )?;
        writeln!(
            f,
            "found: {} findings, {} of them for a person",
            self.findings, self.for_a_person
        )?;
        writeln!(
            f,
            "planned: {} entries to change; {} values held back",
            self.changed_entries, self.held_back
        )?;
        write!(
            f,
            "address list: {} entries, {} hidden, {} doubts",
            self.address_list.entries, self.address_list.hidden, self.address_list_doubts
        )
    }
}

impl Summary {
    fn of(directory: &Directory, findings: usize, for_a_person: usize, plan: &Plan) -> Self {
        Self {
            entries: directory.len(),
            accounts: directory.accounts().len(),
            groups: directory.groups().len(),
            contacts: directory.contacts().len(),
            set_aside: directory.set_aside().len(),
            ignored: directory.ignored().len(),
            findings,
            for_a_person,
            changed_entries: plan.changes().len(),
            held_back: plan.held_back().len(),
            ..Self::default()
        }
    }
}

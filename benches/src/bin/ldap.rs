//! What the races of `benches/race-ldap` run: each job prints what it did, so that two runs can be compared.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use tegu_benches::directory;
use tegu_ldap::address::Imcea;
use tegu_ldap::check::{self, CheckOptions};
use tegu_ldap::client::{AttributeSet, Client, Credentials, Endpoint, SearchLimits};
use tegu_ldap::lookup::{Found, Index};
use tegu_ldap::{Directory, Profile, ldif, plan};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const USAGE: &str = "ldap make {lean|full} BASE COUNT FILE | parse FILE | plan FILE | read URL BIND-DN BASE | serve COUNT | \
                     who FILE LOOKUPS";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["make", kind, base, count, file] => make(kind, base, count, file),
        ["parse", file] => parse(file),
        ["plan", file] => planned(file),
        ["read", url, bind_dn, base] => read(url, bind_dn, base),
        ["serve", count] => serve(count),
        ["who", file, lookups] => who(file, lookups),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ldap: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Most that the process has held, in KiB.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.unwrap_or("?").trim().to_owned()
}

/// Seconds of the processor that the process has used.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn report(what: &str, count: usize, bytes: u64, begin: Instant) {
    let seconds = begin.elapsed().as_secs_f64();
    let megabytes = bytes as f64 / 1e6;
    let own = processor();
    println!(
        "{what}: {count} entries in {seconds:.3} s, {:.0} entries/s, {megabytes:.0} MB at {:.0} MB/s; cpu {own:.2} s, \
         {:.0} entries/s, {:.0} MB/s; peak {}",
        count as f64 / seconds,
        megabytes / seconds,
        count as f64 / own,
        megabytes / own,
        peak()
    );
}

fn make(kind: &str, base: &str, count: &str, file: &str) -> Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    directory::write(&mut out, kind == "full", base, count.parse()?)?;
    Ok(out.flush()?)
}

fn open(file: &str) -> Result<(ldif::Reader<BufReader<File>>, u64)> {
    let file = File::open(file)?;
    let bytes = file.metadata()?.len();
    let input = BufReader::with_capacity(256 << 10, file);
    Ok((ldif::Reader::new(input, ldif::Limits::default()), bytes))
}

fn parse(file: &str) -> Result<()> {
    let begin = Instant::now();
    let (mut reader, bytes) = open(file)?;
    let mut count = 0;
    while let Some(record) = reader.next() {
        reader.recycle(record?.into_entry()?);
        count += 1;
    }
    report("parse", count, bytes, begin);
    Ok(())
}

fn planned(file: &str) -> Result<()> {
    let begin = Instant::now();
    let (mut reader, bytes) = open(file)?;
    let mut directory = Directory::default();
    if let Some(error) = directory.read_ldif(&mut reader)?.pop() {
        return Err(error.into());
    }
    let read = begin.elapsed();
    let profile = Profile::builtin("openldap").ok_or("no profile")?;
    let options = CheckOptions::new()
        .accepted_domains(["example.test", "corp.example.test"])?
        .profile(profile.clone());
    let findings = check::run(&directory, &options);
    let checked = begin.elapsed();
    let plan = plan::plan(&directory, &profile, &findings);
    let planned = begin.elapsed();
    report("parse, model, check and plan", directory.len(), bytes, begin);
    println!(
        "  read and modelled {read:.2?}, checked {:.2?}, planned {:.2?}; {} findings, {} changes",
        checked - read,
        planned - checked,
        findings.len(),
        plan.changes().len()
    );
    // The process ends here: taking all of it apart again is no part of the job.
    std::process::exit(0);
}

/// Runs a server until its input ends.
fn serve(count: &str) -> Result<()> {
    let mut entries = Vec::new();
    directory::write(&mut entries, false, "dc=corp,dc=example,dc=test", count.parse()?)?;
    let slapd = tegu_testkit::Slapd::builder()
        .exchange_schema()
        .load(String::from_utf8(entries)?)
        .start();
    let names: Vec<String> = AttributeSet::exchange()
        .names()
        .iter()
        .map(|n| n.as_str().to_owned())
        .collect();
    let (url, bind_dn, base, password) = (
        slapd.ldap_url(),
        slapd.bind_dn(),
        slapd.base_dn(),
        slapd.password(),
    );
    println!("{url}\t{bind_dn}\t{base}\t{password}\t{}", names.join(","));
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Looks addresses of all forms up.
fn who(file: &str, lookups: &str) -> Result<()> {
    let (reader, _) = open(file)?;
    let mut directory = Directory::default();
    for record in reader {
        directory.extend([record?.into_entry()?]);
    }
    let begin = Instant::now();
    let index = Index::of(&directory);
    println!(
        "index over {} objects: {:.2?}, peak {}",
        directory.len(),
        begin.elapsed(),
        peak()
    );
    let accounts = directory.accounts();
    let forms: [fn(&tegu_ldap::Account) -> String; 6] = [
        |a| {
            a.address()
                .map(ToString::to_string)
                .unwrap_or_default()
                .to_uppercase()
        },
        |a| {
            a.aliases()
                .first()
                .map(|a| format!("smtp:{a}"))
                .unwrap_or_default()
        },
        |a| a.x500().next().unwrap_or_default().into_owned(),
        |a| {
            let packed = a.x500().next().and_then(|x| Imcea::new("ex", &x).ok());
            packed.map(|p| p.encode("example.test")).unwrap_or_default()
        },
        |a| a.login().unwrap_or_default().to_owned(),
        |a| a.sid().unwrap_or_default().into_owned(),
    ];
    let count: usize = lookups.parse()?;
    let all: Vec<String> = (0..count.min(1_000_000))
        .map(|n| forms[n % forms.len()](&accounts[n.wrapping_mul(7_919) % accounts.len()]))
        .collect();
    let (begin, own) = (Instant::now(), processor());
    let mut found = 0;
    for text in all.iter().cycle().take(count) {
        found += usize::from(!matches!(index.lookup(text), Found::Nobody));
    }
    let seconds = begin.elapsed().as_secs_f64();
    let own = processor() - own;
    println!(
        "{count} lookups in six forms, {found} found: {seconds:.2} s, {:.0} a second; cpu {own:.2} s, {:.0} a second",
        count as f64 / seconds,
        count as f64 / own
    );
    Ok(())
}

fn read(url: &str, bind_dn: &str, base: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let password = std::env::var("TEGU_LDAP_PASSWORD")?;
        let begin = Instant::now();
        // As `ldapsearch` and `ldap3` read in this race: without TLS.
        let endpoint = Endpoint::dangerously_without_tls(url)?;
        let mut client = Client::connect(&endpoint, &Credentials::password(bind_dn, password)).await?;
        let limits = SearchLimits::default();
        let mut pages = client.pages(base, &AttributeSet::exchange(), &limits);
        let (mut accounts, mut count) = (0, 0);
        while let Some(page) = pages.next().await? {
            let directory = Directory::from_entries(page);
            accounts += directory.accounts().len();
            count += directory.len();
        }
        report("read from the server to accounts", count, 0, begin);
        println!("  {accounts} accounts");
        Ok(())
    })
}

//! `tegu ews export`: a mailbox as mbox, iCalendar and vCard files.

use super::{
    account::Account,
    kinds::{Family, Tally, ended},
    output::{Output, Sheet},
};
use crate::say;
use serde_json::json;
use std::{collections::BTreeMap, io::Read as _, path::PathBuf, process::ExitCode};
use tegu_ews::{Finding, Kind, Mailbox, Severity, client::Read, inventory::Place};
use tegu_migrate::message::Body;
use tegu_migrate::{Error, Result};
use tegu_outcome::{Counts, State};

pub(super) const HELP: &str = "Mail goes into DIR/mail, a file for each folder; calendars, tasks, notes and contacts into DIR/calendars and so on; settings into
DIR/settings.json. An item that would lose something is kept in DIR/manual with the reason, unless that loss is accepted by its code. The
same command may be given again after a crash; mail that was written is not read again.

The password comes from the environment variable TEGU_EWS_PASSWORD, or from a file that TEGU_EWS_PASSWORD_FILE or --password-file
names. Nothing on the server is changed.

Exit status: 0 all was written, 3 something is left for a person, 4 an item could not be read, 2 wrong arguments, 1 any other error.

Example:
  tegu ews export --url https://mail.example.org/EWS/Exchange.asmx --user 'EXAMPLE\\migration' --impersonate anna@example.org --to anna";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(super) account: Account,
    /// The directory to write into
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Which kinds of things; all unless given
    #[arg(long, value_name = "KIND,...", value_delimiter = ',', value_enum)]
    kinds: Vec<Family>,
    /// Write the archive mailbox too, below a folder of this name
    #[arg(long, value_name = "NAME")]
    archive: Option<String>,
    /// Losses that are accepted, by their codes
    #[arg(long, value_delimiter = ',', value_name = "CODE,...")]
    accept: Vec<String>,
}

pub(super) async fn main(arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let (ews, mailbox) = arguments.account.open().await?;
    let wanted = if arguments.kinds.is_empty() {
        Family::ALL.to_vec()
    } else {
        arguments.kinds.clone()
    };
    let mut export = Export {
        output: Output::open(&arguments.to, mailbox.address())?,
        tally: Tally::default(),
        accept: &arguments.accept,
        kinds: wanted.iter().flat_map(|family| family.kinds()).copied().collect(),
    };
    for family in &wanted {
        export.tally.kinds.entry(*family).or_default();
    }
    let inventory = mailbox.inventory_with(arguments.archive.as_deref()).await?;
    let mut findings = inventory.findings.clone();
    if !export.kinds.is_empty() {
        for place in &inventory.folders {
            export.folder(&mailbox, place, &mut findings).await?;
        }
    }
    if wanted.contains(&Family::Settings) {
        let settings = mailbox.settings(&inventory).await?;
        let groups = [
            settings.rules.is_some(),
            settings.out_of_office.is_some(),
            settings.delegates.is_some(),
            settings.categories.is_some(),
            true,
        ];
        for told in groups {
            export
                .tally
                .add(Family::Settings, if told { State::Moved } else { State::Manual });
        }
        export.output.settings(&settings)?;
        findings.extend(settings.findings);
    }
    findings.extend(ews.findings());
    let kinds: BTreeMap<&str, &Counts> = export
        .tally
        .kinds
        .iter()
        .map(|(family, counts)| (family.name(), counts))
        .collect();
    if json {
        say::json_line(&json!({
            "kinds": kinds,
            "codes": export.tally.codes,
            "findings": findings,
        }))?;
    } else {
        for (family, counts) in &export.tally.kinds {
            say!(
                "{}: source {} moved {} manual {} failed {} excluded {}",
                family.name(),
                counts.source,
                counts.moved,
                counts.manual,
                counts.failed,
                counts.excluded
            );
        }
        for (code, count) in &export.tally.codes {
            say!("  {code} {count}");
        }
        findings
            .iter()
            .for_each(|finding| note!("{}: {finding}", finding.severity));
    }
    let sum = |count: fn(&Counts) -> u64| export.tally.kinds.values().map(count).sum::<u64>();
    Ok(ExitCode::from(if sum(|counts| counts.failed) > 0 {
        4
    } else if sum(|counts| counts.manual) > 0 {
        3
    } else {
        0
    }))
}

struct Export<'a> {
    output: Output,
    tally: Tally,
    accept: &'a [String],
    kinds: Vec<Kind>,
}

impl Export<'_> {
    async fn folder(&mut self, mailbox: &Mailbox, place: &Place, findings: &mut Vec<Finding>) -> Result<()> {
        let known = self.output.begin(place)?;
        for (family, state) in &known.states {
            if family.kinds().iter().any(|kind| self.kinds.contains(kind)) {
                self.tally.add(*family, *state);
            }
        }
        let mut items = mailbox
            .items(place)
            .only(&self.kinds)
            .without(known.ids)
            .converting();
        let mut sheet = Sheet::new();
        while let Some(batch) = items.next().await? {
            for read in batch {
                self.item(read, place, &mut sheet)?;
            }
            self.output.commit()?;
        }
        findings.extend(items.listing().findings().iter().cloned());
        self.output.finish(sheet)
    }

    fn item(&mut self, read: Read, place: &Place, sheet: &mut Sheet) -> Result<()> {
        let id = read.listed.id.id;
        let item = match read.item {
            Ok(item) => item,
            Err(problem) => {
                let (state, code) = ended(&problem);
                let family = Family::of(Kind::of("", &read.listed.element), place.kind);
                self.tally.add(family, state);
                self.tally.code(code);
                return match state {
                    State::Manual => {
                        self.output
                            .manual(family, &id, &[(code.to_owned(), problem.to_string())], None)
                    }
                    _ => Ok(()),
                };
            }
        };
        let family = Family::of(item.kind, place.kind);
        let noticed = read.converted.as_ref().map(|converted| &converted.findings);
        let noticed = noticed.or(read.rebuilt.as_ref().map(|(_, findings)| findings));
        for finding in noticed.into_iter().flatten() {
            self.tally.code(&finding.code);
        }
        let losses = self.losses(noticed.into_iter().flatten());
        let rebuilt = read.rebuilt.as_ref().map(|(body, _)| body);
        let state = match (item.kind, &read.converted) {
            _ if !losses.is_empty() => Err(losses),
            (Kind::Mail, _) => match rebuilt.map_or_else(|| item.content(), Ok) {
                Ok(body) => self.output.mail(&item, body)?,
                Err(problem) => Err(vec![("EWS-ITEM-DAMAGED".to_owned(), problem.to_string())]),
            },
            (_, Some(converted)) => {
                sheet.add(family, converted);
                Ok(())
            }
            (_, None) => Err(vec![(
                "EWS-CLASS-UNKNOWN".to_owned(),
                format!("no other form is known for the class {:?}", item.class),
            )]),
        };
        match state {
            Ok(()) => self.tally.add(family, State::Moved),
            Err(losses) => {
                let converted = read.converted.as_ref().map(|converted| match family {
                    Family::Contacts => converted.component.clone(),
                    _ => converted.calendar(),
                });
                let best = match rebuilt {
                    Some(body) => Some(octets(body)?),
                    None => converted.map(String::into_bytes),
                };
                if noticed.is_none() {
                    losses.iter().for_each(|(code, _)| self.tally.code(code));
                }
                self.tally.add(family, State::Manual);
                self.output.manual(family, &id, &losses, best.as_deref())?;
            }
        }
        Ok(())
    }

    /// Losses that nobody accepted.
    fn losses<'f>(&self, noticed: impl Iterator<Item = &'f Finding>) -> Vec<(String, String)> {
        noticed
            .filter(|finding| finding.severity == Severity::Lossy)
            .filter(|finding| !self.accept.iter().any(|code| *code == finding.code))
            .map(|finding| (finding.code.to_string(), finding.message.clone()))
            .collect()
    }
}

fn octets(body: &Body) -> Result<Vec<u8>> {
    let mut octets = Vec::new();
    let read = body.reader().read_to_end(&mut octets);
    read.map_err(|error| Error::io("read", "a message", error))?;
    Ok(octets)
}

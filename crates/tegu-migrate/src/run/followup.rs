//! What a run does after the items have moved: stages, routing sheets, letters.

use crate::{Account, Entity, Error, Event, Report, Result, journal::Journal, shared::Shared};
use std::sync::Arc;
use tegu_report::CoexistenceReport;
use tegu_routing::{Forwarding, Recipient, Sheets, Stages, prove};
use tokio_util::sync::CancellationToken;

/// The folder of the sheets that follow each run, below the job's directory.
const SHEETS: &str = "routing";

impl Shared {
    /// Finds mistakes in what comes after the items, before anything moves.
    pub(crate) fn check_followup(&self) -> Result<()> {
        let delivers = self.letters.as_ref().is_some_and(|letters| letters.deliver);
        let mailboxes = self.route(Entity::Mail).and_then(|route| route.mailboxes());
        if delivers && mailboxes.is_none() {
            return Err(Error::config(
                "letters.deliver: the job moves no mail, so there is nowhere to deliver letters to",
            ));
        }
        Ok(())
    }

    /// Takes accounts to the stage that this run brought them to, and writes the routing sheets.
    pub(super) fn note_stages(
        &self,
        report: &mut Report,
        recipients: &[Recipient],
        forwardings: &[Forwarding],
    ) -> Result<()> {
        if !self.has_waves() {
            return Ok(());
        }
        let mut stages = Stages::read_from(&self.out)?;
        for account in &report.accounts {
            stages.note_pass(&account.account, report.complete && account.is_complete());
        }
        stages.write_to(&self.out)?;
        let mut row = CoexistenceReport::default();
        let counts = stages.counts().into_iter();
        row.stages = counts
            .map(|(stage, accounts)| (stage.name().to_owned(), accounts as u64))
            .collect();
        if let Some(servers) = &self.servers {
            let sheets = Sheets::new(servers, recipients, &stages);
            let proof = prove(servers, &sheets, recipients, &stages, forwardings);
            let proved = proof.holds();
            if proved {
                sheets.write_to(&self.out.join(SHEETS))?;
                row.sheets = Some(SHEETS.to_owned());
            }
            row.findings = proof.findings;
            self.events.send(Event::SheetsMade { proved });
        }
        report.coexistence = Some(row);
        Ok(())
    }

    /// Writes a letter to each owner, and delivers it if the configuration says so.
    pub(super) async fn write_letters(
        &self,
        report: &mut Report,
        accounts: &[Account],
        journal: &Arc<dyn Journal>,
        cancel: &CancellationToken,
    ) -> Result<()> {
        let Some(config) = &self.letters else {
            return Ok(());
        };
        let letters = config.letters();
        let written = letters.write_to(report, &self.out)? as u64;
        let mut row = if config.deliver {
            self.deliver_letters(&letters, report, accounts, Some(journal), cancel)
                .await?
        } else {
            tegu_report::LettersReport::default()
        };
        row.written = written;
        self.events.send(Event::LettersWritten {
            written,
            delivered: row.delivered,
            failed: row.failed.len() as u64,
        });
        report.letters = Some(row);
        Ok(())
    }
}

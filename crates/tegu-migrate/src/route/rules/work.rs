//! One mailbox, translated: the same for plan and run.

use super::{RulesRoute, SCRIPT, ScriptTarget};
use crate::{
    Account, Error, Result, digest,
    journal::{ContainerRecords, Journal},
    ledger,
    route::RouteOptions,
};
use tegu_outcome::Digest;
use tegu_sieve::{
    managesieve::{Client, Upload},
    store::{Before, MailboxSettings, Work},
    translate::{Folders, Owner, Translator},
};

/// What is known of a mailbox before anything is decided.
pub(super) struct Prepared {
    /// The connection to the target, if there is a server.
    pub(super) client: Option<Client>,
    pub(super) work: Work,
    pub(super) upload: Upload,
    pub(super) digest: Digest,
}

impl Prepared {
    /// What earlier runs know of the script, by the records of [`SCRIPT`].
    pub(super) fn before(&self, known: &ContainerRecords) -> Before {
        let sending =
            |intent: &crate::journal::Intent| intent.items.iter().any(|(_, sent)| *sent == self.digest);
        let proof = known.records.get(SCRIPT).and_then(|record| record.proof);
        match (&known.intent, proof) {
            (Some(intent), _) if sending(intent) => Before::Sending,
            (_, Some(proof)) if proof == self.digest => Before::Same,
            (_, Some(_)) => Before::Other,
            (_, None) => Before::Nothing,
        }
    }
}

impl RulesRoute {
    /// Reads an account's settings and translates them for what its server offers.
    pub(super) async fn prepare(
        &self,
        account: &Account,
        options: &RouteOptions,
        journal: Option<&dyn Journal>,
    ) -> Result<Prepared> {
        let surveyed = self.surveyed();
        let mut settings = match surveyed.all.take(account) {
            Some(settings) => settings,
            None => self.source.read(account).await?,
        };
        settings.resolve(&options.addresses);
        surveyed.all.complete(account, &mut settings);
        let (client, server) = match &*self.target {
            ScriptTarget::Server(server) => {
                let client = server.connect(account).await.map_err(Error::at_target)?;
                let offered = client.capabilities().server();
                (Some(client), offered)
            }
            ScriptTarget::Files(server) => (None, server.clone()),
        };
        let folders = self.folders(account, &settings, journal).await?;
        let mut owner = Owner::new(surveyed.all.addresses(account));
        if !self.options.domains.is_empty() {
            owner = owner.domains(&self.options.domains);
        }
        let translator = Translator::new(server).owner(owner).folders(folders);
        let translator = options.policy.accept.iter().fold(translator, Translator::accept);
        let work = Work::new(
            translator,
            &settings,
            surveyed.all.judged(account),
            self.options.forwarding,
        );
        let upload =
            Upload::new(self.options.script.clone(), &*work.text).activation(self.options.activation);
        Ok(Prepared {
            client,
            digest: digest::of(work.text.as_bytes()),
            work,
            upload,
        })
    }

    /// How the account's folders are called on the target: as the mail route called them. Before any mail has moved, paths stay as they are.
    async fn folders(
        &self,
        account: &Account,
        settings: &MailboxSettings,
        journal: Option<&dyn Journal>,
    ) -> Result<Folders> {
        let options = &self.options;
        let mut folders = Folders::default()
            .delimiter(options.delimiter)
            .trash(&options.trash);
        if !self.surveyed().moves_mail || !settings.name_folders() {
            return Ok(folders);
        }
        if let Some(journal) = journal {
            for (path, name) in ledger::folders(journal, &account.id).await? {
                folders = folders.map(path, name);
            }
        }
        Ok(folders)
    }
}

//! Messages from an IMAP server. Nothing on it changes.

use super::{MailReader, MailSource, SourceCapabilities};
use crate::{Account, BoxFuture, Result, net::Throttle, server::ImapServer};
use std::sync::Arc;
use tegu_imap::store::{self, ImapReader};
use tegu_rights::{
    Grant, People,
    store::{RightsEnd, RightsSource},
};

/// Mailboxes on an IMAP server.
#[derive(Debug)]
pub struct ImapSource(ImapServer);

impl ImapSource {
    /// Mailboxes on this server.
    pub fn new(server: ImapServer) -> Self {
        Self(server)
    }
}

impl MailSource for ImapSource {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn capabilities(&self) -> SourceCapabilities {
        SourceCapabilities::everything()
    }

    fn place(&self, account: &Account) -> Option<String> {
        self.0.place(account)
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.0.throttle()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        Box::pin(async move {
            let session = self.0.connect(account).await?;
            Ok(Box::new(ImapReader::new(session)) as Box<dyn MailReader>)
        })
    }
}

impl RightsEnd for ImapServer {
    fn describe(&self) -> String {
        self.describe()
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.throttle()
    }
}

impl RightsSource for ImapServer {
    fn read<'a>(&'a self, account: &'a Account, _: &'a People) -> BoxFuture<'a, Result<Vec<Grant>>> {
        Box::pin(async move { store::grants(&mut self.connect(account).await?).await })
    }
}

//! Messages to an IMAP server.

use super::{Access, MailTarget, MailWriter, TargetCapabilities};
use crate::{Account, BoxFuture, Result, net::Throttle, server::ImapServer};
use std::sync::Arc;
use tegu_imap::store::{self, ImapLists, ImapWriter};
use tegu_rights::store::{AccessLists, RightsTarget};

/// Mailboxes on an IMAP server.
#[derive(Debug)]
pub struct ImapTarget(ImapServer);

impl ImapTarget {
    /// Mailboxes on this server.
    pub fn new(server: ImapServer) -> Self {
        Self(server)
    }
}

impl MailTarget for ImapTarget {
    fn describe(&self) -> String {
        self.0.describe()
    }

    fn capabilities(&self) -> TargetCapabilities {
        store::capabilities()
    }

    fn place(&self, account: &Account) -> Option<String> {
        self.0.place(account)
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.0.throttle()
    }

    fn open<'a>(&'a self, account: &'a Account, _: Access) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        Box::pin(async move {
            let session = self.0.connect(account).await?;
            Ok(Box::new(ImapWriter::new(session)) as Box<dyn MailWriter>)
        })
    }
}

impl RightsTarget for ImapServer {
    fn identifier(&self, account: &Account) -> Result<String> {
        self.owner(account)
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn AccessLists>>> {
        Box::pin(async move { Ok(Box::new(ImapLists::new(self.connect(account).await?)) as _) })
    }
}

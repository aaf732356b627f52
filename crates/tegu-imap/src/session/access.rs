//! Reads and changes rights (RFC 4314), and reads quotas (RFC 9208).

use super::Session;
use super::connection::Doing;
use crate::access::{AclEntry, GrantableRights, Quota, Rights, RightsChange};
use crate::mailbox::MailboxName;
use crate::wire::{Command, Response};
use crate::{Error, ErrorKind, Result};

/// The most quotas that may bound one mailbox.
const QUOTAS: usize = 100;

impl Session {
    /// Returns who may do what to a mailbox. The user needs the right `a`.
    ///
    /// # Errors
    ///
    /// Kind [`Unsupported`](ErrorKind::Unsupported) if the server has no ACL, otherwise as for
    /// [`status`](Self::status).
    pub async fn get_acl(&mut self, name: &MailboxName) -> Result<Vec<AclEntry>> {
        let doing = ("read the rights on", name.as_str());
        let command = self.acl_command("GETACL", doing, name)?;
        let mut entries = None;
        let each = |response| {
            if let Response::Acl(_, told) = response {
                entries = Some(told);
            }
            Ok(())
        };
        self.run(doing, command, each).await?;
        entries.ok_or_else(|| self.untold(doing))
    }

    /// Gives or takes rights. A server that implements only RFC 2086 gets the nearest rights that it
    /// knows. Returns the rights as they were sent.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config) for an empty identifier, otherwise as for [`get_acl`](Self::get_acl).
    pub async fn set_acl(
        &mut self,
        name: &MailboxName,
        identifier: &str,
        change: RightsChange,
        rights: Rights,
    ) -> Result<Rights> {
        let subject = format!("{name} to {identifier}");
        let doing = ("give rights on", subject.as_str());
        let modern = self.capabilities.iter().any(|name| name.starts_with("RIGHTS="));
        let rights = if modern { rights } else { rights.old() };
        let sign = match change {
            RightsChange::Replace => "",
            RightsChange::Add => "+",
            RightsChange::Remove => "-",
        };
        let command = self.acl_command("SETACL", doing, name)?;
        let command = command.string(known(doing, identifier)?)?;
        let command = command.string(format!("{sign}{rights}").as_bytes())?;
        self.run(doing, command, |_| Ok(())).await?;
        Ok(rights)
    }

    /// Removes the entry of an identifier. Rights that entries of groups grant remain.
    ///
    /// # Errors
    ///
    /// As for [`set_acl`](Self::set_acl).
    pub async fn delete_acl(&mut self, name: &MailboxName, identifier: &str) -> Result<()> {
        let subject = format!("{name} from {identifier}");
        let doing = ("take the rights on", subject.as_str());
        let command = self.acl_command("DELETEACL", doing, name)?;
        let command = command.string(known(doing, identifier)?)?;
        self.run(doing, command, |_| Ok(())).await?;
        Ok(())
    }

    /// Returns the rights that can be given to an identifier.
    ///
    /// # Errors
    ///
    /// As for [`set_acl`](Self::set_acl).
    pub async fn list_rights(&mut self, name: &MailboxName, identifier: &str) -> Result<GrantableRights> {
        let subject = format!("{name} {identifier} can be given");
        let doing = ("read which rights on", subject.as_str());
        let command = self.acl_command("LISTRIGHTS", doing, name)?;
        let command = command.string(known(doing, identifier)?)?;
        let mut grantable = None;
        let each = |response| {
            if let Response::ListRights(_, _, told) = response {
                grantable = Some(told);
            }
            Ok(())
        };
        self.run(doing, command, each).await?;
        grantable.ok_or_else(|| self.untold(doing))
    }

    /// Returns what the user who logged in may do to a mailbox.
    ///
    /// # Errors
    ///
    /// As for [`get_acl`](Self::get_acl), but one of the rights `l`, `r`, `i`, `k`, `x` and `a` is enough.
    pub async fn my_rights(&mut self, name: &MailboxName) -> Result<Rights> {
        let doing = ("read one's own rights on", name.as_str());
        let command = self.acl_command("MYRIGHTS", doing, name)?;
        let mut rights = None;
        let each = |response| {
            if let Response::MyRights(_, told) = response {
                rights = Some(told);
            }
            Ok(())
        };
        self.run(doing, command, each).await?;
        rights.ok_or_else(|| self.untold(doing))
    }

    /// Returns the quotas that apply to a mailbox: none, one, or several.
    ///
    /// # Errors
    ///
    /// Kind [`Unsupported`](ErrorKind::Unsupported) if the server has no QUOTA, otherwise as for
    /// [`status`](Self::status).
    pub async fn quotas(&mut self, name: &MailboxName) -> Result<Vec<Quota>> {
        let doing = ("read the quotas of", name.as_str());
        self.needs("QUOTA", doing)?;
        let command = Command::new("GETQUOTAROOT").string(name.wire(self.utf8_names()))?;
        let mut quotas: Vec<Quota> = Vec::new();
        let mut too_many = Some(self.limit("quotas", QUOTAS));
        let each = |response| {
            if let Response::Quota(quota) = response {
                quotas.push(quota);
            }
            match too_many.take_if(|_| quotas.len() > QUOTAS) {
                Some(error) => Err(error),
                None => Ok(()),
            }
        };
        self.run(doing, command, each).await?;
        Ok(quotas)
    }

    fn acl_command(&self, verb: &'static str, doing: Doing<'_>, name: &MailboxName) -> Result<Command> {
        self.needs("ACL", doing)?;
        Command::new(verb).string(name.wire(self.utf8_names()))
    }

    fn needs(&self, capability: &str, doing: Doing<'_>) -> Result<()> {
        if self.capabilities.has(capability) {
            return Ok(());
        }
        let message = format!("the server has no {capability}");
        let error = self.connection.error(ErrorKind::Unsupported, message);
        Err(error.doing(doing.0, doing.1))
    }

    fn untold(&self, doing: Doing<'_>) -> Error {
        let error = self
            .connection
            .error(ErrorKind::Protocol, "the server says OK, but sends no answer");
        error.doing(doing.0, doing.1)
    }
}

fn known<'a>(doing: Doing<'_>, identifier: &'a str) -> Result<&'a [u8]> {
    if identifier.is_empty() {
        return Err(Error::config("the identifier is empty").doing(doing.0, doing.1));
    }
    Ok(identifier.as_bytes())
}

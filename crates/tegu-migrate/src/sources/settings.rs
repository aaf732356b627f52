//! What mailboxes on Exchange do with their mail: rules and automatic replies.

use super::ews::EwsServer;
use crate::{Account, BoxFuture, Error, Result, net::Throttle};
use std::sync::Arc;
use tegu_ews::{
    Inventory, ItemId, Kind, Mailbox,
    item::Person,
    request::ItemShape,
    settings::{InboxRule, Operand, OutOfOffice},
};
use tegu_sieve::{
    read::{AutoReply, ExternalAudience, ReplyState, SchemaRule, SchemaValue},
    rule::{Folder, Recipient, ReplyTemplate},
    store::{ItemKind, MailboxSettings, SettingsSource},
};

/// Inbox rules and automatic replies of mailboxes on Exchange. Forwarding is the directory's.
#[derive(Debug)]
pub struct EwsSettings {
    server: EwsServer,
}

impl EwsSettings {
    /// Settings on this server.
    pub fn new(server: EwsServer) -> Self {
        Self { server }
    }

    async fn settings(&self, account: &Account) -> Result<MailboxSettings> {
        let mailbox = self.server.mailbox(account).await?;
        let (mut of_rules, mut of_replies) = (Vec::new(), Vec::new());
        let rules = mailbox.inbox_rules(&mut of_rules).await?;
        let reply = mailbox.out_of_office(&mut of_replies).await?;
        let rules = rules.map(|rules| rules.rules).unwrap_or_default();
        let mut settings = MailboxSettings::default();
        let folders = if rules.iter().any(names_folder) {
            Some(mailbox.inventory().await?)
        } else {
            None
        };
        for rule in rules {
            settings
                .rules
                .push(schema(&mailbox, folders.as_ref(), rule).await?.into_rule());
        }
        let reply = reply.map(|reply| auto_reply(account, reply)).transpose()?;
        settings.reply = reply.filter(AutoReply::is_set);
        let of_rules = of_rules.into_iter().map(|finding| (ItemKind::Rule, finding));
        let of_replies = of_replies.into_iter().map(|finding| (ItemKind::Reply, finding));
        settings.untold = of_rules.chain(of_replies).collect();
        Ok(settings)
    }
}

impl SettingsSource for EwsSettings {
    fn describe(&self) -> String {
        self.server.describe()
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.server.place(account))
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        self.server.throttle()
    }

    fn read<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<MailboxSettings>> {
        Box::pin(async move { self.settings(account).await.map_err(Error::at_source) })
    }
}

fn names_folder(rule: &InboxRule) -> bool {
    let mut operands = rule.actions.iter().map(|(_, operand)| operand);
    operands.any(|operand| matches!(operand, Operand::Folder(_) | Operand::Distinguished(_)))
}

async fn schema(mailbox: &Mailbox, folders: Option<&Inventory>, rule: InboxRule) -> Result<SchemaRule> {
    let mut out = SchemaRule::new(rule.name);
    out.priority = rule.priority.into();
    (out.enabled, out.in_error, out.unsupported) = (rule.enabled, rule.in_error, rule.unsupported);
    out.conditions = values(mailbox, folders, rule.conditions).await?;
    out.exceptions = values(mailbox, folders, rule.exceptions).await?;
    out.actions = values(mailbox, folders, rule.actions).await?;
    Ok(out)
}

async fn values(
    mailbox: &Mailbox,
    folders: Option<&Inventory>,
    operands: Vec<(String, Operand)>,
) -> Result<Vec<(String, SchemaValue)>> {
    let mut all = Vec::with_capacity(operands.len());
    for (name, operand) in operands {
        all.push((name, value(mailbox, folders, operand).await?));
    }
    Ok(all)
}

async fn value(mailbox: &Mailbox, folders: Option<&Inventory>, operand: Operand) -> Result<SchemaValue> {
    let places = folders
        .map(|folders| folders.folders.as_slice())
        .unwrap_or_default();
    Ok(match operand {
        Operand::Flag(on) => SchemaValue::Flag(on),
        Operand::Word(word) => SchemaValue::Word(word),
        Operand::Texts(all) => SchemaValue::Texts(all),
        Operand::People(all) => SchemaValue::People(all.into_iter().map(recipient).collect()),
        Operand::Folder(id) => folder(places.iter().find(|place| place.folder.id == id)),
        Operand::Distinguished(name) => {
            let is =
                |place: &&tegu_ews::inventory::Place| place.folder.distinguished.as_deref() == Some(&*name);
            folder(places.iter().find(is))
        }
        Operand::Item(id) => SchemaValue::Template(template(mailbox, id).await?),
        Operand::Sizes(min, max) => SchemaValue::Sizes(min.map(Into::into), max.map(Into::into)),
        Operand::Dates(after, before) => SchemaValue::Dates(after, before),
        Operand::Unknown(what) => SchemaValue::Unknown(what),
        _ => SchemaValue::Unknown("the element is not known".to_owned()),
    })
}

fn folder(place: Option<&tegu_ews::inventory::Place>) -> SchemaValue {
    match place {
        Some(place) => SchemaValue::Folder(Folder::path(place.path.iter().cloned())),
        None => SchemaValue::Unknown(
            "the folder is not in the mailbox, or not among its folders of mail".to_owned(),
        ),
    }
}

/// A template that is not given is for a person, whatever the reason.
async fn template(mailbox: &Mailbox, id: ItemId) -> Result<Option<ReplyTemplate>> {
    let shape = ItemShape::of(Kind::Mail, mailbox.version());
    let item = mailbox.get(&[id], &shape).await?.into_iter().next();
    let Some(Ok(item)) = item else { return Ok(None) };
    let Ok(body) = item.content() else { return Ok(None) };
    // One that is too large to be held in memory is none that somebody wrote.
    Ok(body.held().and_then(|octets| ReplyTemplate::of_message(octets)))
}

fn recipient(person: Person) -> Recipient {
    let mut known = match person.routing.as_str() {
        "EX" => Recipient::legacy(person.name, person.address),
        _ => {
            let mut known = Recipient::smtp(person.address);
            known.name = person.name;
            known
        }
    };
    known.group = person.kind.ends_with("DL");
    known
}

fn auto_reply(account: &Account, told: OutOfOffice) -> Result<AutoReply> {
    let wrong = |what: &str, name: &str| {
        Error::new(
            crate::ErrorKind::Protocol,
            format!("{what} {name:?} is not known"),
        )
    };
    let mut reply = AutoReply::new(&*account.mail);
    reply.state = ReplyState::from_name(&told.state).ok_or_else(|| wrong("the state", &told.state))?;
    let audience = if told.audience.is_empty() {
        "None"
    } else {
        &told.audience
    };
    reply.audience = ExternalAudience::from_name(audience).ok_or_else(|| wrong("the audience", audience))?;
    (reply.start, reply.end) = (told.start, told.end);
    (reply.internal, reply.external) = (told.internal, told.external);
    Ok(reply)
}

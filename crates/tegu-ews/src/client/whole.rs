//! Items with all that belongs to them, and what the organisation says about the people and zones that they name.

use super::Mailbox;
use crate::{
    Finding, Item, ItemId, Kind, Problem, Request, Result,
    convert::{Context, Converted, Whole},
    item::{AttachmentKind, Facts, Person},
    request::ItemShape,
    response::{self, Answer},
    zone::Zone,
};
use std::sync::PoisonError;
use tegu_message::Body;

impl Mailbox {
    /// Reads what belongs to an item: the occurrences of a series that differ from it, and attachments.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn whole(&self, item: Item) -> Result<Whole> {
        let mut whole = Whole::alone(item);
        if let Facts::Event(event) = &whole.item.facts {
            let ids: Vec<ItemId> = event
                .modified
                .iter()
                .map(|occurrence| occurrence.id.clone())
                .collect();
            if !ids.is_empty() {
                let mut shape = ItemShape::of(Kind::Event, self.ews.version());
                shape.mime = false;
                whole.exceptions = self.get(&ids, &shape).await?;
            }
        }
        let infos = whole.item.attachments.clone();
        let wanted = infos.iter().filter(|info| info.kind != AttachmentKind::Reference);
        let ids: Vec<String> = wanted.map(|info| info.id.clone()).collect();
        let mut contents = self.attachments(&ids).await?.into_iter();
        for info in infos {
            let content = match info.kind {
                AttachmentKind::Reference => Err(Problem::ours("a reference has no contents")),
                _ => contents
                    .next()
                    .unwrap_or_else(|| Err(Problem::ours("the attachment was not read"))),
            };
            whole.attachments.push((info, content));
        }
        Ok(whole)
    }

    /// Converts an item into iCalendar or vCard, with all that belongs to it. `None` for mail and for what is unknown.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn convert(&self, item: Item) -> Result<Option<Converted>> {
        if matches!(item.kind, Kind::Mail | Kind::Other) {
            return Ok(None);
        }
        let whole = self.whole(item).await?;
        let context = self.context(&whole).await?;
        Ok(whole.convert(&context))
    }

    /// Takes a message that was read, or why it was not: its octets as the server makes them, or, where it makes none,
    /// [rebuilt](Self::rebuild) with findings.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask). What concerns the message alone is a [`Problem`].
    pub async fn message(
        &self,
        id: &ItemId,
        read: Result<Item, Problem>,
    ) -> Result<Result<(Item, Body, Vec<Finding>), Problem>> {
        match read {
            Ok(item) => {
                if let Ok(body) = item.content() {
                    let body = body.clone();
                    return Ok(Ok((item, body, Vec::new())));
                }
            }
            Err(problem) if problem.is_about_mime() => {}
            Err(problem) => return Ok(Err(problem)),
        }
        let rebuilt = self.rebuild(id).await?;
        Ok(rebuilt.map(|(item, octets, findings)| (item, octets.into(), findings)))
    }

    /// Reads a message of which the server makes no MIME content, and rebuilds it from its properties: the item, its octets, and what was
    /// noticed.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn rebuild(&self, id: &ItemId) -> Result<Result<(Item, Vec<u8>, Vec<Finding>), Problem>> {
        let shape = ItemShape::without_mime(self.ews.version());
        let read = self.get(std::slice::from_ref(id), &shape).await?.pop();
        let item = match read.unwrap_or_else(|| Err(Problem::ours("the server gave no answer"))) {
            Ok(item) => item,
            Err(problem) => return Ok(Err(problem)),
        };
        let whole = self.whole(item).await?;
        let context = self.context(&whole).await?;
        Ok(match whole.rebuild(&context) {
            Some((octets, findings)) => Ok((whole.item, octets, findings)),
            None => Err(Problem::ours("the item is no message")),
        })
    }

    /// Returns what is known about the people and the zones of an item; the server is asked about those that are new.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn context(&self, whole: &Whole) -> Result<Context> {
        let mut items = vec![&whole.item];
        items.extend(whole.exceptions.iter().filter_map(|item| item.as_ref().ok()));
        let mut context = Context::default();
        for item in items {
            for person in people(item).into_iter().filter(|person| person.is_internal()) {
                let name = person.address.trim().to_lowercase();
                if let Some(address) = self.resolve(&person.address).await? {
                    context.addresses.insert(name, address);
                }
            }
            let Facts::Event(event) = &item.facts else {
                continue;
            };
            if let Some(zone) = event
                .zone
                .as_ref()
                .filter(|zone| !zone.is_defined() && !zone.id.is_empty())
                && let Some(defined) = self.zone(&zone.id).await?
            {
                context.zones.insert(zone.id.clone(), defined);
            }
        }
        Ok(context)
    }

    /// Returns the SMTP address of a legacy distinguished name, if the directory knows exactly one.
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn resolve(&self, name: &str) -> Result<Option<String>> {
        let key = name.trim().to_lowercase();
        let known = &self.ews.shared.known;
        if let Some(known) = known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .addresses
            .get(&key)
        {
            return Ok(known.clone());
        }
        let request = Request::ResolveNames {
            name: name.trim().to_owned(),
        };
        let people = self
            .ask(&request, response::people)
            .await?
            .parts
            .into_iter()
            .next();
        let mut addresses: Vec<String> = people
            .and_then(std::result::Result::ok)
            .unwrap_or_default()
            .into_iter()
            .filter(|person| !person.is_internal() && person.address.contains('@'))
            .map(|person| person.address)
            .collect();
        let address = addresses.pop().filter(|_| addresses.is_empty());
        known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .addresses
            .insert(key, address.clone());
        Ok(address)
    }

    /// Returns the definition of a zone, if the server has one (from Exchange 2010 on).
    ///
    /// # Errors
    ///
    /// As [`ask`](Self::ask).
    pub async fn zone(&self, id: &str) -> Result<Option<Zone>> {
        let known = &self.ews.shared.known;
        if let Some(known) = known.lock().unwrap_or_else(PoisonError::into_inner).zones.get(id) {
            return Ok(known.clone());
        }
        let request = Request::GetServerTimeZones {
            ids: vec![id.to_owned()],
        };
        let zone = match self.ask(&request, response::zones).await.and_then(Answer::only) {
            Ok(zones) => zones.into_iter().find(|zone| zone.is_defined()),
            Err(error) if error.is_retryable() => return Err(error),
            Err(_) => None,
        };
        known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .zones
            .insert(id.to_owned(), zone.clone());
        Ok(zone)
    }
}

fn people(item: &Item) -> Vec<&Person> {
    match &item.facts {
        Facts::Event(event) => event
            .organizer
            .iter()
            .chain(event.attendees.iter().map(|attendee| &attendee.person))
            .collect(),
        Facts::Contact(contact) => contact.addresses.iter().collect(),
        Facts::List(list) => list.members.iter().collect(),
        Facts::Mail(letter) => letter.people().collect(),
        _ => Vec::new(),
    }
}

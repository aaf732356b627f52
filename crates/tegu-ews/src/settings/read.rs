//! Settings from answers.

use super::{Category, Delegate, Delegates, OutOfOffice};
use crate::{
    Limits, Problem,
    item::{Person, instant},
    xml::{Document, Element},
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Reads the body of the answer to `GetUserOofSettings`.
pub(crate) fn out_of_office(body: Element<'_>) -> Result<OutOfOffice, Problem> {
    let settings = body
        .child("OofSettings")
        .ok_or_else(|| Problem::ours("the answer holds no settings"))?;
    let text = |name| settings.value(name).unwrap_or_default().to_owned();
    let duration = settings.child("Duration");
    let at = |name| {
        duration
            .and_then(|duration| duration.value(name))
            .and_then(instant)
    };
    let reply = |name| {
        let message = settings.child(name).and_then(|reply| reply.child("Message"));
        message.map(Element::text).unwrap_or_default().to_owned()
    };
    Ok(OutOfOffice {
        state: text("OofState"),
        audience: text("ExternalAudience"),
        start: at("StartTime"),
        end: at("EndTime"),
        internal: reply("InternalReply"),
        external: reply("ExternalReply"),
    })
}

/// Reads the body of the answer to `GetDelegate`.
pub(crate) fn delegates(body: Element<'_>) -> Delegates {
    let messages = body
        .child("ResponseMessages")
        .into_iter()
        .flat_map(Element::children);
    let mut all = Delegates {
        deliver_meetings: body.value("DeliverMeetingRequests").map(str::to_owned),
        ..Delegates::default()
    };
    for message in messages {
        let Some(user) = message.child("DelegateUser") else {
            all.unreadable += 1;
            continue;
        };
        let id = user.child("UserId");
        let text = |name| id.and_then(|id| id.value(name)).unwrap_or_default().to_owned();
        let levels = user
            .child("DelegatePermissions")
            .into_iter()
            .flat_map(Element::children);
        all.delegates.push(Delegate {
            person: Person {
                name: text("DisplayName"),
                address: text("PrimarySmtpAddress"),
                routing: "SMTP".to_owned(),
                kind: String::new(),
            },
            sid: text("SID"),
            levels: levels
                .map(|level| (level.name().to_owned(), level.text().trim().to_owned()))
                .collect(),
            receives_meetings: user.flag("ReceiveCopiesOfMeetingMessages").unwrap_or(false),
            sees_private: user.flag("ViewPrivateItems").unwrap_or(false),
        });
    }
    all
}

/// Reads a part of the answer to `GetUserConfiguration` for the list of categories.
pub(crate) fn categories(message: Element<'_>, limits: &Limits) -> Result<Vec<Category>, Problem> {
    let data = message
        .child("UserConfiguration")
        .and_then(|configuration| configuration.value("XmlData"));
    let octets = STANDARD
        .decode(data.unwrap_or_default())
        .map_err(|_| Problem::ours("the list of categories is no base64"))?;
    let text = String::from_utf8_lossy(&octets);
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let document = Document::parse(&text, limits).map_err(|error| Problem::ours(&error.to_string()))?;
    let all = document.root().into_iter().flat_map(Element::children);
    let named = all.filter_map(|category| {
        Some(Category {
            name: category.attribute("name")?.to_owned(),
            color: category
                .attribute("color")
                .and_then(|color| color.parse().ok())
                .unwrap_or(-1),
        })
    });
    Ok(named.collect())
}

/// Reads people from a part of the answers to `ResolveNames` and `ExpandDL`.
pub(crate) fn people(message: Element<'_>) -> Vec<Person> {
    let resolved = message
        .child("ResolutionSet")
        .into_iter()
        .flat_map(Element::children);
    let expanded = message
        .child("DLExpansion")
        .into_iter()
        .flat_map(Element::children);
    let resolved = resolved.filter_map(|resolution| resolution.child("Mailbox"));
    resolved
        .chain(expanded.filter(|child| child.name() == "Mailbox"))
        .map(Person::read)
        .collect()
}

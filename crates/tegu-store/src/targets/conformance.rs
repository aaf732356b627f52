//! What every target must do: to be called from the tests of each implementation.
//!
//! The checks write into an account that must be empty, and leave what they wrote.

use super::{
    Access, Appended, FlagChange, ItemTarget, MailTarget, MailWriter, Mark, Put, Removed, Replaced, Resource,
    Stored, TargetFolder,
};
use crate::{Account, Result, sources::MailFolder};
use tegu_message::{Flags, InternalDate, Message, digest};

const FIRST: &[u8] = b"From: anna@example.test\r\nSubject: first\r\n\r\nbody\r\n";
const SECOND: &[u8] = b"From: anna@example.test\r\nSubject: second\r\n\r\nbody\r\n";
const THIRD: &[u8] = b"From: anna@example.test\r\nSubject: third\r\n\r\nbody\r\n";

/// Checks a mail target with an account whose mailbox is empty.
///
/// - Looking at a folder that is not there says so, and does not make it.
/// - What was appended is given back in its order, octet for octet, with its flags and date; so is what stands behind a mark.
/// - A mark is still good after the mailbox was opened again, and so is a folder's name.
/// - Two folders do not meet.
/// - Where messages may come late, each has a place, which is the same when the mailbox is opened again. A message that is removed
///   by its place is gone, and no other is; a target that cannot do that removes nothing and says so. So it is with flags that are changed.
///
/// # Panics
///
/// If the target does what it must not. The message says what that is.
pub async fn mail(target: &dyn MailTarget, account: &Account) {
    assert_eq!(
        target.describe(),
        target.describe(),
        "the target describes itself in the same way each time"
    );
    let folders = [folder(&["Archive", "2024"]), folder(&["Projects"])];
    let [archive, projects] = &folders;
    let mut looking = open(target, account, Access::Read, &folders).await;
    for folder in &folders {
        let seen = good("look at a folder", looking.look(folder).await);
        assert!(!seen.exists, "a folder that is not there is not said to be there");
        assert_eq!(seen.messages, 0, "a folder that is not there has no messages");
    }
    drop(looking);
    let mut again = open(target, account, Access::Read, &folders).await;
    let seen = good("look at a folder", again.look(archive).await);
    assert!(!seen.exists, "looking at a folder does not make it");
    drop(again);

    let mut writer = open(target, account, Access::Write, &folders).await;
    let place = good("make a folder", writer.prepare(archive).await);
    assert!(
        place.exists && place.messages == 0,
        "a folder that was made is there, and empty"
    );
    let start = good("mark the end of a folder", writer.mark(&place).await);
    append(writer.as_mut(), &place, &[message(FIRST), message(SECOND)]).await;
    let middle = good("mark the end of a folder", writer.mark(&place).await);
    append(writer.as_mut(), &place, &[message(THIRD)]).await;
    holds(writer.as_mut(), &place, None, &[FIRST, SECOND, THIRD]).await;
    holds(writer.as_mut(), &place, Some(&start), &[FIRST, SECOND, THIRD]).await;
    holds(writer.as_mut(), &place, Some(&middle), &[THIRD]).await;
    let other = good("make a folder", writer.prepare(projects).await);
    assert_ne!(other.name, place.name, "two folders have two names");
    holds(writer.as_mut(), &other, None, &[]).await;
    drop(writer);

    let mut reader = open(target, account, Access::Read, &folders).await;
    let seen = good("look at a folder", reader.look(archive).await);
    assert!(
        seen.exists && seen.messages == 3 && seen.name == place.name,
        "a folder that was filled is found again with its messages: {seen:?}"
    );
    let found = good("find a folder by its name", reader.reopen(&place.name).await);
    let Some(found) = found else {
        panic!("a folder is found again by its name");
    };
    let mark = Mark::new(middle.as_str());
    holds(reader.as_mut(), &found, Some(&mark), &[THIRD]).await;
    drop(reader);

    let mut writer = open(target, account, Access::Write, &folders).await;
    let place = good("find a folder", writer.prepare(archive).await);
    assert_eq!(place.messages, 3, "a folder that is there is not made anew");
    append(writer.as_mut(), &place, &[message(FIRST)]).await;
    holds(writer.as_mut(), &place, Some(&mark), &[THIRD, FIRST]).await;
    drop(writer);
    removes(target, account, &folders).await;
    changes_flags(target, account, &folders).await;
}

/// The last message of the folder gets other flags, and its own again. Where the target changes none, nothing happens.
async fn changes_flags(target: &dyn MailTarget, account: &Account, folders: &[MailFolder]) {
    let mut writer = open(target, account, Access::Write, folders).await;
    let Some(folder) = folders.first() else { return };
    let place = good("find a folder", writer.prepare(folder).await);
    let before = good("read a folder back", writer.stored(&place, None).await);
    let Some((last, at)) = before.last().and_then(|last| Some((last, last.place.clone()?))) else {
        return;
    };
    let other = Flags::from_names(["\\Answered", "\\Flagged"]);
    for flags in [&other, &last.flags] {
        let now = good("read a folder back", writer.stored(&place, None).await);
        let Some(was) = now.last() else { return };
        let Some(change) = FlagChange::between(&*at, &was.flags, flags) else {
            continue;
        };
        if !good("change flags", writer.change_flags(&place, &[change]).await) {
            assert_eq!(now, before, "what is refused changes nothing");
            return;
        }
        let now = good("read a folder back", writer.stored(&place, None).await);
        let Some((last, others)) = now.split_last() else {
            return;
        };
        assert!(last.flags.same_as(flags), "flags are what they became: {last:?}");
        assert_eq!(Some(others), before.get(..others.len()), "others keep theirs");
    }
}

/// The folder holds FIRST, SECOND, THIRD, FIRST; another FIRST comes and goes.
async fn removes(target: &dyn MailTarget, account: &Account, folders: &[MailFolder]) {
    let mut writer = open(target, account, Access::Write, folders).await;
    let Some(folder) = folders.first() else { return };
    let place = good("find a folder", writer.prepare(folder).await);
    append(writer.as_mut(), &place, &[message(FIRST)]).await;
    let stored = good("read a folder back", writer.stored(&place, None).await);
    let places = |stored: &[Stored]| stored.iter().map(|one| one.place.clone()).collect::<Vec<_>>();
    let before = places(&stored);
    if !place.capabilities.lateness.is_zero() {
        assert!(
            before.iter().all(Option::is_some),
            "where messages may come late, each has a place"
        );
    }
    let Some(last) = before.last().cloned().flatten() else {
        return;
    };
    let same = before
        .iter()
        .filter(|place| place.as_ref() == Some(&last))
        .count();
    assert_eq!(same, 1, "a place names one message");
    let gone = good("remove a message", writer.remove(&place, &[last]).await);
    drop(writer);
    let mut writer = open(target, account, Access::Write, folders).await;
    let place = good("find a folder", writer.prepare(folder).await);
    let all = [FIRST, SECOND, THIRD, FIRST, FIRST];
    let left = if gone { &all[..4] } else { &all };
    holds(writer.as_mut(), &place, None, left).await;
    let stored = good("read a folder back", writer.stored(&place, None).await);
    assert_eq!(
        places(&stored),
        before.get(..left.len()).unwrap_or_default(),
        "a message keeps its place"
    );
}

async fn open(
    target: &dyn MailTarget,
    account: &Account,
    access: Access,
    folders: &[MailFolder],
) -> Box<dyn MailWriter> {
    let mut writer = good("open the mailbox", target.open(account, access).await);
    good("arrange folders", writer.arrange(folders).await);
    writer
}

fn folder(path: &[&str]) -> MailFolder {
    MailFolder::named(path.iter().map(|level| (*level).to_owned()).collect())
}

fn message(octets: &'static [u8]) -> Message {
    let flags = Flags::from_names(["\\Seen", "\\Flagged"]);
    Message::new(
        flags,
        Some(InternalDate::new(1_700_000_000, 180)),
        octets.to_vec(),
    )
}

async fn append(writer: &mut dyn MailWriter, place: &TargetFolder, messages: &[Message]) {
    let answers = good("append messages", writer.append(place, messages).await);
    assert_eq!(answers.len(), messages.len(), "each message has one answer");
    for answer in answers {
        assert_eq!(answer, Appended::Stored, "an ordinary message is taken");
    }
}

async fn holds(
    writer: &mut dyn MailWriter,
    place: &TargetFolder,
    since: Option<&Mark>,
    expected: &[&'static [u8]],
) {
    let stored = good("read a folder back", writer.stored(place, since).await);
    let digests = |stored: &[Stored]| stored.iter().map(|one| one.digest).collect::<Vec<_>>();
    let expected: Vec<_> = expected
        .iter()
        .map(|one| (digest::of_message(one), message(one)))
        .collect();
    assert_eq!(
        digests(&stored),
        expected.iter().map(|(digest, _)| *digest).collect::<Vec<_>>(),
        "what was appended is given back in its order, octet for octet"
    );
    for (stored, (_, sent)) in stored.iter().zip(&expected) {
        if place.capabilities.flags {
            assert!(
                sent.flags.same_as(&stored.flags),
                "flags are given back: {stored:?}"
            );
        }
        if place.capabilities.dates {
            let seconds = |date: Option<InternalDate>| date.map(|date| date.unix_seconds);
            assert_eq!(seconds(stored.date), seconds(sent.date), "dates are given back");
        }
    }
}

const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tegu//conformance//EN\r\nBEGIN:VEVENT\r\n\
    UID:conformance\r\nDTSTAMP:20240101T000000Z\r\nDTSTART:20240101T100000Z\r\nSUMMARY:first\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

/// Checks a target of calendars with an account that has none.
///
/// - What was stored is given back, and is not stored again over what is there.
/// - A resource is replaced or removed only while it is what it was.
/// - A collection is found again by its name.
///
/// # Panics
///
/// If the target does what it must not. The message says what that is.
pub async fn calendars(target: &dyn ItemTarget, account: &Account) {
    let mut writer = good("open the calendars", target.open(account).await);
    let prepared = good("make a collection", writer.prepare("Work").await);
    let name = prepared.name;
    let (first, second) = (EVENT, EVENT.replace("first", "second"));
    let resource = Resource::new("conformance.ics", "conformance", first.as_bytes());
    let put = good("store a resource", writer.put(&name, &[resource]).await);
    let [Put::Created(stored)] = put.as_slice() else {
        panic!("an ordinary resource is stored: {put:?}");
    };
    let found = good("read it back", writer.get(&name, &[stored, "none.ics"]).await);
    let [Some(body), None] = found.as_slice() else {
        panic!("each name has one answer, and only what is there is given back: {found:?}");
    };
    let was = digest::of(body);
    let again = Resource::new("conformance.ics", "conformance", second.as_bytes());
    let put = good("store over it", writer.put(&name, &[again]).await);
    assert!(
        matches!(put.as_slice(), [Put::Exists(there)] if there == stored),
        "what is there is not overwritten: {put:?}"
    );
    let can = target.capabilities();
    if can.replaces {
        let other = digest::of(b"something else");
        let refused = writer.replace(&name, stored, other, second.as_bytes()).await;
        assert_eq!(
            good("replace what has changed", refused),
            Replaced::Changed,
            "what has changed is not replaced"
        );
        let replaced = writer.replace(&name, stored, was, second.as_bytes()).await;
        assert_eq!(good("replace it", replaced), Replaced::Stored);
    }
    drop(writer);
    let mut writer = good("open the calendars", target.open(account).await);
    assert!(
        good("find the collection", writer.reopen(&name).await),
        "it is found again by its name"
    );
    assert!(
        !good(
            "find no collection",
            writer.reopen("no collection has this name").await
        ),
        "a collection that is not there is not found"
    );
    let found = good("read it back", writer.get(&name, &[stored]).await);
    let [Some(body)] = found.as_slice() else {
        panic!("a resource is still there: {found:?}");
    };
    if can.removes {
        let other = digest::of(b"something else");
        let kept = good(
            "remove what has changed",
            writer.remove(&name, stored, other).await,
        );
        assert_eq!(kept, Removed::Changed, "what has changed is not removed");
        let removed = good("remove it", writer.remove(&name, stored, digest::of(body)).await);
        assert_eq!(removed, Removed::Removed);
        let gone = good(
            "remove it again",
            writer.remove(&name, stored, digest::of(body)).await,
        );
        assert_eq!(gone, Removed::Gone);
    }
}

fn good<T>(operation: &str, result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("cannot {operation}: {error}"),
    }
}

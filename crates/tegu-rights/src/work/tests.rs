#![allow(clippy::unwrap_used)]
use super::*;
use crate::{DelegateFolder, Person, Privilege};
use proptest::prelude::*;
use std::collections::BTreeSet;

const OWNER: &str = "owner@x.example";

/// `p0` to `p4` are there, `p5` moves later; `g0` has the first three and `p5`, `g1` the next two; nobody knows who is in `dyn`.
fn people() -> People {
    let mut people = People::default();
    people.add(Person::account(OWNER));
    for n in 0..6 {
        people.add(Person::account(format!("p{n}@x.example")).names([format!("p{n}")]));
    }
    people.add(Person::group("g0@x.example", "g0").members(["p0", "p1", "p2", "p5"]));
    people.add(Person::group("g1@x.example", "g1").members(["p3", "p4"]));
    people.add(Person::group("dyn@x.example", "dyn"));
    people.add(Person::outside("contact@else.example"));
    people.moves(OWNER, OWNER);
    for n in 0..5 {
        people.moves(&format!("p{n}"), format!("p{n}"));
    }
    people
}

fn folder(to: &str, role: &str) -> Grant {
    let to = match to {
        "Default" => Grantee::Everybody,
        "Anonymous" => Grantee::Anonymous,
        name => Grantee::named(name),
    };
    Grant::new(
        to,
        Access::Folder(Folder::mail(["A", "B"]), Permissions::parse(role).unwrap()),
    )
}

fn all(_: &Finding) -> bool {
    true
}

/// What an item gives, or the code of what stops it.
fn shown(item: &Item) -> String {
    let parts: Vec<String> = item
        .parts
        .iter()
        .map(|part| format!("{}={}", part.identifier, part.rights))
        .collect();
    let codes: Vec<&str> = item
        .findings
        .iter()
        .map(|finding| finding.code.as_ref())
        .collect();
    let ends = item
        .ends
        .map_or(String::new(), |state| format!("{state:?} ").to_lowercase());
    format!("{ends}{} {}", parts.join(" "), codes.join(" "))
        .trim()
        .to_owned()
}

fn translated(translator: &Translator<'_>, grants: &[Grant]) -> Vec<String> {
    Work::new(translator, grants).items.iter().map(shown).collect()
}

/// Nobody sends as the owner whom a denial names, by himself or as one of a group, and nobody who is not there yet.
#[test]
fn who_may_send_as_the_owner() {
    let people = people();
    let translator = Translator::new(&people, OWNER);
    let send_as = |to: &str| Grant::new(Grantee::named(to), Access::SendAs);
    for (grants, expected) in [
        (vec![send_as("p0")], "manual  RIGHTS-SEND | p0"),
        (vec![send_as("p5")], "excluded  RIGHTS-LATER | "),
        (vec![send_as("x")], "manual  RIGHTS-GRANTEE-UNKNOWN | "),
        (
            vec![send_as("g0")],
            "manual  RIGHTS-SEND RIGHTS-GROUP-MEMBERS | p0 p1 p2",
        ),
        (vec![send_as("dyn")], "manual  RIGHTS-GROUP-UNKNOWN | "),
        (
            vec![Grant::new(Grantee::Everybody, Access::SendAs)],
            "manual  RIGHTS-EVERYBODY | ",
        ),
        (
            vec![send_as("g0"), send_as("p1").denied()],
            "manual  RIGHTS-SEND RIGHTS-GROUP-MEMBERS | p0 p2",
        ),
        (
            vec![send_as("p3"), send_as("g1").denied()],
            "manual  RIGHTS-DENIED | ",
        ),
        (
            vec![send_as("p3"), send_as("g0").denied()],
            "manual  RIGHTS-SEND | p3",
        ),
        (
            vec![send_as("p3"), send_as("dyn").denied()],
            "manual  RIGHTS-DENIED | ",
        ),
        (
            vec![send_as("p3"), send_as("x").denied()],
            "manual  RIGHTS-DENIED | ",
        ),
        (
            vec![
                send_as("p3"),
                Grant::new(Grantee::named("p3"), Access::FullAccess).denied(),
            ],
            "manual  RIGHTS-SEND | p3",
        ),
        (
            vec![Grant::new(Grantee::named("p0"), Access::SendOnBehalf)],
            "manual  RIGHTS-SEND | ",
        ),
    ] {
        // What a group or everybody is called in lists of folders makes no difference.
        let named = translator.group(Some("{name}")).everybody(Some("anyone"));
        let everybody = grants[0].to == Grantee::Everybody;
        for translator in [translator, named]
            .into_iter()
            .take(if everybody { 1 } else { 2 })
        {
            let work = Work::new(&translator, &grants);
            let [item] = &work.items[..] else {
                panic!("{work:?}")
            };
            let senders = item
                .senders
                .iter()
                .map(|mail| mail.trim_end_matches("@x.example"));
            let senders: Vec<&str> = senders.collect();
            let shown = format!("{} | {}", shown(item), senders.join(" "));
            assert_eq!(shown, expected, "{grants:?}");
        }
    }
}

#[test]
fn each_grant_is_an_item_with_its_reason() {
    let people = people();
    let strict = Translator::new(&people, OWNER);
    let accepting = strict.accepting(&all);
    for (grant, without, with) in [
        (folder("p0", "Editor"), "p0=lrswite", "p0=lrswite"),
        (
            folder("p0", "Author"),
            "manual  RIGHTS-OWN-ITEMS",
            "p0=lrsi RIGHTS-OWN-ITEMS",
        ),
        (
            folder("p0", "AvailabilityOnly"),
            "manual  RIGHTS-FREE-BUSY",
            "manual  RIGHTS-FREE-BUSY",
        ),
        (
            folder("p5", "Editor"),
            "excluded  RIGHTS-LATER",
            "excluded  RIGHTS-LATER",
        ),
        (
            folder("nobody", "Editor"),
            "manual  RIGHTS-GRANTEE-UNKNOWN",
            "manual  RIGHTS-GRANTEE-UNKNOWN",
        ),
        (
            folder("contact@else.example", "Editor"),
            "manual  RIGHTS-GRANTEE-UNKNOWN",
            "manual  RIGHTS-GRANTEE-UNKNOWN",
        ),
        (
            folder("Anonymous", "Reviewer"),
            "manual  RIGHTS-ANONYMOUS",
            "manual  RIGHTS-ANONYMOUS",
        ),
        (
            folder("Default", "Reviewer"),
            "manual  RIGHTS-EVERYBODY",
            "manual  RIGHTS-EVERYBODY",
        ),
        (
            folder("g1", "Reviewer"),
            "manual  RIGHTS-GROUP-MEMBERS",
            "p3=lrs p4=lrs RIGHTS-GROUP-MEMBERS",
        ),
        (
            folder("dyn", "Reviewer"),
            "manual  RIGHTS-GROUP-UNKNOWN",
            "manual  RIGHTS-GROUP-UNKNOWN",
        ),
        (
            Grant::new(Grantee::named("p0"), Access::FullAccess),
            "manual  RIGHTS-FULL-ACCESS",
            "p0=lrswikxte RIGHTS-FULL-ACCESS",
        ),
        (
            Grant::new(Grantee::named("p0"), Access::SendAs),
            "manual  RIGHTS-SEND",
            "manual  RIGHTS-SEND",
        ),
        (
            Grant::new(Grantee::Gone("S-1-5".into()), Access::FullAccess),
            "excluded  RIGHTS-GRANTEE-GONE",
            "excluded  RIGHTS-GRANTEE-GONE",
        ),
        (
            Grant::new(
                Grantee::named("p0"),
                Access::List(Folder::mail(["A"]), Rights::of("lr7")),
            ),
            "manual  RIGHTS-OWN-LETTERS",
            "p0=lr RIGHTS-OWN-LETTERS",
        ),
        (
            Grant::new(
                Grantee::named("p0"),
                Access::Unknown(Some(Folder::mail(["A"])), "a new role".into()),
            ),
            "manual  RIGHTS-UNREADABLE",
            "manual  RIGHTS-UNREADABLE",
        ),
    ] {
        let grants = [grant];
        assert_eq!(translated(&strict, &grants), [without], "{grants:?}");
        assert_eq!(translated(&accepting, &grants), [with], "{grants:?}");
    }
}

fn shared(to: &str, kind: FolderKind, role: &str) -> Grant {
    let mut grant = folder(to, role);
    grant.access = Access::Folder(Folder::new(["C"], kind), Permissions::parse(role).unwrap());
    grant
}

/// What an item gives on a collection, or the code of what stops it.
fn shared_as(item: &Item) -> String {
    let parts = item
        .parts
        .iter()
        .map(|part| format!("{}={}; ", part.identifier, part.privileges));
    format!(
        "{}{}",
        parts.collect::<String>(),
        shown(&Item {
            parts: Vec::new(),
            ..item.clone()
        })
    )
}

#[test]
fn collections_are_shared_where_the_target_has_lists_for_them() {
    let people = people();
    let none = Translator::new(&people, OWNER).accepting(&all);
    use Privilege::*;
    let fine = [Read, ReadFreeBusy, WriteContent, Bind, Unbind].map(|one| Privileges::of(&[one]));
    let radicale = Privileges::radicale();
    for (grant, on_fine, on_radicale) in [
        (
            shared("p0", FolderKind::Calendar, "Reviewer"),
            "p0=read, read-free-busy; RIGHTS-PRIVATE",
            "p0=read, read-free-busy; RIGHTS-PRIVATE",
        ),
        (
            shared("p0", FolderKind::Contacts, "Editor"),
            "p0=read, read-free-busy, write-content, bind, unbind; RIGHTS-PRIVATE",
            "p0=read, read-free-busy; RIGHTS-OWN-ITEMS RIGHTS-COARSE RIGHTS-PRIVATE",
        ),
        (
            shared("p0", FolderKind::Calendar, "AvailabilityOnly"),
            "p0=read-free-busy;",
            "manual  RIGHTS-FREE-BUSY",
        ),
        (
            shared("p0", FolderKind::Calendar, "Author"),
            "p0=read, read-free-busy, bind; RIGHTS-OWN-ITEMS RIGHTS-PRIVATE",
            "p0=read, read-free-busy; RIGHTS-OWN-ITEMS RIGHTS-COARSE RIGHTS-PRIVATE",
        ),
        (
            shared("p0", FolderKind::Calendar, "PublishingEditor"),
            "p0=read, read-free-busy, write-content, bind, unbind; RIGHTS-SUBFOLDERS RIGHTS-PRIVATE",
            "p0=read, read-free-busy; RIGHTS-OWN-ITEMS RIGHTS-SUBFOLDERS RIGHTS-COARSE RIGHTS-PRIVATE",
        ),
        (
            shared("p5", FolderKind::Calendar, "Reviewer"),
            "excluded  RIGHTS-LATER",
            "excluded  RIGHTS-LATER",
        ),
        (
            shared("p0", FolderKind::Contacts, "{FolderVisible}"),
            "manual  RIGHTS-VISIBLE",
            "manual  RIGHTS-VISIBLE",
        ),
    ] {
        let grants = [grant];
        let one = |offered| {
            let work = Work::new(&none.offered(offered), &grants);
            shared_as(&work.items[0]).trim().to_owned()
        };
        assert_eq!(one(&fine), on_fine, "{grants:?}");
        assert_eq!(one(&radicale), on_radicale, "{grants:?}");
        assert_eq!(one(&[]), "manual  RIGHTS-COLLECTION", "{grants:?}");
        let strict = Work::new(&Translator::new(&people, OWNER).offered(&fine), &grants);
        assert!(
            strict.items[0].parts.is_empty() || strict.items[0].findings.is_empty(),
            "{strict:?}"
        );
    }
}

fn delegate(to: &str, delegation: Delegation) -> Grant {
    Grant::new(Grantee::named(to), Access::Delegate(delegation))
}

fn acts(on_behalf: bool, meetings: bool, delivery: &str) -> Delegation {
    Delegation {
        on_behalf,
        meetings,
        delivery: (!delivery.is_empty()).then(|| delivery.to_owned()),
        ..Delegation::default()
    }
}

/// A delegate is for a person, whether he moves or not, and stands there once, whatever names him.
#[test]
fn a_delegate_is_one_item() {
    let people = people();
    let translator = Translator::new(&people, OWNER).accepting(&all);
    let on_behalf = |to: &str| Grant::new(Grantee::named(to), Access::SendOnBehalf);
    for (grants, expected) in [
        (
            vec![delegate("p0", acts(true, true, "DelegatesOnly"))],
            "delegate: p0 manual  RIGHTS-SEND RIGHTS-MEETINGS",
        ),
        (
            vec![delegate("p5", acts(false, true, ""))],
            "delegate: p5 manual  RIGHTS-MEETINGS",
        ),
        (
            vec![delegate("p0", acts(true, true, "NoForward"))],
            "delegate: p0 manual  RIGHTS-SEND",
        ),
        // All that he has is what folders grant.
        (vec![delegate("p0", acts(false, true, "NoForward"))], ""),
        (vec![delegate(OWNER, acts(true, true, ""))], ""),
        (
            vec![delegate("nobody", acts(true, false, ""))],
            "delegate: nobody manual  RIGHTS-GRANTEE-UNKNOWN RIGHTS-SEND",
        ),
        (vec![on_behalf("p0")], "send on behalf: p0 manual  RIGHTS-SEND"),
        (
            vec![on_behalf("p0"), on_behalf("p0@x.example")],
            "send on behalf: p0 manual  RIGHTS-SEND",
        ),
        (
            vec![
                on_behalf("p0"),
                folder("p0", "Editor"),
                delegate("p0@x.example", acts(false, true, "")),
                on_behalf("p1"),
            ],
            "delegate: p0 manual  RIGHTS-SEND RIGHTS-MEETINGS; A/B: p0 p0=lrswite; send on behalf: p1 manual  RIGHTS-SEND",
        ),
        (
            vec![Grant::new(Grantee::Gone("S-1-5".into()), Access::SendOnBehalf)],
            "send on behalf: S-1-5 excluded  RIGHTS-GRANTEE-GONE",
        ),
        (
            vec![Grant::new(
                Grantee::Named(Vec::new()),
                Access::UnknownDelegate("he is a group".into()),
            )],
            "he is a group:  manual  RIGHTS-UNREADABLE",
        ),
    ] {
        let work = Work::new(&translator, &grants);
        let each = work
            .items
            .iter()
            .map(|item| format!("{} {}", item.id, shown(item)));
        assert_eq!(each.collect::<Vec<_>>().join("; "), expected, "{grants:?}");
        for item in work.items.iter().filter(|item| item.parts.is_empty()) {
            assert_eq!(item.kind, ItemKind::Delegates, "{item:?}");
        }
    }
    let calendar = Delegation {
        levels: [(DelegateFolder::Calendar, "Editor".to_owned())].into(),
        private: true,
        ..acts(true, true, "DelegatesAndMe")
    };
    let inbox = Delegation {
        levels: [(DelegateFolder::Inbox, "Reviewer".to_owned())].into(),
        ..Delegation::default()
    };
    let grants = [delegate("p0", inbox.clone()), delegate("p0", calendar.clone())];
    let both = Delegation {
        levels: calendar.levels.into_iter().chain(inbox.levels).collect(),
        private: true,
        ..acts(true, true, "DelegatesAndMe")
    };
    let work = Work::new(&translator, &grants);
    assert_eq!(work.items.len(), 1);
    assert_eq!(work.items[0].delegate, Some(("p0@x.example".to_owned(), both)));
    assert_eq!(
        work.items[0].label,
        "delegate (sends on behalf, gets meeting requests (DelegatesAndMe), sees private items, Calendar: Editor, Inbox: Reviewer) to p0"
    );
}

#[test]
fn groups_stay_groups_where_the_target_knows_them() {
    let people = people();
    let translator = Translator::new(&people, OWNER)
        .group(Some("group:{name}"))
        .everybody(Some("anyone"));
    let grants = [folder("g0", "Reviewer"), folder("Default", "Reviewer")];
    assert_eq!(translated(&translator, &grants), ["group:g0=lrs", "anyone=lrs"]);
    // An entry of one's own hides the group's and everybody's in Exchange.
    let grants = [
        folder("g0", "Reviewer"),
        folder("Default", "Reviewer"),
        folder("p0", "None"),
        folder("p1", "Editor"),
    ];
    assert_eq!(
        translated(&translator, &grants),
        ["manual  RIGHTS-WIDER", "manual  RIGHTS-WIDER", "p1=lrswite"]
    );
    let members = Translator::new(&people, OWNER).accepting(&all);
    assert_eq!(
        translated(&members, &grants)[0],
        "p2=lrs RIGHTS-GROUP-MEMBERS",
        "members with entries of their own do not get the group's"
    );
}

#[test]
fn what_grants_nothing_is_no_item() {
    let people = people();
    let translator = Translator::new(&people, OWNER);
    let denied = Grant::new(Grantee::named("p0"), Access::FullAccess).denied();
    let grants = [
        folder("Default", "None"),
        folder("owner@x.example", "Owner"),
        denied,
    ];
    assert_eq!(translated(&translator, &grants), [""; 0]);
}

#[test]
fn what_is_denied_is_not_given() {
    let people = people();
    let translator = Translator::new(&people, OWNER)
        .accepting(&all)
        .group(Some("{name}"));
    let list = |to: &str, rights| {
        Grant::new(
            Grantee::named(to),
            Access::List(Folder::mail(["A"]), Rights::of(rights)),
        )
    };
    let grants = [
        list("p0", "lrs"),
        list("p1", "lrs"),
        list("p0", "s").denied(),
        list("g1", "l"),
    ];
    assert_eq!(
        translated(&translator, &grants),
        ["p0=lr", "p1=lrs", "manual  RIGHTS-DENIED"]
    );
    let grants = [list("p0", "lrs"), list("g0", "s").denied()];
    assert_eq!(translated(&translator, &grants), ["manual  RIGHTS-DENIED"]);
    // Another folder is another list.
    let mut elsewhere = list("g1", "l").denied();
    elsewhere.access = Access::List(Folder::mail(["B"]), Rights::of("l"));
    assert_eq!(
        translated(&translator, &[list("p0", "lrs"), elsewhere]),
        ["p0=lrs"]
    );
}

#[test]
fn one_name_twice_has_numbers() {
    let people = people();
    let work = Work::new(
        &Translator::new(&people, OWNER),
        &[folder("p0", "Reviewer"), folder("p0", "Editor")],
    );
    assert_eq!(
        (work.items[0].id.as_str(), work.items[1].id.as_str()),
        ("A/B: p0", "A/B: p0 (2)")
    );
}

/// Who has what on the folder in Exchange: one's own entry hides those of groups, and these that of everybody.
fn had(people: &People, grants: &[(usize, Permissions)], full: &BTreeSet<usize>, who: usize) -> Permissions {
    let of = |name: &'static str| grants.iter().filter(move |(at, _)| NAMES[*at] == name);
    let own: Vec<_> = of(NAMES[who]).collect();
    let person = people.find(&format!("p{who}")).unwrap();
    let in_groups: Vec<_> = ["g0", "g1"]
        .into_iter()
        .filter(|group| {
            people
                .members(people.find(group).unwrap())
                .unwrap()
                .contains(&person)
        })
        .flat_map(&of)
        .collect();
    let counting = if !own.is_empty() {
        own
    } else if !in_groups.is_empty() {
        in_groups
    } else {
        of("Default").collect()
    };
    let mut all = counting
        .into_iter()
        .fold(Permissions::default(), |all, (_, permissions)| all | *permissions);
    if full.contains(&who) {
        all = all | Permissions::parse("Owner").unwrap();
    }
    all
}

const NAMES: [&str; 12] = [
    "p0",
    "p1",
    "p2",
    "p3",
    "p4",
    "p5",
    "g0",
    "g1",
    "Default",
    "nobody",
    "dyn",
    "contact@else.example",
];

/// Grants of these permissions on a folder, each given by twelve bits, to those with these numbers.
fn granted(
    entries: &std::collections::BTreeMap<usize, u16>,
    on: &Folder,
) -> (Vec<(usize, Permissions)>, Vec<Grant>) {
    let all = Permissions::parse("{Owner, AvailabilityOnly, LimitedDetails}").unwrap();
    let each = entries.iter().map(|(at, bits)| {
        let some = all.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
        (*at, some.map(|(_, one)| one).collect())
    });
    let entries: Vec<(usize, Permissions)> = each.collect();
    let grant = |(at, permissions): &(usize, Permissions)| {
        let mut grant = folder(NAMES[*at], "None");
        grant.access = Access::Folder(on.clone(), *permissions);
        grant
    };
    let grants = entries.iter().map(grant).collect();
    (entries, grants)
}

/// Whether an identifier on the target stands for a person.
fn stands_for(people: &People, identifier: &str, who: usize) -> bool {
    let in_group = |group: &str| {
        let members = people.members(people.find(group).unwrap()).unwrap();
        members.contains(&people.find(&format!("p{who}")).unwrap())
    };
    match identifier {
        "anyone" => true,
        "group:g0" => in_group("g0"),
        "group:g1" => in_group("g1"),
        name => name == format!("p{who}"),
    }
}

proptest! {
    /// The same on calendars and address books, whatever a server can give apart.
    #[test]
    fn nobody_gets_more_of_a_collection(
        entries in proptest::collection::btree_map(0..10_usize, 0..4096_u16, 0..8),
        units in proptest::collection::vec(any::<u8>(), 0..8),
        (groups, everybody, calendar) in any::<(bool, bool, bool)>(),
    ) {
        let people = people();
        let kind = if calendar { FolderKind::Calendar } else { FolderKind::Contacts };
        let (entries, grants) = granted(&entries, &Folder::new(["C"], kind));
        use Privilege::*;
        let every = [Read, ReadFreeBusy, WriteContent, WriteProperties, Bind, Unbind, WriteAcl, WriteItemProperties];
        let unit = |bits: &u8| every.into_iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, one)| one).collect();
        let offered: Vec<Privileges> = units.iter().map(unit).collect();
        let each: Vec<Privileges> = every.into_iter().map(|one| Privileges::of(&[one])).collect();
        let translator = Translator::new(&people, OWNER)
            .accepting(&all)
            .offered(&offered)
            .group(groups.then_some("group:{name}"))
            .everybody(everybody.then_some("anyone"));
        let work = Work::new(&translator, &grants);
        for who in 0..6 {
            let has = work.items.iter().flat_map(|item| &item.parts).filter(|part| stands_for(&people, &part.identifier, who));
            let has = has.fold(Privileges::NONE, |all, part| all | part.privileges);
            let before = had(&people, &entries, &BTreeSet::new(), who).privileges(kind, &each).0;
            prop_assert!(has.without(before).is_empty(), "p{} has {} and had {}: {:?}", who, has, before, work);
            prop_assert!(who < 5 || has.is_empty() || groups || everybody);
        }
        for item in &work.items {
            prop_assert!(item.ends.is_some() == item.parts.is_empty());
            prop_assert!(item.parts.iter().all(|part| part.rights.is_empty()));
            prop_assert!(item.ends != Some(State::Manual) || !item.findings.is_empty());
        }
    }

    /// Where nobody accepts that private items are seen, only delegates read who saw them before.
    #[test]
    fn nobody_sees_private_items_who_did_not(
        entries in proptest::collection::btree_map(0..10_usize, 0..4096_u16, 0..8),
        private in proptest::collection::btree_set(0..10_usize, 0..5),
        (groups, everybody, calendar) in any::<(bool, bool, bool)>(),
    ) {
        let people = people();
        let kind = if calendar { FolderKind::Calendar } else { FolderKind::Contacts };
        let (entries, mut grants) = granted(&entries, &Folder::new(["C"], kind));
        for (grant, (at, _)) in grants.iter_mut().zip(&entries) {
            grant.sees_private = private.contains(at);
        }
        let public = |finding: &Finding| finding.code != "RIGHTS-PRIVATE";
        let offered = [Privileges::of(&[Privilege::Read, Privilege::ReadFreeBusy]), Privileges::of(&[Privilege::Bind])];
        let translator = Translator::new(&people, OWNER)
            .accepting(&public)
            .offered(&offered)
            .group(groups.then_some("group:{name}"))
            .everybody(everybody.then_some("anyone"));
        let work = Work::new(&translator, &grants);
        let reads = |part: &&Part| part.privileges.contains(Privilege::Read);
        for part in work.items.iter().flat_map(|item| &item.parts).filter(reads) {
            let at = NAMES.iter().position(|name| *name == part.identifier);
            prop_assert!(at.is_some_and(|at| at < 5 && private.contains(&at)), "{:?}", part);
        }
        // And these read without a loss, if nothing else is in the way.
        for (at, permissions) in entries.iter().filter(|(at, _)| *at < 5 && private.contains(at)) {
            let found = work.items.iter().find(|item| item.id == format!("C: {}", NAMES[*at]));
            let had = permissions.privileges(kind, &offered).0.contains(Privilege::Read);
            prop_assert_eq!(had, found.is_some_and(|item| item.parts.iter().any(|part| reads(&part))));
        }
    }

    /// On the target rights add up, and nobody has more than he had in Exchange.
    #[test]
    fn nobody_gets_more(
        entries in proptest::collection::btree_map(0..10_usize, 0..4096_u16, 0..8),
        full in proptest::collection::btree_set(0..8_usize, 0..3),
        denied in proptest::collection::btree_set(0..6_usize, 0..2),
        (groups, everybody) in any::<(bool, bool)>(),
    ) {
        let people = people();
        let (entries, mut grants) = granted(&entries, &Folder::mail(["A", "B"]));
        grants.extend(full.iter().map(|at| Grant::new(Grantee::named(NAMES[*at]), Access::FullAccess)));
        grants.extend(denied.iter().map(|at| Grant::new(Grantee::named(NAMES[*at]), Access::FullAccess).denied()));
        let translator = Translator::new(&people, OWNER)
            .accepting(&all)
            .group(groups.then_some("group:{name}"))
            .everybody(everybody.then_some("anyone"));
        let work = Work::new(&translator, &grants);
        let in_group = |group: &str, who: usize| {
            let members = people.members(people.find(group).unwrap()).unwrap();
            members.contains(&people.find(&format!("p{who}")).unwrap())
        };
        let has_full: BTreeSet<usize> = (0..6)
            .filter(|who| {
                let own = full.contains(who);
                let group = (full.contains(&6) && in_group("g0", *who)) || (full.contains(&7) && in_group("g1", *who));
                (own || group) && !denied.contains(who)
            })
            .collect();
        for who in 0..6 {
            let has = work.items.iter().flat_map(|item| &item.parts).filter(|part| stands_for(&people, &part.identifier, who));
            let has = has.fold(Rights::NONE, |all, part| all | part.rights);
            let before = had(&people, &entries, &has_full, who).rights().0;
            prop_assert!(has.without(before).is_empty(), "p{} has {} and had {}: {:?}", who, has, before, work);
            prop_assert!(who < 5 || has.is_empty() || groups || everybody);
        }
        for item in &work.items {
            prop_assert!(item.ends.is_some() == item.parts.is_empty());
            prop_assert!(item.ends != Some(State::Manual) || !item.findings.is_empty());
        }
    }
}

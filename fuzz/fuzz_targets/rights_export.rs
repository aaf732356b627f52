//! Exports of permissions, in any encoding: no panic, and nobody gets a right that Exchange did not give.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_rights::read::{Encoding, Limits, grants};
use tegu_rights::{Access, FULL_ACCESS, People, Person, Rights, Translator, Work};

fuzz_target!(|data: &[u8]| {
    let [first, rest @ ..] = data else { return };
    let mut limits = Limits::default();
    (limits.rows, limits.values, limits.depth) = (200, 2_000, 16);
    let encoding = if first % 4 == 0 {
        Encoding::named("windows-1251").expect("a code page")
    } else {
        Encoding::unicode()
    };
    frugal(rest.len(), || {
        let Ok(read) = grants(rest, encoding, &limits) else {
            return;
        };
        let mut people = People::default();
        people.add(Person::account("anna@corp.example").names(["Anna", "CORP\\anna"]));
        people.add(Person::account("boris@corp.example").names(["Борис", "boris"]));
        people.add(Person::account("vera@corp.example").names(["vera"]));
        people.add(Person::group("team@corp.example", "team").members(["boris", "vera"]));
        people.moves("anna@corp.example", "anna");
        people.moves("boris", "boris");
        let grants: Vec<_> = read.into_iter().map(|one| one.grant).collect();
        let translator = Translator::new(&people, "anna@corp.example").accepting(&|_| true);
        let translator = if first % 2 == 0 {
            translator
        } else {
            translator.group(Some("group:{name}")).everybody(Some("anyone"))
        };
        let work = Work::new(&translator, &grants);
        assert!(work.items.len() <= grants.len());
        let all = grants
            .iter()
            .fold(Rights::NONE, |all, grant| match &grant.access {
                Access::Folder(_, permissions) => all | permissions.rights().0,
                Access::FullAccess => all | Rights::of(FULL_ACCESS),
                _ => all,
            });
        for item in &work.items {
            assert_eq!(item.ends.is_some(), item.parts.is_empty());
            // A delegate is for people.
            assert!(item.delegate.is_none() || item.ends.is_some());
            // The owner needs no right of hers, and Vera moves later.
            assert!(item.senders.iter().all(|mail| mail == "boris@corp.example"));
            for part in &item.parts {
                assert!(part.rights.without(all).is_empty() && !part.rights.is_empty());
                assert!(
                    ["boris", "anyone", "group:team"].contains(&part.identifier.as_str()),
                    "{part:?}"
                );
            }
        }
    });
});

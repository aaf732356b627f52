#![allow(clippy::unwrap_used)]
use super::request::{beside, condition};
use super::*;
use proptest::prelude::*;

fn answer(props: &str) -> String {
    format!(
        "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><response><href>/c/</href><propstat><prop>{props}\
         </prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    )
}

fn read(props: &str) -> Result<Access> {
    let responses = xml::multistatus(answer(props).as_bytes(), &xml::Limits::default())?;
    Access::read(&responses[0], None)
}

fn reread(acl: &Acl) -> Acl {
    Acl::read(&xml::parse(acl.write().as_bytes(), &xml::Limits::default()).unwrap()).unwrap()
}

const SELF: &str = "<ace><principal><self/></principal><grant><privilege><all/></privilege></grant></ace>";

#[test]
fn a_list_comes_back_as_it_was() {
    let list = format!(
        "<acl>{SELF}<ace><principal><href>/p/a%26b/?x&amp;y</href></principal><grant><privilege><read/></privilege><privilege>\
         <C:read-free-busy/></privilege></grant></ace><ace><invert><principal><property><owner/></property></principal></invert><deny>\
         <privilege><write/></privilege></deny></ace><ace><principal><all/></principal><grant/><protected/></ace><ace><principal>\
         <authenticated/></principal><grant><privilege><read/></privilege></grant><inherited><href>/</href></inherited></ace></acl>"
    );
    let acl = read(&list).unwrap().acl.unwrap();
    assert_eq!((acl.entries.len(), acl.strange), (5, 0), "{acl:?}");
    assert_eq!(acl.entries[1].principal, Principal::Href("/p/a%26b/?x&y".into()));
    assert!(acl.entries[2].inverted && acl.entries[2].denied);
    // What the server keeps by itself is not sent.
    let sent = reread(&acl);
    assert_eq!(sent.entries, acl.entries[..3]);
}

#[test]
fn what_is_not_understood_is_counted() {
    for entry in [
        "<ace/>",
        "<ace><principal/><grant/></ace>",
        "<ace><principal><self/></principal></ace>",
        "<ace><principal><self/><all/></principal><grant/></ace>",
        "<ace><principal><self/></principal><principal><all/></principal><grant/></ace>",
        "<ace><principal><self/></principal><grant/><deny/></ace>",
        "<ace><principal><self/></principal><grant><privilege/></grant></ace>",
        "<ace><principal><self/></principal><grant><privilege><read/><write/></privilege></grant></ace>",
        "<ace><principal><self/></principal><grant><read/></grant></ace>",
        "<ace><principal><self/></principal><grant/><until xmlns=\"x\"/></ace>",
        "<ace><principal><strangers xmlns=\"x\"/></principal><grant/></ace>",
        "<ace><invert><self/></invert><grant/></ace>",
        "<entry/>",
        "<ace><principal><href>a\u{85}b</href></principal><grant/></ace>",
        "<ace><principal><self/></principal><grant><privilege><read xmlns=\"a&amp;b\"/></privilege></grant></ace>",
    ] {
        let acl = read(&format!("<acl>{SELF}{entry}</acl>")).unwrap().acl.unwrap();
        assert_eq!((acl.entries.len(), acl.strange), (1, 1), "{entry}");
    }
}

#[test]
fn what_a_server_knows() {
    let set = "<supported-privilege-set><supported-privilege><privilege><all/></privilege><abstract/><supported-privilege>\
         <privilege><read/></privilege><supported-privilege><privilege><C:read-free-busy/></privilege></supported-privilege>\
         </supported-privilege><supported-privilege><description>nameless</description></supported-privilege></supported-privilege>\
         </supported-privilege-set><acl-restrictions><grant-only/><no-invert/></acl-restrictions>";
    let access = read(set).unwrap();
    let [all] = &access.supported[..] else {
        panic!("{access:?}")
    };
    assert!(all.is_abstract && all.parts.len() == 1);
    let free_busy = &all.parts[0].parts[0];
    assert_eq!(free_busy.name, PrivilegeName::new(xml::CALDAV, "read-free-busy"));
    assert_eq!(access.restrictions, ["grant-only", "no-invert"]);
    assert_eq!(access.acl, None, "not shown");
    assert_eq!(read("").unwrap(), Access::default());
}

#[test]
fn hostile_lists_are_bounded() {
    for props in [
        format!("<acl>{}</acl>", SELF.repeat(MOST + 1)),
        format!(
            "<acl><ace><principal><self/></principal><grant>{}</grant></ace></acl>",
            "<privilege><read/></privilege>".repeat(MOST + 1)
        ),
        format!(
            "<supported-privilege-set>{}</supported-privilege-set>",
            "<supported-privilege/>".repeat(MOST + 1)
        ),
    ] {
        assert_eq!(read(&props).unwrap_err().kind(), ErrorKind::Limit);
    }
}

#[test]
fn principals_stand_beside_each_other() {
    for (principal, own, name, expected) in [
        ("/p/user/anna/", "anna", "boris", Some("/p/user/boris/")),
        (
            "/p/user/anna@x.example/",
            "anna@x.example",
            "b c",
            Some("/p/user/b%20c/"),
        ),
        ("/p/user/anna/", "anna", "../admin", Some("/p/user/..%2Fadmin/")),
        ("/p/user/anna/", "anna", "..", Some("/p/user/%2E%2E/")),
        ("/p/4711/", "anna", "boris", None),
        ("/p/user/anna/", "anna", "", None),
        ("/", "", "boris", None),
    ] {
        assert_eq!(
            beside(principal, own, name).as_deref(),
            expected,
            "{principal} {name}"
        );
    }
}

#[test]
fn an_error_is_told_by_its_condition() {
    let said = condition(b"<error xmlns=\"DAV:\"><recognized-principal/></error>").unwrap();
    assert_eq!(
        said,
        "the server does not know this person or group (recognized-principal)"
    );
    for other in ["<html/>", "", "<error xmlns=\"DAV:\"/>"] {
        assert_eq!(condition(other.as_bytes()), None);
    }
}

fn name() -> impl Strategy<Value = PrivilegeName> {
    let namespace = prop_oneof![
        Just("DAV:".to_owned()),
        Just(xml::CALDAV.to_owned()),
        "[!-~]{1,12}"
    ];
    (namespace, "[a-zA-Z][a-z0-9._-]{0,8}")
        .prop_map(|(namespace, name)| PrivilegeName::new(namespace, name))
        .prop_filter("a namespace", |name| is_namespace(&name.namespace))
}

fn principal() -> impl Strategy<Value = Principal> {
    prop_oneof![
        "[!-~а-я]{0,20}".prop_map(Principal::Href),
        prop::sample::select(vec!["all", "authenticated", "unauthenticated", "self", "owner"])
            .prop_map(|word| Principal::Word(word.into())),
        name().prop_map(Principal::Property),
    ]
}

proptest! {
    #[test]
    fn any_list_is_written_and_read(
        entries in proptest::collection::vec(
            (principal(), proptest::collection::vec(name(), 0..5), any::<(bool, bool, bool, bool)>()),
            0..6,
        ),
    ) {
        let mut acl = Acl::default();
        for (principal, privileges, (inverted, denied, protected, inherited)) in entries {
            let mut ace = Ace::grant(principal, privileges);
            (ace.inverted, ace.denied, ace.protected, ace.inherited) = (inverted, denied, protected, inherited);
            acl.entries.push(ace);
        }
        let again = reread(&acl);
        prop_assert_eq!(again.strange, 0);
        prop_assert!(again.entries.iter().eq(acl.own()), "{}", acl.write());
    }
}

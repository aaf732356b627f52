//! Tests of distinguished names.
use super::*;
use proptest::prelude::*;

#[test]
fn equal_by_meaning() {
    let equal = [
        ("CN=A,DC=B", "cn=a, dc=b"),
        ("cn=a  b,dc=c", "CN=A b , DC=C"),
        (r"cn=a\2Cb,dc=c", r"cn=a\,b,dc=c"),
        (r#"cn="a,b",dc=c"#, r"cn=a\,b,dc=c"),
        ("ou=x+cn=y,dc=c", "cn=y+ou=x,dc=c"),
        (r"cn=\D0\98,dc=c", "cn=и,dc=c"),
    ];
    for (a, b) in equal {
        assert_eq!(Dn::new(a), Dn::new(b), "{a} / {b}");
    }
    assert_ne!(Dn::new(r"cn=a\,dc=c"), Dn::new("cn=a,dc=c"));
    assert_ne!(Dn::new("cn=a,dc=c"), Dn::new("cn=a,dc=d"));
}

#[test]
fn most_names_go_the_quick_way() {
    for (text, key) in [
        (
            "CN=Ёлкин Пётр 01,OU=Staff,DC=corp",
            "cn=ёлкин пётр 01,ou=staff,dc=corp",
        ),
        ("CN=O'Neil (X) [y]_z@a,DC=b", "cn=o'neil (x) [y]_z@a,dc=b"),
    ] {
        assert_eq!(plain(text).as_deref(), Some(key));
        assert_eq!(canonical(text).as_deref(), Some(key));
    }
    for text in [
        "",
        "cn",
        "cn=a,",
        "cn=a, dc=b",
        r"cn=a\,b",
        "cn= a",
        "cn=a ",
        "cn=a  b",
        "cn=a+sn=b",
        "=a",
    ] {
        assert_eq!(plain(text), None, "{text}");
    }
}

#[test]
fn an_identity_is_no_part_of_the_name() {
    for id in ["", "x", "11111111-2222-3333-4444-555555555555"] {
        let dn = Dn::identified("CN=Ё", id);
        assert_eq!(
            (dn.as_str(), dn.id()),
            ("CN=Ё", if id.is_empty() { "CN=Ё" } else { id })
        );
        assert_eq!(dn, Dn::new("cn=ё"));
        assert_eq!(dn.to_string(), "CN=Ё");
    }
    assert_eq!(Dn::identified("CN=a", &"x".repeat(60_000)).id(), "CN=a");
}

#[test]
fn within_stops_at_separators() {
    let base = Dn::new("dc=example");
    assert!(Dn::new("cn=a,DC=Example").is_within(&base));
    assert!(base.is_within(&base));
    assert!(!Dn::new("xdc=example").is_within(&base));
    assert!(!Dn::new(r"cn=a\,dc=example").is_within(&base));
}

#[test]
fn conflict_objects_of_active_directory_keep_their_shape() {
    let dn = Dn::new(r"CN=Ann\0ACNF:11111111-2222-3333-4444-555555555555,DC=example");
    assert_eq!(
        dn.first_value().as_deref(),
        Some("Ann\nCNF:11111111-2222-3333-4444-555555555555")
    );
}

proptest! {
    #[test]
    fn the_quick_way_gives_what_the_careful_one_gives(
        text in "((cn|OU|dc|o)=[a-zA-ZА-яЁёЀџ0-9 .'=&#+,;\u{a0}ßΣ\"<-]{0,8},?){0,4}"
    ) {
        if let Some(quick) = plain(&text) {
            prop_assert_eq!(Some(quick), canonical(&text));
        }
    }

    #[test]
    fn any_text_is_taken(text in ".{0,60}") {
        let dn = Dn::new(text.as_str());
        prop_assert_eq!(dn.as_str(), text.as_str());
        prop_assert!(dn == dn.clone());
    }

    #[test]
    fn an_escaped_value_comes_back(value in "[ -~а-я\u{1}\n]{0,20}") {
        let dn = Dn::new(format!("cn={},dc=example", escape_value(&value)));
        prop_assert_eq!(dn.first_value(), Some(value));
    }
}

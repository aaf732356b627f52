#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

#[test]
fn forbidden_characters_are_replaced_and_counted_where_they_stand() {
    let text = "<a><b n=\"&#x0;y\">one&#x1A;two&#xB;&amp;&#x44F;</b><b>\u{1}</b><b>plain</b></a>";
    let document = Document::parse(text, &Limits::default()).unwrap();
    let items: Vec<Element<'_>> = document.root().unwrap().children().collect();
    assert_eq!(items[0].text(), "one\u{fffd}two\u{fffd}&я");
    assert_eq!(items[0].attribute("n"), Some("\u{fffd}y"));
    let counts: Vec<u32> = items.iter().map(|item| item.replaced()).collect();
    assert_eq!(counts, [3, 1, 0]);
    assert_eq!(document.root().unwrap().replaced(), 4);
}

#[test]
fn octets_that_are_no_utf8_are_replaced_and_counted() {
    let raw = Raw {
        text: b"<a>\xff<b>x</b></a>".to_vec(),
        bodies: Vec::new(),
    };
    let text = raw.text();
    let document = Document::parse(&text, &Limits::default()).unwrap();
    assert_eq!(document.root().unwrap().replaced(), 1);
    assert_eq!(document.root().unwrap().value("b"), Some("x"));
}

#[test]
fn limits_hold() {
    let small = Limits {
        depth: 3,
        elements: 5,
        attributes: 2,
        name: 8,
        ..Limits::default()
    };
    for (text, name) in [
        ("<a><a><a><a/><a><a/></a></a></a></a>", "depth"),
        ("<a><b/><b/><b/><b/><b/></a>", "elements"),
        ("<a x='1' y='2' z='3'/>", "attributes"),
        ("<abcdefghi/>", "name"),
    ] {
        let error = Document::parse(text, &small).unwrap_err();
        assert!(error.message().contains(&format!("`{name}`")), "{error}");
    }
}

#[test]
fn a_cut_document_may_be_tried_again_and_a_wrong_one_not() {
    assert!(
        Document::parse("<a><b>x", &Limits::default())
            .unwrap_err()
            .is_retryable()
    );
    for text in ["<a></b></a>", "<!DOCTYPE a><a/>"] {
        assert!(
            !Document::parse(text, &Limits::default())
                .unwrap_err()
                .is_retryable()
        );
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[<>/&;#x0-9a-c =\"'!\\[\\]-]{0,80}") {
        if let Ok(document) = Document::parse(&text, &Limits::default()) {
            let root = document.root();
            let _ = root.map(|root| (root.replaced(), root.children().count(), root.find("a").is_some()));
        }
    }
}

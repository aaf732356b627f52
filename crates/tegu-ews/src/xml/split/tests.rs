#![allow(clippy::unwrap_used)]
use super::*;
use ::base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use std::io::Read;

fn split(pieces: &[&[u8]], limits: &Limits) -> Result<Raw> {
    let scratch = tempfile::tempdir().unwrap();
    let spool = Spool::new(scratch.path());
    let mut splitter = Splitter::new(&spool, limits);
    for piece in pieces {
        splitter.push(piece)?;
    }
    splitter.finish()
}

fn octets(body: &Body) -> Vec<u8> {
    let mut out = Vec::new();
    body.reader().read_to_end(&mut out).unwrap();
    out
}

proptest! {
    #[test]
    fn cuts_do_not_matter(mime in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..400) {
        let base64 = STANDARD.encode(&mime);
        let text = format!(
            "<?xml version=\"1.0\"?><a x=\"1>2\" y='\"'><!-- <t:MimeContent> --><t:MimeContent CharacterSet=\"UTF-8\">{base64}</t:MimeContent>\
             <Content/><![CDATA[<Content>x]]><b>&gt;'</b></a>");
        let (head, tail) = text.as_bytes().split_at(at.min(text.len()));
        let raw = split(&[head, tail], &Limits::default()).unwrap();
        prop_assert_eq!(String::from_utf8(raw.text).unwrap(), text.replace(&format!("UTF-8\">{base64}<"), "UTF-8\">0<"));
        prop_assert_eq!(raw.bodies.len(), 1);
        prop_assert_eq!(octets(raw.bodies[0].as_ref().unwrap()), mime);
    }

    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = split(&[&octets], &Limits::default());
    }
}

#[test]
fn a_damaged_content_costs_itself_only() {
    let text = b"<a><Content>!!!!</Content><Content>QUJD</Content><Content>QUJ</Content></a>";
    let raw = split(&[text], &Limits::default()).unwrap();
    assert_eq!(raw.bodies[0].as_ref().unwrap_err().as_ref(), "it is no base64");
    assert_eq!(octets(raw.bodies[1].as_ref().unwrap()), b"ABC");
    assert_eq!(
        raw.bodies[2].as_ref().unwrap_err().as_ref(),
        "its base64 is cut off"
    );
    let small = Limits {
        content: 2,
        ..Limits::default()
    };
    let raw = split(&[text], &small).unwrap();
    assert_eq!(
        raw.bodies[1].as_ref().unwrap_err().as_ref(),
        "it exceeds the limit `content`"
    );
}

#[test]
fn limits_hold() {
    let small = Limits {
        answer: 100,
        tag: 40,
        ..Limits::default()
    };
    let long = format!("<a>{}</a>", "x".repeat(100));
    let tag = format!("<a b=\"{}\"/>", "x".repeat(50));
    for text in [long, tag] {
        assert_eq!(
            split(&[text.as_bytes()], &small).unwrap_err().kind(),
            crate::ErrorKind::Limit
        );
    }
    let few = Limits {
        contents: 2,
        ..Limits::default()
    };
    let contents = |count: usize| format!("<a>{}</a>", "<Content>QUJD</Content>".repeat(count));
    assert_eq!(split(&[contents(2).as_bytes()], &few).unwrap().bodies.len(), 2);
    let error = split(&[contents(3).as_bytes()], &few).unwrap_err();
    assert!(error.to_string().contains("`contents`"), "{error}");
    let cut = split(&[b"<a><Content>QUJD"], &small).unwrap_err();
    assert!(cut.is_retryable(), "a cut answer may be whole the next time");
}

#[test]
fn a_large_message_takes_little_memory() {
    // 150 MB of MIME: the spool keeps it in a file, and nothing else of its size exists.
    let scratch = tempfile::tempdir().unwrap();
    let spool = Spool::new(scratch.path());
    let mut splitter = Splitter::new(&spool, &Limits::default());
    let line = STANDARD.encode([b'x'; 3 << 10]);
    splitter.push(b"<a><t:MimeContent>").unwrap();
    for _ in 0..50_000 {
        splitter.push(line.as_bytes()).unwrap();
    }
    splitter.push(b"</t:MimeContent></a>").unwrap();
    let raw = splitter.finish().unwrap();
    let body = raw.bodies[0].as_ref().unwrap();
    assert_eq!(body.len(), 50_000 * (3 << 10));
    assert!(body.held().is_none());
    assert!(raw.text.len() < 100);
}

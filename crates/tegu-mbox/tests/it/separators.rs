//! Files as real programs write them, and files made to mislead: how many messages, and what is told about them.

use tegu_mbox::ErrorKind;
use tegu_mbox::read::{Message, Options, Slice};

const F: &str = "From a@example.org Mon Jan  1 00:00:00 2024\n";
const H: &str =
    "From: a@example.org\nSubject: s\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <1@x>\n\n";

fn messages(file: &[u8]) -> Vec<Message<'_>> {
    Slice::new(file, Options::default())
        .collect::<Result<_, _>>()
        .unwrap()
}

fn codes(file: &[u8]) -> Vec<&'static str> {
    messages(file)
        .iter()
        .flat_map(|message| message.findings())
        .map(|finding| finding.code())
        .collect()
}

#[track_caller]
fn expect(file: &str, count: usize, told: &[&str]) {
    assert_eq!(messages(file.as_bytes()).len(), count, "{file}");
    assert_eq!(codes(file.as_bytes()), told, "{file}");
}

#[test]
fn plain() {
    let file = format!("{F}{H}hello\n\n{F}{H}world\n\n");
    expect(&file, 2, &[]);
    let both = messages(file.as_bytes());
    assert_eq!(both[0].content().as_ref(), format!("{H}hello\n").as_bytes());
    assert_eq!(both[1].content().as_ref(), format!("{H}world\n").as_bytes());
    assert_eq!(
        (both[0].end(), both[1].end()),
        (both[1].offset(), file.len() as u64)
    );
}

#[test]
fn quoted_lines_are_ambiguous_until_the_variant_is_declared() {
    let file = format!("{F}{H}>From here\n>>From twice\n> From not\n\n");
    expect(&file, 1, &["MBOX-QUOTING-AMBIGUOUS"]);
    let declared = Options::default().variant(tegu_mbox::Variant::Mboxrd);
    let message = Slice::new(file.as_bytes(), declared).next().unwrap().unwrap();
    assert_eq!(message.findings(), []);
    assert_eq!(
        message.content().as_ref(),
        format!("{H}From here\n>From twice\n> From not\n").as_bytes()
    );
    let declared = Options::default().variant(tegu_mbox::Variant::Mboxo);
    let message = Slice::new(file.as_bytes(), declared).next().unwrap().unwrap();
    assert_eq!(message.findings().len(), 1);
    assert_eq!(
        message.content().as_ref(),
        format!("{H}>From here\n>>From twice\n> From not\n").as_bytes()
    );
}

#[test]
fn prose_is_no_separator() {
    expect(
        &format!("{F}{H}text\n\nFrom now on we use TEGU\n\n{F}{H}x\n\n"),
        2,
        &["MBOX-FROM-UNQUOTED"],
    );
}

#[test]
fn a_quoted_envelope_inside_a_paragraph_is_no_separator() {
    expect(
        &format!("{F}{H}text\n{F}more\n\n{F}{H}x\n\n"),
        2,
        &["MBOX-FROM-UNQUOTED"],
    );
}

#[test]
fn an_envelope_that_no_header_follows_is_reported() {
    expect(
        &format!("{F}{H}text\n\n{F}more\n\n{F}{H}x\n\n"),
        2,
        &["MBOX-SEPARATOR-AMBIGUOUS"],
    );
}

#[test]
fn a_missing_blank_line_is_reported() {
    expect(
        &format!("{F}{H}hello\n{F}{H}world\n"),
        2,
        &["MBOX-NO-BLANK-LINE", "MBOX-NO-BLANK-LINE"],
    );
}

#[test]
fn an_empty_message_is_one() {
    let file = format!("{F}\n{F}{H}x\n\n{F}{H}y\n\n");
    expect(&file, 3, &[]);
    assert_eq!(messages(file.as_bytes())[0].content().as_ref(), b"");
}

#[test]
fn a_file_cut_short() {
    expect(
        &format!("{F}{H}hello\n\n{F}From: a@exa"),
        2,
        &["MBOX-NO-BLANK-LINE", "MBOX-NO-FINAL-NEWLINE"],
    );
    let file = format!("{F}{H}hello\n\n{F}{H}no newline at end");
    expect(&file, 2, &["MBOX-NO-BLANK-LINE", "MBOX-NO-FINAL-NEWLINE"]);
}

#[test]
fn any_line_ends() {
    let crlf = format!("{F}{H}hello\n\n{F}{H}world\n\n").replace('\n', "\r\n");
    expect(&crlf, 2, &[]);
    assert!(messages(crlf.as_bytes())[0].content().ends_with(b"hello\r\n"));
    let mixed = format!("{F}{}hello\r\n\r\n\n{F}{H}x\n\n", H.replace('\n', "\r\n"));
    expect(&mixed, 2, &[]);
    assert!(
        messages(mixed.as_bytes())[0]
            .content()
            .ends_with(b"hello\r\n\r\n")
    );
}

#[test]
fn bytes_that_are_no_text_are_kept() {
    let body = b"a\0b\xff\xfe\xd0\x9f\n\0\n";
    let file = [
        F.as_bytes(),
        H.as_bytes(),
        body,
        b"\n",
        F.as_bytes(),
        H.as_bytes(),
        b"x\n\n",
    ]
    .concat();
    assert!(messages(&file)[0].content().ends_with(body));
}

#[test]
fn thunderbird_writes_bare_lines() {
    let file = format!(
        "From - Mon Jan 01 00:00:00 2024\nX-Mozilla-Status: 0001\n{H}a\n\nFrom \nX-Mozilla-Status: 0001\n{H}b\n\n"
    );
    expect(&file, 2, &[]);
}

#[test]
fn a_right_content_length_hides_what_is_in_the_body() {
    let body = format!("text\n\n{F}more: bla\n");
    let length = body.len();
    let file = format!("{F}From: a@x\nContent-Length: {length}\n\n{body}\n{F}{H}x\n\n");
    // The body could be two messages of another variant; only a declaration settles that.
    expect(&file, 2, &["MBOX-LENGTH-HIDES"]);
    let declared = Options::default().variant(tegu_mbox::Variant::Mboxcl2);
    let all: Vec<_> = Slice::new(file.as_bytes(), declared)
        .map(Result::unwrap)
        .collect();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].findings(), []);
    assert!(all[0].content().ends_with(body.as_bytes()));
}

#[test]
fn a_wrong_content_length_is_not_believed() {
    for length in ["999999", "3", "18446744073709551615", "18446744073709551614"] {
        let file = format!("{F}From: a@x\nContent-Length: {length}\n\nshort\n\n{F}{H}x\n\n");
        expect(&file, 2, &["MBOX-LENGTH-WRONG"]);
    }
}

#[test]
fn what_stands_before_the_first_message_is_reported() {
    expect(
        &format!("junk before\nmore\n\n{F}{H}a\n\n"),
        1,
        &["MBOX-PREAMBLE"],
    );
    expect(&format!("\u{feff}{F}{H}a\n\n"), 1, &[]);
    expect(&format!("\n\r\n{F}{H}a\n\n"), 1, &[]);
    assert_eq!(
        messages(format!("\u{feff}\n{F}{H}a\n\n").as_bytes())[0].offset(),
        4
    );
}

#[test]
fn nothing_is_no_message() {
    expect("", 0, &[]);
    expect("\n\n", 0, &[]);
}

#[test]
fn many_blank_lines_belong_to_the_message() {
    let file = format!("{F}{H}a\n\n\n\n{F}{H}b\n\n\n");
    expect(&file, 2, &[]);
    assert!(messages(file.as_bytes())[0].content().ends_with(b"a\n\n\n"));
}

#[test]
fn an_old_envelope_among_the_headers() {
    expect(
        &format!("{F}>From old@uucp Mon Jan  1 00:00:00 2024\n{H}a\n\n"),
        1,
        &["MBOX-QUOTING-AMBIGUOUS"],
    );
}

#[test]
fn other_files_are_refused_and_named() {
    for (file, like) in [
        (format!("\x01\x01\x01\x01\n{H}a\n\x01\x01\x01\x01\n"), "MMDF"),
        (H.to_owned(), "single message"),
        ("!BDN\0\0\0\0".to_owned(), "PST"),
        ("From now on\n".to_owned(), "no From_ line"),
    ] {
        let outcome: Vec<_> = Slice::new(file.as_bytes(), Options::default()).collect();
        assert_eq!(outcome.len(), 1);
        let error = outcome.into_iter().next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed);
        assert!(error.to_string().contains(like), "{error}");
    }
}

#[test]
fn a_servers_own_pseudo_message_is_told() {
    let file = format!(
        "From MAILER-DAEMON Mon Jan  1 00:00:00 2024\nFrom: Mail System Internal Data <MAILER-DAEMON@h>\n\
         Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1700000000 0000000002 $Label1\n\
         Status: RO\n\nThis text is part of the format.\n\n{F}{H}b\n\n"
    );
    expect(&file, 2, &["MBOX-INTERNAL-DATA"]);
}

#[test]
fn a_message_beyond_the_limit_is_an_error_and_the_next_one_follows() {
    let file = format!("{F}{H}{}\n\n{F}{H}x\n\n", "y".repeat(5000));
    let all: Vec<_> = Slice::new(file.as_bytes(), Options::default().max_message(1000)).collect();
    assert_eq!(all.len(), 2);
    let error = all[0].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("byte 0"), "{error}");
    assert!(all[1].is_ok());
}

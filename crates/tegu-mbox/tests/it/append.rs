//! A file cut at any byte is taken back to its last whole message, and goes on from there.

use std::fs;

use tegu_mbox::read::{Options, Slice};
use tegu_mbox::write::Appender;
use tegu_mbox::{Envelope, ErrorKind, Variant};

const MESSAGES: [&[u8]; 3] = [
    b"Subject: one\n\nbody of one\n",
    b"Subject: two\n\nFrom the second\n",
    b"Subject: three\r\n\r\nx\r\n",
];

fn contents(path: &std::path::Path, variant: Variant) -> Vec<Vec<u8>> {
    let file = fs::read(path).unwrap();
    Slice::new(&file, Options::own(variant))
        .map(|m| m.unwrap().content().into_owned())
        .collect()
}

fn cut_everywhere(variant: Variant) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    let mut file = Appender::open(&path, variant).unwrap();
    let mut ends = vec![0];
    for message in MESSAGES {
        let at = file.append(&Envelope::new("a@b", Some(1)), message).unwrap();
        assert_eq!(at.start, *ends.last().unwrap());
        assert_eq!(at.end, file.len());
        ends.push(at.end);
    }
    file.sync().unwrap();
    drop(file);
    assert_eq!(contents(&path, variant), MESSAGES);
    let whole = fs::read(&path).unwrap();

    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let kept = ends.iter().rposition(|&end| end <= cut as u64).unwrap();
        // Behind the blank line of its own headers, an mboxrd message looks whole; see `Appender::recover`.
        let tail = &whole[..cut];
        let blind = variant == Variant::Mboxrd && (tail.ends_with(b"\n\n") || tail.ends_with(b"\n\r\n"));
        let mut file = Appender::open(&path, variant).unwrap();
        if cut as u64 == ends[kept] {
            assert_eq!(file.recover().unwrap().cut, 0);
        } else if !blind {
            let recovered = file.recover().unwrap();
            assert_eq!(
                (recovered.length, recovered.cut),
                (ends[kept], cut as u64 - ends[kept]),
                "cut at {cut}"
            );
        } else {
            assert_eq!(file.truncate_to(ends[kept]).unwrap(), cut as u64 - ends[kept]);
        }
        file.append(&Envelope::default(), b"Subject: last\n\n").unwrap();
        let mut expected: Vec<&[u8]> = MESSAGES[..kept].to_vec();
        expected.push(b"Subject: last\n\n");
        assert_eq!(contents(&path, variant), expected, "cut at {cut}");
    }
}

#[test]
fn mboxrd_is_recovered() {
    cut_everywhere(Variant::Mboxrd);
}

#[test]
fn mboxcl2_is_recovered() {
    cut_everywhere(Variant::Mboxcl2);
}

#[test]
fn a_torn_file_refuses_until_it_is_recovered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    fs::write(&path, "From - Thu Jan  1 00:00:00 1970\nSubject: torn\n\nhal").unwrap();
    let mut file = Appender::open(&path, Variant::Mboxrd).unwrap();
    let error = file.append(&Envelope::default(), b"A: b\n\n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(file.recover().unwrap().length, 0);
    file.append(&Envelope::default(), b"A: b\n\n").unwrap();
}

#[test]
fn what_a_crash_left_behind_a_known_length_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    let mut file = Appender::open(&path, Variant::Mboxrd).unwrap();
    let known = file.append(&Envelope::default(), b"A: b\n\n").unwrap().end;
    drop(file);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend([0; 4096]);
    fs::write(&path, bytes).unwrap();
    let mut file = Appender::open(&path, Variant::Mboxrd).unwrap();
    assert_eq!(file.truncate_to(known).unwrap(), 4096);
    assert_eq!(
        file.truncate_to(known + 1).unwrap_err().kind(),
        ErrorKind::Malformed
    );
    assert_eq!(
        file.truncate_to(known - 3).unwrap_err().kind(),
        ErrorKind::Malformed
    );
    assert_eq!(file.len(), known);
}

#[test]
fn a_file_of_another_kind_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    fs::write(&path, "!BDN").unwrap();
    assert_eq!(
        Appender::open(&path, Variant::Mboxrd).unwrap_err().kind(),
        ErrorKind::Malformed
    );
    assert_eq!(fs::read(&path).unwrap(), b"!BDN");
}

#[test]
fn what_is_cut_off_can_be_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    let whole = "From - Thu Jan  1 00:00:00 1970\nSubject: whole\n\n\n";
    let torn = "From - Thu Jan  1 00:00:00 1970\nSubject: torn\n\nhal";
    fs::write(&path, format!("{whole}{torn}")).unwrap();
    let mut kept = Vec::new();
    let recovered = Appender::open(&path, Variant::Mboxrd)
        .unwrap()
        .recover_into(&mut kept)
        .unwrap();
    assert_eq!(
        (recovered.length, recovered.cut),
        (whole.len() as u64, torn.len() as u64)
    );
    assert_eq!(kept, torn.as_bytes());
    assert_eq!(fs::read(&path).unwrap(), whole.as_bytes());
}

#[test]
fn the_last_message_of_another_program_is_ended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.mbox");
    let opening = "From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n";
    for (end, added) in [("x\n\n", 0), ("x\n", 1), ("x", 2)] {
        fs::write(&path, format!("{opening}{end}")).unwrap();
        let mut file = Appender::open(&path, Variant::Mboxrd).unwrap();
        assert_eq!(file.end_last_message().unwrap(), added);
        file.append(&Envelope::default(), b"A: b\n\n").unwrap();
        assert_eq!(
            contents(&path, Variant::Mboxrd),
            [&b"Subject: s\n\nx\n"[..], b"A: b\n\n"]
        );
    }
}

#[test]
fn a_message_from_a_reader_is_written_as_one_that_is_held() {
    let long =
        |line: &str| format!("Subject: s\nX: {}\n\n{}", "x".repeat(900), line.repeat(30_000)).into_bytes();
    let mut messages: Vec<Vec<u8>> = MESSAGES.iter().map(|message| message.to_vec()).collect();
    messages.extend([
        long("text\n"),
        long(">>From a\n>From b\nFro\n> From\n"),
        long("From now on\r\n"),
        long("no end"),
        b"Content-Length: 7\n\nx\n".to_vec(),
        Vec::new(),
    ]);
    for variant in [Variant::Mboxrd, Variant::Mboxo, Variant::Mboxcl, Variant::Mboxcl2] {
        let dir = tempfile::tempdir().unwrap();
        let [held, streamed] = ["held", "streamed"].map(|name| dir.path().join(name));
        let mut one = Appender::open(&held, variant).unwrap();
        let mut other = Appender::open(&streamed, variant).unwrap();
        let envelope = Envelope::new("a@b", Some(1));
        for (n, message) in messages.iter().enumerate() {
            let length = message.len() as u64;
            let held = one.append(&envelope, message).map_err(|error| error.kind());
            // A reader that gives little at a time.
            let mut reader = std::io::BufReader::with_capacity(7, &message[..]);
            let streamed = other
                .append_from(&envelope, length, &mut reader)
                .map_err(|error| error.kind());
            assert_eq!(held, streamed, "{variant:?}, message {n}");
            for announced in [length + 1, length.saturating_sub(1)] {
                if announced != length && held.is_ok() {
                    let lies = other.append_from(&envelope, announced, &mut &message[..]);
                    let kind = lies.unwrap_err().kind();
                    assert!(matches!(kind, ErrorKind::Io | ErrorKind::Lossy), "{kind:?}");
                }
            }
        }
        assert_eq!(
            fs::read(&held).unwrap(),
            fs::read(&streamed).unwrap(),
            "{variant:?}"
        );
    }
}

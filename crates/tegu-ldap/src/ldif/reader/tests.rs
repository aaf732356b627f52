#![allow(clippy::unwrap_used)]
use super::*;
use crate::Dn;
use crate::ldif::ModificationOp;
use crate::{Error, ErrorKind};

fn read(text: impl AsRef<[u8]>) -> Vec<Result<Record>> {
    Reader::new(text.as_ref(), Limits::default()).collect()
}

fn one(text: impl AsRef<[u8]>) -> Entry {
    read_entries(text.as_ref(), &Limits::default())
        .unwrap()
        .into_iter()
        .next()
        .unwrap()
}

#[test]
fn folds_comments_crlf_bom_and_a_missing_last_newline() {
    let text = b"\xef\xbb\xbfversion: 1\r\n# a comment\r\n  that goes on\r\ndn: cn=a,\r\n dc=b\r\nmail:   a@b\r\n  .example\r\ncn:";
    let entry = one(text);
    assert_eq!(entry.dn(), &Dn::new("cn=a,dc=b"));
    assert_eq!(entry.text("mail"), Some("a@b .example"));
    assert!(entry.get("cn").eq([b""]));
}

#[test]
fn a_fold_may_cut_base64_and_a_character() {
    let mut text = b"dn:: Y249\n w6Q=\ncn: \xc3".to_vec();
    text.extend_from_slice(b"\n \xa4\nsn:: w6Q\n");
    let entry = one(text);
    assert_eq!(entry.dn().as_str(), "cn=ä");
    assert_eq!(entry.text("cn"), Some("ä"));
    assert_eq!(entry.text("sn"), Some("ä"));
}

#[test]
fn bytes_that_are_no_text_stay_as_they_are() {
    let entry = one(b"dn: cn=a\ncn: \xff\xfe\nobjectGUID:: AAECAwQFBgcICQoLDA0ODw==\n");
    assert!(entry.get("CN").eq([b"\xff\xfe"]));
    assert_eq!(entry.get("objectguid").first().unwrap().len(), 16);
}

#[test]
fn a_reference_is_never_opened() {
    let error = read("dn: cn=a\njpegPhoto:< file:///etc/passwd\n")
        .pop()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[test]
fn password_values_are_counted_and_not_kept() {
    let entry = one("dn: cn=a\nuserPassword:: c2VjcmV0\nuserPassword: x\ncn: a\n");
    assert_eq!(entry.withheld(), 2);
    assert!(!format!("{entry:?}").contains("secret"));
    assert_eq!(entry.attributes().len(), 1);
}

#[test]
fn a_bad_record_costs_itself_only() {
    let records = read("dn: cn=a\nno colon here\ncn: x\n\ndn: cn=b\ncn: b\n\ncn: c\n\ndn: cn=d\n-\n");
    let kinds: Vec<_> = records
        .iter()
        .map(|r| r.as_ref().map_err(Error::kind).is_ok())
        .collect();
    assert_eq!(kinds, [false, true, false, false]);
    assert!(
        records[0].as_ref().unwrap_err().to_string().contains("line 2"),
        "{:?}",
        records[0]
    );
}

#[test]
fn trailers_of_ldapsearch_are_skipped() {
    let text = "dn: cn=a\ncn: a\n\n# search reference\nref: ldap://x/\n\nsearch: 2\nresult: 0 Success\n";
    let mut reader = Reader::new(text.as_bytes(), Limits::default());
    assert!(matches!(reader.next(), Some(Ok(Record::Content(_)))));
    assert!(reader.next().is_none());
    assert_eq!(reader.skipped(), 2);
}

#[test]
fn changes() {
    let text = "dn: cn=a\nchangetype: modify\ndelete: mail\nmail: old@b.example\n-\nadd: mail\n\
                mail: new@b.example\n-\ndelete: fax\n\n\
                dn: cn=b\ncontrol: 1.2 true\nchangetype: delete\n\n\
                dn: cn=c\nchangetype: modrdn\nnewrdn: cn=d\ndeleteoldrdn: 1\nnewsuperior: dc=x\n";
    let records: Vec<_> = read(text).into_iter().map(Result::unwrap).collect();
    let Record::Change(first) = &records[0] else {
        panic!()
    };
    let ChangeKind::Modify(steps) = first.kind() else {
        panic!()
    };
    let ops: Vec<_> = steps
        .iter()
        .map(|s| (s.op(), s.name().as_str(), s.values().len()))
        .collect();
    assert_eq!(
        ops,
        [
            (ModificationOp::Delete, "mail", 1),
            (ModificationOp::Add, "mail", 1),
            (ModificationOp::Delete, "fax", 0)
        ]
    );
    assert!(matches!(&records[1], Record::Change(c) if *c.kind() == ChangeKind::Delete));
    assert!(matches!(
        &records[2],
        Record::Change(c) if matches!(c.kind(), ChangeKind::Rename { delete_old: true, .. })
    ));
    assert_eq!(
        read_entries(text.as_bytes(), &Limits::default())
            .unwrap_err()
            .kind(),
        ErrorKind::Malformed
    );
}

#[test]
fn a_change_may_not_touch_a_password() {
    let text = "dn: cn=a\nchangetype: modify\nreplace: userPassword\nuserPassword: x\n-\n";
    assert_eq!(read(text).pop().unwrap().unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn limits_end_the_reading() {
    let limits = Limits {
        line_bytes: 20,
        record_lines: 3,
        ..Limits::default()
    };
    let long = format!("dn: cn=a\ncn: {}\n\ndn: cn=b\n", "x".repeat(30));
    let all: Vec<_> = Reader::new(long.as_bytes(), limits.clone()).collect();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].as_ref().unwrap_err().kind(), ErrorKind::Limit);
    let folded = format!("dn: cn=a\ncn: {}\n", "x\n ".repeat(30));
    let all: Vec<_> = Reader::new(folded.as_bytes(), limits.clone()).collect();
    assert_eq!(all[0].as_ref().unwrap_err().kind(), ErrorKind::Limit);
    let many = "dn: cn=a\na: b\nc: d\ne: f\n";
    let all: Vec<_> = Reader::new(many.as_bytes(), limits).collect();
    assert_eq!(all[0].as_ref().unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn a_file_is_read_where_it_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.jpg"), b"\xff\xd8").unwrap();
    let text = "dn: cn=a\njpegPhoto:< file:a.jpg\nuserPassword:< file:a.jpg\ncn: a\n";
    let mut reader = Reader::new(text.as_bytes(), Limits::default()).allow_files_below(dir.path());
    let entry = reader.next().unwrap().unwrap().into_entry().unwrap();
    assert!(entry.get("jpegPhoto").eq([b"\xff\xd8"]));
    assert_eq!((entry.text("cn"), entry.withheld()), (Some("a"), 1));
}

#[test]
fn utf_16_is_read() {
    let text: Vec<u8> = "\u{feff}dn: cn=Имя\r\ncn: Имя\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(one(text).text("cn"), Some("Имя"));
}

#[test]
fn nothing_of_a_password_stays_in_memory() {
    let mut entry = one("dn: cn=a\nuserPassword:: c2VjcmV0\nuserPassword: secret\ncn: a\n");
    let block = entry.block_mut();
    for gone in [&b"secret"[..], b"c2VjcmV0", b"cmV0"] {
        assert!(!block.windows(gone.len()).any(|w| w == gone), "{block:?}");
    }
}

#[test]
fn too_many_attributes_are_a_limit() {
    let mut text = String::from("dn: cn=a\n");
    for n in 0..2_000 {
        text += &format!("x{n}: 1\n");
    }
    assert_eq!(read(&text)[0].as_ref().unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn any_cut_of_the_input_reads_the_same() {
    let text = b"version: 1\r\ndn: cn=a,\r\n dc=b\r\n# note\r\n  more\r\nmail: x\r\n\r\n\r\n#c\n\ndn: cn=b\nsn:: w6Q=\n\n";
    let whole = read(text);
    assert_eq!(whole.len(), 2);
    for size in 1..8 {
        let cut = std::io::BufReader::with_capacity(size, &text[..]);
        let records: Vec<_> = Reader::new(cut, Limits::default()).collect();
        for (a, b) in whole.iter().zip(&records) {
            assert_eq!(a.as_ref().unwrap(), b.as_ref().unwrap(), "{size}");
        }
        assert_eq!(records.len(), whole.len());
    }
}

#[test]
fn controls_are_kept() {
    let text = "dn: cn=a\ncontrol: 1.3.6.1.1.12 true:: owA=\ncontrol: 1.2.3\nchangetype: delete\n";
    let Record::Change(change) = read(text).pop().unwrap().unwrap() else {
        panic!()
    };
    let [assertion, plain] = change.controls() else {
        panic!()
    };
    assert_eq!((assertion.oid(), assertion.is_critical()), ("1.3.6.1.1.12", true));
    assert_eq!(assertion.value(), Some(&b"\xa3\0"[..]));
    assert_eq!(
        (plain.oid(), plain.is_critical(), plain.value()),
        ("1.2.3", false, None)
    );
    assert!(read("dn: cn=a\ncontrol: x\nchangetype: delete\n")[0].is_err());
}

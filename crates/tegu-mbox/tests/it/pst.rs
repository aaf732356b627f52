//! Real PST files through a real converter, beside a census of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tegu_mbox::pst::{self, Converter, Loss};
use tegu_mbox::read::{Options, Stream};
use tegu_mbox::tree::{Layout, Limits, walk};

/// The PST files of `TEGU_CORPORA`, in its folder `pst`.
fn corpus() -> Vec<PathBuf> {
    let files = std::env::var_os("TEGU_CORPORA")
        .and_then(|corpora| fs::read_dir(Path::new(&corpora).join("pst")).ok())
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pst"))
        .collect::<Vec<_>>();
    if files.is_empty() {
        eprintln!("SKIPPED: there is no PST file in TEGU_CORPORA/pst");
    }
    files
}

/// A PST without messages, which the census' own library brings.
#[cfg(feature = "pst-census")]
fn empty() -> PathBuf {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let version = run("rustc", &["-vV"]);
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    // Of this platform only: packages for others need not be at hand.
    let metadata = run(
        env!("CARGO"),
        &[
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--all-features",
            "--filter-platform",
            host,
        ],
    );
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "outlook-pst")
        .unwrap();
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    manifest.with_file_name("examples").join("Empty.pst")
}

struct Converted {
    _directory: tempfile::TempDir,
    folders: Vec<(Vec<String>, u64)>,
    losses: Vec<Loss>,
    skipped: Vec<Loss>,
}

fn convert(file: &Path) -> Converted {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new("readpst")
        .args(["-r", "-D", "-j", "0", "-o"])
        .arg(directory.path())
        .arg(file)
        .output()
        .expect("readpst is installed (Debian package pst-utils)");
    assert!(output.status.success(), "{output:?}");
    let tree = walk(directory.path(), &Limits::default()).unwrap();
    let (mut folders, mut losses) = (Vec::new(), Vec::new());
    for folder in &tree.folders {
        assert_eq!(tree.layout, Layout::Readpst);
        let mut stream = Stream::new(fs::File::open(&folder.file).unwrap(), Options::default());
        let mut count = 0;
        while let Some(message) = stream.next_message().unwrap() {
            let content = message.content();
            assert_eq!(
                pst::converter(message.from_line(), &content),
                Some(Converter::Readpst)
            );
            losses.extend(pst::check(&content));
            count += 1;
        }
        folders.push((folder.path.clone(), count));
    }
    Converted {
        _directory: directory,
        folders,
        losses,
        skipped: pst::skipped(&String::from_utf8_lossy(&output.stdout)),
    }
}

#[test]
fn what_a_converter_made_is_told_and_checked() {
    for file in corpus() {
        let converted = convert(&file);
        let messages: u64 = converted.folders.iter().map(|(_, count)| count).sum();
        assert_eq!(converted.skipped, []);
        let rebuilt = converted
            .losses
            .iter()
            .filter(|loss| **loss == Loss::MimeRebuilt)
            .count();
        let mut codes: Vec<_> = converted.losses.iter().map(Loss::code).collect();
        codes.sort_unstable();
        let mut told = codes.clone();
        told.dedup();
        for code in told {
            println!(
                "{}: {code} {}",
                file.display(),
                codes.iter().filter(|&&own| own == code).count()
            );
        }
        println!("{}: {messages} messages", file.display());
        assert!(messages > 0 && rebuilt as u64 <= messages);
    }
}

#[cfg(feature = "pst-census")]
mod census {
    use std::io::Write as _;
    use std::time::{Duration, Instant};

    use tegu_mbox::ErrorKind;
    use tegu_mbox::pst::{CensusOptions, census};

    use super::*;

    fn options(scratch: &Path) -> CensusOptions {
        let mut options = CensusOptions::new(env!("CARGO_BIN_EXE_tegu-pst-census"));
        options.scratch = scratch.to_owned();
        options
    }

    #[test]
    fn an_empty_store_has_folders_and_no_items() {
        let scratch = tempfile::tempdir().unwrap();
        let file = empty();
        let before = fs::read(&file).unwrap();
        let census = census(&file, &options(scratch.path())).unwrap();
        assert_eq!(census.problems, [""; 0]);
        assert_eq!(census.items(), 0);
        assert!(
            census.folders.keys().any(|path| path == &["Deleted Items"]),
            "{census:?}"
        );
        assert_eq!(fs::read(&file).unwrap(), before);
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        assert_eq!(census.reconcile(convert(&file).folders).losses, []);
    }

    #[test]
    fn what_arrived_is_what_the_store_holds() {
        for file in corpus() {
            let scratch = tempfile::tempdir().unwrap();
            let census = census(&file, &options(scratch.path())).unwrap();
            assert_eq!(census.problems, [""; 0]);
            let converted = convert(&file);
            let found = census.reconcile(converted.folders.clone());
            assert_eq!(found.losses, [], "{}", file.display());
            let sum = |of: fn(&pst::Row) -> u64| found.rows.iter().map(of).sum::<u64>();
            assert_eq!(sum(|row| row.expected) + sum(|row| row.manual), census.items());
            assert_eq!(
                sum(|row| row.arrived),
                converted.folders.iter().map(|(_, count)| count).sum::<u64>()
            );

            // One message less is noticed, and where.
            let mut short = converted.folders;
            let largest = short.iter_mut().max_by_key(|(_, count)| *count).unwrap();
            largest.1 -= 1;
            let name = largest.0.last().unwrap().clone();
            let losses = census.reconcile(short).losses;
            assert!(
                matches!(losses.as_slice(), [Loss::ItemsMissing { folder, .. }] if folder.ends_with(&name)),
                "{losses:?}"
            );
        }
    }

    #[test]
    fn a_file_that_is_none_and_a_damaged_one_are_errors() {
        let scratch = tempfile::tempdir().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("x.pst");
        let mut bytes = fs::read(empty()).unwrap();
        bytes.truncate(8192);
        for content in [&b"!BDN"[..], b"", b"hello", &bytes] {
            fs::write(&file, content).unwrap();
            let error = census(&file, &options(scratch.path())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
            assert!(error.to_string().contains("x.pst"), "{error}");
        }
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_killed() {
        use std::os::unix::fs::PermissionsExt as _;

        let scratch = tempfile::tempdir().unwrap();
        let program = scratch.path().join("hangs");
        let mut script = fs::File::create(&program).unwrap();
        script.write_all(b"#!/bin/sh\nexec sleep 60\n").unwrap();
        script.set_permissions(fs::Permissions::from_mode(0o755)).unwrap();
        drop(script);
        let mut options = options(scratch.path());
        options.program = program;
        options.time_limit = Duration::from_millis(300);
        let start = Instant::now();
        let error = census(&empty(), &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().contains("time_limit"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}

mod losses {
    //! What readpst makes of files of the testkit's writer, and what is told of it.

    use super::*;
    use tegu_testkit::pst::{Attachment, Folder, Item, Layout, Mailbox, Name, Value};

    const ADDRESS: u32 = 0x2004;
    const APPOINTMENT: u32 = 0x2002;

    fn mail(subject: &str, kind: &str, address: &str) -> Item {
        Item::new("IPM.Note")
            .with(0x0037, Value::text(subject))
            .with(0x0039, Value::Time(1_704_067_200))
            .with(0x0e06, Value::Time(1_704_067_260))
            .with(0x0e07, Value::Int(1))
            .with(0x1035, Value::text("<1@example.org>"))
            .with(0x0042, Value::text("Ivan"))
            .with(0x0064, Value::text(kind))
            .with(0x0065, Value::text(address))
            .with(0x0c1a, Value::text("Ivan"))
            .with(0x0c1e, Value::text(kind))
            .with(0x0c1f, Value::text(address))
            .with(0x0e04, Value::text("Anna"))
            .to(1, "Anna", "anna@example.org")
    }

    /// RTF that is not compressed.
    fn plain_rtf() -> Value {
        let rtf = br"{\rtf1\ansi {\b one}}";
        let mut data = (rtf.len() as u32 + 12).to_le_bytes().to_vec();
        data.extend((rtf.len() as u32).to_le_bytes());
        data.extend(b"MELA\0\0\0\0");
        data.extend(rtf);
        Value::Binary(data)
    }

    /// Ten Mondays at noon in Berlin.
    fn series() -> Item {
        let day = 222_738_720 / 1440 * 1440_u32;
        let mut data = Vec::new();
        for value in [0x3004_u16, 0x3004, 0x200b, 1, 0] {
            data.extend(value.to_le_bytes());
        }
        let words = [
            0,
            1,
            0,
            2,
            0x2022,
            10,
            1,
            0,
            0,
            day,
            day + 9 * 7 * 1440,
            0x3006,
            0x3009,
            720,
            780,
        ];
        data.extend(words.iter().flat_map(|word: &u32| word.to_le_bytes()));
        data.extend([0; 10]);
        let start = i64::from(day + 720) * 60 - 11_644_473_600 - 7200;
        Item::new("IPM.Appointment")
            .with(0x0037, Value::text("series"))
            .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(start))
            .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(start + 3600))
            .named(Name::Number(APPOINTMENT, 0x8223), Value::Bool(true))
            .named(Name::Number(APPOINTMENT, 0x8216), Value::Binary(data))
            .named(Name::Number(APPOINTMENT, 0x8231), Value::Int(2))
    }

    fn mailbox() -> Mailbox {
        let hello = |item: Item| item.with(0x1000, Value::text("Hello\r\n"));
        Mailbox::new()
            .folder(
                Folder::new("Inbox")
                    .item(hello(mail("of the organisation", "EX", "/o=Org/cn=Ivan")))
                    .item(hello(mail("from outside", "SMTP", "ivan@example.org")))
                    .item(mail("rtf", "SMTP", "ivan@example.org").with(0x1009, plain_rtf()))
                    .item(
                        hello(mail("file", "SMTP", "ivan@example.org")).attach(Attachment::file(
                            "a.bin",
                            "a/b",
                            vec![0, 1, 2],
                        )),
                    ),
            )
            .folder(
                Folder::new("Contacts")
                    .class("IPF.Contact")
                    .item(Item::new("IPM.Contact").with(0x3a06, Value::text("Anna")))
                    .item(
                        Item::new("IPM.DistList").named(Name::Number(ADDRESS, 0x8053), Value::text("Team")),
                    ),
            )
            .folder(Folder::new("Calendar").class("IPF.Appointment").item(series()))
    }

    fn codes(losses: &[Loss]) -> Vec<&'static str> {
        losses.iter().map(Loss::code).collect()
    }

    #[test]
    fn each_loss_of_readpst_is_told() {
        if tegu_testkit::skip_servers() {
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.pst");
        fs::write(&file, mailbox().write(Layout::Unicode)).unwrap();
        let converted = convert(&file);
        let told = codes(&converted.losses);
        let count = |code: &str| told.iter().filter(|own| **own == code).count();
        // The address of a sender within the organisation, although the file holds it; those of all recipients.
        assert_eq!(count("PST-SENDER-X500"), 1, "{told:?}");
        assert_eq!(count("PST-RECIPIENT-LOST"), 4, "{told:?}");
        assert_eq!(count("PST-BODY-NUL"), 1, "{told:?}");
        assert_eq!(codes(&converted.skipped), ["PST-ITEMS-SKIPPED"]);
        let mut items = Vec::new();
        for other in walk(converted._directory.path(), &Limits::default())
            .unwrap()
            .others
        {
            let name = other.file.file_name().unwrap().to_string_lossy().into_owned();
            let losses = pst::check_items(&name, &fs::read(&other.file).unwrap());
            items.push((name, codes(&losses)));
        }
        items.sort();
        assert_eq!(
            items,
            [
                (
                    "calendar".to_owned(),
                    vec!["PST-FILE-EXTENSION", "PST-SERIES-UTC"]
                ),
                (
                    "contacts".to_owned(),
                    vec!["PST-FILE-EXTENSION", "PST-CARD-NAMELESS"]
                ),
            ]
        );
        // The list is known to whoever counts the file by another reader.
        let mut census = pst::Census::default();
        census.add(vec!["Inbox".to_owned()], "IPM.Note", 4);
        census.add(vec!["Contacts".to_owned()], "IPM.Contact", 1);
        census.add(vec!["Contacts".to_owned()], "IPM.DistList", 1);
        let found = census.reconcile(converted.folders);
        assert_eq!(codes(&found.losses), ["PST-LISTS-MISSING"]);
    }
}

//! Files that Outlook made.

use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tegu_pst::{Options, Pst, Scan, ScanOptions};

/// A file without messages, which the crate outlook-pst brings.
fn empty() -> PathBuf {
    let arguments = ["metadata", "--format-version", "1", "--offline", "--all-features"];
    let output = Command::new(env!("CARGO")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages
        .iter()
        .find(|package| package["name"] == "outlook-pst")
        .unwrap();
    Path::new(package["manifest_path"].as_str().unwrap())
        .with_file_name("examples")
        .join("Empty.pst")
}

fn scan(path: &Path) -> Scan {
    let options = Options::default().accept_unproved_layout(true);
    let scan = Pst::open_file(path, options)
        .unwrap()
        .scan(ScanOptions::default().verdicts(true))
        .unwrap();
    assert!(scan.balances());
    scan
}

#[test]
fn an_empty_file_of_outlook() {
    let scan = scan(&empty());
    assert_eq!(
        (scan.items, scan.orphans, scan.damaged_blocks, scan.findings.len()),
        (0, 0, 0, 0)
    );
    assert_eq!(scan.blocks, 31);
    let deleted = scan.folders.iter().find(|folder| folder.nid == 0x8062).unwrap();
    assert_eq!(
        (deleted.path.as_slice(), deleted.role),
        (&["Deleted Items".to_owned()][..], Some("trash"))
    );
}

/// The files of `TEGU_CORPORA`, in its folder `pst`: all that they hold can be read.
#[test]
#[allow(clippy::print_stderr, reason = "a test says what it skipped")]
fn real_files_are_read_to_the_last_item() {
    let entries = std::env::var_os("TEGU_CORPORA")
        .and_then(|corpora| std::fs::read_dir(Path::new(&corpora).join("pst")).ok());
    let Some(entries) = entries else {
        eprintln!("SKIPPED: there is no PST file in TEGU_CORPORA/pst");
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "pst" || extension == "ost")
        {
            let scan = scan(&path);
            assert!(
                scan.folders.iter().all(|folder| folder.unreadable == 0),
                "{}",
                path.display()
            );
        }
    }
}

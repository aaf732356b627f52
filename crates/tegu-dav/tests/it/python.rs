//! What comes out, read by implementations that share nothing with the crate: `icalendar` and `dateutil` expand every
//! series, `vobject` reads every card and resource.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tegu_dav::client::{Client, Credentials, Endpoint, Kind};
use tegu_dav::import::{Import, State};
use tegu_dav::{Item, Limits, occur, split, vcard};
use tegu_testkit::Radicale;

use super::corpus;

/// Python of Debian, which has the packages; another one in the path may not.
const PYTHON: &str = "/usr/bin/python3";
/// 2005 to 2035, as the judge looks at it.
const WINDOW: std::ops::Range<i64> = 1_104_537_600..2_051_222_400;
const MOST: usize = 400;

/// Has a judge read files; its answers by file.
fn judge(script: &str, files: &[PathBuf]) -> BTreeMap<PathBuf, Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/judge")
        .join(script);
    let mut child = Command::new(PYTHON)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{PYTHON}: {error}; see ci/install-debian"));
    let list: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(list.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(
        output.status.success(),
        "{output:?}: are python3-icalendar and python3-vobject there?"
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            (PathBuf::from(value["file"].as_str().unwrap()), value)
        })
        .collect()
}

fn write(dir: &Path, number: usize, extension: &str, body: &[u8]) -> PathBuf {
    let path = dir.join(format!("{number}.{extension}"));
    std::fs::write(&path, body).unwrap();
    path
}

/// The starts of everything in a resource that the judge looks at.
fn starts(body: &[u8]) -> Vec<i64> {
    let all = occur::calendar(body, WINDOW, 20_000, &Limits::default()).unwrap();
    let mut starts: Vec<i64> = all
        .iter()
        .map(|o| o.start)
        .filter(|at| WINDOW.contains(at))
        .collect();
    starts.dedup();
    starts.truncate(MOST);
    starts
}

fn agree(bodies: Vec<Vec<u8>>) -> (usize, usize) {
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| write(dir.path(), n, "ics", body))
        .collect();
    let answers = judge("occurrences.py", &files);
    let (mut same, mut unread, mut different) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for (file, body) in files.iter().zip(&bodies) {
        let answer = &answers[file];
        if let Some(error) = answer["error"].as_str() {
            *unread.entry(error.chars().take(60).collect()).or_default() += 1;
            continue;
        }
        let theirs: Vec<i64> = answer["starts"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|starts| starts.as_array().unwrap())
            .map(|start| start.as_i64().unwrap())
            .collect();
        let ours = starts(body);
        if ours == theirs {
            same += 1;
        } else {
            let at = (0..).find(|&at| ours.get(at) != theirs.get(at)).unwrap();
            different.push(format!(
                "{} of {} and {}, from the {at}th on: {:?} and {:?} in\n{}",
                file.display(),
                ours.len(),
                theirs.len(),
                ours.get(at),
                theirs.get(at),
                String::from_utf8_lossy(body)
            ));
        }
    }
    eprintln!("{same} resources with the same occurrences; not read by the judge: {unread:#?}");
    assert!(
        different.is_empty(),
        "{} differ:\n{}",
        different.len(),
        different[..different.len().min(3)].join("\n")
    );
    (same, unread.values().sum())
}

fn whole(items: Vec<Item>) -> impl Iterator<Item = Vec<u8>> {
    items
        .into_iter()
        .filter(|item| !item.is_lossy())
        .filter_map(|item| item.body)
}

#[test]
fn occurrences_of_the_corpus_are_those_of_another_library() {
    let limits = Limits::default();
    let mut bodies = Vec::new();
    for path in corpus::files() {
        if path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("ics"))
            && let Ok(split) = split::calendar(&std::fs::read(&path).unwrap(), &limits)
        {
            bodies.extend(whole(split.items).filter(|body| body.len() < 200_000));
        }
    }
    let total = bodies.len();
    let (same, unread) = agree(bodies);
    assert!(same > 0 && same + unread == total);
    assert!(unread * 5 < total, "the judge read {same} of {total}");
}

#[test]
fn rules_of_all_sorts_in_zones_that_changed() {
    let mut bodies = Vec::new();
    let rules = [
        "FREQ=DAILY;COUNT=30",
        "FREQ=DAILY;INTERVAL=3;UNTIL=20150301T000000Z",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=40",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO;COUNT=20",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=30",
        "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=12",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=20",
        "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU;COUNT=12",
        "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO;COUNT=9",
        "FREQ=YEARLY;BYYEARDAY=-1,100;COUNT=9",
        "FREQ=HOURLY;INTERVAL=7;COUNT=50",
        "FREQ=YEARLY;COUNT=8",
        "FREQ=MONTHLY;INTERVAL=5;COUNT=9",
        "FREQ=DAILY;BYMONTH=1,10;BYHOUR=9,15;COUNT=60",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY;BYDAY=2TU",
        "FREQ=MONTHLY;BYMONTHDAY=-1,15;COUNT=15",
    ];
    for (n, rule) in rules.iter().enumerate() {
        for (zone, start) in [
            ("Europe/Moscow", "20101015T023000"),
            ("Europe/Moscow", "20140930T100000"),
            ("Europe/Berlin", "20120320T023000"),
            ("Asia/Novosibirsk", "20160101T010000"),
            ("America/New_York", "20151020T013000"),
            ("Europe/Volgograd", "20180901T120000"),
        ] {
            let file = format!(
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{n}\r\nDTSTAMP:20260101T000000Z\r\n\
                 DTSTART;TZID={zone}:{start}\r\nDURATION:PT1H\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            );
            bodies.extend(whole(
                split::calendar(file.as_bytes(), &Limits::default())
                    .unwrap()
                    .items,
            ));
        }
    }
    let total = bodies.len();
    assert_eq!(agree(bodies), (total, 0));
}

#[test]
fn vobject_reads_what_we_write() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits::default();
    let (mut files, mut known) = (Vec::new(), Vec::new());
    for path in corpus::files() {
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let bytes = std::fs::read(&path).unwrap();
        let split = match ending.as_str() {
            "vcf" => vcard::cards(&bytes, vcard::Version::V3, &limits),
            "csv" => tegu_dav::csv::contacts(&bytes, &limits),
            _ => continue,
        };
        for item in split
            .into_iter()
            .flat_map(|split| split.items)
            .filter(|item| !item.is_lossy())
        {
            let body = item.body.as_deref().unwrap();
            tegu_dav::strict::card(body)
                .unwrap_or_else(|e| panic!("{}: {e}\n{}", path.display(), String::from_utf8_lossy(body)));
            files.push(write(dir.path(), files.len(), "vcf", body));
            known.push((path.clone(), item));
        }
    }
    let answers = judge("vobject_reads.py", &files);
    let mut unread = Vec::new();
    for (file, (path, item)) in files.iter().zip(&known) {
        let answer = &answers[file];
        match answer["error"].as_str() {
            Some(error) => unread.push(format!("{}: {error}", path.display())),
            None => {
                assert_eq!(answer["count"], 1, "{}", path.display());
                let name = answer["names"][0].as_str().unwrap();
                let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                let (theirs, ours) = (folded(name), folded(&item.summary));
                // A comma that its writer left bare ends the name for one reader and not for the other.
                assert!(
                    theirs.starts_with(&ours) || ours.starts_with(&theirs),
                    "{}: {name:?} {:?}",
                    path.display(),
                    item.summary
                );
            }
        }
    }
    eprintln!(
        "vobject read {} of {} cards; not: {unread:#?}",
        files.len() - unread.len(),
        files.len()
    );
    assert!(unread.len() * 10 < files.len().max(10), "{unread:#?}");
}

#[tokio::test]
async fn what_a_server_gives_back_takes_place_at_the_same_instants() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let endpoint = Endpoint::new(&server.url()).unwrap();
    let credentials = Credentials::password(Radicale::user(), Radicale::password().to_owned());
    let client = Client::connect(&endpoint, &credentials).await.unwrap();
    let text =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/outlook-series.ics")).unwrap();
    let items = split::calendar(&text, &Limits::default()).unwrap().items;
    let sent: Vec<Vec<u8>> = whole(items.clone()).collect();
    let (collection, fresh) = client
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let report = Import::new(client.clone(), collection.clone())
        .fresh(fresh)
        .run(items)
        .await
        .unwrap();
    assert_eq!(report.count(State::Moved), sent.len() as u64);
    let hrefs: Vec<String> = client
        .list(&collection)
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.href)
        .collect();
    let back: Vec<Vec<u8>> = client
        .get_many(&collection, &hrefs)
        .await
        .unwrap()
        .into_iter()
        .map(|f| f.body.to_vec())
        .collect();
    let all = |bodies: &[Vec<u8>]| {
        let mut all: Vec<i64> = bodies.iter().flat_map(|body| starts(body)).collect();
        all.sort_unstable();
        all
    };
    assert_eq!(all(&sent), all(&back));
    assert!(!all(&sent).is_empty());
    let total = back.len();
    assert_eq!(agree(back), (total, 0));
}

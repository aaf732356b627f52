//! Whatever a server of Exchange sends: the same answer for every cut of the stream, nothing panics in any reader, contents are no longer
//! than their base64, every folder has one place, and what is allocated is bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;
use std::io::Read as _;
use tegu_ews::xml::{Raw, Splitter};
use tegu_ews::{Folder, Inventory, Limits, response};
use tegu_fuzz::{frugal, scratch};
use tegu_message::Spool;

fn taken(pieces: &[&[u8]], limits: &Limits) -> Result<Raw, String> {
    let spool = Spool::new(scratch(""));
    let mut splitter = Splitter::new(&spool, limits);
    for piece in pieces {
        splitter.push(piece).map_err(|error| error.to_string())?;
    }
    splitter.finish().map_err(|error| error.to_string())
}

/// What an answer to `GetItem` says, with its contents.
fn shown(raw: &Raw, limits: &Limits) -> Result<Vec<String>, String> {
    let answer = response::items(raw, limits).map_err(|error| error.to_string())?;
    let show = |part: Result<tegu_ews::Item, tegu_ews::Problem>| match part {
        Ok(mut item) => {
            let mime = item.mime.take().map(|mime| {
                mime.map(|body| {
                    let mut octets = Vec::new();
                    body.reader().read_to_end(&mut octets).expect("a body in memory");
                    octets
                })
            });
            format!("{item:?} {mime:?}")
        }
        Err(problem) => problem.to_string(),
    };
    Ok(answer.parts.into_iter().map(show).collect())
}

/// Each folder stands in one place.
fn places(folders: Vec<Folder>) {
    let all: BTreeSet<String> = folders.iter().map(|folder| folder.id.clone()).collect();
    let inventory = Inventory::of("root", folders);
    let placed = inventory
        .folders
        .iter()
        .chain(inventory.left_out.iter().map(|(place, _)| place));
    let placed: Vec<String> = placed
        .inspect(|place| assert_eq!(place.path.last(), Some(&place.folder.name)))
        .map(|place| place.folder.id.clone())
        .collect();
    assert_eq!(placed.len(), all.len());
    assert_eq!(placed.into_iter().collect::<BTreeSet<_>>(), all);
}

fuzz_target!(|data: &[u8]| {
    let [first, rest @ ..] = data else { return };
    let (one, two) = rest.split_at(rest.len() * usize::from(*first) / 256);
    let mut limits = Limits::default();
    (limits.content, limits.contents) = (1 << 16, 50);
    frugal(rest.len(), || {
        let whole = taken(&[rest], &limits);
        let pieces = taken(&[one, two], &limits);
        let raw = match (whole, pieces) {
            (Ok(whole), Ok(pieces)) => {
                assert_eq!(shown(&whole, &limits), shown(&pieces, &limits));
                whole
            }
            (whole, pieces) => {
                assert_eq!(whole.map(drop), pieces.map(drop));
                return;
            }
        };
        if let Ok(answer) = response::attachments(&raw, &limits) {
            let contents = answer
                .parts
                .iter()
                .flatten()
                .filter_map(|part| part.content.as_ref()?.as_ref().ok());
            // An answer may name one content many times.
            assert!(
                contents.map(|body| body.len()).max().unwrap_or_default() <= rest.len() as u64 / 4 * 3 + 3
            );
        }
        if let Ok(answer) = response::found_folders(&raw, &limits) {
            answer
                .parts
                .into_iter()
                .flatten()
                .for_each(|page| places(page.entries));
        }
        if let Ok(answer) = response::folders(&raw, &limits) {
            places(answer.parts.into_iter().flatten().collect());
        }
        for zone in response::zones(&raw, &limits)
            .into_iter()
            .flat_map(|answer| answer.parts)
            .flatten()
            .flatten()
        {
            let at = jiff::Timestamp::UNIX_EPOCH;
            if let Some(local) = zone.to_local(at) {
                assert!(zone.is_defined());
                assert!(zone.to_instant(local).is_some());
            }
        }
        let _ = (
            response::found_items(&raw, &limits),
            response::changes(&raw, &limits),
            response::people(&raw, &limits),
        );
        let _ = (
            response::inbox_rules(&raw, &limits),
            response::out_of_office(&raw, &limits),
            response::delegates(&raw, &limits),
        );
        let _ = (
            response::categories(&raw, &limits),
            response::permissions(&raw, &limits),
        );
    });
});

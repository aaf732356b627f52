//! What a file becomes before anything is sent.

use super::{
    arguments::Arguments,
    input::{self, Format},
};
use tegu_dav::{
    Finding, Item, Limits,
    client::Kind,
    slim::{self, Archive, Directory},
    split, vcard,
};
use tegu_migrate::Result;

/// What a file became before anything is sent.
#[derive(Default)]
pub(super) struct Prepared {
    pub(super) name: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) archived: Vec<Item>,
    pub(super) findings: Vec<Finding>,
    pub(super) externalised: usize,
}

pub(super) fn prepare(arguments: &Arguments) -> Result<Prepared> {
    let path = arguments.file();
    let mut options = split::Options::new(Limits::default());
    if let Some(path) = &arguments.addresses {
        options = options.addresses(input::addresses(path)?);
    }
    let format = match (arguments.kind(), Format::of(path)) {
        (Kind::Calendars, _) => Format::Calendar,
        (_, Ok(Format::Calendar)) => Format::Cards,
        (_, found) => found?,
    };
    let mut archive = match arguments.archive_before {
        Some(before) => {
            let archive = arguments
                .archive
                .clone()
                .unwrap_or_else(|| path.with_extension("archive.ics"));
            Some(Archive::open(archive, before)?)
        }
        None => None,
    };
    let mut store = match &arguments.externalise {
        Some(path) if !arguments.dry_run => {
            let store = Directory::create(path)?;
            Some(match &arguments.attachment_url {
                Some(url) => store.base(url).shared(true),
                None => store,
            })
        }
        _ => None,
    };
    let mut out = Prepared::default();
    let rest = input::read(
        path,
        format,
        &options,
        arguments.vcard_version.unwrap_or_default(),
        |mut item| {
            if archive.as_mut().is_some_and(|archive| archive.take(&mut item)) {
                out.archived.push(item);
                return Ok(());
            }
            if let Some(store) = &mut store
                && !item.is_lossy()
            {
                out.externalised += slim::externalise(&mut item, store)?;
            }
            out.items.push(item);
            Ok(())
        },
    )?;
    if let Some(archive) = archive.filter(|_| !arguments.dry_run) {
        archive.save()?;
    }
    if arguments.kind() == Kind::Contacts {
        vcard::mark_duplicates(&mut out.items);
    }
    out.name = rest.calendar_name;
    out.findings = rest.findings;
    Ok(out)
}

//! Which collection an import fills.

use super::{arguments::Arguments, url};
use tegu_dav::client::{Client, Collection};
use tegu_migrate::Result;

pub(super) enum Found {
    There(Collection),
    /// Not there yet: the place that the URL names, and the name that people see.
    Here(String),
    /// The last part of its path, and the name that people see.
    Missing(String, String),
}

/// The collection to fill: by name, or at the URL.
pub(super) async fn find(
    arguments: &Arguments,
    client: &Client,
    calendar_name: Option<&str>,
    part: Option<usize>,
) -> Result<Found> {
    if arguments.collection.is_none()
        && part.is_none()
        && let Some(collection) = client.here(arguments.kind()).await?
    {
        return Ok(Found::There(collection));
    }
    // A place in the user's home where nothing is yet: there it shall be.
    if arguments.collection.is_none()
        && part.is_none()
        && let Some(path) = client.place(arguments.kind()).await?
    {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        return Ok(Found::Here(
            calendar_name.map_or_else(|| url::decoded(name), str::to_owned),
        ));
    }
    let stem = arguments
        .file()
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut name = arguments
        .collection
        .clone()
        .or_else(|| calendar_name.map(str::to_owned))
        .unwrap_or(stem);
    if let Some(part) = part {
        name = format!("{name} {part}");
    }
    let known = client.collections(arguments.kind()).await?;
    let segment = client.segment_for(&name);
    let found = known.into_iter().find(|collection| {
        let last = collection
            .href
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        last == segment || collection.display_name.as_deref() == Some(name.as_str())
    });
    Ok(match found {
        Some(collection) => Found::There(collection),
        None => Found::Missing(segment, name),
    })
}

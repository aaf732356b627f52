//! Splits a large file in memory with several threads. The items are those that one thread gives, in the same order.

use std::borrow::Cow;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::places::{Group, Index};
use super::stream::{Seen, Stream};
use super::{Options, source};
use crate::{Item, Result, line};

/// Files smaller than this are split by one thread.
const LARGE: usize = 4 << 20;
/// Bytes of components that a thread takes at once. What they share is made ready for each.
const CHUNK: u64 = 1 << 20;
/// Threads at most: more wait for memory.
const MOST: usize = 8;

/// How many threads a file of this size is worth.
pub(super) fn threads(bytes: usize) -> usize {
    if bytes < LARGE {
        return 1;
    }
    std::thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MOST)
}

/// Takes all resources out of a stream and makes them. What is left in the stream is to be read to its end.
pub(super) fn resources(
    stream: &mut Stream<'_>,
    bytes: &[u8],
    options: &Options,
    threads: usize,
) -> Result<Vec<Item>> {
    let chunks = chunks(std::mem::take(&mut stream.index.groups));
    let done: Vec<Mutex<Option<Result<Made>>>> = chunks.iter().map(|_| Mutex::default()).collect();
    let chunks: Vec<Mutex<Vec<Group>>> = chunks.into_iter().map(Mutex::new).collect();
    let (next, written) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (most, limit) = options.limits.output_for(bytes.len());
    let shared = stream.index.without_resources();
    let work = || {
        while let Some((groups, place)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            chunks.get(at).zip(done.get(at))
        } {
            let groups = std::mem::take(&mut *groups.lock().unwrap_or_else(PoisonError::into_inner));
            let mut made = chunk(bytes, shared.without_resources(), groups, options);
            let size: usize = made.iter().flat_map(|made| &made.items).map(size).sum();
            if written.fetch_add(size, Ordering::Relaxed) + size > most {
                made = Err(line::limit("a calendar", limit));
            }
            let stop = made.is_err();
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
            if stop {
                next.store(chunks.len(), Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut items = Vec::new();
    for made in done {
        let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
        // What was not begun follows an error.
        let Some(made) = made.transpose()? else { continue };
        let size = made.items.iter().map(size).sum();
        items.extend(made.items);
        stream.add(made.seen, size);
    }
    Ok(items)
}

fn size(item: &Item) -> usize {
    item.original.len() + item.body.as_ref().map_or(0, Vec::len)
}

struct Made {
    items: Vec<Item>,
    seen: Seen,
}

fn chunk(bytes: &[u8], mut index: Index, groups: Vec<Group>, options: &Options) -> Result<Made> {
    index.octets = groups.iter().map(Group::octets).sum();
    index.groups = groups;
    let source = Box::new(source::Memory(Cow::Borrowed(bytes)));
    let mut stream = Stream::part(source, index, options);
    let mut items = Vec::new();
    while let Some(item) = stream.resource()? {
        items.push(item);
    }
    Ok(Made {
        items,
        seen: stream.seen(),
    })
}

fn chunks(groups: Vec<Group>) -> Vec<Vec<Group>> {
    let (mut out, mut current, mut size) = (Vec::new(), Vec::new(), 0);
    for group in groups {
        size += group.octets();
        current.push(group);
        if size >= CHUNK {
            out.push(std::mem::take(&mut current));
            size = 0;
        }
    }
    out.push(current);
    out
}

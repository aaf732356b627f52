//! Converts items ahead of those that are being written, on threads of their own.

use super::{ExportOptions, Family, batch::Batch, prepared::Prepared};
use crate::{Error, ErrorKind, Pst, Result, mail::base64::Encoder};
use std::{
    num::NonZero,
    sync::mpsc::{Receiver, Sender, channel, sync_channel},
    thread,
};

/// Items that one thread takes at once.
const CHUNK: usize = 16;
/// Folders with fewer items are not worth a thread.
const FEW: usize = 2 * CHUNK;
/// More threads wait for the one that writes.
const THREADS: usize = 3;

/// Converts one item.
pub(super) fn prepare<'p>(pst: &'p Pst, id: u32, options: &ExportOptions) -> Prepared<'p> {
    let message = match pst.message(id) {
        Ok(message) => message,
        Err(error) => return Prepared::Failed(error),
    };
    let family = Family::of(message.kind());
    match family {
        Some(family) if !options.families.contains(&family) => Prepared::Excluded,
        None => Prepared::Unknown(message),
        Some(Family::Mail) => Prepared::Mail {
            mail: message.mail_with_unread_files(),
            message,
        },
        Some(family) => Prepared::Other {
            converted: message.convert(),
            message,
            family,
        },
    }
}

/// Converts items, and gives them to `write` in their order.
pub(super) fn each<'p>(
    pst: &'p Pst,
    ids: &[u32],
    options: &ExportOptions,
    write: &mut dyn FnMut(&mut Batch<'p>) -> Result<()>,
) -> Result<()> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = if ids.len() < FEW {
        0
    } else {
        (processors - 1).min(THREADS)
    };
    if threads == 0 {
        let mut batch = Batch::default();
        return convert(
            pst,
            ids,
            options,
            &mut Encoder::default(),
            &mut |mut full| {
                write(&mut full)?;
                Ok(full)
            },
            &mut batch,
        );
    }
    thread::scope(|scope| {
        let workers: Vec<(Receiver<Result<Batch<'p>>>, Sender<Batch<'p>>)> = (0..threads)
            .map(|thread| {
                let (sender, receiver) = sync_channel(1);
                let (give_back, returned) = channel();
                scope.spawn(move || {
                    let mut encoder = Encoder::default();
                    let mut batch = Batch::default();
                    let own = ids.chunks(CHUNK).skip(thread).step_by(threads);
                    for chunk in own {
                        // Buffers that were written are used again.
                        let mut send = |full| {
                            let gone = |_| Error::new(ErrorKind::Internal, "nobody wants the items any more");
                            sender.send(Ok(full)).map_err(gone)?;
                            Ok(returned.try_recv().unwrap_or_default())
                        };
                        if let Err(error) = convert(pst, chunk, options, &mut encoder, &mut send, &mut batch)
                        {
                            let _ = sender.send(Err(error));
                            break;
                        }
                    }
                });
                (receiver, give_back)
            })
            .collect();
        for number in 0..ids.len().div_ceil(CHUNK) {
            let Some((receiver, give_back)) = workers.get(number % threads) else {
                continue;
            };
            loop {
                let ended = |_| Error::new(ErrorKind::Internal, "a thread that converts items ended");
                let mut batch = receiver.recv().map_err(ended)??;
                write(&mut batch)?;
                let ends = batch.ends;
                batch.clear();
                let _ = give_back.send(batch);
                if ends {
                    break;
                }
            }
        }
        Ok(())
    })
}

/// Converts items. `send` takes full batches, and returns empty ones.
fn convert<'p>(
    pst: &'p Pst,
    ids: &[u32],
    options: &ExportOptions,
    encoder: &mut Encoder,
    send: &mut dyn FnMut(Batch<'p>) -> Result<Batch<'p>>,
    batch: &mut Batch<'p>,
) -> Result<()> {
    for id in ids {
        batch.add(prepare(pst, *id, options), options, encoder)?;
        if batch.is_full() {
            *batch = send(std::mem::take(batch))?;
            batch.clear();
        }
    }
    batch.ends = true;
    *batch = send(std::mem::take(batch))?;
    batch.clear();
    Ok(())
}

//! Converts items ahead of those that are being written, on threads of their own.

use super::{ExportOptions, Family};
use crate::{Converted, Error, ErrorKind, Mail, Message, Pst, Result};
use std::{
    num::NonZero,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

/// Items that one thread takes at once.
const CHUNK: usize = 16;
/// A thread hands over what it has when it holds more octets.
const HELD: usize = 1 << 20;
/// Folders with fewer items are not worth a thread.
const FEW: usize = 2 * CHUNK;
/// More threads wait for the one that writes.
const THREADS: usize = 3;

/// An item before it is written.
pub(super) enum Prepared<'p> {
    /// It cannot be read at all.
    Failed(Error),
    /// It is of a kind that was not asked for.
    Excluded,
    /// No other form is known for it.
    Unknown(Message<'p>),
    Mail {
        message: Message<'p>,
        mail: Result<Mail<'p>>,
        /// What cannot be read of attachments that are written piece by piece.
        damage: Option<Error>,
    },
    Other {
        message: Message<'p>,
        family: Family,
        converted: Option<Converted>,
    },
}

impl Prepared<'_> {
    fn held(&self) -> usize {
        match self {
            Self::Mail { mail: Ok(mail), .. } => mail.held(),
            Self::Other {
                converted: Some(converted),
                ..
            } => converted.component.len(),
            _ => 0,
        }
    }
}

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
        Some(Family::Mail) => {
            let mail = message.mail();
            // Such a message is read to its end before anything of it is in a file.
            let damage = match &mail {
                Ok(mail) if mail.is_streamed() => mail.write_to(&mut std::io::sink()).err(),
                _ => None,
            };
            Prepared::Mail {
                message,
                mail,
                damage,
            }
        }
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
    write: &mut dyn FnMut(Prepared<'p>) -> Result<()>,
) -> Result<()> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = if ids.len() < FEW {
        0
    } else {
        (processors - 1).min(THREADS)
    };
    if threads == 0 {
        return ids.iter().try_for_each(|id| write(prepare(pst, *id, options)));
    }
    thread::scope(|scope| {
        let receivers: Vec<Receiver<Vec<Prepared<'p>>>> = (0..threads)
            .map(|thread| {
                let (sender, receiver) = sync_channel(1);
                scope.spawn(move || {
                    let own = ids.chunks(CHUNK).skip(thread).step_by(threads);
                    for chunk in own {
                        if convert(pst, chunk, options, &sender).is_none() {
                            break;
                        }
                    }
                });
                receiver
            })
            .collect();
        for (number, chunk) in ids.chunks(CHUNK).enumerate() {
            let mut missing = chunk.len();
            while missing > 0 {
                let items = receivers
                    .get(number % threads)
                    .and_then(|receiver| receiver.recv().ok())
                    .ok_or_else(|| Error::new(ErrorKind::Internal, "a thread that converts items ended"))?;
                for item in items {
                    missing = missing.saturating_sub(1);
                    write(item)?;
                }
            }
        }
        Ok(())
    })
}

/// Converts a chunk of items; `None` if nobody wants them any more.
fn convert<'p>(
    pst: &'p Pst,
    chunk: &[u32],
    options: &ExportOptions,
    sender: &SyncSender<Vec<Prepared<'p>>>,
) -> Option<()> {
    let mut ready = Vec::with_capacity(chunk.len());
    let mut held = 0;
    for id in chunk {
        let item = prepare(pst, *id, options);
        held += item.held();
        ready.push(item);
        if held > HELD {
            sender.send(std::mem::take(&mut ready)).ok()?;
            held = 0;
        }
    }
    if ready.is_empty() {
        return Some(());
    }
    sender.send(ready).ok()
}

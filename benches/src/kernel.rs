//! What is measured. Each kernel gives a number that depends on all it read, and a caller can check.

use tegu_imap::ledger::Record;
use tegu_imap::plan::{Item, Rules};
use tegu_imap::snapshot::Snapshot;
use tegu_imap::wire::Piece;
use tegu_mbox::read::{Options, Slice, Stream};
use tegu_mbox::write::Writer;
use tegu_mbox::{Envelope, Variant};

/// The bare search that every mbox reader must do: the limit to compare with.
pub fn mbox_memmem(file: &[u8]) -> usize {
    memchr::memmem::find_iter(file, b"\nFrom ").count()
}

/// Splits with the full separator rule.
pub fn mbox_split(file: &[u8]) -> usize {
    let options = Options::default().variant(Variant::Mboxrd);
    Slice::new(file, options)
        .map(|message| message.expect("the file is whole").raw().len())
        .sum()
}

/// Splits a file of our own and un-quotes every message.
pub fn mbox_unquote(file: &[u8]) -> usize {
    let messages = Slice::new(file, Options::own(Variant::Mboxrd));
    messages
        .map(|message| message.expect("the file is whole").content().len())
        .sum()
}

/// As [`mbox_unquote`], from a reader.
pub fn mbox_stream(file: &[u8]) -> usize {
    let mut stream = Stream::new(file, Options::own(Variant::Mboxrd));
    let mut sum = 0;
    while let Some(message) = stream.next_message().expect("the file is whole") {
        sum += message.content().len();
    }
    sum
}

/// Reads every message and writes it again.
pub fn mbox_copy(file: &[u8]) -> usize {
    let mut writer = Writer::new(Vec::with_capacity(file.len()), Variant::Mboxrd);
    for message in Slice::new(file, Options::own(Variant::Mboxrd)) {
        let message = message.expect("the file is whole");
        let envelope: Envelope = message.envelope();
        writer
            .write(&envelope, &message.content())
            .expect("what was read can be written");
    }
    let copy = writer.into_inner();
    assert_eq!(copy.len(), file.len());
    copy.len()
}

/// Reads every response of a server, given in pieces as a socket gives them.
pub fn imap_decode(stream: &[u8]) -> usize {
    let mut decoder = tegu_imap::wire::Decoder::default();
    let mut responses = 0;
    for piece in stream.chunks(32 * 1024) {
        decoder.push(piece);
        while decoder
            .next_response()
            .expect("the stream keeps the limits")
            .is_some()
        {
            responses += 1;
        }
    }
    responses
}

/// As [`imap_decode`], with every message handed out as it comes, which is what a copy does.
pub fn imap_stream(stream: &[u8]) -> usize {
    let mut decoder = tegu_imap::wire::Decoder::default();
    decoder.stream_above(Some(0));
    let mut octets = 0;
    for piece in stream.chunks(64 * 1024) {
        decoder.push(piece);
        while let Some(piece) = decoder.next_piece().expect("the stream keeps the limits") {
            if let Piece::Octets(bytes) = piece {
                octets += bytes.len();
            }
        }
    }
    octets
}

/// Copies the bytes once: the limit to compare with.
pub fn copy(stream: &[u8]) -> usize {
    let mut room = vec![0; 64 * 1024];
    let mut sum = 0;
    for piece in stream.chunks(room.len()) {
        room[..piece.len()].copy_from_slice(piece);
        sum += usize::from(std::hint::black_box(&room)[0]) + piece.len();
    }
    sum
}

/// Compares two mailboxes of which nothing is known; half of the target is there.
pub fn imap_plan(sides: &(Vec<Item<u128>>, Vec<Item<u128>>)) -> usize {
    let plan = tegu_imap::plan::plan(&sides.0, &sides.1);
    plan.copy.len() + plan.reflag.len()
}

/// Compares a mailbox with what a ledger knows of it.
pub fn imap_delta(state: &(Snapshot, Record)) -> usize {
    let delta = tegu_imap::plan::delta(&state.0, true, &state.1, &Rules::default());
    delta.copy.len() as usize + delta.reflag.len()
}

/// Reads every entry of a directory.
pub fn ldif_read(file: &[u8]) -> usize {
    let entries = tegu_ldap::ldif::read_entries(file, &tegu_ldap::ldif::Limits::default());
    entries.expect("the file is well formed").len()
}

/// Splits a calendar into resources.
pub fn ical_split(file: &[u8]) -> usize {
    tegu_dav::split::calendar(file, &tegu_dav::Limits::default())
        .expect("the file is well formed")
        .items
        .len()
}

/// Checks the lines of a calendar and regroups them, from a stream.
pub fn ical_lines(file: &[u8]) -> usize {
    let options = tegu_dav::split::Options::default().understanding(false);
    tegu_dav::split::stream(std::io::Cursor::new(file), &options)
        .expect("the file is well formed")
        .count()
}

/// Reads cards of version 2.1 and writes them as 3.0.
pub fn cards(file: &[u8]) -> usize {
    tegu_dav::vcard::cards(file, tegu_dav::vcard::Version::V3, &tegu_dav::Limits::default())
        .expect("the file is well formed")
        .items
        .len()
}

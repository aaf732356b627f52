//! What is measured. Each kernel gives a number that depends on all it read, and a caller can check.

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

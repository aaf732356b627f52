//! Time and throughput, for people: `cargo bench -p tegu-benches --bench wall`.

mod peers;

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use tegu_benches::{input, kernel};

fn main() {
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, input: &'static [u8], kernel: fn(&[u8]) -> usize) {
    bencher
        .counter(BytesCount::of_slice(input))
        .bench(|| kernel(divan::black_box(input)));
}

mod mbox {
    use super::*;

    static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| input::mbox(64 << 20));

    #[divan::bench]
    fn memmem(bencher: Bencher<'_, '_>) {
        run(bencher, &FILE, kernel::mbox_memmem);
    }

    #[divan::bench]
    fn split(bencher: Bencher<'_, '_>) {
        run(bencher, &FILE, kernel::mbox_split);
    }

    #[divan::bench]
    fn unquote(bencher: Bencher<'_, '_>) {
        run(bencher, &FILE, kernel::mbox_unquote);
    }

    #[divan::bench]
    fn stream(bencher: Bencher<'_, '_>) {
        run(bencher, &FILE, kernel::mbox_stream);
    }

    #[divan::bench]
    fn copy(bencher: Bencher<'_, '_>) {
        run(bencher, &FILE, kernel::mbox_copy);
    }
}

mod imap {
    use super::*;

    /// So many responses are in [`SNAPSHOT`].
    const RESPONSES: u32 = 20_000;
    static SNAPSHOT: LazyLock<Vec<u8>> = LazyLock::new(|| input::imap_snapshot(RESPONSES));
    static BODIES: LazyLock<Vec<u8>> = LazyLock::new(|| input::imap_bodies(16 << 20));

    fn count(bencher: Bencher<'_, '_>, kernel: fn(&[u8]) -> usize) {
        assert_eq!(kernel(&SNAPSHOT), RESPONSES as usize);
        bencher
            .counter(ItemsCount::new(RESPONSES))
            .bench(|| kernel(divan::black_box(&SNAPSHOT)));
    }

    #[divan::bench]
    fn snapshot(bencher: Bencher<'_, '_>) {
        count(bencher, kernel::imap_decode);
    }

    #[divan::bench]
    fn snapshot_by_imap_proto(bencher: Bencher<'_, '_>) {
        count(bencher, peers::imap_proto);
    }

    #[divan::bench]
    fn snapshot_by_imap_codec(bencher: Bencher<'_, '_>) {
        count(bencher, peers::imap_codec);
    }

    #[divan::bench]
    fn bodies(bencher: Bencher<'_, '_>) {
        run(bencher, &BODIES, kernel::imap_decode);
    }

    #[divan::bench]
    fn bodies_streamed(bencher: Bencher<'_, '_>) {
        run(bencher, &BODIES, kernel::imap_stream);
    }

    #[divan::bench]
    fn bodies_memcpy(bencher: Bencher<'_, '_>) {
        run(bencher, &BODIES, kernel::copy);
    }

    #[divan::bench]
    fn bodies_by_imap_proto(bencher: Bencher<'_, '_>) {
        run(bencher, &BODIES, peers::imap_proto);
    }

    #[divan::bench]
    fn bodies_by_imap_codec(bencher: Bencher<'_, '_>) {
        run(bencher, &BODIES, peers::imap_codec);
    }

    /// Two mailboxes of which nothing is known.
    #[divan::bench(args = [10_000, 1_000_000], sample_count = 10)]
    fn plan(bencher: Bencher<'_, '_>, messages: u32) {
        let sides = input::imap_sides(messages);
        bencher
            .counter(ItemsCount::new(messages))
            .bench_local(|| kernel::imap_plan(divan::black_box(&sides)));
    }

    /// A mailbox and what a ledger knows of it.
    #[divan::bench(args = [10_000, 1_000_000], sample_count = 10)]
    fn delta(bencher: Bencher<'_, '_>, messages: u32) {
        let state = input::imap_state(messages);
        bencher
            .counter(ItemsCount::new(messages))
            .bench_local(|| kernel::imap_delta(divan::black_box(&state)));
    }
}

mod ldap {
    use super::*;

    static EXPORT: LazyLock<Vec<u8>> = LazyLock::new(|| input::ldif(10_000));

    #[divan::bench]
    fn ldif(bencher: Bencher<'_, '_>) {
        run(bencher, &EXPORT, kernel::ldif_read);
    }
}

mod dav {
    use super::*;

    static CALENDAR: LazyLock<Vec<u8>> = LazyLock::new(|| input::calendar(2_000));

    #[divan::bench]
    fn split(bencher: Bencher<'_, '_>) {
        run(bencher, &CALENDAR, kernel::ical_split);
    }

    #[divan::bench]
    fn lines(bencher: Bencher<'_, '_>) {
        run(bencher, &CALENDAR, kernel::ical_lines);
    }

    static CARDS: LazyLock<Vec<u8>> = LazyLock::new(|| input::cards(2_000));

    #[divan::bench]
    fn cards(bencher: Bencher<'_, '_>) {
        run(bencher, &CARDS, kernel::cards);
    }
}

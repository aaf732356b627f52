//! Time and throughput, for people: `cargo bench -p tegu-benches --bench wall`.

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
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

    static SNAPSHOT: LazyLock<Vec<u8>> = LazyLock::new(|| input::imap_snapshot(20_000));
    static BODIES: LazyLock<Vec<u8>> = LazyLock::new(|| input::imap_bodies(16 << 20));

    #[divan::bench]
    fn snapshot(bencher: Bencher<'_, '_>) {
        run(bencher, &SNAPSHOT, kernel::imap_decode);
    }

    #[divan::bench]
    fn bodies(bencher: Bencher<'_, '_>) {
        run(bencher, &BODIES, kernel::imap_decode);
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
}

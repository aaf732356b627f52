//! Instruction counts under valgrind: `cargo bench -p tegu-benches --bench icount`.
//!
//! The same code gives the same count on any machine of one kind, however busy: a change of more than a percent is a
//! change of the code. Needs valgrind, and a `gungraun-runner` of the version that `Cargo.lock` names.

mod peers;

use std::hint::black_box;

use gungraun::prelude::*;
use tegu_benches::{input, kernel};
use tegu_imap::ledger::Record;
use tegu_imap::plan::Item;
use tegu_imap::snapshot::Snapshot;

#[library_benchmark]
#[bench::mib(input::mbox(1 << 20))]
fn mbox_split(file: Vec<u8>) -> usize {
    black_box(kernel::mbox_split(black_box(&file)))
}

#[library_benchmark]
#[bench::mib(input::mbox(1 << 20))]
fn mbox_unquote(file: Vec<u8>) -> usize {
    black_box(kernel::mbox_unquote(black_box(&file)))
}

#[library_benchmark]
#[bench::mib(input::mbox(1 << 20))]
fn mbox_stream(file: Vec<u8>) -> usize {
    black_box(kernel::mbox_stream(black_box(&file)))
}

#[library_benchmark]
#[bench::mib(input::mbox(1 << 20))]
fn mbox_copy(file: Vec<u8>) -> usize {
    black_box(kernel::mbox_copy(black_box(&file)))
}

#[library_benchmark]
#[bench::thousand(input::imap_snapshot(1_000))]
fn imap_snapshot(stream: Vec<u8>) -> usize {
    black_box(kernel::imap_decode(black_box(&stream)))
}

#[library_benchmark]
#[bench::mib(input::imap_bodies(1 << 20))]
fn imap_bodies(stream: Vec<u8>) -> usize {
    black_box(kernel::imap_decode(black_box(&stream)))
}

#[library_benchmark]
#[bench::thousand(input::imap_snapshot(1_000))]
fn imap_snapshot_by_imap_proto(stream: Vec<u8>) -> usize {
    black_box(peers::imap_proto(black_box(&stream)))
}

#[library_benchmark]
#[bench::thousand(input::imap_snapshot(1_000))]
fn imap_snapshot_by_imap_codec(stream: Vec<u8>) -> usize {
    black_box(peers::imap_codec(black_box(&stream)))
}

#[library_benchmark]
#[bench::mib(input::imap_bodies(1 << 20))]
fn imap_stream(stream: Vec<u8>) -> usize {
    black_box(kernel::imap_stream(black_box(&stream)))
}

#[library_benchmark]
#[bench::thousand(input::imap_sides(1_000))]
#[bench::hundred_thousand(input::imap_sides(100_000))]
fn imap_plan(sides: (Vec<Item<u128>>, Vec<Item<u128>>)) -> usize {
    black_box(kernel::imap_plan(black_box(&sides)))
}

#[library_benchmark]
#[bench::thousand(input::imap_state(1_000))]
#[bench::hundred_thousand(input::imap_state(100_000))]
fn imap_delta(state: (Snapshot, Record)) -> usize {
    black_box(kernel::imap_delta(black_box(&state)))
}

#[library_benchmark]
#[bench::thousand(input::ldif(1_000))]
fn ldif_read(file: Vec<u8>) -> usize {
    black_box(kernel::ldif_read(black_box(&file)))
}

#[library_benchmark]
#[bench::hundred(input::calendar(100))]
fn ical_split(file: Vec<u8>) -> usize {
    black_box(kernel::ical_split(black_box(&file)))
}

#[library_benchmark]
#[bench::hundred(input::calendar(100))]
fn ical_lines(file: Vec<u8>) -> usize {
    black_box(kernel::ical_lines(black_box(&file)))
}

#[library_benchmark]
#[bench::hundred(input::cards(100))]
fn cards(file: Vec<u8>) -> usize {
    black_box(kernel::cards(black_box(&file)))
}

library_benchmark_group!(
    name = kernels,
    benchmarks = [
        mbox_split,
        mbox_unquote,
        mbox_stream,
        mbox_copy,
        imap_snapshot,
        imap_snapshot_by_imap_proto,
        imap_snapshot_by_imap_codec,
        imap_bodies,
        imap_stream,
        imap_plan,
        imap_delta,
        ldif_read,
        ical_split,
        ical_lines,
        cards
    ]
);

main!(library_benchmark_groups = kernels);

//! Instruction counts under valgrind: `cargo bench -p tegu-benches --bench icount`.
//!
//! The same code gives the same count on any machine of one kind, however busy: a change of more than a percent is a
//! change of the code. Needs valgrind, and a `gungraun-runner` of the version that `Cargo.lock` names.

use std::hint::black_box;

use gungraun::prelude::*;
use tegu_benches::{input, kernel};

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
#[bench::thousand(input::ldif(1_000))]
fn ldif_read(file: Vec<u8>) -> usize {
    black_box(kernel::ldif_read(black_box(&file)))
}

#[library_benchmark]
#[bench::hundred(input::calendar(100))]
fn ical_split(file: Vec<u8>) -> usize {
    black_box(kernel::ical_split(black_box(&file)))
}

library_benchmark_group!(
    name = kernels,
    benchmarks = [
        mbox_split,
        mbox_unquote,
        mbox_stream,
        mbox_copy,
        imap_snapshot,
        imap_bodies,
        ldif_read,
        ical_split
    ]
);

main!(library_benchmark_groups = kernels);

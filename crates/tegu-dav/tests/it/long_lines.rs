//! Lines of a gigabyte, made while they are read.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tegu_dav::split::{self, Options};
use tegu_dav::{Error, ErrorKind, Limits, slim};

const GIGABYTE: u64 = 1_000_000_000;

/// A head, and then one line without an end: the same piece over and over.
struct Endless {
    head: &'static [u8],
    piece: &'static [u8],
    at: u64,
    taken: Arc<AtomicU64>,
}

impl Endless {
    fn new(head: &'static str, piece: &'static str) -> (Self, Arc<AtomicU64>) {
        let taken = Arc::new(AtomicU64::new(0));
        let this = Self {
            head: head.as_bytes(),
            piece: piece.as_bytes(),
            at: 0,
            taken: Arc::clone(&taken),
        };
        (this, taken)
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(GIGABYTE.saturating_sub(self.at))
            .unwrap()
            .min(buffer.len());
        let head = self.head.len() as u64;
        for (number, byte) in buffer.iter_mut().take(left).enumerate() {
            let at = self.at + number as u64;
            *byte = match at.checked_sub(head) {
                Some(behind) => self.piece[usize::try_from(behind % self.piece.len() as u64).unwrap()],
                None => self.head[usize::try_from(at).unwrap()],
            };
        }
        self.at += left as u64;
        self.taken.fetch_add(left as u64, Ordering::Relaxed);
        Ok(left)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self
                .at
                .checked_add_signed(by)
                .ok_or(io::ErrorKind::InvalidInput)?,
            SeekFrom::End(by) => GIGABYTE
                .checked_add_signed(by)
                .ok_or(io::ErrorKind::InvalidInput)?,
        };
        Ok(self.at)
    }
}

/// The most that this process has held, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = line.trim().strip_suffix("kB").unwrap().trim().parse().unwrap();
    kilobytes * 1024
}

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n\
     DTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\nDESCRIPTION:";

#[test]
fn a_gigabyte_without_a_line_end_is_refused_and_never_held() {
    let limits = Limits::default().max_line(4 << 20);
    let most = limits.max_line as u64 + (2 << 20);
    let folded = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n ";
    for (head, piece) in [
        (CALENDAR, "a"),
        (CALENDAR, folded),
        ("", "a"),
        ("", "\u{44f}"),
        ("BEGIN:VEVENT\r", "a"),
        (CALENDAR, "\r"),
    ] {
        let refused = |error: Error, taken: &AtomicU64| {
            assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
            assert!(error.to_string().contains("max_line"), "{error}");
            let taken = taken.load(Ordering::Relaxed);
            assert!(taken <= most, "{taken} bytes were read before it was seen");
        };
        let (file, taken) = Endless::new(head, piece);
        refused(
            split::stream(file, &Options::new(limits.clone()))
                .map(drop)
                .unwrap_err(),
            &taken,
        );
        let (file, taken) = Endless::new(head, piece);
        refused(slim::weigh(file, &limits).map(drop).unwrap_err(), &taken);
    }
    assert!(peak() < 400 << 20, "{} bytes were held", peak());
}

//! A compressed connection (RFC 4978): raw DEFLATE in both directions over the stream below.
//!
//! Octets are inflated only into the reader's buffer. So a compression bomb costs what the same octets would cost uncompressed, and the
//! decoder's limits apply.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use tegu_net::Stream;

/// How many compressed octets are read at once, and how many may wait to be written.
const PIECE: usize = 16 << 10;

pub(super) struct Deflated {
    below: Stream,
    inflate: Decompress,
    /// Compressed octets that were read.
    arrived: Bytes,
    deflate: Compress,
    /// Compressed octets to write.
    leaving: BytesMut,
    /// Whether the compressor holds octets back.
    held: bool,
}

impl Deflated {
    /// Compresses what goes over `below`; `arrived` was read from it already.
    pub(super) fn new(below: Stream, arrived: Bytes) -> Self {
        Self {
            below,
            inflate: Decompress::new(false),
            arrived,
            // The server's time and ours cost more than the few octets that a higher level saves.
            deflate: Compress::new(Compression::fast(), false),
            leaving: BytesMut::new(),
            held: false,
        }
    }

    /// Fills what is free in `buffer` from the octets that arrived; whether the peer's stream goes on.
    fn inflate(&mut self, buffer: &mut ReadBuf<'_>) -> io::Result<bool> {
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let room = buffer.initialize_unfilled();
        let status = self
            .inflate
            .decompress(&self.arrived, room, FlushDecompress::None)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.arrived.advance(difference(read, self.inflate.total_in()));
        buffer.advance(difference(written, self.inflate.total_out()));
        Ok(status != Status::StreamEnd)
    }

    /// Compresses octets, and with `flush` all that is held back.
    fn deflate(&mut self, octets: &[u8], flush: FlushCompress) -> io::Result<usize> {
        let read = self.deflate.total_in();
        loop {
            let start = self.leaving.len();
            self.leaving.resize(start + PIECE, 0);
            let written = self.deflate.total_out();
            let rest = octets
                .get(difference(read, self.deflate.total_in())..)
                .unwrap_or_default();
            let room = self.leaving.get_mut(start..).unwrap_or_default();
            self.deflate
                .compress(rest, room, flush)
                .map_err(io::Error::other)?;
            let made = difference(written, self.deflate.total_out());
            self.leaving.truncate(start + made);
            // A piece that is not full shows that nothing more is to come.
            if made < PIECE {
                return Ok(difference(read, self.deflate.total_in()));
            }
        }
    }

    fn poll_write_below(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.leaving.is_empty() {
            match ready!(Pin::new(&mut self.below).poll_write(context, &self.leaving))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.leaving.advance(count),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// How far a counter of octets moved; a piece fits in memory, so its length fits too.
fn difference(before: u64, after: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}

impl AsyncRead for Deflated {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled = buffer.filled().len();
        loop {
            let goes_on = this.inflate(buffer)?;
            if buffer.filled().len() > filled || !goes_on || buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if !this.arrived.is_empty() {
                // It neither takes nor gives anything: no DEFLATE stream does that.
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            let mut piece = vec![0; PIECE];
            let mut piece_buffer = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut this.below).poll_read(context, &mut piece_buffer))?;
            let length = piece_buffer.filled().len();
            if length == 0 {
                return Poll::Ready(Ok(()));
            }
            piece.truncate(length);
            this.arrived = piece.into();
        }
    }
}

impl AsyncWrite for Deflated {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.leaving.len() >= PIECE {
            ready!(this.poll_write_below(context))?;
        }
        let piece = octets.get(..octets.len().min(PIECE)).unwrap_or_default();
        let taken = this.deflate(piece, FlushCompress::None)?;
        this.held |= taken > 0;
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.held {
            this.deflate(&[], FlushCompress::Sync)?;
            this.held = false;
        }
        ready!(this.poll_write_below(context))?;
        Pin::new(&mut this.below).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(context))?;
        Pin::new(&mut self.get_mut().below).poll_shutdown(context)
    }
}

/// Inflates octets, and takes them through a compressed connection, for the fuzz target.
#[cfg(fuzzing)]
pub fn fuzz_deflate(octets: &[u8]) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    /// More than a bomb of this many octets can make (RFC 1951 gains a factor of 1,032 at most).
    const FACTOR: usize = 1_100;

    fn now<F: Future>(future: F) -> Option<F::Output> {
        let mut future = std::pin::pin!(future);
        match future
            .as_mut()
            .poll(&mut Context::from_waker(std::task::Waker::noop()))
        {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    let (near, far) = tokio::io::duplex(PIECE);
    drop(far);
    let mut hostile = Deflated::new(Stream::new(near), Bytes::copy_from_slice(octets));
    let (mut room, mut all) = (vec![0; 4096], 0);
    // The peer has hung up: whatever comes, it ends.
    while let Some(Ok(count @ 1..)) = now(hostile.read(&mut room)) {
        all += count;
        assert!(
            all <= FACTOR * (octets.len() + 1),
            "{all} octets out of {}",
            octets.len()
        );
    }

    let (near, far) = tokio::io::duplex(2 * octets.len() + PIECE);
    let mut sender = Deflated::new(Stream::new(near), Bytes::new());
    let mut receiver = Deflated::new(Stream::new(far), Bytes::new());
    for piece in octets.chunks(1 + octets.first().map_or(0, |&first| usize::from(first) * 64)) {
        assert!(
            matches!(now(sender.write_all(piece)), Some(Ok(()))),
            "there is room for it"
        );
        assert!(
            matches!(now(sender.flush()), Some(Ok(()))),
            "there is room for it"
        );
        let mut arrived = vec![0; piece.len()];
        assert!(
            matches!(now(receiver.read_exact(&mut arrived)), Some(Ok(_))),
            "a flush brings all of it"
        );
        assert_eq!(arrived, piece);
    }
}

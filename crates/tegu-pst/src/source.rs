//! Where the octets of a file come from.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    sync::{Arc, Mutex, PoisonError},
};

/// Reads at any offset. There is no way to write.
pub trait ReadAt: Send + Sync {
    /// Fills `buffer` with the octets from `offset` on.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] behind the end, or what the medium says.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// The length in octets.
    ///
    /// # Errors
    ///
    /// What the medium says.
    fn size(&self) -> io::Result<u64>;
}

fn slice(data: &[u8], buffer: &mut [u8], offset: u64) -> io::Result<()> {
    let found = usize::try_from(offset)
        .ok()
        .and_then(|start| data.get(start..)?.get(..buffer.len()))
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    buffer.copy_from_slice(found);
    Ok(())
}

macro_rules! in_memory {
    ($($kind:ty),*) => {$(
        impl ReadAt for $kind {
            fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
                slice(self, buffer, offset)
            }

            fn size(&self) -> io::Result<u64> {
                Ok(self.len() as u64)
            }
        }
    )*};
}

in_memory!(Vec<u8>, Arc<[u8]>, &'static [u8]);

#[cfg(unix)]
impl ReadAt for File {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buffer, offset)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

#[cfg(windows)]
impl ReadAt for File {
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, buffer, offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buffer = &mut buffer[read..];
                    offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// Any `Read + Seek` as a [`ReadAt`].
#[derive(Debug)]
pub struct Seekable<R>(Mutex<R>);

impl<R> Seekable<R> {
    /// Takes a reader.
    pub fn new(reader: R) -> Self {
        Self(Mutex::new(reader))
    }
}

impl<R: Read + Seek + Send> ReadAt for Seekable<R> {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut reader = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(offset))?;
        reader.read_exact(buffer)
    }

    fn size(&self) -> io::Result<u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .seek(SeekFrom::End(0))
    }
}

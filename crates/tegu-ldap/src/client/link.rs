//! The library, and the guard between it and the server.

use std::fmt;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, StdStream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::tls::Stream;
use crate::error::{Error, ErrorKind, Result};
use crate::guard::{Framer, GuardLimits, Reply};

/// Bytes of entries that may wait in the library's queue, which has no bound of its own.
const IN_FLIGHT: usize = 32 << 20;

/// What went wrong on the way, kept for whoever waits on the library: it only sees that the stream ended.
type Fault = Arc<Mutex<Option<Error>>>;

/// The library, connected to the server through the guard.
pub(super) struct Link {
    ldap: Ldap,
    fault: Fault,
    permits: mpsc::UnboundedReceiver<OwnedSemaphorePermit>,
    tasks: [JoinHandle<()>; 2],
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Link {
    /// Puts the guard between the stream and the library.
    pub(super) async fn start(stream: Box<dyn Stream>, limits: GuardLimits, server: &str) -> Result<Self> {
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let ours = UnixStream::from_std(ours)?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs));
        let fault = Fault::default();
        let (sender, permits) = mpsc::unbounded_channel();
        let pump = Pump {
            limits,
            server: server.into(),
            budget: Arc::new(Semaphore::new(IN_FLIGHT)),
            permits: sender,
            pending: Mutex::new(None),
        };
        let slot = Arc::clone(&fault);
        let (connection, ldap) = LdapConnAsync::with_settings(settings, "ldapi:///")
            .await
            .map_err(|e| Error::new(ErrorKind::Io, format!("setting the LDAP library up: {e}")))?;
        let guard = tokio::spawn(async move {
            let mut ours = ours;
            let error = pump.run(stream, &mut ours).await;
            tracing::debug!(%error, "the connection to the directory ended");
            // The library sees the end of its stream when `ours` is dropped: after the reason is known.
            slot.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(error);
            drop(ours);
        });
        let library = tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "the LDAP library's connection ended");
            }
        });
        Ok(Self {
            ldap,
            fault,
            permits,
            tasks: [guard, library],
        })
    }

    pub(super) fn ldap(&self) -> Ldap {
        self.ldap.clone()
    }

    /// What went wrong, if anything did. It is told once.
    pub(super) fn fault(&self) -> Option<Error> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The error behind an error of the library.
    pub(super) fn explain(&self, doing: &str, error: LdapError) -> Error {
        if let Some(fault) = self.fault() {
            return Error::new(fault.kind(), format!("{doing}: {fault}")).with_source(fault);
        }
        match error {
            LdapError::LdapResult { result } => match outcome(doing, &result) {
                Err(error) => error,
                Ok(()) => Error::new(
                    ErrorKind::Protocol,
                    format!("{doing}: success reported as an error"),
                ),
            },
            LdapError::FilterParsing => {
                Error::new(ErrorKind::Config, format!("{doing}: the filter is malformed"))
            }
            // The channels to the library's task close when it ends, also when it panics.
            error => Error::new(
                ErrorKind::Protocol,
                format!("{doing}: the LDAP library gave up: {error}"),
            ),
        }
    }

    /// Called for each entry that was taken out of the library's queue: makes room for more.
    pub(super) fn release(&mut self) {
        drop(self.permits.try_recv());
    }
}

/// What moves bytes between the server and the library.
struct Pump {
    limits: GuardLimits,
    server: Box<str>,
    budget: Arc<Semaphore>,
    permits: mpsc::UnboundedSender<OwnedSemaphorePermit>,
    /// The request that waits for an answer: its number and the tag of its operation.
    pending: Mutex<Option<(i32, u8)>>,
}

impl Pump {
    /// Runs until either side ends, and says why.
    async fn run(&self, stream: Box<dyn Stream>, library: &mut UnixStream) -> Error {
        let (mut from_server, mut to_server) = tokio::io::split(stream);
        let (mut from_library, mut to_library) = library.split();
        let up = async {
            let mut framer = Framer::new(self.limits.clone());
            let mut chunk = vec![0; 16 << 10];
            loop {
                let n = from_library.read(&mut chunk).await.map_err(|e| self.broken(&e))?;
                if n == 0 {
                    return Ok(self.ended("the connection was closed here"));
                }
                framer.push(chunk.get(..n).unwrap_or_default());
                while let Some((bytes, id, operation)) = framer.next_request()? {
                    *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, operation));
                    to_server.write_all(bytes).await.map_err(|e| self.broken(&e))?;
                }
                to_server.flush().await.map_err(|e| self.broken(&e))?;
            }
        };
        let down = async {
            let mut framer = Framer::new(self.limits.clone());
            let mut chunk = vec![0; 64 << 10];
            loop {
                let n = from_server.read(&mut chunk).await.map_err(|e| self.broken(&e))?;
                if n == 0 {
                    return Ok(self.ended("the server closed the connection"));
                }
                framer.push(chunk.get(..n).unwrap_or_default());
                while let Some(frame) = framer.next_reply()? {
                    self.expected(frame.message_id(), frame.reply())?;
                    if matches!(frame.reply(), Reply::Entry | Reply::Reference) {
                        self.wait_for_room(frame.bytes().len()).await;
                    }
                    if to_library.write_all(frame.bytes()).await.is_err() {
                        return Ok(self.ended("the connection was closed here"));
                    }
                }
            }
        };
        let outcome: Result<Error> = tokio::select! { outcome = up => outcome, outcome = down => outcome };
        match outcome {
            Ok(error) => error,
            Err(error) => Error::new(error.kind(), format!("{}: {error}", self.server)),
        }
    }

    fn broken(&self, e: &std::io::Error) -> Error {
        Error::new(ErrorKind::Connection, format!("the connection broke: {e}"))
    }

    fn ended(&self, how: &str) -> Error {
        Error::new(ErrorKind::Connection, format!("{}: {how}", self.server))
    }

    /// Whether an answer is one to the request that waits. Anything else could wake a part of the library that
    /// does not expect it.
    fn expected(&self, id: i32, reply: Reply) -> Result<()> {
        if (id, reply) == (0, Reply::Extended) {
            return Err(Error::new(ErrorKind::Connection, "the server ended the session"));
        }
        let pending = *self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = match pending {
            Some((wanted, 0x60)) => wanted == id && reply == Reply::Bind,
            Some((wanted, 0x63)) => {
                wanted == id && matches!(reply, Reply::Entry | Reply::Reference | Reply::Done)
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Protocol,
            "the server sent an answer to something that was not asked",
        ))
    }

    /// Waits until so many bytes of entries fit in the queue; the room is given back when the entry is taken out.
    async fn wait_for_room(&self, bytes: usize) {
        let bytes = u32::try_from(bytes.min(IN_FLIGHT)).unwrap_or(u32::MAX);
        if let Ok(permit) = Arc::clone(&self.budget).acquire_many_owned(bytes).await {
            let _ = self.permits.send(permit);
        }
    }
}

/// A result of the server as a result of ours.
pub(super) fn outcome(doing: &str, result: &LdapResult) -> Result<()> {
    let (kind, meaning) = match result.rc {
        0 => return Ok(()),
        3 => (ErrorKind::Refused, "the server's time limit was reached"),
        4 => (ErrorKind::Refused, "the server's size limit was reached"),
        7 | 48 => (
            ErrorKind::Auth,
            "the server does not allow this way of signing in",
        ),
        8 | 13 => (ErrorKind::Auth, "the server wants TLS before a password"),
        10 => (
            ErrorKind::Refused,
            "the server refers to another one; referrals are not followed",
        ),
        11 => (
            ErrorKind::Refused,
            "an administrative limit of the server was reached",
        ),
        12 => (ErrorKind::Refused, "the server does not give results in pages"),
        32 => (ErrorKind::Refused, "there is no such entry"),
        34 => (ErrorKind::Refused, "the server does not take this for a name"),
        49 => (ErrorKind::Auth, "wrong name or password"),
        50 => (ErrorKind::Refused, "this account may not read that"),
        51 | 52 => (ErrorKind::Connection, "the server is busy or going down"),
        53 => (ErrorKind::Refused, "the server is unwilling"),
        _ => (ErrorKind::Refused, "the server refuses"),
    };
    let mut message = format!("{doing}: {meaning} (result {})", result.rc);
    let text = result
        .text
        .trim_matches(|c: char| c.is_control() || c.is_whitespace());
    if !text.is_empty() {
        let shown: String = text.chars().take(200).collect();
        message.push_str(&format!(": {shown}"));
    }
    Err(Error::new(kind, message))
}

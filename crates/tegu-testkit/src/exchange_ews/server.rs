//! Connections: who is there, and which page or service answers.

use super::builder::Options;
use super::call::{Call, Route, Who};
use super::fault::{Fault, busy};
use super::http::{Request, Response};
use super::login::{Login, Session};
use super::organisation;
use super::soap::{Refusal, envelope};
use super::store::Store;
use super::xml::Element;
use std::collections::HashSet;
use std::io::{self, BufRead, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) store: RwLock<Store>,
    pub(super) options: Options,
    pub(super) login: Login,
    pub(super) tls: Option<Arc<rustls::ServerConfig>>,
    pub(super) url: String,
    pub(super) stop: AtomicBool,
    pub(super) counts: Counts,
    pub(super) exchanges: Mutex<Vec<(String, String)>>,
    pub(super) stale: Mutex<HashSet<String>>,
    waiting: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) requests: AtomicU64,
    pub(super) connections: AtomicU64,
    pub(super) open: AtomicUsize,
    pub(super) refused_logins: AtomicU64,
    pub(super) impatient: AtomicU64,
    pub(super) unanchored: AtomicU64,
}

/// A stream with what was read ahead.
struct Buffered<S> {
    stream: S,
    buffer: Vec<u8>,
    at: usize,
}

impl<S: Read> Read for Buffered<S> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<S: Read> BufRead for Buffered<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.buffer.len() {
            self.buffer.resize(16 << 10, 0);
            let count = self.stream.read(&mut self.buffer)?;
            self.buffer.truncate(count);
            self.at = 0;
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl<S: Write> Write for Buffered<S> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Shared {
    pub(super) fn new(
        store: Store,
        options: Options,
        login: Login,
        tls: Option<Arc<rustls::ServerConfig>>,
        url: String,
    ) -> Self {
        Self {
            store: RwLock::new(store),
            options,
            login,
            tls,
            url,
            stop: AtomicBool::new(false),
            counts: Counts::default(),
            exchanges: Mutex::default(),
            stale: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    pub(super) fn converse(&self, stream: TcpStream) {
        self.counts.connections.fetch_add(1, Ordering::SeqCst);
        self.counts.open.fetch_add(1, Ordering::SeqCst);
        // A client that goes away is nothing to report.
        let _ = stream.set_nodelay(true);
        let _ = match &self.tls {
            Some(config) => match rustls::ServerConnection::new(Arc::clone(config)) {
                Ok(connection) => self.talk(rustls::StreamOwned::new(connection, stream)),
                Err(_) => Ok(()),
            },
            None => self.talk(stream),
        };
        self.counts.open.fetch_sub(1, Ordering::SeqCst);
    }

    fn talk(&self, stream: impl Read + Write) -> io::Result<()> {
        let mut stream = Buffered {
            stream,
            buffer: Vec::new(),
            at: 0,
        };
        let mut session = Session::default();
        while let Some(request) = Request::read(&mut stream)? {
            if self.stop.load(Ordering::SeqCst) {
                return Ok(());
            }
            let begun = Instant::now();
            let response = self.respond(&mut session, &request);
            thread::sleep(self.options.latency.saturating_sub(begun.elapsed()));
            if !response.write(&mut stream, &request, self.options.compression)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn respond(&self, session: &mut Session, request: &Request) -> Response {
        let path = request.path.to_ascii_lowercase();
        let path = path.split('?').next().unwrap_or_default();
        if self.options.fault == Some(Fault::LoginPage) {
            return Response::page(200, "Outlook Web App: log in");
        }
        if let Some(response) = super::autodiscover::lead(&self.options, path) {
            return response;
        }
        let who = match self.login.check(session, request) {
            Ok(who) => who,
            Err(challenges) => {
                if request.header("authorization").is_some() && !session.is_challenged() {
                    self.counts.refused_logins.fetch_add(1, Ordering::SeqCst);
                }
                let mut response = Response::page(401, "Access is denied due to invalid credentials.");
                for challenge in challenges {
                    response = response.header("WWW-Authenticate", &challenge);
                }
                return response;
            }
        };
        match (request.method.as_str(), path) {
            ("POST", "/ews/exchange.asmx") => self.service(session, who, request),
            (_, "/ews/services.wsdl" | "/ews/exchange.asmx") => Response::xml(
                200,
                "<?xml version=\"1.0\"?><wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\"/>",
            ),
            (_, path) if path.starts_with("/autodiscover/") => {
                let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
                let url = self.options.published.as_deref().unwrap_or(&self.url);
                super::autodiscover::answer(&store, &self.options, url, path, request)
            }
            _ => Response::page(404, "Not found"),
        }
    }

    fn service(&self, session: &mut Session, who: Who, request: &Request) -> Response {
        let number = self.counts.requests.fetch_add(1, Ordering::SeqCst);
        let strikes = Fault::strikes(number);
        let fault = self.options.fault;
        match fault {
            Some(Fault::Unavailable) if strikes => return Response::page(503, "Service unavailable"),
            Some(Fault::Unauthorized) if strikes => {
                *session = Session::default();
                let mut response = self.unauthorized();
                response.close = true;
                return response;
            }
            Some(Fault::Connections) if self.counts.open.load(Ordering::SeqCst) > 1 => {
                let refusal = Refusal::fault(
                    "ErrorExceededConnectionCount",
                    "You have exceeded the available concurrent connections for your account. Try again once your other \
                     requests have completed.",
                );
                return self.fault(&refusal);
            }
            Some(Fault::Busy) => {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                if waiting.is_some_and(|until| Instant::now() < until) {
                    self.counts.impatient.fetch_add(1, Ordering::SeqCst);
                }
                *waiting = None;
                if strikes {
                    *waiting = Some(Instant::now() + self.options.back_off);
                    let mut refusal = busy(self.options.back_off.as_millis() as u64);
                    refusal.fault = true;
                    return self.fault(&refusal);
                }
            }
            _ => {}
        }
        let Ok(tree) = Element::read(&request.body) else {
            return self.fault(&Refusal::schema());
        };
        let impersonation = tree.at(&["Header", "ExchangeImpersonation"]);
        let meant = impersonation.and_then(|found| found.child("ConnectingSID")?.children.first());
        if fault == Some(Fault::OneMailbox)
            && meant.is_some_and(|meant| session.is_for_another(meant.text.trim()))
        {
            return self.unauthorized();
        }
        if impersonation.is_some() && request.header("x-anchormailbox").is_none() {
            self.counts.unanchored.fetch_add(1, Ordering::SeqCst);
        }
        let header = |name| request.header(name);
        let route = Route::of(header("x-anchormailbox"), header("x-publicfoldermailbox"));
        self.before(&tree);
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let answer = match self.stale_state(&tree) {
            Some(refusal) => Ok(super::soap::messages("SyncFolderItems", &[Err(refusal)])),
            None => Call::answer(&store, &self.options, who, &tree, (number, route)),
        };
        drop(store);
        let mut response = match answer {
            Ok(body) => Response::xml(200, envelope(self.options.version, &body))
                .header("Set-Cookie", "exchangecookie=0f1e2d3c4b5a; path=/; HttpOnly")
                .header("X-FEServer", "EX01"),
            Err(refusal) => self.fault(&refusal),
        };
        response.cut = fault == Some(Fault::Truncated) && strikes;
        if self.options.record {
            let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
            self.exchanges
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((text(&request.body), text(&response.body)));
        }
        response
    }

    fn unauthorized(&self) -> Response {
        let response = Response::page(401, "Unauthorized");
        self.login
            .challenges()
            .iter()
            .fold(response, |response, challenge| {
                response.header("WWW-Authenticate", challenge)
            })
    }

    fn fault(&self, refusal: &Refusal) -> Response {
        Response::xml(500, envelope(self.options.version, &refusal.soap_fault()))
    }

    /// What happens to the mailbox just before a request is answered.
    fn before(&self, tree: &Element) {
        if self.options.fault != Some(Fault::ListMoves) || tree.at(&["Body", "FindItem"]).is_none() {
            return;
        }
        let id = tree.at(&["Body", "FindItem", "ParentFolderIds"]);
        let Some(id) = id.and_then(|ids| ids.children.first()?.attribute("Id")) else {
            return;
        };
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(super::store::Place::Folder(mailbox, folder)) = store.place(id) {
            let number = store.now();
            store.add_item(mailbox, folder, organisation::arrival(number), false);
        }
    }

    /// With [`Fault::StaleState`], refuses the first state of each folder.
    fn stale_state(&self, tree: &Element) -> Option<Refusal> {
        if self.options.fault != Some(Fault::StaleState) {
            return None;
        }
        let sync = tree.at(&["Body", "SyncFolderItems"])?;
        let state = sync.text_at(&["SyncState"]).filter(|state| !state.is_empty())?;
        let folder = sync.child("SyncFolderId")?.children.first()?.attribute("Id")?;
        let mut stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        (!state.is_empty() && stale.insert(folder.to_owned())).then(|| {
            Refusal::item(
                "ErrorInvalidSyncStateData",
                "Synchronization state data is corrupt or otherwise invalid.",
            )
        })
    }

    /// Waits until no connection is open, for a short time.
    pub(super) fn settle(&self) {
        for _ in 0..50 {
            if self.counts.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

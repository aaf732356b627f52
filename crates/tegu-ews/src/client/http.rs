//! One request and its answer: sign-in, status, cookies, and the octets as they arrive.

use super::{
    Options,
    auth::{Auth, Scheme, token_header},
    connection::{Connection, broken, late},
    unpack::{self, PAGE, Unpack},
};
use crate::{
    Error, ErrorKind, Limits, Result, ntlm,
    xml::{Raw, Splitter},
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE,
        USER_AGENT,
    },
};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tegu_message::Spool;
use tegu_net::{BoxFuture, Credentials, Endpoint};

/// Cookies of one mailbox: they lead its requests to the server that has it open.
pub(super) type Cookies = Mutex<BTreeMap<String, String>>;

/// Cookies of one mailbox.
const MAX_COOKIES: usize = 32;
/// How often credentials that the server has taken before are sent again when it refuses them.
const SPURIOUS: u32 = 2;

/// Connections to one URL.
pub(crate) struct Http {
    endpoint: Endpoint,
    auth: Auth,
    user_agent: String,
    idle: Mutex<Vec<Connection>>,
    slow: Duration,
    compression: bool,
    /// Whether the server has ever taken the credentials.
    accepted: AtomicBool,
}

/// What an exchange is about.
pub(super) struct Call<'a> {
    pub(super) body: Bytes,
    /// The address of the mailbox, by which the request finds its server.
    pub(super) anchor: Option<&'a str>,
    /// The address by which a request about public folders finds the mailbox that holds them.
    pub(super) public_folders: Option<&'a str>,
    pub(super) cookies: &'a Cookies,
    pub(super) spool: &'a Spool,
    pub(super) limits: &'a Limits,
}

/// What a server says to somebody who shows no credentials.
pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    page: String,
}

impl Seen {
    /// Where the server leads to.
    pub(super) fn location(&self) -> Option<&str> {
        let to = self.headers.get(LOCATION)?.to_str().ok()?;
        self.status.is_redirection().then_some(to)
    }

    /// What the status means.
    pub(super) fn unexpected(&self) -> Error {
        unexpected(self.status, &self.headers, &self.page)
    }
}

impl Http {
    pub(super) fn new(endpoint: &Endpoint, credentials: &Credentials, options: &Options) -> Self {
        Self {
            endpoint: endpoint.clone().alpn(&["http/1.1"]),
            auth: Auth::new(credentials),
            user_agent: options.user_agent.clone(),
            idle: Mutex::default(),
            slow: options.slow_timeout,
            compression: options.compression,
            accepted: AtomicBool::new(false),
        }
    }

    /// The same server at another path, for the same account.
    pub(super) fn beside(&self, path: &str) -> Self {
        Self {
            endpoint: self.endpoint.clone().with_path(path),
            auth: self.auth.again(),
            user_agent: self.user_agent.clone(),
            idle: Mutex::default(),
            slow: self.slow,
            compression: self.compression,
            accepted: AtomicBool::new(false),
        }
    }

    pub(super) fn url(&self) -> String {
        self.endpoint.to_string()
    }

    /// Learns which scheme to sign in by, and opens the first connection.
    pub(super) fn sign_in<'a>(&'a self) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if self.auth.scheme().is_some() {
                return Ok(());
            }
            let seen = self.probe(Method::POST).await?;
            if seen.status == StatusCode::UNAUTHORIZED {
                return self.auth.choose(&seen.headers);
            }
            Err(seen.unexpected())
        })
    }

    /// Sends an empty request without credentials.
    pub(super) async fn probe(&self, method: Method) -> Result<Seen> {
        let mut connection = self.connection().await?;
        let mut request = self.request(&HeaderMap::new(), Bytes::new());
        *request.method_mut() = method;
        let response = connection.send(&self.endpoint, request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let page = self.page(response, &connection).await;
        if status == StatusCode::UNAUTHORIZED {
            self.keep(connection, &headers);
        }
        Ok(Seen {
            status,
            headers,
            page,
        })
    }

    /// Picks a scheme that the server offers, unless the credentials name one.
    pub(super) fn choose(&self, seen: &Seen) -> Result<()> {
        match self.auth.scheme() {
            Some(_) => Ok(()),
            None => self.auth.choose(&seen.headers),
        }
    }

    fn request(&self, headers: &HeaderMap, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.path().parse().unwrap_or_default();
        let all = request.headers_mut();
        all.extend(headers.clone());
        all.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
        all.insert(ACCEPT, HeaderValue::from_static("text/xml"));
        if self.compression {
            all.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Ok(name) = self.user_agent.parse() {
            all.insert(USER_AGENT, name);
        }
        request
    }

    async fn connection(&self) -> Result<Connection> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                Some(connection) if connection.is_closed() => {}
                Some(connection) => return Ok(connection),
                None => return Connection::open(&self.endpoint).await,
            }
        }
    }

    /// Keeps a connection whose answer was read to its end.
    fn keep(&self, connection: Connection, headers: &HeaderMap) {
        let closes = headers
            .get(http::header::CONNECTION)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"close"));
        if !closes && !connection.is_closed() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }

    /// Sends a request and takes its answer. A SOAP fault is an answer.
    pub(super) fn call<'a>(&'a self, call: &'a Call<'a>) -> BoxFuture<'a, Result<Raw>> {
        Box::pin(async move {
            let (mut refreshed, mut again) = (false, 0);
            loop {
                // Others that wait may have lost their sign-in too, or serve only the mailbox that was asked for over them.
                let mut connection = match again {
                    0 => self.connection().await?,
                    _ => Connection::open(&self.endpoint).await?,
                };
                let (mut header, generation) = self.auth.header().await?;
                if let Some(Scheme::Ntlm(name)) = self.auth.scheme()
                    && !connection.signed_in
                {
                    header = Some(self.begin(&mut connection, name).await?);
                }
                #[cfg(all(feature = "gssapi", unix))]
                if self.auth.scheme() == Some(Scheme::Ticket) {
                    let (host, binding) = (self.endpoint.host(), connection.binding.as_ref());
                    header = Some(Auth::ticket(host, binding).await?);
                }
                let mut headers = headers(call);
                if let Some(header) = header {
                    headers.insert(AUTHORIZATION, header);
                }
                let request = self.request(&headers, call.body.clone());
                let response = connection.send(&self.endpoint, request).await?;
                let status = response.status();
                let answered = response.headers().clone();
                remember(call.cookies, &answered);
                if status == StatusCode::UNAUTHORIZED {
                    self.page(response, &connection).await;
                    // The connection may have lost its sign-in: it is not used again.
                    drop(connection);
                    if again < SPURIOUS && self.accepted.load(Ordering::Relaxed) {
                        again += 1;
                        continue;
                    }
                    if !refreshed && self.auth.refresh(generation).await? {
                        refreshed = true;
                        continue;
                    }
                    return Err(match self.auth.scheme() {
                        Some(Scheme::Ntlm(_)) => Error::new(ErrorKind::Authentication, REFUSED_NTLM),
                        #[cfg(all(feature = "gssapi", unix))]
                        Some(Scheme::Ticket) => Error::new(ErrorKind::Authentication, REFUSED_TICKET),
                        _ => refused(),
                    });
                }
                let is_xml = answered
                    .get(CONTENT_TYPE)
                    .and_then(|kind| kind.to_str().ok())
                    .is_some_and(|kind| kind.to_ascii_lowercase().contains("xml"));
                if !matches!(status.as_u16(), 200 | 500) || !is_xml {
                    let page = self.page(response, &connection).await;
                    return Err(unexpected(status, &answered, &page));
                }
                self.accepted.store(true, Ordering::Relaxed);
                connection.signed_in = true;
                let raw = self.take(response, &connection, call).await?;
                self.keep(connection, &answered);
                return Ok(raw);
            }
        })
    }

    /// Begins to sign in a connection by NTLM. Returns what the next request over it has to carry.
    async fn begin(&self, connection: &mut Connection, name: &str) -> Result<HeaderValue> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, token_header(name, &ntlm::negotiate())?);
        let response = connection
            .send(&self.endpoint, self.request(&headers, Bytes::new()))
            .await?;
        let (status, answered) = (response.status(), response.headers().clone());
        let page = self.page(response, connection).await;
        if status != StatusCode::UNAUTHORIZED {
            return Err(unexpected(status, &answered, &page));
        }
        let binding = connection.binding.as_ref();
        self.auth
            .answer(name, &answered, self.endpoint.host(), binding)
            .await
    }

    async fn take(
        &self,
        mut response: Response<Incoming>,
        connection: &Connection,
        call: &Call<'_>,
    ) -> Result<Raw> {
        let splitter = Splitter::new(call.spool, call.limits);
        let mut answer = Unpack::new(response.headers(), splitter)?;
        let mut pace = Pace::new(self.slow);
        loop {
            let wait = connection.idle.min(pace.left());
            let frame = match tokio::time::timeout(wait, response.frame()).await {
                Err(_) if wait == connection.idle => return Err(late(connection.idle)),
                Err(_) => return Err(slow(self.slow)),
                Ok(None) => return answer.finish(),
                Ok(Some(Err(error))) => return Err(broken(&self.endpoint, error)),
                Ok(Some(Ok(frame))) => frame,
            };
            if let Some(piece) = frame.data_ref() {
                pace.came(piece.len());
                answer.push(piece)?;
            }
        }
    }

    /// The beginning of a page; an error in it is of no interest.
    async fn page(&self, mut response: Response<Incoming>, connection: &Connection) -> String {
        let headers = response.headers().clone();
        let mut octets = Vec::new();
        let read = async {
            while let Ok(Some(Ok(frame))) = tokio::time::timeout(connection.idle, response.frame()).await {
                if let Some(piece) = frame.data_ref() {
                    let room = PAGE.saturating_sub(octets.len()).min(piece.len());
                    octets.extend_from_slice(piece.get(..room).unwrap_or_default());
                    if room < piece.len() {
                        break;
                    }
                }
            }
        };
        let _ = tokio::time::timeout(self.slow, read).await;
        unpack::page(&headers, octets)
    }
}

/// How fast an answer comes: [`Options::slow_timeout`].
struct Pace {
    allowed: Duration,
    since: Instant,
    octets: usize,
}

impl Pace {
    fn new(allowed: Duration) -> Self {
        Self {
            allowed,
            since: Instant::now(),
            octets: 0,
        }
    }

    fn left(&self) -> Duration {
        self.allowed.saturating_sub(self.since.elapsed())
    }

    fn came(&mut self, octets: usize) {
        self.octets += octets;
        if self.octets >= 1 << 20 {
            *self = Self::new(self.allowed);
        }
    }
}

fn slow(limit: Duration) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!(
            "less than a mebibyte of the answer came within {} seconds, the limit `slow_timeout`",
            limit.as_secs_f32()
        ),
    )
}

fn headers(call: &Call<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(anchor) = call.anchor.and_then(|anchor| anchor.parse().ok()) {
        headers.insert("X-AnchorMailbox", anchor);
    }
    if let Some(mailbox) = call.public_folders.and_then(|mailbox| mailbox.parse().ok()) {
        headers.insert("X-PublicFolderMailbox", mailbox);
    }
    headers.insert("X-PreferServerAffinity", HeaderValue::from_static("true"));
    let cookies = call.cookies.lock().unwrap_or_else(PoisonError::into_inner);
    let all: Vec<String> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if !all.is_empty()
        && let Ok(value) = all.join("; ").parse()
    {
        headers.insert(COOKIE, value);
    }
    headers
}

fn remember(cookies: &Cookies, headers: &HeaderMap) {
    let mut cookies = cookies.lock().unwrap_or_else(PoisonError::into_inner);
    for cookie in headers.get_all(SET_COOKIE) {
        let pair = cookie
            .to_str()
            .ok()
            .and_then(|cookie| cookie.split(';').next()?.split_once('='));
        if let Some((name, value)) = pair {
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            if cookies.len() < MAX_COOKIES || cookies.contains_key(&name) {
                cookies.insert(name, value);
            }
        }
    }
}

/// Extended Protection is the usual cause of a right password that is refused.
const REFUSED_NTLM: &str = "the server refuses the user name or the password (401); if they are right, a proxy that ends TLS breaks Extended \
    Protection: connect to Exchange itself, or see ExtendedProtectionTokenChecking of Get-WebServicesVirtualDirectory";

/// A farm answers under one name, whose tickets each server must be able to read.
#[cfg(all(feature = "gssapi", unix))]
const REFUSED_TICKET: &str = "the server refuses the Kerberos ticket (401): `klist` shows whose it is; servers behind one name need an alternate \
    service account, see Set-ClientAccessService -AlternateServiceAccountCredential";

fn refused() -> Error {
    Error::new(
        ErrorKind::Authentication,
        "the server refuses the user name, the password or the token (401): Get-ADUser USER -Properties LockedOut, PasswordExpired shows whether \
         the account may sign in",
    )
}

/// What a status that no answer has means.
fn unexpected(status: StatusCode, headers: &HeaderMap, page: &str) -> Error {
    let after = headers
        .get(RETRY_AFTER)
        .and_then(|seconds| seconds.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let is_page = page.to_ascii_lowercase().contains("<html");
    match status.as_u16() {
        401 => refused(),
        429 | 503 => Error::new(ErrorKind::Throttled, format!("the server is busy ({status})")).after(after),
        502 | 504 => Error::new(
            ErrorKind::Timeout,
            format!("a gateway got no answer from the server ({status})"),
        )
        .after(after),
        301 | 302 | 303 | 307 | 308 => {
            let to = headers
                .get(LOCATION)
                .and_then(|to| to.to_str().ok())
                .unwrap_or("elsewhere");
            // A query may hold a secret.
            let to = to.split(['?', '#']).next().unwrap_or_default();
            Error::config(format!(
                "the server leads to {to}, a login page or another address: give the URL of Exchange Web Services itself, \
                 https://HOST/EWS/Exchange.asmx"
            ))
        }
        403 => Error::new(
            ErrorKind::Refused,
            "the server forbids Exchange Web Services (403): Set-CASMailbox MAILBOX -EwsEnabled $true, and see EwsApplicationAccessPolicy of \
             Get-OrganizationConfig",
        ),
        404 => Error::config(
            "there are no Exchange Web Services at this URL (404): it is usually https://HOST/EWS/Exchange.asmx",
        ),
        413 => Error::new(ErrorKind::Limit, "the server takes no request of this size (413)"),
        200 if is_page => Error::config(
            "the URL is a login page or another site: give the URL of Exchange Web Services itself, https://HOST/EWS/Exchange.asmx",
        ),
        500..=599 => Error::new(ErrorKind::Refused, format!("the server failed ({status})")).retryable(true),
        _ => Error::new(
            ErrorKind::Protocol,
            format!("the server answers {status}, and no XML"),
        ),
    }
}
